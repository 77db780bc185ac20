"""Rules of `numpy.linalg` for triangular factors."""

import matrices as mat
import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

L = np.linalg
KINDS = mat.KINDS


@KINDS
@mat.SQUARE
def test_cholesky(kind, shape):
    a = mat.hermitian(*shape, kind=kind)
    check_adjoint(L.cholesky, a)
    check_adjoint(lambda a: L.cholesky(a, upper=True), a)


def test_cholesky_of_a_diagonal_matrix():
    da = zg.gradient(lambda a: L.cholesky(a).sum(), np.diag([1.0, 4.0]))[0]
    # l00 = sqrt(a00), l10 = a10 / l00, l11 = sqrt(a11 - l10^2)
    np.testing.assert_allclose(da, [[0.5, 0], [1, 0.25]], rtol=1e-15)


@KINDS
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4), (2, 4, 3), (2, 3, 4), (1, 1)])
def test_qr(kind, shape):
    a = mat.with_singular_values(*shape, kind=kind)
    check_adjoint(L.qr, a)
    check_adjoint(L.qr, a, "r")


@KINDS
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4), (2, 4, 2)])
def test_complete_qr(kind, shape):
    def f(a):
        q, r = L.qr(a, "complete")
        k = min(shape[-2:])
        extra = q[..., k:]
        return q[..., :k], r, extra @ mat.adjoint(extra)

    a = mat.with_singular_values(*shape, kind=kind)
    check_adjoint(f, a)


def test_what_has_no_derivative():
    with pytest.raises(AdjointError, match="full rank"):
        zg.gradient(lambda a: L.qr(a)[1].sum(), np.ones((3, 3)))
    with pytest.raises(AdjointError, match="complement"):
        zg.gradient(lambda a: L.qr(a, "complete")[0][0, 3], mat.random(4, 2))
    with pytest.raises(AdjointError, match="raw"):
        zg.gradient(lambda a: L.qr(a, "raw")[0].sum(), mat.random(3, 3))
