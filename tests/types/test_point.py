"""`Point`: the values of the specification, with adjoints registered step by step."""

import importlib.util
import itertools
import math

import pytest

import zygcore as zg
from zygcore import Grad
from zygcore.types import point as shipped


@pytest.fixture
def plane():
    """A copy of the module, so that what a test registers is forgotten."""
    spec = importlib.util.spec_from_file_location("plane", shipped.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_getters(plane):
    Point = plane.Point
    zg.adjoint(plane.width)(lambda p: (p.x, lambda dx: (Point(dx, 0),)))
    zg.adjoint(plane.height)(lambda p: (p.y, lambda dy: (Point(0, dy),)))
    return plane


def with_constructor(plane):
    Point = plane.Point
    zg.adjoint(Point)(lambda a, b: (Point(a, b), lambda dp: (dp.x, dp.y)))
    return plane


# -------------------------------------------------------- values of the specification


def test_without_adjoints(plane):
    Point, dist = plane.Point, plane.dist
    (g,) = zg.gradient(lambda a: dist(a), Point(1, 2))
    assert g == Grad(x=0.4472135954999579, y=0.8944271909999159)
    assert repr(g) == "Grad(x=0.4472135954999579, y=0.8944271909999159)"
    (g,) = zg.gradient(lambda a: dist(a), Point(2, 3))
    assert g == Grad(x=0.5547001962252291, y=0.8320502943378437)


def test_one_attribute(plane):
    grads = zg.gradient(lambda a: a.x, plane.Point(1, 2))
    assert grads == (Grad(x=1, y=None),)
    assert repr(grads) == "(Grad(x=1, y=None),)"


def test_with_adjoints_of_the_getters(plane):
    Point = with_getters(plane).Point
    assert zg.gradient(plane.height, Point(1, 2)) == (Point(0, 1),)
    (g,) = zg.gradient(plane.dist, Point(1, 2))
    assert g == Point(0.4472135954999579, 0.8944271909999159)
    assert type(g) is Point


def test_with_an_adjoint_of_the_constructor(plane):
    Point = with_constructor(with_getters(plane)).Point
    assert zg.gradient(lambda x: plane.dist(Point(x, 1)), 1) == (0.7071067811865475,)


@pytest.mark.parametrize("prepare", [lambda plane: plane, with_getters, with_constructor])
def test_the_constructor_needs_no_adjoint(plane, prepare):
    plane = prepare(plane)
    assert zg.gradient(lambda x: plane.dist(plane.Point(x, 1)), 1) == (0.7071067811865475,)


def test_arithmetic_of_points(plane):
    Point = plane.Point
    assert Point(1, 2) + Point(3, 5) == Point(4, 7)
    assert Point(1, 2) - Point(3, 5) == Point(-2, -3)
    assert repr(Point(1, 2.5)) == "Point(1, 2.5)"
    with pytest.raises(TypeError, match="unsupported operand"):
        Point(1, 2) + 1


# ------------------------------------------------------- rules of all kinds, mixed


def through_rules(plane, p):
    return plane.dist(p)


def through_attributes(plane, p):
    return math.sqrt(p.x**2 + p.y**2)


def half_and_half(plane, p):
    return math.sqrt(plane.width(p) ** 2 + p.y**2)


def other_half(plane, p):
    return math.sqrt(p.x**2 + plane.height(p) ** 2)


def after_a_sum(plane, p):
    q = p + plane.Point(p.x, plane.height(p))
    return plane.dist(q) / 2


NORMS = [through_rules, through_attributes, half_and_half, other_half, after_a_sum]


@pytest.mark.parametrize("prepare", [with_getters, lambda p: with_constructor(with_getters(p))])
@pytest.mark.parametrize("f", NORMS)
def test_however_it_is_computed(plane, prepare, f):
    """The same gradient of sqrt(x**2 + y**2) on every path, as Grad or as Point."""
    plane = prepare(plane)
    (g,) = zg.gradient(lambda p: f(plane, p), plane.Point(3.0, 4.0))
    assert (g.x, g.y) == pytest.approx((0.6, 0.8), rel=1e-15)
    dx, dy = zg.gradient(lambda x, y: f(plane, plane.Point(x, y)), 3.0, 4.0)
    assert (dx, dy) == pytest.approx((0.6, 0.8), rel=1e-15)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("prepare", [with_getters, lambda p: with_constructor(with_getters(p))])
def test_a_grad_and_points_add_up_exactly(plane, prepare, order):
    """d/dp of x + 2*width + 5*height: (3, 5), whichever cotangent arrives first."""
    plane = prepare(plane)
    terms = [lambda p: p.x, lambda p: 2 * plane.width(p), lambda p: 5 * plane.height(p)]

    def f(p):
        total = 0
        for i in order:
            total += terms[i](p)
        return total

    (g,) = zg.gradient(f, plane.Point(7, 11))
    assert g == Grad(x=3, y=5)
    assert [type(v) for v in g] == [int, int]
    assert zg.gradient(lambda x, y: f(plane.Point(x, y)), 7, 11) == (3, 5)


@pytest.mark.parametrize(
    "prepare", [lambda p: p, with_getters, lambda p: with_constructor(with_getters(p))]
)
@pytest.mark.parametrize("f", NORMS)
def test_second_derivatives(plane, prepare, f):
    """Of sqrt(x**2 + y**2): y**2 / r**3 and -x*y / r**3."""
    plane = prepare(plane)

    def slope(p):
        (g,) = zg.gradient(lambda p: f(plane, p), p)
        return g.x

    (g,) = zg.gradient(slope, plane.Point(3.0, 4.0))
    assert (g.x, g.y) == pytest.approx((16 / 125, -12 / 125), rel=1e-13)
    (d,) = zg.gradient(lambda x: slope(plane.Point(x, 4.0)), 3.0)
    assert d == pytest.approx(16 / 125, rel=1e-13)


def test_points_inside_of_structures(plane):
    Point = with_getters(plane).Point
    f = lambda ps: plane.width(ps["a"][0]) * 3 + plane.height(ps["a"][1]) * ps["b"].y
    (g,) = zg.gradient(f, {"a": [Point(1, 2), Point(3, 4)], "b": Point(5, 6), "c": Point(7, 8)})
    assert g == {"a": [Point(3, 0), Point(0, 6)], "b": Grad(x=None, y=4), "c": None}


def test_a_pullback_takes_a_point_or_a_grad(plane):
    Point = plane.Point
    y, back = zg.pullback(lambda p: Point(p.x * 2, p.y * 3) + p, Point(1, 2))
    assert y == Point(3, 8)
    assert back(Point(10, 100)) == (Grad(x=30, y=400),)
    assert back(Grad(x=10, y=100)) == (Grad(x=30, y=400),)
    assert back(Grad(x=10, y=None)) == (Grad(x=30, y=None),)
    with pytest.raises(zg.errors.CotangentError, match="'z'"):
        back(Grad(x=10, z=1))
