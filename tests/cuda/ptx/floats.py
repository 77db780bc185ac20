"""Floating-point arithmetic as PTX defines it: one rounding, in the direction that is asked for.

A float32 result is computed in float64 so that it keeps what decides the rounding ("round to odd",
Boldo and Melquiond 2008), then narrowed once.  Products and sums of float64 are exact as pairs
(Dekker 1971, Knuth 1969).
"""

from fractions import Fraction

import numpy as np

from .errors import PtxError

SIGN64 = np.uint64(1 << 63)


def two_sum(a, b):
    """a + b as a float64 and what it lacks."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def two_product(a, b):
    """a * b as a float64 and what it lacks; |a| and |b| below 2**990."""
    factor = 134217729.0
    p = a * b
    x, y = a * factor, b * factor
    ah, bh = x - (x - a), y - (y - b)
    al, bl = a - ah, b - bh
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def to_odd(s, error):
    """The sum s + error, inexact results with an odd last bit: they round right a second time."""
    bits = s.view(np.int64)
    inexact = (error != 0) & np.isfinite(s) & np.isfinite(error) & (bits & 1 == 0)
    away = (error > 0) == (s > 0)
    return np.where(inexact, np.where(away, bits + 1, bits - 1), bits).view(np.float64)


def towards(y, error, mode):
    """What rounds in a direction, from the nearest y and the sign of what it lacks."""
    if mode == "rn":
        return y
    up, down = y.dtype.type(np.inf), y.dtype.type(-np.inf)
    if mode == "rm":
        return np.where(error < 0, np.nextafter(y, down), y)
    if mode == "rp":
        return np.where(error > 0, np.nextafter(y, up), y)
    if mode == "rz":
        inward = ((y > 0) & (error < 0)) | ((y < 0) & (error > 0))
        return np.where(inward, np.nextafter(y, y.dtype.type(0)), y)
    raise PtxError(f"rounding {mode} is not known")


def narrow(x, kind, mode):
    """float64 to float32 or float16."""
    y = x.astype(kind)
    if mode == "rn":
        return y
    error = np.where(np.isfinite(x), x - y.astype(np.float64), 0.0)
    return towards(y, error, mode)


def wide(x):
    return x.astype(np.float64)


def add(a, b, mode):
    if mode == "rn":
        return a + b
    if a.dtype == np.float64:
        s, e = two_sum(a, b)
        return towards(s, np.where(np.isfinite(s), e, 0.0), mode)
    return narrow(to_odd(*two_sum(wide(a), wide(b))), a.dtype, mode)


def mul(a, b, mode):
    if mode == "rn":
        return a * b
    if a.dtype == np.float64:
        s, e = two_product(a, b)
        return towards(s, np.where(np.isfinite(s) & np.isfinite(e), e, 0.0), mode)
    return narrow(wide(a) * wide(b), a.dtype, mode)


def div(a, b, mode):
    if mode == "rn":
        return a / b
    if a.dtype == np.float64:
        raise PtxError(f"div.{mode}.f64 is not known")
    q = wide(a) / wide(b)
    # the quotient of two float32 is never within half a float64 ulp of a float32 unless it is one
    return narrow(q, a.dtype, mode)


def sqrt(a, mode):
    if mode == "rn":
        return np.sqrt(a)
    if a.dtype == np.float64:
        raise PtxError(f"sqrt.{mode}.f64 is not known")
    return narrow(np.sqrt(wide(a)), a.dtype, mode)


def exact_fma(a, b, c):
    """One number, by fractions: for exponents that the fast way does not cover."""
    naive = a * b + c
    if not (np.isfinite(a) and np.isfinite(b) and np.isfinite(c)):
        return naive
    x = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    if x == 0:
        return naive
    try:
        return x.numerator / x.denominator
    except OverflowError:
        return np.inf if x > 0 else -np.inf


def exponent_within(x, low, high):
    size = np.abs(x)
    return ((size > low) & (size < high)) | (x == 0)


def fma(a, b, c, mode):
    if a.dtype != np.float64:
        p = wide(a) * wide(b)
        return narrow(to_odd(*two_sum(p, wide(c))), a.dtype, mode)
    if mode != "rn":
        raise PtxError(f"fma.{mode}.f64 is not known")
    a, b, c = np.broadcast_arrays(a, b, c)
    uh, ul = two_product(a, b)
    th, tl = two_sum(c, ul)
    vh, vl = two_sum(uh, th)
    result = vh + to_odd(*two_sum(tl, vl))
    safe = exponent_within(a, 1e-250, 1e250) & exponent_within(b, 1e-250, 1e250)
    safe &= exponent_within(uh, 1e-250, 1e250) & exponent_within(c, 1e-290, 1e250)
    safe &= ((uh != 0) | (a == 0) | (b == 0)) & (result != 0)  # the sign of a zero
    if not safe.all():
        result = np.array(result)
        for i in np.flatnonzero(~safe):
            result[i] = exact_fma(a[i], b[i], c[i])
    return result


def flush(x):
    """Subnormal numbers are zeros of their sign."""
    tiny = np.abs(x) < np.finfo(x.dtype).tiny
    return np.where(tiny, np.copysign(x.dtype.type(0), x), x)


def saturate(x):
    """Into [0, 1]; NaN is 0."""
    return np.where(x > 0, np.minimum(x, x.dtype.type(1)), x.dtype.type(0)).astype(x.dtype)


def half_of_word(x):
    """Only the upper 32 bits of a float64, as the approximations of doubles have."""
    return (x.view(np.uint64) & np.uint64(0xFFFFFFFF00000000)).view(np.float64)


def maximum(a, b, nan, sign=1):
    """PTX's max (min with sign -1): a number beats NaN unless `nan`, and +0 is above -0."""
    x, y = (a, b) if sign > 0 else (-a, -b)
    above = (x > y) | ((x == y) & ~np.signbit(x))
    best = np.where(above, a, b)
    ordered = np.where(np.isnan(a), b, np.where(np.isnan(b), a, best))
    if nan:
        return np.where(np.isnan(a) | np.isnan(b), a.dtype.type(np.nan), ordered)
    return ordered


ROUND = {"rni": np.rint, "rzi": np.trunc, "rmi": np.floor, "rpi": np.ceil}


def to_integer(x, kind, how):
    """Rounded, then clamped to what the type holds; NaN is 0."""
    y = ROUND[how](wide(x))
    limits = np.iinfo(kind)
    low, high = float(limits.min), float(limits.max) + (limits.bits < 64)
    inside = (y >= low) & (y < high)
    result = np.where(inside, y, 0.0).astype(kind)
    result = np.where(y >= high, kind.type(limits.max), result)
    return np.where(y < low, kind.type(limits.min), result)


def from_integer(x, kind, mode):
    if mode == "rn" or kind == np.float64 and x.dtype.itemsize < 8:
        return x.astype(kind)
    if x.dtype.itemsize == 8:
        raise PtxError(f"cvt.{mode} of 64-bit integers is not known")
    return narrow(x.astype(np.float64), kind, mode)


def to_bf16(x, mode):
    """float32 to the bits of a bfloat16."""
    bits = x.view(np.uint32).astype(np.uint64)
    if mode == "rz":
        rounded = bits >> np.uint64(16)
    elif mode == "rn":
        rounded = (
            bits + np.uint64(0x7FFF) + ((bits >> np.uint64(16)) & np.uint64(1))
        ) >> np.uint64(16)
    else:
        raise PtxError(f"cvt.{mode}.bf16.f32 is not known")
    return np.where(np.isnan(x), np.uint64(0x7FFF), rounded).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
