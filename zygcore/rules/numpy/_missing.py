"""Rules for the functions that leave out what is missing: `np.nansum`, `np.nanmean` ...

They are the functions of `_reductions` of the numbers that are there.
"""

import numpy as np

from ..broadcasting import project, spread, unsupported
from ..registry import adjoint, nondifferentiable
from ._reductions import (
    cumprod_pullback,
    everywhere,
    extremum,
    kept,
    mean_pullback,
    of_deviations,
    only,
    options_of,
    prod_pullback,
    rounded,
    std_pullback,
    var_pullback,
    with_initial,
)

__all__ = []


def present(a, where=True):
    """Which elements there are."""
    there = np.equal(a, a)
    return there if everywhere(where) else there & where


nondifferentiable(present)


@adjoint(np.nansum)
def nansum_rule(
    a, axis=None, dtype=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
):
    unsupported("np.nansum", out=out)
    y = np.nansum(a, **options_of(axis, dtype, keepdims, initial, where))
    there = present(a, where)

    def nansum_back(dy):
        da = project(only(there, spread(dy, there.shape, axis, kept(keepdims))), a)
        return with_initial(da, initial, lambda: np.sum(dy))

    return y, None if rounded(a, y) else nansum_back


@adjoint(np.nanprod)
def nanprod_rule(
    a, axis=None, dtype=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=True
):
    unsupported("np.nanprod", out=out)
    y = np.nanprod(a, **options_of(axis, dtype, keepdims, initial, where))
    back = prod_pullback(a, y, axis, keepdims, initial, present(a, where))
    return y, None if rounded(a, y) else back


@adjoint(np.nanmean)
def nanmean_rule(a, axis=None, dtype=None, out=None, keepdims=np._NoValue, *, where=True):
    unsupported("np.nanmean", out=out)
    y = np.nanmean(a, **options_of(axis, dtype, keepdims, where=where))
    return y, mean_pullback(a, axis, keepdims, present(a, where))


adjoint(np.nanmax)(extremum(np.nanmax, "np.nanmax"))
adjoint(np.nanmin)(extremum(np.nanmin, "np.nanmin"))
adjoint(np.nanvar)(of_deviations(np.nanvar, var_pullback, present))
adjoint(np.nanstd)(of_deviations(np.nanstd, std_pullback, present))


@adjoint(np.nancumsum)
def nancumsum_rule(a, axis=None, dtype=None, out=None):
    unsupported("np.nancumsum", out=out)
    y = np.nancumsum(a, **options_of(axis, dtype))
    there = present(a)

    def nancumsum_back(dy):
        along = axis or 0
        dx = np.flip(np.cumsum(np.flip(dy, along), along), along)
        return (project(only(there, np.reshape(dx, there.shape)), a),)

    return y, None if rounded(a, y) else nancumsum_back


@adjoint(np.nancumprod)
def nancumprod_rule(a, axis=None, dtype=None, out=None):
    unsupported("np.nancumprod", out=out)
    y = np.nancumprod(a, **options_of(axis, dtype))
    there = present(a)
    back = cumprod_pullback(np.where(there, a, 1), y, axis)
    return y, None if rounded(a, y) else lambda dy: (project(only(there, back(dy)[0]), a),)
