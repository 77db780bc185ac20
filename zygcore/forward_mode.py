"""Forward mode and second derivatives: plain Python on top of `_forward`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ._basis import arranged, at, leaves, stacked, unit_tangent, unit_tangents
from ._forward import pushed
from ._pullback import gradient
from .errors import TangentError
from .interop._known import STACKS, filled
from .rules.registry import adjoint
from .structure import accumulate

__all__ = [
    "columns",
    "diaghessian",
    "forwarddiff",
    "hessian",
    "hvp",
    "jvp",
    "pushforward",
]

#: how many numbers the tangents of one value may be at once
CHUNK = 1 << 20


def jvp(f: Callable[..., Any], primals: Any, tangents: Any, /) -> tuple[Any, Any]:
    """The value of a function and its derivative along a direction, in forward mode.

    The memory does not grow with the number of steps that the function takes.

    Parameters
    ----------
    f : callable
        Ordinary Python code.
    primals : tuple or list
        The arguments of `f`: numbers, arrays, containers and objects, nested in any way.
    tangents : tuple or list
        One for each primal, of the structure of its gradient: a number for a number, an array of
        the same shape for an array, a list, tuple, dict or `Grad` for a container or object;
        ``None`` for zero.

    Returns
    -------
    y
        What ``f(*primals)`` returns.
    dy
        Its derivative along the tangents, in the structure of `y`; ``None`` where `y` does not
        depend on anything differentiable.

    Raises
    ------
    TangentError
        If a tangent does not fit its primal.
    AdjointError
        If the derivative of something that `y` depends on is not known.

    Examples
    --------
    >>> import math
    >>> jvp(math.sin, (0.5,), (1.0,))
    (0.479425538604203, 0.8775825618903728)
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TangentError(
            "jvp takes a tuple of primals and one of tangents: jvp(f, (x,), (v,)), also for one "
            "argument"
        )
    return pushed(f, tuple(primals), tuple(tangents), 0)


def pushforward(f: Callable[..., Any], /, *primals: Any) -> Callable[..., Any]:
    """The derivative of a function at a point, as a function of the tangents.

    Each call of it runs `f` once, in forward mode.

    Examples
    --------
    >>> push = pushforward(lambda x, y: x * y, 2.0, 3.0)
    >>> push(1.0, 0.0), push(0.0, 1.0)
    (3.0, 2.0)
    """

    def push(*tangents: Any) -> Any:
        return jvp(f, primals, tangents)[1]

    return push


