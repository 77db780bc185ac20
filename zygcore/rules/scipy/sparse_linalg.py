"""Rules for `scipy.sparse.linalg`: solving directly and by iteration.

Iterative solvers are differentiated as what they approximate, the solution of ``a @ x = b``: the
pullback solves with the conjugate transpose, by the same method and to the same tolerance.  The
steps themselves are not followed; starting values, preconditioners and tolerances have no gradient.
"""

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spl

from ...errors import AdjointError, UnsupportedError
from ..broadcasting import project, unsupported
from ..registry import adjoint, each, lowering
from ._sparse_direct import sparse_solution
from .sparse import apart, build, flipped, gathered, places

__all__ = []


def outer_at(db, x, rows, columns):
    """``-db @ x^H`` at places."""
    d = -db[rows] * np.conjugate(x[columns])
    return np.sum(d, -1) if d.ndim > 1 else d


# ------------------------------------------------------------------------- direct


def solved(data, b, structure, options):
    return spl.spsolve(build(data, structure), b, **options)


@adjoint(solved)
def solved_rule(data, b, structure, options):
    x = solved(data, b, structure, options)
    shape = np.shape(b)

    def db_of(dy):
        return solved(np.conjugate(data), np.reshape(dy, shape), flipped(structure), options)

    def data_back(dy):
        rows, columns, valid = places(structure, np.shape(data))
        return gathered(outer_at(db_of(dy), x, rows, columns), valid, data)

    return x, each(data_back, lambda dy: project(np.reshape(db_of(dy), shape), b))


@lowering(spl.spsolve)
def spsolve_lowering(A, b, permc_spec=None, use_umfpack=True):
    if sp.issparse(b):
        return sparse_solution(A, b, permc_spec, use_umfpack)
    if not sp.issparse(A):
        A = sp.csc_array(A)
    elif A.format not in ("csr", "csc"):
        A = A.tocsc()
    data, structure = apart(A)
    options = {"permc_spec": permc_spec, "use_umfpack": use_umfpack}
    return solved(data, np.asarray(b), structure, options)


@adjoint(spl.spilu)
def factors_rule(A, *args, **options):
    # refused at once: what an object of C code was made of cannot be told where it is used
    raise UnsupportedError(
        "the incomplete factors of a sparse matrix that depends on what the gradient is taken with "
        "respect to cannot be differentiated: use scipy.sparse.linalg.splu, or zygcore.dropgrad"
    )


@adjoint(spl.SuperLU.solve)
def superlu_solve_rule(self, rhs, trans="N"):
    y = self.solve(rhs, trans)

    def solve_back(dy):
        if trans == "T":
            return None, project(np.conjugate(self.solve(np.conjugate(dy), "N")), rhs)
        return None, project(self.solve(dy, "H" if trans == "N" else "N"), rhs)

    return y, solve_back


# ---------------------------------------------------------------------- iterations


def iterated(method, a, b, x0, options):
    """The solution, and the solver's report, with a dense matrix."""
    return method(a, b, x0=x0, **options)


def iterated_sparse(method, data, b, x0, structure, options):
    """The same with a sparse matrix."""
    return method(build(data, structure), b, x0=x0, **options)


def iterated_operator(method, a, b, x0, options):
    """The same with a linear operator."""
    return method(a, b, x0=x0, **options)


@adjoint(iterated_operator)
def iterated_operator_rule(method, a, b, x0, options):
    name = f"scipy.sparse.linalg.{method.__name__}"
    raise UnsupportedError(
        f"{name} with a {type(a).__name__} cannot be differentiated yet: the adjoint system needs "
        "the matrix, as an array or a sparse array"
    )


def for_adjoint(method, options):
    """What the adjoint system is solved with: its right side has another size."""
    unsupported(f"scipy.sparse.linalg.{method.__name__}", shift=options.get("shift") or None)
    kept = {k: v for k, v in options.items() if k not in ("callback", "callback_type", "atol")}
    if method is not spl.minres:
        kept["atol"] = 0.0
    if any(kept.get(k) is not None for k in ("M", "M1", "M2", "CU", "outer_v")):
        for name in ("M", "M1", "M2"):
            if kept.get(name) is not None:
                kept[name] = kept[name].conj().T if hasattr(kept[name], "conj") else kept[name].H
        if kept.get("M1") is not None or kept.get("M2") is not None:
            kept["M1"], kept["M2"] = kept.get("M2"), kept.get("M1")
        for name in ("CU", "outer_v"):
            kept.pop(name, None)
    return kept


def dy_of(dy, report, method):
    if report != 0:
        raise AdjointError(
            f"scipy.sparse.linalg.{method.__name__} did not converge, so that the derivative of "
            "the solution is not that of what it returned"
        )
    return dy[0]


@adjoint(iterated)
def iterated_rule(method, a, b, x0, options):
    y = iterated(method, a, b, x0, options)
    x, report = y

    def db_of(dy):
        dx = dy_of(dy, report, method)
        dx = np.reshape(dx, np.shape(b))
        ah = np.conjugate(np.swapaxes(a, 0, 1))
        return iterated(method, ah, dx, None, for_adjoint(method, options))[0]

    def a_back(dy):
        db = np.ravel(db_of(dy))
        return project(-np.outer(db, np.conjugate(np.ravel(x))), a)

    return y, each(None, a_back, lambda dy: project(np.reshape(db_of(dy), np.shape(b)), b))


@adjoint(iterated_sparse)
def iterated_sparse_rule(method, data, b, x0, structure, options):
    y = iterated_sparse(method, data, b, x0, structure, options)
    x, report = y

    def db_of(dy):
        dx = np.reshape(dy_of(dy, report, method), np.shape(b))
        return iterated_sparse(
            method, np.conjugate(data), dx, None, flipped(structure), for_adjoint(method, options)
        )[0]

    def data_back(dy):
        rows, columns, valid = places(structure, np.shape(data))
        return gathered(outer_at(np.ravel(db_of(dy)), np.ravel(x), rows, columns), valid, data)

    return y, each(None, data_back, lambda dy: project(np.reshape(db_of(dy), np.shape(b)), b))


def _register_iteration(method):
    @lowering(method)
    def iteration_lowering(A, b, x0=None, **options):
        if isinstance(A, np.ndarray):
            return iterated(method, A, np.asarray(b), x0, options)
        if not sp.issparse(A):
            return iterated_operator(method, A, b, x0, options)
        data, structure = apart(A if A.format in ("csr", "csc") else A.tocsr())
        return iterated_sparse(method, data, np.asarray(b), x0, structure, options)


for _name in ("cg", "bicg", "bicgstab", "cgs", "gmres", "lgmres", "minres", "qmr", "tfqmr",
              "gcrotmk"):  # fmt: skip
    _register_iteration(getattr(spl, _name))
