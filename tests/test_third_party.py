"""Gradients through libraries in plain Python that know nothing of differentiation.

mpmath has each function twice: for Python's floats, whose code is differentiated here, and at any
precision, from which the derivatives to compare with are taken.
"""

import math

import mpmath
import pytest

import zygcore as zg

POINTS = (0.3, 1.7)


def of_two(name, first):
    return lambda ctx, x: getattr(ctx, name)(first, x)


def of_one(name):
    return lambda ctx, x: getattr(ctx, name)(x)


FUNCTIONS = {
    **{
        name: of_one(name)
        for name in (
            "gamma loggamma digamma zeta erf erfc airyai airybi ei e1 li si ci expm1 log1p sinc "
            "lambertw harmonic barnesg superfac hyperfac cbrt sec csc cot sinh fresnels "
            "fresnelc"
        ).split()
    },
    "besselj": of_two("besselj", 1),
    "legendre": of_two("legendre", 3),
    "hyp1f1": lambda ctx, x: ctx.hyp1f1(0.5, 1.5, x),
    "quad": lambda ctx, x: ctx.quad(lambda t: ctx.exp(-x * t * t), [0, 1]),
    "findroot": lambda ctx, x: ctx.findroot(lambda t: t * t - x, 1.0),
    "nsum": lambda ctx, x: ctx.nsum(lambda k: x**k / math.factorial(int(k)), [0, 20]),
    "lu_solve": lambda ctx, x: ctx.lu_solve(
        ctx.matrix([[x, 1.0], [1.0, 3.0]]), ctx.matrix([1.0, 2.0])
    )[0],
    "det": lambda ctx, x: ctx.det(ctx.matrix([[x, 1.0], [1.0, x]])),
    "expm": lambda ctx, x: ctx.expm(ctx.matrix([[x, 1.0], [0.0, x]]))[0, 1],
    "pade": lambda ctx, x: ctx.pade([1.0, x, 0.5], 1, 1)[1][1],
}


@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_mpmath(name, x):
    f = FUNCTIONS[name]
    plain = f(mpmath.fp, x)
    y, (g,) = zg.withgradient(lambda x: f(mpmath.fp, x), x)
    assert y == plain or math.isnan(plain)
    with mpmath.workdps(30):
        known = mpmath.diff(lambda x: f(mpmath.mp, x), mpmath.mpf(x))
    assert abs(g - known) <= 1e-9 * max(1, abs(known)), (g, known)
