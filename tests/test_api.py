"""The public functions: values of the specification, and errors of wrong use."""

import math
import traceback

import numpy as np
import pytest
from programs.scoping import pow_

import zygcore as zg
from zygcore.errors import (
    AdjointError,
    CotangentError,
    OutputError,
    RuleError,
    UnsupportedError,
)


def mul(a, b):
    return a * b


@pytest.fixture
def scratch():
    """A function to register rules on; the rule is forgotten afterwards."""

    def opaque(a, b):
        return a * b

    yield opaque
    zg.rules.registry.RULES.pop(opaque, None)


# ------------------------------------------------------------------ section 1


def test_gradient_of_pow():
    assert zg.gradient(lambda x: pow_(x, 3), 5) == (75,)
    assert type(zg.gradient(lambda x: pow_(x, 3), 5)[0]) is int
    assert zg.gradient(pow_, 5, 3) == (75, None)
    assert pow_(5, 3) == 125


def test_pullback_may_be_called_again():
    y, back = zg.pullback(pow_, 5, 3)
    assert y == 125
    assert back(1) == (75, None)
    assert back(2) == (150, None)
    assert back(1) == (75, None)
    assert zg.forward is zg.pullback


@pytest.mark.parametrize("sin", [math.sin, np.sin])
def test_pullback_of_sin(sin):
    y, back = zg.pullback(sin, 0.5)
    assert y == 0.479425538604203
    assert back(1.0) == (0.8775825618903728,)


def test_ints_in_ints_out():
    grads = zg.gradient(lambda a, b: a * b, 2, 3)
    assert grads == (3, 2)
    assert [type(g) for g in grads] == [int, int]
    assert zg.gradient(lambda x: x**3, 10**12) == (3 * 10**24,)
    assert zg.gradient(lambda x: (x + 2**62) * x, 2**62) == (2**62 * 3,)


def test_function_chosen_at_run_time():
    fs = {"sin": math.sin, "cos": math.cos}
    assert zg.gradient(lambda x, name: fs[name](x), 1, "sin") == (0.5403023058681398, None)


def test_withgradient_and_jacobian():
    assert zg.withgradient(lambda x: x**3, 2.0) == (8.0, (12.0,))
    (j,) = zg.jacobian(lambda x: np.array([x[0] * x[1], x[1], x[0]]), np.array([2.0, 3.0]))
    np.testing.assert_array_equal(j, [[3.0, 2.0], [0.0, 1.0], [1.0, 0.0]])
    a, b = zg.jacobian(lambda x, y: (x * y, x, 3.0), 2.0, 5.0)
    np.testing.assert_array_equal(a, [5.0, 1.0, 0.0])
    np.testing.assert_array_equal(b, [2.0, 0.0, 0.0])
    assert zg.jacobian(lambda x, y: (x, x), 2.0, 5.0)[1] is None


def test_none_where_nothing_flows():
    assert zg.gradient(lambda x, y: x, 1.0, 2.0) == (1.0, None)
    assert zg.gradient(lambda x: 3.0, 1.0) == (None,)
    assert zg.gradient(lambda x, y: 0.0 * x, 1.0, 2.0) == (0.0, None)


# ------------------------------------------------------------------ section 2


def test_adjoint(scratch):
    @zg.adjoint(scratch)
    def _(a, b):
        return mul(a, b), lambda c: (c * b * 10, None)

    assert zg.gradient(scratch, 2, 3) == (30, None)
    assert zg.gradient(lambda x: scratch(x, x), 2.0) == (20.0,)


def test_registration_takes_effect_at_once(scratch):
    f = lambda x: scratch(x, 3.0)
    assert zg.gradient(f, 2.0) == (3.0,)
    zg.adjoint(scratch)(lambda a, b: (a * b, lambda c: (c * 7, None)))
    assert zg.gradient(f, 2.0) == (7.0,)
    zg.adjoint(scratch)(lambda a, b: (a * b, lambda c: (c * 8, None)))
    assert zg.gradient(f, 2.0) == (8.0,)


def test_the_first_value_replaces_the_forward_pass(scratch):
    zg.adjoint(scratch)(lambda a, b: (100.0, lambda c: (c, c)))
    assert zg.withgradient(scratch, 2.0, 3.0) == (100.0, (1.0, 1.0))
    assert scratch(2.0, 3.0) == 6.0


