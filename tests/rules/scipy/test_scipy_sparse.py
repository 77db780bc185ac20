"""Rules of `scipy.sparse` and `scipy.sparse.linalg`."""

import matrices as mat
import numpy as np
import pytest
import scipy
import scipy.sparse as sp
import scipy.sparse.linalg as spl

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

KINDS = mat.KINDS
FORMATS = ["csr", "csc", "coo", "bsr", "dia", "lil", "dok"]
PATTERN = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1], [0, 1, 0, 0]])

#: products of diagonals and matrices go by another format, which drops the zeros
OLD = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 16)

# places with repetitions
ROWS, COLUMNS = np.array([0, 2, 1, 0, 2, 3, 0]), np.array([1, 0, 1, 1, 2, 3, 0])


def stored(kind=float, square=False):
    """The parts of a csr array."""
    dense = mat.random(5, 4, kind=kind) * PATTERN
    matrix = sp.csr_array(dense[:4] + 3 * np.eye(4) if square else dense)
    return matrix.data, matrix.indices, matrix.indptr


# ------------------------------------------------------------- constant sparse matrices


@KINDS
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("flavour", ["array", "matrix"])
def test_products_with_a_constant_matrix(kind, name, flavour):
    s = getattr(sp, f"{name}_{flavour}")(mat.random(5, 4, kind=kind) * PATTERN)
    x, y = mat.random(4, kind=kind), mat.random(5, kind=kind)
    two = mat.random(4, 2, kind=kind)
    second = name != "dok"  # Python code that writes into arrays
    check_adjoint(lambda x: s @ x, x, second=second)
    check_adjoint(lambda x: s @ x, two, second=second)
    check_adjoint(lambda x: s.dot(x), two, second=second)
    check_adjoint(lambda y: y @ s, y, second=second)
    check_adjoint(lambda y: s.T @ y, y, second=second)
    if name not in ("lil", "dok"):
        check_adjoint(lambda y: s.conj().T @ y, y, second=second)
    if flavour == "matrix":
        check_adjoint(lambda x: s * x, x, second=second)


# -------------------------------------------------------------------- the stored numbers


@KINDS
@pytest.mark.parametrize("make", [
    lambda d, i, p: sp.csr_array((d, i, p), shape=(5, 4)),
    lambda d, i, p: sp.csr_matrix((d, i, p)),
    lambda d, i, p: sp.csc_array((d, i, p), shape=(4, 5)).T,
    lambda d, i, p: sp.csr_array((d, i, p), shape=(5, 4)).tocsc(),
    lambda d, i, p: sp.csr_array((d, i, p), shape=(5, 4)).tocoo(),
    lambda d, i, p: sp.csr_array((d, i, p), shape=(5, 4)).tocsc().tocoo().tocsr(),
    lambda d, i, p: sp.csr_array((d, i, p), shape=(5, 4)).todia(),
    lambda d, i, p: sp.csr_array((d, i, p), shape=(5, 4)).copy() * 2.0,
    lambda d, i, p: -sp.csr_array((d, i, p), shape=(5, 4)) / 3.0,
])  # fmt: skip
def test_products_with_stored_numbers(kind, make):
    data, indices, pointers = stored(kind)
    columns = [(4,)] if OLD and make(data, indices, pointers).format == "dia" else [(4,), (4, 2)]
    for x in [mat.random(*shape, kind=kind) for shape in columns]:
        check_adjoint(lambda d, x: make(d, indices, pointers) @ x, data, x)
    x = mat.random(5, kind=kind)
    check_adjoint(lambda d, x: x @ make(d, indices, pointers), data, x)


@KINDS
def test_second_derivative(kind):
    data, indices, pointers = stored(kind)

    def f(d, x):
        return sp.csr_array((d * d, indices, pointers), shape=(5, 4)) @ (x * x)

    check_adjoint(f, data, mat.random(4, kind=kind))


@pytest.mark.parametrize("make", [
    sp.coo_array, sp.coo_matrix, sp.csr_array, sp.csc_matrix, sp.bsr_array,
    lambda *a, **k: sp.coo_array(*a, **k).tocsr(), lambda *a, **k: sp.coo_array(*a, **k).todia(),
    lambda *a, **k: sp.coo_array(*a, **k).tocsc().tocoo(),
])  # fmt: skip
@KINDS
def test_repeated_places(make, kind):
    def f(d, x):
        return make((d, (ROWS, COLUMNS)), shape=(4, 4)) @ x

    check_adjoint(f, mat.random(7, kind=kind), mat.random(4, kind=kind))


