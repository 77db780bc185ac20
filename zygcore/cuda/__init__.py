"""Arrays on GPUs: kernels of our own, and the arrays of CuPy, PyTorch and Numba.

Importing this package does not load CUDA, and importing `zygcore` does not import this package.
"""

from ..errors import CudaError
from ._backend import backend, device_count, is_available, runtime_version
from .random import Generator, dropout, normal, random_bits, uniform

__all__ = [
    "CudaError",
    "Generator",
    "backend",
    "device_count",
    "dropout",
    "is_available",
    "normal",
    "random_bits",
    "runtime_version",
    "uniform",
]
