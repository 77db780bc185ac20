"""Random programs: the machine against CPython, and against derivatives found otherwise.

Source code is generated, so that the machine sees bytecode it has never seen: straight
lines, branches, bounded loops, calls, lists and tuples.  Values must agree to the last
bit.  Gradients of int programs are compared exactly with the dual numbers below, those
of analytic programs with the complex step, all others with finite differences.

The tests on the generator itself need no engine.
"""

import cmath
import math

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from programs import _reference

relaxed = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

NAMES = ("a", "b", "c")
LOCALS = ("p", "q", "r", "s")


@pytest.fixture(scope="module")
def zg():
    import zygcore

    return zygcore


class Writer:
    """Writes one function `f(a, b, c)` by asking Hypothesis at every turn."""

    def __init__(self, draw, kind):
        self.draw, self.kind = draw, kind
        self.lines, self.depth, self.helpers = [], 1, 0
        self.loops = 0

    def pick(self, *options):
        return self.draw(st.sampled_from(options))

    def put(self, text):
        self.lines.append("    " * self.depth + text)

    def constant(self):
        if self.kind == "int":
            return str(self.draw(st.integers(-5, 9)))
        return repr(self.draw(st.integers(-16, 24)) / 8)

    def atom(self, names):
        choice = self.draw(st.integers(0, 5))
        return self.constant() if choice == 0 else self.pick(*names)

    def expression(self, names, depth=2):
        if depth == 0:
            return self.atom(names)
        forms = ["atom", "+", "-", "*", "neg", "square"]
        if self.kind == "int":
            forms += ["mod", "call", "abs", "ternary"]
        elif self.kind == "analytic":
            forms += ["sin", "exp", "divide", "call", "log"]
        else:
            forms += ["sin", "exp", "divide", "call", "log", "abs", "ternary", "max", "and"]
        form = self.pick(*forms)
        one = self.expression(names, depth - 1)
        if form == "atom":
            return one
        if form in "+-*":
            return f"({one} {form} {self.expression(names, depth - 1)})"
        if form == "neg":
            return f"(-{one})"
        if form == "square":
            return f"({one}) ** 2"
        if form == "mod":
            return f"({one} % 1009)"
        if form == "abs":
            return f"abs({one})"
        if form == "ternary":
            return f"({one} if {self.condition(names)} else {self.atom(names)})"
        if form == "max":
            return f"{self.pick('max', 'min')}({one}, {self.atom(names)})"
        if form == "and":
            return f"({one} {self.pick('and', 'or')} {self.atom(names)})"
        if form == "sin":
            return f"{self.pick('sin', 'cos')}({one})"
        if form == "exp":
            return f"exp(sin({one}))"
        if form == "log":
            return f"log(2.0 + ({one}) * ({one}))" if self.kind == "real" else f"cos({one} * 0.5)"
        if form == "divide":
            return f"({one} / (3.0 + cos({self.atom(names)})))"
        return f"{self.pick('helper', 'twice')}({one}, {self.atom(names)})"

    def condition(self, names):
        if self.kind == "analytic":  # complex numbers have no order
            return self.pick("k % 2 == 0", "flag", "not flag")
        op = self.pick("<", ">", "<=", ">=", "!=")
        test = f"{self.atom(names)} {op} {self.atom(names)}"
        if self.draw(st.booleans()):
            return test
        return f"{test} {self.pick('and', 'or')} {self.pick('not flag', 'k % 2', 'flag')}"

    def assign(self, names):
        target = self.pick(*LOCALS)
        form = self.draw(st.integers(0, 6))
        if form == 0:
            self.put(f"{target} {self.pick('+', '-', '*')}= {self.atom(names)}")
        elif form == 1:
            other = self.pick(*[n for n in LOCALS if n != target])
            self.put(f"{target}, {other} = {self.expression(names, 1)}, {self.atom(names)}")
        elif form == 2:
            self.put(f"xs[{self.draw(st.integers(-3, 2))}] = {self.expression(names)}")
        elif form == 3:
            self.put(f"{target} = xs[{self.pick('0', '1', 'k % 3')}] + {self.atom(names)}")
        elif form == 4:
            self.put(f"{target} = sum([{self.expression((*names, 'v'), 1)} for v in xs])")
        elif form == 5:
            self.put(f"t = ({self.atom(names)}, ({self.expression(names, 1)}, {target}))")
            self.put(f"{target} = t[1][0] - t[0]")
        else:
            self.put(f"{target} = {self.expression(names)}")

    def tame(self):
        """Keep numbers in range at the end of a loop."""
        if self.kind == "int":
            self.put("p, q, r, s = p % 10007, q % 10007, r % 10007, s % 10007")
            self.put("xs = [v % 10007 for v in xs]")
        else:
            self.put("p, q, r, s = sin(p), sin(q), sin(r), sin(s)")
            self.put("xs = [cos(v) for v in xs]")

    def block(self, names, size):
        for _ in range(self.draw(st.integers(1, size))):
            form = self.draw(st.integers(0, 9))
            if self.depth > 3 or form < 6:
                self.assign(names)
            elif form < 8:
                self.put(f"if {self.condition(names)}:")
                self.nested(names, 2)
                if self.draw(st.booleans()):
                    self.put("else:")
                    self.nested(names, 2)
            else:
                self.loop(names)

    def nested(self, names, size, tame=False, ending=None):
        self.depth += 1
        self.block(names, size)
        if tame:
            self.tame()
        if ending:
            self.put(ending)
        self.depth -= 1

    def loop(self, names):
        n = self.draw(st.integers(0, 4))
        if self.draw(st.booleans()):
            self.put(f"for k in range({n}):")
            ending = self.pick(None, None, f"if {self.condition(names)}: break")
            self.nested(names, 2, True, ending)
        else:
            self.loops += 1
            counter = f"n{self.loops}"
            self.put(f"{counter} = {n}")
            self.put(f"while {counter} > 0:")
            self.depth += 1
            self.put(f"{counter} -= 1")
            self.depth -= 1
            self.nested(names, 2, True)
        self.put("k = 2")

    def function(self):
        helper = self.expression(("u", "v"), 1).replace("flag", "True").replace("k % 2", "0")
        zero = "0" if self.kind == "int" else "0.0"
        head = [
            "def helper(u, v):",
            f"    return {helper.replace('helper', 'first').replace('twice', 'first')}",
            "",
            "def first(u, v):",
            "    return u - v * u",
            "",
            "def twice(u, v=2):",
            "    def inner(w):",
            "        return w * v + u",
            "    return inner(inner(u))",
            "",
            "def f(a, b, c):",
            "    k, flag = 1, True",
            f"    p, q, r, s = a, b, {zero}, c",
            "    xs = [a, b, c]",
        ]
        self.block((*NAMES, *LOCALS), 6)
        self.put(f"return {self.expression((*NAMES, *LOCALS))} + p * a + q - b * c")
        return "\n".join(head + self.lines) + "\n"


