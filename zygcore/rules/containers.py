"""Rules for containers: lists, dicts, sets, `collections`, `heapq`, `bisect`, `copy`.

Their C code passes objects on, so nearly all of it is a *consumer*.  Lowered is
what looks into the items (a dict made from pairs), what calls back into Python
(`list.sort` with a key, the factory of a `defaultdict`) and what computes
(`Counter`).
"""

import bisect
import collections
import copyreg
import heapq
import types

from .._values import c_class
from .builtins import in_order, order_of
from .registry import consumer, lowering, nondifferentiable

__all__ = []

_missing = object()

_Proxy = types.MappingProxyType

# ----------------------------------------------------- what passes objects on

consumer(
    list.__getitem__, list.__add__, list.__mul__, list.__rmul__, list.copy,
    tuple.__iter__, tuple.__getitem__, tuple.__add__, tuple.__mul__, tuple.__rmul__,
    dict.__getitem__, dict.__or__, dict.__ror__, dict.copy, _Proxy.__or__, _Proxy.__ror__,
    _Proxy.copy,
    set.__iter__, set.copy, set.union, set.intersection, set.difference,
    set.symmetric_difference, set.__or__, set.__and__, set.__sub__, set.__xor__,
    frozenset.__iter__, frozenset.copy, frozenset.union, frozenset.intersection,
    frozenset.difference, frozenset.symmetric_difference, frozenset.__or__, frozenset.__and__,
    frozenset.__sub__, frozenset.__xor__,
)  # fmt: skip
consumer(
    list.__iter__, list.__reversed__, dict.__iter__, dict.__reversed__, dict.items, dict.keys,
    dict.values, _Proxy.__iter__, _Proxy.__reversed__, _Proxy.items, _Proxy.keys, _Proxy.values,
    lazy=True,
)  # fmt: skip
consumer(types.SimpleNamespace)
consumer(dict.get, _Proxy.get, passes=[1, 2])
consumer(dict.fromkeys, passes=[1])
# these make an object of the class that is their first argument
consumer(
    tuple.__new__, list.__new__, set.__new__, frozenset.__new__, dict.__new__,
    collections.deque.__new__, passes=[0],
)  # fmt: skip

consumer(
    list.__init__, list.__delitem__, list.__iadd__, list.__imul__, list.extend, list.pop,
    list.reverse, list.clear, dict.__delitem__, dict.popitem, dict.clear,
    set.__init__, set.pop, set.clear, set.update, set.intersection_update,
    set.difference_update, set.symmetric_difference_update, set.__ior__, set.__iand__,
    set.__isub__, set.__ixor__,
    mutates=True,
)  # fmt: skip
consumer(list.append, list.remove, set.add, set.discard, set.remove, mutates=True, passes=[1])
consumer(list.insert, mutates=True, passes=[2])
consumer(dict.__setitem__, dict.pop, dict.setdefault, mutates=True, passes=[1, 2])


def set_item(items, index, value):
    list.__setitem__(items, index, value)


def set_slice(items, where, values):
    list.__setitem__(items, where, values)


consumer(set_item, set_slice, mutates=True, passes=[2])


@lowering(list.__setitem__)
def list_setitem_lowering(self, key, value, /):
    if type(self) is list:
        self[key] = value
    elif isinstance(key, slice):
        set_slice(self, key, [*value])
    else:
        set_item(self, key, value)


_deque = collections.deque
consumer(
    _deque, _deque.__iter__, _deque.__reversed__, _deque.__getitem__, _deque.__add__,
    _deque.__mul__, _deque.copy, _deque.__copy__,
)  # fmt: skip
consumer(
    _deque.__init__, _deque.__delitem__, _deque.__iadd__, _deque.__imul__, _deque.extend,
    _deque.extendleft, _deque.pop, _deque.popleft, _deque.rotate, _deque.reverse, _deque.clear,
    mutates=True,
)  # fmt: skip
consumer(_deque.append, _deque.appendleft, _deque.remove, mutates=True, passes=[1])
consumer(_deque.insert, _deque.__setitem__, mutates=True, passes=[2])

