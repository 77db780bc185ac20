"""Calls of anything."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg

ctypedef int (*level_call)(Machine*, Frame*, int, Reg*, int, PyObject*, int) except -1


cdef int dispatch(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                  int ret, int dst, int level, object local_map) except -1
cdef int set_level_call(level_call handler, dict functions) except -1
cdef bint is_users(object rule)
