"""Rules of `numpy.linalg` for norms and condition numbers."""

import matrices as mat
import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, NotSmoothWarning
from zygcore.testing import check_adjoint

L = np.linalg
KINDS = mat.KINDS
VECTOR = [None, 2, 1, np.inf, -np.inf, 0, 3, 2.5, 0.5, -1, -2.5]
MATRIX = [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf]


def entries(*shape, kind=float):
    """Entries whose sizes, and sums of sizes, are far apart."""
    x = np.sign(mat.random(*shape)) * np.cumsum(np.linspace(0.5, 1.0, int(np.prod(shape)))).reshape(
        shape
    )
    return x * np.exp(1j * x) if kind is complex else x


@KINDS
@pytest.mark.parametrize("ord", VECTOR)
def test_vectors(kind, ord):
    x = entries(2, 3, kind=kind)
    check_adjoint(L.norm, x[0], ord=ord)
    check_adjoint(L.norm, x, ord=ord, axis=0)
    check_adjoint(L.norm, x, ord=ord, axis=-1, keepdims=True)
    ord = 2 if ord is None else ord
    check_adjoint(lambda x: L.vector_norm(x, ord=ord), x)
    check_adjoint(lambda x: L.vector_norm(x, ord=ord, axis=(0, -1), keepdims=True), x)


@KINDS
@pytest.mark.parametrize("ord", MATRIX)
def test_matrices(kind, ord):
    x = entries(2, 3, kind=kind)
    if ord in ("nuc", 2, -2):
        x = mat.with_singular_values(2, 3, kind=kind)
    check_adjoint(L.norm, x, ord=ord)
    check_adjoint(L.norm, x, ord=ord, keepdims=True)
    y = np.stack([x, 2 * x, -3 * x])
    check_adjoint(L.norm, y, ord=ord, axis=(1, 2))
    check_adjoint(L.norm, np.moveaxis(y, 0, 1), ord=ord, axis=(-1, 0), keepdims=True)
    check_adjoint(lambda x: L.matrix_norm(x, ord="fro" if ord is None else ord), y)


@KINDS
def test_whole_arrays(kind):
    check_adjoint(L.norm, entries(2, 3, 2, kind=kind))
    check_adjoint(L.norm, entries(2, 3, 2, kind=kind), keepdims=True)


@pytest.mark.parametrize("ord", VECTOR)
def test_zero_vector(ord):
    if ord is not None and ord < 0 and ord != -np.inf:
        with np.errstate(divide="ignore"):
            dx = zg.gradient(lambda x: L.norm(x, ord), np.zeros(3))[0]
    else:
        dx = zg.gradient(lambda x: L.norm(x, ord), np.zeros(3))[0]
    assert dx.tolist() == [0, 0, 0]


@pytest.mark.parametrize("ord", MATRIX)
def test_zero_matrix(ord):
    assert np.all(zg.gradient(lambda x: L.norm(x, ord), np.zeros((3, 2)))[0] == 0)


def test_zero_entries():
    for ord in (0.5, 1, 1.5, 3):
        dx = zg.gradient(L.norm, np.array([0.0, 2.0]), ord)[0]
        assert dx.tolist() == [0, 1]
    dx = zg.gradient(lambda x: L.norm(x, axis=1).sum(), np.array([[0.0, 0], [3, 4]]))[0]
    np.testing.assert_allclose(dx, [[0, 0], [0.6, 0.8]], rtol=1e-15)


@KINDS
@pytest.mark.parametrize("ord", [1.0, 2.0, 2.5, 0.5, -1.5])
def test_derivative_with_respect_to_the_order(kind, ord):
    x = entries(2, 3, kind=kind)
    check_adjoint(lambda x, p: L.norm(x, p, axis=0), x, ord)
    dp = zg.gradient(lambda p: L.norm([0.0, 2.0], p), 3.0)[0]
    assert dp == 0
    names = zg.gradient(lambda x, p: L.norm(x, p) + L.cond(x, p), np.diag([1.0, 3.0]), 2.0)
    assert not names[1]


def test_ties_share():
    dx = zg.gradient(lambda x: L.norm(x, np.inf), np.array([2.0, -2.0, 1.0]))[0]
    assert dx.tolist() == [0.5, -0.5, 0]
    dx = zg.gradient(lambda x: L.norm(x, 1), np.array([[2.0, -1.0], [1.0, 2.0]]))[0]
    assert dx.tolist() == [[0.5, -0.5], [0.5, 0.5]]
    for ord in (2, -2):
        dx = zg.gradient(L.norm, np.eye(4), ord)[0]
        np.testing.assert_allclose(dx, np.eye(4) / 4, atol=1e-15)


def test_integers_and_lists():
    np.testing.assert_allclose(zg.gradient(L.norm, np.array([3, 4]))[0], [0.6, 0.8], rtol=1e-15)
    assert zg.gradient(lambda x: L.norm([x, 4.0]), 3.0)[0] == pytest.approx(0.6)


@KINDS
@pytest.mark.parametrize("p", MATRIX)
def test_condition_number(kind, p):
    check_adjoint(L.cond, mat.general(3, 3, kind=kind), p=p, step=1e-4)
    check_adjoint(L.cond, mat.general(2, 3, 3, kind=kind), p=p, step=1e-4)


def test_condition_number_of_rectangular_and_singular_matrices():
    check_adjoint(L.cond, mat.with_singular_values(4, 3))
    assert np.all(zg.gradient(L.cond, np.array([[2.0]]))[0] == 0)
    with pytest.raises(AdjointError, match="infinite"):
        zg.gradient(L.cond, np.zeros((2, 2)))
    with pytest.raises(AdjointError, match="infinite"):
        zg.gradient(lambda a: L.cond(a, 1), np.zeros((2, 2)))
    with pytest.warns(NotSmoothWarning):
        assert np.all(zg.gradient(L.cond, np.eye(2))[0] == 0)
