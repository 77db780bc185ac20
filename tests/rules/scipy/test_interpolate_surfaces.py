"""Gradients through splines of two variables."""

import numpy as np
import pytest
import scipy
import scipy.interpolate as si

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

#: the version of SciPy; before 1.17 its code assigns to the shapes of arrays, which is not followed
VERSION = tuple(map(int, scipy.__version__.split(".")[:2]))


def for_this_version(programs):
    """Those that can be differentiated with this version of SciPy."""
    return [name for name in programs if VERSION >= (1, 17) or not name.startswith("bispl")]


rng = np.random.default_rng(1)
X = np.sort(np.linspace(0, 3, 9) + 0.05 * rng.standard_normal(9))
Y = np.sort(np.linspace(1, 2, 7) + 0.02 * rng.standard_normal(7))
Z = np.sin(X)[:, None] * np.exp(Y) + 0.1 * rng.standard_normal((9, 7))
P = rng.random((40, 2))
V = np.sin(3 * P[:, 0]) * P[:, 1] + 0.05 * rng.standard_normal(40)
W = 1 + 0.3 * rng.random(40)
DISTINCT = np.array([0.0, 0.4, 1.0])
C = rng.standard_normal(25)
A, B = np.array([0.2, 0.7, 0.9]), np.array([0.1, 0.5, 0.6])
ACROSS, ALONG = X[2:4] + 0.05, Y[1:3] + 0.01


def knots(t):
    return np.concatenate([t[:1]] * 3 + [t] + [t[-1:]] * 3)


def spline(t, c):
    return si.BivariateSpline._from_tck((knots(t), knots(t), c, 3, 3))


VALUES = {
    "ev": lambda t, c, a, b: spline(t, c).ev(a, b),
    "ev, derivative": lambda t, c, a, b: spline(t, c).ev(a, b, dx=1, dy=2),
    "grid": lambda t, c, a, b: spline(t, c)(a, b),
    "grid, derivative": lambda t, c, a, b: spline(t, c)(a, b, dx=1, dy=2),
    "outside": lambda t, c, a, b: spline(t, c).ev(a - 1, b + 1),
    "integral": lambda t, c, a, b: spline(t, c).integral(a[0], a[1], -0.1, b[2]),
    "partial_derivative": lambda t, c, a, b: spline(t, c).partial_derivative(1, 2)(a, b),
    "bisplev": lambda t, c, a, b: si.bisplev(a, b, (knots(t), knots(t), c, 3, 3)),
    "bisplev at one point": lambda t, c, a, b: si.bisplev(
        a[0], b[1], (knots(t), knots(t), c, 3, 3), dx=1
    ),
}


@pytest.mark.parametrize("name", for_this_version(VALUES))
def test_values(name):
    check_adjoint(VALUES[name], DISTINCT, C, A, B, step=1e-4)


RECTANGULAR = {
    "through points": lambda x, y, z: si.RectBivariateSpline(x, y, z)(ACROSS, ALONG),
    "even": lambda x, y, z: si.RectBivariateSpline(x, y, z, kx=2, ky=4)(ACROSS, ALONG),
    "box": lambda x, y, z: si.RectBivariateSpline(x, y, z, [-0.5, 3.3, 0.5, 2.4])(ACROSS, ALONG),
    "smoothing": lambda x, y, z: si.RectBivariateSpline(x, y, z, s=0.2)(ACROSS, ALONG),
    "a polynomial": lambda x, y, z: si.RectBivariateSpline(x, y, z, s=200)(ACROSS, ALONG),
    "residual": lambda x, y, z: si.RectBivariateSpline(x, y, z, s=0.2).get_residual(),
    "as a function of s": lambda x, y, z: si.RectBivariateSpline(X, Y, Z, s=0.2 * z[0, 0])(1, 1.5),
}


@pytest.mark.parametrize("name", RECTANGULAR)
def test_values_on_a_grid(name):
    check_adjoint(RECTANGULAR[name], X, Y, Z, step=5e-6, rtol=1e-6)


