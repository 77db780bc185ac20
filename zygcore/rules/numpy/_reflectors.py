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
    "are_made_by_reflectors",
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


nondifferentiable(are_made_by_reflectors)
