"""The gamma function and its relatives, beta functions, zeta functions, exponential integrals."""

import math

import numpy as np
import scipy.special as sc

from ....errors import AdjointError
from ._common import available, declare

__all__ = ["digamma", "digamma_rise"]

#: B(2k) / (2k), and B(2k) / (2k)!
_BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]
_OVER_2K = [b / (2 * k) for k, b in enumerate(_BERNOULLI, 1)]
_OVER_FACTORIAL = [b / math.factorial(2 * k) for k, b in enumerate(_BERNOULLI, 1)]

digamma = sc.psi


# -------------------------------------------------------------------- polygamma


def _trigamma(z, y):
    """The derivative of digamma: a Hurwitz zeta function, of complex numbers by its asymptotics."""
    if np.asarray(z).dtype.kind != "c":
        return _hurwitz(2.0, z)
    left = np.less(np.real(z), 0.5)  # DLMF 5.15.6, 5.15.5 and 5.15.8
    w = np.where(left, 1 - z, z)
    total = 0.0
    for _ in range(12):
        total = total + 1 / (w * w)
        w = w + 1
    inverse = 1 / (w * w)
    tail = 0.0
    for b in reversed(_BERNOULLI):
        tail = (tail + b) * inverse
    total = total + 1 / w + inverse / 2 + tail / w
    sine = np.sin(math.pi * np.where(left, z, 0.5))
    return np.where(left, math.pi**2 / (sine * sine) - total, total)


def _hurwitz(s, q):
    return available("_zeta")(s, q)


declare("psi", _trigamma)
declare("gammaln", lambda x, y: sc.psi(x))
declare("loggamma", lambda x, y: sc.psi(x))
declare("_lgam1p", lambda x, y: sc.psi(1.0 + x))


def digamma_rise(a, b):
    """psi(a + b) - psi(a), without cancellation where a is large: DLMF 5.11.2."""
    far = np.greater(a, 20) & np.greater(a + b, 20)
    near = sc.psi(np.where(far, 1.0, a + b)) - sc.psi(np.where(far, 1.0, a))
    if not np.any(far):
        return near
    c = np.where(far, a, 20.0)
    d = np.where(far, b, 0.0)
    rise = np.log1p(d / c)
    total = rise + d / (2 * c * (c + d))
    for k, b_k in enumerate(_OVER_2K[:6], 1):
        total = total - b_k * c ** (-2.0 * k) * np.expm1(-2 * k * rise)
    return np.where(far, total, near)


# ------------------------------------------------------------------------- gamma


def _rgamma_x(x, y):
    """The derivative of 1 / gamma, smooth at the poles by DLMF 5.5.3."""
    left = np.less(np.real(x), 0.5)
    plain = -sc.psi(np.where(left, 1.0, x)) * y
    if not np.any(left):
        return plain
    z = np.where(left, x, 0.0)
    turn = math.pi * (z - 2 * np.rint(np.real(z) / 2))
    slope = np.cos(turn) - sc.psi(1 - z) * np.sin(turn) / math.pi
    return np.where(left, sc.gamma(1 - z) * slope, plain)


declare("gamma", lambda x, y: y * sc.psi(x))
declare("rgamma", _rgamma_x)


def _factorial_x(x, y):
    return np.where(np.less(x, 0), 0.0, y * sc.psi(np.where(np.less(x, 0), 0.0, x) + 1.0))


declare("_factorial", _factorial_x)


def _at_pole(x):
    return np.less_equal(x, 0) & np.equal(x, np.floor(x))


def _poch_z(z, m, y):
    """Of gamma(z + m) / gamma(z): both may be at a pole (DLMF 5.5.4), or only gamma(z)."""
    top, bottom = _at_pole(z + m), _at_pole(z)
    both, zero = top & bottom, bottom & ~top
    start = np.where(bottom, np.where(zero, 1.0, 1 - z), z)
    out = y * digamma_rise(start, np.where(both, -m, np.where(zero, 1.0, m)))
    safe = np.where(zero, z, 1.0)
    return np.where(zero, sc.gamma(np.where(zero, z + m, 1.0)) * _rgamma_x(safe, 0.0), out)


declare("poch", _poch_z, lambda z, m, y: y * sc.psi(z + m))


def _binom_parts(n, k):
    rest = n - k + 1.0
    zero = _at_pole(rest) ^ _at_pole(k + 1.0)
    return rest, zero


