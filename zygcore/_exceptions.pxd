"""Exceptions and their handlers."""

from ._machine cimport Frame, Machine
from ._structs cimport Ins


cdef int slow_exceptions(Machine* m, Frame* f, Ins* ins, int op) except -1
