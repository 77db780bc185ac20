"""`layer_norm` and `rms_norm` along the last axis.

Mean and variance are formed in float32 for arrays of 16 bits, else in the dtype of the array; the
variance of differences from the mean.  Arrays may have any strides; what comes out is contiguous.
The kernels are in ``src/norm.cuh``.
"""

import math

from ..rules.broadcasting import refuse
from ..rules.registry import adjoint, each
from ._arrays import contiguous, dtype_name, empty, launch, need
from ._backend import kernels
from ._elementwise import affine, call, difference, product
from .gather import column_sum
from .reduce import expanded, kept_sum, shape_of
from .rows import like

__all__ = ["layer_norm", "rms_norm"]


def layer_norm(x, weight=None, bias=None, eps=1e-5):
    """``(x - mean) / sqrt(variance + eps) * weight + bias`` along the last axis.

    Ba, Kiros and Hinton 2016, "Layer Normalization".  The variance is that of the row, divided by
    its length.

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16, of shape ``(..., n)``.
    weight, bias : array, optional
        Of shape ``(n,)`` and the dtype of `x`; 1 and 0 without them.
    eps : float
        Is a constant.

    Returns
    -------
    array
        Of the shape and dtype of `x`.

    Raises
    ------
    CudaError
        If a dtype or shape is another, or an array is elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> layer_norm(np.array([1.0, 7.0]), bias=np.array([0.0, 5.0]), eps=7.0)
    array([-0.75,  5.75])
    """
    return normalized(x, weight, bias, eps, True)[0]


def rms_norm(x, weight=None, eps=1e-5):
    """``x / sqrt(mean(x**2) + eps) * weight`` along the last axis.

    Zhang and Sennrich 2019, "Root Mean Square Layer Normalization".

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16, of shape ``(..., n)``.
    weight : array, optional
        Of shape ``(n,)`` and the dtype of `x`; 1 without it.
    eps : float
        Is a constant.

    Returns
    -------
    array
        Of the shape and dtype of `x`.

    Raises
    ------
    CudaError
        If a dtype or shape is another, or an array is elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> rms_norm(np.array([1.0, 7.0]), eps=0.0)
    array([0.2, 1.4])
    """
    return normalized(x, weight, None, eps, False)[0]


def sums_like(x, shape, call):
    """A new array of the dtype that sums over `x` have."""
    return empty(shape, "float64" if dtype_name(x) == "float64" else "float32", x, call)


def rows_of(x):
    return math.prod(x.shape[:-1])


def parameter(p, call):
    return None if p is None else contiguous(p, call)


def normalized(x, weight, bias, eps, centred):
    """What is returned; and for the pullbacks of each row the mean and 1 / sqrt(variance + eps)."""
    call = "layer_norm" if centred else "rms_norm"
    need(call, x)
    y, stats = like(x, call), sums_like(x, (2, rows_of(x)), call)
    factors = parameter(weight, call), parameter(bias, call)
    launch("normalize", x, *factors, float(eps), centred, y, stats, call=call)
    return y, stats


def normalized_back(dy, x, weight, stats, eps, centred):
    """The cotangent of x: ``scale * (g - mean(g) - z * mean(g * z))``, ``g = dy * weight``.

    Here z is x as it is before weight and bias.
    """
    dx = like(x, "normalize_back")
    launch("normalize_back", dy, x, parameter(weight, "normalize_back"), stats, centred, dx)
    return dx


def normalized_weight(dy, x, stats, eps, centred):
    """The cotangent of weight: the sum over rows of ``dy * z``."""
    dweight = like(x, "normalize_columns", x.shape[-1:])
    launch("normalize_columns", dy, x, stats, dweight, None, columns_workspace(x))
    return dweight


def normalized_bias(dy, x, stats):
    """The cotangent of bias: the sum of dy over rows."""
    dbias = like(x, "normalize_columns", x.shape[-1:])
    launch("normalize_columns", dy, x, stats, None, dbias, columns_workspace(x))
    return dbias


def columns_workspace(x):
    size = kernels("normalize_columns").normalize_columns_workspace(rows_of(x), x.shape[-1])
    return sums_like(x, (size,), "normalize_columns")


def mean_of(x, y):
    """The mean of a product along the last axis."""
    return call("scaled", 1 / x.shape[-1], kept_sum(product(x, y), -1))


def weighted(x, weight):
    return x if weight is None else product(x, weight)


# -- rules --------------------------------------------------------------------------------
#
# `stats` is a function of x that is kept; the pullbacks give all of the derivative to x.

refuse_eps = refuse("layer_norm or rms_norm with respect to eps")


@adjoint(normalized)
def normalized_rule(x, weight, bias, eps, centred):
    y, stats = normalized(x, weight, bias, eps, centred)

    def x_back(dys):
        return None if dys[0] is None else normalized_back(dys[0], x, weight, stats, eps, centred)

    def weight_back(dys):
        return None if dys[0] is None else normalized_weight(dys[0], x, stats, eps, centred)

    def bias_back(dys):
        return None if dys[0] is None else normalized_bias(dys[0], x, stats)

    return (y, stats), each(x_back, weight_back, bias_back, refuse_eps, None)


@adjoint(normalized_back)
def normalized_back_rule(dy, x, weight, stats, eps, centred):
    """With B(v) the cotangent of x for v, both scale and z change with x by B:

    the change of z along v is B(v), that of scale is ``-scale**2 * mean(z * v)``.
    """

    def back(v):
        return normalized_back(v, x, None, stats, eps, centred)

    def dy_back(h):
        return weighted(back(h), weight)

    def x_back(h):
        g = weighted(dy, weight)
        mean = call("scaled", 1 / x.shape[-1], kept_sum(x, -1))
        d = difference(x, mean) if centred else x
        scale = call("power", None, affine(mean_of(d, d), 1.0, eps), -0.5)
        z = product(d, scale)
        both = back(call("add", None, product(h, mean_of(g, z)), product(g, mean_of(h, z))))
        return product(call("add", None, product(mean_of(h, back(g)), z), both), scale, -1.0)

    def weight_back(h):
        return column_sum(product(back(h), dy))

    dx = normalized_back(dy, x, weight, stats, eps, centred)
    return dx, each(dy_back, x_back, weight_back, None, refuse_eps, None)


@adjoint(normalized_weight)
def normalized_weight_rule(dy, x, stats, eps, centred):
    def dy_back(g):
        return product(normalized(x, None, None, eps, centred)[0], g)

    def x_back(g):
        return normalized_back(product(dy, g), x, None, stats, eps, centred)

    dweight = normalized_weight(dy, x, stats, eps, centred)
    return dweight, each(dy_back, x_back, None, refuse_eps, None)


@adjoint(normalized_bias)
def normalized_bias_rule(dy, x, stats):
    shape = shape_of(dy)
    return normalized_bias(dy, x, stats), lambda g: (expanded(g, shape),)
