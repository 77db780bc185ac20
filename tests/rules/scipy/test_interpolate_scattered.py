"""Gradients through interpolation of scattered points: triangles, neighbours, radial functions."""

import numpy as np
import pytest
import scipy.interpolate as si
from scipy.spatial import Delaunay, KDTree
from scipy.spatial.distance import cdist, pdist, squareform

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

rng = np.random.default_rng(1)
P = rng.random((20, 2))
V = np.sin(3 * P[:, 0]) * P[:, 1] + 0.05 * rng.standard_normal(20)
AT = np.array([[0.4, 0.55], [0.6, 0.3], [0.33, 0.71]])
P3, AT3 = rng.random((20, 3)), 0.3 + 0.3 * rng.random((2, 3))
TRIANGLES = Delaunay(P)


def columns(v):
    return np.stack([v, v * v], 1)


LINEAR = {
    "linear": lambda p, v, q: si.LinearNDInterpolator(p, v)(q),
    "coordinates": lambda p, v, q: si.LinearNDInterpolator(p, v)(q[0], q[1]),
    "triangles given": lambda p, v, q: si.LinearNDInterpolator(TRIANGLES, v)(q),
    "columns": lambda p, v, q: si.LinearNDInterpolator(p, columns(v))(q),
    "complex": lambda p, v, q: si.LinearNDInterpolator(p, v + 1j * v**2)(q),
    "outside": lambda p, v, q: si.LinearNDInterpolator(p, v, fill_value=3.0)(q * [[1], [9], [1]]),
    "griddata": lambda p, v, q: si.griddata(p, v, q),
    "griddata, coordinates": lambda p, v, q: si.griddata((p[:, 0], p[:, 1]), v, (q[:, 0], q[:, 1])),
    "griddata, one variable": lambda p, v, q: si.griddata(p[:, 0], v, q[:, 0]),
}


def clough_tocher(p, v, **options):
    """With gradients that are found exactly: those are what the derivative is of."""
    return si.CloughTocher2DInterpolator(p, v, tol=1e-15, maxiter=10000, **options)


