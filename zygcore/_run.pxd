"""The machine's loop, and how C code calls into it."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int run(Machine* m, Frame* entry) except -1
cdef int call_here(Machine* m, int level, PyObject* callee, Reg* args, int nargs, PyObject* kwnames, Reg* out) except -1
