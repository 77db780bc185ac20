"""Which of the two modules with kernels is used: `_device` on a GPU, `_host` on the CPU.

Neither is imported before it is needed.
"""

import functools
import importlib

from ..errors import CudaError

__all__ = ["backend", "device_count", "has_kernels", "is_available", "kernels", "runtime_version"]


@functools.cache
def _module(name):
    try:
        return importlib.import_module(f"zygcore.cuda.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"zygcore.cuda.{name}":
            raise
        return None


def _missing(what):
    return CudaError(
        "cudaErrorNotSupported",
        what,
        "this zygcore was built without CUDA; install it with ZYGCORE_CUDA=1 where nvcc is on the "
        "PATH, or with ZYGCORE_CUDA=wheels",
    )


@functools.cache
def device_count() -> int:
    """How many GPUs there are; 0 without a driver, or if zygcore was built without CUDA.

    Examples
    --------
    >>> import zygcore.cuda
    >>> zygcore.cuda.device_count() >= 0
    True
    """
    device = _module("_device")
    if device is None:
        return 0
    try:
        return device.device_count()
    except CudaError as error:
        if error.name in ("cudaErrorNoDevice", "cudaErrorInsufficientDriver"):
            return 0
        raise


def is_available() -> bool:
    """Is there a GPU that the kernels can run on?"""
    return device_count() > 0


def runtime_version() -> int:
    """The version of the CUDA runtime that the kernels were built with, 13000 for 13.0.

    Raises
    ------
    CudaError
        If zygcore was built without CUDA.
    """
    device = _module("_device")
    if device is None:
        raise _missing("runtime_version")
    return device.runtime_version()


def backend() -> str:
    """``"cuda"`` where there is a GPU, else ``"host"``: the same kernels on the CPU.

    Raises
    ------
    CudaError
        If neither was built.
    """
    return kernels("backend").backend


def kernels(call="kernels"):
    """The module with the kernels."""
    found = _module("_device") if is_available() else _module("_host")
    if found is None:
        raise _missing(call)
    return found


def has_kernels() -> bool:
    """Was either of the modules built?"""
    return is_available() or _module("_host") is not None
