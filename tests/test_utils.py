"""Hooks, reflection, dropped gradients: what they print and what they return."""

import functools
import math
import operator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from lines_printed import run_python

import zygcore as zg
from zygcore.testing import check_adjoint


def grad(f, x):
    return zg.gradient(f, x)[0]


# ----------------------------------------------------------------------------- hook


@pytest.mark.parametrize(
    "x", [0.7, np.array([[1.0, 2.0], [3.0, 4.0]]), [1.0, np.ones(2)]], ids=repr
)
def test_derivatives_are_those_of_the_identity(x, printed):
    check_adjoint(zg.showgrad, x)
    check_adjoint(lambda x: zg.hook(lambda d: d, x), x)


def test_hook_as_in_the_manual(printed):
    assert zg.gradient(lambda a, b: zg.hook(operator.neg, a) * b, 2, 3) == (-3, 2)

    def show(da):
        print("ā =", da)
        return da

    assert zg.gradient(lambda a, b: zg.hook(show, a) * b, 2, 3) == (3, 2)
    assert printed() == ["ā = 3"]


def test_hook_of_structures():
    halved = lambda d: [v and v / 2 for v in d]
    assert grad(lambda x: zg.hook(halved, x)[0] * x[1], [2.0, 3.0]) == [1.5, 2.0]
    clip = lambda d: np.clip(d, -1, 1)
    g = grad(lambda x: (zg.hook(clip, x) ** 2).sum(), np.array([0.25, 3.0]))
    np.testing.assert_array_equal(g, [0.5, 1.0])
    p = SimpleNamespace(x=2.0, y=3.0)
    assert grad(lambda p: zg.hook(lambda d: 2 * d, p).x * p.y, p) == zg.Grad(x=6.0, y=2.0)


def test_hook_is_called_with_zero_but_not_with_nothing():
    seen = []

    def f(d):
        seen.append(d)
        return d + 1

    assert zg.gradient(lambda a, b: zg.hook(f, a) * b, 2.0, 0.0) == (1.0, 2.0)
    assert zg.gradient(lambda a, b: (zg.hook(f, a), b)[1], 2.0, 1.0) == (None, 1.0)
    assert seen == [0.0]


def test_hook_that_drops_the_gradient():
    assert zg.gradient(lambda a, b: zg.hook(lambda d: None, a) * b, 2.0, 3.0) == (0.0, 2.0)


def test_hook_is_differentiated_at_outer_levels():
    h = lambda y: zg.hook(lambda d: d * d, y) ** 2
    assert grad(h, 3.0) == 36.0
    assert grad(lambda x: grad(h, x), 3.0) == 24.0


def test_error_in_a_hook_shows_the_forward_line():
    def f(a):
        return zg.hook(lambda d: 1 / 0, a) * 2

    with pytest.raises(ZeroDivisionError) as caught:
        zg.gradient(f, 1.0)
    assert "f" in [entry.name for entry in caught.traceback]


@pytest.mark.parametrize(
    "look", [zg.showgrad, lambda x: zg.hook(lambda d: d, x)], ids=["show", "hook"]
)
def test_structures_that_are_written_afterwards(look):
    def lists(x):
        y = look(x)
        y[0] = 5 * x[1]
        y.append(y[0])
        return sum(v * v for v in x)

    assert grad(lists, [1.0, 2.0]) == [None, 204.0]  # (5 x1)^2 + x1^2 + (5 x1)^2

    def arrays(x):
        y = look(x)
        y[0] = 5 * x[1]
        return (x * x).sum()

    with pytest.raises(zg.errors.UnsupportedError, match="copy"):
        grad(arrays, np.array([1.0, 2.0]))


# ------------------------------------------------------------------------- dropgrad


def test_dropgrad_as_in_the_manual():
    assert zg.gradient(lambda a, b: zg.dropgrad(a) * b, 2, 3) == (None, 2)


@dataclass
class Pair:
    first: float
    second: list


@pytest.mark.parametrize(
    "x, use",
    [
        (2.0, lambda x: x),
        (2.5 + 1j, lambda x: x.real),
        (np.array([1.0, 2.0]), lambda x: x.sum()),
        (np.float64(2.0), lambda x: x),
        ([1.0, 2.0], lambda x: x[0] * x[1]),
        ((1.0, [2.0]), lambda x: x[0] * x[1][0]),
        ({"a": 2.0}, lambda x: x["a"]),
        (Pair(2.0, [3.0]), lambda x: x.first * x.second[0]),
        (Fraction(1, 3), lambda x: x),
        ([np.ones(2), {"k": (1.0,)}], lambda x: x[0].sum() * x[1]["k"][0]),
    ],
    ids=repr,
)
def test_dropgrad_of_structures(x, use):
    assert use(zg.dropgrad(x)) == use(x)
    stored = lambda x: use([zg.dropgrad(x)][0])
    at_once = lambda x: use(zg.dropgrad(x))
    assert zg.gradient(lambda x, y: at_once(x) * y, x, 2.0) == (None, float(use(x)))
    assert zg.gradient(lambda x, y: stored(x) * y, x, 2.0) == (None, float(use(x)))
    both = lambda x: use(zg.dropgrad(x)) + 3 * use(x)
    a, b = grad(both, x), grad(lambda x: 3 * use(x), x)
    assert repr(a) == repr(b)


