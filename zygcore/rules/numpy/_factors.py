"""Rules for triangular factors: Cholesky and QR, of stacks of matrices too."""

import numpy as np

from ...errors import AdjointError
from ..broadcasting import project
from ..registry import adjoint, gauged, nondifferentiable
from ._matrices import H, epsilon, fields, real, to_triangle
from ._phases import with_extra_columns
from ._reflectors import are_made_by_reflectors, complement_cotangent

__all__ = ["cholesky_cotangent", "qr_cotangent", "qr_with_lapacks_choice"]


def strict_lower(x):
    n = np.shape(x)[-1]
    return x * np.tril(np.ones((n, n)), -1)


def real_diagonal(x):
    return real(x) * np.eye(np.shape(x)[-1])


# -------------------------------------------------------------------- Cholesky


def cholesky_cotangent(y, dy, upper=False):
    """Of the triangle that is read: Murray, "Differentiation of the Cholesky decomposition"
    (2016), eq. 10."""
    if upper:
        y, dy = H(y), H(dy)
    inner = np.matmul(H(y), dy)
    middle = strict_lower(inner) + 0.5 * real_diagonal(inner)
    inverse = np.linalg.inv(y)
    full = np.matmul(H(inverse), np.matmul(middle, inverse))
    return to_triangle(full, not upper)


@adjoint(np.linalg.cholesky)
def cholesky_rule(a, /, *, upper=False):
    y = np.linalg.cholesky(a, upper=upper) if upper else np.linalg.cholesky(a)
    return y, lambda dy: (project(cholesky_cotangent(y, dy, upper), a),)


# -------------------------------------------------------------------------- QR


def is_singular(r):
    """Whether a triangular matrix is, up to rounding errors."""
    d = np.abs(np.diagonal(r, 0, -2, -1))
    top = np.max(d, axis=-1, keepdims=True, initial=0)
    return bool(np.any(d <= d.shape[-1] * epsilon(d) * top))


nondifferentiable(is_singular)


def qr_cotangent(q, r, dq, dr):
    """Of the matrix ``q @ r``, where the diagonal of r is real, as LAPACK makes it.

    Walter and Lehmann, "On evaluating higher-order derivatives of the QR decomposition of
    tall matrices with full column rank" (2010); wide matrices are split into a square one and
    the rest.
    """
    m, n = np.shape(q)[-2], np.shape(r)[-1]
    k = min(m, n)
    dq = with_extra_columns(q, dq, k, "the complete matrix q")
    q, r = q[..., :k], r[..., :k, :]
    dr = np.zeros(np.shape(r)) if dr is None else dr[..., :k, :]
    dq = np.zeros(np.shape(q)) if dq is None else dq
    if n > m:
        rest, drest = r[..., k:], dr[..., k:]
        dq = dq + np.matmul(q, np.matmul(rest, H(drest)))
        left = square_qr_cotangent(q, r[..., :k], dq, dr[..., :k])
        return np.concatenate([left, np.matmul(q, drest)], -1)
    return square_qr_cotangent(q, r, dq, dr)


def qr_with_lapacks_choice(q, r, dq, dr):
    """As `qr_cotangent`, with the complement that LAPACK finds."""
    k = min(np.shape(q)[-2], np.shape(r)[-1])
    first, extra = q[..., :k], q[..., k:]
    if dq is not None and np.shape(extra)[-1] and are_made_by_reflectors(first, extra):
        q, dq = first, dq[..., :k] + complement_cotangent(first, extra, dq[..., k:])
    return qr_cotangent(q, r, dq, dr)


def square_qr_cotangent(q, r, dq, dr):
    if is_singular(r):
        raise AdjointError("the QR decomposition of a matrix without full rank has no derivative")
    inner = np.matmul(H(q), dq)
    outer = np.matmul(dr, H(r))
    ds = strict_lower(inner - H(inner) + H(outer)) + H(strict_lower(H(outer)))
    ds = ds + real_diagonal(outer) + (inner - real(inner)) * np.eye(np.shape(r)[-1])
    da = np.matmul(q, ds - inner) + dq
    return H(np.linalg.solve(r, H(da)))


@adjoint(np.linalg.qr)
def qr_rule(a, mode="reduced"):
    y = np.linalg.qr(a, mode)

    def qr_back(dy, cotangent=qr_cotangent):
        if mode == "raw":
            raise AdjointError(
                "the derivative of np.linalg.qr(..., mode='raw') is not known: use another mode"
            )
        if mode == "r":
            (q, r), (dq, dr) = np.linalg.qr(a), (None, dy)
        else:
            (q, r), (dq, dr) = y, fields(dy, 2)
        return (project(cotangent(q, r, dq, dr), a),)

    return y, gauged(qr_back, lambda dy: qr_back(dy, qr_with_lapacks_choice))
