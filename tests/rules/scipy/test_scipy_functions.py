"""Rules of `scipy.linalg` for eigenvalues, functions of matrices and special matrices."""

import matrices as mat
import mpmath
import numpy as np
import pytest
import scipy
import scipy.linalg as la

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

#: its roots of single precision are of quadruple precision
OLD = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 16)
KINDS = mat.KINDS


def fixed(v):
    top = v[..., :1, :]
    return v * (np.conj(top) / np.abs(top))


# ------------------------------------------------------------ eigenvalues and singular values


@KINDS
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4)])
def test_svd(kind, shape):
    def f(a):
        u, s, vh = la.svd(a, full_matrices=False)
        phase = np.conj(u[:1]) / np.abs(u[:1])
        return u * phase, s, vh * np.conj(phase.T)

    a = mat.with_singular_values(*shape, kind=kind)
    check_adjoint(f, a)
    check_adjoint(la.svdvals, a)
    check_adjoint(la.svd, a, compute_uv=False, lapack_driver="gesvd")


def test_singular_values_of_the_identity():
    da = zg.gradient(lambda a: la.svd(a)[1].sum(), np.eye(3))[0]
    np.testing.assert_allclose(da, np.eye(3), atol=1e-15)


@KINDS
@pytest.mark.parametrize("lower", [True, False])
def test_eigh(kind, lower):
    def f(a, b=None, **options):
        l, v = la.eigh(a, b, lower=lower, **options)
        return l, fixed(v)

    a, b = mat.hermitian(4, 4, kind=kind), mat.hermitian(4, 4, kind=kind, values=(1, 1.5, 0.7, 1.2))
    check_adjoint(f, a)
    check_adjoint(la.eigvalsh, a, lower=lower)
    check_adjoint(f, a, driver="ev")
    check_adjoint(f, a, subset_by_index=[1, 2])
    check_adjoint(f, a, subset_by_value=[1.5, 4.0])
    check_adjoint(la.eigvalsh, a, lower=lower, subset_by_index=[2, 3])
    b = b + 0.1 * np.diag([1.0, 2, 3, 4])
    check_adjoint(f, a, b, step=2e-4)
    check_adjoint(lambda a, b: la.eigvalsh(a, b=b, lower=lower), a, b, step=2e-4)
    check_adjoint(f, a, b, subset_by_index=[0, 1], step=2e-4)
    with pytest.raises(UnsupportedError, match="type"):
        zg.gradient(lambda a: la.eigvalsh(a, b, type=2)[0].real, a)


@KINDS
def test_eig(kind):
    a = mat.general(3, 3, kind=kind)
    check_adjoint(la.eig, a, rtol=1e-6)
    check_adjoint(la.eigvals, a, rtol=1e-6)
    check_adjoint(lambda a: la.eig(a, right=False), a, rtol=1e-6)
    check_adjoint(lambda a: (lambda l, _, v: (l, v))(*la.eig(a, left=True)), a, rtol=1e-6)
    b = mat.hermitian(3, 3, kind=kind)
    check_adjoint(la.eigvals, a, b, rtol=1e-6)
    sizes = lambda a, b: (lambda l, v: (l, np.abs(v)))(*la.eig(a, b))
    check_adjoint(sizes, a, b, rtol=1e-6, forward=False)  # phases are those of the iteration
    with pytest.raises(AdjointError, match="(?s)phases.*Use reverse mode"):
        zg.jvp(sizes, (a, b), (a, None))
    with pytest.raises(AdjointError, match="left"):
        zg.gradient(lambda a: la.eig(a, left=True)[1][0, 0].real, a)


def test_phases_of_generalized_eigenvectors():
    a, b = mat.general(3, 3), mat.hermitian(3, 3)
    with pytest.raises(AdjointError, match="phases"):
        zg.gradient(lambda a: np.sum(la.eig(a, b)[1] * (1 + 2j)).real, a)
    a = mat.hermitian(3, 3) + 0j  # the vectors happen to be real
    b = mat.hermitian(3, 3, values=(1, 1.5, 0.7))
    for kind in (float, complex):
        with pytest.raises(AdjointError, match="phases"):
            zg.gradient(lambda a, b: np.sum(la.eig(a, b)[1] * (1 + 2j)).real, a, b.astype(kind))


@KINDS
@pytest.mark.parametrize("shape, side", [((3, 3), "right"), ((3, 3), "left"), ((4, 3), "right"),
                                         ((3, 4), "left")])  # fmt: skip
def test_polar(kind, shape, side):
    check_adjoint(la.polar, mat.with_singular_values(*shape, kind=kind), side=side)


def test_polar_of_the_identity():
    weights = np.arange(9.0).reshape(3, 3)
    da = zg.gradient(lambda a: np.sum(la.polar(a)[0] * weights), np.eye(3))[0]
    np.testing.assert_allclose(da, (weights - weights.T) / 2, atol=1e-14)
    da = zg.gradient(lambda a: np.sum(la.polar(a)[1] * weights), np.eye(3))[0]
    np.testing.assert_allclose(da, (weights + weights.T) / 2, atol=1e-14)
    with pytest.raises(AdjointError, match="rank"):
        zg.gradient(lambda a: la.polar(a)[0].sum(), np.ones((2, 2)))
    with pytest.raises(AdjointError, match="polar"):
        zg.gradient(lambda a: la.polar(a)[0].sum(), mat.random(2, 3))


# -------------------------------------------------------------------- functions of matrices


