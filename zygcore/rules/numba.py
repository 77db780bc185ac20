"""Rules for the device arrays of Numba: transfers and views.

They have no arithmetic of their own; the functions of `zygcore.cuda` are that.  Pullbacks and sums
of cotangents are made by our kernels.
"""

import math
import operator

import numpy as np
from numba import cuda
from numba.cuda import dispatcher
from numba.cuda.cudadrv.devicearray import DeviceNDArray

from ..cuda._arrays import contiguous
from ..cuda.copy import permute
from ..cuda.elementwise import add
from ..cuda.gather import scatter_add
from ..errors import OutputError, UnsupportedError
from ..interop._known import FETCHED
from ..interop._library import addresses_of, declare_arrays
from .broadcasting import project
from .registry import adjoint, lowering, nondifferentiable

__all__ = []


def sent(a, dtype):
    """An array of the host, on the device."""
    return cuda.to_device(np.array(a, dtype, order="C", copy=None))


@adjoint(sent)
def sent_rule(a, dtype):
    return sent(a, dtype), lambda dy: (project(fetched(dy), a), None)


def fetched(x):
    return x.copy_to_host()


@adjoint(fetched)
def fetched_rule(x):
    dtype = x.dtype
    return fetched(x), lambda dy: (sent(dy, dtype),)


def reshaped(x, shape):
    return contiguous(x, "reshape").reshape(*shape) if shape else one_number(x)


def one_number(x):
    """`DeviceNDArray.reshape` makes no array without axes."""
    return DeviceNDArray((), (), x.dtype, x.stream, x.gpu_data) if x.size == 1 else x.reshape(1)


@adjoint(reshaped)
def reshaped_rule(x, shape):
    before = x.shape
    return reshaped(x, shape), lambda dy: (reshaped(dy, before), None)


def item_of(x, item):
    return x[item]


@adjoint(item_of)
def item_rule(x, item):
    y = item_of(x, item)
    shape, dtype = x.shape, x.dtype

    def item_back(dy):
        if not isinstance(y, DeviceNDArray):  # a number, on the host
            dy = sent(dy, dtype)
        return placed(dy, item, shape), None

    return y, item_back if dtype.kind == "f" else None


def placed(dy, item, shape):
    """Zeros, and the elements of an array where an index says."""
    item = item if isinstance(item, tuple) else (item,)
    lead, row = shape[: len(item)], shape[len(item) :]
    at = np.arange(math.prod(lead)).reshape(lead)[item]
    values = reshaped(dy, at.shape + row)
    return reshaped(scatter_add(values, sent(at, None), math.prod(lead)), shape)


# -- what the machine runs for methods and functions ------------------------------------------


def reshape(x, *shape, order="C"):
    if order != "C":
        raise UnsupportedError("reshape of a device array of Numba's in an order that is not C")
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = tuple(shape[0])
    if -1 in shape:
        known = -math.prod(shape)
        shape = tuple([x.size // known if n == -1 else n for n in shape])
    return reshaped(x, shape)


def ravel(x, order="C", stream=0):
    return reshape(x, x.size, order=order)


def squeeze(x, axis=None, stream=0):
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis) % x.ndim
    if axis is not None and any(x.shape[a] != 1 for a in axes):
        raise ValueError("squeeze() of an axis that has more than one element")
    shape = tuple([n for a, n in enumerate(x.shape) if n != 1 or a not in axes])
    return reshaped(x, shape)


def transpose(x, axes=None):
    return permute(x, tuple(range(x.ndim))[::-1] if axes is None else tuple(axes))


def getitem(x, item, stream=0):
    return item_of(x, item)


def copy_to_host(x, ary=None, stream=0):
    if ary is not None:
        raise UnsupportedError("copy_to_host(ary) writes into an array: use what it returns")
    return fetched(x)


def to_device(obj, stream=0, copy=True, to=None):
    if to is not None or not copy:
        raise UnsupportedError("to_device(..., to=...) writes into an array: use what it returns")
    return obj if isinstance(obj, DeviceNDArray) else sent(np.asarray(obj), None)


for _name in ("reshape", "ravel", "squeeze", "transpose", "getitem", "copy_to_host"):
    lowering(getattr(DeviceNDArray, _name))(globals()[_name])
lowering(cuda.to_device)(to_device)
nondifferentiable(
    DeviceNDArray.is_c_contiguous, DeviceNDArray.is_f_contiguous, DeviceNDArray.__len__,
    cuda.device_array_like,
)  # fmt: skip


@adjoint(operator.getitem)
def operator_rule(x: DeviceNDArray, item):
    return item_rule(x, item)


@adjoint(DeviceNDArray.copy_to_device, DeviceNDArray.setitem, DeviceNDArray.__setitem__)
def written_rule(x, *args, **options):
    raise UnsupportedError(
        "copy_to_device() and setitem() write into a device array of Numba's, which cannot be "
        "differentiated: make a new array"
    )


@adjoint(dispatcher._LaunchConfiguration.__call__)
def launch_rule(self, *args):
    raise UnsupportedError(
        "a kernel of Numba's is launched with arrays that the gradient depends on, and nobody "
        "knows its derivative: put the launch into a function that returns a new array, and "
        "register an adjoint for that with zygcore.adjoint"
    )


FETCHED[DeviceNDArray] = fetched


def _unit(y):
    if y.shape or y.dtype.kind != "f":
        raise OutputError(
            f"gradient needs a real scalar; the function returned a device array of shape "
            f"{y.shape} and dtype {y.dtype}. Use zygcore.pullback with a cotangent of that shape"
        )
    return sent(np.ones(()), y.dtype)


def _like(x, make):
    found = make(np.broadcast_to(np.zeros((), x.dtype), x.shape))
    return None if found is None else sent(found, x.dtype)


class Snapshot:
    """What was in a device array, on the host."""

    __slots__ = ("array", "copy")

    def __init__(self, array):
        self.array = array
        self.copy = array.copy_to_host()

    def changed(self):
        return self.array.copy_to_host().tobytes() != self.copy.tobytes()

    def again(self):
        return Snapshot(self.array)

    def put_back(self):
        self.array.copy_to_device(self.copy)


declare_arrays(
    DeviceNDArray,
    like=_like,
    unit=_unit,
    copy=lambda x: x.view(x.dtype),
    add=add,
    attributes={"T": transpose},
    constants=frozenset((
        "shape", "dtype", "ndim", "size", "strides", "nbytes", "flags", "stream", "alloc_size",
        "__class__", "__cuda_array_interface__", "__cuda_ndarray__", "__cuda_memory__",
    )),
    addresses=addresses_of,
    snapshot=Snapshot,
)  # fmt: skip
