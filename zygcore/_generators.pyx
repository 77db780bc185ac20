"""Generators whose frames the machine runs.

A `Generator` owns a frame that is not on the machine's stack while it is suspended.
A `for` in the machine resumes it without leaving the loop, and what it yields stays in
registers; C code resumes it through ``__next__``, ``send``, ``throw`` and ``close``.
To Python code it is a generator: its ``__class__`` says so.
"""

cimport cython

from cpython.exc cimport PyErr_WarnEx

from ._capi cimport *
from ._code cimport Code
from ._frames cimport *
from ._machine cimport *
from ._opcodes cimport *
from ._structs cimport *
from ._tape cimport Tape
from ._values cimport *

import sys
import types

from ._frames import shadow_frame
from ._language import stopiteration_error
from .errors import UnsupportedError
from .rules.registry import consumer

# the machine's loop, which imports this module
cdef enter_function enter = NULL
cdef leave_function leave = NULL
cdef machine_function machine = NULL
cdef run_function run = NULL
cdef cut_function cut = NULL


cdef int set_loop(enter_function e, leave_function l, machine_function g, run_function r) except -1:
    global enter, leave, machine, run
    enter, leave, machine, run = e, l, g, r
    return 0


cdef int set_cut(cut_function c) except -1:
    global cut
    cut = c
    return 0


cdef enum State:
    CREATED
    SUSPENDED
    RUNNING
    FINISHED

cdef bint CONVERTS = sys.version_info < (3, 12)
cdef bint DEPRECATES = sys.version_info >= (3, 12)
cdef object ABSENT = object()
cdef const char* SIGNATURE = ("the (type, exc, tb) signature of throw() is deprecated, "
                              "use the single-arg signature instead.")


# -- generators and levels -----------------------------------------------------------

# What is in the registers of a suspended frame has its slots on the tape of a level.  A tape lists
# the generators made under it, and when the level ends they are told (`_survivors`).


cdef void enlist(Generator gen, Tape* t) noexcept:
    gen.tape = t
    gen.before = NULL
    gen.after = t.generators
    if gen.after != NULL:
        (<Generator>gen.after).before = <PyObject*>gen
    t.generators = <PyObject*>gen


cdef void unlist(Generator gen) noexcept:
    if gen.tape == NULL:
        return
    if gen.after != NULL:
        (<Generator>gen.after).before = gen.before
    if gen.before != NULL:
        (<Generator>gen.before).after = gen.after
    else:
        gen.tape.generators = gen.after
    gen.tape = NULL


cdef int level_of_caller(Machine* m) noexcept:
    return m.top.level if m.top != NULL else m.nlevels - 1


cdef int join_level(Machine* m, Generator gen, int level, bint closing) except -1:
    """A generator whose level has ended goes on under that of its caller."""
    cdef Frame* g = gen.frame
    if gen.tape != NULL and (g.level >= m.nlevels or m.levels[g.level] != gen.tape):
        if not closing:
            raise UnsupportedError(
                f"{gen.qualname} is a generator made inside a function that is still being differentiated; it goes on "
                "inside another gradient or in another thread, where what it yields would not be differentiated. "
                "Pass on a list of its items instead")
        cut(gen)
    if gen.tape == NULL:
        g.level = level
        if level >= 0:
            enlist(gen, m.levels[level])
    return 0


# -- running them -------------------------------------------------------------------


cdef int generator_resume(Machine* m, Frame* f, Generator gen, Reg* value, int ret, int dst) except -1:
    """Puts the generator's frame on top (1), or 2: it is exhausted."""
    cdef Frame* g = gen.frame
    cdef int i
    if gen.state == RUNNING:
        raise ValueError("generator already executing")
    if gen.state == FINISHED:
        if ret == R_STORE:
            PyErr_SetNone(PyExc_StopIteration)
            return -1
        if ret == R_SEND:
            put_new(f.regs + dst, Py_None)
        return 2
    join_level(m, gen, f.level, False)
    if gen.state == CREATED:
        if value != NULL and not (value.tag == OBJ and value.v.o == Py_None):
            raise TypeError("can't send non-None value to a just-started generator")
    elif value == NULL:
        put_new(g.regs + (g.ip - 1).d, Py_None)
    else:
        copy_reg(g.regs + (g.ip - 1).d, value)
    if m.ntainted:
        for i in range(g.c.nconsts, g.c.nregs):
            refresh(m, g.level, g.regs + i)
    g.ret = ret
    g.dst = dst
    return start(m, gen)


