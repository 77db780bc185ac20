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
    with pytest.raises(UnsupportedError, match="frozenset"):
        zg.gradient(lambda s: sum(s), frozenset([1.0]))


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


def test_as_inputs_of_inner_levels():
    with pytest.raises(UnsupportedError, match="set"):
        zg.gradient(lambda x: zg.gradient(lambda s: sum(s), {1.0})[0][1.0] * x, 2.0)


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
