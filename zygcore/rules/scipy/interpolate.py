"""Rules for the functions in C and Fortran that `scipy.interpolate` is built on.

Splines are linear in their coefficients, and their derivatives with respect to the point are
splines. Derivatives with respect to knots are known of piecewise polynomials only.
"""

import numpy as np
from scipy.interpolate import _fitpack_impl, _ppoly, _rgi, _rgi_cython
from scipy.linalg import lapack

try:
    from scipy.interpolate import _dierckx
except ImportError:  # before SciPy 1.15
    _dierckx = None

from ...errors import AdjointError
from ..broadcasting import project
from ..numpy._indexing import scatter
from ..registry import adjoint, each, lowering, nondifferentiable

__all__ = []


def _unknown(what):
    def unknown_back(dy):
        raise AdjointError(
            f"no derivative is known of {what}; use zygcore.dropgrad if it is to be a constant"
        )

    return unknown_back


# -------------------------------------------------------------- piecewise polynomials


def _intervals(x, xp):
    """Which interval a point is in; the first or last one if it is outside."""
    increasing = x[-1] >= x[0]
    where = np.searchsorted(x if increasing else -x, xp if increasing else -xp, side="right") - 1
    return np.clip(where, 0, len(x) - 2)


def _falling(power, nu):
    """power (power - 1) ... of nu factors"""
    return float(np.prod(np.arange(power - nu + 1, power + 1))) if power >= nu else 0.0


def _evaluate(c, x, xp, nu, extrapolate):
    out = np.empty((len(xp), c.shape[2]), dtype=c.dtype)
    _ppoly.evaluate(c, x, xp, nu, extrapolate, out)
    return out


@adjoint(_evaluate)
def evaluate_rule(c, x, xp, nu, extrapolate):
    y = _evaluate(c, x, xp, nu, extrapolate)
    where = _intervals(x, xp)
    shape, k = np.shape(c), np.shape(c)[0]
    known = np.expand_dims(np.isfinite(xp), 1)
    if not extrapolate:
        low, high = min(x[0], x[-1]), max(x[0], x[-1])
        known = known & np.expand_dims((xp >= low) & (xp <= high), 1)

    def safe(dy):
        return np.where(known, dy, 0)

    def c_back(dy):
        gap = np.expand_dims(xp - x[where], 1)
        powers = [
            safe(dy) * (_falling(k - 1 - j, nu) * gap ** max(k - 1 - j - nu, 0)) for j in range(k)
        ]
        rows = [scatter(d, (where,), (shape[1], d.shape[1])) for d in powers]
        return project(np.stack(rows), c)

    def slopes(dy):
        slope = _evaluate(c, x, xp, nu + 1, extrapolate)
        return np.sum(np.where(known, np.real(np.conjugate(slope) * dy), 0), 1)

    def x_back(dy):
        return project(scatter(-slopes(dy), (where,), np.shape(x)), x)

    def xp_back(dy):
        return project(slopes(dy), xp)

    return y, each(c_back, x_back, xp_back)


@lowering(_ppoly.evaluate)
def evaluate_lowering(c, x, xp, dx, extrapolate, out):
    out[...] = _evaluate(c, x, xp, dx, bool(extrapolate))


def _bernstein(c, x, xp, nu, extrapolate):
    out = np.empty((len(xp), c.shape[2]), dtype=c.dtype)
    _ppoly.evaluate_bernstein(c, x, xp, nu, extrapolate, out)
    return out


@adjoint(_bernstein)
def bernstein_rule(c, x, xp, nu, extrapolate):
    y = _bernstein(c, x, xp, nu, extrapolate)
    where, shape = _intervals(x, xp), np.shape(c)

    def c_back(dy):
        rows = []
        for j in range(shape[0]):
            unit = np.zeros((shape[0], shape[1], 1))
            unit[j] = 1
            weight = _bernstein(unit, x, xp, nu, extrapolate)
            d = np.where(np.isfinite(weight), weight * dy, 0)
            rows.append(scatter(d, (where,), (shape[1], shape[2])))
        return project(np.stack(rows), c)

    def xp_back(dy):
        slope = np.real(np.conjugate(_bernstein(c, x, xp, nu + 1, extrapolate)) * dy)
        return project(np.sum(np.where(np.isfinite(slope), slope, 0), 1), xp)

    breakpoints_back = _unknown("a polynomial of Bernstein's with respect to its breakpoints")
    return y, each(c_back, breakpoints_back, xp_back)


