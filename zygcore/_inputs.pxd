"""What an input is made of: leaves, containers with named parts, and what is sealed."""

from ._tape cimport Tape


cdef enum LocationKind:
    L_LIST, L_TUPLE, L_DICT, L_FROZENSET, L_PROXY, L_OBJECT, L_FUNCTION, L_CELL, L_METHOD, L_PARTIAL,
    L_DEQUE, L_SET, L_MODULE


cdef enum:
    VOID = -2      # slot of a place that was overwritten
    UNSEEN = -3    # slot of an inner container that was not read yet


cdef int input_slot(Tape* t, object value) except -2
cdef int leaf_slot(Tape* t, object value) except -2
cdef int checked(int slot) except -2
cdef bint is_number(object value)
cdef bint is_variable(object value)
cdef tuple layout(object x)
