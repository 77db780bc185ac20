"""Recursive filters, and linear smoothers with ends of their own.

With ``a * y = b * x`` and the states that follow x as further equations, the cotangents g of the
equations solve the recursion backwards in time; what belongs to the coefficients are correlations
of g with x and y.
"""

import numpy as np
import scipy.signal as sg
from scipy.ndimage import correlate1d

from ...broadcasting import project
from ...numpy._indexing import scatter
from ...registry import adjoint, lowering, nondifferentiable

__all__ = []


def _normalised(b, a):
    """Of one length, the first of `a` being 1."""
    b, a = np.atleast_1d(np.asarray(b)), np.atleast_1d(np.asarray(a))
    n = max(len(a), len(b))
    return np.pad(b, (0, n - len(b))) / a[0], np.pad(a, (0, n - len(a))) / a[0]


def _equations(a, dy, dzf):
    """The cotangents of the equations, also of those of the final states; time is last."""
    a = np.conjugate(a)
    order = len(a) - 1
    if not order:
        return dy
    starts = [
        -sum([a[j] * dzf[..., j - k - 1] for j in range(k + 1, order + 1)]) for k in range(order)
    ]
    one = np.ones(1, dtype=a.dtype)
    back, _ = sg.lfilter(one, a, np.flip(dy, -1), zi=np.stack(starts, -1))
    return np.concatenate([np.flip(back, -1), dzf], -1)


def _shifted(g, length, order):
    """g from k on, for each coefficient."""
    return [g[..., k : k + length] for k in range(order + 1)]


def _filter_backs(b, a, x, y, g):
    """The cotangents of the normalised coefficients and of the input; time is last."""
    shifted = _shifted(g, x.shape[-1], len(b) - 1)
    db = np.stack([np.sum(part * np.conjugate(x)) for part in shifted])
    da = -np.stack([np.sum(part * np.conjugate(y)) for part in shifted])
    dx = sum([np.conjugate(b[k]) * part for k, part in enumerate(shifted)])
    return db, da, dx


def _of_coefficients(db, da, b, a, first):
    """From the normalised coefficients to those that were given."""
    lead = -np.sum(np.conjugate(b) * db) - np.sum(np.conjugate(a[1:]) * da[1:])
    da = np.concatenate([np.reshape(lead, (1,)), da[1:]])
    return db / np.conjugate(first), da / np.conjugate(first)


def _states(dzf, like, order):
    """The cotangent of the final states, zeros where there is none."""
    return np.zeros((*np.shape(like)[:-1], order), like.dtype) if dzf is None else dzf


@adjoint(sg.lfilter)
def lfilter_rule(b, a, x, axis=-1, zi=None):
    out = sg.lfilter(b, a, x, axis, zi)
    y = out if zi is None else out[0]
    bn, an = _normalised(b, a)
    order = len(an) - 1

    def lfilter_back(dys):
        dy, dzf = (dys, None) if zi is None else dys
        signal, result = np.moveaxis(np.asarray(x), axis, -1), np.moveaxis(y, axis, -1)
        dy = np.zeros_like(result) if dy is None else np.moveaxis(dy, axis, -1)
        dzf = _states(dzf if dzf is None else np.moveaxis(dzf, axis, -1), result, order)
        g = _equations(an, dy, dzf)
        db, da, dx = _filter_backs(bn, an, signal, result, g)
        db, da = _of_coefficients(db, da, bn, an, np.atleast_1d(np.asarray(a))[0])
        dzi = None if zi is None else project(np.moveaxis(g[..., :order], -1, axis), zi)
        return (
            project(db[: np.size(b)], b),
            project(da[: np.size(a)], a),
            project(np.moveaxis(dx, -1, axis), x),
            None,
            dzi,
        )

    return out, lfilter_back


