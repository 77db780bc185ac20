"""Containers and strings."""

from ._machine cimport Frame, Machine
from ._structs cimport Ins


cdef str called(object function)
cdef int slow_containers(Machine* m, Frame* f, Ins* ins, int op) except -1
cdef int unpack(Machine* m, Frame* f, Ins* ins) except -1
cdef int unpack_ex(Machine* m, Frame* f, Ins* ins) except -1
