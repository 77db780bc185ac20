"""Forward mode against differences of the function itself, to the second order."""

import numpy as np

import zygcore as zg

STEP = 1e-3
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def differences(f, x, v):
    """The derivatives of the parts of `f` along `v`."""
    values = [(w, f(x + k * STEP * v)) for k, w in STENCIL]
    count = len(values[0][1])
    return [sum(w * y[i] for w, y in values) / STEP for i in range(count)]


def check_tangents(f, x, v):
    """Of a function that returns a tuple of arrays: the value, its first and second derivative."""
    y, dy = zg.jvp(f, (x,), (v,))
    slope = lambda x: zg.jvp(f, (x,), (v,))[1]
    _, second = zg.jvp(slope, (x,), (v,))
    for got, known in zip(y, f(x), strict=True):
        assert np.array_equal(got, known)
    for got, known, y in zip(dy, differences(f, x, v), f(x), strict=True):
        assert got.dtype == y.dtype
        np.testing.assert_allclose(got, known, rtol=1e-7, atol=1e-8)
    for got, known in zip(second, differences(slope, x, v), strict=True):
        np.testing.assert_allclose(got, known, rtol=1e-6, atol=1e-7)
