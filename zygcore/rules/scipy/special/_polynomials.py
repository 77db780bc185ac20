"""Orthogonal polynomials, with respect to the argument: DLMF 18.9.15-17, 18.9.19-27."""

import numpy as np
import scipy.special as sc

from ._common import declare
from ._families import (
    gegenbauer_a,
    jacobi_a,
    jacobi_b,
    laguerre_a,
    sh_jacobi_p,
    sh_jacobi_q,
)

__all__ = []


def _below(n):
    """n - 1; where n is 0, whose polynomial is constant, still 0."""
    return np.where(np.equal(n, 0), 0, np.subtract(n, 1))[()]


def _unless_constant(n, slope):
    return np.where(np.equal(n, 0), 0.0, slope)


def _jacobi_x(n, a, b, x):
    slope = (n + a + b + 1.0) / 2 * sc.eval_jacobi(_below(n), a + 1.0, b + 1.0, x)
    return _unless_constant(n, slope)


def _gegenbauer_x(n, a, x):
    return _unless_constant(n, 2.0 * a * sc.eval_gegenbauer(_below(n), a + 1.0, x))


def _laguerre_x(n, a, x):
    return _unless_constant(n, -sc.eval_genlaguerre(_below(n), a + 1.0, x))


declare("eval_legendre", "n", lambda n, x, y: _jacobi_x(n, 0.0, 0.0, x))
declare("eval_sh_legendre", "n", lambda n, x, y: 2 * _jacobi_x(n, 0.0, 0.0, 2 * x - 1))
declare("eval_jacobi", "n", jacobi_a, jacobi_b, lambda n, a, b, x, y: _jacobi_x(n, a, b, x))
declare(
    "eval_sh_jacobi",
    "n",
    sh_jacobi_p,
    sh_jacobi_q,
    lambda n, p, q, x, y: _unless_constant(
        n, n * sc.eval_sh_jacobi(_below(n), p + 2.0, q + 1.0, x)
    ),
)
declare("eval_gegenbauer", "n", gegenbauer_a, lambda n, a, x, y: _gegenbauer_x(n, a, x))
declare("eval_chebyt", "n", lambda n, x, y: _unless_constant(n, n * sc.eval_chebyu(_below(n), x)))
declare("eval_chebyu", "n", lambda n, x, y: _gegenbauer_x(n, 1.0, x))
declare("eval_chebyc", "n", lambda n, x, y: _unless_constant(n, n * sc.eval_chebys(_below(n), x)))
declare("eval_chebys", "n", lambda n, x, y: _gegenbauer_x(n, 1.0, x / 2) / 2)
declare(
    "eval_sh_chebyt",
    "n",
    lambda n, x, y: _unless_constant(n, 2.0 * n * sc.eval_sh_chebyu(_below(n), x)),
)
declare("eval_sh_chebyu", "n", lambda n, x, y: 2 * _gegenbauer_x(n, 1.0, 2 * x - 1))
declare("eval_genlaguerre", "n", laguerre_a, lambda n, a, x, y: _laguerre_x(n, a, x))
declare("eval_laguerre", "n", lambda n, x, y: _laguerre_x(n, 0.0, x))
declare(
    "eval_hermite",
    None,
    lambda n, x, y: _unless_constant(n, 2.0 * n * sc.eval_hermite(_below(n), x)),
)
declare(
    "eval_hermitenorm",
    None,
    lambda n, x, y: _unless_constant(n, n * sc.eval_hermitenorm(_below(n), x)),
)
# DLMF 14.10.5
declare(
    "lpmv",
    None,
    "the degree",
    lambda m, v, x, y: (v * x * y - (v + m) * sc.lpmv(m, v - 1.0, x)) / (x * x - 1),
)
