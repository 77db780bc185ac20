"""Rules for the standard library's `math`.

Functions of real numbers are declared by their partial derivatives, which
must not raise where the function itself is defined: `over` divides as IEEE
arithmetic does, and a zero cotangent makes nothing of an infinite slope.
Results of several values (`math.modf`, `math.frexp`) are taken apart into
functions of one value.
"""

import math

from .broadcasting import project
from .registry import adjoint, elementwise, lowering, nondifferentiable

__all__ = ["digamma", "over", "polygamma1"]

_two_over_sqrt_pi = 2 / math.sqrt(math.pi)
_ln2 = math.log(2)
_ln10 = math.log(10)


def over(a, b):
    """``a / b``, infinite or NaN where Python raises."""
    if b == 0:
        if a != a or a == 0:
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return a / b


def _root(x):
    """sqrt of what rounding may have made negative."""
    return math.sqrt(x) if x > 0 else 0.0


# ------------------------------------------------------------- one argument

elementwise(math.sin, lambda x, y: math.cos(x))
elementwise(math.cos, lambda x, y: -math.sin(x))
elementwise(math.tan, lambda x, y: 1 + y * y)
elementwise(math.asin, lambda x, y: over(1.0, _root((1 - x) * (1 + x))))
elementwise(math.acos, lambda x, y: over(-1.0, _root((1 - x) * (1 + x))))
elementwise(math.atan, lambda x, y: 1 / (1 + x * x))
elementwise(math.sinh, lambda x, y: math.cosh(x))
elementwise(math.cosh, lambda x, y: math.sinh(x))
elementwise(math.tanh, lambda x, y: 1 - y * y)
elementwise(math.asinh, lambda x, y: 1 / math.hypot(1.0, x))
elementwise(math.acosh, lambda x, y: over(1.0, _root(x - 1) * math.sqrt(x + 1)))
elementwise(math.atanh, lambda x, y: 1 / ((1 - x) * (1 + x)))
elementwise(math.exp, lambda x, y: y)
elementwise(math.expm1, lambda x, y: y + 1)
elementwise(math.log2, lambda x, y: 1 / x / _ln2)
elementwise(math.log10, lambda x, y: 1 / x / _ln10)
elementwise(math.log1p, lambda x, y: 1 / (1 + x))
elementwise(math.sqrt, lambda x, y: over(0.5, y))
elementwise(math.fabs, lambda x, y: 1.0 if x > 0 else -1.0 if x < 0 else 0.0)
elementwise(math.degrees, lambda x, y: 180 / math.pi)
elementwise(math.radians, lambda x, y: math.pi / 180)
elementwise(math.erf, lambda x, y: _two_over_sqrt_pi * math.exp(-x * x))
elementwise(math.erfc, lambda x, y: -_two_over_sqrt_pi * math.exp(-x * x))
elementwise(math.gamma, lambda x, y: y * digamma(x))
elementwise(math.lgamma, lambda x, y: digamma(x))

if hasattr(math, "exp2"):  # 3.11
    elementwise(math.exp2, lambda x, y: y * _ln2)
    elementwise(math.cbrt, lambda x, y: over(1.0, 3 * y * y))


# ---------------------------------------------------- two and more arguments


def _power_x(x, y, z):
    if y == 0:
        return 0.0
    if x == 0 and y < 1:
        return math.inf
    try:
        return y * math.pow(x, y - 1)
    except OverflowError:
        return y * (z / x)


def _two_to(i):
    return math.ldexp(1.0, i) if i < 1024 else math.inf


elementwise(
    math.pow,
    _power_x,
    lambda x, y, z: 0.0 if x == 0 else z * math.log(abs(x)),
)
elementwise(
    math.atan2,
    lambda y, x, z: over(x, x * x + y * y),
    lambda y, x, z: over(-y, x * x + y * y),
)
elementwise(math.ldexp, lambda x, i, y: _two_to(i), None)
elementwise(
    math.copysign,
    lambda x, s, y: over(y, x) if x else math.copysign(1.0, s) * math.copysign(1.0, x),
    None,
)
elementwise(math.fmod, lambda x, y, z: 1, lambda x, y, z: -float(math.trunc((x - z) / y)))
elementwise(math.remainder, lambda x, y, z: 1, lambda x, y, z: -float(round((x - z) / y)))


@adjoint(math.nextafter)
def nextafter_rule(x, y, **steps):
    return math.nextafter(x, y, **steps), lambda dy: (project(dy, x), None)  # a constant away


if hasattr(math, "fma"):  # 3.13
    elementwise(math.fma, lambda x, y, z, w: y, lambda x, y, z, w: x, lambda x, y, z, w: 1)


@adjoint(math.log)
def log_rule(x, *base):
    y = math.log(x, *base)

    def log_back(dy):  # 1 / x has a value also where an int is beyond the range of floats
        if not base:
            return (project(dy * (1 / x), x),)
        scale = math.log(base[0])
        return project(dy / scale * (1 / x), x), project(-dy * y / scale * (1 / base[0]), base[0])

    return y, log_back


@adjoint(math.hypot)
def hypot_rule(*xs):
    y = math.hypot(*xs)

    def hypot_back(dy):
        return tuple([project(dy * (x / y) if y else 0.0 * dy, x) for x in xs])

    return y, hypot_back


# ------------------------------------------------- functions of many numbers
#
# The numbers come in an iterable, so these are lowered to helpers that take
# each number as an argument of its own.


def _dist(n, *coordinates):
    return math.dist(coordinates[:n], coordinates[n:])


