"""Taylor mode: coefficients against mpmath and closed forms, nested levels, errors."""

import cmath
import math
import operator

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zygcore as zg
from zygcore.errors import AdjointError, TangentError

mpmath.mp.dps = 40


def coefficients(f, x, order):
    return [
        complex(c) if isinstance(c, mpmath.mpc) and c.imag else float(c.real)
        for c in mpmath.taylor(f, x, order)
    ]


def close(found, expected, tolerance=1e-11):
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(
            a, b, rtol=tolerance, atol=tolerance * max(1, float(np.max(np.abs(expected[0]))))
        )


#: function, the same in mpmath, points
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


# ---------------------------------------------------------------------------- programs


def newton_root(a):
    x = a
    for _ in range(30):
        x = (x + a / x) / 2
    return x


def continued(x, n):
    return x if n == 0 else x / (n + continued(x, n - 1))


def branches(x):
    if x > 1:
        return x**3
    elif x > 0:
        return math.sin(x)
    return -x


def with_handlers(x):
    total = x
    try:
        total = total * x
        raise ValueError(total)
    except ValueError as error:
        total = error.args[0] + x
    return total


def generated(x):
    def powers():
        p = 1
        while True:
            yield p
            p = p * x

    total = 0
    for k, p in zip(range(6), powers(), strict=False):
        total += p / math.factorial(k)
    return total


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __mul__(self, other):
        return Point(self.x * other.x - self.y * other.y, self.x * other.y + self.y * other.x)


def test_programs():
    close(zg.taylor(newton_root, 2.0, 6), coefficients(mpmath.sqrt, mpmath.mpf(2), 6))
    close(
        zg.taylor(lambda x: continued(x, 5), 0.7, 6),
        coefficients(lambda x: continued(x, 5), mpmath.mpf(0.7), 6),
    )
    assert zg.taylor(branches, 2.0, 3) == [8.0, 12.0, 6.0, 1.0]
    close(zg.taylor(branches, 0.5, 3), coefficients(mpmath.sin, mpmath.mpf(0.5), 3))
    assert zg.taylor(branches, -2.0, 2) == [2.0, -1.0, 0.0]
    assert zg.taylor(with_handlers, 3.0, 3) == [12.0, 7.0, 1.0, 0.0]
    close(zg.taylor(generated, 0.0, 6), [1 / math.factorial(k) for k in range(6)] + [0.0])
    found = zg.taylor(
        lambda t: (Point(math.cos(t), math.sin(t)) * Point(math.cos(t), math.sin(t))).x, 0.4, 5
    )
    close(found, coefficients(lambda t: mpmath.cos(2 * t), mpmath.mpf(0.4), 5))


def test_order_thirty():
    for f, reference in (
        (math.sin, mpmath.sin),
        (math.exp, mpmath.exp),
        (lambda x: 1 / (1 - x), lambda x: 1 / (1 - x)),
    ):
        found = zg.taylor(f, 0.25, 30)
        expected = coefficients(reference, mpmath.mpf(0.25), 30)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_orders_zero_and_one():
    assert zg.taylor(math.exp, 1.0, 0) == [math.e]
    assert zg.taylor(math.exp, 1.0, 1) == [math.e, math.e]
    assert zg.taylor(lambda x: 3, 1.0, 2) == [3, None, None]
    assert zg.taylor(lambda x: (x, 3, "a"), 1.0, 1) == [(1.0, 3, "a"), (1.0, None, None)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=7), st.integers(-5, 5))
def test_polynomials(numbers, at):
    def horner(x):
        y = 0
        for c in numbers:
            y = y * x + c
        return y

    expected = np.poly1d(numbers)
    found = zg.taylor(horner, at, len(numbers))
    for k, c in enumerate(found):
        exact = np.polyval(np.polyder(expected, k), at) / math.factorial(k)
        assert (c or 0) == pytest.approx(exact, rel=1e-12, abs=1e-9)