SCATTERED = {
    "bisplrep": lambda x, y, z, w: si.bisplev(0.4, 0.55, si.bisplrep(x, y, z, w, s=0.2)),
    "bisplrep, s small": lambda x, y, z, w: si.bisplev(
        0.4, 0.55, si.bisplrep(x, y, z, w, kx=2, ky=2, s=0.05)
    ),
    "bisplrep, residual": lambda x, y, z, w: si.bisplrep(
        x, y, z, w, kx=2, ky=2, s=0.05, full_output=1
    )[1],
    "bisplrep, knots": lambda x, y, z, w: si.bisplrep(x, y, z, w, kx=2, ky=2, s=0.05)[0],
    "bisplrep with knots": lambda x, y, z, w: si.bisplev(
        0.4, 0.55,
        si.bisplrep(
            x, y, z, w, task=-1, kx=2, ky=2, tx=np.array([0, 0, 0, 0.4 * w[0], 1, 1, 1]),
            ty=np.array([0, 0, 0, 0.6, 1, 1, 1]),
        ),
    ),
    "Smooth": lambda x, y, z, w: si.SmoothBivariateSpline(x, y, z, w, s=0.12)(0.4, 0.55),
    "Smooth, degrees": lambda x, y, z, w: si.SmoothBivariateSpline(
        x, y, z, w, kx=2, ky=1, s=0.12
    )(0.4, 0.55),
    "Smooth, residual": lambda x, y, z, w: si.SmoothBivariateSpline(
        x, y, z, w, s=0.12
    ).get_residual(),
    "Smooth, a polynomial": lambda x, y, z, w: si.SmoothBivariateSpline(x, y, z)(0.4, 0.55),
    "LSQ": lambda x, y, z, w: si.LSQBivariateSpline(
        x, y, z, [0.5 * w[0]], [0.3, 0.6 * w[1]], w, kx=2, ky=1
    )(0.4, 0.55),
    "LSQ, box": lambda x, y, z, w: si.LSQBivariateSpline(
        x, y, z, [0.5 * w[0]], [0.3, 0.6 * w[1]], w, kx=2, ky=1, bbox=[-0.1, 1.1, -0.2, 1.2]
    )(0.4, 0.55),
    "LSQ without data everywhere": lambda x, y, z, w: si.LSQBivariateSpline(
        x, y, z, [0.5 * w[0]], [0.3, 0.6 * w[1], 1.2, 1.3, 1.4], w, kx=1, ky=1,
        bbox=[-0.1, 1.1, -0.2, 1.6],
    )(0.4, 0.55),
}  # fmt: skip


@pytest.mark.parametrize("name", for_this_version(SCATTERED))
@pytest.mark.filterwarnings("ignore:\\s*The coefficients of the spline returned")
@pytest.mark.filterwarnings("ignore:\\s*The required storage space")
def test_scattered_values(name):
    check_adjoint(SCATTERED[name], *P.T.copy(), V, W, step=5e-6, rtol=1e-6)


def test_interpolation_gives_the_data_back():
    f = lambda z: si.RectBivariateSpline(X, Y, z)(X[4], Y[2])[0, 0]
    unit = np.zeros((9, 7))
    unit[4, 2] = 1
    assert zg.gradient(f, Z)[0] == pytest.approx(unit, abs=1e-12)


def test_least_squares_are_a_projection():
    t = np.r_[0.0, 0, 0, 0.5, 1, 1, 1]
    rows = si.NdBSpline.design_matrix(P, (t, t), 2).toarray()
    at = si.NdBSpline.design_matrix(np.array([[0.4, 0.55], [1, 1]]), (t, t), 2).toarray()[0]
    hat = at @ np.linalg.pinv(W[:, None] * rows) * W

    def f(z):
        return si.LSQBivariateSpline(
            *P.T, z, [0.5], [0.5], W, [0, 1, 0, 1], kx=2, ky=2
        ).ev(0.4, 0.55)  # fmt: skip

    assert zg.gradient(lambda z: float(f(z)), V)[0] == pytest.approx(hat)


@pytest.mark.filterwarnings("ignore")
def test_what_is_not_known_is_an_error():
    def truncated(z):  # most of the system counts as not there
        return si.SmoothBivariateSpline(*P.T, z, s=0.05, eps=0.5)(0.4, 0.55)

    with pytest.raises(AdjointError, match="not reproduced"):
        zg.gradient(lambda z: float(truncated(z)[0, 0]), V)
