"""Growth and clearing of tapes; the open-addressing map from objects to slots.

A tape is three C arrays: 24-byte entries, one per recorded operation, whose
index is the slot of the result; side records for what is not plain scalar
arithmetic; and the operand slots of side records.  Nothing here decides what
is recorded.
"""

cimport cython
from libc.string cimport memset

from ._capi cimport *
from ._hook cimport fewer_known, more_known
from ._machine cimport machine_of
from ._structs cimport SPECIAL, Entry, IdMap, Known, Meta, Reg, Side

import numpy as np
from numpy.lib._stride_tricks_impl import DummyArray


cdef PyTypeObject* STRIDED = <PyTypeObject*><PyObject*>DummyArray

cdef enum:
    REUSED = 1 << 19        # entries of a tape that is used again


cdef void* more_memory(void* p, size_t size) noexcept:
    """A larger array for the old one; NULL and MemoryError when there is none."""
    p = PyMem_RawRealloc(p, size)
    if p == NULL:
        PyErr_SetString(<PyObject*>MemoryError, "zygcore: no memory for the tape")
    return p


cdef int tape_grow(Tape* t) noexcept:
    """Makes room for one more entry; -1 and MemoryError when there is none."""
    if t.forward != NULL:
        ask_for_pause(t)
        if t.cap < t.all:
            t.cap = t.all
            return 0
    return tape_reserve(t, 256 if t.cap == 0 else <Py_ssize_t>t.cap * 2)


cdef int tape_reserve(Tape* t, Py_ssize_t cap) noexcept:
    """Makes room for so many entries."""
    cdef void* p
    if cap > 0x7FFFFFF0:
        cap = 0x7FFFFFF0
    if t.n >= cap:
        PyErr_SetString(PyExc_OverflowError, "zygcore: a tape holds at most 2**31 operations; "
                        "put zygcore.checkpoint around parts of the program")
        return -1
    p = more_memory(t.entries, cap * sizeof(Entry))
    if p == NULL:
        return -1
    t.entries = <Entry*>p
    t.cap = t.all = <int>cap
    return 0


cdef void ask_for_pause(Tape* t) noexcept:
    """Has the machine collect at the next backward jump or call."""
    if t.heap != NULL:
        machine_of(t).ticks |= 0x3FFF


cdef int tape_side(Tape* t, int kind, int isobj, int nargs, PyObject* back, PyObject* obj,
                   PyObject* code, int pc) noexcept:
    """A new side record and its entry; the slot, or -2.  References are taken.

    The operand slots are ``t.slots[side.first:]``, to be filled by the caller.
    """
    cdef Side* s
    cdef int cap
    cdef void* p
    if t.n == t.cap and tape_grow(t) < 0:
        return -2
    if t.forward != NULL and t.nsides >= t.sides_enough:
        ask_for_pause(t)
    if t.nsides == t.sides_cap:
        cap = 64 if t.sides_cap == 0 else t.sides_cap * 2
        p = more_memory(t.sides, cap * sizeof(Side))
        if p == NULL:
            return -2
        t.sides = <Side*>p
        t.sides_cap = cap
    if t.nslots + nargs > t.slots_cap:
        cap = 128 + 2 * (t.nslots + nargs)
        p = more_memory(t.slots, cap * sizeof(int))
        if p == NULL:
            return -2
        t.slots = <int*>p
        t.slots_cap = cap
    s = t.sides + t.nsides
    s.kind = kind
    s.isobj = isobj
    s.nargs = nargs
    s.first = t.nslots
    s.slot = t.n
    s.back = back
    s.obj = obj
    s.code = code
    s.pc = pc
    Py_XINCREF(back)
    Py_XINCREF(obj)
    Py_XINCREF(code)
    t.entries[t.n].a = SPECIAL
    t.entries[t.n].b = t.nsides
    t.nslots += nargs
    t.nsides += 1
    t.n += 1
    return t.n - 1


