"""Operands that are neither numbers nor plain arrays."""

from ._capi cimport PyObject, PyType_GetFlags, Py_TYPE
from ._machine cimport Frame, Machine
from ._methods cimport HEAPTYPE
from ._structs cimport Reg


cdef bint asks(PyObject* o) noexcept
cdef bint special_among(Reg* args, int n) noexcept
cdef bint carried_out(PyObject* callee, PyObject* self_object, object rule) noexcept
cdef int special_call(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                      int level) except -1
cdef int special_binary(Machine* m, Frame* f, PyObject* operation, Reg* a, Reg* b, int dst) except -1
cdef int special_unary(Machine* m, Frame* f, PyObject* operation, Reg* a, int dst) except -1


cdef inline bint is_special(PyObject* o) noexcept:
    """An array of a subclass, or an object that NumPy would ask how to treat it."""
    return PyType_GetFlags(Py_TYPE(o)) & HEAPTYPE and asks(o)
