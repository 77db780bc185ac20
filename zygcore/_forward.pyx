"""Levels in forward mode: a function with its arguments' tangents, the tangent of its value.

The tape is the same as in reverse mode; it is pushed forward (`_push`) when the function has returned, and
on the way whenever it has grown (`_collect`).
"""

from ._capi cimport *
from ._collect cimport begin
from ._context cimport Context
from ._cotangents cimport output_slots, value_of
from ._inner cimport N_PUSHED
from ._inputs cimport UNSEEN, layout
from ._locations cimport Location, container_slot
from ._pullback cimport run_recorded
from ._push cimport Tangents
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

from types import CellType

import numpy as np

from ._basis import stacked
from ._pullback import add_level_function
from ._tangents import entries, fitted, inside, refuse
from ._transpose import all_known
from .errors import TangentError
from .wholes import rebuild

cdef object ndarray = np.ndarray, generic = np.generic


def pushed(f, tuple primals, tuple tangents, int width):
    """``(f(*primals), tangent of the value)``; with `width`, so many tangents along a first axis."""
    cdef Context context = Context.__new__(Context)
    cdef Tangents found
    cdef Tape* t
    cdef Reg y
    cdef Reg* regs
    cdef int n = len(primals)
    if len(tangents) != n:
        raise TangentError(f"{len(tangents)} tangents were given for {n} primals: one each, None for zero")
    y.tag = NUL
    y.slot = -1
    context.open()
    regs = <Reg*>PyMem_Malloc((n + 1) * sizeof(Reg))
    try:
        t = context.level()
        found = Tangents.__new__(Tangents, context.box, width)
        begin(t, found)
        run_recorded(context, t, f, primals, regs, &y, Seeds(found, context, primals, tangents))
        outputs = output_slots(context.m, t, &y)
        context.m.quiet += 1
        try:
            found.push()
            value = value_of(&y)
            dy = tangent_of(found, value, outputs)
        finally:
            context.m.quiet -= 1
    finally:
        drop(&y)
        PyMem_Free(regs)
        context.close()
    found.clear(found.done)
    context.recycle()
    return value, dy


cdef class Seeds:
    """Gives the inputs their tangents."""
    cdef Tangents tangents
    cdef Context context
    cdef tuple primals, given

    def __init__(self, Tangents tangents, Context context, tuple primals, tuple given):
        self.tangents, self.context, self.primals, self.given = tangents, context, primals, given

    def __call__(self, list slots):
        cdef int i
        for i in range(len(slots)):
            self.tangents.room()
            if type(self.primals[i]) is float and type(self.given[i]) is float and not self.tangents.width:
                self.tangents.at[<int>slots[i]].f = <double>self.given[i]
                continue
            self.seed(slots[i], self.primals[i], self.given[i], f"primal {i}")

    cdef int seed(self, int slot, object x, object v, str what) except -1:
        cdef Tape* t = &self.context.box.t
        cdef Side* side
        cdef Location loc
        cdef int j, s
        if v is None:
            return 0
        if slot < 0:
            refuse(x, what)
        side = side_of(t, slot)
        if side == NULL or side.kind != S_STRUCT:
            self.tangents.put(slot, fitted(x, v, what, self.tangents.width))
            return 0
        loc = <Location>side.obj
        parts = entries(x, v, loc.keys, loc.n, type(loc.container), what)
        if loc.plain and not self.tangents.width and all([type(v) is float for v in parts]):
            for j in range(loc.n):
                self.tangents.at[loc.first_slots[j]].f = <double>parts[j]
            return 0
        values = layout(x)[2]
        for j in range(loc.n):
            if parts[j] is None:
                continue
            key = loc.keys[j] if loc.keys is not None else j
            part = values[j]
            s = loc.slots[j]
            if s == UNSEEN:
                s = container_slot(self.context.m, t, part)
                loc.slots[j] = loc.first_slots[j] = s
                self.tangents.room()
            elif s < 0:
                s = loc.first_slots[j]
            self.seed(s, part, parts[j], inside(x, key, what))
        return 0


cdef object tangent_of(Tangents found, object value, list outputs):
    """The tangent of a value in its shape."""
    cdef dict table = {path: slot for slot, path in outputs}
    return assembled(found, value, (), table, {path[:i] for path in table for i in range(len(path))})


cdef object own(object v, object value, int width):
    """A tangent that the caller may write into, of the form of the value."""
    if type(v) is not ndarray and type(v) is not float:
        all_known(v)
    if width and type(v) is list and is_container(value):
        return stacked(v)  # several tangents of the value of a rule
    if type(v) is ndarray or isinstance(v, generic) and type(value) is ndarray:
        return np.array(v)
    if isinstance(value, generic) and isinstance(v, float):
        return type(value)(v)
    return float(v) if type(value) is float and isinstance(v, (float, int)) else v


cdef object assembled(Tangents found, object x, tuple path, dict table, set above):
    cdef int slot
    if path in table:
        if isinstance(x, (str, bytes, bool, np.bool_)):
            return None
        slot = table[path]
        found.check(slot)
        return own(found.get(slot), x, found.width)
    if path not in above:
        return None
    _, keys, values = layout(x)
    names = range(len(values)) if keys is None else keys
    Py_EnterRecursiveCall(" in the tangent of a value")
    try:
        parts = {key: assembled(found, part, (*path, key), table, above) for key, part in zip(names, values)}
    finally:
        Py_LeaveRecursiveCall()
    if all([part is None for part in parts.values()]):
        return None
    if type(x) is CellType:  # what a function has captured stands for the cell
        return parts[keys[0]]
    return rebuild(parts, None, type(x), keys, len(values))


add_level_function(pushed, N_PUSHED)
