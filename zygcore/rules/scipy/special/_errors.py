"""The error function and its relatives, and the normal distribution."""

import math

import numpy as np
import scipy.special as sc

from ._common import declare, series

__all__ = []

_over_root_pi = 1 / math.sqrt(math.pi)
_root_2 = math.sqrt(2)
_root_half_pi = math.sqrt(math.pi / 2)
_normal = 1 / math.sqrt(2 * math.pi)
#: (2n + 1)!!
_double_factorials = [float(math.prod(range(1, 2 * n + 2, 2))) for n in range(9)]
#: from where on 1 - 2 x dawsn(x) and the like lose more digits than the series
_far = 25.0


def _tail(z, s):
    """The derivative of 1/z (1 + s + 3 s² + 15 s³ + ...) for ``s = ±1 / (2 z²)``."""
    return -series(_double_factorials, s) / (z * z)


def _split(far, z):
    """z where it is not far, z where it is, each with something harmless elsewhere."""
    return np.where(far, 1.0, z), np.where(far, z, _far)


def _erfcx_x(x, y):
    plain = 2 * x * y - 2 * _over_root_pi
    far = np.greater(np.real(x), _far)
    if not np.any(far):
        return plain
    z = _split(far, x)[1]
    return np.where(far, _over_root_pi * _tail(z, -0.5 / (z * z)), plain)


def _dawsn_x(x, y):
    plain = 1 - 2 * x * y
    far = np.greater(np.abs(x), _far)
    if np.asarray(x).dtype.kind == "c" or not np.any(far):
        return plain
    z = _split(far, x)[1]
    return np.where(far, 0.5 * _tail(z, 0.5 / (z * z)), plain)


def wofz_z(z, y):
    """The derivative of the Faddeeva function."""
    plain = 2j * _over_root_pi - 2 * z * y
    far = np.greater(np.abs(z), _far) & np.greater_equal(np.imag(z), 0)
    if not np.any(far):
        return plain
    w = _split(far, z)[1]
    return np.where(far, 1j * _over_root_pi * _tail(w, 0.5 / (w * w)), plain)


def _inverse_mills(x):
    """The density over the distribution function, of the normal distribution."""
    return 1 / (_root_half_pi * sc.erfcx(-x / _root_2))


declare("erf", lambda x, y: 2 * _over_root_pi * np.exp(-x * x))
declare("erfc", lambda x, y: -2 * _over_root_pi * np.exp(-x * x))
declare("erfi", lambda x, y: 2 * _over_root_pi * np.exp(x * x))
declare("erfcx", _erfcx_x)
declare("dawsn", _dawsn_x)
declare("wofz", wofz_z)
declare("erfinv", lambda x, y: np.exp(y * y) / (2 * _over_root_pi))
declare("erfcinv", lambda x, y: -np.exp(y * y) / (2 * _over_root_pi))
declare("ndtr", lambda x, y: _normal * np.exp(-0.5 * x * x))
declare("log_ndtr", lambda x, y: _inverse_mills(x))
declare("ndtri", lambda p, x: np.exp(0.5 * x * x) / _normal)
declare("ndtri_exp", lambda p, x: _root_half_pi * sc.erfcx(-x / _root_2))
declare(
    "owens_t",
    lambda h, a, y: -0.5 * _normal * np.exp(-0.5 * h * h) * sc.erf(a * h / _root_2),
    lambda h, a, y: np.exp(-0.5 * h * h * (1 + a * a)) / (2 * math.pi * (1 + a * a)),
)


# the Voigt profile is Re w(z) / (σ √(2π)) with z = (x + i γ) / (σ √2); for σ = 0 it is Cauchy's


def _voigt(x, sigma, gamma):
    scale = np.where(np.equal(sigma, 0), 1.0, sigma)
    z = (x + 1j * gamma) / (scale * _root_2)
    w = sc.wofz(z)
    return scale, z, w, wofz_z(z, w) * _normal / (scale * scale * _root_2)


def _voigt_x(x, sigma, gamma, y):
    square = x * x + gamma * gamma
    narrow = -2 * x * gamma / (math.pi * square * square)
    return np.where(np.equal(sigma, 0), narrow, np.real(_voigt(x, sigma, gamma)[3]))


def _voigt_sigma(x, sigma, gamma, y):
    scale, z, w, slope = _voigt(x, sigma, gamma)
    wide = -np.real(w) * _normal / (scale * scale) - np.real(slope * z) * _root_2
    return np.where(np.equal(sigma, 0), 0.0, wide)


def _voigt_gamma(x, sigma, gamma, y):
    square = x * x + gamma * gamma
    narrow = (x * x - gamma * gamma) / (math.pi * square * square)
    return np.where(np.equal(sigma, 0), narrow, -np.imag(_voigt(x, sigma, gamma)[3]))


declare("voigt_profile", _voigt_x, _voigt_sigma, _voigt_gamma)
