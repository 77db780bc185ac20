"""Orthogonal polynomials with respect to the parameters of their families.

The derivative of a polynomial of the degree n is a sum of those of lower degrees: Froehlich,
"Parameter derivatives of the Jacobi polynomials and the Gaussian hypergeometric function" (1994);
Koepf, "Identities for families of orthogonal polynomials and special functions" (1997).
"""

import numpy as np
import scipy.special as sc

from ....errors import AdjointError
from ...registry import nondifferentiable

__all__ = [
    "gegenbauer_a",
    "jacobi_a",
    "jacobi_b",
    "laguerre_a",
    "sh_jacobi_p",
    "sh_jacobi_q",
]


def whole(n):
    """The largest degree; all must be whole numbers."""
    n = np.asarray(n)
    if np.any(n != np.floor(n)) or np.any(n < 0):
        raise AdjointError(
            "no derivative is known of orthogonal polynomials with respect to the parameters of "
            "their families for degrees that are no whole numbers"
        )
    return int(np.max(n, initial=0))


nondifferentiable(whole)


def _summed(n, term):
    """The sum of ``term(k, n - k)`` over k below n, for each degree."""
    total = 0.0
    for k in range(whole(n)):
        below = np.less(k, n)
        rest = np.where(below, np.subtract(n, k), 1)
        total = total + np.where(below, term(k, rest), 0.0)
    return total


def _jacobi(n, a, b, x, y, other, sign):
    def term(k, rest):
        weight = sc.poch(other + k + 1.0, rest) / rest * sign(rest)
        if k:
            weight = weight * (a + b + 2.0 * k + 1) / sc.poch(a + b + k + 1.0, rest)
        else:  # the same, also where it would be 0 / 0
            weight = weight / sc.poch(a + b + 2.0, rest - 1.0)
        return (y + weight * sc.eval_jacobi(k, a, b, x)) / (2.0 * k + rest + a + b + 1)

    return _summed(n, term)


def jacobi_a(n, a, b, x, y):
    return _jacobi(n, a, b, x, y, b, lambda rest: 1.0)


def jacobi_b(n, a, b, x, y):
    return _jacobi(n, a, b, x, y, a, lambda rest: 1.0 - 2.0 * (rest % 2))


def laguerre_a(n, a, x, y):
    return _summed(n, lambda k, rest: sc.eval_genlaguerre(k, a, x) / rest)


def gegenbauer_a(n, a, x, y):
    zero = np.equal(a, 0)
    safe = np.where(zero, 1.0, a)

    def term(k, rest):
        twice = 2.0 * k + 2 * safe
        lower = np.where(np.equal(rest % 2, 0), 2.0, 0.0) * twice / ((twice + rest) * rest)
        same = 2.0 * (k + 1) / ((k + 2 * safe) * (twice + 1)) + 2.0 / (twice + rest)
        return lower * sc.eval_gegenbauer(k, safe, x) + same * y

    chebyshev = np.where(np.equal(n, 0), 0.0, 2 / np.maximum(n, 1) * sc.eval_chebyt(n, x))
    return np.where(zero, chebyshev, _summed(n, term))


def _scale(n, p):
    """What the shifted polynomials are divided by."""
    return sc.binom(2.0 * n + p - 1, n)


def sh_jacobi_p(n, p, q, x, y):
    slope = jacobi_a(n, p - q, q - 1.0, 2 * x - 1, y * _scale(n, p)) / _scale(n, p)
    return slope - y * (sc.digamma(2.0 * n + p) - sc.digamma(n + p))


def sh_jacobi_q(n, p, q, x, y):
    args = (n, p - q, q - 1.0, 2 * x - 1, y * _scale(n, p))
    return (jacobi_b(*args) - jacobi_a(*args)) / _scale(n, p)
