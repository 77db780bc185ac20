"""Where cotangents are during a sweep, and how they add up.

There is one word per tape entry: a double for float nodes, an owned object for the
others, zero bits for "nothing yet", which is the zero of both.  The sweep goes through
the tape backward once.  A zero cotangent is not propagated: what does not
influence the result passes nothing on, even where a partial derivative is infinite.
"""

from libc.string cimport memset

from ._arrays cimport Memory, Shadow, Window, Write, is_own_array
from ._capi cimport *
from ._nodes cimport Node
from ._inputs cimport L_CELL, UNSEEN
from ._lines cimport show_forward_line, where
from ._locations cimport Location, part_slot, shaped
from ._structs cimport *
from ._tape cimport *

import numpy as np

from .errors import AdjointError, RuleError, nameless, not_known
from .rules.registry import always, describe, each, shared
from .structure import accumulate
from .wholes import complete, entries_for, is_own, rebuild

cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray
cdef object accumulate_ = accumulate, each_ = each, shared_ = shared, always_ = always, float64 = np.float64


cdef int add_object(Tape* t, Adj* adj, int slot, object v) except -1:
    """Adds a cotangent; ``None`` is zero."""
    cdef PyObject* old
    cdef Side* side
    if v is None:
        return 0
    if not is_object(t, slot):
        if type(v) is float:
            adj[slot].f += <double>v
        elif isinstance(v, complex):
            adj[slot].f += v.real
        else:
            adj[slot].f += <double>float(v)
        return 0
    side = side_of(t, slot)
    if side != NULL and side.kind == S_VIEW:
        shadow_at(t, adj, t.slots[side.first], (<Window>side.obj).memory).add_region(<Window>side.obj, v)
        return 0
    old = adj[slot].o
    if old == NULL:
        Py_INCREF(<PyObject*>v)
        adj[slot].o = <PyObject*>v
    elif type(<object>old) is Shadow:
        (<Shadow>old).add(v)
    elif type(<object>old) is Parts:
        (<object>old).whole = accumulate_((<object>old).whole, v)
    else:
        total = accumulate_(<object>old, v)
        Py_INCREF(<PyObject*>total)
        adj[slot].o = <PyObject*>total
        Py_DECREF(old)
    return 0


cdef Shadow shadow_at(Tape* t, Adj* adj, int root, Memory memory):
    """The cotangent of a memory as a buffer of its own, in which regions are added to and set."""
    cdef PyObject* old = adj[root].o
    if old != NULL and type(<object>old) is Shadow:
        return <Shadow>old
    shadow = Shadow(memory, None if old == NULL else <object>old)
    Py_INCREF(<PyObject*>shadow)
    adj[root].o = <PyObject*>shadow
    Py_XDECREF(old)
    return shadow


# one buffer of modest size is kept: memory that the system has to map anew for each sweep costs
# more than the sweep
cdef enum:
    HEADER = 16
    REUSED = 1 << 26

cdef char* spare = NULL


cdef Adj* new_adj(Tape* t) except NULL:
    """Zero cotangents for a tape, and behind them the second array that `sweep` uses."""
    cdef char* p
    cdef size_t need = 2 * (t.n + 1) * sizeof(Adj) + HEADER
    global spare
    if spare != NULL and (<size_t*>spare)[0] >= need:
        p = spare
        spare = NULL
    else:
        p = <char*>PyMem_RawMalloc(need)
        if p == NULL:
            raise MemoryError("zygcore: no memory for the cotangents")
        (<size_t*>p)[0] = need
    memset(p + HEADER, 0, need - HEADER)
    return <Adj*>(p + HEADER)


cdef void give_back(Adj* adj) noexcept:
    cdef char* p = <char*>adj - HEADER
    global spare
    if (<size_t*>p)[0] <= REUSED and (spare == NULL or (<size_t*>p)[0] > (<size_t*>spare)[0]):
        PyMem_RawFree(spare)
        spare = p
    else:
        PyMem_RawFree(p)


