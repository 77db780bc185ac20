"""`p - η * g` and `update`: a new structure of the same type, and the old one as it was."""

import collections
import copy
import functools
import math
import operator
import pickle
import types
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest

import zygcore as zg
from zygcore import Grad
from zygcore.errors import CotangentError
from zygcore.structure import same
from zygcore.types import update


class Plain:
    def __init__(self, a, b):
        self.a, self.b = a, b


class Slotted:
    __slots__ = ("__private", "a", "b", "unset")

    def __init__(self, a, b):
        self.a, self.b = a, b
        self.__private = 1.0

    @property
    def private(self):
        return self.__private


class Both(Slotted):
    """Slots of the base and a dict of its own."""

    def __init__(self, a, b):
        super().__init__(a, b)
        self.c = a


@dataclass
class Data:
    a: object
    b: object
    c: object = field(default=7.0, kw_only=True)


@dataclass(frozen=True)
class Frozen:
    a: object
    b: object


@dataclass(frozen=True, slots=True)
class FrozenSlots(Frozen):
    a: object
    b: object


class Named(NamedTuple):
    a: object
    b: object


Pair = collections.namedtuple("Pair", "a b")


class Guarded(Plain):
    """Neither its __init__ nor its __setattr__ may run."""

    allowed = True

    def __init__(self, a, b):
        assert Guarded.allowed
        super().__init__(a, b)

    def __new__(cls, a, b):
        return super().__new__(cls)

    def __setattr__(self, name, value):
        assert Guarded.allowed
        super().__setattr__(name, value)

    def __getattr__(self, name):
        return 1 / 0

    def __eq__(self, other):
        return 1 / 0

    __hash__ = None


class Unequal(Plain):
    """Truth and equality are strange."""

    def __bool__(self):
        raise ValueError

    def __len__(self):
        return 0


CLASSES = [
    Plain,
    Slotted,
    Both,
    Data,
    Frozen,
    FrozenSlots,
    Named,
    Pair,
    types.SimpleNamespace,
    Guarded,
    Unequal,
]


def make(cls, a, b):
    return cls(a=a, b=b)


# ------------------------------------------------------------------ objects


@pytest.mark.parametrize("cls", CLASSES)
def test_objects(cls):
    W, config = np.array([1.0, 2.0]), {"lr": object()}
    p = make(cls, W, config)
    Guarded.allowed = False
    try:
        q = p - 0.5 * Grad(a=np.array([2.0, 4.0]), b=None)
        r = p + Grad(a=np.ones(2), b=None)
        s = p
        s -= Grad(a=np.ones(2), b=None)
    finally:
        Guarded.allowed = True
    assert type(q) is type(r) is type(s) is cls
    assert (q.a.tolist(), r.a.tolist(), s.a.tolist()) == ([0, 0], [2, 3], [0, 1])
    assert q.b is config
    assert p.a is W and W.tolist() == [1, 2] and s is not p


@pytest.mark.parametrize("cls", CLASSES)
def test_gradient_and_update_fit(cls):
    """One step of descent on a**2 * b from (3, 2): the gradient is (12, 9)."""
    p = make(cls, 3.0, 2.0)
    (g,) = zg.gradient(lambda p: p.a**2 * p.b, p)
    q = p - 0.1 * g
    assert (q.a, q.b) == pytest.approx((1.8, 1.1))
    assert (p.a, p.b) == (3.0, 2.0)
    # and inside of each other
    outer = make(cls, make(cls, 3.0, 2.0), "text")
    (g,) = zg.gradient(lambda p: p.a.a**2 * p.a.b, outer)
    q = outer - 0.1 * g
    assert (q.a.a, q.a.b, q.b) == (pytest.approx(1.8), pytest.approx(1.1), "text")
    assert type(q.a) is cls and outer.a.a == 3.0


def test_private_slots_and_unset_ones():
    s = Both(2.0, 3.0)
    (g,) = zg.gradient(lambda s: s.private * s.a + s.c, s)
    t = s - g
    assert (t.private, t.a, t.b, t.c) == (-1.0, 1.0, 3.0, 1.0)
    assert not hasattr(t, "unset")


