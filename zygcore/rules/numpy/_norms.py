"""Rules for `numpy.linalg.norm`, of vectors and of matrices, and `cond`.

`vector_norm` and `matrix_norm` are Python code over it; the condition number is here, too.  Norms
at 0 have the subgradient 0; where several entries, rows or columns are the largest they share
equally.
"""

import numpy as np

from ...errors import AdjointError
from ..broadcasting import kept_shape, project
from ..registry import adjoint, nondifferentiable
from ._matrices import H
from ._spectral import free_svd, svd_cotangent

__all__ = ["norm_cotangent"]


def inverse(size):
    """1 / size, and 0 where the size is 0."""
    zero = np.equal(size, 0)
    return np.where(zero, 0, 1 / np.where(zero, 1, size))


def unit(z, size):
    """z / size, and 0 where the size is 0."""
    return z * inverse(size)


def equal_shares(chosen, axis):
    """The entries that are chosen, each with its share."""
    return chosen / np.maximum(np.sum(chosen, axis=axis, keepdims=True), 1)


nondifferentiable(equal_shares)


def is_smooth_order(ord):
    """Whether the order is a number of which the norm may be a function."""
    return isinstance(ord, (float, np.floating)) and ord != 0 and bool(np.isfinite(ord))


def vector_part(z, y, dy, ord, axis):
    """`y` and `dy` have the axes that were reduced, of length 1."""
    if ord is None or (ord == 2 and not is_smooth_order(ord)):
        return z * (dy * inverse(y))
    absolute = np.abs(z)
    if ord in (np.inf, -np.inf):
        return dy * equal_shares(np.equal(absolute, y), axis) * unit(z, absolute)
    if ord == 0:
        return 0 * z
    if ord == 1 and not is_smooth_order(ord):
        return dy * unit(z, absolute)
    flat = np.equal(absolute, 0) | np.equal(y, 0)  # a kink, or (for ord > 1) slope 0
    ratio = np.where(flat, 1, absolute) / np.where(flat, 1, y)
    return dy * np.where(flat, 0, ratio ** (ord - 1)) * unit(z, absolute)


def matrix_part(z, y, dy, ord):
    """Of the last two axes, which `y` and `dy` have with length 1."""
    if ord in (None, "fro", "f"):
        return z * (dy * inverse(y))
    if ord in (1, -1, np.inf, -np.inf):
        summed, other = (-2, -1) if ord in (1, -1) else (-1, -2)
        absolute = np.abs(z)
        sums = np.sum(absolute, axis=summed, keepdims=True)
        extremum = np.max if ord > 0 else np.min
        chosen = np.equal(sums, extremum(sums, axis=other, keepdims=True))
        return dy * equal_shares(chosen, other) * unit(z, absolute)
    u, s, vh = free_svd(z)
    if ord == "nuc":
        factors = np.where(vanishing_values(s, z.shape), 0.0, 1.0)
    else:
        factors = largest_shares(s, ord, z.shape)
    return dy * np.matmul(u * np.expand_dims(factors, -2), vh)


def _limit(s, shape):
    top = np.max(s, axis=-1, keepdims=True, initial=0)
    return 16 * max(shape[-2:]) * np.finfo(s.dtype).eps * top


def vanishing_values(s, shape):
    return s <= _limit(s, shape)


def largest_shares(s, ord, shape):
    """The largest singular value, or the smallest: those that are equal to it share."""
    end = s[..., :1] if ord == 2 else s[..., -1:]
    chosen = (np.abs(s - end) <= _limit(s, shape)) & ~np.equal(s, 0)
    return equal_shares(chosen, -1)


nondifferentiable(vanishing_values, largest_shares)


def order_cotangent(z, y, dy, ord):
    """Of the order of a norm of vectors: ``log(y) = log(sum(abs(z) ** ord)) / ord``."""
    absolute = np.abs(z)
    flat = np.equal(absolute, 0) | np.equal(y, 0)
    parts = np.where(flat, 0, absolute / np.where(np.equal(y, 0), 1, y))
    logs = np.log(np.where(flat, 1, parts))
    weights = np.where(flat, 0, np.where(flat, 1, parts) ** ord)
    return np.sum(dy * y * weights * logs) / ord


def reduced_axes(ndim, axis):
    if axis is None:
        return tuple(range(ndim))
    return tuple([i % ndim for i in axis]) if isinstance(axis, tuple) else (int(axis) % ndim,)


def norm_cotangent(x, y, dy, ord, axis):
    """Of the array `x` with the norm `y`; everything is as `np.linalg.norm` takes it."""
    z = np.asarray(x)
    if z.dtype.kind not in "fc":
        z = z.astype(float)
    axes = reduced_axes(z.ndim, axis)
    y, dy = [np.reshape(part, kept_shape(z.shape, axes)) for part in (y, dy)]
    if len(axes) != 2:
        return vector_part(z, y, dy, ord, axes)
    z, y, dy = [np.moveaxis(part, axes, (-2, -1)) for part in (z, y, dy)]
    return np.moveaxis(matrix_part(z, y, dy, ord), (-2, -1), axes)


@adjoint(np.linalg.norm)
def norm_rule(x, ord=None, axis=None, keepdims=False):
    y = np.linalg.norm(x, ord, axis, keepdims)

    def norm_back(dy):
        dx = project(norm_cotangent(x, y, dy, ord, axis), x)
        axes = reduced_axes(np.ndim(x), axis)
        if not is_smooth_order(ord) or len(axes) != 1:
            return dx, None  # the orders of matrix norms are names
        z = np.asarray(x)
        size, slope = [np.reshape(part, kept_shape(z.shape, axes)) for part in (y, dy)]
        return dx, project(order_cotangent(z, size, slope, ord), ord)

    return y, norm_back


# ------------------------------------------------------------- condition numbers


def ratio_cotangent(x, dy, p):
    """Of the ratio of the largest and the smallest singular value, or its inverse."""
    u, s, vh = free_svd(x)
    place = np.arange(np.shape(s)[-1])
    first, last = np.equal(place, 0), np.equal(place, place[-1])
    over, under = (s[..., -1:], s[..., :1]) if p == -2 else (s[..., :1], s[..., -1:])
    above, below = (last, first) if p == -2 else (first, last)
    ds = np.expand_dims(dy, -1) * (above / under - below * (over / under**2))
    return svd_cotangent(u, s, vh, None, ds, None)


@adjoint(np.linalg.cond)
def cond_rule(x, p=None):
    y = np.linalg.cond(x, p)

    def cond_back(dy):
        if not np.all(np.isfinite(y)):
            raise AdjointError("the condition number is infinite, and has no derivative there")
        dy = np.real(dy)  # NumPy before 2.1 makes complex numbers of it
        if p is None or p in (2, -2):
            return project(ratio_cotangent(x, dy, p), x), None
        inverse, axes = np.linalg.inv(x), (-2, -1)
        norm, other = np.linalg.norm(x, p, axis=axes), np.linalg.norm(inverse, p, axis=axes)
        dx = norm_cotangent(x, norm, dy * other, p, axes)
        dinverse = norm_cotangent(inverse, other, dy * norm, p, axes)
        dx = dx - np.matmul(H(inverse), np.matmul(dinverse, H(inverse)))
        return project(dx, x), None

    return y, cond_back
