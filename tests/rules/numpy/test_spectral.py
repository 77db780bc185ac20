"""Rules of `numpy.linalg` for eigenvalues and singular values."""

import warnings

import matrices as mat
import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, NotSmoothWarning
from zygcore.testing import check_adjoint

L = np.linalg
KINDS = mat.KINDS
SQUARES = mat.SQUARE


def fixed(v):
    """Eigenvectors with a phase that does not depend on the algorithm."""
    top = v[..., :1, :]
    return v * (np.conj(top) / np.abs(top))


@KINDS
@SQUARES
@pytest.mark.parametrize("uplo", ["L", "U"])
def test_eigh(kind, shape, uplo):
    def f(a):
        l, v = L.eigh(a, uplo)
        return l, fixed(v)

    a = mat.hermitian(*shape, kind=kind)
    check_adjoint(f, a)
    check_adjoint(L.eigvalsh, a, uplo)


def test_only_one_triangle_is_read():
    a = mat.hermitian(3, 3)
    da = zg.gradient(lambda a: L.eigvalsh(a)[0], a)[0]
    assert np.all(np.triu(da, 1) == 0) and np.all(da[np.tril_indices(3)] != 0)
    da = zg.gradient(lambda a: L.eigvalsh(a, "U")[0], a)[0]
    assert np.all(np.tril(da, -1) == 0)


@KINDS
@SQUARES
def test_eig(kind, shape):
    a = mat.general(*shape, kind=kind)
    check_adjoint(L.eig, a, rtol=1e-6)  # with the phases that LAPACK chooses
    check_adjoint(L.eigvals, a, rtol=1e-6)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_powers_of_eigenvalues(k):
    a = mat.general(4, 4)
    assert L.eigvals(a).dtype.kind == "c"
    for f in (lambda a: L.eigvals(a), lambda a: L.eig(a)[0]):
        da = zg.gradient(lambda a, f=f: np.sum(f(a) ** k).real, a)[0]
        np.testing.assert_allclose(da, k * L.matrix_power(a.T, k - 1), rtol=1e-11, atol=1e-12)


SHAPES = pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4), (2, 4, 3), (2, 3, 4)])


@KINDS
@SHAPES
def test_svd(kind, shape):
    def f(a):
        u, s, vh = L.svd(a, full_matrices=False)
        phase = np.conj(u[..., :1, :]) / np.abs(u[..., :1, :])
        return u * phase, s, vh * np.conj(np.swapaxes(phase, -1, -2))

    a = mat.with_singular_values(*shape, kind=kind)
    check_adjoint(f, a)
    check_adjoint(L.svdvals, a)
    check_adjoint(lambda a: L.svd(a, compute_uv=False), a)


@KINDS
@SHAPES
def test_full_svd(kind, shape):
    def f(a):
        u, s, vh = L.svd(a)
        k = s.shape[-1]
        extra_u, extra_v = u[..., k:], vh[..., k:, :]
        return (
            s,
            extra_u @ mat.adjoint(extra_u),
            mat.adjoint(extra_v) @ extra_v,
            u[..., :1] @ vh[..., :1, :],
        )

    a = mat.with_singular_values(*shape, kind=kind)
    check_adjoint(f, a)


@KINDS
def test_svd_of_a_hermitian_matrix(kind):
    a = mat.hermitian(3, 3, kind=kind, values=(-2.0, 1.0, 3.0))
    check_adjoint(lambda a: L.svd(a, compute_uv=False, hermitian=True), a)
    again = lambda a: (lambda u, s, vh: u * s @ vh)(*L.svd(a, hermitian=True))
    check_adjoint(again, a)


def test_basis_of_a_complement():
    a = mat.with_singular_values(4, 2)
    with pytest.raises(AdjointError, match="complement"):
        zg.gradient(lambda a: L.svd(a)[0][0, 3], a)