@KINDS
def test_blocks_and_diagonals(kind):
    x = mat.random(6, kind=kind)
    index, pointers = np.array([0, 2, 1]), np.array([0, 2, 3])

    def blocks(d, x):
        return sp.bsr_array((d, index, pointers), shape=(4, 6)) @ x

    check_adjoint(blocks, mat.random(3, 2, 2, kind=kind), x)

    def bands(d, x):
        return sp.dia_array((d, [-1, 0, 2]), shape=(5, 6)) @ x

    check_adjoint(bands, mat.random(3, 6, kind=kind), x)
    check_adjoint(lambda d, x: sp.diags([d, d[1:]], [0, 1]) @ x, x, x + 1)
    check_adjoint(lambda d, x: sp.diags(d).tocsr() @ x, x, x + 1)


@KINDS
def test_dense_arrays_diagonals_and_sums(kind):
    data, indices, pointers = stored(kind)

    def s(d):
        return sp.csr_array((d, indices, pointers), shape=(5, 4))

    for f in (
        lambda d: s(d).toarray(),
        lambda d: s(d).tocsc().toarray(),
        lambda d: s(d).tocoo().toarray(),
        lambda d: s(d).todia().toarray(),
        lambda d: s(d).todense(),
        lambda d: s(d).diagonal(),
        lambda d: s(d).diagonal(-1),
        lambda d: s(d).sum(),
        lambda d: s(d).sum(axis=0),
        lambda d: s(d).sum(axis=1),
        lambda d: s(d).mean(axis=1),
        lambda d: s(d).trace(),
    ):
        check_adjoint(f, data)


@KINDS
@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_array, sp.csr_matrix, sp.coo_array])
def test_sums_and_products_of_two(kind, make):
    r, c = np.array([0, 2, 1, 0, 3]), np.array([1, 0, 1, 3, 3])
    x = mat.random(4, kind=kind)

    def both(d, e):
        a = make((d, (r, c)), shape=(4, 4))
        return a, sp.csr_array((e, (c, r)), shape=(4, 4))

    fixed = make(mat.random(4, 4, kind=kind) * PATTERN[:4])
    d, e = mat.random(5, kind=kind), mat.random(5, kind=kind, seed=1)
    for f in (
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: fixed + a,
        lambda a, b: a @ b,
        lambda a, b: a @ b @ a.T,
        lambda a, b: fixed @ b,
        lambda a, b: a @ fixed,
    ):
        check_adjoint(lambda d, e, f=f: f(*both(d, e)) @ x, d, e)

    def product(d, e):
        a = sp.csr_array((d, np.array([1, 3, 1, 0, 3]), np.array([0, 2, 3, 4, 5])), shape=(4, 4))
        return (a @ a.T).toarray() * e[0]

    check_adjoint(product, d, e)
    with pytest.raises(UnsupportedError, match="drops zeros"):
        zg.gradient(lambda d: ((lambda a: a - a)(both(d, e)[0]) @ x).real.sum(), d)


def test_a_scalar_times_a_matrix():
    s = sp.csr_array(PATTERN * 1.0)
    x = mat.random(4)
    assert zg.gradient(lambda c: np.sum((c * s) @ x), 2.0)[0] == pytest.approx(np.sum(s @ x))


def test_only_stored_entries_have_derivatives():
    da = zg.gradient(lambda a: np.sum(sp.csr_array(a) @ np.ones(2)), np.array([[1.0, 0], [2, 3]]))[
        0
    ]
    assert da.tolist() == [[1, 0], [1, 1]]


def test_stored_zeros_are_not_dropped_silently():
    with pytest.raises(UnsupportedError, match="drops zeros"):
        zg.gradient(lambda d: (sp.diags(d).tocsr() @ np.ones(3)).sum(), np.array([1.0, 0.0, 2.0]))


@pytest.mark.parametrize("f", [lambda s: s.multiply(s), lambda s: s.max(0)])
def test_what_is_refused(f):
    data, indices, pointers = stored()

    def total(d):
        return (f(sp.csr_array((d, indices, pointers), shape=(5, 4))).tocsr()).sum()

    total(data)  # what C code stores may be in memory already
    with pytest.raises((UnsupportedError, AdjointError)):
        zg.gradient(total, data)


# ------------------------------------------------------------------------------ solving


@KINDS
@pytest.mark.parametrize("make", [sp.csr_array, sp.csc_array, sp.csc_matrix])
def test_spsolve(kind, make):
    data, indices, pointers = stored(kind, square=True)
    for columns in ((), (2,)):
        b = mat.random(4, *columns, kind=kind)
        check_adjoint(lambda d, b: spl.spsolve(make((d, indices, pointers)), b), data, b,
                      single=False, layouts=False)  # fmt: skip


def test_spsolve_against_a_dense_inverse():
    data, indices, pointers = stored(square=True)
    b, w = mat.random(4), mat.random(4, seed=3)

    def f(d, b):
        return w @ spl.spsolve(sp.csr_array((d, indices, pointers)), b)

    inverse = np.linalg.inv(sp.csr_array((data, indices, pointers)).toarray())
    dd, db = zg.gradient(f, data, b)
    np.testing.assert_allclose(db, inverse.T @ w, rtol=1e-12)
    full = -np.outer(inverse.T @ w, inverse @ b)
    rows = np.repeat(np.arange(4), np.diff(pointers))
    np.testing.assert_allclose(dd, full[rows, indices], rtol=1e-12)


