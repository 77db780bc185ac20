"""Taylor mode: elementary functions of numbers and of arrays, against mpmath."""

import cmath
import math
import operator

import mpmath
import numpy as np
import pytest
from taylor_references import close, coefficients

import zygcore as zg

OF_ONE_NUMBER = [
    (math.exp, mpmath.exp, [0.0, 1.5, -2.0]),
    (math.expm1, mpmath.expm1, [0.0, 1.5, -2.0]),
    (math.log, mpmath.log, [0.3, 1.0, 5.0]),
    (math.log1p, lambda x: mpmath.log(1 + x), [0.0, 0.5, -0.5]),
    (math.log2, lambda x: mpmath.log(x, 2), [0.3, 1.0, 8.0]),
    (math.log10, lambda x: mpmath.log(x, 10), [0.3, 1.0, 100.0]),
    (math.sqrt, mpmath.sqrt, [0.3, 1.0, 4.0]),
    (math.sin, mpmath.sin, [0.0, 0.5, -2.0]),
    (math.cos, mpmath.cos, [0.0, 0.5, -2.0]),
    (math.tan, mpmath.tan, [0.0, 0.5, -2.0]),
    (math.asin, mpmath.asin, [0.0, 0.5, -0.7]),
    (math.acos, mpmath.acos, [0.0, 0.5, -0.7]),
    (math.atan, mpmath.atan, [0.0, 0.5, -2.0]),
    (math.sinh, mpmath.sinh, [0.0, 0.5, -2.0]),
    (math.cosh, mpmath.cosh, [0.0, 0.5, -2.0]),
    (math.tanh, mpmath.tanh, [0.0, 0.5, -2.0]),
    (math.asinh, mpmath.asinh, [0.0, 0.5, -2.0]),
    (math.acosh, mpmath.acosh, [1.5, 3.0]),
    (math.atanh, mpmath.atanh, [0.0, 0.5, -0.7]),
    (math.erf, mpmath.erf, [0.0, 0.5, -2.0]),
    (math.erfc, mpmath.erfc, [0.0, 0.5, -2.0]),
    (math.gamma, mpmath.gamma, [0.5, 2.0, -0.5]),
    (math.lgamma, mpmath.loggamma, [0.5, 2.0, 4.5]),
    (math.fabs, lambda x: mpmath.sign(x) * x, [0.5, -2.0]),
    (math.degrees, mpmath.degrees, [0.0, 0.5]),
    (math.radians, mpmath.radians, [0.0, 0.5]),
    (abs, lambda x: mpmath.sign(x) * x, [0.5, -2.0]),
    (operator.neg, lambda x: -x, [0.0, 0.5]),
    (lambda x: 1 / x, lambda x: 1 / x, [0.5, -2.0]),
    (lambda x: x**5, lambda x: x**5, [0.0, 0.5, -2.0]),
    (lambda x: x**5.0, lambda x: x**5, [0.0, 0.5, -2.0]),
    (lambda x: x**-3, lambda x: x**-3, [0.5, -2.0]),
    (lambda x: x**2.5, lambda x: x**2.5, [0.5, 2.0]),
    (lambda x: 2.0**x, lambda x: mpmath.mpf(2) ** x, [0.0, 0.5, -2.0]),
    (lambda x: x**x, lambda x: x**x, [0.5, 2.0]),
    (lambda x: math.pow(x, 3.0), lambda x: x**3, [0.0, 0.5, -2.0]),
    (lambda x: math.pow(x, x), lambda x: x**x, [0.5, 2.0]),
    (lambda x: x % 1.0, lambda x: x - mpmath.floor(x), [0.5, -1.7]),
    (lambda x: math.fmod(x, 0.3), lambda x: x - mpmath.floor(x / 0.3) * 0.3, [0.5]),
    (lambda x: math.hypot(x, 2.0), lambda x: mpmath.sqrt(x**2 + 4), [0.0, 0.5, -2.0]),
    (lambda x: math.hypot(x, x * x, 1.0), lambda x: mpmath.sqrt(x**2 + x**4 + 1), [0.0, 0.5]),
    (lambda x: math.atan2(x, 1 + x), lambda x: mpmath.atan(x / (1 + x)), [0.0, 0.5]),
    (lambda x: math.atan2(1 + x, x), lambda x: mpmath.acot(x / (1 + x)), [0.3, 2.0]),
    (lambda x: math.log(3.0, x), lambda x: mpmath.log(3.0) / mpmath.log(x), [0.5, 2.0]),
    (lambda x: math.prod([x, x + 1, 2, x]), lambda x: 2 * x * x * (x + 1), [0.0, 0.5]),
    (lambda x: math.fsum([x, x * x, 2.0]), lambda x: x + x * x + 2, [0.0, 0.5]),
    (lambda x: sum([x, x * x, 2.0]), lambda x: x + x * x + 2, [0.0, 0.5]),
    (
        lambda x: math.dist((x, 1.0), (2 * x, x)),
        lambda x: mpmath.sqrt(x**2 + (1 - x) ** 2),
        [0.0, 0.5],
    ),
]
if hasattr(math, "exp2"):
    OF_ONE_NUMBER += [
        (math.exp2, lambda x: mpmath.mpf(2) ** x, [0.0, 1.5, -2.0]),
        (math.cbrt, mpmath.cbrt, [0.3, 1.0, 8.0]),
    ]