@lowering(_ppoly.evaluate_bernstein)
def bernstein_lowering(c, x, xp, nu, extrapolate, out):
    out[...] = _bernstein(c, x, xp, nu, bool(extrapolate))


def _integrate(c, x, a, b, extrapolate):
    out = np.empty(c.shape[2], dtype=c.dtype)
    _ppoly.integrate(c, x, a, b, extrapolate, out)
    return out


def _ends(x, a, b):
    """The ends of the integral inside of each interval; the outer ones reach to infinity."""
    low, high = x[:-1], x[1:]
    inner = np.arange(len(low))
    low = np.where(inner == 0, -np.inf, low)
    high = np.where(inner == len(low) - 1, np.inf, high)
    return np.clip(a, low, high), np.clip(b, low, high)


@adjoint(_integrate)
def integrate_rule(c, x, a, b, extrapolate):
    y = _integrate(c, x, a, b, extrapolate)
    k = np.shape(c)[0]

    def c_back(dy):
        start, end = _ends(x, a, b)
        weights = [
            ((end - x[:-1]) ** (k - j) - (start - x[:-1]) ** (k - j)) / (k - j) for j in range(k)
        ]
        return project(np.expand_dims(np.stack(weights), 2) * np.expand_dims(dy, 0), c)

    def at(end):
        value = _evaluate(c, x, np.reshape(np.asarray(end, dtype=float), (1,)), 0, extrapolate)
        return np.conjugate(value[0])

    return y, each(
        c_back,
        _unknown("an integral of a piecewise polynomial with respect to its breakpoints"),
        lambda dy: project(-np.sum(dy * at(a)), a),
        lambda dy: project(np.sum(dy * at(b)), b),
    )


@lowering(_ppoly.integrate)
def integrate_lowering(c, x, a, b, extrapolate, out=None):
    value = _integrate(c, x, a, b, bool(extrapolate))
    if out is None:  # the caller stores it
        return value
    out[...] = value


# ------------------------------------------------------------------------- B-splines

if hasattr(_dierckx, "evaluate_spline"):
    _spline = _dierckx.evaluate_spline

    @adjoint(_spline)
    def spline_rule(t, c, k, xp, nu, extrapolate):
        y = _spline(t, c, k, xp, nu, extrapolate)
        n = np.shape(c)[0]

        def c_back(dy):
            basis = _spline(t, np.eye(n), k, xp, nu, extrapolate)
            known = np.isfinite(np.sum(basis, 1, keepdims=True))
            basis, d = np.where(known, basis, 0), np.where(known, dy, 0)
            return project(np.matmul(np.transpose(basis), d), c)

        def xp_back(dy):
            slope = _spline(t, c, k, xp, nu + 1, extrapolate) if nu < k else 0.0 * y
            return project(np.sum(np.where(np.isfinite(slope), slope * dy, 0), 1), xp)

        knots_back = _unknown("a B-spline with respect to its knots")
        return y, each(knots_back, c_back, None, xp_back)


#: FITPACK is in C since SciPy 1.18, and takes its arguments in another order
_is_c = not hasattr(_fitpack_impl, "dfitpack")
_library = _fitpack_impl._fitpack if _is_c else _fitpack_impl.dfitpack


def _of_fitpack(c, t, k, x, nu, ext):
    """The value of a spline of FITPACK's, and whether it is right."""
    return _library.splev(t, c, k, x, ext) if nu == 0 else _derivative(t, c, k, x, nu, ext)


def _derivative(t, c, k, x, nu, ext):
    if _is_c:
        return _library.splder(t, c, k, nu, x, ext)
    return _library.splder(t, c, k, x, nu, ext)


