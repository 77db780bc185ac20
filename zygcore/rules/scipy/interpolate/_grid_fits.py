"""Splines of two variables that FITPACK fits to data, on a grid and scattered."""

import numpy as np

from .._implicit import held, opaque, same_value
from ._basis import basis, combine, gram, spread_to
from ._curves import ends_of, floats
from ._fitpack import library
from ._fits import INTERPOLATING, NO_SPACE, SMOOTHING, without_inner_knots
from ._imitations import lowering_of_active
from ._least_squares import (
    NOT_REPRODUCED,
    TOLERANCE,
    agreed,
    if_regular,
    interpolated,
    jumps,
    moved_knots,
    penalty_search,
    squares,
)

__all__ = []


class GridFit:
    """Tensor product splines with given knots, for values `z` on a grid of `x` and `y`.

    FITPACK's penalty is a product, too: it smooths along one variable, then along the other.
    """

    def __init__(self, knots, degrees, points, z):
        self.z, self.axes = z, []
        for t, k, x in zip(knots, degrees, points, strict=True):
            n, rows = len(t) - k - 1, basis(t, k, x)
            penalty = gram(jumps(t, k), n) if n > k + 1 else np.zeros((n, n))
            self.axes.append((n, rows, gram(rows, n), penalty))

    def with_penalty(self, weight):
        """The coefficients."""
        c = self.z
        for n, rows, normal, penalty in self.axes:  # twice, each time turned round
            c = np.transpose(np.linalg.solve(normal + weight * penalty, spread_to(rows, c, n)))
        return c

    def excess(self, c, s):
        y = self.z
        for _, rows, _, _ in self.axes:
            c = np.transpose(combine(rows, c))
        return squares(y - c) - s

    def smoothing(self, s, polynomial):
        c = self.with_penalty(0.0)
        highest = self.excess(c, s)
        if abs(highest) < TOLERANCE * s:
            return c

        def solve(p):
            c = self.with_penalty(1 / (p * p))
            return c, self.excess(c, s)

        lowest = polynomial.excess(polynomial.with_penalty(0.0), s)
        return penalty_search(solve, 1.0, lowest, highest, TOLERANCE * s)


def on_grid(knots, degrees, points, z, s, kind):
    """The coefficients of the spline with these knots, and its sum of squares; `None`: unknown."""
    if kind > NO_SPACE:
        return None, None
    if kind == INTERPOLATING:
        c = z
        for t, k, x in zip(knots, degrees, points, strict=True):
            c = np.transpose(interpolated(t, k, x, c))
        return c, 0.0
    fit = GridFit(knots, degrees, points, z)
    if kind == SMOOTHING:
        outer = [without_inner_knots(t, k, None) for t, k in zip(knots, degrees, strict=True)]
        c = fit.smoothing(s, GridFit(outer, degrees, points, z))
    else:
        c = fit.with_penalty(0.0)
    return c, None if c is None else fit.excess(c, 0.0)


@lowering_of_active(library.regrid_smth)
def regrid_lowering(x, y, z, xb=None, xe=None, yb=None, ye=None, kx=3, ky=3, s=0.0, *rest):
    found = held(library.regrid_smth, x, y, z, xb, xe, yb, ye, kx, ky, s, *rest)
    nx, tx, ny, ty, c, residual, kind = found
    x, y, z = floats(x), floats(y), floats(z)
    knots = (
        moved_knots(tx[:nx], x, *ends_of(x, xb, xe)),
        moved_knots(ty[:ny], y, *ends_of(y, yb, ye)),
    )
    grid = np.reshape(z, (len(x), len(y)))
    computed, again = if_regular(on_grid, knots, (kx, ky), (x, y), grid, s, kind) or (None, None)
    if computed is None:
        sources = x, y, z, s
        c, residual = [opaque(v, NOT_REPRODUCED, *sources) for v in (c, residual)]
    else:
        n = np.size(computed)
        c = np.concatenate([agreed(c[:n], np.reshape(computed, (-1,)), x, y, z, s), c[n:]])
        residual = same_value(residual, again)
    tx, ty = np.concatenate([knots[0], tx[nx:]]), np.concatenate([knots[1], ty[ny:]])
    return nx, tx, ny, ty, c, residual, kind