ORDER = 8


@pytest.mark.parametrize(("f", "reference", "points"), OF_ONE_NUMBER)
def test_functions_of_one_number(f, reference, points):
    for x in points:
        found = zg.taylor(f, x, ORDER)
        assert found[0] == f(x)
        close(found, coefficients(reference, mpmath.mpf(x), ORDER))


@pytest.mark.parametrize(("f", "reference", "points"), OF_ONE_NUMBER)
def test_they_are_composed(f, reference, points):
    def inner(t):
        return t + (t - points[0]) ** 2 / 3

    found = zg.taylor(lambda t: f(inner(t)), points[0], 5)
    close(found, coefficients(lambda t: reference(inner(t)), mpmath.mpf(points[0]), 5))


OF_ARRAYS = [
    ("exp", mpmath.exp, [0.0, 1.5, -2.0]),
    ("exp2", lambda x: mpmath.mpf(2) ** x, [0.0, 1.5, -2.0]),
    ("expm1", mpmath.expm1, [0.0, 1.5, -2.0]),
    ("log", mpmath.log, [0.3, 1.0, 5.0]),
    ("log2", lambda x: mpmath.log(x, 2), [0.3, 1.0, 8.0]),
    ("log10", lambda x: mpmath.log(x, 10), [0.3, 1.0, 100.0]),
    ("log1p", lambda x: mpmath.log(1 + x), [0.0, 0.5, -0.5]),
    ("sqrt", mpmath.sqrt, [0.3, 1.0, 4.0]),
    ("cbrt", lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), [0.3, 1.0, 8.0]),
    ("sin", mpmath.sin, [0.0, 0.5, -2.0]),
    ("cos", mpmath.cos, [0.0, 0.5, -2.0]),
    ("tan", mpmath.tan, [0.0, 0.5, -2.0]),
    ("arcsin", mpmath.asin, [0.0, 0.5, -0.7]),
    ("arccos", mpmath.acos, [0.0, 0.5, -0.7]),
    ("arctan", mpmath.atan, [0.0, 0.5, -2.0]),
    ("sinh", mpmath.sinh, [0.0, 0.5, -2.0]),
    ("cosh", mpmath.cosh, [0.0, 0.5, -2.0]),
    ("tanh", mpmath.tanh, [0.0, 0.5, -2.0]),
    ("arcsinh", mpmath.asinh, [0.0, 0.5, -2.0]),
    ("arccosh", mpmath.acosh, [1.5, 3.0, 10.0]),
    ("arctanh", mpmath.atanh, [0.0, 0.5, -0.7]),
    ("square", lambda x: x * x, [0.0, 0.5, -2.0]),
    ("reciprocal", lambda x: 1 / x, [0.3, 0.5, -2.0]),
    ("absolute", lambda x: mpmath.sign(x) * x, [0.3, 0.5, -2.0]),
    ("fabs", lambda x: mpmath.sign(x) * x, [0.3, 0.5, -2.0]),
    ("negative", lambda x: -x, [0.0, 0.5, -2.0]),
    ("deg2rad", mpmath.radians, [0.0, 0.5, -2.0]),
    ("sinc", lambda x: mpmath.sincpi(x), [0.0, 1e-3, 0.4, 0.6, -2.0]),
]


