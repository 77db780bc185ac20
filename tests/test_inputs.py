"""Inputs other than lists, tuples, dicts and objects: sets, deques, modules, what is made in C."""

import array
import collections
import datetime
import itertools
import re
import threading
import types

import numpy as np
import pytest

import zygcore as zg
from zygcore import Grad
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.types import update


def gradient_of(f, x):
    (g,) = zg.gradient(f, x)
    return g


def test_sets():
    values = {1.0, 2.0}
    assert gradient_of(lambda s: sum(v * v for v in s), values) == {1.0: 2.0, 2.0: 4.0}
    assert values == {1.0, 2.0}
    # an equal constant is not an item
    assert gradient_of(lambda s: max(s) * 2.0 + float(1.0 in s), values) == {1.0: None, 2.0: 2.0}
    assert gradient_of(lambda pair: sum(pair[0]) * pair[1], [{1.0, 4.0}, 3.0]) == [
        {1.0: 3.0, 4.0: 3.0},
        5.0,
    ]
    assert zg.gradient(lambda s, x: (s.add(x * 2), sum(s))[1], {1.0}, 3.0) == ({1.0: 1.0}, 2.0)


def test_frozen_sets():
    assert zg.gradient(lambda s, x: x * len(s), frozenset("ab"), 2.0) == (None, 2.0)
    values = frozenset([2.0, 3.0])
    assert gradient_of(lambda s: sum([v * v for v in s]), values) == {2.0: 4.0, 3.0: 6.0}
    assert gradient_of(lambda s: max(s) * sorted(s)[0], values) == {2.0: 3.0, 3.0: 2.0}
    assert gradient_of(lambda s: sum(s | {7.0}) * len(s - {3.0}), values) == {2.0: 1.0, 3.0: 1.0}
    # an equal constant is not an item
    assert gradient_of(lambda s: max(s) * 2.0 + float(2.0 in s), values) == {2.0: None, 3.0: 2.0}
    assert gradient_of(lambda d: sum(d["k"]) * d["x"], {"k": values, "x": 4.0}) == {
        "k": {2.0: 4.0, 3.0: 4.0},
        "x": 5.0,
    }
    assert update(values, {2.0: 1.0, 3.0: None}, 0.5) == {1.5, 3.0}
    assert type(update(values, {2.0: 1.0}, 0.5)) is frozenset


def test_deques():
    q = collections.deque([2.0, 3.0], maxlen=5)
    assert gradient_of(lambda d: d[0] * d[1], q) == [3.0, 2.0]
    assert q == collections.deque([2.0, 3.0])
    assert q.maxlen == 5
    assert gradient_of(lambda d: sum(v * i for i, v in enumerate(d)), q) == [0.0, 1.0]

    def rotated(d):
        d.rotate(1)
        d.append(d[0] * 2)
        return d.popleft() * d[-1]

    assert gradient_of(rotated, collections.deque([2.0, 3.0])) == [None, 12.0]
    nested = collections.deque([[1.0, 2.0], {"k": 3.0}])
    assert gradient_of(lambda d: d[0][1] * d[1]["k"], nested) == [[None, 3.0], {"k": 2.0}]
    arrays = collections.deque([np.ones(2), np.arange(2.0)])
    g = gradient_of(lambda d: np.sum(d[0] * d[1]), arrays)
    assert [a.tolist() for a in g] == [[0.0, 1.0], [1.0, 1.0]]


def test_modules():
    """The globals that the functions of a module read are its variables."""
    module = types.ModuleType("model")
    exec(
        "import math\nw = 3.0\nb = [1.0, 2.0]\nname = 'n'\ndef f(x): return w * w * x + b[1]\n",
        vars(module),
    )
    assert gradient_of(lambda m: m.f(2.0) + m.w, module) == Grad(w=13.0, b=[None, 1.0])
    assert module.w == 3.0
    import math

    assert zg.gradient(lambda m, x: m.sin(x), math, 0.5) == (None, math.cos(0.5))


