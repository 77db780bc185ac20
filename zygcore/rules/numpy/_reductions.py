"""Rules for reductions, cumulative functions and products of arrays.

A reduction's pullback spreads the cotangent over the reduced axes again; it
keeps the shape of the argument where that is enough, not the argument.
"""

import numpy as np

from ..broadcasting import guarded_mul, kept_shape, project, refuse, spread, unsupported
from ..operator import matmul_backs
from ..registry import adjoint, each, nondifferentiable

__all__ = []


def count(shape, axis):
    """How many elements are reduced to one."""
    n = 1
    for length, kept in zip(shape, kept_shape(shape, axis), strict=True):
        n *= 1 if kept == length else length
    return n


def options_of(axis, dtype, keepdims):
    """The keyword arguments of a reduction that were given."""
    out = {"axis": axis}
    if dtype is not None:
        out["dtype"] = dtype
        if np.dtype(dtype).kind not in "fc":
            unsupported("a reduction", dtype=dtype)
    if keepdims is not np._NoValue:
        out["keepdims"] = keepdims
    return out


def kept(keepdims):
    return keepdims is not np._NoValue and bool(keepdims)


nondifferentiable(count, options_of, kept)

# ------------------------------------------------------------- sums and means


@adjoint(np.sum, np.ndarray.sum, np.generic.sum)
def sum_rule(
    a, axis=None, dtype=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
):
    unsupported("np.sum", out=out, initial=initial, where=where)
    shape = np.shape(a)
    y = np.sum(a, **options_of(axis, dtype, keepdims))

    def sum_back(dy):
        return (project(spread(dy, shape, axis, kept(keepdims)), a),)

    return y, sum_back


@adjoint(np.nansum)
def nansum_rule(
    a, axis=None, dtype=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
):
    unsupported("np.nansum", out=out, initial=initial, where=where)
    shape = np.shape(a)
    y = np.nansum(a, **options_of(axis, dtype, keepdims))

    def nansum_back(dy):
        dx = spread(dy, shape, axis, kept(keepdims))
        return (project(np.where(np.isnan(a), 0, dx), a),)

    return y, nansum_back


@adjoint(np.mean, np.ndarray.mean, np.generic.mean)
def mean_rule(a, axis=None, dtype=None, out=None, keepdims=np._NoValue, *, where=True):
    unsupported("np.mean", out=out, where=where)
    shape = np.shape(a)
    y = np.mean(a, **options_of(axis, dtype, keepdims))

    def mean_back(dy):
        return (project(spread(dy / max(count(shape, axis), 1), shape, axis, kept(keepdims)), a),)

    return y, mean_back


def _from_deviations(a, scale, axis, keepdims):
    """The cotangent of what depends on the squared deviations from the mean; `scale` is reduced."""
    x = np.asarray(a)
    scale = spread(scale, np.shape(a), axis, kept(keepdims))
    return (project(guarded_mul(scale, x - np.mean(x, axis=axis, keepdims=True)), a),)


@adjoint(np.var, np.ndarray.var, np.generic.var)
def var_rule(
    a, axis=None, dtype=None, out=None, ddof=0, keepdims=np._NoValue, *,
    where=True, mean=np._NoValue, correction=np._NoValue,
):  # fmt: skip
    unsupported("np.var", out=out, where=where, mean=mean, correction=correction)
    shape = np.shape(a)
    y = np.var(a, ddof=ddof, **options_of(axis, dtype, keepdims))

    def var_back(dy):
        return _from_deviations(a, dy * (2 / (count(shape, axis) - ddof)), axis, keepdims)

    return y, var_back


