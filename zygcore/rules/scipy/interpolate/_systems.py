"""Systems of equations, banded and full, that `scipy.interpolate` has LAPACK solve directly."""

import numpy as np
from scipy.linalg import lapack

from ...broadcasting import project
from ...registry import adjoint, each, lowering, nondifferentiable

__all__ = []


def _transposed(kl, ku, ab):
    """The transpose of a banded matrix in the form of `gbsv`."""
    n = ab.shape[1]
    rows = [np.zeros((ku, n), ab.dtype)]
    for d in range(kl, -ku - 1, -1):
        row = ab[kl + ku + d]
        shifted = np.pad(row[: n - d], (d, 0)) if d >= 0 else np.pad(row[-d:], (0, -d))
        rows.append(np.expand_dims(shifted, 0))
    return np.concatenate(rows)


def _register_banded(gbsv):
    def solved(kl, ku, ab, b):
        return gbsv(kl, ku, ab, b)[2]

    @adjoint(solved)
    def solved_rule(kl, ku, ab, b):
        y = solved(kl, ku, ab, b)

        def b_back(dy):
            return project(solved(ku, kl, np.conjugate(_transposed(kl, ku, ab)), dy), b)

        def ab_back(dy):
            db, x = (np.reshape(v, (len(v), -1)) for v in (b_back(dy), np.conjugate(y)))
            n, rows = len(db), [np.zeros((kl, len(db)), ab.dtype)]
            for d in range(-ku, kl + 1):
                low, high = max(0, -d), min(n, n - d)
                sums = -np.sum(db[low + d : high + d] * x[low:high], 1)
                rows.append(np.expand_dims(np.pad(sums, (low, n - high)), 0))
            return project(np.concatenate(rows), ab)

        return y, each(None, None, ab_back, b_back)

    @lowering(gbsv)
    def gbsv_lowering(kl, ku, ab, b, *overwrite, **options):
        lu, pivots, info = _factors(gbsv, kl, ku, ab, b)
        return lu, pivots, solved(kl, ku, ab, b), info


def _factors(gbsv, kl, ku, ab, b):
    lu, pivots, _, info = gbsv(kl, ku, ab, b)
    return lu, pivots, info


def _register_tridiagonal(gtsv):
    def solved(dl, d, du, b):
        return gtsv(dl, d, du, b)[3]

    @adjoint(solved)
    def solved_rule(dl, d, du, b):
        y = solved(dl, d, du, b)

        def all_back(dy):
            db = solved(np.conjugate(du), np.conjugate(d), np.conjugate(dl), dy)
            g, x = np.reshape(db, (len(db), -1)), np.reshape(np.conjugate(y), (len(db), -1))
            return (
                project(-np.sum(g[1:] * x[:-1], 1), dl),
                project(-np.sum(g * x, 1), d),
                project(-np.sum(g[:-1] * x[1:], 1), du),
                project(db, b),
            )

        return y, all_back

    @lowering(gtsv)
    def gtsv_lowering(dl, d, du, b, *overwrite, **options):
        du2, diagonal, upper, info = _eliminated(gtsv, dl, d, du, b)
        return du2, diagonal, upper, solved(dl, d, du, b), info


def _eliminated(gtsv, dl, d, du, b):
    du2, diagonal, upper, _, info = gtsv(dl, d, du, b)
    return du2, diagonal, upper, info


def _register_general(gesv):
    def solved(a, b):
        return gesv(a, b)[2]

    @adjoint(solved)
    def solved_rule(a, b):
        y = solved(a, b)

        def columns(x):
            return np.reshape(x, (len(x), -1))

        def b_back(dy):
            return project(np.linalg.solve(np.conjugate(np.transpose(a)), dy), b)

        def a_back(dy):
            db = columns(b_back(dy))
            return project(-np.matmul(db, np.conjugate(np.transpose(columns(y)))), a)

        return y, each(a_back, b_back)

    @lowering(gesv)
    def gesv_lowering(a, b, *overwrite, **options):
        lu, pivots, info = _eliminate(gesv, a, b)
        return lu, pivots, solved(a, b), info


def _eliminate(gesv, a, b):
    lu, pivots, _, info = gesv(a, b)
    return lu, pivots, info


for _kind in "sdcz":
    _register_general(getattr(lapack, f"{_kind}gesv"))
    _register_banded(getattr(lapack, f"{_kind}gbsv"))
    _register_tridiagonal(getattr(lapack, f"{_kind}gtsv"))


nondifferentiable(_eliminate, _eliminated, _factors)
