"""Gradients through splines of one variable that are fitted to data."""

import numpy as np
import pytest
import scipy
import scipy.interpolate as si

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

#: the version of SciPy; before 1.17 its code assigns to the shapes of arrays, which is not followed
VERSION = tuple(map(int, scipy.__version__.split(".")[:2]))
is_new = pytest.mark.skipif(VERSION < (1, 17), reason="needs the code of SciPy 1.17")
rng = np.random.default_rng(0)
X = np.sort(np.linspace(0, 4, 14) + 0.05 * rng.standard_normal(14))
Y = np.sin(X) + 0.1 * rng.standard_normal(14)
W = 1 + 0.3 * rng.random(14)
AT = np.array([0.3, 1.1, 3.3])
T = np.array([1.0, 2.1, 3.2])


def around(x, y):
    """Data of a closed curve."""
    return np.concatenate([y[:-1], y[:1]])


def knots(x, w, k=3):
    return np.concatenate([x[:1]] * (k + 1) + [T * w[1]] + [x[-1:]] * (k + 1))


def with_new_smoothing(x, y, w):
    spline = si.UnivariateSpline(x, y, w, s=0.3)
    spline.set_smoothing_factor(0.05)
    return spline(AT)


def along(x, y, w, **options):
    return si.splprep([x, y], w, **options)


UNIVARIATE = {
    "UnivariateSpline": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.1)(AT),
    "degree 4": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.03, k=4)(AT),
    "a polynomial": lambda x, y, w: si.UnivariateSpline(x, y, w, s=100, k=2)(AT),
    "the default": lambda x, y, w: si.UnivariateSpline(x, y)(AT),
    "s as a variable": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.1 * w[0])(AT),
    "interval": lambda x, y, w: si.UnivariateSpline(x, y, w, bbox=[-0.5, 4.5], s=0.1)(AT),
    "another s": with_new_smoothing,
    "residual": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.1).get_residual(),
    "residual of a polynomial": lambda x, y, w: si.UnivariateSpline(x, y, s=9, k=2).get_residual(),
    "knots": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.03).get_knots(),
    "coefficients": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.1).get_coeffs(),
    "integral": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.1).integral(0.2, 2.3),
    "derivatives": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.1).derivatives(2.3),
    "derivative": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.1).derivative()(AT),
    "antiderivative": lambda x, y, w: si.UnivariateSpline(x, y, w, s=0.1).antiderivative()(AT),
    "roots": lambda x, y, w: si.UnivariateSpline(x, y - 0.3, w, s=0.1).roots(),
    "Interpolated": lambda x, y, w: si.InterpolatedUnivariateSpline(x, y, w)(AT),
    "Interpolated, degree 4": lambda x, y, w: si.InterpolatedUnivariateSpline(x, y, k=4)(AT),
    "LSQ": lambda x, y, w: si.LSQUnivariateSpline(x, y, T * w[0], w)(AT),
    "LSQ residual": lambda x, y, w: si.LSQUnivariateSpline(x, y, T * w[0], w).get_residual(),
}
SPLREP = {
    "even degree": lambda x, y, w: si.splev(AT, si.splrep(x, y, k=2)),
    "smoothing": lambda x, y, w: si.splev(AT, si.splrep(x, y, w, s=0.1)),
    "residual": lambda x, y, w: si.splrep(x, y, w, s=0.1, full_output=1)[1],
    "knots": lambda x, y, w: si.splev(AT, si.splrep(x, y, w, t=T * w[1])),
    "periodic": lambda x, y, w: si.splev(AT, si.splrep(x, around(x, y), per=1)),
    "periodic, even": lambda x, y, w: si.splev(AT, si.splrep(x, around(x, y), per=1, k=2)),
    "periodic, smoothing": lambda x, y, w: si.splev(AT, si.splrep(x, around(x, y), w, per=1, s=1)),
    "periodic, constant": lambda x, y, w: si.splev(AT, si.splrep(x, around(x, y), w, per=1, s=99)),
    "periodic, knots": lambda x, y, w: si.splev(
        AT, si.splrep(x, around(x, y), w, per=1, t=T * w[1])
    ),
}
SPLPREP = {
    "smoothing": lambda x, y, w: si.splev(AT / 4, along(x, y, w, s=0.1)[0]),
    "parameters": lambda x, y, w: along(x, y, w, s=0.1)[1],
    "through points": lambda x, y, w: si.splev(AT / 4, along(x, y, w, s=0)[0]),
    "parameters given": lambda x, y, w: si.splev(AT, along(x * y, y, w, u=x, s=0.1)[0]),
    "closed": lambda x, y, w: si.splev(
        AT / 4, along(around(x, np.cos(x)), around(x, y), w, s=0.1, per=1)[0]
    ),
    "knots": lambda x, y, w: si.splev(
        AT / 4, along(x, y, w, t=np.r_[0, 0, 0, 0, 0.3, 0.6 * w[1], 1, 1, 1, 1], task=-1)[0]
    ),
    "residual": lambda x, y, w: along(x, y, w, s=0.1, full_output=1)[1],
}
REPRODUCED = {
    "make_splrep": lambda x, y, w: si.make_splrep(x, y, w=w, s=0.1)(AT),
    "make_splrep through points": lambda x, y, w: si.make_splrep(x, y, k=2)(AT),
    "make_splrep of a polynomial": lambda x, y, w: si.make_splrep(x, y, w=w, s=100)(AT),
    "make_splrep, knots": lambda x, y, w: si.make_splrep(x, y, w=w, s=0.06, t=knots(x, w))(AT),
    "make_splrep, periodic": lambda x, y, w: si.make_splrep(
        x, around(x, y), w=w, s=1, bc_type="periodic"
    )(AT),
    "make_splprep": lambda x, y, w: si.make_splprep([x, y], w=w, s=0.1)[0](AT / 4),
    "make_splprep through points": lambda x, y, w: si.make_splprep([x, y])[0](AT / 4),
    "make_lsq_spline": lambda x, y, w: si.make_lsq_spline(x, y, knots(x, w), w=w)(AT),
    "make_lsq_spline, norm-eq": lambda x, y, w: si.make_lsq_spline(
        x, y, knots(x, w), w=w, method="norm-eq"
    )(AT),
    "make_lsq_spline, complex": lambda x, y, w: si.make_lsq_spline(
        x, y + 1j * y**2, knots(x, w, 2), k=2
    )(AT),
    "make_lsq_spline, columns": lambda x, y, w: si.make_lsq_spline(
        x, np.stack([y, y * y]), knots(x, w), axis=1
    )(AT),
    "generate_knots": lambda x, y, w: list(si.generate_knots(x, y, w=w, s=0.1))[-1],
    "generate_knots for interpolation": lambda x, y, w: list(si.generate_knots(x, y, k=2))[-1],
}


