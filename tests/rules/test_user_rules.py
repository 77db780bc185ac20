"""Rules of users go before those of the package, as soon as they are registered."""

import json
import math
import operator
import statistics
import subprocess
import sys

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import RuleError
from zygcore.rules import libraries, registry


@pytest.fixture
def restored():
    """The rules as they were, afterwards."""
    libraries.everything()
    before = dict(registry.RULES)
    yield
    for key in set(registry.RULES) - set(before):
        del registry.RULES[key]
    registry.RULES.update(before)
    for callback in registry.on_change:
        callback(registry.Rule(restored, registry.NONDIFFERENTIABLE))


#: a target, a call of it; the rule multiplies cotangents by ten
CALLS = {
    "elementwise ufunc": ("np.expm1", "np.sum(np.expm1(x))", "xs"),
    "reduction": ("np.sum", "np.sum(x)", "xs"),
    "method": ("np.ndarray.prod", "x.prod()", "xs"),
    "matrix product": ("np.dot", "np.dot(x, np.ones(2))", "xs"),
    "Python code": ("np.kron", "np.kron(x, 1.0)[0] + np.kron(x, 1.0)[1]", "xs"),
    "of a library": ("scipy.special.erf", "scipy.special.erf(x)", "0.3"),
    "one kind among several": ("abs", "abs(x)", "0.3"),
    "another kind": ("abs", "abs(x)[0] + abs(x)[1]", "xs"),
    "of math": ("math.sin", "math.sin(x)", "0.3"),
    "of math by its name": ("math.sin", "sin(x)", "0.3"),
    "class": ("float", "float(x)", "0.3"),
    "largest": ("max", "max(x, 0.1)", "0.3"),
    "sum": ("sum", "sum([x, 1.0])", "0.3"),
    "of the standard library": ("statistics.mean", "statistics.mean([x, 1.0])", "0.3"),
}

# in an interpreter of its own: what is quick for a call is not made again
SCRIPT = """
import json, math, statistics
from math import sin
import numpy as np, scipy.special, zygcore as zg

calls, xs, out = json.loads({calls!r}), np.array([1.0, 2.0]), {{}}

def tenfold(f):
    def rule(x, *rest):
        back = lambda dy: 10 * dy * np.ones_like(x)
        if isinstance(x, list):
            back = lambda dy: [10 * dy for _ in x]
        return f(x, *rest), lambda dy: (back(dy), *[None] * len(rest))

    return rule

gradients = lambda: {{
    name: np.asarray(zg.gradient(eval("lambda x: " + call), eval(x))[0]).tolist()
    for name, (_, call, x) in calls.items()
}}
before = gradients()
for target in dict.fromkeys(call[0] for call in calls.values()):
    if target != "np.sum":
        zg.adjoint(eval(target))(tenfold(eval(target)))
between = gradients()
zg.adjoint(np.sum)(tenfold(np.sum))
print(json.dumps([before, between, gradients()]))
"""


@pytest.fixture(scope="module")
def gradients():
    """Before rules are registered; after; and with one for `np.sum`, too."""
    script = SCRIPT.format(calls=json.dumps(CALLS))
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", CALLS)
def test_a_rule_without_annotations_replaces(name, gradients):
    before, between, after = gradients
    ten = np.full(2, 10.0) if CALLS[name][2] == "xs" else 10.0
    if CALLS[name][0] == "np.sum":
        assert between[name] == before[name] and after[name] == [10.0, 10.0]
    else:
        assert not np.array_equal(before[name], ten)
        np.testing.assert_array_equal(between[name], ten)


class Length:
    def __init__(self, metres):
        self.metres = metres

    def __mul__(self, other):
        return Length(self.metres * other)


