"""Attributes that instances and modules keep at a place: what an instruction remembers of it.

An instruction that reads or writes ``x.name`` remembers for one class, as CPython's specialised
instructions do, at which index its instances keep the attribute.  That holds as long as the
class has the same version.
"""

from ._capi cimport *


cdef int find_field(Cache* cache, PyObject* o, PyObject* name, bint writes) except -1:
    """Notes where objects like `o` keep the attribute."""
    cdef PyTypeObject* tp = Py_TYPE(o)
    cdef PyObject* descr
    cdef PyObject* v
    cdef Py_ssize_t at
    cache.kind = A_OTHER
    cache.key = <PyObject*>tp
    cache.version = zyg_type_version(tp)
    if tp == &PyModule_Type and not writes:
        v = PyDict_GetItemWithError(PyModule_GetDict(o), name)
        if v != NULL:
            cache.kind = A_MODULE
            cache.key = o
            cache.version = zyg_dict_version(PyModule_GetDict(o))
            cache.value = v
        return 0
    if PyType_Check(o) or not (zyg_plain_setattr(tp) if writes else zyg_plain_getattr(tp)):
        return 0
    descr = _PyType_Lookup(tp, name)
    cache.version = zyg_type_version(tp)
    if cache.version == 0:
        cache.key = NULL
    elif descr == NULL:
        at = zyg_value_index(tp, name)
        if at >= 0:
            cache.kind = A_VALUE
            cache.number = <int>at
    else:
        at = zyg_slot_offset(descr, tp)
        if at >= 0:
            cache.kind = A_SLOT
            cache.number = <int>at
    return 0