def test_properties_and_cached_properties():
    class Circle:
        def __init__(self, r):
            self.r = r

        @property
        def area(self):
            return math.pi * self.r**2

        @functools.cached_property
        def boundary(self):
            return 2 * math.pi * self.r

    c = Circle(2.0)
    assert c.boundary == pytest.approx(4 * math.pi)
    d = c - 0.5 * Grad(r=2.0, boundary=None)
    assert (d.area, d.boundary) == pytest.approx((math.pi, 2 * math.pi))
    assert "boundary" in vars(c) and c.boundary == pytest.approx(4 * math.pi)


def test_attributes_that_hide_behind_properties():
    class Clamped:
        def __init__(self, x):
            self.__dict__["x"] = x

        @property
        def x(self):
            return min(self.__dict__["x"], 1.0)

        @x.setter
        def x(self, value):
            raise AssertionError

    q = Clamped(5.0) - Grad(x=2.0)
    assert vars(q) == {"x": 3.0} and q.x == 1.0


def test_objects_with_arithmetic_of_their_own():
    class Money:
        def __init__(self, amount):
            self.amount = amount

        def __sub__(self, other):
            return Money(("mine", other))

    g = Grad(amount=1.0)
    assert (Money(5.0) - g).amount == ("mine", g)
    assert update(Money(5.0), g).amount == 4.0
    assert update([Money(5.0)], [g])[0].amount == 4.0


def test_own_cotangents():
    class Vector(Plain):
        def __sub__(self, other):
            return ("minus", other.a)

        def __rmul__(self, k):
            return Vector(k * self.a, k * self.b)

    assert update(Plain(1.0, "b"), Plain(2.0, None), 0.5).a == 0.0
    assert update(Frozen(1.0, 2.0), Frozen(2.0, 4.0), 0.5) == Frozen(0.0, 0.0)
    assert update(Named(1.0, 2.0), Named(2.0, 4.0), 0.5) == Named(0.0, 0.0)
    assert update({"v": [Vector(1.0, 2.0)]}, {"v": [Vector(3.0, 4.0)]}, 2) == {
        "v": [("minus", 6.0)]
    }


def test_a_grad_is_a_structure_too():
    p = Grad(x=1.0, y=None, z=[Grad(w=2.0)])
    assert p - Grad(x=0.5, y=None, z=[Grad(w=0.5)]) == Grad(x=0.5, y=None, z=[Grad(w=1.5)])
    assert update([p], [p]) == [Grad(x=0.0, y=None, z=[Grad(w=0.0)])]


# -------------------------------------------------------- lists, tuples and dicts


def test_plain_containers():
    p = [1.0, (2, "a", None), {"k": [3.0], 5: np.ones(2)}]
    g = [1.0, (1, None, None), {"k": [1.0], 5: None}]
    q = update(p, g)
    assert q[:2] == [0.0, (1, "a", None)] and q[2]["k"] == [2.0]
    assert q[2][5] is p[2][5]
    assert p[0] == 1.0 and p[2]["k"] == [3.0]
    assert update((1.0, 2.0), [1.0, None]) == (0.0, 2.0)
    assert update({"a": 1.0, "b": 2.0}, {"a": 1.0}) == {"a": 0.0, "b": 2.0}
    assert list(update({"b": 1.0, "a": 2.0}, {"a": 1.0, "b": 1.0})) == ["b", "a"]


class Stack(list):
    def __init__(self, *items):
        raise AssertionError

    append = extend = __setitem__ = __iter__ = __init__


class Table(dict):
    def __setitem__(self, key, value):
        raise AssertionError

    __getitem__ = items = update = __setitem__


class Duo(tuple):
    __slots__ = ()

    def __new__(cls, items):
        raise AssertionError