class Model:
    def __init__(self, w):
        self.w = w


def test_variables_of_modules_may_be_anything():
    def make(w):
        return lambda x: w * x

    module = types.ModuleType("model")
    module.model, module.layer, module.n = Model(2.0), make(3.0), 4
    module.q, module.s = collections.deque([5.0]), {6.0}
    module.table = collections.OrderedDict(a=7.0)
    module.plain, module.text, module.flag = len, "text", True

    def f(m):
        m.q.append(m.model.w)
        return m.layer(m.model.w) * m.n + sum(m.q) * sum(m.s) + m.table["a"] * m.flag

    assert gradient_of(f, module) == Grad(
        model=Grad(w=18.0),
        layer=Grad(w=8.0),
        n=6.0,
        q=[6.0],
        s={6.0: 7.0},
        table={"a": 1.0},
    )
    assert list(module.q) == [5.0, 2.0]


class Named(list):
    def __init__(self, items, name):
        super().__init__(items)
        self.name = name


class Record(dict):
    """A dict whose items are its attributes."""

    def __init__(self, **items):
        super().__init__(**items)
        self.__dict__ = self


def test_containers_with_attributes():
    assert gradient_of(lambda v: v[0] * v[1] * len(v.name), Named([2.0, 3.0], "ab")) == [6.0, 4.0]
    with pytest.raises(UnsupportedError, match="also has attributes"):
        zg.gradient(lambda v: sum(v) * v.name, Named([2.0], 3.0))
    with pytest.raises(UnsupportedError, match="also has attributes"):
        zg.gradient(lambda x: zg.gradient(lambda v: v[0] * v.name, Named([x], x))[0][0], 2.0)

    def f(r, y):
        first = r.w * r["b"]
        r.w = y
        r["b"] = r.w * 2
        r.new = first
        return r.b * first + sum(r.values())

    r = Record(w=2.0, b=3.0)
    assert zg.gradient(f, r, 1.5) == ({"w": 12.0, "b": 8.0}, 15.0)
    assert r == {"w": 1.5, "b": 3.0, "new": 6.0}
    assert vars(r) is r
    new = update(r, {"w": 1.0, "b": None, "new": 2.0}, 0.5)
    assert (new, new.w, type(new)) == ({"w": 1.0, "b": 3.0, "new": 5.0}, 1.0, Record)
    assert vars(new) is new
    assert r.w == 1.5


def test_iterators_that_outlive_the_gradient():
    kept = []

    def f(xs, d):
        kept[:] = iter(xs), reversed(xs), d.values(), d.items()
        return next(kept[0]) * xs[1] + sum(kept[2])

    xs, d = [2.0, 3.0, 4.0], {"a": 1.0}
    assert zg.gradient(f, xs, d) == ([3.0, 2.0, None], {"a": 1.0})
    xs.append(9.0)
    d["b"] = 5.0
    steps, back, values, items = kept
    assert zg.gradient(lambda x: next(steps) * x * len(values), 2.0) == (6.0,)
    assert (list(steps), list(back), list(values)) == ([4.0, 9.0], [4.0, 3.0, 2.0], [1.0, 5.0])
    assert (items, list(items)) == (d.items(), [("a", 1.0), ("b", 5.0)])
    assert isinstance(steps, type(iter([])))


