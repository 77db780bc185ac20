"""Rules for the methods of ufuncs: `reduce`, `accumulate`, `reduceat`.

Sums, products and extrema have the rules of the functions that they are.  What any
other ufunc of two arguments does is a chain ``s[k] = f(s[k-1], x[k])``, whose pullback
is made of the partial derivatives that are declared for the ufunc.
"""

import numpy as np

from ..broadcasting import guarded_mul, project, refuse, unsupported
from ..registry import ELEMENTWISE, RULES, adjoint, nondifferentiable
from ._indexing import scatter
from ._reductions import EXTREMA, cumprod_rule, cumsum_rule, options_of, prod_rule, sum_rule

__all__ = []

_reductions = {np.add: sum_rule, np.multiply: prod_rule, **EXTREMA}
_cumulative = {np.add: cumsum_rule, np.multiply: cumprod_rule}
_constant = frozenset([
    np.logical_and, np.logical_or, np.logical_xor, np.bitwise_and, np.bitwise_or, np.bitwise_xor,
    np.gcd, np.lcm, np.floor_divide, np.less, np.greater, np.equal, np.not_equal, np.less_equal,
    np.greater_equal, np.left_shift, np.right_shift,
])  # fmt: skip


def _partials(ufunc):
    """The partial derivatives of a ufunc of two arguments, or None."""
    rule = RULES.get(ufunc)
    known = rule is not None and rule.kind == ELEMENTWISE and len(rule.partials) == 2
    return rule.partials if known and None not in rule.partials else None


def chain_back(partials, x, s, dy):
    """The pullback of ``s[k] = f(s[k-1], x[k])``, ``s[0] = x[0]``, along the first axis.

    `dy` has an item for each s[k].
    """
    n = len(x)
    dx = []
    ds = dy[n - 1]
    for k in range(n - 1, 0, -1):
        left, right = [
            guarded_mul(ds, np.conjugate(partial(s[k - 1], x[k], s[k]))) for partial in partials
        ]
        dx.append(right)
        ds = dy[k - 1] + left
    dx.append(ds)
    return np.stack([np.broadcast_to(d, x.shape[1:]) for d in reversed(dx)])


def _flattened(x, axis, ndim):
    """The axes that are reduced as one axis, the first; and what undoes it."""
    axes = tuple(range(ndim)) if axis is None or not ndim else axis
    axes = axes if isinstance(axes, tuple) else (axes,)
    front = tuple(range(len(axes)))
    moved = np.moveaxis(x, axes, front)
    flat = np.reshape(moved, (-1, *moved.shape[len(axes) :]))
    return flat, lambda dx: np.moveaxis(np.reshape(dx, moved.shape), front, axes)


@adjoint(np.ufunc.reduce)
def reduce_rule(
    ufunc, array, /, axis=0, dtype=None, out=None, keepdims=False, initial=np._NoValue, where=True
):
    name = f"np.{getattr(ufunc, '__name__', 'ufunc')}.reduce"
    unsupported(name, out=out)
    options = options_of(axis, dtype, keepdims, initial, where)
    y = ufunc.reduce(array, **options)
    if ufunc in _constant:
        return y, None
    if ufunc in _reductions:
        if ufunc in EXTREMA:
            unsupported(name, dtype=options.pop("dtype", None))
        _, back = _reductions[ufunc](array, **options)
        return y, None if back is None else lambda dy: _with_ufunc(back(dy))
    partials = _partials(ufunc)
    if partials is None:
        return y, refuse(name)
    unsupported(name, initial=initial, where=where)

    def reduce_back(dy):
        flat, restored = _flattened(np.asarray(array), axis, np.ndim(array))
        dy = np.reshape(dy, flat.shape[1:])
        zeros = [np.zeros_like(dy)] * (len(flat) - 1)
        if not len(flat):
            return None, project(restored(np.zeros_like(flat)), array)
        with np.errstate(all="ignore"):
            s = ufunc.accumulate(flat, 0, dtype)
            if not is_chain(s[-1], y):
                refuse(f"{name}, which NumPy does not carry out one element after the other")(dy)
            dx = chain_back(partials, flat, s, [*zeros, dy])
        return None, project(restored(dx), array)

    return y, reduce_back


def _with_ufunc(dxs):
    """Cotangents of the arguments of the method: `initial` is the last that may have one."""
    return (None, *dxs) if len(dxs) == 1 else (None, dxs[0], None, None, None, None, dxs[-1])


@adjoint(np.ufunc.accumulate)
def accumulate_rule(ufunc, array, /, axis=0, dtype=None, out=None):
    name = f"np.{getattr(ufunc, '__name__', 'ufunc')}.accumulate"
    unsupported(name, out=out)
    y = ufunc.accumulate(array, axis, dtype)
    if ufunc in _constant:
        return y, None
    if ufunc in _cumulative:
        _, back = _cumulative[ufunc](array, axis, dtype)
        return y, None if back is None else lambda dy: (None, *back(dy))
    partials = _partials(ufunc)
    if partials is None:
        return y, refuse(name)

    def accumulate_back(dy):
        x, s, dy = [np.moveaxis(v, axis, 0) for v in (np.asarray(array), y, dy)]
        with np.errstate(all="ignore"):
            dx = chain_back(partials, x, s, dy) if len(x) else dy
        return None, project(np.moveaxis(dx, 0, axis), array)

    return y, accumulate_back


@adjoint(np.ufunc.reduceat)
def reduceat_rule(ufunc, array, indices, /, axis=0, dtype=None, out=None):
    """Each result is a reduction of a part, or one element where the part is empty."""
    unsupported(f"np.{getattr(ufunc, '__name__', 'ufunc')}.reduceat", out=out)
    y = ufunc.reduceat(array, indices, axis, dtype)
    if ufunc in _constant:
        return y, None
    shape = np.shape(array)
    starts = [int(i) for i in np.asarray(indices)]
    ends = [*starts[1:], shape[axis]]
    parts = [range(i, max(j, i + 1)) for i, j in zip(starts, ends, strict=True)]

    def reduceat_back(dy):
        x, dy = np.moveaxis(np.asarray(array), axis, 0), np.moveaxis(dy, axis, 0)
        pieces = [
            reduce_rule(ufunc, x[part.start : part.stop])[1](dy[i])[1]
            for i, part in enumerate(parts)
        ]
        where = np.concatenate([np.array(part) for part in parts])
        dx = scatter(np.concatenate(pieces), where, x.shape)
        return None, project(np.moveaxis(dx, 0, axis), array)

    return y, reduceat_back


def is_chain(s, y):
    """Is the last link of the chain what the reduction gave?"""
    return np.allclose(s, np.reshape(y, np.shape(s)), 1e-3, 1e-3, equal_nan=True)


nondifferentiable(_partials, is_chain)
