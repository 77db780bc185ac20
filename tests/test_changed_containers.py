"""Containers that were changed before they go to a rule, or out of the function, as a whole.

Every program computes the same with `weigh`, which has a rule that takes the whole container, and
with the same code without a rule; and both must agree with finite differences.
"""

import collections
import copy

import pytest

import zygcore as zg
from zygcore import Grad
from zygcore.errors import UnsupportedError
from zygcore.types import scale


class Box:
    def __init__(self, a, b):
        self.a, self.b = a, b


def items(p):
    """The numbers in a structure, in order."""
    if isinstance(p, (list, tuple, collections.deque)):
        return [v for part in p for v in items(part)]
    if isinstance(p, dict):
        return [v for key in sorted(p) for v in items(p[key])]
    if isinstance(p, Box):
        return items(vars(p))
    return [p]


def plain(p):
    return sum([(i + 2) * v**2 for i, v in enumerate(items(p))])


def shape_like(p, values):
    """The cotangent in the shape of `p` that has these numbers."""
    if isinstance(p, (list, tuple, collections.deque)):
        return [shape_like(part, values) for part in p]
    if isinstance(p, dict):
        return {key: shape_like(p[key], values) for key in sorted(p)}
    if isinstance(p, Box):
        return Grad(**shape_like(vars(p), values))
    return values.pop(0)


def weigh(p):
    return plain(p)


@zg.adjoint(weigh)
def weigh_rule(p):
    slopes = shape_like(p, [2 * (i + 2) * v for i, v in enumerate(items(p))])
    return plain(p), lambda d: (scale(slopes, d),)


def scaled(p, x):
    return [x, [x * x, 3.0], {"k": x}]


@zg.adjoint(scaled)
def scaled_rule(p, x):
    def back(d):
        a, b, c = d
        total = 0.0
        for part, slope in ((a, 1.0), (b and b[0], 2 * x), (c and c["k"], 1.0)):
            if part is not None:
                total += part * slope
        return None, total

    return scaled(p, x), back


def stored(w, xs, y):
    xs[0] = y * y
    return w(xs)


def stored_deep(w, xs, y):
    xs[2]["k"][0] = y
    return w(xs) + w(xs[2])


def appended(w, xs, y):
    xs.append(y)
    return w(xs)


def inserted(w, xs, y):
    xs.insert(0, y)
    xs.reverse()
    return w(xs)


def popped(w, xs, y):
    v = xs.pop(0)
    return w(xs) * v * y


def deleted(w, xs, y):
    del xs[2]["a"]
    return w(xs) * y


def new_key(w, xs, y):
    xs[2]["aa"] = y
    return w(xs)


def attribute(w, xs, y):
    xs[3].a = y * xs[0]
    return w(xs) + w(xs[3])


def new_attribute(w, xs, y):
    xs[3].c = y
    return w(xs[3]) + w(xs)


def swapped(w, xs, y):
    xs[0], xs[1] = xs[1], xs[0]
    return w(xs) * y


def constant(w, xs, y):
    xs[0] = 7.0
    return w(xs) * y


def undone(w, xs, y):
    kept = xs[0]
    xs[0] = y
    xs[0] = kept
    return w(xs) * y


def between(w, xs, y):
    before = w(xs)
    xs[0] = y
    return before * w(xs)


def in_the_value_of_a_rule(w, xs, y):
    p = scaled(xs, y)
    first = w(p)
    p[1][0] = xs[0]
    p.append(y * 2)
    return first * w(p)


def never_changed(w, xs, y):
    return w(xs) * y


PROGRAMS = [
    stored, stored_deep, appended, inserted, popped, deleted, new_key, attribute, new_attribute,
    swapped, constant, undone, between, in_the_value_of_a_rule, never_changed,
]  # fmt: skip


def start():
    return [1.5, 2.5, {"k": [0.5, 0.25], "a": 1.25}, Box(0.75, [2.0])]


def numbers(p):
    """Path -> number."""
    if isinstance(p, (float, int)) or p is None:
        return {(): p}
    if isinstance(p, (Grad, Box)):
        p = vars(p)
    pairs = p.items() if isinstance(p, dict) else enumerate(p)
    return {(key, *path): v for key, part in pairs for path, v in numbers(part).items()}


def moved(p, path, by):
    """A copy of p with one number moved."""
    p = copy.deepcopy(p)
    inner = p
    for key in path[:-1]:
        inner = vars(inner)[key] if isinstance(inner, Box) else inner[key]
    if isinstance(inner, Box):
        setattr(inner, path[-1], getattr(inner, path[-1]) + by)
    else:
        inner[path[-1]] += by
    return p


def differences(f, y, h=1e-5):
    return {
        path: (f(moved(start(), path, h), y) - f(moved(start(), path, -h), y)) / (2 * h)
        for path in numbers(start())
    }


