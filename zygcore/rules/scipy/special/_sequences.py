"""Functions that return values of many orders with their derivatives, and characteristic values.

The second derivatives come from the differential equation that each function satisfies.
Characteristic values are eigenvalues of such equations, so that their derivative is a mean over the
eigenfunction.
"""

import numpy as np
import scipy.special as sc

from ...broadcasting import guarded_mul, project, refuse
from ...numpy._matrices import fields
from ...registry import adjoint, each, elementwise, lowering, nondifferentiable
from .._implicit import held, same_value

__all__ = []

# -------------------------------------------------------------------- sequences


def _register(function, curvature, orders, parameters=1):
    """``curvature(*orders, x)`` gives p and q of ``y'' = p y + q y'``."""

    @adjoint(function)
    def sequence_rule(*args):
        y, x = function(*args), args[-1]
        known = orders(*args[:-1])

        def x_back(dy):
            dvalue, dslope = fields(dy, 2)
            shape = (-1,) + (1,) * (np.ndim(y[0]) - 1)
            p, q = curvature(*[k if np.ndim(k) > 1 else np.reshape(k, shape) for k in known], x)
            total = 0.0
            if dvalue is not None:
                total = total + guarded_mul(dvalue, np.conjugate(y[1]))
            if dslope is not None:
                second = p * y[0] + q * y[1]
                total = total + guarded_mul(dslope, np.conjugate(second))
            return project(total, x)

        order = refuse(f"scipy.special.{function.__name__} with respect to the order")
        before = [order if isinstance(arg, float) else None for arg in args[:-1]]
        return y, each(*before, x_back)


def up_to(n):
    """The orders from the fractional part on."""
    if n < 0:
        refuse("sequences of negative orders in scipy.special")(None)
    return (np.arange(int(n) + 1) + (n - int(n)),)


def pairs(m, n):
    """Orders and degrees, in two dimensions, of numbers only."""
    return np.arange(m + 1)[:, None], np.arange(n + 1)[None, :]


nondifferentiable(up_to, pairs)


def _legendre(k, z):
    return -k * (k + 1) / (1 - z * z), 2 * z / (1 - z * z)


def _associated(m, n, z):
    extra = np.ndim(z)
    m, n = [np.reshape(k, np.shape(k) + (1,) * extra) for k in (m, n)]
    return (m * m / (1 - z * z) - n * (n + 1)) / (1 - z * z), 2 * z / (1 - z * z)


def _riccati(k, x):
    return k * (k + 1) / (x * x) - 1, 0.0


def _parabolic(v, x):
    return x * x / 4 - v - 0.5, 0.0


_register(sc.lqn, _legendre, up_to)
_register(sc.lqmn, _associated, pairs)
_register(sc.riccati_jn, _riccati, up_to)
_register(sc.riccati_yn, _riccati, up_to)
_register(sc.lmbda, lambda v, x: (-1.0, -(2 * v + 1) / x), up_to)


def _parabolic_real(v, x):
    if np.asarray(x).dtype.kind == "c":  # where what SciPy returns does not solve the equation
        refuse("scipy.special.pbdn_seq of complex numbers")(None)
    return _parabolic(v, x)


for _f in (sc.pbdv_seq, sc.pbvv_seq):
    _register(_f, _parabolic, up_to)
_register(sc.pbdn_seq, _parabolic_real, up_to)


# -------------------------------------------------------- characteristic values


def mathieu_mean(m, q, even):
    """Of ``2 cos 2x`` over the square of a Mathieu function: that of the whole period."""
    function = sc.mathieu_cem if even else sc.mathieu_sem
    count = 64 + 4 * int(np.max(np.abs(m), initial=0) + np.sqrt(np.max(np.abs(q), initial=0)))
    degrees = np.arange(count) * (360.0 / count)
    m, q = np.broadcast_arrays(m, q)
    values = function(m[..., None], q[..., None], degrees)[0]
    return (4 * np.mean(np.cos(np.radians(2 * degrees)) * values * values, -1))[()]


NODES, WEIGHTS = np.polynomial.legendre.leggauss(80)


def spheroidal_mean(m, n, c, prolate):
    """Of ``x^2`` over the square of an angular function."""
    function = sc.pro_ang1 if prolate else sc.obl_ang1
    m, n, c = np.broadcast_arrays(m, n, c)
    values = function(m[..., None], n[..., None], c[..., None], NODES)[0] ** 2 * WEIGHTS
    return (np.sum(values * NODES**2, -1) / np.sum(values, -1))[()]


def _register_mean(mean):
    @adjoint(mean)
    def refused_mean_rule(*args):
        return mean(*args), refuse("means over eigenfunctions")


_register_mean(mathieu_mean)
_register_mean(spheroidal_mean)

elementwise(sc.mathieu_a, None, lambda m, q, y: mathieu_mean(m, q, True))
elementwise(sc.mathieu_b, None, lambda m, q, y: mathieu_mean(m, q, False))
elementwise(sc.pro_cv, None, None, lambda m, n, c, y: 2 * c * spheroidal_mean(m, n, c, True))
elementwise(sc.obl_cv, None, None, lambda m, n, c, y: -2 * c * spheroidal_mean(m, n, c, False))


def _register_characteristic(function, one):
    @lowering(function)
    def sequence_lowering(m, n, c):
        found = held(function, m, n, c)
        return same_value(found, one(m, np.arange(m, n + 1), c))


_register_characteristic(sc.pro_cv_seq, sc.pro_cv)
_register_characteristic(sc.obl_cv_seq, sc.obl_cv)
