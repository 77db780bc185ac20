"""Iterators of NumPy's: what they show of active arrays."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef bint is_array_iterator(PyObject* o) noexcept
cdef bint reads_active(Machine* m, int level, PyObject* o) except -1
cdef bint is_followed(Machine* m, int level, Reg* r) except -1
cdef int next_of_array(Machine* m, Frame* f, PyObject* o, int dst) except -1
cdef int iterator_item(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1
cdef int set_iterator_item(Machine* m, Frame* f, Reg* base, Reg* key, Reg* v) except -1
cdef int iterator_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1
cdef bint is_active_flat(Machine* m, int level, PyObject* o) except -1
cdef int flat_argument(Machine* m, int level, Reg* r) except -1
cdef int flat_arguments(Machine* m, PyObject* callee, Reg* args, int n, int level) except -1