def _register_fitpack(function, order):
    @adjoint(function)
    def fitpack_rule(t, c, k, x, *rest):
        y, error = function(t, c, k, x, *rest)
        nu, ext = order(rest)
        constant = ext in (1, 3)  # outside, zero or the value at the end

        def c_back(dys):
            eye = np.eye(len(c))
            rows = [_of_fitpack(row, t, k, x, nu, ext)[0] for row in eye]
            return project(np.matmul(np.stack(rows), dys[0]), c)

        def x_back(dys):
            slope = _of_fitpack(c, t, k, x, nu + 1, ext)[0] if nu < k else 0.0 * y
            if constant:
                inside = (x >= t[k]) & (x <= t[-k - 1])
                slope = np.where(inside, slope, 0)
            return project(slope * dys[0], x)

        knots_back = _unknown("a spline with respect to its knots")
        return (y, error), each(knots_back, c_back, None, x_back)


def _fitted(*args, **options):
    return _fitpack_impl.splrep(*args, **options)


def _coefficients(c, t, k, x, y, interpolates):
    """The coefficients that were found, as a function of the data."""
    return c.copy()


@adjoint(_coefficients)
def coefficients_rule(c, t, k, x, y, interpolates):
    def y_back(dc):
        if not interpolates:
            _unknown("a smoothing spline of FITPACK's with respect to its data; use s=0")(dc)
        n = len(t) - k - 1  # linear, with knots made from the points
        basis = np.stack([_of_fitpack(row, t, k, x, 0, 0)[0] for row in np.eye(n, len(t))], 1)
        return project(np.linalg.solve(np.transpose(basis), dc[:n]), y)

    points_back = _unknown("a spline of FITPACK's with respect to its points")
    return _coefficients(c, t, k, x, y, interpolates), each(None, None, None, points_back, y_back)


@lowering(_fitpack_impl.splrep)
def splrep_lowering(
    x, y, w=None, xb=None, xe=None, k=3, task=0, s=None, t=None, full_output=0, per=0, quiet=1
):  # fmt: skip
    out = _fitted(x, y, w, xb, xe, k, task, s, t, full_output, per, quiet)
    knots, c, degree = out[0] if full_output else out
    interpolates = task == 0 and not per and (s == 0 or s is None and w is None)
    tck = knots, _coefficients(c, knots, degree, x, y, interpolates), degree
    return (tck, *out[1:]) if full_output else tck


_register_fitpack(_library.splev, lambda rest: (0, rest[0] if rest else 0))
_register_fitpack(_derivative, lambda rest: rest)


@lowering(_library.splder)
def splder_lowering(t, c, k, /, *rest):
    nu, x = rest[:2] if _is_c else rest[1::-1]
    return _derivative(t, c, k, x, nu, rest[2] if len(rest) > 2 else 0)


# -------------------------------------------------------------------- banded matrices


def _transposed(kl, ku, ab):
    """The transpose of a banded matrix in the form of `gbsv`."""
    n = ab.shape[1]
    rows = [np.zeros((ku, n), ab.dtype)]
    for d in range(kl, -ku - 1, -1):
        row = ab[kl + ku + d]
        shifted = np.pad(row[: n - d], (d, 0)) if d >= 0 else np.pad(row[-d:], (0, -d))
        rows.append(np.expand_dims(shifted, 0))
    return np.concatenate(rows)


def _register_banded(gbsv):
    def solved(kl, ku, ab, b):
        return gbsv(kl, ku, ab, b)[2]

    @adjoint(solved)
    def solved_rule(kl, ku, ab, b):
        y = solved(kl, ku, ab, b)

        def b_back(dy):
            return project(solved(ku, kl, np.conjugate(_transposed(kl, ku, ab)), dy), b)

        def ab_back(dy):
            db, x = (np.reshape(v, (len(v), -1)) for v in (b_back(dy), np.conjugate(y)))
            n, rows = len(db), [np.zeros((kl, len(db)), ab.dtype)]
            for d in range(-ku, kl + 1):
                low, high = max(0, -d), min(n, n - d)
                sums = -np.sum(db[low + d : high + d] * x[low:high], 1)
                rows.append(np.expand_dims(np.pad(sums, (low, n - high)), 0))
            return project(np.concatenate(rows), ab)

        return y, each(None, None, ab_back, b_back)

    @lowering(gbsv)
    def gbsv_lowering(kl, ku, ab, b, *overwrite, **options):
        lu, pivots, info = _factors(gbsv, kl, ku, ab, b)
        return lu, pivots, solved(kl, ku, ab, b), info


