"""Taylor coefficients by other means: mpmath, and Cauchy's formula."""

import mpmath
import numpy as np

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


def along(f, x, v, order):
    """Coefficients of an array-valued analytic function along a line: Cauchy's formula."""
    nodes = 0.25 * np.exp(2j * np.pi * np.arange(64) / 64)
    values = np.array([f(x + t * v) for t in nodes])
    return [np.tensordot(nodes ** (-k), values, (0, 0)).real / 64 for k in range(order + 1)]


A0 = np.array([[2.0, 0.3, 0.1], [0.2, 3.0, -0.4], [0.5, 0.1, 1.5]])
V0 = np.array([[0.3, -0.2, 0.5], [0.1, 0.4, 0.2], [-0.3, 0.6, 0.1]])
