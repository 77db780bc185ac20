"""The sweep of forward mode: tangents of what a tape has recorded, first operation first.

A level in forward mode records what a level in reverse mode records.  Its tape is pushed forward piece by
piece, and forgotten (`_collect`), so it takes no more memory than what the program itself holds.

Several tangents can be pushed at once.  Then those of numbers and arrays have one axis more, the first, and
those of other things are lists.
"""

from libc.string cimport memset

from ._accum cimport exchange, restore
from ._arrays cimport Memory, Shadow, Window, Write
from ._capi cimport *
from ._lines cimport show_forward_line, where
from ._locations cimport Location, part_slot, shaped
from ._nodes cimport Node
from ._structs cimport *
from ._tape cimport *

import numpy as np

from ._transpose import Unknown, raise_unknown, transposed, uses
from .errors import nameless, not_known
from .structure import accumulate
from .wholes import complete, part, part_back, rebuild

cdef object ndarray = np.ndarray, generic = np.generic
cdef tuple NUMERIC = (np.ndarray, np.generic, float, complex)


cdef object stacked(list several):
    """What several tangents of one thing are together; None: all are zero."""
    cdef object one
    cdef object some = None
    cdef bint numeric = True
    for one in several:
        if one is not None:
            some = one
            numeric = numeric and isinstance(one, NUMERIC)
    if some is None:
        return None
    if not numeric:
        return several
    return np.array([np.zeros(np.shape(some)) if one is None else one for one in several])


cdef inline object one_of(object v, int k):
    return None if v is None else v[k]


cdef int push_floats(Entry* entries, Adj* at, int i, int n) noexcept nogil:
    """Goes forward through float entries from `i`; the index of the first other one, or `n`.

    A zero tangent stays zero, even where the slope is infinite.
    """
    cdef Entry* e
    cdef double d, v
    while i < n:
        e = entries + i
        if e.a < 0:
            if e.a != -1:
                return i
        else:
            d = at[e.a].f
            v = d * e.da if d != 0.0 else 0.0
            if e.b >= 0:
                d = at[e.b].f
                if d != 0.0:
                    v += d * e.db
            at[i].f = v
        i += 1
    return n


cdef int push_several(Entry* entries, Adj* at, int width, int i, int n) noexcept nogil:
    """The same for several tangents."""
    cdef Entry* e
    cdef Adj* x
    cdef Adj* z
    cdef int k
    while i < n:
        e = entries + i
        if e.a < 0:
            if e.a != -1:
                return i
        else:
            z = at + <Py_ssize_t>i * width
            x = at + <Py_ssize_t>e.a * width
            for k in range(width):
                z[k].f = x[k].f * e.da if x[k].f != 0.0 else 0.0
            if e.b >= 0:
                x = at + <Py_ssize_t>e.b * width
                for k in range(width):
                    if x[k].f != 0.0:
                        z[k].f += x[k].f * e.db
        i += 1
    return n


cdef inline void empty(Tape* t, Adj* at, int stride, int slot) noexcept:
    """Drops a tangent that is an object."""
    cdef Adj* one = at + <Py_ssize_t>slot * stride
    cdef PyObject* o
    if is_object(t, slot):
        o = one.o
        one.o = NULL
        Py_XDECREF(o)


