"""Exceptions: the one that is handled, which handler matches, exception groups."""

from ._capi cimport *
from ._machine cimport *
from ._opcodes cimport *
from ._operands cimport *
from ._structs cimport *
from ._values cimport *

from . import _language


cdef int slow_exceptions(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Instructions of handlers."""
    cdef PyObject* o
    cdef PyObject* v
    cdef int r
    if op == PUSH_EXC:
        o = PyErr_GetHandledException()
        v = value(f, ins, 0)
        if o == NULL:
            o = Py_None
            Py_INCREF(o)
        PyErr_SetHandledException(v)
        put_obj(f.regs + ins.d, o, OBJ, -1)
    elif op == POP_EXC:
        o = value(f, ins, 0)
        PyErr_SetHandledException(NULL if o == Py_None else o)
    elif op == EXC_MATCH:
        r = exception_matches(<object>value(f, ins, 0), <object>value(f, ins, 1))
        o = Py_True if r else Py_False
        Py_INCREF(o)
        put_obj(f.regs + ins.d, o, OBJ, -1)
    elif op == GROUP_MATCH:
        return group_match(m, f, ins)
    else:
        out = _language.group_reraise(<object>value(f, ins, 0), <object>value(f, ins, 1))
        Py_INCREF(<PyObject*>out)
        load(m, f.level, f.regs + ins.d, <PyObject*>out)
    kill(f, ins)
    return 0


cdef bint exception_matches(object exc, object kinds) except -1:
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError("catching classes that do not inherit from BaseException is not allowed")
    return PyErr_GivenExceptionMatches(<PyObject*>exc, <PyObject*>kinds)


cdef int group_match(Machine* m, Frame* f, Ins* ins) except -1:
    """``except*``: the rest and the matching part, which becomes the handled exception."""
    cdef int i
    cdef PyObject* v
    parts = _language.group_match(<object>value(f, ins, 0), <object>value(f, ins, 1))
    if parts[1] is not None:
        match = parts[1]
        PyErr_SetHandledException(<PyObject*>match)
    for i in range(2):
        v = <PyObject*>(<object>parts[i])
        Py_INCREF(v)
        load(m, f.level, f.regs + result(f, ins, i), v)
    return 0
