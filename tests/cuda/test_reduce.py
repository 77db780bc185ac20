"""Sums over axes against float64 NumPy, in one step and in two."""

import itertools

import ml_dtypes
import numpy as np
import pytest
from kernel_cases import DTYPES, EPS, LAYOUTS, ids, wide

from zygcore import cuda
from zygcore.cuda import _arrays
from zygcore.cuda._backend import kernels
from zygcore.errors import CudaError
from zygcore.testing import check_adjoint


def summed(x, shape):
    """In float64, with ufuncs of NumPy only."""
    x = wide(x)
    x = x.sum(axis=tuple(range(x.ndim - len(shape))))
    axes = tuple(i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1)
    return x.sum(axis=axes, keepdims=True)


def close(got, x, shape):
    """Off by the rounding of the result, and by that of each of so many additions in a row."""
    name = x.dtype.name
    arithmetic = EPS["float64" if name == "float64" else "float32"]
    terms = x.size // max(int(np.prod(shape)), 1)
    expected, size = summed(x, shape), summed(np.abs(wide(x)), shape)
    assert got.dtype == x.dtype and got.shape == shape
    bound = EPS[name] * np.abs(expected) + (8 + np.sqrt(terms)) * arithmetic * size
    assert np.all(np.abs(wide(got) - expected) <= bound)


def numbers(shape, dtype):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


