"""``max``, ``min`` and ``sum`` of a list or tuple of floats."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef bint reduces(PyObject* callee) noexcept
cdef bint reduced(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, int dst) except -1
