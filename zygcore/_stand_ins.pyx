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

# id -> (object, addresses of the machines that know it)
cdef dict stand_ins = {}


cdef int stand_in(Machine* m, Reg* item) except -1:
    """The object that is to stand in the place of a leaf, known by its identity, instead of the leaf."""
    mine = <size_t>m
    entry = stand_ins.get(<size_t>item.v.o) if item.tag & 0xFF == OBJ and stand_ins else None
    if entry is None or len(entry[1]) == 1 and mine in entry[1]:
        if escape(m, item) == NULL:
            raise MemoryError
        entry = stand_ins.setdefault(<size_t>item.v.o, (<object>item.v.o, set()))
    elif slot_of(m.levels[item.tag >> 8], item.v.o) == item.slot:
        pass
    elif mine in entry[1]:
        raise UnsupportedError(
            "an input is taken apart by two threads at once, and by one of them at two levels: give each thread a copy")
    elif adopt(m, item) < 0:
        raise MemoryError
    entry[1].add(mine)
    m.stand_ins = True
    return 0


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


cdef int forget_stand_ins(Machine* m) except -1:
    """A machine is done: others may put objects of their own there now."""
    m.stand_ins = False
    for key, (_, users) in list(stand_ins.items()):
        users.discard(<size_t>m)
        if not users:
            del stand_ins[key]
    return 0
