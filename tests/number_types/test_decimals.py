"""Decimals: gradients to the precision of the context, compared with mpmath's functions."""

import decimal
import math
import operator
import statistics
from decimal import Decimal as D
from fractions import Fraction

import mpmath
import pytest
from mpmath import mp

import zygcore as zg
from zygcore.errors import AdjointError


@pytest.fixture(autouse=True)
def fifty_digits():
    with decimal.localcontext() as context, mp.workdps(70):
        context.prec = 50
        yield


def context():
    return decimal.getcontext()


def agree(f, known, x):
    """Value and two derivatives, those of the same function of mpmath's."""
    value, (g,) = zg.withgradient(f, x)
    assert value == f(x)
    second = zg.gradient(lambda x: zg.gradient(f, x)[0], x)[0]
    for order, found in ((1, g), (2, second)):
        slope = mpmath.diff(known, mp.mpf(str(x)), order)
        if found is None and order == 2:
            assert abs(slope) < 1e-45
            continue
        assert type(found) is D
        assert abs(mp.mpf(str(found)) - slope) < mp.mpf(10) ** -47 * max(1, abs(slope))


PROGRAMS = {
    "operators": (lambda x: 3 / x - x / 3 + x * x - 1, lambda x: 3 / x - x / 3 + x * x - 1),
    "signs": (lambda x: +x * -x + abs(-x), lambda x: -x * x + x),
    "powers": (lambda x: x**3 + x**-2, lambda x: x**3 + x**-2),
    "power": (lambda x: x ** D("0.3"), lambda x: x ** mp.mpf("0.3")),
    "exponent": (lambda x: D("1.7") ** x + 2**x, lambda x: mp.mpf("1.7") ** x + 2**x),
    "exp": (lambda x: (x * x).exp() / 3, lambda x: mp.exp(x * x) / 3),
    "logarithms": (lambda x: x.ln() * x.log10(), lambda x: mp.log(x) * mp.log10(x)),
    "sqrt": (lambda x: (x * x + 1).sqrt(), lambda x: mp.sqrt(x * x + 1)),
    "fma": (lambda x: x.fma(x, 3 * x), lambda x: x * x + 3 * x),
    "remainder": (lambda x: (x % D("0.4")) * x, lambda x: (x - 3 * mp.mpf("0.4")) * x),
    "nearest": (
        lambda x: x.remainder_near(D("0.4")) * x,
        lambda x: (x - 4 * mp.mpf("0.4")) * x,
    ),
    "whole": (lambda x: (x // D("0.4")) * x, lambda x: 3 * x),
    "larger": (lambda x: x.max(D(1)) * x.min(D(9)) * max(x, D(1)), lambda x: x**3),
    "copies": (lambda x: x.copy_abs() * x.copy_sign(D(-1)) * x.copy_negate(), lambda x: x**3),
    "scaled": (lambda x: x.scaleb(2) * x.normalize(), lambda x: 100 * x * x),
    "rounded": (
        lambda x: round(x) * x + int(x) * x + math.floor(x) * x,
        lambda x: 4 * x,
    ),
    "integral": (lambda x: x.to_integral_value() * x + x.adjusted() * x, lambda x: 2 * x),
    "parts": (lambda x: x.conjugate() * x.real + x.imag, lambda x: x * x),
    "sum": (lambda x: sum([x, x * x], D(1)), lambda x: x + x * x),
    "container": (lambda x: {"a": [x, x * x]}["a"][1] * x, lambda x: x**3),
    "of a context": (
        lambda x: (
            context().multiply(context().add(x, 1), context().exp(x))
            - context().divide(1, context().sqrt(x))
            + context().power(x, 3)
            - context().minus(context().ln(x))
            + context().subtract(2, context().log10(x))
        ),
        lambda x: (x + 1) * mp.exp(x) - 1 / mp.sqrt(x) + x**3 + mp.log(x) + 2 - mp.log10(x),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    f, known = PROGRAMS[name]
    agree(f, known, D("1.5"))


def test_precision_is_that_of_the_context():
    for digits in (10, 28, 60):
        context().prec = digits
        (g,) = zg.gradient(lambda x: x.exp(), D(1))
        assert g == D(1).exp() and len(g.as_tuple().digits) == digits


def test_statistics():
    assert zg.gradient(lambda x: statistics.mean([x, D(3)]), D("1.5")) == (D("0.5"),)
    (g,) = zg.gradient(lambda x: statistics.stdev([x, D(3)]), D("1.5"))
    assert abs(g + D("0.5").sqrt()) < D("1e-47")


def test_to_and_from_other_numbers():
    x = D("1.5")
    assert zg.gradient(lambda x: float(x) * 2.0, x) == (D(2),)
    assert zg.gradient(lambda x: float(D(x) * D(x)), 0.5) == (1.0,)
    assert zg.gradient(lambda n: D(n) * 2, 5) == (2,)
    assert zg.gradient(lambda x: Fraction(x) ** 2, x) == (Fraction(3),)
    (g,) = zg.gradient(math.sin, x)
    assert type(g) is D and math.isclose(g, math.cos(1.5), rel_tol=1e-15)


def test_an_equal_object_elsewhere_is_a_constant():
    x = D("1.5")
    assert zg.gradient(lambda a: [a][0] * x, x) == (x,)


def test_points_where_slopes_are_infinite():
    assert zg.gradient(lambda x: x.sqrt(), D(0)) == (D("Infinity"),)
    assert zg.gradient(lambda x: x.sqrt() * 0, D(0)) == (0,)
    assert zg.gradient(lambda x: x**2, D(0)) == (0,)


def test_steps():
    assert zg.gradient(lambda x: x.to_integral_value(), D("1.52")) == (None,)
    assert zg.gradient(lambda x: operator.floordiv(x, D("0.4")), D("1.5")) == (None,)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: D(x.as_tuple()),
        lambda x: D(str(x)),
        lambda x: D(f"{x:.3f}"),
        lambda x: x.rotate(1),
        lambda x: x.quantize(D("0.1")),
        lambda x: pow(x, 2, 7),
        lambda x: context().power(x, 2, 7),
    ],
)
def test_what_is_not_known_is_an_error(f):
    with pytest.raises(AdjointError):
        zg.gradient(f, D(3))