_ordered = collections.OrderedDict
consumer(_ordered.__or__, _ordered.__ror__, _ordered.copy)
consumer(
    _ordered.__iter__, _ordered.__reversed__, _ordered.items, _ordered.keys, _ordered.values,
    lazy=True,
)  # fmt: skip
consumer(_ordered.__delitem__, _ordered.popitem, _ordered.move_to_end, _ordered.clear, mutates=True)
consumer(_ordered.__setitem__, _ordered.pop, _ordered.setdefault, mutates=True, passes=[1, 2])
consumer(_ordered.fromkeys, passes=[1])

consumer(heapq.heapify, heapq.heappop, mutates=True)
consumer(heapq.heappush, heapq.heapreplace, heapq.heappushpop, mutates=True, passes=[1])
for _name in ("_heappop_max", "_heapreplace_max", "_heapify_max"):
    if hasattr(heapq, _name):  # these have other names from Python 3.14 on
        consumer(getattr(heapq, _name), mutates=True, passes=[1])
consumer(bisect.insort_left, bisect.insort_right, mutates=True, passes=[1])

# ------------------------------------------------------------------- list.sort


@lowering(list.sort)
def list_sort_lowering(self, /, *, key=None, reverse=False):
    items = list.copy(self)
    if key is None:
        items = in_order(items, reverse)
    else:
        order = order_of([key(item) for item in items], reverse)
        items = [items[i] for i in order]
    if type(self) is list:
        self[:] = items
    else:  # whose own __setitem__ has no part in this
        set_slice(self, slice(None), items)


# ------------------------------------------------------------- dicts from pairs


def fill(mapping, put, args, keywords):
    """What ``dict.update`` does, with `put` for each item."""
    if len(args) > 1:
        raise TypeError(f"update expected at most 1 argument, got {len(args)}")
    for other in args:
        if isinstance(other, dict) and type(other).__iter__ is dict.__iter__:
            for key, value in dict.items(other):
                put(mapping, key, value)
        elif hasattr(other, "keys"):
            for key in other.keys():
                put(mapping, key, other[key])
        else:
            _fill_from_pairs(mapping, put, other)
    for key, value in keywords.items():
        put(mapping, key, value)


def _fill_from_pairs(mapping, put, pairs):
    for i, pair in enumerate(pairs):
        try:
            pair = tuple(pair)
        except TypeError:
            raise TypeError(
                f"cannot convert dictionary update sequence element #{i} to a sequence"
            ) from None
        if len(pair) != 2:
            raise ValueError(
                f"dictionary update sequence element #{i} has length {len(pair)}; 2 is required"
            )
        put(mapping, pair[0], pair[1])


def _at_most_one(name, args):
    if len(args) > 1:
        raise TypeError(f"{name} expected at most 1 argument, got {len(args)}")


@lowering(dict.__ior__)
def dict_ior_lowering(self, other, /):
    fill(self, dict.__setitem__, (other,), {})
    return self


@lowering(dict)
def dict_lowering(*args, **keywords):
    _at_most_one("dict", args)
    mapping = {}
    fill(mapping, dict.__setitem__, args, keywords)
    return mapping


@lowering(dict.__init__)
def dict_init_lowering(self, /, *args, **keywords):
    _at_most_one(type(self).__name__, args)
    fill(self, dict.__setitem__, args, keywords)


@lowering(dict.update)
def dict_update_lowering(self, /, *args, **keywords):
    fill(self, dict.__setitem__, args, keywords)


def _put(mapping, key, value):
    mapping[key] = value


@lowering(collections.OrderedDict)
def ordered_dict_lowering(*args, **keywords):
    _at_most_one("OrderedDict", args)
    mapping = collections.OrderedDict()
    fill(mapping, collections.OrderedDict.__setitem__, args, keywords)
    return mapping


@lowering(collections.OrderedDict.__init__)
def ordered_dict_init_lowering(self, /, *args, **keywords):
    _at_most_one(type(self).__name__, args)
    fill(self, _put, args, keywords)


@lowering(collections.OrderedDict.__ior__)
def ordered_dict_ior_lowering(self, other, /):
    fill(self, _put, (other,), {})
    return self


@lowering(collections.OrderedDict.update)
def ordered_dict_update_lowering(self, /, *args, **keywords):
    fill(self, _put, args, keywords)


# ------------------------------------------------------------------ defaultdict


def new_defaultdict(factory):
    return collections.defaultdict(factory)


