"""Quick calls, iterators of arrays, shapes set in place: together with what could upset them."""

import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import OutputError, UnsupportedError

X = np.array([1.3, -0.7, 0.4])


def append_by_another_name(x):
    xs = []
    same = xs
    xs.append(x * 2)
    same.append(x[0])
    add = same.append
    add(x[1])
    last = xs.pop()
    xs.extend([last, last])
    return (xs[0] * xs[1]).sum() + xs[-1] * len(same)


def mutable_default(x, kept=[]):  # noqa: B006
    kept.append(x[0] * 2)
    return kept.pop() * x[1]


def list_of_a_class(x):
    class Tripled(list):
        def append(self, value):
            list.append(self, value * 3)

        def __len__(self):
            return 7

    xs = Tripled()
    xs.append(x[0])
    xs.append(x[1])
    return xs[0] * xs[1] * len(xs)


def recursion_by_keyword(x):
    out = []

    def run(v, n, out=out):
        out.append(v)
        if n:
            run(v * x[1], n=n - 1)
        return out

    return sum(run(x[0], 3)) * len(out)


def changed_defaults(x):
    def g(a, b=x[0], *, c=x[1]):
        return a * b * c

    g.__defaults__ = (x[2],)
    g.__kwdefaults__ = {"c": x[0]}
    return g(x[1]) + g(a=x[0])


def extremes(x):
    a, b = float(x[0]), float(x[1])
    m = max(a, b)
    n = min(m, a, 2)
    return m * n + max(m, m) * abs(n) + max([a, b], default=0.0) + max(a, b, key=lambda t: -t)


def half_way(x):
    xs = []
    try:
        xs.append(x[0])
        xs.append(1 / 0 if x[0] > 0 else 0)
    except ZeroDivisionError:
        xs.append(x[1] * x[2])
    return xs[0] * xs[-1] * len(xs)


def keys(x):
    items = {(): x[0], 0: x[1], 1: x[2]}
    key = ()
    return items[key] * items[len(key)] + items[int(True)] * x[()][0]


def iterators_and_writes(x):
    y = x * 1
    with np.nditer(y, op_flags=["readwrite"]) as items:
        for item in items:
            item[...] = item * x[0]
    flat = y.flat
    y[0] = x[2]
    return flat[0] * flat[1] + sum(flat[1:3])


def shapes_and_views(x):
    y = x * 1
    column = y.reshape(3, 1)
    y.shape = (1, 3)
    column[0] = x[1] ** 2
    row = y[0]
    y.shape = (3,)
    row[2] = x[0]
    return (y * y).sum() + column[2, 0]


def objects(x):
    o = np.empty(3, object)
    o[0] = x[0]
    o[1] = x[1] * 2
    o[2] = o[0]
    o[0] = x[2]
    return o[0] * o[1] + o[2]


def suppressed(x):
    with contextlib.suppress(ZeroDivisionError):
        y = x * 2
        y[0] = 1 / 0
    y[1] *= x[0]
    return y.sum()


def generators_that_write(x):
    y = x * 1

    def items():
        for i in range(3):
            yield y[i]
            y[i] = 0.0

    s = 0.0
    for a, b in zip(items(), items(), strict=False):
        s = s + a * b + y[2]
    return s


def zip_of_what_is_written(x):
    y, s = x * 1, 0.0
    for i, (a, b) in enumerate(zip(y, y[::-1], strict=True)):
        s = s + a * b * i
        y[2 - i] = a * x[0]
    return s + y.sum()


def inner_pullback(x):
    b = x * 1
    _, back = zg.pullback(lambda z: (z * b).sum(), x)
    b[:] = 5.0
    once, twice = back(1.0)[0], back(2.0)[0]
    once[0] = 3 * x[1]
    return (once * twice).sum()


def handled_error_of_an_inner_gradient(x):
    with contextlib.suppress(OutputError):
        zg.gradient(lambda z: [z], x[0])
    return (x * x).sum()


def product(a, b):
    return a * b


@zg.adjoint(product)
def product_rule(a, b):
    return product(a, b), lambda dy: (dy * b, dy * a)


def operand_of_a_users_rule(x):
    b = x * 1
    y = product(x, b)
    b[:] = 7.0
    return y.sum() + b[0] * x[0]


PROGRAMS = [
    append_by_another_name, mutable_default, list_of_a_class, recursion_by_keyword,
    changed_defaults, extremes, half_way, keys, iterators_and_writes, shapes_and_views, objects,
    suppressed, generators_that_write, zip_of_what_is_written, inner_pullback,
    handled_error_of_an_inner_gradient, operand_of_a_users_rule,
]  # fmt: skip


def slopes(f, x, h):
    steps = h * np.eye(len(x))
    return np.array([(float(f(x + s)) - float(f(x - s))) / (2 * h) for s in steps])


@pytest.mark.parametrize("f", PROGRAMS)
def test_against_differences(f):
    value, back = zg.pullback(f, X.copy())
    assert float(value) == float(f(X.copy()))
    first, again = back(1.0)[0], back(1.0)[0]
    np.testing.assert_allclose(first, slopes(f, X, 1e-6), rtol=1e-7, atol=1e-8)
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("f", PROGRAMS)
def test_to_the_second_order(f):
    """Right, or an error of ours that says so."""

    def norm(x):
        d = zg.gradient(f, x)[0]
        return np.sum(d * d)

    try:
        (d,) = zg.gradient(norm, X.copy())
    except UnsupportedError:
        assert f in (shapes_and_views, objects)
        return
    d = np.zeros(3) if d is None else d
    np.testing.assert_allclose(d, slopes(norm, X, 1e-5), rtol=1e-6, atol=1e-7)


def test_threads():
    programs = [f for f in PROGRAMS if f is not mutable_default]  # threads share its list
    alone = [zg.gradient(f, X.copy())[0] for f in programs]
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda k: [zg.gradient(f, X.copy())[0] for f in programs], range(12)))
    for run in runs:
        for one, expected in zip(run, alone, strict=True):
            np.testing.assert_array_equal(one, expected)


def test_deep_recursion():
    def deep(x, n=3000):
        return x if n == 0 else deep(max(x * 1.0001, x), n - 1)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(8000)
    try:
        assert zg.gradient(deep, 1.5)[0] == pytest.approx(1.0001**3000, rel=1e-9)
    finally:
        sys.setrecursionlimit(limit)
