"""Elementary functions of series: each takes its argument and the value.

Griewank & Walther (2008), section 13.2: a function that satisfies a differential equation with
coefficients that are themselves series has a recurrence.
"""

import cmath
import math

import numpy as np

from .arithmetic import (
    difference,
    is_array,
    minus,
    over,
    plus,
    product,
    quotient,
    slopes,
    square,
    step,
    terms,
    times,
)

__all__ = []

_ln2 = math.log(2)
_ln10 = math.log(10)


def value(name, x):
    """A function of `math`, `cmath` or NumPy, as `x` is."""
    module = np if is_array(x) else cmath if isinstance(x, complex) else math
    return getattr(module, name)(x)


def is_complex(x):
    return isinstance(x, complex) or is_array(x) and x.dtype.kind == "c"


def constant(c, x):
    return [c, *[None] * (len(x) - 1)]


def choose(condition, a, b):
    """``np.where`` of coefficients, numbers or arrays."""
    if not is_array(condition):
        return a if condition else b
    if a is None and b is None:
        return None
    return np.where(condition, 0.0 if a is None else a, 0.0 if b is None else b)[()]


def anywhere(condition):
    return bool(np.any(condition)) if is_array(condition) else condition


# --------------------------------------------------------------- from a differential equation


def integrated(y0, x, p):
    """y with y' = p x'."""
    dx = slopes(x)
    return [y0, *[step(dx, p, k) for k in range(1, len(x))]]


def divided(y0, x, q):
    """y with q y' = x'."""
    y, dy = [y0], [None]
    for k in range(1, len(x)):
        rest = terms(dy, q, k, 1, k - 1)
        c = over(minus(x[k], None if rest is None else rest / k), q[0])
        y.append(c)
        dy.append(None if c is None else k * c)
    return y


def exp(x, y0, rate=1):
    """y with y' = rate y x'."""
    y = [y0]
    dx = slopes(x) if rate == 1 else times(slopes(x), rate)
    for k in range(1, len(x)):
        y.append(step(dx, y, k))
    return y


def exp2(x, y0):
    return exp(x, y0, _ln2)


def expm1(x, y0):
    return [y0, *exp(x, y0 + 1)[1:]]


def log(x, y0):
    return divided(y0, x, x)


def log2(x, y0):
    return [y0, *times(log(x, y0), 1 / _ln2)[1:]]


def log10(x, y0):
    return [y0, *times(log(x, y0), 1 / _ln10)[1:]]


def log1p(x, y0):
    return divided(y0, x, [1 + x[0], *x[1:]])


def sqrt(x, y0):
    y = [y0]
    for k in range(1, len(x)):
        y.append(over(minus(x[k], terms(y, y, k, 1, k - 1)), 2 * y0))
    return y


def _together(x, s0, c0, sign):
    """s and c with s' = c x' and c' = sign s x'."""
    dx, s, c = slopes(x), [s0], [c0]
    for k in range(1, len(x)):
        s.append(step(dx, c, k))
        v = step(dx, s, k)
        c.append(v if v is None or sign > 0 else -v)
    return s, c


def sin(x, y0):
    return _together(x, y0, value("cos", x[0]), -1)[0]


def cos(x, y0):
    return _together(x, value("sin", x[0]), y0, -1)[1]


def sinh(x, y0):
    return _together(x, y0, value("cosh", x[0]), 1)[0]


def cosh(x, y0):
    return _together(x, value("sinh", x[0]), y0, 1)[1]


def _of_square(x, y0, sign):
    """y with y' = (1 + sign y²) x'."""
    dx, y, p = slopes(x), [y0], [1 + sign * (y0 * y0)]
    for k in range(1, len(x)):
        y.append(step(dx, p, k))
        v = terms(y, y, k, 0, k)
        p.append(v if v is None or sign > 0 else -v)
    return y


def tan(x, y0):
    return _of_square(x, y0, 1)


def tanh(x, y0):
    return _of_square(x, y0, -1)


def _one_and_square(x, sign):
    """1 + sign x²"""
    s = square(x)
    if sign > 0:
        return [1 + s[0], *s[1:]]
    return [(1 - x[0]) * (1 + x[0]), *[None if v is None else -v for v in s[1:]]]


