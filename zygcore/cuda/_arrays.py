"""Arrays as the kernels get them: whoever made them, by `__cuda_array_interface__`.

Where the kernels run on the CPU, it is arrays of NumPy that they take.
"""

import contextlib
import sys

import numpy as np

from ..errors import CudaError
from . import _backend
from ._backend import has_kernels, kernels

__all__ = [
    "accumulated", "check", "contiguous", "dtype_name", "empty", "invalid", "launch", "need",
    "stream_of", "view",
]  # fmt: skip

CODES = {
    "float64": 0, "float32": 1, "float16": 2, "bfloat16": 3, "int64": 4, "int32": 5, "bool": 6,
}  # fmt: skip
SIZES = {0: 8, 1: 4, 2: 2, 3: 2, 4: 8, 5: 4, 6: 1}
#: the type in an interface; the one of bfloat16 has many names
TYPES = {
    "float64": "f8", "float32": "f4", "float16": "f2", "int64": "i8", "int32": "i4", "bool": "b1",
}  # fmt: skip
#: arrays whose memory says all about them: others have a mask, a unit, or products of their own
PLAIN = (np.ndarray, np.memmap)
OTHER_ORDER = ">" if sys.byteorder == "little" else "<"


def invalid(call, message):
    return CudaError("cudaErrorInvalidValue", call, message)


def library_of(x):
    return type(x).__module__.partition(".")[0]


def dtype_name(x):
    """``"float32"``, ``"bfloat16"`` ..., of whatever library the array is."""
    return str(x.dtype).rpartition(".")[2]


# -- what an array says about itself -------------------------------------------------------


def no_array(x, call):
    given = f"{type(x).__name__}: {x!r:.60}"
    if kernels(call).backend == "host":
        return invalid(call, f"an array is needed, not {given}")
    return invalid(call, f"an array on the GPU is needed, move it there first; not {given}")


def need(call, *arrays):
    """Raises for what is no array; `view` looks at the rest."""
    for x in arrays:
        if not (hasattr(x, "shape") and hasattr(x, "dtype")):
            raise no_array(x, call)


def check(call, *arrays):
    """Raises for what kernels do not take."""
    for x in arrays:
        view(x, call)


def numpys(x, call):
    """The interface of an array of NumPy's."""
    if type(x) not in PLAIN:
        raise invalid(
            call,
            f"an array of the class {type(x).__name__} is more than its numbers: convert it to a "
            "plain numpy.ndarray first",
        )
    address, fixed = x.__array_interface__["data"]
    return address, x.shape, x.strides, fixed


def interface(x, call):
    """The address, shape, strides in bytes (None: C order) of an array; is it read-only?"""
    host = kernels(call).backend == "host"
    if host and isinstance(x, np.ndarray):
        return numpys(x, call)
    if isinstance(x, np.generic):  # its interface is of a copy that lives as long as the interface
        raise invalid(call, f"an array is needed, not a number of NumPy's: {x!r:.60}")
    library = library_of(x)
    if library == "torch":  # a tensor that requires a gradient has no interface
        x = x.detach()
    found = getattr(x, "__array_interface__", None) if host else None
    if found is None:
        found = given_interface(x, call)
        if host and not _backend.simulated:
            raise _backend.no_device(call)
    need(call, x)
    if library == "cupy":
        return x.data.ptr, x.shape, x.strides, False
    try:
        address, shape, strides, fixed = parts_of(found)
        typestr = found["typestr"]
    except (KeyError, TypeError, ValueError) as error:
        raise invalid(call, f"the interface of a {type(x).__name__} is wrong: {error!r}") from error
    if found.get("mask") is not None:
        raise invalid(call, "arrays with a mask are not supported")
    if typestr[:1] == OTHER_ORDER:
        raise invalid(call, f"numbers in the byte order of another machine ({typestr})")
    if typestr[1:] != TYPES.get(dtype_name(x), typestr[1:]) or shape != tuple(x.shape):
        raise invalid(
            call,
            f"an array of dtype {x.dtype} and shape {tuple(x.shape)} has an interface of {typestr} "
            f"and {shape}",
        )
    if library == "numba":  # whose interface takes broadcast arrays for contiguous ones
        strides = x.strides
    return address, shape, strides, fixed


def given_interface(x, call):
    if library_of(x) == "cupy":  # whose interface asks the driver for the stream
        return {}
    try:
        found = getattr(x, "__cuda_array_interface__", None)
    except Exception as error:
        raise invalid(call, f"a {type(x).__name__} that kernels cannot take: {error}") from error
    if found is None:
        raise no_array(x, call)
    return found


def parts_of(found):
    """What is in an interface, as integers that the bindings can take."""
    address, fixed = found["data"]
    shape = found["shape"]
    strides = found.get("strides")
    for n in (*shape, *(strides or ())):
        if not isinstance(n, (int, np.integer)) or not -(2**62) <= n < 2**62:
            raise ValueError(n)
    if strides is not None and len(strides) != len(shape):
        raise ValueError(f"{len(strides)} strides and {len(shape)} axes")
    if not 0 <= (address or 0) < 2**64:
        raise ValueError(address)
    return address or 0, tuple(shape), strides, fixed


