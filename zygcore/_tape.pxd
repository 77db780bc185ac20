"""The tape of one level, and the map from objects to slots."""

from libc.stdint cimport uint64_t

from ._capi cimport PyFloat_Type, PyObject, Py_TYPE, ZYG_MARKS, zyg_float_mark
from ._structs cimport INTS, S_PUT, S_VIEW, S_WRITE, SPECIAL, Entry, IdMap, Known, Meta, Range, Reg, Side


cdef struct Tape:
    Entry* entries
    int n
    int cap
    Side* sides
    int nsides
    int sides_cap
    int* slots
    int nslots
    int slots_cap
    IdMap map               # known objects but the floats of our making (owned)
    Known* floats           # known float objects of our making
    int nfloats
    int floats_cap
    int nhashed             # known floats that are in `map`
    Meta* outer             # parallel to entries; only at inner levels
    int outer_cap
    Meta* slopes            # two an entry: what its partial derivatives are further out; at inner levels
    int slopes_cap
    unsigned long long serial   # one for each level that was ever opened
    int level               # index of the level, which is in the tags of its values
    int parent              # the level that is visible outside it, -1: none
    PyObject* generators    # borrowed: the first of the generators made under this level, or NULL
    int npoison
    Range* ranges           # where the memory is that `saved` are owners of
    int nranges
    int ranges_cap
    IdMap saved             # memory owners of arrays that pullbacks keep (addresses only)
    PyObject* library_arrays  # owned: a dict, id -> Kept, an array of another library that a pullback may keep; or NULL
    PyObject* watched       # owned: weak references to what is in `saved`, or NULL
    PyObject* memories      # owned: a dict, root node -> Memory; or NULL
    PyObject* last_memory   # borrowed: what `memories` has for the node `last_root`, or NULL
    int last_root
    PyObject* written       # owned: a dict, owner's address -> [Memory] of what was written; or NULL
    PyObject* roots         # owned: a dict, owner's address -> [(node, array)] of inputs; or NULL
    int nwritten            # how many are in `written`
    int nwrites             # S_WRITE nodes
    PyObject* refused       # owned: the first UnsupportedError that was raised in its frames; or NULL
    bint sweeping           # at an inner level: its sweep has begun
    int nsaved              # of them, those that keep what they overwrote
    int nints               # exact integers
    bint digits             # a rule made something other than a float of a float: maybe its digits
    PyObject* forward       # borrowed: the Tangents of a level in forward mode, or NULL
    int all                 # entries there is memory for: in forward mode `cap` is less until it is time to collect
    int sides_enough        # in forward mode: with more, too
    int* heap               # counts the known objects of all levels of the machine


cdef class TapeBox:
    """Owns a tape."""
    cdef Tape t


cdef int tape_grow(Tape* t) noexcept
cdef int tape_reserve(Tape* t, Py_ssize_t cap) noexcept
cdef int set_outer(Tape* t, int slot, Reg* r) except -1
cdef int set_slopes(Tape* t, int slot, Reg* a, Reg* b) except -1
cdef unsigned long long new_serial() noexcept
cdef int tape_side(Tape* t, int kind, int isobj, int nargs, PyObject* back, PyObject* obj,
                   PyObject* code, int pc) noexcept
cdef void tape_clear(Tape* t) noexcept
cdef int range_add(Tape* t, size_t lo, size_t hi) noexcept
cdef int float_put(Tape* t, PyObject* o, int slot) noexcept
cdef int map_put(Tape* t, PyObject* key, int slot) noexcept


cdef PyObject* owner_of(PyObject* array) noexcept
cdef int set_add(IdMap* s, PyObject* key) noexcept
cdef bint set_has(IdMap* s, PyObject* key) noexcept


cdef inline size_t key_place(PyObject** keys, int mask, PyObject* key) noexcept:
    """Where a key is, or would go."""
    cdef size_t i = ((<size_t>key >> 4) * <size_t>0x9E3779B97F4A7C15) >> 20 & mask
    while keys[i] != NULL and keys[i] != key:
        i = (i + 1) & mask
    return i


