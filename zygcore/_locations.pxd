"""Inputs that are containers: their leaves are known by their place."""

from ._capi cimport PyObject
from ._inputs cimport *
from ._machine cimport Machine
from ._structs cimport Reg
from ._tape cimport Tape


cdef class Location:
    """Slots of the leaves of one container, by position or key."""
    cdef readonly object container
    cdef int kind
    cdef int n
    cdef list originals
    cdef list keys
    cdef dict index
    cdef int* slots
    cdef int* first_slots        # before anything was overwritten
    cdef bint plain              # an input of nothing but floats
    cdef bint settled            # nothing is known by its place any more


cdef Location open_container(Tape* t, object container, int parent)
cdef int container_slot(Machine* m, Tape* t, object container) except -2
cdef int position(Location loc, PyObject* key)
cdef int open_shared(Machine* m, Tape* t, Location loc, int slot) except -1
cdef int outer_leaves(Machine* m, Tape* t, Location loc, Reg* outer) except -1
cdef int settle_items(Machine* m, Tape* t, Location loc) except -1
cdef int part_slot(Tape* t, Location loc, int i) noexcept
cdef object shaped(Location loc, list parts)
cdef Location location_of(Machine* m, Reg* r)
cdef int locate(Machine* m, Reg* base, PyObject* key, PyObject* value, Reg* out) except -1
cdef int overwrite(Machine* m, Reg* base, PyObject* key) except -1
cdef int settle(Machine* m, int level, Reg* r) except -1
cdef object poisoned_copy(Machine* m, Reg* source, object value)
cdef int materialise(Machine* m, int level, Reg* r) except -1
