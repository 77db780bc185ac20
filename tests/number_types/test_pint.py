"""pint: gradients of quantities have the unit of the value over that of the argument."""

import math
from fractions import Fraction

import numpy as np
import pint
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, OutputError, UnsupportedError

u = pint.UnitRegistry()
m, c = 2.0 * u.kg, 3.0 * u.m / u.s
a = np.array([1.0, 2.0]) * u.m


def same(found, magnitude, unit):
    assert isinstance(found, u.Quantity)
    assert found.units == u.Unit(unit)
    assert np.shape(found.magnitude) == np.shape(magnitude)
    assert np.allclose(found.magnitude, magnitude, rtol=1e-14, atol=0)


NUMBERS = {
    "energy": (lambda m: m * c**2, m, 9.0, "J/kg", "m**2/s**2"),
    "of speed": (lambda c: m * c**2 / 2, c, 6.0, "kg*m/s", None),
    "sum": (lambda m: m + 3 * u.g, m, 1.0, "dimensionless", None),
    "difference of units": (lambda m: 3 * u.g - m, m, -1000.0, "g/kg", None),
    "conversion": (lambda m: m.to("g"), m, 1000.0, "g/kg", None),
    "magnitude": (lambda m: m.magnitude**2, m, 4.0, "1/kg", None),
    "magnitude in a unit": (lambda m: m.m_as("g") ** 2, m, 4e6, "1/kg", None),
    "power": (lambda m: m**0.5, m, 0.5 / np.sqrt(2.0), "kg**-0.5", None),
    "root": (lambda m: np.sqrt(m * m), m, 1.0, "dimensionless", None),
    "branch": (lambda m: m * m if m > 1 * u.g else -m, m, 4.0, "kg", None),
    "to a float": (lambda m: float(m / (1 * u.g)), m, 1000.0, "1/kg", None),
    "of math": (lambda m: math.sin(m / (1 * u.g)), m, 1000 * math.cos(2000.0), "1/kg", None),
    "rounded": (lambda m: math.floor(m / (7 * u.g)) * m, m, 285.0, "dimensionless", None),
    "to a scalar of NumPy": (lambda m: np.float64(m / (1 * u.g)), m, 1000.0, "1/kg", None),
    "base units": (lambda m: (m * c**2).to_base_units(), m, 9.0, "m**2/s**2", None),
    "compact": (lambda m: (m * m).to_reduced_units(), m, 4.0, "kg", None),
    "printed": (lambda m: (f"{m:~P}", m * m)[1], m, 4.0, "kg", None),
    "integer": (lambda m: m * m, 3 * u.m, 6, "m", None),
    "reflected": (lambda m: 2 * m + 3 / (1 / m), m, 5.0, "dimensionless", None),
    "temperature": (lambda t: t.to("kelvin"), u.Quantity(20.0, "degC"), 1.0, "K/delta_degC", None),
    "in degrees": (
        lambda t: t.to("degC"), u.Quantity(20.0, "degF"), 5 / 9, "delta_degC/delta_degF", None,
    ),
    "prefixes": (lambda x: (x * u.km).to("m"), 2.0, 1000.0, "m", None),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name):
    f, x, magnitude, unit, other = NUMBERS[name]
    y, (g,) = zg.withgradient(f, x)
    assert y == f(x)
    same(g.to(other) if other else g, magnitude, other or unit)
    assert g.is_compatible_with(unit)


