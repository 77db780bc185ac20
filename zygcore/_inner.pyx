"""Levels inside differentiated code.

An inner level notes what its inputs are outside; its sweep is Python code (`_nested`) that the machine
runs under the outer levels.
"""

from ._arrays cimport MEMORY_OF_RECORDS, Memory, Window, Write, whole_window
from ._capi cimport *
from ._cotangents cimport output_slots, seed_for, shape_of, value_of
from ._exceptions cimport leave_call, raise_refused
from ._inner_numbers cimport Stretch, push_stretch, stretch_of, sweep_stretch
from ._locations cimport *
from ._machine cimport *
from ._run cimport call_here
from ._structs cimport *
from ._survivors cimport release_generators
from ._tape cimport *
from ._values cimport *
from ._written cimport watch_arrays

from . import _nested, _nested_push
from ._locations import check_parts
from ._tangents import check_tangents
from .errors import TangentError, UnsupportedError
from .rules.registry import SWITCHES
from .units import LIBRARIES, prepare

cdef list switches = SWITCHES


cdef int nested_call(Machine* m, Frame* f, int number, Reg* args, int nargs, PyObject* kwnames, int dst) except -1:
    """`gradient`, `withgradient`, `pullback` or `pushed` called in the machine."""
    if kwnames != NULL or nargs == 0:
        raise TypeError("gradient and pullback take a function and positional arguments")
    if number == N_PUSHED or number == N_TAYLOR:
        return nested_push(m, f, number, args, dst)
    if number == N_SWEEP_FLOATS:
        sweep_stretch(m, f.level, <object>args[0].v.o, <object>args[1].v.o)
        put_new(f.regs + dst, Py_None)
        return 0
    if number == N_PUSH_FLOATS:
        push_stretch(m, f.level, <object>args[0].v.o, <object>args[1].v.o, <object>args[2].v.o)
        put_new(f.regs + dst, Py_None)
        return 0
    return inner_level(m, f, number, args[0].v.o, args + 1, nargs - 1, NULL, dst)


cdef int nested_push(Machine* m, Frame* f, int number, Reg* args, int dst) except -1:
    """``pushed(function, primals, tangents, width)`` or the like: the primals become the inputs."""
    cdef int i, n
    cdef Reg* own
    if m.nlevels >= MAX_LEVELS:
        raise RecursionError(f"more than {MAX_LEVELS} nested levels of differentiation")
    n = <int>PyTuple_GET_SIZE(args[1].v.o)
    if n != PyTuple_GET_SIZE(args[2].v.o):
        raise TangentError(
            f"{PyTuple_GET_SIZE(args[2].v.o)} tangents were given for {n} primals: one each, None for zero")
    if number == N_PUSHED and not value_of(args + 3):  # one tangent: the user's
        m.quiet += 1
        try:
            check_tangents(<object>args[1].v.o, <object>args[2].v.o)
        finally:
            m.quiet -= 1
    own = <Reg*>PyMem_Calloc(n + 1, sizeof(Reg))  # numbers, with nothing to drop
    if own == NULL:
        raise MemoryError
    try:
        for i in range(n):
            own[i].tag = NUL
            Py_INCREF(PyTuple_GET_ITEM(args[1].v.o, i))
            load(m, f.level, own + i, PyTuple_GET_ITEM(args[1].v.o, i))
            if further_out(own + i, args + 1):
                key = i
                locate(m, args + 1, <PyObject*>key, own[i].v.o, own + i)
        return inner_level(m, f, number, args[0].v.o, own, n, args + 2, dst)
    finally:
        for i in range(n):
            drop(own + i)
        PyMem_Free(own)


cdef int switch_back(list states) except -1:
    """Leaves what the libraries have entered for the function of a level."""
    for (_, leave_), state in zip(switches, states):
        leave_(state)
    return 0


cdef int inner_level(Machine* m, Frame* f, int number, PyObject* function, Reg* inputs, int n, Reg* extra,
                     int dst) except -1:
    """Opens an inner level for a call of `function`, and closes it with its sweep."""
    cdef Tape* t
    cdef TapeBox box
    cdef Reg y, result
    cdef int i, index = m.nlevels, parent = f.level
    cdef Reg* own
    if index >= MAX_LEVELS:
        raise RecursionError(f"more than {MAX_LEVELS} nested levels of differentiation")
    box_ = TapeBox.__new__(TapeBox)
    box = box_
    t = &box.t
    t.level = index
    t.serial = new_serial()
    t.parent = parent
    t.heap = &m.heap
    m.levels[index] = t
    m.nlevels = index + 1
    if number == N_PULLBACK:
        t.watched = new_ref([])
    if number == N_PUSHED:
        t.forward = Py_None  # its tangents are taken at the end
    elif number == N_TAYLOR:
        t.forward = Py_Ellipsis  # its series are: `_rules` notes the arguments of calls
    y.tag = NUL
    y.slot = -1
    result.tag = NUL
    result.slot = -1
    own = <Reg*>PyMem_Calloc(n + 1, sizeof(Reg))  # numbers, with nothing to drop
    try:
        if own == NULL:
            raise MemoryError
        slots = []
        units = prepare([value_of(inputs + i) for i in range(n)]) if LIBRARIES else None
        for i in range(n):
            nested_input(m, t, inputs + i, own + i)
            slots.append(own[i].slot if own[i].tag >> 8 == index else -1)
        switched = [enter_(True) for enter_, _ in switches] if switches else None
        try:
            call_here(m, index, function, own, n, NULL, &y)
        finally:
            if switched is not None:
                switch_back(switched)
        raise_refused(t)
        finish_nested(m, t, number, slots, units, &y, extra, &result)
        move_reg(f.regs + dst, &result)
    except UnsupportedError as error:
        leave_call(m, error)
        raise
    finally:
        drop(&y)
        drop(&result)
        if own != NULL:
            for i in range(n):
                drop(own + i)
        PyMem_Free(own)
        release_generators(m, t)
        m.nlevels = index
        tape_clear(t)
        t.heap = NULL
    return 0


