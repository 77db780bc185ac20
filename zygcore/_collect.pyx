"""Forgetting what the tape of a level in forward mode no longer needs.

Once a tape was pushed forward, an operation is only its tangent, and that is needed as long as the program
has the value: in a register, or on the heap as an object that the tape knows.  All other nodes are taken off the tape,
and those that stay move together, so the tape of a loop is as long as what is alive.  That happens
at backward jumps and calls, when the tape has grown.

Some nodes do not move: those that the parts of containers and memories of arrays refer to, and those that
C code may know, which are older than the frame that it called the machine with.
"""

from libc.string cimport memset

from ._arrays cimport Memory, is_array
from ._capi cimport *
from ._entry cimport breathe, entry_code
from ._generators cimport Generator
from ._hook cimport fewer_known
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
    cdef list trash
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
        trash = collect(m, m.levels[0], tangents)
    finally:
        m.quiet -= 1
        tangents.pushing = False
    return 0


cdef list collect(Machine* m, Tape* t, Tangents tangents):
    """Takes off the tape what nothing refers to; returns it, because letting go of it may run code."""
    cdef int* to = <int*>PyMem_Malloc((t.n + 1) * sizeof(int))
    cdef char* taken = <char*>PyMem_Calloc(t.n + 1, 1)
    cdef list trash = []
    cdef int i, n, free
    try:
        if to == NULL or taken == NULL:
            raise MemoryError
        free = oldest_free(m)
        for i in range(t.n):
            to[i] = i if i < free else DEAD
        if t.nwritten:
            forget_memories(t, trash)
        forget_objects(t, trash)
        mark(m, t, to)
        pin(t, to)
        n = places(t, to, free)
        move_tangents(t, tangents, to, n)
        move_entries(t, to, n, taken, trash)
        rename(m, t, tangents, to)
        t.n = tangents.done = n
        t.nsaved = t.nwrites = 0
        t.last_memory = NULL
        while t.all < 4 * n:
            if tape_reserve(t, 2 * <Py_ssize_t>t.all) < 0:
                raise MemoryError
        t.cap = t.all // 2
        t.sides_enough = 2 * t.nsides if t.nsides > LEAST_SIDES // 2 else LEAST_SIDES
    finally:
        PyMem_Free(to)
        PyMem_Free(taken)
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


cdef inline void alive(int* to, int slot) noexcept:
    if slot >= 0 and to[slot] == DEAD:
        to[slot] = ALIVE


cdef inline void stays(int* to, int slot) noexcept:
    if slot >= 0:
        to[slot] = slot


cdef int mark_frame(Frame* f, int* to) noexcept:
    cdef int i
    for i in range(f.c.nconsts, f.c.nregs):
        if f.regs[i].tag & 0xFF != NUL:
            alive(to, f.regs[i].slot)
    return 0


cdef int mark(Machine* m, Tape* t, int* to) noexcept:
    """What registers and known objects refer to."""
    cdef Frame* f = m.top
    cdef PyObject* gen = t.generators
    cdef int i
    while f != NULL:
        mark_frame(f, to)
        f = f.prev
    while gen != NULL:
        if (<Generator>gen).frame != NULL:
            mark_frame((<Generator>gen).frame, to)
        gen = (<Generator>gen).after
    for i in range(t.nfloats):
        alive(to, t.floats[i].slot)
    for i in range(t.map.mask + 1 if t.map.keys != NULL else 0):
        if t.map.keys[i] != NULL:
            alive(to, t.map.slots[i])
    return 0


cdef int pin(Tape* t, int* to) except -1:
    """What places in containers and memories of arrays refer to does not move."""
    cdef int i, j
    cdef Side* s
    cdef Location loc
    for i in range(t.nsides):
        s = t.sides + i
        if s.obj != NULL and Py_TYPE(s.obj) == <PyTypeObject*>Location and (s.kind == S_STRUCT or s.kind == S_RULE):
            stays(to, s.slot)
            loc = <Location>s.obj
            for j in range(loc.n):
                stays(to, loc.slots[j])
                stays(to, loc.first_slots[j])
        elif s.kind == S_VIEW and to[s.slot] != DEAD:
            stays(to, t.slots[s.first])
    if t.roots != NULL:
        for inputs in (<dict><object>t.roots).values():
            for slot, _ in inputs:
                stays(to, slot)
    if t.memories == NULL:
        return 0
    memories = <dict><object>t.memories
    for slot in list(memories):
        if to[<int>slot] == DEAD and (<Memory>memories[slot]).owner is None:
            del memories[slot]
        else:
            stays(to, slot)
            (<Memory>memories[slot]).kept = False
    return 0


cdef int places(Tape* t, int* to, int free) noexcept:
    """Gives what moves the lowest free places; the new number of nodes."""
    cdef int i, n = free
    for i in range(free, t.n):
        if to[i] == ALIVE:
            while to[free] == free:
                free += 1
            to[i] = free
            free += 1
        if to[i] >= n:
            n = to[i] + 1
    return n


# -- moving -------------------------------------------------------------------------------


cdef int move_tangents(Tape* t, Tangents tangents, int* to, int n) noexcept:
    cdef int i, k, width = tangents.stride
    cdef Adj* at = tangents.at
    cdef Adj* x
    for i in range(t.n):
        x = at + <Py_ssize_t>i * width
        if to[i] == i:
            continue
        if to[i] == DEAD:
            if is_object(t, i):
                Py_XDECREF(x.o)  # numbers, arrays and containers of them
        else:
            for k in range(width):
                at[<Py_ssize_t>to[i] * width + k] = x[k]
        for k in range(width):
            x[k].f = 0.0
    return 0


cdef int move_entries(Tape* t, int* to, int n, char* taken, list trash) except -1:
    """Entries, side records and their operands.  Nodes that stay have no operands any more but those that places need."""
    cdef int i, j, k = 0, first = 0
    cdef Side* s
    cdef Side done
    cdef bint digits
    for i in range(t.n):
        if to[i] == DEAD or t.entries[i].a == SPECIAL:
            continue
        if t.entries[i].a <= INTS:
            digits = is_digits_node(t, i)
            t.entries[i].a = INTS - (A_FLOAT if digits else AN_INTEGER)
        else:
            t.entries[i].a = -1
        t.entries[i].b = -1
    for i in range(t.nsides):  # while all operands are there
        s = t.sides + i
        if to[s.slot] != DEAD and not keeps_operands(s):
            s.nargs = s.isobj and s.nargs and is_digits_node(t, s.slot)
            if s.nargs:
                t.slots[s.first] = A_FLOAT
    for i in range(t.nsides):
        s = t.sides + i
        if to[s.slot] == DEAD:
            throw(trash, s)
            continue
        if keeps_operands(s):
            for j in range(s.nargs):
                t.slots[first + j] = to[t.slots[s.first + j]] if t.slots[s.first + j] >= 0 else -1
        else:
            simplify(s, trash)
            if s.nargs:
                t.slots[first] = t.slots[s.first]
        s.first = first
        first += s.nargs
        s.slot = to[s.slot]
        done = s[0]
        t.sides[k] = done
        k += 1
    for i in range(t.n):
        if to[i] >= 0:
            t.entries[to[i]] = t.entries[i]
            taken[to[i]] = 1
    for i in range(n):
        if not taken[i]:
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