cdef void free_adj(Tape* t, Adj* adj) noexcept:
    cdef int i
    if adj == NULL:
        return
    if t.nints == 0:
        for i in range(t.nsides):
            if t.sides[i].isobj:
                Py_XDECREF(adj[t.sides[i].slot].o)
        give_back(adj)
        return
    for i in range(t.n):
        if t.entries[i].a <= SPECIAL and is_object(t, i):
            Py_XDECREF(adj[i].o)
    give_back(adj)


cdef int sweep_floats(Entry* entries, Adj* adj, double* bank, int i) noexcept nogil:
    """Goes back through float entries from `i`; the index of the first other one, or -1.

    Two things keep a chain of additions from waiting for memory: what goes to the entry
    just before stays in a register, and odd entries add into a second array.
    """
    cdef Entry* e
    cdef double d, carry = 0.0
    cdef int a, b
    while i >= 0:
        e = entries + i
        a = e.a
        if a < -1:
            if carry != 0.0:
                adj[i].f += carry
            return i
        d = adj[i].f + bank[i] + carry
        carry = 0.0
        if a < 0:
            adj[i].f = d
        elif d != 0.0:
            b = e.b
            if i & 1:
                if a == i - 1:
                    carry = d * e.da
                else:
                    bank[a] += d * e.da
                if b >= 0:
                    if b == i - 1:
                        carry += d * e.db
                    else:
                        bank[b] += d * e.db
            else:
                if a == i - 1:
                    carry = d * e.da
                else:
                    adj[a].f += d * e.da
                if b >= 0:
                    if b == i - 1:
                        carry += d * e.db
                    else:
                        adj[b].f += d * e.db
        i -= 1
    return -1


cdef int sweep(Tape* t, Adj* adj) except -1:
    """Propagates the cotangents in `adj` to the operands of every operation."""
    cdef int i = t.n - 1
    cdef double* bank = <double*>(adj + t.n + 1)
    cdef char* reached = NULL
    if t.npoison:
        check_poison(t, adj)
    try:
        if waits(t):
            reached = reached_from(t, adj)
        go_back(t, adj, bank, i, reached)
    finally:
        PyMem_Free(reached)
        if t.nsaved:
            restore(t)
    return 0


cdef int go_back(Tape* t, Adj* adj, double* bank, int i, char* reached) except -1:
    cdef Entry* e
    while True:
        i = sweep_floats(t.entries, adj, bank, i)
        if i < 0:
            break
        e = t.entries + i
        if e.a == SPECIAL:
            if not t.sides[e.b].isobj:
                adj[i].f += bank[i]
            if special(t, adj, i, t.sides + e.b) == 1 and reached != NULL:
                nothing_arrived(t, adj, i, t.sides + e.b, reached)
        elif adj[i].o != NULL:
            integers(t, adj, i, e)
        i -= 1
    return 0


cdef int integers(Tape* t, Adj* adj, int i, Entry* e) except -1:
    """An exact integer: cotangents are Python numbers."""
    cdef object d = <object>adj[i].o
    cdef long long pa = (<long long*>&e.da)[0], pb = (<long long*>&e.db)[0]
    add_object(t, adj, INTS - e.a, d * pa if pa != 1 else d)
    if e.b >= 0:
        add_object(t, adj, e.b, d * pb if pb != 1 else d)
    return 0


cdef bint waits(Tape* t) noexcept:
    """Is there a pullback that is called in any case?"""
    cdef int i
    for i in range(t.nsides):
        if is_awaiting(t.sides + i):
            return True
    return False


cdef inline bint is_awaiting(Side* s) noexcept:
    return s.kind == S_RULE and Py_TYPE(PyTuple_GET_ITEM(s.back, 0)) == <PyTypeObject*><PyObject*>always_


cdef int nothing_arrived(Tape* t, Adj* adj, int i, Side* s, char* reached) except -1:
    """A pullback that is called in any case: with zero if the value depends on the node, else with None."""
    if is_awaiting(s):
        rule_back(t, adj, s, 0.0 if reached[i] and not s.isobj else None)
    return 0


cdef int without_cotangents(Tape* t) except -1:
    """A sweep to which nothing comes: only pullbacks that are called in any case are."""
    cdef Adj* adj
    if waits(t):
        adj = new_adj(t)
        try:
            sweep(t, adj)
        finally:
            free_adj(t, adj)
    return 0