def test_as_inputs_of_inner_levels():
    """d/dx of the gradient of a function of sets, deques and modules with x in them."""

    def slope(make, f, key):
        def inner(x):
            return part(zg.gradient(lambda p, z: f(p) * z, make(x), x)[0], key)

        def difference(x, h=1e-5):
            return (inner(x + h) - inner(x - h)) / (2 * h)

        (found,) = zg.gradient(inner, 1.5)
        assert found == pytest.approx(difference(1.5), rel=1e-8)
        return found

    def part(g, key):
        return list(g.values())[key] if isinstance(g, dict) else g[key]

    def changed(q):
        q.rotate(1)
        q.append(q[0] ** 2)
        return sum([v**3 for v in q])

    def module(x):
        m = types.ModuleType("model")
        m.w, m.b = x * x, collections.deque([x])
        return m

    slope(lambda x: {x * 2}, lambda s: sum([v**3 for v in s]), 0)
    slope(lambda x: frozenset([x * 2]), lambda s: sum([v**3 for v in s]), 0)
    slope(lambda x: collections.deque([1.0, x * x]), lambda q: q[0] * q[1] ** 3, 1)
    slope(lambda x: collections.deque([1.0, x * x]), changed, 1)
    slope(module, lambda m: m.w**3 * m.b[0], 0)
    assert zg.gradient(
        lambda x: zg.gradient(lambda s: sum(s) * x, {1.0, 3.0})[0][3.0] * x, 2.0
    ) == (4.0,)


def test_pullbacks_of_deques_can_be_called_again():
    _, back = zg.pullback(lambda d: d[0] * d[1], collections.deque([2.0, 3.0]))
    assert back(1.0) == ([3.0, 2.0],)
    assert back(2.0) == ([6.0, 4.0],)


class Failure(Exception):
    def __init__(self, code, weight):
        super().__init__(code)
        self.weight = weight


def test_exceptions():
    assert gradient_of(lambda e: e.args[0] ** 2, ValueError(3.0)) == Grad(args=(6.0,))
    assert gradient_of(lambda e: e.value * e.args[0], StopIteration(3.0)) == Grad(
        value=3.0, args=(3.0,)
    )

    def raised(e):
        try:
            raise e
        except Failure as failure:
            return failure.args[0] * failure.weight**2

    assert gradient_of(raised, Failure(2.0, 3.0)) == Grad(weight=12.0, args=(9.0,))
    same = 3.0
    assert gradient_of(raised, Failure(same, same)) == Grad(weight=18.0, args=(9.0,))

    def changed(e):
        e.args = (e.args[0] * 2.0, e.args[0])
        return e.args[0] * e.args[1]

    assert gradient_of(changed, ValueError(3.0)) == Grad(args=(12.0,))
    inner = lambda x: gradient_of(lambda e: e.args[0] ** 3, ValueError(x)).args[0]
    assert zg.gradient(inner, 2.0) == (12.0,)


def test_builtin_methods():
    w = np.array([1.0, 2.0])
    g = gradient_of(lambda f: f(np.array([3.0, 4.0])), w.dot)
    assert g.__self__.tolist() == [3.0, 4.0]
    assert gradient_of(lambda f: f(0) ** 2, [3.0].__getitem__) == Grad(__self__=[6.0])
    assert gradient_of(lambda f: f("a") * f("b", 2.0), {"a": 3.0}.get) == Grad(__self__={"a": 2.0})
    assert gradient_of(lambda fs: sum(f(5.0) for f in fs), [(3.0).__mul__, (4.0).__add__]) == [
        Grad(__self__=5.0),
        Grad(__self__=1.0),
    ]
    xs = [2.0]
    assert zg.gradient(lambda f, x: (f(x), xs[0] * xs[1])[1], xs.append, 3.0) == (
        Grad(__self__=[3.0]),
        2.0,
    )
    inner = lambda x: gradient_of(lambda f: f(x), x.__mul__).__self__
    assert zg.gradient(inner, 2.0) == (1.0,)
    assert zg.gradient(lambda f, x: x * f([1]), len, 2.0) == (None, 1.0)


def test_mapping_proxies():
    values = {"a": 3.0, "b": 4.0}

    def f(m):
        return sum(m.values()) * m["a"] + m.get("c", 1.0) * dict(m)["b"] + sum({**m}.values())

    assert gradient_of(f, types.MappingProxyType(values)) == {"a": 11.0, "b": 5.0}
    inner = lambda x: gradient_of(lambda m: m["a"] ** 3, types.MappingProxyType({"a": x}))["a"]
    assert zg.gradient(inner, 2.0) == (12.0,)


def test_attributes_of_a_thread():
    here = threading.local()
    here.w = 3.0
    assert gradient_of(lambda o: o.w**2, here) == Grad(w=6.0)


