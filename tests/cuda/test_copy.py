"""Copies with permuted axes: every byte is where NumPy has it."""

import itertools

import ml_dtypes
import numpy as np
import pytest
from kernel_cases import LAYOUTS, ids

from zygcore import cuda
from zygcore.cuda import _arrays
from zygcore.errors import CudaError
from zygcore.testing import check_adjoint

TYPES = [np.float64, np.float32, np.float16, ml_dtypes.bfloat16, np.int64, np.int32, np.bool_]
SHAPES = [
    (), (0,), (7,), (3, 0), (1, 5), (31, 33), (32, 32), (65, 3), (3, 65), (2, 200), (129, 64),
    (63, 65), (2, 3, 4), (33, 2, 35), (300, 3), (3, 300), (2, 2, 700), (600, 1, 2),
    (1, 40, 1, 3), (2, 3, 4, 5), (5, 1, 70, 2),
]  # fmt: skip


def bytes_of(shape, dtype):
    """Any bits: NaNs with payloads, subnormal numbers."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    x = np.random.default_rng(0).integers(0, 2 if dtype is np.bool_ else 256, size, np.uint8)
    return x.view(dtype).reshape(shape)


def check(place, x, axes):
    got = place.get(cuda.permute(place.put(x), axes))
    expected = np.ascontiguousarray(x.transpose(axes)) if x.ndim else x
    assert got.dtype == x.dtype and got.shape == expected.shape and got.flags.c_contiguous
    assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", TYPES, ids=ids)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_permutations(place, shape, dtype):
    for layout, axes in itertools.product(LAYOUTS, itertools.permutations(range(len(shape)))):
        check(place, layout(bytes_of(shape, dtype)), axes)


@pytest.mark.parametrize("dtype", TYPES, ids=ids)
def test_eight_axes(place, dtype):
    x = bytes_of((2, 3, 1, 2, 3, 2, 5, 2), dtype)
    for axes in ((7, 6, 5, 4, 3, 2, 1, 0), (0, 2, 1, 3, 5, 4, 7, 6), (6, 1, 7, 0, 3, 2, 5, 4)):
        check(place, x, axes)
        check(place, x[::-1, :, :, ::-1, 1:, :, ::2], axes)


@pytest.mark.parametrize("dtype", TYPES, ids=ids)
def test_repeated_elements(place, dtype):
    x = bytes_of((1, 37), dtype)
    for axes in ((0, 1), (1, 0)):
        check(place, np.broadcast_to(x, (35, 37)), axes)
        check(place, np.broadcast_to(x.T, (37, 35)), axes)
        check(place, np.broadcast_to(x[:, :1], (37, 35)), axes)


def test_negative_axes(place):
    x = bytes_of((2, 3, 4), np.float32)
    check(place, x, (-1, 0, -2))


def test_adjoints():
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    for axes in itertools.permutations(range(3)):
        check_adjoint(lambda x, axes=axes: cuda.permute(x, axes), x)


def test_arguments_that_do_not_fit():
    x = np.ones((2, 3))
    for axes in ((0,), (0, 0), (0, 2), (0, 1, 2), (-3, 1)):
        with pytest.raises(CudaError, match="do not name each of 2 axes once"):
            cuda.permute(x, axes)
    with pytest.raises(CudaError, match="complex128 are not supported"):
        cuda.permute(x * 1j, (1, 0))


def test_launchers_check_what_they_get():
    x = np.ones((2, 3))
    for args, message in (
        ((x, [0, 0], np.ones((2, 3))), "each axis must be named once"),
        ((x, [1, 0], np.ones((2, 3))), "another shape"),
        ((x, [1, 0], np.ones((2, 3)).T), "contiguous"),
        ((x, [1, 0], np.ones((3, 2), np.float32)), "of the dtype of x"),
    ):
        with pytest.raises(CudaError, match=message):
            _arrays.launch("permute", *args)