NAMES = ["sin", "exp", "tanh", "atan", "square", "inverse"]
STEPS = {
    "sin": (math.sin, mpmath.sin),
    "exp": (lambda x: math.exp(x / 2), lambda x: mpmath.exp(x / 2)),
    "tanh": (math.tanh, mpmath.tanh),
    "atan": (math.atan, mpmath.atan),
    "square": (lambda x: x * x - x, lambda x: x * x - x),
    "inverse": (lambda x: 1 / (4 + x), lambda x: 1 / (4 + x)),
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), st.floats(-1, 1))
def test_random_compositions(names, at):
    def run(x, which):
        for name in names:
            x = STEPS[name][which](x)
        return x

    expected = coefficients(lambda x: run(x, 1), mpmath.mpf(at), 5)
    found = zg.taylor(lambda x: run(x, 0), at, 5)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


# ----------------------------------------------------------------------- arrays and structures


def along(f, x, v, order):
    """Coefficients of an array-valued analytic function along a line: Cauchy's formula."""
    nodes = 0.25 * np.exp(2j * np.pi * np.arange(64) / 64)
    values = np.array([f(x + t * v) for t in nodes])
    return [np.tensordot(nodes ** (-k), values, (0, 0)).real / 64 for k in range(order + 1)]


A0 = np.array([[2.0, 0.3, 0.1], [0.2, 3.0, -0.4], [0.5, 0.1, 1.5]])
V0 = np.array([[0.3, -0.2, 0.5], [0.1, 0.4, 0.2], [-0.3, 0.6, 0.1]])

OF_MATRICES = [
    lambda a: a @ a @ a,
    lambda a: np.dot(a, a.T),
    lambda a: a.dot(np.arange(3.0)) @ a[0],
    lambda a: np.einsum("ij,kj->ik", a, a),
    lambda a: np.einsum("ij,jk,kl->il", a, a, a),
    lambda a: np.einsum("ii->i", a),
    lambda a: np.outer(a[0], a[1]),
    lambda a: np.inner(a, a),
    lambda a: np.tensordot(a, a, 1),
    lambda a: np.kron(a, a),
    lambda a: np.convolve(a[0], a[1]),
    lambda a: np.cross(a[0], a[1]),
    lambda a: np.linalg.inv(a),
    lambda a: np.linalg.solve(a, a[0]),
    lambda a: np.linalg.det(a),
    lambda a: np.sum(a, axis=0) * np.mean(a) + a.sum(axis=1),
    lambda a: np.concatenate([a, a[:1] ** 2]).reshape(2, -1),
    lambda a: np.stack([a[0], a[1] * a[2], np.ones(3)]),
    lambda a: np.array([a[0, 0], a[0, 1] * a[1, 0], 2.0]),
    lambda a: np.prod(a),
    lambda a: np.cumsum(a * a),
    lambda a: np.cumprod(a[0]),
    lambda a: np.trace(a @ a) * np.triu(a),
    lambda a: np.roll(a, 1, axis=0) * np.flip(a) * np.tile(a[0], (3, 1)),
    lambda a: a[[0, 2], 1:] * np.take(a, 1),
    lambda a: np.pad(a * a, 1),
    lambda a: np.exp(a).ravel()[::2],
    lambda a: a.copy().astype(a.dtype).flatten() * a.T.ravel(),
    lambda a: np.linalg.matrix_power(a, 3),
]


@pytest.mark.parametrize("f", OF_MATRICES, ids=range(len(OF_MATRICES)))
def test_arrays(f):
    found = zg.taylor(f, A0, 4, V0)
    np.testing.assert_array_equal(found[0], f(A0))
    close(found, along(f, A0, V0, 4), 1e-9)


def spread(a):
    apart = a - np.mean(a, axis=0)
    return np.mean(apart * apart, axis=0)


