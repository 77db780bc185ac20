"""Exceptions and their handlers."""

from ._machine cimport Frame, Machine
from ._structs cimport Ins
from ._tape cimport Tape


cdef int handle(Machine* m, Frame* entry, bint reraised) except -1
cdef int leave_call(Machine* m, object error) except -1
cdef int raise_refused(Tape* t) except -1
cdef int raise_statement(Machine* m, Frame* f, Ins* ins) except -1
cdef int reraise(Frame* f, Ins* ins) except -1
cdef int cleanup_throw(Machine* m, Frame* f, Ins* ins) except -1
cdef int slow_exceptions(Machine* m, Frame* f, Ins* ins, int op) except -1
