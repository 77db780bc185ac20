"""Calls of C code."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int native_call(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                     int dst, int level, bint opaque) except -1
cdef int check_native(Machine* m, PyObject* key, Reg* args, int n, int active, int level) except -1