CUBIC = {
    "cubic": lambda p, v, q: clough_tocher(p, v)(q),
    "columns": lambda p, v, q: clough_tocher(p, columns(v))(q),
    "complex": lambda p, v, q: clough_tocher(p, v + 1j * v**2)(q),
    "outside": lambda p, v, q: clough_tocher(p, v, fill_value=3.0)(q * [[1], [9], [1]]),
    "a triangle at the border": lambda p, v, q: clough_tocher(p[:3], v[:3])(
        0.3 * p[0] + 0.2 * p[1] + 0.5 * p[2]
    ),
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear(name):
    check_adjoint(LINEAR[name], P, V, AT, step=1e-5)


@pytest.mark.parametrize("name", CUBIC)
def test_clough_tocher(name):
    check_adjoint(CUBIC[name], P, V, AT, step=1e-5, rtol=1e-6)


@pytest.mark.parametrize("cls", (si.LinearNDInterpolator, clough_tocher))
def test_rescaled(cls):
    wide = np.array([1.0, 30.0])
    check_adjoint(lambda p, v, q: cls(p, v, rescale=True)(q), P * wide, V, AT * wide, step=1e-5)


def test_three_variables():
    check_adjoint(lambda p, v, q: si.LinearNDInterpolator(p, v)(q), P3, V, AT3, step=1e-5)


def test_points_that_are_there_twice():
    """They are in no triangle."""
    for cls in (si.LinearNDInterpolator, clough_tocher):
        check_adjoint(
            lambda v, q, cls=cls: cls(np.concatenate([P, P[:1]]), np.concatenate([v, v[:1]]))(q),
            V, AT, step=1e-5, rtol=1e-6,
        )  # fmt: skip


def test_planes_are_reproduced():
    plane = 2 * P[:, 0] - 3 * P[:, 1]
    for cls in (si.LinearNDInterpolator, si.CloughTocher2DInterpolator):
        g = zg.gradient(lambda q, cls=cls: cls(P, plane)(q).sum(), AT)[0]
        assert g == pytest.approx(np.array([[2.0, -3.0]] * 3), abs=1e-5)


def test_nearest():
    for f in (
        lambda p, v, q: si.NearestNDInterpolator(p, columns(v))(q),
        lambda p, v, q: si.griddata(p, v, q, method="nearest"),
    ):
        check_adjoint(f, P, V, AT, step=1e-5, second=False)
        check_adjoint(lambda v, f=f: f(P, v, AT), V)
    where = KDTree(P).query(AT)[1]
    g = zg.gradient(lambda v: si.NearestNDInterpolator(P, v)(AT).sum(), V)[0]
    assert g.tolist() == np.bincount(where, minlength=20).tolist()
    far = lambda v: si.NearestNDInterpolator(P, v)(AT, distance_upper_bound=1e-9)
    assert np.isnan(far(V)).all()
    assert not np.any(zg.gradient(lambda v: np.nansum(far(v) + v[0] * 0), V)[0])


SCALE_INVARIANT = ("linear", "thin_plate_spline", "cubic", "quintic")
SCALED = ("multiquadric", "inverse_multiquadric", "inverse_quadratic", "gaussian")


@pytest.mark.parametrize("kernel", SCALE_INVARIANT)
def test_kernels(kernel):
    check_adjoint(
        lambda p, v, q: si.RBFInterpolator(p, v, kernel=kernel)(q), P, V, AT, step=1e-5, rtol=1e-6
    )


@pytest.mark.parametrize("kernel", SCALED)
def test_kernels_with_a_scale(kernel):
    check_adjoint(
        lambda p, v, q, e: si.RBFInterpolator(p, v, kernel=kernel, epsilon=e)(q), P, V, AT, 7.5,
        step=1e-5, rtol=1e-6,
    )  # fmt: skip


RADIAL = {
    "columns": lambda p, v, q, s: si.RBFInterpolator(p, columns(v))(q),
    "complex": lambda p, v, q, s: si.RBFInterpolator(p, v + 1j * v * v)(q),
    "smoothing": lambda p, v, q, s: si.RBFInterpolator(p, v, smoothing=s)(q),
    "smoothing, one number": lambda p, v, q, s: si.RBFInterpolator(p, v, smoothing=s[0])(q),
    "neighbors": lambda p, v, q, s: si.RBFInterpolator(p, v, neighbors=7)(q),
    "degree": lambda p, v, q, s: si.RBFInterpolator(p, v, degree=3, kernel="gaussian", epsilon=4.0)(
        q
    ),
    "at the points": lambda p, v, q, s: si.RBFInterpolator(
        p, v, kernel="gaussian", epsilon=5.0, smoothing=0.1
    )(p[:3]),
}


@pytest.mark.parametrize("name", RADIAL)
def test_radial_functions(name):
    check_adjoint(RADIAL[name], P, V, AT, 0.1 + 0 * V, step=1e-5, rtol=1e-6)


def test_a_smooth_kernel_at_its_centre():
    """The second derivative where a distance is zero."""
    f = lambda x: si.RBFInterpolator(
        [[0.0]], [1.0], kernel="gaussian", epsilon=2.0, degree=-1
    )(np.reshape(x, (1, 1)))[0]  # fmt: skip
    assert zg.gradient(lambda x: zg.gradient(f, x)[0], 0.0)[0] == pytest.approx(-8.0)


def test_distances():
    check_adjoint(lambda p, q: cdist(p, q), P, AT, step=1e-5, rtol=1e-6)
    check_adjoint(lambda p: pdist(p), P[:5], step=1e-5, rtol=1e-6)
    check_adjoint(lambda p: squareform(squareform(pdist(p)) ** 2), P[:5], step=1e-5, rtol=1e-6)
    assert not np.any(zg.gradient(lambda p: cdist(p, P[:1])[0, 0], P)[0])  # of a point to itself


OLD = "multiquadric inverse gaussian linear cubic quintic thin_plate".split()


@pytest.mark.parametrize("function", OLD)
def test_rbf(function):
    check_adjoint(
        lambda p, v, q: si.Rbf(p[:, 0], p[:, 1], v, function=function)(q[:, 0], q[:, 1]),
        P, V, AT, step=1e-5, rtol=1e-6,
    )  # fmt: skip


def test_rbf_of_several_functions():
    check_adjoint(
        lambda p, v, q: si.Rbf(*p.T, columns(v), mode="N-D", epsilon=0.3, smooth=0.1)(*q.T),
        P, V, AT, step=1e-5, rtol=1e-6,
    )  # fmt: skip


def test_interpolation_gives_the_data_back():
    for f in (
        lambda v: si.RBFInterpolator(P, v)(P[4:5])[0],
        lambda v: si.LinearNDInterpolator(P, v)(P[4])[0],
        lambda v: float(si.Rbf(*P.T, v)(*P[4])),
    ):
        assert zg.gradient(f, V)[0] == pytest.approx(np.eye(20)[4], abs=1e-9)


def test_what_is_not_known_is_an_error():
    with pytest.raises(AdjointError, match="cityblock"):
        zg.gradient(lambda p: float(si.Rbf(*p.T, V, norm="cityblock")(0.4, 0.5)), P)
    with pytest.raises(AdjointError, match="weights"):
        zg.gradient(lambda p: cdist(p, AT, w=[1.0, 2.0]).sum(), P)
    known = zg.gradient(lambda v: float(si.Rbf(*P.T, v, norm="cityblock")(0.4, 0.5)), V)[0]
    assert np.isfinite(known).all()
    with pytest.raises(AdjointError, match="distances"):
        zg.gradient(lambda q: KDTree(P).query(q)[0].sum(), AT)
