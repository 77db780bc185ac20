"""Incomplete gamma and beta functions, with respect to their parameters.

The derivative of ``P(a, x) = E[T < x]`` with respect to a parameter is the integral over one tail
of the density times its logarithmic derivative.  In the logarithm (or logit) of t the integrand
falls off at least exponentially on the side away from the mean, so that the double exponential
rule converges fast: H. Takahasi and M. Mori, "Double exponential formulas for numerical
integration" (1974), the map for half-infinite intervals.
"""

import math

import numpy as np
import scipy.special as sc

from ...registry import nondifferentiable
from ._gamma import digamma_rise

__all__ = ["betainc_a", "betainc_b", "betainc_x", "gammainc_a", "gammainc_x"]

_S = np.linspace(-4.6, 4.8, 160)
#: nodes and weights for exp(-u) and the like over the positive numbers
_U = np.exp(_S - np.exp(-_S))
_W = (_S[1] - _S[0]) * _U * (1 + np.exp(-_S))

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def _whole(x):
    """An axis for the nodes."""
    return np.expand_dims(x, -1)


# ----------------------------------------------------------------- incomplete gamma


def _power_over_gamma(a, x):
    """x**a exp(-x) / gamma(a), with the exponentials cancelled where a is large: DLMF 5.11.1."""
    far = np.greater(a, 20)
    small = np.where(far, 1.0, a)
    near = np.exp(sc.xlogy(small, x) - x - sc.gammaln(small))
    if not np.any(far):
        return near
    c = np.where(far, a, 20.0)
    inverse = 1 / (c * c)
    rest = 0.0
    for b in reversed(_STIRLING):
        rest = rest * inverse + b
    gap = (x - c) / c
    exponent = c * (np.log1p(gap) - gap) - rest / c
    return np.where(far, np.sqrt(c / (2 * math.pi)) * np.exp(exponent), near)


def gammainc_x(a, x):
    """The density of the gamma distribution, with its limits at 0 and infinity."""
    inside = np.greater(x, 0) & np.less(x, math.inf)
    z = np.where(inside, x, 1.0)
    edge = np.where(np.equal(x, 0) & np.less(a, 1), math.inf, 0.0)
    edge = np.where(np.equal(x, 0) & np.equal(a, 1), 1.0, edge)
    return np.where(inside, _power_over_gamma(a, z) / z, np.where(x != x, math.nan, edge))


def _gamma_scale(a, x, lower):
    """Over which distance from log x the integrand falls off."""
    width = np.minimum(np.sqrt(x), x)
    above = np.where(x > 1, np.sqrt(x), 1 / (1 - np.log(np.minimum(x, 1))))
    return 1 / (np.abs(x - a) + np.where(lower, width, above))


def gammainc_a(a, x):
    a, x = np.broadcast_arrays(np.asarray(a) * 1.0, np.asarray(x) * 1.0)
    inside = np.greater(x, 0) & np.less(x, math.inf) & np.greater(a, 0)
    z, c = np.where(inside, x, 1.0), np.where(inside, a, 1.0)
    lower = np.less_equal(z, c)
    sign = np.where(lower, -1.0, 1.0)
    scale = _gamma_scale(c, z, lower)
    u = _whole(scale) * _U
    steps = _whole(sign) * u
    fall = np.exp(_whole(c) * steps - _whole(z) * np.expm1(steps))
    tilt = _whole(np.log(z) - sc.psi(c)) + steps
    integral = np.sum(fall * tilt * _W, -1) * scale * _power_over_gamma(c, z)
    return np.where(inside, -sign * integral, np.where((x != x) | (a != a), math.nan, 0.0))


# ------------------------------------------------------------------ incomplete beta


def _powers_over_beta(a, b, x):
    return np.exp(sc.xlogy(a, x) + sc.xlog1py(b, -x) - sc.betaln(a, b))


def betainc_x(a, b, x):
    """The density of the beta distribution."""
    return np.exp(sc.xlogy(a - 1.0, x) + sc.xlog1py(b - 1.0, -x) - sc.betaln(a, b))


def _beta_scale(a, b, x, lower):
    n = a + b
    width = np.minimum(np.sqrt(n * x * (1 - x)), n * np.where(lower, x, 1 - x))
    return 1 / (np.abs(a - n * x) + width)


def _beta_tail(a, b, x, of_a):
    a, b, x = np.broadcast_arrays(np.asarray(a) * 1.0, np.asarray(b) * 1.0, np.asarray(x) * 1.0)
    inside = np.greater(x, 0) & np.less(x, 1) & np.greater(a, 0) & np.greater(b, 0)
    z = np.where(inside, x, 0.5)
    a, b = np.where(inside, a, 1.0), np.where(inside, b, 1.0)
    lower = np.less_equal(z, a / (a + b))
    sign = np.where(lower, -1.0, 1.0)
    scale = _beta_scale(a, b, z, lower)
    start = sc.logit(z)
    place = _whole(start) + _whole(sign * scale) * _U
    log_t, log_1_t = sc.log_expit(place), sc.log_expit(-place)
    fall = _whole(a) * (log_t - _whole(np.log(z))) + _whole(b) * (log_1_t - _whole(np.log1p(-z)))
    tilt = log_t + _whole(digamma_rise(a, b)) if of_a else log_1_t + _whole(digamma_rise(b, a))
    integral = np.sum(np.exp(fall) * tilt * _W, -1) * scale * _powers_over_beta(a, b, z)
    return np.where(inside, -sign * integral, np.where(x != x, math.nan, 0.0))


def betainc_a(a, b, x):
    return _beta_tail(a, b, x, True)


def betainc_b(a, b, x):
    return _beta_tail(a, b, x, False)


# the integral does not depend on it
nondifferentiable(_gamma_scale, _beta_scale)
