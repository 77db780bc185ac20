"""Names: globals, cells, scopes."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Ins, Reg


cdef int get_global(Machine* m, Frame* f, Ins* ins) except -1
cdef int get_cell(Machine* m, Frame* f, Reg* cell, PyObject* name, int dst) except -1
cdef int set_cell(Machine* m, Frame* f, Reg* cell, Reg* v) except -1
cdef int slow_names(Machine* m, Frame* f, Ins* ins, int op) except -1
