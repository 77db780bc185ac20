"""Rules for the root finders of `scipy.optimize`: see `_implicit` for how they are made.

The derivative does not depend on how the root was found: a Jacobian that the user gives is for the
search only.
"""

import numpy as np
from scipy import optimize

from ..functools import is_active
from ..registry import lowering
from ._implicit import as_tuple, held, opaque_parts, same_value, solved

__all__ = ["with_parts"]

DIAGNOSTIC = (
    "what a solver reports about its search has no derivative that zygcore knows; that of the "
    "solution is known"
)


def with_parts(result, parts, *sources):
    """An `OptimizeResult` whose solution has a derivative: what else is in it has none."""
    for key, value in list(result.items()):
        if key in parts:
            result[key] = parts[key]
        elif is_active(*sources):
            result[key] = opaque_parts(value, DIAGNOSTIC, *sources)
    return result


def floating(x):
    """A copy of a point where a search starts: an array of floats, or a float."""
    x = np.asarray(x)
    return x.astype(float) if x.dtype.kind in "biu" else np.copy(x)


def start_of(x0):
    """The same as a constant of this level."""
    return held(floating, x0)


# ------------------------------------------------------------------------- one unknown


def _bracketing(function):
    @lowering(function)
    def bracketing_lowering(f, a, b, args=(), *rest, **options):
        more = as_tuple(args)
        first = f(start_of(a)[()].item(), *more)
        found = held(function, f, a, b, args, *rest, **options)
        x = found[0] if isinstance(found, tuple) else found
        x = solved(lambda x: f(x, *more), x, first, each=True)
        if not isinstance(found, tuple):
            return x
        return x, with_parts(found[1], {"root": x}, x)


for _f in (
    optimize.brentq,
    optimize.brenth,
    optimize.ridder,
    optimize.bisect,
    optimize.toms748,
):
    _bracketing(_f)


@lowering(optimize.newton)
def newton_lowering(func, x0, fprime=None, args=(), *rest, **options):
    """Of an array x0, each element is the start of a search of its own."""
    more = as_tuple(args)
    start = start_of(x0)
    first = func(start if np.ndim(start) else start[()], *more)
    found = held(optimize.newton, func, x0, fprime, args, *rest, **options)
    x = found[0] if isinstance(found, tuple) else found
    x = solved(lambda x: func(x, *more), x, first, each=True)
    if not isinstance(found, tuple):
        return x
    if hasattr(found, "_fields"):
        return found._replace(root=x)
    return x, with_parts(found[1], {"root": x}, x)


@lowering(optimize.root_scalar)
def root_scalar_lowering(
    f, args=(), method=None, bracket=None, fprime=None, fprime2=None, x0=None, *rest, **options
):
    more = as_tuple(args)
    several = not callable(fprime) and fprime or not callable(fprime2) and fprime2

    def equation(x):
        value = f(x, *more)
        return value[0] if several else value

    start = start_of(x0 if bracket is None else bracket[0])
    first = equation(start[()])
    found = held(
        optimize.root_scalar, f, args, method, bracket, fprime, fprime2, x0, *rest, **options
    )
    x = solved(equation, found["root"], first, each=True)
    return with_parts(found, {"root": x}, x)


# --------------------------------------------------------------------- several unknowns


@lowering(optimize.root)
def root_lowering(fun, x0, args=(), method="hybr", jac=None, *rest, **options):
    more = as_tuple(args)
    several = not callable(jac) and bool(jac)

    def equation(x):
        value = fun(x, *more)
        return np.asarray(value[0] if several else value)

    first = equation(np.atleast_1d(start_of(x0)))
    found = held(optimize.root, fun, x0, args, method, jac, *rest, **options)
    x = solved(equation, found["x"], first)
    parts = {"x": x}
    if "fun" in found:
        parts["fun"] = found["fun"]  # it is zero, whatever the parameters
    return with_parts(found, parts, x)


@lowering(optimize.fsolve)
def fsolve_lowering(func, x0, args=(), *rest, **options):
    more = as_tuple(args)

    def equation(x):
        return np.asarray(func(x, *more))

    first = equation(np.ravel(start_of(x0)))
    found = held(optimize.fsolve, func, x0, args, *rest, **options)
    x = solved(equation, found[0] if isinstance(found, tuple) else found, first)
    if not isinstance(found, tuple):
        return x
    return x, opaque_parts(found[1], DIAGNOSTIC, x), *found[2:]


def _nonlinear(function):
    @lowering(function)
    def nonlinear_lowering(F, xin, *rest, **options):
        first = np.asarray(F(start_of(xin)))
        found = held(function, F, xin, *rest, **options)
        return solved(lambda x: np.asarray(F(x)), found, first)


for _f in (
    optimize.broyden1,
    optimize.broyden2,
    optimize.anderson,
    optimize.linearmixing,
    optimize.diagbroyden,
    optimize.excitingmixing,
    optimize.newton_krylov,
):
    _nonlinear(_f)


@lowering(optimize.fixed_point)
def fixed_point_lowering(func, x0, args=(), *rest, **options):
    more = as_tuple(args)

    def equation(x):
        return np.asarray(func(x, *more)) - x

    start = start_of(x0)
    first = equation(start)
    found = held(optimize.fixed_point, func, x0, args, *rest, **options)
    x = solved(equation, np.asarray(found), first)
    return same_value(found, x)
