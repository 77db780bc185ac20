"""Levels in levels: every mix of forward and reverse mode, to any depth."""

import itertools
import math

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError


def reverse(f):
    return lambda x: zg.gradient(f, x)[0]


def forward(f):
    def derivative(x):
        return zg.jvp(f, (x,), (x * 0 + 1,))[1]

    return derivative


MODES = {"reverse": reverse, "forward": forward}
PAIRS = list(itertools.product(MODES, repeat=2))
TRIPLES = list(itertools.product(MODES, repeat=3))
two = pytest.mark.parametrize("modes", PAIRS, ids="-".join)
three = pytest.mark.parametrize("modes", TRIPLES, ids="-".join)
four = pytest.mark.parametrize("modes", list(itertools.product(MODES, repeat=4)), ids="-".join)


def derivatives(modes):
    return [MODES[mode] for mode in modes]


def applied(modes, f):
    """The first mode is the outermost."""
    for mode in reversed(modes):
        f = MODES[mode](f)
    return f


# ---------------------------------------------------------------- derivatives of one function


@two
def test_second_derivative(modes):
    assert applied(modes, lambda x: x**3)(2.0) == 12.0
    assert applied(modes, math.sin)(0.5) == pytest.approx(-math.sin(0.5), rel=1e-15)


@two
def test_second_derivative_of_integers(modes):
    got = applied(modes, lambda x: x * x * x)(5)
    assert got == 30 and type(got) is int


@three
def test_third_derivative(modes):
    assert applied(modes, lambda x: x**5)(2.0) == 240.0
    assert applied(modes, np.exp)(0.5) == pytest.approx(np.exp(0.5), rel=1e-15)


@four
def test_fourth_derivative(modes):
    assert applied(modes, math.sin)(0.5) == pytest.approx(math.sin(0.5), rel=1e-14)
    assert applied(modes, lambda x: 1 / x)(2.0) == pytest.approx(24 / 2**5, rel=1e-14)


def control_flow(x):
    total, k = 0.0, 0
    while k < 3:
        total = total * x + math.exp(x) / (k + 1)
        k += 1
    return total if total > 0 else -total


def containers(x):
    box = {"a": [x, x * x]}
    box["a"].append(box["a"][0] * box["a"][1])
    first, *rest = box["a"]
    return first * rest[1]


def closures(x):
    def scaled(y):
        return x * y * y

    return scaled(scaled(x))


def in_place(x):
    a = np.zeros(3)
    a[0] = x
    a[1:] = a[0] * a[0]
    a *= a[::-1].copy()
    a[1] += x
    return a.sum()


def rules(x):
    a = np.array([[1.0, 0.3], [0.2, 2.0]]) * x
    return np.sum(np.linalg.inv(a + np.eye(2))) + np.linalg.det(a)


def objects(x):
    class Box:
        def __init__(self, v):
            self.v = v

        def __mul__(self, other):
            return Box(self.v * other.v)

    return (Box(x) * Box(x * x)).v


def generators(x):
    def powers(x, n):
        y = x
        for _ in range(n):
            yield y
            y = y * x

    return sum(p / k for k, p in enumerate(powers(x, 4), 1))


PROGRAMS = [control_flow, containers, closures, in_place, rules, objects, generators]


@two
@pytest.mark.parametrize("f", PROGRAMS)
def test_programs(f, modes):
    x, h = 0.7, 1e-4
    first = reverse(f)
    got = applied(modes, f)(x)
    slope = (first(x - 2 * h) - 8 * first(x - h) + 8 * first(x + h) - first(x + 2 * h)) / (12 * h)
    assert got == pytest.approx(slope, rel=1e-9)
    assert forward(f)(x) == pytest.approx(first(x), rel=1e-13)


