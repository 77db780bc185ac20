"""Rules for linear programs, linear least squares under bounds, and isotonic regression.

Their solutions are those of linear systems, once it is known which constraints hold with equality.
The value of a linear program has the derivative that its multipliers tell also where several
vertices share it or too many constraints meet (then it is one of several): Bertsimas and
Tsitsiklis, "Introduction to Linear Optimization", 1997, section 5.2.
"""

import numpy as np
import scipy.sparse as sp
from scipy import optimize

from ...errors import UnsupportedError
from ..broadcasting import project
from ..functools import is_active
from ..numpy._indexing import scatter
from ..registry import adjoint, lowering, nondifferentiable
from ._implicit import held, opaque, opaque_parts, own, same_value
from ._roots import with_parts

__all__ = []

CORNERS = (
    "the solution of this linear or integer program has no derivative that zygcore knows: it is no "
    "vertex where as many constraints meet as there are unknowns, or jumps from one to another"
)
NEAR = 1e-9


# --------------------------------------------------------------------- linear programs


class Limits:
    """All constraints of a linear program as ``rows @ x <= right``, the equations first."""

    def __init__(self, n, A_ub, b_ub, A_eq, b_eq, bounds):
        lower, upper = sides(bounds, n)
        every = np.eye(n)
        parts = [(A_eq, b_eq), (A_ub, b_ub), (-every, -lower), (every, upper)]
        parts = [(dense(a), np.ravel(b)) for a, b in parts if a is not None]
        self.rows = np.concatenate([a for a, _ in parts])
        self.right = np.concatenate([b for _, b in parts])
        self.equations = 0 if A_eq is None else len(parts[0][1])


def dense(a):
    return a.toarray() if sp.issparse(a) else np.atleast_2d(np.asarray(a))


def sides(bounds, n):
    """The lower and upper bounds of each unknown."""
    if isinstance(bounds, optimize.Bounds):
        return [np.broadcast_to(side, (n,)) for side in (bounds.lb, bounds.ub)]
    if np.ndim(bounds[0]) == 0 and len(bounds) == 2:
        bounds = [bounds] * n
    lower = [-np.inf if low is None else low for low, _ in bounds]
    upper = [np.inf if high is None else high for _, high in bounds]
    return np.array(lower), np.array(upper)


def tight(rows, right, equations, x):
    """Which constraints hold with equality; None: not as many as there are unknowns."""
    gaps = right - rows @ x
    chosen = np.isfinite(right) & (np.abs(gaps) <= NEAR * (1 + np.abs(right)))
    chosen[:equations] = True
    if chosen.sum() != len(x) or np.linalg.matrix_rank(rows[chosen]) < len(x):
        return None
    return np.flatnonzero(chosen)


def multipliers(found, limits):
    """Those of all constraints, of what `linprog` found."""
    parts = ("eqlin", 1), ("ineqlin", 1), ("lower", -1), ("upper", 1)
    y = [sign * np.asarray(found[key]["marginals"]) for key, sign in parts if key in found]
    y = np.concatenate([z for z in y if z.size])
    return y if len(y) == len(limits.right) else None


def optimal_value(value, c, rows, right, x, y):
    return value


@adjoint(optimal_value)
def optimal_value_rule(value, c, rows, right, x, y):
    def optimal_back(dy):  # the solution itself has no derivative, which the next one would need
        at, dual = opaque(x, CORNERS, c, rows, right), opaque(y, CORNERS, c, rows, right)
        dright = np.where(np.isfinite(right), dy * dual, 0)
        drows = np.outer(-dy * dual, at)
        return None, project(dy * at, c), project(drows, rows), project(dright, right)

    return own(value), optimal_back


nondifferentiable(tight, multipliers)


@lowering(optimize.linprog)
def linprog_lowering(
    c, A_ub=None, b_ub=None, A_eq=None, b_eq=None, bounds=(0, None), *rest, **options
):
    found = held(optimize.linprog, c, A_ub, b_ub, A_eq, b_eq, bounds, *rest, **options)
    c = np.asarray(c)
    if found["x"] is None or options.get("integrality") is not None or np.any(rest[4:5]):
        return opaque_parts(found, CORNERS, c, A_ub, b_ub, A_eq, b_eq, bounds)
    limits = Limits(np.size(c), A_ub, b_ub, A_eq, b_eq, bounds)
    x = found["x"]
    chosen = tight(limits.rows, limits.right, limits.equations, x)
    if chosen is not None:
        x = same_value(x, np.linalg.solve(limits.rows[chosen], limits.right[chosen]))
        value = same_value(found["fun"], np.sum(np.ravel(c) * x))
    else:
        y = multipliers(found, limits)
        if y is None:
            value = opaque(found["fun"], CORNERS, c, limits.rows, limits.right)
        else:
            value = optimal_value(found["fun"], np.ravel(c), limits.rows, limits.right, x, y)
        x = opaque(x, CORNERS, c, limits.rows, limits.right)
    return with_parts(found, {"x": x, "fun": value}, c, limits.rows, limits.right)


