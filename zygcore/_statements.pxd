"""Statements that have instructions of their own: with, def, import, match."""

from ._machine cimport Frame, Machine
from ._structs cimport Ins


cdef int with_statement(Machine* m, Frame* f, Ins* ins, int op) except -1
cdef int make_function(Frame* f, Ins* ins) except -1
cdef int build_class(Frame* f, Ins* ins) except -1
cdef int imports(Machine* m, Frame* f, Ins* ins, int op) except -1
cdef int slow_patterns(Machine* m, Frame* f, Ins* ins, int op) except -1
cdef int intrinsic(Machine* m, Frame* f, Ins* ins) except -1
