"""Which of the two modules with kernels is used: `_device` on a GPU, `_host` on the CPU.

Neither is imported before it is needed.
"""

import functools
import importlib

from ..errors import CudaError

__all__ = [
    "backend", "device_count", "has_kernels", "is_available", "kernels", "no_device",
    "runtime_version",
]  # fmt: skip

#: For tests: what calls itself a CUDA array is over memory of the host if kernels run there.
simulated = False

BUILD = (
    "install it with ZYGCORE_CUDA=1 where nvcc is on the PATH, or with ZYGCORE_CUDA=wheels, which "
    "takes nvcc from wheels"
)


@functools.cache
def _module(name):
    try:
        return importlib.import_module(f"zygcore.cuda.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"zygcore.cuda.{name}":
            raise
        return None


@functools.cache
def _devices():
    """How many GPUs there are; if there is none, CUDA's name for why, and that in words."""
    device = _module("_device")
    if device is None:
        return 0, "cudaErrorNotSupported", f"this zygcore was built without CUDA; {BUILD}"
    try:
        count, name = device.device_count(), "cudaErrorNoDevice"
    except CudaError as error:
        if error.name not in ("cudaErrorNoDevice", "cudaErrorInsufficientDriver"):
            raise
        count, name = 0, error.name
    if count:
        return count, None, None
    if name == "cudaErrorNoDevice":
        return 0, name, "there is no GPU, or CUDA_VISIBLE_DEVICES hides it"
    driver, runtime = device.driver_version(), device.runtime_version()
    if driver == 0:
        return 0, name, "there is no NVIDIA driver on this machine"
    why = (
        f"the NVIDIA driver is too old: it is for CUDA {_version(driver)}, and zygcore was "
        f"built with CUDA {_version(runtime)}; install a newer driver"
    )
    return 0, name, why


def _version(number):
    return f"{number // 1000}.{number % 1000 // 10}"


def no_device(call):
    """The error of who asks for a GPU where kernels run on the CPU, or not at all."""
    _, name, why = _devices()
    return CudaError(name, call, why)


def device_count() -> int:
    """How many GPUs there are; 0 without a driver, or if zygcore was built without CUDA.

    Examples
    --------
    >>> import zygcore.cuda
    >>> zygcore.cuda.device_count() >= 0
    True
    """
    return _devices()[0]


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
        raise no_device("runtime_version")
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
        _, name, why = _devices()
        without = "neither were the kernels for the CPU (ZYGCORE_CUDA=0, or no C++ compiler)"
        raise CudaError(name, call, f"{why}; {without}")
    return found


def has_kernels() -> bool:
    """Was either of the modules built?"""
    return is_available() or _module("_host") is not None
