"""Python methods of the operands' types: which there are, and running them in the machine."""

from ._capi cimport PyFunction_Type, PyObject, PyType_GetFlags, Py_TYPE, _PyType_Lookup
from ._machine cimport Frame, Machine
from ._structs cimport OBJ, Reg


cdef int call_method(Machine* m, Frame* f, PyObject* method, Reg* args, int n, int ret, int dst) except -1
cdef void hide(Machine* m) noexcept
cdef int run_protocol(Machine* m, object function, Reg* args, int n, int ret, int dst, int level) except -1


cdef enum:
    HEAPTYPE = 1 << 9


cdef inline bint has_python_method(PyObject* o, PyObject* name) noexcept:
    """Does the type of an object define this method in Python?"""
    cdef PyObject* method
    if not PyType_GetFlags(Py_TYPE(o)) & HEAPTYPE:
        return False
    method = _PyType_Lookup(Py_TYPE(o), name)
    return method != NULL and Py_TYPE(method) == &PyFunction_Type


cdef inline bint watched(Machine* m, Reg* r) noexcept:
    """Must Python methods of this object run in the machine?"""
    return m.heap or m.run_all or r.slot >= 0


cdef inline Reg borrowed(PyObject* o) noexcept:
    """A register with a borrowed object, to be copied."""
    cdef inline Reg r
    r.tag = OBJ
    r.slot = -1
    r.v.o = o
    return r
