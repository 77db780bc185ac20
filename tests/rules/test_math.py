"""Rules of `math` and `cmath`."""

import cmath
import math

import numpy as np
import pytest
from checking import call_rule

import zygcore as zg
from zygcore.rules import math as rules
from zygcore.rules.registry import ELEMENTWISE, RULES
from zygcore.testing import check_adjoint

ONE_ARGUMENT = {
    "sin": 0.7, "cos": 0.7, "tan": 0.7, "asin": 0.3, "acos": 0.3, "atan": 0.7, "sinh": 0.7,
    "cosh": 0.7, "tanh": 0.7, "asinh": 0.7, "acosh": 1.7, "atanh": 0.3, "exp": 0.7, "expm1": 0.7,
    "log": 0.7, "log2": 0.7, "log10": 0.7, "log1p": 0.7, "sqrt": 0.7, "fabs": -0.7,
    "degrees": 0.7, "radians": 0.7, "erf": 0.7, "erfc": 0.7, "gamma": 1.7, "lgamma": 2.7,
    "exp2": 0.7, "cbrt": 0.7,
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_ARGUMENT)
@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
def test_one_argument(name, kind):
    check_adjoint(getattr(math, name), kind(ONE_ARGUMENT[name]))


MORE_ARGUMENTS = [
    (math.log, (0.7, 2.5)),
    (math.pow, (1.3, 2.5)),
    (math.pow, (1.3, -0.5)),
    (math.atan2, (0.7, -1.3)),
    (math.hypot, (0.7, -1.3, 2.0)),
    (math.ldexp, (0.7, 3)),
    (math.copysign, (0.7, -1.0)),
    (math.fmod, (7.3, 2.1)),
    (math.fmod, (-7.3, 2.1)),
    (math.remainder, (7.3, 2.1)),
    (rules._dist, (2, 0.5, 1.0, -0.3, 2.0)),
    (rules._fsum, (0.1, 0.2, 0.3)),
    (rules._prod, (1, 0.5, 2.0, -3.0)),
    (rules._prod, (1, 0.0, 2.0, 0.0)),
    (rules._prod, (1, 0.0, 2.0, 3.0)),
    (rules._modf_fraction, (2.75,)),
    (rules._mantissa, (2.75,)),
    (rules.digamma, (0.3,)),
    (rules.digamma, (-1.3,)),
]


def test_nextafter():
    check_adjoint(math.nextafter, 0.7, 1.0, wrt=[0])


@pytest.mark.parametrize(("f", "args"), MORE_ARGUMENTS)
def test_more_arguments(f, args):
    wrt = [i for i, x in enumerate(args) if isinstance(x, float)]
    if f is math.copysign:
        wrt = [0]
    check_adjoint(f, *args, wrt=wrt)


@pytest.mark.skipif(not hasattr(math, "sumprod"), reason="new in Python 3.12")
def test_sumprod():
    check_adjoint(rules._sumprod, 2, 0.5, 1.0, -0.3, 2.0)
    assert rules.sumprod_lowering([1, 2], [3, 4]) == 11


@pytest.mark.skipif(not hasattr(math, "fma"), reason="new in Python 3.13")
def test_fma():
    check_adjoint(math.fma, 0.5, 1.5, -0.25)


AT_THE_EDGE = [
    # f, args, cotangent, expected
    (math.sqrt, (0.0,), 1.0, (math.inf,)),
    (math.sqrt, (0.0,), 0.0, (0.0,)),
    (math.asin, (1.0,), 1.0, (math.inf,)),
    (math.acos, (-1.0,), 0.0, (0.0,)),
    (math.acosh, (1.0,), 0.0, (0.0,)),
    (math.cbrt, (0.0,), 0.0, (0.0,)),
    (math.hypot, (0.0, 0.0), 1.0, (0.0, 0.0)),
    (math.atan2, (0.0, 0.0), 0.0, (0.0, 0.0)),
    (math.fabs, (0.0,), 1.0, (0.0,)),
    (math.pow, (0.0, 1.0), 1.0, (1.0, 0.0)),
    (math.pow, (0.0, 0.0), 1.0, (0.0, 0.0)),
    (math.pow, (0.0, 0.5), 0.0, (0.0, 0.0)),
    (math.ldexp, (5e-324, 1073), 1.0, (math.inf, None)),
    (math.fabs, (-3,), 2, (-2,)),
]


