"""Rules for reading parts of arrays.

The transpose of reading is adding into zeros.  `scatter` does it, with plain
assignment unless an element can be read twice, and reading is in turn the
transpose of `scatter`, so that both can be differentiated again.
"""

import operator

import numpy as np

from ...errors import UnsupportedError
from ..broadcasting import Array, Numeric, project, unsupported
from ..exact import Atom
from ..registry import adjoint, each, lowering, nondifferentiable

__all__ = ["arranged", "diagonal_key", "scatter"]


def may_repeat(key):
    """Whether indexing with `key` may read an element more than once."""
    for k in key if isinstance(key, tuple) else (key,):
        if isinstance(k, (list, np.ndarray)) and np.asarray(k).dtype.kind != "b":
            if np.size(k) > 1:
                return True
    return False


def lost_elements(shape, key, of_value):
    """Which elements of a value were overwritten by later ones of the same; None: none."""
    if not may_repeat(key):
        return None
    order = np.arange(np.prod(of_value, dtype=int)).reshape(of_value)
    last = np.empty(shape, order.dtype)
    last[key] = order
    return last[key] != order


def scatter(dy, key, shape):
    """Zeros of the given shape with `dy` added at ``[key]``; keeps the dtype."""
    dy = np.asarray(dy)
    dx = np.zeros(shape, dy.dtype)
    if not may_repeat(key):
        dx[key] = dy
    elif (
        len(shape) == 1
        and dy.dtype == np.float64
        and isinstance(key, (list, np.ndarray))
        and dy.size
    ):
        where = np.asarray(key).ravel()
        if where.min() < 0:
            where = np.where(where < 0, where + shape[0], where)
        dx[:] = np.bincount(where, dy.ravel(), shape[0])
    else:
        np.add.at(dx, key, dy)
    return dx


@adjoint(scatter)
def scatter_rule(dy, key, shape):
    def scatter_back(d):
        return (project(np.asarray(d)[key], dy),)

    return scatter(dy, key, shape), scatter_back


def frozen(key):
    """`key` with copies of all that NumPy takes for index arrays: it may be written later."""
    if isinstance(key, tuple):
        return tuple([frozen(k) for k in key])
    if isinstance(key, (slice, str, np.generic)) or key is None or key is Ellipsis:
        return key
    if isinstance(key, list) and key and isinstance(key[0], str):  # fields
        return key
    if hasattr(type(key), "__index__") and not isinstance(key, np.ndarray):
        return key
    return np.array(key)


@adjoint(operator.getitem)
def getitem_rule(x: Array, key):
    y = x[key]
    key = frozen(key)
    shape, objects = np.shape(x), x.dtype.kind == "O"

    def getitem_back(dy):
        if objects and not isinstance(dy, Numeric | Atom):
            raise UnsupportedError(
                "the gradient needs what is inside of an object that was taken from an array of "
                "objects, which is not followed: keep the objects in a list"
            )
        return (project(scatter(dy, key, shape), x),)

    return y, getitem_back


@adjoint(np.take)
def take_rule(a, indices, axis=None, out=None, mode="raise"):
    unsupported("np.take", out=out)
    y = np.take(a, indices, axis, mode=mode)
    shape = np.shape(a)
    key = np.array(indices, dtype=np.intp)
    length = _count(shape) if axis is None else shape[axis]
    if mode != "raise":
        key = np.clip(key, 0, length - 1) if mode == "clip" else key % length
    if axis is not None:
        key = (slice(None),) * (axis % len(shape)) + (key,)

    def take_back(dy):
        if axis is None:
            return (project(np.reshape(scatter(dy, key, (_count(shape),)), shape), a),)
        return (project(scatter(dy, key, shape), a),)

    return y, take_back


@lowering(np.ndarray.compress, np.generic.compress)
def compress_lowering(a, condition, axis=None, out=None):
    unsupported("np.compress", out=out)
    return np.take(a, np.flatnonzero(np.asarray(condition)), axis)


def chosen(mode, choice, *choices):
    """``np.choose`` with each array an argument of its own."""
    return np.choose(choice, choices, mode=mode)


@adjoint(chosen)
def chosen_rule(mode, choice, *choices):
    n = len(choices)
    which = np.array(choice)
    if mode != "raise":
        which = np.clip(which, 0, n - 1) if mode == "clip" else which % n

    def part(i, x):
        return lambda dy: project(np.where(np.equal(which, i), dy, 0), x)

    y = chosen(mode, choice, *choices)
    return y, each(None, None, *[part(i, x) for i, x in enumerate(choices)])


@lowering(np.choose, np.ndarray.choose, np.generic.choose)
def choose_lowering(a, choices, out=None, mode="raise"):
    unsupported("np.choose", out=out)
    return chosen(mode, a, *[np.asarray(x) if isinstance(x, (list, tuple)) else x for x in choices])


@adjoint(np.ndarray.take, np.generic.take)
def take_method_rule(a, indices, axis=None, out=None, mode="raise"):
    return take_rule(a, indices, axis, out, mode)


@adjoint(np.repeat, np.ndarray.repeat, np.generic.repeat)
def repeat_rule(a, repeats, axis=None):
    shape = np.shape(a)
    size = _count(shape) if axis is None else shape[axis]
    source = np.repeat(np.arange(size), repeats)

    def repeat_back(dy):
        if axis is None:
            return (project(np.reshape(scatter(dy, source, (size,)), shape), a),)
        key = (slice(None),) * (axis % len(shape)) + (source,)
        return (project(scatter(dy, key, shape), a),)

    return np.repeat(a, repeats, axis), repeat_back


