"""Rules for sums, roots and derivatives with mpmath.

Quadrature, matrices and polynomials are code over numbers and functions with rules, which is
differentiated as it is.
"""

from mpmath.ctx_mp import MPContext

from ..._pullback import pullback
from ...errors import AdjointError, UnsupportedError
from ..broadcasting import conj, guarded_mul, project, refuse
from ..functools import is_active
from ..registry import UNKNOWN, adjoint, each, lowering
from ..scipy._implicit import held
from ._functions import as_number, function_of

__all__ = []


# -- sums: of iterables, which the machine goes through -------------------------------------


@lowering(MPContext.fsum)
def fsum_lowering(ctx, terms, absolute=False, squared=False):
    return summed(ctx, list(terms), absolute, squared)


def summed(ctx, terms, absolute, squared):
    return ctx.fsum(terms, absolute, squared)


@adjoint(summed)
def mp_sum_rule(ctx, terms, absolute, squared):
    y = summed(ctx, terms, absolute, squared)
    if squared and absolute and any(not ctx._is_real_type(x) for x in terms):
        return y, UNKNOWN

    def summed_back(dy):
        return None, [project(term_back(ctx, x, dy, absolute, squared), x) for x in terms]

    return y, summed_back


def term_back(ctx, x, dy, absolute, squared):
    if squared:
        return guarded_mul(dy, conj(2 * as_number(ctx, x)))
    if absolute:
        x = as_number(ctx, x)
        return guarded_mul(dy, x / abs(x)) if x else 0 * dy
    return dy


@lowering(MPContext.fdot)
def fdot_lowering(ctx, A, B=None, conjugate=False):
    pairs = list(A) if B is None else list(zip(A, B))  # noqa: B905
    return dotted(ctx, [a for a, _ in pairs], [b for _, b in pairs], conjugate)


def dotted(ctx, a, b, conjugate):
    return ctx.fdot(a, b, conjugate)


@adjoint(dotted)
def mp_dot_rule(ctx, a, b, conjugate):
    def dotted_back(dy):
        da, db = [], []
        for x, y in zip(a, b, strict=True):
            u, v = as_number(ctx, x), as_number(ctx, y)
            da.append(project(guarded_mul(dy, v if conjugate else conj(v)), x))
            db.append(
                project(guarded_mul(conj(dy) if conjugate else dy, u if conjugate else conj(u)), y)
            )
        return None, da, db

    return dotted(ctx, a, b, conjugate), dotted_back


# -- roots: by the implicit function theorem ---------------------------------------------------

_findroot = function_of("findroot")[0]


@lowering(_findroot)
def findroot_lowering(ctx, f, x0, *args, **options):
    x = held(_findroot, ctx, f, x0, *args, **options)
    if not callable(f) or not hasattr(x, "real"):
        raise UnsupportedError(
            "mpmath.findroot has a gradient for one equation with one unknown: solve systems with "
            "scipy.optimize.root, or by steps of your own"
        )
    r, back = pullback(f, x)
    (slope,) = back(ctx.one)
    if not slope:
        raise AdjointError(
            "the root that mpmath.findroot has found is not a simple one: it has no derivative"
        )
    return root(x, r, slope)


def root(x, r, slope):
    """The root x of an equation, where its residual is r."""
    return x


@adjoint(root)
def mp_root_rule(x, r, slope):
    return root(x, r, slope), lambda dy: (dy, project(-dy / slope, r), None)


# -- integrals: quadrature is differentiated as it is, over limits that are constants --------------

_quad = function_of("quad")[0]


@lowering(_quad)
def quad_lowering(ctx, f, *points, **options):
    if not is_active(*points):
        return ctx.quad(f, *points, **options)
    if len(points) > 1 or options.get("error"):
        raise UnsupportedError(
            "mpmath.quad(f, [a, b]) has a gradient with respect to limits of one integral without "
            "its error: take integrals one by one, with constant limits, or without error=True"
        )
    ends = list(points[0])
    value = held(ctx.quad, f, *points, **options)
    pieces = [piece(ctx, f, a, b, options) for a, b in zip(ends, ends[1:])]  # noqa: B905
    return with_derivative_of(value, ctx.fsum(pieces))


def piece(ctx, f, a, b, options):
    """An integral between two points, moved to where both are constants."""
    if ctx.isinf(a) and ctx.isinf(b):
        return quad_lowering(ctx, f, [a, b], **options)
    if ctx.isinf(b):
        return quad_lowering(ctx, lambda s: f(a + s), [0, b], **options)
    if ctx.isinf(a):
        return quad_lowering(ctx, lambda s: f(b + s), [a, 0], **options)
    width = b - a
    return quad_lowering(ctx, lambda s: width * f(a + width * s), [0, 1], **options)


def with_derivative_of(value, total):
    return value


@adjoint(with_derivative_of)
def mp_integral_rule(value, total):
    return value, lambda dy: (None, dy)


# -- derivatives that mpmath takes: of numbers, by differences -----------------------------------

_diff = function_of("diff")[0]


@adjoint(_diff)
def mp_diff_rule(ctx: MPContext, f, x, n=1, **options):
    y = ctx.diff(f, x, n, **options)
    if not isinstance(n, int):
        return y, UNKNOWN

    def diff_back(dy):
        slope = ctx.diff(f, x, n + 1, **options)
        return project(guarded_mul(dy, conj(slope)), x)

    captured = refuse("mpmath.diff with respect to what its function captures")
    return y, each(None, captured, diff_back)
