"""Rules for solving with sparse matrices directly: sparse right sides, triangles, kept factors."""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spl

from ...errors import UnsupportedError
from ..registry import lowering, nondifferentiable
from ._implicit import held, same_value
from .sparse import apart, build, entries, places

__all__ = ["sparse_solution"]


def generic(matrix, seed):
    """Random numbers in the places of a matrix."""
    data, structure = apart(matrix)
    return build(0.5 + np.random.default_rng(seed).random(np.shape(data)), structure)


def drops(A, b, found):
    """Whether a zero was left out that is none for other numbers in the same places."""
    known = np.abs(found.toarray()) > 0
    full = np.abs(spl.spsolve(generic(A, 0), generic(b, 1).toarray()))
    there = np.reshape(full > 1e-9 * np.max(full, initial=0), known.shape)
    return bool(np.any(there & ~known))


nondifferentiable(drops)


def sparse_solution(A, b, *options):
    """``spsolve(A, b)`` with a sparse b, from the solution as a dense array."""
    found = held(spl.spsolve, A, b, *options)
    full = spl.spsolve(A, b.toarray(), *options)
    if not sp.issparse(found):
        return same_value(found, np.reshape(full, np.shape(found)))
    if drops(A, b, found):
        raise UnsupportedError(
            "the solution of a sparse system drops zeros that it computed, and their derivatives: "
            "make the right side dense (toarray)"
        )
    data, structure = apart(found)
    rows, columns, _ = places(structure, np.shape(data))
    return build(same_value(data, np.reshape(full, np.shape(found))[rows, columns]), structure)


@lowering(spl.spsolve_triangular)
def spsolve_triangular_lowering(
    A, b, lower=True, overwrite_A=False, overwrite_b=False, unit_diagonal=False
):
    found = held(spl.spsolve_triangular, A, b, lower, False, False, unit_diagonal)
    A = A if sp.issparse(A) else sp.csc_array(A)
    data, structure = apart(A)
    rows, columns, valid = places(structure, np.shape(data))
    read = (rows > columns if lower else rows < columns) | ((rows == columns) & (not unit_diagonal))
    matrix = sp.coo_array((np.where(read, entries(data, valid), 0), (rows, columns)), A.shape)
    if unit_diagonal:
        matrix = sp.csc_array(matrix) + sp.eye_array(A.shape[0], format="csc")
    return same_value(found, np.reshape(spl.spsolve(sp.csc_array(matrix), b), np.shape(b)))


# ----------------------------------------------------------------------- kept factors


class Factors:
    """What `splu` returns for a matrix with a derivative: it goes on knowing the matrix."""

    def __init__(self, matrix, factors):
        self.matrix, self.factors = matrix, factors
        self.shape, self.nnz = factors.shape, factors.nnz
        self.perm_r, self.perm_c = factors.perm_r, factors.perm_c

    def solve(self, rhs, trans="N"):
        matrix = self.matrix
        if trans != "N":
            matrix = matrix.T if trans == "T" else matrix.conj().T
        found = held(self.factors.solve, rhs, trans)
        return same_value(found, np.reshape(spl.spsolve(sp.csc_array(matrix), rhs), np.shape(rhs)))

    def _refused(self):
        raise UnsupportedError(
            "the triangular factors of a sparse matrix cannot be differentiated yet: solving with "
            "them can, and scipy.linalg.lu of a dense matrix"
        )

    L = U = property(_refused)


@lowering(spl.splu)
def splu_lowering(A, *args, **options):
    return Factors(A, held(spl.splu, A, *args, **options))


@lowering(spl.factorized)
def factorized_lowering(A):
    return Factors(A, held(spl.splu, sp.csc_array(A))).solve
