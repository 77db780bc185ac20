"""Bessel functions and their relatives, with respect to the argument.

The recurrences DLMF 10.6.1, 10.29.1 and 10.51.2 are used in the forms that do not divide by the
argument, so they hold at 0, too.
"""

import math

import numpy as np
import scipy.special as sc

from ...broadcasting import guarded_mul, project, unsupported
from ...registry import adjoint, each
from ._common import available, declare, unknown
from ._orders import kve_moment, real_only

__all__ = []

# ------------------------------------------------------------ of any real order

declare("jv", "the order", lambda v, z, y: (sc.jv(v - 1.0, z) - sc.jv(v + 1.0, z)) / 2)
declare("yv", "the order", lambda v, z, y: (sc.yv(v - 1.0, z) - sc.yv(v + 1.0, z)) / 2)
declare("iv", "the order", lambda v, z, y: (sc.iv(v - 1.0, z) + sc.iv(v + 1.0, z)) / 2)


def _kve_order(v, z, y):
    real_only(z)
    return kve_moment(1, v, z)


def _kv_order(v, z, y):
    real_only(z)
    return np.exp(-z) * kve_moment(1, v, z)


declare("kv", _kv_order, lambda v, z, y: -(sc.kv(v - 1.0, z) + sc.kv(v + 1.0, z)) / 2)
declare(
    "hankel1", "the order", lambda v, z, y: (sc.hankel1(v - 1.0, z) - sc.hankel1(v + 1.0, z)) / 2
)
declare(
    "hankel2", "the order", lambda v, z, y: (sc.hankel2(v - 1.0, z) - sc.hankel2(v + 1.0, z)) / 2
)
declare("kve", _kve_order, lambda v, z, y: y - (sc.kve(v - 1.0, z) + sc.kve(v + 1.0, z)) / 2)
declare(
    "hankel1e",
    "the order",
    lambda v, z, y: (sc.hankel1e(v - 1.0, z) - sc.hankel1e(v + 1.0, z)) / 2 - 1j * y,
)
declare(
    "hankel2e",
    "the order",
    lambda v, z, y: (sc.hankel2e(v - 1.0, z) - sc.hankel2e(v + 1.0, z)) / 2 + 1j * y,
)


def _neighbours(f, sign):
    return lambda v, z: (f(v - 1.0, z) + sign * f(v + 1.0, z)) / 2


def _scaled(name, sign, part, unit):
    """Functions scaled by ``exp(-abs(part(z)))``, which is not holomorphic.

    `unit` is the direction in which the part grows.
    """
    f = available(name)
    slope = _neighbours(f, sign)

    @adjoint(f)
    def scaled_rule(v, z, **options):
        unsupported(name, **options)
        y = f(v, z)

        def scaled_back(dy):
            with np.errstate(all="ignore"):
                dz = guarded_mul(dy, np.conjugate(slope(np.asarray(v)[()], np.asarray(z)[()])))
                shrinks = np.real(guarded_mul(np.conjugate(dy), y)) * np.sign(part(z))
                return project(dz - unit * shrinks, z)

        return y, each(unknown(f"{name} with respect to the order"), scaled_back)


_scaled("ive", 1, np.real, 1)
_scaled("jve", -1, np.imag, 1j)
_scaled("yve", -1, np.imag, 1j)

# ------------------------------------------------------------- of whole orders

declare("j0", lambda x, y: -sc.j1(x))
declare("j1", lambda x, y: (sc.j0(x) - sc.jv(2.0, x)) / 2)
declare("y0", lambda x, y: -sc.y1(x))
declare("y1", lambda x, y: (sc.y0(x) - sc.yv(2.0, x)) / 2)
declare("i0", lambda x, y: sc.i1(x))
declare("i1", lambda x, y: (sc.i0(x) + sc.iv(2.0, x)) / 2)
declare("i0e", lambda x, y: sc.i1e(x) - np.sign(x) * y)
declare("i1e", lambda x, y: (sc.i0e(x) + sc.ive(2.0, x)) / 2 - np.sign(x) * y)
declare("k0", lambda x, y: -sc.k1(x))
declare("k1", lambda x, y: -sc.k0(x) - y / x)
declare("k0e", lambda x, y: y - sc.k1e(x))
declare("k1e", lambda x, y: y - sc.k0e(x) - y / x)


