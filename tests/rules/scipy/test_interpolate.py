"""Gradients through `scipy.interpolate`."""

import numpy as np
import pytest
import scipy.interpolate as si
from scipy.linalg import lapack

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

X = np.array([0.0, 0.4, 1.1, 1.5, 2.3, 3.0, 3.2, 4.0])
Y = np.sin(X) + 0.1 * X
AT = np.array([0.2, 1.25, 2.0, 3.9])
KNOTS = np.array([0.0, 0, 0, 1, 2, 3, 3, 3])
C = np.array([1.0, -0.5, 2.0, 0.7, 3.0])
ONCE = {"single": False}

SPLINES = {
    "CubicSpline": lambda y, x: si.CubicSpline(X, y)(x),
    "CubicSpline natural": lambda y, x: si.CubicSpline(X, y, bc_type="natural")(x),
    "CubicSpline clamped, derivative": lambda y, x: si.CubicSpline(X, y, bc_type="clamped")(x, 1),
    "CubicSpline, columns": lambda y, x: si.CubicSpline(X, np.stack([y, y * y], 1))(x),
    "PchipInterpolator": lambda y, x: si.PchipInterpolator(X, y)(x),
    "Akima1DInterpolator": lambda y, x: si.Akima1DInterpolator(X, y)(x),
    "CubicHermiteSpline": lambda y, x: si.CubicHermiteSpline(X, y, y[::-1])(x),
    "interp1d cubic": lambda y, x: si.interp1d(X, y, kind="cubic")(x),
    "interp1d quadratic": lambda y, x: si.interp1d(X, y, kind="quadratic")(x),
    "make_interp_spline": lambda y, x: si.make_interp_spline(X, y)(x),
    "make_interp_spline of degree 5": lambda y, x: si.make_interp_spline(X, y, 5)(x, 2),
    "splev, splrep": lambda y, x: si.splev(x, si.splrep(X, y)),
    "splev, derivative": lambda y, x: si.splev(x, si.splrep(X, y), der=1),
    "KroghInterpolator": lambda y, x: si.KroghInterpolator(X[:5], y[:5])(x),
    "make_smoothing_spline": lambda y, x: si.make_smoothing_spline(X, y, lam=0.1)(x),
    "extrapolated": lambda y, x: si.CubicSpline(X, y)(x + 3),
    "periodic": lambda y, x: si.CubicSpline(X, y)(x + 3, extrapolate="periodic"),
}


@pytest.mark.parametrize("name", SPLINES)
def test_splines(name):
    check_adjoint(SPLINES[name], Y, AT, layouts=False, **ONCE)


def test_tridiagonal_systems():
    gtsv = lapack.dgtsv
    above, diagonal, below = np.array([0.3, -0.2]), np.array([2.0, 1.5, 1.8]), np.array([0.4, 0.1])
    check_adjoint(lambda *system: gtsv(*system)[3], below, diagonal, above, C[:3], **ONCE)


def test_breakpoints():
    check_adjoint(
        lambda x, y: si.CubicSpline(x, y, bc_type="natural")(AT), X, Y, layouts=False, **ONCE
    )
    check_adjoint(
        lambda x, y: si.PchipInterpolator(x, y)(AT), X, Y, layouts=False, rtol=1e-5, **ONCE
    )
    with pytest.raises(AdjointError):
        zg.gradient(lambda t: si.BSpline(t, C, 2)(1.5), KNOTS)


def test_coefficients_and_points():
    for nu in range(3):
        check_adjoint(
            lambda c, x, nu=nu: si.BSpline(KNOTS, c, 2)(x, nu),
            C,
            AT[:3] * 0.9,
            layouts=False,
            single=False,
        )
    c = np.array([[1.0, -2.0], [0.5, 3.0], [0.3, -0.7]])
    for cls in (si.PPoly, si.BPoly):
        for nu in range(2):
            check_adjoint(
                lambda c, x, cls=cls, nu=nu: cls(c, [0.0, 1.5, 4.0])(x, nu),
                c,
                AT,
                layouts=False,
                **ONCE,
            )
    check_adjoint(
        lambda c, t, x: si.PPoly(c, t)(x), c, np.array([0.0, 1.5, 4.0]), AT, layouts=False, **ONCE
    )
    check_adjoint(
        lambda c, a, b: si.PPoly(c, [0.0, 1.5, 4.0]).integrate(a, b),
        c,
        -0.3,
        4.4,
        layouts=False,
        **ONCE,
    )
    check_adjoint(
        lambda y, b: si.CubicSpline(X, y).integrate(0.3, b), Y, 2.7, layouts=False, **ONCE
    )


def test_outside_nothing_is_known():
    x = np.array([-1.0, 0.5])
    f = lambda x: si.PPoly(np.ones((2, 1)), [0.0, 1.0], extrapolate=False)(x)
    assert zg.gradient(lambda x: f(x)[1], x)[0].tolist() == [0.0, 1.0]
    for ext, slope in ((0, None), (1, 0.0), (3, 0.0)):
        tck = si.splrep(X, Y)
        g = zg.gradient(lambda x, e=ext, tck=tck: float(si.splev(x, tck, ext=e)), 4.5)[0]
        known = si.splev(4.5, tck, der=1) if slope is None else slope
        assert g == pytest.approx(float(known))


def test_regular_grids():
    values = np.outer(Y, np.cos(X)) + 0.1 * np.arange(64.0).reshape(8, 8)
    at = np.array([[0.2, 1.3], [2.0, 3.9], [3.1, 0.1]])

    def f(values, at):
        return si.RegularGridInterpolator((X, X), values)(at)

    check_adjoint(f, values, at, layouts=False, **ONCE)
    cube = np.stack([values, 2 * values**2], 0)
    at = np.array([[0.2, 1.3, 0.3], [0.7, 3.9, 2.2]])
    check_adjoint(
        lambda v, at: si.interpn(([0.0, 1.0], X, X), v, at), cube, at, layouts=False, **ONCE
    )
    nearest = si.RegularGridInterpolator((X, X), values, method="nearest")
    assert zg.gradient(lambda v: nearest([[0.3, 1.2]])[0] * v, 2.0)[0] == values[1, 2]


UNKNOWN = {
    "smoothing": lambda y: si.splev(1.0, si.splrep(X, y, s=0.1)),
    "points of splrep": lambda y: si.splev(1.0, si.splrep(X + 0.001 * y, Y)),
    "griddata": lambda y: si.griddata([[0, 0], [1, 0], [0, 1], [1, 1]], y[:4], [[0.3, 0.3]])[0],
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_an_error(name):
    with pytest.raises(AdjointError):
        zg.gradient(lambda y: float(UNKNOWN[name](y)), Y)
