"""Exceptions: raising them, handing them to handlers, and what handlers do with them."""

from ._capi cimport *
from ._frames cimport add_traceback, frame_free, frame_leave, show_running_line, strip_traceback
from ._generators cimport Generator, generator_failed
from ._machine cimport *
from ._opcodes cimport *
from ._operands cimport *
from ._structs cimport *
from ._tape cimport Tape
from ._values cimport *

import sys

from . import _language
from .errors import UnsupportedError

cdef object unsupported = UnsupportedError
cdef bint CHECKS_CAUSES = sys.version_info >= (3, 13)


cdef int handle(Machine* m, Frame* entry, bint reraised) except -1:
    """Hands the current exception to a handler; -1 if it leaves the machine.

    Frames without one are taken off.
    """
    cdef Frame* f
    cdef Frame* below
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    cdef int number, ret
    if m.again:
        m.again = 0
        reraised = True
    if PyErr_ExceptionMatches(<PyObject*>unsupported):
        note_refusal(m, m.top.level)
    while m.top != entry:
        f = m.top
        if reraised:
            strip_traceback()
            if (f.ip - 1).op == RERAISE and not (f.ip - 1).aux:
                show_running_line(f)
        else:
            add_traceback(f)
        reraised = False
        number = f.c.handler_of[pc_of(f)] if not f.handling else -1
        if number >= 0:
            PyErr_Fetch(&tp, &value, &tb)
            PyErr_NormalizeException(&tp, &value, &tb)
            if tb != NULL:
                PyException_SetTraceback(value, tb)
            Py_XDECREF(tp)
            Py_XDECREF(tb)
            Py_XDECREF(f.exc)
            f.exc = value
            f.ip = f.c.ins + f.c.handlers[number].target
            return 0
        below = f.prev
        ret = f.ret
        if ret == R_ATTRIBUTE and PyErr_ExceptionMatches(PyExc_AttributeError):
            name_attribute(below, f.aux)
        if f.gen != NULL:
            generator_failed(m, f)
        else:
            frame_leave(m, f)
            frame_free(m, f)
        if ret == R_NEXT and PyErr_ExceptionMatches(PyExc_StopIteration):
            PyErr_Clear()
            below.ip = below.c.ins + (below.ip - 1).b
            return 0
    return -1


cdef int note_refusal(Machine* m, int level) except -1:
    """The program may handle the exception and go on: then it does not do what it would do alone."""
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    if level < 0 or m.levels[level].refused != NULL:
        return 0
    PyErr_Fetch(&tp, &value, &tb)
    PyErr_NormalizeException(&tp, &value, &tb)
    if not (<object>value).of_another_call:
        Py_INCREF(value)
        m.levels[level].refused = value
    PyErr_Restore(tp, value, tb)
    return 0


cdef int leave_call(Machine* m, object error) except -1:
    """An error leaves the call of `gradient` that it is about: the levels around it may handle it."""
    cdef int i
    error.of_another_call = True
    for i in range(m.nlevels):
        if m.levels[i].refused == <PyObject*>error:
            Py_DECREF(m.levels[i].refused)
            m.levels[i].refused = NULL
    return 0


cdef int raise_refused(Tape* t) except -1:
    """At the end of a level: raises what was refused there, and handled by the program."""
    cdef object error
    if t.refused == NULL:
        return 0
    error = <object>t.refused
    Py_DECREF(t.refused)
    t.refused = NULL
    error.add_note("The program handled this error and went on, which it would not have done without a gradient.")
    raise error


cdef void name_attribute(Frame* f, PyObject* obj) noexcept:
    """Python code that computes an attribute raised AttributeError: the error says of what, as in `getattr`."""
    cdef Ins* ins = f.ip - 1
    cdef PyObject* name = NULL
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    if ins.op == GETATTR:
        name = f.c.imms[f.c.extra[ins.b]]
    elif ins.op == METHOD:
        name = f.c.imms[ins.b]
    if name == NULL or obj == NULL:
        return
    PyErr_Fetch(&tp, &value, &tb)
    PyErr_NormalizeException(&tp, &value, &tb)
    try:
        error = <object>value
        if error.name is None and error.obj is None:
            error.name = <object>name
            error.obj = <object>obj
    except BaseException:
        pass
    PyErr_Restore(tp, value, tb)


