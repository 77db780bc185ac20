"""Objects that stand in the places of the leaves of an input, and are known by identity."""

from ._machine cimport Machine
from ._structs cimport Reg


cdef int stand_in(Machine* m, Reg* item) except -1
cdef int forget_stand_ins(Machine* m) except -1
