"""`zg.checkpoint`: programs do and give what they do without it."""

import collections
import dataclasses
import functools
import itertools
import math
import operator
import random
import sys
import types
import weakref
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from checkpointing import assert_same, grad, peak, plain

import zygcore as zg
from zygcore import checkpoint
from zygcore.testing import check_adjoint

X3 = np.array([1.0, 2.0, 3.0])


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: float
    b: list


class Pair(NamedTuple):
    u: float
    v: np.ndarray


class Model:
    """With hidden state, a generator of its own, and state in the class."""

    calls = 0

    def __init__(self, w):
        self.w, self.total, self.log = w, 0.0, []
        self.rng = np.random.default_rng(1)

    def __call__(self, x):
        Model.calls += 1
        h = x * self.w * self.rng.random() * Model.calls
        self.total += h * h
        self.log.append(h)
        return h + 1


class Slots:
    __slots__ = ("__private", "x")

    def __init__(self, x):
        self.x = self.__private = x

    def step(self, a):
        self.__private, self.x = self.x * a, self.__private
        return self.x


def objects(k, w, x):
    Model.calls = 0
    m = Model(w)
    y = k(m, k(m, x))
    return y * m.total + m.log[0] * m.log[-1] * m.rng.random() * Model.calls


def slots(k, x):
    s = Slots(x)
    return k(s.step, x) * k(s.step, 3.0) * s.x


def arrays(k, x):
    b = np.zeros(4)

    def f(x):
        b[:3] += x
        b[3] *= 2
        return (b * b).sum()

    y = k(f, x)
    b[1] = 7
    return y * k(f, x * 2) + b.sum()


def argument_in_place(k, x):
    def f(x):
        x[0] = x[1] * x[0]
        return x

    y = k(f, x)
    return y[0] * x[0] * x[1]


def view_written(k, x):
    y = k(lambda x: x[1:], x)
    y *= 2
    return (x * x).sum()


def identity_written(k, x):
    y = k(lambda x: x, x)
    y[0] = 5 * x[1]
    return (x * x).sum()


def list_returned(k, x):
    y = k(lambda x: (x.append(x[0] * 2), x)[1], x)
    y[0] = 5 * x[1]
    return sum(v * v for v in x)


def changed_afterwards(k, x):
    w, a = [2.0], np.ones(3)
    y = k(lambda x: (x * w[0] * a * x).sum(), x)
    w[0] = 5.0
    a[:] = 7.0
    return y * w[0] * a[0]


def captured(k, x):
    t = x

    def f(a):
        nonlocal t
        t = t * a
        return t

    return k(f, 2.0) * k(f, x) * t


state = {"r": 1.0}


def globals_changed(k, x):
    state["r"] = x

    def f(a):
        state["r"] *= a
        return a

    k(f, 3.0)
    return k(f, x) * state["r"]


def default(k, w):
    def f(a, w=w, *, v=w * w):
        return a * w * v

    return k(f, 3.0)


def appended(k, x):
    d = collections.deque([x, 2 * x, x * x], maxlen=3)
    k(lambda: d.append(d[0] * d[1]))
    return sum(d)


def shuffled(k, x):
    xs = [x * i for i in range(5)]
    k(random.shuffle, xs)
    return sum(v * i for i, v in enumerate(xs))


def rotated(k, xs):
    k(lambda: xs.append(xs.pop(0)))
    return sum(v * i for i, v in enumerate(xs))


def swapped(k, p):
    def f():
        p.a, p.b = p.b, p.a

    k(f)
    return p.a * p.a * p.b


def arrays_swapped(k, xs):
    k(xs.reverse)
    return (xs[0] * xs[0] * xs[1]).sum()


def caught(k, x):
    m = SimpleNamespace(w=x, total=0.0)

    def f(a):
        m.total = a * m.w
        raise ValueError(a * m.w)

    try:
        k(f, 3.0)
    except ValueError as error:
        return m.total * error.args[0]


def nested(k, x):
    return k(lambda y: k(lambda z: z * z * x, y) * y, x)