@adjoint(np.std, np.ndarray.std, np.generic.std)
def std_rule(
    a, axis=None, dtype=None, out=None, ddof=0, keepdims=np._NoValue, *,
    where=True, mean=np._NoValue, correction=np._NoValue,
):  # fmt: skip
    unsupported("np.std", out=out, where=where, mean=mean, correction=correction)
    shape = np.shape(a)
    y = np.std(a, ddof=ddof, **options_of(axis, dtype, keepdims))

    def std_back(dy):
        # 0 where all elements are equal
        scale = dy / ((count(shape, axis) - ddof) * np.where(np.equal(y, 0), 1, y))
        return _from_deviations(a, np.where(np.equal(y, 0), 0, scale), axis, keepdims)

    return y, std_back


# -------------------------------------------------------------------- products


def _reverse_cumsum(dy, axis):
    return np.flip(np.cumsum(np.flip(dy, axis), axis), axis)


def _products_before(x):
    """Along the first axis: the products of all elements before each one."""
    ones = np.ones_like(x[:1])
    return np.concatenate([ones, np.cumprod(x[:-1], 0)])


def product_of_others(x):
    """Along the first axis; without a division, so zeros are fine."""
    after = np.flip(_products_before(np.flip(x, 0)), 0)
    return _products_before(x) * after


@adjoint(np.prod, np.ndarray.prod, np.generic.prod)
def prod_rule(
    a, axis=None, dtype=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
):
    unsupported("np.prod", out=out, initial=initial, where=where)
    y = np.prod(a, **options_of(axis, dtype, keepdims))
    shape = np.shape(a)

    def prod_back(dy):
        dx = spread(dy, shape, axis, kept(keepdims))
        x = np.asarray(a)
        if np.all(np.not_equal(x, 0)):
            others = spread(y, shape, axis, kept(keepdims)) / x
        else:
            axes = tuple(range(x.ndim)) if axis is None else axis
            axes = axes if isinstance(axes, tuple) else (axes,)
            front = tuple(range(len(axes)))
            moved = np.moveaxis(x, axes, front)
            flat = np.reshape(moved, (-1, *moved.shape[len(axes) :]))
            others = np.moveaxis(np.reshape(product_of_others(flat), moved.shape), front, axes)
        return (project(guarded_mul(dx, np.conjugate(others)), a),)

    return y, prod_back


@adjoint(np.cumsum, np.ndarray.cumsum, np.generic.cumsum)
def cumsum_rule(a, axis=None, dtype=None, out=None):
    unsupported("np.cumsum", out=out)
    y = np.cumsum(a, **options_of(axis, dtype, np._NoValue))
    shape = np.shape(a)

    def cumsum_back(dy):
        return (project(np.reshape(_reverse_cumsum(dy, axis or 0), shape), a),)

    return y, cumsum_back


@adjoint(np.cumprod, np.ndarray.cumprod, np.generic.cumprod)
def cumprod_rule(a, axis=None, dtype=None, out=None):
    unsupported("np.cumprod", out=out)
    y = np.cumprod(a, **options_of(axis, dtype, np._NoValue))
    shape = np.shape(a)

    def cumprod_back(dy):
        x = np.reshape(a, y.shape)
        along = axis or 0
        if np.all(np.not_equal(x, 0)):
            dx = _reverse_cumsum(dy * np.conjugate(y), along) / np.conjugate(x)
        else:
            # zeros: the recurrence s[k] = dy[k] + x[k+1] s[k+1], dx[k] = y[k-1] s[k]
            x, dy = np.moveaxis(np.conjugate(x), along, 0), np.moveaxis(dy, along, 0)
            s = dy[-1]
            sums = [s]
            for k in range(len(x) - 2, -1, -1):
                s = dy[k] + x[k + 1] * s
                sums.append(s)
            sums.reverse()
            dx = np.moveaxis(np.stack(sums) * _products_before(x), 0, along)
        return (project(np.reshape(dx, shape), a),)

    return y, cumprod_back


# -------------------------------------------------------------- the max family


def _shares(x, y):
    """1 where x is y (NaN is NaN here)."""
    return np.equal(x, y) | ((x != x) & (y != y))


