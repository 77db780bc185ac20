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

import builtins
import math

import numpy as np

from .rules import registry

cdef dict math_numbers = {
    id(math.sin): SIN, id(math.cos): COS, id(math.tan): TAN, id(math.exp): EXP, id(math.tanh): TANH,
    id(math.atan): ATAN, id(math.sinh): SINH, id(math.cosh): COSH, id(math.fabs): FABS, id(math.expm1): EXPM1,
    id(math.asinh): ASINH, id(math.log): LOG, id(math.sqrt): SQRT, id(math.asin): ASIN, id(math.acos): ACOS,
    id(math.log1p): LOG1P, id(math.log2): LOG2, id(math.log10): LOG10, id(math.acosh): ACOSH, id(math.atanh): ATANH,
    id(builtins.abs): ABS,
}


cdef dict ufunc_numbers = {
    np.sin: SIN, np.cos: COS, np.tan: TAN, np.exp: EXP, np.tanh: TANH, np.arctan: ATAN, np.sinh: SINH, np.cosh: COSH,
    np.absolute: FABS, np.fabs: FABS, np.expm1: EXPM1, np.arcsinh: ASINH, np.log: LOG, np.sqrt: SQRT, np.arcsin: ASIN,
    np.arccos: ACOS, np.log1p: LOG1P, np.log2: LOG2, np.log10: LOG10, np.arccosh: ACOSH, np.arctanh: ATANH,
}


cdef int ufunc_number(PyObject* ufunc) except -2:
    """The number of a ufunc of one real number, -1: none of these."""
    return ufunc_numbers.get(<object>ufunc, -1)


def forget(rule):
    """A rule was registered anew, and goes before what is here."""
    if rule.users and rule.takes_numbers():
        math_numbers.pop(id(rule.target), None)
        if type(rule.target) is np.ufunc:
            ufunc_numbers.pop(rule.target, None)


registry.on_change.append(forget)


cdef int math_number(PyObject* fn) except -2:
    """The number of a function of `math`, -1: none of these."""
    return math_numbers.get(<size_t>fn, -1)


cdef int math_call(Machine* m, Reg* d, int number, Reg* a) noexcept:
    """A function of one real number with a finite result.  2: not here."""
    cdef double x, y, p = 0
    cdef int slot = a.slot, kind = a.tag
    if number == ABS:
        number = FABS
        if kind != F64:
            return 2
    if kind == F64:
        x = a.v.f
    elif kind == I64 and -ZYG_EXACT < a.v.i < ZYG_EXACT:
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


cdef bint real_function(int number, double x, bint derive, double* y, double* d) noexcept:
    """Value and derivative; False where the function is not defined or overflows."""
    if not isfinite(x):
        return False
    if number < LOG:
        y[0] = value_anywhere(number, x, derive, d)
    elif not value_in_domain(number, x, y, d):
        return False
    return isfinite(y[0])


@cython.cdivision(True)
cdef double value_anywhere(int number, double x, bint derive, double* d) noexcept:
    """Functions of any real; a derivative that costs another call only where it is wanted."""
    cdef double v
    if number == SIN:
        v = sin(x)
        if derive:
            d[0] = cos(x)
    elif number == COS:
        v = cos(x)
        if derive:
            d[0] = -sin(x)
    elif number == TAN:
        v = tan(x)
        d[0] = 1.0 + v * v
    elif number == EXP:
        v = exp(x)
        d[0] = v
    elif number == TANH:
        v = tanh(x)
        d[0] = 1.0 - v * v
    elif number == ATAN:
        v = atan(x)
        d[0] = 1.0 / (1.0 + x * x)
    elif number == SINH:
        v = sinh(x)
        if derive:
            d[0] = cosh(x)
    elif number == COSH:
        v = cosh(x)
        if derive:
            d[0] = sinh(x)
    elif number == FABS:
        v = fabs(x)
        d[0] = 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0)
    elif number == EXPM1:
        v = expm1(x)
        d[0] = v + 1.0
    else:
        v = asinh(x)
        if derive:
            d[0] = 1.0 / hypot(1.0, x)
    return v


@cython.cdivision(True)
cdef bint value_in_domain(int number, double x, double* y, double* d) noexcept:
    if number == LOG:
        if x <= 0.0:
            return False
        y[0] = log(x)
        d[0] = 1.0 / x
    elif number == SQRT:
        if x < 0.0:
            return False
        y[0] = sqrt(x)
        d[0] = 0.5 / y[0]
    elif number == ASIN:
        y[0] = asin(x)
        d[0] = 1.0 / sqrt((1.0 - x) * (1.0 + x))
    elif number == ACOS:
        y[0] = acos(x)
        d[0] = -1.0 / sqrt((1.0 - x) * (1.0 + x))
    elif number == LOG1P:
        if x <= -1.0:
            return False
        y[0] = x if x == 0.0 else log1p(x)
        d[0] = 1.0 / (1.0 + x)
    elif number == LOG2 or number == LOG10:
        if x <= 0.0:
            return False
        y[0] = log2(x) if number == LOG2 else log10(x)
        d[0] = 1.0 / (x * (0.6931471805599453 if number == LOG2 else 2.302585092994046))
    elif number == ACOSH:
        if x < 1.0:
            return False
        y[0] = acosh(x)
        d[0] = 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0))
    else:
        if fabs(x) >= 1.0:
            return False
        y[0] = atanh(x)
        d[0] = 1.0 / ((1.0 - x) * (1.0 + x))
    return True