def gradient_inside(k, x):
    return k(lambda a: grad(lambda b: b**3 * a, a), x)


def second_order(k, x):
    return grad(lambda y: k(lambda z: z**3 * x, y), x)


def third_order(k, x):
    return grad(lambda v: grad(lambda y: k(lambda z: z**4 * v, y), v), x)


def second_order_of_lists(k, x):
    def inner(y):
        xs = [y]

        def f(a):
            xs.append(a * xs[-1] * x)
            xs[0] = xs[0] * a
            return a + xs[1]

        r = k(f, y)
        return r * k(f, r) * xs[0] * xs[-1]

    return grad(inner, x)


def second_order_in_place(k, x):
    def inner(y):
        b = np.zeros(3)

        def f(a):
            b[:] = b * a + x
            return (b * a).sum()

        return k(f, y) * k(f, y * y) + b[0]

    return grad(inner, x).sum()


def drawn(k, x):
    f = lambda x: x * random.random() * np.random.rand()
    return k(f, x) * random.random() * k(f, x) * np.random.rand()


def matrices(k, W, x):
    return k(lambda x: np.tanh(W @ x), k(lambda x: np.tanh(W @ x), x)).sum()


#: a module of the user's, with numbers that programs set
settings = types.ModuleType("settings_of_a_test")
exec(
    "rate = None\n"
    "def squared(): return rate * rate\n"
    "def found(): return globals()['ra' + 'te']\n"
    "class Config: rate = None",
    vars(settings),
)


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.setitem(sys.modules, settings.__name__, settings)


def of_a_module(read):
    def program(k, x):
        settings.rate = settings.Config.rate = x
        return k(read) * x

    return program


def imported():
    import settings_of_a_test as module
    from settings_of_a_test import rate

    return module.rate * rate


def class_changed(k, x):
    class Config:
        rate = 0.0

    def f():
        Config.rate = Config.rate * 2 or x

    k(f)
    k(f)
    return Config.rate * x


class Properties:
    def __init__(self, x):
        self._x = x

    @property
    def x(self):
        return self._x

    @functools.cached_property
    def square(self):
        return self._x**2

    def times(self, y):
        return self._x * y

    def __getattr__(self, name):
        return self._x


def properties(k, x):
    p = Properties(x)
    return k(lambda: p.x * p.square * p.any) * p.square


def by_weak_references(k, x):
    p = Properties(x)
    r, d = weakref.ref(p), weakref.WeakValueDictionary(p=p)
    return k(lambda: r().x * d["p"].x)


def only_weak_references(k, x):
    """The second run finds objects that nothing else has kept."""
    d, p = weakref.WeakKeyDictionary(), Properties(x)
    r, keys, method = weakref.ref(p), d.keys, weakref.WeakMethod(p.times)
    d[p] = x * x
    return k(lambda: r().x * method()(x) * sum(d[key] for key in keys()))


class Base:
    """Finds what is derived from it without a reference in its code."""


def by_subclasses(k, x):
    class Derived(Base):
        rate = x

    return k(lambda: Base.__subclasses__()[-1].rate * x) + 0 * Derived.rate


rate_of = operator.attrgetter("rate")
squared_by = operator.methodcaller("squared")


def function_attribute(k, x):
    f = lambda y: y * f.scale
    f.scale = x
    return k(f, 3.0)


