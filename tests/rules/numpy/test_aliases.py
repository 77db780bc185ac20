"""Arrays that show the memory of others, and are written: what is read afterwards is followed."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import zygcore as zg

X = np.array([0.7, 1.9, 1.2, 0.4])


def written_windows(x):
    y = x * 1.0
    v = as_strided(y, (2, 2), (16, 8))
    v[0, 1] = x[3] * 5
    return np.sum(y * np.arange(4.0))


def written_before_conj_is_read(x):
    y = x * 1.0
    c = y.conj()
    y[0] = 7 * x[2]
    return c[0] * 2 + np.sum(y)


def written_real_part(x):
    y = x * 1.0
    r = y.real
    r += x[::-1]
    return np.sum(y * y)


def written_squeezed(x):
    y = (x * 1.0).reshape(2, 2)
    s = y.squeeze()
    s[0, 0] = x[3]
    t = np.squeeze(y)
    t *= 2
    return np.sum(y * y)


def written_under_a_buffer(x):
    y = x * 1.0
    b = np.frombuffer(y)
    y[1] = x[0] * x[3]
    return np.sum(b * b)


def windows_read_twice(x):
    y = x * 1.0
    w = sliding_window_view(y, 2)
    a = np.sum(w)
    y *= 3
    return a * np.sum(w)


def written_under_dlpack(x):
    y = x * 1.0
    d = np.from_dlpack(y)
    y[:2] = x[2:]
    return np.sum(d * d * np.arange(4))


def written_cast(x):
    y = x * 1.0
    z = y.astype(float, copy=False)
    z[2] = x[0] ** 2
    return np.sum(y)


def shuffled_part(x):
    y = x * 1.0
    np.random.default_rng(0).shuffle(y[1:])
    return np.sum(y * np.arange(4.0))


def written_view(x):
    y = x * 1.0
    y.view()[::2] *= x[1]
    return np.sum(y * y)


def written_as_complex(x):
    y = x * 1.0
    v = y.view(complex)
    v *= 1j
    return np.sum(y * np.arange(4.0))


def written_as_pairs(x):
    z = x + 1j * x[::-1]
    f = z.view(float)
    f[1::2] = 0
    return np.sum(np.abs(z) ** 2)


def written_real_if_close(x):
    y = np.real_if_close(x * 1.0)
    y[0] = x[1]
    return np.sum(y * y)


def written_ravel(x):
    y = np.ravel(x * 1.0)
    q = y.ravel()
    q[0] = 3 * x[3]
    return np.sum(y * y)


def grid_of_views(x):
    m = np.meshgrid(x, x, copy=False, sparse=True)
    return np.sum(m[0] * m[1] ** 2)


def written_array_method(x):
    y = x * 1.0
    a = y.__array__()
    a[1] = x[0]
    return np.sum(y * y)


def operator_method_in_place(x):
    y = x * 1.0
    y.__iadd__(x)
    return np.sum(y * y)


def written_under_an_iterator(x):
    y = x * 1.0
    it = np.ndenumerate(y)
    next(it)
    y[1] = x[0] * 9
    return sum(v for _, v in it)


def written_where(x):
    y = x.copy()
    np.add(y, x, out=y, where=np.array([1, 0, 1, 0], bool), casting="unsafe", dtype=float)
    return np.sum(y**2)


PROGRAMS = [
    written_windows,
    written_before_conj_is_read,
    written_real_part,
    written_squeezed,
    written_under_a_buffer,
    windows_read_twice,
    written_under_dlpack,
    written_cast,
    shuffled_part,
    written_view,
    written_as_complex,
    written_as_pairs,
    written_real_if_close,
    written_ravel,
    grid_of_views,
    written_array_method,
    operator_method_in_place,
    written_under_an_iterator,
    written_where,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_aliases(f):
    value, (d,) = zg.withgradient(f, X.copy())
    assert value == f(X.copy())
    slopes = [(f(X + 1e-6 * e) - f(X - 1e-6 * e)) / 2e-6 for e in np.eye(4)]
    np.testing.assert_allclose(d, slopes, rtol=1e-7, atol=1e-8)
