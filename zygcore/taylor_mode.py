"""Taylor mode: derivatives of high order along a direction, at a cost of order squared."""

import numbers
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._inputs import parts_of
from ._taylor import in_series
from .errors import CotangentError, TangentError
from .rules.registry import nondifferentiable
from .series import level as _level  # noqa: F401 - what the machine runs, see `_inner`
from .series.general import FirstOrderOnly, by_nesting
from .wholes import entries_for, rebuild

__all__ = ["jet", "taylor"]


def taylor(f: Callable[[Any], Any], x: Any, order: int, direction: Any = None) -> list[Any]:
    """The Taylor coefficients of ``f(x + t * direction)`` at ``t = 0``.

    The cost grows with the square of the order.

    Parameters
    ----------
    f : callable
        Ordinary Python code.
    x
        A number, an array or a structure of them.
    order : int
        The highest power of t.
    direction
        Of the structure of the gradient of `x`, as a tangent; may be left out if `x` is a number:
        then it is 1.

    Returns
    -------
    list
        ``order + 1`` coefficients: the value first; the k-th is the k-th derivative divided by
        ``k!``, in the structure of the value, ``None`` where nothing depends on `x`.

    Raises
    ------
    TangentError
        If the direction does not fit `x`, or the order is no integer from 0 on.
    AdjointError
        If a derivative of something that the value depends on is not known.

    Examples
    --------
    >>> import math
    >>> taylor(math.exp, 0.0, 4)
    [1.0, 1.0, 0.5, 0.16666666666666666, 0.041666666666666664]
    >>> taylor(lambda x: x**3, 2, 4)
    [8, 12, 6, 1, 0]
    """
    order = order_of(order)
    if direction is None:
        direction = one_of(x)
    y, rest = jet(f, (x,), ([direction, *[None] * (order - 1)][:order],))
    return [y, *rest]


def jet(
    f: Callable[..., Any], primals: Sequence[Any], series: Sequence[Sequence[Any] | None], /
) -> tuple[Any, Any]:
    """The Taylor series of ``f(x(t), ...)`` from those of the arguments.

    Parameters
    ----------
    f : callable
        Ordinary Python code.
    primals : tuple or list
        The arguments at ``t = 0``.
    series : tuple or list
        For each argument the list of its other Taylor *coefficients*, ``[c1, ..., cd]`` (the k-th
        derivative divided by ``k!``), in which ``None`` is zero; ``None`` for an argument that
        does not depend on t.

    Returns
    -------
    y
        ``f(*primals)``.
    coefficients : list
        ``[y1, ..., yd]``: the coefficients of the value, ``None`` where nothing depends on t.

    Raises
    ------
    TangentError
        If the series do not fit the primals, or have not the same length.

    Examples
    --------
    >>> jet(lambda x, y: x * y, (2.0, 3.0), ([1.0, 0.0], [0.0, 1.0]))
    (6.0, [3.0, 2.0])
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(series, (tuple, list)):
        raise TangentError(
            "jet takes a tuple of primals and a tuple of series: jet(f, (x,), ([c1, c2],))"
        )
    if len(primals) != len(series):
        raise TangentError(
            f"{len(series)} series were given for {len(primals)} primals: one each, None for a "
            "constant"
        )
    given = []
    order = order_of_series(series)
    for i, (x, coefficients) in enumerate(zip(primals, series, strict=True)):
        if coefficients is None:
            given.append(None)
        else:
            given.append([fitted(x, c, f"primal {i}") for c in coefficients])
    try:
        return in_series(f, tuple(primals), tuple(given), order)
    except FirstOrderOnly:
        return by_nesting(f, tuple(primals), tuple(given), order)


def order_of(order):
    try:
        found = operator.index(order)
    except TypeError:
        found = -1
    if found < 0 or isinstance(order, bool):
        raise TangentError(
            f"the order of a Taylor series is an integer from 0 on, not {order!r:.60}"
        )
    return found


def order_of_series(series):
    """How many coefficients all the series have."""
    lengths = set()
    for s in series:
        if s is not None and not isinstance(s, (list, tuple)):
            raise TangentError(
                f"a series is a list of Taylor coefficients [c1, c2, ...], not {s!r:.60}"
            )
        if s is not None:
            lengths.add(len(s))
    if len(lengths) > 1:
        raise TangentError(
            f"all series must have the same number of coefficients; they have {sorted(lengths)}"
        )
    return lengths.pop() if lengths else 0


def one_of(x):
    """The direction 1 of a number."""
    if isinstance(x, np.ndarray) and x.ndim == 0 and x.dtype.kind in "fciu":
        return np.ones(())
    if isinstance(x, (bool, np.bool_)) or not isinstance(x, numbers.Number):
        raise TangentError(
            f"{x!r:.60} ({type(x).__name__}) is no number: give taylor a direction of its structure"
        )
    return type(x)(1)


def fitted(x, c, what):
    """A coefficient as it is kept for a primal; TangentError if it does not fit."""
    if c is None:
        return None
    check(x, c, what)
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind != "O":
        dtype = x.dtype if x.dtype.kind in "fc" else np.dtype(float)
        if not isinstance(c, (np.ndarray, np.generic)) or c.dtype != dtype:
            c = np.array(c, dtype)
        return c if isinstance(x, np.ndarray) else c[()]
    if isinstance(x, numbers.Number):
        kind = type(x)
        return kind(c) if kind in (float, complex) and type(c) is not kind else c
    keys, values = parts_of(x)
    parts = entries_for(c, keys, len(values), type(x))
    names = range(len(values)) if keys is None else keys
    fit = {
        key: fitted(v, part, f"{what}[{key!r}]")
        for key, v, part in zip(names, values, parts, strict=True)
    }
    return rebuild(fit, None, type(x), keys, len(values))


def check(x, c, what):
    """TangentError if a coefficient does not fit a primal; its parts are not looked at."""
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind != "O":
        v = np.asarray(c)
        if v.shape != x.shape or v.dtype.kind not in "fciub":
            raise TangentError(
                f"{what} has shape {x.shape} and its coefficient {v.shape} of dtype {v.dtype}: "
                "they must agree"
            )
        refuse_complex(v.dtype.kind == "c" and x.dtype.kind != "c", what)
    elif isinstance(x, (str, bytes, bool, np.bool_, type(None))):
        raise TangentError(
            f"{what}, {x!r:.60} ({type(x).__name__}), is not differentiable: its series must be "
            "None"
        )
    elif isinstance(x, numbers.Number):
        if not isinstance(c, numbers.Number) and not (isinstance(c, np.ndarray) and c.ndim == 0):
            raise TangentError(
                f"{what} is a number, {x!r}, and its coefficient {c!r:.60} ({type(c).__name__}): "
                "give a number"
            )
        refuse_complex(
            isinstance(c, (complex, np.complexfloating)) and isinstance(x, numbers.Real), what
        )
    else:
        keys, values = parts_of(x)
        try:
            entries_for(c, keys, len(values), type(x))
        except CotangentError:
            raise TangentError(
                f"{c!r:.80} ({type(c).__name__}) is no coefficient of {what}, a {type(x).__name__}"
                ": give it the structure of its gradient, with None for zero"
            ) from None


def refuse_complex(wrong, what):
    if wrong:
        raise TangentError(f"{what} is real and its coefficient complex: take the real part")


nondifferentiable(check)