def test_containers_made_from_builtin_ones():
    stack = list.__new__(Stack)
    list.append(stack, 2.0)
    q = update(stack, [1.0])
    assert type(q) is Stack and list.__getitem__(q, 0) == 1.0
    q = update(Table(a=2.0), {"a": 1.0})
    assert type(q) is Table and dict.__getitem__(q, "a") == 1.0
    q = update(tuple.__new__(Duo, (1.0, 2.0)), (1.0, None))
    assert type(q) is Duo and tuple(q) == (0.0, 2.0)
    q = update(collections.OrderedDict(b=1.0, a=2.0), {"a": 1.0})
    assert type(q) is collections.OrderedDict and list(q.items()) == [("b", 1.0), ("a", 1.0)]
    q.move_to_end("b")
    assert list(q) == ["a", "b"]
    q = update(collections.defaultdict(list, a=2.0), {"a": 1.0})
    assert q == {"a": 1.0} and q["new"] == []
    q = update(collections.Counter(a=2.0), {"a": 3.0})
    assert type(q) is collections.Counter and q["a"] == -1.0


def test_containers_with_attributes():
    class Named(list):
        pass

    p = Named([1.0])
    p.name = ["x"]
    q = update(p, [1.0])
    assert type(q) is Named and q == [0.0] and q.name is p.name


def test_exceptions_keep_their_arguments():
    p = ValueError("code")
    p.weight = 2.0
    q = p - Grad(weight=0.5)
    assert (type(q), q.args, q.weight, p.weight) == (ValueError, ("code",), 1.5, 2.0)

    class Failure(ValueError):
        def __init__(self, code, weight):
            super().__init__(code)
            self.weight = weight

    with pytest.raises(CotangentError, match=r"Failure cannot be made anew.*'weight'"):
        Failure("code", 2.0) - Grad(weight=0.5)


def test_what_cannot_be_made():
    import time

    cached = functools.lru_cache(dense(1.0, 2.0))
    with pytest.raises(CotangentError, match="_lru_cache_wrapper cannot be made anew"):
        cached - Grad(__wrapped__=Grad(W=1.0))
    with pytest.raises(CotangentError, match="struct_time cannot be made"):
        update(time.struct_time(range(9)), (1.0, *[None] * 8))


@pytest.mark.parametrize("p", [[], (), {}, Plain, [[], {}], None, "text", len, object()])
def test_without_a_gradient_nothing_happens(p):
    assert update(p, None) is p
    assert update([p], [None])[0] is p


def test_empty_structures():
    class Nothing:
        pass

    for p, g in [([], []), ((), ()), ({}, {}), (Nothing(), Grad()), (lambda: 1, Grad())]:
        q = update(p, g)
        assert type(q) is type(p)
        if not isinstance(p, (list, tuple, dict)):
            assert q is not p


# ---------------------------------------------------------------- numbers and arrays


@pytest.mark.parametrize(
    "p, g, rate, want",
    [
        (3, 2, 1, 1),
        (3, 2, 0.5, 2.0),
        (3.0, np.float64(2), 0.5, 2.0),
        (3, np.float32(2), 0.5, 2.0),
        (3.0, 2.0, np.float64(0.5), 2.0),
        (3 + 1j, 2j, 0.5, 3 + 0j),
        (np.float32(3), np.float64(2), 0.5, np.float32(2)),
        (Fraction(1, 2), Fraction(1, 3), 1, Fraction(1, 6)),
        (Fraction(1, 2), Fraction(1, 3), Fraction(3, 4), Fraction(1, 4)),
        (Decimal("0.3"), Decimal("0.1"), 1, Decimal("0.2")),
        (True, None, 1, True),
    ],
)
def test_numbers(p, g, rate, want):
    for new in (
        update(p, g, rate),
        update([p], [g], rate)[0],
        update(Plain(p, 0), Grad(a=g), rate).a,
    ):
        assert new == want and type(new) is type(want)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_arrays_keep_their_dtype(dtype):
    p = np.arange(4, dtype=dtype).reshape(2, 2)
    for rate in (0.5, np.float64(0.5), np.float32(0.5), np.array(0.5)):
        for g in (np.ones((2, 2), dtype), np.ones((2, 2), np.result_type(dtype, np.float64))):
            (q,) = update([p], [g], rate)
            assert q.dtype == dtype and q.tolist() == (p - dtype(0.5)).tolist()
    assert p.tolist() == np.arange(4).reshape(2, 2).tolist()