def test_adjoint_by_type(scratch):
    class A(float):
        pass

    @zg.adjoint(scratch)
    def _(a: float, b: float):
        return a * b, lambda c: (1.0, 1.0)

    @zg.adjoint(scratch)
    def _(a: A, b: float):
        return a * b, lambda c: (2.0, 2.0)

    assert zg.gradient(scratch, 2.0, 3.0) == (1.0, 1.0)
    assert zg.gradient(lambda b: scratch(A(2.0), b), 3.0) == (2.0,)
    assert zg.gradient(scratch, 2, 3) == (3, 2)  # no case fits: its own code


def test_rules_nest():
    def cube(x):
        return x * x * x

    @zg.adjoint(cube)
    def _(x):
        return cube(x), lambda c: (c * 3 * x * x,)

    d = lambda f: lambda x: zg.gradient(f, x)[0]
    assert d(cube)(2.0) == 12.0
    assert d(d(cube))(2.0) == 12.0
    assert d(d(d(cube)))(2.0) == 6.0
    assert d(d(d(d(cube))))(2.0) in (0.0, None)


def test_reflection(capsys):
    def nestlevel():
        return 0

    def isderiving():
        return False

    zg.adjoint(nestlevel)(lambda: (nestlevel() + 1, lambda _: None))
    zg.adjoint(isderiving)(lambda: (True, lambda _: None))

    def f(x):
        print(nestlevel(), "levels of nesting", isderiving())
        return x

    grad = lambda f, x: zg.gradient(f, x)[0]
    f(1)
    grad(f, 1)
    grad(lambda x: x * grad(f, x), 1)
    assert capsys.readouterr().out.splitlines() == [
        "0 levels of nesting False",
        "1 levels of nesting True",
        "2 levels of nesting True",
    ]


def test_perturbation_confusion():
    d = lambda f, x: zg.gradient(f, x)[0]
    assert d(lambda x: x * d(lambda y: x + y, 1.0), 1.0) == 1.0
    assert d(lambda x: d(lambda y: y * (x - y), x), 1.0) == -1.0
    assert d(lambda x: x * d(lambda y: x * y * y, 2.0), 3.0) == 24.0


@pytest.mark.parametrize("f", [math.sin, np.sin, math.exp, math.tanh])
def test_second_derivatives_of_rules(f):
    d = lambda f: lambda x: zg.gradient(f, x)[0]
    x, h = 0.7, 1e-5
    expected = (d(f)(x + h) - d(f)(x - h)) / (2 * h)
    assert d(d(f))(x) == pytest.approx(expected, rel=1e-8)


# ------------------------------------------------------------------ section 4


state = {"r": 0, "n": 0}


def pow_with_state(x, n):
    state["r"] = 1
    state["n"] = n
    while state["n"] > 0:
        state["n"] -= 1
        state["r"] *= x


def test_the_dictionary_program():
    assert zg.gradient(lambda x: (pow_with_state(x, 3), state["r"])[1], 5) == (75,)
    assert state["r"] == 125
    assert type(state["r"]) is int


def test_structures():
    assert zg.gradient(lambda d: d["a"][0] * d["b"], {"a": [2.0, 1.0], "b": 3.0}) == (
        {"a": [3.0, None], "b": 2.0},
    )
    assert zg.gradient(lambda xs: xs[0] * xs[0], [3.0, 3.0]) == ([6.0, None],)

    class Point:
        def __init__(self, x, y):
            self.x, self.y = x, y

    (g,) = zg.gradient(lambda p: p.x**2, Point(3, 1))
    assert g == zg.Grad(x=6, y=None)
    assert zg.gradient(lambda x: Point(x, 1).x * 3, 2.0) == (3.0,)


def test_equal_constants_never_pick_up_gradients():
    one = 1.0
    xs = [one, 2.0]
    assert zg.gradient(lambda v: v[0] * one, xs) == ([1.0, None],)
    w = np.array([1.0, 2.0])
    (g,) = zg.gradient(lambda v: (v * w).sum(), w)
    np.testing.assert_array_equal(g, w)
    assert zg.gradient(lambda x: x * 5 + [5][0], 5) == (5,)


# ------------------------------------------------------------------ wrong use


@pytest.mark.parametrize(
    ("f", "x", "words"),
    [
        (lambda x: [x], 1.0, "pullback"),
        (lambda x: np.ones(3) * x, 1.0, "jacobian"),
        (lambda x: x * 1j, 1.0, "complex"),
        (lambda x: x > 0, 1.0, "truth"),
        (lambda x: None, 1.0, "pullback"),
        (lambda x: "a", 1.0, "pullback"),
    ],
)
def test_results_without_a_gradient(f, x, words):
    with pytest.raises(OutputError, match=words):
        zg.gradient(f, x)