# -- inputs ---------------------------------------------------------------------


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
        slot = input_slot(t, <object>o)
        if slot == UNSEEN:
            slot = inner_container(m, t, r, set())
    if slot < 0:
        return 0
    if is_plain(t, slot):
        set_outer(t, slot, given)
    r.tag = (r.tag & 0xFF) | t.level << 8
    r.slot = slot
    return 0


cdef bint is_plain(Tape* t, int slot):
    return side_of(t, slot) != NULL and (side_of(t, slot).kind == S_INPUT or side_of(t, slot).kind == S_POISON)


cdef int inner_leaf(Tape* t, object value) except -2:
    cdef int slot
    if type(value) is float:
        slot = tape_side(t, S_INPUT, 1, 0, NULL, NULL, NULL, 0)
        return slot
    return leaf_slot(t, value)


cdef int inner_container(Machine* m, Tape* t, Reg* r, set opening) except -2:
    """A container as an input of an inner level: its leaves and what they are outside.

    `opening` are the ids of those that it is inside of.
    """
    cdef Location loc
    cdef Reg item
    cdef int slot, i
    slot = slot_of(t, r.v.o)
    if slot >= 0:
        return slot
    check_parts(<object>r.v.o)
    opening.add(id(<object>r.v.o))
    loc = open_container(t, <object>r.v.o, -2)
    for i in range(loc.n):
        value = loc.originals[i]
        item.tag = NUL
        Py_INCREF(<PyObject*>value)
        load(m, t.parent, &item, <PyObject*>value)
        if item.slot < 0 and r.slot >= 0:
            key = loc.keys[i] if loc.keys is not None else i
            locate(m, r, <PyObject*>key, <PyObject*>value, &item)
        s = inner_leaf(t, value)
        if s == UNSEEN:
            if id(value) in opening:
                s = UNSEEN
            else:
                s = nested_container(m, t, &item, opening) if is_container(value) else -1
        elif s >= 0:
            set_outer(t, s, &item)
        loc.slots[i] = s
        loc.first_slots[i] = s
        drop(&item)
    opening.discard(id(<object>r.v.o))
    slot = tape_side(t, S_STRUCT, 1, 0, NULL, <PyObject*>loc, NULL, 0)
    set_outer(t, slot, r)
    if map_put(t, r.v.o, slot) < 0:
        return -2
    if loc.kind >= L_DEQUE:
        settle_items(m, t, loc)
    return slot


cdef int nested_container(Machine* m, Tape* t, Reg* r, set opening) except -2:
    """The same for a container inside of another one."""
    Py_EnterRecursiveCall(" in an input of a gradient")
    try:
        return inner_container(m, t, r, opening)
    finally:
        Py_LeaveRecursiveCall()


# -- the sweep ------------------------------------------------------------------


cdef int finish_nested(Machine* m, Tape* t, int number, list slots, object units, Reg* y, Reg* tangents,
                       Reg* result) except -1:
    """The sweep of an inner level, run under the outer ones."""
    cdef Reg own[8]
    cdef int i, n
    cdef list outputs
    cdef tuple extra
    trees = [tree_of(t, s, {}) for s in slots]
    value = value_of(y)
    outputs = output_slots(m, t, y)
    while y.slot >= 0 and y.tag >> 8 > t.parent:
        outer_of(m, y)
    plan = plan_of(m, t)
    t.sweeping = True
    if number == N_PULLBACK:
        function, extra = _nested.pullback_pair, (plan, outputs, trees, watch_arrays(m, t), shape_of(value), units)
    elif number == N_PUSHED:
        function, extra = _nested_push.pushed_pair, (plan, outputs, trees)
    elif number == N_TAYLOR:
        from .series import level as series_level
        function, extra = series_level.series_pair, (plan, outputs, trees)
    else:
        seed = seed_for(value)
        function = _nested.gradient_pair if number == N_WITHGRADIENT else _nested.gradients
        extra = (plan, outputs, trees, seed, units)
    n = <int>len(extra) + 1
    for i in range(8):
        own[i].tag = NUL
    copy_reg(own, y)
    for i in range(1, n):
        put_new(own + i, <PyObject*>extra[i - 1])
    if tangents != NULL:
        copy_reg(own + n, tangents)
        copy_reg(own + n + 1, tangents + 1)
        n += 2
    try:
        call_here(m, t.parent, <PyObject*>(<object>function), own, n, NULL, result)
    finally:
        for i in range(n):
            drop(own + i)
    return 0


