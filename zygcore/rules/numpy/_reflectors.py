"""Complements that LAPACK finds by reflectors ``1 - tau v v^H``, as functions of the matrix.

The columns that complete the first columns of a unitary matrix are any basis of a complement; but
those of a product of reflectors, one for each of the first columns, are a smooth function of the
matrix (where no reflector is left out).  Whether the columns that were found are these is seen by
comparing them.
"""

import numpy as np

from ..registry import nondifferentiable
from ._matrices import H, epsilon

__all__ = [
    "are_made_by_bidiagonalization",
    "are_made_by_reflectors",
    "bidiagonal_complement_cotangent",
    "complement_cotangent",
]


def are_same(found, extra):
    return bool(np.all(np.abs(found - extra) <= np.sqrt(epsilon(extra))))


# ------------------------------------------------------------- from the first columns


def below(q):
    """``1 - q11`` and ``q21^H``, of the columns ``[q11; q21]``."""
    k = np.shape(q)[-1]
    return np.eye(k) - q[..., :k, :], H(q[..., k:, :])


def complement(q):
    """The other columns of a product of k reflectors, of which `q` are the first.

    With the representation ``1 - V T V^H`` of the product (Schreiber and Van Loan, 1989), V and T
    are factors of ``1 - q11`` (Ballard et al., "Reconstructing Householder vectors from tall-skinny
    QR", 2014), and can be eliminated: ``e2 + (e1 - q) inv(1 - q11)^H q21^H``.
    """
    m, k = np.shape(q)[-2:]
    s, across = below(q)
    e = np.eye(m)
    return e[:, k:] + np.matmul(e[:, :k] - q, np.linalg.solve(H(s), across))


def turned_as(found, extra, dextra):
    """The cotangent of `found`, the same columns as `extra`.

    Written so that it turns with the basis `extra`: then reverse mode over forward mode sees which
    functions do not depend on it.
    """
    return np.matmul(dextra, np.matmul(H(extra), found))


def complement_cotangent(q, extra, dextra):
    """Of `q`, from that of ``extra = complement(q)``."""
    m, k = np.shape(q)[-2:]
    dy = turned_as(complement(q), extra, dextra)
    s, across = below(q)
    x = np.linalg.solve(H(s), across)
    y = np.linalg.solve(s, np.matmul(H(np.eye(m, k) - q), dy))
    return np.concatenate([np.matmul(x, H(y)), H(y)], -2) - np.matmul(dy, H(x))


def are_made_by_reflectors(q, extra):
    """Whether the columns `extra` complete `q` as a product of reflectors does."""
    try:
        return are_same(complement(q), extra)
    except np.linalg.LinAlgError:  # a reflector is left out
        return False


# --------------------------------------------------------------- from a bidiagonalization


def reflector(x):
    """The vector and the factor of the reflector that LAPACK's `larfg` makes of a column."""
    alpha = x[..., :1, :]
    norm = np.sqrt(np.sum(np.real(np.conjugate(x) * x), -2, keepdims=True))
    beta = np.where(np.real(alpha) < 0, norm, -norm)
    v = np.concatenate([np.ones(np.shape(alpha)), x[..., 1:, :] / (alpha - beta)], -2)
    return v, (beta - alpha) / beta


def bidiagonal_complement(a):
    """The other columns of the left factor of ``a = q @ [b; 0] @ p^H``, with b bidiagonal.

    The matrix has more rows than columns; `gebrd` reduces it by reflectors from both sides (Golub
    and Van Loan, "Matrix Computations", section 5.4.8).
    """
    m, n = np.shape(a)[-2:]
    left = []
    for _ in range(n):
        v, tau = reflector(a[..., :1])
        left.append((v, tau))
        a = (a - np.conjugate(tau) * np.matmul(v, np.matmul(H(v), a)))[..., 1:]
        if np.shape(a)[-1] > (np.asarray(a).dtype.kind != "c"):
            w, factor = reflector(H(a[..., :1, :]))
            a = a - factor * np.matmul(np.matmul(a, w), H(w))
        a = a[..., 1:, :]
    e = np.eye(m)[:, n:]
    for v, tau in reversed(left):
        above = np.zeros((*np.shape(v)[:-2], m - np.shape(v)[-2], 1))
        v = np.concatenate([above, v], -2)
        e = e - tau * np.matmul(v, np.matmul(H(v), e))
    return e


def bidiagonal_complement_cotangent(a, extra, dextra):
    """Of `a`, from that of ``extra = bidiagonal_complement(a)``."""
    from ..._pullback import pullback  # which needs rules itself

    found, back = pullback(bidiagonal_complement, a)
    return back(turned_as(found, extra, dextra))[0]


def are_made_by_bidiagonalization(a, extra):
    """Whether the columns `extra` are those of `bidiagonal_complement`."""
    with np.errstate(all="ignore"):  # where a reflector is left out
        return are_same(bidiagonal_complement(a), extra)


nondifferentiable(are_made_by_reflectors, are_made_by_bidiagonalization)
