"""Forgetting what the tape of a level in forward mode no longer needs.

Once a tape was pushed forward, an operation is only its tangent, and that is needed as long as the program
has the value: in a register, or on the heap as an object that the tape knows.  All other nodes are taken off the tape,
and those that stay move together, so the tape of a loop is as long as what is alive.  That happens
at backward jumps and calls, when the tape has grown.

Some nodes do not move: those that the parts of containers and memories of arrays refer to, and those that
C code may know, which are older than the frame that it called the machine with.
"""

from libc.stdlib cimport qsort
from libc.string cimport memset

from ._arrays cimport Memory, is_array
from ._capi cimport *
from ._entry cimport breathe, entry_code
from ._generators cimport Generator
from ._hook cimport fewer_known
from ._inner_numbers cimport Stretch
from ._locations cimport Location
from ._machine cimport *
from ._push cimport Tangents
from ._structs cimport *
from ._tape cimport *
from ._values cimport is_digits_node

cdef enum:
    DEAD = -1
    ALIVE = -2            # may move
    LEAST = 4096          # entries
    LEAST_SIDES = 64
    A_FLOAT = 0           # nodes at the start of the tape, which stand for where a number came from
    AN_INTEGER = 1


cdef int begin(Tape* t, Tangents tangents) except -1:
    """Makes a level one of forward mode; it has nothing on its tape yet."""
    if t.all < 2 * LEAST and tape_reserve(t, 2 * LEAST) < 0:
        raise MemoryError
    t.cap = t.all // 2
    t.sides_enough = LEAST_SIDES
    t.forward = <PyObject*>tangents
    push1(t, -1, 0.0)
    if tape_side(t, S_INPUT, 1, 0, NULL, NULL, NULL, 0) < 0:
        raise MemoryError
    return 0


cdef int pause(Machine* m) except -1:
    """Every few thousand backward jumps and calls, or when a tape has grown."""
    cdef Tangents tangents
    cdef list _trash
    breathe()
    if m.nlevels != 1 or m.levels[0].forward == NULL:
        return 0
    tangents = <Tangents>m.levels[0].forward
    if tangents.pushing or m.levels[0].nsides < LEAST_SIDES // 2 and m.levels[0].n < LEAST // 2:
        return 0
    tangents.pushing = True
    m.quiet += 1
    try:
        tangents.push()
        _trash = collect(m, m.levels[0], tangents)
    finally:
        m.quiet -= 1
        tangents.pushing = False
    return 0


cdef struct Plan:
    int* to               # by node: where it goes, or DEAD
    int* living           # the nodes that stay on the tape and are not older than `free`
    int n                 # how many
    int free              # the first node that no C code knows
    char* taken           # by place: whether a node goes there


cdef list collect(Machine* m, Tape* t, Tangents tangents):
    """Takes off the tape what nothing refers to; returns it, because letting go of it may run code."""
    cdef Plan p
    cdef list trash = []
    cdef int i, n
    p.to = <int*>PyMem_Malloc((t.n + 1) * sizeof(int))
    p.living = <int*>PyMem_Malloc((t.n + 1) * sizeof(int))
    p.taken = <char*>PyMem_Calloc(t.n + 1, 1)
    try:
        if p.to == NULL or p.living == NULL or p.taken == NULL:
            raise MemoryError
        p.n, p.free = 0, oldest_free(m)
        memset(p.to, 0xFF, t.n * sizeof(int))
        for i in range(p.free):
            p.to[i] = i
        if t.nwritten:
            forget_memories(t, trash)
        forget_objects(t, trash)
        mark(m, t, &p)
        stretches = living_stretches(t, tangents)
        for stretch in stretches:
            mark_stretch(<Stretch>stretch, &p)
        pin(t, &p)
        n = places(&p)
        move_tangents(t, tangents, &p, n)
        move_entries(t, &p, n, trash)
        rename(m, t, tangents, p.to)
        for stretch in stretches:
            rename_stretch(<Stretch>stretch, p.to)
        t.n = tangents.done = n
        t.nsaved = t.nwrites = 0
        t.last_memory = NULL
        while t.all < 4 * n:
            if tape_reserve(t, 2 * <Py_ssize_t>t.all) < 0:
                raise MemoryError
        t.cap = t.all // 2
        t.sides_enough = 2 * t.nsides if t.nsides > LEAST_SIDES // 2 else LEAST_SIDES
    finally:
        PyMem_Free(p.to)
        PyMem_Free(p.living)
        PyMem_Free(p.taken)
    return trash