cdef int special(Tape* t, Adj* adj, int i, Side* s) except -1:
    """Propagates the cotangent of what has a side record.  1: there is none."""
    cdef int j, k = s.kind
    cdef PyObject* d
    cdef Shadow shadow
    if k == S_INPUT:
        return 0
    if k == S_WRITE:
        return write_back(t, adj, s)
    if k == S_PUT:
        return put_back(t, adj, s)
    if k == S_NODE:
        return node_back(t, adj, s, i)
    if not s.isobj:
        if adj[i].f == 0.0:
            return 1
        if k == S_READ:
            shadow = shadow_at(t, adj, t.slots[s.first], <Memory>s.obj)
            (<double*>(shadow.data + (<Py_ssize_t*>&t.entries[i].db)[0]))[0] += adj[i].f
            return 0
        if k == S_SUM:
            for j in range(s.nargs):
                adj[t.slots[s.first + j]].f += adj[i].f
            return 0
        dy = adj[i].f
    else:
        if adj[i].o == NULL:
            return 1
        dy = <object>adj[i].o
        if type(dy) is Shadow:
            dy = (<Shadow>dy).whole
    if k == S_RULE:
        return rule_back(t, adj, s, dy)
    if k == S_CAST or k == S_SAME:
        if s.pc == TO_FLOAT64:
            dy = float64(dy)
        return add_object(t, adj, t.slots[s.first], dy)
    if k == S_LEAF:
        return leaf_back(adj, t.slots[s.first], <object>s.obj, dy)
    if k == S_STRUCT:
        if s.nargs:
            distribute_made(t, adj, s, dy)
        elif (<Location>s.obj).kind == L_CELL or not is_own(dy):
            d = adj[i].o
            adj[i].o = NULL
            try:
                distribute(t, adj, i, s, dy)
            finally:
                Py_XDECREF(d)
        return 0  # an own cotangent stays whole until the inputs are gathered
    if k == S_NAMELESS:
        raise AdjointError(nameless(<object>s.obj))
    if k == S_INTEGER:
        pa, pb = <object>s.obj
        if t.slots[s.first] >= 0:
            add_object(t, adj, t.slots[s.first], dy * pa)
        if t.slots[s.first + 1] >= 0:
            add_object(t, adj, t.slots[s.first + 1], dy * pb)
    return 0


cdef int node_back(Tape* t, Adj* adj, Side* s, int i) except -1:
    """An operation on arrays.  Its cotangent is let go of, or its memory used for that of the last operand."""
    cdef Node node = <Node>s.obj
    cdef PyObject* d
    cdef PyObject* into
    cdef object dy, dx
    cdef int j, slot, last = -1
    if not s.isobj:
        if adj[i].f == 0.0:
            return 0
        dy = adj[i].f
    else:
        d = adj[i].o
        if d == NULL:
            return 0
        adj[i].o = NULL
        dy = <object>d
        Py_DECREF(d)
        if type(dy) is Shadow:
            dy = (<Shadow>dy).whole
    for j in range(s.nargs):
        if t.slots[s.first + j] >= 0:
            last = j
    try:
        dy = node.prepared(dy)
        for j in range(last + 1):
            slot = t.slots[s.first + j]
            if slot < 0:
                continue
            into = own_array(t, adj, slot) if node.form(j) is None else NULL
            if into == NULL and j == last and node.form(j) is None and node.reuses(j, dy):
                dx = node.part_in(j, dy)
            else:
                dx = node.part(j, dy, into)
            if dx is not None:
                add_object(t, adj, slot, dx)
    except BaseException as error:
        show_forward_line(s, error)
        raise
    return 0


cdef PyObject* own_array(Tape* t, Adj* adj, int slot) noexcept:
    """The cotangent of a node, if it is an array that nobody else can see; NULL."""
    cdef PyObject* old = adj[slot].o
    if not is_object(t, slot) or old == NULL or Py_TYPE(old) != ARRAY or Py_REFCNT(old) != 1 or not is_own_array(old):
        return NULL
    return old