cdef object tree_of(Tape* t, int slot, dict seen):
    """The shape of an input, for `_nested.collect`: a slot, or (slot, class, kind, keys, trees).

    An object that is inside of itself is None there.
    """
    cdef Location loc
    cdef Side* side
    if slot < 0:
        return None
    side = side_of(t, slot)
    if side == NULL or side.kind != S_STRUCT:
        return slot
    if slot in seen:
        return seen[slot]
    seen[slot] = None
    loc = <Location>side.obj
    Py_EnterRecursiveCall(" in an input of a gradient")
    try:
        parts = [tree_of(t, loc.first_slots[i], seen) for i in range(loc.n)]
    finally:
        Py_LeaveRecursiveCall()
    kind, keys = "grad", loc.keys
    if loc.kind == L_CELL:
        kind = "cell"
    elif loc.kind == L_LIST or loc.kind == L_DEQUE:
        kind = "list"
    elif loc.kind == L_DICT or loc.kind == L_SET or loc.kind == L_FROZENSET:
        kind = "dict"
    elif loc.kind == L_TUPLE:
        fields = getattr(type(loc.container), "_fields", None)
        kind, keys = ("tuple", None) if fields is None else ("grad", list(fields))
    seen[slot] = slot, type(loc.container), kind, keys, parts
    return seen[slot]


cdef tuple memory_layout(Memory memory):
    """(number of elements, dtype, window of the root) of the shadow of a memory."""
    cdef Py_ssize_t size = memory.dtype.itemsize
    return (memory.hi - memory.lo) * memory.scale // size, memory.dtype, window_layout(whole_window(memory))


cdef tuple window_layout(Window w):
    """(offset, shape, strides, dtype, overlaps) of a part of a shadow, in elements of the dtype."""
    cdef Py_ssize_t size = w.dtype.itemsize, scale = w.memory.scale
    parts = [w.offset * scale, *[s * scale for s in w.strides]]
    if w.memory.kind == MEMORY_OF_RECORDS or any([n % size for n in parts]):
        raise UnsupportedError(
            "inside of a nested gradient, fields of records are written or seen: this version differentiates that at "
            "the outermost level only")
    return parts[0] // size, w.shape, tuple([n // size for n in parts[1:]]), w.dtype, w.overlaps


cdef tuple write_payload(Write w):
    """What the sweep of an inner level has to know of a write."""
    memory = memory_layout(w.window.memory) if w.window is not None else None
    return memory, window_layout(w.window) if w.window is not None else None, w.key, w.form, w.array, w.other


cdef list plan_of(Machine* m, Tape* t):
    """What a sweep of this tape has to do, last operation first."""
    cdef int i, j, end = -1
    cdef Stretch stretch
    cdef Side* s
    cdef Location loc
    plan = []
    for i in range(t.n - 1, -1, -1):
        s = side_of(t, i)
        if s == NULL:
            end = i + 1 if end < 0 else end
            if i == 0 or t.entries[i - 1].a == SPECIAL:
                stretch = stretch_of(m, t, i, end)
                plan.append((i, "floats", stretch, stretch.operands))
                end = -1
            continue
        if s.kind == S_INPUT:
            continue
        operands = [t.slots[s.first + j] for j in range(s.nargs)]
        if s.kind == S_RULE:
            loc = <Location>s.obj if s.obj != NULL else None
            shape = (type(loc.container), loc.keys, loc.n) if loc is not None else None
            plan.append((i, "rule", (*<tuple><object>s.back, shape), operands))
        elif s.kind == S_LEAF:
            plan.append((i, "leaf", <object>s.obj, operands))
        elif s.kind == S_STRUCT and s.nargs:
            plan.append((i, "struct", <object>s.obj, operands))
        elif s.kind == S_STRUCT:
            loc = <Location>s.obj
            payload = (loc.keys, type(loc.container))
            plan.append((i, "place", payload, [part_slot(t, loc, j) for j in range(loc.n)]))
        elif s.kind == S_VIEW:
            plan.append((i, "view", (memory_layout((<Window>s.obj).memory), window_layout(<Window>s.obj)), operands))
        elif s.kind == S_WRITE:
            plan.append((i, "write", write_payload(<Write>s.obj), operands))
        elif s.kind == S_NAMELESS:
            plan.append((i, "nameless", <object>s.obj, operands))
        elif s.kind == S_POISON:
            plan.append((i, "poison", <object>s.obj, operands))
        elif s.kind == S_CAST or s.kind == S_SAME:
            plan.append((i, "same", None, operands))
    return plan
