"""Rules for some eigenvalues and singular values of sparse matrices.

A pair of an eigenvalue and its vector solves ``a v = l v`` with ``v^H v = 1``; so its differentials
solve a system with the bordered matrix ``[[a - l, v], [v^H, 0]]``, which is regular where the
eigenvalue is simple (Andrew, Chu and Lancaster, "Derivatives of eigenvalues and eigenvectors of
matrix functions", 1993).  The pullback solves with its conjugate transpose, as sparse as a.
"""

import warnings

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spl

from ...errors import AdjointError, UnsupportedError
from ..broadcasting import unsupported
from ..numpy._matrices import fields, refuse_phases
from ..numpy._phases import phases_matter
from ..numpy._spectral import is_complex
from ..registry import adjoint, lowering, nondifferentiable
from ._implicit import held, own, same_value
from .sparse import apart, entries, gathered, places

__all__ = []


def parts_of(A, name):
    """The numbers of a matrix, their rows, columns, and whether they are in it."""
    if isinstance(A, np.ndarray):
        rows, columns = np.indices(A.shape)
        return A, rows.ravel(), columns.ravel(), None
    if not sp.issparse(A):
        raise UnsupportedError(
            f"scipy.sparse.linalg.{name} of a {type(A).__name__} cannot be differentiated yet: "
            "pass the matrix, as an array or a sparse array"
        )
    data, structure = apart(A)
    return data, *places(structure, np.shape(data))


def check_simple(p, a, l, dl, dv):
    """A solution is large if another eigenvalue is near."""
    scale = max(float(np.max(np.abs(a), initial=0)), float(np.abs(l)))
    usual = np.max(np.abs(dv), initial=0) / scale + np.abs(dl) if scale else 0.0
    if np.all(np.isfinite(p)) and np.max(np.abs(p), initial=0) <= 1e11 * usual:
        return
    raise AdjointError(
        "an eigenvalue or singular value is not simple, or was not found accurately, so that it "
        "and its vectors have no derivative"
    )


def quietly_solved(matrix, right):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", spl.MatrixRankWarning)
        return spl.spsolve(matrix, right)


nondifferentiable(check_simple)


def bordered_adjoint(a, rows, columns, l, v):
    """The conjugate transpose of the bordered matrix, of the numbers of a at places."""
    n = np.shape(v)[0]
    every, last = np.arange(n), np.full(n, n)
    data = [np.conjugate(a), np.broadcast_to(-np.conjugate(l), (n,)), v, np.conjugate(v)]
    places_ = (
        np.concatenate([columns, every, every, last]),
        np.concatenate([rows, every, last, every]),
    )
    data = np.concatenate([x.astype(np.result_type(*data)) for x in data])
    return sp.csc_array(sp.coo_array((data, places_), shape=(n + 1, n + 1)))


def pair_cotangent(a, rows, columns, l, v, dl, dv):
    """The cotangents of the numbers of a, of one pair."""
    matrix = bordered_adjoint(a, rows, columns, l, v)
    right = np.concatenate([dv, np.reshape(-dl, (1,))])
    p = quietly_solved(matrix, right)[:-1]
    check_simple(p, a, l, dl, dv)
    return p


def pairs_cotangent(a, rows, columns, l, v, dl, dv, hermitian):
    """Of all pairs."""
    if dv is not None:
        inner = np.sum(np.conjugate(v) * dv, 0)
        if np.asarray(a).dtype.kind != "c":  # real vectors have signs only
            inner = inner * is_complex(v)[0]
        if phases_matter(inner, dv):
            refuse_phases("eigenvectors")
    total = 0.0
    for i in range(np.shape(l)[0]):
        dl_i = 0.0 * l[i] if dl is None else dl[i]
        dv_i = 0.0 * v[:, i] if dv is None else dv[:, i]
        p = pair_cotangent(a, rows, columns, l[i], v[:, i], dl_i, dv_i)
        total = total - p[rows] * np.conjugate(v[:, i][columns])
        if hermitian:
            total = total - v[:, i][rows] * np.conjugate(p[columns])
    return total / 2 if hermitian else total


def pairs(data, rows, columns, valid, l, v, hermitian):
    """The eigenvalues and vectors that were found, as functions of the numbers of the matrix."""
    return l, v


@adjoint(pairs)
def pairs_rule(data, rows, columns, valid, l, v, hermitian):
    y = own(l), own(v)

    def pairs_back(dy):
        dl, dv = fields(dy, 2)
        a = entries(data, valid)
        d = pairs_cotangent(a, rows, columns, *y, dl, dv, hermitian)
        return (gathered(d, valid, data),)

    return y, pairs_back


def nearest(values, l):
    """For each of the values, which of `l` it is."""
    return np.argmin(np.abs(np.asarray(values)[:, None] - l), axis=1)


nondifferentiable(nearest)


def _register(function, hermitian):
    name = function.__name__

    @lowering(function)
    def pairs_lowering(A, k=6, M=None, *rest, return_eigenvectors=True, **options):
        unsupported(f"scipy.sparse.linalg.{name}", M=M, **{"<arguments by position>": rest or None})
        unsupported(f"scipy.sparse.linalg.{name}", OPinv=options.get("OPinv"))
        found = held(function, A, k, return_eigenvectors=return_eigenvectors, **options)
        data, rows, columns, valid = parts_of(A, name)
        if return_eigenvectors:
            return pairs(data, rows, columns, valid, *found, hermitian)
        l, v = held(function, A, k, **options)
        order = nearest(found, l)
        return pairs(data, rows, columns, valid, found, v[:, order], hermitian)[0]


_register(spl.eigs, False)
_register(spl.eigsh, True)


@lowering(spl.lobpcg)
def lobpcg_lowering(A, X, B=None, M=None, Y=None, *rest, **options):
    unsupported("scipy.sparse.linalg.lobpcg", B=B, Y=Y)
    found = held(spl.lobpcg, A, X, B, M, Y, *rest, **options)
    if len(found) > 2:
        unsupported("scipy.sparse.linalg.lobpcg", retLambdaHistory=True)
    return pairs(*parts_of(A, "lobpcg"), *found, True)


# ---------------------------------------------------------------- singular values


def doubled(data, rows, columns, valid, shape):
    """The Hermitian matrix ``[[0, a], [a^H, 0]]``."""
    a, m = entries(data, valid), shape[0]
    both = np.concatenate([a, np.conjugate(a)])
    return (
        both,
        np.concatenate([rows, columns + m]),
        np.concatenate([columns + m, rows]),
        None,
    )


@lowering(spl.svds)
def svds_lowering(A, k=6, *rest, return_singular_vectors=True, **options):
    """As eigenvalues of the matrix of twice the size, with the vectors on top of each other."""
    unsupported("scipy.sparse.linalg.svds", **{"<arguments by position>": rest or None})
    wanted = return_singular_vectors
    found = held(spl.svds, A, k, return_singular_vectors=wanted, **options)
    u, s, vh = found if wanted is True else held(spl.svds, A, k, **options)
    z = np.concatenate([u, np.conjugate(np.transpose(vh))]) / np.sqrt(2)
    l, z = pairs(*doubled(*parts_of(A, "svds"), np.shape(A)), s, z, True)
    u, v = z[: np.shape(A)[0]] * np.sqrt(2), z[np.shape(A)[0] :] * np.sqrt(2)
    if wanted is False:
        return same_value(found, l)
    parts = (u, l, np.conjugate(np.transpose(v)))
    return tuple([
        None if x is None else same_value(x, part) for x, part in zip(found, parts, strict=True)
    ])  # fmt: skip