def test_dropgrad_of_closures_and_methods():
    assert grad(lambda w: zg.dropgrad(lambda a: a * w)(3.0), 2.0) is None
    m = Pair(2.0, [3.0])
    assert grad(lambda w: zg.dropgrad(functools.partial(operator.mul, w))(3.0) + w, 2.0) == 1.0
    assert grad(lambda m: zg.dropgrad(m.second.__len__)() * m.first, m).first == 1.0


def test_dropgrad_of_structures_that_change():
    def f(x):
        y = zg.dropgrad(x)
        y.append(x[0])  # what is put into the copy has its gradient
        y[0] = y[0] * x[1]
        x.append(5 * y[0])
        return y[0] + y[-1] * x[-1]

    assert f([2.0, 3.0]) == 66.0
    x = [2.0, 3.0]
    assert zg.withgradient(f, x) == (66.0, ([30.0, 22.0],))

    def g(x):
        y = zg.dropgrad(x)
        x *= 2
        y[0] = x[1]
        return (x * y).sum()

    assert g(np.array([1.0, 2.0])) == 2 * 4 + 4 * 2
    np.testing.assert_array_equal(grad(g, np.array([1.0, 2.0])), [8.0, 2 * 2 + 2 * 2])


def test_dropgrad_copies_cycles_and_what_is_shared():
    x = [1.0]
    x.append(x)
    y = zg.dropgrad([x, x])
    assert y[0] is y[1] is not x and y[0][1] is y[0]


def test_dropgrad_at_nested_levels():
    # x * x as a function of y alone, whatever the level
    assert grad(lambda x: grad(lambda y: zg.dropgrad(y) * y, x), 3.0) is None
    assert grad(lambda x: grad(lambda y: zg.dropgrad(x) * y * x, 3.0), 3.0) == 3.0


# ----------------------------------------------------------------------- reflection


def nesting(x):
    print(zg.nestlevel(), "levels of nesting", zg.isderiving())
    return x


def test_levels_as_in_the_manual(printed):
    nesting(1)
    grad(nesting, 1)
    grad(lambda x: x * grad(nesting, x), 1)
    lines = ["0 levels of nesting False", "1 levels of nesting True", "2 levels of nesting True"]
    assert printed() == lines


def test_levels_in_functions_without_differentiable_arguments(printed):
    def aside(x):
        nesting("constant")
        return x

    grad(aside, 1.0)
    grad(lambda x: x * grad(aside, x), 1.0)
    grad(lambda x: x * sorted([2, 1], key=nesting)[0], 1.0)
    grad(lambda x: [x, nesting("heap"), x][0], 1.0)
    assert printed() == [f"{n} levels of nesting True" for n in (1, 2, 1, 1, 1)]


def test_levels_in_rules_and_pullbacks(printed):
    def f(x):
        return x

    @zg.adjoint(f)
    def _(x):
        nesting("rule")
        return x, lambda d: (nesting(d),)

    grad(f, 1.0)
    assert printed() == ["0 levels of nesting False"] * 2
    grad(lambda x: x * grad(f, x), 1.0)
    assert printed() == ["1 levels of nesting True"] * 2  # at the outer level they are code


def test_levels_in_threads():
    level = lambda x: zg.nestlevel() * x
    with ThreadPoolExecutor(4) as pool:
        assert (
            list(pool.map(lambda x: (grad(level, x), zg.nestlevel()), [1.0] * 20)) == [(1, 0)] * 20
        )


def test_levels_after_an_error():
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 / 0, 1.0)
    assert zg.nestlevel() == 0 and not zg.isderiving()


# -------------------------------------------------------- written by users, as in the seeds


def test_users_own_versions(printed):
    def hook(f, x):
        return x

    def checkpoint(f, *x):
        return f(*x)

    zg.adjoint(hook)(lambda f, x: (x, lambda dx: (None, f(dx))))
    zg.adjoint(checkpoint)(lambda f, x: (f(x), lambda dy: (None, *zg.pullback(f, x)[1](dy))))

    def foo(x):
        print(x)
        return math.sin(x)

    assert zg.gradient(lambda a, b: hook(operator.neg, a) * b, 2, 3) == (-3, 2)
    assert zg.gradient(lambda x: checkpoint(math.sin, x), 1) == (0.5403023058681398,)
    assert zg.gradient(lambda x: checkpoint(foo, x), 1) == (0.5403023058681398,)
    assert printed() == ["1", "1"]


USERS = """
import zygcore as zg

def isderiving(): return False
def nestlevel(): return 0
zg.adjoint(isderiving)(lambda: (True, lambda _: None))
zg.adjoint(nestlevel)(lambda: (nestlevel() + 1, lambda _: None))

def f(x):
    print(nestlevel(), "levels of nesting")
    return x

def aside(x):
    f("constant")
    return x if isderiving() else 0

grad = lambda f, x: zg.gradient(f, x)[0]
for g in (f, aside):
    g(1)
    grad(g, 1)
    print(grad(lambda x: x * grad(g, x), 1))
"""


def test_users_own_reflection():
    lines = [f"{n} levels of nesting" for n in range(3)]
    assert run_python("-c", USERS) == [*lines, "1", *lines, "1"]
