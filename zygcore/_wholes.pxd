"""Containers that go somewhere as a whole, as they are by then."""

from ._machine cimport Machine
from ._tape cimport Tape


cdef int whole_slot(Machine* m, int level, int slot, object x) except -2
cdef int struct_slot(Machine* m, int level, object x) except -2
cdef bint is_whole(Tape* t, int slot) except -1
cdef int current_slot(Tape* t, int slot, object key, object value) except -4
