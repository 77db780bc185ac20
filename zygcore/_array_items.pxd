"""Single elements of arrays of floats."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int read_element(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1
cdef int write_element(Machine* m, Frame* f, Reg* base, Reg* key, Reg* value) except -1
