"""Arrays on GPUs: kernels of our own, and the arrays of CuPy, PyTorch and Numba.

Importing this package does not load CUDA, and importing `zygcore` does not import this package.
"""

from ..errors import CudaError
from ._backend import backend, device_count, is_available, runtime_version
from .loss import cross_entropy
from .norm import layer_norm, rms_norm
from .rows import log_softmax, logsumexp, softmax

__all__ = [
    "CudaError",
    "backend",
    "cross_entropy",
    "device_count",
    "is_available",
    "layer_norm",
    "log_softmax",
    "logsumexp",
    "rms_norm",
    "runtime_version",
    "softmax",
]
