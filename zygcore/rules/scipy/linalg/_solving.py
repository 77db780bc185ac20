"""Rules for systems of equations, inverses and determinants of `scipy.linalg`."""

import numpy as np
import scipy.linalg as la

from ...broadcasting import project, unbroadcast, unsupported
from ...numpy._linalg import det_cotangent, hermitian_from, lstsq_cotangents, pinv_cotangent
from ...numpy._matrices import H, fields, to_triangle
from ...numpy._norms import norm_cotangent
from ...registry import adjoint, each, lowering

__all__ = ["T", "solve_backs"]


def T(x):
    return np.swapaxes(x, -1, -2)


def solve_backs(a, b, y, solve_adjoint, read):
    """The pullback of solving ``m @ y = b``, where m is made of `a`.

    `solve_adjoint` solves with the conjugate transpose of m for columns; `read` gives the cotangent
    of `a` from that of m.
    """
    vector = np.ndim(b) == 1

    def columns(x):
        return np.expand_dims(x, -1) if vector else x

    def solve_a_back(dy):
        dm = -np.matmul(solve_adjoint(columns(dy)), H(columns(y)))
        return project(unbroadcast(read(dm), np.shape(a)), a)

    def solve_b_back(dy):
        db = solve_adjoint(columns(dy))
        return project(unbroadcast(db[..., 0] if vector else db, np.shape(b)), b)

    return each(solve_a_back, solve_b_back)


# ------------------------------------------------------------------- structures

NAMES = {
    "symmetric": "sym", "hermitian": "her", "positive definite": "pos", "general": "gen",
    "banded": "gen", None: "gen",
}  # fmt: skip


def band(n, lower, upper):
    """Ones on diagonals."""
    offset = np.arange(n) - np.arange(n)[:, None]
    return np.where((offset >= -lower) & (offset <= upper), 1.0, 0.0)


def only_read(kind, n):
    """What is read of an n by n matrix, as ones, where the rest counts as zero."""
    bands = {"diagonal": (0, 0), "tridiagonal": (1, 1), "upper triangular": (0, n),
             "lower triangular": (n, 0)}  # fmt: skip
    return band(n, *bands[kind]) if kind in bands else None


def structured(a, kind, lower):
    """The matrix that SciPy takes `a` for."""
    a = np.asarray(a)
    if kind == "sym":
        return np.tril(a) + T(np.tril(a, -1)) if lower else np.triu(a) + T(np.triu(a, 1))
    if kind in ("her", "pos"):
        return hermitian_from(a, lower)
    mask = only_read(kind, a.shape[-1])
    return a if mask is None else a * mask


def read_back(dm, kind, lower):
    """The transpose of `structured`."""
    if kind in ("sym", "her", "pos"):
        return to_triangle(dm, lower, kind != "sym")
    mask = only_read(kind, np.shape(dm)[-1])
    return dm if mask is None else dm * mask


@adjoint(la.solve)
def solve_rule(
    a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None,
    transposed=False,
):  # fmt: skip
    options = {} if assume_a is None else {"assume_a": assume_a}
    y = la.solve(a, b, lower, check_finite=check_finite, transposed=transposed, **options)
    kind = NAMES.get(assume_a, assume_a)
    if np.size(a) == 1 and np.shape(b)[:1] != (1,):
        unsupported("scipy.linalg.solve", **{"<a of size 1>": a})

    def solve_adjoint(columns):
        m = structured(a, kind, lower)
        return np.linalg.solve(np.conjugate(m) if transposed else H(m), columns)

    def read(dm):
        return read_back(T(dm) if transposed else dm, kind, lower)

    return y, solve_backs(a, b, y, solve_adjoint, read)


