"""Instructions that have no arm in the machine's loop."""

from ._machine cimport Frame, Machine
from ._structs cimport Ins


cdef int others(Machine* m, Frame* f, Ins* ins, int op) except -1
