"""Fractions: exact values have exact gradients."""

import math
import operator
import statistics
from decimal import Decimal
from fractions import Fraction as F

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError

x, y = F(3, 2), F(1, 7)


def newton(a):
    s = F(1)
    for _ in range(4):
        s = (s + a / s) / 2
    return s


def newton_slope(a):
    """By hand: s' = (s' + 1/s - a s'/s**2) / 2."""
    s, ds = F(1), F(0)
    for _ in range(4):
        s, ds = (s + a / s) / 2, (ds + 1 / s - a * ds / s**2) / 2
    return ds


PROGRAMS = {
    "power": (lambda x: x**5, 5 * x**4),
    "negative power": (lambda x: x**-3, -3 * x**-4),
    "quotient": (lambda x: (x + 1) / (y - 2 * x), ((y - 2 * x) + 2 * (x + 1)) / (y - 2 * x) ** 2),
    "ints": (lambda x: 3 * x + 1 - x + 2 / x, 2 - 2 / x**2),
    "remainder": (lambda x: x % F(2, 5) * x, (x % F(2, 5)) + x),
    "divmod": (lambda x: divmod(x, F(2, 5))[1] * divmod(x, F(2, 5))[0], F(3)),
    "whole quotient": (lambda x: x // F(2, 5) * x, F(3)),
    "abs": (lambda x: abs(-x) * x, 2 * x),
    "branch": (lambda x: x if x > 1 else 2 * x, F(1)),
    "loop": (newton, newton_slope(x)),
    "sum": (lambda x: sum([x, x * x, 1]), 1 + 2 * x),
    "product": (lambda x: math.prod([x, x, 2]), 4 * x),
    "min": (lambda x: min(x * x, x, F(5)), F(1)),
    "of its parts": (lambda x: F(x.numerator, x.denominator) ** 2, 2 * x),
    "of fractions": (lambda x: F(x, F(1, 3)) * F(x), 6 * x),
    "rounded": (lambda x: math.floor(x) * x + round(x) * x + int(x) * x, F(4)),
    "rounded to digits": (lambda x: round(x, 1) * x, x),
    "conjugate": (lambda x: x.conjugate() * x.real + x.imag, 2 * x),
    "operator": (lambda x: operator.mul(x, operator.neg(x)), -2 * x),
    "key": (lambda x: {x: 1}[x] * x, F(1)),
    "mean": (lambda x: statistics.mean([x, y, F(1)]), F(1, 3)),
    "variance": (lambda x: statistics.variance([x, y, F(1)]), x - (x + y + 1) / 3),
    "array of objects": (lambda x: (np.array([x, x * 2]) * 3)[1] * x, 12 * x),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_exact(name):
    f, slope = PROGRAMS[name]
    value, (g,) = zg.withgradient(f, x)
    assert value == f(x)
    assert g == slope and type(g) is F


def test_second_derivatives():
    assert zg.gradient(lambda x: zg.gradient(lambda x: x**3 / 5, x)[0], x) == (F(6, 5) * x,)
    h = F(1, 10**12)
    (g,) = zg.gradient(lambda x: zg.gradient(newton, x)[0], x)
    assert abs(g - (newton_slope(x + h) - newton_slope(x - h)) / (2 * h)) < F(1, 10**20)
    (g,) = zg.gradient(lambda x: zg.gradient(lambda y: -x / y + +x, y)[0], x)
    assert g == 1 / y**2


def test_containers():
    assert zg.gradient(lambda p: p[0] * p[1]["a"], [x, {"a": y}]) == ([y, {"a": x}],)


def test_an_equal_object_elsewhere_is_a_constant():
    assert zg.gradient(lambda a: [a][0] * x, x) == (x,)


def test_with_floats_values_are_floats():
    value, (g,) = zg.withgradient(lambda a: a * 0.5 + 1.0, x)
    assert type(value) is float and g == F(1, 2)
    value, (g,) = zg.withgradient(lambda a: x * a, 0.5)
    assert type(value) is float and g == 1.5 and type(g) is float
    for f in (math.sqrt, lambda a: a**0.5, lambda a: a ** F(1, 2)):
        (g,) = zg.gradient(f, F(9, 4))  # the nearest there is in floats
        assert type(g) is F and g == F(float(F(1, 3)))
    (d,) = zg.gradient(lambda a: 2**a, F(3))
    assert math.isclose(d, 8 * math.log(2), rel_tol=1e-15)


def test_from_other_numbers():
    assert zg.gradient(lambda a: F.from_float(a) ** 2, 0.5) == (1.0,)
    assert zg.gradient(lambda a: F.from_decimal(a) ** 2, Decimal("0.5")) == (Decimal(1),)
    assert zg.gradient(lambda n: F(n, 3) * F(1, 2), 5) == (F(1, 6),)


def test_pullbacks_take_fractions():
    value, back = zg.pullback(lambda a, b: a * b, x, y)
    assert back(F(1, 3)) == (y / 3, x / 3)


@pytest.mark.parametrize("f", [lambda a: a.limit_denominator(10), lambda a: F(str(a))])
def test_what_is_not_known_is_an_error(f):
    with pytest.raises(AdjointError):
        zg.gradient(f, x)
