"""Elliptic integrals.

Derivatives are Carlson's symmetric integrals (DLMF 19.25), which lose no digits where Legendre's
formulas are 0/0.
"""

import math

import numpy as np
import scipy.special as sc

from ._common import declare

__all__ = ["ellipe_m", "ellipeinc_m", "ellipk_m", "ellipkinc_m"]


# --------------------------------------------------------------- Carlson's integrals


def _merged(y, z):
    """The derivative of R_D(x, y, z) with respect to x where x = z: DLMF 19.16.9 and 19.16.11."""
    return -0.3 * sc.hyp2f1(2.5, 0.5, 3.5, 1 - y / z) * z**-2.5


def _rj_part(x, y, z, p, value):
    """The derivative of R_J(x, y, z, p) with respect to x: partial fractions of DLMF 19.16.2."""
    near = np.less(np.abs(p - x), 1e-5 * np.abs(p))
    gap = np.where(near, 1.0, p - x)
    return near, (value - sc.elliprd(y, z, x)) / (2 * gap)


def _rd_x(x, y, z, value):
    near, out = _rj_part(x, y, z, z, value)
    if not np.any(near):
        return out
    middle = np.where(near, (x + z) / 2, 1.0)
    return np.where(near, _merged(np.where(near, y, 1.0), middle), out)


def _rd_z(x, y, z, value):
    moved = _times(x, _rd_x(x, y, z, value)) + _times(y, _rd_x(y, x, z, value))
    return -(1.5 * value + moved) / z  # Euler: homogeneous of degree -3/2


def _times(x, slope):
    """x times a slope that is infinite at 0, though not as strongly."""
    zero = np.equal(x, 0)
    return np.where(zero, 0.0, x * np.where(zero, 0.0, slope))


def _rj_x(x, y, z, p, value):
    near, out = _rj_part(x, y, z, p, value)
    if not np.any(near):
        return out
    middle = np.where(near, (x + p) / 2, 1.0)
    a, b = np.where(near, y, 1.0), np.where(near, z, 1.0)
    return np.where(near, _rd_z(a, b, middle, sc.elliprd(a, b, middle)) / 3, out)


def _rj_p(x, y, z, p, value):
    moved = _times(x, _rj_x(x, y, z, p, value)) + _times(y, _rj_x(y, z, x, p, value))
    return -(1.5 * value + moved + _times(z, _rj_x(z, x, y, p, value))) / p


def _rf_part(x, y, z):
    return -sc.elliprd(y, z, x) / 6


def _rg_part(x, y, z):
    """From the sums x ∂x + y ∂y + z ∂z and ∂x + ∂y + ∂z: DLMF 19.18.11 and 19.18.9."""
    return (sc.elliprf(x, y, z) - _times(x, sc.elliprd(y, z, x)) / 3) / 4


def _is_principal_value(x, y):
    return np.asarray(y).dtype.kind != "c" and bool(np.any(np.less(y, 0)))


def _rc_x(x, y, value):
    slope = -sc.elliprd(np.abs(y) if _is_principal_value(x, y) else y, y, x) / 6
    if not _is_principal_value(x, y):
        return slope
    gap = np.where(np.less(y, 0), y - x, -1.0)
    return np.where(np.less(y, 0), (value - 1 / np.sqrt(x)) / (2 * gap), slope)


def _rc_y(x, y, value):
    if not _is_principal_value(x, y):
        return -sc.elliprd(x, y, y) / 3
    below = np.less(y, 0)
    root = _times(x, _rc_x(x, y, value))
    safe = np.where(below, 1.0, y)
    return np.where(below, -(value / 2 + root) / y, -sc.elliprd(x, safe, safe) / 3)


declare("elliprc", _rc_x, _rc_y)
declare(
    "elliprf",
    lambda x, y, z, r: _rf_part(x, y, z),
    lambda x, y, z, r: _rf_part(y, z, x),
    lambda x, y, z, r: _rf_part(z, x, y),
)
declare(
    "elliprg",
    lambda x, y, z, r: _rg_part(x, y, z),
    lambda x, y, z, r: _rg_part(y, z, x),
    lambda x, y, z, r: _rg_part(z, x, y),
)
declare("elliprd", _rd_x, lambda x, y, z, r: _rd_x(y, x, z, r), _rd_z)
declare(
    "elliprj",
    _rj_x,
    lambda x, y, z, p, r: _rj_x(y, z, x, p, r),
    lambda x, y, z, p, r: _rj_x(z, x, y, p, r),
    _rj_p,
)


# -------------------------------------------------------------- Legendre's integrals


def ellipk_m(m):
    """DLMF 19.4.1 with 19.25.1."""
    return sc.elliprd(0.0, 1.0, 1 - m) / 6


def ellipe_m(m):
    return -sc.elliprd(0.0, 1 - m, 1.0) / 6


def _half_turns(phi):
    """The nearest multiple of π, and sine and square cosine of what is left: DLMF 19.2.10."""
    turns = np.rint(phi / math.pi)
    rest = phi - math.pi * turns
    sine, cosine = np.sin(rest), np.cos(rest)
    return turns, sine, cosine * cosine


def _with_turns(turns, part, whole):
    return part + np.where(np.equal(turns, 0), 0.0, 2 * turns * whole)


def ellipkinc_m(phi, m):
    """DLMF 19.25.5, differentiated by 19.18.1."""
    turns, s, c2 = _half_turns(phi)
    return _with_turns(turns, s**3 / 6 * sc.elliprd(c2, 1.0, 1 - m * s * s), ellipk_m(m))


def ellipeinc_m(phi, m):
    """DLMF 19.4.6 with 19.25.9."""
    turns, s, c2 = _half_turns(phi)
    return _with_turns(turns, -(s**3) / 6 * sc.elliprd(c2, 1 - m * s * s, 1.0), ellipe_m(m))


def _root(phi, m):
    return np.sqrt(1 - m * np.sin(phi) ** 2)


declare("ellipk", lambda m, y: ellipk_m(m))
declare("ellipkm1", lambda p, y: -sc.elliprd(0.0, 1.0, p) / 6)
declare("ellipe", lambda m, y: ellipe_m(m))
declare("ellipkinc", lambda phi, m, y: 1 / _root(phi, m), lambda phi, m, y: ellipkinc_m(phi, m))
declare("ellipeinc", lambda phi, m, y: _root(phi, m), lambda phi, m, y: ellipeinc_m(phi, m))


def _agm_b(a, b):
    """Of a π / (2 K(1 - b²/a²)): DLMF 19.8.5, with respect to b."""
    ratio = b / a
    k = sc.ellipkm1(ratio * ratio)
    return math.pi * ratio * sc.elliprd(0.0, 1.0, ratio * ratio) / (6 * k * k)


declare("agm", lambda a, b, y: _agm_b(b, a), lambda a, b, y: _agm_b(a, b))