cdef int write_back(Tape* t, Adj* adj, Side* s) except -1:
    """Something was written into an array."""
    cdef Write w = <Write>s.obj
    cdef int root = t.slots[s.first], value = t.slots[s.first + 1]
    if w.other is not None:
        w.swap()
        w.undone = not w.undone
    if root < 0 or adj[root].o == NULL:
        return 0
    dv = w.take(shadow_at(t, adj, root, w.window.memory))
    if value >= 0:
        add_object(t, adj, value, dv)
    return 0


cdef int put_back(Tape* t, Adj* adj, Side* s) except -1:
    """A number was stored in an element of an array."""
    cdef int root = t.slots[s.first], value = t.slots[s.first + 1]
    cdef Shadow shadow
    cdef double* at
    cdef double d
    if s.pc & KEPT:
        exchange(t, s)
    if adj[root].o == NULL:
        return 0
    shadow = shadow_at(t, adj, root, <Memory>s.obj)
    at = <double*>(shadow.data + (<Py_ssize_t*>&t.entries[s.slot].db)[0])
    d = at[0]
    at[0] = 0
    if value >= 0 and d != 0:
        if is_object(t, value):
            add_object(t, adj, value, float64(d) if s.pc & TO_FLOAT64 else d)
        else:
            adj[value].f += d
    return 0


cdef void exchange(Tape* t, Side* s) noexcept:
    """Exchanges an element with what was there before."""
    cdef double* at = <double*>((<Memory>s.obj).lo + <size_t>(<Py_ssize_t*>&t.entries[s.slot].db)[0])
    cdef double v = at[0]
    at[0] = t.entries[s.slot].da
    t.entries[s.slot].da = v
    s.pc ^= UNDONE


cdef int restore(Tape* t) except -1:
    """Arrays whose old contents a sweep brought back get what they held before it."""
    cdef int i
    cdef Write w
    for i in range(t.nsides):
        if t.sides[i].kind == S_PUT:
            if t.sides[i].pc & UNDONE:
                exchange(t, t.sides + i)
        elif t.sides[i].kind == S_WRITE:
            w = <Write>t.sides[i].obj
            if w.undone:
                w.swap()
                w.undone = False
    return 0


cdef int rule_back(Tape* t, Adj* adj, Side* s, object dy) except -1:
    """Calls the pullback of a rule and adds what it returns to the arguments."""
    cdef int j, n = s.nargs, slot
    cdef Location loc
    back, function = <object>s.back
    if s.obj != NULL and dy is not None:
        loc = <Location>s.obj
        cls = type(loc.container)
        dy = rebuild(dy.items, dy.whole, cls, loc.keys, loc.n) if type(dy) is Parts else complete(None, dy, cls)
    try:
        if type(back) is each_:
            return back_in_parts(t, adj, s, back.parts, dy)
        out = back(dy)
    except BaseException as error:
        show_forward_line(s, error)
        raise error
    if out is None:
        return 0
    check_arity(s, out, function, n, t)
    for j in range(min(n, <int>len(out))):
        slot = t.slots[s.first + j]
        if slot >= 0:
            add_object(t, adj, slot, out[j])
    return 0


cdef int back_in_parts(Tape* t, Adj* adj, Side* s, tuple parts, object dy) except -1:
    """A pullback in parts: only those of active arguments are run."""
    cdef int j, slot
    cdef object whole = None, found = None
    for j in range(min(s.nargs, <int>len(parts))):
        slot = t.slots[s.first + j]
        part = parts[j]
        if slot < 0 or part is None:
            continue
        if type(part) is not shared_:
            add_object(t, adj, slot, part(dy))
            continue
        if part.whole is not whole:
            whole = part.whole
            found = whole(dy)
        add_object(t, adj, slot, found[part.at])
    return 0