CASES = [
    # the innermost axes
    ((), ()), ((1,), ()), ((31,), ()), ((32,), (1,)), ((33,), ()), ((1025,), ()), ((5, 3), (5, 1)),
    ((3, 1023), (3, 1)),
    ((300, 5), (300, 1)), ((40, 33), (40, 1)), ((7, 600), (7, 1)), ((3, 4, 5, 6), (3, 4, 1, 1)),
    # the outermost
    ((5, 3), (3,)), ((33, 64), (64,)), ((9, 1025), (1, 1025)), ((257, 7), (7,)),
    ((2, 3, 40), (3, 40)), ((4, 5, 6), (6,)),
    # between, and around
    ((3, 50, 4), (3, 1, 4)), ((4, 3, 25), (1, 3, 1)), ((2, 3, 4, 5), (2, 1, 4, 1)),
    ((2, 3, 4, 5), (1, 3, 1, 5)),
    ((2, 1, 2, 3, 1, 2, 3, 2), (1, 2, 1, 1, 2, 1, 2)),
    ((2, 2, 2, 2, 2, 2, 2, 2), (1, 2, 1, 2, 1, 2, 1, 2)),
    # nothing
    ((4, 5), (4, 5)), ((1, 5), (5,)), ((0, 3), (3,)), ((0, 3), (1, 1)), ((3, 0), (1, 0)),
    ((0,), ()), ((2, 0, 3), (2, 1, 3)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
@pytest.mark.parametrize("shape, to", CASES, ids=str)
def test_sums(place, shape, to, dtype):
    x = numbers(shape, dtype)
    for layout in LAYOUTS:
        close(place.get(cuda.unbroadcast(place.put(layout(x)), to)), x, to)


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
def test_permuted_axes(place, dtype):
    """Whichever axis is the innermost one, of those that are kept or of those that are not."""
    x = numbers((3, 4, 5, 6), dtype)
    for order in itertools.permutations(range(4)):
        y = x.transpose(order)
        for to in ((y.shape[0], 1, 1, y.shape[3]), (1, *y.shape[1:3], 1), (y.shape[3],)):
            close(place.get(cuda.unbroadcast(place.put(y), to)), y, to)


def test_repeated_elements(place):
    """Strides of 0: cotangents of sums are such arrays."""
    x = np.broadcast_to(np.float32(0.5), (33, 65))
    np.testing.assert_array_equal(
        place.get(cuda.unbroadcast(place.put(x), (65,))), np.full(65, 16.5)
    )
    x = np.broadcast_to(np.arange(33.0)[:, None], (33, 65))
    for to in ((33, 1), (65,), (1, 1), ()):
        close(place.get(cuda.unbroadcast(place.put(x), to)), x, to)


# ---------------------------------------------------------------------- two steps

LONG = [
    ((20011,), ()), ((3, 20011), (3, 1)), ((2, 3, 5003), (1, 3, 1)), ((5003, 9), (5003, 1)),
    ((5003, 9), (9,)),
    ((5003, 9), ()), ((2, 2503, 12), (2, 1, 12)), ((700, 2, 33), (1, 2, 1)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
@pytest.mark.parametrize("shape, to", LONG, ids=str)
def test_long_sums(place, shape, to, dtype):
    x = numbers(shape, dtype)
    for layout in LAYOUTS:
        close(place.get(cuda.unbroadcast(place.put(layout(x)), to)), x, to)


def workspace(x, y):
    return kernels().sum_workspace(_arrays.view(x, "test"), _arrays.view(y, "test"))


def test_few_long_sums_take_two_steps():
    x = np.zeros((20011,), np.float32)
    assert workspace(x, np.zeros(())) > 1
    assert workspace(np.zeros((5003, 9)), np.zeros(9)) > 9
    assert workspace(np.zeros((5003, 9)), np.zeros((5003, 1))) == 0
    assert workspace(np.zeros((0, 9)), np.zeros(9)) == 0
    assert workspace(np.broadcast_to(np.float32(1), (1 << 40,)), np.zeros(())) < 1 << 16


def test_sixteen_bits_are_added_up_in_float32(place):
    """In float16, 4096 ones are 2048; in bfloat16 they are 256."""
    for dtype in (np.float16, ml_dtypes.bfloat16):
        for shape, to in (((4096,), ()), ((4096, 3), (3,)), ((65536 // 8, 8), (8,))):
            got = wide(place.get(cuda.unbroadcast(place.put(np.ones(shape, dtype)), to)))
            np.testing.assert_array_equal(got, np.full(to, shape[0]))


def test_the_same_every_time(place):
    for shape, to in LONG:
        x = place.put(numbers(shape, np.float32))
        once, again = cuda.unbroadcast(x, to), cuda.unbroadcast(x, to)
        assert place.get(once).tobytes() == place.get(again).tobytes()


def test_special_values(place):
    x = np.ones((3, 40), np.float32)
    x[0, 5], x[1, 6], x[2, 7], x[2, 8] = np.inf, np.nan, np.inf, -np.inf
    got = place.get(cuda.unbroadcast(place.put(x), (3, 1)))
    np.testing.assert_array_equal(got, [[np.inf], [np.nan], [np.nan]])
    columns = place.get(cuda.unbroadcast(place.put(x), (40,)))
    np.testing.assert_array_equal(columns[[4, 5, 6, 7, 8]], [3, np.inf, np.nan, np.inf, -np.inf])


def test_adjoints():
    x = numbers((3, 4, 5), np.float64)
    for to in ((), (5,), (4, 1), (1, 1, 5), (3, 1, 1), (3, 4, 5)):
        check_adjoint(lambda x, to=to: cuda.unbroadcast(x, to), x)


def test_arguments_that_do_not_fit():
    x = np.ones((2, 3))
    for to in ((2,), (3, 3), (4, 2, 3), (2, 0)):
        with pytest.raises(CudaError, match="sum_to|broadcast"):
            cuda.unbroadcast(x, to)
    with pytest.raises(CudaError, match="float64, float32, float16 or bfloat16"):
        cuda.unbroadcast(np.ones((2, 3), np.int64), (3,))


def test_launchers_check_what_they_get():
    x, y = np.ones((20011,)), np.ones(())
    for args, message in (
        ((x, y, np.empty(3)), "workspace"),
        ((x, y, np.empty(100000, np.float32)), "workspace"),
        ((x, np.ones((), np.float32), np.empty(0)), "same dtype"),
        ((np.ones((4, 4)), np.ones((4, 2))[:, ::2], np.empty(0)), "contiguous"),
    ):
        with pytest.raises(CudaError, match=message):
            _arrays.launch("sum_to", *args)
