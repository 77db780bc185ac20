"""Taylor mode: programs, structures, and what is overwritten."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taylor_references import close, coefficients

import zygcore as zg


def newton_root(a):
    x = a
    for _ in range(30):
        x = (x + a / x) / 2
    return x


def continued(x, n):
    return x if n == 0 else x / (n + continued(x, n - 1))


def branches(x):
    if x > 1:
        return x**3
    elif x > 0:
        return math.sin(x)
    return -x


def with_handlers(x):
    total = x
    try:
        total = total * x
        raise ValueError(total)
    except ValueError as error:
        total = error.args[0] + x
    return total


def generated(x):
    def powers():
        p = 1
        while True:
            yield p
            p = p * x

    total = 0
    for k, p in zip(range(6), powers(), strict=False):
        total += p / math.factorial(k)
    return total


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __mul__(self, other):
        return Point(self.x * other.x - self.y * other.y, self.x * other.y + self.y * other.x)


def test_programs():
    close(zg.taylor(newton_root, 2.0, 6), coefficients(mpmath.sqrt, mpmath.mpf(2), 6))
    close(
        zg.taylor(lambda x: continued(x, 5), 0.7, 6),
        coefficients(lambda x: continued(x, 5), mpmath.mpf(0.7), 6),
    )
    assert zg.taylor(branches, 2.0, 3) == [8.0, 12.0, 6.0, 1.0]
    close(zg.taylor(branches, 0.5, 3), coefficients(mpmath.sin, mpmath.mpf(0.5), 3))
    assert zg.taylor(branches, -2.0, 2) == [2.0, -1.0, 0.0]
    assert zg.taylor(with_handlers, 3.0, 3) == [12.0, 7.0, 1.0, 0.0]
    close(zg.taylor(generated, 0.0, 6), [1 / math.factorial(k) for k in range(6)] + [0.0])
    found = zg.taylor(
        lambda t: (Point(math.cos(t), math.sin(t)) * Point(math.cos(t), math.sin(t))).x, 0.4, 5
    )
    close(found, coefficients(lambda t: mpmath.cos(2 * t), mpmath.mpf(0.4), 5))


def test_order_thirty():
    for f, reference in (
        (math.sin, mpmath.sin),
        (math.exp, mpmath.exp),
        (lambda x: 1 / (1 - x), lambda x: 1 / (1 - x)),
    ):
        found = zg.taylor(f, 0.25, 30)
        expected = coefficients(reference, mpmath.mpf(0.25), 30)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_orders_zero_and_one():
    assert zg.taylor(math.exp, 1.0, 0) == [math.e]
    assert zg.taylor(math.exp, 1.0, 1) == [math.e, math.e]
    assert zg.taylor(lambda x: 3, 1.0, 2) == [3, None, None]
    assert zg.taylor(lambda x: (x, 3, "a"), 1.0, 1) == [(1.0, 3, "a"), (1.0, None, None)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=7), st.integers(-5, 5))
def test_polynomials(numbers, at):
    def horner(x):
        y = 0
        for c in numbers:
            y = y * x + c
        return y

    expected = np.poly1d(numbers)
    found = zg.taylor(horner, at, len(numbers))
    for k, c in enumerate(found):
        exact = np.polyval(np.polyder(expected, k), at) / math.factorial(k)
        assert (c or 0) == pytest.approx(exact, rel=1e-12, abs=1e-9)


NAMES = ["sin", "exp", "tanh", "atan", "square", "inverse"]
STEPS = {
    "sin": (math.sin, mpmath.sin),
    "exp": (lambda x: math.exp(x / 2), lambda x: mpmath.exp(x / 2)),
    "tanh": (math.tanh, mpmath.tanh),
    "atan": (math.atan, mpmath.atan),
    "square": (lambda x: x * x - x, lambda x: x * x - x),
    "inverse": (lambda x: 1 / (4 + x), lambda x: 1 / (4 + x)),
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), st.floats(-1, 1))
def test_random_compositions(names, at):
    def run(x, which):
        for name in names:
            x = STEPS[name][which](x)
        return x

    expected = coefficients(lambda x: run(x, 1), mpmath.mpf(at), 5)
    found = zg.taylor(lambda x: run(x, 0), at, 5)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


def test_lists_that_are_changed_after_a_call():
    def f(x):
        xs = [x, 2 * x]
        y = np.sum(xs) * np.prod(xs)
        xs[0] = 0.0
        xs.append(1.0)
        return y

    assert zg.taylor(f, 1.0, 4) == [6.0, 18.0, 18.0, 6.0, 0.0]

    def g(p):
        xs = [p[0], p[0] * p[1]]
        y = np.sum(xs) * np.prod(xs)
        xs[0], xs[1] = 0.0, 5.0
        return y

    found = zg.gradient(lambda p: zg.taylor(g, p, 1, [1.0, 1.0])[1], [2.0, 3.0])[0]
    rows = zg.hessian(lambda p: (p[0] + p[0] * p[1]) * p[0] * p[0] * p[1], [2.0, 3.0])
    np.testing.assert_allclose(found, np.sum(rows, axis=0), rtol=1e-14)


def in_place(x):
    out = np.zeros(4)
    out[0] = x
    out[1:3] = [x * x, 1.0]
    out += out[::-1] * x
    view = out[1:]
    view *= x
    out[0] = out[3] * 2
    kept = out * out
    out[:] = 0.0
    return kept + out


def test_arrays_written_in_place():
    def plain(x):
        out = [x, x * x, mpmath.mpf(1), mpmath.mpf(0)]
        out = [a + b * x for a, b in zip(out, out[::-1], strict=True)]
        out = [out[0], *[a * x for a in out[1:]]]
        out[0] = out[3] * 2
        return [a * a for a in out]

    found = zg.taylor(in_place, 0.7, 5)
    for i in range(4):
        expected = coefficients(lambda x, i=i: plain(x)[i], mpmath.mpf(0.7), 5)
        close([c[i] for c in found], expected)


def test_overwritten_arguments():
    def f(x):
        a = np.array([x, 2 * x])
        y = a * a
        a[0] = 5.0
        z = a * y
        a[:] = 0.0
        return z

    found = zg.taylor(f, 3.0, 3)
    close(found, [[45.0, 216.0], [30.0, 216.0], [5.0, 72.0], [0.0, 8.0]])


def test_structures():
    def f(p):
        return {"area": p["a"] * p["b"], "list": [p["a"], 1.0], "pair": (p["b"] ** 2, p["c"])}

    found = zg.taylor(f, {"a": 2.0, "b": 3.0, "c": 5.0}, 2, {"a": 1.0, "b": 10.0, "c": None})
    assert found[0] == {"area": 6.0, "list": [2.0, 1.0], "pair": (9.0, 5.0)}
    assert found[1] == {"area": 23.0, "list": [1.0, None], "pair": (60.0, None)}
    assert found[2] == {"area": 10.0, "list": [0.0, None], "pair": (100.0, None)}
    found = zg.taylor(lambda p: p.x * p.y, Point(2.0, 3.0), 2, zg.Grad(x=1.0, y=1.0))
    assert found == [6.0, 5.0, 1.0]
    found = zg.taylor(lambda t: Point(t, t * t), 3.0, 2)
    assert (found[1].x, found[1].y, found[2].x, found[2].y) == (1.0, 6.0, 0.0, 1.0)
