"""Sums, products and quotients of series.

A coefficient that is zero stays zero, also beside an infinite factor: see `rules.broadcasting`.
"""

import math

import numpy as np

from .._transpose import zero_of
from ..structure import Grad

__all__ = [
    "begun",
    "difference",
    "is_array",
    "over",
    "product",
    "quotient",
    "scaled",
    "slopes",
    "square",
    "step",
    "sum_of",
    "terms",
]


def is_array(x):
    return isinstance(x, (np.ndarray, np.generic))


def terms(a, b, k, first, last):
    """The sum of ``a[j] * b[k - j]`` for j from `first` to `last`."""
    total = None
    for j in range(first, last + 1):
        u, v = a[j], b[k - j]
        if u is not None and v is not None:
            total = u * v if total is None else total + u * v
    if total is not None and has_nan(total):
        return _guarded_terms(a, b, k, first, last)
    return total


def has_nan(x):
    if isinstance(x, float):
        return x != x
    return is_array(x) and x.dtype.kind in "fc" and bool(np.any(np.isnan(x)))


def _guarded_terms(a, b, k, first, last):
    """The same where a coefficient that is zero stands beside something infinite."""
    total = None
    for j in range(first, last + 1):
        u, v = a[j], b[k - j]
        if u is not None and v is not None:
            p = u * v
            if j:
                p = _zero_where(p, u)
            if k - j:
                p = _zero_where(p, v)
            total = p if total is None else total + p
    return total


def _zero_where(p, u):
    """`p`, but zero where `u` is."""
    if is_array(p) or is_array(u):
        return np.where(np.equal(u, 0), np.zeros_like(p), p)[()]
    return 0.0 if u == 0 else p


def over(a, b):
    """``a / b``; zero where `a` is, and infinite where only `b` is zero."""
    if a is None:
        return None
    if isinstance(b, float) and isinstance(a, float) and b != 0:
        return a / b
    if is_array(a) or is_array(b):
        q = a / b
        if np.any(np.equal(b, 0)):
            q = _zero_where(q, a)
        return q
    if b == 0:
        return (
            0.0
            if a == 0
            else a * math.copysign(math.inf, b)
            if not isinstance(b, complex)
            else math.nan
        )
    return a / b


def plus(a, b):
    return b if a is None else a if b is None else a + b


def minus(a, b):
    return a if b is None else -b if a is None else a - b


def sum_of(a, b):
    return [plus(u, v) for u, v in zip(a, b, strict=True)]


def difference(a, b):
    return [minus(u, v) for u, v in zip(a, b, strict=True)]


def times(a, c):
    """A series times a constant."""
    return [None if u is None else u * c for u in a]


def product(a, b):
    return [terms(a, b, k, 0, k) for k in range(len(a))]


def square(a):
    return product(a, a)


def quotient(a, b, y0):
    """``a / b``, whose value is `y0`."""
    y = [y0]
    for k in range(1, len(a)):
        y.append(over(minus(a[k], terms(b, y, k, 1, k)), b[0]))
    return y


def slopes(x):
    """``j * x[j]``: the coefficients of t x'(t)."""
    return [None, *[None if c is None else j * c for j, c in enumerate(x) if j]]


def step(dx, p, k):
    """The coefficient k of y where y' = p x', from the `slopes` of x and those of p before k."""
    v = terms(dx, p, k, 1, k)
    return None if v is None else v / k


# ------------------------------------------------------------------ coefficients of any structure


def scaled(c, k, multiply):
    """A coefficient times, or divided by, a whole number."""
    if c is None or k == 1:
        return c
    if isinstance(c, (list, tuple)):
        return type(c)([scaled(part, k, multiply) for part in c])
    if isinstance(c, dict):
        return {key: scaled(part, k, multiply) for key, part in c.items()}
    if isinstance(c, Grad):
        return Grad(**{key: scaled(part, k, multiply) for key, part in vars(c).items()})
    if multiply:
        return c * k
    return c // k if type(c) is int and c % k == 0 else c / k


def filled(x, c):
    """A coefficient of the value `x`, with zeros in place of None."""
    if c is None:
        return zero_of(x)
    if isinstance(x, (list, tuple)) and type(c) in (list, tuple):
        return type(c)([filled(v, part) for v, part in zip(x, c, strict=True)])
    return c


def begun(x, coefficients):
    """The first coefficient of the value `x`, with zeros in place of None where another is some."""
    given = [c for c in coefficients if c is not None]
    if not given:
        return None
    if isinstance(x, (list, tuple)) and type(given[0]) in (list, tuple):
        parts = [[None if c is None else c[i] for c in coefficients] for i in range(len(x))]
        return type(given[0])([begun(v, part) for v, part in zip(x, parts, strict=True)])
    return zero_of(x) if coefficients[0] is None else coefficients[0]


def shaped(c, y):
    """A coefficient of the shape and dtype of the value `y`."""
    if c is None or not is_array(y) or type(c) is type(y) is np.float64:
        return c
    if np.shape(c) != y.shape:
        c = np.broadcast_to(c, y.shape)
    dtype = y.dtype if y.dtype.kind in "fc" else np.dtype(float)
    if not is_array(c):
        return dtype.type(c) if not isinstance(y, np.ndarray) else np.array(c, dtype)
    if c.dtype != dtype:
        if c.dtype.kind == "c" and dtype.kind != "c":
            c = c.real
        c = c.astype(dtype)
    return np.asarray(c) if isinstance(y, np.ndarray) else c