def test_arrays_of_all_shapes():
    for shape in [(), (0,), (3, 0), (2, 1, 3)]:
        p = np.ones(shape)
        q = update(p, np.ones(shape), 0.5)
        assert type(q) is np.ndarray and q.shape == shape and np.all(q == 0.5)
        assert not np.shares_memory(p, q)
    p = np.ones((4, 4))[::2, ::-1]
    p.flags.writeable = False
    assert update(p, p).tolist() == np.zeros((2, 4)).tolist()
    ints = update(np.array([1, 2]), np.array([0.5, 0.5]))
    assert ints.tolist() == [0.5, 1.5]


# ---------------------------------------------------------------------- functions


def dense(W, b, σ=lambda x: x):
    return lambda x: σ(W @ x + b)


def test_deep_learning_in_five_lines():
    identity = lambda x: x
    η = 0.1
    rng = np.random.default_rng(1)
    randn = lambda *shape: rng.standard_normal(shape)
    x = randn(10)

    dense = lambda W, b, σ=identity: lambda x: σ(W @ x + b)
    chain = lambda *fs: functools.reduce(lambda f, g: lambda x: g(f(x)), fs)
    mlp = chain(dense(randn(5, 10), randn(5), np.tanh), dense(randn(2, 5), randn(2)))
    (m̃,) = zg.gradient(lambda m: np.sum(m(x)), mlp)
    old, before = mlp, mlp(x)
    mlp -= η * m̃  # a new function with updated captured arrays

    assert type(mlp) is types.FunctionType and mlp is not old
    assert old(x).tolist() == before.tolist()
    first, second = [f.cell_contents for f in old.__closure__]
    W1, b1, σ1 = [c.cell_contents for c in first.__closure__]
    W2, b2, _ = [c.cell_contents for c in second.__closure__]
    assert first.__code__.co_freevars == ("W", "b", "σ")
    # sum(W2 @ tanh(W1 @ x + b1) + b2) by hand
    h = np.tanh(W1 @ x + b1)
    dW2, db2 = np.outer(np.ones(2), h), np.ones(2)
    db1 = (W2.T @ np.ones(2)) * (1 - h**2)
    dW1 = np.outer(db1, x)
    new = (W2 - η * dW2) @ np.tanh((W1 - η * dW1) @ x + b1 - η * db1) + b2 - η * db2
    np.testing.assert_allclose(mlp(x), new, rtol=1e-13)
    assert mlp.__closure__[0].cell_contents.__closure__[2].cell_contents is np.tanh


def test_functions_are_copied_whole():
    empty = []

    def outer(w):
        def f(x, *rest, y=empty, **more) -> "annotated":  # noqa: F821
            """A docstring."""
            return w * x

        f.tag = "tagged"
        return f

    f = outer(2.0)
    g = f - Grad(w=0.5)
    assert (g(2.0), f(2.0)) == (3.0, 4.0)
    for name in (
        "__name__", "__qualname__", "__module__", "__doc__", "__annotations__", "__defaults__",
        "__kwdefaults__", "__code__", "__globals__", "__dict__",
    ):  # fmt: skip
        assert getattr(g, name) == getattr(f, name), name
    g.tag = "other"
    assert f.tag == "tagged"


def test_recursive_functions_call_themselves():
    def power(w):
        def f(n):
            return 1.0 if n == 0 else w * f(n - 1)

        return f

    f = power(3.0)
    (g,) = zg.gradient(lambda f: f(3), f)
    assert g == Grad(f=None, w=27.0)
    h = f - g / 27
    assert (h(3), f(3)) == (8.0, 27.0)
    assert (h - Grad(w=1.0))(3) == 1.0


def test_closures_that_share_a_variable_still_do():
    def counter(n, w):
        def add():
            nonlocal n
            n += w

        return add, lambda: n

    p = counter(1.0, 2.0)
    q = update(p, (Grad(n=0.5, w=1.0), Grad(n=0.5)))
    q[0]()
    assert (q[1](), p[1]()) == (1.5, 1.0)


