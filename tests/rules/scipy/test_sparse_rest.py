"""Sparse matrices: items and blocks, eigenvalues, singular values, least squares, kept factors."""

import matrices as mat
import numpy as np
import pytest
import scipy.linalg as la
import scipy.sparse as sp
import scipy.sparse.linalg as spl

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

KINDS = pytest.mark.parametrize("kind", [float, complex])
ONCE = {"second": False, "single": False}
DENSE = np.array([[0, 1.5, 0, 2], [3, 0, 0, 0], [0, 0, 4, 5.0]])
ROWS, COLUMNS = np.nonzero(DENSE)
DATA = DENSE[ROWS, COLUMNS]


def at(d, kind=sp.csr_array, shape=(3, 4)):
    return kind(sp.coo_array((d, (ROWS, COLUMNS)), shape=shape))


def plain(y):
    return y.toarray() if sp.issparse(y) else np.asarray(y)


KEYS = {
    "item": (0, 1), "zero": (0, 0), "row": 1, "row and all": (0, slice(None)),
    "rows": [2, 0, 2], "slices": (slice(1, 3), slice(0, 4, 2)), "items": ([0, 2], [1, 3]),
    "outer": (np.array([[0], [2]]), [3, 1]), "column": (slice(None), 1),
    "reversed": (slice(None, None, -1), slice(None)), "mask": [True, False, True],
    "some of a row": (0, [1, 3]),
}  # fmt: skip


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_array, sp.csr_matrix, sp.csc_matrix])
@pytest.mark.parametrize("name", KEYS)
def test_items(name, kind):
    key = KEYS[name]
    check_adjoint(lambda d: plain(at(d, kind)[key]), DATA, second=False)
    known = plain(kind(DENSE)[key])
    assert np.array_equal(zg.pullback(lambda d: plain(at(d, kind)[key]), DATA)[0], known)


def test_items_of_other_kinds():
    z = DATA * np.exp(1j * DATA)
    check_adjoint(lambda d: plain(at(d)[[0, 2], 1:]), z, second=False)
    check_adjoint(lambda d: plain(at(d)[0]) ** 2, DATA)
    f = zg.gradient(lambda d: at(d)[0, 1] * 3, DATA.astype(np.float32))[0]
    assert f.dtype == np.float32 and f.tolist() == [3, 0, 0, 0, 0]
    assert zg.gradient(lambda d: at(d)[0, 1] * 3, np.arange(5))[0].dtype == float
    twice = sp.csr_array((np.ones(2), [1, 1], [0, 2]), shape=(1, 2))
    with pytest.raises(UnsupportedError, match="sum_duplicates"):
        zg.gradient(lambda d: sp.csr_array((d, [1, 1], [0, 2]), shape=(1, 2))[0, 1], np.ones(2))
    assert twice[0, 1] == 2


STACKS = {
    "vstack": lambda a, b: sp.vstack([a, b]),
    "hstack": lambda a, b: sp.hstack([a, b, a]),
    "hstack of csc": lambda a, b: sp.hstack([sp.csc_array(a), sp.csc_array(b)]),
    "vstack of csc": lambda a, b: sp.vstack([sp.csc_array(a), sp.csc_array(b)], format="csc"),
    "bmat": lambda a, b: sp.bmat([[a, None], [None, b]]),
    "block_array": lambda a, b: sp.block_array([[a, b], [None, a]], format="csr"),
    "block_array as coo": lambda a, b: sp.block_array([[a, b], [b, a]], format="coo"),
    "block_array as float32": lambda a, b: sp.block_array([[a, b]], dtype=np.float64),
    "with dense": lambda a, b: sp.vstack([a, DENSE]),
    "matrices": lambda a, b: sp.vstack([sp.csr_matrix(a), sp.csr_matrix(b)]),
    "block_diag": lambda a, b: sp.block_diag([a, b]),
}


