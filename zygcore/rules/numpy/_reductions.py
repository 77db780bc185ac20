"""Rules for reductions, cumulative functions and products of arrays.

A reduction's pullback spreads the cotangent over the reduced axes again; it
keeps the shape of the argument where that is enough, not the argument.
"""

import math

import numpy as np

from ..broadcasting import guarded_mul, kept_shape, kind_of, project, spread, unsupported
from ..operator import matmul_backs
from ..registry import adjoint, each, linear, nondifferentiable

__all__ = [
    "EXTREMA",
    "cumprod_rule",
    "cumsum_rule",
    "extremum",
    "options_of",
    "prod_rule",
    "sum_rule",
]


def count(shape, axis):
    """How many elements are reduced to one."""
    n = 1
    for length, kept in zip(shape, kept_shape(shape, axis), strict=True):
        n *= 1 if kept == length else length
    return n


def options_of(axis, dtype=None, keepdims=np._NoValue, initial=np._NoValue, where=True):
    """The keyword arguments of a reduction that were given."""
    out = {"axis": axis}
    if dtype is not None:
        out["dtype"] = dtype
    if keepdims is not np._NoValue:
        out["keepdims"] = keepdims
    if initial is not np._NoValue:
        out["initial"] = initial
    if not everywhere(where):
        out["where"] = where
    return out


def everywhere(where):
    """Is this option at its default?"""
    return where is True or where is np._NoValue


def rounded(x, y):
    """Did a dtype that was asked for make numbers with fractions whole?  The result is constant."""
    return np.asarray(y).dtype.kind in "biu" and kind_of(np.asarray(x).dtype) in "fc"


def kept(keepdims):
    return keepdims is not np._NoValue and bool(keepdims)


def only(where, dx):
    """The cotangent of the elements that take part in a reduction."""
    return dx if everywhere(where) else np.where(where, dx, 0)


def taking_part(where, shape, axis):
    """How many elements are reduced to one, with the reduced axes kept."""
    if everywhere(where):
        return count(shape, axis)
    return np.sum(np.broadcast_to(where, shape), axis=axis, keepdims=True)


def divisor(n):
    """`n` where it is positive; a mean of nothing has no derivative: NaN."""
    if isinstance(n, np.ndarray):
        return np.where(n > 0, n, np.nan)
    return n if n > 0 else math.nan


def with_initial(da, initial, dinitial, between=4):
    """The cotangents of a reduction's arguments; `dinitial` is that of the initial value."""
    if initial is np._NoValue or initial is None:
        return (da,)
    return (da, *[None] * between, project(dinitial(), initial))


nondifferentiable(count, kept, everywhere, rounded)

# ------------------------------------------------------------- sums and means


@adjoint(np.sum, np.ndarray.sum, np.generic.sum)
def sum_rule(
    a, axis=None, dtype=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
):
    unsupported("np.sum", out=out)
    shape = np.shape(a)
    y = np.sum(a, **options_of(axis, dtype, keepdims, initial, where))

    def sum_back(dy):
        da = project(only(where, spread(dy, shape, axis, kept(keepdims))), a)
        return with_initial(da, initial, lambda: np.sum(dy))

    if rounded(a, y):
        return y, None
    if not (initial is np._NoValue or initial is None) or not everywhere(where):
        return y, sum_back
    dtype = y.dtype if kind_of(np.asarray(a).dtype) in "fc" else None

    def sum_push(tangents, width):
        axes = of_several(axis, len(shape)) if width else axis
        return np.sum(tangents[0], axis=axes, dtype=dtype, keepdims=kept(keepdims))

    return y, linear(sum_back, sum_push)


