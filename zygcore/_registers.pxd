"""Register allocation: what is live where, and which register holds which value."""

from ._ir cimport IR, Block, Edge


cdef inline object bit(int v):
    """The set that holds value v alone (sets are Python ints: any size)."""
    cdef object one = 1
    return one << v


cdef inline object values_in(args):
    """The set of the values among operands."""
    mask = 0
    for arg in args:
        if type(arg) is int:
            mask |= bit(arg)
    return mask


cdef class Liveness:
    cdef IR ir
    cdef list live_in, live_out, conflicts

    cdef object edge_uses(self, Edge edge)
    cdef object leaving(self, Block block)
    cdef object entering(self, int number, bint note)
    cdef int clash(self, list values, others) except -1
    cdef int fixpoint(self) except -1


cdef class Registers:
    cdef list of, taken, clashes, is_home
    cdef dict homes            # variable -> its registers
    cdef IR ir
    cdef list conflicts

    cdef int new(self, bint home)
    cdef int put(self, int v, int r) except -1
    cdef bint fits(self, int v, int r)
    cdef dict wishes(self)
    cdef int assign(self, int v, dict home_register, dict wishes) except -1
