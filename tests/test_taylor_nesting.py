"""Taylor mode inside of gradients, and gradients inside of Taylor mode."""

import math

import mpmath
import numpy as np
import pytest
from taylor_references import A0, V0, along, close, coefficients

import zygcore as zg


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
