"""Exponentials, logarithms, entropies, losses and angles in degrees."""

import math

import numpy as np
import scipy.special as sc

from ...operator import power_partials
from ._common import declare

__all__ = ["log1p_ratio"]

_degree = math.pi / 180


def _exprel_x(x):
    """The derivative of (exp(x) - 1) / x: DLMF 13.6.2 and 13.3.15."""
    return 0.5 * sc.hyp1f1(2.0, 3.0, x)


def log1p_ratio(u):
    """log(1 + u) / u, smooth at 0: DLMF 15.4.1."""
    near = np.less(np.abs(u), 0.1)
    far = np.where(near, 1.0, u)
    return np.where(near, sc.hyp2f1(1.0, 1.0, 2.0, -np.where(near, u, 0.0)), np.log1p(far) / far)


declare("cbrt", lambda x, y: 1 / (3 * y * y))
declare("exp2", lambda x, y: y * math.log(2))
declare("exp10", lambda x, y: y * math.log(10))
declare("expm1", lambda x, y: np.exp(x))
declare("log1p", lambda x, y: 1 / (1 + x))
declare("cosm1", lambda x, y: -np.sin(x))
declare("exprel", lambda x, y: _exprel_x(x))
declare("expit", lambda x, y: y * sc.expit(-x))
declare("log_expit", lambda x, y: sc.expit(-x))
declare("logit", lambda p, y: 1 / (p * (1 - p)))
declare("_log1pmx", lambda x, y: -x / (1 + x))
declare("_log1mexp", lambda x, y: -1 / np.expm1(-x))
declare("_sinpi", lambda x, y: math.pi * sc._ufuncs._cospi(x))
declare("_cospi", lambda x, y: -math.pi * sc._ufuncs._sinpi(x))
declare("sindg", lambda x, y: _degree * sc.cosdg(x))
declare("cosdg", lambda x, y: -_degree * sc.sindg(x))
declare("tandg", lambda x, y: _degree * (1 + y * y))
declare("cotdg", lambda x, y: -_degree * (1 + y * y))
declare(
    "radian",
    lambda d, m, s, y: _degree,
    lambda d, m, s, y: _degree / 60,
    lambda d, m, s, y: _degree / 3600,
)
declare("spence", lambda z, y: -log1p_ratio(z - 1))
declare("wrightomega", lambda z, y: y / (1 + y))
declare("_lambertw", lambda z, k, tol, y: np.exp(-y) / (1 + y), None, None)
declare("powm1", *[lambda x, y, z, of=of: of(x, y, z + 1) for of in power_partials])


# ------------------------------------------------------------------- entropies


def _ratio_unless_zero(x, y):
    """x / y, but 0 where both are: there x log(y) is 0 whatever y is."""
    both = np.equal(x, 0) & np.equal(y, 0)
    return np.where(both, 0.0, x / np.where(both, 1.0, y))


declare("xlogy", lambda x, y, z: np.log(y), lambda x, y, z: _ratio_unless_zero(x, y))
declare("xlog1py", lambda x, y, z: np.log1p(y), lambda x, y, z: _ratio_unless_zero(x, 1 + y))
declare("entr", lambda x, y: -np.log(x) - 1)
declare("rel_entr", lambda x, y, z: np.log(x / y) + 1, lambda x, y, z: -_ratio_unless_zero(x, y))
declare("kl_div", lambda x, y, z: np.log(x / y), lambda x, y, z: 1 - _ratio_unless_zero(x, y))


# ---------------------------------------------------------------------- losses


def _pseudo_huber_delta(delta, r, y):
    size = np.hypot(delta, r)
    safe = np.where(np.equal(size, 0), 1.0, size)
    return r**4 / (safe * (safe + delta) ** 2)


def _pseudo_huber_r(delta, r, y):
    size = np.hypot(delta, r)
    return delta * r / np.where(np.equal(size, 0), 1.0, size)


declare(
    "huber",
    lambda delta, r, y: np.where(np.abs(r) <= delta, 0.0, np.abs(r) - delta),
    lambda delta, r, y: np.where(np.abs(r) <= delta, r, delta * np.sign(r)),
)
declare("pseudo_huber", _pseudo_huber_delta, _pseudo_huber_r)


# ------------------------------------------------- transformations of Box and Cox


def _boxcox_lmbda(log_x, lmbda):
    """Of log x exprel(λ log x), with respect to λ; -1/λ at x = 0."""
    at_zero = np.equal(log_x, -math.inf) & np.greater(lmbda, 0)
    safe = np.where(at_zero, 0.0, log_x)
    edge = 1 / np.where(at_zero, lmbda * lmbda, 1.0)
    return np.where(at_zero, edge, safe * safe * _exprel_x(lmbda * safe))


def _inv_boxcox_lmbda(y, lmbda, x):
    """Of x = exp(y log(1 + u) / u) with u = λ y: DLMF 15.4.1 and 15.5.1."""
    return -0.5 * x * y * y * sc.hyp2f1(2.0, 2.0, 3.0, -lmbda * y)


declare(
    "boxcox",
    lambda x, lmbda, y: np.power(x, lmbda - 1.0),
    lambda x, lmbda, y: _boxcox_lmbda(np.log(x), lmbda),
)
declare(
    "boxcox1p",
    lambda x, lmbda, y: np.power(1.0 + x, lmbda - 1.0),
    lambda x, lmbda, y: _boxcox_lmbda(np.log1p(x), lmbda),
)
declare(
    "inv_boxcox",
    lambda y, lmbda, x: np.power(x, 1.0 - lmbda),
    lambda y, lmbda, x: _inv_boxcox_lmbda(y, lmbda, x),
)
declare(
    "inv_boxcox1p",
    lambda y, lmbda, x: np.power(x + 1, 1.0 - lmbda),
    lambda y, lmbda, x: _inv_boxcox_lmbda(y, lmbda, x + 1),
)


# Tukey's lambda distribution: x = boxcox(p, λ) - boxcox(1 - p, λ)


def _tukey_x(x, lmbda, p):
    inside = np.greater(p, 0) & np.less(p, 1)
    q = np.where(inside, p, 0.5)
    return np.where(inside, 1 / (q ** (lmbda - 1.0) + (1 - q) ** (lmbda - 1.0)), 0.0)


def _tukey_lmbda(x, lmbda, p):
    inside = np.greater(p, 0) & np.less(p, 1)
    q = np.where(inside, p, 0.5)
    slope = _boxcox_lmbda(np.log(q), lmbda) - _boxcox_lmbda(np.log1p(-q), lmbda)
    return -slope * _tukey_x(x, lmbda, p)


declare("tklmbda", _tukey_x, _tukey_lmbda)
