"""Tangents of what a tape has recorded."""

from ._arrays cimport Memory, Window
from ._structs cimport Adj, Entry, Side
from ._tape cimport Tape, TapeBox


cdef class Tangents:
    cdef TapeBox box
    cdef Tape* t
    cdef Adj* at              # `stride` words for a node: doubles, or in the first of them an object
    cdef int cap              # nodes that there is room for
    cdef int done             # nodes that were pushed forward
    cdef readonly int width   # how many tangents there are at once; 0: one, without an axis for it
    cdef int stride
    cdef dict bad             # node -> the poison that it depends on
    cdef bint pushing
    cdef list stretches       # weak references to what pullbacks of inner levels know of the tape

    cdef int clear(self, int n) noexcept
    cdef int room(self) except -1
    cdef object get(self, int slot)
    cdef int put(self, int slot, object v) except -1
    cdef int check(self, int slot) except -1
    cdef int push(self) except -1
    cdef object unshadowed(self, object v)
    cdef object region(self, Window w)
    cdef object shadow(self, Memory memory)
    cdef object structure(self, Side* side)
    cdef int spread(self, int i) except -1
    cdef int integers(self, int i, Entry* e) except -1
    cdef int special(self, int i, Side* s) except -1
    cdef object node(self, Side* s)
    cdef object rule(self, Side* s)
    cdef int read(self, int i, Side* s) except -1
    cdef int store(self, Side* s) except -1
    cdef int write(self, Side* s) except -1