@pytest.mark.parametrize("name", STACKS)
def test_stacks(name):
    f = STACKS[name]
    check_adjoint(lambda d, e: f(at(d), at(e, sp.csr_array)).toarray(), DATA, DATA[::-1], **ONCE)
    found = zg.pullback(lambda d: f(at(d), at(DATA)), DATA)[0]
    known = f(at(DATA), at(DATA))
    assert type(found) is type(known) and found.format == known.format
    assert np.array_equal(found.toarray(), known.toarray())


def test_coordinates_of_many_dimensions():
    def f(d):
        return sp.coo_array((d, ([0, 1, 1], [2, 0, 0], [1, 1, 1])), shape=(2, 3, 2)).toarray()

    check_adjoint(f, np.array([1.0, 2.0, 3.0]))
    check_adjoint(lambda d: sp.coo_array((d, ([0, 2],)), shape=(4,)).toarray(), np.ones(2))


# ----------------------------------------------------------------- eigenvalues


def hermitian(kind):
    return mat.hermitian(5, 5, kind=kind, values=(1.0, 2.0, 3.5, 5.0, 8.0))


def refused(kind, f, a):
    """Forward mode refuses complex vectors, whatever is made of them."""
    if kind is complex:
        with pytest.raises(AdjointError, match="(?s)phases.*Use reverse mode"):
            zg.jvp(f, (a,), (a,))


def symmetric(a):
    return (a + np.conj(a).T) / 2


@KINDS
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array, sp.csc_array, sp.coo_array])
def test_eigsh(kind, form):
    a, v0 = hermitian(kind), np.ones(5)

    def f(a, **options):
        l, v = spl.eigsh(form(symmetric(a)), 2, v0=v0, **options)
        return l, np.abs(v)

    forward = kind is not complex  # phases are those of the Krylov space
    refused(kind, f, a)
    check_adjoint(f, a, layouts=False, rtol=1e-6, forward=forward, **ONCE)
    check_adjoint(f, a, layouts=False, rtol=1e-6, sigma=0.3, forward=forward, **ONCE)
    check_adjoint(f, a, layouts=False, rtol=1e-6, which="SA", forward=forward, **ONCE)
    values = lambda a: spl.eigsh(form(symmetric(a)), 2, v0=v0, return_eigenvectors=False)
    check_adjoint(values, a, layouts=False, rtol=1e-6, **ONCE)
    got = zg.gradient(lambda a: np.sum(values(a) ** 2), a)[0]
    known = zg.gradient(lambda a: np.sum(np.sort(la.eigvalsh(symmetric(a)))[-2:] ** 2), a)[0]
    np.testing.assert_allclose(got, known, rtol=1e-9, atol=1e-10)


@KINDS
def test_eigs(kind):
    a, v0 = mat.general(4, 4, kind=kind) + np.diag([0.0, 0.5, 1.0, 9.0]), np.ones(4)

    def f(a):
        l, v = spl.eigs(sp.csc_array(a), 2, v0=v0)
        return l, np.abs(v)

    # In forward mode it cannot be seen that only sizes matter; real vectors have signs only.
    refused(kind, f, a)
    check_adjoint(f, a, layouts=False, rtol=1e-6, forward=kind is not complex, **ONCE)
    values = lambda a: spl.eigs(sp.csc_array(a), 2, v0=v0, return_eigenvectors=False)
    check_adjoint(values, a, layouts=False, rtol=1e-6, **ONCE)
    with pytest.raises(AdjointError, match="phases"):
        zg.gradient(lambda a: np.imag(spl.eigs(a, 1, v0=v0)[1][0, 0]), a + 0j)


@KINDS
@pytest.mark.parametrize("shape", [(5, 4), (4, 5)])
def test_svds(kind, shape):
    a, v0 = mat.with_singular_values(*shape, kind=kind), np.ones(4)

    def f(a, **options):
        u, s, vh = [x.copy("C") for x in spl.svds(sp.csr_array(a), 2, v0=v0, **options)]
        return np.abs(u), s, np.abs(vh), u @ np.diag(s) @ vh

    forward = kind is not complex  # phases are those of the Krylov space
    refused(kind, f, a)
    check_adjoint(f, a, layouts=False, rtol=1e-6, forward=forward, **ONCE)
    values = lambda a: spl.svds(sp.csr_array(a), 2, v0=v0, return_singular_vectors=False)
    check_adjoint(values, a, layouts=False, rtol=1e-6, **ONCE)
    left = lambda a: np.abs(spl.svds(a, 2, v0=v0, return_singular_vectors="u")[0])
    refused(kind, left, a)
    check_adjoint(left, a, layouts=False, rtol=1e-6, forward=forward, **ONCE)


