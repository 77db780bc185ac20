"""Splines of one variable with knots that are known, fitted to data: see `_least_squares`."""

import numpy as np

from .._implicit import opaque, same_value
from ._basis import basis, combine, dense, gram, spread_to
from ._least_squares import (
    NOT_REPRODUCED,
    TOLERANCE,
    agreed,
    if_regular,
    interpolated,
    jumps,
    penalty_search,
    squares,
)

__all__ = [
    "INTERPOLATING", "LEAST_SQUARES", "NO_SPACE", "SMOOTHING", "Fit", "fitted",
    "without_inner_knots",
]  # fmt: skip

#: what FITPACK says about the spline that it found
SMOOTHING, INTERPOLATING, LEAST_SQUARES, NO_SPACE = 0, -1, -2, 1


class Fit:
    """Splines with the knots `t`, fitted to weighted points; there are columns in `y`.

    A periodic spline has its first coefficients again as the last ones, and the last point is the
    first one.
    """

    def __init__(self, t, k, x, y, w, periodic):
        self.data = x, y, w
        if periodic:
            x, y, w = x[:-1], y[:-1], w[:-1]
        self.t, self.k, self.x, self.y, self.periodic = t, k, x, y, periodic
        self.n = len(t) - k - 1 - (k if periodic else 0)
        where, values = basis(t, k, x)
        w = np.expand_dims(w, 1)
        self.weighted, self.rows = w * y, (where % self.n, w * values)

    def all_of(self, c):
        return c[np.arange(self.n + self.k) % self.n] if self.periodic else c

    def excess(self, c, s):
        """By how much the sum of the squares is too large."""
        return squares(self.weighted - combine(self.rows, c)) - s

    def through_points(self):
        if not self.periodic:
            return interpolated(self.t, self.k, self.x, self.y)
        return np.linalg.solve(dense(self.rows, self.n), self.weighted)

    def least_squares(self):
        """The coefficients, the normal matrix and the right side."""
        normal, right = gram(self.rows, self.n), spread_to(self.rows, self.weighted, self.n)
        return np.linalg.solve(normal, right), normal, right

    def smoothing(self, s, polynomial, always):
        """The coefficients with the smallest jumps and the sum of squares `s`, if it is found.

        `polynomial` is the same fit without inner knots.
        """
        c, normal, right = self.least_squares()
        highest = self.excess(c, s)
        if abs(highest) < TOLERANCE * s and not always:
            return c
        where, values = jumps(self.t, self.k)
        penalty = gram((where % self.n, values), self.n)

        def solve(p):
            c = np.linalg.solve(normal + penalty / (p * p), right)
            return c, self.excess(c, s)

        lowest = polynomial.excess(polynomial.least_squares()[0], s)
        start = self.n / np.sum(np.diagonal(np.linalg.cholesky(normal)))
        return penalty_search(solve, start, lowest, highest, TOLERANCE * s)

    def of_kind(self, kind, s, always):
        """The coefficients of the spline that FITPACK found; `None`: not to be found so."""
        if kind == INTERPOLATING:
            return self.through_points()
        if kind != SMOOTHING:
            return self.least_squares()[0]
        x, y, w = self.data
        period = x[-1] - x[0] if self.periodic else None
        outer = without_inner_knots(self.t, self.k, period)
        return self.smoothing(s, Fit(outer, self.k, x, y, w, self.periodic), always)


def without_inner_knots(t, k, period):
    if period is None:
        return np.concatenate([t[k] + np.zeros(k + 1), t[len(t) - k - 1] + np.zeros(k + 1)])
    return t[k] + period * np.arange(-k, k + 2)


def fitted(t, c, residual, data, k, s, kind, periodic=False, always=False):
    """Coefficients, in columns, and sum of squares of the spline with the knots `t` for `data`.

    `kind` is what FITPACK says about it.  `always` is for who looks for a penalty even where least
    squares have the sum that was asked for.
    """
    x, y, w = data
    fit, computed = Fit(t, k, x, y, w, periodic), None
    if kind <= NO_SPACE:
        computed = if_regular(fit.of_kind, kind, s, always)
    if computed is None:
        sources = t, x, y, w, s
        return opaque(c, NOT_REPRODUCED, *sources), opaque(residual, NOT_REPRODUCED, *sources)
    if kind != INTERPOLATING:  # otherwise zero, up to rounding errors
        residual = same_value(residual, fit.excess(computed, 0.0))
    return agreed(c, fit.all_of(computed), t, x, y, w, s), residual
