"""Views of active arrays."""

from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int view_item(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1
