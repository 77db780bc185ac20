"""Rules for eigenvalues, singular values and the polar decomposition of `scipy.linalg`."""

import numpy as np
import scipy.linalg as la

from ....errors import AdjointError
from ...broadcasting import project, refuse, unsupported
from ...numpy._indexing import scatter
from ...numpy._matrices import (
    H,
    close_pairs,
    fields,
    inverse_gaps,
    refuse_phases,
    settled_values,
    skew,
    to_triangle,
)
from ...numpy._phases import (
    diagonals,
    phase_cotangent,
    phases_matter,
    unit,
    with_any_phases,
    with_real_component,
)
from ...numpy._spectral import (
    eig_cotangent,
    eigvals_cotangent,
    free_svd,
    real_row,
    svd_back_of,
    svd_cotangent,
)
from ...registry import adjoint, gauged, nondifferentiable
from .._implicit import own

__all__ = []

# ---------------------------------------------------------------- singular values


@adjoint(la.svd)
def svd_rule(
    a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True,
    lapack_driver="gesdd",
):  # fmt: skip
    y = la.svd(a, full_matrices, compute_uv, False, check_finite, lapack_driver)

    if compute_uv:
        return y, svd_back_of(a, y, lambda da: (project(da, a),))
    return y, lambda ds: (project(svd_cotangent(*free_svd(a), None, ds, None), a),)


@adjoint(la.svdvals)
def svdvals_rule(a, overwrite_a=False, check_finite=True):
    y = la.svdvals(a, check_finite=check_finite)
    return y, lambda ds: (project(svd_cotangent(*free_svd(a), None, ds, None), a),)


def polar_cotangent(a, du, dp):
    """Of ``a = u @ p``, where a is not wider than high.

    In the basis of singular vectors only the sums of two singular values are divided by, so equal
    ones do no harm.
    """
    w, s, vh = free_svd(a)
    v = H(vh)
    sums = np.expand_dims(s, -1) + np.expand_dims(s, -2)
    if vanish(s):
        raise AdjointError("the polar decomposition of a matrix without full rank is not smooth")
    turn = middle = outside = 0.0
    if du is not None:
        across = np.matmul(du, v)
        turn = np.matmul(H(w), across)
        outside = (across - np.matmul(w, turn)) / np.expand_dims(s, -2)
    if dp is not None:
        middle = np.matmul(vh, np.matmul((dp + H(dp)) / 2, v))
        turn = turn - middle * np.expand_dims(s, -2)
    middle = middle + 2 * skew(turn) / sums
    return np.matmul(np.matmul(w, middle) + outside, vh)


def vanish(s):
    top = np.max(s, axis=-1, initial=0)[..., None]
    return bool(np.any(s <= 16 * s.shape[-1] * np.finfo(s.dtype).eps * top))


nondifferentiable(vanish)


@adjoint(la.polar)
def polar_rule(a, side="right"):
    y = la.polar(a, side)
    m, n = np.shape(a)[-2:]
    if (m < n) if side == "right" else (m > n):
        return y, refuse(f"scipy.linalg.polar with side={side!r} of a matrix of shape {m} by {n}")

    def polar_back(dy):
        du, dp = fields(dy, 2)
        if side == "right":
            return (project(polar_cotangent(a, du, dp), a),)
        return (project(H(polar_cotangent(H(a), None if du is None else H(du), dp)), a),)

    return y, polar_back


# ------------------------------------------------------------- Hermitian matrices


def generalized_cotangents(l, v, dl, dv):
    """Of a and b, where ``a @ v = b @ v @ diag(l)`` and ``v^H @ b @ v = 1``.

    As Giles (2008), section 3.1, with the normalisation by b, which gives the diagonal.
    """
    close = close_pairs(l)
    n = np.shape(l)[-1]
    if dv is None:
        dl = settled_values("eigenvalues", close, dl, None)
        da = dl[..., None] * np.eye(n)
        db = -(dl * l)[..., None] * np.eye(n)
    else:
        inner = np.matmul(H(v), dv)
        if phases_matter(diagonals(inner), dv):
            refuse_phases("eigenvectors")
        dl = settled_values("eigenvalues", close, dl, skew(inner), dv)
        da = inner * inverse_gaps(l, close)
        db = -da * np.expand_dims(l, -2) - inner * (close | np.eye(n, dtype=bool)) / 2
        if dl is not None:
            da = da + dl[..., None] * np.eye(n)
            db = db - (dl * l)[..., None] * np.eye(n)
    return [np.matmul(v, np.matmul((d + H(d)) / 2, H(v))) for d in (da, db)]


def chosen(l, subset_by_index, subset_by_value):
    """Which of the eigenvalues are asked for."""
    if subset_by_index is not None:
        return np.arange(int(subset_by_index[0]), int(subset_by_index[1]) + 1)
    return np.flatnonzero((l > subset_by_value[0]) & (l <= subset_by_value[1]))


def phase(v, computed):
    """What the columns of `computed` have to be multiplied by to give those of `v`."""
    row = np.argmax(np.abs(v), axis=0)
    columns = np.arange(v.shape[1])
    return v[row, columns] / computed[row, columns]


nondifferentiable(chosen)


def as_found(found, v, row):
    """`found`, whose component `row` is real, with the derivative of `v`, but for phases."""
    return found


@adjoint(as_found)
def as_found_rule(found, v, row):
    def turned(dy):
        return None, project(dy * np.conjugate(phase(found, v)), v)

    def turned_fixed(dy):
        dy = with_real_component(found, dy, row)
        if phases_matter(diagonals(np.matmul(H(found), dy)), dy):
            refuse_phases("eigenvectors")
        return turned(dy)

    return own(found), gauged(turned, turned_fixed)