def _neighbours(f, n, x):
    """The functions of the two orders beside `n`, which SciPy cuts to an integer."""
    n = np.trunc(n)
    return f(n - 1.0, x), f(n + 1.0, x)


def _kn_x(n, x, y):
    below, above = _neighbours(sc.kv, n, x)
    return -(below + above) / 2


def _yn_x(n, x, y):
    below, above = _neighbours(sc.yv, n, x)
    return (below - above) / 2


declare("kn", None, _kn_x)
declare("yn", None, _yn_x)
declare(
    "besselpoly",
    lambda a, lmb, nu, y: (
        sc.besselpoly(a, lmb + 1.0, nu - 1.0) - sc.besselpoly(a, lmb + 1.0, nu + 1.0)
    ),
    "lmb",
    "nu",
)


def _spherical(name, before, after):
    """``(2n + 1) f'ₙ = before n fₙ₋₁ + after (n + 1) fₙ₊₁``: DLMF 10.51.2 and 10.51.5."""
    f = available(f"_{name}")

    def slope(n, z):
        below = np.where(np.equal(n, 0), 0, np.subtract(n, 1))
        down = np.where(np.equal(n, 0), 0.0, n * f(below, z))
        return (before * down + after * (n + 1.0) * f(np.add(n, 1), z)) / (2.0 * n + 1)

    declare(f"_{name}", None, lambda n, z, y: slope(n, z))
    return slope


def _spherical_second(name, slope):
    """The derivative of the functions that are derivatives themselves."""
    before, after = {"j": (1, -1), "y": (1, -1), "i": (1, 1), "k": (-1, -1)}[name[10]]

    def second(n, z, y):
        below = np.where(np.equal(n, 0), 0, np.subtract(n, 1))
        down = np.where(np.equal(n, 0), 0.0, n * slope(below, z))
        return (before * down + after * (n + 1.0) * slope(np.add(n, 1), z)) / (2.0 * n + 1)

    declare(f"_{name}_d", None, second)


for _name, _signs in {
    "spherical_jn": (1, -1),
    "spherical_yn": (1, -1),
    "spherical_in": (1, 1),
    "spherical_kn": (-1, -1),
}.items():
    _spherical_second(_name, _spherical(_name, *_signs))

# ---------------------------------------------------------- Struve, Kelvin, integrals


def _struve_term(v, x):
    return np.power(0.5 * x, v) * sc.rgamma(v + 1.5) / math.sqrt(math.pi)


declare(
    "struve",
    "the order",
    lambda v, x, y: (sc.struve(v - 1.0, x) - sc.struve(v + 1.0, x) + _struve_term(v, x)) / 2,
)
declare(
    "modstruve",
    "the order",
    lambda v, x, y: (sc.modstruve(v - 1.0, x) + sc.modstruve(v + 1.0, x) + _struve_term(v, x)) / 2,
)
declare("itstruve0", lambda x, y: sc.struve(0.0, x))
declare("itmodstruve0", lambda x, y: sc.modstruve(0.0, x))


def _over_x(y, x, at_zero):
    zero = np.equal(x, 0)
    return np.where(zero, at_zero, y / np.where(zero, 1.0, x))


declare("it2struve0", lambda x, y: -_over_x(sc.struve(0.0, x), x, 2 / math.pi))
# Kelvin's equation, DLMF 10.61.3
declare("ber", lambda x, y: sc.berp(x))
declare("bei", lambda x, y: sc.beip(x))
declare("ker", lambda x, y: sc.kerp(x))
declare("kei", lambda x, y: sc.keip(x))
declare("berp", lambda x, y: -sc.bei(x) - _over_x(y, x, 0.0))
declare("beip", lambda x, y: sc.ber(x) - _over_x(y, x, 0.5))
declare("kerp", lambda x, y: -sc.kei(x) - y / x)
declare("keip", lambda x, y: sc.ker(x) - y / x)
