"""What the tests of kernels along rows share: dtypes, layouts, runs in another order of threads."""

import os
import subprocess
import sys

import ml_dtypes
import numpy as np

#: dtype -> spacing of numbers at 1
SPACING = {
    "float64": 2.0**-52,
    "float32": 2.0**-23,
    "float16": 2.0**-10,
    "bfloat16": 2.0**-7,
}

#: around the widths of vectors, warps, and what these keep in registers; blocks of 256, of 512
LENGTHS = [1, 2, 7, 8, 9, 31, 32, 33, 255, 257, 511, 513, 1017, 1023, 1024, 1025, 3001, 8200]


def make(rng, shape, dtype, scale=1.0):
    return (scale * rng.standard_normal(shape)).astype(
        ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype
    )


def double(x):
    return np.asarray(x).astype(np.float64)


def close(got, expected, dtype, steps=32, atol=0.0):
    """Compares with an expected value in double precision.

    The arithmetic of 64 and 32 bits may be off by `steps` spacings (an exponential or a root of 2
    each, differences before it, a sum of some thousand terms in a tree); what is stored in 16 bits
    was computed in float32 and rounded once, which is half a spacing.  `atol` is in units of the
    same tolerance: of what is summed up where things cancel.
    """
    got = np.asarray(got)
    assert str(got.dtype) == dtype
    assert got.shape == np.shape(expected)
    rtol = SPACING[dtype] * steps
    if dtype in ("float16", "bfloat16"):
        rtol = 0.5 * SPACING[dtype] + steps * SPACING["float32"]
    least = {"float16": 2.0**-24, "bfloat16": 2.0**-126}.get(dtype, 0.0)
    np.testing.assert_allclose(double(got), expected, rtol=rtol, atol=rtol * atol + least)


def _unaligned(x):
    flat = np.zeros(x.size + 1, x.dtype)
    out = flat[1:].reshape(x.shape)
    out[...] = x
    return out


def _gaps(x):
    out = np.zeros((*x.shape[:-1], 2 * x.shape[-1] + 1), x.dtype)
    out[..., 1::2] = x
    return out[..., 1::2]


def _part(x):
    out = np.zeros((*x.shape[:-1], x.shape[-1] + 3), x.dtype)
    out[..., 2:-1] = x
    return out[..., 2:-1]


#: the same array elsewhere in memory
LAYOUTS = {
    "contiguous": np.ascontiguousarray,
    "unaligned": _unaligned,
    "part of rows": _part,
    "gaps": _gaps,
    "reversed": lambda x: np.ascontiguousarray(x[..., ::-1])[..., ::-1],
    "reversed rows": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "columns": lambda x: np.array(x, order="F"),
    "permuted": lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0),
}


def in_other_orders(program):
    """What a program prints, run with several orders of threads; the first is the usual one."""
    out = []
    for seed in (None, 1, 2, 3):
        env = {k: v for k, v in os.environ.items() if k != "ZYGCORE_HOST_SEED"}
        if seed is not None:
            env["ZYGCORE_HOST_SEED"] = str(seed)
        env["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=env, check=True
        )
        out.append(run.stdout)
    return out


def far_apart(rows, stride):
    """A view of rows that lie so many elements apart; the memory between is never touched."""
    n = rows.shape[-1]
    base = np.empty(stride * (len(rows) - 1) + n, rows.dtype)
    steps = (stride * rows.itemsize, rows.itemsize)
    out = np.lib.stride_tricks.as_strided(base, rows.shape, steps)
    out[...] = rows
    return out
