"""Iterators and views of an input that is changed while they are in use, and objects passed on.

What C code keeps must be the input itself: a copy would show old values, and take the changes made
to it away from the input.
"""

import collections
import copy
import heapq
import itertools
import operator
import types

import pytest
from programs import _reference, _trees

import zygcore as zg


def compare(f, *args):
    """The value is CPython's, and the gradient that of finite differences, for every number."""

    def at(path, v):
        return f(*_trees.replaced(copy.deepcopy(args), path, v))

    try:
        wanted = f(*copy.deepcopy(args))
    except (RuntimeError, KeyError) as error:
        with pytest.raises(type(error)) as caught:
            zg.gradient(f, *copy.deepcopy(args))
        assert str(caught.value) == str(error)
        return
    value, grads = zg.withgradient(f, *copy.deepcopy(args))
    assert value == wanted
    for path, leaf in _trees.leaves(args):
        if type(leaf) is bool:
            continue
        slope, error = _reference.slope(lambda v, path=path: at(path, v), leaf)
        assert (_trees.at(grads, path) or 0.0) == pytest.approx(slope, abs=1e-7 + 10 * error)


def total(items):
    """Of numbers in nested tuples, each with a weight of its own."""
    out = 0.0
    for i, item in enumerate(items, 2):
        out += i * (total(item) if isinstance(item, tuple) else item)
    return out


ITERATORS = {
    "iter": iter,
    "reversed": reversed,
    "__iter__": lambda xs: xs.__iter__(),
    "__reversed__": lambda xs: xs.__reversed__(),
    "enumerate": enumerate,
    "enumerate by keyword": lambda xs: enumerate(iterable=xs, start=3),
    "zip": lambda xs: zip(xs, xs, range(9), strict=False),
    "map": lambda xs: map(operator.mul, xs, xs),
    "filter": lambda xs: filter(None, xs),
    "generator": lambda xs: (x * x for x in xs),
    "chain": lambda xs: itertools.chain([1.0], xs, xs),
    "chain of lists": lambda xs: itertools.chain.from_iterable([xs, xs]),
    "islice": lambda xs: itertools.islice(xs, 0, None, 2),
    "cycle": lambda xs: itertools.islice(itertools.cycle(xs), 5),
    "pairwise": itertools.pairwise,
    "tee": lambda xs: itertools.tee(xs)[1],
    "zip_longest": lambda xs: itertools.zip_longest(xs, xs[:1], fillvalue=7.0),
    "accumulate": itertools.accumulate,
    "takewhile": lambda xs: itertools.takewhile(bool, xs),
    "compress": lambda xs: itertools.compress(xs, itertools.cycle([1, 1, 0])),
    "starmap": lambda xs: itertools.starmap(operator.mul, zip(xs, xs, strict=True)),
    "product": lambda xs: itertools.product(xs, repeat=2),
    "combinations": lambda xs: itertools.combinations(xs, 2),
    "partial": lambda xs: map(xs.__getitem__, [0]),
}