@st.composite
def sources(draw, kind):
    return Writer(draw, kind).function()


def build(source, **functions):
    names = {"sin": math.sin, "cos": math.cos, "exp": math.exp, "log": math.log, **functions}
    exec(compile(source, "<random program>", "exec"), names)
    return names["f"]


ANALYTIC = {"sin": cmath.sin, "cos": cmath.cos, "exp": cmath.exp, "log": cmath.log}

small_ints = st.tuples(*[st.integers(-9, 12)] * 3)
# Off the grid of the constants, and no two of one size: ties are for the corpus.
some_floats = st.lists(
    st.integers(-40, 40).map(lambda n: n / 16 + 0.01), min_size=3, max_size=3, unique_by=abs
).map(tuple)


class Dual:
    """A polynomial's value with its derivative, over Python's ints."""

    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    @staticmethod
    def lift(x):
        return x if isinstance(x, Dual) else Dual(x, 0)

    def __add__(self, other):
        other = Dual.lift(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __sub__(self, other):
        return self + -Dual.lift(other)

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        other = Dual.lift(other)
        slope = self.slope * other.value + self.value * other.slope
        return Dual(self.value * other.value, slope)

    __rmul__ = __mul__

    def __pow__(self, n):
        assert n == 2
        return self * self

    def __mod__(self, n):
        assert isinstance(n, int)
        return Dual(self.value % n, self.slope)

    def __abs__(self):
        return -self if self.value < 0 else self

    def __bool__(self):
        return bool(self.value)

    def __lt__(self, other):
        return self.value < Dual.lift(other).value

    def __le__(self, other):
        return self.value <= Dual.lift(other).value

    def __gt__(self, other):
        return self.value > Dual.lift(other).value

    def __ge__(self, other):
        return self.value >= Dual.lift(other).value

    def __ne__(self, other):
        return self.value != Dual.lift(other).value

    __hash__ = None


def run(f, args):
    """The value, where the program has one that is a finite number."""
    try:
        value = f(*args)
    except (ArithmeticError, ValueError):
        assume(False)
    assume(isinstance(value, int) or math.isfinite(value))
    return value


def dual_gradient(f, args):
    grads = []
    for i in range(len(args)):
        out = f(*(Dual(x, int(i == j)) for j, x in enumerate(args)))
        grads.append(Dual.lift(out).slope)
    return grads


def flat_abs_at_zero(f, args):
    """Whether `abs` meets a zero, where its slope is a matter of convention."""
    met = []

    def watching(x):
        met.append(x == 0)
        return abs(x)

    f.__globals__["abs"] = watching
    f(*args)
    del f.__globals__["abs"]
    return any(met)


def complex_step(f, args, i):
    h = 1e-150
    moved = [complex(x, h if i == j else 0.0) for j, x in enumerate(args)]
    return complex(f(*moved)).imag / h


def finite_step(f, args, i):
    return _reference.slope(lambda v: f(*args[:i], v, *args[i + 1 :]), args[i])


def close(actual, expected, rtol, scale):
    return abs((0.0 if actual is None else actual) - expected) <= rtol * max(scale, abs(expected))


# The generator and the references among themselves


@relaxed
@given(sources("int"), small_ints)
def test_dual_numbers_agree_with_int_programs(source, args):
    f = build(source)
    value = run(f, args)
    assert type(value) is int
    assert Dual.lift(f(*(Dual(x, 0) for x in args))).value == value


@relaxed
@given(sources("analytic"), some_floats)
def test_complex_step_agrees_with_finite_differences(source, args):
    f, g = build(source), build(source, **ANALYTIC)
    run(f, args)
    for i in range(3):
        slope, error = finite_step(f, args, i)
        assume(error < 1e-7 * max(1.0, abs(slope)))
        assert close(slope, complex_step(g, args, i), 1e-6, 1.0)


# The machine


@relaxed
@given(sources("int"), small_ints)
def test_int_programs(zg, source, args):
    f = build(source)
    value = run(f, args)
    y, back = zg.pullback(f, *args)
    assert type(y) is int and y == value
    assume(not flat_abs_at_zero(f, args))
    grads = back(1)
    for grad, slope in zip(grads, dual_gradient(f, args), strict=True):
        assert grad is None or type(grad) is int
        assert (0 if grad is None else grad) == slope


@relaxed
@given(sources("analytic"), some_floats)
def test_analytic_programs(zg, source, args):
    f, g = build(source), build(source, **ANALYTIC)
    value = run(f, args)
    y, grads = zg.withgradient(f, *args)
    assert type(y) is float and y.hex() == value.hex()
    slopes = [complex_step(g, args, i) for i in range(3)]
    scale = max(map(abs, slopes), default=0.0)
    assume(scale < 1e8)
    for grad, slope in zip(grads, slopes, strict=True):
        assert grad is None or type(grad) is float
        assert close(grad, slope, 1e-9, scale)


@relaxed
@given(sources("real"), some_floats)
def test_real_programs(zg, source, args):
    f = build(source)
    value = run(f, args)
    y, grads = zg.withgradient(f, *args)
    assert type(y) is float and y.hex() == value.hex()
    for i, grad in enumerate(grads):
        assert grad is None or type(grad) is float
        slope, error = finite_step(f, args, i)
        # A kink nearby leaves no two step sizes that agree.
        assume(error <= 1e-8 * max(1.0, abs(slope)))
        assert close(grad, slope, 1e-6, 1.0)