cdef void tape_clear(Tape* t) noexcept:
    """Forgets everything; memory up to a modest size is kept for the next use."""
    cdef int i, nsides = t.nsides
    cdef Side* s
    t.nsides = 0
    t.n = 0
    t.nslots = 0
    t.npoison = 0
    t.nints = 0
    t.digits = False
    for i in range(nsides - 1, -1, -1):
        s = t.sides + i
        Py_XDECREF(s.back)
        Py_XDECREF(s.obj)
        Py_XDECREF(s.code)
    map_clear(t)
    floats_clear(t)
    Py_XDECREF(t.library_arrays)
    Py_XDECREF(t.watched)
    Py_XDECREF(t.memories)
    Py_XDECREF(t.written)
    Py_XDECREF(t.roots)
    Py_XDECREF(t.refused)
    t.library_arrays = t.watched = t.memories = t.written = t.roots = t.refused = t.last_memory = NULL
    t.nwritten = t.nwrites = t.nsaved = 0
    t.sweeping = False
    t.forward = NULL
    t.nranges = 0
    if t.ranges_cap > 64:
        PyMem_RawFree(t.ranges)
        t.ranges = NULL
        t.ranges_cap = 0
    if t.saved.keys != NULL:
        PyMem_RawFree(t.saved.keys)
        memset(&t.saved, 0, sizeof(t.saved))
    t.cap = t.all
    if t.cap > REUSED:
        PyMem_RawFree(t.entries)
        t.entries = NULL
        t.cap = t.all = 0
    if t.sides_cap > 8192:
        PyMem_RawFree(t.sides)
        t.sides = NULL
        t.sides_cap = 0
    if t.outer != NULL:
        PyMem_RawFree(t.outer)
        t.outer = NULL
        t.outer_cap = 0
    if t.slopes != NULL:
        PyMem_RawFree(t.slopes)
        t.slopes = NULL
        t.slopes_cap = 0


cdef void map_clear(Tape* t) noexcept:
    cdef PyObject** keys = t.map.keys
    cdef int* slots = t.map.slots
    cdef int i, n = t.map.mask + 1
    if keys == NULL:
        return
    if t.heap != NULL:
        fewer_known(t.heap, t.map.used)
    memset(&t.map, 0, sizeof(t.map))
    t.nhashed = 0
    for i in range(n):
        if keys[i] != NULL:
            Py_DECREF(keys[i])
    PyMem_RawFree(keys)
    PyMem_RawFree(slots)


cdef int room_for_key(IdMap* s, bint with_slots) noexcept:
    """Makes room for one more key; -1 and MemoryError when there is none."""
    cdef int i, cap, n = 0 if s.keys == NULL else s.mask + 1
    cdef size_t j
    cdef PyObject** keys
    cdef int* slots
    if s.used * 2 < n:
        return 0
    cap = 2 * n if n else 64
    keys = <PyObject**>more_memory(NULL, cap * sizeof(PyObject*))
    slots = <int*>more_memory(NULL, cap * sizeof(int)) if with_slots else NULL
    if keys == NULL or with_slots and slots == NULL:
        PyMem_RawFree(keys)
        PyMem_RawFree(slots)
        return -1
    memset(keys, 0, cap * sizeof(PyObject*))
    for i in range(n):
        if s.keys[i] != NULL:
            j = key_place(keys, cap - 1, s.keys[i])
            keys[j] = s.keys[i]
            if with_slots:
                slots[j] = s.slots[i]
    PyMem_RawFree(s.keys)
    PyMem_RawFree(s.slots)
    s.keys, s.slots = keys, slots
    s.mask = cap - 1
    return 0


cdef int map_put(Tape* t, PyObject* key, int slot) noexcept:
    """Makes an object known; the map holds a reference until the tape is cleared."""
    cdef size_t i
    if room_for_key(&t.map, True) < 0:
        return -1
    i = key_place(t.map.keys, t.map.mask, key)
    t.map.slots[i] = slot
    if t.map.keys[i] == key:
        return 0
    Py_INCREF(key)
    t.map.keys[i] = key
    t.map.used += 1
    if Py_TYPE(key) == &PyFloat_Type:
        t.nhashed += 1
    if t.heap != NULL:
        more_known(t.heap)
    return 0


cdef int float_put(Tape* t, PyObject* o, int slot) noexcept:
    """Makes a float known that was just made by `zyg_fresh_float`."""
    if not ZYG_MARKS:
        return map_put(t, o, slot)
    if t.nfloats == t.floats_cap and make_room(t) < 0:
        return -1
    Py_INCREF(o)
    zyg_set_float_mark(o, t.nfloats)
    t.floats[t.nfloats].o = o
    t.floats[t.nfloats].slot = slot
    t.nfloats += 1
    if t.heap != NULL:
        more_known(t.heap)
    return 0


cdef int make_room(Tape* t) noexcept:
    """Forgets the floats that nobody else refers to any more; a larger table if that are few."""
    cdef int i, n = 0, cap
    cdef Known* p = t.floats
    for i in range(t.nfloats):
        if Py_REFCNT(p[i].o) == 1:
            Py_DECREF(p[i].o)
            continue
        zyg_set_float_mark(p[i].o, n)
        p[n] = p[i]
        n += 1
    if t.heap != NULL:
        fewer_known(t.heap, t.nfloats - n)
    t.nfloats = n
    if n < t.floats_cap // 2:
        return 0
    cap = 64 if t.floats_cap == 0 else t.floats_cap * 2
    p = <Known*>more_memory(p, cap * sizeof(Known))
    if p == NULL:
        return -1
    t.floats = p
    t.floats_cap = cap
    return 0