def with_lapacks_phases(b, v, dv, lower):
    """The cotangents of eigenvectors with arbitrary phases, and of the triangle of `b`.

    With b = ll^H, LAPACK takes the eigenvectors ``l^H v``, whose first component is real: it is a
    positive multiple of that of ``b v``.  With b = r^H r, the last component of ``r v`` is one of
    that of v.
    """
    if dv is None or b is None or not lower:
        return with_real_component(v, dv, real_row(v, lower)), 0.0
    row = H(np.asarray(b)[..., :1])
    sizes = [
        np.sqrt(np.sum(np.abs(x) ** 2, axis, keepdims=True)) for x, axis in ((row, -1), (v, -2))
    ]
    dg = phase_cotangent(v, dv, np.matmul(row, v), sizes[0] * sizes[1])
    if dg is None:
        return dv, 0.0
    return dv + np.matmul(H(row), dg), np.matmul(v, H(dg)) * unit(v, 0).T


def free_eigh(a, b, lower):
    """For pullbacks, which do not depend on phases: also where it is not told what they are."""
    return la.eigh(a, b, lower=lower)


@adjoint(free_eigh)
def free_eigh_rule(a, b, lower):
    y = free_eigh(a, b, lower)
    back = eigh_back_of(a, b, y, lower, False, (None, None))

    def back_fixed(dy):
        dl, dv = fields(dy, 2)
        return back((dl, with_any_phases(y[1], dv)))

    return y, gauged(back, back_fixed)


def eigh_back_of(a, b, y, lower, eigvals_only, subset):
    """The pullback; from all eigenvalues, where some were asked for."""
    some = subset != (None, None)
    if some and np.ndim(a) > 2:
        unsupported("scipy.linalg.eigh", subset=a)

    def eigh_fixed(dy):
        dl, dv = fields(dy, 2)
        dv, more = with_lapacks_phases(b, y[1], dv, lower)
        da, db = eigh_back((dl, dv))
        return da, None if b is None else project(db + more, b)

    def eigh_back(dy):
        dl, dv = (dy, None) if eigvals_only else fields(dy, 2)
        l, v = free_eigh(a, b, lower) if some or eigvals_only else y
        if some:
            index, n = chosen(l, *subset), np.shape(l)[-1]
            dl = None if dl is None else scatter(dl, index, (n,))
            if dv is not None:
                dv = dv * np.conjugate(phase(y[1], v[:, index]))
                dv = scatter(dv, (slice(None), index), (n, n))
        da, db = generalized_cotangents(l, v, dl, dv)
        da = project(to_triangle(da, lower), a)
        return da, None if b is None else project(to_triangle(db, lower), b)

    return eigh_back if eigvals_only else gauged(eigh_back, eigh_fixed)


@adjoint(la.eigh)
def eigh_rule(
    a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, type=1,
    check_finite=True, subset_by_index=None, subset_by_value=None, driver=None,
):  # fmt: skip
    unsupported("scipy.linalg.eigh", type=None if type == 1 or b is None else type)
    y = la.eigh(
        a, b, lower=lower, eigvals_only=eigvals_only, check_finite=check_finite, driver=driver,
        subset_by_index=subset_by_index, subset_by_value=subset_by_value,
    )  # fmt: skip
    subset = (subset_by_index, subset_by_value)
    return y, eigh_back_of(a, b, y, lower, eigvals_only, subset)


@adjoint(la.eigvalsh)
def eigvalsh_rule(
    a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, type=1, check_finite=True,
    subset_by_index=None, subset_by_value=None, driver=None,
):  # fmt: skip
    unsupported("scipy.linalg.eigvalsh", type=None if type == 1 or b is None else type)
    y = la.eigvalsh(
        a, b, lower=lower, check_finite=check_finite, driver=driver,
        subset_by_index=subset_by_index, subset_by_value=subset_by_value,
    )  # fmt: skip
    return y, eigh_back_of(a, b, y, lower, True, (subset_by_index, subset_by_value))


# --------------------------------------------------------------- general matrices


def from_quotient(a, b, dm):
    """The cotangents of a and b from that of ``m = inv(b) @ a``."""
    if b is None:
        return project(dm, a), None
    da = np.linalg.solve(H(b), dm)
    return project(da, a), project(-np.matmul(da, H(np.linalg.solve(b, a))), b)


@adjoint(la.eig)
def eig_rule(
    a, b=None, left=False, right=True, overwrite_a=False, overwrite_b=False, check_finite=True,
    homogeneous_eigvals=False,
):  # fmt: skip
    unsupported("scipy.linalg.eig", homogeneous_eigvals=homogeneous_eigvals or None)
    y = la.eig(a, b, left, right, check_finite=check_finite)

    def eig_back(dy):
        parts = fields(dy, len(y)) if left or right else (dy,)
        if left and parts[1] is not None:
            raise AdjointError(
                "the derivative of left eigenvectors is not known: take the right eigenvectors of "
                "the conjugate transpose"
            )
        if right:
            real = b is not None and np.result_type(a, b).kind != "c"
            dm = eig_cotangent(y[0], y[-1], parts[0], parts[-1], b is None, real)
        else:
            l, v = la.eig(a, b)
            dm = eigvals_cotangent(y[0] if left else y, l, v, parts[0])
        return from_quotient(a, b, dm)

    return y, eig_back


@adjoint(la.eigvals)
def eigvals_rule(a, b=None, overwrite_a=False, check_finite=True, homogeneous_eigvals=False):
    unsupported("scipy.linalg.eigvals", homogeneous_eigvals=homogeneous_eigvals or None)
    y = la.eigvals(a, b, check_finite=check_finite)

    def eigvals_back(dl):
        l, v = la.eig(a, b)
        return from_quotient(a, b, eigvals_cotangent(y, l, v, dl))

    return y, eigvals_back
