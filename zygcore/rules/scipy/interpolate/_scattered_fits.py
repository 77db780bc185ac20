"""Splines of two variables that FITPACK fits to scattered data.

Where FITPACK needs another knot, it puts it in the centre of an interval's squared residuals: such
knots move with the data.  So the whole fit is done once more here, with the steps of FITPACK.

References
----------
P. Dierckx, "An algorithm for surface fitting with spline functions", IMA Journal of Numerical
Analysis 1 (1981).
"""

import numpy as np
from scipy.interpolate import _fitpack_impl

from ...registry import nondifferentiable
from .._implicit import held, opaque, same_value
from ._basis import basis, dense, gram, intervals, summed
from ._curves import floats, ones_or, with_ends
from ._fitpack import library
from ._imitations import lowering_of_active
from ._least_squares import (
    NOT_REPRODUCED,
    TOLERANCE,
    agreed,
    if_regular,
    jumps,
    penalty_search,
    squares,
)

__all__ = ["SurfaceFit", "is_inside", "sums_between", "with_derivatives"]


class SurfaceFit:
    """Splines with given knots, fitted to the weighted points; coefficients are in one column."""

    def __init__(self, knots, degrees, points, z, w):
        self.knots, self.degrees, self.points, self.w = knots, degrees, points, w
        self.sizes = [len(t) - k - 1 for t, k in zip(knots, degrees, strict=True)]
        axes = zip(knots, degrees, points, strict=True)
        (i, a), (j, b) = [basis(t, k, x) for t, k, x in axes]
        where = np.expand_dims(i * self.sizes[1], 2) + np.expand_dims(j, 1)
        values = np.expand_dims(a, 2) * np.expand_dims(b, 1)
        rows = np.reshape(where, (len(w), -1)), np.reshape(values, (len(w), -1))
        self.n = self.sizes[0] * self.sizes[1]
        self.matrix, self.weighted = dense(rows, self.n) * np.expand_dims(w, 1), w * z

    def least_squares(self):
        """With the smallest norm, where parts of the domain have no data."""
        return np.linalg.lstsq(self.matrix, self.weighted, rcond=None)[0]

    def residuals(self, c):
        return self.weighted - np.matmul(self.matrix, c)

    def penalty(self):
        """The squares of the jumps along both variables."""
        (m, n), total = self.sizes, np.zeros((self.n, self.n))
        for d, (t, k) in enumerate(zip(self.knots, self.degrees, strict=True)):
            if self.sizes[d] > k + 1:
                part = gram(jumps(t, k), self.sizes[d])
                total = total + (np.kron(part, np.eye(n)) if d == 0 else np.kron(np.eye(m), part))
        return total

    def eliminated(self, order):
        """The unknowns, in the order in which FITPACK eliminates them."""
        return np.reshape(np.transpose(np.reshape(np.arange(self.n), self.sizes), order), (-1,))

    def smoothing(self, s, lowest, highest, order):
        """The coefficients with the smallest jumps and the sum of squares `s`, if it is found."""
        normal = np.matmul(np.transpose(self.matrix), self.matrix)
        right = np.matmul(np.transpose(self.matrix), self.weighted)
        penalty = self.penalty()

        def solve(p):
            c = np.linalg.solve(normal + penalty / (p * p), right)
            return c, squares(self.residuals(c)) - s

        places = self.eliminated(order)
        ordered = normal[np.expand_dims(places, 1), places]
        start = self.n / np.sum(np.diagonal(np.linalg.cholesky(ordered)))
        return penalty_search(solve, start, lowest, highest, TOLERANCE * s)


def narrower(order, sizes, degrees):
    """The order of the variables in which the matrix has the smaller band."""
    a, b = order
    band = degrees[a] * sizes[b] + degrees[b]
    return order if band <= degrees[b] * sizes[a] + degrees[a] else (b, a)


def sums_between(t, k, x, residuals, d):
    """For each interval of knots: (variable `d`, its number, sum of the squares, that times x)."""
    weights, inner = residuals * residuals, len(t) - 2 * k - 1
    where = intervals(t, k, x) - k
    total, moment = [summed(v, where, inner) for v in (weights, weights * x)]
    return [(d, i, total[i], moment[i]) for i in range(inner)]


def is_inside(at, low, high):
    """Is a new knot far enough from those beside it?"""
    return high - at <= 10 * (at - low) and at - low <= 10 * (high - at)


def next_knot(fit, residuals, order, most):
    """Where FITPACK adds a knot: the variable, and the place. `None` if it cannot."""
    sums = []
    for d in order:
        if len(fit.knots[d]) != most[d]:
            sums += sums_between(fit.knots[d], fit.degrees[d], fit.points[d], residuals, d)
    for d, i, total, moment in sorted(sums, key=lambda part: -part[2]):
        if total <= 0:
            return None
        at, first = moment / total, fit.degrees[d] + i
        if is_inside(at, *fit.knots[d][first : first + 2]):
            return d, at
    return None


def smooth_surface(degrees, ends, points, z, w, s, most):
    """Knots, coefficients and sum of squares, as FITPACK finds them; `None`: it does not."""
    knots = [with_ends(np.zeros(0), e, k) for e, k in zip(ends, degrees, strict=True)]
    order, lowest = (0, 1), None
    while True:
        fit = SurfaceFit(knots, degrees, points, z, w)
        order = narrower(order, fit.sizes, degrees)
        c = fit.least_squares()
        residuals = fit.residuals(c)
        excess = squares(residuals) - s
        if lowest is None:
            lowest = excess
        if excess < -TOLERANCE * s and excess is not lowest:
            c = fit.smoothing(s, lowest, excess, order)
            break
        more = None
        if excess > TOLERANCE * s and fit.n <= len(w):
            more = next_knot(fit, residuals, order, most)
        if more is None:
            break
        d, at = more
        t, knots = knots[d], list(knots)
        place = _place(t, at)
        knots[d] = np.concatenate([t[:place], np.reshape(at, (1,)), t[place:]])
    return None if c is None else (knots, c, squares(fit.residuals(c)))


