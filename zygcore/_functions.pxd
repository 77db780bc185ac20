"""Calls of Python functions, and of whatever has a rule."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Reg

cdef bint no_skip           # some function without arguments has a rule: no call can be skipped unseen


cdef bint code_has_rule(PyObject* fn) except -1
cdef int dispatch_function(Machine* m, Frame* f, PyObject* fn, Reg* args, int nargs, PyObject* kwnames,
                           int ret, int dst, int level, int active) except -1
cdef int by_rule(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs, PyObject* kwnames,
                 int ret, int dst, int level, int active) except -1
cdef int hidden_level(Machine* m, Reg* args, int nargs, PyObject* kwnames, int level) except -2
cdef int push_hidden(Machine* m, object function, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                     int level) except -1
cdef int call_bound(Machine* m, Frame* f, PyObject* function, PyObject* first, Reg* args, int nargs, PyObject* kwnames,
                    int ret, int dst, int level) except -1
cdef Reg* prepended(Machine* m, int level, PyObject* first, Reg* args, int n) except NULL
cdef void release(Reg* own, int n) noexcept
cdef bint is_iterable(PyObject* o) noexcept
cdef bint iterates_in_python(Reg* r) noexcept
cdef int lazily(Machine* m, Reg* r, int level) except -1
