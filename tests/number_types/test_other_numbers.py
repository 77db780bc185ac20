"""Numbers of several kinds together, and of types that zygcore has never heard of."""

import cmath
import numbers
from fractions import Fraction as F

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import ZygcoreError


class Dual:
    """A number whose operators are Python code: it is differentiated as that."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        product = self.value * other.slope + self.slope * other.value
        return Dual(self.value * other.value, product)


class Percent(numbers.Number):
    """A number of the numeric tower, whose operators mean arithmetic."""

    def __init__(self, value):
        self.value = value

    def __mul__(self, other):
        return Percent(self.value * other.value / 100)

    def __float__(self):
        return self.value / 100

    __hash__ = None


def test_numbers_that_are_python_code():
    (g,) = zg.gradient(lambda d: (d * d + d).value, Dual(3.0))
    assert g.value == 7.0 and g.slope is None
    assert zg.gradient(lambda x: (Dual(x, 1.0) * Dual(x, 1.0)).slope, 3.0) == (2.0,)


def test_numbers_of_the_tower_are_right_or_an_error():
    with pytest.raises((ZygcoreError, TypeError)):
        zg.gradient(lambda p: float(p * p), Percent(50.0))
    assert zg.gradient(lambda x: (Percent(x) * Percent(50.0)).value, 30.0) == (0.5,)


def test_elements_of_arrays_and_exact_numbers():
    x = F(3, 2)
    assert zg.gradient(lambda x: np.float64(x) * x, x) == (3,)
    assert zg.gradient(lambda x: np.array([2.0, 3.0])[1] * x, x) == (3,)
    assert zg.gradient(lambda a: a[1] * x, np.array([2.0, 4.0]))[0].tolist() == [0.0, 1.5]
    value, (g,) = zg.withgradient(lambda x: np.array([x, x * 2])[1] * x, x)
    assert value == F(9, 2) and type(value) is F and g == 6
    assert zg.gradient(lambda x: np.array([x, x], float).sum(), x) == (2,)


def test_the_convention_for_complex_numbers():
    z = 1.0 + 2.0j
    assert zg.gradient(lambda z: abs(z) ** 2, z)[0] == pytest.approx(2 * z)
    assert zg.gradient(lambda z: (z * z).real, z) == (2 * z.conjugate(),)  # conj(f'(z))
    assert zg.gradient(lambda z: z.imag, z) == (1j,)
    (g,) = zg.gradient(lambda z: cmath.exp(z).real, z)
    assert g == pytest.approx(cmath.exp(z).conjugate())
    (g,) = zg.gradient(lambda x: cmath.exp(1j * x).imag, 0.5)
    assert type(g) is float and g == pytest.approx(cmath.cos(0.5).real)
    y, back = zg.pullback(lambda z: z**3, z)
    assert back(1j)[0] == pytest.approx((3 * z * z).conjugate() * 1j)
    assert zg.gradient(lambda n: abs((3 + 4j) * n), 2) == (5.0,)
