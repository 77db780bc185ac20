"""Inputs that are containers: their leaves are known by their place.

A `Location` keeps the original objects of a container and their slots; a place is void once it is
overwritten.  Before C code rearranges or reads such a container, its leaves are made known by
identity instead (`settle` in place, `materialise` as a copy).
"""

cimport cython
from libc.stdlib cimport calloc, free

from ._capi cimport *
from ._inputs cimport *
from ._machine cimport Machine
from ._stand_ins cimport stand_in, stands_for
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import collections
import functools
import operator
import types

from .errors import UnsupportedError
from .kinds import kind_of
from .structure import Grad
from .wholes import part, part_back

cdef set PLAIN = {list, tuple, dict}
# what is called without being read has no places in the value of a rule
cdef set UNOPENED = {types.FunctionType, types.MethodType, types.CellType, functools.partial}


@cython.final
cdef class Location:
    def __dealloc__(self):
        free(self.slots)
        free(self.first_slots)


# -- giving slots --------------------------------------------------------------


cdef Location open_container(Tape* t, object container, int parent):
    """Gives the leaves of a container slots.

    With `parent` >= 0 the container is the value of that node (the result of a rule),
    and the leaves pass their cotangents on to it.
    """
    cdef Location loc = Location()
    cdef int i, s
    kind, keys, values = layout(container)
    loc.container = container
    loc.kind = kind
    loc.originals = values
    loc.keys = keys
    loc.n = len(values)
    loc.slots = <int*>calloc(loc.n + 1, sizeof(int))
    loc.first_slots = <int*>calloc(loc.n + 1, sizeof(int))
    if loc.slots == NULL or loc.first_slots == NULL:
        raise MemoryError
    if keys is not None:
        loc.index = {k: i for i, k in enumerate(keys)}
    loc.plain = parent == -1
    for i in range(loc.n):
        if parent == -1 and Py_TYPE(PyList_GET_ITEM(<PyObject*>loc.originals, i)) == &PyFloat_Type:
            s = push1(t, -1, 0.0)
            if s < 0:
                raise MemoryError("zygcore: no memory for the tape")
            loc.slots[i] = loc.first_slots[i] = s
            continue
        value = values[i]
        loc.plain = False
        if parent == -2:
            continue
        if parent < 0:
            loc.slots[i] = leaf_slot(t, value)
        else:
            s = -1
            if type(value) is float or (not is_opaque(type(value)) and type(value) is not bool):
                key = keys[i] if keys is not None else i
                s = tape_side(t, S_LEAF, type(value) is not float, 1, NULL, <PyObject*>key, NULL, 0)
                checked(s)
                t.slots[t.sides[t.entries[s].b].first] = parent
            loc.slots[i] = s
        loc.first_slots[i] = loc.slots[i]
    return loc


def check_parts(container):
    """Refuses a list, tuple or dict whose attributes may have derivatives, too."""
    if type(container) in PLAIN or not issubclass(type(container), (list, tuple, dict)):
        return
    found = own_dict(container)
    if found is None or found is container:  # a dict whose items are its attributes
        return
    if any([is_variable(value) for value in found.values()]):
        raise UnsupportedError(
            f"an input is of type {type(container).__name__}, a {type(container).__mro__[-2].__name__} that also has "
            "attributes: this version has no gradient for both parts of it; pass the parts as separate arguments")


cdef int container_slot(Machine* m, Tape* t, object container) except -2:
    """The slot of a container that is an input (or part of one)."""
    cdef Location loc
    cdef int i, slot = slot_of(t, <PyObject*>container)
    if slot >= 0:
        return slot
    check_parts(container)
    loc = open_container(t, container, -1)
    slot = checked(tape_side(t, S_STRUCT, 1, 0, NULL, <PyObject*>loc, NULL, 0))
    if map_put(t, <PyObject*>container, slot) < 0:
        raise MemoryError
    if loc.kind == L_FUNCTION or loc.kind == L_METHOD or loc.kind == L_PARTIAL:
        # the machine reads cells, `self` and arguments without going through the function
        for i in range(loc.n):
            if loc.slots[i] == UNSEEN:
                loc.slots[i] = loc.first_slots[i] = inner_slot(m, t, loc.originals[i])
    elif loc.kind >= L_DEQUE:
        settle_items(m, t, loc)
    elif issubclass(type(container), BaseExceptionGroup):
        # ``except*`` makes new groups of the exceptions, without going through this one
        inside = BaseExceptionGroup.exceptions.__get__(container)
        inner_slot(m, t, inside)
        for error in inside:
            inner_slot(m, t, error)
    return slot