def test_phases():
    a = mat.hermitian(3, 3, kind=complex)
    with pytest.raises(AdjointError, match="phases"):
        zg.gradient(lambda a: L.eigh(a)[1][0, 0].imag + L.eigh(a)[1][1, 0].real, a)
    with pytest.raises(AdjointError, match="phases"):
        zg.gradient(lambda a: L.svd(a)[0][1, 0].real, a)


# ----------------------------------------------------------- equal eigenvalues and values

EYE = np.eye(3)
WEIGHTS = np.arange(9.0).reshape(3, 3)


SMOOTH = [
    (lambda a: L.svd(a)[1].sum(), np.eye(3)),
    (lambda a: L.svdvals(a).sum(), np.eye(3)),
    (lambda a: L.norm(a, "nuc"), np.eye(3)),
    (lambda a: np.sum(L.svdvals(a) ** 3), 3 * np.eye(3)),
    (lambda a: L.eigvalsh(a).sum(), np.eye(3)),
    (lambda a: np.exp(L.eigh(a)[0]).sum(), np.e * np.eye(3)),
    (lambda a: np.real(L.eigvals(a).sum()), np.eye(3)),
    (lambda a: np.real(np.sum(L.eigvals(a) ** 2)), 2 * np.eye(3)),
    (lambda a: (lambda u, s, vh: np.sum((u @ vh) * WEIGHTS))(*L.svd(a)), (WEIGHTS - WEIGHTS.T) / 2),
    (lambda a: (lambda l, v: np.sum((v @ v.T) * WEIGHTS))(*L.eigh(a)), np.zeros((3, 3))),
]  # fmt: skip


@pytest.mark.parametrize("f, expected", SMOOTH)
def test_smooth_functions_of_the_identity(f, expected):
    np.testing.assert_allclose(zg.gradient(f, EYE)[0], expected, atol=1e-14)


def test_second_derivative_of_the_nuclear_norm():
    # the gradient is the orthogonal factor, whose derivative along e is (e - e.T) / 2
    def inner(a):
        return np.sum(zg.gradient(lambda a: L.norm(a, "nuc"), a)[0] * WEIGHTS)

    np.testing.assert_allclose(zg.gradient(inner, EYE)[0], (WEIGHTS - WEIGHTS.T) / 2, atol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_traces_of_a_matrix_with_a_double_eigenvalue(k):
    a = mat.hermitian(4, 4, values=(1.0, 1.0, 2.0, 3.0))
    da = zg.gradient(lambda a: np.sum(L.eigh(a)[0] ** k), a)[0]
    np.testing.assert_allclose((da + da.T) / 2, k * L.matrix_power(a, k - 1), atol=1e-12)


def test_projection_on_a_double_eigenvalue():
    b = mat.random(4, 4)
    a = mat.hermitian(4, 4, values=(1.0, 1.0, 2.0, 3.0))

    def f(t):
        v = L.eigh(a + t * (b + b.T))[1][:, :2]
        return np.sum(np.arange(16).reshape(4, 4) * (v @ v.T))

    check_adjoint(f, 0.0, step=1e-4, second=False, forward=False)  # the basis is arbitrary
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotSmoothWarning)  # of what is tried first
        with pytest.raises(AdjointError, match="(?s)eigenvalues are equal.*Use reverse mode"):
            zg.jvp(f, (0.0,), (1.0,))


def test_sum_of_the_traces_of_a_jordan_block():
    a = np.array([[1.0, 1], [0, 1]])
    assert zg.gradient(lambda a: np.real(L.eigvals(a).sum()), a)[0].tolist() == [[1, 0], [0, 1]]
    with pytest.raises(AdjointError, match="equal"):
        zg.gradient(lambda a: np.real(L.eigvals(a)[0]), a)
    with pytest.raises(AdjointError, match="equal"):
        zg.gradient(lambda a: np.real(L.eig(a)[1][0, 1]), a)


