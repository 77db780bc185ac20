"""Iterators and views of input containers that read them as they are when an item is taken."""

from ._capi cimport PyObject
from ._machine cimport Machine
from ._structs cimport Reg


cdef bint placed_result(Machine* m, PyObject* target, Reg* container, Reg* out) except -1
cdef bint placed_argument(Machine* m, Reg* r) except -1