@pytest.mark.parametrize("name", UNIVARIATE)
def test_univariate_splines(name):
    check_adjoint(UNIVARIATE[name], X, Y, W, step=1e-4)


@pytest.mark.parametrize("name", SPLREP)
def test_splrep(name):
    check_adjoint(SPLREP[name], X, Y, W, step=1e-4)


@is_new
@pytest.mark.parametrize("name", SPLPREP)
def test_splprep(name):
    check_adjoint(SPLPREP[name], X, Y, W, step=1e-4)


@is_new
@pytest.mark.parametrize("name", REPRODUCED)
def test_what_scipy_reproduces(name):
    check_adjoint(REPRODUCED[name], X, Y, W, step=1e-4)


def test_least_squares_are_a_projection():
    """The gradient with respect to the data, by the matrices."""
    t = np.r_[[X[0]] * 4, T, [X[-1]] * 4]
    b = si.BSpline.design_matrix(X, t, 3).toarray()
    at = si.BSpline.design_matrix(AT, t, 3).toarray()
    hat = at @ np.linalg.pinv(W[:, None] * b) * W
    g = np.array([1.0, -2.0, 0.5])
    for f in (
        lambda y: si.LSQUnivariateSpline(X, y, T, W)(AT),
        lambda y: si.make_lsq_spline(X, y, t, w=W)(AT),
        lambda y: si.splev(AT, si.splrep(X, y, W, t=T)),
    ):
        assert zg.gradient(lambda y, f=f: np.sum(f(y) * g), Y)[0] == pytest.approx(g @ hat)


def test_interpolation_gives_the_data_back():
    i = 5
    unit = np.eye(14)[i]
    for f in (
        lambda y: si.InterpolatedUnivariateSpline(X, y)(X[i]),
        lambda y: si.UnivariateSpline(X, y, s=0)(X[i]),
        lambda y: si.splev(X[i], si.splrep(X, y)),
    ):
        assert zg.gradient(lambda y, f=f: float(f(y)), Y)[0] == pytest.approx(unit, abs=1e-12)


def test_a_system_that_is_singular():
    """Points without weight: a program is not to fail because of its gradient."""
    w = np.where(X < 2, 0.0, 1.0)
    t = np.r_[[X[0]] * 4, T, [X[-1]] * 4]
    f = lambda y: si.make_lsq_spline(X, y, t, w=w)(3.5)
    with np.errstate(all="ignore"):
        plain = f(Y)
        try:
            value, _ = zg.withgradient(f, Y)
        except AdjointError:
            return
    assert value == plain or np.isnan(value)


def test_many_points_are_fast_enough():
    x = np.linspace(0, 50, 3000)
    g = zg.gradient(lambda y: float(si.splev(20.3, si.splrep(x, y))), np.sin(x))[0]
    assert g.sum() == pytest.approx(1)  # constants are reproduced


@pytest.mark.filterwarnings("ignore:error")
def test_what_is_not_known_is_an_error():
    def stopped(y):  # a search that fails
        return si.make_splrep(X, y, s=0.2, t=knots(X, W))(1.0)

    with pytest.raises(AdjointError, match="not reproduced"):
        zg.gradient(lambda y: float(stopped(y)), Y)


@is_new
@pytest.mark.filterwarnings("ignore:The required storage space")
def test_least_squares_where_there_is_no_space_for_knots():
    check_adjoint(
        lambda x, y: si.splev(AT / 4, si.splprep([x, y], s=1e-4, nest=10)[0]), X, Y, step=1e-4
    )
