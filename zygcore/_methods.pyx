"""Python methods of the operands' types, run in frames of the machine.

An operation whose operand defines it in Python is the call of that method; what CPython does
around such methods in C is Python code of `protocols`, in frames that tracebacks do not show.
"""

from ._capi cimport PyObject, zyg_recursion_leave
from ._frames cimport push_function
from ._machine cimport *
from ._structs cimport *
from ._values cimport *


cdef int call_method(Machine* m, Frame* f, PyObject* method, Reg* args, int n, int ret, int dst) except -1:
    """Calls a Python method (a function found on a type) with copies of registers."""
    return push_copies(m, method, args, n, ret, dst, f.level)


cdef void hide(Machine* m) noexcept:
    """The frame on top is of a function that stands for C code; all of its frames from now on."""
    if not m.top.c.hidden:
        m.top.c.hidden = 1
        zyg_recursion_leave(m.ts)
        m.nhidden += 1


cdef int run_protocol(Machine* m, object function, Reg* args, int n, int ret, int dst, int level) except -1:
    """Calls one of our own Python functions in the machine, with copies of registers."""
    cdef int status = push_copies(m, <PyObject*>function, args, n, ret, dst, level)
    if status == 1:
        hide(m)
    return status


cdef int push_copies(Machine* m, PyObject* function, Reg* args, int n, int ret, int dst, int level) except -1:
    cdef Reg own[8]
    cdef int i
    for i in range(n):
        own[i].tag = NUL
        copy_reg(own + i, args + i)
    try:
        return push_function(m, function, own, n, NULL, ret, dst, level)
    finally:
        for i in range(n):
            drop(own + i)
