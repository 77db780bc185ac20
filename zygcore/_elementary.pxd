"""Functions of `math` on floats."""

from ._capi cimport PyObject
from ._machine cimport Machine
from ._structs cimport Reg

# the functions that are defined for all reals, then the others
cdef enum Elementary:
    SIN, COS, TAN, EXP, TANH, ATAN, SINH, COSH, FABS, EXPM1, ASINH
    LOG, SQRT, ASIN, ACOS, LOG1P, LOG2, LOG10, ACOSH, ATANH
    ABS                       # `FABS` of floats only


cdef int math_number(PyObject* fn) except -2
cdef int math_call(Machine* m, Reg* d, int number, Reg* a) noexcept
cdef int ufunc_number(PyObject* ufunc) except -2
cdef bint real_function(int number, double x, bint derive, double* y, double* d) noexcept