@KINDS
@pytest.mark.parametrize("trans", ["N", "T", "H"])
def test_factors(kind, trans):
    data, indices, pointers = stored(kind, square=True)
    s = sp.csc_array((data, indices, pointers))
    factors, solve = spl.splu(s), spl.factorized(s)
    for columns in ((), (2,)):
        b = mat.random(4, *columns, kind=kind)
        check_adjoint(lambda b: factors.solve(b, trans), b, single=False)
    check_adjoint(lambda b: solve(b), mat.random(4, kind=kind), single=False)
    with pytest.raises(UnsupportedError, match="splu"):
        zg.gradient(
            lambda d: np.real(spl.spilu(sp.csc_array((d, indices, pointers))).solve(b)).sum(), data
        )


ITERATIONS = ["cg", "bicg", "bicgstab", "cgs", "gmres", "lgmres", "minres", "qmr", "tfqmr",
              "gcrotmk"]  # fmt: skip


@pytest.mark.parametrize("name", ITERATIONS)
def test_iterations(name):
    solve, tight = getattr(spl, name), {"rtol": 1e-13}
    if name != "minres":
        tight["atol"] = 0.0
    a, b, w = mat.hermitian(4, 4), mat.random(4), mat.random(4, seed=3)
    if name not in ("cg", "minres"):
        a = a + 0.1 * mat.random(4, 4)
    inverse = np.linalg.inv(a)
    expected = -np.outer(inverse.T @ w, inverse @ b)
    da, db = zg.gradient(lambda a, b: w @ solve(a, b, **tight)[0], a, b)
    np.testing.assert_allclose(da, expected, rtol=1e-9)
    np.testing.assert_allclose(db, inverse.T @ w, rtol=1e-9)
    s = sp.csr_array(a)

    def sparse(d, b):
        return w @ solve(sp.csr_array((d, s.indices, s.indptr)), b, x0=None, **tight)[0]

    dd, db = zg.gradient(sparse, s.data, b)
    np.testing.assert_allclose(dd, expected.ravel(), rtol=1e-9)
    np.testing.assert_allclose(db, inverse.T @ w, rtol=1e-9)
    if name == "gmres":  # one of them for the rule that all have
        check_adjoint(lambda a, b: solve(a, b, **tight)[0], a, b, single=False, rtol=1e-6)
        check_adjoint(sparse, s.data, b, single=False, rtol=1e-6)


def test_iterations_with_a_preconditioner():
    a = mat.hermitian(4, 4) + 0.1 * mat.random(4, 4)
    b, w = mat.random(4), mat.random(4, seed=3)
    m = np.diag(1 / np.diag(a)) + 0.01 * mat.random(4, 4)
    inverse = np.linalg.inv(a)
    for preconditioner in (m, spl.aslinearoperator(m)):
        options = {"rtol": 1e-13, "M": preconditioner}
        db = zg.gradient(lambda b, o=options: w @ spl.gmres(a, b, **o)[0], b)[0]
        np.testing.assert_allclose(db, inverse.T @ w, rtol=1e-9)


def test_iterations_that_do_not_give_the_solution():
    a, b = mat.hermitian(4, 4), mat.random(4)
    with pytest.raises(AdjointError, match="converge"):
        zg.gradient(lambda b: spl.cg(a, b, maxiter=1)[0].sum(), b)
    operator = spl.aslinearoperator(a)
    with pytest.raises(UnsupportedError, match="Operator"):
        zg.gradient(lambda b: spl.cg(operator, b)[0].sum(), b)


def test_constant_matrices_may_do_anything():
    s, operator = sp.csr_array(mat.hermitian(4, 4)), spl.aslinearoperator(mat.hermitian(4, 4))
    x, zeros = mat.random(4), sp.diags(np.array([0.0, 1.0, 2.0, 3.0]))

    def f(x):
        box = [x]  # what may be active lies in memory, so all code is run by the machine
        t = s.multiply(s)[1:3] @ (s @ s).tocsc() + s.maximum(0)[:2]
        y = t @ box[0] + s.max() + spl.splu(s.tocsc()).solve(np.ones(4))[:2]
        y = y + spl.cg(operator, np.ones(4))[0][:2] + zeros.tocsr()[:2, 1:2].toarray()[:, 0]
        y = y + sp.coo_array(np.array([1.0, 0.0, 2.0])).toarray()[:2] if not OLD else y
        return np.sum(y * (spl.spsolve(s.tocsc(), sp.csc_array(np.ones((4, 1)))).sum()))

    check_adjoint(f, x)