cdef int start(Machine* m, Generator gen) except -1:
    if frame_enter(m, gen.frame) < 0:
        return -1
    Py_INCREF(<PyObject*>gen)
    gen.state = RUNNING
    zyg_handling_push(m.ts, &gen.handling)
    return 1


cdef void stop(Machine* m, Generator gen, int state) noexcept:
    """Takes the generator's frame off; the exception state is the caller's again."""
    cdef PyObject* handled = gen.handling.exc_value
    zyg_handling_pop(m.ts, &gen.handling)
    gen.state = state
    frame_leave(m, gen.frame)
    # Where Cython catches an exception, it leaves what is handled further out in the innermost item.
    if handled != NULL and (state == FINISHED or gen.depth == 0):
        gen.handling.exc_value = NULL
        Py_DECREF(handled)


cdef int generator_yield(Machine* m, Frame* f, Reg* value) except -1:
    cdef Frame* below = f.prev
    cdef Generator gen = <Generator>f.gen
    stop(m, gen, SUSPENDED)
    copy_reg(below.regs + f.dst, value)
    Py_DECREF(<PyObject*>gen)
    return 1


cdef int generator_finish(Machine* m, Frame* f, Reg* value) except -1:
    """The generator returned `value` (NULL: it failed, with an exception set)."""
    cdef Frame* below = f.prev
    cdef Generator gen = <Generator>f.gen
    cdef int ret = f.ret, dst = f.dst
    stop(m, gen, FINISHED)
    gen.frame = NULL
    frame_free(m, f)
    Py_DECREF(<PyObject*>gen)
    if value == NULL:
        return 0
    if ret == R_NEXT:
        drop(value)
        below.ip = below.c.ins + (below.ip - 1).b
    elif ret == R_SEND:
        move_reg(below.regs + dst, value)
        below.ip = below.c.ins + (below.ip - 1).b
    else:
        raise_stop(m, value)
        return -1
    return 0


cdef int raise_stop(Machine* m, Reg* value) except -1:
    """StopIteration(value)"""
    if escape(m, value) == NULL:
        return -1
    result = <object>value.v.o
    drop(value)
    error = StopIteration() if result is None else StopIteration(result)
    PyErr_SetObject(PyExc_StopIteration, <PyObject*>error)
    return -1


cdef int generator_failed(Machine* m, Frame* f) noexcept:
    """An exception leaves a generator; StopIteration must not look like its end."""
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    PyErr_Fetch(&tp, &value, &tb)
    if CONVERTS and PyErr_GivenExceptionMatches(tp, PyExc_StopIteration):
        PyErr_NormalizeException(&tp, &value, &tb)
        if tb != NULL:
            PyException_SetTraceback(value, tb)
        try:
            error = stopiteration_error(<object>value)
            error.__traceback__ = None
            Py_XDECREF(tb)
            tb = NULL
            Py_DECREF(tp)
            Py_DECREF(value)
            tp = <PyObject*>RuntimeError
            value = <PyObject*>error
            Py_INCREF(tp)
            Py_INCREF(value)
        except BaseException:
            pass
    try:
        generator_finish(m, f, NULL)
    except BaseException:
        pass
    PyErr_Restore(tp, value, tb)
    return 0


cdef object name_text(object value, str attribute):
    if not issubclass(type(value), str):
        raise TypeError(f"{attribute} must be set to a string object")
    return value


@cython.final
cdef class Generator:
    """A generator whose body the machine runs."""

    def __init__(self):
        raise TypeError("cannot create 'generator' instances")

    @property
    def __class__(self):
        return types.GeneratorType

    @property
    def __name__(self):
        return self.name

    @__name__.setter
    def __name__(self, value):
        self.name = name_text(value, "__name__")

    @__name__.deleter
    def __name__(self):
        name_text(None, "__name__")

    @property
    def __qualname__(self):
        return self.qualname

    @__qualname__.setter
    def __qualname__(self, value):
        self.qualname = name_text(value, "__qualname__")

    @__qualname__.deleter
    def __qualname__(self):
        name_text(None, "__qualname__")

    def __iter__(self):
        return self

    def __next__(self):
        """Implement next(self)."""
        return resume_from_c(self, None)

    def send(self, value):
        """Resumes the generator; `value` is the result of the ``yield``."""
        return resume_from_c(self, value)

    def throw(self, typ, val=ABSENT, tb=None):
        """Raises an exception at the point where the generator is suspended."""
        if val is not ABSENT:
            if DEPRECATES:
                PyErr_WarnEx(DeprecationWarning, SIGNATURE, 1)
            typ = exception_from(typ, val, tb)
        else:
            typ = exception_from(typ, None, None)
        return throw_into(self, typ)

    def close(self):
        """Raises GeneratorExit inside the generator."""
        if self.state == FINISHED:
            return None
        if self.state == CREATED:
            abandon(self)
            return None
        try:
            throw_into(self, GeneratorExit())
        except StopIteration as stop:
            return stop.value if not CONVERTS else None
        except GeneratorExit:
            return None
        raise RuntimeError("generator ignored GeneratorExit")

    def __del__(self):
        if self.state == SUSPENDED and self.frame != NULL:
            try:
                self.close()
            except BaseException:
                unraisable(self)

    def __dealloc__(self):
        unlist(self)
        if self.frame != NULL:
            frame_free(NULL, self.frame)
            self.frame = NULL
        Py_XDECREF(self.handling.exc_value)

    def __repr__(self):
        return f"<generator object {self.qualname} at {id(self):#x}>"

    def __reduce__(self):
        raise TypeError("cannot pickle 'generator' object")

    @property
    def gi_running(self):
        return self.state == RUNNING

    @property
    def gi_suspended(self):
        return self.state == SUSPENDED

    @property
    def gi_frame(self):
        if self.state == FINISHED:
            return None
        return shadow_frame(<object>self.frame.code_obj)

    @property
    def gi_yieldfrom(self):
        cdef Reg* r = delegated(self)
        if r == NULL:
            return None
        return <object>box(r)