@adjoint(la.inv)
def inv_rule(a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    options = {} if assume_a is None else {"assume_a": assume_a, "lower": lower}
    if assume_a == "diagonal":  # what is off the diagonal is left as it was
        unsupported("scipy.linalg.inv", assume_a=assume_a)
    y = la.inv(a, check_finite=check_finite, **options)
    kind = NAMES.get(assume_a, assume_a)

    def inv_back(dy):
        dm = -np.matmul(H(y), np.matmul(dy, H(y)))
        return (project(read_back(dm, kind, lower), a),)

    return y, inv_back


@adjoint(la.det)
def det_rule(a, overwrite_a=False, check_finite=True):
    y = la.det(a, check_finite=check_finite)
    return y, lambda dy: (project(det_cotangent(a, y, dy), a),)


def _first(y, dy, several):
    """The first of several results, and its cotangent."""
    return (y[0], fields(dy, len(y))[0]) if several else (y, dy)


@adjoint(la.pinv)
def pinv_rule(a, *, atol=None, rtol=None, return_rank=False, check_finite=True):
    y = la.pinv(a, atol=atol, rtol=rtol, return_rank=return_rank, check_finite=check_finite)

    def pinv_back(dy):
        inverse, dy = _first(y, dy, return_rank)
        return (project(pinv_cotangent(a, inverse, dy), a),)

    return y, pinv_back


@adjoint(la.pinvh)
def pinvh_rule(a, atol=None, rtol=None, lower=True, return_rank=False, check_finite=True):
    y = la.pinvh(a, atol, rtol, lower, return_rank, check_finite)

    def pinvh_back(dy):
        inverse, dy = _first(y, dy, return_rank)
        da = pinv_cotangent(hermitian_from(a, lower), inverse, dy)
        return (project(to_triangle(da, lower), a),)

    return y, pinvh_back


@adjoint(la.lstsq)
def lstsq_rule(
    a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None
):
    y = la.lstsq(a, b, cond, check_finite=check_finite, lapack_driver=lapack_driver)
    if np.ndim(a) > 2:
        unsupported("scipy.linalg.lstsq", **{"<stack of matrices>": a})

    def lstsq_back(dy):
        dx, dresiduals, _, ds = fields(dy, 4)
        b_, x = np.asarray(b), y[0]
        if b_.ndim == 1:
            b_, x = b_[:, None], x[:, None]
            dx = None if dx is None else dx[:, None]
        limit = np.finfo(y[0].dtype).eps if cond is None else cond
        inverse = la.pinv(a, rtol=limit)
        da, db = lstsq_cotangents(np.asarray(a), b_, x, inverse, dx, dresiduals, ds)
        db = np.reshape(db, np.shape(b)) if np.ndim(db) else np.zeros(np.shape(b))
        return project(da, a), project(db, b)

    return y, lstsq_back


@adjoint(la.norm)
def norm_rule(a, ord=None, axis=None, keepdims=False, check_finite=True):
    y = la.norm(a, ord, axis, keepdims, check_finite)
    return y, lambda dy: (project(norm_cotangent(a, y, dy, ord, axis), a),)


# ------------------------------------------------------------- triangular and banded


@adjoint(la.solve_triangular)
def solve_triangular_rule(
    a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True
):
    y = la.solve_triangular(a, b, trans, lower, unit_diagonal, check_finite=check_finite)
    kind = {"N": 0, "T": 1, "C": 2}.get(trans, trans)

    def solve_adjoint(columns):
        m = np.conjugate(a) if kind == 1 else a
        return la.solve_triangular(m, columns, 2 if kind == 0 else 0, lower, unit_diagonal)

    def read(dm):
        dm = T(dm) if kind == 1 else H(dm) if kind == 2 else dm
        k = 1 if unit_diagonal else 0
        return np.tril(dm, -k) if lower else np.triu(dm, k)

    return y, solve_backs(a, b, y, solve_adjoint, read)


def band_index(lower, upper, n):
    """For each place of a matrix in band storage: its row and column, and whether it is there."""
    columns = np.broadcast_to(np.arange(n), (lower + upper + 1, n))
    rows = columns + np.arange(-upper, lower + 1)[:, None]
    inside = (rows >= 0) & (rows < n)
    return np.where(inside, rows, 0), columns, inside


def band_adjoint(ab, lower, upper):
    """The conjugate transpose of a matrix in band storage."""
    n = np.shape(ab)[-1]
    rows, columns, inside = band_index(upper, lower, n)  # of the result
    return np.where(inside, np.conjugate(ab)[np.where(inside, upper + columns - rows, 0), rows], 0)


@adjoint(la.solve_banded)
def solve_banded_rule(
    l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True
):  # fmt: skip
    y = la.solve_banded(l_and_u, ab, b, check_finite=check_finite)
    lower, upper = l_and_u
    if np.ndim(ab) > 2:
        unsupported("scipy.linalg.solve_banded", **{"<stack of matrices>": ab})

    def solve_adjoint(columns):
        return la.solve_banded((upper, lower), band_adjoint(ab, lower, upper), columns)

    def read(dm):
        rows, columns, inside = band_index(lower, upper, np.shape(ab)[-1])
        return np.where(inside, dm[rows, columns], 0)

    parts = solve_backs(ab, b, y, solve_adjoint, read).parts
    return y, each(None, *parts)


@adjoint(la.solveh_banded)
def solveh_banded_rule(
    ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True
):
    y = la.solveh_banded(ab, b, lower=lower, check_finite=check_finite)
    if np.ndim(ab) > 2:
        unsupported("scipy.linalg.solveh_banded", **{"<stack of matrices>": ab})

    def solve_adjoint(columns):
        return la.solveh_banded(ab, columns, lower=lower)

    def read(dm):
        dm = to_triangle(dm, lower)
        k = np.shape(ab)[0] - 1
        rows, columns, inside = band_index(*((k, 0) if lower else (0, k)), np.shape(ab)[-1])
        return np.where(inside, dm[rows, columns], 0)

    return y, solve_backs(ab, b, y, solve_adjoint, read)


def solve_toeplitz_parts(c, r, b, check_finite):
    """`scipy.linalg.solve_toeplitz` with each array an argument of its own."""
    return la.solve_toeplitz((c, r), b, check_finite)


@adjoint(solve_toeplitz_parts)
def solve_toeplitz_parts_rule(c, r, b, check_finite):
    y = solve_toeplitz_parts(c, r, b, check_finite)
    n = np.size(c)
    if np.ndim(c) > 1 or np.ndim(r) > 1:
        unsupported("scipy.linalg.solve_toeplitz", **{"<c of several dimensions>": c})

    def toeplitz_back(dy):
        first = np.conjugate(np.concatenate([c[:1], r[1:]]))
        db = la.solve_toeplitz((first, np.conjugate(c)), np.copy(dy))
        columns, x = (np.reshape(z, (n, -1)) for z in (db, y))
        dm = -np.matmul(columns, H(x))
        dc = np.stack([np.trace(dm, -k) for k in range(n)])
        dr = np.stack([0 * dm[0, 0], *[np.trace(dm, k) for k in range(1, n)]])
        return project(dc, c), project(dr, r), project(db, b)

    return y, toeplitz_back


@lowering(la.solve_toeplitz)
def solve_toeplitz_lowering(c_or_cr, b, check_finite=True):
    if isinstance(c_or_cr, tuple):
        c, r = [np.asarray(x) for x in c_or_cr]
    else:
        c = np.asarray(c_or_cr)
        r = np.conjugate(c)
    return solve_toeplitz_parts(c, r, np.asarray(b), check_finite)


# ---------------------------------------------------------------- matrix equations


@adjoint(la.solve_sylvester)
def solve_sylvester_rule(a, b, q):
    y = la.solve_sylvester(a, b, q)

    def sylvester_back(dy):
        dq = la.solve_sylvester(H(a), H(b), dy)
        da, db = -np.matmul(dq, H(y)), -np.matmul(H(y), dq)
        return project(da, a), project(db, b), project(dq, q)

    return y, sylvester_back


@adjoint(la.solve_continuous_lyapunov, la.solve_lyapunov)
def solve_continuous_lyapunov_rule(a, q):
    y = la.solve_continuous_lyapunov(a, q)

    def lyapunov_back(dy):
        dq = la.solve_continuous_lyapunov(H(a), dy)
        da = -np.matmul(dq, H(y)) - np.matmul(H(dq), y)
        return project(da, a), project(dq, q)

    return y, lyapunov_back


@adjoint(la.solve_discrete_lyapunov)
def solve_discrete_lyapunov_rule(a, q, method=None):
    y = la.solve_discrete_lyapunov(a, q, method)

    def lyapunov_back(dy):  # y = a y a^H + q
        dq = la.solve_discrete_lyapunov(H(a), dy, method)
        da = np.matmul(dq, np.matmul(a, H(y))) + np.matmul(H(dq), np.matmul(a, y))
        return project(da, a), project(dq, q)

    return y, lyapunov_back
