"""`softmax`, `log_softmax` and `logsumexp` along an axis.

Sums are formed in float32 for arrays of 16 bits, else in the dtype of the array.  Arrays may have
any strides; what comes out is contiguous.  The kernels are in ``src/rows.cuh``.
"""

from ..rules.registry import adjoint
from ._arrays import dtype_name, empty, invalid, launch, need
from ._elementwise import difference, product
from .reduce import kept_sum

__all__ = ["log_softmax", "logsumexp", "softmax"]


def axis_of(x, axis, call):
    """The number of an axis, counted from the front."""
    need(call, x)
    count = len(x.shape)
    if not -count <= axis < count:
        raise invalid(call, f"an array of {count} axes has no axis {axis}")
    return int(axis) % count


def like(x, call, shape=None):
    """A new array of the dtype of another."""
    need(call, x)
    return empty(tuple(x.shape) if shape is None else shape, dtype_name(x), x, call)


def softmax(x, axis=-1):
    """``exp(x) / sum(exp(x))`` along an axis.

    Where the largest number of a row is infinite the row is NaN, as of `scipy.special.softmax`.

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16, of any shape but ``()``.
    axis : int

    Returns
    -------
    array
        Of the shape and dtype of `x`.

    Raises
    ------
    CudaError
        If the dtype is another, the array is elsewhere, or there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> softmax(np.log([[1.0, 3.0], [2.0, 2.0]]))
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    y = like(x, "softmax")
    launch("softmax", x, axis_of(x, axis, "softmax"), y)
    return y


def log_softmax(x, axis=-1):
    """``x - log(sum(exp(x)))`` along an axis: the logarithm of `softmax`, but never of 0.

    Where the largest number of a row is infinite it becomes NaN, and what is less -inf, as of
    `scipy.special.log_softmax`.

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16, of any shape but ``()``.
    axis : int

    Returns
    -------
    array
        Of the shape and dtype of `x`.

    Raises
    ------
    CudaError
        If the dtype is another, the array is elsewhere, or there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    y = like(x, "log_softmax")
    launch("log_softmax", x, axis_of(x, axis, "log_softmax"), y)
    return y


def logsumexp(x, axis=-1, keepdims=False):
    """``log(sum(exp(x)))`` along an axis; -inf where there is nothing, or nothing but -inf.

    Its gradient is ``softmax(x)``; where the result is infinite the largest numbers have equal
    shares, as of `scipy.special.logsumexp`.  Where it is NaN, so is the gradient.

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16, of any shape but ``()``.
    axis : int
    keepdims : bool
        Whether the axis stays, with the length 1.

    Returns
    -------
    array
        Of the dtype of `x`.

    Raises
    ------
    CudaError
        If the dtype is another, the array is elsewhere, or there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> logsumexp(np.log([[1.0, 3.0], [2.0, 5.0]]), axis=0)
    array([1.09861229, 2.07944154])
    """
    axis = axis_of(x, axis, "logsumexp")
    shape = tuple(x.shape)
    y = like(x, "logsumexp", shape[:axis] + shape[axis + 1 :])
    launch("logsumexp", x, axis, y)
    return y.reshape(shape[:axis] + (1,) + shape[axis + 1 :]) if keepdims else y


def softmax_back(dy, y, axis):
    """The pullback of softmax, of its result `y`: ``y * (dy - sum(dy * y))``."""
    dx = like(y, "softmax_back")
    launch("softmax_back", dy, y, axis_of(y, axis, "softmax_back"), dx)
    return dx


def log_softmax_back(dy, y, axis):
    """The pullback of log_softmax, of its result `y`: ``dy - exp(y) * sum(dy)``."""
    dx = like(y, "log_softmax_back")
    launch("log_softmax_back", dy, y, axis_of(y, axis, "log_softmax_back"), dx)
    return dx


def logsumexp_back(dy, x, axis, keepdims):
    """The pullback of logsumexp: ``dy * softmax(x)``."""
    axis = axis_of(x, axis, "logsumexp_back")
    shape = tuple(x.shape)
    dx = like(x, "logsumexp_back")
    d = dy.reshape(shape[:axis] + shape[axis + 1 :]) if keepdims else dy
    launch("logsumexp_back", d, x, axis, dx)
    return dx


# -- rules --------------------------------------------------------------------------------
#
# Pullbacks of pullbacks are made of kernels, too: arrays of some libraries have no operators.


@adjoint(softmax)
def softmax_rule(x, axis=-1):
    y = softmax(x, axis)
    return y, lambda dy: (softmax_back(dy, y, axis),)


@adjoint(log_softmax)
def log_softmax_rule(x, axis=-1):
    y = log_softmax(x, axis)
    return y, lambda dy: (log_softmax_back(dy, y, axis),)


@adjoint(logsumexp)
def logsumexp_rule(x, axis=-1, keepdims=False):
    return logsumexp(x, axis, keepdims), lambda dy: (logsumexp_back(dy, x, axis, keepdims),)


@adjoint(softmax_back)
def softmax_back_rule(dy, y, axis):
    def softmax_back_back(g):
        total, weight = kept_sum(product(dy, y), axis), kept_sum(product(g, y), axis)
        y_part = difference(product(g, difference(dy, total)), product(weight, dy))
        return softmax_back(g, y, axis), y_part

    return softmax_back(dy, y, axis), softmax_back_back


@adjoint(log_softmax_back)
def log_softmax_back_rule(dy, y, axis):
    """Here `y` is known to be a logarithm of a softmax, so ``exp(y)`` is ``softmax(y)``."""

    def log_softmax_back_back(g):
        gp = product(g, softmax(y, axis))
        return difference(g, kept_sum(gp, axis)), product(gp, kept_sum(dy, axis), -1.0)

    return log_softmax_back(dy, y, axis), log_softmax_back_back


@adjoint(logsumexp_back)
def logsumexp_back_rule(dy, x, axis, keepdims):
    def logsumexp_back_back(g):
        p = softmax(x, axis)
        dy_part = kept_sum(product(g, p), axis)
        each = dy if keepdims else dy.reshape(dy_part.shape)
        x_part = softmax_back(product(g, each), p, axis)
        return dy_part if keepdims else dy_part.reshape(dy.shape), x_part

    return logsumexp_back(dy, x, axis, keepdims), logsumexp_back_back