@adjoint(_dist)
def dist_rule(n, *coordinates):
    p, q = coordinates[:n], coordinates[n:]
    y = _dist(n, *coordinates)

    def dist_back(dy):
        scaled = [dy * ((a - b) / y) if y else 0.0 * dy for a, b in zip(p, q, strict=True)]
        return (
            None,
            *[project(d, a) for d, a in zip(scaled, p, strict=True)],
            *[project(-d, b) for d, b in zip(scaled, q, strict=True)],
        )

    return y, dist_back


@lowering(math.dist)
def dist_lowering(p, q, /):
    if len(p) != len(q):
        raise ValueError("both points must have the same number of dimensions")
    return _dist(len(p), *p, *q)


def _fsum(*items):
    return math.fsum(items)


@adjoint(_fsum)
def fsum_rule(*items):
    def fsum_back(dy):
        return tuple([project(dy, x) for x in items])

    return _fsum(*items), fsum_back


@lowering(math.fsum)
def fsum_lowering(seq, /):
    return _fsum(*seq)


def _prod(start, *items):
    return math.prod(items, start=start)


@adjoint(_prod)
def prod_rule(*items):
    def prod_back(dy):
        before = [dy]  # products of what stands to the left: no division, so zeros are fine
        for x in items[:-1]:
            before.append(before[-1] * x)
        out = []
        after = 1
        for left, x in zip(reversed(before), reversed(items), strict=True):
            out.append(project(left * after, x))
            after = after * x
        out.reverse()
        return tuple(out)

    return _prod(*items), prod_back


_is_real = frozenset([int, float, bool]).issuperset


def all_real(items):
    """Whether all items are Python's own real numbers."""
    return _is_real(map(type, items))


nondifferentiable(all_real)


@lowering(math.prod)
def prod_lowering(iterable, /, *, start=1):
    items = [start, *iterable]
    if all_real(items):
        return _prod(*items)
    total = items[0]
    for i in range(1, len(items)):
        total = total * items[i]
    return total


if hasattr(math, "sumprod"):  # 3.12

    def _sumprod(n, *items):
        return math.sumprod(items[:n], items[n:])

    @adjoint(_sumprod)
    def sumprod_rule(n, *items):
        p, q = items[:n], items[n:]

        def sumprod_back(dy):
            return (
                None,
                *[project(dy * b, a) for a, b in zip(p, q, strict=True)],
                *[project(dy * a, b) for a, b in zip(p, q, strict=True)],
            )

        return _sumprod(n, *items), sumprod_back

    @lowering(math.sumprod)
    def sumprod_lowering(p, q, /):
        p, q = [*p], [*q]
        if len(p) != len(q):
            raise ValueError("Inputs are not the same length")
        if all_real(p) and all_real(q):
            return _sumprod(len(p), *p, *q)
        total = 0
        for i in range(len(p)):
            total = total + p[i] * q[i]
        return total


# ------------------------------------------------------------ to whole numbers


def _register_whole(function):
    @adjoint(function)
    def whole_rule(x: int):
        return function(x), lambda dy: (project(dy, x),)  # an integer stays what it is

    @adjoint(function)
    def step_rule(x):
        return function(x), None


for _function in (math.ceil, math.floor, math.trunc):
    _register_whole(_function)


# --------------------------------------------------------- several results


def _modf_fraction(x):
    return math.modf(x)[0]


def _modf_whole(x):
    return math.modf(x)[1]


def _mantissa(x):
    return math.frexp(x)[0]


def _exponent(x):
    return math.frexp(x)[1]


elementwise(_modf_fraction, lambda x, y: 1)
elementwise(_mantissa, lambda x, y: _two_to(-_exponent(x)))
nondifferentiable(_modf_whole, _exponent)


@lowering(math.modf)
def modf_lowering(x, /):
    return _modf_fraction(x), _modf_whole(x)


@lowering(math.frexp)
def frexp_lowering(x, /):
    return _mantissa(x), _exponent(x)


# ------------------------------------------------------------- gamma function


def digamma(x):
    """The derivative of ``lgamma``: recurrence up to 10, then the asymptotic series.

    Abramowitz & Stegun 6.3.5, 6.3.7 (reflection), 6.3.18.  At the poles, which
    are the integers up to 0, the result is NaN.
    """
    if x <= 0:
        if math.isinf(x) or x == math.floor(x):
            return math.nan
        fraction = x - math.floor(x + 0.5)  # the tangent has period 1: exact reduction
        return digamma(1 - x) - math.pi / math.tan(math.pi * fraction)
    shift = 0.0
    while x < 10:
        shift += 1 / x
        x = x + 1
    w = 1 / (x * x)
    series = w * (1 / 12 - w * (1 / 120 - w * (1 / 252 - w * (1 / 240 - w * (
        1 / 132 - w * (691 / 32760 - w * (1 / 12))
    )))))  # fmt: skip
    return math.log(x) - 0.5 / x - series - shift


def polygamma1(x):
    """The derivative of `digamma` (A & S 6.4.6, 6.4.7, 6.4.12)."""
    if x <= 0:
        if math.isinf(x) or x == math.floor(x):
            return math.nan
        sine = math.sin(math.pi * (x - math.floor(x + 0.5)))
        return (math.pi / sine) * (math.pi / sine) - polygamma1(1 - x)
    shift = 0.0
    while x < 10:
        shift += 1 / (x * x)
        x = x + 1
    w = 1 / (x * x)
    series = w * (1 / 6 - w * (1 / 30 - w * (1 / 42 - w * (1 / 30 - w * (
        5 / 66 - w * (691 / 2730 - w * (7 / 6))
    )))))  # fmt: skip
    return (1 + 0.5 / x + series) / x + shift


elementwise(digamma, lambda x, y: polygamma1(x))

nondifferentiable(
    math.comb, math.perm, math.factorial, math.gcd,
    math.lcm, math.isqrt, math.isclose, math.isfinite, math.isinf, math.isnan, math.ulp,
)  # fmt: skip
