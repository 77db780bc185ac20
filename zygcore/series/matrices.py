"""Linear systems, and functions that are made of others."""

import numpy as np

from ..rules.registry import nondifferentiable
from .arithmetic import minus, plus, shaped, terms
from .calls import applied
from .table import TABLE

__all__ = ["TABLE"]


def recurrence(*targets):
    def register(function):
        for target in targets:
            TABLE[target] = function
        return function

    return register


def equivalent(*targets, root=False):
    """Registers Python code that does the same as `targets`, whose series is taken.

    Parameters
    ----------
    root : bool
        Whether the value is a root of something that is 0 together with it: there, all
        coefficients are 0.
    """

    def register(function):
        names = function.__code__.co_varnames[: function.__code__.co_argcount]

        def rule(call):
            from .._taylor import in_series  # which is made of levels, as this is

            if (
                not set(call.options) <= set(names)
                or len(call.args) > len(names)
                or not call.of_positions()
            ):
                return None
            keys = tuple(call.series)
            given = [call.of(key) for key in keys]
            _, found = in_series(
                lambda *xs: applied(call, keys, xs, function),
                tuple([s[0] for s in given]),
                tuple([s[1:] for s in given]),
                call.d,
            )
            if root and np.any(call.y == 0):
                found = [None if c is None else np.where(call.y == 0, 0.0, c)[()] for c in found]
            return [shaped(c, call.y) for c in found]

        for target in targets:
            TABLE[target] = rule
        return function

    return register


# ---------------------------------------------------------------------- linear systems


def matrix_terms(a, y, k, first, last):
    """The sum of ``a[j] @ y[k - j]``."""
    total = None
    for j in range(first, last + 1):
        if a[j] is not None and y[k - j] is not None:
            total = plus(total, np.matmul(a[j], y[k - j]))
    return total


def inverse(a, y0):
    """Y with A Y = 1: Y_k = -Y_0 (A_1 Y_(k-1) + ... + A_k Y_0)."""
    y = [y0]
    for k in range(1, len(a)):
        total = matrix_terms(a, y, k, 1, k)
        y.append(None if total is None else -np.matmul(y0, total))
    return y


@recurrence(np.linalg.inv)
def inv_series(call):
    if not call.takes_numbers():
        return None
    return [shaped(c, call.y) for c in inverse(call.of(0), call.y)[1:]]


@recurrence(np.linalg.solve)
def solve_series(call):
    """A Y = B: Y_k = A_0^-1 (B_k - A_1 Y_(k-1) - ... - A_k Y_0)."""
    if not call.takes_numbers():
        return None
    a, b, y = call.of(0), call.of(1), [call.y]
    vector = np.ndim(b[0]) == 1
    if vector:
        b, y = [None if c is None else c[:, None] for c in b], [call.y[..., None]]
    for k in range(1, call.d + 1):
        right = minus(b[k], matrix_terms(a, y, k, 1, k))
        y.append(None if right is None else np.linalg.solve(a[0], right))
    return [None if c is None else shaped(c[..., 0] if vector else c, call.y) for c in y[1:]]


@recurrence(np.linalg.det)
def det_series(call):
    """y' = y tr(A^-1 A') (Jacobi); where y is zero, from the characteristic polynomial."""
    if not call.takes_numbers():
        return None
    if np.any(call.y == 0):
        return _det_of_singular(call)
    a = call.of(0)
    z = inverse(a, np.linalg.inv(a[0]))
    rate = [None]
    for k in range(1, call.d + 1):
        total = None
        for j in range(1, k + 1):
            if a[j] is not None and z[k - j] is not None:
                total = plus(total, j * np.sum(a[j] * np.swapaxes(z[k - j], -1, -2), (-1, -2)))
        rate.append(total)
    y = [call.y]
    for k in range(1, call.d + 1):
        v = terms(rate, y, k, 1, k)
        y.append(None if v is None else v / k)
    return [shaped(c, call.y) for c in y[1:]]


def faddeev_leverrier(a):
    """The determinant without a division by something that may be zero (Faddeev & Le Verrier)."""
    n = a.shape[-1]
    m, c = 0 * a, np.ones(a.shape[:-2])
    for k in range(1, n + 1):
        m = np.matmul(a, m) + c[..., None, None] * np.eye(n)
        c = -np.trace(np.matmul(a, m), axis1=-2, axis2=-1) / k
    return c if n % 2 == 0 else -c


equivalent(None)(faddeev_leverrier)
_det_of_singular = TABLE.pop(None)


# ------------------------------------------------------------------------- reductions


def along(a, axis):
    """The array with the axes that are reduced, as one, in front."""
    a = np.asarray(a)
    if axis is None:
        return np.reshape(a, (-1,))
    axes = [i % a.ndim for i in (axis if isinstance(axis, tuple) else (axis,))]
    a = np.moveaxis(a, axes, range(len(axes)))
    return np.reshape(a, (-1, *a.shape[len(axes) :]))


def kept(y, a, axis, keepdims):
    """The reduced axes again, with length 1."""
    if not keepdims:
        return y
    axes = range(np.ndim(a)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return np.expand_dims(y, tuple(axes))


@equivalent(np.prod, np.ndarray.prod)
def prod(a, axis=None, dtype=None, out=None, keepdims=False):
    items = along(a, axis)
    y = np.ones(items.shape[1:])
    for i in range(len(items)):
        y = y * items[i]
    return kept(y, a, axis, keepdims)


@equivalent(np.cumprod, np.ndarray.cumprod)
def cumprod(a, axis=None):
    items = along(a, axis)
    out = []
    for i in range(len(items)):
        out.append(items[i] if i == 0 else out[-1] * items[i])
    y = np.stack(out) if out else items
    return y if axis is None else np.moveaxis(y, 0, axis)


@equivalent(np.var, np.ndarray.var)
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    items = along(a, axis)
    apart = items - np.mean(items, axis=0)
    y = np.sum(np.real(apart * np.conjugate(apart)), axis=0) / (len(items) - ddof)
    return kept(y, a, axis, keepdims)


@equivalent(np.std, np.ndarray.std, root=True)
def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    return np.sqrt(var(a, axis, None, None, ddof, keepdims))


def size_of(x):
    """The largest absolute value, 1 if that is 0."""
    size = float(np.max(np.abs(x), initial=0.0))
    return size if 0 < size < np.inf else 1.0


def norm(x, ord=None, axis=None, keepdims=False):
    items = along(x, axis)
    scale = size_of(items)
    items = items / scale
    y = scale * np.sqrt(np.sum(np.real(items * np.conjugate(items)), axis=0))
    return kept(y, x, axis, keepdims)


equivalent(np.linalg.norm, root=True)(norm)
_norm = TABLE[np.linalg.norm]


@recurrence(np.linalg.norm)
def norm_series(call):
    """The Euclidean norm; others from their rule."""
    given = call.args[1] if len(call.args) > 1 else call.options.get("ord")
    return _norm(call) if given is None else None


nondifferentiable(size_of)
