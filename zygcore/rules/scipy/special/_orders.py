"""The derivatives of modified Bessel functions of the second kind with respect to their order.

``exp(z) K(v, z)`` is the integral of ``cosh(v t) exp(-z (cosh t - 1))`` over the positive numbers
(DLMF 10.32.9), and derivatives put powers of t in.  The trapezoidal rule, which converges faster
than any power for such integrands (Trefethen and Weideman, "The exponentially convergent
trapezoidal rule", 2014), is exact up to rounding errors.
"""

import numpy as np

from ....errors import AdjointError
from ...broadcasting import guarded_mul, project
from ...registry import adjoint, each, nondifferentiable

__all__ = ["kve_moment", "real_only"]

NODES = np.arange(401)


def kve_moment(m, v, z):
    """The integral of ``t^m cosh(v t) exp(-z (cosh t - 1))``, with sinh for odd m."""
    v, z = np.broadcast_arrays(np.asarray(v, float), np.asarray(z, float))
    end = np.full(z.shape, 1.0)
    with np.errstate(all="ignore"):
        for _ in range(8):  # from where on the integrand is below rounding errors
            end = np.arccosh(1 + (50 + np.abs(v) * end) / z)
        t = np.expand_dims(end / (len(NODES) - 1), -1) * NODES
        v, decay = np.expand_dims(v, -1), np.expand_dims(z, -1) * 2 * np.sinh(t / 2) ** 2
        second = np.exp(-v * t - decay)
        values = t**m * (np.exp(v * t - decay) + (second if m % 2 == 0 else -second)) / 2
        total = np.sum(values, -1) - (values[..., 0] + values[..., -1]) / 2
        return (total * end / (len(NODES) - 1))[()]


@adjoint(kve_moment)
def kve_moment_rule(m, v, z):
    y = kve_moment(m, v, z)

    def v_back(dy):
        return project(guarded_mul(dy, kve_moment(m + 1, v, z)), v)

    def z_back(dy):
        slope = y - (kve_moment(m, v + 1.0, z) + kve_moment(m, v - 1.0, z)) / 2
        return project(guarded_mul(dy, slope), z)

    return y, each(None, v_back, z_back)


def real_only(z):
    if np.asarray(z).dtype.kind == "c":
        raise AdjointError(
            "no derivative is known of scipy.special.kv and kve of complex numbers with respect "
            "to the order"
        )


nondifferentiable(real_only)
