"""Operators that the machine's loop does not carry out itself."""

from ._machine cimport Frame, Machine
from ._structs cimport Ins


cdef int binary(Machine* m, Frame* f, Ins* ins, int number) except -1
cdef int unary(Machine* m, Frame* f, Ins* ins, int number) except -1
