"""Plain arithmetic of floats at inner levels, which is recorded without Python code.

Derivatives of high order are compared with those that mpmath computes from the function itself.
"""

import math
import operator

import mpmath
import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError

FUNCTIONS = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "tanh": math.tanh,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "fabs": math.fabs,
    "expm1": math.expm1,
    "asinh": math.asinh,
    "log": math.log,
    "sqrt": math.sqrt,
    "asin": math.asin,
    "acos": math.acos,
    "log1p": math.log1p,
    "log2": math.log2,
    "log10": math.log10,
    "atanh": math.atanh,
    "acosh": math.acosh,
}


def reverse(f):
    return lambda x: zg.gradient(f, x)[0]


def forward(f):
    return lambda x: zg.jvp(f, (x,), (1.0,))[1]


MIXES = [
    (reverse, reverse),
    (forward, reverse),
    (reverse, forward),
    (forward, forward),
    (reverse, reverse, reverse),
    (forward, reverse, reverse),
    (reverse, forward, reverse),
    (reverse, reverse, forward, reverse),
]


def of_mpmath(name):
    if name == "log2":
        return lambda x: mpmath.log(x) / mpmath.log(2)
    return getattr(mpmath, name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_math(name):
    f, x = FUNCTIONS[name], 1.37 if name == "acosh" else 0.37

    def program(f):
        return lambda x: f(x) * x**3 / (1 + x * x) - x + 2 / (x + 3) + (-x) * (x - 1)

    with mpmath.workdps(40):
        for modes in MIXES:
            derivative = program(f)
            for mode in modes:
                derivative = mode(derivative)
            expected = float(mpmath.diff(program(of_mpmath(name)), mpmath.mpf(x), len(modes)))
            assert derivative(x) == pytest.approx(expected, rel=1e-10, abs=1e-10), modes


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2.0, 0.5, 2.5])
def test_powers(exponent):
    def f(x):
        return x**exponent * x

    with mpmath.workdps(30):
        for modes in MIXES if exponent not in (0, 1) else MIXES[:4]:  # then it is a constant
            derivative = f
            for mode in modes:
                derivative = mode(derivative)
            expected = float(mpmath.diff(f, mpmath.mpf(1.3), len(modes)))
            assert (derivative(1.3) or 0.0) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_nine_times():
    f = math.sin
    for _ in range(9):
        f = reverse(f)
    assert f(1.0) == pytest.approx(math.cos(1.0), abs=1e-12)


def test_operands_of_several_levels():
    def f(x):
        def g(y):
            return reverse(lambda z: x * y * z * z + math.sin(x * z) / y)(y) * x

        return reverse(g)(x)

    # g(y) = x (2 x y^2 + x cos(x y) / y), and its derivative at y = x
    def closed(x):
        def g(y):
            return x * (2 * x * y * y + x * mpmath.cos(x * y) / y)

        return mpmath.diff(g, x)

    with mpmath.workdps(30):
        assert f(0.7) == pytest.approx(float(closed(mpmath.mpf(0.7))), rel=1e-12)
        expected = float(mpmath.diff(closed, mpmath.mpf(0.7)))
    for mode in (reverse, forward):
        assert mode(f)(0.7) == pytest.approx(expected, rel=1e-10)


def test_zero_times_what_depends_on_the_outer_variable():
    """A cotangent that is zero here, but not everywhere, must go on."""

    def f(x):
        return reverse(lambda y: (x - 2.0) * y * y)(3.0)

    assert f(2.0) == 0.0
    assert reverse(f)(2.0) == 6.0
    assert forward(f)(2.0) == 6.0


def test_infinite_slopes_beside_zeros():
    def f(x):
        def inner(y):
            return 0.0 * math.sqrt(y) + x * y

        return reverse(inner)(4.0)

    assert reverse(f)(1.5) == 1.0
    assert reverse(reverse(lambda x: math.sqrt(x) ** 4))(1e-100) == pytest.approx(2.0)


def test_other_types_of_numbers_on_the_way():
    def f(x):
        a = np.float64(3.0) * x
        b = a * x + 2 * x
        return float(np.sin(b)) * x + operator.mul(b, x)

    def closed(x):
        return mpmath.sin(3 * x * x + 2 * x) * x + (3 * x * x + 2 * x) * x

    with mpmath.workdps(30):
        expected = [float(mpmath.diff(closed, mpmath.mpf(0.6), n)) for n in range(4)]
    assert reverse(reverse(f))(0.6) == pytest.approx(expected[2], rel=1e-10)
    assert reverse(reverse(reverse(f)))(0.6) == pytest.approx(expected[3], rel=1e-9)


def test_exact_integers_stay_exact():
    big = 3**30
    assert reverse(reverse(lambda n: n**3 * big))(5) == 30 * big
    assert type(reverse(reverse(lambda n: n * n))(5)) is int


def test_a_pullback_that_outlives_the_outer_level():
    kept = []

    def f(x):
        y, back = zg.pullback(lambda z: math.sin(z) * x * z, x)
        kept.append(back)
        return back(1.0)[0]

    slope = reverse(f)(0.5)
    with mpmath.workdps(30):
        closed = lambda x: x * (mpmath.cos(x) * x + mpmath.sin(x))
        assert slope == pytest.approx(float(mpmath.diff(closed, mpmath.mpf(0.5))), rel=1e-12)
    value = float(closed(0.5))
    assert kept[0](1.0)[0] == pytest.approx(value)
    # under another gradient it is a constant but for its cotangent
    assert reverse(lambda c: kept[0](c * c)[0])(3.0) == pytest.approx(6.0 * value)
    assert reverse(lambda c: kept[0](1.0)[0] * c)(3.0) == pytest.approx(value)


def test_cotangents_of_other_types():
    def f(x):
        _, back = zg.pullback(lambda z: z * z * x, x)
        return back(2)[0] + back(np.float64(1.0))[0] + back(np.float32(0.5))[0]

    assert reverse(f)(1.5) == pytest.approx(3.5 * 2 * 2 * 1.5)


def test_poison_at_an_inner_level():
    def f(x):
        return reverse(lambda y: float(str(y)) * y)(x)

    with pytest.raises(AdjointError):
        reverse(f)(1.5)


def test_user_rules_go_before():
    def cube(x):
        return x**3

    @zg.adjoint(cube)
    def _(x):
        return x**3, lambda dy: (dy * 7.0 * x,)

    assert reverse(reverse(cube))(2.0) == 7.0


def test_branches_and_loops():
    def f(x):
        s = 0.0
        while s < 3.0:
            s = s + x if s < 1.0 else s * x + abs(-x)
        return s

    def closed(x, s=0.0):
        while s < 3.0:
            s = s + x if s < 1.0 else s * x + x
        return s

    with mpmath.workdps(30):
        expected = float(mpmath.diff(closed, mpmath.mpf(1.1), 2))
    for modes in MIXES[:4]:
        derivative = f
        for mode in modes:
            derivative = mode(derivative)
        assert derivative(1.1) == pytest.approx(expected, rel=1e-10)
