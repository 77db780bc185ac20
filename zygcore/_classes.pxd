"""Classes."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef int instantiate(Machine* m, Frame* f, PyObject* cls, Reg* args, int nargs, PyObject* kwnames,
                     int ret, int dst, int level) except -1
cdef int make_instance_of(Machine* m, Frame* f, PyObject* cls, Reg* args, int nargs, PyObject* kwnames,
                          int ret, int dst, int level) except -1
cdef int class_statement(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                         int ret, int dst, int level, int active) except -1
