"""Functions with several results: Airy, Fresnel, Jacobi's elliptic, Kelvin, Mathieu, spheroidal."""

import math

import numpy as np
import scipy.special as sc

from ....errors import AdjointError
from ._common import available, series, several
from ._elliptic import ellipkinc_m

__all__ = []


def _airye_z(z, ys):
    """DLMF 9.2.1; Ai is scaled by exp(ζ), Bi by exp(-abs(Re ζ)), with ζ = 2/3 z**1.5."""
    if np.asarray(z).dtype.kind == "c":
        raise AdjointError(
            "no derivative is known of scipy.special.airye of complex numbers: it is not "
            "holomorphic; use airy"
        )
    ai, aip, bi, bip = ys
    root = np.sqrt(z)
    shrink = np.sqrt(np.where(np.greater(z, 0), z, 0.0))
    return aip + root * ai, z * ai + root * aip, bip - shrink * bi, z * bi - shrink * bip


several("airy", lambda z, ys: (ys[1], z * ys[0], ys[3], z * ys[2]))
several("airye", _airye_z)


def _itairy_x(x, ys):
    ai, _, bi, _ = sc.airy(x)
    ai_left, _, bi_left, _ = sc.airy(-x)
    return ai, bi, ai_left, bi_left


several("itairy", _itairy_x)

# ------------------------------------------------------------------- integrals


def _over_argument(f, sign, x):
    """f(x) / x for f = sin or sinh, smooth at 0: DLMF 10.16.9 and 10.39.9."""
    near = np.less(np.abs(x), 0.5)
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    return np.where(near, sc.hyp0f1(1.5, sign * small * small / 4), f(large) / large)


several("sici", lambda x, ys: (_over_argument(np.sin, -1, x), np.cos(x) / x))
several("shichi", lambda x, ys: (_over_argument(np.sinh, 1, x), np.cosh(x) / x))
several("fresnel", lambda x, ys: (np.sin(0.5 * math.pi * x * x), np.cos(0.5 * math.pi * x * x)))


def _modfresnel(name, sign):
    """F'(x) = -exp(± i x²), and K(x) = exp(∓ i (x² + π/4)) F(x) / √π."""
    turned = complex(math.cos(math.pi / 4), -sign * math.sin(math.pi / 4)) / math.sqrt(math.pi)
    several(
        name,
        lambda x, ys: (-np.exp(sign * 1j * x * x), -2j * sign * x * ys[1] - turned),
    )


_modfresnel("modfresnelp", 1)
_modfresnel("modfresnelm", -1)
several("itj0y0", lambda x, ys: (sc.j0(x), sc.y0(x)))
several("iti0k0", lambda x, ys: (sc.i0(x), sc.k0(x)))

_SQUARED_FACTORIALS = [1 / math.factorial(k) ** 2 for k in range(1, 9)]


def _less_one(f, sign, x):
    """(f(x) - 1) / x for f = j0 or i0: by the power series near 0."""
    near = np.less(np.abs(x), 1.0)
    small, large = np.where(near, x, 0.0), np.where(near, 1.0, x)
    quarter = small * small / 4
    sums = series([c * sign ** (k + 1) for k, c in enumerate(_SQUARED_FACTORIALS)], quarter)
    return np.where(near, small / 4 * sums, (f(large) - 1) / large)


several("it2j0y0", lambda x, ys: (-_less_one(sc.j0, -1, x), -sc.y0(x) / x))
several("it2i0k0", lambda x, ys: (_less_one(sc.i0, 1, x), -sc.k0(x) / x))


def _kelvin_x(x, ys):
    be, ke, bep, kep = ys
    zero = np.equal(x, 0)
    over = np.where(zero, 0.5j, bep / np.where(zero, 1.0, x))
    return bep, kep, 1j * be - over, 1j * ke - kep / x


several("kelvin", _kelvin_x)

# ------------------------------------------------------ Jacobi's elliptic functions


def _ellipj_u(u, m, ys):
    sn, cn, dn, _ = ys
    return cn * dn, -sn * dn, -m * sn * cn, dn


def _ellipj_m(u, m, ys):
    """The amplitude is the inverse of F(φ, m)."""
    sn, cn, dn, ph = ys
    ph_m = -ellipkinc_m(ph, m) * dn
    return cn * ph_m, -sn * ph_m, -(sn * sn / 2 + m * sn * cn * ph_m) / dn, ph_m


several("ellipj", _ellipj_u, _ellipj_m)

# ------------------------------------------- functions that come with their derivative

several("pbdv", "the order", lambda v, x, ys: (ys[1], (x * x / 4 - v - 0.5) * ys[0]))
several("pbvv", "the order", lambda v, x, ys: (ys[1], (x * x / 4 - v - 0.5) * ys[0]))
several("pbwa", "a", lambda a, x, ys: (ys[1], (a - x * x / 4) * ys[0]))


def _mathieu(name, characteristic, sign, scale):
    """DLMF 28.2.1 and 28.20.1; angles are in degrees, derivatives are not."""
    value = available(characteristic)
    waves = np.cos if sign > 0 else np.cosh

    def x_part(m, q, x, ys):
        a = value(m, q)
        second = -sign * (a - 2 * q * waves(2 * scale * x)) * ys[0]
        return scale * ys[1], scale * second

    several(name, None, "q", x_part)


_mathieu("mathieu_cem", "mathieu_a", 1, math.pi / 180)
_mathieu("mathieu_sem", "mathieu_b", 1, math.pi / 180)
for _kind in "12":
    _mathieu(f"mathieu_modcem{_kind}", "mathieu_a", -1, 1.0)
    _mathieu(f"mathieu_modsem{_kind}", "mathieu_b", -1, 1.0)


def _spheroidal(name, sign, turn):
    """DLMF 30.2.1; oblate functions are those of ``i c`` and, radially, of ``i x``.

    `sign` is that of c², `turn` that of x² in the factor 1 ± x² of y''.
    """
    value = available("pro_cv" if sign > 0 else "obl_cv")

    def second(m, n, c, lam, x, ys):
        y, yp = ys
        if turn < 0:  # (1 - x²) y'' - 2 x y' + (λ ∓ c² x² - m²/(1 - x²)) y = 0
            w = 1 - x * x
            return yp, (2 * x * yp - (lam - sign * c * c * x * x - m * m / w) * y) / w
        w = 1 + x * x  # of i x: (1 + x²) y'' + 2 x y' - (λ - c² x² - m²/(1 + x²)) y = 0
        return yp, (-2 * x * yp + (lam - c * c * x * x - m * m / w) * y) / w

    several(name, None, None, "c", lambda m, n, c, x, ys: second(m, n, c, value(m, n, c), x, ys))
    several(
        f"{name}_cv", None, None, "c", "cv", lambda m, n, c, cv, x, ys: second(m, n, c, cv, x, ys)
    )


_spheroidal("pro_ang1", 1, -1)
_spheroidal("pro_rad1", 1, -1)
_spheroidal("pro_rad2", 1, -1)
_spheroidal("obl_ang1", -1, -1)
_spheroidal("obl_rad1", -1, 1)
_spheroidal("obl_rad2", -1, 1)