cdef void floats_clear(Tape* t) noexcept:
    cdef int i, n = t.nfloats
    t.nfloats = 0
    if t.heap != NULL:
        fewer_known(t.heap, n)
    for i in range(n):
        Py_DECREF(t.floats[i].o)
    if t.floats_cap > 8192:
        PyMem_RawFree(t.floats)
        t.floats = NULL
        t.floats_cap = 0


cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray


cdef PyObject* owner_of(PyObject* array) noexcept:
    """The object at the end of the chain of bases: whose memory an array uses."""
    cdef PyObject* base
    while Py_TYPE(array) == ARRAY or issubclass(type(<object>array), np.ndarray):
        base = zyg_array_base(array)
        if base == NULL:
            break
        if Py_TYPE(base) == STRIDED:  # what `as_strided` puts between a view and its array
            inside = (<object>base).base
            if inside is not None:
                base = <PyObject*>inside
        array = base
    return array


cdef bint set_has(IdMap* s, PyObject* key) noexcept:
    return s.keys != NULL and s.keys[key_place(s.keys, s.mask, key)] != NULL


cdef int set_add(IdMap* s, PyObject* key) noexcept:
    """Adds an address; no reference is taken, so that memory is not kept alive."""
    cdef size_t i
    if room_for_key(s, False) < 0:
        return -1
    i = key_place(s.keys, s.mask, key)
    if s.keys[i] == NULL:
        s.keys[i] = key
        s.used += 1
    return 0


cdef int range_add(Tape* t, size_t lo, size_t hi) noexcept:
    """Notes addresses of kept memory."""
    cdef Range* p
    if lo == hi or t.nranges and t.ranges[t.nranges - 1].lo == lo and t.ranges[t.nranges - 1].hi == hi:
        return 0
    if t.nranges == t.ranges_cap:
        p = <Range*>more_memory(t.ranges, (2 * t.ranges_cap + 16) * sizeof(Range))
        if p == NULL:
            return -1
        t.ranges = p
        t.ranges_cap = 2 * t.ranges_cap + 16
    t.ranges[t.nranges].lo, t.ranges[t.nranges].hi = lo, hi
    t.nranges += 1
    return 0


@cython.final
cdef class TapeBox:
    def __cinit__(self):
        memset(&self.t, 0, sizeof(Tape))

    def __dealloc__(self):
        self.t.heap = NULL
        tape_clear(&self.t)
        PyMem_RawFree(self.t.entries)
        PyMem_RawFree(self.t.ranges)
        PyMem_RawFree(self.t.sides)
        PyMem_RawFree(self.t.slots)
        PyMem_RawFree(self.t.floats)


cdef int set_outer(Tape* t, int slot, Reg* r) except -1:
    """Notes what the value of a new node is at the outer levels."""
    cdef int i, cap
    cdef Meta* p
    if t.level == 0:
        return 0
    if slot >= t.outer_cap:
        cap = slot * 2 + 64
        p = <Meta*>more_memory(t.outer, cap * sizeof(Meta))
        if p == NULL:
            return -1
        for i in range(t.outer_cap, cap):
            p[i].tag = 0
            p[i].slot = -1
        t.outer = p
        t.outer_cap = cap
    t.outer[slot].tag = r.tag if r != NULL else 0
    t.outer[slot].slot = r.slot if r != NULL else -1
    return 0


cdef int set_slopes(Tape* t, int slot, Reg* a, Reg* b) except -1:
    """Notes what the partial derivatives of a float are at the outer levels."""
    cdef int cap
    cdef Meta* p
    if slot >= t.slopes_cap:
        cap = slot * 2 + 64
        p = <Meta*>more_memory(t.slopes, 2 * <size_t>cap * sizeof(Meta))
        if p == NULL:
            return -1
        t.slopes = p
        t.slopes_cap = cap
    t.slopes[2 * slot].tag, t.slopes[2 * slot].slot = a.tag, a.slot
    t.slopes[2 * slot + 1].tag, t.slopes[2 * slot + 1].slot = b.tag, b.slot
    return 0


cdef unsigned long long serials = 0


cdef unsigned long long new_serial() noexcept:
    global serials
    serials += 1
    return serials
