"""Python functions of `scipy.special` whose code cannot be followed into the C code below it."""

import numpy as np
import scipy.special as sc

from ...broadcasting import guarded_mul, project, unsupported
from ...registry import UNKNOWN, adjoint, lowering, nondifferentiable

__all__ = []

nondifferentiable(sc.gammasgn, sc.round)


# ------------------------------------------------ Legendre functions and harmonics


def _is(function, name):
    return function is getattr(sc, name, None)


def _neighbour(n, m, theta, phi, step):
    """sqrt((n ∓ m) (n ± m + 1)) exp(∓ i φ) times the harmonic of the order m ± 1."""
    weight = (n - step * m) * (n + step * m + 1.0)
    order = np.where(np.greater(weight, 0), m + step, m)
    size = np.sqrt(np.maximum(weight, 0.0))
    return size * np.exp(-1j * step * phi) * sc.sph_harm_y(n, order, theta, phi)


def _harmonic_rule(n, m, theta, phi):
    n, m = np.asarray(n), np.asarray(m)
    y = sc.sph_harm_y(n, m, theta, phi)

    def harmonic_back(dy):
        # the ladder operators of angular momentum: DLMF 14.10.2 without its division by sin θ
        up, down = _neighbour(n, m, theta, phi, 1), _neighbour(n, m, theta, phi, -1)
        side = np.where(np.less(np.sin(theta), 0), -0.5, 0.5)  # SciPy takes the size of sin θ
        d_theta = project(guarded_mul(dy, np.conjugate(side * (up - down))), theta)
        d_phi = project(guarded_mul(dy, np.conjugate(1j * np.asarray(m) * y)), phi)
        return None, None, None, d_theta, d_phi  # the first is the function itself

    return y, harmonic_back


if hasattr(sc, "legendre_p"):  # SciPy 1.15
    _MultiUFunc = type(sc.legendre_p)

    @adjoint(_MultiUFunc.__call__)
    def legendre_rule(function, *args, **options):
        """SciPy computes derivatives along, up to the second."""
        order = options.get("diff_n", 0)
        if _is(function, "sph_harm_y") and not order:
            return _harmonic_rule(*args)
        if _is(function, "sph_harm_y_all") and not order:
            y, (n, m, theta, phi) = function(*args), args
            extra = (1,) * (np.ndim(y) - 2)
            degrees = np.reshape(np.arange(n + 1), (-1, 1, *extra))
            orders = np.reshape(np.r_[np.arange(m + 1), np.arange(-m, 0)], (-1, *extra))
            return y, _harmonic_rule(degrees, orders, theta, phi)[1]
        if _is(function, "sph_harm_y") or _is(function, "sph_harm_y_all"):
            return function(*args, **options), UNKNOWN
        if order > 1:
            unsupported(f"scipy.special.{function.__name__}", diff_n=order)

        def legendre_back(dy):
            slopes = function(*args, **{**options, "diff_n": order + 1})[1:]
            dz = project(guarded_mul(dy, np.conjugate(slopes)), args[-1])
            return *(None,) * len(args), dz

        return function(*args, **options), legendre_back


if hasattr(sc._ufuncs, "_riemann_zeta"):

    @lowering(sc.zeta)
    def zeta_lowering(x, q=None, out=None):
        """Without `out` among the arguments of the ufuncs."""
        given = () if out is None else (out,)
        if q is None:
            return sc._ufuncs._riemann_zeta(x, *given)
        return sc._ufuncs._zeta(x, q, *given)