cdef int oldest_free(Machine* m) noexcept:
    """The first node that no C code knows."""
    cdef Frame* f = m.top
    while f != NULL and f.c != &entry_code.c:
        f = f.prev
    return f.dst if f != NULL else 0


# -- what is alive ----------------------------------------------------------------------


cdef int forget_memories(Tape* t, list trash) except -1:
    """Memories of arrays that were written, and that only the tape refers to."""
    cdef Memory memory
    cdef PyObject* owner
    cdef dict written = <dict><object>t.written
    for address in list(written):
        for one in list(written[address]):
            memory = <Memory>one
            owner = <PyObject*>memory.owner
            if not is_array(owner) or Py_REFCNT(owner) > 1 + (map_get(&t.map, owner) >= 0):
                continue
            trash.append(<object>owner)
            memory.owner = None
            written[address].remove(one)
            t.nwritten -= 1
        if not written[address]:
            del written[address]
    return 0


cdef int forget_objects(Tape* t, list trash) except -1:
    """Objects that only the tape refers to."""
    cdef int i, n = 0, used = t.map.used, cap = t.map.mask + 1
    cdef PyObject** keys = t.map.keys
    cdef int* slots = t.map.slots
    cdef PyObject* o
    for i in range(t.nfloats):
        if Py_REFCNT(t.floats[i].o) > 1:
            zyg_set_float_mark(t.floats[i].o, n)
            t.floats[n] = t.floats[i]
            n += 1
        else:
            Py_DECREF(t.floats[i].o)
    fewer_known(t.heap, t.nfloats - n)
    t.nfloats = n
    if keys == NULL:
        return 0
    memset(&t.map, 0, sizeof(t.map))
    t.nhashed = 0
    for i in range(cap):
        o = keys[i]
        if o == NULL:
            continue
        if Py_REFCNT(o) > 1:
            map_put(t, o, slots[i])
        else:
            trash.append(<object>o)
        Py_DECREF(o)
    fewer_known(t.heap, used)
    PyMem_RawFree(keys)
    PyMem_RawFree(slots)
    return 0


cdef inline void alive(Plan* p, int slot) noexcept:
    if slot >= 0 and p.to[slot] == DEAD:
        p.to[slot] = ALIVE
        p.living[p.n] = slot
        p.n += 1


cdef inline void stays(Plan* p, int slot) noexcept:
    if slot >= 0:
        alive(p, slot)
        p.to[slot] = slot


cdef int mark_frame(Frame* f, Plan* p) noexcept:
    cdef int i
    for i in range(f.c.nconsts, f.c.nregs):
        if f.regs[i].tag & 0xFF != NUL:
            alive(p, f.regs[i].slot)
    return 0


cdef int mark(Machine* m, Tape* t, Plan* p) noexcept:
    """What registers and known objects refer to."""
    cdef Frame* f = m.top
    cdef PyObject* gen = t.generators
    cdef int i
    while f != NULL:
        mark_frame(f, p)
        f = f.prev
    while gen != NULL:
        if (<Generator>gen).frame != NULL:
            mark_frame((<Generator>gen).frame, p)
        gen = (<Generator>gen).after
    for i in range(t.nfloats):
        alive(p, t.floats[i].slot)
    for i in range(t.map.mask + 1 if t.map.keys != NULL else 0):
        if t.map.keys[i] != NULL:
            alive(p, t.map.slots[i])
    return 0


cdef list living_stretches(Tape* t, Tangents tangents):
    """What pullbacks of inner levels refer to by number, of those that are still there."""
    tangents.stretches = [ref for ref in tangents.stretches if ref() is not None]
    found = [ref() for ref in tangents.stretches]
    return [s for s in found if s is not None and (<Stretch>s).serials[0] == t.serial]


cdef int mark_stretch(Stretch s, Plan* p) noexcept:
    cdef int i
    for i in range(s.n):
        if s.steps[i].da.tag >> 8 == 0:
            alive(p, s.steps[i].da.slot)
        if s.steps[i].db.tag >> 8 == 0:
            alive(p, s.steps[i].db.slot)
    return 0


