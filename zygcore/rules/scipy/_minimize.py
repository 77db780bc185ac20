"""Rules for the minimisers of `scipy.optimize`: see `_implicit` and `_optima` for how they work.

The objective has to be differentiable twice.  Gradients and Hessians that the user gives are for
the search only.
"""

import numpy as np
from scipy import optimize

from ..registry import lowering
from ._implicit import as_tuple, held, opaque_parts, pass_through, same_value
from ._optima import conditions, limits_of, minimum
from ._roots import DIAGNOSTIC, floating, start_of, with_parts

__all__ = []


def objective_of(fun, args, several=False):
    """The objective as a function of the unknown, with a number as its value."""
    more = as_tuple(args)

    def value(x):
        y = fun(x, *more)
        if several:
            y = y[0]
        return np.reshape(y, ()) if np.ndim(y) else y

    return value


def with_minimum(found, value, first, limits=()):
    """What a minimiser returned, with the derivatives of the solution and of the value there."""
    x, y = minimum(value, found["x"], first, limits)
    parts = {"x": x}
    if "fun" in found:
        parts["fun"] = same_value(found["fun"], y)
    return with_parts(found, parts, x, y)


@lowering(optimize.minimize)
def minimize_lowering(
    fun, x0, args=(), method=None, jac=None, hess=None, hessp=None, bounds=None, constraints=(),
    *rest, **options,
):  # fmt: skip
    several = not callable(jac) and not isinstance(jac, str) and bool(jac)
    value = objective_of(fun, args, several)
    limits = conditions(bounds, constraints)
    first = value(start_within(x0, bounds))
    found = held(
        optimize.minimize,
        fun,
        x0,
        args,
        method,
        jac,
        hess,
        hessp,
        bounds,
        constraints,
        *rest,
        **options,
    )
    return with_minimum(found, value, first, limits)


def start_within(x0, bounds):
    """Where a search starts, as a constant of this level."""
    return held(clipped, x0, bounds)


def clipped(x0, bounds):
    start = np.atleast_1d(floating(x0))
    return start if bounds is None else np.clip(start, *limits_of(bounds))


# -------------------------------------------------------------------------- one unknown


def scalar_minimum(fun, args, x, first, interval=None):
    """The same of a function of a number."""
    value = objective_of(fun, args)
    limits = ()
    if interval is not None:
        limits = [(pass_through, np.stack([interval[0]]), np.stack([interval[1]]))]
    at, y = minimum(lambda x: value(x[0]), np.stack([x]), first, limits)
    return same_value(x, at[0]), y


@lowering(optimize.minimize_scalar)
def minimize_scalar_lowering(fun, bracket=None, bounds=None, args=(), *rest, **options):
    found = held(optimize.minimize_scalar, fun, bracket, bounds, args, *rest, **options)
    x, y = scalar_minimum(fun, args, found["x"], None, bounds)
    return with_parts(found, {"x": x, "fun": same_value(found["fun"], y)}, x, y)


def with_value(found, x, y):
    """The results of one of the older functions: x alone, or first, and then the value."""
    if not isinstance(found, tuple):
        return x
    return x, same_value(found[1], y), *opaque_parts(found[2:], DIAGNOSTIC, x, y)


def _line_search(function):
    @lowering(function)
    def line_search_lowering(func, args=(), *rest, **options):
        found = held(function, func, args, *rest, **options)
        x, y = scalar_minimum(func, args, found[0] if isinstance(found, tuple) else found, None)
        return with_value(found, x, y)


_line_search(optimize.brent)
_line_search(optimize.golden)


@lowering(optimize.fminbound)
def fminbound_lowering(func, x1, x2, args=(), *rest, **options):
    found = held(optimize.fminbound, func, x1, x2, args, *rest, **options)
    x = found[0] if isinstance(found, tuple) else found
    x, y = scalar_minimum(func, args, x, None, (x1, x2))
    return with_value(found, x, y)


# ------------------------------------------------------------------- the older functions


def _with_arguments(function, before):
    """`before` parameters stand between the starting point and the extra arguments."""

    @lowering(function)
    def older_lowering(func, x0, *rest, **options):
        args = rest[before] if len(rest) > before else options.get("args", ())
        value = objective_of(func, args)
        first = value(np.ravel(start_of(x0)))
        found = held(function, func, x0, *rest, **options)
        x, y = minimum(value, found[0] if isinstance(found, tuple) else found, first)
        if options.get("retall") and not options.get("full_output"):
            return x, opaque_parts(found[1], DIAGNOSTIC, x, y)
        return with_value(found, x, y)


for _f, _before in (
    (optimize.fmin, 0),
    (optimize.fmin_powell, 0),
    (optimize.fmin_cg, 1),
    (optimize.fmin_bfgs, 1),
    (optimize.fmin_ncg, 3),
):
    _with_arguments(_f, _before)