OF_REAL_MATRICES = [
    (lambda a: np.var(a, axis=0), spread),
    (lambda a: a.std(0, keepdims=True), lambda a: np.sqrt(spread(a))[None]),
    (lambda a: np.var(a, ddof=1), lambda a: np.sum((a - np.mean(a)) ** 2) / 8),
    (lambda a: np.linalg.norm(a), lambda a: np.sqrt(np.sum(a * a))),
    (lambda a: np.linalg.norm(a, axis=1), lambda a: np.sqrt(np.sum(a * a, axis=1))),
    (lambda a: np.linalg.norm(a, "fro"), lambda a: np.sqrt(np.sum(a * a))),
    (lambda a: np.where(a > 0.2, a * a, -a), lambda a: np.where(A0 > 0.2, a * a, -a)),
    (lambda a: np.abs(a) ** 3, lambda a: (np.sign(A0) * a) ** 3),
    (lambda a: np.max(a * a, axis=1), lambda a: (a * a)[[0, 1, 2], [0, 1, 2]]),
    (lambda a: np.sum(a * a, axis=0, initial=5.0), lambda a: np.sum(a * a, axis=0) + 5),
    (
        lambda a: np.clip(a * a, 0.05, 4.0),
        lambda a: np.where(A0**2 < 0.05, 0.05, np.where(A0**2 > 4, 4, a * a)),
    ),
    (
        lambda a: np.real(np.fft.fft(a)) ** 2,
        lambda a: (a @ np.cos(2 * np.pi / 3 * np.outer(range(3), range(3)))) ** 2,
    ),
    (lambda a: np.linalg.det(a - A0), lambda a: np.linalg.det(a - A0)),
    (lambda a: np.prod(a, axis=(0, 1), keepdims=True), lambda a: np.prod(a).reshape(1, 1)),
    (lambda a: np.cumprod(a, axis=1), lambda a: np.cumprod(a, axis=1)),
    (lambda a: np.linalg.solve(a, a), lambda a: 0 * a + np.eye(3)),
    (
        lambda a: np.linspace(a[0], a[1] ** 2, 3),
        lambda a: np.stack([a[0], (a[0] + a[1] ** 2) / 2, a[1] ** 2]),
    ),
    (
        lambda a: np.pad(a * a, 1, "edge"),
        lambda a: (a * a)[np.ix_([0, 0, 1, 2, 2], [0, 0, 1, 2, 2])],
    ),
]


@pytest.mark.parametrize(("f", "reference"), OF_REAL_MATRICES, ids=range(len(OF_REAL_MATRICES)))
def test_functions_of_real_arrays(f, reference):
    found = zg.taylor(f, A0, 4, V0)
    np.testing.assert_array_equal(found[0], f(A0))
    close(found, along(reference, A0, V0, 4), 1e-9)


def test_norms_at_zero():
    for f in (np.linalg.norm, np.std, lambda a: np.hypot(a[0], a[1])):
        np.testing.assert_array_equal(zg.taylor(f, np.zeros(2), 3, np.array([1.0, 2.0])), [0.0] * 4)


def test_lists_that_are_changed_after_a_call():
    def f(x):
        xs = [x, 2 * x]
        y = np.sum(xs) * np.prod(xs)
        xs[0] = 0.0
        xs.append(1.0)
        return y

    assert zg.taylor(f, 1.0, 4) == [6.0, 18.0, 18.0, 6.0, 0.0]

    def g(p):
        xs = [p[0], p[0] * p[1]]
        y = np.sum(xs) * np.prod(xs)
        xs[0], xs[1] = 0.0, 5.0
        return y

    found = zg.gradient(lambda p: zg.taylor(g, p, 1, [1.0, 1.0])[1], [2.0, 3.0])[0]
    rows = zg.hessian(lambda p: (p[0] + p[0] * p[1]) * p[0] * p[0] * p[1], [2.0, 3.0])
    np.testing.assert_allclose(found, np.sum(rows, axis=0), rtol=1e-14)


