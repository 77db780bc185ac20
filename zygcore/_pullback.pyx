"""Levels: running a function with its arguments active, and sweeping back.

`gradient` and `pullback` open a level: a tape on which everything that depends on the
arguments is recorded.  Inside differentiated code the same functions open an *inner* level,
whose sweep is itself run by the machine under the outer levels (`_nested`).
"""

cimport cython
from libc.string cimport memset

from ._accum cimport add_object, free_adj, sweep
from ._calls cimport dispatch, set_level_call
from ._capi cimport *
from ._entry cimport enter, leave, machine, set_current
from ._frames cimport *
from ._hook cimport fewer_known, hook_off, hook_on
from ._machine cimport *
from ._rules cimport set_outer
from ._run cimport call_here, run
from ._structs cimport *
from ._tape cimport *
from ._values cimport *


import numpy as np

from . import _memory, _nested, _reentry  # noqa: F401 (_reentry answers the hook)
from .errors import AdjointError, CotangentError, OutputError
from .structure import Grad

cdef object ndarray = np.ndarray, generic = np.generic
cdef list spare_tapes = []


# -- contexts and levels ----------------------------------------------------------


cdef class Context:
    """The machine while a level is open: a fresh one if the thread's is in use."""
    cdef Machine* m
    cdef Machine* saved
    cdef TapeBox box
    cdef PyObject* handled     # the exception that the caller handles

    cdef int open(self) except -1:
        cdef Machine* m = machine()
        self.saved = NULL
        self.handled = PyErr_GetHandledException()
        if m.top != NULL or m.nlevels:
            self.saved = m
            m = <Machine*>PyMem_RawMalloc(sizeof(Machine))
            if m == NULL:
                raise MemoryError
            memset(m, 0, sizeof(Machine))
            m.ts = PyThreadState_Get()
            m.prev = self.saved
            m.version = self.saved.version
            m.run_all = self.saved.run_all
            set_current(m)
        self.m = m
        return 0

    cdef Tape* level(self) except NULL:
        cdef Tape* t
        self.box = <TapeBox>spare_tapes.pop() if spare_tapes else TapeBox.__new__(TapeBox)
        t = &self.box.t
        t.level = 0
        t.parent = -1
        t.heap = &self.m.heap
        self.m.levels[0] = t
        self.m.nlevels = 1
        return t

    cdef int close(self) noexcept:
        cdef Machine* m = self.m
        cdef Chunk* chunk
        if m == NULL:
            return 0
        PyErr_SetHandledException(self.handled)
        Py_XDECREF(self.handled)
        self.handled = NULL
        m.nlevels = 0
        fewer_known(&m.heap, m.heap)
        m.ntainted = 0
        if self.box is not None:
            self.box.t.heap = NULL
        if self.saved != NULL:
            set_current(self.saved)
            while m.chunk != NULL:
                chunk = m.chunk
                m.chunk = chunk.prev
                PyMem_RawFree(chunk)
            PyMem_RawFree(m)
        self.m = NULL
        return 0

    cdef int recycle(self) except -1:
        tape_clear(&self.box.t)
        if len(spare_tapes) < 4:
            spare_tapes.append(self.box)
        self.box = None
        return 0


cdef int input_register(Machine* m, Tape* t, object value, Reg* r) except -1:
    """An argument as an input of a level."""
    cdef int slot, overflow = 0
    cdef long long k
    r.tag = OBJ
    r.slot = -1
    r.v.o = <PyObject*>value
    if type(value) is float:
        slot = push1(t, -1, 0.0)
        if slot < 0:
            r.tag = NUL
            return -1
        r.tag = F64
        r.v.f = <double>value
        r.slot = slot
        return 0
    Py_INCREF(r.v.o)
    slot = leaf_slot(m, t, value)
    if slot == -3:
        slot = container_slot(m, t, value) if is_container(value) else -1
    r.slot = slot
    if slot >= 0 and type(value) is int:
        k = PyLong_AsLongLongAndOverflow(r.v.o, &overflow)
        if not overflow:
            Py_DECREF(r.v.o)
            r.tag = I64
            r.v.i = k
    return 0


