"""Elementwise functions of arrays, recorded with what their pullbacks need."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


ctypedef PyObject* (*binary_function)(PyObject*, PyObject*) noexcept


cdef class Operation:
    cdef object target
    cdef tuple partials
    cdef int part[2]          # kernels of the operands
    cdef int places[2][3]     # what they get: X, Y or Z
    cdef int needs[2]         # the same as bits


cdef class Elements:
    cdef Operation operation
    cdef object x, y, z       # None: not needed
    cdef double c[2]          # numbers among the operands
    cdef bint number[2]
    cdef int part[2]
    cdef object form, form_y  # of operands that are unlike the value, else None
    cdef bint single          # float32
    cdef bint by_columns      # contiguous in Fortran's order

    cdef int count(self, dict references) except -1
    cdef object form_of(self, int j)
    cdef object prepared(self, object dy)
    cdef object part_of(self, int j, object dy, PyObject* into)


cdef object operation_of(PyObject* target)
cdef int elementwise(Machine* m, Frame* f, Operation op, binary_function native, Reg* args, int nargs, int dst) except -1