@pytest.mark.parametrize(("name", "reference", "points"), OF_ARRAYS)
def test_elementwise_functions(name, reference, points):
    f, x = getattr(np, name), np.array(points)
    found = zg.taylor(f, x, ORDER, np.ones(len(points)))
    np.testing.assert_array_equal(found[0], f(x))
    expected = np.array([coefficients(reference, mpmath.mpf(p), ORDER) for p in points]).T
    close(found, list(expected), 1e-10)
    assert all(c.shape == x.shape and c.dtype == float for c in found)
    of_scalar = zg.taylor(f, np.float64(points[1]), ORDER)
    close(of_scalar, list(expected[:, 1]), 1e-10)
    single = zg.taylor(f, x.astype(np.float32), 3, np.ones(len(points), np.float32))
    assert all(c.dtype == np.float32 for c in single)
    close(single, list(expected[:4]), 1e-3)


BINARY = [
    (np.add, lambda a, b: a + b),
    (np.subtract, lambda a, b: a - b),
    (np.multiply, lambda a, b: a * b),
    (np.divide, lambda a, b: a / b),
    (np.power, lambda a, b: a**b),
    (np.float_power, lambda a, b: a**b),
    (np.hypot, lambda a, b: mpmath.sqrt(a * a + b * b)),
    (np.arctan2, lambda a, b: mpmath.atan(a / b)),
    (np.logaddexp, lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b))),
    (np.logaddexp2, lambda a, b: mpmath.log(mpmath.mpf(2) ** a + mpmath.mpf(2) ** b, 2)),
    (np.maximum, lambda a, b: a if a > b else b),
    (np.minimum, lambda a, b: b if a > b else a),
    (np.fmod, lambda a, b: a - b * mpmath.floor(a / b)),
    (np.remainder, lambda a, b: a - b * mpmath.floor(a / b)),
]


@pytest.mark.parametrize(("f", "reference"), BINARY, ids=lambda f: getattr(f, "__name__", ""))
@pytest.mark.parametrize("active", [(1, 1), (1, 0), (0, 1)])
def test_functions_of_two_arrays(f, reference, active):
    a, b = np.array([0.7, 1.3, 2.2]), np.array([0.4, 2.1, 1.7])
    da, db = np.array([1.0, 0.5, 2.0]) * active[0], np.array([-1.0, 2.0, 0.25]) * active[1]
    found = zg.taylor(
        lambda ab: f(ab[0], ab[1]),
        [a, b],
        6,
        [da if active[0] else None, db if active[1] else None],
    )
    expected = [
        coefficients(lambda t, i=i: reference(a[i] + da[i] * t, b[i] + db[i] * t), mpmath.mpf(0), 6)
        for i in range(3)
    ]
    close(found, list(np.array(expected).T))


def test_broadcasting():
    x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0, 2.0])
    row = np.array([[2.0], [5.0]])
    found = zg.taylor(lambda x: x * row + x**2 / row + 1, x, 3, v)
    close(found, [x * row + x**2 / row + 1, v * row + 2 * x * v / row, v**2 / row, 0 * row * x])
    assert all(c.shape == (2, 3) for c in found)


def test_logaddexp_where_both_are_equal():
    found = zg.taylor(lambda x: np.logaddexp(x, 1.0), np.float64(1.0), 4)
    close(found, coefficients(lambda x: mpmath.log(mpmath.exp(x) + mpmath.e), mpmath.mpf(1), 4))


# ---------------------------------------------------------------------------- special points


def test_powers_at_zero():
    assert zg.taylor(lambda x: x**2.5, 0.0, 4) == [0.0, 0.0, 0.0, math.inf, -math.inf]
    assert zg.taylor(lambda x: x**3, 0.0, 4) == [0.0, 0.0, 0.0, 1.0, 0.0]
    found = zg.taylor(lambda x: x ** np.array([2.0, 2.5, 0.5, 3.0]), np.zeros(4), 3, np.ones(4))
    np.testing.assert_array_equal(found[2], [1.0, 0.0, -math.inf, 0.0])
    np.testing.assert_array_equal(found[3], [0.0, math.inf, math.inf, 1.0])
    moved = zg.taylor(lambda x: (x * x) ** 1.5, 0.0, 4)
    assert moved[:3] == [0.0, 0.0, 0.0]