# -- what comes in and goes out ------------------------------------------------------


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
        raise OutputError(f"gradient needs a real scalar; the function returned {y!r}, and truth values have no gradient")
    if isinstance(y, generic):
        return type(y)(1)
    if isinstance(y, ndarray):
        if y.ndim == 0 and y.dtype.kind in "fiu":
            return np.ones((), dtype=y.dtype if y.dtype.kind == "f" else float)
        raise OutputError(
            f"gradient needs a real scalar; the function returned an array of shape {y.shape}. Use "
            "zygcore.jacobian for all its derivatives, or zygcore.pullback with a cotangent of that shape")
    import numbers
    if isinstance(y, numbers.Number) and not isinstance(y, complex):
        return type(y)(1)
    raise OutputError(
        f"gradient needs a real scalar; the function returned {short(y)}. Use zygcore.pullback (or "
        "zygcore.jacobian, for arrays and tuples of numbers) for functions with other results")


cdef str short(object y):
    text = repr(y)
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{text} ({type(y).__name__})"


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
        parts = []
        own = None if self.adj[slot].o == NULL else <object>self.adj[slot].o
        some = own is not None
        for i in range(loc.n):
            s = loc.slots[i] if loc.slots[i] > -2 else loc.first_slots[i]
            if s >= 0 and self.t.entries[s].a == -1 and self.adj[s].f != 0.0:
                parts.append(self.adj[s].f)
                some = True
                continue
            d = self.node(s)
            some = some or d is not None
            parts.append(d)
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


# -- one level --------------------------------------------------------------------


@cython.final
cdef class Pullback:
    """The pullback of a call: maps a cotangent of its value to cotangents of its arguments.

    May be called any number of times.

    Attributes
    ----------
    nentries : int
        Recorded operations.
    nbytes : int
        Memory of the tape.
    """

    cdef TapeBox box
    cdef readonly object value
    cdef list outputs          # (slot, path) of the active parts of the value
    cdef list inputs
    cdef bint single
    cdef object nested
    cdef object snapshots      # of arrays that somebody else can write to, or None

    @property
    def nentries(self):
        return self.box.t.n

    @property
    def nbytes(self):
        cdef Tape* t = &self.box.t
        return (t.n * sizeof(Entry) + t.nsides * sizeof(Side) + t.nslots * sizeof(int))

    def __call__(self, *cotangents):
        if len(cotangents) != 1:
            raise CotangentError(
                f"the pullback takes one cotangent, that of the value {short(self.value)}; {len(cotangents)} were given")
        if self.nested is not None:
            return self.nested(cotangents[0])
        if self.snapshots is None:
            return sweep_from(self.box, self.value, self.outputs, self.inputs, cotangents[0])
        overwritten = self.snapshots.bring_back()
        try:
            return sweep_from(self.box, self.value, self.outputs, self.inputs, cotangents[0])
        finally:
            self.snapshots.undo(overwritten)

    def __repr__(self):
        return f"<pullback of a call with {len(self.inputs)} arguments>"


cdef object sweep_from(TapeBox box, object y, list outputs, list inputs, object dy):
    """Cotangents of the inputs for a cotangent of the value."""
    cdef Tape* t = &box.t
    cdef Adj* adj
    cdef Gatherer g
    cdef int slot
    cdef Machine* m = machine()
    check_cotangent(y, dy)
    if dy is None or not outputs:
        return (None,) * len(inputs)
    adj = <Adj*>PyMem_RawMalloc((t.n + 1) * sizeof(Adj))
    if adj == NULL:
        raise MemoryError("zygcore: no memory for the cotangents")
    memset(adj, 0, (t.n + 1) * sizeof(Adj))
    m.quiet += 1
    try:
        for slot, path in outputs:
            add_object(t, adj, slot, at_path(dy, path))
        sweep(m, t, adj)
        g = Gatherer.__new__(Gatherer)
        g.t = t
        g.adj = adj
        g.seeds = [slot for slot, path in outputs]
        out = []
        for s in inputs:
            out.append(g.node(s))
        return tuple(out)
    finally:
        m.quiet -= 1
        free_adj(t, adj)


