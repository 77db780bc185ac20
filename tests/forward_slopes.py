"""What the tests of forward mode share."""

import numpy as np

import zygcore as zg


def pow_(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


def slope(f, x, v=1.0):
    """The tangent alone."""
    return zg.jvp(f, (x,), (v,))[1]


def same(got, expected):
    """Equal, with the same types and dtypes."""
    assert type(got) is type(expected)
    if isinstance(expected, (list, tuple)):
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            same(a, b)
    elif isinstance(expected, dict):
        assert list(got) == list(expected)
        for key in expected:
            same(got[key], expected[key])
    elif isinstance(expected, zg.Grad):
        same(vars(got), vars(expected))
    elif isinstance(expected, np.ndarray):
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)
    else:
        assert got == expected
