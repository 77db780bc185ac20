"""Rules of reading parts of arrays, and of orders."""

import array
import itertools

import numpy as np
import pytest

import zygcore as zg
from zygcore.testing import check_adjoint

X = np.array([[0.7, 1.9, 1.2], [0.4, 2.3, 0.8], [1.6, 0.9, 3.1], [0.3, 1.1, 2.2]])


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_take(mode):
    where = [0, 2, 2, -1] if mode == "raise" else [-5, 0, 7, 2, 100]
    for axis in (None, 0, -1):
        check_adjoint(
            np.take, X, where, axis=axis, mode=mode
        ) if mode != "raise" or axis != -1 else (
            check_adjoint(np.take, X, [0, 2, 2], axis=axis, mode=mode)
        )
    check_adjoint(lambda x: x.take(np.array([[0, 1], [1, 1]]), 0, mode=mode), X)


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_choose(mode):
    which = np.array([[0, 2, 1], [1, 0, 2], [2, 2, 0], [0, 1, 1]])
    if mode != "raise":
        which = which * 5 - 3
    check_adjoint(lambda a, b, c: np.choose(which, [a, b, c], mode=mode), X, X[0] + 1, 2.5)
    check_adjoint(lambda a: which.choose(a, mode=mode), np.stack([X, X + 1, X + 2]))
    check_adjoint(lambda a: np.choose(which, a, mode=mode), np.stack([X, X + 1, X + 2]))
    check_adjoint(lambda a: np.choose(which, (a, [1.0, 2.0, 3.0], a[0]), mode=mode), X)


def test_compress_and_extract():
    for condition, axis in (([True, False, True], 1), ([0, 1, 1, 0], 0), (X.ravel() > 1, None)):
        check_adjoint(np.compress, condition, X, axis, wrt=[1])
        check_adjoint(lambda x, c=condition, axis=axis: x.compress(c, axis), X)
    check_adjoint(lambda x: np.extract(X > 1, x), X)
    check_adjoint(lambda x, y: np.place(z := x * 1.0, X > 1, y) or z, X, X[0])


KEYS = [
    [0, 0, 2], np.array([[0, 1], [1, 0]]), array.array("q", [1, 1, 2]), (slice(None), [1, 1]),
    (array.array("q", [0, 0]), array.array("q", [1, 1])), X > 1, (Ellipsis, None, 1), np.int8(2),
    ([0, 0], [1, 1]), np.array(1), (np.array([True, False, True, True]), 1), True, None,
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_keys(key):
    """Whatever NumPy takes for an index; elements that are named twice get both parts."""
    check_adjoint(lambda x: x[key] ** 2, X)


@pytest.mark.parametrize("n", range(4))
def test_orders(n):
    """Sorting all arrangements of numbers, with ties and without."""
    for values in itertools.product([1.0, 2.0, 2.5], repeat=n):
        x = np.array(values)
        w = np.arange(1.0, n + 1)
        share = [w[np.sort(x) == v].mean() for v in x]
        for f in (np.sort, np.sort_complex, lambda x: np.partition(x, range(len(x)))):
            if n or f is np.sort:
                d = zg.gradient(lambda x, f=f, w=w: np.sum(np.real(f(x)) * w), x)[0]
                np.testing.assert_allclose(d, share, rtol=1e-15)
        d = zg.gradient(lambda x: np.sum(np.unique(x)), x)[0]
        np.testing.assert_allclose(d, [1 / np.sum(x == v) for v in x], rtol=1e-15)


def test_partition():
    for kth in (0, 2, [0, 2], -1):
        for axis in (-1, 0, 1):
            check_adjoint(lambda x, k=kth, axis=axis: np.partition(x, k, axis) ** 2, X)


def test_along_axes():
    order = np.argsort(X, axis=1)
    check_adjoint(np.take_along_axis, X, order, 1)
    check_adjoint(lambda x: np.apply_along_axis(lambda r: r * r[0], 0, x), X)
    check_adjoint(lambda x: np.apply_over_axes(np.sum, x**2, [0, 1]), X)


def test_a_number_that_numpy_made_of_an_integer():
    assert zg.gradient(lambda x: int(np.array([x])[0]) * 2, 3) == (2,)
    assert zg.gradient(lambda x: int(np.int64(x)) * x, 3) == (6,)
    assert zg.gradient(lambda x: x.__int__() * 1.0, np.array(3))[0] == 1.0
    assert zg.gradient(lambda x: int(x) * 2.5, np.int64(3))[0] == 2.5
    assert zg.gradient(lambda x: int(x) * 2.5, np.float64(3.7))[0] is None
    assert zg.gradient(lambda x: int(x) * 2.5, np.array(3.7))[0] is None


def test_writing_by_a_buffer_of_indices():
    def f(x):
        y = x * 1.0
        y[array.array("q", [0, 0])] = x[1:] * 2.0  # the last one stays
        return y

    check_adjoint(f, X[0])


def test_open_meshes():
    x, y = np.array([0.7, 1.3]), np.array([0.5, -0.3, 0.8])
    check_adjoint(lambda x, y: np.ix_(x, y)[0] * np.ix_(x, y)[1], x, y)
    dx, dy = zg.gradient(lambda x, y: np.sum(np.multiply(*np.ix_(x, y * y))), x, y)
    np.testing.assert_allclose(dx, np.full(2, np.sum(y * y)), rtol=1e-14)
    np.testing.assert_allclose(dy, 2 * y * np.sum(x), rtol=1e-14)
    a = np.arange(12.0).reshape(3, 4)
    (da,) = zg.gradient(lambda a: np.sum(a[np.ix_([True, False, True], [1, 3])]), a)
    expected = np.zeros((3, 4))
    expected[np.ix_([0, 2], [1, 3])] = 1
    np.testing.assert_array_equal(da, expected)