cdef int unraisable(object where) except -1:
    """Reports the exception being handled, which nobody can be told of."""
    error = sys.exc_info()[1]
    PyErr_Restore(new_ref(type(error)), new_ref(error), PyException_GetTraceback(<PyObject*>error))
    PyErr_WriteUnraisable(<PyObject*>where)
    return 0


cdef int abandon(Generator gen) except -1:
    """Ends a generator that never ran."""
    cdef Frame* f = gen.frame
    gen.state = FINISHED
    gen.frame = NULL
    if f != NULL:
        frame_free(NULL, f)
    return 0


cdef Reg* delegated(Generator gen) noexcept:
    """The register of what a suspended generator delegates to (``yield from``), or NULL."""
    cdef Frame* f = gen.frame
    cdef int r
    if gen.state != SUSPENDED or (f.ip - 1).op != YIELD:
        return NULL
    r = f.c.extra[(f.ip - 1).a + 4]
    return NULL if r < 0 else f.regs + r


cdef object resume_from_c(Generator gen, object value):
    cdef Machine* m = machine()
    cdef Frame* entry = enter(m, gen.frame.level if gen.tape != NULL and gen.frame != NULL else level_of_caller(m))
    cdef Reg v
    v.tag = NUL
    Py_INCREF(<PyObject*>value)
    load(m, entry.level if entry.level < m.nlevels else -1, &v, <PyObject*>value)
    try:
        if generator_resume(m, entry, gen, &v, R_STORE, 0) == 1:
            run(m, entry)
        return result_of(m, entry)
    finally:
        drop(&v)
        leave(m, entry)


cdef object result_of(Machine* m, Frame* entry):
    cdef PyObject* o
    if entry.regs[0].slot >= 0:
        m.leaked += 1  # what C code makes of it is not known
    o = escape(m, entry.regs)
    if o == NULL:
        raise SystemError("zygcore: a generator yielded nothing")
    return <object>o


cdef object exception_from(object typ, object val, object tb):
    """The exception of ``throw(type, value, traceback)``."""
    if isinstance(typ, BaseException):
        if val is not None:
            raise TypeError("instance exception may not have a separate value")
        error = typ
    elif isinstance(typ, type) and issubclass(typ, BaseException):
        if isinstance(val, typ):
            error = val
        elif val is None:
            error = typ()
        elif isinstance(val, tuple):
            error = typ(*val)
        else:
            error = typ(val)
        if not isinstance(error, BaseException):
            error = TypeError(f"calling {typ!r} should have returned an instance of BaseException, "
                              f"not {type(error).__name__}")
    else:
        raise TypeError("exceptions must be classes or instances deriving from BaseException, not "
                        + type(typ).__name__)
    if tb is not None:
        if not isinstance(tb, types.TracebackType):
            raise TypeError("throw() third argument must be a traceback object")
        error = error.with_traceback(tb)
    return error


cdef object throw_into(Generator gen, object error):
    cdef Reg* sub
    if gen.state == RUNNING:
        raise ValueError("generator already executing")
    if gen.state == FINISHED:
        set_error(error, NULL)
        raise_set()
    sub = delegated(gen)
    if sub != NULL:
        handled, result = throw_through(gen, <object>box(sub), error)
        if handled:
            return result
        error = result
    return resume_with(gen, error, None, False)


