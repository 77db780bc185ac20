"""Rules for eigenvalues and singular values, of stacks of matrices too.

The formulas are those of Giles, "An extended collection of matrix derivative results" (2008), for
complex matrices as in Boeddeker et al., "On the computation of complex-valued gradients" (2017).
`_matrices` says what happens where values are equal.  The functions here that end in `_cotangent`
take factors and their cotangents (None where there is none), and give the cotangent of the matrix.
"""

import numpy as np

from ...errors import AdjointError
from ..broadcasting import project
from ..registry import adjoint, nondifferentiable
from ._matrices import (
    H,
    close_pairs,
    epsilon,
    fields,
    has,
    inverse_gaps,
    kink,
    refuse_both,
    refuse_phases,
    refuse_turns,
    settled_values,
    skew,
    to_triangle,
    touched,
    warn_of_zeros,
)

__all__ = [
    "eig_cotangent",
    "eigh_cotangent",
    "eigvals_cotangent",
    "svd_cotangent",
    "with_extra_columns",
]


def times_diagonal(x, d):
    """``x @ diag(d)``"""
    return x * np.expand_dims(d, -2)


def phases_matter(diagonals, size):
    """Whether a cotangent would turn complex vectors by a phase."""
    if np.asarray(diagonals).dtype.kind != "c":
        return False
    limit = np.sqrt(epsilon(diagonals)) * np.max(np.abs(size), initial=0)
    return bool(np.any(np.abs(np.imag(diagonals)) > limit))


def diagonals(x):
    return np.diagonal(x, 0, -2, -1)


nondifferentiable(phases_matter)

# ------------------------------------------------------------- Hermitian matrices


def eigh_cotangent(l, v, dl, dv):
    """Of the Hermitian matrix with eigenvalues `l` and eigenvectors `v`."""
    close = close_pairs(l)
    if dv is None:
        dl = settled_values("eigenvalues", close, dl, None)
        return np.matmul(times_diagonal(v, dl), H(v))
    inner = np.matmul(H(v), dv)
    if phases_matter(diagonals(inner), dv):
        refuse_phases("eigenvectors")
    coupling = skew(inner)
    dl = settled_values("eigenvalues", close, dl, coupling, dv)
    middle = np.matmul(v, coupling * inverse_gaps(l, close))
    if dl is not None:
        middle = middle + times_diagonal(v, dl)
    return np.matmul(middle, H(v))


@adjoint(np.linalg.eigh)
def eigh_rule(a, UPLO="L"):
    y = np.linalg.eigh(a, UPLO)

    def eigh_back(dy):
        dl, dv = fields(dy, 2)
        da = eigh_cotangent(y[0], y[1], dl, dv)
        return (project(to_triangle(da, UPLO in ("L", "l")), a),)

    return y, eigh_back


@adjoint(np.linalg.eigvalsh)
def eigvalsh_rule(a, UPLO="L"):
    def eigvalsh_back(dl):
        l, v = np.linalg.eigh(a, UPLO)
        return (project(to_triangle(eigh_cotangent(l, v, dl, None), UPLO in ("L", "l")), a),)

    return np.linalg.eigvalsh(a, UPLO), eigvalsh_back


# --------------------------------------------------------------- general matrices


def refuse_defective():
    raise AdjointError(
        "eigenvalues are equal and have no basis of eigenvectors: they have no derivative there"
    )


def uniform(dl):
    """Whether the cotangents of all eigenvalues of each matrix are the same."""
    return bool(np.all(np.equal(dl, dl[..., :1])))


def is_defective(v):
    return bool(np.any(np.linalg.cond(v) > 0.01 / epsilon(v)))


def real_component(v):
    """Which component of each vector LAPACK makes real: ones there."""
    size = np.where(np.imag(v) == 0, np.abs(v), -1.0)
    largest = np.argmax(size, axis=-2)
    return np.arange(v.shape[-2])[:, None] == largest[..., None, :]


def is_complex(v):
    """Which vectors are not real."""
    return np.any(np.not_equal(np.imag(v), 0), axis=-2, keepdims=True)


nondifferentiable(uniform, is_defective, real_component, is_complex)


