"""Rules for triangular factors of `scipy.linalg`, and for solving with them.

`solve_ivp` with implicit methods, and many other programs, solve with factors that they keep.
"""

import numpy as np
import scipy.linalg as la

from ....errors import AdjointError
from ...broadcasting import project, unsupported
from ...numpy._factors import (
    cholesky_cotangent,
    is_singular,
    qr_cotangent,
    qr_with_lapacks_choice,
)
from ...numpy._matrices import H, fields
from ...registry import adjoint, gauged, nondifferentiable
from ._solving import T

__all__ = []

# -------------------------------------------------------------------------- LU


def lu_cotangent(l, u, dl, du):
    """Of the matrix ``l @ u``, which need not be square."""
    m, n = np.shape(l)[-2], np.shape(u)[-1]
    k = min(m, n)
    l1, u1 = l[..., :k, :], u[..., :, :k]
    if is_singular(u1):
        raise AdjointError("the LU decomposition of a singular matrix has no derivative")
    dl = np.zeros(np.shape(l)) if dl is None else dl
    du = np.zeros(np.shape(u)) if du is None else du
    dl1, du1, below, beside = dl[..., :k, :], du[..., :, :k], None, None
    if m > n:
        below = right_solve(dl[..., k:, :], u1)
        du1 = du1 - np.matmul(H(l[..., k:, :]), below)
    if n > m:
        beside = np.linalg.solve(H(l1), du[..., :, k:])
        dl1 = dl1 - np.matmul(beside, H(u[..., :, k:]))
    middle = np.tril(np.matmul(H(l1), dl1), -1) + np.triu(np.matmul(du1, H(u1)))
    da = right_solve(np.linalg.solve(H(l1), middle), u1)
    if below is not None:
        da = np.concatenate([da, below], -2)
    return da if beside is None else np.concatenate([da, beside], -1)


def right_solve(x, u):
    """``x @ inv(u)^H``"""
    return H(np.linalg.solve(u, H(x)))


@adjoint(la.lu)
def lu_rule(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    y = la.lu(a, permute_l, check_finite=check_finite, p_indices=p_indices)

    def lu_back(dy):
        if permute_l:
            p, l, u = la.lu(a)
            dl, du = fields(dy, 2)
            dl = None if dl is None else np.matmul(T(p), dl)
        else:
            p, l, u = y
            p = np.eye(np.shape(a)[-2])[p] if p_indices else p
            _, dl, du = fields(dy, 3)
        return (project(np.matmul(p, lu_cotangent(l, u, dl, du)), a),)

    return y, lu_back


def order_of(pivots):
    """The order of the rows after the exchanges that LAPACK made."""
    order = np.arange(len(pivots))
    for i, j in enumerate(pivots):
        order[[i, j]] = order[[j, i]]
    return order


nondifferentiable(order_of)


def split_lu(lu):
    """The factors that LAPACK keeps in one matrix."""
    return np.tril(lu, -1) + np.eye(np.shape(lu)[-1]), np.triu(lu)


@adjoint(la.lu_factor)
def lu_factor_rule(a, overwrite_a=False, check_finite=True):
    y = la.lu_factor(a, check_finite=check_finite)
    if np.ndim(a) != 2 or np.shape(a)[0] != np.shape(a)[1]:
        unsupported("scipy.linalg.lu_factor", **{"<matrix that is not square, or stack>": a})

    def lu_factor_back(dy):
        dlu, _ = fields(dy, 2)
        lu, pivots = y
        da = lu_cotangent(*split_lu(lu), np.tril(dlu, -1), np.triu(dlu))
        return (project(da[np.argsort(order_of(pivots))], a),)

    return y, lu_factor_back


@adjoint(la.lu_solve)
def lu_solve_rule(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    y = la.lu_solve(lu_and_piv, b, trans, check_finite=check_finite)
    lu, pivots = lu_and_piv
    if np.ndim(lu) != 2:
        unsupported("scipy.linalg.lu_solve", **{"<stack of matrices>": lu})

    def lu_solve_back(dy):
        if trans == 1:  # a^T y = b
            db = np.conjugate(la.lu_solve((lu, pivots), np.conjugate(dy)))
        else:
            db = la.lu_solve((lu, pivots), dy, 2 if trans == 0 else 0)
        n = len(pivots)
        dm = -np.matmul(np.reshape(db, (n, -1)), H(np.reshape(y, (n, -1))))
        dm = dm if trans == 0 else T(dm) if trans == 1 else H(dm)
        dm = dm[order_of(pivots)]
        l, u = split_lu(lu)
        dlu = np.tril(np.matmul(dm, H(u)), -1) + np.triu(np.matmul(H(l), dm))
        return (project(dlu, lu), None), project(db, b)

    return y, lu_solve_back


# -------------------------------------------------------------------- Cholesky


@adjoint(la.cholesky)
def cholesky_rule(a, lower=False, overwrite_a=False, check_finite=True):
    y = la.cholesky(a, lower, check_finite=check_finite)
    return y, lambda dy: (project(cholesky_cotangent(y, dy, not lower), a),)


@adjoint(la.cho_factor)
def cho_factor_rule(a, lower=False, overwrite_a=False, check_finite=True):
    y = la.cho_factor(a, lower, check_finite=check_finite)

    def cho_factor_back(dy):
        dc, _ = fields(dy, 2)
        inside, outside = (np.tril, np.triu) if lower else (np.triu, np.tril)
        da = cholesky_cotangent(inside(y[0]), inside(dc), not lower)
        return (project(da + outside(dc, 1 if lower else -1), a),)  # the rest is that of a

    return y, cho_factor_back


@adjoint(la.cho_solve)
def cho_solve_rule(c_and_lower, b, overwrite_b=False, check_finite=True):
    y = la.cho_solve(c_and_lower, b, check_finite=check_finite)
    c, lower = c_and_lower
    if np.ndim(c) != 2:
        unsupported("scipy.linalg.cho_solve", **{"<stack of matrices>": c})

    def cho_solve_back(dy):
        db = la.cho_solve((c, lower), dy)
        n = np.shape(c)[-1]
        dm = -np.matmul(np.reshape(db, (n, -1)), H(np.reshape(y, (n, -1))))
        dm = dm + H(dm)
        dc = np.tril(np.matmul(dm, np.tril(c))) if lower else np.triu(np.matmul(np.triu(c), dm))
        return (project(dc, c), None), project(db, b)

    return y, cho_solve_back


# -------------------------------------------------------------------------- QR


@adjoint(la.qr)
def qr_rule(
    a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True
):  # fmt: skip
    y = la.qr(a, False, lwork, mode, pivoting, check_finite)

    def qr_back(dy, cotangent=qr_cotangent):
        if mode == "raw":
            raise AdjointError(
                "the derivative of scipy.linalg.qr(..., mode='raw') is not known: use another mode"
            )
        if mode == "r":
            full = la.qr(a, mode="economic", pivoting=pivoting)
            dr = dy if isinstance(y, np.ndarray) else fields(dy, len(y))[0]  # of a stack, not alone
            q, r = full[:2]
            dq, dr = None, dr[..., : np.shape(r)[-2], :]
        else:
            (q, r), (dq, dr) = y[:2], fields(dy, len(y))[:2]
        da = cotangent(q, r, dq, dr)
        if pivoting:
            da = np.take_along_axis(da, np.argsort(y[-1], axis=-1)[..., None, :], -1)
        return (project(da, a),)

    return y, gauged(qr_back, lambda dy: qr_back(dy, qr_with_lapacks_choice))