@three
@pytest.mark.parametrize("f", PROGRAMS)
def test_programs_to_third_order(f, modes):
    x, h = 0.7, 1e-3
    second = reverse(reverse(f))
    got = applied(modes, f)(x)
    at = {k: second(x + k * h) for k in (-2, -1, 1, 2)}
    assert got == pytest.approx((at[-2] - 8 * at[-1] + 8 * at[1] - at[2]) / (12 * h), rel=1e-8)


@two
def test_gradients_of_arrays(modes):
    outer, inner = derivatives(modes)
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((3, 3)), rng.standard_normal(3)

    def f(x):
        return np.sum(np.tanh(a @ x) * b) * x[0]

    def along(d, f, v):
        """The derivative in a direction, by either mode."""
        return lambda x: d(lambda t: f(x + t * v))(0.0)

    x, u, v = rng.standard_normal(3), rng.standard_normal(3), rng.standard_normal(3)
    got = along(outer, along(inner, f, u), v)(x)
    hessian = zg.hessian(f, x)
    assert got == pytest.approx(u @ hessian @ v, rel=1e-12)
    h = 1e-5
    columns = [
        (zg.gradient(f, x + h * e)[0] - zg.gradient(f, x - h * e)[0]) / (2 * h) for e in np.eye(3)
    ]
    np.testing.assert_allclose(hessian, np.stack(columns), rtol=1e-7, atol=1e-8)


@two
def test_through_structures(modes):
    outer, inner = derivatives(modes)

    def energy(p):
        return p["k"] * p["x"][0] ** 2 * p["x"][1]

    def f(k):
        return inner(lambda x: energy({"k": k, "x": [x, k * x]}))(2.0)

    # energy = k² x³, its derivative 3 k² x² = 12 k², of which 24 k
    assert outer(f)(1.5) == pytest.approx(36.0, rel=1e-15)


def test_gradient_inside_of_gradient_over_structures():
    def f(p):
        inner = zg.gradient(lambda q: q["a"] * q["b"][0] ** 2, p)[0]
        return inner["a"] * 3 + inner["b"][0]

    # inner = (b², 2ab)
    assert zg.gradient(f, {"a": 2.0, "b": [5.0]}) == ({"a": 10.0, "b": [30.0 + 4.0]},)
    v = {"a": 1.0, "b": [0.5]}
    assert zg.jvp(f, ({"a": 2.0, "b": [5.0]},), (v,)) == (75.0 + 20.0, 10.0 + 17.0)


def test_jvp_inside_with_an_active_tangent():
    f = lambda x: zg.jvp(lambda y: y**3, (2.0,), (x,))[1]
    assert zg.gradient(f, 5.0) == (12.0,)
    assert zg.jvp(f, (5.0,), (1.0,)) == (60.0, 12.0)
    both = lambda x: zg.jvp(lambda y: y**3, (x,), (x,))[1]
    assert zg.gradient(both, 2.0) == (9.0 * 4.0,)
    assert zg.jvp(both, (2.0,), (1.0,)) == (24.0, 36.0)


def test_pullback_inside_with_an_active_cotangent():
    f = lambda x: zg.pullback(lambda y: y**3, 2.0)[1](x)[0]
    assert zg.gradient(f, 5.0) == (12.0,)
    assert zg.jvp(f, (5.0,), (1.0,)) == (60.0, 12.0)


@two
def test_hessian_inside(modes):
    outer, inner = derivatives(modes)
    f = lambda t: inner(lambda s: zg.hessian(lambda x: x**4 * s, t * s))(1.0)
    # hessian = 12 (ts)² s = 12 t² s³; by s at 1: 36 t²; by t: 72 t
    assert outer(f)(2.0) == pytest.approx(144.0, rel=1e-14)


def test_jacobian_inside():
    f = lambda x: zg.jacobian(lambda y: np.array([y[0] * y[1], y[1] ** 3]), x)[0]
    g = lambda x: np.sum(f(x) * np.array([[1.0, 2.0], [3.0, 4.0]]))
    x = np.array([2.0, 5.0])
    # the Jacobian is [[y1, y0], [0, 3 y1²]]
    np.testing.assert_allclose(zg.gradient(g, x)[0], [2.0, 1.0 + 4 * 6 * 5.0], rtol=1e-14)
    assert zg.jvp(g, (x,), (np.array([1.0, 1.0]),))[1] == pytest.approx(123.0, rel=1e-14)


