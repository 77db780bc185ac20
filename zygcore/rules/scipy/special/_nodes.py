"""Nodes and weights of Gaussian quadrature with respect to the parameters of the weight function.

SciPy takes other ways for special parameters; the derivative is that of the general one: nodes are
zeros of the polynomials, weights have a closed form (Szego, "Orthogonal Polynomials", 15.3).
"""

import numpy as np
import scipy.special as sc

from ...registry import lowering, nondifferentiable
from .._implicit import held, same_value

__all__ = []


def constant(x):
    return np.array(x)


nondifferentiable(constant)


def zeros(nodes, value, slope):
    """By two steps of Newton's method: right up to second derivatives."""
    x = constant(nodes)
    for _ in range(2):
        x = x - value(x) / slope(x)
    return x


def jacobi(nodes, n, a, b):
    def slope(x):
        return (n + a + b + 1.0) / 2 * sc.eval_jacobi(n - 1, a + 1.0, b + 1.0, x)

    x = zeros(nodes, lambda x: sc.eval_jacobi(n, a, b, x), slope)
    size = sc.gammaln(n + a + 1.0) + sc.gammaln(n + b + 1.0) - sc.gammaln(n + a + b + 1.0)
    size = np.exp(size - sc.gammaln(n + 1.0) + (a + b + 1) * np.log(2.0))
    total = np.exp((a + b + 1) * np.log(2.0) + sc.betaln(a + 1.0, b + 1.0))
    return x, size / ((1 - x * x) * slope(x) ** 2), total


def gegenbauer(nodes, n, a):
    return jacobi(nodes, n, a - 0.5, a - 0.5)


def laguerre(nodes, n, a):
    def slope(x):
        return -sc.eval_genlaguerre(n - 1, a + 1.0, x)

    x = zeros(nodes, lambda x: sc.eval_genlaguerre(n, a, x), slope)
    size = np.exp(sc.gammaln(n + a + 1.0) - sc.gammaln(n + 1.0)) / (n + 1.0) ** 2
    return x, size * x / sc.eval_genlaguerre(n + 1, a, x) ** 2, np.exp(sc.gammaln(a + 1.0))


def _register(function, formula):
    @lowering(function)
    def nodes_lowering(n, *parameters, mu=False):
        count = function.__code__.co_argcount - 2  # the last is mu, by position
        parameters, mu = parameters[:count], any([mu, *parameters[count:]])
        found = held(function, n, *parameters, mu)
        values = formula(found[0], int(n), *parameters)
        return tuple([same_value(f, v) for f, v in zip(found, values, strict=False)])


_register(sc.roots_jacobi, jacobi)
_register(sc.roots_gegenbauer, gegenbauer)
_register(sc.roots_genlaguerre, laguerre)
