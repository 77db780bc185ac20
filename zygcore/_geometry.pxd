"""Arrays that get another shape or dtype in place."""

from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int set_geometry(Machine* m, Frame* f, Reg* base, str name, object value) except -1
