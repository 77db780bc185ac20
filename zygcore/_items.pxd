"""Items."""

from ._machine cimport Frame, Machine
from ._structs cimport Ins, Reg


cdef int get_item(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1
cdef int fast_item(Machine* m, Frame* f, Ins* ins, Reg* a, Reg* b) except -1
cdef int set_item(Machine* m, Frame* f, Reg* base, Reg* key, Reg* v) except -1