cdef object at_path(object dy, tuple path):
    """The part of a structural cotangent under a path of keys."""
    for key in path:
        if dy is None:
            return None
        if isinstance(dy, dict):
            dy = dy.get(key)
        elif isinstance(key, int) or not hasattr(dy, key if isinstance(key, str) else ""):
            dy = dy[key]
        else:
            dy = getattr(dy, key)
    return dy


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
    return 0


cdef list output_slots(Machine* m, Tape* t, Reg* r):
    """(slot, path) of the active parts of a value."""
    if r.slot >= 0 and r.tag >> 8 == t.level:
        if side_of(t, r.slot) == NULL or side_of(t, r.slot).kind != S_STRUCT:
            return [(r.slot, ())]
    out = []
    if r.tag & 0xFF == OBJ:
        walk_outputs(m, t, <object>r.v.o, r.slot, (), out, set())
    return out


cdef int walk_outputs(Machine* m, Tape* t, object x, int slot, tuple path, list out, set seen) except -1:
    from ._values import layout_of
    cdef Location loc = None
    cdef int i
    if slot >= 0:
        side = side_of(t, slot)
        if side == NULL or side.kind != S_STRUCT:
            out.append((slot, path))
            return 0
        loc = <Location>side.obj
    if not is_container(x) or id(x) in seen:
        return 0
    seen.add(id(x))
    keys, values = layout_of(x)
    for i in range(len(values)):
        s = map_get(&t.map, <PyObject*>(<object>values[i]))
        key = keys[i] if keys is not None else i
        if s < 0 and loc is not None and i < loc.n and loc.originals[i] is values[i]:
            s = loc.slots[i]
        walk_outputs(m, t, values[i], s, (*path, key), out, seen)
    return 0


def pullback(f, /, *args):
    """The value of ``f(*args)`` and its pullback.

    Parameters
    ----------
    f : callable
        Ordinary Python code.
    *args
        Numbers, arrays, containers and objects, nested in any way.

    Returns
    -------
    y
        What ``f(*args)`` returns.
    back : Pullback
        ``back(dy)`` maps a cotangent of `y` (a number for a number, an array of the same shape
        for an array, the same structure for a structure) to a tuple with one cotangent per
        argument, ``None`` where nothing differentiable flows.  It may be called again.

    Examples
    --------
    >>> import math
    >>> y, back = pullback(math.sin, 0.5)
    >>> y, back(1.0)
    (0.479425538604203, (0.8775825618903728,))
    """
    cdef Context context = Context.__new__(Context)
    cdef Tape* t
    cdef Pullback p
    cdef Reg y
    cdef Reg* regs
    cdef int n = len(args)
    y.tag = NUL
    context.open()
    regs = <Reg*>PyMem_Malloc((n + 2) * sizeof(Reg))
    try:
        t = context.level()
        p = Pullback.__new__(Pullback)
        t.watched = new_ref([])
        p.inputs = run_recorded(context, t, f, args, regs, &y)
        p.outputs = output_slots(context.m, t, &y)
        p.value = value_of(&y)
        p.snapshots = snapshots_of(t)
        p.box = context.box
    finally:
        drop(&y)
        PyMem_Free(regs)
        context.close()
    return p.value, p


cdef object snapshots_of(Tape* t):
    """Copies of the arrays that the pullback keeps and somebody else refers to, or None."""
    cdef int i
    cdef list roots = []
    weak = <object>t.watched
    Py_DECREF(t.watched)
    t.watched = NULL
    if not weak:
        return None
    for i in range(t.nsides):
        if t.sides[i].back != NULL:
            roots.append(<object>t.sides[i].back)
        if t.sides[i].obj != NULL and Py_TYPE(t.sides[i].obj) == &PyTuple_Type:
            roots.append(<object>t.sides[i].obj)
    known = {id(k) for k in map_keys(t)}
    arrays = _memory.visible(weak, roots, lambda a: id(a) in known)
    return _memory.Snapshots(arrays) if arrays else None


cdef list map_keys(Tape* t):
    """The objects that the tape knows."""
    cdef int i
    return [<object>t.map.keys[i] for i in range(t.map.mask + 1 if t.map.keys != NULL else 0)
            if t.map.keys[i] != NULL]