def eig_cotangent(l, v, dl, dv, geev=True):
    """Of the matrix with eigenvalues `l` and eigenvectors `v`, which have norm 1.

    They have a real component, the largest, if LAPACK's `geev` made them; otherwise their phases
    are arbitrary.
    """
    close = close_pairs(l)
    if dv is None:
        if uniform(dl):  # the trace, which is smooth everywhere
            return np.expand_dims(dl, -1) * np.eye(np.shape(v)[-1])
        if close.any() and kink(close, dl):
            refuse_turns("eigenvalues")
        middle = np.expand_dims(dl, -1) * H(v)
    else:
        if touched(close, dl, dv):
            refuse_both("eigenvalues")
        elif dl is not None and close.any():
            warn_of_zeros("eigenvalues")
        along = np.sum(np.conjugate(v) * dv, axis=-2, keepdims=True)
        dw = dv - np.real(along) * v
        if not geev and phases_matter(along * is_complex(v), dv):
            refuse_phases("eigenvectors")
        if geev and np.asarray(v).dtype.kind == "c":
            fixed = real_component(v)
            pivot = np.sum(np.where(fixed, np.real(v), 0), axis=-2, keepdims=True)
            dw = dw - 1j * fixed * (np.imag(along) / pivot)
        turned = np.matmul(H(v), dw) * np.conjugate(inverse_gaps(l, close))
        middle = np.matmul(turned, H(v))
        if dl is not None:
            middle = middle + np.expand_dims(dl, -1) * H(v)
    if is_defective(v):
        refuse_defective()
    return np.linalg.solve(H(v), middle)


def matching(values, l):
    """Where in `l` each value stands; the order of two algorithms may differ."""
    n = np.arange(l.shape[-1])
    if not n.size:
        return np.broadcast_to(n, l.shape)
    distance = np.abs(values[..., :, None] - l[..., None, :])
    order = np.argmin(distance, axis=-1)
    if not np.array_equal(np.sort(order, axis=-1), np.broadcast_to(n, order.shape)):
        return np.broadcast_to(n, order.shape)
    return order


nondifferentiable(matching)


def eigvals_cotangent(values, l, v, dvalues):
    """`dvalues` is for `values`, which are `l` in some order."""
    back = np.argsort(matching(values, l), axis=-1)
    return eig_cotangent(l, v, np.take_along_axis(dvalues, back, axis=-1), None)


@adjoint(np.linalg.eig)
def eig_rule(a):
    y = np.linalg.eig(a)
    return y, lambda dy: (project(eig_cotangent(y[0], y[1], *fields(dy, 2)), a),)


@adjoint(np.linalg.eigvals)
def eigvals_rule(a):
    y = np.linalg.eigvals(a)

    def eigvals_back(dl):
        l, v = np.linalg.eig(a)
        return (project(eigvals_cotangent(y, l, v, dl), a),)

    return y, eigvals_back


# ---------------------------------------------------------------- singular values


def with_extra_columns(q, dq, count, what):
    """The cotangent of the first columns of a unitary matrix, the others taken into account.

    These are any basis of the complement, so a function has a derivative only if it does not
    depend on which.
    """
    if dq is None or np.shape(q)[-1] == count:
        return dq
    first, extra, dextra = q[..., :count], q[..., count:], dq[..., count:]
    turn = skew(np.matmul(H(extra), dextra))
    if free_turn(turn, dextra):
        raise AdjointError(
            f"the function depends on which basis of a complement was found ({what}), so that it "
            "has no derivative; the reduced decomposition has no such vectors"
        )
    return dq[..., :count] - np.matmul(extra, np.matmul(H(dextra), first))


def free_turn(turn, size):
    limit = np.sqrt(epsilon(turn)) * np.max(np.abs(size), initial=0)
    return bool(np.any(np.abs(turn) > limit))


def vanishing(s, m, n):
    """Which singular values are zero, up to rounding errors."""
    return s <= 16 * max(m, n) * epsilon(s) * np.max(s, axis=-1, keepdims=True, initial=0)


