"""Calls that need neither Python code nor a rule, and calls with keywords and defaults."""

import math

import numpy as np
import pytest

import zygcore as zg


class Proxy:
    """Says that it is a float."""

    @property
    def __class__(self):
        return float


class Items(list):
    def append(self, x):
        super().append(2 * x)


def in_order(a, b=2.0, c=3.0):
    return a + 10 * b + 100 * c


def only_positions(a, b=2.0, /, c=3.0):
    return a * b + c


def keyword_only(a, *, b=2.0):
    return a * b


def active_default(x):
    def f(a, b=x):
        return a * b

    return f(x) + f(3.0) + f(b=x, a=2.0) + f(1.0, b=5.0)


def growing(x):
    xs, mine = [], Items()
    for i in range(3):
        xs.append(x * i)
        xs.append(i)
        mine.append(x)
    nested = []
    nested.append(xs)
    append = xs.append
    append(x)
    return sum(xs) * len(xs) + sum(mine) * len(nested)


def inputs_grow(x):
    def f(xs):
        xs.append(xs[0] * 2)
        return xs[-1] * len(xs)

    return zg.gradient(f, [x, 1.0])[0][0] * x


PROGRAMS = [
    lambda x: in_order(x, c=x) + in_order(c=x, b=x, a=1.0) + in_order(x) + in_order(1.0, b=x * x),
    lambda x: only_positions(x) + only_positions(x, x) + only_positions(1.0, c=x),
    lambda x: keyword_only(x) + keyword_only(2.0, b=x),
    active_default,
    growing,
    inputs_grow,
    lambda x: max(x, 1) * min(x, 2.0, x * x) + max(1, 2) * min(3, x),
    lambda x: max(x, x) + min(0, x) + max(0.0, -x) + abs(x) + abs(-x * x) + abs(-3) * x,
    lambda x: x * len([x, x]) * len((x,)) * len({"a": x}) * len("abc"),
    lambda x: x if isinstance(x, float) and not isinstance(x, (int, str)) else 0.0,
    lambda x: (
        x * isinstance(Proxy(), float) + isinstance(True, int) * x + isinstance([], Items) * x
    ),
]


@pytest.mark.parametrize("f", PROGRAMS)
@pytest.mark.parametrize("x", [0.7, -1.3, 4.0])
def test_against_differences(f, x):
    h = 1e-6
    slope = (f(x + h) - f(x - h)) / (2 * h)
    value, (d,) = zg.withgradient(f, x)
    assert value == f(x)
    assert d == pytest.approx(slope, rel=1e-7, abs=1e-9)
    again = zg.gradient(lambda x: zg.gradient(f, x)[0] * x, x)[0]
    inner = lambda x: zg.gradient(f, x)[0] * x
    assert (again or 0.0) == pytest.approx(
        (inner(x + h) - inner(x - h)) / (2 * h), rel=1e-5, abs=1e-6
    )


@pytest.mark.parametrize(
    "numbers",
    [(math.nan, 1.0), (1.0, math.nan), (0.0, -0.0), (-0.0, 0.0), (2, 2.0), (2.0, 2), (True, 1.0)],
)
def test_extremes_are_those_of_python(numbers):
    def f(x, a, b):
        return max(a, b), min(a, b), x

    found, back = zg.pullback(f, 1.0, *numbers)
    expected = f(1.0, *numbers)
    assert repr(found) == repr(expected)
    assert list(map(type, found)) == list(map(type, expected))


CALLS = [
    lambda f, x: f(), lambda f, x: f(x, a=x), lambda f, x: f(x, d=x), lambda f, x: f(x, x, x, x),
    lambda f, x: f(b=x), lambda f, x: f(c=x),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("f", [in_order, only_positions, keyword_only])
def test_calls_that_do_not_fit(f, call):
    def errors(run):
        try:
            run()
        except TypeError as error:
            return str(error)

    expected = errors(lambda: call(f, 1.0))
    assert errors(lambda: zg.gradient(lambda x: call(f, x), 1.0)) == expected


def test_the_largest_keeps_the_level():
    def f(x):
        inner = zg.gradient(lambda y: max(x, y) * min(x * y, y), 2.0)[0]
        return inner * max(inner, x)

    h = 1e-6
    for x in (0.3, 2.5):
        assert zg.gradient(f, x)[0] == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-6)


def test_what_a_list_of_arrays_grows_by():
    def f(x):
        rows = []
        for i in range(len(x)):
            rows.append(x * i)
        return np.sum(np.array(rows)) * len(rows)

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(zg.gradient(f, x)[0], 9.0)
