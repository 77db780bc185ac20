"""Piecewise polynomials: `PPoly`, `BPoly`, `NdPPoly`.

Polynomials in the power basis and in Bernstein's have one rule, made from the values of the basis:
that of Bernstein's are the B-splines whose knots are the ends of the interval.
"""

import math

import numpy as np
from scipy.interpolate import _ppoly

from ...broadcasting import project
from ...registry import adjoint, each, lowering, nondifferentiable
from ._basis import inside, recurrence, summed
from ._imitations import back_of, imitates

__all__ = []


def pieces(x, xp):
    """Which interval a point is in; the first or last one if it is outside."""
    increasing = x[-1] >= x[0]
    where = np.searchsorted(x if increasing else -x, xp if increasing else -xp, side="right") - 1
    return np.clip(where, 0, len(x) - 2)


def _falling(power, nu):
    """power (power - 1) ... of nu factors"""
    return float(np.prod(np.arange(power - nu + 1, power + 1))) if power >= nu else 0.0


def powers(k, nu, low, high, xp):
    """The powers of the distance to where the interval begins, the highest first, in columns."""
    gap = xp - low
    return np.stack([_falling(p, nu) * gap ** max(p - nu, 0) for p in range(k, -1, -1)], 1)


def bernstein(k, nu, low, high, xp):
    """The polynomials of Bernstein's, in columns."""
    ends = np.expand_dims(low, 1), np.expand_dims(high, 1)
    return recurrence(k, nu, xp, lambda d: ends)


def _register_piecewise(native, polynomials):
    def evaluate(c, x, xp, nu, extrapolate):
        out = np.empty((len(xp), c.shape[2]), dtype=c.dtype)
        native(c, x, xp, nu, extrapolate, out)
        return out

    def imitation(c, x, xp, nu):
        where = pieces(x, xp)
        values = polynomials(np.shape(c)[0] - 1, nu, x[where], x[where + 1], xp)
        return np.einsum("mk,kmr->mr", values, c[:, where])

    @adjoint(evaluate)
    def evaluate_rule(c, x, xp, nu, extrapolate):
        y = evaluate(c, x, xp, nu, extrapolate)
        shape = np.shape(c)
        known = np.isfinite(xp)
        if not extrapolate:
            known = known & (xp >= min(x[0], x[-1])) & (xp <= max(x[0], x[-1]))
        at, known = np.where(known, xp, x[0]), np.expand_dims(known, 1)

        def c_back(dy):
            where = pieces(x, at)
            values = polynomials(shape[0] - 1, nu, x[where], x[where + 1], at)
            rows = np.expand_dims(values, 2) * np.expand_dims(np.where(known, dy, 0), 1)
            return project(np.swapaxes(summed(rows, where, shape[1]), 0, 1), c)

        def x_back(dy):
            return back_of(imitation, (c, x, at, nu), 1)(np.where(known, dy, 0))

        def xp_back(dy):
            slope = evaluate(c, x, at, nu + 1, True)
            return project(np.sum(np.real(np.conjugate(slope) * np.where(known, dy, 0)), 1), xp)

        return y, each(c_back, x_back, xp_back)

    @lowering(native)
    def evaluate_lowering(c, x, xp, dx, extrapolate, out):
        out[...] = evaluate(c, x, xp, dx, bool(extrapolate))


_register_piecewise(_ppoly.evaluate, powers)
_register_piecewise(_ppoly.evaluate_bernstein, bernstein)


# ------------------------------------------------------------------------- integrals


def _integrate(c, x, a, b, extrapolate):
    out = np.empty(c.shape[2], dtype=c.dtype)
    _ppoly.integrate(c, x, a, b, extrapolate, out)
    return out


@imitates(_integrate)
def integral_of_pieces(c, x, a, b, extrapolate):
    low, high = x[:-1], x[1:]
    inner = np.arange(len(low))
    first = np.where(inner == 0, -np.inf, low)  # the outer ones reach to infinity
    last = np.where(inner == len(low) - 1, np.inf, high)
    start, end = inside(a, first, last) - low, inside(b, first, last) - low
    weights = [(end**p - start**p) / p for p in range(np.shape(c)[0], 0, -1)]
    return np.einsum("km,kmr->r", np.stack(weights), c)


@lowering(_ppoly.integrate)
def integrate_lowering(c, x, a, b, extrapolate, out=None):
    value = _integrate(c, x, a, b, bool(extrapolate))
    if out is None:  # the caller stores it
        return value
    out[...] = value


# ------------------------------------------------------------------------- continuity


def _fixed(c, x, order):
    c = np.copy(c)
    _ppoly.fix_continuity(c, x, order)
    return c


@imitates(_fixed)
def continued(c, x, order):
    """Lower coefficients such that derivatives up to `order` are continuous, from the left on."""
    gap, rows = np.expand_dims(np.diff(x)[:-1], 1), [c[p] for p in range(len(c))]
    top = len(rows) - 1
    for p in range(order, -1, -1):
        jumps = [
            math.comb(q, p) * gap ** (q - p) * rows[top - q][:-1] for q in range(p + 1, top + 1)
        ]
        first = rows[top - p][:1]
        rows[top - p] = np.concatenate([first, first + np.cumsum(sum(jumps), axis=0)])
    return np.stack(rows)


@lowering(_ppoly.fix_continuity)
def fix_continuity_lowering(c, x, order):
    c[...] = _fixed(c, x, order)


# ------------------------------------------------------------------- several variables


def _evaluate_nd(c, ks, xp, nu, extrapolate, *x):
    out = np.empty((len(xp), c.shape[2]), dtype=c.dtype)
    _ppoly.evaluate_nd(c, x, ks, xp, nu, extrapolate, out)
    return out


@imitates(_evaluate_nd)
def nd_value(c, ks, xp, nu, extrapolate, *x):
    c = np.reshape(c, (*ks, *[len(v) - 1 for v in x], -1))
    where = [pieces(v, xp[:, d]) for d, v in enumerate(x)]
    terms = c[(*[slice(None)] * len(x), *where)]
    for d, (v, w) in enumerate(zip(x, where, strict=True)):
        at = np.where(_is_known(x, xp, extrapolate), xp[:, d], v[0])
        values = powers(ks[d] - 1, nu[d], v[w], v[w + 1], at)
        terms = np.einsum("mk,k...mr->...mr", values, terms)
    return np.where(np.expand_dims(_is_known(x, xp, extrapolate), 1), terms, np.nan)


def _is_known(x, xp, extrapolate):
    known = np.all(np.isfinite(xp), axis=1)
    if not extrapolate:
        for d, v in enumerate(x):
            known &= (xp[:, d] >= v[0]) & (xp[:, d] <= v[-1])
    return known


@lowering(_ppoly.evaluate_nd)
def evaluate_nd_lowering(c, xs, ks, xp, dx, extrapolate, out):
    out[...] = _evaluate_nd(c, ks, xp, dx, bool(extrapolate), *xs)


nondifferentiable(pieces, _falling, _is_known)
