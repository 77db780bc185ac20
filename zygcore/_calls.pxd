"""Calls: what is called, and how."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Cache, Ins, Reg

ctypedef int (*level_call)(Machine*, Frame*, int, Reg*, int, PyObject*, int) except -1

cdef enum CacheKind:
    K_NONE
    K_MATH
    K_FUNCTION
    K_PLAIN
    K_RANGE
    K_OTHER

cdef int fast_call(Machine* m, Frame* f, Ins* ins, Cache* cache, Reg* callee) noexcept
cdef int math_call(Machine* m, Reg* d, int number, Reg* a) noexcept
cdef int call(Machine* m, Frame* f, Ins* ins) except -1
cdef int call_ex(Machine* m, Frame* f, Ins* ins) except -1
cdef int dispatch(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                  int ret, int dst, int level, object local_map) except -1
cdef int native_call(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                     int dst, int level, bint opaque) except -1
cdef int set_level_call(level_call handler, dict functions) except -1
