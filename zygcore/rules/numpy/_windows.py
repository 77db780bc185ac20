"""Rules for arrays that show the memory of another array in a way of their own.

Their value is made anew with the other array as its owner, so that the machine knows what it
shows, also where it is written.  What the cotangent of an element belongs to is told by its
address.
"""

import numpy as np

from ...errors import UnsupportedError
from ..broadcasting import project
from ..registry import UNKNOWN, adjoint, lowering, nondifferentiable
from ._indexing import scatter

__all__ = []


def _address(x):
    return x.__array_interface__["data"][0]


def positions(y, x):
    """Where each element of `y` is in the flattened `x`, whose memory it shows; None: nowhere."""
    size = x.itemsize
    offset = _address(y) - _address(x)
    if y.dtype != x.dtype or not x.flags.c_contiguous:
        return None
    if any(n % size for n in (offset, *y.strides)):
        return None
    out = np.full(y.shape, offset // size)
    for i, (n, stride) in enumerate(zip(y.shape, y.strides, strict=True)):
        out += np.reshape(np.arange(n) * (stride // size), (-1,) + (1,) * (y.ndim - 1 - i))
    return out


def window(x, shape, offset, strides, writeable):
    """An array over the memory of `x`, which is its owner."""
    y = np.ndarray(shape, x.dtype, x, offset, strides)
    y.flags.writeable = writeable
    return y


@adjoint(window)
def window_rule(x, *geometry):
    y = window(x, *geometry)
    where = positions(y, x)

    def window_back(dy):
        dx = scatter(np.ravel(dy), np.ravel(where), (x.size,))
        return (project(np.reshape(dx, x.shape), x),)

    return y, window_back


def shown(x, native):
    """What `native`, made of the memory of `x`, shows, with `x` as its owner; and its pullback."""
    turned = not x.flags.c_contiguous
    if turned:
        x = np.transpose(x)
    if positions(native, x) is None:
        raise UnsupportedError(
            "an array that is not contiguous, or its memory as another dtype, is shown in a way "
            "that cannot be differentiated: use np.ascontiguousarray(x)"
        )
    offset = _address(native) - _address(x)
    y, back = window_rule(x, native.shape, offset, native.strides, native.flags.writeable)
    return y, lambda dy: np.transpose(back(dy)[0]) if turned else back(dy)[0]


nondifferentiable(_address, positions)


def made(x, function, args, options):
    """What a function makes of the memory of an array."""
    return function(x, *args, **options)


@adjoint(made)
def made_rule(x, function, args, options):
    y, back = shown(x, function(x, *args, **options))
    return y, lambda dy: (project(back(dy), x),)


def _register(function):
    @lowering(function)
    def shown_lowering(x, *args, **options):
        """Of an array that is known, also for a list: elements share its memory."""
        return made(x if isinstance(x, np.ndarray) else np.array(x), function, args, options)


_register(np.lib.stride_tricks.as_strided)
_register(np.lib.stride_tricks.sliding_window_view)


@adjoint(np.frombuffer)
def frombuffer_rule(buffer, dtype=float, count=-1, offset=0, **options):
    y = np.frombuffer(buffer, dtype, count, offset, **options)
    if not isinstance(buffer, np.ndarray):
        return y, UNKNOWN
    y, back = shown(buffer, y)
    return y, lambda dy: (back(dy),)


@adjoint(np.from_dlpack)
def from_dlpack_rule(x, /, **options):
    native = np.from_dlpack(x, **options)
    if not isinstance(x, np.ndarray) or _address(native) != _address(x):
        return native, UNKNOWN
    y = x.view()
    y.flags.writeable = native.flags.writeable
    return y, lambda dy: (project(dy, x),)
