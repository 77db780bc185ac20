"""Rules for functions of matrices: `scipy.linalg.expm`, `sqrtm`, `logm` ...

The derivative of f at A in the direction E stands in ``f([[A, E], [0, A]])``, at the top right
(Najfeld and Havel, "Derivatives of the matrix exponential and their computation", 1995; Mathias,
"A chain rule for matrix functions and applications", 1996).  That is a function of a matrix again,
so all orders of derivatives follow.
"""

import numpy as np
import scipy.linalg as la

from ....errors import AdjointError
from ...broadcasting import project, unsupported
from ...numpy._matrices import H, epsilon, fields
from ...registry import adjoint, lowering, nondifferentiable
from .._implicit import held, opaque, same_value

__all__ = ["block"]


def block(a, e):
    """``[[a, e], [0, a]]``"""
    a = np.asarray(a)
    return np.concatenate(
        [np.concatenate([a, e], -1), np.concatenate([np.zeros(np.shape(a)), a], -1)], -2
    )


def function_cotangent(f, a, dy):
    """The trace of ``dy^H f'(a)[e]`` is that of ``f'(a)[dy^H] e``, so no branch of f matters."""
    n = np.shape(a)[-1]
    return H(f(block(a, H(dy)))[..., :n, n:])


def expm_cotangent(a, dy):
    """The same for one exponential, with less work than for a matrix of twice the size."""
    if np.ndim(a) > 2:
        return function_cotangent(la.expm, a, dy)
    return la.expm_frechet(H(a), dy, compute_expm=False)


def _register(target, check=None):
    @adjoint(target)
    def function_rule(A, **options):
        unsupported(f"scipy.linalg.{target.__name__}", **options)
        if np.ndim(A) < 2:
            unsupported(f"scipy.linalg.{target.__name__}", **{"<number, not a matrix>": True})
        y = target(A)

        def function_back(dy):
            if check is not None:
                check(y)
            if target is la.expm:
                return (project(expm_cotangent(A, dy), A),)
            return (project(function_cotangent(target, A, dy), A),)

        return y, function_back


def check_root(y):
    eps = max(epsilon(y), np.finfo(float).eps)  # some versions of SciPy give quadruple precision
    if np.any(np.linalg.cond(np.asarray(y, complex)) > 0.01 / eps):
        raise AdjointError("the square root of a singular matrix has no derivative")


nondifferentiable(check_root)

for _f in (la.expm, la.logm, la.cosm, la.sinm, la.tanm, la.coshm, la.sinhm, la.tanhm):
    _register(_f)
_register(la.sqrtm, check_root)


@adjoint(la.fractional_matrix_power)
def fractional_matrix_power_rule(A, t):
    y = la.fractional_matrix_power(A, t)

    def power(a):
        return la.fractional_matrix_power(a, t)

    def power_back(dy):
        dt = None
        if isinstance(t, (float, np.floating)):
            dt = project(np.sum(np.real(dy * np.conjugate(np.matmul(la.logm(A), y)))), t)
        return project(function_cotangent(power, A, dy), A), dt

    return y, power_back


@adjoint(la.expm_frechet)
def expm_frechet_rule(A, E, method=None, compute_expm=True, check_finite=True):
    y = la.expm_frechet(A, E, method, compute_expm, check_finite)

    def frechet_back(dy):
        dvalue, dslope = fields(dy, 2) if compute_expm else (None, dy)
        da = de = 0.0
        if dvalue is not None:
            da = function_cotangent(la.expm, A, dvalue)
        if dslope is not None:
            zero = np.zeros(np.shape(dslope))
            d = np.concatenate(
                [np.concatenate([zero, dslope], -1), np.concatenate([zero, zero], -1)], -2
            )
            whole, n = function_cotangent(la.expm, block(A, E), d), np.shape(A)[-1]
            da = da + whole[..., :n, :n] + whole[..., n:, n:]
            de = whole[..., :n, n:]
        return project(da, A), project(de, E)

    return y, frechet_back


# ------------------------------------------------------------------- others


@adjoint(la.signm)
def signm_rule(A, **options):
    """Higham, "Functions of Matrices" (2008), theorem 5.3: with ``n = sign(a) a``, differentials
    satisfy ``n ds + ds n = da - s da s``."""
    unsupported("scipy.linalg.signm", **options)
    s = la.signm(A)

    def signm_back(dy):
        n = H(np.matmul(s, A))
        w = la.solve_sylvester(n, n, dy)
        return (project(w - np.matmul(H(s), np.matmul(w, H(s))), A),)

    return s, signm_back


ESTIMATE = "the derivative of an estimated error is not known"


@lowering(la.funm)
def funm_lowering(A, func, disp=True):
    """By eigenvalues, which must not be equal: how `func` goes on from them is not known."""
    found = held(la.funm, A, func, disp)
    l, v = la.eig(A)
    y = np.matmul(v * func(l), np.linalg.inv(v))
    if isinstance(found, tuple):
        return same_value(found[0], y), opaque(found[1], ESTIMATE, y)
    return same_value(found, y)


@lowering(la.matrix_balance)
def matrix_balance_lowering(A, permute=True, scale=True, separate=False, overwrite_a=False):
    """The transformation is constant: powers of two, and an order."""
    found = held(la.matrix_balance, A, permute, scale, separate)
    t = held(la.matrix_balance, A, permute, scale)[1]
    return same_value(found[0], np.matmul(np.linalg.inv(t), np.matmul(A, t))), found[1]
