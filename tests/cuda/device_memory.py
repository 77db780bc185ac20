"""Arrays in memory that the runtime of the shim has allocated, as CuPy's are in that of a GPU.

They have shapes and an interface, and nothing that computes.  Memory is freed with the last array
over it, so that what is live can be counted.
"""

import ctypes
import sys

import numpy as np

from zygcore.cuda import _backend

__all__ = ["HOST", "MANAGED", "empty", "get", "ndarray", "put"]

HOST, DEVICE, MANAGED = 1, 2, 3  # cudaMemoryType


class OutOfMemoryError(MemoryError):
    """As CuPy has one."""


class Memory:
    def __init__(self, size, kind=DEVICE, device=0):
        self.runtime = _backend.kernels()
        self.address = None
        try:
            self.address = self.runtime.allocate(max(size, 1), kind, device)
        except _backend.CudaError as error:
            raise OutOfMemoryError(str(error)) from error
        self.device = device
        self.bytes = (ctypes.c_char * size).from_address(self.address)

    def free(self):
        address, self.address = self.address, None
        if address is not None:
            self.runtime.free(address)

    __del__ = free


class ndarray:
    """An array, by a view of NumPy's over the memory."""

    def __init__(self, memory, array):
        self.memory, self.array = memory, array
        self.device = memory.device

    shape = property(lambda x: x.array.shape)
    dtype = property(lambda x: x.array.dtype)
    ndim = property(lambda x: x.array.ndim)
    size = property(lambda x: x.array.size)

    def reshape(self, shape):
        return ndarray(self.memory, self.array.reshape(shape))

    def viewed(self, function):
        """Another view of the same memory."""
        return ndarray(self.memory, function(self.array))

    @property
    def __cuda_array_interface__(self):
        found = dict(self.array.__array_interface__)
        found["version"], found["stream"] = 3, None
        return found

    def __array_namespace__(self):
        return sys.modules[__name__]

    def __array__(self, *args, **options):
        raise TypeError("not on the host")


def empty(shape, dtype, device=None):
    device = _backend.kernels().get_device() if device is None else device
    dtype = np.dtype(dtype)
    memory = Memory(dtype.itemsize * int(np.prod(shape)), DEVICE, device)
    return ndarray(memory, np.frombuffer(memory.bytes, dtype).reshape(shape))


def put(x, kind=DEVICE, device=0):
    x = np.asarray(x)
    memory = Memory(x.nbytes, kind, device)
    array = np.frombuffer(memory.bytes, x.dtype).reshape(x.shape)
    array[...] = x
    return ndarray(memory, array)


def get(x):
    return x.array.copy()