def test_what_solvers_find():
    from scipy.integrate import quad
    from scipy.optimize import brentq, fsolve

    root = coefficients(mpmath.sqrt, mpmath.mpf(2), 3)
    close(zg.taylor(lambda a: brentq(lambda t: t * t - a, 0.1, 4), 2.0, 3), root, 1e-9)
    found = zg.taylor(lambda a: fsolve(lambda t: t * t - a, np.array([1.0]))[0] * a, 2.0, 3)
    close(found, coefficients(lambda a: a * mpmath.sqrt(a), mpmath.mpf(2), 3), 1e-9)
    found = zg.taylor(lambda a: quad(lambda t: math.exp(-a * t), 0, 1)[0], 1.0, 3)
    close(found, coefficients(lambda a: (1 - mpmath.exp(-a)) / a, mpmath.mpf(1), 3))
    found = zg.gradient(
        lambda x: zg.taylor(lambda a: brentq(lambda t: t * t - a, 0.1, 4), x, 2)[2], 2.0
    )
    assert found[0] == pytest.approx(3 * root[3], rel=1e-8)
    y, (first, second) = zg.jet(
        lambda a, b: brentq(lambda t: t * t - a * b, 0.1, 4), (1.0, 2.0), ([1.0, 1.0], None)
    )
    expected = coefficients(lambda t: mpmath.sqrt(2 * (1 + t + t * t)), mpmath.mpf(0), 2)
    close([y, first, second], expected, 1e-9)


def test_second_derivatives_of_logaddexp_where_both_are_equal():
    for f in (np.logaddexp, lambda x, y: np.logaddexp2(x, y) * math.log(2)):
        h = zg.hessian(lambda x, f=f: f(x, 1.0), np.float64(1.0))
        assert h == pytest.approx(0.25 * (1 if f is np.logaddexp else math.log(2) ** 2), rel=1e-12)
    assert zg.gradient(np.logaddexp, -np.inf, -np.inf) == (0.5, 0.5)
    assert zg.gradient(np.logaddexp2, -np.inf, -np.inf) == (0.5, 0.5)


def test_functions_without_a_recurrence():
    found = zg.taylor(lambda a: np.linalg.eigvalsh(a + a.T), A0, 3, V0)
    h = 1e-3
    values = [
        np.linalg.eigvalsh((A0 + t * V0) + (A0 + t * V0).T) for t in (-2 * h, -h, 0.0, h, 2 * h)
    ]
    second = (-values[0] + 16 * values[1] - 30 * values[2] + 16 * values[3] - values[4]) / (
        24 * h * h
    )
    np.testing.assert_allclose(found[2], second, atol=1e-7)
    found = zg.taylor(lambda a: np.max(a, axis=0) + np.sort(a, axis=0)[1] + np.median(a), A0, 2, V0)
    np.testing.assert_allclose(
        found[1], V0[[0, 1, 2], [0, 1, 2]] + V0[[2, 0, 0], [0, 1, 2]] + V0[0, 1], rtol=1e-12
    )
    np.testing.assert_array_equal(found[2], np.zeros(3))


def in_place(x):
    out = np.zeros(4)
    out[0] = x
    out[1:3] = [x * x, 1.0]
    out += out[::-1] * x
    view = out[1:]
    view *= x
    out[0] = out[3] * 2
    kept = out * out
    out[:] = 0.0
    return kept + out


def test_arrays_written_in_place():
    def plain(x):
        out = [x, x * x, mpmath.mpf(1), mpmath.mpf(0)]
        out = [a + b * x for a, b in zip(out, out[::-1], strict=True)]
        out = [out[0], *[a * x for a in out[1:]]]
        out[0] = out[3] * 2
        return [a * a for a in out]

    found = zg.taylor(in_place, 0.7, 5)
    for i in range(4):
        expected = coefficients(lambda x, i=i: plain(x)[i], mpmath.mpf(0.7), 5)
        close([c[i] for c in found], expected)


