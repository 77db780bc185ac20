"""Shared declarations of the control-flow graph: see `_flow.pyx`."""

from libc.stdint cimport uint64_t

from zygcore._bytecode._decode cimport Decoded


cdef struct Span:
    int start
    int end
    int next[2]
    int region
    int catcher
    int rank
    bint header


cdef inline bint has_bit(const uint64_t* bits, int i) noexcept:
    return (bits[i >> 6] >> (i & 63)) & 1


cdef inline void set_bit(uint64_t* bits, int i) noexcept:
    bits[i >> 6] |= (<uint64_t>1) << (i & 63)


cdef inline void clear_bit(uint64_t* bits, int i) noexcept:
    bits[i >> 6] &= ~((<uint64_t>1) << (i & 63))


cdef class Flow:
    cdef Decoded d
    cdef Span* spans
    cdef int nspans
    cdef int nslots
    cdef int first_free
    cdef int words
    cdef int* span_at
    cdef int* order
    cdef int nordered
    cdef uint64_t* live
    cdef uint64_t* unbound
    cdef char* checks
    cdef readonly bint shows_all
    cdef readonly bint shows_self
    cdef int class_slot

    cdef int find_spans(self) except -1
    cdef int find_order(self) except -1
    cdef void link(self, char* leader) noexcept
    cdef void local_uses(self, Span* span, uint64_t* uses, uint64_t* sets) noexcept
    cdef int find_live(self) except -1
    cdef bint merge_unbound(self, int target, const uint64_t* bits) noexcept
    cdef int find_restores(self) except -1
    cdef int find_unbound(self, int nargs) except -1
    cdef bint is_live(self, int span, int slot) noexcept
    cdef bint reads_unbound(self, int i) noexcept
