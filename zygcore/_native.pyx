"""Calls of C code: what it returns is poisoned, what it may have stored into is tainted.

Writes into arrays that the tape knows are refused, by instructions too, and so is
giving work to other threads.
"""

from ._capi cimport *
from ._machine cimport *
from ._rules cimport poison
from ._structs cimport *
from ._tape cimport owner_of, set_has
from ._values cimport *

import _queue
import _thread
import collections
import types

import numpy as np

from .errors import UnsupportedError

cdef object ndarray = np.ndarray
cdef PyTypeObject* UFUNC = <PyTypeObject*><PyObject*>np.ufunc
cdef tuple TRANSPARENT = (list, dict, set, frozenset, tuple, collections.deque, str, bytes, int, float, complex,
                          type(None), types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type,
                          np.ndarray, np.generic, np.dtype, np.ufunc, types.MethodType, BaseException, slice, range)
cdef dict thread_starts = {id(getattr(_thread, name)): name for name in ("start_new_thread", "start_joinable_thread")
                           if hasattr(_thread, name)}
cdef dict thread_doors = {**thread_starts, id(_queue.SimpleQueue.put): "put"}
cdef dict array_mutators = {id(fn): fn for fn in (
    [getattr(np.ndarray, name) for name in (
        "fill", "put", "sort", "partition", "setfield", "resize", "__setitem__", "__iadd__", "__isub__", "__imul__",
        "__itruediv__", "__ifloordiv__", "__imod__", "__ipow__", "__imatmul__")]
    + [np.ufunc.at] + [getattr(fn, "_implementation", fn) for fn in (np.copyto, np.put, np.place, np.putmask)])}


cdef int native_call(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                     int dst, int level, bint opaque) except -1:
    """Calls natively.  With `level` >= 0 something active goes in, and the result is poisoned
    unless it is an object that is known."""
    cdef PyObject* stack[16]
    cdef PyObject** values = stack
    cdef PyObject* out
    cdef int i, leaked, quiet, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    if n > 15:
        values = <PyObject**>PyMem_Malloc((n + 1) * sizeof(PyObject*))
        if values == NULL:
            raise MemoryError
    try:
        if m.heap and Py_TYPE(callee) == UFUNC and nargs > (<object>callee).nin:
            for i in range((<object>callee).nin, nargs):
                if args[i].tag & 0xFF == OBJ and issubclass(type(<object>args[i].v.o), ndarray):
                    check_array_write(m, f, args + i, NULL, False)
        if kwnames != NULL and m.heap:
            for i in range(nargs, n):
                if <object>PyTuple_GET_ITEM(kwnames, i - nargs) == "out" and args[i].tag & 0xFF == OBJ \
                        and issubclass(type(<object>args[i].v.o), ndarray):
                    check_array_write(m, f, args + i, NULL, False)
        for i in range(n):
            values[i + 1] = escape(m, args + i) if args[i].slot >= 0 else box(args + i)
            if values[i + 1] == NULL:
                return -1
        leaked = m.leaked
        quiet = Py_TYPE(callee) == &PyFunction_Type  # declared to have no derivative: natively, with all it calls
        m.quiet += quiet
        out = PyObject_Vectorcall(callee, values + 1, <size_t>nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames)
        m.quiet -= quiet
    finally:
        if values != stack:
            PyMem_Free(values)
    if out == NULL:
        return -1
    load(m, f.level, f.regs + dst, out)
    if level < 0 and m.leaked != leaked:
        level = f.level
    if level >= 0 and opaque:
        if f.regs[dst].slot < 0:
            poison(m, f, f.regs + dst, level, callee, args, nargs)
        taint_arguments(m, f, callee, args, n, level)
    return 0


cdef int taint_arguments(Machine* m, Frame* f, PyObject* callee, Reg* args, int n, int level) except -1:
    """Objects of C types that foreign code may have put active values into."""
    cdef int i
    cdef Reg r
    for i in range(-1, n):
        if i < 0:
            owner = getattr(<object>callee, "__self__", None)
            if owner is None:
                continue
            r.v.o = <PyObject*>owner
        else:
            if args[i].tag & 0xFF != OBJ or args[i].slot >= 0:
                continue
            r.v.o = args[i].v.o
        if issubclass(type(<object>r.v.o), TRANSPARENT) or PyType_GetFlags(Py_TYPE(r.v.o)) & (1 << 9) \
                and (own_dict(<object>r.v.o) is not None):
            continue
        if hasattr(type(<object>r.v.o), "__hash__") and type(<object>r.v.o).__hash__ is not None \
                and type(<object>r.v.o).__module__ in ("builtins", "re", "datetime", "decimal", "fractions"):
            continue
        r.tag = OBJ
        r.slot = -1
        poison(m, f, &r, level, callee, args, n)
        m.ntainted += 1
    return 0


# -- what is refused -----------------------------------------------------------


cdef int check_native(Machine* m, Frame* f, PyObject* key, PyObject* self_object, Reg* args, int n, int active,
                      int level) except -1:
    """C functions whose effects could not be followed."""
    if id(<object>key) in thread_doors and (active >= 0 or m.heap and level >= 0 and id(<object>key) in thread_starts):
        raise UnsupportedError(
            "another thread is given work inside differentiated code, and may see values that the gradient depends "
            "on: what it computes would not be differentiated. Take gradients inside the threads instead")
    if id(<object>key) in array_mutators:
        check_mutator(m, f, self_object, args, n, active)
    return 0


cdef int check_mutator(Machine* m, Frame* f, PyObject* self_object, Reg* args, int n, int active) except -1:
    """C functions that write into an array."""
    cdef Reg target
    if active >= 0:
        check_array_write(m, f, args, args, True)
    target.tag = OBJ
    target.slot = -1
    target.v.o = self_object
    if self_object == NULL:
        if n == 0 or args[0].tag & 0xFF != OBJ:
            return 0
        target.v.o = args[0].v.o
    return check_array_write(m, f, &target, NULL, False)


cdef int check_array_write(Machine* m, Frame* f, Reg* target, Reg* value, bint active) except -1:
    """Writing into an array that the tape knows, or something active into any array, is refused."""
    cdef int level
    cdef PyObject* memory
    if not active:
        active = target.slot >= 0 or value != NULL and value.slot >= 0
    if not active and value != NULL and m.heap and value.tag & 0xFF == OBJ:
        active = contains_active(m, f.level, value.v.o) > 0
    if not active:
        memory = owner_of(target.v.o)
        for level in range(m.nlevels):
            if set_has(&m.levels[level].saved, memory):
                raise UnsupportedError(
                    "an array is overwritten that an earlier operation keeps for its pullback: this version does "
                    "not save overwritten contents; work on a copy")
        return 0
    raise UnsupportedError(
        "an array is written in place, and the array or what is written depends on what the gradient is taken "
        "with respect to: this version differentiates arrays that are made anew, e.g. `a = a + b` for "
        "`a += b`, np.where or np.concatenate for assignments to items")