def test_overwritten_arguments():
    def f(x):
        a = np.array([x, 2 * x])
        y = a * a
        a[0] = 5.0
        z = a * y
        a[:] = 0.0
        return z

    found = zg.taylor(f, 3.0, 3)
    close(found, [[45.0, 216.0], [30.0, 216.0], [5.0, 72.0], [0.0, 8.0]])


def test_structures():
    def f(p):
        return {"area": p["a"] * p["b"], "list": [p["a"], 1.0], "pair": (p["b"] ** 2, p["c"])}

    found = zg.taylor(f, {"a": 2.0, "b": 3.0, "c": 5.0}, 2, {"a": 1.0, "b": 10.0, "c": None})
    assert found[0] == {"area": 6.0, "list": [2.0, 1.0], "pair": (9.0, 5.0)}
    assert found[1] == {"area": 23.0, "list": [1.0, None], "pair": (60.0, None)}
    assert found[2] == {"area": 10.0, "list": [0.0, None], "pair": (100.0, None)}
    found = zg.taylor(lambda p: p.x * p.y, Point(2.0, 3.0), 2, zg.Grad(x=1.0, y=1.0))
    assert found == [6.0, 5.0, 1.0]
    found = zg.taylor(lambda t: Point(t, t * t), 3.0, 2)
    assert (found[1].x, found[1].y, found[2].x, found[2].y) == (1.0, 6.0, 0.0, 1.0)


def test_jet():
    y, c = zg.jet(math.exp, (0.0,), ([1.0, 0.0, 2.0],))
    close([y, *c], coefficients(lambda t: mpmath.exp(t + 2 * t**3), mpmath.mpf(0), 3))
    y, c = zg.jet(lambda x, y, n: x**n / y, (2.0, 3.0, 2), ([1.0, 1.0], [None, 4.0], None))
    close([y, *c], coefficients(lambda t: (2 + t + t * t) ** 2 / (3 + 4 * t * t), mpmath.mpf(0), 2))
    assert zg.jet(lambda x: x, (1.0,), ([],)) == (1.0, [])
    assert zg.jet(lambda x: x, (1.0,), (None,)) == (1.0, [])


# ---------------------------------------------------------------------------------- nested


def bumpy(x, a):
    return math.sin(a * x) * math.exp(-x * x) + a**3 * x / (1 + a * x)


def test_gradient_of_a_coefficient():
    for k in range(5):
        found = zg.gradient(lambda a, k=k: zg.taylor(lambda x: bumpy(x, a), 0.3, 4)[k], 1.7)[0]

        def reference(a, k=k):
            return mpmath.taylor(
                lambda x: mpmath.sin(a * x) * mpmath.exp(-x * x) + a**3 * x / (1 + a * x),
                mpmath.mpf(0.3),
                k,
            )[k]

        assert found == pytest.approx(float(mpmath.diff(reference, mpmath.mpf(1.7))), rel=1e-9)


def test_gradient_with_respect_to_the_point_and_the_direction():
    for k in range(4):
        found = zg.gradient(lambda x, k=k: zg.taylor(math.tanh, x, 4)[k], 0.4)[0]
        expected = (k + 1) * coefficients(mpmath.tanh, mpmath.mpf(0.4), k + 1)[k + 1]
        assert found == pytest.approx(expected, rel=1e-12)
    found = zg.gradient(lambda v: zg.taylor(math.sin, 0.4, 3, v)[3], 2.0)[0]
    assert found == pytest.approx(-math.cos(0.4) / 6 * 3 * 4, rel=1e-12)


def test_gradient_through_arrays():
    def f(a, v):
        return np.sum(zg.taylor(lambda x: np.exp(x) @ x * np.tanh(x), a, 3, v)[3] ** 2)

    a, v = A0 / 3, V0
    da, dv = zg.gradient(f, a, v)
    for x, d, at in ((a, da, 0), (v, dv, 1)):
        for i in ((0, 1), (2, 2)):
            e = np.zeros((3, 3))
            e[i] = 1e-5
            given = [a, v]
            up, down = list(given), list(given)
            up[at], down[at] = x + e, x - e
            assert d[i] == pytest.approx((f(*up) - f(*down)) / 2e-5, rel=1e-7)


