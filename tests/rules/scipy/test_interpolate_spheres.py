"""Gradients through splines on a sphere."""

import numpy as np
import pytest
from scipy.interpolate import (
    LSQSphereBivariateSpline,
    RectSphereBivariateSpline,
    SmoothSphereBivariateSpline,
)

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

rng = np.random.default_rng(1)
THETA, PHI = np.arccos(rng.uniform(-0.95, 0.95, 90)), rng.uniform(0.05, 6.2, 90)
R = (
    2 + np.cos(THETA) + 0.5 * np.sin(THETA) * np.cos(PHI)
    + 0.3 * np.sin(THETA) ** 2 * np.sin(2 * PHI) + 0.05 * rng.standard_normal(90)
)  # fmt: skip
W = 1 + 0.3 * rng.random(90)
TT, TP = np.array([0.8, 1.6, 2.4]), np.array([1.0, 2, 3.3, 4.5, 5.4])
A, B = np.array([0.4, 1.1, 2.9]), np.array([0.3, 2.0, 2.5])
U = np.linspace(0.2, 2.9, 9) + 0.02 * rng.standard_normal(9)
V = np.linspace(-3.1, 2.8, 11) + 0.02 * rng.standard_normal(11)
Z = 2 + np.cos(U)[:, None] + np.sin(U)[:, None] * np.cos(V) + 0.1 * rng.standard_normal((9, 11))
POLES = np.array([3.0, 1.0])

SCATTERED = {
    "LSQ": lambda t, p, r, w: LSQSphereBivariateSpline(t, p, r, TT, TP, w)(A, B),
    "LSQ, knots": lambda t, p, r, w: LSQSphereBivariateSpline(t, p, r, TT * w[0], TP, w)(A, B),
    "LSQ, residual": lambda t, p, r, w: LSQSphereBivariateSpline(t, p, r, TT, TP).get_residual(),
    "constant around": lambda t, p, r, w: SmoothSphereBivariateSpline(t, p, r, w, s=1e4)(A, B),
    "without more knots": lambda t, p, r, w: SmoothSphereBivariateSpline(t, p, r, w, s=3)(A, B),
    "with more knots": lambda t, p, r, w: SmoothSphereBivariateSpline(t, p, r, w, s=0.3)(A, B),
    "knots": lambda t, p, r, w: SmoothSphereBivariateSpline(t, p, r, w, s=0.3).get_knots(),
    "residual": lambda t, p, r, w: SmoothSphereBivariateSpline(t, p, r, w, s=0.3).get_residual(),
}
GRID = {
    "poles estimated": lambda u, v, z, p: RectSphereBivariateSpline(u, v, z)(A, B),
    "values": lambda u, v, z, p: RectSphereBivariateSpline(
        u, v, z, pole_values=(p[0], p[1])
    )(A, B),
    "one value": lambda u, v, z, p: RectSphereBivariateSpline(
        u, v, z, pole_values=(None, p[1])
    )(A, B),
    "smooth": lambda u, v, z, p: RectSphereBivariateSpline(u, v, z, pole_continuity=True)(A, B),
    "one smooth": lambda u, v, z, p: RectSphereBivariateSpline(
        u, v, z, pole_continuity=(True, False)
    )(A, B),
    "flat": lambda u, v, z, p: RectSphereBivariateSpline(
        u, v, z, pole_continuity=True, pole_flat=True
    )(A, B),
    "flat, with values": lambda u, v, z, p: RectSphereBivariateSpline(
        u, v, z, pole_continuity=True, pole_flat=True, pole_values=(p[0], p[1])
    )(A, B),
    "smooth, with values": lambda u, v, z, p: RectSphereBivariateSpline(
        u, v, z, pole_continuity=True, pole_values=(p[0], p[1]), pole_exact=True
    )(A, B),
}  # fmt: skip


@pytest.mark.parametrize("name", SCATTERED)
def test_scattered_values(name):
    check_adjoint(SCATTERED[name], THETA, PHI, R, W, step=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", GRID)
def test_values_on_a_grid(name):
    check_adjoint(GRID[name], U, V, Z, POLES, step=1e-5, rtol=1e-6)


def test_points_and_derivatives():
    spline = SmoothSphereBivariateSpline(THETA, PHI, R, W, s=0.3)
    check_adjoint(lambda a, b: spline.ev(a, b, dtheta=1), A, B)


def test_the_program_adds_knots():
    """Otherwise the tests would not try what happens then."""
    tt, tp = SmoothSphereBivariateSpline(THETA, PHI, R, W, s=0.3).get_knots()
    assert (len(tt), len(tp)) == (12, 13)


def test_interpolation_gives_the_data_back():
    f = lambda z: RectSphereBivariateSpline(U, V, z)(U[4], V[2])[0, 0]
    unit = np.zeros((9, 11))
    unit[4, 2] = 1
    assert zg.gradient(f, Z)[0] == pytest.approx(unit, abs=1e-9)


def test_constants_are_reproduced():
    """A sum over the gradient with respect to all values."""
    for f, r in (
        (lambda r: LSQSphereBivariateSpline(THETA, PHI, r, TT, TP)(1.0, 2.0)[0, 0], R),
        (lambda z: RectSphereBivariateSpline(U, V, z)(0.1, 2.0)[0, 0], Z),
    ):
        assert zg.gradient(f, r)[0].sum() == pytest.approx(1)


def test_what_is_not_known_is_an_error():
    with pytest.raises(AdjointError, match="smoothing spline on a sphere"):
        zg.gradient(lambda z: RectSphereBivariateSpline(U, V, z, s=1.0)(1.0, 2.0)[0, 0], Z)
