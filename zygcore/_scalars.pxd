"""Arithmetic of `np.float64`."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._nodes cimport binary_function
from ._structs cimport Reg


cdef bint is_float64(Reg* r) noexcept
cdef int scalar_binary(Machine* m, Frame* f, int op, binary_function native, Reg* a, Reg* b, int dst) except -1
cdef int scalar_negative(Machine* m, Reg* a, Reg* d) except -1
cdef int scalar_ufunc(Machine* m, Frame* f, PyObject* ufunc, Reg* a, int dst) except -1