PROGRAMS = {
    "module": (of_a_module(lambda: settings.rate), 3.0),
    "module function": (of_a_module(lambda: settings.squared()), 3.0),
    "module attribute": (of_a_module(lambda: getattr(settings, "ra" + "te")), 3.0),
    "attrgetter": (of_a_module(lambda: rate_of(settings)), 3.0),
    "methodcaller": (of_a_module(lambda: squared_by(settings)), 3.0),
    "subclasses": (by_subclasses, 3.0),
    "only weak references": (only_weak_references, 3.0),
    "imported": (of_a_module(imported), 3.0),
    "class": (of_a_module(lambda: settings.Config().rate), 3.0),
    "globals()": (of_a_module(settings.found), 3.0),
    "class changed": (class_changed, 3.0),
    "properties": (properties, 3.0),
    "weak references": (by_weak_references, 3.0),
    "function attribute": (function_attribute, 3.0),
    "generator inside": (lambda k, x: k(lambda: sum(v * v for v in (x, 2 * x))), 3.0),
    "closure": (lambda k, x, w: k(lambda y: [y * w], x)[0], 1.0, 3.0),
    "integers": (lambda k, x, w: k(lambda y: y * w, x), 2, 3),
    "keywords": (lambda k, x: k(lambda a, *, b: a * b, x, b=x * x), 3.0),
    "no arguments": (lambda k, x: k(lambda: x * x), 2.0),
    "tuples": (lambda k, x: k(lambda a: (a[0] * 2, (a[1], a[0])), (x, x * x))[1][0], 3.0),
    "dicts": (lambda k, x: k(lambda d: d | {"z": d["x"] ** 2}, {"x": x})["z"] * x, 3.0),
    "input": (lambda k, m: k(lambda a: m["w"][0] * a + m["b"], 3.0), {"w": [2.0], "b": 1.0}),
    "frozen": (
        lambda k, p: k(lambda p: Frozen(p.a * p.b[0], [p.a]), p).a * p.b[0],
        Frozen(3.0, [2.0]),
    ),
    "named tuple": (lambda k, x: k(lambda p: Pair(p.u * 2, p.v * p.u), Pair(x[0], x)).v.sum(), X3),
    "partial": (lambda k, w: k(functools.partial(lambda a, w: a * w, w=w), 3.0), 2.0),
    "builtin method": (lambda k, x, y: k(x.dot, y), X3, 2 * X3),
    "numpy": (lambda k, x: k(np.sum, x * x, axis=0), X3),
    "operator": (lambda k, x: k(operator.mul, x, x), 3.0),
    "constructor": (lambda k, x: k(zg.types.Point, x, x * x).y, 3.0),
    "closure out": (lambda k, x: k(lambda w: lambda a: a * w, x)(3.0), 2.0),
    "identity": (lambda k, x: k(lambda a: a, x) * x, 3.0),
    "complex": (lambda k, x: abs(k(lambda z: z * z * (1 + 2j), x * 1j)) ** 2, 2.0),
    "float32": (lambda k, x: k(lambda z: np.tanh(z) * z, x).sum(), X3.astype(np.float32)),
    "float64": (lambda k, x: k(lambda z: z * z, x[0]) * x[1], X3),
    "views": (lambda k, x: k(lambda x: x.reshape(3, 1)[1:], x).sum() * x[0], X3),
    "nothing": (lambda k, x: (lambda d: (k(lambda: d.update(a=x * x)), d["a"])[1])({}), 3.0),
    "objects": (objects, 2.0, 3.0),
    "slots": (slots, 2.0),
    "arrays": (arrays, X3),
    "array argument": (argument_in_place, np.array([2.0, 3.0])),
    "list argument": (argument_in_place, [2.0, 3.0]),
    "view written": (view_written, X3),
    "identity written": (identity_written, X3),
    "list returned": (list_returned, [1.0, 2.0]),
    "changed afterwards": (changed_afterwards, X3),
    "captured": (captured, 3.0),
    "globals": (globals_changed, 2.0),
    "default": (default, 2.0),
    "appended": (appended, 3.0),
    "shuffled": (shuffled, 2.0),
    "rotated": (rotated, [1.0, 2.0, 3.0]),
    "rotated, equal": (rotated, [0.0] * 3),
    "swapped": (swapped, SimpleNamespace(a=2.0, b=3.0)),
    "swapped, equal": (swapped, SimpleNamespace(**dict.fromkeys("ab", 2.0))),
    "arrays swapped": (arrays_swapped, [X3, 2 * X3]),
    "caught": (caught, 2.0),
    "nested": (nested, 2.0),
    "gradient inside": (gradient_inside, 2.0),
    "second order": (second_order, 2.0),
    "third order": (third_order, 2.0),
    "second order of lists": (second_order_of_lists, 1.1),
    "second order in place": (second_order_in_place, X3),
    "drawn": (drawn, 2.0),
    "matrices": (matrices, np.arange(9.0).reshape(3, 3) / 10, X3),
}


