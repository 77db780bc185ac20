"""The call instructions."""

from ._machine cimport Frame, Machine
from ._structs cimport Cache, Ins, Reg

cdef enum CacheKind:
    K_NONE
    K_MATH
    K_FUNCTION
    K_PLAIN
    K_RANGE
    K_PAIRS             # zip, enumerate
    K_QUICK             # see `_quick`
    K_OTHER


cdef int call(Machine* m, Frame* f, Ins* ins) except -1
cdef int call_ex(Machine* m, Frame* f, Ins* ins) except -1
cdef int fast_call(Machine* m, Frame* f, Ins* ins, Cache* cache, Reg* callee) noexcept