def _extremum(target, name):
    def extremum_rule(
        a, axis=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
    ):
        unsupported(name, out=out, initial=initial, where=where)
        shape = np.shape(a)
        y = target(a, **options_of(axis, None, keepdims))

        def extremum_back(dy):
            chosen = _shares(np.asarray(a), spread(y, shape, axis, kept(keepdims)))
            ties = np.sum(chosen, axis=axis, keepdims=True)
            dx = spread(dy, shape, axis, kept(keepdims))
            return (project(np.where(chosen, dx / ties, 0), a),)

        return y, extremum_back

    return extremum_rule


adjoint(np.max, np.ndarray.max, np.generic.max)(_extremum(np.max, "np.max"))
adjoint(np.min, np.ndarray.min, np.generic.min)(_extremum(np.min, "np.min"))
adjoint(np.amax)(_extremum(np.max, "np.amax"))
adjoint(np.amin)(_extremum(np.min, "np.amin"))


@adjoint(np.ptp)
def ptp_rule(a, axis=None, out=None, keepdims=np._NoValue):
    unsupported("np.ptp", out=out)
    options = options_of(axis, None, keepdims)
    _, top_back = _top(a, **options)
    _, bottom_back = _bottom(a, **options)
    return np.ptp(a, **options), lambda dy: (top_back(dy)[0] - bottom_back(dy)[0],)


_top, _bottom = _extremum(np.max, "np.ptp"), _extremum(np.min, "np.ptp")


