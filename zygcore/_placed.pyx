"""Iterators and views of input containers that read them as they are when an item is taken.

C code that takes the items of an input at once gets a copy of it whose items are known by identity
(`materialise`).  What goes on reading it after the call, as iterators and the views of a dict do, must see what
happens to the container in the meantime: it gets one of these instead, which know where an item is.
"""

cimport cython

from ._capi cimport *
from ._entry cimport current
from ._hook cimport more_known
from ._inputs cimport L_DICT, L_LIST, L_PROXY
from ._locations cimport Location, locate, location_of, settle
from ._machine cimport Machine
from ._structs cimport *
from ._values cimport *

import builtins
import collections
import gc
import types

from .errors import UnsupportedError

cdef enum Flavour:
    FORWARD, BACKWARD, VALUES, ITEMS, KEYS

cdef object Proxy = types.MappingProxyType
cdef dict FLAVOURS = {
    builtins.iter: FORWARD, list.__iter__: FORWARD, builtins.reversed: BACKWARD, list.__reversed__: BACKWARD,
    dict.__iter__: KEYS, dict.__reversed__: KEYS, dict.keys: KEYS, dict.values: VALUES, dict.items: ITEMS,
    collections.OrderedDict.__iter__: KEYS, collections.OrderedDict.__reversed__: KEYS,
    Proxy.__iter__: KEYS, Proxy.__reversed__: KEYS, Proxy.keys: KEYS, Proxy.values: VALUES, Proxy.items: ITEMS,
    collections.OrderedDict.keys: KEYS, collections.OrderedDict.values: VALUES, collections.OrderedDict.items: ITEMS,
}
cdef dict TYPES = {
    FORWARD: type(iter([])), BACKWARD: type(reversed([])), VALUES: type({}.values()), ITEMS: type({}.items()),
}


cdef class Placed:
    """An input container and its location, for as long as the level lasts."""
    cdef object container
    cdef Reg source             # without a reference of its own: the collector cannot see those
    cdef Location location
    cdef int flavour

    cdef int hold(self, Machine* m, Reg* container, int flavour) except -1:
        self.container = mapping_of(<object>container.v.o)
        self.source = container[0]
        self.location = location_of(m, container)
        self.flavour = flavour
        more_known(&m.heap)  # Python code that gets this must run in the machine
        return 0

    cdef int like(self, Placed other, int flavour) except -1:
        self.container = other.container
        self.source = other.source
        self.location = other.location
        self.flavour = flavour
        return 0

    cdef bint is_open(self, Machine* m):
        """Does the level go on that knows the container?"""
        cdef int level = self.source.tag >> 8
        return m != NULL and m.top != NULL and m.nlevels > level and m.levels[level].n > self.source.slot \
            and location_of(m, &self.source) is self.location

    cdef object item(self, object key, object value):
        """What was read under a key, as an object that is known by identity."""
        cdef Machine* m = current()
        cdef Reg source, item
        if not self.is_open(m):
            return value
        source = self.source
        while source.slot >= 0 and source.tag >> 8 > m.top.level:
            outer_of(m, &source)
        item.tag = NUL
        load(m, m.top.level, &item, new_ref(value))
        try:
            if further_out(&item, &source):
                locate(m, &source, <PyObject*>key, <PyObject*>value, &item)
            if escape(m, &item) == NULL:
                raise MemoryError
            return <object>item.v.o
        finally:
            drop(&item)


@cython.final
cdef class PlacedItems(Placed):
    """An iterator over an input list or dict."""
    cdef Py_ssize_t at
    cdef object keys            # of a dict
    cdef bint done

    @property
    def __class__(self):
        return TYPES[FORWARD if self.flavour > BACKWARD else self.flavour]

    def __iter__(self):
        return self

    def __next__(self):
        cdef Py_ssize_t at = self.at
        if self.done:
            raise StopIteration
        if self.keys is not None:
            key = next(self.keys)
            value = self.item(key, dict.__getitem__(self.container, key))
            return (key, value) if self.flavour == ITEMS else value
        if not 0 <= at < len(<list>self.container):
            self.done = True
            raise StopIteration
        self.at = at + (1 if self.flavour == FORWARD else -1)
        return self.item(at, (<list>self.container)[at])

    def __length_hint__(self):
        if self.done:
            return 0
        if self.keys is not None:
            return self.keys.__length_hint__()
        n = len(<list>self.container)
        return max(0, n - self.at) if self.flavour == FORWARD else (self.at + 1 if self.at < n else 0)


