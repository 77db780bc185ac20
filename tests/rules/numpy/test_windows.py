"""Rules of arrays that show the memory of others: views, windows, buffers."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

X = np.array([[0.7, 1.9, 1.2], [0.4, 2.3, 0.8], [1.6, 0.9, 3.1], [0.3, 1.1, 2.2]])


def test_windows():
    plain = {"layouts": False, "single": False}
    check_adjoint(sliding_window_view, X, (2, 2), **plain)
    check_adjoint(sliding_window_view, X, 3, axis=0, **plain)
    check_adjoint(sliding_window_view, X[0], 2, **plain)
    check_adjoint(lambda x: sliding_window_view(x, 2, axis=1).mean(-1) ** 2, X, **plain)
    check_adjoint(as_strided, X, (3, 2), (8, 24), **plain)
    check_adjoint(lambda x: as_strided(x, (3,), (0,)), X, **plain)
    check_adjoint(sliding_window_view, np.asfortranarray(X), (2, 2), **plain)
    check_adjoint(lambda x: sliding_window_view(x.T, 2, axis=1) ** 2, X, **plain)
    check_adjoint(lambda x: sliding_window_view([x[0, 0], x[1, 1], x[0, 2]], 2) ** 2, X, **plain)
    d = zg.gradient(lambda x: sliding_window_view(x, 3).sum(), np.ones(5, np.float32))[0]
    assert d.tolist() == [1, 2, 3, 2, 1] and d.dtype == np.float32


def test_windows_see_what_is_written():
    def f(x):
        y = x * 1.0
        windows = sliding_window_view(y, 2)
        y[1] = x[0] * x[2]
        return np.sum(windows * np.array([[1.0, 2.0], [3.0, 5.0]]))

    x = X[0]
    f_of = lambda a, b, c: a * 1 + a * c * 2 + a * c * 3 + c * 5
    assert f(x) == pytest.approx(f_of(*x))
    a, b, c = x
    np.testing.assert_allclose(zg.gradient(f, x)[0], [1 + 5 * c, 0, 5 * a + 5], rtol=1e-14)


def test_windows_of_what_is_not_contiguous_are_refused():
    with pytest.raises(UnsupportedError, match="contiguous"):
        zg.gradient(lambda x: sliding_window_view(x[:, ::2], 2, axis=0).sum(), X)


def test_views():
    check_adjoint(lambda x: x.view() ** 2, X)
    check_adjoint(lambda x: x.view(x.dtype) ** 2, X)
    z = X + 1j * X[::-1]
    options = {"layouts": False, "single": False}
    check_adjoint(lambda z: z.view(float) ** 2, z, **options)
    check_adjoint(lambda x: x[:, :2].copy().view(complex) ** 2, X, **options)
    check_adjoint(lambda z: z.getfield(complex) ** 2, z, **options)
    with pytest.raises(AdjointError, match="view"):
        zg.gradient(lambda x: x.view(np.int64).sum() * 1.0, X)
    with pytest.raises(AdjointError, match="getfield"):
        zg.gradient(lambda x: x.getfield(np.float32, 4).sum(), X)


def test_writes_through_views():
    def f(x):
        y = x * 1.0
        y.view()[0] = x[1] ** 2
        y.conj()[1] = x[0]  # the array itself, where it is real
        y.real[2] = x[0] * x[1]
        y.squeeze()[3] = 2.0
        y.astype(float, copy=False)[4] = x[0] ** 3
        return np.sum(y * np.arange(1.0, 6.0))

    a, b = x = np.array([1.5, 0.5])
    x = np.array([a, b, 0.1, 0.2, 0.3])
    assert f(x) == b**2 + 2 * a + 3 * a * b + 8 + 5 * a**3
    d = zg.gradient(f, x)[0]
    np.testing.assert_allclose(d, [2 + 3 * b + 15 * a * a, 2 * b + 3 * a, 0, 0, 0], rtol=1e-14)


def test_buffers():
    options = {"layouts": False, "single": False}
    check_adjoint(lambda x: np.frombuffer(x) ** 2, X, **options)
    check_adjoint(lambda x: np.frombuffer(x, count=3, offset=16) ** 2, X, **options)
    check_adjoint(lambda x: np.from_dlpack(x) ** 2, X, **options)
    with pytest.raises(UnsupportedError, match="dtype"):
        zg.gradient(lambda x: np.frombuffer(x, np.int64).sum() * 1.0, X)


SHARED = {
    "a number": (lambda a: np.broadcast_to(a, (2, 3))[:, 1:], 0.7),
    "a number, turned": (lambda a: np.broadcast_to(a, (2, 3)).T, 0.7),
    "a number, reshaped": (lambda a: np.reshape(np.broadcast_to(a, (2,)), (2, 1)), 0.7),
    "a number of NumPy": (lambda a: np.broadcast_to(a, (2,))[None], np.float64(0.7)),
    "two numbers": (lambda a: np.broadcast_to([a, 2 * a], (3, 2))[1:], 0.7),
    "windows": (lambda a: sliding_window_view([a, 2 * a, 3 * a], 2).T, 0.7),
    "strides": (lambda a: as_strided([a, 2 * a, 3 * a], (2, 2), (8, 8)).T, 0.7),
    "arrays": (lambda a: np.broadcast_arrays(a, np.ones(3))[0][:2], 0.7),
}


@pytest.mark.parametrize("name", SHARED)
def test_views_of_elements_that_share_memory(name):
    """Each counts once, also where the memory is that of no array of the program."""
    f, x = SHARED[name]
    check_adjoint(f, x)
    dy = np.cos(np.arange(f(x).size)).reshape(f(x).shape)
    assert zg.pullback(f, x)[1](dy)[0] == pytest.approx(np.sum(dy * f(1.0)))
