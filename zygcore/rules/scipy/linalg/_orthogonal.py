"""Rules for what is made of QR decompositions: RQ, products with the factors, changed factors.

LAPACK has its own ways to compute them, and signs of its own; derivatives are those of the QR
decomposition of the matrix that they belong to.
"""

import numpy as np
import scipy.linalg as la

from ....errors import AdjointError
from ...broadcasting import project
from ...numpy._matrices import H
from ...registry import adjoint, gauged, lowering, nondifferentiable
from .._implicit import held, opaque_parts, own, same_value
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


def complement_as_found(found, extra):
    """`found`, with the derivative of `extra`, another basis of the same complement."""
    return found


@adjoint(complement_as_found)
def complement_as_found_rule(found, extra):
    def turned(dy):
        return None, project(np.matmul(dy, np.matmul(H(found), extra)), extra)

    def turned_fixed(dy):
        if not are_same(found, extra):
            raise AdjointError(
                "the basis of a complement is that of the algorithm, whose derivative is not known"
            )
        return turned(dy)

    return own(found), gauged(turned, turned_fixed)


def are_same(found, extra):
    """Whether two bases are the same, but for the sign of a single real vector."""
    if found.dtype.kind != "c" and found.shape[-1] == 1:
        return True
    return bool(np.all(np.abs(found - extra) <= np.sqrt(np.finfo(found.dtype).eps)))


nondifferentiable(are_same)


def with_signs(found, q, r):
    """The factors that were found, with the derivatives of others but for signs."""
    if has_phases(found[1]):
        return opaque_parts(found, PHASES, q, r)
    k = min(np.shape(q)[0], np.shape(r)[1])
    turn = held(phase, found[0][:, :k], q[:, :k])
    extra = complement_as_found(found[0][:, k:], q[:, k:])
    ones = np.ones(np.shape(r)[0] - k)
    return (
        same_value(found[0], np.concatenate([q[:, :k] * turn, extra], -1)),
        same_value(found[1], np.expand_dims(np.concatenate([np.conjugate(turn), ones]), -1) * r),
    )


def turned_round(x):
    """The conjugate transpose, with the rows and columns in reverse order."""
    return H(x)[::-1, ::-1]


@lowering(la.rq)
def rq_lowering(a, overwrite_a=False, lwork=None, mode="full", check_finite=True):
    """From that of ``a^H`` in reverse order, the way that `gerqf` takes."""
    found = held(la.rq, a, False, lwork, mode, check_finite)
    factors = held(la.rq, a, False, None, "full") if mode == "r" else found
    known = [turned_round(factors[1]), turned_round(factors[0])]
    form = "economic" if mode == "economic" else "full"
    q, r = with_signs(known, *la.qr(turned_round(np.asarray(a)), mode=form))
    if mode == "r":
        return same_value(found, turned_round(r))
    return same_value(found[0], turned_round(r)), same_value(found[1], turned_round(q))


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
