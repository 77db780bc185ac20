"""B-splines that SciPy evaluates in C: `BSpline`, `NdBSpline` and their matrices."""

import numpy as np

from ...broadcasting import project
from ...numpy._indexing import scatter
from ...registry import adjoint, each, lowering, nondifferentiable
from ._basis import basis, point_value, recurrence, spread_to, value
from ._imitations import imitates, lowering_of_active, parts_of

try:
    from scipy.interpolate import _dierckx
except ImportError:  # before SciPy 1.15
    _dierckx = None

__all__ = ["rows_at"]


def rows_at(t, k, x, nu):
    """`basis`, by SciPy's function in C where there is one."""
    if nu == 0 and hasattr(_dierckx, "data_matrix"):
        x, t = np.ascontiguousarray(x, float), np.ascontiguousarray(t, float)
        values, first, _ = _dierckx.data_matrix(x, t, k, np.ones(len(x)), True)
        return np.expand_dims(first, 1) + np.arange(k + 1), values
    return basis(t, k, x, nu)


def _register_spline(function):
    @adjoint(function)
    def spline_rule(t, c, k, xp, nu, extrapolate):
        y = function(t, c, k, xp, nu, extrapolate)
        known = np.isfinite(xp)
        if not extrapolate:
            known = known & (xp >= t[k]) & (xp <= t[len(t) - k - 1])
        at, known = np.where(known, xp, t[k]), np.expand_dims(known, 1)

        def c_back(dy):
            return project(spread_to(rows_at(t, k, at, nu), np.where(known, dy, 0), len(c)), c)

        def xp_back(dy):
            slope = function(t, c, k, at, nu + 1, True) if nu < k else 0.0 * y
            return project(np.sum(np.where(known, slope * dy, 0), 1), xp)

        parts = parts_of(lambda t: np.where(known, value(t, c, k, at, nu), 0), (t,)).parts
        return y, each(*parts, c_back, None, xp_back)


def _returns_values(function):
    """Before SciPy 1.16, values are written into an array."""
    try:
        function(np.array([0.0, 0, 1, 1]), np.ones((2, 1)), 1, np.array([0.5]), 0, False)
    except TypeError:
        return False
    return True


def _register_writing(function):
    def evaluate(t, c, k, xp, nu, extrapolate):
        out = np.empty((len(xp), c.shape[1]))
        function(t, c, k, xp, nu, extrapolate, out)
        return out

    _register_spline(evaluate)

    @lowering(function)
    def evaluate_lowering(t, c, k, xp, nu, extrapolate, out):
        out[...] = evaluate(t, c, k, xp, nu, extrapolate)


if hasattr(_dierckx, "evaluate_spline"):
    if _returns_values(_dierckx.evaluate_spline):
        _register_spline(_dierckx.evaluate_spline)
    else:
        _register_writing(_dierckx.evaluate_spline)


# ------------------------------------------------------------------- several variables


def nd_rows(xi, t, len_t, k, nu):
    """The B-splines of each variable at the points."""
    return [
        basis(t[d, : len_t[d]], int(k[d]), xi[:, d], int(nu[d])) for d in range(np.shape(xi)[1])
    ]


def _inside_all(xi, t, len_t, k, extrapolate):
    known = np.all(np.isfinite(xi), axis=1)
    if not extrapolate:
        for d, n in enumerate(len_t):
            known &= (xi[:, d] >= t[d, k[d]]) & (xi[:, d] <= t[d, n - k[d] - 1])
    return np.expand_dims(known, 1)


if hasattr(_dierckx, "evaluate_ndbspline"):

    @imitates(_dierckx.evaluate_ndbspline)
    def evaluate_nd(xi, t, len_t, k, nu, extrapolate, c, trailing, strides, indices):
        known = _inside_all(xi, t, len_t, k, extrapolate)
        low = np.stack([t[d, k[d]] for d in range(len(len_t))])
        rows = nd_rows(np.where(known, xi, low), t, len_t, k, nu)
        shape = [int(n - d - 1) for n, d in zip(len_t, k, strict=True)]
        return np.where(known, point_value(rows, np.reshape(c, (*shape, trailing))), np.nan)


# ----------------------------------------------------------------------------- matrices


def _register_matrix(function, imitation):
    """For functions that return the values of a sparse matrix, and where they are."""

    def values(*args):
        return function(*args)[0]

    def structure(*args):
        return function(*args)[1:]

    imitates(values)(imitation)
    nondifferentiable(structure)

    @lowering_of_active(function)
    def matrix_lowering(*args):
        return values(*args), *structure(*args)


def products_at(xvals, t, len_t, k, *rest):
    weight = np.ones((len(xvals), 1))
    for _, values in nd_rows(xvals, t, len_t, k, np.zeros(len(k), int)):
        weight = np.expand_dims(weight, 2) * np.expand_dims(values, 1)
        weight = np.reshape(weight, (len(xvals), -1))
    return np.reshape(weight, (-1,))


def weighted_rows(x, t, k, w, extrapolate=False):
    return basis(t, k, x)[1] * np.expand_dims(w, 1)


if hasattr(_dierckx, "_coloc_nd"):
    _register_matrix(_dierckx._coloc_nd, products_at)

if hasattr(_dierckx, "data_matrix"):
    _register_matrix(_dierckx.data_matrix, weighted_rows)

if hasattr(_dierckx, "_coloc"):

    def _collocation(x, t, k, ab, offset):
        ab = np.copy(ab)
        _dierckx._coloc(x, t, k, ab, offset)
        return ab

    @imitates(_collocation)
    def collocation(x, t, k, ab, offset):
        """The transposed band storage of `gbsv`, with the rows for `x` from `offset` on."""
        column, values = basis(t, k, x)
        row = np.expand_dims(np.arange(len(x)) + offset, 1)
        return ab + scatter(values, (column, 2 * k + row - column), np.shape(ab))

    @lowering(_dierckx._coloc)
    def coloc_lowering(x, t, k, ab, offset=0):
        ab[...] = _collocation(x, t, k, ab, offset)


if hasattr(_dierckx, "evaluate_all_bspl"):

    @imitates(_dierckx.evaluate_all_bspl)
    def evaluate_all(t, k, x, last, nu=0):
        def knots(d):
            begin = np.arange(last - d + 1, last + 1)
            return t[begin], t[begin + d]

        return recurrence(k, nu, np.reshape(x, (1,)), knots)[0]


nondifferentiable(_inside_all)
if hasattr(_dierckx, "find_interval"):
    nondifferentiable(_dierckx.find_interval)