cdef int pin(Tape* t, Plan* p) except -1:
    """What places in containers and memories of arrays refer to does not move."""
    cdef int i, j
    cdef Side* s
    cdef Location loc
    for i in range(t.nsides):
        s = t.sides + i
        if s.obj != NULL and Py_TYPE(s.obj) == <PyTypeObject*>Location and (s.kind == S_STRUCT or s.kind == S_RULE):
            stays(p, s.slot)
            loc = <Location>s.obj
            for j in range(loc.n):
                stays(p, loc.slots[j])
                stays(p, loc.first_slots[j])
        elif s.kind == S_POISON:  # an iterator may take items from it
            stays(p, s.slot)
        elif s.kind == S_VIEW and p.to[s.slot] != DEAD:
            stays(p, t.slots[s.first])
    if t.roots != NULL:
        for inputs in (<dict><object>t.roots).values():
            for slot, _ in inputs:
                stays(p, slot)
    if t.memories == NULL:
        return 0
    memories = <dict><object>t.memories
    for slot in list(memories):
        if p.to[<int>slot] == DEAD and (<Memory>memories[slot]).owner is None:
            del memories[slot]
        else:
            stays(p, slot)
            (<Memory>memories[slot]).kept = False
    return 0


cdef int places(Plan* p) noexcept:
    """Gives what moves the lowest free places, in order; the new number of nodes."""
    cdef int i, slot, n = p.free, free = p.free
    qsort(p.living, p.n, sizeof(int), &compare)
    for i in range(p.n):
        slot = p.living[i]
        if p.to[slot] == ALIVE:
            while p.to[free] == free:
                free += 1
            p.to[slot] = free
            free += 1
        p.taken[p.to[slot]] = 1
        if p.to[slot] >= n:
            n = p.to[slot] + 1
    return n


cdef int compare(const void* a, const void* b) noexcept nogil:
    return (<int*>a)[0] - (<int*>b)[0]


# -- moving -------------------------------------------------------------------------------


cdef int move_tangents(Tape* t, Tangents tangents, Plan* p, int n) noexcept:
    """Nodes go to places before them, the first ones first, so nothing is overwritten that is still needed."""
    cdef int i, k, slot, width = tangents.stride
    cdef Adj* at = tangents.at
    for i in range(t.nsides):
        slot = t.sides[i].slot
        if p.to[slot] == DEAD and t.sides[i].isobj:
            Py_XDECREF(at[<Py_ssize_t>slot * width].o)  # numbers, arrays and containers of them
    if t.nints:
        for i in range(p.free, t.n):
            if p.to[i] == DEAD and t.entries[i].a <= INTS:
                Py_XDECREF(at[<Py_ssize_t>i * width].o)
    for i in range(p.n):
        slot = p.living[i]
        if p.to[slot] != slot:
            for k in range(width):
                at[<Py_ssize_t>p.to[slot] * width + k] = at[<Py_ssize_t>slot * width + k]
    for i in range(p.free, n):
        if not p.taken[i]:
            memset(at + <Py_ssize_t>i * width, 0, width * sizeof(Adj))
    memset(at + <Py_ssize_t>n * width, 0, <size_t>(t.n - n) * width * sizeof(Adj))
    return 0


