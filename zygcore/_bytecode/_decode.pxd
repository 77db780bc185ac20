"""Shared declarations of decoded bytecode: see `_decode.pyx`."""


cdef enum Kind:
    K_UNKNOWN
    K_PLAIN
    K_CALL
    K_SKIP
    K_CONST
    K_NULL
    K_POP
    K_COPY
    K_SWAP
    K_LOAD
    K_CLOSURE
    K_STORE
    K_DELETE
    K_CLEAR
    K_DEREF
    K_MAKE_CELL
    K_FREE_VARS
    K_LOAD_LOAD
    K_STORE_LOAD
    K_STORE_STORE
    # From here on an instruction ends a block.
    K_JUMP
    K_IF_TRUE
    K_IF_FALSE
    K_IF_NONE
    K_IF_NOT_NONE
    K_TRUE_OR_POP
    K_FALSE_OR_POP
    K_FOR
    K_SEND
    K_RETURN
    K_RETURN_CONST
    K_RAISE
    K_RERAISE


cdef struct Ins:
    int kind
    int op
    int arg
    int offset
    int target
    int region
    int catches
    int redirect


cdef struct Region:
    int target
    int depth
    int lasti


cdef inline bint branches(int kind) noexcept:
    return K_IF_TRUE <= kind <= K_SEND


cdef class Table:
    cdef int kinds[256]
    cdef int caches[256]
    cdef bint backward[256]
    cdef readonly list steps
    cdef readonly list names
    cdef readonly str version
    cdef readonly bint keeps_iterator
    cdef readonly bint jumps_on_bools


cdef class Decoded:
    cdef Ins* ins
    cdef int n
    cdef Region* regions
    cdef int nregions
    cdef readonly object code
    cdef readonly Table table

    cdef int decode(self) except -1
    cdef int decode_regions(self, int* index) except -1
    cdef int add_region(self, int target, int depth, int lasti) except -1
    cdef void ease_regions(self) noexcept
    cdef int resolve(self, int i) noexcept
    cdef void successors(self, int i, int* first, int* second) noexcept
