"""Rules of `scipy.linalg` for bands, RQ and changed QR factors, functions and Riccati equations."""

import matrices as mat
import numpy as np
import pytest
import scipy.linalg as la

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

KINDS = pytest.mark.parametrize("kind", [float, complex])
LOWER = pytest.mark.parametrize("lower", [False, True])
#: what is lowered to a value and another way to its derivative: to the last bit only in one way
PLAIN = {"single": False}


def band(lower, kind=float, n=5, width=3):
    """A positive definite matrix in band storage, with whatever where nothing is read."""
    rng = np.random.default_rng(1)
    ab = rng.standard_normal((width, n)).astype(kind)
    if kind is complex:
        ab = ab + 1j * rng.standard_normal((width, n))
    main = 0 if lower else -1
    ab[main] = 8 + rng.random(n)
    return ab


def dense(ab, lower):
    """The Hermitian matrix, entry by entry."""
    k, n = len(ab) - 1, ab.shape[1]
    a = np.zeros((n, n), ab.dtype)
    for j in range(n):
        for d in range(k + 1):
            i = j + d if lower else j - d
            if 0 <= i < n:
                a[i, j] = ab[d if lower else k - d, j]
                a[j, i] = np.conj(a[i, j])
        a[j, j] = a[j, j].real
    return a