cdef int move_entries(Tape* t, Plan* p, int n, list trash) except -1:
    """Entries, side records and their operands.

    What was pushed forward has no operands any more but those that places need; an integer tells by its operand
    whether it may be the digits of a float.
    """
    cdef int i, j, slot, k = 0, first = 0
    cdef Side* s
    cdef bint digits
    for i in range(p.n):
        slot = p.living[i]
        if t.entries[slot].a == SPECIAL:
            continue
        digits = t.entries[slot].a <= INTS
        if digits:
            t.entries[slot].a = INTS - (A_FLOAT if is_digits_node(t, slot) else AN_INTEGER)
        else:
            t.entries[slot].a = -1
        t.entries[slot].b = -1
    for i in range(t.nsides):  # while all operands are there
        s = t.sides + i
        if s.slot >= p.free and p.to[s.slot] != DEAD and not keeps_operands(s):
            s.nargs = s.isobj and s.nargs and is_digits_node(t, s.slot)
            if s.nargs:
                t.slots[s.first] = A_FLOAT
    for i in range(t.nsides):
        s = t.sides + i
        if p.to[s.slot] == DEAD:
            throw(trash, s)
            continue
        if keeps_operands(s):
            for j in range(s.nargs):
                t.slots[first + j] = p.to[t.slots[s.first + j]] if t.slots[s.first + j] >= 0 else -1
        else:
            simplify(s, trash)
            for j in range(s.nargs):
                t.slots[first + j] = t.slots[s.first + j]
        s.first = first
        first += s.nargs
        s.slot = p.to[s.slot]
        t.sides[k] = s[0]
        k += 1
    for i in range(p.n):
        slot = p.living[i]
        t.entries[p.to[slot]] = t.entries[slot]
    for i in range(p.free, n):
        if not p.taken[i]:
            t.entries[i].a = t.entries[i].b = -1
    for i in range(k):
        t.entries[t.sides[i].slot].b = i
    t.nsides = k
    t.nslots = first
    return 0


cdef bint keeps_operands(Side* s) noexcept:
    return s.kind == S_VIEW or s.kind == S_LEAF


cdef int simplify(Side* s, list trash) except -1:
    """A node that was pushed forward is a value with a tangent."""
    cdef int kind = s.kind
    cdef PyObject* obj
    if kind == S_INPUT or kind == S_STRUCT and s.obj != NULL and Py_TYPE(s.obj) == <PyTypeObject*>Location \
            or kind == S_POISON or kind == S_MEMORY or kind == S_NAMELESS:
        return 0
    if kind == S_RULE:
        pair = (None, (<tuple><object>s.back)[1], None)
        trash.append(<object>s.back)
        Py_DECREF(s.back)
        s.back = <PyObject*>pair
        Py_INCREF(s.back)
        return 0
    s.kind = S_SAME
    obj = s.obj
    s.obj = NULL
    if obj != NULL:
        trash.append(<object>obj)
        Py_DECREF(obj)
    return 0


cdef int throw(list trash, Side* s) except -1:
    cdef PyObject* parts[3]
    cdef int i
    parts[0], parts[1], parts[2] = s.back, s.obj, s.code
    for i in range(3):
        if parts[i] != NULL:
            trash.append(<object>parts[i])
            Py_DECREF(parts[i])
    s.back = s.obj = s.code = NULL
    return 0


# -- new names ------------------------------------------------------------------------------


cdef int rename_frame(Frame* f, int* to) noexcept:
    cdef int i
    for i in range(f.c.nconsts, f.c.nregs):
        if f.regs[i].tag & 0xFF != NUL and f.regs[i].slot >= 0:
            f.regs[i].slot = to[f.regs[i].slot]
    return 0


cdef int rename_stretch(Stretch s, int* to) noexcept:
    cdef int i
    for i in range(s.n):
        if s.steps[i].da.slot >= 0 and s.steps[i].da.tag >> 8 == 0:
            s.steps[i].da.slot = to[s.steps[i].da.slot]
        if s.steps[i].db.slot >= 0 and s.steps[i].db.tag >> 8 == 0:
            s.steps[i].db.slot = to[s.steps[i].db.slot]
    return 0


cdef int rename(Machine* m, Tape* t, Tangents tangents, int* to) except -1:
    cdef Frame* f = m.top
    cdef PyObject* gen = t.generators
    cdef int i
    while f != NULL:
        if f.gen == NULL or (<Generator>f.gen).tape != t:  # once
            rename_frame(f, to)
        f = f.prev
    while gen != NULL:
        if (<Generator>gen).frame != NULL:
            rename_frame((<Generator>gen).frame, to)
        gen = (<Generator>gen).after
    for i in range(t.nfloats):
        t.floats[i].slot = to[t.floats[i].slot]
    for i in range(t.map.mask + 1 if t.map.keys != NULL else 0):
        if t.map.keys[i] != NULL:
            t.map.slots[i] = to[t.map.slots[i]]
    tangents.bad = {to[<int>slot]: message for slot, message in tangents.bad.items() if to[<int>slot] != DEAD}
    return 0