# ------------------------------------------------------------------ diagonals


def diagonal_key(rows, columns, offset):
    """The index ``(..., i, j)`` of a diagonal of the last two axes."""
    start = max(-offset, 0)
    n = max(min(rows - start, columns - max(offset, 0)), 0)
    i = np.arange(n)
    return (Ellipsis, i + start, i + max(offset, 0))


def scatter_diagonal(dy, shape, offset, axis1, axis2):
    """The transpose of ``np.diagonal``."""
    moved = [n for i, n in enumerate(shape) if i not in (axis1 % len(shape), axis2 % len(shape))]
    rows, columns = shape[axis1], shape[axis2]
    key = diagonal_key(rows, columns, offset)
    return np.moveaxis(scatter(dy, key, (*moved, rows, columns)), (-2, -1), (axis1, axis2))


@adjoint(np.diagonal, np.ndarray.diagonal)
def diagonal_rule(a, offset=0, axis1=0, axis2=1):
    shape = np.shape(a)

    def diagonal_back(dy):
        return (project(scatter_diagonal(dy, shape, offset, axis1, axis2), a),)

    return np.diagonal(a, offset, axis1, axis2), diagonal_back


@adjoint(np.diag)
def diag_rule(v, k=0):
    shape = np.shape(v)

    def diag_back(dy):
        if len(shape) == 1:
            return (project(np.diagonal(dy, k), v),)
        return (project(scatter_diagonal(dy, shape, k, 0, 1), v),)

    return np.diag(v, k), diag_back


@lowering(np.diagflat)
def diagflat_lowering(v, k=0):
    return np.diag(np.ravel(np.asarray(v)), k)


@adjoint(np.trace, np.ndarray.trace)
def trace_rule(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    unsupported("np.trace", out=out)
    shape = np.shape(a)

    def trace_back(dy):
        n = len(diagonal_key(shape[axis1], shape[axis2], offset)[1])
        spread_dy = np.broadcast_to(np.expand_dims(dy, -1), (*np.shape(dy), n))
        return (project(scatter_diagonal(spread_dy, shape, offset, axis1, axis2), a),)

    return np.trace(a, offset, axis1, axis2, dtype), trace_back


def _count(shape):
    n = 1
    for length in shape:
        n *= length
    return n


# -------------------------------------------------------------------- ordering


def average_ties(dy, y, axis):
    """`dy` averaged over runs of equal elements of the sorted `y`: symmetric in `dy`."""
    y, dy = np.moveaxis(np.asarray(y), axis, -1), np.moveaxis(np.asarray(dy), axis, -1)
    change = np.ones(y.shape, bool)
    change[..., 1:] = y[..., 1:] != y[..., :-1]
    if change.all():
        return np.moveaxis(dy, -1, axis)
    run = np.cumsum(change.ravel()) - 1
    total = np.zeros(run[-1] + 1, dy.dtype)
    np.add.at(total, run, dy.ravel())
    mean = (total / np.bincount(run)).astype(dy.dtype)
    return np.moveaxis(mean[run].reshape(dy.shape), -1, axis)


@adjoint(average_ties)
def average_ties_rule(dy, y, axis):
    return average_ties(dy, y, axis), lambda d: (project(average_ties(d, y, axis), dy),)


def _mean_of_equals(dx, x, axis):
    """`dx` averaged over equal elements of `x`, wherever they are: symmetric in `dx`."""
    order = np.argsort(x, axis, kind="stable")
    ranks = np.argsort(order, axis, kind="stable")
    dx = np.take_along_axis(dx, order, axis)
    return np.take_along_axis(
        average_ties(dx, np.take_along_axis(x, order, axis), axis), ranks, axis
    )


def arranged(a, source, axis):
    """The elements in another order, in which equal ones have no order of their own."""
    return np.take_along_axis(a, source, axis)


@adjoint(arranged)
def arranged_rule(a, source, axis):
    def arranged_back(dy):
        dx = np.take_along_axis(dy, np.argsort(source, axis), axis)
        return (project(_mean_of_equals(dx, a, axis), a),)

    return arranged(a, source, axis), arranged_back


@adjoint(np.sort)
def sort_rule(a, axis=-1, kind=None, order=None, *, stable=None):
    unsupported("np.sort", order=order)
    y = np.sort(a, axis, kind, stable=stable)
    # the order in which equal elements come makes no difference below
    source = np.argsort(a, axis, kind="stable")
    shape = np.shape(a)

    def sort_back(dy):
        dx = average_ties(dy, y, -1 if axis is None else axis)
        if axis is None:
            return (project(np.reshape(dx[np.argsort(source)], shape), a),)
        return (project(np.take_along_axis(dx, np.argsort(source, axis), axis), a),)

    return y, sort_back


# --------------------------------------------------------- no gradient at all

nondifferentiable(
    may_repeat, lost_elements, frozen, diagonal_key, _count,
    np.argsort, np.argmax, np.argmin, np.argpartition, np.searchsorted, np.nonzero,
    np.flatnonzero, np.argwhere, np.count_nonzero, np.unravel_index, np.ravel_multi_index,
    np.nanargmax, np.nanargmin, np.digitize, np.lexsort,
    np.ndarray.argsort, np.ndarray.argmax, np.ndarray.argmin, np.ndarray.argpartition,
    np.ndarray.searchsorted, np.ndarray.nonzero, np.generic.argmax, np.generic.argmin,
    np.indices, np.tril_indices, np.triu_indices, np.diag_indices,
)  # fmt: skip
