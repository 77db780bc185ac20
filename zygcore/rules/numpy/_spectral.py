"""Rules for eigenvalues and singular values, of stacks of matrices too.

The formulas are those of Giles, "An extended collection of matrix derivative results" (2008), for
complex matrices as in Boeddeker et al., "On the computation of complex-valued gradients" (2017).
`_matrices` says what happens where values are equal.  The functions here that end in `_cotangent`
take factors and their cotangents (None where there is none), and give the cotangent of the matrix.
"""

import numpy as np

from ...errors import AdjointError
from ..broadcasting import project
from ..registry import adjoint, gauged, nondifferentiable
from ._bidiagonal import left_factor, left_factor_cotangent
from ._factors import qr_cotangent
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
from ._phases import (
    diagonals,
    phase_cotangent,
    phases_matter,
    turn,
    unit,
    with_any_phases,
    with_extra_columns,
    with_real_component,
)
from ._reflectors import are_made_by_reflectors, complement_cotangent

__all__ = [
    "eig_cotangent",
    "eigh_cotangent",
    "eigvals_cotangent",
    "free_eigh",
    "free_svd",
    "real_row",
    "svd_back_of",
    "svd_cotangent",
]


def times_diagonal(x, d):
    """``x @ diag(d)``"""
    return x * np.expand_dims(d, -2)


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


def real_row(v, lower):
    """Which component of eigenvectors `zhetrd` makes real."""
    return 0 if lower else max(np.shape(v)[-2] - 1, 0)


def eigh_back_of(a, y, lower, settled):
    """The pullback of a decomposition `y`; `settled` takes out what depends on phases."""

    def eigh_back(dl, dv):
        return (project(to_triangle(eigh_cotangent(*y, dl, dv), lower), a),)

    def eigh_fixed(dy):
        dl, dv = fields(dy, 2)
        return eigh_back(dl, settled(dv))

    return gauged(lambda dy: eigh_back(*fields(dy, 2)), eigh_fixed)


@adjoint(np.linalg.eigh)
def eigh_rule(a, UPLO="L"):
    y, lower = np.linalg.eigh(a, UPLO), UPLO in ("L", "l")
    row = real_row(y[1], lower)
    return y, eigh_back_of(a, y, lower, lambda dv: with_real_component(y[1], dv, row))


def free_eigh(a, UPLO="L"):
    """For pullbacks, which do not depend on phases: also where it is not told what they are."""
    return np.linalg.eigh(a, UPLO)


@adjoint(free_eigh)
def free_eigh_rule(a, UPLO="L"):
    y = free_eigh(a, UPLO)
    return y, eigh_back_of(a, y, UPLO in ("L", "l"), lambda dv: with_any_phases(y[1], dv))


@adjoint(np.linalg.eigvalsh)
def eigvalsh_rule(a, UPLO="L"):
    def eigvalsh_back(dl):
        l, v = free_eigh(a, UPLO)
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


