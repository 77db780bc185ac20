"""Looking things up in dicts under keys that a gradient depends on."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef bint is_variable(Machine* m, int level, Reg* key) except -1
cdef bint looks_up(PyObject* target) noexcept
cdef object stored_key(object mapping, Reg* key)
cdef int same_variable(Machine* m, int level, Reg* key, PyObject* stored) except -1
cdef int check_found(Machine* m, Frame* f, object stored, Reg* key, Reg* found) except -1