cdef int inner_slot(Machine* m, Tape* t, object container) except -2:
    """The slot of a container inside of an input that must be opened with it."""
    Py_EnterRecursiveCall(" in an input of a gradient")
    try:
        return container_slot(m, t, container)
    finally:
        Py_LeaveRecursiveCall()


cdef int settle_items(Machine* m, Tape* t, Location loc) except -1:
    """Makes the items of an input that has no places of its own known by identity.

    They are replaced by fresh equal objects, in place: code reads a set, a deque or the globals
    of a module without asking where an item was.
    """
    cdef Reg item
    cdef int i
    items = []
    x = loc.container
    before = loc.originals[:]
    for i in range(loc.n):
        value = loc.originals[i]
        if loc.slots[i] == UNSEEN:
            loc.slots[i] = loc.first_slots[i] = inner_slot(m, t, value)
        elif loc.slots[i] >= 0 and not is_located(t, loc.slots[i]):
            item.tag, item.slot, item.v.o = OBJ | t.level << 8, loc.slots[i], new_ref(value)
            stand_in(m, &item, value)
            value = <object>item.v.o
            drop(&item)
        items.append(value)
        loc.slots[i] = VOID
        loc.originals[i] = None
    if all(map(operator.is_, items, before)):
        pass  # another thread has put them there
    elif loc.kind == L_MODULE:
        vars(x).update(zip(loc.keys, items))
    elif loc.kind == L_DEQUE:
        collections.deque.clear(x)
        collections.deque.extend(x, items)
    else:
        set.clear(x)
        set.update(x, items)
    return 0


cdef bint is_located(Tape* t, int slot) noexcept:
    """Is it the node of a container, which is known by identity anyway?"""
    cdef Side* side = side_of(t, slot)
    return side != NULL and side.kind == S_STRUCT


cdef int part_slot(Tape* t, Location loc, int i) noexcept:
    """The slot of a part as it was at first; of an inner container, also if it was found in another place."""
    cdef int slot = loc.slots[i], other
    cdef Side* side
    if slot == VOID:
        return loc.first_slots[i]
    if slot != UNSEEN:
        return slot
    other = map_get(&t.map, PyList_GET_ITEM(<PyObject*>loc.originals, i))
    if other < 0:
        return slot
    side = side_of(t, other)
    return other if side != NULL and side.kind == S_STRUCT and side.nargs == 0 else slot


cdef object shaped(Location loc, list parts):
    """The gradient of a container in its shape."""
    if loc.kind == L_LIST or loc.kind == L_DEQUE:
        return parts
    if loc.kind == L_TUPLE:
        fields = getattr(type(loc.container), "_fields", None)
        return Grad(**dict(zip(fields, parts))) if fields is not None else tuple(parts)
    if loc.kind == L_DICT or loc.kind == L_SET or loc.kind == L_FROZENSET or loc.kind == L_PROXY:
        return dict(zip(loc.keys, parts))
    if loc.kind == L_CELL:
        return parts[0]
    return Grad(**dict(zip(loc.keys, parts)))


# -- parts of the values of rules -----------------------------------------------


cdef int opened(Machine* m, Tape* t, Location loc, int i) except -2:
    """The slot of a part that is read; a container in the value of a rule gets places of its own then."""
    cdef Location inner
    cdef Reg outer
    cdef int slot, leaf = loc.slots[i]
    cdef Side* side = side_of(t, leaf) if leaf >= 0 else NULL
    value = loc.originals[i]
    if side == NULL or side.kind != S_LEAF or type(value) in UNOPENED or not is_container(value) or is_number(value):
        return leaf
    pair = (part_back, part) if t.forward == NULL else (part_back, part, None)
    slot = checked(tape_side(t, S_RULE, 1, 1, <PyObject*>pair, NULL, NULL, 0))
    t.slots[side_of(t, slot).first] = leaf
    inner = open_container(t, value, slot)
    Py_INCREF(<PyObject*>inner)
    side_of(t, slot).obj = <PyObject*>inner
    loc.slots[i] = slot
    if t.level:
        outer.tag = OBJ | t.outer[leaf].tag & ~0xFF
        outer.slot = t.outer[leaf].slot
        outer.v.o = <PyObject*>value
        set_outer(t, slot, &outer)
        outer_leaves(m, t, inner, &outer)
    return slot


cdef int open_shared(Machine* m, Tape* t, Location loc, int slot) except -1:
    """Gives places to containers in the value of a rule, `loc`, that others refer to: they can be changed unseen."""
    cdef int i
    cdef list todo = [(loc, slot)]
    cdef dict known = {id(loc.container): slot}
    while todo:
        loc, slot = todo.pop()
        for i in range(loc.n):
            if Py_REFCNT(PyList_GET_ITEM(<PyObject*>loc.originals, i)) <= 2:  # of `originals` and the container
                continue
            value = loc.originals[i]
            if id(value) in known:
                loc.slots[i] = known[id(value)]
                continue
            slot = opened(m, t, loc, i)
            if slot >= 0 and side_of(t, slot) != NULL and side_of(t, slot).kind == S_RULE:
                known[id(value)] = slot
                todo.append((<Location>side_of(t, slot).obj, slot))
    return 0


