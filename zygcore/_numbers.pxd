"""Arithmetic of floats and exact integers."""

from ._capi cimport PyFloat_Type, PyLong_AsLongLongAndOverflow, PyLong_Type, PyObject, PyTypeObject, Py_TYPE, zyg_float
from ._machine cimport Frame, Machine
from ._opcodes cimport EQ, GT, LE, LT, NE
from ._structs cimport F64, I64, OBJ, Ins, Reg


cdef int floats(Machine* m, Frame* f, Ins* ins, int op, Reg* a, Reg* b, double x, double y, bint inexact) except -2
cdef int integers(Machine* m, Frame* f, Ins* ins, int op, Reg* a, Reg* b, long long i, long long j) except -2
cdef bint real_power(double x, double y, double* r) noexcept
cdef int big_integers(Machine* m, Frame* f, Ins* ins, int op, Reg* a, Reg* b) except -2


cdef inline int number_in(Reg* r, double* x, long long* n) noexcept:
    """0: a float, in x.  1: an int, in n.  -1: neither."""
    cdef int overflow = 0, kind = r.tag & 0xFF
    cdef PyTypeObject* tp
    if kind == F64:
        x[0] = r.v.f
        return 0
    if kind == I64:
        n[0] = r.v.i
        return 1
    if kind != OBJ:
        return -1
    tp = Py_TYPE(r.v.o)
    if tp == &PyFloat_Type:
        x[0] = zyg_float(r.v.o)
        return 0
    if tp == &PyLong_Type:
        n[0] = PyLong_AsLongLongAndOverflow(r.v.o, &overflow)
        return -1 if overflow else 1
    return -1


ctypedef fused number:
    double
    long long


cdef inline bint order(number x, number y, int op) noexcept:
    """``x op y``"""
    if op == LT:
        return x < y
    if op == LE:
        return x <= y
    if op == EQ:
        return x == y
    if op == NE:
        return x != y
    if op == GT:
        return x > y
    return x >= y