@adjoint(sg.sosfilt)
def sosfilt_rule(sos, x, axis=-1, zi=None):
    out = sg.sosfilt(sos, x, axis, zi)

    def sosfilt_back(dys):
        dy, dzf = (dys, None) if zi is None else dys
        sections, signal = np.atleast_2d(np.asarray(sos)), np.moveaxis(np.asarray(x), axis, -1)
        at = axis % np.ndim(x) + 1
        states = None if zi is None else np.moveaxis(np.asarray(zi), at, -1)
        ends = None if dzf is None else np.moveaxis(dzf, at, -1)
        signals = [signal]
        for i, section in enumerate(sections):
            start = None if states is None else states[i]
            value = sg.lfilter(section[:3], section[3:], signals[-1], zi=start)
            signals.append(value if start is None else value[0])
        d = np.zeros_like(signals[-1]) if dy is None else np.moveaxis(dy, axis, -1)
        rows, starts = [], []
        for i in reversed(range(len(sections))):
            bn, an = _normalised(sections[i, :3], sections[i, 3:])
            end = _states(None if ends is None else ends[i], d, 2)
            g = _equations(an, d, end)
            db, da, d = _filter_backs(bn, an, signals[i], signals[i + 1], g)
            rows.append(np.concatenate(_of_coefficients(db, da, bn, an, sections[i, 3])))
            starts.append(g[..., :2])
        dzi = None if zi is None else np.moveaxis(np.stack(starts[::-1]), -1, at)
        return (
            project(np.reshape(np.stack(rows[::-1]), np.shape(sos)), sos),
            project(np.moveaxis(d, -1, axis), x),
            None,
            None if zi is None else project(dzi, zi),
        )

    return out, sosfilt_back


# --------------------------------------------------------------- linear smoothers


@adjoint(sg.detrend)
def detrend_rule(data, axis=-1, type="linear", bp=0, overwrite_data=False):
    y = sg.detrend(data, axis, type, bp)

    def detrend_back(dy):  # an orthogonal projection
        return (project(sg.detrend(dy, axis, type, bp), data),)

    return y, detrend_back


def _smoother_ends(length, order, options):
    """The rows of the smoother at both ends, each over one window."""
    half = length // 2
    whole = sg.savgol_filter(np.eye(length), length, order, **options, axis=0)
    return whole[:half], whole[length - half :]


nondifferentiable(_smoother_ends)


def _savgol_ends(x, length, order, deriv, delta):
    return sg.savgol_filter(x, length, order, deriv, delta)


@adjoint(_savgol_ends)
def savgol_ends_rule(x, length, order, deriv, delta):
    """With polynomials fitted to the ends; along the last axis."""

    def savgol_back(dy):
        half, n = length // 2, dy.shape[-1]
        coefficients = sg.savgol_coeffs(length, order, deriv=deriv, delta=delta)
        head, tail = _smoother_ends(length, order, {"deriv": deriv, "delta": delta})
        inner = (Ellipsis, slice(half, n - half))
        middle = scatter(dy[inner], inner, dy.shape)
        dx = correlate1d(middle, coefficients, -1, None, "constant")
        dx = dx + scatter(dy[..., :half] @ head, (Ellipsis, slice(0, length)), dy.shape)
        dx = dx + scatter(dy[..., n - half :] @ tail, (Ellipsis, slice(n - length, n)), dy.shape)
        return (project(dx, x),)

    return _savgol_ends(x, length, order, deriv, delta), savgol_back


@lowering(sg.savgol_filter)
def savgol_lowering(
    x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp", cval=0.0
):  # fmt: skip
    x = np.asarray(x)
    if mode != "interp" or x.dtype.kind == "c" or window_length > x.shape[axis]:
        return sg.savgol_filter(x, window_length, polyorder, deriv, delta, axis, mode, cval)
    line = np.moveaxis(x, axis, -1)
    return np.moveaxis(_savgol_ends(line, window_length, polyorder, deriv, delta), -1, axis)


# ------------------------------------------------------------------ steady states


@lowering(sg.lfilter_zi)
def lfilter_zi_lowering(b, a):
    """Normalised also where there is nothing to normalise: the state depends on ``a[0]``."""
    b, a = np.atleast_1d(b), np.atleast_1d(a)
    if np.size(a) and a[0] == 1:
        b, a = b / a[0], a / a[0]
    return sg.lfilter_zi(b, a)