def test_wrapped_and_decorated_functions():
    def scaled(w):
        def decorate(f):
            @functools.wraps(f)
            def wrapper(x):
                return w * f(x)

            return wrapper

        return decorate

    @scaled(2.0)
    def f(x, a=None):
        return x

    def linear(v):
        @scaled(2.0)
        def f(x):
            return v * x

        return f

    assert (f - Grad(w=1.0))(5.0) == 5.0
    g = linear(3.0)
    h = g - Grad(f=Grad(v=1.0))
    assert (h(1.0), g(1.0)) == (4.0, 6.0)
    assert h.__wrapped__(1.0) == 2.0 and g.__wrapped__(1.0) == 3.0


def test_defaults_that_lead_to_what_changes():
    def make(w):
        box = [w]
        return (lambda x: box[0] * x), (lambda x, box=box, *, b=box: box[0] * b[0] * x)

    p = make(3.0)
    q = update(p, (Grad(box=[1.0]), None))
    assert (q[0](1.0), q[1](1.0), p[1](1.0)) == (2.0, 4.0, 9.0)


def test_unbound_variables():
    def make(w):
        def f():
            return w if w > 0 else later

        if w < 0:
            later = 1
        return f

    f = make(2.0)
    assert (f - Grad(w=0.5))() == 1.5
    with pytest.raises(CotangentError, match="cell_contents"):
        f - Grad(later=1.0)


def test_bound_methods():
    class Model(Plain):
        def loss(self, x):
            return self.a * x + self.b

        def __call__(self, x):
            return self.loss(x)

        @classmethod
        def make(cls):
            return cls

    m = Model(2.0, 3.0)
    (g,) = zg.gradient(lambda f: f(5.0), m.loss)
    assert g == Grad(__func__=None, __self__=Grad(a=5.0, b=1.0))
    f = m.loss - 0.1 * g
    assert type(f) is types.MethodType and type(f.__self__) is Model
    assert (f(5.0), m.loss(5.0)) == (pytest.approx(1.5 * 5 + 2.9), 13.0)
    (g,) = zg.gradient(lambda f: f(5.0), m)
    assert (m - 0.1 * g)(5.0) == pytest.approx(1.5 * 5 + 2.9)
    with pytest.raises(CotangentError):
        Model.make - Grad(__self__=1.0)


def test_methods_of_closures():
    make = lambda w: types.MethodType(lambda self, x: w * self.a * x, Plain(2.0, 0.0))
    f = make(3.0)
    (g,) = zg.gradient(lambda f: f(5.0), f)
    assert g == Grad(__func__=Grad(w=10.0), __self__=Grad(a=15.0, b=None))
    assert (f - 0.1 * g)(1.0) == pytest.approx(2.0 * 0.5)


def test_partials():
    f = functools.partial(pow, 3.0)
    (g,) = zg.gradient(lambda f: f(2), f)
    assert g == Grad(func=None, args=(6.0,), keywords=None)
    assert (f - 0.5 * g)(2) == 0.0 and f(2) == 9.0
    f = functools.partial(lambda a, b, c: a * b + c, 2.0, c=4.0)
    (g,) = zg.gradient(lambda f: f(3.0), f)
    assert g == Grad(func=None, args=(3.0,), keywords={"c": 1.0})
    assert (f - 0.1 * g)(3.0) == pytest.approx(1.7 * 3 + 3.9)
    assert zg.gradient(lambda f: f(3.0, c=1.0), f) == (Grad(func=None, args=(3.0,), keywords=None),)
    assert zg.gradient(lambda f: f.args[0] * f.keywords["c"], f) == (
        Grad(func=None, args=(4.0,), keywords={"c": 2.0}),
    )
    f = functools.partial((lambda w: lambda x: w * x)(3.0))
    f.note = [1.0]
    (g,) = zg.gradient(lambda f: f(2.0) * f.note[0], f)
    assert g == Grad(func=Grad(w=2.0), args=None, keywords=None, note=[6.0])
    h = f - 0.5 * g
    assert (h(2.0), h.note, f(2.0), f.note) == (4.0, [-2.0], 6.0, [1.0])
    # at inner levels
    slope = lambda w: zg.gradient(lambda f: f(2.0) ** 2, functools.partial(operator.mul, w))[
        0
    ].args[0]
    assert slope(3.0) == 24.0 and zg.gradient(slope, 3.0) == (8.0,)


# ------------------------------------------------------------ sharing, cycles, aliases


