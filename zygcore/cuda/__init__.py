"""Arrays on GPUs: kernels of our own, and the arrays of CuPy, PyTorch and Numba.

Importing this package does not load CUDA, and importing `zygcore` does not import this package.
"""

from ..errors import CudaError
from ._backend import backend, device_count, is_available, runtime_version
from .gather import bias_add, column_sum, scatter_add, take
from .random import Generator, dropout, normal, random_bits, uniform
from .update import accumulate, adam, axpy, sgd

__all__ = [
    "CudaError",
    "Generator",
    "accumulate",
    "adam",
    "axpy",
    "backend",
    "bias_add",
    "column_sum",
    "device_count",
    "dropout",
    "is_available",
    "normal",
    "random_bits",
    "runtime_version",
    "scatter_add",
    "sgd",
    "take",
    "uniform",
]
