"""Numbers as exact ratios: Fraction, and the statistics that are computed with it."""

import statistics
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import zygcore as zg


def slope(f, x, h=1e-6):
    return (f(x + h) - f(x - h)) / (2 * h)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: statistics.mean([x, 2.0, 3.0]),
        lambda x: statistics.stdev([x, 2.0, 5.0]),
        lambda x: statistics.pstdev([x, x * x, 5.0]),
        lambda x: statistics.variance([x, 1.0]),
        lambda x: statistics.pvariance([x, 1.0, 3.0], mu=x),
        lambda x: statistics.harmonic_mean([x, 2.0]),
        lambda x: statistics.geometric_mean([x, 2.0]),
        lambda x: statistics.fmean([x, 2.0], weights=[x, 1.0]),
        lambda x: statistics.median([x, 1.0, 9.0]) * statistics.median_low([x, 9.0]),
        lambda x: statistics.quantiles([x, 2 * x, 7.0, 8.0])[0],
        lambda x: statistics.covariance([x, 2.0, 3.0], [1.0, x, x * x]),
        lambda x: statistics.correlation([x, 2.0, 4.0], [1.0, x, x * x]),
        lambda x: statistics.linear_regression([1.0, 2.0, 3.0], [x, x * 2, x * x]).slope,
        lambda x: float(Fraction(x) * 3 + Fraction(1, 3)),
        lambda x: Fraction(x).numerator / Fraction(x).denominator,
        lambda x: float(Fraction(*x.as_integer_ratio()) ** 2),
        lambda x: np.float64(Fraction(x) ** 2) * np.float64(Decimal(x)),
        lambda x: statistics.mean(np.array([1.0, 2.0]) * x),
        lambda x: statistics.stdev(np.array([1.0, 2.0, 4.0]) * x),
        lambda x: statistics.NormalDist.from_samples(np.array([1.0, 2.0, 4.0]) * x).pdf(0.0),
    ],
)
def test_against_differences(f):
    (d,) = zg.gradient(f, 1.7)
    assert d == pytest.approx(slope(f, 1.7), rel=1e-6)


def test_the_precision_of_scalars_stays():
    (d,) = zg.gradient(lambda x: Fraction(*x.as_integer_ratio()), np.float32(0.3))
    assert type(d) is np.float32 and d == 1
    assert type(zg.gradient(lambda x: np.float32(x), Fraction(1, 3))[0]) is Fraction


def test_fractions_of_integers():
    """Exact: d(n/m) = 1/m dn - n/m**2 dm."""
    assert zg.gradient(lambda n, m: Fraction(n, m), 3, 4) == (Fraction(1, 4), Fraction(-3, 16))
    assert zg.gradient(lambda n, m: Fraction(n, m) + n, 2, 4) == (Fraction(5, 4), Fraction(-1, 8))


def test_a_ratio_is_the_number():
    assert zg.gradient(lambda x: x.as_integer_ratio()[0] / x.as_integer_ratio()[1], 0.3) == (1.0,)
    assert zg.gradient(lambda n: n.as_integer_ratio()[0] * 2, 7) == (2,)


def test_a_method_with_a_rule_is_bound_before_it_is_called():
    def f(x):
        absolute = x.__abs__
        return absolute() * x

    assert zg.gradient(f, Fraction(-1, 3)) == (Fraction(2, 3),)


def test_quotients_of_what_is_not_known_are_not_known():
    """An exact quotient has a derivative: nothing may make it zero."""
    import struct

    def f(x):
        (bits,) = struct.unpack("<q", struct.pack("<d", x))
        return (bits // 1) * 1.0

    with pytest.raises(zg.errors.AdjointError):
        zg.gradient(f, 0.3)
