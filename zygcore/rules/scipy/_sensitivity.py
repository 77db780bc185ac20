"""Derivatives of the solutions of initial value problems: the variational equations.

For ``y' = f(t, y, theta)`` the derivative of y along any direction solves
``d' = J d + df`` with ``J = df/dy`` (Hairer, Norsett and Wanner, "Solving Ordinary Differential
Equations I", section I.14).  They are solved along the trajectory that the integrator found, by
the Radau IIA method of order 5 (the same, volume II, section IV.5), which stiff problems need: what
is recorded is one evaluation of f at each node, and a linear solve for each step.  Steps are halved
until the integrator's trajectory satisfies the formula, too.
"""

import numpy as np

from ...errors import UnsupportedError
from ..broadcasting import project
from ..functools import is_active
from ..registry import adjoint, nondifferentiable
from ._implicit import derivative_at, held

__all__ = ["DIFFICULT", "choose_steps", "node_times", "variations"]

DIFFICULT = (
    "the derivative of the solution of this initial value problem could not be computed: its "
    "right-hand side is not smooth along the solution, or the integrator's tolerances are too loose"
)

_ROOT = 6**0.5
NODES = ((4 - _ROOT) / 10, (4 + _ROOT) / 10, 1.0)
MATRIX = np.array(
    [
        [(88 - 7 * _ROOT) / 360, (296 - 169 * _ROOT) / 1800, (-2 + 3 * _ROOT) / 225],
        [(296 + 169 * _ROOT) / 1800, (88 + 7 * _ROOT) / 360, (-2 - 3 * _ROOT) / 225],
        [(16 - _ROOT) / 36, (16 + _ROOT) / 36, 1 / 9],
    ]
)

MOST = 20000  # steps


def node_times(steps, t):
    """The times of the nodes of all steps: (segment, begin, end), in parts of the segment."""
    out = []
    for m, begin, end, *_ in steps:
        width = t[m + 1] - t[m]
        out += [t[m] + (begin + c * (end - begin)) * width for c in NODES]
    return out


def choose_steps(rhs, solve, t, rtol, atol):
    """Steps on which the trajectory satisfies the formula; None: there are none."""
    done, open_ = [], [(m, 0.0, 1.0, np.inf) for m in range(len(t) - 1) if t[m + 1] != t[m]]
    while open_:
        failed = []
        errors = _errors(rhs, solve, t, open_, rtol, atol)
        for (m, begin, end, before), error in zip(open_, errors, strict=True):
            if error <= 1 or error <= 30 and error > before / 1.5:  # no more digits
                done.append((m, begin, end))
            elif end - begin < 1e-12 or not np.isfinite(error):
                return None
            else:
                middle = 0.5 * (begin + end)
                failed += [(m, begin, middle, error), (m, middle, end, error)]
        if len(done) + len(failed) > MOST:
            return None
        open_ = failed
    return sorted(done)


def _errors(rhs, solve, t, steps, rtol, atol):
    """How far the trajectory is from the formula on each step, in the integrator's tolerance."""
    inner = node_times(steps, t)
    starts = [t[m] + begin * (t[m + 1] - t[m]) for m, begin, _, _ in steps]
    times = np.array(sorted({*inner, *starts}, reverse=bool(t[-1] < t[0])))
    known = dict(zip(times, solve(times), strict=True))
    size = np.max(np.abs(np.array(list(known.values()))), axis=0)
    tolerance = np.maximum(rtol, 1e-9) * size + atol
    tolerance = np.where(tolerance > 0, tolerance, 1)
    out = []
    for i, (m, begin, end, before) in enumerate(steps):
        at = inner[3 * i : 3 * i + 3]
        Y = np.array([known[s] for s in at])
        F = np.array([rhs(s, y) for s, y in zip(at, Y, strict=True)])
        h = (end - begin) * (t[m + 1] - t[m])
        residual = known[starts[i]] + h * (MATRIX @ F) - Y
        error = float(np.max(np.abs(residual) / tolerance))
        if error > max(1, before / 8):  # it is stiff: by a step of Newton's method
            jacobians = [jacobian_at(rhs, s, y) for s, y in zip(at, Y, strict=True)]
            distance = solve_stages(h, jacobians, residual)
            error = float(np.max(np.abs(distance) / tolerance))
        out.append(error)
    return out


def solve_stages(h, jacobians, right):
    """``Z`` with ``Z[i] - h sum_j A[i, j] J[j] Z[j] = right[i]``."""
    n = np.shape(right)[1]
    blocks = [
        np.concatenate([h * MATRIX[i, j] * jacobians[j] for j in range(3)], axis=1)
        for i in range(3)
    ]
    matrix = np.eye(3 * n) - np.concatenate(blocks)
    return np.reshape(np.linalg.solve(matrix, np.reshape(right, (3 * n, 1))), (3, n))


def infinitesimal(x):
    """Zeros that carry the derivative of `x`."""
    return np.zeros(np.shape(x), np.result_type(x))


@adjoint(infinitesimal)
def infinitesimal_rule(x):
    return infinitesimal(x), lambda dy: (project(dy, x),)


def variations(rhs, steps, t, held_t, y0, rows, nodes):
    """What the derivatives of the solution at the times t are made of: zeros that carry them.

    `rows` are the solution at these times, `nodes` at those of the nodes, both as constants;
    `held_t` are the times as constants.
    """
    times = node_times(steps, held_t)
    slopes = [rhs(s, y) for s, y in zip(held_t, rows, strict=True)] if is_active(t) else None
    d = infinitesimal(np.reshape(np.asarray(y0), (-1,)))
    if slopes is not None:
        d = d - slopes[0] * infinitesimal(t[0])
    out = [d] * len(rows)
    at = 0
    for i, (m, begin, end) in enumerate(steps):
        while at < m:
            at += 1
            out[at] = d
        own = range(3 * i, 3 * i + 3)
        h = (end - begin) * (held_t[m + 1] - held_t[m])
        jacobians = [held(jacobian_at, rhs, times[j], nodes[j]) for j in own]
        inputs = np.stack([infinitesimal(rhs(times[j], nodes[j])) for j in own])
        right = d + h * np.matmul(MATRIX, inputs)
        d = solve_stages(h, jacobians, right)[2]
    for m in range(at + 1, len(rows)):
        out[m] = d
    if slopes is not None:
        out = [
            d + slope * infinitesimal(t[m])
            for m, (d, slope) in enumerate(zip(out, slopes, strict=True))
        ]
    return np.stack(out)


def jacobian_at(rhs, t, y):
    transposed = derivative_at(lambda y: rhs(t, y), y)
    if isinstance(transposed, str):
        raise UnsupportedError(
            "the derivative of the right-hand side of an initial value problem: " + transposed
        )
    return transposed.T


nondifferentiable(choose_steps)