cdef inline int map_get(IdMap* m, PyObject* key) noexcept:
    """The slot of an object, or -1."""
    cdef size_t i
    if m.used == 0:
        return -1
    i = key_place(m.keys, m.mask, key)
    return -1 if m.keys[i] == NULL else m.slots[i]


cdef inline int slot_of(Tape* t, PyObject* o) noexcept:
    """The slot of a known object, or -1."""
    cdef unsigned int mark
    if ZYG_MARKS and Py_TYPE(o) == &PyFloat_Type:
        mark = zyg_float_mark(o)
        if mark < <unsigned int>t.nfloats and t.floats[mark].o == o:
            return t.floats[mark].slot
        if t.nhashed == 0:
            return -1
    return map_get(&t.map, o)


cdef inline int push2(Tape* t, int sa, int sb, double da, double db) noexcept:
    """Records a float with partials da, db; the slot, or -2 out of memory."""
    cdef int n = t.n
    cdef Entry* e
    if n == t.cap and tape_grow(t) < 0:
        return -2
    e = t.entries + n
    if sa >= 0:
        e.a = sa
        e.b = sb
        e.da = da
        e.db = db
    else:
        e.a = sb
        e.b = -1
        e.da = db
        e.db = 0.0
    t.n = n + 1
    return n


cdef inline int push1(Tape* t, int sa, double da) noexcept:
    return push2(t, sa, -1, da, 0.0)


cdef inline int push_ints(Tape* t, int sa, int sb, long long pa, long long pb) noexcept:
    """Records an exact integer with integer partials."""
    cdef int n = t.n
    cdef Entry* e
    if n == t.cap and tape_grow(t) < 0:
        return -2
    e = t.entries + n
    t.nints += 1
    if sa < 0:
        sa, sb = sb, -1
        pa = pb
    e.a = INTS - sa
    e.b = sb
    (<long long*>&e.da)[0] = pa
    (<long long*>&e.db)[0] = pb
    t.n = n + 1
    return n


cdef inline int memory_node(Tape* t, int slot) noexcept:
    """The node that takes the cotangent: of an array that shows another's memory, that of the other."""
    cdef Side* s
    if slot >= 0 and t.entries[slot].a == SPECIAL:
        s = t.sides + t.entries[slot].b
        if s.kind == S_VIEW:
            return t.slots[s.first]
    return slot


cdef inline void mark_operands(Tape* t, int i, char* mark) noexcept:
    """Marks the nodes that a node was computed from.  To be called for all nodes, last one first."""
    cdef Entry* e = t.entries + i
    cdef Side* s
    cdef int j
    if e.a == SPECIAL:
        s = t.sides + e.b
        if s.kind == S_WRITE or s.kind == S_PUT:  # what was written is read by whatever reads the memory later
            if t.slots[s.first] >= 0 and mark[t.slots[s.first]] and t.slots[s.first + 1] >= 0:
                mark[memory_node(t, t.slots[s.first + 1])] = 1
            return
        if not mark[i]:
            return
        for j in range(s.nargs):
            if t.slots[s.first + j] >= 0:
                mark[memory_node(t, t.slots[s.first + j])] = 1
        return
    if not mark[i]:
        return
    if e.a != -1:
        mark[e.a if e.a >= 0 else INTS - e.a] = 1
    if e.b >= 0:
        mark[e.b] = 1


cdef inline bint is_object(Tape* t, int slot) noexcept:
    """Is the cotangent of this node an object (not a double)?"""
    cdef int a = t.entries[slot].a
    if a >= -1:
        return False
    if a == SPECIAL:
        return t.sides[t.entries[slot].b].isobj
    return True


cdef inline Side* side_of(Tape* t, int slot) noexcept:
    """The side record of a node, or NULL."""
    if t.entries[slot].a != SPECIAL:
        return NULL
    return t.sides + t.entries[slot].b
