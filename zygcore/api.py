"""The public functions that are plain Python on top of the core."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._basis import at, leaves
from ._pullback import Pullback, gradient, pullback, withgradient
from .errors import AdjointError, OutputError
from .forward_mode import columns
from .interop._known import STACKS, filled, stacked_arrays
from .rules.registry import nondifferentiable

__all__ = ["Pullback", "forward", "gradient", "jacobian", "pullback", "withgradient"]

#: the name `pullback` has in the literature on Zygote
forward = pullback


def jacobian(f: Callable[..., Any], /, *args: Any) -> tuple[Any, ...]:
    """All derivatives of an array- or tuple-valued function.

    Where there are more values than variables, they are found in forward mode, for all variables at
    once, and `f` runs twice.  Otherwise they are found in reverse mode, value by value.

    Parameters
    ----------
    f : callable
        Returns a real array, number, or tuple or list of numbers.
    *args : numbers, arrays, tuples or lists of numbers

    Returns
    -------
    tuple of numpy.ndarray or None
        One array per argument, of shape ``shape(f(*args)) + shape(arg)``; ``None`` where nothing
        differentiable flows.

    Raises
    ------
    OutputError
        If the function returns something that is not made of real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> jacobian(lambda x: np.array([x[0] * x[1], x[1]]), np.array([2.0, 3.0]))[0]
    array([[3., 2.],
           [0., 1.]])
    """
    before = _numbers(args)
    y, back = pullback(f, *args)
    if type(y) in STACKS:
        return _by_rows(args, back, y)
    try:
        values = np.asarray(y)
    except (TypeError, ValueError):
        values = None
    if values is None or values.dtype.kind not in "fiu":
        raise OutputError(
            f"jacobian needs a result made of real numbers; the function returned {y!r:.80}"
        )
    if before is not None and sum([x.size for x in before]) < values.size and _same(args, before):
        found = _by_columns(f, args, y, values, back)
        if found is not None:
            return found
    rows = [back(_basis(y, values, index)) for index in np.ndindex(values.shape)]
    return tuple(
        [_stack([row[i] for row in rows], values.shape, arg) for i, arg in enumerate(args)]
    )


def _by_rows(args, back, y):
    """The same for a value that is an array of another library."""
    if "complex" in str(y.dtype):
        raise OutputError(
            f"jacobian needs a real result; the function returned an array of dtype {y.dtype}"
        )
    shape = tuple(y.shape)
    units = np.eye(math.prod(shape)).reshape(math.prod(shape), *shape)
    rows = [back(filled(y, unit)) for unit in units]
    return tuple([_stack([row[i] for row in rows], shape, arg) for i, arg in enumerate(args)])


def _numbers(args):
    """Copies of the arguments as arrays, if all of them are made of real numbers; or None."""
    if any(type(x) in STACKS for x in args):
        return None
    try:
        arrays = [np.array(x) for x in args]
    except (TypeError, ValueError):
        return None
    plain = all(
        isinstance(x, (np.ndarray, np.generic, float, int, list, tuple)) and a.dtype.kind in "fiu"
        for x, a in zip(args, arrays, strict=True)
    )
    return arrays if plain else None


def _same(args, before):
    """Whether a function has left its arguments as they were."""
    now = _numbers(args)
    return now is not None and all(
        a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in zip(now, before, strict=True)
    )


def _equal(y, values):
    y = np.asarray(y)
    return y.shape == values.shape and np.array_equal(y, values, equal_nan=True)


nondifferentiable(_numbers, _same, _equal)


def _by_columns(f, args, y, values, back):
    """In forward mode; None if it cannot be, or if the function does something else each time."""
    found = leaves(args, "jacobian")
    if sum([len(leaf) for leaf in found]) != sum([np.size(x) for x in args]):
        return None  # there are truth values among the numbers
    try:
        again, rows = columns(f, args, found)
    except AdjointError:  # of what is arbitrary in a decomposition, for instance
        return None
    if not _equal(again, values):
        return None
    table = _columns(rows, y, sum([len(leaf) for leaf in found]))
    flows = back(_cotangent(y, np.ones(values.shape))) or [None] * len(args)
    out, first = [], 0
    for dx, x in zip(flows, args, strict=True):
        part = table[:, first : first + np.size(x)]
        first += np.size(x)
        out.append(None if dx is None else np.reshape(part, values.shape + np.shape(x)))
    return tuple(out)


def _columns(rows, y, n):
    """The tangents of a value along `n` directions as a matrix."""
    if rows is None:
        return np.zeros((np.size(y), n))
    if isinstance(y, (list, tuple)):
        return np.concatenate([_columns(at(rows, (i,)), part, n) for i, part in enumerate(y)])
    return np.transpose(np.reshape(np.asarray(rows, dtype=float), (n, -1)))


def _basis(y, values, index):
    """The cotangent with a one at `index`, in the structure of `y`."""
    if isinstance(y, np.ndarray) and y.ndim == 0 or not index:
        return np.ones(()) if isinstance(y, np.ndarray) else 1.0
    unit = np.where(
        np.arange(values.size).reshape(values.shape) == np.ravel_multi_index(index, values.shape),
        1.0,
        0.0,
    )
    return _cotangent(y, unit)


def _cotangent(y, numbers):
    if isinstance(y, np.ndarray):
        return numbers.astype(y.dtype if y.dtype.kind == "f" else float)
    return _nest(numbers.tolist(), y)


def _nest(values, like):
    return (
        type(like)(_nest(v, s) for v, s in zip(values, like, strict=True))
        if isinstance(like, (list, tuple))
        else values
    )


def _stack(rows, shape, arg):
    if all(row is None for row in rows):
        return None
    if type(arg) in STACKS:
        return stacked_arrays(rows).reshape(shape + tuple(arg.shape))
    zero = np.zeros(np.shape(arg))
    filled = [zero if row is None else np.asarray(_fill(row), dtype=float) for row in rows]
    return np.stack(filled).reshape(shape + zero.shape)


def _fill(row):
    """A structural gradient with zeros in place of None."""
    if row is None:
        return 0.0
    return [_fill(r) for r in row] if isinstance(row, (list, tuple)) else row