cdef int outer_leaves(Machine* m, Tape* t, Location loc, Reg* outer) except -1:
    """What the parts of a structured result are at the outer levels, where they may have places, too."""
    cdef int i
    cdef Reg r
    for i in range(loc.n):
        if loc.slots[i] >= 0:
            r.tag = OBJ
            r.slot = -1
            r.v.o = <PyObject*>(<object>loc.originals[i])
            lookup(m, t.parent, &r)
            if further_out(&r, outer):
                key = loc.keys[i] if loc.keys is not None else i
                locate(m, outer, <PyObject*>key, r.v.o, &r)
            set_outer(t, loc.slots[i], &r)
    return 0


# -- reading and writing -------------------------------------------------------


cdef Location location_of(Machine* m, Reg* r):
    """The location record of a register that holds a container of inputs, or None."""
    cdef Side* side
    if r.slot < 0:
        return None
    side = side_of(m.levels[r.tag >> 8], r.slot)
    if side == NULL or side.obj == NULL or side.kind != S_STRUCT and side.kind != S_RULE:
        return None
    if Py_TYPE(side.obj) != <PyTypeObject*>Location:
        return None
    return <Location>side.obj


cdef int position(Location loc, PyObject* key):
    """The position of a key in a container, -1: not one of the originals."""
    cdef Py_ssize_t i
    if loc.kind == L_LIST or loc.kind == L_TUPLE or loc.kind == L_DEQUE:
        if Py_TYPE(key) != &PyLong_Type:
            fields = getattr(type(loc.container), "_fields", None) if loc.kind == L_TUPLE else None
            return fields.index(<object>key) if fields is not None and <object>key in fields else -1
        i = PyNumber_AsSsize_t(key, NULL)
        if i < 0:
            i += len(loc.container)
        return <int>i if 0 <= i < loc.n else -1
    try:
        return loc.index.get(<object>key, -1)
    except TypeError:
        return -1


cdef int locate(Machine* m, Reg* base, PyObject* key, PyObject* value, Reg* out) except -1:
    """Gives `out`, which holds what was read from `base` under `key`, its slot.

    True if the value is a leaf by its location.
    """
    cdef Location loc = location_of(m, base)
    cdef int i, slot
    cdef Tape* t
    if loc is None:
        return 0
    i = position(loc, key)
    if i < 0 or <PyObject*>(<object>loc.originals[i]) != value and (
            loc.slots[i] < 0 or not stands_for(<object>value, loc.originals[i])):
        return moved(m, base, loc, i, value, out)
    t = m.levels[base.tag >> 8]
    slot = opened(m, t, loc, i)
    if slot == UNSEEN:
        slot = container_slot(m, t, <object>value)
        loc.slots[i] = slot
        loc.first_slots[i] = slot
    if slot < 0:
        return 0
    out.tag = (out.tag & 0xFF) | (base.tag & ~0xFF)
    out.slot = slot
    return 1


cdef int moved(Machine* m, Reg* base, Location loc, int i, PyObject* value, Reg* out) except -1:
    """A value that is not where it was: an original that C code moved, or a new one."""
    cdef int j, found = -1
    if i >= 0 and loc.slots[i] == VOID:
        return 0
    if loc.kind != L_LIST or loc.n == 0 or i >= 0 and loc.slots[i] == VOID:
        return 0
    for j in range(loc.n):
        if <PyObject*>(<object>loc.originals[j]) == value and loc.slots[j] >= 0:
            if found >= 0:
                raise UnsupportedError(
                    "an input list was rearranged, and one object stands in it more than once: "
                    "which gradient belongs to which place is not known; copy the list first (list(xs))")
            found = j
    if found < 0:
        return 0
    out.tag = (out.tag & 0xFF) | (base.tag & ~0xFF)
    out.slot = opened(m, m.levels[base.tag >> 8], loc, found)
    return 1


cdef int overwrite(Machine* m, Reg* base, PyObject* key) except -1:
    """A place in a container got a new value: what was there is no input any more."""
    cdef Location loc = location_of(m, base)
    cdef int i
    if loc is None:
        return 0
    i = position(loc, key)
    if i >= 0:
        loc.slots[i] = VOID
        loc.originals[i] = None
    return 0


# -- from places to identity --------------------------------------------------


