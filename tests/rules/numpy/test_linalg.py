"""Rules of `numpy.linalg`."""

import numpy as np
import pytest
from checking import call_rule, check

from zygcore.errors import AdjointError, UnsupportedError
from zygcore.rules.numpy import _linalg as rules
from zygcore.rules.registry import RULES


def matrices(*shape, kind=float):
    rng = np.random.default_rng(0)
    a = rng.standard_normal(shape)
    if kind is complex:
        a = a + 1j * rng.standard_normal(shape)
    return (a + 3 * np.eye(shape[-1])).astype(kind) if shape[-1] == shape[-2] else a.astype(kind)


@pytest.mark.parametrize("kind", [float, np.float32, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3), (0, 3, 3), (1, 1)])
def test_inverse_and_determinant(kind, shape):
    a = matrices(*shape, kind=kind)
    check(np.linalg.inv, a)
    check(np.linalg.det, a)
    if kind is not complex:
        value = np.linalg.slogdet(a).logabsdet
        check_log_det(a, value)
        result = RULES[np.linalg.slogdet].function(a)
        assert all(map(np.array_equal, result, np.linalg.slogdet(a)))


def check_log_det(a, value):
    _, back = call_rule(rules.log_det, a, value)
    da = back(np.ones_like(value))[0]
    assert da.dtype == a.dtype
    np.testing.assert_allclose(da, np.swapaxes(np.linalg.inv(a), -1, -2), rtol=1e-4)


SOLVE = [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)),
         ((2, 3, 3), (2, 3, 2)), ((3, 3), (2, 3, 2)), ((1, 3, 3), (2, 3, 1))]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), SOLVE)
@pytest.mark.parametrize("kind", [float, np.float32, complex])
def test_solve(a, b, kind):
    rhs = np.random.default_rng(1).standard_normal(b).astype(kind)
    check(np.linalg.solve, matrices(*a, kind=kind), rhs, rtol=1e-7)


def test_cholesky():
    for shape in [(3, 3), (2, 3, 3), (1, 1)]:
        b = matrices(*shape)
        a = b @ np.swapaxes(b, -1, -2) + np.eye(shape[-1])
        check(np.linalg.cholesky, a)
        check(np.linalg.cholesky, a.astype(np.float32))
    with pytest.raises(UnsupportedError, match="upper"):
        call_rule(np.linalg.cholesky, a, upper=True)
    with pytest.raises(AdjointError):
        call_rule(np.linalg.cholesky, a + 0j)[1](a)


NORMS = [
    ((3,), {}), ((2, 3), {}), ((2, 3, 4), {}), ((3,), {"ord": 2}), ((3,), {"ord": 1}),
    ((3,), {"ord": np.inf}), ((2, 3), {"ord": "fro"}), ((2, 3), {"axis": 0}),
    ((2, 3), {"axis": -1, "keepdims": True}), ((2, 3), {"axis": 1, "ord": 1}),
    ((2, 3, 4), {"axis": (0, 2)}), ((2, 3), {"axis": 0, "ord": np.inf}),
    ((2, 3), {"keepdims": True}),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "options"), NORMS)
@pytest.mark.parametrize("kind", [float, np.float32, complex])
def test_norm(shape, options, kind):
    rng = np.random.default_rng(2)
    x = rng.standard_normal(shape)
    check(np.linalg.norm, (x + 1j * rng.standard_normal(shape) if kind is complex else x)
          .astype(kind), **options)  # fmt: skip


def test_edges():
    assert call_rule(np.linalg.norm, np.zeros(3))[1](1.0)[0].tolist() == [0, 0, 0]
    dx = call_rule(np.linalg.norm, np.array([[0.0, 0], [3, 4]]), axis=1)[1](np.ones(2))[0]
    np.testing.assert_allclose(dx, [[0, 0], [0.6, 0.8]], rtol=1e-15)
    dx = call_rule(np.linalg.norm, np.array([2.0, -2.0]), np.inf)[1](1.0)[0]
    assert dx.tolist() == [0.5, -0.5]
    y, back = call_rule(np.linalg.norm, np.eye(2), "nuc")
    assert y == 2
    with pytest.raises(AdjointError, match="nuc"):
        back(1.0)
    with pytest.raises(AdjointError, match="singular"):
        call_rule(np.linalg.det, np.zeros((2, 2)))[1](1.0)
    with pytest.raises(UnsupportedError):
        RULES[np.linalg.slogdet].function(1j * np.eye(2))
