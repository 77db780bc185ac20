"""Rules of the methods of ufuncs: reduce, accumulate, reduceat."""

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

X = np.array([[0.7, 1.9, 1.2], [0.4, 2.3, 0.8], [1.6, 0.9, 3.1], [0.3, 1.1, 2.2]])
SUMS = [np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin]
CHAINS = [np.subtract, np.divide, np.logaddexp, np.logaddexp2, np.hypot, np.float_power]


@pytest.mark.parametrize("f", SUMS + CHAINS)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_reduce_and_accumulate(f, axis):
    second = f not in SUMS[2:]
    for method in (f.reduce, f.accumulate):
        check_adjoint(method, X, axis=axis, second=second, rtol=1e-6)
        check_adjoint(method, X[:1], axis=axis, second=second, rtol=1e-6)
    check_adjoint(f.reduce, X, axis=axis, keepdims=True, second=False)


@pytest.mark.parametrize("f", [*SUMS, np.logaddexp, np.hypot])
def test_reduce_of_several_axes(f):
    for axis in (None, (0, 1)):
        check_adjoint(f.reduce, X, axis=axis, second=False)


def test_reduce_with_options():
    where = X > 0.6
    for f in SUMS:
        check_adjoint(
            lambda x, s, f=f: f.reduce(x, axis=0, initial=s, where=where), X, 1.7, second=False
        )
    check_adjoint(lambda x, s: np.add.reduce(x, 0, None, None, True, s), X, 0.3)
    with pytest.raises(UnsupportedError, match="initial"):
        zg.gradient(lambda x: np.logaddexp.reduce(x, initial=0.0), X[0])


def test_reduce_of_nothing():
    x = np.zeros((0, 3))
    for f in (np.add, np.multiply, np.logaddexp, np.hypot):
        d = zg.gradient(lambda x, f=f: np.sum(np.exp(f.reduce(x))), x)[0]
        assert d.shape == (0, 3)


@pytest.mark.parametrize("f", [np.power, np.arctan2])
def test_reduce_in_an_order_of_its_own_is_refused(f):
    """`np.power.reduce` of NumPy 2.4 is the power of the first number to the last one."""
    x = X[0]
    if np.isclose(f.reduce(x), f(f(x[0], x[1]), x[2])):
        check_adjoint(f.reduce, x)
    else:
        with pytest.raises(AdjointError, match="one element after the other"):
            zg.gradient(f.reduce, x)


@pytest.mark.parametrize("f", [*SUMS, np.subtract, np.logaddexp])
def test_reduceat(f):
    second = f not in SUMS[2:]
    for indices in ([0, 2], [0, 2, 1, 1, 3], [1], [3, 0]):
        check_adjoint(f.reduceat, X, indices, second=second, rtol=1e-6)
    for axis in (1, -1):
        check_adjoint(f.reduceat, X, np.array([0, 2, 1]), axis, second=second, rtol=1e-6)
    check_adjoint(f.reduceat, X[:, 0], [0, 2, 1], second=second)


def test_outer():
    for f in (np.add, np.multiply, np.hypot, np.arctan2):
        check_adjoint(f.outer, X[0], X[:2])
    check_adjoint(np.multiply.outer, X[0], 2.5)


def test_ties_in_chains():
    """Running extrema: the shares of equal numbers sum to one."""
    d = zg.gradient(lambda x: np.maximum.accumulate(x)[-1], np.array([1.0, 1.0, 0.5]))[0]
    assert d.tolist() == [0.5, 0.5, 0.0]
    assert zg.gradient(np.fmax.reduce, np.array([2.0, np.nan, 2.0]))[0].tolist() == [0.5, 0, 0.5]
    assert zg.gradient(np.maximum.reduce, np.array([1.0, np.nan]))[0].tolist() == [0, 1]


def test_without_derivative():
    x = X[0]
    for f in (np.logical_or, np.logical_and, np.floor_divide):
        assert zg.gradient(lambda x, f=f: np.sum(f.reduce(x)) * x[0], x)[0][1:].tolist() == [0, 0]
        d = zg.gradient(lambda x, f=f: np.sum(f.reduceat(x, [0, 1])) * x[0], x)[0]
        assert d[1:].tolist() == [0, 0]
    for method in (np.copysign.reduce, np.copysign.accumulate):
        with pytest.raises(AdjointError, match="copysign"):
            zg.gradient(lambda x, method=method: np.sum(method(x)), x)


def test_chains_of_zeros():
    """hypot of nothing but zeros: the subgradient 0."""
    assert zg.gradient(np.hypot.reduce, np.zeros(3))[0].tolist() == [0, 0, 0]
    d = zg.gradient(np.logaddexp.reduce, np.array([-np.inf, 0.0, -np.inf]))[0]
    assert d.tolist() == [0, 1, 0]
    # softmax
    x = np.array([0.3, -1.2, 2.0])
    soft = np.exp(x) / np.exp(x).sum()
    np.testing.assert_allclose(zg.gradient(np.logaddexp.reduce, x)[0], soft, rtol=1e-14)
