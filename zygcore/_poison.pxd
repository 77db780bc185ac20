"""Poison: values whose derivative is not known."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int poison(Machine* m, Frame* f, Reg* rd, int level, PyObject* target, Reg* args, int nargs) except -1
cdef int poison_levels(Machine* m, Reg* rd, int level, PyObject* what, PyObject* code, int pc) except -1
cdef int poison_as(Machine* m, Frame* f, Reg* rd, int level, object what) except -1
cdef int taint(Machine* m, Frame* f, PyObject* o, int level, PyObject* target, Reg* args, int nargs) except -1
cdef bint is_exact_poison(Machine* m, Reg* args, int n, object y) except -1
