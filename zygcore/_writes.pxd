"""Writes into arrays."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int refuse_write() except -1
cdef object mutation(Machine* m, Frame* f, PyObject* key, PyObject* self_object, Reg* args, int n)
cdef bint stores_output(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames) except -1
cdef list arrays_at_risk(Machine* m, PyObject* callee, Reg* args, int n, int level)
cdef int written_arrays(Machine* m, Frame* f, list watched, PyObject* callee, Reg* args, int level) except -1
cdef int check_shown_write(Machine* m, object x) except -1
cdef bint is_foreign(object function)
cdef int check_foreign(Machine* m, object function, Reg* args, int n, bint active) except -1
