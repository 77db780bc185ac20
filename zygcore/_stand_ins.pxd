"""Objects that stand in the places of the leaves of an input, and are known by identity."""

from ._machine cimport Machine
from ._structs cimport Reg


cdef void opened(Machine* m) noexcept
cdef int closed(Machine* m) except -1
cdef int stand_in(Machine* m, Reg* item, object original) except -1
cdef bint stands_for(object value, object original) except -1
