"""Objects that stand in the places of the leaves of an input, and are known by identity.

Threads that differentiate code over one container must not take them from each other: an object that
one of them has put there stays, and is known to the others as well, until the last of them is done.
"""

from ._capi cimport *
from ._machine cimport Machine
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

from .errors import UnsupportedError

# id -> StandIn
cdef dict stand_ins = {}
# machines with an open level, in a list
cdef Machine* newest = NULL


cdef class StandIn:
    """An object and the leaf that it stands for, or another stand-in.

    `knowers` are the addresses of the machines that know the object, `observers` those of all that were
    open when it was put there, and may have seen the leaf.
    """
    cdef object value, original
    cdef set knowers, observers


cdef void opened(Machine* m) noexcept:
    """A level is open: its machine will notice objects that others put into containers."""
    global newest
    m.older = newest
    m.newer = NULL
    if newest != NULL:
        newest.newer = m
    newest = m


cdef int closed(Machine* m) except -1:
    """A machine is done: others may put objects of their own there now."""
    global newest
    cdef StandIn entry
    if m.newer != NULL:
        m.newer.older = m.older
    else:
        newest = m.older
    if m.older != NULL:
        m.older.newer = m.newer
    if not m.stand_ins:
        return 0
    m.stand_ins = False
    for key, entry in list(stand_ins.items()):
        entry.knowers.discard(<size_t>m)
        entry.observers.discard(<size_t>m)
        if not entry.observers:
            del stand_ins[key]
    return 0


cdef int stand_in(Machine* m, Reg* item, object original) except -1:
    """The object that is to stand in the place of a leaf, known by its identity, instead of the leaf."""
    cdef StandIn entry = stand_ins.get(id(original)) if stand_ins else None
    cdef Machine* observer = newest
    mine = <size_t>m
    if entry is None or not entry.knowers or len(entry.knowers) == 1 and mine in entry.knowers:
        if escape(m, item) == NULL:
            raise MemoryError
        if <object>item.v.o is original:
            return 0
        entry = StandIn.__new__(StandIn)
        entry.value, entry.original = <object>item.v.o, original
        entry.knowers, entry.observers = set(), set()
        while observer != NULL:
            entry.observers.add(<size_t>observer)
            observer.stand_ins = True
            observer = observer.older
        stand_ins[id(entry.value)] = entry
    elif slot_of(m.levels[item.tag >> 8], <PyObject*>original) != item.slot:
        if mine in entry.knowers:
            raise UnsupportedError(
                "an input is taken apart by two threads at once, and by one of them at two levels: give each thread a "
                "copy")
        put_obj(item, new_ref(original), item.tag & ~0xFF | OBJ, item.slot)
        if adopt(m, item) < 0:
            raise MemoryError
    entry.knowers.add(mine)
    entry.observers.add(mine)
    m.stand_ins = True
    return 0


cdef bint stands_for(object value, object original) except -1:
    """Was a leaf replaced by this object, by another thread that differentiates code over the same container?"""
    cdef StandIn entry = stand_ins.get(id(value)) if stand_ins else None
    while entry is not None:
        if entry.original is original:
            return True
        entry = stand_ins.get(id(entry.original))
    return False


cdef int adopt(Machine* m, Reg* item) noexcept:
    """Makes an object that was made elsewhere known by its identity as this value, at all its levels."""
    cdef int tag = item.tag, slot = item.slot
    cdef Tape* t
    while slot >= 0:
        t = m.levels[tag >> 8]
        if map_put(t, item.v.o, slot) < 0:
            return -1
        if t.outer == NULL:
            break
        tag, slot = t.outer[slot].tag, t.outer[slot].slot
    return 0