# ----------------------------------------------------------------------- perturbation confusion
#
# Siskind & Pearlmutter 2005, "Perturbation confusion and referential transparency"; Siskind &
# Pearlmutter 2008, "Nesting forward-mode AD in a functional framework"; Manzyuk et al. 2019,
# "Perturbation confusion in forward automatic differentiation of higher-order functions".


@two
def test_siskind_pearlmutter(modes):
    outer, inner = derivatives(modes)
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
    assert outer(lambda x: x * inner(lambda y: x + y)(1))(1) == 1


@two
def test_constant_in_the_inner_derivative(modes):
    outer, inner = derivatives(modes)
    assert outer(lambda x: inner(lambda y: x)(1.0) or 0.0)(1.0) in (None, 0.0)
    assert outer(lambda x: x * (inner(lambda y: x * 1.0)(3.0) or 0.0))(2.0) in (0.0, None)


@two
def test_product(modes):
    outer, inner = derivatives(modes)
    assert outer(lambda x: x * inner(lambda y: x * y)(2.0))(3.0) == 6.0


@two
def test_inner_at_the_outer_variable(modes):
    """Row 19 of the pains of the peers."""
    outer, inner = derivatives(modes)
    assert outer(lambda x: inner(lambda y: y * (x - y))(x))(1.0) == -1.0


@two
def test_one_variable_at_both_levels(modes):
    outer, inner = derivatives(modes)
    assert outer(lambda x: inner(lambda y: x * y * y)(x))(3.0) == 12.0
    assert outer(lambda x: x * inner(lambda y: y * y)(x))(3.0) == 12.0


@two
def test_outer_variable_in_the_inner_exponent(modes):
    outer, inner = derivatives(modes)
    # d/dy y**x = x y**(x-1); at y = 2, d/dx = 2**(x-1) (1 + x log 2)
    got = outer(lambda x: inner(lambda y: y**x)(2.0))(3.0)
    assert got == pytest.approx(4 * (1 + 3 * math.log(2)), rel=1e-14)


@three
def test_three_levels_of_one_product(modes):
    a, b, c = derivatives(modes)
    f = lambda x: x * b(lambda y: x * y * c(lambda z: x * y * z)(1.0))(1.0)
    # c(..) = x y; x y · x y = x² y²; by y at 1: 2 x²; times x: 2 x³
    assert a(f)(2.0) == 24.0


@three
def test_sum_at_three_levels(modes):
    a, b, c = derivatives(modes)
    assert a(lambda x: x * b(lambda y: y * c(lambda z: x + y + z)(1.0))(1.0))(1.0) == 1.0


@two
def test_function_defined_outside(modes):
    outer, inner = derivatives(modes)

    def g(x):
        h = lambda y: x + y * y * x
        return inner(h)(2.0) + h(3.0)

    assert outer(g)(5.0) == 4.0 + 10.0


@two
def test_state_of_the_outer_level(modes):
    outer, inner = derivatives(modes)

    def f(x):
        def h(y):
            nonlocal x
            x = x * y
            return x

        h(2.0)
        return inner(h)(1.0)

    assert outer(f)(3.0) == 2.0


@two
def test_list_of_both_levels(modes):
    outer, inner = derivatives(modes)

    def f(x):
        seen = [x]

        def g(y):
            seen.append(y * seen[-1])
            return seen[-1]

        return inner(g)(2.0) + inner(g)(1.0)

    # the first is x, and leaves 2 x behind, which is the second
    assert outer(f)(7.0) == 3.0


