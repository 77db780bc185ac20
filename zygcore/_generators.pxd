"""Generators whose frames the machine runs."""

from ._capi cimport PyObject, zyg_handling
from ._machine cimport Frame, Machine
from ._structs cimport Reg
from ._tape cimport Tape


cdef class Generator:
    cdef Frame* frame
    cdef int state
    cdef int depth              # handlers that it is inside of
    cdef zyg_handling handling  # the exception that the generator handles; on the thread's stack while it runs
    cdef object name
    cdef object qualname
    cdef readonly object gi_code
    cdef object __weakref__
    cdef Tape* tape             # of the level it was made under, NULL once that has ended
    cdef PyObject* before       # the other generators of that level (borrowed)
    cdef PyObject* after

ctypedef Frame* (*enter_function)(Machine*, int) except NULL
ctypedef int (*leave_function)(Machine*, Frame*) noexcept
ctypedef Machine* (*machine_function)() except NULL
ctypedef int (*run_function)(Machine*, Frame*) except -1
ctypedef void (*cut_function)(Generator) noexcept

cdef int set_loop(enter_function e, leave_function l, machine_function g, run_function r) except -1
cdef int set_cut(cut_function c) except -1
cdef void enlist(Generator gen, Tape* t) noexcept
cdef void unlist(Generator gen) noexcept
cdef int generator_resume(Machine* m, Frame* f, Generator gen, Reg* value, int ret, int dst) except -1
cdef int generator_yield(Machine* m, Frame* f, Reg* value) except -1
cdef int generator_finish(Machine* m, Frame* f, Reg* value) except -1
cdef int generator_failed(Machine* m, Frame* f) noexcept
