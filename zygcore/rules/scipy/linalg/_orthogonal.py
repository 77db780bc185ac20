"""Rules for what is made of QR decompositions: RQ, products with the factors, changed factors.

LAPACK has its own ways to compute them, and signs of its own; derivatives are those of the QR
decomposition of the matrix that they belong to.
"""

import numpy as np
import scipy.linalg as la

from ...numpy._matrices import H
from ...registry import lowering, nondifferentiable
from .._implicit import held, opaque_parts, same_value
from ._spectral import phase

__all__ = []


PHASES = (
    "the derivative of complex factors whose diagonal is not real is not known: their phases are "
    "those of the algorithm. Take scipy.linalg.qr of the changed matrix"
)


def has_phases(r):
    """Whether the diagonal is complex, which that of a decomposition from scratch is not."""
    d = np.diagonal(r)
    return bool(np.any(np.abs(np.imag(d)) > 1e3 * np.finfo(r.dtype).eps * np.abs(d)))


nondifferentiable(has_phases)


def with_signs(found, q, r):
    """The factors that were found, with the derivatives of others but for signs."""
    if has_phases(found[1]):
        return opaque_parts(found, PHASES, q, r)
    turn = held(phase, found[0], q)
    return (
        same_value(found[0], q * turn),
        same_value(found[1], np.expand_dims(np.conjugate(turn), -1) * r),
    )


@lowering(la.rq)
def rq_lowering(a, overwrite_a=False, lwork=None, mode="full", check_finite=True):
    """From ``a^H`` with its columns in reverse order: Golub and Van Loan, section 5.2."""
    found = held(la.rq, a, False, lwork, mode, check_finite)
    q, r = la.qr(H(a)[..., ::-1], mode="economic" if mode == "economic" else "full")
    r, q = H(r[..., ::-1, ::-1]), H(q[..., ::-1])
    factors = held(la.rq, a, False, None, "full" if mode == "r" else mode)
    turn = held(phase, H(factors[1]), H(q))
    r = r * turn
    if mode == "r":
        return same_value(found, r)
    return same_value(found[0], r), same_value(found[1], np.expand_dims(np.conjugate(turn), -1) * q)


@lowering(la.qr_multiply)
def qr_multiply_lowering(
    a, c, mode="right", pivoting=False, conjugate=False, overwrite_a=False, overwrite_c=False
):
    found = held(la.qr_multiply, a, c, mode, pivoting, conjugate)
    q, r, *order = la.qr(np.atleast_2d(a), mode="economic", pivoting=pivoting)
    q = np.conjugate(q) if conjugate else q
    product = c @ q if mode == "right" else q @ c
    return same_value(found[0], product), same_value(found[1], r), *order


def changed(function, matrix):
    """A function that changes factors as `matrix` changes their product."""

    @lowering(function)
    def changed_lowering(Q, R, *args, **options):
        found = held(function, Q, R, *args, **options)
        square = np.shape(found[0])[0] == np.shape(found[0])[1]
        q, r = la.qr(matrix(Q @ R, *args, **options), mode="full" if square else "economic")
        return with_signs(found, q, r)


def inserted(a, u, k, which="row", rcond=None, overwrite_qru=False, check_finite=True):
    axis = 0 if which == "row" else 1
    u = np.expand_dims(u, axis) if np.ndim(u) == 1 else u
    before, after = (a[:k], a[k:]) if axis == 0 else (a[:, :k], a[:, k:])
    return np.concatenate([before, u, after], axis)


def deleted(a, k, p=1, which="row", overwrite_qr=False, check_finite=True):
    return np.delete(a, slice(k, k + p), 0 if which == "row" else 1)


def updated(a, u, v, overwrite_qruv=False, check_finite=True):
    u, v = [np.expand_dims(x, 1) if np.ndim(x) == 1 else x for x in (u, v)]
    return a + u @ H(v)


changed(la.qr_insert, inserted)
changed(la.qr_delete, deleted)
changed(la.qr_update, updated)
