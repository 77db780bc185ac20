"""The programs in `examples` run, and their numbers are right."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def ode():
    return load("taylor_ode")


def reference(f, start, end):
    from scipy.integrate import solve_ivp

    return solve_ivp(lambda t, y: f(y), (0.0, end), start, "DOP853", rtol=1e-13, atol=1e-13).y[
        :, -1
    ]


def test_kepler_and_its_gradient(ode, capsys):
    back, drift, slope = ode.main()
    assert back < 1e-12 and drift < 1e-13
    assert "one orbit" in capsys.readouterr().out

    def arrival(speed):
        return reference(ode.kepler, [0.4, 0.0, 0.0, speed], 1.0)[0]

    assert slope == pytest.approx((arrival(2.0 + 1e-4) - arrival(2.0 - 1e-4)) / 2e-4, abs=1e-5)


def test_lorenz(ode):
    start = [1.0, 1.0, 1.0]
    found, steps = ode.integrate(ode.lorenz, start, 2.0)
    np.testing.assert_allclose(found, reference(ode.lorenz, start, 2.0), rtol=1e-10)
    assert steps < 80


def test_coefficients_of_the_exponential(ode):
    c = ode.coefficients(lambda y: [-2.0 * y[0]], [3.0], 12)
    np.testing.assert_allclose(
        np.ravel(c), [3.0 * (-2.0) ** k / math.factorial(k) for k in range(13)], rtol=1e-14
    )


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-12), ("float32", 1e-5)])
def test_digits_by_kernels(dtype, tolerance, capsys):
    """The same losses as in plain NumPy."""
    difference, accuracy = load("cuda_digits").main(dtype, 2)
    assert difference < tolerance
    assert accuracy > 0.9
    assert "accuracy" in capsys.readouterr().out