cdef tuple throw_through(Generator gen, object sub, object error):
    """Throws into what is delegated to: (True, yielded) or (False, error to raise here)."""
    cdef Frame* f = gen.frame
    cdef object method
    closing = isinstance(error, GeneratorExit)
    try:
        method = sub.close if closing else sub.throw
    except AttributeError:
        return False, error
    except BaseException:
        if not closing:
            raise
        unraisable(sub)
        return False, error
    gen.state = RUNNING
    try:
        if closing:
            method()
            return False, error
        return True, method(error)
    except StopIteration as stop:
        value = stop.value
    except BaseException as inner:
        return False, inner
    finally:
        if gen.state == RUNNING and gen.frame == f:
            gen.state = SUSPENDED
    # no longer while the StopIteration is handled: it is nobody's context
    return True, resume_with(gen, None, value, True)


cdef object resume_with(Generator gen, object error, object value, bint done):
    """Resumes with an exception, or behind a finished delegation with its value."""
    cdef Machine* m = machine()
    cdef Frame* g = gen.frame
    cdef Frame* entry
    cdef Ins* at
    cdef bint created
    join_level(m, gen, level_of_caller(m), isinstance(error, GeneratorExit))
    entry = enter(m, g.level)
    try:
        g.ret = R_STORE
        g.dst = 0
        if done:
            at = g.c.ins + g.c.extra[(g.ip - 1).a + 5]
            Py_INCREF(<PyObject*>value)
            load(m, g.level, g.regs + at.d, <PyObject*>value)
            g.ip = g.c.ins + at.b
        created = gen.state == CREATED
        if created:
            g.ip = g.c.ins + 1
        start(m, gen)
        if error is not None:
            g.handling = 2 if created else 1  # before its first instruction nothing is inside a `try`
            set_error(error, gen.handling.exc_value)
        run(m, entry)
        return result_of(m, entry)
    finally:
        leave(m, entry)


cdef void set_error(object error, PyObject* handled) noexcept:
    """Sets an exception that is thrown; its context is what the generator handles, if anything."""
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    if handled != NULL and handled != Py_None:
        PyErr_SetObject(<PyObject*>Py_TYPE(<PyObject*>error), <PyObject*>error)
        PyErr_Fetch(&tp, &value, &tb)
        Py_XDECREF(tp)
        Py_XDECREF(value)
        Py_XDECREF(tb)
    PyErr_Restore(new_ref(type(error)), new_ref(error), PyException_GetTraceback(<PyObject*>error))


# -- the garbage collector --------------------------------------------------------

# Cython knows of the attributes that are declared as objects, and not of what the frame refers to.
cdef PyTypeObject* GENERATOR = <PyTypeObject*><PyObject*>Generator
cdef traverseproc traverse_attributes = zyg_traverse(GENERATOR)
cdef inquiry clear_attributes = zyg_clear(GENERATOR)


cdef int traverse(PyObject* self, visitproc visit, void* arg) noexcept:
    cdef int r = traverse_attributes(self, visit, arg)
    if r == 0 and (<Generator>self).handling.exc_value != NULL:
        r = visit((<Generator>self).handling.exc_value, arg)
    # The registers of a running frame may be on their way somewhere; it is not garbage anyway.
    if r == 0 and (<Generator>self).frame != NULL and (<Generator>self).state != RUNNING:
        r = frame_visit((<Generator>self).frame, visit, arg)
    return r


cdef int clear(PyObject* self) noexcept:
    cdef Frame* f = (<Generator>self).frame
    if f != NULL and (<Generator>self).state != RUNNING:
        (<Generator>self).state = FINISHED
        (<Generator>self).frame = NULL
        frame_free(NULL, f)
    return clear_attributes(self)


zyg_set_gc(GENERATOR, traverse, clear)
zyg_set_name(GENERATOR, "generator")  # so do errors and the `repr` of the type call it


def make(frame_address, tape_address):
    """A generator object for a frame made under the level of a tape, if any."""
    cdef Frame* f = <Frame*><size_t>frame_address
    cdef Generator gen = Generator.__new__(Generator)
    gen.frame = f
    gen.state = CREATED
    f.gen = <PyObject*>gen
    if tape_address:
        enlist(gen, <Tape*><size_t>tape_address)
    gen.gi_code = (<Code>f.code_obj).code
    if f.func != NULL:
        gen.name = (<object>f.func).__name__
        gen.qualname = (<object>f.func).__qualname__
    return gen


consumer(Generator.send, Generator.throw, Generator.close, Generator.__next__, Generator.__iter__)
hooks(make)