def test_taylor_of_a_gradient():
    found = zg.taylor(lambda x: zg.gradient(lambda x: math.sin(x) * x**2, x)[0], 0.5, 4)
    close(
        found,
        coefficients(lambda x: mpmath.cos(x) * x**2 + 2 * x * mpmath.sin(x), mpmath.mpf(0.5), 4),
    )
    found = zg.taylor(lambda x: zg.gradient(lambda x: np.sum(np.tanh(x) ** 3), x)[0], A0, 3, V0)
    close(found, along(lambda x: 3 * np.tanh(x) ** 2 / np.cosh(x) ** 2, A0, V0, 3), 1e-9)


def test_taylor_of_taylor_and_of_forward_mode():
    found = zg.taylor(lambda x: zg.taylor(math.sin, x, 2)[2], 0.3, 3)
    close(found, coefficients(lambda x: -mpmath.sin(x) / 2, mpmath.mpf(0.3), 3))
    mixed = zg.taylor(lambda x: zg.taylor(lambda y: math.exp(x * y), 0.5, 2)[2], 0.3, 2)
    close(mixed, coefficients(lambda x: x**2 / 2 * mpmath.exp(x / 2), mpmath.mpf(0.3), 2))
    y, dy = zg.jvp(lambda x: zg.taylor(math.sin, x, 3), (0.3,), (1.0,))
    close(dy, [(k + 1) * c for k, c in enumerate(coefficients(mpmath.sin, mpmath.mpf(0.3), 4)[1:])])
    found = zg.taylor(lambda x: zg.jvp(math.sin, (x,), (x,))[1], 0.3, 3)
    close(found, coefficients(lambda x: x * mpmath.cos(x), mpmath.mpf(0.3), 3))
    found = zg.taylor(lambda x: zg.pullback(math.sin, x)[1](2.0)[0], 0.3, 3)
    close(found, coefficients(lambda x: 2 * mpmath.cos(x), mpmath.mpf(0.3), 3))


def test_second_derivatives_of_a_coefficient():
    h = zg.hessian(lambda x: zg.taylor(math.exp, x * x, 3)[3], 0.5)
    expected = mpmath.diff(lambda x: mpmath.exp(x * x) / 6, mpmath.mpf(0.5), 2)
    assert h == pytest.approx(float(expected), rel=1e-10)


def test_levels_are_kept_apart():
    found = zg.gradient(
        lambda x: zg.taylor(lambda y: x * y, 1.0, 1)[1] * x, 3.0
    )  # not perturbation confusion
    assert found == (6.0,)


# ------------------------------------------------------------------------------ rules of users


def cube(x):
    return float(np.float64(x) ** 3)


def test_rules_of_users(monkeypatch):
    from zygcore.rules import registry

    rules = dict(registry.RULES)
    try:

        @zg.adjoint(cube)
        def cube_rule(x):
            return cube(x), lambda dy: (3 * x**2 * dy,)

        close(zg.taylor(cube, 2.0, 4), [8.0, 12.0, 6.0, 1.0, 0.0])

        def waves(x):
            raise NotImplementedError

        @zg.adjoint(waves)
        def waves_rule(x):
            return math.sin(x), lambda dy: (dy * math.cos(x),)

        close(zg.taylor(waves, 0.4, 4), coefficients(mpmath.sin, mpmath.mpf(0.4), 4))

        def grows(x):
            return math.exp(x)

        @zg.adjoint(grows)
        def grows_rule(x):
            y = math.exp(x)
            return y, lambda dy: (dy * grows(x),)

        close(zg.taylor(grows, 0.4, 6), coefficients(mpmath.exp, mpmath.mpf(0.4), 6))
    finally:
        for key in set(registry.RULES) - set(rules):
            del registry.RULES[key]


