"""Arithmetic and comparisons that the machine's loop does not do itself."""

from ._capi cimport PyObject
from ._machine cimport Frame, Machine
from ._structs cimport Ins, Reg


cdef int binary(Machine* m, Frame* f, Ins* ins, int number) except -1
cdef int unary(Machine* m, Frame* f, Ins* ins, int number) except -1
cdef int compare(Machine* m, Frame* f, Reg* a, Reg* b, int op, int ret, int dst) except -1
cdef int truth(Machine* m, Frame* f, Reg* a, int ret, int dst) except -1
cdef bint has_python_method(PyObject* o, PyObject* name) noexcept
cdef int run_protocol(Machine* m, object function, Reg* args, int n, int ret, int dst, int level) except -1
cdef int check_array_write(Machine* m, Frame* f, Reg* target, Reg* value, bint active) except -1