def test_what_has_no_gradient_is_shared():
    shared = [np.ones(2), {"deep": Plain(1.0, [2.0])}]
    p = {"w": 1.0, "rest": shared, "f": lambda: shared}
    q = update(p, {"w": 1.0, "rest": None, "f": None})
    assert q["rest"] is shared and q["f"] is p["f"]
    p = Plain(shared, 1.0)
    assert (p - Grad(a=None, b=1.0)).a is shared


def test_objects_in_several_places_stay_one_object():
    box = [2.0]
    p = {"a": box, "b": [box, Plain(box, 0)]}
    (g,) = zg.gradient(lambda p: p["a"][0] * p["b"][0][0] * p["b"][1].a[0], p)
    assert g == {"a": [12.0], "b": [[12.0], Grad(a=[12.0], b=None)]}
    q = update(p, g, 0.1)
    assert q["a"] == pytest.approx([0.8])
    assert q["a"] is q["b"][0] is q["b"][1].a and box == [2.0]
    q = update(p, {"a": [5.0], "b": [None, None]})
    assert q["a"] == [-3.0] and q["b"][0] is q["b"][1].a is q["a"]


def test_arrays_in_several_places_are_values():
    W = np.ones(2)
    (g,) = zg.gradient(lambda p: np.sum(p[0] * 3 + p[1] * 4), [W, W])
    q = update([W, W], g)
    assert (q[0].tolist(), q[1].tolist(), W.tolist()) == ([-2, -2], [-3, -3], [1, 1])


def test_one_object_with_two_gradients_is_refused():
    box = [2.0]
    with pytest.raises(CotangentError, match=r"p\['a'\] and p\['b'\]\.a are one object \(list\)"):
        update({"a": box, "b": Plain(box, 0)}, {"a": [1.0], "b": Grad(a=[2.0])})
    assert update([box, box], [[1.0], [1.0]]) == [[1.0], [1.0]]


def test_cycles():
    a, b = Plain(2.0, None), Plain(3.0, None)
    a.b, b.b = b, [a, {"self": b}]
    (g,) = zg.gradient(lambda p: p.a * p.b.a * p.b.b[0].a, a)
    assert g == Grad(a=12.0, b=Grad(a=4.0, b=None))
    q = a - 0.5 * g
    assert (q.a, q.b.a) == (-4.0, 1.0)
    assert q.b.b[0] is q and q.b.b[1]["self"] is q.b
    assert a.b is b and b.b[0] is a and (a.a, b.a) == (2.0, 3.0)


def test_cycles_through_what_cannot_be_filled():
    box = [1.0]
    box += [(box, functools.partial(max, box), types.MethodType(max, box), [(box,)])]
    q = update(box, [0.5, None])
    assert q[0] == 0.5 and q[1][0] is q
    assert q[1][1].args[0] is q and q[1][2].__self__ is q and q[1][3][0][0] is q
    assert box[1][0] is box


def test_a_part_without_gradient_that_points_back():
    child = Plain(None, "child")
    p = Plain(1.0, [child])
    child.a = p
    q = p - Grad(a=0.5, b=None)
    assert q.b[0].a is q and q.b[0] is not child
    assert q.b[0].b == "child" and child.a is p


def test_an_inner_cycle_at_an_inner_level():
    a = Plain(2.0, None)
    a.b = [a]
    f = lambda p: p.a * p.b[0].a
    g = lambda s: zg.gradient(lambda p: s * f(p), a)[0].a
    assert g(1.0) == 4.0
    assert zg.gradient(g, 1.0) == (4.0,)


def test_deep_structures():
    p = g = None
    for _ in range(20_000):
        p, g = Plain(1.0, p), Grad(a=1.0, b=g)
    q = update(p, g, 0.5)
    total = 0.0
    while q is not None:
        total, q = total + q.a, q.b
    assert total == 10_000.0

    def norm(p):
        total = 0.0
        while p is not None:
            total, p = total + p.a * p.a, p.b
        return total

    p = None
    for _ in range(20_000):
        p = Plain(1.0, p)
    (g,) = zg.gradient(norm, p)
    n = 0
    while g is not None:
        assert g.a == 2.0
        n, g = n + 1, g.b
    assert n == 20_000


