"""Functions that return `np.poly1d`: `lagrange` and `pade`.

NumPy drops leading coefficients that are zero, and with them their derivatives; so does SciPy's
code on the way, for values that are zero.  Where that is so, a gradient is an error.
"""

import numpy as np
from scipy.interpolate import lagrange, pade

from .._implicit import held, opaque, same_value
from ._imitations import lowering_of_active

__all__ = []

DROPPED = (
    "no derivative is known of this polynomial: np.poly1d drops leading coefficients that are zero"
)


def polynomial(found, coefficients, *sources):
    """The polynomial that SciPy found, with the derivative of `coefficients`."""
    values = found.coeffs
    if np.size(values) == np.size(coefficients):
        found._coeffs = same_value(values, coefficients)
    else:
        found._coeffs = opaque(values, DROPPED, *sources)
    return found


@lowering_of_active(lagrange)
def lagrange_lowering(x, w):
    found, total = held(lagrange, x, w), 0.0
    for j in range(len(x)):
        product = np.reshape(w[j], (1,))
        for k in range(len(x)):
            if k != j:
                longer = np.pad(product, (0, 1)) - x[k] * np.pad(product, (1, 0))
                product = longer / (x[j] - x[k])
        total = total + product
    return polynomial(found, total, x, w)


@lowering_of_active(pade)
def pade_lowering(an, m, n=None):
    found, an = held(pade, an, m, n), np.asarray(an)
    n = len(an) - 1 - m if n is None else n
    an, rows = an[: n + m + 1], np.arange(n + m + 1)[:, None]
    before = rows - 1 - np.arange(m)
    matrix = np.concatenate(
        [np.eye(n + m + 1, n + 1), -np.where(before >= 0, an[np.maximum(before, 0)], 0)], axis=1
    )
    pq = np.linalg.solve(matrix, an)
    p, q = pq[: n + 1], np.concatenate([np.ones(1), pq[n + 1 :]])
    return polynomial(found[0], p[::-1], an), polynomial(found[1], q[::-1], an)