@two
def test_minimax(modes):
    """Saddle points, as in Siskind & Pearlmutter 2008: an optimiser inside of another one."""
    outer, inner = derivatives(modes)

    def smallest(f, x, steps=20):
        for _ in range(steps):
            x = x - 0.1 * inner(f)(x)
        return x

    def best(u):
        y = smallest(lambda y: (y - u) ** 2, 0.0)
        return (y - 3.0) ** 2

    # y = u (1 - 0.8^20)
    c = 1 - 0.8**20
    assert outer(best)(2.0) == pytest.approx(2 * c * (2 * c - 3), rel=1e-12)


def test_the_amazing_bug():
    """Manzyuk et al. 2019: the derivative of a function that returns functions, applied twice."""

    def shift(u):
        return lambda f: lambda x: f(x + u)

    def d_curried(f, x):
        """The derivative of a curried function, argument by argument."""
        return lambda g: lambda y: zg.jvp(lambda u: f(u)(g)(y), (x,), (1.0,))[1]

    hat = d_curried(shift, 0.0)
    # hat is the derivative operator; twice of it is the second derivative
    assert hat(math.exp)(0.5) == pytest.approx(math.exp(0.5), rel=1e-15)
    assert hat(hat(lambda x: x**4))(2.0) == 48.0
    assert hat(hat(math.sin))(0.5) == pytest.approx(-math.sin(0.5), rel=1e-15)
    assert hat(hat(hat(lambda x: x**4)))(2.0) == 48.0

    def by_reverse(f, x):
        return lambda g: lambda y: zg.gradient(lambda u: f(u)(g)(y), x)[0]

    hat = by_reverse(shift, 0.0)
    assert hat(hat(lambda x: x**4))(2.0) == 48.0
    mixed = d_curried(shift, 0.0)
    assert hat(mixed(lambda x: x**4))(2.0) == 48.0
    assert mixed(hat(lambda x: x**4))(2.0) == 48.0


def test_tangents_of_functions():
    """The tangent of a function that captures: a structure, which cannot be confused."""

    def shift(u):
        return lambda x: math.exp(x + u)

    value, tangent = zg.jvp(shift, (0.5,), (1.0,))
    assert tangent == zg.Grad(u=1.0)
    y, dy = zg.jvp(lambda f, x: f(x), (value, 2.0), (tangent, None))
    assert y == dy == math.exp(2.5)


@two
def test_church_pairs(modes):
    """A pair made of closures carries values of both levels."""
    outer, inner = derivatives(modes)
    pair = lambda a, b: lambda choose: choose(a, b)

    def f(x):
        p = pair(x * x, 3.0)
        q = inner(lambda y: pair(y * p(lambda a, b: a), y)(lambda a, b: a * b))(2.0)
        return q * p(lambda a, b: b)

    # q = 4 x², times 3
    assert outer(f)(5.0) == 120.0


# ------------------------------------------------------------------------------ meta-learning


def learnt(rate, w, steps=5):
    """The loss after gradient descent on another loss."""
    for _ in range(steps):
        w = w - rate * zg.gradient(lambda w: np.sum((w - 1.0) ** 2 * SCALES), w)[0]
    return np.sum((w - 0.5) ** 2)


SCALES = np.array([0.5, 1.0, 1.5])


def test_gradient_of_an_optimiser():
    rate, w = 0.1, np.array([3.0, -1.0, 2.0])
    # w after n steps: 1 + (w - 1) (1 - 2 rate s)^n
    shrink = 1 - 2 * rate * SCALES
    end = 1 + (w - 1) * shrink**5
    d_rate = np.sum(2 * (end - 0.5) * (w - 1) * 5 * shrink**4 * -2 * SCALES)
    d_w = 2 * (end - 0.5) * shrink**5
    got = zg.gradient(learnt, rate, w)
    assert got[0] == pytest.approx(d_rate, rel=1e-12)
    np.testing.assert_allclose(got[1], d_w, rtol=1e-12)
    assert zg.jvp(learnt, (rate, w), (1.0, None))[1] == pytest.approx(d_rate, rel=1e-12)
    v = np.array([0.3, 0.7, -0.2])
    assert zg.jvp(learnt, (rate, w), (None, v))[1] == pytest.approx(d_w @ v, rel=1e-12)
    h = 1e-6
    slope = (learnt(rate + h, w) - learnt(rate - h, w)) / (2 * h)
    assert got[0] == pytest.approx(slope, rel=1e-8)


