"""Sums over the axes that broadcasting added or stretched: what pullbacks of broadcasting need.

The order of summation depends on nothing but shapes and strides, so results are the same every
time; numbers of 16 bits are added up in float32.
"""

import numpy as np

from ..rules.registry import adjoint, nondifferentiable
from . import _arrays
from ._backend import kernels

__all__ = ["unbroadcast"]


def shape_of(x):
    return tuple([int(n) for n in x.shape])


def unbroadcast(dy, shape):
    """The sum of an array over the axes that broadcasting from a shape added or stretched.

    Parameters
    ----------
    dy : array
        Of float64, float32, float16 or bfloat16, with any strides.
    shape : tuple of int
        One that can be broadcast to that of `dy`.

    Returns
    -------
    array
        Of this shape, contiguous unless it is `dy` itself, where nothing is to be done.

    Raises
    ------
    CudaError
        If the shape cannot be broadcast to that of `dy`, or for another dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore.cuda import unbroadcast
    >>> unbroadcast(np.ones((4, 3), np.float32), (1, 3))
    array([[4., 4., 4.]], dtype=float32)
    """
    if isinstance(dy, np.generic):
        dy = np.asarray(dy)
    _arrays.need("unbroadcast", dy)
    if shape_of(dy) == tuple(shape):
        return dy
    y = _arrays.empty(tuple(shape), _arrays.dtype_name(dy), dy, "unbroadcast")
    views = [_arrays.view(x, "unbroadcast") for x in (dy, y)]
    needed = kernels("unbroadcast").sum_workspace(*views)
    wide = "float64" if _arrays.dtype_name(dy) == "float64" else "float32"
    workspace = _arrays.empty((needed,), wide, dy, "unbroadcast")
    _arrays.launch("sum_to", dy, y, workspace, call="unbroadcast")
    return y


def kept_sum(x, axis):
    """The sum along an axis, which stays with the length 1."""
    shape = shape_of(x)
    axis %= len(shape)
    return unbroadcast(x, (*shape[:axis], 1, *shape[axis + 1 :]))


def expanded(x, shape):
    """A new array: `x`, broadcast to a shape."""
    if isinstance(x, np.generic):
        x = np.asarray(x)
    y = _arrays.empty(shape, _arrays.dtype_name(x), x, "expanded")
    _arrays.launch("elementwise", "scaled", y, 1.0, x, call="expanded")
    return y


@adjoint(unbroadcast)
def unbroadcast_rule(dy, shape):
    y = unbroadcast(dy, shape)
    of_dy = shape_of(dy)
    if y is dy:
        return y, lambda v: (v, None)
    return y, lambda v: (expanded(v, of_dy), None)


@adjoint(expanded)
def expanded_rule(x, shape):
    of_x = shape_of(x)
    return expanded(x, shape), lambda dy: (unbroadcast(dy, of_x), None)


nondifferentiable(shape_of)