cdef int raise_statement(Machine* m, Frame* f, Ins* ins) except -1:
    """RAISE: sets the exception; always -1."""
    cdef int a = f.c.extra[ins.a + 1], b = f.c.extra[ins.a + 2]
    cdef PyObject* o
    if a < 0:
        o = PyErr_GetHandledException()
        if o == NULL:
            raise RuntimeError("No active exception to reraise")
        m.again = 1
        PyErr_Restore(new_ref(<object>Py_TYPE(o)), o, PyException_GetTraceback(o))
        return -1
    exc = <object>box(f.regs + (a >> 1))
    if isinstance(exc, type) and issubclass(exc, BaseException):
        kind = exc
        exc = exc()
        if not isinstance(exc, BaseException):
            raise TypeError(f"calling {kind} should have returned an instance of BaseException, not {type(exc)}")
    elif not isinstance(exc, BaseException):
        raise TypeError("exceptions must derive from BaseException")
    if b >= 0:
        cause = <object>box(f.regs + (b >> 1))
        if isinstance(cause, type) and issubclass(cause, BaseException):
            made = cause()
            if CHECKS_CAUSES and not isinstance(made, BaseException):
                raise TypeError(f"calling {cause!r} should have returned an instance of BaseException, "
                                f"not {type(made)!r}")
            cause = made
        elif cause is not None and not isinstance(cause, BaseException):
            raise TypeError("exception causes must derive from BaseException")
        exc.__cause__ = cause
    PyErr_SetObject(<PyObject*>Py_TYPE(<PyObject*>exc), <PyObject*>exc)
    restore_traceback(<PyObject*>exc)
    return -1


cdef void restore_traceback(PyObject* exc) noexcept:
    """The error being raised continues the traceback that the exception has."""
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    PyErr_Fetch(&tp, &value, &tb)
    if tb == NULL:
        tb = PyException_GetTraceback(exc)
    PyErr_Restore(tp, value, tb)


cdef int reraise(Frame* f, Ins* ins) except -1:
    cdef PyObject* o = box(f.regs + (f.c.extra[ins.a + 1] >> 1))
    Py_INCREF(o)
    PyErr_Restore(<PyObject*>Py_TYPE(o), o, PyException_GetTraceback(o))
    Py_INCREF(<PyObject*>Py_TYPE(o))
    return -1


cdef int cleanup_throw(Machine* m, Frame* f, Ins* ins) except -1:
    """What a delegate raised when it was thrown into: its value if it returned, else the exception."""
    cdef PyObject* o = box(f.regs + (f.c.extra[ins.a + 3] >> 1))
    if PyErr_GivenExceptionMatches(o, PyExc_StopIteration):
        value = (<object>o).value
        Py_INCREF(<PyObject*>value)
        load(m, f.level, f.regs + ins.d, <PyObject*>value)
        return 0
    Py_INCREF(o)
    Py_INCREF(<PyObject*>Py_TYPE(o))
    PyErr_Restore(<PyObject*>Py_TYPE(o), o, PyException_GetTraceback(o))
    return -1


cdef int slow_exceptions(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Instructions of handlers."""
    cdef PyObject* o
    cdef PyObject* v
    cdef int r
    if op == PUSH_EXC:
        if f.gen != NULL:
            (<Generator>f.gen).depth += 1
        o = zyg_handled(m.ts)  # by this generator or outside of all: what is around is not ours to restore
        v = value(f, ins, 0)
        if o == NULL:
            o = Py_None
        Py_INCREF(o)
        PyErr_SetHandledException(v)
        put_obj(f.regs + ins.d, o, OBJ, -1)
    elif op == POP_EXC:
        if f.gen != NULL:
            (<Generator>f.gen).depth -= 1
        o = value(f, ins, 0)
        PyErr_SetHandledException(NULL if o == Py_None else o)
    elif op == EXC_MATCH:
        r = exception_matches(<object>value(f, ins, 0), <object>value(f, ins, 1))
        put_bool(f.regs + ins.d, r)
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