def as_linear(constraints):
    """Constraints of `milp` as `linprog` takes them."""
    if constraints is None:
        return {}
    several = constraints if isinstance(constraints, (list, tuple)) else [constraints]
    several = [c if hasattr(c, "ub") else optimize.LinearConstraint(*c) for c in several]
    parts = {"A_ub": [], "b_ub": [], "A_eq": [], "b_eq": []}
    for each in several:
        rows = dense(each.A)
        lower, upper = [np.broadcast_to(side, (len(rows),)) for side in (each.lb, each.ub)]
        equal = np.equal(lower, upper)
        for kind, sign, side, there in (
            ("eq", 1, upper, equal),
            ("ub", 1, upper, np.isfinite(upper) & ~equal),
            ("ub", -1, lower, np.isfinite(lower) & ~equal),
        ):
            if np.any(there):
                parts[f"A_{kind}"].append(sign * rows[there])
                parts[f"b_{kind}"].append(sign * side[there])
    return {key: np.concatenate(part) for key, part in parts.items() if part}


@lowering(optimize.milp)
def milp_lowering(c, *, integrality=None, bounds=None, constraints=None, options=None):
    """Where all unknowns are whole numbers, they do not change with the costs."""
    found = held(
        optimize.milp, c, integrality=integrality, bounds=bounds, constraints=constraints,
        options=options,
    )  # fmt: skip
    if found["x"] is None:
        return found
    if integrality is None or not np.any(integrality):
        limits = sides((0, np.inf) if bounds is None else bounds, np.size(c))
        same = optimize.linprog(c, bounds=np.stack(limits, -1), **as_linear(constraints))
        value = same_value(found["fun"], same["fun"])
        if np.allclose(same["x"], found["x"], rtol=NEAR, atol=NEAR):
            x = same_value(found["x"], same["x"])
        else:
            x = opaque(found["x"], CORNERS, same["x"], value)
        return with_parts(found, {"x": x, "fun": value}, x, value)
    if not np.all(np.asarray(integrality) == 1):
        return with_parts(found, opaque_all(found, c, bounds, constraints), c, bounds, constraints)
    value = same_value(found["fun"], np.sum(np.asarray(c) * found["x"]))
    return with_parts(found, {"x": found["x"], "fun": value}, value)


def opaque_all(found, *sources):
    if not is_active(*sources):
        return {}
    return {key: opaque_parts(value, CORNERS, *sources) for key, value in found.items()}


# ------------------------------------------------------------ least squares under bounds


def least_squares_of(A, b, free, fixed):
    """The solution whose other elements are fixed, from the independent columns."""
    rest = b - A @ fixed
    chosen = np.linalg.lstsq(A[:, free], rest)[0]
    return fixed + scatter(chosen, free, np.shape(fixed))


@lowering(optimize.nnls)
def nnls_lowering(A, b, **options):
    found, norm = held(optimize.nnls, A, b, **options)
    A, b = np.asarray(A), np.ravel(b)
    free = np.flatnonzero(found > 0)
    x = least_squares_of(A, b, free, np.zeros(np.shape(found))) if len(free) else 0.0 * found
    return same_value(found, x), same_value(norm, np.linalg.norm(A @ x - b))


@lowering(optimize.lsq_linear)
def lsq_linear_lowering(A, b, bounds=(-np.inf, np.inf), *rest, **options):
    found = held(optimize.lsq_linear, A, b, bounds, *rest, **options)
    if not isinstance(A, (np.ndarray, list, tuple)) and not sp.issparse(A):
        raise UnsupportedError(
            "scipy.optimize.lsq_linear with a LinearOperator cannot be differentiated yet: pass "
            "the matrix"
        )
    A, b, mask = dense(A), np.ravel(b), found["active_mask"]
    if isinstance(bounds, optimize.Bounds):
        lower, upper = bounds.lb, bounds.ub
    else:
        lower, upper = bounds
    fixed = np.where(mask < 0, lower, np.where(mask > 0, upper, 0.0))
    free = np.flatnonzero(mask == 0)
    x = least_squares_of(A, b, free, fixed) if len(free) else fixed
    x = same_value(found["x"], x)
    rest = A @ x - b
    parts = {
        "x": x,
        "fun": same_value(found["fun"], rest),
        "cost": same_value(found["cost"], 0.5 * np.sum(rest * rest)),
    }
    return with_parts(found, parts, x, rest)


# ------------------------------------------------------------------- order and assignment


@lowering(optimize.isotonic_regression)
def isotonic_lowering(y, *, weights=None, increasing=True):
    """Means over blocks, which are constants."""
    found = held(optimize.isotonic_regression, y, weights=weights, increasing=increasing)
    y = np.atleast_1d(y)
    w = np.ones(np.shape(y)) if weights is None else np.atleast_1d(weights)
    starts, sizes = found["blocks"][:-1], np.diff(found["blocks"])
    sums = np.add.reduceat(w, starts)
    means = np.add.reduceat(w * y, starts) / sums
    parts = {
        "x": same_value(found["x"], np.repeat(means, sizes)),
        "weights": same_value(found["weights"], sums),
        "blocks": found["blocks"],
    }
    return with_parts(found, parts, means)


nondifferentiable(optimize.linear_sum_assignment)