def flat(g):
    """Path -> number of a gradient in which parts without gradient are None."""
    if g is None:
        return {}
    return {path: v for path, v in numbers(g).items() if v is not None}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("w", [weigh, plain])
def test_programs(program, w):
    y, h = 1.75, 1e-5
    f = lambda xs, y: program(w, xs, y)
    value, (g, dy) = zg.withgradient(f, start(), y)
    assert value == program(plain, start(), y)
    slope = (f(start(), y + h) - f(start(), y - h)) / (2 * h)
    assert dy == pytest.approx(slope, rel=1e-7)
    want = differences(f, y)
    got = flat(g)
    for path, expected in want.items():
        assert got.pop(path, 0.0) == pytest.approx(expected, rel=1e-6, abs=1e-7), path
    assert not got


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_at_inner_levels(program):
    """d/ds of the gradient of f(xs, s * y): the same with the rule as without."""

    def inner(w):
        def slope(s):
            return zg.gradient(lambda y: program(w, start(), y * s), 1.75)[0]

        return slope

    with_rule, without = inner(weigh), inner(plain)
    assert with_rule(1.5) == pytest.approx(without(1.5), rel=1e-13)
    got, want = zg.gradient(with_rule, 1.5)[0], zg.gradient(without, 1.5)[0]
    assert got == pytest.approx(want, rel=1e-12)
    h = 1e-5
    assert got == pytest.approx((without(1.5 + h) - without(1.5 - h)) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p is not in_the_value_of_a_rule])
def test_changed_containers_as_values(program):
    """The container itself is the value, and the pullback gets the cotangent of weigh."""
    y = 1.75
    kept = {}

    def change(xs, y):
        program(lambda p: kept.setdefault("xs", xs) and 1.0, xs, y)
        return xs

    def total(xs, y):
        return plain(change(xs, y))

    value, back = zg.pullback(change, start(), y)
    dy = shape_like(value, [2 * (i + 2) * v for i, v in enumerate(items(value))])
    g, d = back(dy)
    expected = differences(total, y)
    got = flat(g)
    for path, v in expected.items():
        assert got.pop(path, 0.0) == pytest.approx(v, rel=1e-6, abs=1e-7), path
    assert not got
    h = 1e-5
    slope = (total(start(), y + h) - total(start(), y - h)) / (2 * h)
    assert (d or 0.0) == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_deques():
    f = lambda q, y: (q.rotate(1), q.append(y), weigh(q))[2]
    (g, dy) = zg.gradient(f, collections.deque([1.0, 3.0]), 5.0)
    assert (g, dy) == ([6.0, 12.0], 40.0)  # 2 * 3**2 + 3 * 1**2 + 4 * 5**2


def test_variables_of_closures():
    def call(f):
        return f()

    @zg.adjoint(call)
    def _(f):
        y, back = zg.pullback(lambda f: f(), f)
        return y, back

    def make(w):
        def f():
            return w * w

        def change(v):
            nonlocal w
            w = v

        return f, change

    def program(fs, y):
        f, change = fs
        before = call(f)
        change(y)
        return before * call(f)

    g, dy = zg.gradient(program, make(2.0), 3.0)
    assert g[0] == Grad(w=36.0)
    assert dy == 24.0


def test_a_container_in_itself_is_refused():
    def first(xs):
        return xs[0]

    zg.adjoint(first)(lambda xs: (xs[0], lambda d: ([d, None],)))

    def f(x):
        xs = [x]
        xs.append(xs)
        return first(xs)

    with pytest.raises(UnsupportedError, match="contains itself"):
        zg.gradient(f, 2.0)


def test_containers_as_values_without_a_look_inside():
    """Inner containers that the program never touched get their cotangents, too."""
    _, back = zg.pullback(lambda p: p, start())
    dy = shape_like(start(), [float(i) for i in range(7)])
    assert back(dy) == (dy,)
    _, back = zg.pullback(lambda p: {"all": [p, p[3]]}, start())
    assert back({"all": [dy, Grad(a=1.0, b=[1.0])]})[0][3] == Grad(a=6.0, b=[7.0])


def test_an_object_that_is_in_the_value_twice():
    def f(x):
        part = [x, x * x]
        return [part, {"k": part}]

    _, back = zg.pullback(f, 3.0)
    assert back([[1.0, None], {"k": [10.0, 1.0]}]) == (17.0,)
    assert zg.gradient(
        lambda x: zg.pullback(f, x)[1]([[None, 1.0], {"k": [None, 1.0]}])[0], 3.0
    ) == (4.0,)


def test_shared_parts_are_counted_in_each_place():
    def f(x):
        part = [x]
        return weigh([part, [part, part]])

    assert zg.gradient(f, 3.0) == (2 * (2 + 3 + 4) * 3.0,)
