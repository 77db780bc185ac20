"""The value of a level: its active parts, and cotangents for it."""

from ._capi cimport *
from ._inputs cimport UNSEEN, layout
from ._locations cimport container_slot
from ._machine cimport Machine
from ._structs cimport *
from ._tape cimport *
from ._values cimport *
from ._wholes cimport current_slot, is_whole

import collections

import numpy as np

from .errors import CotangentError, OutputError
from .rules.broadcasting import kind_of
from .rules.exact import Atom, is_complex, unit_of
from .units import LIBRARIES, library_of, seed_for_magnitude
from .wholes import entries_for, is_own, part

cdef object ndarray = np.ndarray, generic = np.generic
# kinds of parts of a value
cdef enum:
    AN_ARRAY, A_NUMBER, A_CONTAINER, A_CONSTANT, ANYTHING

cdef tuple CONTAINERS = (list, tuple, dict, set, frozenset, collections.deque)


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
    if type(y) is np.float64:
        return np.float64(1)
    if is_complex(y) or isinstance(y, ndarray) and y.dtype.kind == "c":
        raise OutputError(
            f"gradient needs a real result; the function returned the complex {short(y)}. Return its real or "
            "imaginary part or abs(), or use pullback with a cotangent of your choice")
    if isinstance(y, bool) or isinstance(y, np.bool_):
        raise OutputError(
            f"gradient needs a real scalar; the function returned {y!r}, and truth values have no gradient")
    if isinstance(y, generic):
        return type(y)(1) if y.dtype.isbuiltin == 1 else np.ones((), y.dtype)  # NumPy cannot reshape others
    if isinstance(y, ndarray):
        if y.ndim == 0 and kind_of(y.dtype) in "fiu":
            return np.ones((), dtype=y.dtype if kind_of(y.dtype) == "f" else float)
        raise OutputError(
            f"gradient needs a real scalar; the function returned an array of shape {y.shape}. Use "
            "zygcore.jacobian for all its derivatives, or zygcore.pullback with a cotangent of that shape")
    if isinstance(y, Atom):
        return unit_of(y)
    if LIBRARIES and library_of(y) is not None:
        return seed_for_magnitude(y, seed_for)
    raise OutputError(
        f"gradient needs a real scalar; the function returned {short(y)}. Use zygcore.pullback (or "
        "zygcore.jacobian, for arrays and tuples of numbers) for functions with other results")


cdef list shape_of(object y):
    """What cotangents of a value must be like, part by part: the value may change before they come.

    Entries are (kind, ...); those of the parts of a container follow it.
    """
    cdef list todo = [y], shape = []
    cdef set seen = set()
    while todo:
        y = todo.pop()
        if isinstance(y, ndarray):
            shape.append((AN_ARRAY, y.shape, y.dtype))
        elif isinstance(y, (bool, np.bool_)) or is_opaque(type(y)):
            shape.append((A_CONSTANT, y if isinstance(y, (bool, str, type(None))) else type(y)))
        elif issubclass(type(y), (float, int, complex, generic)):
            shape.append((A_NUMBER, is_complex(y)))
        elif is_container(y) and not issubclass(type(y), Atom) and id(y) not in seen:
            seen.add(id(y))
            _, keys, values = layout(y)
            shape.append((A_CONTAINER, type(y), keys, len(values)))
            values.reverse()
            todo += values
        else:
            shape.append((ANYTHING,))
    return shape


def check(shape, dy):
    """CotangentError unless `dy` is like the value that `shape` is of."""
    check_cotangent(shape, dy)


cdef int check_cotangent(list shape, object dy) except -1:
    """CotangentError for a cotangent that cannot belong to the value: every entry must have its part."""
    cdef list todo = [(dy, None)]
    for entry in shape:
        dy, path = todo.pop()
        kind = entry[0]
        if kind == A_CONTAINER:
            _, tp, keys, n = entry
            if dy is None or is_own(dy) and not issubclass(tp, CONTAINERS):
                entries = [None] * n  # an own cotangent is for an object as a whole
            else:
                try:
                    entries = entries_for(dy, keys, n, tp)
                except CotangentError as error:
                    raise CotangentError(f"the cotangent of {place(path)} does not fit: {error}") from None
            for i in range(n - 1, -1, -1):
                todo.append((entries[i], (path, i if keys is None else keys[i])))
        elif dy is not None:
            if kind == AN_ARRAY:
                check_array(entry[1], entry[2], dy, path)
            elif kind == A_NUMBER:
                check_number(entry[1], dy, path)
            elif kind == A_CONSTANT:
                raise CotangentError(f"{place(path)} is {entry[1]!r}, which has no cotangent but None, not {short(dy)}")
    return 0


cdef int check_array(tuple shape, object dtype, object dy, object path) except -1:
    if np.shape(dy) != shape:
        raise CotangentError(f"{place(path)} is an array of shape {shape}; its cotangent has shape {np.shape(dy)}")
    kind = kind_of(np.asanyarray(dy).dtype)
    if kind not in "fciuO" or kind == "c" and kind_of(dtype) in "fiu":
        raise CotangentError(
            f"{place(path)} is an array of dtype {dtype}; its cotangent has dtype {np.asanyarray(dy).dtype}")
    return 0


cdef int check_number(bint complex_allowed, object dy, object path) except -1:
    if not isinstance(dy, Atom) and not (isinstance(dy, ndarray) and dy.ndim == 0) \
            and not (isinstance(dy, generic) and kind_of(dy.dtype) == "f"):
        raise CotangentError(f"{place(path)} is a number; its cotangent must be one, not {short(dy)}")
    kind = dy.dtype.kind if isinstance(dy, (ndarray, generic)) else "c" if is_complex(dy) else "f"
    if kind == "c" and not complex_allowed:
        raise CotangentError(f"{place(path)} is a real number; its cotangent must be real, not {short(dy)}")
    return 0


cdef str place(object path):
    """A part of the value, for messages."""
    keys = whole_path(path)
    if not keys:
        return "the value of the function"
    return "the part " + "".join([f"[{key!r}]" for key in keys[:8]]) + " of the value of the function"


cdef object at_path(object dy, tuple path):
    """The part of a structural cotangent under a path of keys."""
    for key in path:
        dy = part(dy, key)
    return dy
