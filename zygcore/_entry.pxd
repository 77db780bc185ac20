"""The machine of a thread, and frames that C code calls from."""

from ._code cimport Code
from ._machine cimport Frame, Machine

cdef Code entry_code

cdef Machine* current() noexcept
cdef void set_current(Machine* m) noexcept
cdef Machine* machine() except NULL
cdef Frame* enter(Machine* m, int level) except NULL
cdef int leave(Machine* m, Frame* entry) noexcept
cdef int breathe() except -1
