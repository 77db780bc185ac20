"""Rules for least squares in `scipy.optimize`: minima of the sum of squares, see `_optima`.

The derivative is that of the minimum itself, with the whole Hessian; `curve_fit` is Python code
around the functions here.
"""

import numpy as np
from scipy import optimize

from ..registry import lowering
from ._implicit import as_tuple, held, opaque_parts, same_value
from ._optima import conditions, minimum
from ._roots import DIAGNOSTIC, floating, start_of, with_parts

__all__ = []


def _huber(z):
    large = z > 1
    return np.where(large, 2 * np.sqrt(np.where(large, z, 1)) - 1, z)


#: loss functions of the squares of residuals, as in the documentation of `least_squares`
LOSSES = {
    "linear": lambda z: z,
    "huber": _huber,
    "soft_l1": lambda z: 2 * (np.sqrt(1 + z) - 1),
    "cauchy": np.log1p,
    "arctan": np.arctan,
}


class Cost:
    """Half the sum of the losses, which remembers the residuals of its last call."""

    def __init__(self, residuals, loss="linear", scale=1.0):
        self.residuals, self.scale = residuals, scale
        self.rho = (lambda z: loss(z)[0]) if callable(loss) else LOSSES[loss]
        self.last = None

    def __call__(self, x):
        self.last = np.atleast_1d(self.residuals(x))
        z = (self.last / self.scale) ** 2
        return 0.5 * self.scale * self.scale * np.sum(self.rho(z))


#: the parameters of `least_squares` after `bounds`
NAMES = (
    "method ftol xtol gtol x_scale loss f_scale diff_step tr_solver tr_options jac_sparsity "
    "max_nfev verbose args kwargs"
).split()


@lowering(optimize.least_squares)
def least_squares_lowering(fun, x0, jac="2-point", bounds=(-np.inf, np.inf), *rest, **options):
    options = {**dict(zip(NAMES, rest, strict=False)), **options}
    args, named = options.get("args", ()), options.get("kwargs") or {}
    cost = Cost(
        lambda x: fun(x, *args, **named),
        options.get("loss", "linear"),
        options.get("f_scale", 1.0),
    )
    first = cost(np.atleast_1d(start_of(x0)))
    found = held(optimize.least_squares, fun, x0, jac, bounds, **options)
    x, y = minimum(cost, found["x"], first, conditions(box(bounds), ()))
    parts = {
        "x": x,
        "cost": same_value(found["cost"], y),
        "fun": same_value(found["fun"], cost.last),
    }
    return with_parts(found, parts, x, y)


def box(bounds):
    """Bounds as a pair of arrays, as `least_squares` takes them."""
    if isinstance(bounds, optimize.Bounds):
        return bounds
    return optimize.Bounds(*bounds)


@lowering(optimize.leastsq)
def leastsq_lowering(func, x0, args=(), *rest, **options):
    more = as_tuple(args)
    cost = Cost(lambda x: func(x, *more))
    first = cost(np.ravel(start_of(x0)))
    found = held(optimize.leastsq, func, x0, args, *rest, **options)
    x, y = minimum(cost, floating(found[0]), first)
    if np.ndim(found[0]) == 0:
        x = np.reshape(x, ())
    if len(found) == 2:
        return x, found[1]
    reports = opaque_parts(found[2], DIAGNOSTIC, x, y)
    reports["fvec"] = same_value(found[2]["fvec"], cost.last)
    return x, opaque_parts(found[1], DIAGNOSTIC, x, y), reports, *found[3:]
