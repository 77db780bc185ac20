"""Builtins that are not calls like others."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef bint sees_attributes(PyObject* callee, int nargs, PyObject* kwnames) noexcept
cdef bint gets_attributes(PyObject* descr) noexcept
cdef int attribute_builtin(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, int dst) except -1
cdef bint has_special(PyObject* callee, Reg* args) except -1
cdef int call_special(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                      int level) except -1
cdef bint is_frame_builtin(PyObject* callee) except -1
cdef int frame_builtin(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                       int ret, int dst, int level, object local_map, int active) except -1
cdef int check_special(tuple method, Reg* v) except -1