@adjoint(np.median)
def median_rule(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    unsupported("np.median", out=out, overwrite_input=overwrite_input or None)
    y = np.median(a, axis=axis, keepdims=keepdims)
    shape = np.shape(a)

    def median_back(dy):
        x = np.asarray(a)
        axes = tuple(range(x.ndim)) if axis is None else axis
        axes = axes if isinstance(axes, tuple) else (axes,)
        front = tuple(range(len(axes)))
        moved = np.moveaxis(x, axes, front)
        flat = np.sort(np.reshape(moved, (-1, *moved.shape[len(axes) :])), axis=0)
        n = len(flat)
        share = 0
        for middle in (flat[(n - 1) // 2], flat[n // 2]):
            chosen = _shares(x, spread(middle, shape, axis))
            share = share + 0.5 * chosen / np.sum(chosen, axis=axis, keepdims=True)
        dx = spread(dy, shape, axis, keepdims)
        return (project(dx * share, a),)

    return y, median_back


# ------------------------------------------------------------ methods of ufuncs

_reductions = {
    np.add: sum_rule,
    np.multiply: prod_rule,
    np.maximum: _extremum(np.max, "np.maximum.reduce"),
    np.minimum: _extremum(np.min, "np.minimum.reduce"),
}
_cumulative = {np.add: cumsum_rule, np.multiply: cumprod_rule}
_constant = frozenset([np.logical_and, np.logical_or, np.logical_xor, np.bitwise_and,
                       np.bitwise_or, np.bitwise_xor, np.gcd, np.lcm])  # fmt: skip


@adjoint(np.ufunc.reduce)
def reduce_rule(
    ufunc, array, /, axis=0, dtype=None, out=None, keepdims=False, initial=np._NoValue, where=True
):
    if ufunc in _reductions:
        unsupported(f"np.{ufunc.__name__}.reduce", out=out, initial=initial, where=where)
        options = options_of(axis, dtype, keepdims)
        _, back = _reductions[ufunc](array, **options)
        return ufunc.reduce(array, **options), lambda dy: (None, *back(dy))
    y = ufunc.reduce(array, axis, dtype, out, keepdims, initial, where)
    return y, None if ufunc in _constant else refuse(f"np.{ufunc.__name__}.reduce")


@adjoint(np.ufunc.accumulate)
def accumulate_rule(ufunc, array, /, axis=0, dtype=None, out=None):
    unsupported(f"np.{ufunc.__name__}.accumulate", out=out)
    y = ufunc.accumulate(array, axis, dtype)
    if ufunc not in _cumulative:
        return y, refuse(f"np.{ufunc.__name__}.accumulate")
    _, back = _cumulative[ufunc](array, axis, dtype)
    return y, lambda dy: (None, *back(dy))


# ---------------------------------------------------------- products of arrays


@adjoint(np.dot, np.ndarray.dot)
def dot_rule(a, b, out=None):
    unsupported("np.dot", out=out)
    y = np.dot(a, b)
    x, z = np.asarray(a), np.asarray(b)
    if x.ndim == 0 or z.ndim == 0:
        return y, each(
            lambda dy: project(guarded_mul(dy, np.conjugate(b)), a),
            lambda dy: project(guarded_mul(dy, np.conjugate(a)), b),
        )
    if x.ndim <= 2 and z.ndim <= 2:
        return y, matmul_backs(x, z)
    return y, contraction_backs(a, b, [x.ndim - 1], [max(z.ndim - 2, 0)])


@adjoint(np.vdot)
def vdot_rule(a, b, /):
    return np.vdot(a, b), each(
        lambda dy: project(np.reshape(np.conjugate(dy) * np.ravel(b), np.shape(a)), a),
        lambda dy: project(np.reshape(dy * np.ravel(a), np.shape(b)), b),
    )


@adjoint(np.inner)
def inner_rule(a, b, /):
    y = np.inner(a, b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return y, dot_rule(a, b)[1]
    return y, contraction_backs(a, b, [np.ndim(a) - 1], [np.ndim(b) - 1])


@adjoint(np.outer)
def outer_rule(a, b, out=None):
    unsupported("np.outer", out=out)

    def outer_a_back(dy):
        return project(np.reshape(np.dot(dy, np.conjugate(np.ravel(b))), np.shape(a)), a)

    def outer_b_back(dy):
        return project(np.reshape(np.dot(np.conjugate(np.ravel(a)), dy), np.shape(b)), b)

    return np.outer(a, b), each(outer_a_back, outer_b_back)


def contraction_backs(a, b, a_axes, b_axes):
    """Pullback of summing over pairs of axes; the free axes of a, then those of b, remain."""
    a_free = [i for i in range(np.ndim(a)) if i not in a_axes]
    b_free = [i for i in range(np.ndim(b)) if i not in b_axes]
    n = len(a_free)

    def contraction_a_back(dy):
        last = list(range(n, n + len(b_free)))
        da = np.tensordot(dy, np.conjugate(b), (last, b_free))  # a_free, then b_axes in order
        order = [*a_free, *[a_axes[b_axes.index(i)] for i in sorted(b_axes)]]
        return project(np.transpose(da, np.argsort(order).tolist()), a)

    def contraction_b_back(dy):
        db = np.tensordot(np.conjugate(a), dy, (a_free, list(range(n))))  # a_axes in order, b_free
        order = [*[b_axes[a_axes.index(i)] for i in sorted(a_axes)], *b_free]
        return project(np.transpose(db, np.argsort(order).tolist()), b)

    return each(contraction_a_back, contraction_b_back)


@adjoint(np.tensordot)
def tensordot_rule(a, b, axes=2):
    y = np.tensordot(a, b, axes)
    if isinstance(axes, (int, np.integer)):
        a_axes = list(range(np.ndim(a) - axes, np.ndim(a)))
        b_axes = list(range(axes))
    else:
        a_axes, b_axes = [[i] if isinstance(i, (int, np.integer)) else list(i) for i in axes]
    a_axes = [i % np.ndim(a) for i in a_axes]
    b_axes = [i % np.ndim(b) for i in b_axes]
    return y, contraction_backs(a, b, a_axes, b_axes)


# --------------------------------------------------------- no gradient at all

nondifferentiable(np.any, np.all, np.ndarray.any, np.ndarray.all, np.generic.any, np.generic.all)
