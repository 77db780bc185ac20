"""Python functions that C code calls back are run by the machine.

What such a function returns to C code is known by identity only: when something active goes
out, `Machine.leaked` is counted up, and the C call that it went to has a poisoned result.
"""

from ._capi cimport *
from ._code cimport code_for, has_rule, is_native, mark_native
from ._entry cimport current, enter, leave
from ._frames cimport frame_enter, frame_free, frame_new, set_function, start_generator, strip_traceback
from ._hook cimport set_runner
from ._lookups cimport same_variable
from ._machine cimport *
from ._run cimport call_here, run
from ._structs cimport *
from ._values cimport *

import os

import numpy as np

from .errors import UnsupportedError

ctypedef int (*watch)(Machine*, PyObject*, PyObject*, PyObject**, int) noexcept
ctypedef int (*question)(PyObject*) noexcept
ctypedef PyObject* (*plain)(Machine*, PyObject*, PyObject*, PyObject**) noexcept

cdef enum:
    FUNCTION = 0x1 | 0x2                 # CO_OPTIMIZED | CO_NEWLOCALS
    ASYNCHRONOUS = 0x80 | 0x200 | 0x100  # coroutines, async generators, iterable coroutines

# code that never touches user state itself; what it calls is offered to the machine again
cdef tuple NATIVE_PLACES = (os.path.dirname(__file__) + os.sep, "<frozen ",
                            os.path.join(os.path.dirname(np.__file__), "_core", "_methods.py"),
                            os.path.dirname(os.__file__) + os.sep + "abc.py",
                            os.path.dirname(os.__file__) + os.sep + "typing.py",  # looks for abc among its callers
                            os.path.dirname(os.__file__) + os.sep + "importlib")


cdef PyObject* offered(PyObject* func, PyObject* code, PyObject** locals, int* taken) noexcept:
    """A call from C code: taken where something active may be seen."""
    cdef Machine* m = current()
    cdef PyObject* out
    cdef int want
    if m == NULL or m.quiet or not (m.heap or m.run_all) or is_native(code):
        return NULL
    want = (<question>wanted)(code)
    if want == 0:
        mark_native(code)
        return NULL
    taken[0] = 1
    if want < 0:
        return NULL
    out = (<plain>run_called)(m, func, code, locals)
    if out == NULL:
        strip_traceback()
    return out


cdef bint is_foreign(PyObject* code) except -1:
    """Code that may touch user state."""
    return not (<object>code).co_filename.startswith(NATIVE_PLACES)


cdef int wanted(PyObject* code) except -1:
    cdef int flags = zyg_code_flags(code)
    if flags & FUNCTION != FUNCTION or flags & ASYNCHRONOUS:
        return False
    return is_foreign(code)


cdef PyObject* run_called(Machine* m, PyObject* func, PyObject* code, PyObject** locals) except NULL:
    cdef int level = m.top.level if m.top != NULL else m.nlevels - 1
    cdef Frame* entry = enter(m, level)
    cdef PyObject* out
    try:
        if has_rule(code):
            call_again(m, level, func, locals, entry.regs)
        else:
            push_bound(m, level, func, locals, entry)
            if m.top != entry:
                run(m, entry)
        if entry.regs[0].slot >= 0:
            m.leaked += 1
        out = escape(m, entry.regs)
        if out == NULL:
            raise MemoryError
        Py_INCREF(out)
        return out
    finally:
        leave(m, entry)


cdef int push_bound(Machine* m, int level, PyObject* func, PyObject** locals, Frame* entry) except -1:
    """A frame with the arguments that CPython has bound, taken from it."""
    cdef PyObject* o
    cdef int i
    code = code_for(<object>zyg_func_code(func))
    cdef Frame* f = frame_new(m, code, code.c.generator)
    if f == NULL:
        return -1
    f.level = level
    f.ret = R_STORE
    f.dst = 0
    set_function(f, func)
    for i in range(f.c.nparams):
        o = locals[i]
        locals[i] = NULL
        load(m, level, f.regs + f.c.nconsts + i, o)
    if f.c.generator:
        put_obj(entry.regs, start_generator(m, f), OBJ, -1)
        return 0
    if frame_enter(m, f) < 0:
        frame_free(m, f)
        return -1
    return 0


cdef int call_again(Machine* m, int level, PyObject* func, PyObject** locals, Reg* out) except -1:
    """A function with a rule: called with its arguments, so that the rule applies."""
    cdef object code = <object>zyg_func_code(func)
    cdef Reg* args
    cdef int i, n, npos = code.co_argcount, nkw = code.co_kwonlyargcount
    values = [<object>locals[i] for i in range(npos)]
    names = list(code.co_varnames[npos:npos + nkw])
    keywords = [<object>locals[npos + i] for i in range(nkw)]
    n = npos + nkw
    if code.co_flags & 4:
        values += <object>locals[n]
        n += 1
    if code.co_flags & 8:
        names += <object>locals[n]
        keywords += (<object>locals[n]).values()
    npos = <int>len(values)
    values += keywords
    n = <int>len(values)
    args = <Reg*>PyMem_Malloc((n + 1) * sizeof(Reg))
    if args == NULL:
        raise MemoryError
    for i in range(n):
        args[i].tag = NUL
        args[i].slot = -1
        load(m, level, args + i, new_ref(values[i]))
    keys = tuple(names)
    try:
        call_here(m, level, func, args, npos, <PyObject*>keys if keys else NULL, out)
    finally:
        for i in range(n):
            drop(args + i)
        PyMem_Free(args)
    return 0


def same_variables(stored, key):
    """Are the numbers in two equal keys of a cache the same variables of this gradient?"""
    cdef Machine* m = current()
    cdef Reg r
    if m == NULL or m.top == NULL:
        return True
    stored, key = tuple(stored), tuple(key)
    r.tag, r.slot, r.v.o = OBJ, -1, <PyObject*>key
    return same_variable(m, m.top.level, &r, <PyObject*>stored) == 1


# -- generators and coroutines that CPython runs ----------------------------------------------


cdef int resumed(PyObject* func, PyObject* code, PyObject** locals, int n) noexcept:
    """One that was made natively goes on: refused if it can see something active."""
    cdef Machine* m = current()
    if m == NULL or m.quiet or not m.heap or m.nlevels == 0 or is_native(code):
        return 0
    return (<watch>refuse_if_active)(m, func, code, locals, n)


cdef int refuse_if_active(Machine* m, PyObject* func, PyObject* code, PyObject** locals, int n) except -1:
    cdef object c = <object>code
    if sees_active(m, m.top.level if m.top != NULL else m.nlevels - 1, func, code, locals, n):
        raise UnsupportedError(
            f"{c.co_qualname} ({c.co_filename}:{c.co_firstlineno}) is a coroutine, or a generator that was made "
            "outside the differentiated code; it can see values that the gradient depends on, and what it computes "
            "from them would not be differentiated. Make the generator inside")
    return 0


cdef bint sees_active(Machine* m, int level, PyObject* func, PyObject* code, PyObject** locals, int n) except -1:
    cdef int i, slot
    if not is_foreign(code):
        return False
    for i in range(n):
        if locals[i] != NULL and (known(m, level, locals[i], &slot) >= 0 or contains_active(m, level, locals[i])):
            return True
    space = <object>zyg_func_globals(func)
    for name in (<object>code).co_names:
        value = space.get(name)
        if value is not None and (known(m, level, <PyObject*>value, &slot) >= 0
                                  or contains_active(m, level, <PyObject*>value)):
            return True
    return False


def answer_the_hook():
    """From now on the machine is offered the frames that C code starts."""
    set_runner(offered, resumed)
