"""What C code nobody knows does to its arguments, and memory that is seen through several objects."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef bint is_opaque_store(object x) except -1
cdef list within(object x)
cdef int check_memory_write(PyObject* o) except -1
cdef list arguments_at_risk(PyObject* callee, Reg* args, int n)
cdef int find_effects(Machine* m, Frame* f, list watched, PyObject* callee, int level) except -1
