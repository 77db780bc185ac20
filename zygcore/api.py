"""The public functions that are plain Python on top of the core."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ._pullback import Pullback, gradient, pullback, withgradient
from .errors import OutputError

__all__ = ["Pullback", "forward", "gradient", "jacobian", "pullback", "withgradient"]

#: the name `pullback` has in the literature on Zygote
forward = pullback


def jacobian(f: Callable[..., Any], /, *args: Any) -> tuple[Any, ...]:
    """All derivatives of an array- or tuple-valued function.

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
    y, back = pullback(f, *args)
    try:
        values = np.asarray(y)
    except (TypeError, ValueError):
        values = None
    if values is None or values.dtype.kind not in "fiu":
        raise OutputError(
            f"jacobian needs a result made of real numbers; the function returned {y!r:.80}"
        )
    rows = [back(_basis(y, values, index)) for index in np.ndindex(values.shape)]
    return tuple(
        [_stack([row[i] for row in rows], values.shape, arg) for i, arg in enumerate(args)]
    )


def _basis(y, values, index):
    """The cotangent with a one at `index`, in the structure of `y`."""
    if isinstance(y, np.ndarray) and y.ndim == 0 or not index:
        return np.ones(()) if isinstance(y, np.ndarray) else 1.0
    unit = np.where(
        np.arange(values.size).reshape(values.shape) == np.ravel_multi_index(index, values.shape),
        1.0,
        0.0,
    )
    if isinstance(y, np.ndarray):
        return unit.astype(y.dtype if y.dtype.kind == "f" else float)
    return _nest(unit.tolist(), y)


def _nest(values, like):
    return (
        type(like)(_nest(v, s) for v, s in zip(values, like, strict=True))
        if isinstance(like, (list, tuple))
        else values
    )


def _stack(rows, shape, arg):
    if all(row is None for row in rows):
        return None
    zero = np.zeros(np.shape(arg))
    filled = [zero if row is None else np.asarray(_fill(row), dtype=float) for row in rows]
    return np.stack(filled).reshape(shape + zero.shape)


def _fill(row):
    """A structural gradient with zeros in place of None."""
    if row is None:
        return 0.0
    return [_fill(r) for r in row] if isinstance(row, (list, tuple)) else row
