"""Levels in Taylor mode: a function with the Taylor series of its arguments, the series of its value.

Such a level is always an inner one, whose operations are gone through by Python code (`series.level`).  The
outermost one stands inside of a level without inputs.
"""

from ._capi cimport *
from ._context cimport Context
from ._cotangents cimport value_of
from ._inner cimport N_TAYLOR
from ._run cimport call_here
from ._structs cimport *
from ._values cimport *

from ._pullback import add_level_function


def in_series(f, tuple primals, tuple series, int order):
    """``(f(*primals), [c1, ..., c_order])``: the value, and the other Taylor coefficients."""
    cdef Context context = Context.__new__(Context)
    cdef Reg own[4]
    cdef Reg y
    cdef int i
    y.tag = NUL
    y.slot = -1
    for i in range(4):
        own[i].tag = NUL
    context.open()
    try:
        context.level()
        given = (f, primals, series, order)
        for i in range(4):
            put_new(own + i, <PyObject*>(<object>given[i]))
        call_here(context.m, 0, <PyObject*>(<object>in_series), own, 4, NULL, &y)
        return value_of(&y)
    finally:
        drop(&y)
        for i in range(4):
            drop(own + i)
        context.close()


add_level_function(in_series, N_TAYLOR)
