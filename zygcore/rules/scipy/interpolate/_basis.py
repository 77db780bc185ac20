"""B-splines in NumPy, by the recurrences of Cox and de Boor, as functions of knots and points.

A matrix of B-splines is kept as what is in its rows, next to each other: their columns, and the
values there.

References
----------
C. de Boor, "A Practical Guide to Splines", 2001, chapters IX and X.
"""

import numpy as np

from ...numpy._indexing import scatter
from ...registry import nondifferentiable

__all__ = [
    "antiderivative",
    "basis",
    "combine",
    "dense",
    "derivative",
    "gram",
    "grid_value",
    "inside",
    "integral",
    "intervals",
    "point_value",
    "recurrence",
    "spread_to",
    "summed",
    "value",
]


def intervals(t, k, x):
    """The last knot that is not beyond a point, among those where a polynomial piece begins."""
    last = np.searchsorted(t[: len(t) - k], x, side="right") - 1
    return np.clip(last, k, len(t) - k - 2)


def recurrence(k, nu, x, knots):
    """The values, or `nu`-th derivatives, of the k + 1 B-splines that are not zero, in columns.

    ``knots(d)`` are the knots where the B-splines of degree d - 1 begin, and where they end.
    """
    x = np.expand_dims(x, 1)
    values, outside = np.ones(np.shape(x)), np.zeros(np.shape(x))
    for d in range(1, k + 1):
        low, high = knots(d)
        gap = high - low
        there = gap != 0  # knots of too high multiplicity: the B-spline is zero
        share = np.where(there, values / np.where(there, gap, 1.0), 0.0)
        if d > k - nu:
            rising, falling = d * share, -d * share
        else:
            rising, falling = (x - low) * share, (high - x) * share
        values = np.concatenate([outside, rising], 1) + np.concatenate([falling, outside], 1)
    return values if nu <= k else 0.0 * values


def basis(t, k, x, nu=0):
    """The B-splines at the points `x`: which ones are not zero, and their values."""
    last = np.expand_dims(intervals(t, k, x), 1)

    def knots(d):
        begin = last + np.arange(1 - d, 1)
        return t[begin], t[begin + d]

    return last + np.arange(-k, 1), recurrence(k, nu, x, knots)


def combine(rows, c):
    """The matrix times `c`."""
    where, values = rows
    return np.einsum("ma,ma...->m...", values, c[where])


def summed(parts, where, n):
    """Rows of zeros, `n` of them, with all `parts` added ``[where]``."""
    rest = np.shape(parts)[np.ndim(where) :]
    size = int(np.prod(rest))
    flat = np.expand_dims(where, -1) * size + np.arange(size)
    sums = scatter(np.reshape(parts, (-1,)), np.reshape(flat, (-1,)), (n * size,))
    return np.reshape(sums, (n, *rest))


def spread_to(rows, y, n):
    """The transpose of the matrix, which has `n` columns, times `y`."""
    where, values = rows
    values = np.reshape(values, np.shape(values) + (1,) * (np.ndim(y) - 1))
    return summed(values * np.expand_dims(y, 1), where, n)


def dense(rows, n):
    """The matrix itself."""
    where, values = rows
    m = len(where)
    return np.reshape(summed(values, np.expand_dims(np.arange(m), 1) * n + where, m * n), (m, n))


def gram(rows, n):
    """The transpose of the matrix times the matrix."""
    where, values = rows
    products = np.expand_dims(values, 2) * np.expand_dims(values, 1)
    places = np.expand_dims(where, 2) * n + np.expand_dims(where, 1)
    return np.reshape(summed(products, places, n * n), (n, n))


def value(t, c, k, x, nu=0):
    """A spline with coefficients along the first axis, or its `nu`-th derivative."""
    return combine(basis(t, k, x, nu), c)


def point_value(rows, c):
    """A tensor product spline at points: of each variable, rows for each point."""
    ndim = len(rows)
    where, weight = [], 1.0
    for d, (columns, values) in enumerate(rows):
        shape = (len(columns), *(1,) * d, np.shape(values)[1], *(1,) * (ndim - 1 - d))
        where.append(np.reshape(columns, shape))
        weight = weight * np.reshape(values, shape)
    m, rest = len(weight), np.shape(c)[ndim:]
    weight = np.reshape(weight, (m, -1))
    y = np.einsum("ma,mar->mr", weight, np.reshape(c[tuple(where)], (*np.shape(weight), -1)))
    return np.reshape(y, (m, *rest))


def grid_value(x_rows, y_rows, c):
    """A tensor product spline of two variables on a grid."""
    return np.transpose(combine(y_rows, np.transpose(combine(x_rows, c))))


def derivative(t, c, k):
    """Knots, coefficients and degree of the derivative."""
    gap = np.reshape(t[k + 1 : -1] - t[1 : -k - 1], (-1,) + (1,) * (np.ndim(c) - 1))
    there = gap != 0
    change = k * (c[1:] - c[:-1])
    return t[1:-1], np.where(there, change / np.where(there, gap, 1.0), 0.0), k - 1


def antiderivative(t, c, k):
    """Knots, coefficients and degree of the antiderivative that is zero at the first knot."""
    gap = np.reshape(t[k + 1 :] - t[: -k - 1], (-1,) + (1,) * (np.ndim(c) - 1))
    sums = np.cumsum(c * gap, axis=0) / (k + 1)
    return (
        np.concatenate([t[:1], t, t[-1:]]),
        np.concatenate([np.zeros((1, *np.shape(c)[1:])), sums]),
        k + 1,
    )


def integral(t, c, k, a, b):
    """The integral along the first axis, of the spline that is zero outside of its knots."""
    low, high = t[k], t[len(t) - k - 1]
    ends = np.stack([inside(end, low, high) for end in (a, b)])
    t, c, k = antiderivative(t, c, k)
    return np.diff(value(t, c, k, ends), axis=0)[0]


def inside(x, low, high):
    """`x`, and beyond the ends these; with the whole derivative at the ends."""
    return np.where(x < low, low, np.where(x > high, high, x))


nondifferentiable(intervals)
