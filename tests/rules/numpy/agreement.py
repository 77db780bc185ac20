"""One call checks a program of one array: `agree(f, x)`.

The value and its type are those of the plain call; the gradient is that of differences, also
when the pullback is called a second time; and so is the gradient of a function of the gradient.
"""

import numpy as np

import zygcore as zg

STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def slopes(f, x, h=1e-4):
    """Five-point central differences."""
    out = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        for k, weight in STENCIL:
            moved = x.copy()
            moved[i] += k * h
            out[i] += weight / h * f(moved)
    return out


def weights_of(shape):
    return np.cos(np.arange(np.prod(shape, dtype=int))).reshape(shape)


def near(gradient, expected, tolerance):
    if gradient is None:
        gradient = np.zeros_like(expected)
    assert type(gradient) is np.ndarray
    np.testing.assert_allclose(gradient, expected, rtol=tolerance, atol=tolerance / 10)


def agree(f, x, second=True):
    plain = f(x.copy())
    y, back = zg.pullback(f, x.copy())
    assert type(y) is type(plain) and np.array_equal(y, plain)
    (first,), (again,) = back(1.0), back(1.0)
    near(first, slopes(f, x), 1e-6)
    np.testing.assert_array_equal(first, again)

    def directed(x):
        gradient = zg.gradient(f, x)[0]
        return 0.0 if gradient is None else np.sum(gradient * weights_of(x.shape))

    if second:
        near(zg.gradient(directed, x.copy())[0], slopes(directed, x), 1e-5)
