"""Writes into arrays: refused where the tape knows the array, or keeps it for a pullback.

Instructions, operators and known C functions are asked before they write; the arrays that unknown
C code gets are compared before and after.
"""

from ._capi cimport *
from ._kept cimport array_behind, is_kept, is_kept_address, shows_kept
from ._machine cimport *
from ._structs cimport *
from ._values cimport *

import sys

import numpy as np

from ._memory import Snapshot
from .errors import UnsupportedError
from .rules import registry

cdef object ndarray = np.ndarray
cdef PyTypeObject* FLAT = <PyTypeObject*><PyObject*>np.flatiter
cdef str OVERWRITTEN = (
    "an array is overwritten that an earlier operation keeps for its pullback: this version does not save overwritten "
    "contents; work on a copy")
cdef PyTypeObject* UFUNC = <PyTypeObject*><PyObject*>np.ufunc
cdef dict array_mutators = {id(fn): fn for fn in (
    [getattr(np.ndarray, name) for name in (
        "fill", "put", "sort", "partition", "setfield", "resize", "__setitem__", "__iadd__", "__isub__", "__imul__",
        "__itruediv__", "__ifloordiv__", "__imod__", "__ipow__", "__imatmul__", "__iand__", "__ior__", "__ixor__",
        "__ilshift__", "__irshift__", "__setstate__")]
    + [np.ufunc.at, np.flatiter.__setitem__]
    + [getattr(fn, "_implementation", fn) for fn in (np.copyto, np.put, np.place, np.putmask)])}


cdef int check_array_write(Machine* m, Frame* f, Reg* target, Reg* value, bint active) except -1:
    """Writing into an array that the tape knows, or something active into any array, is refused."""
    cdef Reg behind
    if Py_TYPE(target.v.o) == FLAT:
        array = (<object>target.v.o).base
        behind.tag, behind.slot, behind.v.o = OBJ, -1, <PyObject*>array
        lookup(m, f.level, &behind)
        return check_array_write(m, f, &behind, value, active or target.slot >= 0)
    if not active:
        active = target.slot >= 0 or value != NULL and value.slot >= 0
    if not active and value != NULL and m.heap and value.tag & 0xFF == OBJ:
        active = contains_active(m, f.level, value.v.o) > 0
    if not active:
        if is_kept(m, target.v.o):
            raise UnsupportedError(OVERWRITTEN)
        return 0
    raise UnsupportedError(
        "an array is written in place, and the array or what is written depends on what the gradient is taken "
        "with respect to: this version differentiates arrays that are made anew, e.g. `a = a + b` for "
        "`a += b`, np.where or np.concatenate for assignments to items")


cdef int check_shown_write(Machine* m, object x) except -1:
    """Writing into what is no array, and shows the memory of one that a pullback keeps, is refused."""
    if shows_kept(m, x):
        raise UnsupportedError(OVERWRITTEN)
    return 0


cdef bint is_foreign(object function):
    """A function of ctypes, which is not imported for that."""
    ctypes = sys.modules.get("_ctypes")
    return ctypes is not None and isinstance(function, ctypes.CFuncPtr)


cdef int check_foreign(Machine* m, object function, Reg* args, int n, bint active) except -1:
    """A function of ctypes writes where it is told to."""
    cdef int i
    cdef bint addresses = False
    for i in range(n):
        x = <object>box(args + i)
        x = getattr(x, "_obj", getattr(x, "_as_parameter_", x))
        x = getattr(x, "value", x) if type(x).__name__ == "c_void_p" else x
        if issubclass(type(x), int) and x > 0xFFFF:
            addresses = True
            if x < 1 << 64 and is_kept_address(m, x):
                raise UnsupportedError(OVERWRITTEN)
        elif not issubclass(type(x), (int, float, str, bytes)):
            addresses = True
            check_shown_write(m, x)
    if active and addresses:
        raise UnsupportedError(
            f"{registry.describe(function)} of ctypes gets what the gradient depends on, and an address: what it "
            "stores there would not be differentiated")
    return 0


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
    at_risk(m, out, -1, owner, level)
    for i in range(n):
        if args[i].tag & 0xFF == OBJ:
            at_risk(m, out, i, <object>args[i].v.o, level)
    return out or None


cdef int at_risk(Machine* m, list out, int i, object x, int level) except -1:
    if issubclass(type(x), ndarray):
        if (level >= 0 or is_kept(m, <PyObject*>x)) and x.flags.writeable:
            out.append((i, Snapshot(x)))
    elif x is not None and shows_kept(m, x):
        try:
            behind = array_behind(x)
        except (TypeError, ValueError, BufferError):  # a pointer, or what NumPy cannot read
            raise UnsupportedError(OVERWRITTEN) from None
        for array in behind if type(behind) is list else [behind]:
            out.append((i, Snapshot(array)))
    return 0


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
