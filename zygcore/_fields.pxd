"""Attributes that instances and modules keep at a place: what an instruction remembers of it."""

from ._capi cimport (PyFloat_Type, PyModule_GetDict, PyObject, PyTypeObject, Py_INCREF, Py_TYPE, Py_REFCNT, ZYG_MARKS,
                     zyg_dict_version, zyg_float, zyg_float_mark, zyg_set_float)
from ._machine cimport Frame, Machine
from ._structs cimport F64, Cache, Reg
from ._tape cimport Tape, slot_of
from ._values cimport known, load, put_f64


cdef extern from "_instance.h":
    Py_ssize_t zyg_value_index(PyTypeObject* tp, PyObject* name) noexcept
    unsigned int zyg_type_version(PyTypeObject* tp) noexcept
    PyObject* zyg_value_get(PyObject* o, Py_ssize_t index) noexcept
    int zyg_value_set(PyObject* o, Py_ssize_t index, PyObject* value) noexcept
    PyObject* zyg_slot_get(PyObject* o, Py_ssize_t offset) noexcept
    void zyg_slot_set(PyObject* o, Py_ssize_t offset, PyObject* value) noexcept
    bint zyg_plain_getattr(PyTypeObject* tp) noexcept
    bint zyg_plain_setattr(PyTypeObject* tp) noexcept
    Py_ssize_t zyg_slot_offset(PyObject* descr, PyTypeObject* tp) noexcept


cdef enum FieldKind:
    A_UNKNOWN
    A_OTHER            # not kept at a place
    A_VALUE            # number: index in the values of the instance
    A_SLOT             # number: offset in the instance
    A_MODULE           # value: what the module has under the name


cdef int find_field(Cache* cache, PyObject* o, PyObject* name, bint writes) except -1


cdef inline bint field_known(Cache* cache, PyObject* o) noexcept:
    """Does the instruction remember where objects like this one keep the attribute?"""
    if cache.kind == A_MODULE:
        return cache.key == o and cache.version == zyg_dict_version(PyModule_GetDict(o))
    return cache.key == <PyObject*>Py_TYPE(o) and cache.version == zyg_type_version(Py_TYPE(o))


cdef inline PyObject* field(Cache* cache, PyObject* o) noexcept:
    """The attribute (borrowed), NULL if it must be looked up."""
    if cache.key == <PyObject*>Py_TYPE(o):
        if cache.version == zyg_type_version(Py_TYPE(o)):
            if cache.kind == A_VALUE:
                return zyg_value_get(o, cache.number)
            if cache.kind == A_SLOT:
                return zyg_slot_get(o, cache.number)
    elif cache.kind == A_MODULE and field_known(cache, o):
        return cache.value
    return NULL


cdef inline bint replace_number(Machine* m, Frame* f, Cache* cache, PyObject* o, Reg* v) noexcept:
    """Stores a number where a float of ours is that nobody else refers to: the float itself changes."""
    cdef Tape* t = m.levels[0]
    cdef PyObject* old
    cdef unsigned int mark
    if v.tag != F64 or m.nlevels != 1 or f.level != 0 or not ZYG_MARKS:
        return False
    old = field(cache, o)
    if old == NULL or Py_TYPE(old) != &PyFloat_Type or Py_REFCNT(old) != 2:
        return False
    mark = zyg_float_mark(old)
    if mark >= <unsigned int>t.nfloats or t.floats[mark].o != old:
        return False
    zyg_set_float(old, v.v.f)
    t.floats[mark].slot = v.slot
    return True


cdef inline bint set_field(Cache* cache, PyObject* o, PyObject* value) noexcept:
    """Stores the attribute; False if that is not so simple."""
    if not field_known(cache, o):
        return False
    if cache.kind == A_VALUE:
        return zyg_value_set(o, cache.number, value)
    if cache.kind == A_SLOT:
        zyg_slot_set(o, cache.number, value)
        return True
    return False


cdef inline void take_item(Machine* m, Frame* f, Reg* d, PyObject* o, bint number) noexcept:
    """An object from the heap (borrowed) to a register; a float as its value if only arithmetic uses it."""
    cdef int slot = -1
    if number and Py_TYPE(o) == &PyFloat_Type and f.level <= 0:
        if m.heap and f.level == 0:
            slot = slot_of(m.levels[0], o)
        put_f64(d, zyg_float(o), slot)
        return
    Py_INCREF(o)
    load(m, f.level, d, o)
