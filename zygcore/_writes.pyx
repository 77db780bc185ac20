"""Writes into arrays: refused where the tape knows the array, or keeps it for a pullback.

Instructions, operators and known C functions are asked before they write; the arrays that unknown
C code gets are compared before and after.
"""

from ._capi cimport *
from ._machine cimport *
from ._rules cimport is_kept
from ._structs cimport *
from ._values cimport *

import numpy as np

from ._memory import Snapshot
from .errors import UnsupportedError
from .rules import registry

cdef object ndarray = np.ndarray
cdef PyTypeObject* UFUNC = <PyTypeObject*><PyObject*>np.ufunc
cdef dict array_mutators = {id(fn): fn for fn in (
    [getattr(np.ndarray, name) for name in (
        "fill", "put", "sort", "partition", "setfield", "resize", "__setitem__", "__iadd__", "__isub__", "__imul__",
        "__itruediv__", "__ifloordiv__", "__imod__", "__ipow__", "__imatmul__", "__iand__", "__ior__", "__ixor__",
        "__ilshift__", "__irshift__", "__setstate__")]
    + [np.ufunc.at] + [getattr(fn, "_implementation", fn) for fn in (np.copyto, np.put, np.place, np.putmask)])}


cdef int check_array_write(Machine* m, Frame* f, Reg* target, Reg* value, bint active) except -1:
    """Writing into an array that the tape knows, or something active into any array, is refused."""
    if not active:
        active = target.slot >= 0 or value != NULL and value.slot >= 0
    if not active and value != NULL and m.heap and value.tag & 0xFF == OBJ:
        active = contains_active(m, f.level, value.v.o) > 0
    if not active:
        if is_kept(m, target.v.o):
            raise UnsupportedError(
                "an array is overwritten that an earlier operation keeps for its pullback: this version does "
                "not save overwritten contents; work on a copy")
        return 0
    raise UnsupportedError(
        "an array is written in place, and the array or what is written depends on what the gradient is taken "
        "with respect to: this version differentiates arrays that are made anew, e.g. `a = a + b` for "
        "`a += b`, np.where or np.concatenate for assignments to items")


cdef int check_mutator(Machine* m, Frame* f, PyObject* key, PyObject* self_object, Reg* args, int n,
                       int active) except -1:
    """C functions that write into an array."""
    cdef Reg target
    if id(<object>key) not in array_mutators:
        return 0
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


cdef int check_outputs(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames) except -1:
    """Arrays given for results: the last arguments of ufuncs, and ``out=``."""
    cdef int i
    if Py_TYPE(callee) == UFUNC and nargs > (<object>callee).nin:
        for i in range((<object>callee).nin, nargs):
            if args[i].tag & 0xFF == OBJ and issubclass(type(<object>args[i].v.o), ndarray):
                check_array_write(m, f, args + i, NULL, False)
    if kwnames != NULL:
        for i in range(nargs, nargs + <int>PyTuple_GET_SIZE(kwnames)):
            if <object>PyTuple_GET_ITEM(kwnames, i - nargs) == "out" and args[i].tag & 0xFF == OBJ \
                    and issubclass(type(<object>args[i].v.o), ndarray):
                check_array_write(m, f, args + i, NULL, False)
    return 0


cdef list arrays_at_risk(Machine* m, PyObject* callee, Reg* args, int n, int level):
    """Copies of the arrays that foreign code might write into: all that is known of them may change."""
    cdef int i
    cdef list out = []
    owner = getattr(<object>callee, "__self__", None) if PyCFunction_Check(callee) else None
    if type(owner) is ndarray and (level >= 0 or is_kept(m, <PyObject*>owner)):
        out.append((-1, Snapshot(owner)))
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and issubclass(type(<object>args[i].v.o), ndarray) \
                and (level >= 0 or is_kept(m, args[i].v.o)) and (<object>args[i].v.o).flags.writeable:
            out.append((i, Snapshot(<object>args[i].v.o)))
    return out or None


cdef int written_arrays(Machine* m, Frame* f, list watched, PyObject* callee, Reg* args, int level) except -1:
    """An array that C code wrote into: refused if something active was there, or may be now."""
    cdef Reg r
    cdef int i
    for i, snapshot in watched:
        if not snapshot.changed():
            continue
        r.tag, r.slot, r.v.o = OBJ, -1, <PyObject*>(<object>snapshot.array)
        lookup(m, f.level, &r)
        if r.slot >= 0 or i >= 0 and args[i].slot >= 0 or level >= 0 or is_kept(m, r.v.o):
            raise UnsupportedError(
                f"{registry.describe(<object>callee)} wrote into an array what the gradient depends on, or overwrote "
                "what it depends on: what is read from the array would not be differentiated. Pass it a copy")
    return 0