# the factory is passed on, and it may hold anything
consumer(new_defaultdict, passes=[0])
consumer(
    collections.defaultdict.copy, collections.defaultdict.__copy__,
    collections.defaultdict.__or__, collections.defaultdict.__ror__,
)  # fmt: skip


@lowering(collections.defaultdict)
def defaultdict_lowering(default_factory=None, /, *args, **keywords):
    mapping = new_defaultdict(default_factory)
    _at_most_one("dict", args)
    fill(mapping, dict.__setitem__, args, keywords)
    return mapping


@lowering(collections.defaultdict.__init__)
def defaultdict_init_lowering(self, default_factory=None, /, *args, **keywords):
    if default_factory is not None and not callable(default_factory):
        raise TypeError("first argument must be callable or None")
    self.default_factory = default_factory
    _at_most_one("dict", args)
    fill(self, dict.__setitem__, args, keywords)


@lowering(collections.defaultdict.__missing__)
def missing_lowering(self, key, /):
    factory = self.default_factory
    if factory is None:
        raise KeyError(key)
    value = factory()
    self[key] = value
    return value


@lowering(collections.Counter.update.__globals__["_count_elements"])
def count_elements_lowering(mapping, iterable, /):
    for item in iterable:
        mapping[item] = mapping.get(item, 0) + 1


# ------------------------------------------------------------------------- copy

consumer(
    BaseException.__reduce__, _deque.__reduce__, collections.defaultdict.__reduce__,
    _ordered.__reduce__, set.__reduce__, frozenset.__reduce__,
)  # fmt: skip


@lowering(object.__reduce_ex__)
def reduce_ex_lowering(self, protocol, /):
    """How `copy` takes an object apart (protocol 2 and up)."""
    cls = type(self)
    reduce = getattr(cls, "__reduce__", None)
    if reduce is not object.__reduce__:
        return reduce(self)
    if protocol < 2:
        return copyreg._reduce_ex(self, protocol)
    args, keywords = (), {}
    if hasattr(cls, "__getnewargs_ex__"):
        args, keywords = self.__getnewargs_ex__()
    elif hasattr(cls, "__getnewargs__"):
        args = self.__getnewargs__()
    elif has_more_than_attributes(cls):
        return object.__reduce_ex__(self, protocol)  # an error that says so
    state = self.__getstate__()
    items = iter(self) if isinstance(self, list) else None
    pairs = iter(self.items()) if isinstance(self, dict) else None
    if keywords:
        return copyreg.__newobj_ex__, (cls, args, keywords), state, items, pairs
    return copyreg.__newobj__, (cls, *args), state, items, pairs


def has_more_than_attributes(cls):
    """Is there something in an instance that neither its state nor its items are?"""
    if cls.__getstate__ is not object.__getstate__ or issubclass(cls, (list, dict)):
        return False
    return c_class(cls) is not None


@lowering(types.SimpleNamespace.__reduce__)
def namespace_reduce_lowering(self, /):
    return type(self), (), vars(self)


@lowering(object.__getstate__)
def getstate_lowering(self, /):
    names = copyreg._slotnames(type(self))
    state = getattr(self, "__dict__", None) or None
    slots = {}
    for name in names:
        value = getattr(self, name, _missing)
        if value is not _missing:
            slots[name] = value
    return (state, slots) if slots else state


# --------------------------------------------------------- no gradient at all

nondifferentiable(
    list.index, list.count, list.__len__, list.__contains__, list.__eq__, list.__ne__, list.__lt__,
    list.__le__, list.__gt__, list.__ge__, tuple.index, tuple.count, tuple.__len__,
    tuple.__contains__, tuple.__eq__, tuple.__ne__, tuple.__lt__, tuple.__le__, tuple.__gt__,
    tuple.__ge__, tuple.__hash__, dict.__len__, dict.__contains__, dict.__eq__, dict.__ne__,
    set.__len__, set.__contains__, set.__eq__, set.__ne__, set.issubset, set.issuperset,
    set.isdisjoint, frozenset.__len__, frozenset.__contains__, frozenset.issubset,
    frozenset.issuperset, frozenset.isdisjoint, _deque.index, _deque.count, _deque.__len__,
    _deque.__contains__, bisect.bisect_left, bisect.bisect_right,
)  # fmt: skip
