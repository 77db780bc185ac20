"""Functions of `math` on floats, without objects: value and derivative."""

cimport cython
from libc.math cimport (acos, acosh, asin, asinh, atan, atanh, cos, cosh, exp, expm1, fabs, hypot,
                        isfinite, log, log10, log1p, log2, sin, sinh, sqrt, tan, tanh)

from ._capi cimport *
from ._machine cimport Machine
from ._rules cimport cast_slot
from ._structs cimport *
from ._tape cimport push1
from ._values cimport put_f64

import math

cdef list MATH = [math.sin, math.cos, math.tan, math.exp, math.log, math.sqrt, math.tanh, math.asin, math.acos,
                  math.atan, math.sinh, math.cosh, math.fabs, math.log1p, math.expm1, math.log2, math.log10,
                  math.asinh, math.acosh, math.atanh]
cdef dict math_numbers = {id(fn): i for i, fn in enumerate(MATH)}


cdef int math_number(PyObject* fn) except -2:
    """The number of a function of `math`, -1: none of these."""
    return math_numbers.get(id(<object>fn), -1)


cdef int math_call(Machine* m, Reg* d, int number, Reg* a) noexcept:
    """A function of one real number with a finite result.  2: not here."""
    cdef double x, y, p = 0
    cdef int slot = a.slot, kind = a.tag
    if kind == F64:
        x = a.v.f
    elif kind == I64 and -9007199254740992 < a.v.i < 9007199254740992:
        x = <double>a.v.i
    elif kind == OBJ and Py_TYPE(a.v.o) == &PyFloat_Type:
        x = zyg_float(a.v.o)
    else:
        return 2
    if not real_function(number, x, slot >= 0, &y, &p):
        return 2
    if slot >= 0:
        if kind != F64:
            slot = cast_slot(m, a)
            if slot < 0:
                return -1
        slot = push1(m.levels[0], slot, p)
        if slot < 0:
            return -1
    put_f64(d, y, slot)
    return 0


@cython.cdivision(True)
cdef bint real_function(int number, double x, bint derive, double* y, double* d) noexcept:
    """Value and derivative; False where the function is not defined or overflows."""
    cdef double v
    if not isfinite(x):
        return False
    if number == 0:
        v = sin(x)
        if derive:
            d[0] = cos(x)
    elif number == 1:
        v = cos(x)
        if derive:
            d[0] = -sin(x)
    elif number == 2:
        v = tan(x)
        d[0] = 1.0 + v * v
    elif number == 3:
        v = exp(x)
        d[0] = v
    elif number == 4:
        if x <= 0.0:
            return False
        v = log(x)
        d[0] = 1.0 / x
    elif number == 5:
        if x < 0.0:
            return False
        v = sqrt(x)
        d[0] = 0.5 / v
    elif number == 6:
        v = tanh(x)
        d[0] = 1.0 - v * v
    elif number == 7:
        v = asin(x)
        d[0] = 1.0 / sqrt((1.0 - x) * (1.0 + x))
    elif number == 8:
        v = acos(x)
        d[0] = -1.0 / sqrt((1.0 - x) * (1.0 + x))
    elif number == 9:
        v = atan(x)
        d[0] = 1.0 / (1.0 + x * x)
    elif number == 10:
        v = sinh(x)
        d[0] = cosh(x)
    elif number == 11:
        v = cosh(x)
        d[0] = sinh(x)
    elif number == 12:
        v = fabs(x)
        d[0] = 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0)
    elif number == 13:
        if x <= -1.0:
            return False
        v = x if x == 0.0 else log1p(x)
        d[0] = 1.0 / (1.0 + x)
    elif number == 14:
        v = expm1(x)
        d[0] = v + 1.0
    elif number == 15 or number == 16:
        if x <= 0.0:
            return False
        v = log2(x) if number == 15 else log10(x)
        d[0] = 1.0 / (x * (0.6931471805599453 if number == 15 else 2.302585092994046))
    elif number == 17:
        v = asinh(x)
        d[0] = 1.0 / hypot(1.0, x)
    elif number == 18:
        if x < 1.0:
            return False
        v = acosh(x)
        d[0] = 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0))
    elif number == 19:
        if fabs(x) >= 1.0:
            return False
        v = atanh(x)
        d[0] = 1.0 / ((1.0 - x) * (1.0 + x))
    else:
        return False
    y[0] = v
    return isfinite(v)