def _binom_n(n, k, y):
    rest, zero = _binom_parts(n, k)
    out = y * (sc.psi(n + 1.0) - sc.psi(np.where(zero, 1.0, rest)))
    if not np.any(zero):
        return out
    edge = sc.gamma(n + 1.0) * sc.rgamma(k + 1.0) * -_rgamma_x(rest, sc.rgamma(rest))
    return np.where(zero, -edge, out)


def _binom_k(n, k, y):
    rest, zero = _binom_parts(n, k)
    out = y * (sc.psi(np.where(zero, 1.0, rest)) - sc.psi(np.where(zero, 1.0, k + 1.0)))
    if not np.any(zero):
        return out
    below, above = sc.rgamma(rest), sc.rgamma(k + 1.0)
    edge = _rgamma_x(k + 1.0, above) * below - above * _rgamma_x(rest, below)
    return np.where(zero, sc.gamma(n + 1.0) * edge, out)


declare("binom", _binom_n, _binom_k)

# -------------------------------------------------------------------------- beta

declare("beta", lambda a, b, y: -y * digamma_rise(a, b), lambda a, b, y: -y * digamma_rise(b, a))
declare("betaln", lambda a, b, y: -digamma_rise(a, b), lambda a, b, y: -digamma_rise(b, a))


# -------------------------------------------------------------------------- zeta


def _hurwitz_s(s, q):
    """The derivative of zeta(s, q) with respect to s > 1 - 0.5: Euler-Maclaurin, DLMF 25.11.5."""
    total, w = 0.0, q
    for _ in range(12):
        total = total - np.log(w) * w**-s
        w = w + 1
    log_w = np.log(w)
    end = w ** (1 - s)
    total = total - end * (log_w / (s - 1) + 1 / ((s - 1) * (s - 1))) - log_w * w**-s / 2
    product, inverses = s, 1 / s
    for j, c in enumerate(_OVER_FACTORIAL, 1):
        total = total + c * product * w ** (1.0 - s - 2 * j) * (inverses - log_w)
        for i in (2 * j - 1, 2 * j):
            product = product * (s + i)
            inverses = inverses + 1 / (s + i)
    return total


def _riemann_s(s, y):
    """By Riemann's functional equation where s < 0.5: DLMF 25.4.1."""
    if np.asarray(s).dtype.kind == "c":
        raise AdjointError(
            "no derivative is known of scipy.special.zeta of complex numbers; "
            "use zygcore.dropgrad if it is to be a constant"
        )
    left = np.less(s, 0.5)
    right = _hurwitz_s(np.where(left, 2.0, s), 1.0)
    if not np.any(left):
        return right
    r = np.where(left, s, 0.0)
    sine, cosine = np.sin(0.5 * math.pi * r), np.cos(0.5 * math.pi * r)
    # (1 - s) zeta(s) and its derivative have no pole: at r = 0 the pole of zeta(1 - r) cancels
    zero = np.equal(r, 0)
    t = 1 - np.where(zero, -1.0, r)
    z = available("_riemann_zeta")(t)
    factor = 2.0**r * math.pi ** (r - 1) * sc.gamma(1 - r)
    slope = sine * z * (math.log(2 * math.pi) - sc.psi(1 - r)) + 0.5 * math.pi * cosine * z
    slope = factor * (slope - sine * _hurwitz_s(t, 1.0))
    return np.where(left, np.where(zero, -0.5 * math.log(2 * math.pi), slope), right)


declare("_zeta", lambda s, q, y: _hurwitz_s(s, q), lambda s, q, y: -s * _hurwitz(s + 1.0, q))
declare("_riemann_zeta", _riemann_s)
declare("zetac", _riemann_s)


# --------------------------------------------------------- exponential integrals


def _expn_x(n, x, y):
    n = np.trunc(n)  # as SciPy cuts it
    zero = np.equal(n, 0)
    below = sc.expn(np.where(zero, 0, np.subtract(n, 1)), x)
    return np.where(zero, -y * (1 + 1 / x), -below)


declare("expi", lambda x, y: np.exp(x) / x)
declare("exp1", lambda x, y: -np.exp(-x) / x)
declare("expn", None, _expn_x)
declare("_scaled_exp1", lambda x, y: y + y / x - 1)