UNKNOWN = [
    lambda a: (lambda l, v: ((v * np.exp(l)) @ v.T)[0, 0])(*L.eigh(a)),
    lambda a: (lambda l, v: ((v * np.log(l)) @ v.T)[0, 0])(*L.eigh(a)),
    lambda a: (lambda u, s, vh: (u * s @ vh)[0, 1])(*L.svd(a)),
    lambda a: np.real((lambda l, v: ((v * l) @ v.T)[0, 0])(*L.eig(a))),
]


@pytest.mark.parametrize("f", UNKNOWN)
def test_values_together_with_vectors(f):
    with pytest.raises(AdjointError, match="together with their vectors"):
        zg.gradient(f, EYE)


def test_vectors_that_are_not_determined():
    with pytest.raises(AdjointError, match="which of the possible vectors"):
        zg.gradient(lambda a: L.eigh(a)[1][0, 1], EYE)
    with pytest.raises(AdjointError, match="which of the possible vectors"):
        zg.gradient(lambda a: L.svd(a)[0][0, 1], EYE)


@pytest.mark.parametrize("f", [
    lambda a: (lambda l, v: ((v * np.log(l)) @ v.T)[0, 1])(*L.eigh(a)),
    lambda a: np.real((lambda l, v: ((v * l) @ v.T)[0, 1])(*L.eig(a - EYE))),
])  # fmt: skip
def test_cotangents_that_happen_to_be_zero(f):
    with pytest.warns(NotSmoothWarning, match="cotangents are zero"):
        zg.gradient(f, EYE)


def test_the_largest_of_many_eigenvalues():
    x = mat.random(2, 4)

    def f(x):
        l, v = L.eigh(x.T @ x)
        return l[-1], v[:, -1] * np.sign(v[0, -1])

    with pytest.warns(NotSmoothWarning):
        # In forward mode all eigenvectors are asked for: those of equal eigenvalues are arbitrary.
        check_adjoint(f, x, single=False, rtol=1e-6, second=False, forward=False)
        with pytest.raises(AdjointError, match="(?s)eigenvalues are equal.*Use reverse mode"):
            zg.jvp(f, (x,), (np.ones_like(x),))


def test_a_kink_is_shared():
    with pytest.warns(NotSmoothWarning, match="shares equally"):
        da = zg.gradient(lambda a: L.eigvalsh(a)[-1], EYE)[0]
    np.testing.assert_allclose(da, EYE / 3, atol=1e-15)
    with pytest.warns(NotSmoothWarning, match="singular values are equal"):
        da = zg.gradient(lambda a: L.svdvals(a)[0], EYE)[0]
    np.testing.assert_allclose(da, EYE / 3, atol=1e-15)


def test_singular_values_at_zero():
    assert np.all(zg.gradient(lambda a: L.svdvals(a).sum(), np.zeros((3, 2)))[0] == 0)
    ones = np.ones((3, 2))
    da = zg.gradient(lambda a: L.svdvals(a).sum(), ones)[0]
    np.testing.assert_allclose(da, ones / np.sqrt(6), rtol=1e-14)
    with pytest.raises(AdjointError, match="zero"):
        zg.gradient(lambda a: L.svd(a, full_matrices=False)[0][:, 1].sum(), ones)


def test_reconstruction_of_a_singular_matrix():
    a = mat.with_singular_values(3, 3, values=(2.0, 1.0, 0.0))
    da = zg.gradient(lambda a: np.sum((lambda u, s, vh: (u * s) @ vh)(*L.svd(a)) * WEIGHTS), a)[0]
    np.testing.assert_allclose(da, WEIGHTS, rtol=1e-12, atol=1e-13)


def test_a_zero_cotangent_stays_zero():
    da = zg.gradient(lambda a: np.where(a > 5, L.svd(a)[0], a).sum(), EYE)[0]
    assert np.all(da == 1)