def _factors(gbsv, kl, ku, ab, b):
    lu, pivots, _, info = gbsv(kl, ku, ab, b)
    return lu, pivots, info


def _register_tridiagonal(gtsv):
    def solved(dl, d, du, b):
        return gtsv(dl, d, du, b)[3]

    @adjoint(solved)
    def solved_rule(dl, d, du, b):
        y = solved(dl, d, du, b)

        def all_back(dy):
            db = solved(np.conjugate(du), np.conjugate(d), np.conjugate(dl), dy)
            g, x = np.reshape(db, (len(db), -1)), np.reshape(np.conjugate(y), (len(db), -1))
            return (
                project(-np.sum(g[1:] * x[:-1], 1), dl),
                project(-np.sum(g * x, 1), d),
                project(-np.sum(g[:-1] * x[1:], 1), du),
                project(db, b),
            )

        return y, all_back

    @lowering(gtsv)
    def gtsv_lowering(dl, d, du, b, *overwrite, **options):
        du2, diagonal, upper, info = _eliminated(gtsv, dl, d, du, b)
        return du2, diagonal, upper, solved(dl, d, du, b), info


def _eliminated(gtsv, dl, d, du, b):
    du2, diagonal, upper, _, info = gtsv(dl, d, du, b)
    return du2, diagonal, upper, info


for _kind in "sdcz":
    _register_banded(getattr(lapack, f"{_kind}gbsv"))
    _register_tridiagonal(getattr(lapack, f"{_kind}gtsv"))


# ---------------------------------------------------------------------- regular grids


@adjoint(_rgi.find_indices)
def find_indices_rule(grid, xi):
    indices, distances = _rgi.find_indices(grid, xi)

    def xi_back(dys):
        if dys[1] is None:
            return None
        steps = [np.diff(g)[i] for g, i in zip(grid, indices, strict=True)]
        return project(dys[1] / np.stack(steps), xi)

    grid_back = _unknown("an interpolation with respect to its grid")
    return (indices, distances), each(grid_back, xi_back)


def _linear_2d(values, indices, distances, grid):
    out = np.empty(indices.shape[1], dtype=values.dtype)
    return _rgi_cython.evaluate_linear_2d(values, indices, distances, grid, out)


@adjoint(_linear_2d)
def linear_2d_rule(values, indices, distances, grid):
    y = _linear_2d(values, indices, distances, grid)
    i, j = indices

    def values_back(dy):
        u, v = distances
        corners = [
            ((i, j), (1 - u) * (1 - v)),
            ((i, j + 1), (1 - u) * v),
            ((i + 1, j), u * (1 - v)),
            ((i + 1, j + 1), u * v),
        ]
        parts = [scatter(dy * weight, key, np.shape(values)) for key, weight in corners]
        return project(sum(parts), values)

    def distances_back(dy):
        u, v = distances
        a, b, c, d = values[i, j], values[i, j + 1], values[i + 1, j], values[i + 1, j + 1]
        du = (1 - v) * (c - a) + v * (d - b)
        dv = (1 - u) * (b - a) + u * (d - c)
        slopes = np.stack([np.conjugate(du) * dy, np.conjugate(dv) * dy])
        return project(np.real(slopes), distances)

    grid_back = _unknown("an interpolation with respect to its grid")
    return y, each(values_back, None, distances_back, grid_back)


@lowering(_rgi_cython.evaluate_linear_2d)
def linear_2d_lowering(values, indices, norm_distances, grid, out):
    out[...] = _linear_2d(values, indices, norm_distances, grid)
    return out


nondifferentiable(_intervals, _factors, _eliminated, _fitted)
