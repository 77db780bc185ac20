"""Elementwise functions of arrays, recorded with what their pullbacks need."""

cimport numpy as cnp

from ._nodes cimport Node, Operation


cdef class Elementwise(Operation):
    cdef tuple partials
    cdef int nin
    cdef int part[2]          # kernels of the operands
    cdef int places[2][3]     # what they get: X, Y or Z
    cdef int needs[2]         # the same as bits


cdef class Elements(Node):
    cdef Elementwise operation
    cdef double c[2]          # numbers among the operands
    cdef bint number[2]
    cdef int kernel[2]
    cdef bint single          # float32
    cdef bint by_columns      # contiguous in Fortran's order

    cdef double total(self, int j, cnp.ndarray dy) except? -1
    cdef bint is_contiguous(self, cnp.ndarray d) noexcept
    cdef int run(self, int j, cnp.ndarray d, cnp.ndarray out, bint add) except -1