def test_lobpcg():
    a, x = hermitian(float), np.eye(5)[:, :1] + 0.3

    def f(a):
        l, v = spl.lobpcg(sp.csr_array(symmetric(a)), x, tol=1e-12, maxiter=200)
        return l, np.abs(v)

    check_adjoint(f, a, layouts=False, rtol=1e-5, atol=1e-8, **ONCE)


def test_second_derivatives_of_eigenvalues():
    a, b = hermitian(float), symmetric(mat.random(5, 5))
    v0 = np.ones(5)
    sparse = lambda t: spl.eigsh(sp.csc_array(a + t * b), 1, v0=v0, tol=1e-14)[0][0]
    dense = lambda t: np.linalg.eigvalsh(a + t * b)[-1]
    second = [zg.gradient(lambda t, f=f: zg.gradient(f, t)[0], 0.1)[0] for f in (sparse, dense)]
    assert second[0] == pytest.approx(second[1], rel=1e-8)


def test_eigenvalues_that_are_not_simple_are_errors():
    for a in (np.eye(4), np.diag([1.0, 2.0, 5.0, 5.0])):
        with pytest.raises(AdjointError, match="simple"):
            zg.gradient(lambda a: spl.eigsh(a, 1, v0=np.arange(1.0, 5.0))[1][3, 0] ** 2, a)
    with pytest.raises(UnsupportedError, match="M="):
        zg.gradient(lambda a: spl.eigsh(a, 1, M=np.eye(4))[0][0], np.eye(4))
    with pytest.raises(UnsupportedError, match="LinearOperator"):
        zg.gradient(lambda a: spl.eigsh(spl.aslinearoperator(a), 1)[0][0], hermitian(float))


# -------------------------------------------------------- least squares, direct solvers


@KINDS
@pytest.mark.parametrize("name", ["lsqr", "lsmr"])
def test_least_squares(name, kind):
    a, b = mat.with_singular_values(5, 3, kind=kind), mat.random(5, kind=kind)
    options = {"atol": 1e-14, "btol": 1e-14}
    f = lambda a, b: getattr(spl, name)(sp.csr_array(a), b, **options)[0]
    check_adjoint(f, a, b, layouts=False, rtol=1e-6, **ONCE)
    damped = lambda a, b, d: getattr(spl, name)(a, b, d, **options)[0]
    check_adjoint(damped, a, b, 0.7, layouts=False, rtol=1e-6, **ONCE)
    check_adjoint(damped, a.T, b[:3], 0.7, layouts=False, rtol=1e-6, **ONCE)
    dy = np.array([0.3, -1.0, 0.7])
    got = zg.pullback(f, a, b)[1](dy)
    known = zg.pullback(lambda a, b: np.linalg.lstsq(a, b)[0], a, b)[1](dy)
    for i in range(2):
        np.testing.assert_allclose(got[i], known[i], rtol=1e-8, atol=1e-10)
    with pytest.raises(AdjointError, match="rank"):
        zg.gradient(lambda a: np.sum(np.abs(f(a, b[:3]))), a.T.copy())
    with pytest.raises(AdjointError, match="report"):
        zg.gradient(lambda b: getattr(spl, name)(a, b)[3], b)


@KINDS
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("unit", [False, True])
def test_spsolve_triangular(kind, lower, unit):
    a, triangle = mat.random(4, 4, kind=kind) + 3 * np.eye(4), np.tril if lower else np.triu
    b = mat.random(4, 2, kind=kind)
    options = {"lower": lower, "unit_diagonal": unit}
    for form in (sp.csr_array, sp.csc_array):
        f = lambda a, b, form=form: spl.spsolve_triangular(form(triangle(a)), b, **options)
        check_adjoint(f, a, b, layouts=False, rtol=1e-6, second=True, single=False)
        check_adjoint(f, a, b[:, 0], layouts=False, rtol=1e-6, **ONCE)


