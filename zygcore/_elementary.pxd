"""Functions of `math` on floats."""

from ._capi cimport PyObject
from ._machine cimport Machine
from ._structs cimport Reg


cdef int math_number(PyObject* fn) except -2
cdef int math_call(Machine* m, Reg* d, int number, Reg* a) noexcept
cdef int ufunc_number(PyObject* ufunc) except -2
cdef bint real_function(int number, double x, bint derive, double* y, double* d) noexcept
