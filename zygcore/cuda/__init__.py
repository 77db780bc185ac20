"""Arrays on GPUs: kernels of our own, and the arrays of CuPy, PyTorch and Numba.

Importing this package does not load CUDA, and importing `zygcore` does not import this package.
"""

from ..errors import CudaError
from ._backend import backend, device_count, is_available, runtime_version
from .copy import permute
from .elementwise import (
    add,
    clip,
    cos,
    divide,
    exp,
    gelu,
    log,
    multiply,
    power,
    relu,
    sigmoid,
    silu,
    sin,
    softplus,
    subtract,
    tanh,
    where,
)
from .gather import bias_add, column_sum, scatter_add, take
from .loss import cross_entropy
from .norm import layer_norm, rms_norm
from .random import Generator, dropout, normal, random_bits, uniform
from .reduce import unbroadcast
from .rows import log_softmax, logsumexp, softmax
from .update import accumulate, adam, axpy, sgd

__all__ = [
    "CudaError", "Generator", "accumulate", "adam", "add", "axpy", "backend", "bias_add", "clip",
    "column_sum", "cos", "cross_entropy", "device_count", "divide", "dropout", "exp", "gelu",
    "is_available", "layer_norm", "log", "log_softmax", "logsumexp", "multiply", "normal",
    "permute", "power", "random_bits", "relu", "rms_norm", "runtime_version", "scatter_add", "sgd",
    "sigmoid", "silu", "sin", "softmax", "softplus", "subtract", "take", "tanh", "unbroadcast",
    "uniform", "where",
]  # fmt: skip
