"""The line of the program that a node of a tape belongs to."""

from ._structs cimport Side


cdef str where(Side* s)
cdef int show_forward_line(Side* s, object error) except -1
