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
from .reduce import unbroadcast

__all__ = [
    "CudaError", "add", "backend", "clip", "cos", "device_count", "divide", "exp", "gelu",
    "is_available", "log", "multiply", "permute", "power", "relu", "runtime_version", "sigmoid",
    "silu", "sin", "softplus", "subtract", "tanh", "unbroadcast", "where",
]  # fmt: skip
