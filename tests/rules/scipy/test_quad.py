"""Integrals: the derivative is the integral of the derivative, and the integrand at the limits."""

import functools
import math

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

integrate = pytest.importorskip("scipy.integrate")
quad = integrate.quad


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


def test_decay():
    """The integral of exp(-k t) from 0 to 1 is (1 - exp(-k)) / k."""
    f = lambda k: quad(lambda t: math.exp(-k * t), 0, 1)[0]
    k, e = 1.5, math.exp(-1.5)
    assert grad(f)(k) == pytest.approx((k * e - (1 - e)) / k**2, rel=1e-13)
    assert grad(grad(f))(k) == pytest.approx(-e / k - 2 * e / k**2 + 2 * (1 - e) / k**3, rel=1e-12)
    check_adjoint(f, k)


def test_limits():
    def f(a, b, k):
        return quad(lambda t, k: np.exp(-k * t), a, b, args=(k,))[0]

    da, db, dk = zg.gradient(f, 0.5, 2.0, 1.5)
    assert da == pytest.approx(-math.exp(-0.75), rel=1e-15)
    assert db == pytest.approx(math.exp(-3.0), rel=1e-15)
    check_adjoint(f, 0.5, 2.0, 1.5)
    check_adjoint(f, 2.0, 0.5, 1.5)  # from right to left
    da, db, dk = zg.gradient(f, 1.0, 1.0, 1.5)  # an empty interval
    assert (da, db) == (-math.exp(-1.5), math.exp(-1.5)) and not dk


CASES = {
    "half line": (lambda k: quad(lambda t: math.exp(-k * t), 0, np.inf)[0], lambda k: -1 / k**2),
    "half line, from somewhere": (
        lambda k: quad(lambda t: math.exp(-t), k, np.inf)[0],
        lambda k: -math.exp(-k),
    ),
    "left half line": (
        lambda k: quad(lambda t: math.exp(k * t), -np.inf, k)[0],
        lambda k: (2 - 1 / k**2) * math.exp(k * k),
    ),
    "left half line, backwards": (
        lambda k: quad(lambda t: math.exp(k * t), k, -np.inf)[0],
        lambda k: -(2 - 1 / k**2) * math.exp(k * k),
    ),
    "line": (
        lambda k: quad(lambda t: math.exp(-k * t * t), -np.inf, np.inf)[0],
        lambda k: -0.5 * math.sqrt(math.pi) * k**-1.5,
    ),
    "slow decay": (
        lambda k: quad(lambda t: (1 + t) ** -(k + 1), 0, np.inf)[0],
        lambda k: -1 / k**2,
    ),
    "oscillation": (
        lambda k: quad(lambda t: math.sin(40 * k * t), 0, 1)[0],
        lambda k: math.sin(40 * k) / k - (1 - math.cos(40 * k)) / (40 * k**2),
    ),
    "singular at the left": (
        lambda k: quad(lambda t: t ** (k - 2), 0, 1)[0],
        lambda k: -1 / (k - 1) ** 2,
    ),
    "logarithm": (
        lambda k: quad(lambda t: t ** (k - 2) * math.log(t), 0, 1)[0],
        lambda k: 2 / (k - 1) ** 3,
    ),
    "kink": (lambda k: quad(lambda t: abs(t - k / 4), 0, 1)[0], lambda k: (k / 2 - 1) / 4),
    "kink that is known": (
        lambda k: quad(lambda t: abs(t - k / 4), 0, 1, points=[k / 4])[0],
        lambda k: (k / 2 - 1) / 4,
    ),
    "cosine": (
        lambda k: quad(lambda t: k * t, 0, k, weight="cos", wvar=2.0)[0],
        lambda k: (math.cos(2 * k) + 2 * k * math.sin(2 * k) - 1) / 4 + k * k * math.cos(2 * k),
    ),
    "sine of a parameter": (
        lambda k: quad(lambda t: 1.0, 0, 1, weight="sin", wvar=k)[0],
        lambda k: (math.cos(k) - 1) / k**2 + math.sin(k) / k,
    ),
    "complex": (
        lambda k: quad(lambda t: np.exp(1j * k * t), 0, 1, complex_func=True)[0].imag,
        lambda k: (math.cos(k) - 1) / k**2 + math.sin(k) / k,
    ),
    "parameter of a method": (
        lambda k: quad(Rate(k).density, 0, np.inf)[0],
        lambda k: -1 / k**2,
    ),
    "partial": (
        lambda k: quad(functools.partial(power, k), 0, 1)[0],
        lambda k: -1 / (k + 1) ** 2,
    ),
}  # fmt: skip


class Rate:
    def __init__(self, k):
        self.k = k

    def density(self, t):
        return math.exp(-self.k * t)


def power(k, t):
    return t**k


@pytest.mark.parametrize("name", CASES)
def test_integrals_that_are_known(name):
    f, derivative = CASES[name]
    y, back = zg.pullback(f, 1.5)
    assert y == f(1.5)
    assert back(1.0)[0] == pytest.approx(derivative(1.5), rel=2e-7)


def test_parameters_in_arrays():
    x = np.array([0.5, 1.5])
    f = lambda x: quad(lambda t: x[0] * np.exp(-x[1] * t), 0, 1)[0]
    check_adjoint(f, x, single=False)


