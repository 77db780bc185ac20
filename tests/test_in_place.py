"""Arrays written in place: gradients, and what the arrays hold afterwards."""

import numpy as np
import pytest
from in_place_programs import PROGRAMS

import zygcore as zg

X = np.array([0.7, -1.3, 0.4, 2.1, -0.6, 1.7, 0.9])


def differences(f, x):
    out = np.empty_like(x)
    for i in range(len(x)):
        h = np.zeros_like(x)
        h[i] = 1e-6
        out[i] = (f(x + h) - f(x - h)) / 2e-6
    return out


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_gradient(f):
    x = X.copy()
    expected = differences(f, X)
    g = zg.gradient(f, x)[0]
    np.testing.assert_allclose(g, expected, rtol=2e-6, atol=2e-6)
    plain = X.copy()
    f(plain)
    assert x.tobytes() == plain.tobytes()


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_pullback_twice(f):
    x = X.copy()
    y, back = zg.pullback(f, x)
    plain = X.copy()
    assert np.float64(y).tobytes() == np.float64(f(plain)).tobytes()
    first, second = back(1.0)[0], back(1.0)[0]
    assert x.tobytes() == plain.tobytes()
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, differences(f, X), rtol=2e-6, atol=2e-6)


WEIGHTS = np.array([0.3, -1.1, 0.8, 0.5, -0.4, 1.2, -0.7])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_second_order(f):
    """The gradient of the gradient along a direction, against differences of the first gradient."""

    def along(x):
        return np.sum(zg.gradient(f, x * 1.0)[0] * WEIGHTS)

    expected = differences(along, X)
    g = zg.gradient(along, X.copy())[0]
    g = np.zeros(7) if g is None else g
    np.testing.assert_allclose(g, expected, rtol=5e-5, atol=5e-5)
