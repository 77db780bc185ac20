"""What array operations leave on the tape."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg
from ._tape cimport Tape

ctypedef PyObject* (*binary_function)(PyObject*, PyObject*) noexcept


cdef class Operation:
    cdef object target

    cdef int call(self, Machine* m, Frame* f, binary_function native, Reg* args, int nargs, PyObject* kwnames,
                  int dst) except -1


cdef class Node:
    cdef object x, y, z       # what is kept of the operands and the value, or None
    cdef object form_x, form_y  # of operands that are unlike the value, else None

    cdef int count(self, dict references) except -1
    cdef object form(self, int j)
    cdef object prepared(self, object dy)
    cdef object part(self, int j, object dy, PyObject* into)
    cdef bint reuses(self, int j, object dy) noexcept
    cdef object part_in(self, int j, object dy)
    cdef object push(self, int j, object dx, int width)


cdef int keep(Tape* t, object x) except -1
cdef int keep_captured(Tape* t, object back) except -1
cdef int record_node(Machine* m, Frame* f, Node node, Reg* args, int nargs, PyObject* z, int dst) except -1
cdef object operation_of(PyObject* target)
cdef int declare(Operation op, object target) except -1
