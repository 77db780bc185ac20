"""Arrays as the kernels get them: whoever made them, by `__cuda_array_interface__`.

Where the kernels run on the CPU, NumPy's arrays are taken too, and what calls itself a CUDA array
is one over the memory of the host.
"""

import sys

import numpy as np

from ..errors import CudaError
from ._backend import has_kernels, kernels

__all__ = ["accumulated", "contiguous", "dtype_name", "empty", "launch", "view"]

CODES = {
    "float64": 0, "float32": 1, "float16": 2, "bfloat16": 3, "int64": 4, "int32": 5, "bool": 6,
}  # fmt: skip
SIZES = {0: 8, 1: 4, 2: 2, 3: 2, 4: 8, 5: 4, 6: 1}


def invalid(call, message):
    return CudaError("cudaErrorInvalidValue", call, message)


def library_of(x):
    return type(x).__module__.partition(".")[0]


def dtype_name(x):
    """``"float32"``, ``"bfloat16"`` ..., of whatever library the array is."""
    return str(x.dtype).rpartition(".")[2]


def interface(x, call):
    """The address, shape and strides in bytes (None: C order) of an array."""
    host = kernels(call).backend == "host"
    if library_of(x) == "cupy":  # whose interface asks the driver for the stream
        return x.data.ptr, x.shape, x.strides
    found = getattr(x, "__cuda_array_interface__", None)
    if found is None and host:
        found = getattr(x, "__array_interface__", None)
    if found is None:
        kind = type(x).__name__
        where = "an array" if host else "an array on the GPU"
        raise invalid(call, f"{where} is needed, not {x!r:.60} ({kind}): move it there first")
    return found["data"][0], tuple(found["shape"]), found.get("strides")


def view(x, call):
    """(address, dtype, shape, strides in elements): what the bindings take."""
    address, shape, strides = interface(x, call)
    code = CODES.get(dtype_name(x))
    if code is None:
        raise invalid(call, f"arrays of dtype {x.dtype} are not supported")
    size = SIZES[code]
    if strides is None:
        steps, step = [], 1
        for n in reversed(shape):
            steps.append(step)
            step *= n
        return address, code, shape, tuple(reversed(steps))
    if any(s % size for s in strides):
        raise invalid(
            call, f"the strides {strides} are no multiples of the {size} bytes of a number"
        )
    return address, code, shape, tuple([s // size for s in strides])


def stream_of(x):
    """The stream that the producer of an array works on now; 0 is the default one."""
    library = library_of(x)
    if kernels("stream").backend == "host":
        return 0
    if library == "cupy":
        return sys.modules["cupy"].cuda.get_current_stream().ptr
    if library == "torch":
        return sys.modules["torch"].cuda.current_stream(x.device).cuda_stream
    return (getattr(x, "__cuda_array_interface__", None) or {}).get("stream") or 0


def empty(shape, dtype, like):
    """A new array, uninitialised, of the library and on the device of another."""
    if isinstance(like, np.ndarray):
        return np.empty(shape, dtype)
    name = library_of(like)
    library = sys.modules.get(name)
    if name == "torch":
        return library.empty(shape, dtype=getattr(library, dtype), device=like.device)
    if name == "numba":
        return library.cuda.device_array(shape, dtype)
    if hasattr(like, "__array_namespace__"):
        namespace = like.__array_namespace__()
        return namespace.empty(shape, dtype=getattr(namespace, dtype, dtype))
    if hasattr(library, "empty"):
        return library.empty(shape, dtype)
    raise invalid("empty", f"it is not known how to make an array like a {type(like).__name__}")


def contiguous(x):
    """The array itself if it is contiguous, else a copy by the library that made it."""
    if isinstance(x, np.ndarray | np.generic):
        return np.asarray(x, order="C")  # ascontiguousarray makes an axis of none
    if hasattr(x, "contiguous"):  # torch
        return x.contiguous()
    library = sys.modules[type(x).__module__.partition(".")[0]]
    return library.ascontiguousarray(x)


def accumulated(a, b):
    """The sum of two arrays of one shape and dtype, a new one; by the library if no kernel can."""
    if not has_kernels() or not is_dense(a) or not is_dense(b):
        return a + b
    from .elementwise import add

    return add(a, b)


def is_dense(x):
    """Is an array contiguous, in C order?"""
    _, code, shape, strides = view(x, "accumulated")
    expected = 1
    for n, step in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1 and step != expected:
            return False
        expected *= n
    return True


def launch(name, *args, **options):
    """Calls a function of the bindings; arrays become views, on the stream of the first of them."""
    arrays = [x for x in args if hasattr(x, "dtype") and hasattr(x, "shape")]
    function = getattr(kernels(name), name)
    given = [view(x, name) if any(x is a for a in arrays) else x for x in args]
    return function(*given, stream=stream_of(arrays[0]) if arrays else 0, **options)
