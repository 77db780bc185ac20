"""Applying rules: recording what a call with active arguments did."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg
from ._tape cimport Tape


cdef int innermost(Machine* m, Reg* args, int n) noexcept
cdef object find_rule(PyObject* target)
cdef int apply_rule(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs,
                    PyObject* kwnames, int level, int dst) except -1
cdef int finish_rule(Machine* m, Frame* f, int level, Reg* result, Reg* args, int nargs, object target, int dst) except -1
cdef int poison(Machine* m, Frame* f, Reg* rd, int level, PyObject* target, Reg* args, int nargs) except -1
cdef int cast_slot(Machine* m, Reg* r) noexcept
cdef int set_outer(Machine* m, Tape* t, int slot, Reg* r) except -1
cdef bint is_kept(Machine* m, PyObject* array) noexcept
