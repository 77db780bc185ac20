"""Minima with their derivatives: the conditions of Karush, Kuhn and Tucker as equations.

At a minimum x of f under conditions ``c(x) >= 0`` the gradient of ``f(x) - multipliers . c(x)`` is
zero for those conditions that hold with equality.  Both together are equations for x and the
multipliers (Fiacco, "Introduction to Sensitivity and Stability Analysis in Nonlinear Programming",
1983), which `_implicit` differentiates.

A condition counts as active where its multiplier is larger than its value: one of them is zero in
exact arithmetic.  Where both are, the solution has derivatives to either side only, and zygcore
takes that without the condition.
"""

import numpy as np
from scipy import optimize

from ..._pullback import pullback
from ...errors import UnsupportedError
from ..functools import is_active
from ..registry import nondifferentiable
from ._implicit import REMEMBERED, derivative_at, held, opaque, solution

__all__ = ["conditions", "minimum"]


def minimum(value, x, first, limits=()):
    """A minimum `x` (an array) of `value` with its derivative, and the value there.

    `first` is the value at some other point, `limits` what `conditions` returned.
    """
    y = value(x)
    at = [function(x) for function, _, _ in limits]
    if not is_active(y, at, limits):
        if is_active(first):
            return opaque(x, REMEMBERED, first), y
        return x, y
    chosen, multipliers = held(active, value, x, limits)
    if chosen:
        equation = kkt(value, limits, chosen, np.shape(x))
        z = np.concatenate([np.reshape(x, (-1,)), multipliers])
    else:
        equation, z = stationarity(value), x
    r = equation(z)
    if is_active(r):
        x = solution(x, r, held(derivative_at, equation, z))
    return x, value(x)


def slope(f, x):
    """The gradient of `f` at the array `x`, where it is None zeros."""
    dx = pullback(f, x)[1](1.0)[0]
    return np.zeros(np.shape(x)) if dx is None else dx


def stationarity(value):
    return lambda x: slope(value, x)


def kkt(value, limits, chosen, shape):
    """The equations for the solution and its multipliers, in one vector."""
    n = int(np.prod(shape))

    def equations(z):
        multipliers = z[n:]

        def lagrangian(x):
            return value(x) - np.sum(multipliers * gaps(limits, chosen, x))

        x = np.reshape(z[:n], shape)
        dx = slope(lagrangian, x)
        return np.concatenate([np.reshape(dx, (-1,)), gaps(limits, chosen, x)])

    return equations


def gaps(limits, chosen, x):
    """How far `x` is from the chosen limits, on the side where it may be."""
    out = []
    for i, (function, lower, upper) in enumerate(limits):
        rows = [(row, sign) for which, row, sign in chosen if which == i]
        if rows:
            c = np.reshape(function(x), (-1,))
            lower_, upper_ = np.broadcast_to(lower, c.shape), np.broadcast_to(upper, c.shape)
            for row, sign in rows:
                out.append(c[row] - lower_[row] if sign > 0 else upper_[row] - c[row])
    return np.stack(out)


#: conditions that are further from their limit than this, relative to it, are not looked at
NEAR = 1e-4


def active(value, x, limits):
    """The active conditions, as (function, row, side), and their multipliers."""
    near = []
    for i, (function, lower, upper) in enumerate(limits):
        c = np.reshape(function(x), (-1,))
        lower, upper = np.broadcast_to(lower, c.shape), np.broadcast_to(upper, c.shape)
        for row in range(len(c)):
            if lower[row] == upper[row]:
                near.append((i, row, 1))
            elif is_near(c[row], lower[row]):
                near.append((i, row, 1))
            elif is_near(c[row], upper[row]):
                near.append((i, row, -1))
    while near:
        normals = derivative_at(lambda x, near=near: gaps(limits, near, x), x)
        if isinstance(normals, str):
            raise UnsupportedError(
                "the constraints of a minimum cannot be differentiated: " + normals
            )
        near = [near[i] for i in independent(normals)]
        normals = derivative_at(lambda x, near=near: gaps(limits, near, x), x)
        g = np.reshape(slope(value, x), (-1,))
        multipliers = np.linalg.solve(normals.T @ normals, normals.T @ g)
        distances = gaps(limits, near, x)
        kept = [
            where
            for where, multiplier, distance in zip(near, multipliers, distances, strict=True)
            if is_equality(limits, where) or multiplier > max(distance, 0.0)
        ]
        if len(kept) == len(near):
            return near, multipliers
        near = kept
    return near, None


def is_near(c, limit):
    return bool(np.isfinite(limit) and abs(c - limit) <= NEAR * (1 + abs(limit)))


def is_equality(limits, where):
    i, row, _ = where
    _, lower, upper = limits[i]
    lower, upper = np.reshape(lower, (-1,)), np.reshape(upper, (-1,))
    return bool(lower[min(row, len(lower) - 1)] == upper[min(row, len(upper) - 1)])


def independent(normals):
    """Which columns to take so that they are independent, those that come first if possible."""
    chosen = []
    for i in range(normals.shape[1]):
        if np.linalg.matrix_rank(normals[:, [*chosen, i]]) > len(chosen):
            chosen.append(i)
    return chosen


nondifferentiable(independent, is_near, is_equality)


# ---------------------------------------------------------------- SciPy's ways to say it


def conditions(bounds, constraints):
    """Bounds and constraints as functions with lower and upper limits."""
    limits = []
    if bounds is not None:
        lower, upper = limits_of(bounds)
        limits.append((lambda x: x, lower, upper))
    for constraint in constraints if isinstance(constraints, (list, tuple)) else [constraints]:
        limits.append(condition(constraint))
    return limits


def limits_of(bounds):
    if isinstance(bounds, optimize.Bounds):
        return bounds.lb, bounds.ub
    lower = [-np.inf if pair[0] is None else pair[0] for pair in bounds]
    upper = [np.inf if pair[1] is None else pair[1] for pair in bounds]
    return np.array(lower), np.array(upper)


def condition(constraint):
    if isinstance(constraint, optimize.LinearConstraint):
        A = constraint.A
        return lambda x: A @ x, constraint.lb, constraint.ub
    if isinstance(constraint, optimize.NonlinearConstraint):
        function = constraint.fun
        return lambda x: np.asarray(function(x)), constraint.lb, constraint.ub
    function, args = constraint["fun"], constraint.get("args", ())
    upper = 0.0 if constraint["type"].lower() == "eq" else np.inf
    return lambda x: np.asarray(function(x, *args)), 0.0, upper
