"""SymPy: the gradient of a program at symbols is what `sympy.diff` makes of its value."""

import copy
import math
import subprocess
import sys

import pytest
import sympy
from sympy import Float, Function, Integer, Matrix, Max, Min, Piecewise, Rational, S, Symbol

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError

x, y = sympy.symbols("x y")
r = Symbol("r", real=True)
f = Function("f")


def horner(coefficients, x):
    total = 0
    for c in coefficients:
        total = total * x + c
    return total


def newton(a):
    s = a
    for _ in range(3):
        s = (s + a / s) / 2
    return s


def in_place(x):
    total = S(1)
    total += x
    total *= x
    total -= 2
    total /= x + 1
    total **= 2
    return total


PROGRAMS = {
    "polynomial": (lambda x: x * x * x + 3 * x - 1, (x,)),
    "ratio": (lambda x: x**3 / (1 + x), (x,)),
    "signs": (lambda x: -(x + 1) * -(x * 2) + +x, (x,)),
    "powers": (lambda x: 2**x + x**-2 + x ** Rational(1, 3), (x,)),
    "floats": (lambda x: 2.5 * x**2 - 1 / x + x / 0.5, (x,)),
    "several": (lambda x, y: sympy.exp(x * y) * y**x + sympy.log(x) / y, (x, y)),
    "loop": (lambda x: horner([1, 2, Rational(1, 3), y], x), (x,)),
    "loop over a series": (lambda x: sum([x**k / math.factorial(k) for k in range(5)]), (x,)),
    "iteration": (newton, (x,)),
    "in place": (in_place, (x,)),
    "containers": (lambda x: {"a": x - x, "b": [x, x * x]}["b"][1] * x, (x,)),
    "sin": (lambda x: sympy.sin(x**2) * 2, (x,)),
    "sqrt": (lambda x: sympy.sqrt(x + 1) + sympy.root(x, 3), (x,)),
    "special": (lambda x: sympy.besselj(1, x) * sympy.gamma(x) + sympy.erf(x), (x,)),
    "atan2": (sympy.atan2, (x, y)),
    "undefined": (lambda x: f(x**2) * x, (x,)),
    "abs": (lambda r: abs(r) * r + sympy.sign(r), (r,)),
    "max": (lambda r: Max(r, 3) ** 2 + Min(r, 1), (r,)),
    "cases": (lambda r: Piecewise((r**2, r > 0), (-r, True)) * r, (r,)),
    "classes": (lambda x: sympy.Add(x, x**2) * sympy.Mul(x, 3) * sympy.Pow(x, 2), (x,)),
    "simplify": (lambda x: sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 + x**2), (x,)),
    "expand": (lambda x: ((x + 1) ** 2).expand() * sympy.factor(x * x - 1), (x,)),
    "copies": (lambda x: copy.deepcopy([x])[0] * copy.copy(x) * copy.deepcopy({"a": x})["a"], (x,)),
    "constants": (lambda x: sympy.pi * x + sympy.E**x + sympy.I * x, (x,)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    program, symbols = PROGRAMS[name]
    value, gradient = zg.withgradient(program, *symbols)
    assert value == program(*symbols)
    for s, g in zip(symbols, gradient, strict=True):
        assert_equal(g, sympy.diff(value, s))
    second = zg.gradient(lambda *args: zg.gradient(program, *args)[0], *symbols)
    for s, g in zip(symbols, second, strict=True):
        assert_equal(S.Zero if g is None else g, sympy.diff(value, symbols[0], s))


def assert_equal(found, known):
    difference = sympy.simplify(sympy.expand(found - known))
    if difference != 0:  # maybe in a form that is not simplified
        for point in ({x: 1.3, y: 0.7, r: 1.7}, {x: 0.4, y: 2.1, r: -0.6}):
            assert abs(sympy.N(difference.subs(point).doit())) < 1e-12, (found, known)


def test_what_the_program_captures_is_a_constant():
    c = x**2
    assert zg.gradient(lambda a: a * c, x) == (x**2,)
    assert zg.gradient(lambda a: [a][0] * x, x) == (x,)


def test_singletons_of_sympy_are_not_mixed_up():
    """One is one object for all of SymPy."""

    def program(a):
        kept = [a * a, a - a]  # 1 and 0 at a = 1
        return kept[0] + S.One * 5 + kept[1] * 3 + S.Zero

    assert zg.withgradient(program, Integer(1)) == (6, (2,))


def test_numbers_of_sympy():
    assert zg.gradient(lambda a: a * a * 2, Integer(3)) == (12,)
    assert zg.gradient(lambda a: a**3 / 2, Rational(1, 3)) == (Rational(1, 6),)
    assert zg.gradient(lambda a: abs(a) * a, Integer(-3)) == (6,)
    (g,) = zg.gradient(lambda a: sympy.exp(2 * a), Float("0.5", 40))
    assert abs(g - 2 * sympy.E) < Float("1e-38", 40)


def test_from_python_numbers_and_back():
    assert zg.gradient(lambda a: float(sympy.sympify(a) ** 2), 4.0) == (8.0,)
    assert zg.gradient(lambda a: float(Float(a) / 4 + a), 4.0) == (1.25,)
    assert zg.gradient(lambda n: Rational(n, 3) ** 2, 2) == (Rational(4, 9),)
    assert zg.gradient(lambda n, d: Rational(n, d), 2, 5) == (Rational(1, 5), Rational(-2, 25))
    assert zg.gradient(lambda n: Integer(n) * x, 2) == (x,)
    assert zg.gradient(sympy.lambdify(x, x**2 + sympy.sin(x)), 0.0) == (1.0,)
    with pytest.raises(AdjointError, match="pass what the program makes of the float"):
        zg.gradient(lambda a: a * x, 2.0)


def test_containers_of_symbols():
    gradient = zg.gradient(lambda d: d["a"] * d["b"][0], {"a": x, "b": [y, 3], "c": "text"})
    assert gradient == ({"a": y, "b": [x, None], "c": None},)


def test_pullbacks_take_expressions():
    value, back = zg.pullback(lambda a: (a * a, a), x)
    assert value == (x**2, x)
    assert back((y, 1)) == (2 * x * y + 1,)


def test_comparisons_are_those_of_sympy():
    with pytest.raises(TypeError, match="truth value of Relational"):
        zg.gradient(lambda a: a if a > 0 else -a, x)
    p = Symbol("p", positive=True)
    assert zg.gradient(lambda a: a**2 if a > 0 else -a, p) == (2 * p,)
    assert zg.gradient(lambda a: a * 2 if a == x else a, x) == (2,)


def test_a_symbol_that_is_not_used():
    assert zg.gradient(lambda a, b: a * 2, x, y) == (2, None)


@pytest.mark.parametrize(
    "program",
    [
        lambda a: (a**2 * y).subs(y, 3),
        lambda a: sympy.diff(a**2 * y, y),
        lambda a: (a**2 * y).diff(y),
        lambda a: sympy.Integral(sympy.exp(-a * y), (y, 0, 1)),
        lambda a: sympy.integrate(a * y, (y, 0, 1)),
        lambda a: sympy.limit(a * y, y, 0) + sympy.limit(a + y, y, 0),
        lambda a: sympy.solve(a * y - 1, y)[0],
        lambda a: Matrix([[a, 1], [1, a]]).det(),
        lambda a: (Matrix([1, 2]) * a)[0],
        lambda a: (a + 1).args[1] * 2,
        lambda a: sympy.sympify(str(a)),
        lambda a: a.func(*a.__getnewargs_ex__()[0], **a.__getnewargs_ex__()[1]),
        lambda a: 2 * [(a * y).subs(y, 3)][0],
        lambda a: sympy.series(sympy.exp(a * y), y).removeO(),
    ],
)
def test_what_looks_into_expressions_is_an_error(program):
    with pytest.raises(AdjointError):
        zg.gradient(program, x)


def test_matrices_that_are_arguments_are_an_error():
    with pytest.raises((AdjointError, UnsupportedError)):
        zg.gradient(lambda m: m[0, 0] ** 2, Matrix([[x, 1], [2, 3]]))


def test_what_has_nothing_to_do_with_the_argument():
    assert zg.gradient(lambda a: a * (y**2).subs(y, 3), x) == (9,)
    assert zg.gradient(lambda a: a * Matrix([[1, 2], [3, 4]]).det(), x) == (-2,)


def test_sympy_is_not_imported_for_its_rules():
    code = "import sys, zygcore as zg; zg.gradient(lambda x: x * x, 2.0); "
    code += "assert not {'sympy', 'mpmath', 'pint'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
