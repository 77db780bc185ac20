"""Inputs that are containers: their leaves are known by their place."""

from ._capi cimport PyObject
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


cdef enum LocationKind:
    L_LIST, L_TUPLE, L_DICT, L_OBJECT, L_FUNCTION, L_CELL, L_METHOD, L_PARTIAL,
    L_DEQUE, L_SET, L_MODULE


cdef enum:
    VOID = -2      # slot of a place that was overwritten
    UNSEEN = -3    # slot of an inner container that was not read yet


cdef Location open_container(Tape* t, object container, int parent)
cdef int leaf_slot(Tape* t, object value) except -2
cdef int container_slot(Machine* m, Tape* t, object container) except -2
cdef int position(Location loc, PyObject* key)
cdef int open_shared(Machine* m, Tape* t, Location loc, int slot) except -1
cdef int outer_leaves(Machine* m, Tape* t, Location loc, Reg* outer) except -1
cdef int part_slot(Tape* t, Location loc, int i) noexcept
cdef object shaped(Location loc, list parts)
cdef tuple layout(object x)
cdef Location location_of(Machine* m, Reg* r)
cdef int locate(Machine* m, Reg* base, PyObject* key, PyObject* value, Reg* out) except -1
cdef int overwrite(Machine* m, Reg* base, PyObject* key) except -1
cdef int settle(Machine* m, int level, Reg* r) except -1
cdef object poisoned_copy(Machine* m, Reg* source, object value)
cdef int materialise(Machine* m, int level, Reg* r) except -1
