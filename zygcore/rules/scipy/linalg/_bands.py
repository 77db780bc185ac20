"""Rules for Hermitian matrices in band storage, as those of the matrices that they stand for.

The value is SciPy's, which makes use of the band; the derivative is that of the dense matrix.
"""

import numpy as np
import scipy.linalg as la

from ...numpy._indexing import scatter
from ...registry import lowering, nondifferentiable
from .._implicit import held, same_value
from ._solving import band_index
from ._spectral import as_found, chosen

__all__ = []


def band_of(ab, lower):
    """The bandwidths below and above the diagonal of the triangle that is stored."""
    k = np.shape(ab)[0] - 1
    return (k, 0) if lower else (0, k)


nondifferentiable(band_of)


def triangle(ab, lower):
    """The triangle of the dense matrix."""
    n = np.shape(ab)[-1]
    rows, columns, inside = band_index(*band_of(ab, lower), n)
    return scatter(np.where(inside, ab, 0), (rows, columns), (n, n))


def subset_of(select, limits):
    """What to select, as `eigh` takes it."""
    kind = {0: "a", 1: "v", 2: "i", "all": "a", "value": "v", "index": "i"}.get(select, select)
    return (limits if kind == "i" else None, limits if kind == "v" else None)


nondifferentiable(subset_of)


def with_derivatives(found, a, lower, eigvals_only, subset):
    """The eigenvalues and vectors that were found, those of the dense matrix `a`.

    `zhbtrd` leaves the first coordinate alone, also of the upper triangle.
    """
    l, v = la.eigh(a, lower=lower)
    if subset != (None, None):
        index = chosen(l, *subset)
        l, v = l[index], v[:, index]
    if eigvals_only:
        return same_value(found, l)
    values, vectors = found
    return same_value(values, l), as_found(vectors, v, 0)


@lowering(la.eig_banded)
def eig_banded_lowering(
    a_band, lower=False, eigvals_only=False, overwrite_a_band=False, select="a",
    select_range=None, max_ev=0, check_finite=True,
):  # fmt: skip
    found = held(
        la.eig_banded, a_band, lower, eigvals_only, False, select, select_range, max_ev,
        check_finite,
    )  # fmt: skip
    subset = subset_of(select, select_range)
    return with_derivatives(found, triangle(a_band, lower), lower, eigvals_only, subset)


@lowering(la.eigvals_banded)
def eigvals_banded_lowering(
    a_band, lower=False, overwrite_a_band=False, select="a", select_range=None, check_finite=True
):
    return la.eig_banded(a_band, lower, True, False, select, select_range, 0, check_finite)


@lowering(la.eigh_tridiagonal)
def eigh_tridiagonal_lowering(
    d, e, eigvals_only=False, select="a", select_range=None, check_finite=True, tol=0.0,
    lapack_driver="auto",
):  # fmt: skip
    found = held(
        la.eigh_tridiagonal, d, e, eigvals_only, select, select_range, check_finite, tol,
        lapack_driver,
    )  # fmt: skip
    a = np.diag(np.asarray(d)) + np.diag(np.asarray(e), -1)
    return with_derivatives(found, a, True, eigvals_only, subset_of(select, select_range))


@lowering(la.eigvalsh_tridiagonal)
def eigvalsh_tridiagonal_lowering(
    d, e, select="a", select_range=None, check_finite=True, tol=0.0, lapack_driver="auto"
):
    return la.eigh_tridiagonal(d, e, True, select, select_range, check_finite, tol, lapack_driver)


@lowering(la.cholesky_banded)
def cholesky_banded_lowering(ab, overwrite_ab=False, lower=False, check_finite=True):
    found = held(la.cholesky_banded, ab, False, lower, check_finite)
    factor = la.cholesky(triangle(ab, lower), lower=lower)
    rows, columns, inside = band_index(*band_of(ab, lower), np.shape(ab)[-1])
    return same_value(found, np.where(inside, factor[rows, columns], ab))


@lowering(la.cho_solve_banded)
def cho_solve_banded_lowering(cb_and_lower, b, overwrite_b=False, check_finite=True):
    cb, lower = cb_and_lower
    found = held(la.cho_solve_banded, cb_and_lower, b, False, check_finite)
    return same_value(found, la.cho_solve((triangle(cb, lower), lower), b))
