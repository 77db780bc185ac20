"""Attributes."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Ins, Reg


cdef int get_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst, bint generic=*) except -1
cdef int read_attribute(Machine* m, Frame* f, Ins* ins) except -1
cdef int write_attribute(Machine* m, Frame* f, Ins* ins) except -1
cdef int set_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, Reg* v, bint generic=*) except -1
cdef int load_method(Machine* m, Frame* f, Ins* ins) except -1
cdef int super_attribute(Machine* m, Frame* f, Ins* ins) except -1
