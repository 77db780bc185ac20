"""What FITPACK computes of one spline: values, derivatives, integrals, zeros, new knots.

Coefficients may be padded with zeros to as many as there are knots.
"""

import numpy as np
from scipy.interpolate import _fitpack_impl

from ...broadcasting import project
from ...registry import adjoint, each, lowering, nondifferentiable
from .._implicit import held, opaque, same_value, solved
from ._basis import inside, integral, intervals, spread_to, value
from ._bsplines import rows_at
from ._imitations import imitates, lowering_of_active, parts_of

__all__ = ["library"]

#: FITPACK is in C since SciPy 1.18, and takes its arguments in another order
_is_c = not hasattr(_fitpack_impl, "dfitpack")
library = _fitpack_impl._fitpack if _is_c else _fitpack_impl.dfitpack

#: what is done outside of the knots
EXTRAPOLATE, ZEROS, RAISE, CONSTANT = range(4)


def _splev(t, c, k, x, nu, ext):
    """The values of a spline or of its derivative, and whether they are right."""
    if nu == 0:
        return library.splev(t, c, k, x, ext)
    if _is_c:
        return library.splder(t, c, k, nu, x, ext)
    return library.splder(t, c, k, x, nu, ext)


def spline_value(t, c, k, x, nu, ext):
    """The same in NumPy."""
    low, high = t[k], t[len(t) - k - 1]
    if ext == CONSTANT and nu == 0:  # derivatives are extrapolated
        x = inside(x, low, high)
    y = value(t, c, k, x, nu)
    return np.where((x >= low) & (x <= high), y, 0.0) if ext == ZEROS else y


@adjoint(_splev)
def splev_rule(t, c, k, x, nu, ext):
    y, error = _splev(t, c, k, x, nu, ext)
    low, high = t[k], t[len(t) - k - 1]

    def c_back(dys):
        at = inside(x, low, high) if ext == CONSTANT and nu == 0 else x
        dy = np.where((x >= low) & (x <= high), dys[0], 0) if ext == ZEROS else dys[0]
        return project(spread_to(rows_at(t, k, at, nu), dy, len(c)), c)

    def x_back(dys):
        slope = _splev(t, c, k, x, nu + 1, ext)[0] if nu < k else 0.0 * y
        if ext == ZEROS or (ext == CONSTANT and nu == 0):
            slope = np.where((x >= low) & (x <= high), slope, 0)
        return project(slope * dys[0], x)

    t_back = parts_of(lambda t: spline_value(t, c, k, x, nu, ext), (t,)).parts[0]
    return (y, error), each(lambda dys: t_back(dys[0]), c_back, None, x_back)


@lowering(library.splev)
def splev_lowering(t, c, k, x, ext=0):
    return _splev(t, c, k, x, 0, ext)


@lowering(library.splder)
def splder_lowering(t, c, k, /, *rest):
    nu, x = rest[:2] if _is_c else rest[1::-1]
    return _splev(t, c, k, x, nu, rest[2] if len(rest) > 2 else 0)


@imitates(library.splint, rest="the integrals of B-splines")
def splint(t, c, k, a, b):
    return integral(t, c[: len(t) - k - 1], k, a, b)


@imitates(library.spalde, rest="nothing")
def spalde(t, c, order, x):
    x = np.reshape(x, (1,))
    return np.stack([value(t, c, order - 1, x, nu)[0] for nu in range(order)])


@lowering_of_active(library.sproot)
def sproot_lowering(t, c, *rest, **options):
    zeros, m, error = held(library.sproot, t, c, *rest, **options)
    if m == 0:
        return zeros, m, error
    found = solved(lambda x: value(t, c, 3, x), zeros[:m], c, each=True)
    return np.concatenate([found, zeros[m:]]), m, error


# ---------------------------------------------------------------------------- new knots


def _interval(t, k, x):
    return int(intervals(t, k, np.reshape(x, (1,)))[0])


def _inserted(t, c, k, x):
    """Knots and coefficients with the knot `x` put in (Boehm 1980)."""
    last = _interval(t, k, x)
    first, x = last - k + 1, np.reshape(x, (1,))
    begin, end = t[first : last + 1], t[first + k : last + k + 1]
    share = (x - begin) / (end - begin)
    between = share * c[first : last + 1] + (1 - share) * c[first - 1 : last]
    c = np.concatenate([c[:first], between, c[last:]])
    return np.concatenate([t[: last + 1], x, t[last + 1 :]]), c


PERIODIC = (
    "no derivative is known of a knot that is put into a periodic spline; put it in with per=0, or "
    "use zygcore.dropgrad if it is to be a constant"
)


@lowering_of_active(_fitpack_impl._fitpack._insert)
def insert_lowering(periodic, t, c, k, x, m):
    knots, coefficients, error = held(_fitpack_impl._fitpack._insert, periodic, t, c, k, x, m)
    if error:
        return knots, coefficients, error
    if periodic:
        sources = t, c, x
        return opaque(knots, PERIODIC, *sources), opaque(coefficients, PERIODIC, *sources), error
    n, t, c = len(t) - k - 1, np.asarray(t), np.asarray(c)
    c = c[:n]
    for _ in range(m):
        t, c = _inserted(t, c, k, x)
    rest = coefficients[n + m :]
    return same_value(knots, t), same_value(coefficients, np.concatenate([c, rest])), error


nondifferentiable(_interval)
