"""Rules of `numpy.linalg`: inverses, systems of equations, determinants."""

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
def test_inverse_and_determinant(kind, shape):
    a = mat.general(*shape, kind=kind)
    check_adjoint(L.inv, a)
    check_adjoint(L.det, a)
    check_adjoint(L.slogdet, a)
    check_adjoint(L.matrix_power, a, -3)
    check_adjoint(L.matrix_power, a, 3)


@pytest.mark.parametrize("f", [L.inv, L.det, lambda a: L.slogdet(a).logabsdet])
def test_empty_stack(f):
    (da,) = zg.gradient(lambda a: np.sum(f(a)), np.zeros((0, 3, 3)))
    assert da.shape == (0, 3, 3)


@KINDS
def test_closed_forms(kind):
    a = mat.general(3, 3, kind=kind)
    da = zg.gradient(lambda a: np.real(L.det(a)), a)[0]
    np.testing.assert_allclose(da, np.conj(L.det(a) * L.inv(a).T), rtol=1e-13)
    da = zg.gradient(lambda a: L.slogdet(a).logabsdet, a)[0]
    np.testing.assert_allclose(da, np.conj(L.inv(a).T), rtol=1e-13)
    w = mat.random(3, 3, kind=kind, seed=4)
    da = zg.gradient(lambda a: np.real(np.sum(np.conj(w) * L.inv(a))), a)[0]
    expected = -mat.adjoint(L.inv(a)) @ w @ mat.adjoint(L.inv(a))
    np.testing.assert_allclose(da, expected, rtol=1e-12)


SINGULAR = [
    [[1.0, 2, 3], [2, 4, 6], [0, 0, 1]], [[0.0, 0, 0], [0, 1, 0], [0, 0, 1]], np.zeros((3, 3)),
    np.zeros((1, 1)), [[1.0, 1], [1, 1]],
]  # fmt: skip


def adjugate(a):
    n = len(a)
    return np.array([[(-1) ** (i + j) * L.det(np.delete(np.delete(a, i, 0), j, 1))
                      for i in range(n)] for j in range(n)])  # fmt: skip


@pytest.mark.parametrize("a", SINGULAR)
def test_determinant_of_a_singular_matrix(a):
    a = np.array(a)
    da = zg.gradient(L.det, a)[0]
    np.testing.assert_allclose(da, adjugate(a).T, atol=1e-12)
    check_adjoint(L.det, a)
    check_adjoint(L.det, a * (1 + 2j))
    check_adjoint(L.det, np.stack([a, np.eye(len(a))]))


def test_logarithm_of_zero():
    with pytest.raises(AdjointError, match="zero"):
        zg.gradient(lambda a: L.slogdet(a).logabsdet, np.zeros((2, 2)))


SOLVE = [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)),
         ((2, 3, 3), (2, 3, 2)), ((3, 3), (2, 3, 2)), ((1, 3, 3), (2, 3, 1)),
         ((3, 3), (3, 0))]  # fmt: skip


@KINDS
@pytest.mark.parametrize(("a", "b"), SOLVE)
def test_solve(a, b, kind):
    check_adjoint(L.solve, mat.general(*a, kind=kind), mat.random(*b, kind=kind))


def test_solve_mixed_kinds():
    a, b = mat.general(3, 3), mat.random(3, kind=complex)
    check_adjoint(L.solve, a, b)
    check_adjoint(L.solve, a * 1j, mat.random(3))
    check_adjoint(lambda x: L.solve([[2, 1], [1, 3]], x), np.array([1.0, 2.0]))
    da, db = zg.gradient(lambda a, b: np.sum(L.solve(a, b)), np.array([[2, 1], [1, 3]]), [1.0, 2.0])
    assert da.dtype == float and type(db) is list


@KINDS
@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4), (2, 4, 3)])
def test_pseudo_inverse(kind, shape):
    check_adjoint(L.pinv, mat.with_singular_values(*shape, kind=kind))


@KINDS
def test_pseudo_inverse_of_a_hermitian_matrix(kind):
    check_adjoint(lambda a: L.pinv(a, hermitian=True), mat.hermitian(3, 3, kind=kind))


def test_pseudo_inverse_of_fixed_rank():
    # of a matrix without full rank, along matrices of the same rank
    b = mat.random(4, 2)
    check_adjoint(lambda b: L.pinv(b @ b.T), b, rtol=1e-6)
    check_adjoint(lambda b: L.pinv(b @ b.T, rcond=1e-10, hermitian=True), b, rtol=1e-6)


@KINDS
@pytest.mark.parametrize("m, n", [(4, 3), (3, 4), (3, 3)])
@pytest.mark.parametrize("columns", [(), (2,)])
def test_least_squares(kind, m, n, columns):
    def f(a, b, rcond=None):
        x, residuals, _, s = L.lstsq(a, b, rcond)
        return x, residuals, s

    a, b = mat.with_singular_values(m, n, kind=kind), mat.random(m, *columns, kind=kind)
    check_adjoint(f, a, b)
    check_adjoint(f, a, b, 1e-10)
    assert np.all(zg.gradient(lambda b: L.lstsq(a, b)[3].sum(), b)[0] == 0)


@KINDS
def test_tensor_equations(kind):
    a, b = mat.random(2, 3, 6, kind=kind), mat.random(2, 3, kind=kind)
    check_adjoint(L.tensorsolve, a, b)
    check_adjoint(lambda a, b: L.tensorsolve(a, b, axes=(1,)), mat.random(2, 6, 3, kind=kind), b)
    check_adjoint(L.tensorinv, mat.random(4, 6, 8, 3, kind=kind), ind=2, second=False)
    with pytest.raises(L.LinAlgError, match="requirement"):
        zg.gradient(lambda a: L.tensorsolve(a, np.ones(3)).sum(), np.ones((2, 3)))


@KINDS
def test_products(kind):
    def x(*shape):
        return mat.random(*shape, kind=kind, seed=len(shape))

    check_adjoint(lambda *xs: L.multi_dot(xs), x(2, 3), x(3, 4), x(4, 2), x(2))
    check_adjoint(L.outer, x(3), x(4))
    check_adjoint(L.matmul, x(2, 3, 4), x(4, 2))
    check_adjoint(L.tensordot, x(2, 3, 4), x(3, 4, 2))
    check_adjoint(L.cross, x(4, 3), x(4, 3))
    check_adjoint(L.trace, x(2, 3, 4), offset=1)
    check_adjoint(L.diagonal, x(2, 3, 4), offset=-1)
    check_adjoint(L.matrix_transpose, x(2, 3, 4))


def test_rank_is_constant():
    assert zg.gradient(lambda a: a[0, 0] * L.matrix_rank(a), np.eye(2))[0].tolist() == [
        [2, 0],
        [0, 0],
    ]


def test_lists_of_numbers():
    assert zg.gradient(lambda x: L.det([[x, 1.0], [1.0, 3.0]]), 2.0)[0] == pytest.approx(3)
    dx = zg.gradient(lambda x: L.eigvalsh([[x, 0.0], [0.0, 3.0]])[0], 2.0)[0]
    assert dx == pytest.approx(1)
