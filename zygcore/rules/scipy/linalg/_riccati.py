"""Rules for algebraic Riccati equations, by implicit differentiation.

With the closed loop ``c = a - b k``, differentials of the solution satisfy a Lyapunov equation with
the matrix c; the pullback solves its adjoint (Kao and Hennequin, "Automatic differentiation of
Sylvester, Lyapunov, and algebraic Riccati equations", 2020).
"""

import numpy as np
import scipy.linalg as la

from ...broadcasting import project, unsupported
from ...numpy._matrices import H
from ...registry import adjoint

__all__ = []


def symmetric(x):
    return (x + H(x)) / 2


def cotangents(da, k, w, primals):
    """Of a, b, q and r, from that of ``a``, with the feedback k and the adjoint solution w."""
    d = (da, -np.matmul(da, H(k)), symmetric(w), symmetric(np.matmul(k, np.matmul(w, H(k)))))
    return tuple([project(dx, x) for dx, x in zip(d, primals, strict=True)])


@adjoint(la.solve_continuous_are)
def continuous_rule(a, b, q, r, e=None, s=None, balanced=True):
    unsupported("scipy.linalg.solve_continuous_are", e=e, s=s)
    x = la.solve_continuous_are(a, b, q, r, balanced=balanced)

    def continuous_back(dx):
        k = np.linalg.solve(r, np.matmul(H(b), x))
        w = la.solve_continuous_lyapunov(a - np.matmul(b, k), -dx)
        return cotangents(np.matmul(x, w + H(w)), k, w, (a, b, q, r))

    return x, continuous_back


@adjoint(la.solve_discrete_are)
def discrete_rule(a, b, q, r, e=None, s=None, balanced=True):
    unsupported("scipy.linalg.solve_discrete_are", e=e, s=s)
    x = la.solve_discrete_are(a, b, q, r, balanced=balanced)

    def discrete_back(dx):
        xb = np.matmul(x, b)
        k = np.linalg.solve(r + np.matmul(H(b), xb), np.matmul(H(xb), a))
        c = a - np.matmul(b, k)
        w = la.solve_discrete_lyapunov(c, dx)
        return cotangents(np.matmul(np.matmul(x, c), w + H(w)), k, w, (a, b, q, r))

    return x, discrete_back