def columns(f, args, found):
    """The derivatives along the unit tangents of the arguments, as many at once as fit."""
    n = found[-1].last if found else 0
    if any(leaf.source is not None for leaf in found) and n:
        given = [pushed(f, args, unit_tangent(args, found, i), 0) for i in range(n)]
        return given[-1][0], stacked([d for _, d in given])
    step = max(1, min(n, CHUNK // max(n, 1)))
    value, parts = None, []
    for start in range(0, n, step):
        stop = min(start + step, n)
        units = unit_tangents(args, found, start, stop)
        value, d = pushed(f, args, units, stop - start)
        parts.append(d)
    if n == 0:
        return f(*args), None
    return value, parts[0] if len(parts) == 1 else joined(parts)


def joined(parts):
    """Chunks of tangents as one."""
    first = next((part for part in parts if part is not None), None)
    if first is None or isinstance(first, np.ndarray):
        return None if first is None else np.concatenate(parts)
    if isinstance(first, (list, tuple)):
        if type(first[0]) is int:
            return [v for part in parts for v in part]
        return type(first)([joined(list(column)) for column in zip(*parts, strict=True)])
    if isinstance(first, dict):
        return {key: joined([part[key] for part in parts]) for key in first}
    return type(first)(**{k: joined([vars(part)[k] for part in parts]) for k in vars(first)})


def _slope_of(f):
    """The gradient as a function."""

    def slope(*args):
        return gradient(f, *args)

    return slope


def _second(f, args, what):
    """The leaves of the arguments, and the derivatives of the gradient along all of them."""
    found = leaves(args, what)
    return found, columns(_slope_of(f), args, found)[1]


def hessian(f: Callable[..., Any], /, *args: Any) -> Any:
    """The second derivatives of a function that returns a real scalar: forward over reverse.

    Parameters
    ----------
    f : callable
    *args
        Real numbers and arrays, and containers and objects with such in them.

    Returns
    -------
    For one argument that is an array of shape ``s``, an array of shape ``s + s``; for a number, a
    number; for a structure, the structure of its gradient, with such a structure in place of every
    number or array: ``hessian(f, x)[i][j]`` for a list of numbers.  For several arguments a tuple
    of tuples of these.

    Raises
    ------
    OutputError
        If the function does not return a real scalar, or an argument is complex.

    Examples
    --------
    >>> hessian(lambda ab: ab[0] * ab[1], [2, 3])
    [[0, 1], [1, 0]]
    """
    found, rows = _second(f, args, "hessian")
    table = {}
    for p in found:
        row = at(rows, p.path)
        table[p.path] = _given(args, {q.path: _block(row, p, q) for q in found})
    return _given(args, table)


def _given(args, table):
    """What there is for each leaf, in the form of the arguments; of one, that of itself."""
    out = arranged(args, table)
    return out[0] if out is not None and len(args) == 1 else out


def _number(x):
    """A Python number: whole where all derivatives on the way are."""
    return x.item() if isinstance(x, np.generic) else x


def _block(row, p, q):
    """The part of the Hessian for two leaves; on the device if one of them is."""
    if row is None:
        block = np.zeros((len(q), *p.shape))
    elif p.source is not None:
        return row[q.first : q.last].reshape((len(q), len(p))).T.reshape(p.shape + q.shape)
    elif p.exact:
        block = row[q.first : q.last]
        return _number(block[0]) if not q.shape else np.array(block, float).reshape(q.shape)
    else:
        block = np.asarray(row)[q.first : q.last]
    block = np.moveaxis(block, 0, -1).reshape(p.shape + q.shape)
    source = q.source if p.source is None else p.source
    if source is not None:
        return filled(source, block)
    if block.ndim:
        return block.copy()
    return int(block) if p.exact and q.exact else float(block)


def hvp(f: Callable[..., Any], primals: Any, tangents: Any, /) -> Any:
    """The product of the Hessian of a function with a direction: forward over reverse.

    Costs a small multiple of a gradient, for any number of variables.

    Parameters
    ----------
    f : callable
        Returns a real scalar.
    primals
        The argument of `f`, or a tuple of its arguments.
    tangents
        The direction, in the structure of the gradient.

    Examples
    --------
    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    several = isinstance(primals, tuple)
    args, directions = (primals, tangents) if several else ((primals,), (tangents,))
    _, product = jvp(_slope_of(f), args, directions)
    if product is None:
        product = (None,) * len(args)
    return product if several else product[0]


def diaghessian(f: Callable[..., Any], /, *args: Any) -> tuple[Any, ...]:
    """The diagonal of the Hessian: for every argument a structure of the form of its gradient.

    Examples
    --------
    >>> import numpy as np
    >>> diaghessian(lambda x: np.sum(x**3), np.array([1.0, 2.0]))
    (array([ 6., 12.]),)
    """
    found, rows = _second(f, args, "diaghessian")
    table = {}
    for p in found:
        row = at(rows, p.path)
        if row is None:
            table[p.path] = np.zeros(p.shape) if p.shape else 0 if p.exact else 0.0
            if p.source is not None:
                table[p.path] = filled(p.source, table[p.path])
        elif p.source is not None:
            block = row[p.first : p.last].reshape((len(p), len(p)))
            table[p.path] = block.diagonal().reshape(p.shape)
        elif p.exact:
            table[p.path] = _number(row[p.first])
        else:
            block = np.asarray(row)[p.first : p.last].reshape(len(p), len(p))
            d = np.diagonal(block).reshape(p.shape)
            table[p.path] = d.copy() if p.shape else float(d)
    return arranged(args, table) or (None,) * len(args)


def forwarddiff(f: Callable[[Any], Any], x: Any, /) -> Any:
    """``f(x)``; under a gradient, `f` is differentiated in forward mode.

    That takes time in proportion to the number of variables in `x`, and no memory that grows with
    the number of steps.  Derivatives with respect to what `f` captures are dropped.

    Parameters
    ----------
    f : callable
    x
        A real number or array, or a structure of them.

    Examples
    --------
    >>> import zygcore as zg
    >>> zg.gradient(lambda x: forwarddiff(lambda x: x**2, x), 5)
    (10,)
    >>> zg.gradient(lambda a, b: forwarddiff(lambda a: a * b, a), 2, 3)
    (3, None)
    """
    return f(x)


@adjoint(forwarddiff)
def forwarddiff_rule(f, x):
    found = leaves((x,), "forwarddiff")
    y, rows = columns(f, (x,), found)

    def back(dy):
        if rows is None:
            return None
        sums = inner(rows, dy)
        table = {}
        for leaf in found:
            part = sums[leaf.first : leaf.last]
            part = part.reshape(leaf.shape) if leaf.shape or leaf.source is not None else part[0]
            on_host = leaf.source is not None and type(part) is np.ndarray
            table[leaf.path] = filled(leaf.source, part) if on_host else part
        return None, arranged((x,), table)[0]

    return y, back


def inner(rows, dy):
    """The inner products of several tangents with one cotangent."""
    if rows is None or dy is None:
        return 0
    if isinstance(rows, np.ndarray):
        return np.real(np.conj(rows).reshape(rows.shape[0], -1) @ np.reshape(dy, -1))
    if type(rows) in STACKS:
        return rows.reshape((rows.shape[0], -1)) @ dy.reshape((-1,))
    if isinstance(rows, list) and type(rows[0]) is int:
        return [v * dy for v in rows]
    keys = range(len(rows)) if isinstance(rows, (list, tuple)) else rows
    keys = vars(rows) if hasattr(rows, "__dict__") else keys
    total = None
    for key in keys:
        total = accumulate(total, inner(at(rows, (key,)), at(dy, (key,))))
    return total
