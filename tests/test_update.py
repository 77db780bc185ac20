"""`p - η * g` and `update`: a new structure of the same type, and the old one as it was."""

import collections
import functools
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from update_cases import (
    CLASSES,
    Both,
    Frozen,
    Guarded,
    Named,
    Plain,
    dense,
    make,
)

import zygcore as zg
from zygcore import Grad
from zygcore.errors import CotangentError
from zygcore.types import update

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


def test_deques_and_sets():
    p = collections.deque([2.0, [3.0]], maxlen=2)
    (g,) = zg.gradient(lambda q: q[0] * q[1][0], p)
    q = update(p, g, 0.5)
    assert type(q) is collections.deque and (list(q), q.maxlen) == ([0.5, [2.0]], 2)
    assert list(p) == [2.0, [3.0]]
    s = {1.0, 4.0, "text"}
    (g,) = zg.gradient(lambda s: sum(v * v for v in s if v != "text"), s)
    assert update(s, g, 0.25) == {0.5, 2.0, "text"} and s == {1.0, 4.0, "text"}
    with pytest.raises(CotangentError, match="entry 7.0"):
        update(s, {7.0: 1.0})
    # an item that hashes by what it has
    item = Frozen(1.0, "b")
    q = update({"set": {item}, "item": item}, {"item": Grad(a=0.5)})
    assert q == {"set": {Frozen(0.5, "b")}, "item": Frozen(0.5, "b")}
    assert q["item"] in q["set"] and next(iter(q["set"])) is q["item"]


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

    q = Failure("code", 2.0) - Grad(weight=0.5)
    assert (type(q), q.args, q.weight) == (Failure, ("code",), 1.5)
    q = Failure(1.0, 2.0) - Grad(args=(0.5,))
    assert (q.args, q.weight) == ((0.5,), 2.0)
    q = StopIteration(3.0) - Grad(value=1.0)
    assert (q.value, q.args) == (2.0, (3.0,))


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
