"""Gradients through `scipy.interpolate`: splines and polynomials of one variable, and grids."""

import numpy as np
import pytest
import scipy
import scipy.interpolate as si
from scipy.linalg import lapack
from scipy.sparse.linalg import spsolve

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

VERSION = tuple(map(int, scipy.__version__.split(".")[:2]))
is_new = pytest.mark.skipif(VERSION < (1, 16), reason="NdBSpline has rules from SciPy 1.16 on")
X = np.array([0.0, 0.4, 1.1, 1.5, 2.3, 3.0, 3.2, 4.0])
Y = np.sin(X) + 0.1 * X
AT = np.array([0.2, 1.25, 2.0, 3.9])
KNOTS = np.array([0.0, 0, 0, 1, 2, 3, 3, 3])
DISTINCT = np.array([0.0, 1, 2, 3])
BETWEEN = np.array([0.2, 1.25, 1.8, 2.9])
C = np.array([1.0, -0.5, 2.0, 0.7, 3.0])
BREAKS = np.array([0.0, 1.5, 4.0])

SPLINES = {
    "CubicSpline": lambda x, y, at: si.CubicSpline(x, y)(at),
    "CubicSpline natural": lambda x, y, at: si.CubicSpline(x, y, bc_type="natural")(at),
    "CubicSpline clamped": lambda x, y, at: si.CubicSpline(x, y, bc_type="clamped")(at, 1),
    "CubicSpline, columns": lambda x, y, at: si.CubicSpline(x, np.stack([y, y * y], 1))(at),
    "PchipInterpolator": lambda x, y, at: si.PchipInterpolator(x, y)(at),
    "Akima1DInterpolator": lambda x, y, at: si.Akima1DInterpolator(x, y)(at),
    "CubicHermiteSpline": lambda x, y, at: si.CubicHermiteSpline(x, y, y[::-1])(at),
    "interp1d cubic": lambda x, y, at: si.interp1d(x, y, kind="cubic")(at),
    "interp1d quadratic": lambda x, y, at: si.interp1d(x, y, kind="quadratic")(at),
    "make_interp_spline": lambda x, y, at: si.make_interp_spline(x, y)(at),
    "make_interp_spline clamped": lambda x, y, at: si.make_interp_spline(x, y, bc_type="clamped")(
        at
    ),
    "make_interp_spline periodic": lambda x, y, at: si.make_interp_spline(
        x, np.concatenate([y[:-1], y[:1]]), bc_type="periodic"
    )(at),
    "make_interp_spline of degree 5": lambda x, y, at: si.make_interp_spline(x, y, 5)(at, 2),
    "splev, splrep": lambda x, y, at: si.splev(at, si.splrep(x, y)),
    "splev, derivative": lambda x, y, at: si.splev(at, si.splrep(x, y), der=1),
    "splev, zero outside": lambda x, y, at: si.splev(at + 1, si.splrep(x, y), ext=1),
    "splev, constant outside": lambda x, y, at: si.splev(at + 1, si.splrep(x, y), ext=3),
    "splder": lambda x, y, at: si.splev(at, si.splder(si.splrep(x, y))),
    "splantider": lambda x, y, at: si.splev(at, si.splantider(si.splrep(x, y), 2)),
    "splint": lambda x, y, at: si.splint(at[0], at[1], si.splrep(x, y)),
    "splint beyond": lambda x, y, at: si.splint(at[0] - 1, at[3] + 1, si.splrep(x, y)),
    "spalde": lambda x, y, at: si.spalde(at[2], si.splrep(x, y)),
    "spalde at several": lambda x, y, at: np.stack(si.spalde(at, si.splrep(x, y))),
    "sproot": lambda x, y, at: si.sproot(si.splrep(x, y - 0.6)),
    "insert": lambda x, y, at: si.splev(at, si.insert(at[2] + 0.1, si.splrep(x, y * y), m=2)),
    "insert, knots": lambda x, y, at: si.insert(at[2] + 0.1, si.splrep(x, y))[0],
    "BSpline.integrate": lambda x, y, at: si.make_interp_spline(x, y).integrate(at[0], at[1]),
    "BSpline.derivative": lambda x, y, at: si.make_interp_spline(x, y).derivative()(at),
    "BSpline.antiderivative": lambda x, y, at: si.make_interp_spline(x, y).antiderivative()(at),
    "BSpline.insert_knot": lambda x, y, at: si.make_interp_spline(x, y).insert_knot(0.7)(at),
    "PPoly.integrate": lambda x, y, at: si.CubicSpline(x, y).integrate(at[0], at[2]),
    "PPoly.antiderivative": lambda x, y, at: si.CubicSpline(x, y).antiderivative(2)(at),
    "PPoly.from_spline": lambda x, y, at: si.PPoly.from_spline(si.splrep(x, y))(at),
    "extrapolated": lambda x, y, at: si.CubicSpline(x, y)(at + 3),
    "periodic": lambda x, y, at: si.CubicSpline(x, y)(at + 3, extrapolate="periodic"),
}