def test_large_lists_without_gradient_cost_little():
    import time

    data = [float(i) for i in range(300_000)]
    p, g = {"w": 1.0, "data": [data, data]}, {"w": 1.0}
    start = time.perf_counter()
    update(p, g)
    assert time.perf_counter() - start < 1.0


# ------------------------------------------------------------------- wrong gradients


@pytest.mark.parametrize(
    "p, g, words",
    [
        ([1.0], [1.0, 2.0], r"p \(list of length 1\)"),
        ([1.0], {"a": 1.0}, r"p \(list of length 1\)"),
        ([1.0], Grad(a=1.0), r"p \(list of length 1\)"),
        ((1.0,), Grad(a=1.0), r"p \(tuple of length 1\)"),
        ({"a": [1.0]}, {"a": [1.0, 2.0]}, r"p\['a'\]"),
        ({"a": 1.0}, {"b": 1.0}, "entry 'b'.*only 'a'"),
        ({"a": 1.0}, Grad(a=1.0), r"p \(dict\)"),
        (Plain(1.0, 2.0), Grad(c=1.0), "entry 'c'.*only 'a', 'b'"),
        (Plain(1.0, 2.0), {"a": 1.0}, r"p \(Plain\)"),
        (Plain(1.0, [Plain(1.0, 2.0)]), Grad(b=[Grad(c=1.0)]), r"p\.b\[0\] \(Plain\)"),
        (Named(1.0, 2.0), Grad(c=1.0), "entry 'c'"),
        (Named(1.0, 2.0), (1.0,), "Named of length 2"),
        (np.ones(2), np.ones(3), r"shape \(2,\).*shape \(3,\)"),
        (Plain(np.ones(2), 0), Grad(a=1.0), r"p\.a is an array of shape \(2,\)"),
        ([np.ones(2)], [[1.0, 1.0]], r"p\[0\] \(ndarray\).*type and shape"),
        (1.0, Grad(a=1.0), r"p \(float\)"),
        ("text", 1.0, r"p \(str\) cannot be moved"),
        ([None], [1.0], r"p\[0\] \(NoneType\) cannot be moved"),
        (lambda: 1, Grad(w=1.0), "entry 'w'"),
        (dense(1.0, 2.0), Grad(W=[1.0]), r"p\.W \(float\)"),
        (len, Grad(a=1.0), r"p \(builtin_function_or_method\)"),
        (Plain, Grad(a=1.0), r"p \(type\)"),
        (Plain(object(), 0), Grad(a=1.0), r"p\.a \(object\)"),
    ],
)
def test_wrong_gradients(p, g, words):
    with pytest.raises(CotangentError, match=words):
        update(p, g)


def test_the_operators_raise_the_same():
    with pytest.raises(CotangentError, match=r"p \(list of length 1\)"):
        [1.0] - Grad(a=1.0)
    with pytest.raises(CotangentError, match=r"p \(list of length 1\)"):
        [1.0] + Grad(a=1.0)
    xs = [1.0]
    with pytest.raises(CotangentError):
        xs += Grad(a=1.0)
    assert xs == [1.0]
    with pytest.raises(CotangentError, match=r"p \(dict\)"):
        {} - Grad(a=1.0)


# ------------------------------------------------------------------ nothing is written


def model():
    shared = np.ones(3)
    box = Both(shared, [Named(1.0, shared)])
    f = dense(np.eye(3), shared, functools.partial(operator.mul, 2.0))
    return {"f": f, "box": box, "again": [box, shared], "m": types.MethodType(f, shared)}


def image(x, seen):
    """Everything in a structure, down to the bytes and identities."""
    if id(x) in seen:
        return id(x)
    seen[id(x)] = x
    if isinstance(x, np.ndarray):
        return id(x), x.tobytes(), x.shape, x.flags.writeable
    if isinstance(x, types.FunctionType):
        return id(x), [(id(c), image(c.cell_contents, seen)) for c in x.__closure__ or ()]
    if isinstance(x, types.MethodType):
        return image(x.__func__, seen), image(x.__self__, seen)
    if isinstance(x, functools.partial):
        return id(x), image(x.func, seen), image(x.args, seen), image(x.keywords, seen)
    if isinstance(x, dict):
        return id(x), [(k, image(v, seen)) for k, v in x.items()]
    if isinstance(x, (list, tuple)):
        return id(x), [image(v, seen) for v in x]
    if hasattr(x, "a"):
        return id(x), [(k, image(getattr(x, k), seen)) for k in "abc" if hasattr(x, k)]
    return id(x), repr(x)


