"""Rules for what is put together of cases: `np.select`, `np.piecewise`, `np.nan_to_num`.

NumPy writes each case into a common array.  The equivalents here choose between
whole arrays, which can be differentiated more than once.
"""

import numpy as np

from ..registry import lowering, nondifferentiable
from ._indexing import scatter

__all__ = []


def _common(arrays):
    """The dtype of arrays and numbers together, as `np.select` finds it."""
    return np.result_type(*arrays)


nondifferentiable(_common)


@lowering(np.select)
def select_lowering(condlist, choicelist, default=0):
    conditions, choices = list(condlist), [*choicelist, default]
    if (
        not conditions
        or len(conditions) != len(choices) - 1
        or any([np.asarray(c).dtype != bool for c in conditions])
    ):
        return np.select(condlist, choicelist, default)  # the error is its own
    choices = [c if type(c) in (int, float, complex) else np.asarray(c) for c in choices]
    dtype = _common(choices)
    out = np.asarray(choices[-1]).astype(dtype)
    for condition, choice in zip(reversed(conditions), reversed(choices[:-1]), strict=True):
        out = np.where(condition, np.asarray(choice).astype(dtype), out)
    return out


@lowering(np.piecewise)
def piecewise_lowering(x, condlist, funclist, *args, **kw):
    x = np.asarray(x)
    if x.dtype.kind not in "fc":  # results are made whole
        return np.piecewise._implementation(x, condlist, funclist, *args, **kw)
    if np.isscalar(condlist) or (not isinstance(condlist[0], (list, np.ndarray)) and x.ndim != 0):
        condlist = [condlist]
    conditions = np.asarray(condlist, dtype=bool)
    if len(conditions) == len(funclist) - 1:
        rest = ~np.any(conditions, axis=0, keepdims=True)
        conditions = np.concatenate([conditions, rest], axis=0)
    if len(conditions) != len(funclist):
        return np.piecewise(x, condlist, funclist, *args, **kw)  # the error is its own
    out = np.zeros(x.shape, x.dtype)
    for condition, function in zip(conditions, funclist, strict=True):
        if callable(function):
            values = x[condition]
            if values.size == 0:
                continue
            values = function(values, *args, **kw)
        else:
            values = function
        values = np.broadcast_to(np.asarray(values).astype(x.dtype), np.shape(x[condition]))
        out = np.where(condition, scatter(values, condition, x.shape), out)
    return out


@lowering(np.nan_to_num)
def nan_to_num_lowering(x, copy=True, nan=0.0, posinf=None, neginf=None):
    array = np.asarray(x)
    if not copy or array.dtype.kind != "f":
        return np.nan_to_num._implementation(x, copy, nan, posinf, neginf)
    limits = np.finfo(array.dtype)
    out = np.where(np.isnan(array), nan, array)
    out = np.where(np.isposinf(array), limits.max if posinf is None else posinf, out)
    out = np.where(np.isneginf(array), limits.min if neginf is None else neginf, out)
    out = out.astype(array.dtype)
    return out[()] if np.ndim(x) == 0 else out