def test_wrong_cotangents():
    _, back = zg.pullback(lambda x: x * np.ones(3), 2.0)
    with pytest.raises(CotangentError, match="shape"):
        back(np.ones(4))
    with pytest.raises(CotangentError, match="one cotangent"):
        back(1.0, 2.0)
    with pytest.raises(CotangentError, match="one cotangent"):
        back()
    _, back = zg.pullback(lambda x: (x, x), 2.0)
    with pytest.raises(CotangentError, match="length 2"):
        back((1.0,))
    assert back((1.0, 2.0)) == (3.0,)
    assert back((None, 2.0)) == (2.0,)
    assert back(None) == (None,)


@pytest.mark.parametrize(
    "rule",
    [
        lambda a, b: (a * b, lambda c: (c,)),
        lambda a, b: (a * b, lambda c: (c, c, c)),
        lambda a, b: (a * b, lambda c: c),
        lambda a, b: a * b,
        lambda a, b: (a * b, 3),
        lambda a, b: (a * b, lambda c: (c, c), None),
    ],
)
def test_rules_that_break_their_contract(scratch, rule):
    zg.adjoint(scratch)(rule)
    with pytest.raises(RuleError):
        zg.gradient(scratch, 2.0, 3.0)


def test_a_pullback_that_raises_shows_the_forward_line(scratch):
    zg.adjoint(scratch)(lambda a, b: (a * b, lambda c: 1 // 0))

    def user(x):
        y = x + 1
        return scratch(y, 2.0)  # the line to show

    with pytest.raises(ZeroDivisionError) as caught:
        zg.gradient(user, 2.0)
    lines = [(f.name, f.line) for f in traceback.extract_tb(caught.tb) if f.filename == __file__]
    assert ("user", "return scratch(y, 2.0)  # the line to show") in lines


def test_opaque_calls_name_the_callable_and_the_line():
    with pytest.raises(AdjointError) as caught:
        zg.gradient(lambda x: float(str(x)), 2.0)
    message = str(caught.value)
    assert "derivative of str" in message
    assert f"{__file__}:" in message
    assert "adjoint" in message
    # not needed, no error
    assert zg.gradient(lambda x: (str(x), x * 2)[1], 2.0) == (2.0,)


def test_registering_on_what_cannot_be_a_key():
    with pytest.raises(RuleError):
        zg.adjoint()
    with pytest.raises(RuleError, match="not callable"):
        zg.adjoint(3)
    with pytest.raises(RuleError, match="hashable"):
        zg.adjoint([])


def assign(w):
    w[:] = 5.0


def add_in_place(w):
    w += 4.0


@pytest.mark.parametrize(
    "write",
    [
        assign,
        add_in_place,
        lambda w: w.fill(5.0),
        lambda w: np.copyto(w, 5.0),
        lambda w: np.add(w, 4.0, out=w),
        lambda w: np.add(w, 4.0, w),
        lambda w: assign(w[:1]),
    ],
)
def test_overwriting_what_a_pullback_keeps(write):
    kept = np.ones(2)

    def f(x):
        w = kept
        w[:] = [2.0, 3.0]
        z = (w * x).sum()
        write(w)
        return z

    assert zg.gradient(f, np.ones(2))[0].tolist() == [2.0, 3.0]
    after = kept.copy()
    f(np.ones(2))
    assert kept.tolist() == after.tolist()
    _, back = zg.pullback(f, np.ones(2))
    assert back(1.0)[0].tolist() == [2.0, 3.0]
    assert back(2.0)[0].tolist() == [4.0, 6.0]
    assert kept.tolist() == after.tolist()


W = np.array([2.0, 3.0])


@pytest.mark.parametrize(
    "f, expected",
    [
        (lambda x: np.sum(x * x), [2.0, 4.0]),
        (lambda x: np.sum(x[::-1] * x[1:] * 3.0), [6.0, 15.0]),
        (lambda x: np.sum(W * x * x), [4.0, 12.0]),
        (lambda x: np.sum(np.exp(x.reshape(2, 1) / 2.0)), [0.5 * np.exp(0.5), 0.5 * np.exp(1.0)]),
    ],
)
def test_overwriting_inputs_and_constants_before_the_pullback_is_called(f, expected):
    x = np.array([1.0, 2.0])
    y, back = zg.pullback(f, x)
    before = W.copy()
    (first,) = back(1.0)
    try:
        x[:] = 9.0
        W[:] = -1.0
        (second,) = back(1.0)
        np.testing.assert_allclose(first, expected)
        np.testing.assert_array_equal(first, second)
        # the caller's arrays stay as they are
        assert x.tolist() == [9.0, 9.0]
        assert W.tolist() == [-1.0, -1.0]
    finally:
        W[:] = before


def test_overwriting_the_value_before_the_pullback_is_called():
    y, back = zg.pullback(np.tanh, np.array([0.0, 1.0]))
    y *= 0.0
    np.testing.assert_allclose(back(np.ones(2))[0], 1 - np.tanh([0.0, 1.0]) ** 2)


def test_pullbacks_copy_only_what_others_can_write_to():
    import tracemalloc

    x = np.ones(200_000)
    zg.pullback(lambda x: np.sum(np.tanh(np.tanh(np.tanh(x * x)))), x)
    x.flags.writeable = False
    tracemalloc.start()
    y, back = zg.pullback(lambda x: np.sum(np.tanh(np.tanh(np.tanh(x * x)))), x)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 4.5 * x.nbytes


# ---------------------------------------------------------------- the machine


def test_recursion_limit_is_cpythons():
    import sys

    def depth(x):
        try:
            return depth(x) + 1
        except RecursionError:
            return x * 0

    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(300)
        plain = depth(1.0)
        assert zg.withgradient(depth, 1.0)[0] == plain
    finally:
        sys.setrecursionlimit(limit)


def test_deep_recursion():
    import sys

    def rec(x, n):
        return 1.0 if n == 0 else x * rec(x, n - 1)

    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(200_000)
        (g,) = zg.gradient(lambda x: rec(x, 100_000), 1.0)
    finally:
        sys.setrecursionlimit(limit)
    assert g == 100_000.0


def test_code_ir(capsys):
    zg.code_ir(pow_)
    assert capsys.readouterr().out.rstrip().splitlines() == [
        "1: (%2, %3)",
        "  br 2 (%3, 1)",
        "2: (%4, %5)",
        "  %6 = %4 > 0",
        "  br 4 unless %6",
        "  br 3",
        "3:",
        "  %7 = %4 - 1",
        "  %8 = %5 * %2",
        "  br 2 (%7, %8)",
        "4:",
        "  return %5",
    ]


def test_tape_is_small():
    def f(x):
        for _ in range(10_000):
            x = x * 1.0001 + 0.1
        return x

    _, back = zg.pullback(f, 1.0)
    assert back.nbytes / 20_000 <= 32


# ---------------------------------------------------------------- unusual arrays


def test_structured_arrays_are_refused():
    points = np.zeros(2, dtype=[("a", float), ("b", float)])
    with pytest.raises(UnsupportedError, match="fields a, b"):
        zg.gradient(lambda s: np.sum(s["a"] * s["b"]), points)
    # a constant one is fine
    points["a"] = [1.0, 2.0]
    assert zg.gradient(lambda x: np.sum(points["a"] * x), np.ones(2))[0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble, ">f8", object])
def test_gradients_have_the_kind_of_the_input(dtype):
    (d,) = zg.gradient(lambda x: np.sum(x * x), np.array([1.0, 2.0], dtype=dtype))
    assert d.tolist() == [2.0, 4.0]
    assert d.dtype.kind == np.dtype(dtype).kind


def test_object_arrays_made_from_active_values():
    def f(x):
        made = np.array([x, x * x], dtype=object)
        return made[1] * 3.0 + made.sum()

    assert zg.gradient(f, 2.0) == (17.0,)


def test_signals_interrupt_long_loops():
    import signal

    def raising(number, frame):
        raise KeyboardInterrupt

    def endless(x):
        while True:
            x = x * 1.0000001

    before = signal.signal(signal.SIGALRM, raising)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            zg.gradient(endless, 1.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert zg.gradient(lambda x: x * x, 3.0) == (6.0,)


@pytest.mark.parametrize("n", range(8))
def test_inner_functions_of_nothing_but_outer_values(n):
    """What is active further out is a constant of the inner level, however many nodes there are."""

    def outer(x):
        y = x
        for _ in range(n):
            y = y * x
        (g,) = zg.gradient(lambda p: y * 5.0, [7.0])
        (h,) = zg.gradient(lambda p: y * 5.0 + p[0] * x, [7.0])
        assert g is None
        return h[0] * x

    assert zg.gradient(outer, 3.0) == (6.0,)
