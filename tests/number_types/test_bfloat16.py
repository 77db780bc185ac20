"""Short floats, which NumPy knows by name only: bfloat16 and the like of ml_dtypes.

Gradients are those in float32, rounded: a bfloat16 has eight binary digits.
"""

import ml_dtypes
import numpy as np
import pytest

import zygcore as zg
from zygcore import cuda
from zygcore.errors import TangentError, UnsupportedError

BF16 = ml_dtypes.bfloat16
X = np.array([0.25, -0.5, 1.0, 1.5])


def short(x, dtype=BF16):
    return np.asarray(x).astype(dtype)


PROGRAMS = {
    "ufuncs": lambda x: np.sum(np.tanh(x) * x - np.exp(x)),
    "methods": lambda x: (x * x).mean() + x.max(),
    "operators": lambda x: (x * 2 + 1 / x - x**3).sum(),
    "views": lambda x: (x[1:] * x[:-1]).sum() + x.reshape(2, 2).T[0, 1],
    "items": lambda x: x[1] * x[2],
    "numbers": lambda x: float(x[1]) * 2,
    "products": lambda x: x @ x,
    "casts": lambda x: (x.astype(np.float32) ** 2).sum(),
    "kernels": lambda x: np.sum(cuda.gelu(x) * x),
    "softmax": lambda x: cuda.softmax(x).astype(np.float32)[0] * 4,
    "where": lambda x: np.where(x > 0, x * x, x).sum(),
    "norm": lambda x: np.sqrt(np.sum(x * x)),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("dtype", [BF16, np.float16], ids=["bfloat16", "float16"])
def test_gradients(name, dtype):
    f = PROGRAMS[name]
    expected = zg.gradient(f, X.astype(np.float32))[0]
    (dx,) = zg.gradient(f, short(X, dtype))
    assert dx.dtype == dtype and dx.shape == X.shape
    np.testing.assert_allclose(dx.astype(float), expected, rtol=0.03, atol=0.03)
    _, v = zg.jvp(f, (short(X, dtype),), (short(np.ones(4), dtype),))
    np.testing.assert_allclose(float(v), expected.sum(), rtol=0.05, atol=0.05)


def test_a_number_is_rounded():
    y, (dx,) = zg.withgradient(lambda x: float(BF16(x)) * 2, 1.001)
    assert y == 2.0 and dx == 2.0 and type(dx) is float


def test_a_program_that_goes_through_bfloat16():
    f = lambda x: (x.astype(BF16) * x.astype(BF16)).astype(np.float32).sum()
    (dx,) = zg.gradient(f, X.astype(np.float32))
    assert dx.dtype == np.float32
    np.testing.assert_array_equal(dx, 2 * X)  # which have few digits


@pytest.mark.parametrize("dtype", [BF16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2])
def test_pullbacks_and_second_derivatives(dtype):
    few = np.array([0.25, -0.5, 1.0, 2.0])  # six times them have two digits
    x = short(few, dtype)
    y, back = zg.pullback(lambda x: x * x, x)
    x[0] = 4  # after it was kept
    (dx,) = back(np.ones(4, dtype))
    assert y.dtype == dx.dtype == dtype
    np.testing.assert_array_equal(dx.astype(float), 2 * few)
    slope = lambda x: zg.gradient(lambda x: (x * x * x).sum(), x)[0].sum()
    np.testing.assert_array_equal(zg.gradient(slope, short(few, dtype))[0].astype(float), 6 * few)


def test_what_does_not_depend():
    x, i = short(X), np.arange(4).astype(ml_dtypes.int4)
    assert zg.gradient(lambda x, y: x.sum(), x, x)[1] is None
    assert zg.gradient(lambda x: (x.astype(np.int32) * 2).sum(), x) == (None,)
    assert zg.gradient(lambda x, i: (x * i.astype(BF16)).sum(), x, i)[1] is None


def write(x):
    y = x * x
    y[0] = 3
    return y.sum()


def test_errors():
    if hasattr(ml_dtypes, "complex32"):
        with pytest.raises(UnsupportedError, match="complex64"):
            zg.gradient(lambda x: x.real.sum(), np.zeros(3, ml_dtypes.complex32))
    with pytest.raises(UnsupportedError, match="bfloat16"):
        zg.gradient(write, short(X))
    with pytest.raises(TangentError, match="shape"):
        zg.jvp(np.tanh, (short(X),), (short(X[:2]),))