def test_others_keep_the_rules_that_were_there(restored):
    @zg.adjoint(math.cosh)
    def cosh_rule(x: Length):
        return 2.0, lambda dy: (7.0 * dy,)

    @zg.adjoint(operator.mul)
    def mul_rule(x: Length, k: float):
        return x * k, lambda dy: (dy, 3.0)

    assert zg.gradient(lambda x: math.cosh(x), 0.5) == (math.sinh(0.5),)
    assert zg.gradient(lambda x: math.cosh(x), Length(1.0)) == (7.0,)
    assert zg.gradient(lambda x: x * 2.0, 0.5) == (2.0,)
    assert zg.gradient(lambda x: np.sum(x * 2.0), np.ones(2))[0].tolist() == [2.0, 2.0]
    assert zg.gradient(lambda x, k: (x * k).metres, Length(1.0), 2.0)[1] == 3.0


def test_operators_of_numbers_are_built_in():
    with pytest.raises(RuleError, match="built in"):
        zg.adjoint(operator.mul)(lambda x, y: None)

    def of_floats(x: float, y: float):
        raise AssertionError

    with pytest.raises(RuleError, match=r"operator.add of numbers"):
        zg.adjoint(operator.add)(of_floats)


def test_ours_that_come_later_stay_below(restored):
    """`statistics.fmean` stands for a function whose library is imported after the user's rule."""

    @zg.adjoint(statistics.fmean)
    def users(xs: list):
        return statistics.fmean(xs), lambda dy: ([100 * dy for _ in xs],)

    registry.loading = True
    try:

        @registry.adjoint(statistics.fmean)
        def ours(xs: tuple):
            return statistics.fmean(xs), lambda dy: (tuple([dy / len(xs)] * len(xs)),)

    finally:
        registry.loading = False
    assert zg.gradient(lambda x: statistics.fmean([x, x]), 1.0) == (200.0,)
    assert zg.gradient(lambda x: statistics.fmean((x, x)), 1.0) == (1.0,)


def test_an_equivalent_that_calls_itself_is_a_recursion_error():
    """What stands for C code is not counted as calls are, but it is counted."""
    code = """if True:
        import zygcore as zg
        from zygcore.rules import lowering
        def outer(x):
            return x
        def inner(x):
            return x
        @lowering(outer)
        def outer_lowering(x):
            return inner(x)
        @lowering(inner)
        def inner_lowering(x):
            return outer(x)
        try:
            zg.gradient(outer, 2.0)
        except RecursionError as error:
            print("stands for C code" in str(error))
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "True\n", run.stderr[-2000:]


@pytest.mark.parametrize("kind", [int, np.int64])
def test_slices_of_numbers_with_derivatives_at_an_inner_level(kind):
    def total(x, n):
        return (x[:n] ** 2).sum() + (x[None, n:] ** 3).sum()

    def inner(x, n):
        return zg.gradient(total, x, n)[0].sum()

    x = np.array([0.5, 1.0, 2.0, 3.0])
    assert zg.gradient(inner, x, kind(2))[0].tolist() == [2.0, 2.0, 12.0, 18.0]


OTHER_KINDS = """
import math
import numpy as np, zygcore as zg
from zygcore.rules import elementwise, lowering, nondifferentiable

nondifferentiable(math.cos, np.tanh, max)
elementwise(math.tan, lambda x, y: 5.0)
elementwise(np.sinh, lambda x, y: 5.0)

@lowering(math.exp)
def exp_lowering(x):
    return x * 7

for f in (
    lambda x: math.cos(x) * x, lambda x: np.tanh(x) * x, lambda x: max(x, 0.1) * x,
    math.tan, np.sinh, lambda x: math.exp(x),
):
    print(zg.gradient(f, 1.0)[0])
"""


def test_other_kinds_of_rules_for_what_has_a_quick_way():
    run = subprocess.run([sys.executable, "-c", OTHER_KINDS], capture_output=True, text=True)
    expected = [math.cos(1.0), math.tanh(1.0), 1.0, 5.0, 5.0, 7.0]
    assert [float(word) for word in run.stdout.split()] == pytest.approx(expected), run.stderr
