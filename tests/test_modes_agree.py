"""Programs with aliases, views, exceptions and inner levels: all modes give what differences give.

The loops are long enough for forward mode to collect its tape in the middle of them.
"""

import itertools
import math
import threading

import numpy as np
import pytest

import zygcore as zg


def reverse(f):
    return lambda x: zg.gradient(f, x)[0]


def forward(f):
    return lambda x: zg.jvp(f, (x,), (1.0,))[1]


# ---------------------------------------------------------------------------- programs on arrays


def view_that_is_written_later(x):
    y = np.sin(x)
    w = y[1:]
    kept = [w]
    for _ in range(300):
        y[:3] += np.cos(w) * 0.01
    return (kept[0] * x[1:]).sum() + y[0]


def aliases(x):
    a = x.copy()
    b, c = a, a[::2]
    for i in range(200):
        b[0] = a[1] * 0.5 + c[1] * 0.1
        c *= 0.99
        a = a + 0.0
        if i % 50 == 0:
            b, c = a, a[::2]
    return a.sum() + b[0] + c[1]


def items_of_a_dict(x):
    d = {}
    for i in range(500):
        d[i % 7] = x * (i % 3) + d.get((i + 3) % 7, 0.0) * 0.5
    return sum(v.sum() for v in d.values())


def recurrent_state(x):
    class Cell:
        pass

    o = Cell()
    o.s, o.h = x, []
    for _ in range(300):
        o.s = np.tanh(o.s * 0.9 + x * 0.1)
        o.h.append(o.s)
        if len(o.h) > 5:
            o.h.pop(0)
    return sum(h.sum() for h in o.h)


def exceptions_half_way(x):
    y = x * 1.0
    for i in range(400):
        try:
            y = y * 1.001
            if i % 3 == 0:
                raise ValueError(y)
            y = y + 0.001 * x
        except ValueError as error:
            y = error.args[0] * 0.999
        finally:
            y = y + 1e-4
    return y.sum()


def generator_that_is_sent_to(x):
    def g(a):
        while True:
            a = np.sin(a) + 0.01 * x
            r = yield a
            if r is not None:
                a = a * r

    it, s = g(x), 0
    next(it)
    for i in range(300):
        s = s + (it.send(0.9) if i % 2 else next(it)).sum()
    return s


def many_closures(x):
    functions = [lambda k=k: (x * k).sum() * 1e-3 for k in range(200)]
    total = 0.0
    for i in range(1000):
        total = total + functions[i % 200]()
    return total


def masks_and_repeated_indices(x):
    a = np.zeros(4)
    for _ in range(300):
        a[[0, 0, 2]] += x[:3]
        a[a > 1] *= 0.5
        a[-1] = a[0] * x[1]
    return a.sum()


def rows(x):
    a, total = np.outer(x, x), 0.0
    for _ in range(100):
        for row in a:
            total = total * 0.9 + row.sum()
        for row, column in zip(a, a.T, strict=True):
            total = total + (row * column).sum() * 0.01
    return total


def inner_gradients_of_arrays(x):
    s = 0.0
    for i in range(60):
        s = s + zg.gradient(lambda y: np.sum(np.sin(y) * x), x * (1 + 0.01 * i))[0].sum()
    return s


ON_ARRAYS = [
    view_that_is_written_later,
    aliases,
    items_of_a_dict,
    recurrent_state,
    exceptions_half_way,
    generator_that_is_sent_to,
    many_closures,
    masks_and_repeated_indices,
    rows,
    inner_gradients_of_arrays,
]


@pytest.mark.parametrize("f", ON_ARRAYS)
def test_programs_on_arrays(f):
    x, v = np.array([0.5, 1.0, 1.5, 2.0]), np.array([0.3, -0.2, 0.1, 0.7])
    expected = (f(x + 1e-6 * v) - f(x - 1e-6 * v)) / 2e-6
    value, tangent = zg.jvp(f, (x.copy(),), (v,))
    assert value == f(x)
    assert tangent == pytest.approx(expected, rel=1e-6)
    assert zg.gradient(f, x.copy())[0] @ v == pytest.approx(expected, rel=1e-6)
    by_columns = zg.jacobian(lambda x: f(x) * np.ones(9), x.copy())[0]
    assert by_columns[0] @ v == pytest.approx(expected, rel=1e-6)


# ------------------------------------------------------------------- inner levels, on one number


def advanced(x, n):
    for i in range(n):
        x = x * 0.9999 + 0.0001 * math.sin(x + i)
    return x


def pullbacks_called_after_a_long_loop(x):
    """What a pullback of an inner level knows of the tape must not be forgotten, nor renumbered."""
    backs = [zg.pullback(lambda a, k=k: math.exp(a * x * k) * a, x * k)[1] for k in (1, 2, 3)]
    y = advanced(x, 20000)
    return sum(back(y)[0] for back in backs) * advanced(x, 5000)


