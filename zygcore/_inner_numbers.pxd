"""Floats at inner levels."""

from ._machine cimport Machine
from ._structs cimport MAX_LEVELS, Reg
from ._tape cimport Tape


cdef struct Step:
    int a, b              # what it was computed from: numbers of steps, or behind them of operands from elsewhere
    Reg da, db            # the partial derivatives


cdef class Stretch:
    """Consecutive floats of an inner tape, without anything else between them."""
    cdef Step* steps
    cdef int first, n         # the node of the first one, and how many there are
    cdef readonly list operands    # nodes from elsewhere
    cdef unsigned long long[MAX_LEVELS] serials
    cdef object __weakref__


cdef bint is_recorded_inside(Machine* m, Reg* a, Reg* b) noexcept
cdef int inner_arithmetic(Machine* m, int op, Reg* a, Reg* b, double x, double y, Reg* d) except -2
cdef int inner_negative(Machine* m, Reg* a, double x, Reg* d) except -2
cdef int inner_math(Machine* m, int number, Reg* a, Reg* d) noexcept
cdef Stretch stretch_of(Machine* m, Tape* t, int first, int end)
cdef int sweep_stretch(Machine* m, int level, object stretch, object found) except -1
cdef int push_stretch(Machine* m, int level, object stretch, object found, object wanted) except -1
