"""Splines that SciPy fits in Python and C, after FITPACK: `make_splrep`, `make_lsq_spline` ..."""

import inspect

import numpy as np
from scipy.interpolate import BSpline, make_lsq_spline

from .._implicit import held, same_value
from ._curves import floats, ones_or
from ._fits import LEAST_SQUARES, SMOOTHING, Fit, fitted
from ._least_squares import agreed, moved_knots

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
    c = np.reshape(fit.least_squares()[0], np.shape(spline.c))
    return BSpline.construct_fast(t, agreed(spline.c, c), k, axis=spline.axis)


if hasattr(_fitpack_repro, "_make_splrep_impl"):
    #: since SciPy 1.17
    _knows_periodic = "periodic" in inspect.signature(_fitpack_repro._make_splrep_impl).parameters

    @lowering_of_active(_fitpack_repro._make_splrep_impl)
    def make_splrep_lowering(x, y, w, xb, xe, k, s, t, nest, periodic=False, xp=np):
        make, rest = _fitpack_repro._make_splrep_impl, _rest(periodic)
        spline = held(make, x, y, w, xb, xe, k, s, t, nest, *rest)
        if t is None:
            t = moved_knots(spline.t, x, xb, xe, x[-1] - x[0] if periodic else None)
        else:
            t = same_value(spline.t, t)
        kind = LEAST_SQUARES if len(t) == 2 * (k + 1) else SMOOTHING
        c, _ = fitted(t, spline.c, np.nan, (x, y, w), k, s, kind, periodic, always=True)
        return BSpline.construct_fast(t, c, k, axis=spline.axis, extrapolate=spline.extrapolate)

    @lowering_of_active(_fitpack_repro._generate_knots_impl)
    def generate_knots_lowering(x, y, w, xb, xe, k, s, nest, periodic=False, xp=np):
        rest = _rest(periodic)
        period = x[-1] - x[0] if periodic else None
        for t in held(_listed, x, y, w, xb, xe, k, s, nest, *rest):
            yield moved_knots(t, x, xb, xe, period)

    def _rest(periodic):
        return (periodic,) if _knows_periodic else ()

    def _listed(*args):
        return list(_fitpack_repro._generate_knots_impl(*args))
