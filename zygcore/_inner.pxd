"""Levels inside differentiated code."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg

# what is called, for `nested_call`
cdef enum:
    N_GRADIENT = 1
    N_WITHGRADIENT
    N_PULLBACK
    N_PUSHED
    N_TAYLOR             # see `taylor`
    N_SWEEP_FLOATS
    N_PUSH_FLOATS


cdef list switches


cdef int switch_back(list states) except -1
cdef int nested_call(Machine* m, Frame* f, int number, Reg* args, int nargs, PyObject* kwnames, int dst) except -1
