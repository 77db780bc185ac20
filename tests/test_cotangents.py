"""Cotangents of users' types: how they add up, with each other and with a `Grad`.

`f` is always x + 2*y (of an object with attributes x and y), put together from attributes and
from rules whose pullbacks return an object: the gradient is (1, 2).
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import zygcore as zg
from zygcore import Grad
from zygcore.arithmetic import REGISTERED
from zygcore.errors import CotangentError, RuleError
from zygcore.types import accumulate, register_cotangent, scale


@pytest.fixture(autouse=True)
def forget():
    known = dict(REGISTERED)
    yield
    REGISTERED.clear()
    REGISTERED.update(known)


class Plain:
    """Has no arithmetic at all."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __eq__(self, other):
        return type(other) is type(self) and (self.x, self.y) == (other.x, other.y)


class Vector(Plain):
    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __rmul__(self, k):
        return Vector(k * self.x, k * self.y)


class Slots:
    __slots__ = ("_Slots__tag", "x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Slots(self.x + other.x, self.y + other.y)


@dataclass(frozen=True, slots=True)
class Frozen:
    x: float
    y: float

    def __add__(self, other):
        return Frozen(self.x + other.x, self.y + other.y)


class Named(NamedTuple):
    x: float
    y: float


def rules_for(cls, cotangent=None):
    """Functions that read x and y by rules, which return `cotangent` objects."""
    cotangent = cotangent or cls

    def get_x(p):
        return p.x

    def get_y(p):
        return p.y

    zg.adjoint(get_x)(lambda p: (p.x, lambda d: (cotangent(d, 0),)))
    zg.adjoint(get_y)(lambda p: (p.y, lambda d: (cotangent(0, d),)))
    return get_x, get_y


KINDS = [Vector, Slots, Frozen, Named]


# ------------------------------------------------------------------- by default


@pytest.mark.parametrize("cls", KINDS)
def test_rules_give_their_own_type(cls):
    get_x, get_y = rules_for(cls)
    (g,) = zg.gradient(lambda p: get_x(p) + 2 * get_y(p), cls(3, 5))
    assert type(g) is cls
    assert (g.x, g.y) == (1, 2)


@pytest.mark.parametrize("cls", KINDS)
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_mixed_with_attributes_in_any_order(cls, order):
    get_x, get_y = rules_for(cls)
    terms = [lambda p: get_x(p) * 3, lambda p: -2 * p.x, lambda p: get_y(p), lambda p: p.y]
    f = lambda p: sum([terms[i](p) for i in order])
    (g,) = zg.gradient(f, cls(3, 5))
    assert g == Grad(x=1, y=2)
    # of an object that is made on the way
    assert zg.gradient(lambda x, y: f(cls(x, y)), 3, 5) == (1, 2)
    # inside of a structure
    (g,) = zg.gradient(lambda s: f(s["p"][0]), {"p": [cls(3, 5)]})
    assert g == {"p": [Grad(x=1, y=2)]}


@pytest.mark.parametrize("cls", KINDS)
def test_at_an_inner_level(cls):
    """f(p) = p.x * get_y(p)**2: the gradient of its x entry is (0, 2*y)."""
    get_x, get_y = rules_for(cls)
    inner = lambda p: zg.gradient(lambda p: p.x * get_y(p) ** 2, p)[0]
    assert inner(cls(3.0, 5.0)) == Grad(x=25.0, y=30.0)
    (g,) = zg.gradient(lambda p: inner(p).x, cls(3.0, 5.0))
    assert (g.x, g.y) == (None, 10.0)
    (g,) = zg.gradient(lambda y: inner(cls(3.0, y)).y, 5.0)
    assert g == 6.0
    own = lambda p: zg.gradient(lambda p: get_x(p) * get_y(p) ** 2, p)[0]
    (g,) = zg.gradient(lambda p: own(p).x + own(p).y, cls(3.0, 5.0))
    assert (g.x, g.y) == (10.0, 16.0)
    (g,) = zg.gradient(lambda p: type(own(p)) is cls and own(p).x, cls(3.0, 5.0))
    assert g.y == 10.0


def test_accumulate_does_not_depend_on_the_order():
    for own in (Vector(1, 2), Slots(1, 2), Frozen(1, 2), Named(1, 2), {"x": 1, "y": 2}, (1, 2)):
        for g in (Grad(x=10, y=None), Grad(x=None, y=None), Grad(x=10, y=20)):
            assert accumulate(own, g) == accumulate(g, own)
            assert accumulate(own, g).x == 1 + (g.x or 0)


def test_what_cannot_carry_a_gradient_is_left_out():
    own = Vector(1.0, 2.0)
    own.name, own.flag, own.kind = "a", True, Vector
    g = accumulate(own, Grad(x=1.0, y=None, name=None))
    assert g == Grad(x=2.0, y=2.0, name=None)


def test_own_cotangents_with_other_attributes_are_refused():
    own = Vector(1.0, 2.0)
    own.z = 3.0
    for pair in itertools.permutations([own, Grad(x=1.0, y=None)]):
        with pytest.raises(CotangentError, match="'x', 'y'.*register_cotangent.*to_grad"):
            accumulate(*pair)
    with pytest.raises(CotangentError, match="no attributes"):
        accumulate(object(), Grad(x=1.0))
    with pytest.raises(CotangentError):
        accumulate(3.0, Grad(x=1.0))
    with pytest.raises(CotangentError):
        accumulate(Grad(x=1.0), np.ones(2))


def test_without_addition_the_error_says_what_to_do():
    get_x, get_y = rules_for(Plain)
    assert zg.gradient(get_y, Plain(3, 5)) == (Plain(0, 1),)
    with pytest.raises(CotangentError, match=r"Plain\.__add__.*register_cotangent\(Plain"):
        zg.gradient(lambda p: get_x(p) + 2 * get_y(p), Plain(3, 5))
    with pytest.raises(CotangentError, match=r"Plain\.__rmul__.*register_cotangent\(Plain"):
        scale(Plain(3, 5), 2)


def test_two_types_for_one_value_are_refused():
    class Other(Plain):
        pass

    get_x, _ = rules_for(Plain)
    _, get_y = rules_for(Plain, Other)
    with pytest.raises(CotangentError, match="same type"):
        zg.gradient(lambda p: get_x(p) + 2 * get_y(p), Plain(3, 5))


def test_named_tuples_are_not_joined():
    assert accumulate(Named(1, None), Named(2, 3)) == Named(3, 3)
    assert type(accumulate(Named(1, 2), Named(2, 3))) is Named
    assert type(accumulate((1, 2), Named(2, 3))) is Named
    assert scale(Named(1, 2), 3) == Named(3, 6)
    assert scale(2 * (1.0,), 3) == (3.0, 3.0)


def test_lists_and_dicts_with_arithmetic_of_their_own():
    class Sum(list):
        def __add__(self, other):
            return Sum(["added", *self, *other])

    class Table(dict):
        pass

    assert accumulate(Sum([1]), Sum([2])) == ["added", 1, 2]
    assert accumulate(Table(a=1), Table(a=2, b=3)) == {"a": 3, "b": 3}


# --------------------------------------------------------------------- registered


def test_registered_addition_is_used():
    calls = []

    def add(a, b):
        calls.append(1)
        return Plain(a.x + b.x, a.y + b.y)

    assert register_cotangent(Plain, add=add) is Plain
    get_x, get_y = rules_for(Plain)
    assert zg.gradient(lambda p: get_x(p) + 2 * get_y(p), Plain(3, 5)) == (Plain(1, 2),)
    assert calls == [1]
    assert zg.gradient(lambda p: get_x(p) + 2 * p.y, Plain(3, 5)) == (Grad(x=1, y=2),)


def test_registered_addition_comes_before_plus():
    @register_cotangent
    class Meek(Vector):
        pass

    register_cotangent(Vector, add=lambda a, b: Vector(a.x + b.x, 100))
    assert accumulate(Vector(1, 2), Vector(3, 4)) == Vector(4, 100)
    assert accumulate(Meek(1, 2), Meek(3, 4)) == Vector(4, 6)  # its own registration, with `+`


def test_subclasses_are_included():
    class Sub(Plain):
        pass

    register_cotangent(Plain, add=lambda a, b: Plain(a.x + b.x, a.y + b.y))
    for a, b in itertools.permutations([Sub(1, 2), Plain(3, 4)]):
        assert accumulate(a, b) == Plain(4, 6)
    assert accumulate(Sub(1, 2), Sub(3, 4)) == Plain(4, 6)


@pytest.mark.parametrize("cls", [Plain, Frozen, Slots, Named])
def test_registered_without_functions_is_attribute_by_attribute(cls):
    @register_cotangent
    class Bare(cls):
        __slots__ = ()
        __add__ = tuple.__add__ if cls is Named else None

    for a in (Bare(1, 2.0), Bare(1, None)):
        total = accumulate(a, Bare(10, 20.0))
        assert type(total) is Bare
        assert (total.x, total.y) == (11, 20.0 + (a.y or 0))
    twice = scale(Bare(1, [2.0, None]), 2)
    assert type(twice) is Bare and (twice.x, twice.y) == (2, [4.0, None])


def test_from_grad_makes_every_cotangent_of_the_type_one():
    from_grad = lambda g: Plain(g.x or 0, g.y or 0)
    register_cotangent(Plain, from_grad=from_grad)
    get_x, get_y = rules_for(Plain)
    p = Plain(3, 5)
    assert zg.gradient(lambda p: p.x, p) == (Plain(1, 0),)
    assert zg.gradient(lambda p: get_x(p) + 2 * get_y(p), p) == (Plain(1, 2),)
    assert zg.gradient(lambda p: get_x(p) + 2 * p.y, p) == (Plain(1, 2),)
    assert zg.gradient(lambda p: 2 * p.y + get_x(p), p) == (Plain(1, 2),)
    assert zg.gradient(lambda s: s[0].x, [p, Plain(1, 1)]) == ([Plain(1, 0), None],)
    assert zg.gradient(lambda x: Plain(x, 1).x + get_x(Plain(x, 2)), 3) == (2,)
    (g,) = zg.gradient(lambda p: zg.gradient(lambda p: p.x**2 * get_y(p), p)[0].x, Plain(3.0, 5.0))
    assert g == Plain(10.0, 6.0)


def test_pullbacks_get_the_own_type_with_from_grad():
    register_cotangent(Plain, from_grad=lambda g: Plain(g.x or 0, g.y or 0))
    seen = []

    def double(p):
        return Plain(2 * p.x, 2 * p.y)

    @zg.adjoint(double)
    def _(p):
        def back(d):
            seen.append(type(d))
            return (Plain(2 * d.x, 2 * d.y),)

        return double(p), back

    assert zg.gradient(lambda p: double(p).x, Plain(3, 5)) == (Plain(2, 0),)
    inner = lambda p: zg.gradient(lambda p: double(p).x * p.y, p)[0].y
    assert zg.gradient(inner, Plain(3.0, 5.0)) == (Plain(2.0, 0),)
    assert set(seen) == {Plain}


def test_to_grad_of_a_tangent_with_other_names():
    class Tangent:
        def __init__(self, dx, dy):
            self.data = (dx, dy)

    def add(a, b):
        return Tangent(*[i + j for i, j in zip(a.data, b.data, strict=True)])

    get_x, get_y = rules_for(Plain, Tangent)
    f = lambda p: get_x(p) + 2 * get_y(p)
    with pytest.raises(CotangentError):
        zg.gradient(f, Plain(3, 5))
    register_cotangent(Tangent, add=add)
    assert zg.gradient(f, Plain(3, 5))[0].data == (1, 2)
    with pytest.raises(CotangentError, match="to_grad"):
        zg.gradient(lambda p: get_x(p) + 2 * p.y, Plain(3, 5))
    with pytest.raises(CotangentError):  # nobody knows what `data` is of an x
        zg.gradient(lambda x: get_x(Plain(x, 1)), 3)
    register_cotangent(Tangent, add=add, to_grad=lambda t: Grad(x=t.data[0], y=t.data[1]))
    for g in (lambda p: get_x(p) + 2 * p.y, lambda p: 2 * p.y + get_x(p)):
        assert zg.gradient(g, Plain(3, 5)) == (Grad(x=1, y=2),)
    assert zg.gradient(lambda x, y: f(Plain(x, y)), 3, 5) == (1, 2)


def test_wrong_registrations():
    for cls in (float, list, np.ndarray, Grad, 3, Plain(1, 2)):
        with pytest.raises(RuleError, match="a class of yours"):
            register_cotangent(cls)
    with pytest.raises(RuleError, match="scale=3"):
        register_cotangent(Plain, scale=3)
    with pytest.raises(TypeError):
        register_cotangent(Plain, lambda a, b: a)
    register_cotangent(Plain, to_grad=lambda a: (1, 2))
    with pytest.raises(RuleError, match="must return a Grad"):
        accumulate(Plain(1, 2), Grad(x=1, y=2))
    register_cotangent(Plain, from_grad=lambda g: g)
    with pytest.raises(RuleError, match="must return a Plain"):
        accumulate(Plain(1, 2), Grad(x=1, y=2))


def test_errors_of_registered_functions_come_through():
    def add(a, b):
        raise ZeroDivisionError("mine")

    register_cotangent(Plain, add=add)
    get_x, get_y = rules_for(Plain)
    with pytest.raises(ZeroDivisionError, match="mine"):
        zg.gradient(lambda p: get_x(p) + get_y(p), Plain(1, 2))


# ---------------------------------------------------- cotangents of whole containers


def through_a_rule(f):
    """`f` with a rule that differentiates it by a pullback of its own."""

    def call(*args):
        return f(*args)

    zg.adjoint(call)(lambda *args: zg.pullback(f, *args))
    return call


@pytest.mark.parametrize(
    "p, f, want",
    [
        ([2.0, [3.0]], lambda p: p[0] * p[1][0], [3.0, [2.0]]),
        ((2.0, (3.0,)), lambda p: p[0] * p[1][0], (3.0, (2.0,))),
        ({"a": {"b": 2.0}, "c": 3.0}, lambda p: p["a"]["b"] * p["c"], {"a": {"b": 3.0}, "c": 2.0}),
        (Plain(2.0, Plain(3.0, 1.0)), lambda p: p.x * p.y.x, Grad(x=3.0, y=Grad(x=2.0, y=None))),
        (Named(2.0, [3.0]), lambda p: p.x * p.y[0], Grad(x=3.0, y=[2.0])),
    ],
)
def test_inner_containers_that_only_a_rule_looks_into(p, f, want):
    call = through_a_rule(f)
    assert zg.gradient(call, p) == (want,)
    assert zg.gradient(lambda p: call(p) + f(p), p) == (scale(want, 2),)
    assert zg.gradient(lambda p: f(p) + call(p), p) == (scale(want, 2),)
    # f of the gradient of (s + 1) * f is 6 * (s + 1)**2
    inner = lambda s: zg.gradient(lambda p: call(p) * s + f(p), p)[0]
    assert zg.gradient(lambda s: f(inner(s)), 1.0) == (24.0,)


def test_functions_that_only_a_rule_calls():
    make = lambda w, v: lambda x: w * x + v["b"]
    call = through_a_rule(lambda f, x: f(x))
    f = make(3.0, {"b": 1.0})
    assert zg.gradient(call, f, 2.0) == (Grad(v={"b": 1.0}, w=2.0), 3.0)
    assert zg.gradient(lambda f, x: call(f, x) + f(x), f, 2.0) == (Grad(v={"b": 2.0}, w=4.0), 6.0)
    assert zg.gradient(lambda w: call(make(w, {"b": w}), 2.0), 3.0) == (3.0,)


def test_entries_that_nothing_corresponds_to_are_refused():
    def read(p):
        return p.x

    for wrong in (Grad(z=1.0), {"z": 1.0}, [1.0, 2.0], (1.0,), np.ones(2)):
        zg.adjoint(read)(lambda p, wrong=wrong: (p.x, lambda d: (wrong,)))
        with pytest.raises(CotangentError):
            zg.gradient(read, Plain(2.0, 3.0))
        with pytest.raises(CotangentError):
            zg.gradient(lambda x: read(Plain(x, 3.0)), 2.0)
        with pytest.raises(CotangentError):
            zg.gradient(lambda x: zg.gradient(lambda x: read(Plain(x, 3.0)), x)[0], 2.0)
    for wrong in ([1.0], (1.0, 2.0, 3.0), {2: 1.0}, {"a": 1.0}, Grad(a=1.0), np.ones(3), 1.0):
        zg.adjoint(read)(lambda p, wrong=wrong: (p[0], lambda d: (wrong,)))
        with pytest.raises(CotangentError):
            zg.gradient(lambda x: read([x, 3.0]), 2.0)
    for right in (Grad(x=1.0), {"x": 1.0}, Grad(z=None, x=1.0)):
        zg.adjoint(read)(lambda p, right=right: (p.x, lambda d: (right,)))
        assert zg.gradient(lambda x: read(Plain(x, 3.0)), 2.0) == (1.0,)
        assert zg.gradient(read, Plain(2.0, 3.0)) == (Grad(x=1.0, y=None),)


@pytest.mark.parametrize("dy", [[[1.0], 1.0], [1.0, 1.0], [(), None]])
def test_inner_sequences_that_are_too_short(dy):
    _, back = zg.pullback(lambda x: [[x, x], x], 2.0)
    assert back([[1.0, 2.0], 4.0]) == (7.0,)
    with pytest.raises(CotangentError, match="one entry per item"):
        back(dy)


class Pair:
    def __init__(self, a):
        self.a, self.b = a, 1.0


MISFITS = {
    "longer list inside": (lambda x: [x, [x, x]], [1.0, [1.0, 1.0, 5.0]]),
    "shorter list inside": (lambda x: [x, [x, x]], [1.0, [1.0]]),
    "longer list": (lambda x: [x, x], [1.0, 1.0, 1.0]),
    "number for a list": (lambda x: [x, x], 1.0),
    "unknown key": (lambda x: {"a": x}, {"a": 1.0, "z": 1.0}),
    "unknown key inside": (lambda x: [{"a": x}], [{"a": 1.0, "z": 1.0}]),
    "unknown attribute": (Pair, zg.Grad(a=1.0, c=1.0)),
    "unknown attribute inside": (lambda x: (Pair(x),), (zg.Grad(a=1.0, c=1.0),)),
    "text has none": (lambda x: (x, "s"), (1.0, 2.0)),
    "truth values have none": (lambda x: (x, x > 0), (1.0, 2.0)),
    "shape": (lambda x: x * np.ones(3), np.ones(4)),
    "shape inside": (lambda x: [x * np.ones(3)], [np.ones(4)]),
    "number for an array inside": (lambda x: [x * np.ones(3)], [1.0]),
    "text for a number": (lambda x: x, "a"),
    "list for a number": (lambda x: x, [1.0]),
    "array for a number": (lambda x: x, np.ones(2)),
    "complex for real": (lambda x: x, 1j),
    "complex for a real array": (lambda x: x * np.ones(2), np.array([1j, 1.0])),
}


@pytest.mark.parametrize("name", MISFITS)
def test_nothing_of_a_cotangent_is_dropped(name):
    f, dy = MISFITS[name]
    _, back = zg.pullback(f, 2.0)
    with pytest.raises(CotangentError, match="of the function"):
        back(dy)
    assert back(None) == (None,)


def test_cotangents_belong_to_the_value_as_it_was_returned():
    y, back = zg.pullback(lambda x: [x, [x, 3]], 2.0)
    y[1].append(4.0)
    assert back([1.0, [1.0, 1.0]]) == (2.0,)
    with pytest.raises(CotangentError):
        back([1.0, [1.0, 1.0, 1.0]])
    y, back = zg.pullback(lambda x: {"x": x, "same": [x], "none": None}, 2.0)
    assert back({"x": 1.0}) == (1.0,)
    assert back({"same": (2.0,), "none": None}) == (2.0,)