def test_forward_rules_of_users():
    from zygcore.rules import registry

    def quartic(x):
        raise NotImplementedError

    try:

        @zg.tangent(quartic)
        def quartic_tangent(primals, tangents):
            (x,), (v,) = primals, tangents
            return x**4, 4 * x**3 * v

        assert zg.taylor(quartic, 2.0, 5) == [16.0, 32.0, 24.0, 8.0, 1.0, 0.0]
        assert zg.taylor(lambda x: quartic(x * x), 1.0, 2) == [1.0, 8.0, 28.0]
    finally:
        registry.TANGENTS.pop(quartic, None)
        registry.RULES.pop(quartic, None)


COSTS = {
    "elementary": lambda x: math.sin(x) * math.exp(x * x) / (1 + math.sqrt(x)),
    "inverse": lambda x: math.atan(x) + math.tanh(x) ** 2.5,
    "power": lambda x: x**x,
}


@pytest.mark.parametrize("f", COSTS.values(), ids=COSTS)
def test_the_cost_grows_with_the_square_of_the_order(f):
    """What the outer level records is every operation of the recurrences."""

    def recorded(n):
        return zg.pullback(lambda x: zg.taylor(f, x, n), 0.5)[1].nentries

    counts = {n: recorded(n) for n in (5, 10, 20, 40)}
    assert counts[20] < 4.5 * counts[10] and counts[40] < 4.5 * counts[20]
    assert counts[40] > 3 * counts[20]


# ---------------------------------------------------------------------------------- errors


def test_errors():
    with pytest.raises(TangentError, match="order"):
        zg.taylor(math.sin, 0.5, -1)
    with pytest.raises(TangentError, match="order"):
        zg.taylor(math.sin, 0.5, 1.5)
    with pytest.raises(TangentError, match="direction"):
        zg.taylor(np.sin, np.ones(3), 2)
    with pytest.raises(TangentError, match="direction"):
        zg.taylor(lambda x: x, "a", 2)
    with pytest.raises(TangentError, match="must agree"):
        zg.taylor(np.sin, np.ones(3), 2, np.ones(4))
    with pytest.raises(TangentError, match="complex"):
        zg.taylor(np.sin, np.ones(3), 2, 1j * np.ones(3))
    with pytest.raises(TangentError, match="give a number"):
        zg.taylor(math.sin, 1.0, 2, [1.0])
    with pytest.raises(TangentError, match="structure"):
        zg.taylor(lambda x: x[0], [1.0, 2.0], 2, [1.0])
    with pytest.raises(TangentError, match="one each"):
        zg.jet(lambda x, y: x, (1.0, 2.0), ([1.0],))
    with pytest.raises(TangentError, match="same number"):
        zg.jet(lambda x, y: x, (1.0, 2.0), ([1.0], [1.0, 2.0]))
    with pytest.raises(TangentError, match="tuple"):
        zg.jet(lambda x: x, 1.0, [1.0])
    with pytest.raises(TangentError, match="list of Taylor"):
        zg.jet(lambda x: x, (1.0,), (1.0,))
    with pytest.raises(TangentError, match="not differentiable"):
        zg.jet(lambda x: x, ("a",), ([1.0],))


def test_unknown_derivatives():
    import struct

    def through_bytes(x):
        return struct.unpack("d", struct.pack("d", x))[0] * 2

    with pytest.raises(AdjointError):
        zg.taylor(through_bytes, 0.5, 2)
    with pytest.raises(AdjointError):
        zg.taylor(through_bytes, 0.5, 0 + 1)


def test_errors_of_the_program_pass_through():
    with pytest.raises(ZeroDivisionError):
        zg.taylor(lambda x: 1 / x, 0.0, 3)
    with pytest.raises(ValueError, match="math domain"):
        zg.taylor(math.log, -1.0, 3)


def test_checkpoints_are_refused():
    with pytest.raises(AdjointError, match="without it"):
        zg.taylor(lambda a: zg.checkpoint(lambda b: b**3, a), 2.0, 3)