cdef object value_of(Reg* y):
    cdef PyObject* o = box(y)
    if o == NULL:
        raise SystemError("zygcore: a function returned nothing")
    return <object>o


cdef list run_recorded(Context context, Tape* t, object f, tuple args, Reg* regs, Reg* y):
    """Runs the function; the slots of the inputs."""
    cdef Machine* m = context.m
    cdef int i, n = len(args)
    cdef Frame* entry
    cdef list slots = []
    for i in range(n):
        regs[i].tag = NUL
        regs[i].slot = -1
    entry = enter(m, 0)
    try:
        for i in range(n):
            input_register(m, t, args[i], regs + i)
            slots.append(regs[i].slot)
        if dispatch(m, entry, <PyObject*>f, regs, n, NULL, R_STORE, 0, 0, None) == 1:
            run(m, entry)
        move_reg(y, entry.regs)
    finally:
        for i in range(n):
            drop(regs + i)
        leave(m, entry)
    return slots


def gradient(f, /, *args):
    """The gradient of a function that returns a real scalar.

    Parameters
    ----------
    f : callable
        Ordinary Python code; must return a real number (or 0-d array).
    *args
        Numbers, arrays, containers and objects, nested in any way.

    Returns
    -------
    tuple
        One entry per argument, in the argument's shape: a number for a number, an array for an
        array, a list, tuple or dict for one of those, a `Grad` for an object or a function; ``None``
        where nothing differentiable flows.

    Raises
    ------
    OutputError
        If the function returns something else than a real scalar.
    AdjointError
        If the gradient needs the derivative of something that is not known.

    Examples
    --------
    >>> gradient(lambda a, b: a * b, 2, 3)
    (3, 2)
    """
    return value_and_gradient(f, args)[1]


def withgradient(f, /, *args):
    """The value of a function and its gradient: ``(f(*args), gradient(f, *args))``.

    Examples
    --------
    >>> withgradient(lambda x: x**3, 2.0)
    (8.0, (12.0,))
    """
    return value_and_gradient(f, args)


cdef tuple value_and_gradient(object f, tuple args):
    cdef Context context = Context.__new__(Context)
    cdef Tape* t
    cdef Reg y
    cdef Reg stack[8]
    cdef Reg* regs = stack
    cdef int n = len(args)
    cdef list slots
    y.tag = NUL
    y.slot = -1
    context.open()
    if n > 8:
        regs = <Reg*>PyMem_Malloc(n * sizeof(Reg))
    try:
        t = context.level()
        slots = run_recorded(context, t, f, args, regs, &y)
        slot = y.slot
        value = value_of(&y)
        hidden = slot < 0 and context.m.heap and contains_active(context.m, 0, <PyObject*>value) > 0
    finally:
        drop(&y)
        if regs != stack:
            PyMem_Free(regs)
        context.close()
    dy = seed_for(value)
    if hidden:
        raise AdjointError(
            f"the function returned {short(value)}, a number of a type whose arithmetic is Python code on parts "
            "that depend on the inputs: its derivative is not known. Register adjoints for the operators of this type")
    if slot < 0:
        grads = (None,) * n
    else:
        grads = sweep_from(context.box, value, [(slot, ())], slots, dy)
    context.recycle()
    return value, grads


def run_in_machine(f, /, *args, **kwargs):
    """``f(*args, **kwargs)``, with every Python function on the way run by the machine.

    Nothing is differentiated: this shows that the machine does what CPython does.
    """
    cdef Context context = Context.__new__(Context)
    cdef Machine* m
    cdef Frame* entry
    cdef Reg* regs
    cdef int i, n = len(args), nkw = len(kwargs), saved
    context.open()
    m = context.m
    saved = m.run_all
    m.run_all = 1
    hook_on()
    names = tuple(kwargs)
    values = [*args, *kwargs.values()]
    regs = <Reg*>PyMem_Malloc((n + nkw + 1) * sizeof(Reg))
    entry = enter(m, -1)
    try:
        for i in range(n + nkw):
            regs[i].tag = OBJ
            regs[i].slot = -1
            regs[i].v.o = <PyObject*>(<object>values[i])
            Py_INCREF(regs[i].v.o)
        if dispatch(m, entry, <PyObject*>f, regs, n, <PyObject*>names if nkw else NULL, R_STORE, 0, -1, None) == 1:
            run(m, entry)
        return value_of(entry.regs)
    finally:
        for i in range(n + nkw):
            drop(regs + i)
        PyMem_Free(regs)
        leave(m, entry)
        m.run_all = saved
        hook_off()
        context.close()


