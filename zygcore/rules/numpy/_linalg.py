"""Rules of `numpy.linalg` for inverses, systems of equations and determinants.

Matrices may be stacks of matrices.  `matrix_power`, `multi_dot` and `tensorinv` are Python code
over products and inverses and need no rule.
"""

import numpy as np
from numpy.linalg import _umath_linalg

from ...errors import AdjointError
from ..broadcasting import project, unbroadcast
from ..registry import adjoint, each, lowering, nondifferentiable
from ._matrices import H, fields, to_triangle
from ._spectral import free_svd, svd_cotangent

__all__ = ["det_cotangent", "lstsq_cotangents", "pinv_cotangent"]

# -------------------------------------------------------------------- inverses


@adjoint(np.linalg.inv)
def inv_rule(a):
    y = np.linalg.inv(a)

    def inv_back(dy):
        yh = H(y)
        return (project(-np.matmul(yh, np.matmul(dy, yh)), a),)

    return y, inv_back


def pinv_cotangent(a, y, dy):
    """Where the rank stays the same: Golub and Pereyra (1973), "The differentiation of
    pseudo-inverses and nonlinear least squares problems whose variables separate"."""
    yh, dyh = H(y), H(dy)
    da = -np.matmul(yh, np.matmul(dy, yh))
    left = np.matmul(dyh, np.matmul(y, yh))
    right = np.matmul(np.matmul(yh, y), dyh)
    da = da + left - np.matmul(a, np.matmul(y, left))
    return da + right - np.matmul(np.matmul(right, y), a)


def hermitian_from(a, lower=True):
    """The Hermitian matrix of which one triangle is read."""
    a = np.asarray(a)
    if lower:
        return np.tril(a) + H(np.tril(a, -1))
    return np.triu(a) + H(np.triu(a, 1))


@adjoint(np.linalg.pinv)
def pinv_rule(a, rcond=None, hermitian=False, **options):
    y = np.linalg.pinv(a, rcond, hermitian, **options)

    def pinv_back(dy):
        if hermitian:
            da = pinv_cotangent(hermitian_from(a), y, dy)
            return project(to_triangle(da), a), None
        return project(pinv_cotangent(a, y, dy), a), None

    return y, pinv_back


# --------------------------------------------------------------------- solving


def solve_backs(a, b, y, vector):
    """The pullback of ``a @ y == b``, where `b` and `y` are vectors or matrices."""

    def columns(x):
        return np.expand_dims(x, -1) if vector else x

    def solve_a_back(dy):
        db = np.linalg.solve(H(a), columns(dy))
        da = -np.matmul(db, H(columns(y)))
        return project(unbroadcast(da, np.shape(a)), a)

    def solve_b_back(dy):
        db = np.linalg.solve(H(a), columns(dy))
        return project(unbroadcast(db[..., 0] if vector else db, np.shape(b)), b)

    return each(solve_a_back, solve_b_back)


@adjoint(np.linalg.solve)
def solve_rule(a, b):
    y = np.linalg.solve(a, b)
    return y, solve_backs(a, b, y, np.ndim(b) == 1)  # NumPy 2: only a 1-d b is a vector


# libraries that have a `solve` of their own call what is behind NumPy's


@adjoint(_umath_linalg.solve)
def solve_matrices_rule(a, b, /, **options):
    y = _umath_linalg.solve(a, b, **options)
    return y, solve_backs(a, b, y, False)


@adjoint(_umath_linalg.solve1)
def solve_vectors_rule(a, b, /, **options):
    y = _umath_linalg.solve1(a, b, **options)
    return y, solve_backs(a, b, y, True)


@lowering(np.linalg.tensorsolve)
def tensorsolve_lowering(a, b, axes=None):
    a, b = np.asarray(a), np.asarray(b)
    if axes is not None:
        order = list(range(a.ndim))
        for k in axes:
            order.remove(k)
            order.insert(a.ndim, k)
        a = np.transpose(a, order)
    shape = a.shape[-(a.ndim - b.ndim) :]
    n = b.size
    if a.size != n**2:
        return np.linalg.tensorsolve(a, b)  # which refuses it
    return np.reshape(np.linalg.solve(np.reshape(a, (n, n)), np.ravel(b)), shape)


