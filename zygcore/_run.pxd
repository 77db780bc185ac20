"""The machine's loop, and how C code calls into it."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int run(Machine* m, Frame* entry) except -1
cdef Frame* enter(Machine* m, int level) except NULL
cdef int leave(Machine* m, Frame* entry) noexcept
cdef int call_here(Machine* m, int level, PyObject* callee, Reg* args, int nargs, PyObject* kwnames, Reg* out) except -1
cdef Machine* current() noexcept
cdef Machine* machine() except NULL
cdef void set_current(Machine* m) noexcept