def generated(x):
    yield x
    yield 2.0


SEALED = {
    "list_iterator": lambda: iter([2.0, 3.0]),
    "map": lambda: map(abs, [2.0, 3.0]),
    "chain": lambda: itertools.chain([2.0], [3.0]),
    "generator": lambda: generated(2.0),
    "dict_values": {"a": 2.0}.values,
    "flatiter": lambda: np.ones(3).flat,
    "memoryview": lambda: memoryview(np.ones(3)),
    "array": lambda: array.array("d", [1.0, 2.0]),
}


@pytest.mark.parametrize("name", SEALED)
def test_what_has_no_named_parts_is_refused_where_it_counts(name):
    make = SEALED[name]
    with pytest.raises(AdjointError, match=f"an input of type {name}, whose parts have no names"):
        zg.gradient(lambda items: sum(v * v for v in items), make())
    refused = "inside of an input|a generator that differentiated code has made"
    with pytest.raises((AdjointError, UnsupportedError), match=refused):  # at an inner level
        zg.gradient(lambda x: x * zg.gradient(lambda items: sum(items), make())[0], 2.0)
    # its values may steer, and it may be captured
    assert zg.gradient(lambda x, items: x * len(list(items)), 2.0, make())[1] is None
    held = make()
    (g,) = zg.gradient(lambda x: x * next(iter(held)), 5.0)
    assert g == next(iter(make()))


def test_what_is_data_for_good():
    """Documented: no numbers inside, or what an iterator inside an object gives."""
    assert zg.gradient(lambda x, d: x * d.total_seconds(), 2.0, datetime.timedelta(0, 3)) == (
        3.0,
        None,
    )
    assert zg.gradient(lambda x, p: x * len(p.match("aab").group()), 2.0, re.compile("a*")) == (
        2.0,
        None,
    )

    class Trainer:
        def __init__(self):
            self.weight, self.batches = 2.0, itertools.cycle([3.0, 4.0])

        def loss(self):
            return sum(self.weight * next(self.batches) for _ in range(3))

    assert gradient_of(Trainer.loss, Trainer()) == Grad(weight=10.0, batches=None)

    def scaled(x, factor=3.0):
        return x * factor

    assert gradient_of(lambda f: f(2.0), scaled) is None  # defaults are constants
    assert gradient_of(lambda c: c.weight * 2.0, type("Config", (), {"weight": 1.0})) is None


def test_exception_groups():
    nested = ExceptionGroup("outer", [ValueError(2.0), ExceptionGroup("inner", [TypeError(3.0)])])

    def both(group):
        total = 0.0
        try:
            raise group
        except* TypeError as found:
            total += found.exceptions[0].exceptions[0].args[0] ** 2
        except* ValueError as found:
            total += found.exceptions[0].args[0] * 5.0
        return total

    g = gradient_of(both, nested)
    assert g.exceptions[0] == Grad(args=(5.0,))
    assert g.exceptions[1].exceptions == (Grad(args=(6.0,)),)


def test_mapping_proxies_show_what_changes():
    values = {}

    def f(m):
        a = m["a"]
        values["a"] = a * 3.0
        later, pairs = iter(m.values()), m.items()
        values["b"] = a
        return m["a"] * next(later) + next(later) + sum(v for _, v in pairs)

    def at(a):
        values.update(a=a, b=2.0)
        return f(types.MappingProxyType(values))

    known = (at(1.5 + 1e-6) - at(1.5 - 1e-6)) / 2e-6
    values.update(a=1.5, b=2.0)
    y, (g,) = zg.withgradient(f, types.MappingProxyType(values))
    assert y == at(1.5)
    assert g["a"] == pytest.approx(known, rel=1e-8)
    assert g["b"] is None
    with pytest.raises(UnsupportedError, match="no dict"):
        proxy = types.MappingProxyType(collections.UserDict(a=1.0))
        zg.gradient(lambda m: m["a"], proxy)
