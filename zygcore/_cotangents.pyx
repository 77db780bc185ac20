"""The value of a level: its active parts, and cotangents for it."""

from ._capi cimport *
from ._inputs cimport UNSEEN, layout
from ._locations cimport container_slot
from ._machine cimport Machine
from ._structs cimport *
from ._tape cimport *
from ._values cimport *
from ._wholes cimport current_slot, is_whole

import numbers

import numpy as np

from .errors import CotangentError, OutputError
from .structure import Grad
from .wholes import entries_for, part

cdef object ndarray = np.ndarray, generic = np.generic


# -- the value -------------------------------------------------------------------


cdef object value_of(Reg* y):
    cdef PyObject* o = box(y)
    if o == NULL:
        raise SystemError("zygcore: a function returned nothing")
    return <object>o


cdef str short(object y):
    text = repr(y)
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{text} ({type(y).__name__})"


cdef list output_slots(Machine* m, Tape* t, Reg* r):
    """(slot, path) of the active parts of a value."""
    cdef int slot = r.slot if r.tag >> 8 == t.level else -1  # it may be active further out only
    if slot >= 0 and is_output(t, slot):
        return [(slot, ())]
    out = []
    if r.tag & 0xFF == OBJ:
        walk_outputs(m, t, <object>r.v.o, slot, out)
    return out


cdef bint is_output(Tape* t, int slot) except -1:
    """Does a node take the cotangent of a value as a whole?"""
    cdef Side* side = side_of(t, slot)
    return side == NULL or side.kind != S_STRUCT and is_whole(t, slot)


cdef int walk_outputs(Machine* m, Tape* t, object x, int slot, list out) except -1:
    """Adds what is active in `x`, in order.  Without recursion: values may be nested deeply."""
    cdef int i, s
    cdef set inside = set()  # ids of what the part being looked at is inside of
    cdef list todo = [(x, slot, None)], parts
    while todo:
        entry = todo.pop()
        if type(entry) is int:
            inside.discard(entry)
            continue
        x, slot, path = entry
        if slot >= 0 and is_output(t, slot):
            out.append((slot, whole_path(path)))
            continue
        if not is_container(x) or id(x) in inside:
            continue
        inside.add(id(x))
        todo.append(id(x))
        _, keys, values = layout(x)
        parts = []
        for i in range(len(values)):
            s = slot_of(t, <PyObject*>(<object>values[i]))
            key = keys[i] if keys is not None else i
            if s < 0:
                s = current_slot(t, slot, key, values[i])
                if s == UNSEEN:
                    s = container_slot(m, t, values[i])
            parts.append((values[i], s, (path, key)))
        parts.reverse()
        todo += parts
    return 0


cdef tuple whole_path(object linked):
    """The keys of a path that is ((None, key), key) ..."""
    keys = []
    while linked is not None:
        linked, key = linked
        keys.append(key)
    keys.reverse()
    return tuple(keys)


# -- its cotangent ---------------------------------------------------------------


cdef object seed_for(object y):
    """The cotangent 1 for a real scalar; OutputError for anything else."""
    if type(y) is float:
        return 1.0
    if type(y) is int:
        return 1
    if isinstance(y, (complex, np.complexfloating)) or isinstance(y, ndarray) and y.dtype.kind == "c":
        raise OutputError(
            f"gradient needs a real result; the function returned the complex {short(y)}. Return its real or "
            "imaginary part or abs(), or use pullback with a cotangent of your choice")
    if isinstance(y, bool) or isinstance(y, np.bool_):
        raise OutputError(
            f"gradient needs a real scalar; the function returned {y!r}, and truth values have no gradient")
    if isinstance(y, generic):
        return type(y)(1)
    if isinstance(y, ndarray):
        if y.ndim == 0 and y.dtype.kind in "fiu":
            return np.ones((), dtype=y.dtype if y.dtype.kind == "f" else float)
        raise OutputError(
            f"gradient needs a real scalar; the function returned an array of shape {y.shape}. Use "
            "zygcore.jacobian for all its derivatives, or zygcore.pullback with a cotangent of that shape")
    if isinstance(y, numbers.Number) and not isinstance(y, complex):
        return type(y)(1)
    raise OutputError(
        f"gradient needs a real scalar; the function returned {short(y)}. Use zygcore.pullback (or "
        "zygcore.jacobian, for arrays and tuples of numbers) for functions with other results")


cdef int check_cotangent(object y, object dy) except -1:
    """CotangentError for a cotangent that cannot belong to the value."""
    if dy is None:
        return 0
    if isinstance(y, ndarray):
        if np.shape(dy) != y.shape:
            raise CotangentError(
                f"the value of the function is an array of shape {y.shape}; its cotangent has shape {np.shape(dy)}")
    elif isinstance(y, (list, tuple)) and not hasattr(y, "_fields"):
        if not isinstance(dy, (list, tuple)) or len(dy) != len(y):
            raise CotangentError(
                f"the value of the function is a {type(y).__name__} of length {len(y)}; its cotangent must be one "
                f"too (None for parts without), not {short(dy)}")
    elif isinstance(y, dict):
        if not isinstance(dy, dict):
            raise CotangentError(f"the value of the function is a dict; its cotangent must be a dict, not {short(dy)}")
    elif isinstance(y, (float, int)):
        if not isinstance(dy, (float, int, complex, generic)) and np.shape(dy) != ():
            raise CotangentError(f"the value of the function is a number; its cotangent must be one, not {short(dy)}")
    elif type(dy) is Grad and is_container(y):
        _, keys, values = layout(y)
        entries_for(dy, keys, len(values), type(y))
    return 0


cdef object at_path(object dy, tuple path):
    """The part of a structural cotangent under a path of keys."""
    for key in path:
        dy = part(dy, key)
    return dy
