"""Each public function of `zygcore.cuda` with arguments that it takes."""

from typing import NamedTuple

import numpy as np

from zygcore import cuda

__all__ = ["CALLS", "Call"]

A = np.random.default_rng(5).uniform(0.5, 1.5, (3, 4))
B = A[::-1] + 0.25
ROW = A[0] * 2
LABELS = np.array([3, 0, 1])
MASK = A > 1
STATE = np.zeros((3, 4))


class Call(NamedTuple):
    function: object
    arrays: tuple
    #: numbers of those arrays that are written, and must be contiguous
    written: tuple = ()
    #: what errors name: the function, or a kernel of it
    names: tuple = ()


def _one(name):
    return Call(getattr(cuda, name), (A,), names=(name,))


def _two(name):
    return Call(getattr(cuda, name), (A, B), names=(name,))


def _draw(name, dtype):
    function = getattr(cuda, name)
    return Call(
        lambda like: function(GENERATOR, (5, 3), dtype, like=like),
        (A,),
        names=(name, "random_fill"),
    )


GENERATOR = cuda.Generator(3)

CALLS = {
    **{
        name: _one(name)
        for name in (
            "tanh", "sigmoid", "relu", "gelu", "silu", "softplus", "exp", "log", "sin", "cos",
            "softmax", "log_softmax", "logsumexp", "column_sum",
        )
    },
    **{name: _two(name) for name in ("add", "subtract", "multiply", "divide", "power")},
    "where": Call(cuda.where, (MASK, A, B), names=("where",)),
    "clip": Call(cuda.clip, (A, B * 0.5, B), names=("clip",)),
    "permute": Call(lambda x: cuda.permute(x, (1, 0)), (A,), names=("permute",)),
    "unbroadcast": Call(
        lambda x: cuda.unbroadcast(x, (1, 4)), (A,), names=("unbroadcast", "sum_to")
    ),
    "layer_norm": Call(cuda.layer_norm, (A, ROW, -ROW), names=("layer_norm", "normalize")),
    "rms_norm": Call(cuda.rms_norm, (A, ROW), names=("rms_norm", "normalize")),
    "cross_entropy": Call(cuda.cross_entropy, (A, LABELS, ROW), names=("cross_entropy",)),
    "losses": Call(
        lambda x, labels: cuda.cross_entropy(x, labels, reduction="none"),
        (A, LABELS),
        names=("cross_entropy",),
    ),
    "take": Call(cuda.take, (A, LABELS % 3), names=("take",)),
    "scatter_add": Call(
        lambda values, at: cuda.scatter_add(values, at, 4), (A, LABELS), names=("scatter_add",)
    ),
    "sorted": Call(
        lambda values, at: cuda.scatter_add(values, at, 4, deterministic=True),
        (A, LABELS),
        names=("scatter_add",),
    ),
    "bias_add": Call(cuda.bias_add, (A, ROW), names=("bias_add",)),
    "dropout": Call(lambda x: cuda.dropout(x, 0.5, GENERATOR), (A,), names=("dropout",)),
    "axpy": Call(lambda x, y: cuda.axpy(2.0, x, y), (A, B), (1,), ("axpy",)),
    "accumulate": Call(lambda x, y: cuda.accumulate([(x, y)]), (A, B), (1,), ("axpy",)),
    "sgd": Call(
        lambda p, g, m: cuda.sgd([p], [g], [m], lr=0.1, momentum=0.9),
        (A, B, STATE),
        (0, 2),
        ("sgd",),
    ),
    "adam": Call(
        lambda p, g, m, v: cuda.adam([p], [g], [m], [v], 1),
        (A, B, STATE, STATE),
        (0, 2, 3),
        ("adam",),
    ),
    "adam that counts": Call(
        lambda p, g, m, v, step: cuda.adam([p], [g], [m], [v], step),
        (A, B, STATE, STATE, np.zeros(1, np.int64)),
        (0, 2, 3, 4),
        ("adam",),
    ),
    "uniform": _draw("uniform", "float32"),
    "normal": _draw("normal", "float64"),
    "random_bits": _draw("random_bits", "int64"),
}  # fmt: skip

#: which take an array for its library only
DRAWS = ("uniform", "normal", "random_bits")
