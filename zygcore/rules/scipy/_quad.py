"""Rules for the integrals of `scipy.integrate`.

The value is SciPy's.  The derivative with respect to whatever the integrand captures or is given is
the integral of its derivative, over a mesh of `_mesh`; that with respect to the limits is the
integrand there (Leibniz' rule).  `dblquad`, `tplquad` and `nquad` are Python code around `quad`.
"""

import math

import numpy as np
from scipy import integrate

from ..broadcasting import conj, project
from ..functools import is_active
from ..registry import adjoint, lowering
from ._implicit import REMEMBERED, as_tuple, held, opaque_parts, same_value
from ._mesh import mesh

__all__ = []

ESTIMATE = (
    "the estimated error and the report of an integrator have no derivative that zygcore knows; "
    "that of the integral is known"
)
WEIGHTED = (
    "quad(..., weight=...) with a weight other than 'cos' and 'sin' on a finite interval cannot be "
    "differentiated yet: put the weight into the integrand"
)
DIFFICULT = (
    "the derivative of this integral could not be computed accurately: the integrand is singular "
    "or not smooth inside of the interval. Say where with quad(..., points=...), or integrate the "
    "parts"
)


def integral(value, total, a, b, f_a, f_b):
    """`value` with the derivatives of `total` and of the limits."""
    return value


@adjoint(integral)
def integral_rule(value, total, a, b, f_a, f_b):
    def integral_back(dy):
        da = None if f_a is None else project(-dy * conj(f_a), a)
        db = None if f_b is None else project(dy * conj(f_b), b)
        return None, project(dy, total), da, db, None, None

    return value, integral_back


def fresh(x):
    """The same number, but another object."""
    return x * 1.0


@lowering(integrate.quad)
def quad_lowering(
    func, a, b, args=(), full_output=0, epsabs=1.49e-8, epsrel=1.49e-8, limit=50, points=None,
    weight=None, wvar=None, wopts=None, *rest, **options,
):  # fmt: skip
    more = as_tuple(args)
    low, high = held(fresh, a), held(fresh, b)

    def f(t):
        y = func(t, *more)
        if weight is not None:
            y = y * (np.cos(wvar * t) if weight == "cos" else np.sin(wvar * t))
        return y

    covered = callable(func) and (
        weight is None or weight in ("cos", "sin") and math.isfinite(low - high)
    )
    first = first_value(f, low, high) if covered else None
    found = held(
        integrate.quad, func, a, b, args, full_output, epsabs, epsrel, limit, points, weight, wvar,
        wopts, *rest, **options,
    )  # fmt: skip
    sources = (func, a, b, args, points, wvar)
    if not covered:
        return tuple([opaque_parts(part, WEIGHTED, *sources) for part in found])
    inner = () if points is None else [float(p) for p in held(np.unique, points)]
    total = over_mesh(f, low, high, inner, found[0])
    if total is None:
        return tuple([opaque_parts(part, DIFFICULT, first, *sources) for part in found])
    if low != high and is_active(first) and not is_active(total):
        return tuple([opaque_parts(part, REMEMBERED, first) for part in found])
    f_a = f(low) if is_active(a) and math.isfinite(low) else None
    f_b = f(high) if is_active(b) and math.isfinite(high) else None
    value = integral(found[0], total, a, b, f_a, f_b)
    return value, *[opaque_parts(part, ESTIMATE, value) for part in found[1:]]


def first_value(f, a, b):
    """The integrand at a point that is no node: what it makes only once is made here."""
    if math.isfinite(a) and math.isfinite(b):
        return f(a + 0.41 * (b - a))
    return on_unit_interval(f, a, b)(0.41)


def over_mesh(f, a, b, points, value):
    """The integral as a sum over a mesh; None: it is not accurate."""
    if a == b:
        return 0.0
    if not math.isfinite(a) or not math.isfinite(b):
        f, a, b, points = on_unit_interval(f, a, b), 0.0, 1.0, ()
    inner = [p for p in points if min(a, b) < p < max(a, b)]
    ends = [a, *(inner if a < b else inner[::-1]), b]
    parts, size = held(mesh_of, f, ends, isinstance(value, complex))
    total = 0.0
    for low, high, rule in parts:
        low = a if low == a else low  # at outer levels, the limits may be active
        high = b if high == b else high
        width = high - low
        for left, u, w in rule:
            t = low + width * u if left else high - width * u
            if t != low and t != high:
                total = total + f(t) * (width * w)
    return total if abs(total - value) <= 1e-7 * (size + abs(value)) else None


def mesh_of(f, ends, is_complex):
    if not is_complex:
        return mesh(f, ends)
    parts, size = mesh(lambda t: f(t).real, ends)
    parts, more = mesh(lambda t: f(t).imag, [*[low for low, _, _ in parts], ends[-1]])
    return parts, size + more


def on_unit_interval(f, a, b):
    """The integrand of an improper integral after the substitution ``x = (1 - t) / t``."""
    sign = 1.0 if a < b else -1.0
    low, high = (a, b) if a < b else (b, a)

    def g(t):
        x = (1 - t) / t
        if math.isfinite(low):
            y = f(low + x)
        elif math.isfinite(high):
            y = f(high - x)
        else:
            y = f(x) + f(-x)
        return sign * y / (t * t)

    return g


@lowering(integrate.nquad)
def nquad_lowering(func, ranges, args=None, opts=None, full_output=False):
    found = held(integrate.nquad, func, ranges, args, opts, full_output)
    again = integrate.nquad(func, ranges, args, opts)  # its code, which calls quad
    value = same_value(found[0], again[0])
    return value, *[opaque_parts(part, ESTIMATE, value) for part in found[1:]]