cdef class Tangents:
    """The tangents of the nodes of a tape."""

    def __cinit__(self, TapeBox box, int width):
        self.box = box
        self.t = &box.t
        self.width = width
        self.stride = width if width else 1
        self.bad = {}
        self.stretches = []

    def __dealloc__(self):
        self.clear(self.done)
        PyMem_RawFree(self.at)

    cdef int clear(self, int n) noexcept:
        """Drops the tangents that are objects."""
        cdef Tape* t = self.t
        cdef int i
        if t.nints == 0:
            for i in range(t.nsides):
                if 0 <= t.sides[i].slot < n:
                    empty(t, self.at, self.stride, t.sides[i].slot)
        else:
            for i in range(n):
                empty(t, self.at, self.stride, i)
        self.done = 0
        return 0

    cdef int room(self) except -1:
        """Makes room for the nodes of the tape."""
        cdef Py_ssize_t cap = 2 * <Py_ssize_t>self.t.n + 512
        cdef Adj* p
        if self.t.n <= self.cap:
            return 0
        p = <Adj*>PyMem_RawRealloc(self.at, cap * self.stride * sizeof(Adj))
        if p == NULL:
            raise MemoryError("zygcore: no memory for the tangents")
        self.at = p
        memset(p + <Py_ssize_t>self.cap * self.stride, 0, (cap - self.cap) * self.stride * sizeof(Adj))
        self.cap = <int>cap
        return 0

    # -- tangents as objects ------------------------------------------------------

    cdef object get(self, int slot):
        """The tangent of a node, None: zero.  Arrays are not to be written into."""
        cdef Side* side
        cdef Adj* at
        cdef int k
        if slot < 0:
            return None
        side = side_of(self.t, slot)
        if side != NULL and side.kind == S_VIEW:
            return self.region(<Window>side.obj)
        if side != NULL and side.kind == S_STRUCT and side.nargs == 0:
            return self.structure(side)
        at = self.at + <Py_ssize_t>slot * self.stride
        if not is_object(self.t, slot):
            if self.width == 0:
                return at.f
            return np.array([at[k].f for k in range(self.width)])
        if at.o == NULL:
            return None
        return self.unshadowed(<object>at.o)

    cdef object unshadowed(self, object v):
        """A copy of the tangent of a memory, which is written later."""
        if type(v) is Shadow:
            return np.array((<Shadow>v).whole)
        if type(v) is Shadows:
            return np.array(v.whole)
        return v

    cdef object region(self, Window w):
        cdef Adj* at = self.at + <Py_ssize_t>w.memory.slot * self.stride
        if at.o == NULL:
            return None
        self.shadow(w.memory)
        if self.width == 0:
            return np.array((<Shadow>at.o).region(w))
        return np.array((<object>at.o).region(w.offset, w.shape, w.strides, w.dtype))

    cdef object shadow(self, Memory memory):
        """The tangent of a memory as a buffer, or several."""
        cdef Adj* at = self.at + <Py_ssize_t>memory.slot * self.stride
        cdef object old = None if at.o == NULL else <object>at.o
        if type(old) is Shadow or type(old) is Shadows:
            return old
        if self.width == 0:
            new = Shadow(memory, old)
        else:
            new = Shadows(self.width, (memory.hi - memory.lo) * memory.scale, memory.scale)
            new.whole = new.region(memory.data - memory.lo, memory.shape, memory.strides, memory.dtype)
            if old is not None:
                new.whole[...] = old
        Py_INCREF(<PyObject*>new)
        Py_XDECREF(at.o)
        at.o = <PyObject*>new
        return new

    cdef object structure(self, Side* side):
        """The tangent of a container from those of its parts, in the shape of its gradient."""
        cdef Location loc
        cdef int j, k, slot
        cdef list parts = []
        if side.nargs:
            keys, cls = <object>side.obj
            parts = [self.get(self.t.slots[side.first + j]) for j in range(side.nargs)]
            if self.width == 0:
                names = range(side.nargs) if keys is None else keys
                return rebuild(dict(zip(names, parts)), None, cls, keys, side.nargs)
            return [rebuild(dict(zip(range(side.nargs) if keys is None else keys, [one_of(p, k) for p in parts])), None,
                            cls, keys, side.nargs) for k in range(self.width)]
        loc = <Location>side.obj
        Py_EnterRecursiveCall(" in the tangent of an input")
        try:
            for j in range(loc.n):
                slot = part_slot(self.t, loc, j)
                parts.append(self.get(slot) if slot >= 0 else None)
        finally:
            Py_LeaveRecursiveCall()
        if self.width == 0:
            return complete(shaped(loc, parts), None, type(loc.container))
        return [complete(shaped(loc, [one_of(p, k) for p in parts]), None, type(loc.container))
                for k in range(self.width)]

    cdef int put(self, int slot, object v) except -1:
        """Sets the tangent of a node."""
        cdef Adj* at = self.at + <Py_ssize_t>slot * self.stride
        cdef PyObject* old
        cdef int k
        if is_object(self.t, slot):
            old = at.o
            at.o = NULL
            if v is not None:
                Py_INCREF(<PyObject*>v)
                at.o = <PyObject*>v
            Py_XDECREF(old)
        elif self.width == 0:
            at.f = 0.0 if v is None else real(v)
        else:
            for k in range(self.width):
                at[k].f = 0.0 if v is None or v[k] is None else real(v[k])
        return 0

    cdef int check(self, int slot) except -1:
        """AdjointError if a node depends on something whose derivative is not known."""
        cdef Side* side
        cdef int j
        if not self.bad or slot < 0:
            return 0
        if slot in self.bad:
            raise_unknown(self.bad[slot])
        side = side_of(self.t, slot)
        if side != NULL and (side.kind == S_VIEW or side.kind == S_STRUCT):
            if side.kind == S_VIEW:
                self.check(self.t.slots[side.first])
            for j in range(side.nargs):
                self.check(self.t.slots[side.first + j])
        return 0

    # -- going forward ------------------------------------------------------------

    cdef int push(self) except -1:
        """Tangents of the nodes that were recorded since the last time."""
        cdef Tape* t = self.t
        cdef Entry* e
        cdef int i = self.done, n = t.n
        if i == n:
            return 0
        self.room()
        if t.nsaved:
            undo_writes(t, i)
        try:
            while i < n:
                if t.npoison:
                    self.spread(i)
                if t.npoison and t.entries[i].a >= -1:
                    push_several(t.entries, self.at, self.stride, i, i + 1)
                elif self.width == 0:
                    i = push_floats(t.entries, self.at, i, n)
                else:
                    i = push_several(t.entries, self.at, self.width, i, n)
                self.done = i
                if i == n:
                    break
                e = t.entries + i
                if e.a == SPECIAL:
                    self.special(i, t.sides + e.b)
                elif e.a < SPECIAL:
                    self.integers(i, e)
                i += 1
                self.done = i
        finally:
            if t.nsaved:
                restore(t)
        return 0

    cdef int spread(self, int i) except -1:
        """What depends on something whose derivative is not known is not known either."""
        cdef Tape* t = self.t
        cdef Entry* e = t.entries + i
        cdef Side* s
        cdef int j
        if e.a == SPECIAL:
            s = t.sides + e.b
            if s.kind == S_POISON:
                self.bad[i] = not_known(<object>s.obj, where(s))
            elif s.kind == S_WRITE or s.kind == S_PUT:
                if t.slots[s.first] >= 0 and t.slots[s.first + 1] in self.bad:
                    self.bad[t.slots[s.first]] = self.bad[t.slots[s.first + 1]]
            else:
                for j in range(s.nargs if self.bad else 0):
                    if memory_node(t, t.slots[s.first + j]) in self.bad and (
                            s.kind != S_RULE or uses((<tuple><object>s.back)[0], (<tuple><object>s.back)[2], j)):
                        self.bad[i] = self.bad[memory_node(t, t.slots[s.first + j])]
        elif self.bad:
            if e.a != -1 and (e.a if e.a >= 0 else INTS - e.a) in self.bad:
                self.bad[i] = self.bad[e.a if e.a >= 0 else INTS - e.a]
            elif e.b >= 0 and e.b in self.bad:
                self.bad[i] = self.bad[e.b]
        return 0

    cdef int integers(self, int i, Entry* e) except -1:
        """An exact integer: tangents are Python numbers."""
        cdef long long pa = (<long long*>&e.da)[0], pb = (<long long*>&e.db)[0]
        cdef object v = times(self.get(INTS - e.a), pa)
        if e.b >= 0:
            v = plus(v, times(self.get(e.b), pb))
        return self.put(i, v)

    cdef int special(self, int i, Side* s) except -1:
        cdef Tape* t = self.t
        cdef int j, k, kind = s.kind
        cdef int* operands = t.slots + s.first
        cdef object v = None
        cdef list several
        if kind == S_INPUT or kind == S_MEMORY or kind == S_POISON or kind == S_VIEW:
            return 0
        if kind == S_STRUCT:
            return self.put(i, self.structure(s)) if s.nargs else 0
        if kind == S_NAMELESS:
            self.bad[i] = nameless(<object>s.obj)
            t.npoison += 1  # look from now on
            return 0
        if kind == S_CAST or kind == S_SAME:
            return self.put(i, self.get(operands[0]))
        if kind == S_SUM:
            for j in range(s.nargs):
                for k in range(self.stride):
                    self.at[<Py_ssize_t>i * self.stride + k].f += self.at[<Py_ssize_t>operands[j] * self.stride + k].f
            return 0
        if kind == S_INTEGER:
            pa, pb = <object>s.obj
            return self.put(i, plus(times(self.get(operands[0]), pa), times(self.get(operands[1]), pb)))
        if kind == S_LEAF:
            v = self.get(operands[0])
            key = <object>s.obj
            several = [part(one, key) for one in (v if self.width and v is not None else [v])]
            v = several[0] if type(several[0]) is Unknown or not self.width else stacked(several)
            if type(v) is Unknown:
                self.bad[i] = v.message
                t.npoison += 1
                v = None
            return self.put(i, v)
        if kind == S_READ:
            return self.read(i, s)
        if kind == S_PUT:
            return self.store(s)
        if kind == S_WRITE:
            return self.write(s)
        try:
            if kind == S_NODE:
                return self.put(i, self.node(s))
            return self.put(i, self.rule(s))
        except BaseException as error:
            show_forward_line(s, error)
            if not isinstance(error, Exception) or isinstance(error, (MemoryError, RecursionError)):
                raise
            self.bad[i] = error  # only what depends on it must not be asked for
            t.npoison += 1
            return 0

    cdef object node(self, Side* s):
        """An operation on arrays: the sum of what its operands' tangents make."""
        cdef Node node = <Node>s.obj
        cdef object v = None, dx
        cdef int j
        for j in range(s.nargs):
            dx = self.get(self.t.slots[s.first + j])
            if dx is not None:
                v = plus(v, node.push(j, dx, self.width))
        return v

    cdef object rule(self, Side* s):
        """A rule: the transpose of its pullback."""
        cdef int j, k
        cdef list given = [self.get(self.t.slots[s.first + j]) for j in range(s.nargs)]
        back, function, y = <object>s.back
        if all([one is None for one in given]):
            return None
        if back is part_back:
            return given[0]
        push, several = transposed(back, function, y, [self.t.slots[s.first + j] >= 0 for j in range(s.nargs)])
        if self.width == 0 or several and not any([type(one) is list for one in given]):
            return push(given, self.width)
        return stacked([push([one_of(one, k) for one in given], 0) for k in range(self.width)])

    # -- memory -------------------------------------------------------------------

    cdef int read(self, int i, Side* s) except -1:
        """An element of an array."""
        cdef int k
        cdef Py_ssize_t offset = (<Py_ssize_t*>&self.t.entries[i].db)[0]
        cdef Adj* root = self.at + <Py_ssize_t>self.t.slots[s.first] * self.stride
        if root.o == NULL:
            return 0
        found = self.shadow(<Memory>s.obj)
        if self.width == 0:
            self.at[i].f = (<double*>((<Shadow>found).data + offset))[0]
            return 0
        v = found.region(offset, (), (), np.float64)
        for k in range(self.width):
            self.at[<Py_ssize_t>i * self.width + k].f = v[k]
        return 0

    cdef int store(self, Side* s) except -1:
        """A number was stored in an element of an array."""
        cdef int value = self.t.slots[s.first + 1]
        cdef Py_ssize_t offset = (<Py_ssize_t*>&self.t.entries[s.slot].db)[0]
        if s.pc & KEPT:
            exchange(self.t, s)
        if value < 0 and self.at[<Py_ssize_t>self.t.slots[s.first] * self.stride].o == NULL:
            return 0
        v = self.get(value)
        found = self.shadow(<Memory>s.obj)
        if self.width == 0:
            (<double*>((<Shadow>found).data + offset))[0] = 0.0 if v is None else real(v)
            return 0
        found.region(offset, (), (), np.float64)[...] = 0.0 if v is None else np.real(v)
        return 0

    cdef int write(self, Side* s) except -1:
        """Something was written into an array."""
        cdef Write w = <Write>s.obj
        cdef int k, n, root = self.t.slots[s.first], value = self.t.slots[s.first + 1]
        if w.other is not None:
            w.swap()
            w.undone = not w.undone
        if root < 0 or w.window is None or value < 0 and self.at[<Py_ssize_t>root * self.stride].o == NULL:
            return 0
        v = self.get(value)
        found = self.shadow(w.window.memory)
        if self.width == 0:
            w.give(<Shadow>found, v)
            return 0
        region = found.region(w.window.offset, w.window.shape, w.window.strides, w.window.dtype)
        v = 0 if v is None else v if region.dtype.kind == "c" else np.real(v)
        if w.key is not None:
            for k in range(self.width):
                region[k][w.key] = v if type(v) is int else v[k]
            return 0
        n = 0 if type(v) is int else region.ndim - v.ndim
        region[...] = v.reshape((self.width, *(1,) * n, *v.shape[1:])) if n > 0 else v
        return 0


