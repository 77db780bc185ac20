"""Splines fitted to data: what FITPACK finds, as functions of the data.

With knots that are given, coefficients solve linear equations: those of an interpolating spline, or
the normal equations of (weighted, penalised) least squares.  A smoothing spline has a penalty on
the jumps of its highest derivative, with the weight 1 / p**2 at which the sum F of the squared
residuals is what was asked for.  FITPACK stops the search for p when F is within a thousandth of
that; where it stops is a smooth function of the data, whose derivative is not that of the solution
of F(p) = s.  So the search is done once more here, from the same start, with the same steps, and
differentiated.  Should it not end where FITPACK did, a gradient is an error.

References
----------
P. Dierckx, "Curve and Surface Fitting with Splines", 1993, sections 4.1, 5.2 and 5.2.4.
"""

import numpy as np
from scipy import linalg as la

from ...functools import is_active
from ...numpy._indexing import scatter
from ...registry import nondifferentiable
from .._implicit import opaque, same_value
from ._basis import basis

__all__ = [
    "TOLERANCE", "agreed", "if_regular", "interpolated", "jumps", "moved_knots", "penalty_search",
    "squares",
]  # fmt: skip

#: how far from the sum of squares that was asked for FITPACK stops, relatively
TOLERANCE = 1e-3
STEPS = 20

NOT_REPRODUCED = (
    "no derivative is known of this spline: how FITPACK found its knots or its coefficients (a "
    "system without full rank, or a search that did not converge) is not reproduced. Use "
    "zygcore.dropgrad if it is to be a constant"
)


def agreed(found, computed, *sources):
    """What FITPACK found, with the derivative of what was computed here: it is to be the same."""
    if np.shape(found) == np.shape(computed) and _are_close(found, computed):
        return same_value(found, computed)
    return opaque(found, NOT_REPRODUCED, found, computed, *sources)


def _are_close(found, computed):
    size = np.max(np.abs(found), initial=0.0)
    return bool(np.all(np.abs(np.asarray(computed) - found) <= 1e-7 * size))


def interpolated(t, k, x, y):
    """The coefficients of the spline through the points."""
    column, values = basis(t, k, x)
    row = np.expand_dims(np.arange(len(x)), 1)
    band = scatter(values, (k + row - column, column), (2 * k + 1, len(x)))
    return la.solve_banded((k, k), band, y)


def if_regular(compute, *args):
    """`compute(*args)`; `None` where a system is singular, which is no failure of the program."""
    try:
        return compute(*args)
    except np.linalg.LinAlgError:
        return None


def squares(residuals):
    return np.sum(residuals * residuals)


def jumps(t, k):
    """Of each B-spline, the jumps of its highest derivative at inner knots, in FITPACK's scale.

    A matrix, as in `_basis`.
    """
    n = len(t) - k - 1
    at = np.expand_dims(np.arange(k + 1, n), 1)
    begin = at + np.arange(-k - 1, 1)
    others = np.expand_dims(begin, 2) + np.arange(k + 2)
    gaps = np.where(others == np.expand_dims(at, 2), 1.0, np.expand_dims(t[at], 2) - t[others])
    scale = ((t[n] - t[k]) / (n - k)) ** k
    return begin, scale * (t[begin + k + 1] - t[begin]) / np.prod(gaps, axis=2)


def penalty_search(solve, p, lowest, highest, accuracy):
    """Where F is what was asked for: `solve(p)` gives a spline and how much its F is too large.

    `lowest` and `highest` are that of a polynomial (p = 0) and of least squares (p infinite).
    The zero is searched for by rational interpolation, from `p` on.  Returns the spline; `None` if
    the search fails.
    """
    low, high = (0.0, lowest), (np.inf, highest)
    is_below = is_above = False
    for _ in range(STEPS):
        spline, excess = solve(p)
        if abs(excess) < accuracy:
            return spline
        here = p, excess
        if not is_above:
            if excess - high[1] <= accuracy:  # p is too large
                high, p = here, p * 0.04
                if p <= low[0]:
                    p = low[0] * 0.9 + here[0] * 0.1
                continue
            is_above = excess < 0
        if not is_below:
            if low[1] - excess <= accuracy:  # p is too small
                low, p = here, p / 0.04
                if p >= high[0]:
                    p = here[0] * 0.1 + high[0] * 0.9
                continue
            is_below = excess > 0
        if excess >= low[1] or excess <= high[1]:
            return None
        p = _rational_zero(low, here, high)
        if excess < 0:
            high = here
        else:
            low = here
    return None


def _rational_zero(low, here, high):
    """The zero of (u p + v) / (p + w) through three points; the last may be at infinity."""
    (p1, f1), (p2, f2), (p3, f3) = low, here, high
    h1, h2, h3 = f1 * (f2 - f3), f2 * (f3 - f1), f3 * (f1 - f2)
    if p3 == np.inf:
        return -(p1 * h2 + p2 * h1) / h3
    return -(p1 * p2 * h3 + p2 * p3 * h1 + p1 * p3 * h2) / (p1 * h1 + p2 * h2 + p3 * h3)


def moved_knots(t, x, low, high, period=None):
    """Knots that FITPACK chose, as functions of the points that it took them from.

    Inner knots are at points, or in the middle of two; at the ends there are `low` and `high`.
    """
    if not is_active(x, low, high):
        return t
    places = np.concatenate([np.stack([low, high]), x, (x[1:] + x[:-1]) / 2])
    if period is None:
        return agreed(t, places[_nearest(places, t)])
    turns = _turns(t, low, period)
    return agreed(t, places[_nearest(places, t - turns * period)] + turns * period)


def _turns(t, low, period):
    """How many periods away from those in the first one knots are."""
    return np.where((t >= low) & (t <= low + period), 0.0, np.floor((t - low) / period + 1e-9))


def _nearest(places, t):
    """Where the nearest place is, the first of equal ones."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    right = np.clip(np.searchsorted(ordered, t), 1, len(places) - 1)
    is_left = t - ordered[right - 1] < ordered[right] - t
    return order[np.searchsorted(ordered, ordered[np.where(is_left, right - 1, right)])]


nondifferentiable(_are_close, _nearest, _turns)