cdef int materialise(Machine* m, int level, Reg* r) except -1:
    """Replaces a container of inputs by a copy whose leaves are known by identity.

    C code that only passes items on (zip, sorted, list ...) can then work on it.
    1 if that was needed and done.
    """
    cdef Location loc = location_of(m, r)
    cdef Reg item
    cdef object key
    if loc is None and is_poisoned(m, r):
        return spread_poison(m, r)
    if loc is None or loc.kind > L_PROXY:
        return 0
    out = {}
    x = <object>r.v.o
    _, keys, values = layout(x)
    for key, value in zip(range(len(values)) if keys is None else keys, values):
        item.tag = NUL
        Py_INCREF(<PyObject*>value)
        load(m, level, &item, <PyObject*>value)
        try:
            if further_out(&item, r):
                locate(m, r, <PyObject*>key, <PyObject*>value, &item)
            if escape(m, &item) == NULL:
                return -1
            out[key] = <object>item.v.o
        finally:
            drop(&item)
    put_obj(r, new_ref(remade(x, out)), OBJ, -1)
    return 1


cdef object remade(object x, dict parts):
    """A container of the same type with other parts."""
    tp = type(x)
    if tp is dict:
        return parts
    if tp is list:
        return list(parts.values())
    kind = kind_of(x)
    if kind.fixed:
        return kind.make(x, parts)
    new = kind.empty(x)
    kind.fill(new, x, parts)
    return new


cdef int spread_poison(Machine* m, Reg* r) except -1:
    """Replaces a poisoned container by a copy whose items are known to be poisoned.

    1 if it was one of the builtin containers.
    """
    cdef object x = <object>r.v.o
    tp = type(x)
    if tp is dict:
        copy = {poisoned_copy(m, r, key): poisoned_copy(m, r, v) for key, v in (<dict>x).items()}
    elif tp is list or tp is tuple or tp is set or tp is frozenset:
        copy = tp([poisoned_copy(m, r, item) for item in x])
    else:
        return 0
    put_new(r, <PyObject*>copy)
    return 1


cdef object poisoned_copy(Machine* m, Reg* source, object value):
    """An item of something poisoned, as an object that is known to be."""
    cdef Reg item
    if value is None or type(value) is bool or issubclass(type(value), type):
        return value
    item.tag = NUL
    Py_INCREF(<PyObject*>value)
    load(m, source.tag >> 8, &item, <PyObject*>value)
    try:
        if item.slot < 0:
            item.tag, item.slot = source.tag, source.slot
        if escape(m, &item) == NULL:
            raise MemoryError
        return <object>item.v.o
    finally:
        drop(&item)


cdef int settle(Machine* m, int level, Reg* r) except -1:
    """Makes the leaves of an input list or dict known by identity, in place.

    Done before something rearranges it: their places will say nothing then.
    """
    cdef Location loc = location_of(m, r)
    cdef int i
    if loc is not None and loc.kind == L_OBJECT:
        return settle_attributes(m, level, r)
    if loc is None or (loc.kind != L_LIST and loc.kind != L_DICT):
        return 0
    if loc.settled:
        return 1
    x = <object>r.v.o
    for key in list(range(len(x)) if loc.kind == L_LIST else dict.__iter__(x)):
        # one after the other, for another thread may be doing the same
        if loc.kind == L_LIST:
            value = list.__getitem__(x, key)
        else:
            value = dict.__getitem__(x, key)
        new = settled(m, level, r, key, value)
        if new is value:
            continue
        if loc.kind == L_LIST:
            list.__setitem__(x, key, new)
        else:
            dict.__setitem__(x, key, new)
    for i in range(loc.n):
        loc.slots[i] = VOID
        loc.originals[i] = None
    loc.settled = True
    return 1


cdef int settle_attributes(Machine* m, int level, Reg* r) except -1:
    """The same for the attributes of an input object, before its ``__dict__`` is handed out."""
    attributes = own_dict(<object>r.v.o)
    if type(attributes) is not dict:
        return 0
    for name in list(attributes):
        if name not in attributes:
            continue
        value = attributes[name]
        new = settled(m, level, r, name, value)
        if new is not value:
            attributes[name] = new
            overwrite(m, r, <PyObject*>name)
    return 1


cdef object settled(Machine* m, int level, Reg* r, object key, object value):
    """What goes to a place of a container: an equal object that is known by identity, if the place is active."""
    cdef Reg item
    item.tag = NUL
    Py_INCREF(<PyObject*>value)
    load(m, level, &item, <PyObject*>value)
    try:
        if further_out(&item, r) and locate(m, r, <PyObject*>key, <PyObject*>value, &item):
            stand_in(m, &item, value)
            return <object>item.v.o
        return value
    finally:
        drop(&item)