class Shadows:
    """The tangents of a memory, if there are several, each laid out as the memory is."""

    def __init__(self, width, extent, scale):
        self.buffer = np.zeros((width, extent), np.uint8)
        self.scale = scale

    def region(self, offset, shape, strides, dtype):
        """What a window shows, of all of them."""
        width, extent = self.buffer.shape
        steps = tuple([s * self.scale for s in strides])
        return ndarray((width, *shape), dtype, self.buffer, offset * self.scale, (extent, *steps))


cdef double real(object v) except? -1:
    return v.real if isinstance(v, complex) else <double>float(v)


cdef object times(object v, object c):
    if v is None or c == 1:
        return v
    return [one * c if one is not None else None for one in v] if type(v) is list else v * c


cdef object plus(object v, object w):
    """The sum of two tangents; neither is written into."""
    if v is None:
        return w
    if w is None:
        return v
    if type(v) is list or type(w) is list:
        return [accumulate(a, b) for a, b in zip(v, w)]
    return v + w


cdef int undo_writes(Tape* t, int since) except -1:
    """Brings back what arrays held before a node was recorded."""
    cdef int i
    cdef Side* s
    cdef Write w
    for i in range(t.n - 1, since - 1, -1):
        s = side_of(t, i)
        if s == NULL:
            continue
        if s.kind == S_PUT and s.pc & KEPT:
            exchange(t, s)
        elif s.kind == S_WRITE:
            w = <Write>s.obj
            if w.other is not None:
                w.swap()
                w.undone = not w.undone
    return 0