def _with_bounds(function):
    @lowering(function)
    def bounded_lowering(
        func, x0, fprime=None, args=(), approx_grad=0, bounds=None, *rest, **options
    ):
        value = objective_of(func, args, fprime is None and not approx_grad)
        first = value(start_within(x0, bounds))
        found = held(function, func, x0, fprime, args, approx_grad, bounds, *rest, **options)
        x, y = minimum(value, found[0], first, conditions(bounds, ()))
        if function is optimize.fmin_tnc:  # the other results are counts
            return x, *found[1:]
        return with_value(found, x, y)


_with_bounds(optimize.fmin_l_bfgs_b)
_with_bounds(optimize.fmin_tnc)


@lowering(optimize.fmin_slsqp)
def fmin_slsqp_lowering(
    func, x0, eqcons=(), f_eqcons=None, ieqcons=(), f_ieqcons=None, bounds=(), fprime=None,
    fprime_eqcons=None, fprime_ieqcons=None, args=(), *rest, **options,
):  # fmt: skip
    more = as_tuple(args)
    given = [("eq", c) for c in eqcons if f_eqcons is None]
    given += [("ineq", c) for c in ieqcons if f_ieqcons is None]
    given += [("eq", f_eqcons)] if f_eqcons is not None else []
    given += [("ineq", f_ieqcons)] if f_ieqcons is not None else []
    constraints = [{"type": kind, "fun": c, "args": more} for kind, c in given]
    return _constrained(
        optimize.fmin_slsqp,
        (func, x0, eqcons, f_eqcons, ieqcons, f_ieqcons, bounds, fprime, fprime_eqcons,
         fprime_ieqcons, args, *rest),
        options, objective_of(func, args), conditions(bounds or None, constraints),
    )  # fmt: skip


@lowering(optimize.fmin_cobyla)
def fmin_cobyla_lowering(func, x0, cons, args=(), consargs=None, *rest, **options):
    more = as_tuple(args if consargs is None else consargs)
    constraints = [
        {"type": "ineq", "fun": c, "args": more}
        for c in (cons if isinstance(cons, (list, tuple)) else [cons])
    ]
    return _constrained(
        optimize.fmin_cobyla, (func, x0, cons, args, consargs, *rest), options,
        objective_of(func, args), conditions(None, constraints),
    )  # fmt: skip


def _constrained(function, args, options, value, limits):
    first = value(np.ravel(start_of(args[1])))
    found = held(function, *args, **options)
    x, y = minimum(value, found[0] if isinstance(found, tuple) else found, first, limits)
    return with_value(found, x, y)


# ------------------------------------------------------------------------ global searches


@lowering(optimize.basinhopping)
def basinhopping_lowering(
    func, x0, niter=100, T=1.0, stepsize=0.5, minimizer_kwargs=None, *rest, **options
):
    local = minimizer_kwargs or {}
    jac = local.get("jac")
    several = not callable(jac) and not isinstance(jac, str) and bool(jac)
    value = objective_of(func, local.get("args", ()), several)
    limits = conditions(local.get("bounds"), local.get("constraints", ()))
    first = value(start_within(x0, local.get("bounds")))
    found = held(
        optimize.basinhopping, func, x0, niter, T, stepsize, minimizer_kwargs, *rest, **options
    )
    best = found["lowest_optimization_result"]
    found = with_minimum(found, value, first, limits)
    parts = {"x": found["x"], "fun": found["fun"]}
    found["lowest_optimization_result"] = with_parts(best, parts, *parts.values())
    return found


def _within_bounds(function):
    @lowering(function)
    def global_lowering(func, bounds, *rest, **options):
        args = rest[0] if rest else options.get("args", ())
        constraints = options.get("constraints") or (
            rest[1] if function is optimize.shgo and len(rest) > 1 and rest[1] else ()
        )
        limits = conditions(bounds, constraints)
        value = objective_of(func, args)
        if options.get("vectorized"):
            value = objective_of(lambda x, *args: func(np.reshape(x, (-1, 1)), *args), args)
        first = value(held(middle, bounds))
        found = held(function, func, bounds, *rest, **options)
        return with_minimum(found, value, first, limits)


def middle(bounds):
    """A point within bounds, which may be infinite."""
    lower, upper = [np.asarray(limit, dtype=float) for limit in limits_of(bounds)]
    bounded = np.isfinite(lower) & np.isfinite(upper)
    inner = 0.5 * (np.where(bounded, lower, 0) + np.where(bounded, upper, 0))
    return np.where(bounded, inner, np.clip(0.0, lower, upper))


for _f in (
    optimize.differential_evolution,
    optimize.dual_annealing,
    optimize.shgo,
    optimize.direct,
):
    _within_bounds(_f)