def of_several(axis, ndim):
    """The axes of several arrays at once, for those of one with `ndim` axes."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple([int(k) % max(ndim, 1) + 1 for k in axes])


def mean_pullback(a, axis, keepdims, where):
    shape = np.shape(a)
    n = divisor(taking_part(where, shape, axis))

    def mean_back(dy):
        dx = np.broadcast_to(np.reshape(dy, kept_shape(shape, axis)) / n, shape)
        return (project(only(where, dx), a),)

    return mean_back


@adjoint(np.mean, np.ndarray.mean, np.generic.mean)
def mean_rule(a, axis=None, dtype=None, out=None, keepdims=np._NoValue, *, where=True):
    unsupported("np.mean", out=out)
    y = np.mean(a, **options_of(axis, dtype, keepdims, where=where))
    return y, None if rounded(a, y) else mean_pullback(a, axis, keepdims, where)


# variance and standard deviation: both depend on squared deviations from the mean only


def _mean_of(a, axis, where, mean):
    if mean is not np._NoValue:
        return mean
    x = np.asarray(a)
    if everywhere(where):
        return np.mean(x, axis=axis, keepdims=True)
    return np.sum(only(where, x), axis=axis, keepdims=True) / taking_part(where, x.shape, axis)


def _spread_options(dtype, axis, keepdims, where, mean, ddof, correction):
    """What `np.var` and `np.std` are called with."""
    options = {**options_of(axis, dtype, keepdims, where=where), "ddof": ddof}
    if mean is not np._NoValue:
        options["mean"] = mean
    if correction is not np._NoValue:
        options["correction"] = correction
    return options


def _freedom(shape, axis, where, ddof, correction):
    n = taking_part(where, shape, axis)
    return divisor(n - (ddof if correction is np._NoValue else correction))


def _from_deviations(a, scale, axis, where, mean):
    """Cotangents of what depends on the sum of squared deviations; `scale` keeps the axes."""
    x = np.asarray(a)
    scale = np.broadcast_to(scale, x.shape)
    dx = only(where, guarded_mul(scale, x - _mean_of(a, axis, where, mean)))
    if mean is np._NoValue:
        return (project(dx, a),)
    return project(dx, a), None, None, None, None, None, None, project(-dx, mean)


def var_pullback(a, y, axis, where, mean, ddof, correction):
    shape = np.shape(a)
    n = _freedom(shape, axis, where, ddof, correction)

    def var_back(dy):
        scale = 2 * np.reshape(dy, kept_shape(shape, axis)) / n
        return _from_deviations(a, scale, axis, where, mean)

    return var_back


def std_pullback(a, y, axis, where, mean, ddof, correction):
    shape = np.shape(a)
    n = _freedom(shape, axis, where, ddof, correction)

    def std_back(dy):
        # 0 where all elements are equal
        root = np.reshape(y, kept_shape(shape, axis))
        scale = np.reshape(dy, kept_shape(shape, axis)) / (n * np.where(np.equal(root, 0), 1, root))
        return _from_deviations(a, np.where(np.equal(root, 0), 0, scale), axis, where, mean)

    return std_back


def of_deviations(target, pullback, present=None):
    """The rule for a variance or a standard deviation; `present` says which elements there are."""

    def deviations_rule(
        a, axis=None, dtype=None, out=None, ddof=0, keepdims=np._NoValue, where=True,
        mean=np._NoValue, correction=np._NoValue,
    ):  # fmt: skip
        unsupported(f"np.{target.__name__}", out=out)
        y = target(a, **_spread_options(dtype, axis, keepdims, where, mean, ddof, correction))
        there = where if present is None else present(a, where)
        return y, pullback(a, y, axis, there, mean, ddof, correction)

    return deviations_rule


adjoint(np.var, np.ndarray.var, np.generic.var)(of_deviations(np.var, var_pullback))
adjoint(np.std, np.ndarray.std, np.generic.std)(of_deviations(np.std, std_pullback))

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


def divides(y):
    """Can the other factors be had from a product by division, without loss?"""
    finite = np.asarray(y).dtype.kind == "O" or np.isfinite(y)
    return bool(np.all(finite & np.not_equal(y, 0)))


def prod_pullback(a, y, axis, keepdims, initial, where):
    shape = np.shape(a)

    def prod_back(dy):
        dx = spread(dy, shape, axis, kept(keepdims))
        x = np.asarray(a) if everywhere(where) else np.where(where, a, 1)
        if divides(y):
            others = spread(y, shape, axis, kept(keepdims)) / x
        else:
            axes = tuple(range(x.ndim)) if axis is None else axis
            axes = axes if isinstance(axes, tuple) else (axes,)
            front = tuple(range(len(axes)))
            moved = np.moveaxis(x, axes, front)
            flat = np.reshape(moved, (-1, *moved.shape[len(axes) :]))
            others = np.moveaxis(np.reshape(product_of_others(flat), moved.shape), front, axes)
            if initial is not np._NoValue:
                others = others * initial
        da = project(only(where, guarded_mul(dx, np.conjugate(others))), a)
        return with_initial(da, initial, lambda: np.sum(guarded_mul(dy, rest(x))))

    def rest(x):
        """The product without the initial value."""
        return np.conjugate(np.prod(x, axis, keepdims=kept(keepdims)))

    return prod_back


@adjoint(np.prod, np.ndarray.prod, np.generic.prod)
def prod_rule(
    a, axis=None, dtype=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
):
    unsupported("np.prod", out=out)
    y = np.prod(a, **options_of(axis, dtype, keepdims, initial, where))
    return y, None if rounded(a, y) else prod_pullback(a, y, axis, keepdims, initial, where)


@adjoint(np.cumsum, np.ndarray.cumsum, np.generic.cumsum)
def cumsum_rule(a, axis=None, dtype=None, out=None):
    unsupported("np.cumsum", out=out)
    y = np.cumsum(a, **options_of(axis, dtype))
    shape = np.shape(a)

    def cumsum_back(dy):
        return (project(np.reshape(_reverse_cumsum(dy, axis or 0), shape), a),)

    return y, None if rounded(a, y) else cumsum_back


def cumprod_pullback(a, y, axis):
    """Of the running products `y` of an array, or of the array where it is not missing."""
    shape = np.shape(a)

    def cumprod_back(dy):
        x = np.reshape(a, np.shape(y))
        along = axis or 0
        if divides(y):
            dx = _reverse_cumsum(dy * np.conjugate(y), along) / np.conjugate(x)
        else:
            # the recurrence s[k] = dy[k] + x[k+1] s[k+1], dx[k] = y[k-1] s[k]
            x, dy = np.moveaxis(np.conjugate(x), along, 0), np.moveaxis(dy, along, 0)
            s = dy[-1]
            sums = [s]
            for k in range(len(x) - 2, -1, -1):
                s = dy[k] + x[k + 1] * s
                sums.append(s)
            sums.reverse()
            dx = np.moveaxis(np.stack(sums) * _products_before(x), 0, along)
        return (project(np.reshape(dx, shape), a),)

    return cumprod_back


@adjoint(np.cumprod, np.ndarray.cumprod, np.generic.cumprod)
def cumprod_rule(a, axis=None, dtype=None, out=None):
    unsupported("np.cumprod", out=out)
    y = np.cumprod(a, **options_of(axis, dtype))
    return y, None if rounded(a, y) else cumprod_pullback(a, y, axis)


# -------------------------------------------------------------- the max family


def _shares(x, y):
    """1 where x is y (NaN is NaN here)."""
    return np.equal(x, y) | ((x != x) & (y != y))


def extremum(target, name):
    def extremum_rule(
        a, axis=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
    ):
        unsupported(name, out=out)
        shape = np.shape(a)
        y = target(a, **options_of(axis, None, keepdims, initial, where))

        def extremum_back(dy):
            chosen = only(where, _shares(np.asarray(a), spread(y, shape, axis, kept(keepdims))))
            ties = np.sum(chosen, axis=axis, keepdims=True)
            start = 0
            if initial is not np._NoValue:  # it takes part as an element does
                start = np.where(_shares(np.asarray(initial), np.reshape(y, ties.shape)), 1, 0)
            share = np.reshape(dy, ties.shape) / np.maximum(ties + start, 1)
            da = project(np.where(chosen, np.broadcast_to(share, shape), 0), a)
            return with_initial(da, initial, lambda: np.sum(share * start), 3)

        return y, extremum_back

    return extremum_rule


#: reductions that choose: ufunc -> rule, with the axis before `out` and no dtype
EXTREMA = {
    ufunc: extremum(ufunc.reduce, f"np.{ufunc.__name__}.reduce")
    for ufunc in (np.maximum, np.minimum, np.fmax, np.fmin)
}
adjoint(np.max, np.ndarray.max, np.generic.max)(extremum(np.max, "np.max"))
adjoint(np.min, np.ndarray.min, np.generic.min)(extremum(np.min, "np.min"))
adjoint(np.amax)(extremum(np.max, "np.amax"))
adjoint(np.amin)(extremum(np.min, "np.amin"))


@adjoint(np.ptp)
def ptp_rule(a, axis=None, out=None, keepdims=np._NoValue):
    unsupported("np.ptp", out=out)
    options = options_of(axis, keepdims=keepdims)
    _, top_back = _top(a, **options)
    _, bottom_back = _bottom(a, **options)
    return np.ptp(a, **options), lambda dy: (top_back(dy)[0] - bottom_back(dy)[0],)


_top, _bottom = extremum(np.max, "np.ptp"), extremum(np.min, "np.ptp")


def _at(flat, place):
    return np.take_along_axis(flat, np.minimum(place, len(flat) - 1), 0)[0]


def _median(target, name):
    """A NaN takes no part in `np.nanmedian`, and is the last in order for both."""

    def median_rule(a, axis=None, out=None, overwrite_input=False, keepdims=False):
        # what is left of an input that may be overwritten is not defined: it is left as it is
        unsupported(name, out=out)
        y = target(a, axis=axis, keepdims=keepdims)
        shape = np.shape(a)

        def median_back(dy):
            x = np.asarray(a)
            axes = tuple(range(x.ndim)) if axis is None else axis
            axes = axes if isinstance(axes, tuple) else (axes,)
            front = tuple(range(len(axes)))
            moved = np.moveaxis(x, axes, front)
            flat = np.sort(np.reshape(moved, (-1, *moved.shape[len(axes) :])), axis=0)
            n = len(flat)
            if target is np.nanmedian:
                n = np.sum(np.equal(flat, flat), axis=0, keepdims=True)
            share = 0
            for place in ((n - 1) // 2, n // 2):
                middle = flat[place] if isinstance(place, int) else _at(flat, place)
                chosen = np.equal(x, spread(middle, shape, axis))
                ties = np.maximum(np.sum(chosen, axis=axis, keepdims=True), 1)
                share = share + 0.5 * chosen / ties
            return (project(spread(dy, shape, axis, kept(keepdims)) * share, a),)

        return y, median_back

    return median_rule


adjoint(np.median)(_median(np.median, "np.median"))
adjoint(np.nanmedian)(_median(np.nanmedian, "np.nanmedian"))


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

nondifferentiable(
    divides, np.any, np.all, np.ndarray.any, np.ndarray.all, np.generic.any, np.generic.all
)