@cython.final
cdef class PlacedView(Placed):
    """``values()`` or ``items()`` of an input dict."""

    @property
    def __class__(self):
        return TYPES[self.flavour]

    @property
    def mapping(self):
        """The dict itself, which C code reads then: its items are known by identity from now on."""
        cdef Machine* m = current()
        cdef Reg source = self.source
        if self.is_open(m):
            if self.location.kind != L_DICT:
                raise UnsupportedError("`mapping` of a view of an input that is a mapping proxy: use the proxy itself")
            settle(m, m.top.level, &source)
        return self.plain().mapping

    cdef object plain(self):
        """The view that CPython makes."""
        d = self.container
        return dict.items(d) if self.flavour == ITEMS else dict.values(d)

    cdef PlacedItems over(self, keys):
        cdef PlacedItems out = PlacedItems.__new__(PlacedItems)
        out.like(self, self.flavour)
        out.keys = keys
        return out

    def __iter__(self):
        d = self.container
        ordered = isinstance(d, collections.OrderedDict)
        return self.over(collections.OrderedDict.__iter__(d) if ordered else dict.__iter__(d))

    def __reversed__(self):
        d = self.container
        ordered = isinstance(d, collections.OrderedDict)
        return self.over(collections.OrderedDict.__reversed__(d) if ordered else dict.__reversed__(d))

    def __len__(self):
        return len(self.plain())

    def __contains__(self, item):
        return item in self.plain()

    def __repr__(self):
        return repr(self.plain())

    def __eq__(self, other):
        return self is other or self.flavour == ITEMS and self.plain() == other

    def __ne__(self, other):
        return not self == other

    def __lt__(self, other):
        return set(self) < other if self.flavour == ITEMS else NotImplemented

    def __le__(self, other):
        return set(self) <= other if self.flavour == ITEMS else NotImplemented

    def __gt__(self, other):
        return set(self) > other if self.flavour == ITEMS else NotImplemented

    def __ge__(self, other):
        return set(self) >= other if self.flavour == ITEMS else NotImplemented

    def isdisjoint(self, other):
        return set(self).isdisjoint(other)

    def __and__(self, other):
        return self.combined(set.intersection, other)

    def __or__(self, other):
        return self.combined(set.union, other)

    def __sub__(self, other):
        return self.combined(set.difference, other)

    def __xor__(self, other):
        return self.combined(set.symmetric_difference, other)

    def __rand__(self, other):
        return self.reflected(set.intersection, other)

    def __ror__(self, other):
        return self.reflected(set.union, other)

    def __rsub__(self, other):
        return self.reflected(set.difference, other)

    def __rxor__(self, other):
        return self.reflected(set.symmetric_difference, other)

    cdef object combined(self, operation, other):
        return operation(set(self), other) if self.flavour == ITEMS else NotImplemented

    cdef object reflected(self, operation, other):
        return operation(set(other), self) if self.flavour == ITEMS else NotImplemented


cdef bint goes_on(Location loc):
    """Is it a container that iterators and views of ours read?"""
    return loc.kind == L_LIST or loc.kind == L_DICT or loc.kind == L_PROXY


cdef object mapping_of(object x):
    """The dict that a mapping proxy shows, or the dict itself."""
    return gc.get_referents(x)[0] if type(x) is types.MappingProxyType else x


cdef bint placed_result(Machine* m, PyObject* target, Reg* container, Reg* out) except -1:
    """What a call returns that makes an iterator or view of an input; False: it is no such call."""
    cdef Location loc = location_of(m, container)
    cdef PlacedItems items
    cdef PlacedView view
    if loc is None or not goes_on(loc):
        return False
    flavour = FLAVOURS.get(<object>target)
    if flavour is None:
        return False
    if loc.kind != L_LIST:
        if flavour != VALUES and flavour != ITEMS:  # keys are not differentiated
            made = (<object>target)(<object>container.v.o)
            put_obj(out, new_ref(made), OBJ, -1)
            return True
        view = PlacedView.__new__(PlacedView)
        view.hold(m, container, flavour)
        put_obj(out, new_ref(view), OBJ, -1)
        return True
    if flavour > BACKWARD:
        return False
    items = placed_items(m, container, flavour)
    put_obj(out, new_ref(items), OBJ, -1)
    return True


cdef PlacedItems placed_items(Machine* m, Reg* container, int flavour):
    cdef PlacedItems items = PlacedItems.__new__(PlacedItems)
    items.hold(m, container, flavour)
    items.at = 0 if flavour == FORWARD else len(<list>container.v.o) - 1
    return items


cdef bint placed_argument(Machine* m, Reg* r) except -1:
    """Makes an argument over which C code will iterate later, an input, an iterator of ours; False: it is no such."""
    cdef Location loc = location_of(m, r)
    if loc is None or not goes_on(loc):
        return False
    if loc.kind == L_LIST:
        put_obj(r, new_ref(placed_items(m, r, FORWARD)), OBJ, -1)
    return True
