"""What the tests of kernels share: dtypes with their tolerances, shapes, layouts."""

import math
import mmap
import sys

import ml_dtypes
import numpy as np
import pytest

DTYPES = [np.float64, np.float32, np.float16, ml_dtypes.bfloat16]

#: one unit in the last place, relative to 1
EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
#: the smallest positive number: below, an error of one is unavoidable
TINY = {"float64": 2.0**-1074, "float32": 2.0**-149, "float16": 2.0**-24, "bfloat16": 2.0**-133}

SHAPES = [
    (), (0,), (3, 0, 2), (1,), (2,), (31,), (32,), (33,), (1023,), (1024,), (1025,),
    (3, 5), (7, 32), (1, 9), (257, 3), (2, 1, 4, 3), (5, 64), (2, 2, 2, 1, 3, 2, 2, 3),
]  # fmt: skip


def ids(dtype):
    return np.dtype(dtype).name


def wide(x):
    return np.asarray(x).astype(np.float64)


def agree(got, expected, dtype, ulps=1.0, atol=0.0):
    """Equal but for rounding to the dtype and `ulps` units in the last place of its arithmetic."""
    name = np.dtype(dtype).name
    assert got.dtype == dtype and got.shape == np.shape(expected)
    arithmetic = EPS["float64" if name == "float64" else "float32"]
    with np.errstate(over="ignore"):
        expected = wide(np.asarray(expected).astype(dtype)) if name != "float64" else expected
    rtol = EPS[name] * (name not in ("float64", "float32")) + ulps * arithmetic
    np.testing.assert_allclose(wide(got), expected, rtol=rtol, atol=atol + 2 * TINY[name])


def contiguous(x):
    return x


def unaligned(x):
    """At an odd element of its memory."""
    memory = np.zeros(x.size + 1, x.dtype)
    out = memory[1:].reshape(x.shape)
    out[...] = x
    return out


def spaced(x):
    """Every second element along the last axis."""
    if not x.ndim:
        return x
    memory = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    memory[..., ::2] = x
    return memory[..., ::2]


def backwards(x):
    """Negative strides along all axes."""
    if not x.ndim:
        return x
    where = (slice(None, None, -1),) * x.ndim
    return np.ascontiguousarray(x[where])[where]


def by_columns(x):
    return np.array(x, order="F")


def padded(x):
    """Rows that begin at odd elements."""
    if x.ndim < 2:
        return x
    memory = np.zeros((*x.shape[:-1], x.shape[-1] + 1), x.dtype)
    memory[..., :-1] = x
    return memory[..., :-1]


LAYOUTS = [contiguous, unaligned, spaced, backwards, by_columns, padded]


# Python 3.11 has no name for it
NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)


def reserved(shape, dtype=np.float16):
    """Zeros, of which only those pages exist that are touched."""
    shape = (shape,) if isinstance(shape, int) else shape
    needed = math.prod(shape) * np.dtype(dtype).itemsize
    try:
        memory = mmap.mmap(-1, needed, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE)
    except OSError as error:
        pytest.skip(f"the system does not reserve {needed} bytes: {error}")
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, dtype).reshape(shape)
