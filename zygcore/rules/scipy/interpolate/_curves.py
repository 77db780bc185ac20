"""Splines of one variable that FITPACK, in Fortran, fits to data."""

import numpy as np
from scipy.interpolate import _fitpack_impl

from ...registry import nondifferentiable
from .._implicit import held, same_value
from ._fitpack import library
from ._fits import LEAST_SQUARES, NO_SPACE, fitted
from ._imitations import lowering_of_active
from ._least_squares import moved_knots

__all__ = ["ends_of", "floats", "ones_or", "periodic_knots", "with_ends"]


def ends_of(x, low, high):
    return (x[0] if low is None else low), (x[-1] if high is None else high)


def floats(x):
    """A new array of floats."""
    return np.array(x, dtype=float)


def ones_or(w, x):
    return np.ones(len(x)) if w is None else floats(w)


def kind_with(knots, kind):
    """What kind of spline it is, given inner knots."""
    return kind if knots is None or kind > NO_SPACE else LEAST_SQUARES


def one_fit(found, n, data, ends, k, s, kind, knots=None, periodic=False):
    """`fitted` for a single curve, and the knots; FITPACK's arrays have room for more of them.

    Where the inner knots are given, all `knots` are known.
    """
    t, c, residual = found
    x, y, w = data
    m = len(c) if n is None else n - k - 1
    if knots is None:
        first = moved_knots(t[:n], x, *ends, x[-1] - x[0] if periodic else None)
    else:
        first = same_value(t[:n], knots)
    data, kind = (x, np.expand_dims(y, 1), w), kind_with(knots, kind)
    column, residual = fitted(
        first, np.reshape(c[:m], (-1, 1)), residual, data, k, s, kind, periodic
    )
    return np.concatenate([first, t[n:]]), np.concatenate([column[:, 0], c[m:]]), residual


def with_ends(inner, ends, k):
    return np.concatenate([ends[0] + np.zeros(k + 1), inner, ends[1] + np.zeros(k + 1)])


#: the state of a fit in `UnivariateSpline._data`
X, Y, W, LOW, HIGH, DEGREE, S, N, T, C, RESIDUAL, SUMS, COUNTS, KIND = range(14)


def _with_state(state, data, ends, s, knots=None):
    """The state that FITPACK returned, with derivatives."""
    state = list(state)
    (state[X], state[Y], state[W]), (state[LOW], state[HIGH]), state[S] = data, ends, s
    state[T], state[C], state[RESIDUAL] = one_fit(
        (state[T], state[C], state[RESIDUAL]), state[N], data, ends, state[DEGREE], s, state[KIND],
        knots,
    )  # fmt: skip
    return tuple(state)


@lowering_of_active(library.fpcurf0)
def fpcurf0_lowering(x, y, k, w=None, xb=None, xe=None, s=None, **options):
    state = held(library.fpcurf0, x, y, k, w=w, xb=xb, xe=xe, s=s, **options)
    x = floats(x)
    s = len(x) if s is None else s
    return _with_state(state, (x, floats(y), ones_or(w, x)), ends_of(x, xb, xe), s)


@lowering_of_active(library.fpcurf1)
def fpcurf1_lowering(x, y, w, xb, xe, k, s, *rest, **options):
    state = held(library.fpcurf1, x, y, w, xb, xe, k, s, *rest, **options)
    return _with_state(state, (floats(x), floats(y), floats(w)), (xb, xe), s)


@lowering_of_active(library.fpcurfm1)
def fpcurfm1_lowering(x, y, k, t, w=None, xb=None, xe=None, **options):
    state = held(library.fpcurfm1, x, y, k, t, w=w, xb=xb, xe=xe, **options)
    x = floats(x)
    ends = ends_of(x, xb, xe)
    knots = with_ends(t[k + 1 : len(t) - k - 1], ends, k)
    return _with_state(state, (x, floats(y), ones_or(w, x)), ends, state[S], knots)


# ------------------------------------------------------------------------------ `splrep`


def _found_by(function, work, *args):
    """What FITPACK finds, and the knots that it writes into an array with room for them."""
    knots = np.copy(work)
    n, c, residual, kind = function(*args[:4], knots, *args[4:])
    return knots, n, c, residual, kind


def _rep(function, task, x, y, w, t, work, ends, k, s, periodic):
    between = () if periodic else ends
    found = held(_found_by, function, t, task, x, y, w, *work, *between, k, s)
    knots, n, c, residual, kind = found
    data, given = (floats(x), floats(y), floats(w)), None
    if task < 0:
        given = with_ends(t[k + 1 : n - k - 1], ends, k)
        given = periodic_knots(given, k, data[0]) if periodic else given
    t[:], c, residual = one_fit((knots, c, residual), n, data, ends, k, s, kind, given, periodic)
    return n, c, residual, kind


def periodic_knots(t, k, x):
    """Inner knots, and what they are one period before and after."""
    n, period = len(t), x[-1] - x[0]
    return np.concatenate(
        [t[n - 2 * k - 1 : n - k - 1] - period, t[k : n - k], t[k + 1 : 2 * k + 1] + period]
    )


@lowering_of_active(library.curfit)
def curfit_lowering(task, x, y, w, t, wrk, iwrk, xb=None, xe=None, k=3, s=0.0):
    return _rep(library.curfit, task, x, y, w, t, (wrk, iwrk), (xb, xe), k, s, False)


@lowering_of_active(library.percur)
def percur_lowering(task, x, y, w, t, wrk, iwrk, k=3, s=0.0):
    return _rep(library.percur, task, x, y, w, t, (wrk, iwrk), (x[0], x[-1]), k, s, True)


# ----------------------------------------------------------------------------- `splprep`


def along(points):
    """How far along the chords through the points each one is, from 0 to 1."""
    steps = np.diff(points, axis=0)
    lengths = np.cumsum(np.sqrt(np.sum(steps * steps, axis=1)))
    return np.concatenate([np.zeros(1), lengths / lengths[-1]])


@lowering_of_active(_fitpack_impl._fitpack._parcur)
def parcur_lowering(x, w, u, ub, ue, k, task, has_u, s, t, *rest):
    periodic = bool(rest[-1])
    knots, flat, more = held(
        _fitpack_impl._fitpack._parcur, x, w, u, ub, ue, k, task, has_u, s, t, *rest
    )
    m, n = len(w), len(knots)
    points = np.reshape(floats(x), (m, -1))
    u = floats(u) if has_u else same_value(more["u"], along(points))
    ends = (u[0], u[-1]) if periodic or not has_u else (ub, ue)
    if task < 0:
        given = with_ends(t[k + 1 : n - k - 1], ends, k)
        knots = same_value(knots, periodic_knots(given, k, u) if periodic else given)
    else:
        given = None
        knots = moved_knots(knots, u, *ends, u[-1] - u[0] if periodic else None)
    c = np.transpose(np.reshape(flat, (-1, n - k - 1)))
    data, kind = (u, points, floats(w)), kind_with(given, more["ier"])
    c, residual = fitted(knots, c, more["fp"], data, k, s, kind, periodic)
    return knots, np.reshape(np.transpose(c), (-1,)), {**more, "u": u, "fp": residual}


if hasattr(library, "fpchec"):  # whether knots are possible
    nondifferentiable(library.fpchec)
