"""`cross_entropy` of softmax with integer labels: the probabilities are never in memory.

The kernels are in ``src/loss.cuh``.
"""

import math

from ..rules.broadcasting import refuse
from ..rules.registry import adjoint, each
from ._arrays import check, dtype_name, invalid, launch
from ._backend import kernels
from ._elementwise import call, product
from .norm import parameter, sums_like
from .reduce import kept_sum, unbroadcast
from .rows import like, softmax, softmax_back

__all__ = ["cross_entropy"]

REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}


def cross_entropy(x, labels, weight=None, ignore_index=-100, label_smoothing=0.0, reduction="mean"):
    """The negative logarithm of the softmax of `x` along the last axis, at the labels.

    With class weights w, smoothing s and C classes the loss of a row with the label t is
    ``-(1 - s) * w[t] * log_p[t] - s / C * sum(w * log_p)``, as PyTorch has it; the smoothing is by
    Szegedy and others 2016.

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16, of shape ``(..., C)``.
    labels : array of int64 or int32
        Numbers of classes, of shape ``(...)``.
    weight : array, optional
        Of shape ``(C,)`` and the dtype of `x`; a constant, of which a gradient is an
        `AdjointError`.
    ignore_index : int
        Rows with this label do not count: their loss and gradient are 0.
    label_smoothing : float
        Between 0 and 1, a constant.
    reduction : {"mean", "sum", "none"}
        The mean is weighted by ``w[t]``; it is NaN if there is nothing to count.

    Returns
    -------
    array
        Of the dtype of `x`; of no axes, or of the shape of `labels` if the reduction is "none".

    Raises
    ------
    CudaError
        If a dtype, shape or option is another, or an array is elsewhere.

    Notes
    -----
    A label that is no number of a class is not an error, for to see it the program would have to
    wait for the GPU: the loss and gradient of the row are NaN, and so is the mean or sum.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.log([[0.25, 0.75], [0.5, 0.5]])
    >>> cross_entropy(x, np.array([1, 0]), reduction="none")
    array([0.28768207, 0.69314718])
    """
    if reduction not in REDUCTIONS:
        raise invalid("cross_entropy", f"there is no reduction {reduction!r}")
    return losses(x, labels, weight, ignore_index, label_smoothing, reduction)[0]


def losses(x, labels, weight, ignore_index, smoothing, reduction):
    """The loss, and for the pullback numbers of each row and by what the loss was divided."""
    name = "cross_entropy"
    check(name, x, labels)
    rows = math.prod(labels.shape)
    stats = sums_like(x, (3, rows), name)
    denominator = workspace = None
    loss = like(x, name, tuple(labels.shape) if reduction == "none" else ())
    if reduction != "none":
        denominator = sums_like(x, (1,), name)
        size = kernels(name).cross_entropy_workspace(rows)
        workspace = sums_like(x, (size,), name)
    options = parameter(weight, name), int(ignore_index), float(smoothing)
    launch(
        name,
        x, labels, *options, REDUCTIONS[reduction], loss, stats, denominator, workspace,
    )  # fmt: skip
    return loss, stats, denominator


def losses_back(dy, x, labels, weight, ignore_index, smoothing, stats, denominator):
    """The cotangent of x; `dy` is None for 1."""
    dx = like(x, "cross_entropy_back")
    options = parameter(weight, "cross_entropy_back"), int(ignore_index), float(smoothing)
    launch("cross_entropy_back", dy, x, labels, *options, stats, denominator, dx)
    return dx


def rounded_like(x, a):
    """An array in the dtype of another: the factors of 16 bits are kept in float32."""
    if dtype_name(a) == dtype_name(x):
        return a
    return a.astype(x.dtype) if hasattr(a, "astype") else a.to(x.dtype)


# -- rules --------------------------------------------------------------------------------

refused = refuse("cross_entropy with respect to class weights, ignore_index or label_smoothing")


@adjoint(losses)
def losses_rule(x, labels, weight, ignore_index, smoothing, reduction):
    loss, stats, denominator = losses(x, labels, weight, ignore_index, smoothing, reduction)
    options = weight, ignore_index, smoothing

    def x_back(dys):
        if dys[0] is None:
            return None
        return losses_back(dys[0], x, labels, *options, stats, denominator)

    return (loss, stats, denominator), each(x_back, None, refused, refused, refused, None)


@adjoint(losses_back)
def losses_back_rule(dy, x, labels, weight, ignore_index, smoothing, stats, denominator):
    """The cotangent of x is ``dy * (k * softmax(x) - q)``; k is the third of the stats."""
    options = weight, ignore_index, smoothing

    def dy_back(g):
        unit = losses_back(None, x, labels, *options, stats, denominator)
        both = product(g, unit)
        return unbroadcast(both, ()) if dy.ndim == 0 else kept_sum(both, -1).reshape(dy.shape)

    def x_back(g):
        shape = (*labels.shape, 1)
        factor = stats[2].reshape(shape)
        if denominator is not None:
            factor = call("quotient", None, factor, denominator)
        factor = rounded_like(x, factor)
        if dy is not None:
            factor = product(dy if dy.ndim == 0 else dy.reshape(shape), factor)
        return product(softmax_back(g, softmax(x), -1), factor)

    dx = losses_back(dy, x, labels, *options, stats, denominator)
    return dx, each(dy_back, x_back, None, refused, refused, refused, None, None)