def test_gradient_of_an_optimiser_in_lists():
    def trained(rate, weights):
        weights = list(weights)
        for _ in range(5):
            grads = zg.gradient(lambda w: (w[0] * 2.0 + w[1] - 1.0) ** 2, weights)[0]
            for i, g in enumerate(grads):
                weights[i] -= rate * g
        return weights[0] ** 2 + weights[1]

    got = zg.gradient(trained, 0.05, [1.0, 2.0])
    h = 1e-6
    at = lambda r, a, b: trained(r, [a, b])
    expected = [
        (at(0.05 + h, 1.0, 2.0) - at(0.05 - h, 1.0, 2.0)) / (2 * h),
        (at(0.05, 1.0 + h, 2.0) - at(0.05, 1.0 - h, 2.0)) / (2 * h),
        (at(0.05, 1.0, 2.0 + h) - at(0.05, 1.0, 2.0 - h)) / (2 * h),
    ]
    assert [got[0], *got[1]] == pytest.approx(expected, rel=1e-7)
    forward = zg.jvp(trained, (0.05, [1.0, 2.0]), (1.0, None))[1]
    assert forward == pytest.approx(got[0], rel=1e-12)


# ------------------------------------------------------------------------------- many levels


@pytest.mark.parametrize("mode", MODES)
def test_sin_nine_times(mode):
    f, cycle = math.sin, [math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), math.sin]
    for n in range(9):
        f = MODES[mode](f)
        assert f(0.7) == pytest.approx(cycle[n % 4](0.7), rel=1e-13)


# ------------------------------------------------------------------------- pains of the peers


def test_a_reverse_rule_is_enough():
    """Row 20: an adjoint gives `jvp` and Hessians."""

    def sine(x):
        return math.sin(x)

    @zg.adjoint(sine)
    def _(x):
        return math.sin(x), lambda dy: (dy * math.cos(x),)

    x = 0.5
    assert zg.jvp(sine, (x,), (1.0,)) == (math.sin(x), math.cos(x))
    assert zg.hessian(sine, x) == pytest.approx(-math.sin(x), rel=1e-15)
    for modes in PAIRS:
        assert applied(modes, sine)(x) == pytest.approx(-math.sin(x), rel=1e-15)


def test_deep_chains_do_not_overflow():
    """Row 22."""

    def f(x):
        for _ in range(10**5):
            x = x + 1e-6 * x
        return x

    y = f(1.0)
    assert zg.gradient(f, 1.0)[0] == pytest.approx(y, rel=1e-10)
    assert zg.jvp(f, (1.0,), (1.0,))[1] == pytest.approx(y, rel=1e-10)


@pytest.mark.parametrize("derivative", [
    lambda f, x: zg.gradient(f, x),
    lambda f, x: zg.jvp(f, (x,), (1.0,)),
    lambda f, x: zg.hessian(f, x),
])  # fmt: skip
def test_a_pullback_from_outside(derivative):
    """Its tape knows how to go back only."""
    back = zg.pullback(math.sin, 0.5)[1]
    with pytest.raises(AdjointError, match="Call zygcore.pullback inside"):
        derivative(lambda c: back(c)[0] ** 2, 2.0)
    assert zg.gradient(lambda c: c * back(1.0)[0], 2.0) == (math.cos(0.5),)
    inside = lambda c: zg.pullback(math.sin, 0.5)[1](c)[0] ** 2
    assert zg.gradient(inside, 2.0)[0] == pytest.approx(4 * math.cos(0.5) ** 2, rel=1e-14)
