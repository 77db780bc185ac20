"""Attributes, items, containers and the other operations on objects."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Ins, Reg


cdef int get_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1
cdef int get_item(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1
cdef int get_global(Machine* m, Frame* f, Ins* ins) except -1
cdef int get_cell(Machine* m, Frame* f, Reg* cell, PyObject* name, int dst) except -1
cdef int slow(Machine* m, Frame* f, Ins* ins) except -1
cdef int set_cell(Machine* m, Frame* f, Reg* cell, Reg* v) except -1
cdef int set_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, Reg* v) except -1