@KINDS
def test_factors_that_are_kept(kind):
    a, b = mat.with_singular_values(4, 4, kind=kind), mat.random(4, 2, kind=kind)

    def f(a, b):
        lu = spl.splu(sp.csc_array(a))
        return lu.solve(b), lu.solve(b[:, 0], "T"), lu.solve(b, "H")

    check_adjoint(f, a, b, layouts=False, rtol=1e-6, second=True, single=False)
    check_adjoint(lambda a, b: spl.factorized(sp.csc_array(a))(b), a, b[:, 1].copy(),
                  layouts=False, **ONCE)  # fmt: skip
    lu = zg.pullback(lambda a: spl.splu(sp.csc_array(a)), a)[0]
    known = spl.splu(sp.csc_array(a))
    assert lu.shape == known.shape and lu.nnz == known.nnz
    assert np.array_equal(lu.perm_r, known.perm_r) and np.array_equal(lu.perm_c, known.perm_c)
    with pytest.raises(UnsupportedError, match="triangular factors"):
        zg.gradient(lambda a: np.real(spl.splu(sp.csc_array(a)).L[1, 0]), a)


@KINDS
def test_inverse(kind):
    a, w = mat.with_singular_values(4, 4, kind=kind), mat.random(4, 4, kind=kind, seed=3)
    for form in (sp.csc_array, sp.csc_matrix):
        f = lambda a, form=form: spl.spsolve(form(a), form(np.eye(4))).toarray()
        got = zg.pullback(f, a)[1](w)[0]
        inverse = np.conj(np.linalg.inv(a)).T
        np.testing.assert_allclose(got, -inverse @ w @ inverse, rtol=1e-11)


def test_sparse_right_sides():
    d = np.array([2.0, 0.3, 1.5, 0.7, 3.0])
    where = ([0, 0, 1, 1, 2], [0, 1, 1, 0, 2])
    a = lambda d: sp.csc_array(sp.coo_array((d, where), shape=(3, 3)))
    check_adjoint(lambda d: spl.inv(a(d)).toarray(), d, rtol=1e-6, single=False)
    check_adjoint(lambda d: spl.expm(a(d)).toarray(), d, rtol=1e-6, **ONCE)
    known = zg.gradient(lambda d: np.sum(np.sin(la.expm(a(d).toarray()))), d)[0]
    got = zg.gradient(lambda d: np.sum(np.sin(spl.expm(a(d)).toarray())), d)[0]
    np.testing.assert_allclose(got, known, rtol=1e-9, atol=1e-11)
    column = lambda d: spl.spsolve(a(d), sp.csc_array(np.ones((3, 1))))
    check_adjoint(column, d, rtol=1e-6, **ONCE)


def test_zeros_that_have_to_be():
    """Of a permutation, and of a triangle."""
    for rows, columns in (([0, 1, 2], [2, 0, 1]), ([0, 1, 2, 2], [0, 1, 0, 2])):
        d = np.array([2.0, 3.0, -1.5, 0.7])[: len(rows)]
        a = lambda d, w=(rows, columns): sp.csc_array(sp.coo_array((d, w), shape=(3, 3)))
        check_adjoint(lambda d, a=a: spl.inv(a(d)).toarray(), d, rtol=1e-6, single=False)


def test_zeros_that_are_dropped_by_accident_are_errors():
    """The solution has a zero where it only happens to vanish."""
    b = sp.csc_array(np.array([[1.0, 0.0], [0.5, 1.0]]))

    def f(t):
        a = sp.csc_array(sp.coo_array(([2.0, t, 1.0, 2.0], ([0, 0, 1, 1], [0, 1, 0, 1]))))
        return spl.spsolve(a, b).toarray()[1, 0]

    with pytest.raises(UnsupportedError, match="drops zeros"):
        zg.gradient(f, 0.7)
