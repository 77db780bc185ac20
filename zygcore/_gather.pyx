"""The cotangents of the inputs, in the shapes of the inputs, once the sweep is done."""

from ._capi cimport *
from ._locations cimport L_CELL, L_DICT, L_LIST, L_TUPLE, Location
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

from .structure import Grad


cdef tuple gather(Tape* t, Adj* adj, list outputs, list inputs):
    """The cotangent of each input; `outputs` are (slot, path) of what the sweep began with."""
    cdef Gatherer g = Gatherer.__new__(Gatherer)
    g.t = t
    g.adj = adj
    g.seeds = [slot for slot, _ in outputs]
    return tuple([g.node(slot) for slot in inputs])


cdef class Gatherer:
    """Collects the gradient with respect to one argument after another."""
    cdef Tape* t
    cdef Adj* adj
    cdef list seeds
    cdef char* mark
    cdef dict memo

    def __dealloc__(self):
        PyMem_Free(self.mark)

    cdef object leaf(self, int slot):
        cdef double v
        if is_object(self.t, slot):
            return None if self.adj[slot].o == NULL else <object>self.adj[slot].o
        v = self.adj[slot].f
        if v == 0.0:
            if self.mark == NULL:
                self.mark = reachable(self.t, self.seeds)
            if not self.mark[slot]:
                return None
        return v

    cdef object node(self, int slot):
        cdef Side* side
        if slot < 0:
            return None
        side = side_of(self.t, slot)
        if side == NULL or side.kind != S_STRUCT or side.nargs:
            return self.leaf(slot)
        return self.container(slot, <Location>side.obj)

    cdef object container(self, int slot, Location loc):
        cdef int i, s
        cdef list parts
        cdef bint some
        if self.memo is None:
            self.memo = {}
        if slot in self.memo:
            return self.memo[slot]
        self.memo[slot] = None
        parts = [None] * loc.n
        own = None if self.adj[slot].o == NULL else <object>self.adj[slot].o
        some = own is not None
        for i in range(loc.n):
            s = loc.slots[i] if loc.slots[i] > -2 else loc.first_slots[i]
            if s >= 0 and self.t.entries[s].a == -1 and self.adj[s].f != 0.0:
                parts[i] = self.adj[s].f
                some = True
                continue
            d = self.node(s)
            some = some or d is not None
            parts[i] = d
        out = None
        if some:
            out = own if own is not None else shaped(loc, parts)
        self.memo[slot] = out
        return out


cdef object shaped(Location loc, list parts):
    """The gradient of a container in its shape."""
    if loc.kind == L_LIST:
        return parts
    if loc.kind == L_TUPLE:
        fields = getattr(type(loc.container), "_fields", None)
        return Grad(**dict(zip(fields, parts))) if fields is not None else tuple(parts)
    if loc.kind == L_DICT:
        return dict(zip(loc.keys, parts))
    if loc.kind == L_CELL:
        return parts[0]
    return Grad(**dict(zip(loc.keys, parts)))


cdef char* reachable(Tape* t, list seeds) except NULL:
    """Marks the nodes on which the seeds depend."""
    cdef char* mark = <char*>PyMem_Calloc(t.n + 1, 1)
    cdef int i, j, s
    cdef Entry* e
    cdef Side* side
    if mark == NULL:
        raise MemoryError
    for s in seeds:
        if s >= 0:
            mark[s] = 1
    for i in range(t.n - 1, -1, -1):
        if not mark[i]:
            continue
        e = t.entries + i
        if e.a >= 0:
            mark[e.a] = 1
        elif e.a <= INTS:
            mark[INTS - e.a] = 1
        elif e.a == SPECIAL:
            side = t.sides + e.b
            for j in range(side.nargs):
                s = t.slots[side.first + j]
                if s >= 0:
                    mark[s] = 1
            continue
        if e.b >= 0:
            mark[e.b] = 1
    return mark