def test_second_order_of_everything():
    f = lambda k, a, b: quad(lambda t: math.exp(-k * t * t), a, b)[0]
    check_adjoint(f, 1.2, -0.5, 0.8)
    mixed = zg.gradient(lambda b: grad(lambda k: f(k, 0.0, b))(1.2), 0.8)[0]
    assert mixed == pytest.approx(-0.64 * math.exp(-1.2 * 0.64), rel=1e-9)


def test_the_estimated_error_has_no_derivative():
    with pytest.raises(AdjointError, match="estimated error"):
        grad(lambda k: quad(lambda t: math.exp(-k * t), 0, 1)[1])(1.5)

    def f(k):
        y, error, report = quad(lambda t: math.exp(-k * t), 0, 1, full_output=True)
        assert report["neval"] == 21 and error < 1e-10
        return y

    assert grad(f)(1.5) == pytest.approx(-0.19652204428, rel=1e-9)


@pytest.mark.parametrize(
    "options",
    [{"weight": "alg", "wvar": (-0.5, 0)}, {"weight": "cauchy", "wvar": 0.3}],
)
def test_weights_that_are_not_covered(options):
    f = lambda k: quad(lambda t: math.exp(-k * t), 0, 1, **options)[0]
    with pytest.raises(AdjointError, match="weight"):
        grad(f)(1.5)
    assert grad(lambda k: f(2.0) * k)(1.5) == f(2.0)


def test_singularities_inside_are_errors_rather_than_inaccurate():
    f = lambda k: quad(lambda t: k * abs(t - 0.3) ** -0.9, 0, 1, points=[0.3])[0]
    with pytest.raises(AdjointError, match="points"):
        grad(f)(1.5)


@pytest.mark.filterwarnings("ignore:The integral is probably divergent")
def test_warnings_are_those_of_a_plain_call():
    with pytest.warns(integrate.IntegrationWarning):
        zg.pullback(lambda k: quad(lambda t: k / t, 1e-300, 1)[0], 1.5)


def test_remembered_values_are_an_error():
    def f(k):
        known = {}

        def g(t):
            if t not in known:
                known[t] = math.exp(-k * t)
            return known[t]

        return quad(g, 0, 1)[0]

    with pytest.raises(AdjointError, match="remember"):
        grad(f)(1.5)


def test_constant_integrals():
    f = lambda k: [k][0] * quad(math.cos, 0, 1)[0]
    assert grad(f)(2.0) == quad(math.cos, 0, 1)[0]


# ---------------------------------------------------------------------- several variables


def test_double_integral():
    """Over the triangle 0 < y < x < k of x y: k**4 / 8."""
    f = lambda k: integrate.dblquad(lambda y, x: x * y, 0, k, 0, lambda x: x)[0]
    assert zg.pullback(f, 1.5)[0] == f(1.5)
    assert grad(f)(1.5) == pytest.approx(1.5**3 / 2, rel=1e-12)
    g = lambda k: integrate.dblquad(lambda y, x, k: k * x * y, 0, 1, 0, lambda x: k * x, (k,))[0]
    assert grad(g)(1.5) == pytest.approx(3 * 1.5**2 / 8, rel=1e-12)  # k**3 / 8


def test_triple_integral():
    f = lambda k: integrate.tplquad(lambda z, y, x: k * x * y * z, 0, 1, 0, 1, 0, k)[0]
    assert grad(f)(1.5) == pytest.approx(3 * 1.5**2 / 8, rel=1e-12)


def test_nquad():
    def f(k):
        y, error, report = integrate.nquad(
            lambda x, y, k: math.exp(-k * x * y), [[0, 1], lambda k: [0, k]], args=(k,),
            opts={"epsabs": 1e-10}, full_output=True,
        )  # fmt: skip
        assert report["neval"] == 441
        return y

    assert zg.pullback(f, 1.5)[0] == f(1.5)
    check_adjoint(f, 1.5, second=False)


# ------------------------------------------------------------------------------- by code


def test_integrators_that_are_python_code():
    k, e = 1.5, math.exp(-1.5)
    expected = (k * e - (1 - e)) / k**2
    exponential = lambda t, k: np.exp(-k * t)
    for f in (
        lambda k: integrate.quad_vec(lambda t: exponential(t, k), 0, 1)[0],
        lambda k: integrate.fixed_quad(exponential, 0, 1, args=(k,), n=10)[0],
    ):
        assert grad(f)(k) == pytest.approx(expected, rel=1e-9)
    assert grad(lambda k: integrate.quad_vec(lambda t: t * t, 0, k)[0])(k) == pytest.approx(k * k)


@pytest.mark.parametrize(
    "name", ["trapezoid", "simpson", "romb", "cumulative_trapezoid", "cumulative_simpson"]
)
def test_integrals_of_samples(name):
    f = getattr(integrate, name)
    y = np.array([0.5, 1.5, -2.0, 1.0, 3.0])
    check_adjoint(lambda y: f(y * y, dx=0.5), y, single=False, second="simpson" not in name)
    if name != "romb":
        x = np.array([0.0, 0.4, 1.1, 1.5, 2.3])
        check_adjoint(lambda y, x: f(y, x=x), y, x, single=False, second="simpson" not in name)