def _root(q, other, y0, *factors):
    """The square root of a series whose value has these factors; `other` of `y0` is that root."""
    if is_array(factors[0]) or isinstance(factors[0], complex):
        root = value("sqrt", factors[0])
        for factor in factors[1:]:
            root = root * value("sqrt", factor)
        if is_complex(root):
            root = _near(root, value(other, y0))
    else:
        root = 1.0
        for factor in factors:  # rounding may have made them negative
            root = root * math.sqrt(factor if factor > 0 else 0.0)
    return sqrt(q, root)


def _near(root, there):
    """Of the two square roots the one near `there`: on a branch cut the sign of a zero decides."""
    return choose(abs(root - there) > abs(root + there), -root, root)


def _inverse_sine(x, y0, other):
    return divided(y0, x, _root(_one_and_square(x, -1), other, y0, 1 - x[0], 1 + x[0]))


def asin(x, y0):
    return _inverse_sine(x, y0, "cos")


def acos(x, y0):
    return [y0, *[None if v is None else -v for v in _inverse_sine(x, y0, "sin")[1:]]]


def atan(x, y0):
    return divided(y0, x, _one_and_square(x, 1))


def asinh(x, y0):
    if is_complex(y0):
        q = _one_and_square(x, 1)
        return divided(y0, x, _root(q, "cosh", y0, 1 + 1j * x[0], 1 - 1j * x[0]))
    return divided(y0, x, _root(_one_and_square(x, 1), "cosh", y0, 1 + x[0] * x[0]))


def acosh(x, y0):
    q = [None if v is None else -v for v in _one_and_square(x, -1)]
    return divided(y0, x, _root(q, "sinh", y0, x[0] - 1, x[0] + 1))


def atanh(x, y0):
    return divided(y0, x, _one_and_square(x, -1))


def erf(x, y0, sign=1):
    s = [None if v is None else -v for v in square(x)]
    return integrated(y0, x, exp(s, sign * 2 / math.sqrt(math.pi) * value("exp", s[0])))


def erfc(x, y0):
    return erf(x, y0, -1)


def reciprocal(x, y0):
    return quotient(constant(1, x), x, y0)


# ------------------------------------------------------------------------------------- powers


def whole(a):
    """`a` as a Python integer, or None: it is something else, or negative."""
    if (
        isinstance(a, (np.ndarray, complex))
        or not np.isreal(a)
        or a != a // 1
        or not 0 <= a <= 1024
    ):
        return None
    return int(a)


def repeated(x, n):
    """``x**n`` by repeated squaring: exact for integers, and right where x is zero."""
    y = None
    while n:
        if n % 2:
            y = x if y is None else product(y, x)
        n //= 2
        if n:
            x = square(x)
    return constant(1, x) if y is None else y


def power(x, a, y0):
    """``x**a`` for a constant `a`."""
    n = whole(a)
    if n is not None:
        return [y0, *repeated(x, n)[1:]]
    zero = x[0] == 0
    if not anywhere(zero):
        return _power(x, a, y0)
    if not is_array(zero):
        return _power_of_zero(x, a, y0)
    usual = _power([np.where(zero, 1, x[0]), *x[1:]], a, np.where(zero, 1, y0))
    special = _power_of_zero([np.where(zero, 0, x[0]), *x[1:]], a, y0)
    return [y0, *[choose(zero, s, u) for s, u in zip(special[1:], usual[1:], strict=True)]]


def _power(x, a, y0):
    y = [y0]
    for k in range(1, len(x)):
        weighted = [None if c is None else ((a + 1) * j - k) * c for j, c in enumerate(x)]
        y.append(over(terms(weighted, y, k, 1, k), k * x[0]))
    return y


def _power_of_zero(x, a, y0):
    """The same where x is zero: the derivatives there are 0, a factorial or infinite."""
    x = [None, *x[1:]]
    y = constant(y0, x)
    powers, binomial = x, a
    for k in range(1, len(x)):
        f = _nth_of_zero(a, k, binomial)
        for j in range(k, len(x)):
            if powers[j] is not None:
                y[j] = plus(y[j], _times_maybe_infinite(powers[j], f))
        powers = product(powers, x)
        binomial = binomial * (a - k) / (k + 1)
    return y


def _nth_of_zero(a, k, binomial):
    """The coefficient k of ``t**a`` at 0."""
    if is_array(a):
        return np.where(a == k, 1.0, np.where((a > k) | (binomial == 0), 0.0, binomial * np.inf))
    if isinstance(a, complex):
        return math.nan
    return 1.0 if a == k else 0.0 if a > k or binomial == 0 else math.copysign(math.inf, binomial)


