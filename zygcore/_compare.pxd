"""Comparisons, membership and truth values."""

from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int compare(Machine* m, Frame* f, Reg* a, Reg* b, int op, int ret, int dst) except -1
cdef int truth(Machine* m, Frame* f, Reg* a, int ret, int dst) except -1
