"""Where cotangents are during a sweep, and how they add up."""

from ._capi cimport PyObject
from ._structs cimport Adj, Side
from ._tape cimport Tape


cdef int add_object(Tape* t, Adj* adj, int slot, object v) except -1
cdef Adj* new_adj(Tape* t) except NULL
cdef int sweep(Tape* t, Adj* adj) except -1
cdef void free_adj(Tape* t, Adj* adj) noexcept
cdef void exchange(Tape* t, Side* s) noexcept
cdef int restore(Tape* t) except -1
cdef int without_cotangents(Tape* t) except -1
