"""C code that writes into arrays.

What is known to write has an equivalent made of assignments to items (`rules.numpy._inplace`), which `_assign`
records; the arrays that unknown C code gets are compared before and after.  Where what is written matters to a
gradient and could not be followed, it is refused.
"""

from ._arrays cimport is_array
from ._assign cimport concerns, written_by_others
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
from .rules.numpy import _inplace

cdef object ndarray = np.ndarray
cdef PyTypeObject* FLAT = <PyTypeObject*><PyObject*>np.flatiter
cdef str OVERWRITTEN = (
    "an array is overwritten that an earlier operation keeps for its pullback: this version does not save overwritten "
    "contents; work on a copy")
cdef PyTypeObject* UFUNC = <PyTypeObject*><PyObject*>np.ufunc
cdef dict mutators = {id(target): function for target, function in _inplace.MUTATORS.items()}
cdef set digits = {id(target) for target in _inplace.DIGITS}
cdef tuple REFUSED = ("resize", "__setstate__", "_set_shape", "_set_dtype")  # the last ones are of NumPy 2.5
cdef set refused = {id(getattr(np.ndarray, name)) for name in REFUSED if hasattr(np.ndarray, name)}


cdef int refuse_write() except -1:
    """A way to write into an array that has no equivalent as an assignment."""
    raise UnsupportedError(
        "an array is changed in place in a way that is not followed, and the array or what is written depends on what "
        "the gradient is taken with respect to, or an earlier operation keeps it for its pullback: assign to its items "
        "(`a[...] = values`), or work on a copy")


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


cdef object mutation(Machine* m, Frame* f, PyObject* key, PyObject* self_object, Reg* args, int n):
    """The Python equivalent of a C function that writes into an array, if what it does must be recorded; or None."""
    cdef Reg target
    cdef int i
    found = mutators.get(<size_t>key)
    if found is None and <size_t>key not in refused:
        return None
    target.tag, target.slot, target.v.o = OBJ, -1, self_object
    if self_object == NULL or not is_array(self_object) and Py_TYPE(self_object) != FLAT:
        i = 1 if self_object == NULL and n and args[0].tag & 0xFF == OBJ and Py_TYPE(args[0].v.o) == UFUNC else 0
        if n <= i or args[i].tag & 0xFF != OBJ:
            return None
        target = args[i]
    if Py_TYPE(target.v.o) == FLAT:
        target.v.o = <PyObject*>(<object>target.v.o).base
    if not is_array(target.v.o):
        return None
    if target.slot < 0:
        lookup(m, f.level, &target)
    concerned = concerns(m, f, &target, NULL)
    for i in range(n):
        concerned = concerned or concerns(m, f, &target, args + i)
    if concerned and (found is None or target.slot >= 0 and <size_t>key in digits
                      and (<object>target.v.o).dtype.kind in "iu"):
        refuse_write()
    return found if concerned else None


cdef bint stores_output(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames) except -1:
    """Is this a call that stores its results in arrays it is given, and must that be recorded?"""
    cdef int i, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0), first = nargs, last = nargs
    cdef bint some = False, active = False
    if Py_TYPE(callee) == UFUNC and nargs > (<object>callee).nin:
        first = (<object>callee).nin
    if kwnames != NULL:
        for i in range(nargs, n):
            if <object>PyTuple_GET_ITEM(kwnames, i - nargs) == "out":
                if last > first:
                    return False  # given twice, which is an error
                first, last = i, i + 1
    for i in range(first, last):
        if args[i].tag & 0xFF == OBJ and args[i].v.o != Py_None:
            outputs = <object>args[i].v.o
            for output in outputs if type(outputs) is tuple else (outputs,):
                if is_array(<PyObject*>output):
                    some = True
                    active = active or is_concerned(m, f, output)
    if not some or active:
        return active
    for i in range(n):
        active = active or args[i].slot >= 0 \
            or args[i].tag & 0xFF == OBJ and contains_active(m, f.level, args[i].v.o) > 0
    return active


cdef bint is_concerned(Machine* m, Frame* f, object array) except -1:
    cdef Reg r
    r.tag, r.slot, r.v.o = OBJ, -1, <PyObject*>array
    lookup(m, f.level, &r)
    return concerns(m, f, &r, NULL)


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
    """Arrays that C code wrote into, or may have, if what was there happens to be what is there now."""
    cdef Reg r
    cdef int i
    for i, snapshot in watched:
        if not snapshot.changed() and (level < 0 or i >= 0 and args[i].slot >= 0 or is_trusted(<object>callee)):
            continue
        r.tag, r.slot, r.v.o = OBJ, -1, <PyObject*>(<object>snapshot.array)
        lookup(m, f.level, &r)
        if i >= 0 and args[i].slot >= 0 and args[i].tag >> 8 == f.level:
            r.tag, r.slot = args[i].tag, args[i].slot
        if r.slot >= 0 or level >= 0 or is_kept(m, r.v.o):
            written_by_others(m, f, &r, snapshot.copy, level, registry.describe(<object>callee))
    return 0


cdef bint is_trusted(object function):
    """Does C code of this library write into its arguments only where we know?"""
    owner = getattr(function, "__self__", None)
    kind = getattr(function, "__objclass__", type(owner) if owner is not None else None)
    module = getattr(function, "__module__", None) or getattr(kind, "__module__", None)
    name = module.partition(".")[0] if type(module) is str else None
    return name == "numpy" or name in sys.stdlib_module_names