CHANGES = {
    "item": lambda xs: operator.setitem(xs, 1, xs[1] * xs[0]),
    "slice": lambda xs: operator.setitem(xs, slice(1, 2), [xs[0] * 5, xs[2]]),
    "deletion": lambda xs: operator.delitem(xs, 1),
    "append": lambda xs: xs.append(xs[0] * xs[1]),
    "insert": lambda xs: xs.insert(0, xs[2] * 2),
    "pop": lambda xs: xs.pop(0),
    "extend": lambda xs: xs.extend([xs[0], 4.0]),
    "in place": lambda xs: operator.iadd(xs, [xs[1] * 3]),
    "repeated": lambda xs: operator.imul(xs, 2),
    "reverse": lambda xs: xs.reverse(),
    "sort": lambda xs: xs.sort(),
    "heapify": heapq.heapify,
    "clear": lambda xs: (xs.clear(), xs.append(2.0)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("iterator", ITERATORS)
def test_lists(iterator, change):
    def f(xs, begun):
        it = ITERATORS[iterator](xs)
        out = 0.0
        if begun:
            out = total((next(it),))
        CHANGES[change](xs)
        return out * 3.0 + total(it) + total(xs) * 0.5

    for begun in (False, True):
        compare(f, [3.0, 1.5, 2.0], begun)


VIEWS = {
    "values": lambda d: d.values(),
    "items": lambda d: ((len(k), v) for k, v in d.items()),
    "view of items": lambda d: d.items(),
    "keys": lambda d: (d[k] for k in d.keys()),
    "iter": lambda d: map(d.get, iter(d)),
    "reversed values": lambda d: reversed(d.values()),
    "mapping of a view": lambda d: d.values().mapping.values(),
    "chain map": lambda d: collections.ChainMap({}, d).values(),
}

DICT_CHANGES = {
    "item": lambda d: operator.setitem(d, "a", d["a"] * d["bb"]),
    "new item": lambda d: operator.setitem(d, "new", d["a"] * d["bb"]),
    "update": lambda d: d.update(a=d["bb"] * 2, bb=d["a"]),
    "merge": lambda d: operator.ior(d, {"a": d["bb"] * 2}),
    "deletion": lambda d: operator.delitem(d, "a"),
    "pop": lambda d: operator.setitem(d, "bb", d.pop("a") * d["bb"]),
    "setdefault": lambda d: d.setdefault("z", d["a"] * 2),
    "clear": lambda d: (d.update(a=d["a"] * 2), d.popitem()),
}


def numbers(items):
    """Keys count with their length."""
    return tuple(
        tuple(len(part) if type(part) is str else part for part in item)
        if type(item) is tuple
        else item
        for item in items
    )


@pytest.mark.parametrize("kind", [dict, collections.OrderedDict])
@pytest.mark.parametrize("change", DICT_CHANGES)
@pytest.mark.parametrize("view", VIEWS)
def test_dicts(view, change, kind):
    def f(d, begun):
        items = VIEWS[view](d)
        out = 0.0
        if begun:
            items = iter(items)
            out = total(numbers([next(items)]))
        DICT_CHANGES[change](d)
        return out * 3.0 + total(numbers(items)) + total(d.values()) * 0.5

    for begun in (False, True):
        compare(f, kind(a=3.0, bb=1.5, ccc=2.0), begun)


def test_programs_that_write_while_they_enumerate():
    def scaled(xs):
        for i, x in enumerate(xs):
            xs[i] = x * xs[i - 1]
        for (i, x), y in zip(enumerate(xs), reversed(xs), strict=True):
            xs[len(xs) - 1 - i] += x * y
        return total(xs)

    for _ in range(2):  # instructions remember what they saw
        compare(scaled, [1.5, 2.0, 0.5, 3.0])


class Pair:
    """Has an order and items of its own."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    def __iter__(self):
        yield self.a
        yield self.b

    def __gt__(self, other):
        return self.a > other.a

    def __lt__(self, other):
        return self.a < other.a


PASSED = {
    "SimpleNamespace": lambda xs: types.SimpleNamespace(w=xs).w,
    "dict": lambda xs: dict(w=xs)["w"],
    "update": lambda xs: collections.OrderedDict(w=xs)["w"],
    "max": lambda xs: max(xs, [0.0], [-1.0, 2.0]),
    "min": lambda xs: min(xs, [100.0]),
    "max by key": lambda xs: max(xs, [0.0], key=len),
    "max of one": lambda xs: max([xs, [0.0]]),
    "zip_longest": lambda xs: [*itertools.zip_longest([1, 2], [3], fillvalue=xs)][1][1],
    "default of get": lambda xs: {}.get("k", xs),
    "setdefault": lambda xs: {}.setdefault("k", xs),
    "default of next": lambda xs: next(iter(()), xs),
    "default of max": lambda xs: max([], default=xs),
    "getattr": lambda xs: getattr(object(), "k", xs),
    "repeat": lambda xs: next(itertools.repeat(xs)),
    "slice": lambda xs: slice(xs, None).start,
    "deque": lambda xs: collections.deque([xs], maxlen=1).pop(),
    "sorted": lambda xs: sorted([xs, [0.0]])[1],
    "fromkeys": lambda xs: dict.fromkeys("ab", xs)["b"],
    "heap": lambda xs: heapq.nlargest(1, [xs, [0.0]])[0],
    "map": lambda xs: next(map(lambda v: v, [xs])),
    "object of a type": lambda xs: type("T", (), {"v": xs})().v,
}


@pytest.mark.parametrize("way", PASSED)
def test_objects_passed_on(way):
    def f(xs, x):
        ys = PASSED[way](xs)
        ys[0] = ys[0] * x
        xs[1] *= 3.0
        xs.append(ys[0])
        return total(xs) * ys[1]

    compare(f, [3.0, 1.5], 2.0)


def test_the_larger_of_two_objects_is_that_object():
    def f(x, y):
        p, q = Pair(x, y), Pair(y, x)
        largest, smallest = max(p, q), min(p, q)
        largest.a *= 2.0
        return p.a * 3 + q.a * 5 + smallest.b * largest.b

    compare(f, 2.0, 3.0)
    compare(f, 3.0, 2.0)
