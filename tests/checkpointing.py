"""What the tests of checkpoints share."""

import tracemalloc

import numpy as np
import pytest

import zygcore as zg


def plain(f, *xs, **kwargs):
    return f(*xs, **kwargs)


def grad(f, x):
    return zg.gradient(f, x)[0]


def assert_same(a, b):
    if isinstance(b, np.ndarray):
        assert type(a) is np.ndarray and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-6 if b.dtype == np.float32 else 1e-12)
    elif isinstance(b, (list, tuple)):
        assert type(a) is type(b) and len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(b, dict):
        assert a.keys() == b.keys()
        assert_same(list(a.values()), list(b.values()))
    elif isinstance(b, zg.Grad):
        assert_same(a._asdict(), b._asdict())
    else:
        approximate = isinstance(b, (int, float, complex, np.generic))
        assert type(a) is type(b) and a == (pytest.approx(b, rel=1e-12) if approximate else b)


def peak(f, *args):
    tracemalloc.start()
    try:
        f(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