def test_roots_at_zero():
    assert zg.taylor(math.sqrt, 0.0, 1) == [0.0, math.inf]
    assert zg.taylor(lambda x: math.sqrt(0.0 * x), 0.0, 3) == [0.0, 0.0, 0.0, 0.0]
    assert zg.taylor(abs, 0.0, 3) == [0.0, 0.0, 0.0, 0.0]
    assert zg.taylor(lambda x: math.hypot(x, 0.0), 0.0, 3) == [0.0, 0.0, 0.0, 0.0]
    found = zg.taylor(
        lambda x: np.where(x > 0, np.sqrt(x), 0.0), np.array([0.0, 4.0]), 2, np.ones(2)
    )
    close(found, [[0.0, 2.0], [0.0, 0.25], [0.0, -1 / 64]])


def test_ends_of_domains():
    assert zg.taylor(math.asin, 1.0, 1)[1] == math.inf
    assert zg.taylor(lambda x: math.acos(x * 0 + 1.0), 0.3, 2) == [0.0, 0.0, 0.0]
    assert zg.taylor(lambda x: np.arctan2(x, 0 * x), np.float64(0.0), 2)[0] == 0


def test_what_has_no_series():
    found = zg.taylor(lambda x: x ** (2 + x), 0.0, 2)
    assert found[:2] == [0.0, 0.0] and math.isnan(found[2])
    found = zg.taylor(lambda x: 0.0 ** (2 + x), 0.0, 2)
    assert found == [0.0, 0.0, 0.0]


# -------------------------------------------------------------------------- numbers of all kinds


def test_integers_stay_exact():
    found = zg.taylor(lambda x: (3 * x**40 - x + 2) * x, 7, 42)
    assert all(type(c) is int for c in found)
    assert found[0] == (3 * 7**40 - 5) * 7
    assert found[41] == 3 and found[42] == 0
    assert found[2] == 3 * math.comb(41, 2) * 7**39 - 1


def test_complex_numbers():
    z = 0.3 + 0.4j
    pairs = [
        (getattr(cmath, n), getattr(mpmath, n)) for n in "exp sqrt log atanh asinh acosh".split()
    ]
    powers = [lambda z: z**2.5, lambda z: 1 / z]
    for f, reference in [*pairs, *[(f, f) for f in powers]]:
        expected = [complex(c) for c in mpmath.taylor(reference, mpmath.mpc(z), 5)]
        close(zg.taylor(f, z, 5), expected)
    expected = coefficients(
        lambda t: mpmath.sqrt((0.3 + t) ** 2 + mpmath.mpf(0.4) ** 2), mpmath.mpf(0), 4
    )
    close(zg.taylor(abs, z, 4), expected)
    for name in ("exp", "sqrt", "arcsinh", "arccosh", "log"):
        reference = getattr(mpmath, {"arcsinh": "asinh", "arccosh": "acosh"}.get(name, name))
        found = zg.taylor(getattr(np, name), np.array([z, 2 * z]), 4, np.ones(2))
        for i, p in enumerate((z, 2 * z)):
            close(
                [c[i] for c in found],
                [complex(c) for c in mpmath.taylor(reference, mpmath.mpc(p), 4)],
            )


def test_fractions():
    from fractions import Fraction

    found = zg.taylor(lambda x: 1 / (1 + x * x), Fraction(1, 2), 3)
    expected = [Fraction(4, 5), Fraction(-16, 25), Fraction(-16, 125), Fraction(384, 625)]
    assert found == expected


def test_second_derivatives_of_logaddexp_where_both_are_equal():
    for f in (np.logaddexp, lambda x, y: np.logaddexp2(x, y) * math.log(2)):
        h = zg.hessian(lambda x, f=f: f(x, 1.0), np.float64(1.0))
        assert h == pytest.approx(0.25 * (1 if f is np.logaddexp else math.log(2) ** 2), rel=1e-12)
    assert zg.gradient(np.logaddexp, -np.inf, -np.inf) == (0.5, 0.5)
    assert zg.gradient(np.logaddexp2, -np.inf, -np.inf) == (0.5, 0.5)
