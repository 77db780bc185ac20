"""Containers that go somewhere as a whole, to a rule or out of a level, as they are by then.

A container that is an input, or the value of a rule, has a node of its own.  Once something was
stored in it, or removed, that node does not stand for it any more: it gets a node made from its parts,
as a container that was made on the way.
"""

from ._capi cimport *
from ._inputs cimport UNSEEN, VOID, layout
from ._locations cimport Location, container_slot, position
from ._machine cimport Machine
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

from .errors import UnsupportedError


cdef int whole_slot(Machine* m, int level, int slot, object x) except -2:
    """The node of a container that has one, or one made from its parts."""
    cdef Tape* t = m.levels[level]
    return slot if is_whole(t, slot) else made(m, level, x, places(t, slot), {})


cdef int struct_slot(Machine* m, int level, object x) except -2:
    """A node for a container with active parts that was made on the way."""
    return made(m, level, x, None, {})


cdef Location places(Tape* t, int slot):
    """Of the node of a container, or None."""
    cdef Side* side = side_of(t, slot) if slot >= 0 else NULL
    if side == NULL or side.obj == NULL or Py_TYPE(side.obj) != <PyTypeObject*>Location:
        return None
    return <Location>side.obj


cdef bint is_whole(Tape* t, int slot) except -1:
    """Is a container, with all that is in it, what it was when it got its node?"""
    cdef Location loc = places(t, slot)
    cdef int i
    cdef list todo
    cdef set seen
    if loc is None:
        return True
    todo, seen = [loc], {id(loc)}
    while todo:
        loc = todo.pop()
        if is_changed(loc):
            return False
        for i in range(loc.n):
            inner = places(t, loc.slots[i])
            if inner is not None and id(inner) not in seen:
                seen.add(id(inner))
                todo.append(inner)
    return True


cdef bint is_changed(Location loc) except -1:
    cdef int i
    cdef list keys, values
    _, keys, values = layout(loc.container)
    if len(values) != loc.n:
        return True
    for i in range(loc.n):
        if <PyObject*>values[i] != <PyObject*>(<object>loc.originals[i]):
            return True
        if keys is not None and <PyObject*>keys[i] != <PyObject*>(<object>loc.keys[i]) and keys[i] != loc.keys[i]:
            return True
    return False


cdef int current_slot(Tape* t, int slot, object key, object value) except -4:
    """The slot of a part by its place in the container with node `slot`; VOID: it is a new part."""
    cdef Location loc = places(t, slot)
    return place_of(loc, key, value) if loc is not None else VOID


cdef int place_of(Location loc, object key, object value) except -4:
    cdef int i = position(loc, <PyObject*>key)
    return loc.slots[i] if i >= 0 and <PyObject*>(<object>loc.originals[i]) == <PyObject*>value else VOID


cdef int made(Machine* m, int level, object x, Location loc, dict known) except -2:
    """A node made from the parts of a container; `known` are those of the containers in it, by id."""
    cdef Tape* t = m.levels[level]
    cdef int slot, i, n
    cdef list slots, keys, values
    if type(x) is slice:
        return -1  # what chooses has no derivative
    if id(x) in known:
        if known[id(x)] is None:
            raise UnsupportedError(
                f"a {type(x).__name__} that contains itself is an argument of a rule: this version cannot give the "
                "rule's cotangent to its parts; pass the parts")
        return known[id(x)]
    known[id(x)] = None
    _, keys, values = layout(x)
    slots = []
    for i, v in enumerate(values):
        slot = place_of(loc, keys[i] if keys is not None else i, v) if loc is not None else VOID
        if slot == UNSEEN:
            slot = container_slot(m, t, v)
        if slot < 0:
            slot = slot_of(t, <PyObject*>v)
        if slot >= 0:
            if not is_whole(t, slot):
                slot = made_inside(m, level, v, places(t, slot), known)
        elif contains_active(m, level, <PyObject*>v):
            slot = made_inside(m, level, v, None, known)
        slots.append(slot)
    n = len(slots)
    if n == 0:
        slot = -1  # of a slice, which is made of whole numbers
        if type(x) is not slice:
            slot = tape_side(t, S_NAMELESS, 1, 0, NULL, <PyObject*>Py_TYPE(<PyObject*>x), NULL, 0)
            if slot < 0:
                raise MemoryError("zygcore: no memory for the tape")
        known[id(x)] = slot
        return slot
    shape = (keys, type(x))
    slot = tape_side(t, S_STRUCT, 1, n, NULL, <PyObject*>shape, NULL, 0)
    if slot < 0:
        raise MemoryError("zygcore: no memory for the tape")
    for i in range(n):
        t.slots[side_of(t, slot).first + i] = slots[i]
    known[id(x)] = slot
    return slot


cdef int made_inside(Machine* m, int level, object x, Location loc, dict known) except -2:
    """The same for a container inside of another one."""
    Py_EnterRecursiveCall(" in a container that goes to a rule")
    try:
        return made(m, level, x, loc, known)
    finally:
        Py_LeaveRecursiveCall()
