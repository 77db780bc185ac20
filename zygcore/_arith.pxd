"""Arithmetic and comparisons that the machine's loop does not do itself."""

from ._machine cimport Frame, Machine
from ._opcodes cimport EQ, GT, LE, LT, NE
from ._structs cimport Ins, Reg


cdef int binary(Machine* m, Frame* f, Ins* ins, int number) except -1
cdef int unary(Machine* m, Frame* f, Ins* ins, int number) except -1
cdef int compare(Machine* m, Frame* f, Reg* a, Reg* b, int op, int ret, int dst) except -1
cdef int truth(Machine* m, Frame* f, Reg* a, int ret, int dst) except -1


cdef inline bint order(double x, double y, int op) noexcept:
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


cdef inline bint order_int(long long x, long long y, int op) noexcept:
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
