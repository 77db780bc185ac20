"""Copies with axes in another order."""

from ..rules.registry import adjoint
from . import _arrays
from .reduce import shape_of

__all__ = ["permute"]


def permute(x, axes):
    """A contiguous copy of an array with its axes in another order.

    Parameters
    ----------
    x : array
        Of any supported dtype, with at most 8 axes and any strides.
    axes : sequence of int
        Axis ``a`` of the result is axis ``axes[a]`` of `x`; negative ones count from the end.

    Returns
    -------
    array

    Raises
    ------
    CudaError
        If an axis is not named once.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore.cuda import permute
    >>> permute(np.arange(6.0).reshape(2, 3), (1, 0))
    array([[0., 3.],
           [1., 4.],
           [2., 5.]])
    """
    _arrays.need("permute", x)
    return copied(x, from_start(axes, len(x.shape)), "permute")


def copied(x, order, call):
    shape = shape_of(x)
    y = _arrays.empty(tuple([shape[a] for a in order]), _arrays.dtype_name(x), x, call)
    _arrays.launch("permute", x, list(order), y, call=call)
    return y


def from_start(axes, count):
    """Axes as numbers from 0 on, each of them once."""
    order = tuple([int(a) + count if a < 0 else int(a) for a in axes])
    if sorted(order) != list(range(count)):
        raise _arrays.invalid(
            "permute", f"axes {tuple(axes)} do not name each of {count} axes once"
        )
    return order


@adjoint(permute)
def permute_rule(x, axes):
    y = permute(x, axes)
    order = from_start(axes, len(shape_of(x)))
    back = tuple([order.index(a) for a in range(len(order))])
    return y, lambda dy: (permute(dy, back), None)