def pullback_called_again(x):
    y, back = zg.pullback(lambda a, b: math.sin(a * b) * a, x, 2 * x)
    s = 0.0
    for i in range(4):
        da, db = back(x * i + y)
        s = s + da * db * 0.1
    return s


def pullback_inside_of_a_gradient(x):
    def f(a):
        _, back = zg.pullback(lambda b: b * b * a * x, a)
        return back(a)[0]

    return reverse(f)(x) + reverse(reverse(f))(x)


def exception_that_leaves_an_inner_level(x):
    def f(a):
        raise ValueError(a * a)

    try:
        return reverse(f)(x)
    except ValueError as error:
        return error.args[0] * x


def exception_inside(x):
    def f(a):
        try:
            raise KeyError(a * a)
        except KeyError as error:
            b = error.args[0] * a
        finally:
            b = b + a * x
        return b

    return reverse(f)(x)


def containers(x):
    def f(a):
        xs = [a, a * x]
        xs.append(xs[0] * xs[1])
        xs.sort()
        d = dict(enumerate(xs))
        return max(d.values()) * min(xs) + sum(xs) * abs(xs[-1])

    return reverse(f)(x)


def equal_small_integers(x):
    da, db = zg.gradient(lambda a, b: a * b * b, 3, 3)
    return da * x + db * x * x + reverse(lambda n: n * n * 3)(2) * x


def generators(x):
    def numbers(a):
        while True:
            a = math.sin(a) * x
            yield a

    return reverse(lambda a: sum(itertools.islice(numbers(a), 4)))(x)


def variables_of_outer_functions(x):
    def f(a):
        s = a

        def step(v):
            nonlocal s
            s = s * v + x

        for v in (a, 2.0, x):
            step(v)
        return s

    return reverse(f)(x)


def arrays_on_the_way(x):
    def f(a):
        v = np.array([a, a * x, 1.0])
        v[0] *= v[1]
        v += v[::-1]
        return float(v.sum()) * a + v[2] + float(np.sum(np.sin(np.array([a, x])) * a))

    return reverse(f)(x)


def attributes(x):
    class Box:
        pass

    def f(a):
        o = Box()
        o.v = a
        for _ in range(3):
            o.v = o.v * a + x
            o.w = o.v
        return o.w

    return reverse(f)(x)


def differences_that_are_zero(x):
    return reverse(lambda a: (a - x) * (a - x) * math.sin(a) + (x - a) ** 2)(x) * x + x**3


def powers_and_others(x):
    def f(a):
        return a**x + x**a + a**-1 + a**0.5 + math.hypot(a, x) * math.atan2(a, x) + (a % 0.3) * a

    return reverse(f)(x)


def recursion(x):
    def r(a, n):
        return a * r(a * x, n - 1) + math.sin(a) if n else a

    return reverse(lambda a: r(a, 6))(x)


def checkpoints(x):
    return reverse(lambda a: zg.checkpoint(lambda b: math.sin(b * x) * b, a))(x)


def forward_over_reverse(x):
    return forward(reverse(lambda a: math.sin(a * x) * a))(x)


ON_NUMBERS = [
    pullbacks_called_after_a_long_loop,
    pullback_called_again,
    pullback_inside_of_a_gradient,
    exception_that_leaves_an_inner_level,
    exception_inside,
    containers,
    equal_small_integers,
    generators,
    variables_of_outer_functions,
    arrays_on_the_way,
    attributes,
    differences_that_are_zero,
    powers_and_others,
    recursion,
    checkpoints,
    forward_over_reverse,
]


def slope(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


@pytest.mark.parametrize("f", ON_NUMBERS)
def test_programs_with_inner_levels(f):
    x = 0.8
    first, second = slope(f, x), slope(reverse(f), x)
    for mode in (reverse, forward):
        assert mode(f)(x) == pytest.approx(first, rel=1e-6, abs=1e-8), mode
        assert mode(reverse(f))(x) == pytest.approx(second, rel=1e-5, abs=1e-7), mode
    assert reverse(forward(f))(x) == pytest.approx(second, rel=1e-5, abs=1e-7)


def test_threads_with_inner_levels():
    programs = [pullback_called_again, containers, generators, attributes, forward_over_reverse]
    expected = [(reverse(f)(0.8), forward(f)(0.8)) for f in programs]
    found = []

    def work(i):
        for _ in range(10):
            f = programs[i % len(programs)]
            found.append((reverse(f)(0.8), forward(f)(0.8)) == expected[i % len(programs)])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 100