def eig_cotangent(l, v, dl, dv, geev=True, real=False):
    """Of the matrix with eigenvalues `l` and eigenvectors `v`, which have norm 1.

    They have a real component, the largest, if LAPACK's `geev` made them; otherwise their phases
    are arbitrary, but for those of real vectors of `real` matrices.
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
        if not geev and phases_matter(along * is_complex(v) if real else along, dv):
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


nondifferentiable(vanishing, vanishing_matters)


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
    if phases_matter(diagonals(both), du, dv):
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


def without_complement(a, u, du, count):
    """The first columns of `u`, their cotangent, and that of `a` from the other columns.

    These are those of the QR decomposition of `a` if it is much higher than wide, with which LAPACK
    begins then; otherwise those of the bidiagonalization.  If they are not, nothing is done.
    """
    if du is None or np.shape(u)[-1] == count:
        return u, du, None
    first, dfirst, extra, dextra = u[..., :count], du[..., :count], u[..., count:], du[..., count:]
    q, r = np.linalg.qr(a)
    if are_made_by_reflectors(q, extra):
        return first, dfirst, qr_cotangent(q, r, complement_cotangent(q, extra, dextra), None)
    q = left_factor(a)
    if q is not None and are_made_by_reflectors(q, extra):
        return first, dfirst, left_factor_cotangent(a, complement_cotangent(q, extra, dextra))
    return u, du, None


def svd_with_lapacks_choice(a, u, s, vh, du, ds, dvh):
    """As `svd_cotangent`, with the phases and bases that LAPACK gives to the vectors."""
    k, m, n = np.shape(s)[-1], np.shape(u)[-2], np.shape(vh)[-1]
    if du is None and dvh is None:
        return svd_cotangent(u, s, vh, None, ds, None)
    v, dv = H(vh), None if dvh is None else H(dvh)
    u, du, extra = without_complement(a, u, du, k)
    if extra is None:
        v, dv, extra = without_complement(H(a), v, dv, k)
        extra = None if extra is None else H(extra)
    if np.asarray(u).dtype.kind == "c":
        du = np.zeros_like(u) if du is None else du
        dv = np.zeros_like(v) if dv is None else dv
        g = (v if m >= n else u)[..., :1, :k]
        top = np.max(s, axis=-1, keepdims=True, initial=0)
        rounding = np.expand_dims(top / np.where(s > 0, s, 1), -2)
        firsts = [u[..., :k], v[..., :k]], [du[..., :k], dv[..., :k]]
        dg = phase_cotangent(*firsts, g, 1.0, rounding)
        if dg is not None and m >= n:
            dv = dv + np.matmul(unit(v, 0), dg)
        elif dg is not None:
            du = du + np.matmul(unit(u, 0), dg)
    da = svd_cotangent(u, s, H(v), du, ds, None if dv is None else H(dv))
    return da if extra is None else da + extra


def svd_with_any_phases(a, u, s, vh, du, ds, dvh):
    """As `svd_cotangent`, what depends on phases left out."""
    if np.asarray(u).dtype.kind == "c" and not (du is None and dvh is None):
        du = np.zeros_like(u) if du is None else du
        dvh = np.zeros_like(vh) if dvh is None else dvh
        du = du - 1j * u * turn([u, H(vh)], [du, H(dvh)])
    return svd_cotangent(u, s, vh, du, ds, dvh)


def svd_back_of(a, y, finished, settled=svd_with_lapacks_choice):
    """The pullback of a decomposition `y`; `finished` is what to do with the cotangent of a."""
    return gauged(
        lambda dy: finished(svd_cotangent(*y, *fields(dy, 3))),
        lambda dy: finished(settled(a, *y, *fields(dy, 3))),
    )


def free_svd(a, hermitian=False):
    """The reduced one for pullbacks, which do not depend on phases."""
    return np.linalg.svd(a, False, True, hermitian)


@adjoint(free_svd)
def free_svd_rule(a, hermitian=False):
    y = free_svd(a, hermitian)

    def finished(da):
        return (project(to_triangle(da) if hermitian else da, a),)

    return y, svd_back_of(a, y, finished, svd_with_any_phases)


@adjoint(np.linalg.svd)
def svd_rule(a, full_matrices=True, compute_uv=True, hermitian=False):
    y = np.linalg.svd(a, full_matrices, compute_uv, hermitian)

    def finished(da):
        return (project(to_triangle(da) if hermitian else da, a),)

    if compute_uv:
        return y, svd_back_of(a, y, finished)

    def svd_back(ds):
        u, s, vh = free_svd(a, hermitian)
        return finished(svd_cotangent(u, s, vh, None, ds, None))

    return y, svd_back


if hasattr(np.linalg, "svdvals"):  # NumPy 2.0

    @adjoint(np.linalg.svdvals)
    def svdvals_rule(x, /):
        def svdvals_back(ds):
            u, s, vh = free_svd(x)
            return (project(svd_cotangent(u, s, vh, None, ds, None), x),)

        return np.linalg.svdvals(x), svdvals_back


@adjoint(np.linalg.matrix_rank)
def matrix_rank_rule(A, *args, **options):
    return np.linalg.matrix_rank(A, *args, **options), None