def _times_maybe_infinite(c, f):
    if is_array(c) or is_array(f):
        return np.where(np.equal(c, 0), 0.0, c * f)
    return 0.0 if c == 0 else c * f


def power_of_both(x, a, y0):
    """``x**a`` where both are series."""
    zero = x[0] == 0
    if not anywhere(zero):
        return exp(product(a, log(x, _log_of(x[0], y0))), y0)
    safe = [choose(zero, 1.0, x[0]), *x[1:]]
    usual = exp(product(a, log(safe, _log_of(safe[0], y0))), y0)
    special = _power_of_zero([0 * x[0], *x[1:]], a[0], y0)
    y = [y0]
    for k in range(1, len(x)):
        c = special[k]
        if k > 1:  # t**t has no series at 0; what does not move stays
            moved = [v for v in x[1 : k + 1] if v is not None]
            still = True
            for v in moved:
                still = still & np.equal(v, 0)
            c = choose(np.asarray(still)[()], 0.0, math.nan)
        y.append(choose(zero, c, usual[k]))
    return y


def _log_of(x, y):
    if is_complex(y):
        return np.log(x + 0j) if is_array(x) else cmath.log(x)
    return value("log", abs(x))


# ------------------------------------------------------------------- several arguments


def hypot(xs, y0):
    """The root of the sum of squares; at zero all coefficients are 0, as the subgradient is."""
    size = choose(y0 == 0, 1.0, y0)
    total = None
    for x in xs:
        s = square([None if v is None else v / size for v in x])
        total = s if total is None else [plus(u, v) for u, v in zip(total, s, strict=True)]
    return [y0, *times(sqrt(total, choose(y0 == 0, 1.0, y0 / size)), y0)[1:]]


def atan2(y, x, z0):
    size = np.maximum(np.abs(y[0]), np.abs(x[0]))
    size = choose(size == 0, 1.0, size)
    if not is_array(z0):
        size = float(size)
    y, x = (
        [None if v is None else v / size for v in y],
        [None if v is None else v / size for v in x],
    )
    r = [plus(u, v) for u, v in zip(square(y), square(x), strict=True)]
    dy, dx = slopes(y), slopes(x)
    z, dz = [z0], [None]
    for k in range(1, len(x)):
        turned = minus(terms(dy, x, k, 1, k), terms(dx, y, k, 1, k))
        c = over(minus(turned, terms(dz, r, k, 1, k - 1)), k * r[0])
        z.append(c)
        dz.append(None if c is None else k * c)
    return z


def logaddexp(x, y, z0, rate=1.0):
    """log(e**x + e**y) to the base of e**rate: z' = s x' + (1 - s) y' with s = e**(x - z)."""
    exponential = np.exp if rate == 1.0 else np.exp2
    s = [np.where(np.equal(x[0], y[0]), 0.5, exponential(x[0] - z0))[()]]
    apart = difference(x, y)
    moved, z, ds = slopes(apart), [z0], [None]
    for k in range(1, len(x)):
        z.append(plus(y[k], step(moved, s, k)))
        ds.append(None if minus(x[k], z[k]) is None else k * rate * minus(x[k], z[k]))
        s.append(step(ds, s, k))
    return z


def sinc(x, y0):
    """sin(pi x) / (pi x): a quotient, and near 0 the power series."""
    near = np.abs(x[0]) < 0.5
    safe = [choose(near, 1.0, x[0]), *x[1:]]
    turns = times(safe, math.pi)
    usual = quotient(sin(turns, np.sin(turns[0])), turns, y0)
    if not anywhere(near):
        return usual
    special = composed(
        [choose(near, x[0], 0.0), *x[1:]], _sinc_coefficients(choose(near, x[0], 0.0), len(x))
    )
    return [y0, *[choose(near, s, u) for s, u in zip(special[1:], usual[1:], strict=True)]]


def _sinc_coefficients(x, n):
    """The Taylor coefficients of sinc at `x`, from those at 0."""
    out = []
    for k in range(n):
        total, m = 0.0 * x, k + k % 2
        while m < k + 40:
            total = total + (-1) ** (m // 2) * math.pi**m / math.factorial(m + 1) * math.comb(
                m, k
            ) * x ** (m - k)
            m += 2
        out.append(total)
    return out


def composed(x, f):
    """f(x) for the Taylor coefficients `f` of a function at ``x[0]``: Horner's rule, O(d³)."""
    h = [None, *x[1:]]
    y = constant(f[-1], x)
    for c in f[-2::-1]:
        y = product(y, h)
        y[0] = c
    return y
