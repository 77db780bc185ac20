"""``for a, b in zip(...)`` and ``for i, x in enumerate(...)`` without tuples."""

cimport cython

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Ins


cdef enum:
    MOST_PARTS = 4
    UNPACKED = 4            # the items are in the registers that the next instruction unpacks to


@cython.final
cdef class Pairs:
    """Iterator over several of our iterators at once."""
    cdef int n
    cdef list owned
    cdef PyObject* parts[MOST_PARTS]


cdef int pairs_loop(Machine* m, Frame* f, Ins* ins, Ins* following) except -1
cdef int next_pair(Machine* m, Frame* f, Pairs pairs, Ins* ins, Ins* after) except -1
cdef bint is_pairing(PyObject* fn) noexcept