# -- levels inside differentiated code ----------------------------------------------


cdef int nested_call(Machine* m, Frame* f, int number, Reg* args, int nargs, PyObject* kwnames, int dst) except -1:
    """`gradient`, `withgradient` or `pullback` called in the machine."""
    cdef Tape* t
    cdef TapeBox box
    cdef Reg y, result
    cdef int i, index = m.nlevels, parent = f.level
    cdef Reg* own
    if kwnames != NULL or nargs == 0:
        raise TypeError("gradient and pullback take a function and positional arguments")
    if index >= MAX_LEVELS:
        raise RecursionError(f"more than {MAX_LEVELS} nested levels of differentiation")
    box_ = TapeBox.__new__(TapeBox)
    box = box_
    t = &box.t
    t.level = index
    t.parent = parent
    t.heap = &m.heap
    m.levels[index] = t
    m.nlevels = index + 1
    y.tag = NUL
    y.slot = -1
    result.tag = NUL
    result.slot = -1
    own = <Reg*>PyMem_Malloc((nargs + 1) * sizeof(Reg))
    try:
        slots = []
        for i in range(1, nargs):
            nested_input(m, t, args + i, own + i - 1)
            slots.append(own[i - 1].slot if own[i - 1].tag >> 8 == index else -1)
        call_here(m, index, args[0].v.o, own, nargs - 1, NULL, &y)
        finish_nested(m, f, t, number, slots, &y, &result)
        move_reg(f.regs + dst, &result)
    finally:
        drop(&y)
        drop(&result)
        for i in range(nargs - 1):
            drop(own + i)
        PyMem_Free(own)
        m.nlevels = index
        tape_clear(t)
        t.heap = NULL
    return 0


cdef int nested_input(Machine* m, Tape* t, Reg* given, Reg* r) except -1:
    """An argument as an input of an inner level; what it is outside is noted."""
    cdef PyObject* o
    cdef int slot
    r.tag = NUL
    copy_reg(r, given)
    if r.tag & 0xFF == F64:
        slot = tape_side(t, S_INPUT, 1, 0, NULL, NULL, NULL, 0)
    else:
        o = box(r)
        if o == NULL:
            return -1
        slot = inner_leaf(m, t, <object>o)
        if slot == -3:
            slot = inner_container(m, t, r) if is_container(<object>o) else -1
    if slot < 0:
        return 0
    if is_plain(t, slot):
        set_outer(m, t, slot, given)
    r.tag = (r.tag & 0xFF) | t.level << 8
    r.slot = slot
    return 0


cdef bint is_plain(Tape* t, int slot):
    return side_of(t, slot) != NULL and side_of(t, slot).kind == S_INPUT


cdef int inner_leaf(Machine* m, Tape* t, object value) except -2:
    cdef int slot
    if type(value) is float:
        slot = tape_side(t, S_INPUT, 1, 0, NULL, NULL, NULL, 0)
        return slot
    return leaf_slot(m, t, value)


cdef int inner_container(Machine* m, Tape* t, Reg* r) except -2:
    """A container as an input of an inner level: its leaves and what they are outside."""
    cdef Location loc
    cdef Reg item
    cdef int slot, i
    slot = map_get(&t.map, r.v.o)
    if slot >= 0:
        return slot
    loc = open_container(m, t, <object>r.v.o, -2)
    for i in range(loc.n):
        value = loc.originals[i]
        item.tag = NUL
        Py_INCREF(<PyObject*>value)
        load(m, t.parent, &item, <PyObject*>value)
        if item.slot < 0 and r.slot >= 0:
            key = loc.keys[i] if loc.keys is not None else i
            locate(m, r, <PyObject*>key, <PyObject*>value, &item)
        s = inner_leaf(m, t, value)
        if s == -3:
            s = inner_container(m, t, &item) if is_container(value) else -1
        elif s >= 0:
            set_outer(m, t, s, &item)
        loc.slots[i] = s
        loc.first_slots[i] = s
        drop(&item)
    slot = tape_side(t, S_STRUCT, 1, 0, NULL, <PyObject*>loc, NULL, 0)
    set_outer(m, t, slot, r)
    if map_put(t, r.v.o, slot) < 0:
        return -2
    return slot