def lstsq_cotangents(a, b, x, inverse, dx, dresiduals, ds):
    """Of a and b, where ``x = inverse @ b`` with the pseudo-inverse of a; b has columns.

    See `pinv_cotangent`; the residuals are the squared norms of the columns of ``b - a @ x``.
    """
    da = db = 0.0
    residual = b - np.matmul(a, x)
    if dx is not None:
        db = np.matmul(H(inverse), dx)
        outside = dx - np.matmul(inverse, np.matmul(a, dx))
        da = np.matmul(residual, H(np.matmul(inverse, db))) - np.matmul(db, H(x))
        da = da + np.matmul(np.matmul(H(inverse), x), H(outside))
    if dresiduals is not None and np.size(dresiduals):
        slope = 2 * residual * dresiduals
        da, db = da - np.matmul(slope, H(x)), db + slope
    if ds is not None:
        u, s, vh = free_svd(a)
        da = da + svd_cotangent(u, s, vh, None, ds, None)
    return da, db


@adjoint(np.linalg.lstsq)
def lstsq_rule(a, b, rcond=None):
    y = np.linalg.lstsq(a, b, rcond)

    def lstsq_back(dy):
        dx, dresiduals, _, ds = fields(dy, 4)
        a_, b_, x = np.asarray(a), np.asarray(b), y[0]
        if b_.ndim == 1:
            b_, x = b_[:, None], x[:, None]
            dx = None if dx is None else dx[:, None]
        eps = np.finfo(y[0].dtype).eps
        limit = eps * max(a_.shape) if rcond is None else eps if rcond == -1 else rcond
        da, db = lstsq_cotangents(a_, b_, x, np.linalg.pinv(a, limit), dx, dresiduals, ds)
        db = np.reshape(db, np.shape(b)) if np.ndim(db) else np.zeros(np.shape(b))
        return project(da, a), project(db, b), None

    return y, lstsq_back


# ---------------------------------------------------------------- determinants


def cofactors(a):
    """The matrix of the cofactors, also of a singular matrix: a polynomial of the entries."""
    n = np.shape(a)[-1]
    if n == 1:
        return np.ones(np.shape(a))
    others = np.array([[j for j in range(n) if j != i] for i in range(n)])
    signs = np.where(np.arange(n) % 2, -1.0, 1.0)
    rows = []
    for i in range(n):
        minors = np.moveaxis(a[..., others[i], :][..., others], -2, -3)
        rows.append(np.linalg.det(minors) * (signs * signs[i]))
    return np.stack(rows, -2)


def is_singular(a):
    return bool(np.any(np.equal(np.linalg.slogdet(a)[0], 0)))


nondifferentiable(is_singular)


def det_cotangent(a, y, dy):
    a = np.asarray(a)
    if is_singular(a):
        return np.expand_dims(dy, (-1, -2)) * np.conjugate(cofactors(a))
    return np.expand_dims(dy * np.conjugate(y), (-1, -2)) * H(np.linalg.inv(a))


@adjoint(np.linalg.det)
def det_rule(a):
    y = np.linalg.det(a)
    return y, lambda dy: (project(det_cotangent(a, y, dy), a),)


@adjoint(np.linalg.slogdet)
def slogdet_rule(a):
    y = np.linalg.slogdet(a)
    sign = y[0]

    def slogdet_back(dy):
        dsign, dlog = fields(dy, 2)
        slope = 0.0 if dlog is None else dlog
        if dsign is not None and np.asarray(a).dtype.kind == "c":
            slope = slope + 1j * np.imag(dsign * np.conjugate(sign))
        if np.any(np.equal(sign, 0)):
            raise AdjointError("the determinant is zero, and its logarithm has no derivative there")
        return (project(np.expand_dims(slope, (-1, -2)) * H(np.linalg.inv(a)), a),)

    return y, slogdet_back
