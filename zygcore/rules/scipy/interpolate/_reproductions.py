"""Splines that SciPy fits in Python and C, after FITPACK: `make_splrep`, `make_lsq_spline` ..."""

import numpy as np
from scipy.interpolate import BSpline, make_lsq_spline

from .._implicit import held, opaque, same_value
from ._curves import floats, ones_or
from ._fits import LEAST_SQUARES, SMOOTHING, Fit, fitted
from ._least_squares import NOT_REPRODUCED, agreed, if_regular, moved_knots

try:
    from scipy.interpolate import _fitpack_repro
except ImportError:  # before SciPy 1.15
    _fitpack_repro = None
from ._imitations import lowering_of_active

__all__ = []


@lowering_of_active(make_lsq_spline)
def make_lsq_spline_lowering(x, y, t, k=3, w=None, axis=0, check_finite=True, **options):
    spline = held(make_lsq_spline, x, y, t, k, w, axis, check_finite, **options)
    t, y = same_value(spline.t, floats(t)), np.moveaxis(np.asarray(y), axis, 0)
    x = floats(x)
    fit = Fit(t, k, x, np.reshape(y, (len(x), -1)), ones_or(w, x), False)
    found = if_regular(fit.least_squares)
    if found is None:
        c = opaque(spline.c, NOT_REPRODUCED, x, y, t, w)
    else:
        c = agreed(spline.c, np.reshape(found[0], np.shape(spline.c)))
    return BSpline.construct_fast(t, c, k, axis=spline.axis)


def named(names, values, others):
    """Arguments by name: older versions of SciPy pass them so, newer ones by position."""
    return {**dict(zip(names.split(), values, strict=False)), **others}


if hasattr(_fitpack_repro, "_make_splrep_impl"):

    @lowering_of_active(_fitpack_repro._make_splrep_impl)
    def make_splrep_lowering(x, y, *rest, **others):
        spline = held(_fitpack_repro._make_splrep_impl, x, y, *rest, **others)
        given = named("w xb xe k s t nest periodic", rest, others)
        periodic, k, t = given.get("periodic", False), given["k"], given["t"]
        if t is None:
            period = x[-1] - x[0] if periodic else None
            t = moved_knots(spline.t, x, given["xb"], given["xe"], period)
        else:
            t = same_value(spline.t, t)
        kind = LEAST_SQUARES if len(t) == 2 * (k + 1) else SMOOTHING
        data = x, y, given["w"]
        c, _ = fitted(t, spline.c, np.nan, data, k, given["s"], kind, periodic, always=True)
        return BSpline.construct_fast(t, c, k, axis=spline.axis, extrapolate=spline.extrapolate)

    @lowering_of_active(_fitpack_repro._generate_knots_impl)
    def generate_knots_lowering(x, y, *rest, **others):
        given = named("w xb xe k s nest periodic", rest, others)
        period = x[-1] - x[0] if given.get("periodic") else None
        for t in held(_listed, x, y, *rest, **others):
            yield moved_knots(t, x, given["xb"], given["xe"], period)

    def _listed(*args, **others):
        return list(_fitpack_repro._generate_knots_impl(*args, **others))
