"""Writes into arrays that carry derivatives, or that pullbacks keep."""

from ._arrays cimport Write
from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef bint concerns(Machine* m, Frame* f, Reg* target, Reg* value) except -1
cdef int written_by_others(Machine* m, Frame* f, Reg* base, object before, int level, str by) except -1
cdef int check_levels(Machine* m, int innermost, Reg* base) except -1
cdef list visible_levels(Machine* m, int level)
cdef int record_write(Machine* m, Frame* f, int level, Write w) except -1
cdef int write_item(Machine* m, Frame* f, Reg* base, Reg* key, Reg* value) except -1
cdef bint as_numpy(Frame* f, PyObject* o) noexcept
