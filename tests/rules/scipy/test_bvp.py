"""Boundary value problems: SciPy's code, which solves with sparse factors, is differentiated."""

import numpy as np
import pytest
from scipy import integrate

import zygcore as zg


def string(k, end):
    """``y'' = -k y`` with ``y(0) = 0`` and ``y(1) = end``, at 0.3."""
    start = np.linspace(0, 1, 9)
    return integrate.solve_bvp(
        lambda t, y: np.stack([y[1], -k * y[0]]),
        lambda a, b: np.array([a[0], b[0] - end]),
        start,
        np.ones((2, 9)),
        tol=1e-9,
    )


def known(k, end):
    return end * np.sin(0.3 * np.sqrt(k)) / np.sin(np.sqrt(k))


def test_against_the_solution():
    value, slopes = zg.withgradient(lambda k, end: string(k, end).sol(0.3)[0], 1.3, 0.7)
    assert value == string(1.3, 0.7).sol(0.3)[0]
    assert slopes == pytest.approx(zg.gradient(known, 1.3, 0.7), rel=1e-6)


def test_unknown_parameters():
    """The first eigenvalue of ``y'' = -(p s)^2 y`` with zeros at the ends: p is pi / s."""

    def eigenvalue(s):
        start = np.linspace(0, 1, 9)
        guess = np.stack([np.sin(3 * start), 3 * np.cos(3 * start)])
        return integrate.solve_bvp(
            lambda t, y, p: np.stack([y[1], -((p[0] * s) ** 2) * y[0]]),
            lambda a, b, p: np.array([a[0], b[0], a[1] - 3.0]),
            start,
            guess,
            p=[3.0],
            tol=1e-9,
        ).p[0]

    value, (slope,) = zg.withgradient(eigenvalue, 1.1)
    assert value == eigenvalue(1.1) == pytest.approx(np.pi / 1.1)
    assert slope == pytest.approx(-np.pi / 1.1**2, rel=1e-6)