@pytest.mark.parametrize(("f", "args", "dy", "expected"), AT_THE_EDGE)
def test_at_the_edge(f, args, dy, expected):
    assert call_rule(f, *args)[1](dy) == expected


def test_digamma():
    # values of mpmath 1.3 at 20 digits
    for x, value in [
        (1.0, -0.57721566490153286061),
        (0.5, -1.9635100260214234794),
        (10.5, 2.3030010342976863753),
        (-0.5, 0.036489973978576520559),
        (-3.7, -0.84507685887041935462),
        (1e-3, -1000.5755719318102797),
        (1e6, 13.815510057964190771),
    ]:
        assert rules.digamma(x) == pytest.approx(value, rel=2e-14, abs=2e-14)
    assert math.isnan(rules.digamma(-2.0))
    assert rules.polygamma1(1.0) == pytest.approx(math.pi**2 / 6, rel=1e-14)


def test_digamma_agrees_with_scipy():
    special = pytest.importorskip("scipy.special")
    for x in np.random.default_rng(0).uniform(-8, 30, 200):
        assert rules.digamma(x) == pytest.approx(special.digamma(x), rel=2e-13, abs=2e-13)


LOWERED = [
    (math.prod, ([2, 3, 4],), {}),
    (math.prod, ([0.5, 3, True],), {"start": 2}),
    (math.prod, ([0.5, 1j],), {}),
    (math.prod, ([],), {}),
    (math.fsum, ([0.1] * 10,), {}),
    (math.dist, ((1.0, 2.0), (0.5, 3.0)), {}),
    (math.modf, (-2.75,), {}),
    (math.modf, (-math.inf,), {}),
    (math.frexp, (-2.75,), {}),
    (cmath.polar, (1 + 2j,), {}),
]


@pytest.mark.parametrize(("f", "args", "options"), LOWERED)
def test_lowerings_give_the_same(f, args, options):
    assert repr(RULES[f].function(*args, **options)) == repr(f(*args, **options))


def test_every_function_of_math_is_decided():
    undecided = {"e", "inf", "nan", "pi", "tau"}
    names = {name for name in vars(math) if not name.startswith("_")} - undecided
    known = {getattr(target, "__name__", "") for target in RULES
             if getattr(target, "__module__", "") == "math"}  # fmt: skip
    assert names - known <= {"fmax", "fmin", "isnormal", "issubnormal", "signbit"}  # 3.15


# ------------------------------------------------------------------------ cmath

COMPLEX = [
    "exp", "log", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos",
    "atan", "asinh", "acosh", "atanh", "phase",
]  # fmt: skip
POINTS = [0.3 + 0.4j, -0.3 + 0.4j, 0.3 - 0.4j, -0.3 - 0.4j, 2.1 - 0.3j, -2.1 + 0.3j, 0.2 + 1.7j]


@pytest.mark.parametrize("name", COMPLEX)
@pytest.mark.parametrize("z", POINTS)
def test_complex(name, z):
    check_adjoint(getattr(cmath, name), z)


def test_complex_more():
    check_adjoint(cmath.log, 0.3 + 0.4j, 1.5 - 0.2j)
    check_adjoint(cmath.rect, 1.3, 0.7)
    assert call_rule(cmath.sqrt, 0j)[1](0j) == (0j,)
    dx = call_rule(cmath.exp, 0.5)[1](1j)  # the cotangent of a real number is real
    assert type(dx[0]) is float


def test_elementwise_is_declared():
    assert RULES[math.sin].kind == ELEMENTWISE


BIG = 10**400


@pytest.mark.parametrize(
    "f",
    [
        lambda x: math.log(x),
        lambda x: math.log(x, 10),
        lambda x: math.log2(x),
        lambda x: math.log10(x),
        lambda x: x / (BIG // 10),
        lambda x: (BIG * 10) / x,
    ],
)
def test_integers_beyond_the_floats(f):
    y, (g,) = zg.withgradient(f, BIG)
    assert y == f(BIG)
    assert not g  # of the order of 1e-400: zero, or None as for integers


def test_lgamma_at_minus_infinity():
    y, (g,) = zg.withgradient(math.lgamma, -math.inf)
    assert y == math.inf
    assert math.isnan(g)