ARRAYS = {
    "sum of squares": (lambda a: np.sum(a * a), [2.0, 4.0], "m"),
    "method": (lambda a: (a**2).sum() / a.mean(), None, None),
    "items": (lambda a: np.sqrt(a[0] * a[1]), [0.5 * np.sqrt(2), 0.5 / np.sqrt(2)], ""),
    "product": (lambda a: a @ a + np.dot(a, a), [4.0, 8.0], "m"),
    "prod": (np.prod, [2.0, 1.0], "m"),
    "iteration": (lambda a: sum(x * x for x in a), [2.0, 4.0], "m"),
    "functions": (
        lambda a: np.sin(a / (3 * u.m)).sum(), np.cos(np.array([1, 2]) / 3) / 3, "1/m",
    ),
    "reflected": (lambda a: (2 * a)[0] + (np.float64(3) * a)[1], [2.0, 3.0], ""),
    "joined": (lambda a: np.concatenate([a, a * 2]).sum(), [3.0, 3.0], ""),
    "choice": (lambda a: np.where(a > 1.5 * u.m, a, 2 * a).sum(), [2.0, 1.0], ""),
    "norm": (np.linalg.norm, np.array([1.0, 2.0]) / np.sqrt(5), ""),
    "max": (np.max, [0.0, 1.0], ""),
    "converted": (lambda a: a.to("cm")[1], [0.0, 100.0], "cm/m"),
    "cumsum": (lambda a: np.cumsum(a)[1], [1.0, 1.0], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(name):
    f, magnitude, unit = ARRAYS[name]
    y, (g,) = zg.withgradient(f, a)
    assert y == f(a)
    if magnitude is None:  # s2 / mean: 2 a / mean - s2 / (2 mean^2)
        magnitude, unit = np.array([2.0, 4.0]) / 1.5 - 5.0 / (2 * 1.5**2), ""
    same(g, magnitude, unit)


def test_writing_into_an_array():
    def f(a):
        b = np.zeros(2) * u.m
        b[0] = a[1] * 2
        b[1] = 3 * u.cm
        return np.sum(b * b)

    same(zg.gradient(f, a)[0], [0.0, 16.0], "m")


def test_arguments_that_are_converted_in_place():
    for _ in range(2):
        mass = 2.0 * u.kg

        def f(mass):
            mass.ito("g")
            return mass * c

        same(zg.gradient(f, mass)[0], 3000.0, "g*m/s/kg")
        assert mass == 2000 * u.g


def test_numbers_in_other_types():
    (g,) = zg.gradient(lambda m: m * m, Fraction(1, 3) * u.m)
    assert g == Fraction(2, 3) * u.m and type(g.magnitude) is Fraction


def test_containers():
    model = {"m": [m], "c": c, "n": 2.0, "a": np.ones(2), "text": "t"}
    (g,) = zg.gradient(lambda d: d["m"][0] * d["c"] ** 2 * d["n"] * d["a"].sum(), model)
    same(g["m"][0], 36.0, "m**2/s**2")
    same(g["c"], 48.0, "kg*m/s")
    same(g["n"], 36.0, "kg*m**2/s**2")
    same(g["a"], [36.0, 36.0], "kg*m**2/s**2")
    assert g["text"] is None


def test_several_arguments_and_constants():
    dm, dc, dx = zg.gradient(lambda m, c, x: m * c**2, m, c, 5.0)
    same(dm, 9.0, "m**2/s**2")
    same(dc, 12.0, "kg*m/s")
    assert dx is None
    assert zg.gradient(lambda m: c * 2, m) == (None,)
    assert zg.gradient(lambda x: (x * u.km).m_as("m"), 2.0) == (1000.0,)  # nothing has a unit


def test_second_derivatives():
    (g,) = zg.gradient(lambda m: zg.gradient(lambda c: m * c**2, c)[0], m)
    same(g, 6.0, "m/s")
    (g,) = zg.gradient(lambda c: zg.gradient(lambda c: m * c**3, c)[0], c)
    same(g, 36.0, "kg*m/s")
    (g,) = zg.gradient(lambda x: zg.gradient(lambda x: x**3 * u.m, x)[0], 2.0)
    same(g, 12.0, "m")


def test_pullbacks():
    y, back = zg.pullback(lambda m: m * c**2, m)
    assert y == m * c**2
    same(back(1.0)[0], 9.0, "m**2/s**2")
    same(back(2.0 / u.J)[0].to("1/kg"), 18.0, "1/kg")
    assert back(None) == (None,)
    y, back = zg.pullback(lambda a: a * a, a)
    same(back(np.array([1.0, 0.0]))[0], [2.0, 0.0], "m")
    same(back(np.array([1.0, 1.0]) / u.m)[0], [2.0, 4.0], "")

    def inner(m):
        _, back = zg.pullback(lambda c: m * c**2, c)
        return back(1.0 / u.J)[0]

    same(zg.gradient(inner, m)[0], 6.0, "m/s/J")


def test_errors_are_those_of_pint():
    with pytest.raises(pint.DimensionalityError):
        zg.gradient(lambda m: m + c, m)
    with pytest.raises(pint.DimensionalityError):
        zg.gradient(lambda m: np.exp(m), m)


def test_what_has_no_gradient():
    with pytest.raises(OutputError, match="real scalar"):
        zg.gradient(lambda a: a * a, a)
    with pytest.raises(UnsupportedError, match="convert it to a unit"):
        zg.gradient(lambda q: q, u.Quantity(2.0, "dBm"))
    with pytest.raises(AdjointError):
        zg.gradient(lambda m: u.Quantity(str(m)), m)