@KINDS
@pytest.mark.parametrize("name", ["expm", "cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm"])
def test_entire_functions(kind, name):
    check_adjoint(getattr(la, name), 0.3 * mat.general(3, 3, kind=kind))


@KINDS
def test_roots_and_logarithms(kind):
    a = mat.hermitian(3, 3, kind=kind) + 0.2 * mat.random(3, 3, kind=kind)
    if not OLD:
        check_adjoint(la.sqrtm, a)
        check_adjoint(la.sqrtm, mat.general(3, 3, kind=kind))  # an eigenvalue is negative
    check_adjoint(la.logm, a, single=False)  # SciPy warns of its accuracy in single precision
    check_adjoint(lambda a: la.fractional_matrix_power(a, 3), a)
    check_adjoint(lambda a, t: la.fractional_matrix_power(a, t), a, -0.3, single=False)


@KINDS
def test_exponential_against_its_frechet_derivative(kind):
    a, e = mat.general(3, 3, kind=kind), mat.random(3, 3, kind=kind)
    w = mat.random(3, 3, kind=kind, seed=5)
    da = zg.gradient(lambda a: np.real(np.sum(np.conj(w) * la.expm(a))), a)[0]
    slope = np.real(np.sum(np.conj(w) * la.expm_frechet(a, e)[1]))
    np.testing.assert_allclose(np.real(np.sum(np.conj(da) * e)), slope, rtol=1e-12)
    check_adjoint(la.expm_frechet, 0.3 * a, e)
    check_adjoint(la.expm_frechet, 0.3 * a, e, compute_expm=False)


def precise_slope(f, a, e):
    """The derivative of an mpmath function of a matrix along `e`, to about 20 digits."""
    with mpmath.workdps(60):
        a, e, h = mpmath.matrix(a.tolist()), mpmath.matrix(e.tolist()), mpmath.mpf(10) ** -20
        slope = (f(a + h * e) - f(a - h * e)) / (2 * h)
        return np.array(slope.tolist(), dtype=complex)


@pytest.mark.parametrize("name", ["sqrtm", "logm", "expm", "cosm"])
def test_functions_against_mpmath(name):
    a = mat.hermitian(3, 3) + 0.2 * mat.random(3, 3)
    w = mat.random(3, 3, seed=5)
    da = zg.gradient(lambda a: np.sum(w * getattr(la, name)(a)), a)[0]
    for seed in range(3):
        e = mat.random(3, 3, seed=seed)
        slope = np.sum(w * precise_slope(getattr(mpmath, name), a, e).real)
        np.testing.assert_allclose(np.sum(da * e), slope, rtol=1e-11, atol=1e-12)


def test_symmetric_functions_by_eigenvectors():
    a, w = mat.hermitian(4, 4), mat.random(4, 4)
    w = w + w.T

    def by_eigh(a):
        l, v = np.linalg.eigh(a)
        return np.sum(w * ((v * np.exp(l)) @ v.T))

    da = zg.gradient(lambda a: by_eigh((a + a.T) / 2), a)[0]
    np.testing.assert_allclose(da, la.expm_frechet(a, w)[1], rtol=1e-10)


def test_function_of_equal_eigenvalues():
    w = np.arange(9.0).reshape(3, 3)
    for f, slope in [(la.expm, np.e), (la.sqrtm, 0.5), (la.logm, 1.0), (la.sinm, np.cos(1))]:
        da = zg.gradient(lambda a, f=f: np.sum(w * f(a)), np.eye(3))[0]
        np.testing.assert_allclose(da, slope * w, rtol=1e-13, atol=1e-13)


def test_root_of_a_singular_matrix():
    a = np.array([[0.0, 0.0], [0.0, 1.0]])
    with pytest.raises(AdjointError, match="singular"), np.errstate(all="ignore"):
        zg.gradient(lambda a: la.sqrtm(a).sum(), a + 1e-33 * np.eye(2))


# --------------------------------------------------------------------- special matrices


@KINDS
def test_special_matrices(kind):
    c, r = mat.random(4, kind=kind), mat.random(3, kind=kind)
    check_adjoint(la.toeplitz, c)
    check_adjoint(la.toeplitz, c, r)
    check_adjoint(la.hankel, c)
    check_adjoint(la.hankel, c, r)
    check_adjoint(la.circulant, c)
    check_adjoint(la.block_diag, c, mat.random(2, 3, kind=kind), mat.random(2, 1, kind=kind))
    check_adjoint(la.companion, c)
    check_adjoint(la.leslie, c, r)
    check_adjoint(la.khatri_rao, mat.random(2, 3, kind=kind), mat.random(4, 3, kind=kind))
    check_adjoint(la.convolution_matrix, c, n=3)
    check_adjoint(
        la.orthogonal_procrustes,
        mat.random(4, 2, kind=kind),
        mat.random(4, 2, kind=kind, seed=1),
    )


def test_numbers_and_integers_in_special_matrices():
    assert zg.gradient(lambda x: la.block_diag(x, [[1.0, x]]).sum(), 2.0) == (2.0,)
    assert zg.gradient(lambda c: la.toeplitz(c)[0, 1] * 1.0, np.array([1, 2]))[0].tolist() == [0, 1]


def test_special_matrices_that_are_constant():
    def f(x):
        box = [x]  # what may be active lies in memory, so all code is run by the machine
        stack = np.ones(1) if OLD else la.block_diag(np.ones((2, 1, 1)), np.ones((1, 2)))
        return np.sum(box[0] * la.toeplitz([1.0, 2.0])[0]) + stack.sum()

    assert zg.gradient(f, np.ones(2))[0].tolist() == [1, 2]