def vanishing_matters(zero, ds, du, dv, exact):
    """Whether there is no derivative because of singular values that are zero.

    `exact`: only the vectors matter, because the sign of a value goes with that of its vectors.
    """
    if not zero.any():
        return False
    if ds is not None and not exact and np.any(zero & has(ds)):
        return True
    for d in (du, dv):
        if d is not None:
            limit = np.sqrt(epsilon(d)) * np.max(np.abs(d), initial=0)
            if np.any(zero & (np.max(np.abs(d), axis=-2, initial=0) > limit)):
                return True
    return False


nondifferentiable(free_turn, vanishing, vanishing_matters)


def refuse_vanishing():
    raise AdjointError(
        "a singular value is zero, and the function depends on its vectors, so that it has no "
        "derivative, or none that can be told from the decomposition"
    )


def svd_cotangent(u, s, vh, du, ds, dvh):
    """Of the matrix ``u @ diag(s) @ vh``, where `u` and `vh` may be reduced or full."""
    k = np.shape(s)[-1]
    m, n = np.shape(u)[-2], np.shape(vh)[-1]
    v = H(vh)
    dv = None if dvh is None else H(dvh)
    du = with_extra_columns(u, du, k, "left singular vectors")
    dv = with_extra_columns(v, dv, k, "right singular vectors")
    u, v = u[..., :k], v[..., :k]
    close, zero = close_pairs(s), vanishing(s, m, n)
    if du is None and dv is None:
        ds = settled_values("singular values", close & ~zero[..., None], ds, None)
        ds = np.where(zero, 0, ds)  # a norm at 0
        return np.matmul(times_diagonal(u, ds), H(v))
    complex_ = np.asarray(u).dtype.kind == "c"
    exact = m == n and not complex_
    if vanishing_matters(zero, ds, du, dv, exact):
        refuse_vanishing()
    elif ds is not None and zero.any() and not exact and not close.any():
        warn_of_zeros("a singular value and zero")
    inner_u = 0.0 if du is None else np.matmul(H(u), du)
    inner_v = 0.0 if dv is None else np.matmul(H(v), dv)
    both = inner_u + inner_v
    if phases_matter(diagonals(both), both):
        refuse_phases("singular vectors")
    ds = settled_values("singular values", close, ds, skew(both), du, dv)
    sums = np.expand_dims(s, -1) + np.expand_dims(s, -2)
    none = np.expand_dims(zero, -1) & np.expand_dims(zero, -2)
    middle = skew(both) * inverse_gaps(s, close)
    middle = middle + skew(inner_u - inner_v) * np.where(none, 0, 1 / np.where(none, 1, sums))
    if ds is not None:
        middle = middle + np.expand_dims(ds, -1) * np.eye(k)
    da = np.matmul(u, np.matmul(middle, H(v)))
    inverse = np.where(zero, 0, 1 / np.where(zero, 1, s))
    if du is not None and m > k:
        outside = times_diagonal(du - np.matmul(u, inner_u), inverse)
        da = da + np.matmul(outside, H(v))
    if dv is not None and n > k:
        outside = times_diagonal(dv - np.matmul(v, inner_v), inverse)
        da = da + np.matmul(u, H(outside))
    return da


@adjoint(np.linalg.svd)
def svd_rule(a, full_matrices=True, compute_uv=True, hermitian=False):
    y = np.linalg.svd(a, full_matrices, compute_uv, hermitian)

    def svd_back(dy):
        if compute_uv:
            (u, s, vh), (du, ds, dvh) = y, fields(dy, 3)
        else:
            u, s, vh = np.linalg.svd(a, False, True, hermitian)
            du, ds, dvh = None, dy, None
        da = svd_cotangent(u, s, vh, du, ds, dvh)
        return (project(to_triangle(da) if hermitian else da, a),)

    return y, svd_back


if hasattr(np.linalg, "svdvals"):  # NumPy 2.0

    @adjoint(np.linalg.svdvals)
    def svdvals_rule(x, /):
        def svdvals_back(ds):
            u, s, vh = np.linalg.svd(x, False)
            return (project(svd_cotangent(u, s, vh, None, ds, None), x),)

        return np.linalg.svdvals(x), svdvals_back


@adjoint(np.linalg.matrix_rank)
def matrix_rank_rule(A, *args, **options):
    return np.linalg.matrix_rank(A, *args, **options), None
