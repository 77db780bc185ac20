"""Calls of builtins that neither run Python code nor need a rule."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Ins


cdef int quick_number(PyObject* fn) except -2
cdef int quick_call(Machine* m, Frame* f, Ins* ins, int number) noexcept
