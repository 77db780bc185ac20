"""Rules for integrators of initial value problems in C: `odeint`, and LSODA of `solve_ivp`.

The value is SciPy's.  The derivative with respect to the initial values, the times, and whatever
the right-hand side captures or is given, is that of `_sensitivity`.  The other methods of
`solve_ivp` are Python code, which the machine differentiates as it is.
"""

import numpy as np
from scipy import integrate

from ...errors import UnsupportedError
from ..functools import is_active
from ..registry import lowering, nondifferentiable
from ._implicit import REMEMBERED, as_tuple, held, opaque_parts, same_value
from ._roots import start_of
from ._sensitivity import DIFFICULT, choose_steps, node_times, variations

__all__ = []

REPORT = "what an integrator reports about its steps has no derivative that zygcore knows"

#: the parameters of `odeint` after `args`
NAMES = (
    "Dfun col_deriv full_output ml mu rtol atol tcrit h0 hmax hmin ixpr mxstep mxhnil mxordn "
    "mxords printmessg tfirst"
).split()


@lowering(integrate.odeint)
def odeint_lowering(func, y0, t, args=(), *rest, **options):
    options = {**dict(zip(NAMES, rest, strict=False)), **options}
    more = as_tuple(args)

    def rhs(time, y):
        dy = func(time, y, *more) if options.get("tfirst") else func(y, time, *more)
        return np.reshape(np.asarray(dy), (-1,))

    start, times = np.ravel(start_of(y0)), start_of(t)
    first = rhs(times[0], start)
    found = held(integrate.odeint, func, y0, t, args, **options)
    y = found[0] if options.get("full_output") else found
    again = {**options, "full_output": 0, "mxstep": max(options.get("mxstep", 0), 1_000_000)}

    def solve(at):
        """The solution at times of the same interval, beginning with the first of all."""
        padded = np.concatenate([np.reshape(times[0], (1,)), np.reshape(at, (-1,))])
        return integrate.odeint(func, start, padded, args, **again)[1:]

    tolerances = [options.get(name) for name in ("rtol", "atol")]
    tolerances = [1.49012e-8 if tol is None else np.asarray(tol) for tol in tolerances]
    y = with_derivatives(rhs, solve, np.asarray(t), times, y0, y, first, tolerances, (func, args))
    if not options.get("full_output"):
        return y
    return y, opaque_parts(found[1], REPORT, y)


def with_derivatives(rhs, solve, t, times, y0, rows, first, tolerances, sources):
    """The solution `rows` at the times t with its derivatives."""
    steps = choose_steps(rhs, solve, times, *tolerances)
    if steps is None:
        return opaque_parts(rows, DIFFICULT, first, y0, t, *sources)
    nodes = held(solve, np.stack(node_times(steps, times))) if steps else []
    zeros = variations(rhs, steps, t, times, y0, rows, nodes)
    if not is_active(zeros):
        return opaque_parts(rows, REMEMBERED, first)
    return same_value(rows, zeros)


# ---------------------------------------------------------------------- LSODA of solve_ivp


@lowering(integrate.solve_ivp)
def solve_ivp_lowering(
    fun, t_span, y0, method="RK45", t_eval=None, dense_output=False, events=None,
    vectorized=False, args=None, **options,
):  # fmt: skip
    own = (t_eval, dense_output, events, vectorized, args)
    if method not in ("LSODA", integrate.LSODA):
        return integrate.solve_ivp(fun, t_span, y0, method, *own, **options)  # its code
    more = () if args is None else args

    def rhs(time, y):
        dy = fun(time, y[:, None], *more) if vectorized else fun(time, y, *more)
        return np.reshape(np.asarray(dy), (-1,))

    begin, end = t_span
    span = start_of([begin, end])
    start = start_of(y0)
    first = rhs(span[0], start)
    found = held(integrate.solve_ivp, fun, t_span, y0, method, *own, **options)
    if (dense_output or events is not None) and is_active(first, y0, t_span, t_eval):
        raise UnsupportedError(
            "solve_ivp(..., method='LSODA') with dense_output or events cannot be differentiated "
            "yet: use the method 'RK45' or 'DOP853', or t_eval"
        )

    def solve(at):
        """The solution at times within the span, in order."""
        at = np.clip(at, min(span), max(span))
        again = {**options, "t_eval": at, "vectorized": vectorized, "args": args}
        return integrate.solve_ivp(fun, (span[0], span[1]), start, method, **again).y.T

    times = found["t"]
    if t_eval is None:
        t = np.stack([begin, *times[1:-1], end]) if found["status"] == 0 else times
        rows = found["y"].T
    else:
        times = np.concatenate([span[:1], times])
        t = np.concatenate([np.stack([begin]), np.asarray(t_eval)[: len(times) - 1]])
        rows = np.concatenate([np.reshape(start, (1, -1)), found["y"].T])
    tolerances = (options.get("rtol", 1e-3), options.get("atol", 1e-6))
    rows = with_derivatives(rhs, solve, t, times, y0, rows, first, tolerances, (fun, args))
    if t_eval is not None:
        t, rows = t[1:], rows[1:]
    found["t"] = same_value(found["t"], t)
    found["y"] = same_value(found["y"], rows.T)
    return found


# ------------------------------------------------------------------------------------- ode


@lowering(integrate.ode.integrate)
def ode_lowering(self, *args, **options):
    if is_active(self._y, self.t, self.f(self.t, copied(self._y), *self.f_params)):
        raise UnsupportedError(
            "scipy.integrate.ode cannot be differentiated: use scipy.integrate.solve_ivp or odeint"
        )
    return integrate.ode.integrate(self, *args, **options)


def copied(y):
    return np.array(y)


nondifferentiable(copied)