def view(x, call, written=False):
    """(address, dtype, shape, strides in elements, call): what the bindings take."""
    address, shape, strides, fixed = interface(x, call)
    if written and fixed:
        raise invalid(call, "an array that is to be written is read-only")
    code = CODES.get(dtype_name(x))
    if code is None:
        raise invalid(call, f"arrays of dtype {x.dtype} are not supported")
    size = SIZES[code]
    if strides is None or 0 in shape:  # an array of nothing may have any strides
        steps, step = [], 1
        for n in reversed(shape):
            steps.append(step)
            step *= max(n, 1)
        if step >= 2**62:
            raise invalid(call, f"an array of shape {shape} has more elements than memory has")
        return address, code, shape, tuple(reversed(steps)), call
    if any(s % size for s in strides):
        raise invalid(
            call, f"the strides {strides} are no multiples of the {size} bytes of a number"
        )
    return address, code, shape, tuple([s // size for s in strides]), call


def is_dense(x, call):
    """Is an array contiguous, in C order?"""
    _, _, shape, strides, _ = view(x, call)
    expected = 1
    for n, step in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1 and step != expected:
            return False
        expected *= n
    return True


# -- new arrays ------------------------------------------------------------------------------


def stream_of(x):
    """The stream that the producer of an array works on now; 0 is the default one."""
    library = library_of(x)
    if kernels("stream").backend == "host":
        return 0
    if library == "cupy":
        return sys.modules["cupy"].cuda.get_current_stream(x.device.id).ptr
    if library == "torch":
        return sys.modules["torch"].cuda.current_stream(x.device).cuda_stream
    return (getattr(x, "__cuda_array_interface__", None) or {}).get("stream") or 0


def stream_for(arrays, call):
    """The stream that a kernel for these arrays is to run on: that of the first of them.

    It waits there for what the other ones' producers have been given so far.
    """
    if not arrays:
        return 0
    first = stream_of(arrays[0])
    known = {library_of(arrays[0])} & _OF_CURRENT  # whose arrays are all of one stream
    for x in arrays[1:]:
        library = library_of(x)
        if library in known:
            continue
        known |= {library} & _OF_CURRENT
        other = stream_of(x)
        if (other or 1) != (first or 1):  # 0 and 1 are the default stream
            with on_device_of(x, call):
                kernels(call).follow(first, other)
    return first


#: libraries that have a current stream
_OF_CURRENT = {"cupy", "torch"}


@contextlib.contextmanager
def on_device_of(x, call):
    """The streams of an array's device are those of the current one."""
    runtime = kernels(call)
    before, device = runtime.get_device(), device_of(x)
    if device is None or device == before:
        yield
        return
    runtime.set_device(device)
    try:
        yield
    finally:
        runtime.set_device(before)


def device_of(x):
    """The number of the device that an array is on, if its library tells."""
    device = getattr(x, "device", None)
    for name in ("id", "index"):  # CuPy's and PyTorch's
        if isinstance(getattr(device, name, None), int):
            return getattr(device, name)
    return None


@contextlib.contextmanager
def allocating(call):
    """The errors of a library that cannot make an array, as a `CudaError`."""
    try:
        yield
    except CudaError:
        raise
    except Exception as error:
        if (
            isinstance(error, MemoryError)
            or type(error).__name__ == "OutOfMemoryError"
            or "OUT_OF_MEMORY" in str(error)
        ):
            raise CudaError("cudaErrorMemoryAllocation", call, f"out of memory: {error}") from error
        if isinstance(error, (ValueError, TypeError, OverflowError)):
            raise invalid(call, str(error)) from error
        raise


def empty(shape, dtype, like, call):
    """A new array, uninitialised, of the library and on the device of another."""
    with allocating(call):
        return made_empty(shape, dtype, like, call)


def made_empty(shape, dtype, like, call):
    if type(like) in PLAIN or isinstance(like, np.generic):
        return np.empty(shape, dtype)
    name = library_of(like)
    library = sys.modules.get(name)
    if name == "torch":
        return library.empty(shape, dtype=getattr(library, dtype), device=like.device)
    if name == "cupy":
        on_gpu = kernels(call).backend == "cuda"
        with like.device if on_gpu else contextlib.nullcontext():
            return library.empty(shape, dtype)
    if name == "numba":
        return library.cuda.device_array(shape, dtype)
    if hasattr(like, "__array_namespace__"):
        namespace = like.__array_namespace__()
        device = getattr(like, "device", None)
        return namespace.empty(shape, dtype=getattr(namespace, dtype, dtype), device=device)
    if hasattr(library, "empty"):
        return library.empty(shape, dtype)
    raise invalid(call, f"it is not known how to make an array like a {type(like).__name__}")


def contiguous(x, call):
    """The array itself if it is contiguous, else a copy."""
    if isinstance(x, np.generic):
        return np.asarray(x)
    if isinstance(x, np.ndarray):
        if type(x) not in PLAIN:
            numpys(x, call)
        with allocating(call):
            return np.asarray(x, order="C")  # ascontiguousarray makes an axis of none
    if is_dense(x, call):
        return x
    from .copy import copied

    return copied(x, range(len(x.shape)), call)


def accumulated(a, b):
    """The sum of two arrays of one shape and dtype, a new one; by the library if no kernel can."""
    if not within_reach(a) or not is_dense(a, "add") or not is_dense(b, "add"):
        return a + b
    from .elementwise import add

    return add(a, b)


def within_reach(x):
    """Can the kernels that there are take arrays of this class?"""
    if not has_kernels():
        return False
    return kernels().backend == "cuda" or _backend.simulated or isinstance(x, np.ndarray)


# -- launches --------------------------------------------------------------------------------


def launch(name, *args, call=None, **options):
    """Calls a function of the bindings; arrays become views, on their producers' stream.

    `call` is the name that errors have, if it is another.
    """
    call = call or name
    arrays, given, alive = [], [], []
    for x in args:
        if hasattr(x, "dtype") and hasattr(x, "shape"):
            if isinstance(x, np.generic):
                x = np.asarray(x)
                alive.append(x)
            arrays.append(x)
            x = view(x, call)
        given.append(x)
    stream = stream_for(arrays, call)
    return getattr(kernels(call), name)(*given, stream=stream, **options)