cdef object tree_of(Tape* t, int slot):
    """The shape of an input, for `_nested.collect`."""
    cdef Location loc
    cdef Side* side
    if slot < 0:
        return None
    side = side_of(t, slot)
    if side == NULL or side.kind != S_STRUCT:
        return slot
    loc = <Location>side.obj
    parts = [tree_of(t, loc.first_slots[i]) for i in range(loc.n)]
    if loc.kind == L_CELL:
        return parts[0] if parts else None
    if loc.kind == L_LIST:
        return ("list", None, parts)
    if loc.kind == L_TUPLE:
        fields = getattr(type(loc.container), "_fields", None)
        return ("tuple", None, parts) if fields is None else ("grad", list(fields), parts)
    if loc.kind == L_DICT:
        return ("dict", loc.keys, parts)
    return ("grad", loc.keys, parts)


cdef list plan_of(Tape* t):
    """What a sweep of this tape has to do, last operation first."""
    cdef int i, j
    cdef Side* s
    plan = []
    for i in range(t.n - 1, -1, -1):
        s = side_of(t, i)
        if s == NULL or s.kind == S_INPUT:
            continue
        operands = [t.slots[s.first + j] for j in range(s.nargs)]
        if s.kind == S_RULE:
            back, function = <object>s.back
            container = (<Location>s.obj).container if s.obj != NULL else None
            plan.append((i, "rule", (back, function, container), operands))
        elif s.kind == S_LEAF:
            plan.append((i, "leaf", <object>s.obj, operands))
        elif s.kind == S_STRUCT and s.nargs:
            plan.append((i, "struct", (<object>s.obj)[1], operands))
        elif s.kind == S_STRUCT:
            loc = <Location>s.obj
            plan.append((i, "struct", loc_keys(loc), [loc_slot(loc, j) for j in range(loc_len(loc))]))
        elif s.kind == S_POISON:
            plan.append((i, "poison", <object>s.obj, operands))
        elif s.kind == S_CAST or s.kind == S_SAME:
            plan.append((i, "same", None, operands))
    return plan


cdef object loc_keys(Location loc):
    return loc.keys

cdef int loc_slot(Location loc, int j):
    return loc.slots[j]

cdef int loc_len(Location loc):
    return loc.n


cdef int finish_nested(Machine* m, Frame* f, Tape* t, int number, list slots, Reg* y, Reg* result) except -1:
    """The sweep of an inner level, run under the outer ones."""
    cdef Reg args[8]
    cdef Reg out
    cdef list outputs
    cdef int i
    trees = [tree_of(t, s) for s in slots]
    value = value_of(y)
    outputs = output_slots(m, t, y)
    while y.slot >= 0 and y.tag >> 8 > t.parent:
        outer_of(m, y)
    plan = plan_of(t)
    if number == 3:
        function, extra = _nested.pullback_pair, (plan, outputs, trees)
    else:
        seed = seed_for(value)
        function = _nested.gradient_pair if number == 2 else _nested.gradients
        extra = (plan, outputs, trees, seed)
    out.tag = NUL
    args[0] = y[0]
    for i in range(len(extra)):
        args[i + 1].tag = OBJ
        args[i + 1].slot = -1
        args[i + 1].v.o = <PyObject*>(<object>extra[i])
    cdef Reg own[8]
    for i in range(<int>len(extra) + 1):
        own[i].tag = NUL
        copy_reg(own + i, args + i)
    try:
        call_here(m, t.parent, <PyObject*>(<object>function), own, <int>len(extra) + 1, NULL, result)
    finally:
        for i in range(<int>len(extra) + 1):
            drop(own + i)
    return 0


set_level_call(nested_call, {gradient: 1, withgradient: 2, pullback: 3})