def test_nothing_is_written_into():
    p = model()

    def loss(p):
        y = p["f"](p["again"][1]) * p["box"].b[0].a
        return np.sum(y * p["box"].a + p["m"]() * p["again"][0].c)

    (g,) = zg.gradient(loss, p)
    before, before_g = image(p, {}), copy.deepcopy(g)
    plain = loss(p)
    q = update(p, g, 0.01)
    assert image(p, {}) == before and loss(p) == plain
    assert same(g, before_g)
    assert loss(q) < plain
    assert q["box"] is q["again"][0] and q["m"].__func__ is q["f"]
    for x, y in [(p["box"].a, q["box"].a), (p["again"][1], q["again"][1])]:
        assert not np.shares_memory(x, y)


def test_results_can_be_pickled():
    q = Frozen(1.0, [Data(2.0, 3.0)]) - Grad(a=1.0, b=[Grad(a=1.0, b=None)])
    assert pickle.loads(pickle.dumps(q)) == q == Frozen(0.0, [Data(1.0, 3.0)])


# --------------------------------------------------------- an update is differentiable


def slope(f, x, h=1e-5):
    return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)


def step(make, loss):
    """The loss after one step of descent, by its rate and by a weight."""

    def after(rate, w):
        p = make(w)
        (g,) = zg.gradient(loss, p)
        return loss(update(p, g, rate))

    return after


@pytest.mark.parametrize(
    "make, loss",
    [
        (lambda w: [w, 2.0], lambda p: p[0] ** 2 * p[1]),
        (lambda w: {"a": (w,), "b": 2.0}, lambda p: p["a"][0] ** 3 * p["b"]),
        *[
            (lambda w, cls=cls: cls(a=w, b=2.0), lambda p: p.a**2 * p.b)
            for cls in CLASSES
            if cls not in (Guarded, Unequal)
        ],
        (lambda w: lambda x: w * x + 1.0, lambda f: f(2.0) ** 2),
        (lambda w: dense(np.array([[w, 1.0]]), w, np.tanh), lambda f: np.sum(f(np.ones(2)))),
        (lambda w: functools.partial(lambda a, b: a * b**2, w, b=w), lambda f: f() ** 2),
        (lambda w: types.MethodType(lambda s, x: s.a * x, Plain(w, 0)), lambda f: f(2.0) ** 2),
        (
            lambda w: [Plain([w], {"k": w}), np.array([w, 1.0])],
            lambda p: p[0].a[0] ** 2 * np.sum(p[1] ** 2),
        ),
    ],
)
def test_an_update_can_be_differentiated(make, loss):
    after = step(make, loss)
    rate, w = 0.02, 1.3
    d_rate, d_w = zg.gradient(after, rate, w)
    assert d_rate == pytest.approx(slope(lambda r: after(r, w), rate), rel=1e-8, abs=1e-10)
    assert d_w == pytest.approx(slope(lambda v: after(rate, v), w), rel=1e-8)


def test_operators_can_be_differentiated():
    loss = lambda p: p.a**2 * p.b

    def after(rate, p):
        (g,) = zg.gradient(loss, p)
        p -= rate * g
        return loss(p)

    rate = 0.02
    d_rate, d_p = zg.gradient(after, rate, Frozen(1.3, 0.7))
    assert d_rate == pytest.approx(slope(lambda r: after(r, Frozen(1.3, 0.7)), rate), rel=1e-8)
    assert d_p.a == pytest.approx(slope(lambda a: after(rate, Frozen(a, 0.7)), 1.3), rel=1e-8)
    assert d_p.b == pytest.approx(slope(lambda b: after(rate, Frozen(1.3, b)), 0.7), rel=1e-8)