def copied(x):
    return zg.dropgrad(x)


def seeded(f, *args):
    random.seed(3)
    np.random.seed(4)
    value = f(*args)
    return value, random.random(), np.random.rand()


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    program, *args = PROGRAMS[name]
    with_it = seeded(zg.withgradient, functools.partial(program, checkpoint), *map(copied, args))
    without = seeded(zg.withgradient, functools.partial(program, plain), *map(copied, args))
    assert_same(with_it, without)
    native = seeded(functools.partial(program, plain), *map(copied, args))
    assert_same(with_it[0][0], native[0])
    assert_same(seeded(functools.partial(program, checkpoint), *map(copied, args)), native)


@pytest.mark.parametrize("name", [n for n in PROGRAMS if n not in ("drawn", "shuffled")])
def test_pullbacks_called_twice(name):
    program, *args = PROGRAMS[name]
    y, back = zg.pullback(functools.partial(program, checkpoint), *map(copied, args))
    first, second = back(y * 0 + 1), back(y * 0 + 1)
    assert_same(second, first)
    expected = zg.gradient(functools.partial(program, plain), *map(copied, args))
    assert_same(first, expected)


@pytest.mark.parametrize(
    "x", [0.7, np.array([[1.0, 2.0], [3.0, 4.0]]), [1.5, np.ones(2)]], ids=repr
)
def test_derivatives_of_all_forms(x):
    def f(x):
        return [np.sin(v) * v for v in x] if isinstance(x, list) else np.sin(x) * x

    check_adjoint(lambda x: checkpoint(f, x), x)
    check_adjoint(lambda x: zg.checkpoint_loop(lambda s, i: f(s), x, 3, recorded=2), x)


# ------------------------------------------------------------------------ as in the manual


def test_values_of_the_manual(capsys):
    def foo(x):
        print(x)
        return math.sin(x)

    assert zg.gradient(lambda x: checkpoint(math.sin, x), 1) == (0.5403023058681398,)
    assert zg.gradient(lambda x: checkpoint(foo, x), 1) == (0.5403023058681398,)
    assert capsys.readouterr().out == "1\n1\n"
    assert checkpoint(foo, 1) == math.sin(1)
    assert capsys.readouterr().out == "1\n"  # nothing is differentiated


def test_as_a_decorator():
    assert grad(lambda x: checkpoint(lambda y: [y])(x)[0], 1.0) == 1.0
    calls = itertools.count()

    class Layer:
        @checkpoint
        def forward(self, x, *, bias=0.0):
            """Doc."""
            next(calls)
            return self.w * x + bias

    layer = Layer()
    layer.w = 3.0
    assert Layer.forward.__doc__ == "Doc."
    assert layer.forward(2.0, bias=1.0) == 7.0
    assert zg.gradient(lambda m, x: m.forward(x, bias=x), layer, 2.0) == (zg.Grad(w=2.0), 4.0)
    assert next(calls) == 3
    assert checkpoint(lambda a=2.0: a) == 2.0  # can be called without arguments


# ---------------------------------------------------------------------------------- memory


def block(x):
    for _ in range(20):
        x = np.tanh(x * 1.01)
    return x


def test_memory():
    def chain(k):
        def f(x):
            for _ in range(20):
                x = k(block, x)
            return x.sum()

        return f

    x = np.linspace(0, 1, 10000)
    np.testing.assert_array_equal(grad(chain(checkpoint), x), grad(chain(plain), x))
    assert peak(grad, chain(plain), x) > 350 * x.nbytes
    assert peak(grad, chain(checkpoint), x) < 80 * x.nbytes