cdef int check_arity(Side* s, object out, object function, int n, Tape* t) except -1:
    cdef int j, needed = 0, got
    if type(out) is not tuple and not isinstance(out, (tuple, list)):
        raise RuleError(
            f"the pullback of {describe(function)} must return a tuple with one cotangent per argument; it "
            f"returned {type(out).__name__} ({where(s)})")
    got = len(out)
    for j in range(n):
        if t.slots[s.first + j] >= 0:
            needed = j + 1
    if got == n or got > n and got <= most_parameters(function):
        return 0
    if (function.__module__ or "").startswith("zygcore."):
        return 0  # rules of ours leave out trailing arguments that carry no gradient
    if got < needed or got > n:
        raise RuleError(
            f"the pullback of {describe(function)} returned {got} cotangents for a call with {n} "
            f"argument{'s' if n != 1 else ''} ({where(s)}); return one per argument, None for no gradient")
    return 0


cdef int most_parameters(object function) except -1:
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & 4:
        return 1 << 30
    return code.co_argcount


cdef int leaf_back(Adj* adj, int parent, object key, object dy) except -1:
    """A part of a structured value: its cotangent goes into the container's."""
    cdef PyObject* old = adj[parent].o
    if old == NULL or type(<object>old) is not Parts:
        parts = Parts()
        if old != NULL:
            parts.whole = <object>old
            Py_DECREF(old)
        Py_INCREF(<PyObject*>parts)
        adj[parent].o = <PyObject*>parts
    parts = <object>adj[parent].o
    parts.items[key] = accumulate_(parts.items[key], dy) if key in parts.items else dy
    return 0


class Parts:
    """The cotangent of a container, part by part (and possibly as a whole)."""

    __slots__ = ("items", "whole")

    def __init__(self):
        self.items = {}
        self.whole = None


cdef int distribute_made(Tape* t, Adj* adj, Side* s, object dy) except -1:
    """The cotangent of a container that was made on the way goes to its active parts."""
    cdef int j, slot
    keys, cls = <object>s.obj
    found = entries_for(dy, keys, s.nargs, cls)
    for j in range(s.nargs):
        slot = t.slots[s.first + j]
        if slot >= 0:
            add_object(t, adj, slot, found[j])
    return 0


cdef int distribute(Tape* t, Adj* adj, int i, Side* s, object dy) except -1:
    """The cotangent of a container that is an input goes to its leaves.

    What belongs to an inner container that the program never looked into stays here.
    """
    cdef int j, slot
    cdef Side* inner
    cdef Location loc = <Location>s.obj
    cdef list found, rest = None
    found = entries_for(dy, loc.keys, loc.n, type(loc.container))
    for j in range(loc.n):
        d = found[j]
        if d is None:
            continue
        slot = part_slot(t, loc, j)
        if slot == UNSEEN:
            rest = [None] * loc.n if rest is None else rest
            rest[j] = d
        if slot < 0:
            continue
        inner = side_of(t, slot)
        if inner != NULL and inner.kind == S_STRUCT and inner.nargs == 0 \
                and (not is_own(d) or (<Location>inner.obj).kind == L_CELL):
            distribute(t, adj, slot, inner, d)
        else:
            add_object(t, adj, slot, d)
    if rest is not None:
        add_object(t, adj, i, shaped(loc, rest))
    return 0


# -- poison -------------------------------------------------------------------


cdef int check_poison(Tape* t, Adj* adj) except -1:
    """AdjointError if the result depends on something whose derivative is not known."""
    cdef char* reached = reached_from(t, adj)
    cdef int i
    cdef Side* s
    try:
        for i in range(t.n - 1, -1, -1):
            s = side_of(t, i)
            if reached[i] and s != NULL and s.kind == S_POISON:
                raise_poison(s)
    finally:
        PyMem_Free(reached)
    return 0


cdef char* reached_from(Tape* t, Adj* adj) except NULL:
    """Marks the nodes on which those depend that have a cotangent."""
    cdef char* reached = <char*>PyMem_Calloc(t.n + 1, 1)
    cdef int i
    if reached == NULL:
        raise MemoryError
    for i in range(t.n):
        reached[i] = adj[i].o != NULL
    for i in range(t.n - 1, -1, -1):
        mark_operands(t, i, reached)
    return reached


cdef int raise_poison(Side* s) except -1:
    raise AdjointError(not_known(<object>s.obj, where(s)))