@LOWER
@KINDS
def test_eigenvalues_of_bands(kind, lower):
    def f(ab, **options):
        l, v = la.eig_banded(ab, lower=lower, **options)
        return l, np.abs(v)

    ab = band(lower, kind)
    check_adjoint(f, ab, layouts=False, **PLAIN)
    check_adjoint(la.eigvals_banded, ab, lower=lower, layouts=False, **PLAIN)
    once = {"layouts": False, "second": False, **PLAIN}
    check_adjoint(f, ab, select="i", select_range=(1, 2), **once)
    l = la.eigvalsh(dense(ab, lower))
    limits = ((l[0] + l[1]) / 2, l[-1] + 1)
    check_adjoint(f, ab, select="v", select_range=limits, **once)
    known = zg.gradient(lambda a: np.sum(np.cos(la.eigvalsh(a))), dense(ab, lower))[0]
    got = zg.gradient(lambda ab: np.sum(np.cos(la.eigvals_banded(ab, lower=lower))), ab)[0]
    main = 0 if lower else -1
    np.testing.assert_allclose(got[main], np.diagonal(known), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("driver", ["auto", "stev", "stemr", "stebz"])
def test_eigenvalues_of_tridiagonal_matrices(driver):
    d, e = np.array([1.0, -0.5, 2.0, 0.3]), np.array([0.7, 0.2, -0.4])

    def f(d, e, **options):
        l, v = la.eigh_tridiagonal(d, e, lapack_driver=driver, **options)
        return l, v * v

    check_adjoint(f, d, e, layouts=False, **PLAIN)
    values = lambda d, e: la.eigvalsh_tridiagonal(d, e, lapack_driver=driver)
    check_adjoint(values, d, e, layouts=False, **PLAIN)
    if driver in ("stemr", "stebz"):
        check_adjoint(f, d, e, select="i", select_range=(0, 1), layouts=False, **PLAIN)


@LOWER
@KINDS
def test_cholesky_of_bands(kind, lower):
    ab = band(lower, kind)
    check_adjoint(la.cholesky_banded, ab, lower=lower, layouts=False, **PLAIN)
    b = np.random.default_rng(2).standard_normal((5, 2)).astype(kind)
    solve = lambda ab, b: la.cho_solve_banded((la.cholesky_banded(ab, lower=lower), lower), b)
    check_adjoint(solve, ab, b, layouts=False, **PLAIN)
    check_adjoint(lambda b: solve(ab, b), b[:, 0], layouts=False, **PLAIN)
    same = lambda ab: la.solveh_banded(ab, b, lower=lower)
    dy = np.cos(np.arange(10.0)).reshape(5, 2)
    got = zg.pullback(lambda ab: solve(ab, b), ab)[1](dy)[0]
    np.testing.assert_allclose(got, zg.pullback(same, ab)[1](dy)[0], rtol=1e-10, atol=1e-13)


@KINDS
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_rq(kind, shape):
    a = mat.with_singular_values(*shape, kind=kind)
    if shape[0] <= shape[1]:
        check_adjoint(la.rq, a, mode="economic", layouts=False, **PLAIN)
    else:
        check_adjoint(la.rq, a, layouts=False, **PLAIN)
    check_adjoint(lambda a: np.abs(la.rq(a, mode="r")), a, layouts=False, **PLAIN)


@KINDS
@pytest.mark.parametrize("conjugate", [False, True])
def test_products_with_q(kind, conjugate):
    a, c = mat.with_singular_values(4, 3, kind=kind), mat.random(2, 4, kind=kind)
    options = {"conjugate": conjugate}
    check_adjoint(la.qr_multiply, a, c, layouts=False, **options, **PLAIN)
    check_adjoint(la.qr_multiply, a, c[0], layouts=False, **options, **PLAIN)
    left = mat.random(3, 2, kind=kind)
    check_adjoint(la.qr_multiply, a, left, mode="left", layouts=False, **options, **PLAIN)
    f = lambda a, c: la.qr_multiply(a, c, pivoting=True)[:2]
    check_adjoint(f, a, c, layouts=False, **PLAIN)


CHANGES = {
    "row": lambda a, u: la.qr_insert(*la.qr(a), u, 2)[1],
    "column": lambda a, u: la.qr_insert(*la.qr(a[:, :3]), u, 1, "col"),
    "without a row": lambda a, u: la.qr_delete(*la.qr(a), 1),
    "without columns": lambda a, u: la.qr_delete(*la.qr(a), 1, 2, "col")[1],
    "rank one": lambda a, u: la.qr_update(*la.qr(a), u, 0.3 * u[::-1]),
    "economic": lambda a, u: la.qr_update(*la.qr(a[:, :2], mode="economic"), u, u[:2]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_factors(name):
    """Of the QR decomposition of a matrix, which is changed with them."""
    a, u = mat.with_singular_values(4, 4), mat.random(4)
    check_adjoint(CHANGES[name], a, u, layouts=False, second=False, **PLAIN)


def test_changed_complex_factors():
    """Some diagonals are made real again; the phases of others are those of the algorithm."""
    a, u = mat.with_singular_values(4, 4, kind=complex), mat.random(4, kind=complex)
    check_adjoint(CHANGES["row"], a, u, layouts=False, second=False, **PLAIN)
    with pytest.raises(AdjointError, match="phases"):
        zg.gradient(lambda a: np.real(CHANGES["column"](a, u)[1][0, 0]), a)


@KINDS
def test_sign_of_a_matrix(kind):
    v = mat.with_singular_values(4, 4, kind=kind)
    a = v @ np.diag([2.0, -1.0, 0.7, -3.0]) @ np.linalg.inv(v)
    check_adjoint(la.signm, a, rtol=1e-6, layouts=False, **PLAIN)
    da = zg.gradient(lambda a: np.real(np.trace(la.signm(a))), a)[0]
    np.testing.assert_allclose(da, 0, atol=1e-12)  # a whole number


@KINDS
def test_functions_of_matrices(kind):
    a = mat.general(3, 3, kind=kind)
    check_adjoint(lambda a, k: la.funm(a, lambda t: np.sin(k * t)), a, 0.7, rtol=1e-6,
                  layouts=False, **PLAIN)  # fmt: skip
    dy = np.cos(np.arange(9.0)).reshape(3, 3)
    got = zg.pullback(lambda a: la.funm(a, np.sin), a)[1](dy)[0]
    known = zg.pullback(la.sinm, a)[1](dy)[0]
    np.testing.assert_allclose(got, known, rtol=1e-9, atol=1e-11)
    with pytest.raises(AdjointError, match="equal"):
        zg.gradient(lambda a: la.funm(a, np.exp)[0, 1], np.array([[1.0, 1.0], [0.0, 1.0]]))


def test_balanced_matrix():
    a = np.array([[1.0, 100.0, 0.0], [0.01, 2.0, 1e-3], [0.0, 0.0, 3.0]])
    for options in ({}, {"permute": False}, {"scale": False}):
        f = lambda a, o=options: la.matrix_balance(a, **o)[0]
        check_adjoint(f, a, layouts=False, **PLAIN)
    b, (scale, _) = zg.pullback(lambda a: la.matrix_balance(a, separate=True), a)[0]
    assert np.array_equal(b, la.matrix_balance(a)[0]) and scale.shape == (3,)


def riccati(kind):
    a, b = mat.general(3, 3, kind=kind), mat.random(3, 2, kind=kind)
    q, r = mat.hermitian(3, 3, kind=kind, values=(1, 2, 3)), mat.hermitian(2, 2, kind=kind)
    return a, b, q, r + 5 * np.eye(2)


@KINDS
@pytest.mark.parametrize("name", ["solve_continuous_are", "solve_discrete_are"])
def test_riccati_equations(kind, name):
    f, symmetric = getattr(la, name), lambda x: (x + np.conj(x).T) / 2
    a, b, q, r = riccati(kind)
    check_adjoint(
        lambda a, b, q, r: f(a, b, symmetric(q), symmetric(r)), a, b, q, r, rtol=1e-6, atol=1e-8,
        layouts=False, **PLAIN,
    )  # fmt: skip
    with pytest.raises(UnsupportedError, match="s="):
        zg.gradient(lambda s: np.real(np.sum(f(a, b, q, r, s=s))), 0 * b)


def test_riccati_equation_of_numbers():
    """``2 a x - (b x)^2 / r + q = 0``."""

    def x(a, b, q, r):
        return (a + np.sqrt(a * a + q * b * b / r)) * r / (b * b)

    point = (0.3, 0.7, 1.5, 2.0)
    wrapped = lambda *p: la.solve_continuous_are(*[np.reshape(v, (1, 1)) for v in p])[0, 0]
    got = zg.gradient(wrapped, *point)
    assert got == pytest.approx(zg.gradient(x, *point), rel=1e-12)


def test_bases():
    a = mat.with_singular_values(4, 2)
    check_adjoint(lambda a: np.abs(la.orth(a)), a, **PLAIN)
    projection = lambda a: (lambda z: z @ z.T)(la.null_space(a.T))
    check_adjoint(projection, a, **PLAIN)
    check_adjoint(la.subspace_angles, a, mat.random(4, 1), **PLAIN)
    with pytest.raises(AdjointError, match="basis"):
        zg.gradient(lambda a: la.null_space(a.T)[0, 0], a)
