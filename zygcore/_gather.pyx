"""The cotangents of the inputs, in the shapes of the inputs, once the sweep is done."""

from ._arrays cimport Shadow, is_own_array
from ._capi cimport *
from ._locations cimport Location, part_slot, shaped
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import numpy as np

from .rules.broadcasting import kind_of
from .wholes import complete


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
            if self.adj[slot].o == NULL:
                return self.nothing(slot)
            d = <object>self.adj[slot].o
            return (<Shadow>d).finished() if type(d) is Shadow else self.own(d)
        v = self.adj[slot].f
        if v == 0.0:
            if not self.is_reached(slot):
                return None
        return v

    cdef object own(self, object d):
        """A cotangent that the caller may write into: nobody else sees it."""
        if type(d) is np.ndarray and (Py_REFCNT(<PyObject*>d) > 2 or not is_own_array(<PyObject*>d)):
            return np.array(d)  # one reference is the sweep's, one is ours
        return d

    cdef bint is_reached(self, int slot) except -1:
        """Does the value depend on a node?"""
        if self.mark == NULL:
            self.mark = reachable(self.t, self.seeds)
        return self.mark[slot]

    cdef object nothing(self, int slot):
        """The cotangent of an object for which none arrived: zeros for what the value depends on."""
        cdef Side* side = side_of(self.t, slot)
        if side == NULL or side.kind != S_INPUT or side.obj == NULL or not self.is_reached(slot):
            return None
        value = <object>side.obj
        if not issubclass(type(value), (np.ndarray, np.generic)) or kind_of(value.dtype) not in "fc":
            return None
        zeros = np.zeros(value.shape, value.dtype)
        return zeros if issubclass(type(value), np.ndarray) else zeros[()]

    cdef object node(self, int slot):
        if slot < 0:
            return None
        return self.leaf(slot) if self.location(slot) is None else self.structure(slot)

    cdef Location location(self, int slot):
        """Of an input that is a container, or None."""
        cdef Side* side = side_of(self.t, slot)
        return None if side == NULL or side.kind != S_STRUCT or side.nargs else <Location>side.obj

    cdef object structure(self, int slot):
        """The cotangent of a container; without recursion, for it may be deep.

        What contains itself is None there.
        """
        cdef list todo = [slot]
        cdef set opened = set()
        if self.memo is None:
            self.memo = {}
        while todo:
            slot = todo[-1]
            if slot not in self.memo:
                self.memo[slot] = None
                opened.add(slot)
                todo += self.unknown(self.location(slot))
                continue
            todo.pop()
            if slot in opened:
                opened.discard(slot)
                self.memo[slot] = self.container(slot, self.location(slot))
        return self.memo[slot]

    cdef list unknown(self, Location loc):
        """The containers inside of a container that were not seen before, the first one last."""
        cdef int i, s
        out = []
        if loc.plain:
            return out
        for i in range(loc.n - 1, -1, -1):
            s = loc.slots[i] if loc.slots[i] >= 0 else part_slot(self.t, loc, i)
            if s >= 0 and self.t.entries[s].a == SPECIAL and self.location(s) is not None and s not in self.memo:
                out.append(s)
        return out

    cdef list numbers(self, Location loc, bint* some):
        """The cotangents of nothing but floats; is there `some`?"""
        cdef PyObject* out = PyList_New(loc.n)
        cdef PyObject* o
        cdef double v
        cdef int i
        if out == NULL:
            raise MemoryError
        found = <object>out
        Py_DECREF(out)
        for i in range(loc.n):
            v = self.adj[loc.first_slots[i]].f
            if v != 0.0:
                o = PyFloat_FromDouble(v)
                if o == NULL:
                    raise MemoryError
                some[0] = True
            else:
                d = self.leaf(loc.first_slots[i])
                some[0] = some[0] or d is not None
                o = <PyObject*>d
                Py_INCREF(o)
            PyList_SET_ITEM(out, i, o)
        return found

    cdef object container(self, int slot, Location loc):
        """The cotangent of a container, once those of the containers in it are known."""
        cdef int i, s
        cdef bint some = False
        cdef list parts = self.numbers(loc, &some) if loc.plain else [None] * loc.n
        for i in range(0 if loc.plain else loc.n):
            s = loc.slots[i] if loc.slots[i] >= 0 else part_slot(self.t, loc, i)
            if s < 0:
                continue
            if self.t.entries[s].a == -1 and self.adj[s].f != 0.0:
                parts[i] = self.adj[s].f
                some = True
                continue
            d = self.leaf(s) if self.location(s) is None else self.memo[s]
            some = some or d is not None
            parts[i] = d
        out = shaped(loc, parts) if some else None
        whole = None if self.adj[slot].o == NULL else <object>self.adj[slot].o
        return complete(out, whole, type(loc.container))


cdef char* reachable(Tape* t, list seeds) except NULL:
    """Marks the nodes on which the seeds depend."""
    cdef char* mark = <char*>PyMem_Calloc(t.n + 1, 1)
    cdef int i, s
    if mark == NULL:
        raise MemoryError
    for s in seeds:
        if s >= 0:
            mark[memory_node(t, s)] = 1
    for i in range(t.n - 1, -1, -1):
        mark_operands(t, i, mark)
    return mark