def _place(t, at):
    return int(np.searchsorted(t, at, side="right"))


def with_derivatives(found, computed, *sources):
    """Knots, coefficients and sum of squares that FITPACK found; arrays have room for more."""
    if computed is None or any(
        [len(t) != len(u) for t, u in zip(found[:2], computed[0], strict=True)]
    ):
        return [opaque(x, NOT_REPRODUCED, *sources) for x in found]
    (tx, ty), c, residual = computed
    first, last, coefficients, total = found
    first, last = agreed(first, tx, *sources), agreed(last, ty, *sources)
    if c is None:  # what they are is not used
        return first, last, opaque(coefficients, NOT_REPRODUCED, *sources), total
    n, total = len(c), same_value(total, residual) if total else total
    c = np.concatenate([agreed(coefficients[:n], c, *sources), coefficients[n:]])
    return first, last, c, total


def least_squares_surface(knots, ends, degrees, points, z, w, kind):
    """Knots, coefficients and sum of squares, where the user gave the inner knots."""
    axes = zip(knots, ends, degrees, strict=True)
    knots = [with_ends(t[k + 1 : len(t) - k - 1], e, k) for t, e, k in axes]
    if kind > 0:
        return knots, None, None
    fit = SurfaceFit(knots, degrees, points, z, w)
    c = fit.least_squares()
    return knots, c, squares(fit.residuals(c))


def range_of(x, low, high):
    return (np.min(x) if low is None else low), (np.max(x) if high is None else high)


@lowering_of_active(library.surfit_smth)
def surfit_smth_lowering(
    x, y, z, w=None, xb=None, xe=None, yb=None, ye=None, kx=3, ky=3, s=None, **options
):
    found = held(library.surfit_smth, x, y, z, w, xb, xe, yb, ye, kx, ky, s=s, **options)
    nx, tx, ny, ty, c, residual, work, kind = found
    points, z = (floats(x), floats(y)), floats(z)
    w, s = ones_or(w, z), len(z) if s is None else s
    most = [max(int(k + 1 + np.sqrt(len(z) / 2)), 2 * (k + 1)) for k in (kx, ky)]
    ends = range_of(points[0], xb, xe), range_of(points[1], yb, ye)
    computed = None
    if kind not in (2, 3) and kind <= 5:
        computed = if_regular(smooth_surface, (kx, ky), ends, points, z, w, s, most)
    parts = with_derivatives((tx[:nx], ty[:ny], c, residual), computed, *points, z, w, s)
    tx, ty = np.concatenate([parts[0], tx[nx:]]), np.concatenate([parts[1], ty[ny:]])
    return nx, tx, ny, ty, parts[2], parts[3], work, kind


def end_of_knots(x, t, low, high):
    """What the wrapper of FITPACK takes for the ends; the knots have zeros in their place."""
    first, last = np.min(t), np.max(t)
    step = (last - first) / len(t)
    if low is None:
        low = np.min(x) if first > np.min(x) else first - step
    if high is None:
        high = np.max(x) if last < np.max(x) else last + step
    return low, high


@lowering_of_active(library.surfit_lsq)
def surfit_lsq_lowering(
    x, y, z, nx, tx, ny, ty, w=None, xb=None, xe=None, yb=None, ye=None, kx=3, ky=3, eps=None,
    **options,
):  # fmt: skip
    args = x, y, z, nx, np.copy(tx), ny, np.copy(ty), w, xb, xe, yb, ye, kx, ky, eps
    x_knots, y_knots, c, residual, kind = held(library.surfit_lsq, *args, **options)
    points, z = (floats(x), floats(y)), floats(z)
    w, tx, ty = ones_or(w, z), tx[:nx], ty[:ny]
    ends = end_of_knots(points[0], tx, xb, xe), end_of_knots(points[1], ty, yb, ye)
    computed = least_squares_surface((tx, ty), ends, (kx, ky), points, z, w, kind)
    parts = with_derivatives((x_knots[:nx], y_knots[:ny], c, residual), computed, *points, z, w)
    x_knots = np.concatenate([parts[0], x_knots[nx:]])
    return x_knots, np.concatenate([parts[1], y_knots[ny:]]), parts[2], parts[3], kind


@lowering_of_active(_fitpack_impl._fitpack._surfit)
def bisplrep_lowering(
    x, y, z, w, xb, xe, yb, ye, kx, ky, task, s, eps, tx, ty, nxest, nyest, *work
):  # fmt: skip
    args = x, y, z, w, xb, xe, yb, ye, kx, ky, task, s, eps, tx, ty, nxest, nyest, *work
    x_knots, y_knots, c, more = held(_fitpack_impl._fitpack._surfit, *args)
    points, z, w = (floats(x), floats(y)), floats(z), floats(w)
    ends, computed = ((xb, xe), (yb, ye)), None
    if task < 0:
        computed = least_squares_surface((tx, ty), ends, (kx, ky), points, z, w, more["ier"])
    elif task == 0 and more["ier"] not in (2, 3) and more["ier"] <= 5:
        computed = if_regular(smooth_surface, (kx, ky), ends, points, z, w, s, (nxest, nyest))
    parts = with_derivatives((x_knots, y_knots, c, more["fp"]), computed, *points, z, w, s)
    return parts[0], parts[1], parts[2], {**more, "fp": parts[3]}


nondifferentiable(_place)