@pytest.mark.parametrize("name", SPLINES)
def test_splines(name):
    check_adjoint(SPLINES[name], X, Y, AT, step=1e-4, rtol=2e-7)


SMOOTH = {
    "KroghInterpolator": lambda y, at: si.KroghInterpolator(X[:5], y[:5])(at),
    "make_smoothing_spline": lambda y, at: si.make_smoothing_spline(X, y, lam=0.1)(at),
    "AAA": lambda y, at: si.AAA(X, y, max_terms=3)(at),
    "lagrange": lambda y, at: si.lagrange(X[:5], y[:5])(at),
    "pade": lambda y, at: si.pade(y, 3)[0](at) / si.pade(y, 3)[1](at),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.filterwarnings("ignore:AAA failed to converge")
def test_other_interpolators(name):
    check_adjoint(SMOOTH[name], Y, AT, layouts=False)


def knots(t):
    """With the ends three times."""
    return np.concatenate([t[:1], t[:1], t, t[-1:], t[-1:]])


@pytest.mark.parametrize("nu", range(3))
def test_b_splines(nu):
    check_adjoint(lambda t, c, x: si.BSpline(knots(t), c, 2)(x, nu), DISTINCT, C, BETWEEN)
    check_adjoint(
        lambda t, c, x: si.splev(x, (knots(t), c, 2), der=nu, ext=3), DISTINCT, C, BETWEEN + 0.3
    )


def test_derivative_with_respect_to_a_knot():
    """That of a B-spline is one with the knot doubled (Lyche and Mørken, "Spline Methods")."""
    j, k, x = 4, 2, np.array([1.3, 1.9, 2.4])
    doubled = np.insert(KNOTS, j, KNOTS[j])
    d = np.zeros(len(doubled) - k - 1)
    for i in range(j - k, j + 1):
        d[i] = (C[i - 1] - C[i]) / (KNOTS[i + k] - KNOTS[i])
    for at, slope in zip(x, si.BSpline(doubled, d, k)(x), strict=True):
        g = zg.gradient(lambda t, at=at: si.BSpline(t, C, k)(at), KNOTS)[0]
        assert g[j] == pytest.approx(float(slope), rel=1e-12)


@pytest.mark.parametrize("cls", (si.PPoly, si.BPoly))
def test_piecewise_polynomials(cls):
    c = np.array([[1.0, -2.0], [0.5, 3.0], [0.3, -0.7]])
    for nu in range(2):
        check_adjoint(lambda c, x, at, nu=nu: cls(c, x)(at, nu), c, BREAKS, AT)
    check_adjoint(lambda c, x, at: cls(c, x)(at), c + 1j * c**2, BREAKS, AT)
    check_adjoint(lambda c, x, at: cls(c, x)(at), c, BREAKS[::-1].copy(), AT)
    check_adjoint(lambda c, x, a, b: cls(c, x).integrate(a, b), c, BREAKS, -0.3, 4.4)
    check_adjoint(lambda c, x, at: cls(c, x).antiderivative()(at), c, BREAKS, AT)


def test_piecewise_polynomials_of_several_variables():
    c = np.cos(np.arange(2.0 * 3 * 2 * 1 * 2).reshape(2, 3, 2, 1, 2))
    at = np.array([[0.3, 0.1], [1.7, 0.8], [3.9, 0.5]])
    for nu in (None, (1, 0), (0, 2)):
        check_adjoint(
            lambda c, x, at, nu=nu: si.NdPPoly(c, (x, [0.0, 1.0]))(at, nu), c, BREAKS, at,
            layouts=False,
        )  # fmt: skip
    check_adjoint(
        lambda c, x: si.NdPPoly(c, (x, [0.0, 1.0])).antiderivative((1, 1))(at),
        c,
        BREAKS,
        layouts=False,
    )
    check_adjoint(
        lambda c, x, a: si.NdPPoly(c, (x, [0.0, 1.0])).integrate([(0.1, a), (0, a)]),
        c, BREAKS, 0.9, layouts=False,
    )  # fmt: skip
    outside = lambda at: si.NdPPoly(c, (BREAKS, [0.0, 1.0]), extrapolate=False)(at)[1, 0]
    assert zg.gradient(outside, np.array([[9.0, 9.0], [1.0, 0.5]]))[0][0].tolist() == [0, 0]


@is_new
def test_b_splines_of_several_variables():
    c = np.cos(np.arange(5.0 * 5 * 2).reshape(5, 5, 2))
    at = np.array([[0.3, 0.1], [1.7, 2.8]])
    for nu in (None, (1, 0), (0, 2)):
        check_adjoint(
            lambda t, c, at, nu=nu: si.NdBSpline((knots(t), KNOTS), c, 2)(at, nu=nu),
            DISTINCT, c, at,
        )  # fmt: skip
    check_adjoint(lambda c, at: si.NdBSpline((KNOTS, KNOTS), c, 2)(at), c + 1j * c**2, at)
    check_adjoint(
        lambda at: si.NdBSpline.design_matrix(at, (KNOTS, KNOTS), 2).toarray(), at, layouts=False
    )
    check_adjoint(lambda x: si.BSpline.design_matrix(x, KNOTS, 2).toarray(), AT[:2])


def test_outside_nothing_is_known():
    x = np.array([-1.0, 0.5])
    f = lambda x: si.PPoly(np.ones((2, 1)), [0.0, 1.0], extrapolate=False)(x)
    assert zg.gradient(lambda x: f(x)[1], x)[0].tolist() == [0.0, 1.0]
    b = lambda x: si.BSpline(KNOTS, C, 2, extrapolate=False)(x)
    assert zg.gradient(lambda x: b(x)[1], x)[0][0] == 0
    for ext, slope in ((0, None), (1, 0.0), (3, 0.0)):
        tck = si.splrep(X, Y)
        g = zg.gradient(lambda x, e=ext, tck=tck: float(si.splev(x, tck, ext=e)), 4.5)[0]
        known = si.splev(4.5, tck, der=1) if slope is None else slope
        assert g == pytest.approx(float(known))


def test_integral_of_a_spline():
    t, c, k = si.splrep(X, Y)
    g = zg.gradient(lambda c, a, b: si.splint(a, b, (t, c, k)), c, 0.7, 2.9)
    assert g[0] == pytest.approx(np.pad(si.splint(0.7, 2.9, (t, c, k), 1)[1][: len(X)], (0, 4)))
    assert g[1:] == pytest.approx(si.splev([0.7, 2.9], (t, c, k)) * [-1, 1])


GRIDS = {
    "linear": lambda x, v, at: si.RegularGridInterpolator((x, X), v)(at),
    "columns": lambda x, v, at: si.RegularGridInterpolator((x, X), np.stack([v, v * v], 2))(at),
    "NdBSpline": lambda x, v, at: si.RegularGridInterpolator(
        (X, X), v * x[2], method="cubic", solver=spsolve
    )(at),
    "pchip": lambda x, v, at: si.RegularGridInterpolator((x, X), v, method="pchip")(at),
    "interpn": lambda x, v, at: si.interpn((x, X), v, at),
    "splinef2d": lambda x, v, at: si.interpn((x, X), v, at, method="splinef2d"),
    "three variables": lambda x, v, at: si.interpn(
        ([0.0, 1.0], x, X), np.stack([v, v * v], 0), np.stack([at[:, 0] / 4, *at.T], 1)
    ),
}


@pytest.mark.parametrize(
    "name", [name for name in GRIDS if VERSION >= (1, 16) or name != "NdBSpline"]
)
def test_regular_grids(name):
    values = np.outer(Y, np.cos(X)) + 0.1 * np.arange(64.0).reshape(8, 8)
    at = np.array([[0.2, 1.3], [2.0, 3.9], [3.1, 0.1]])
    check_adjoint(GRIDS[name], X, values, at, step=1e-4)


def test_nearest_on_a_grid():
    values = np.outer(Y, np.cos(X))
    nearest = si.RegularGridInterpolator((X, X), values, method="nearest")
    assert zg.gradient(lambda v: nearest([[0.3, 1.2]])[0] * v, 2.0)[0] == values[1, 2]


UNKNOWN = {
    "a polynomial with fewer coefficients": lambda y: si.lagrange(X, 0 * y)(1.0),
    "a knot of a periodic spline": lambda y: si.splev(
        1.0, si.insert(1.3, si.splrep(X, np.concatenate([y[:-1], y[:1]]), per=1), per=1)
    ),
    "a double zero": lambda y: si.sproot((np.r_[[0.0] * 4, [4.0] * 4], y[:4] * [0, 0, 0, 1], 3))[0],
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_an_error(name):
    with pytest.raises(AdjointError):
        zg.gradient(lambda y: float(UNKNOWN[name](y)), Y)


def test_tridiagonal_systems():
    gtsv = lapack.dgtsv
    above, diagonal, below = np.array([0.3, -0.2]), np.array([2.0, 1.5, 1.8]), np.array([0.4, 0.1])
    check_adjoint(lambda *system: gtsv(*system)[3], below, diagonal, above, C[:3], single=False)
