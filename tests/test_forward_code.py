"""Forward mode through ordinary code: writes in place, generators, recursion, threads."""

import cmath
import math
import threading

import numpy as np
import pytest

import zygcore as zg


def test_complex_functions():
    z, v = 0.3 + 0.4j, 1.0 - 0.5j
    assert zg.jvp(cmath.exp, (z,), (v,))[1] == pytest.approx(cmath.exp(z) * v, rel=1e-15)
    assert zg.jvp(np.conj, (z,), (v,))[1] == np.conj(v)
    got = zg.jvp(lambda x: np.imag(np.exp(1j * x)), (0.5,), (1.0,))[1]
    assert got == pytest.approx(math.cos(0.5), rel=1e-15) and not np.iscomplexobj(got)


def writes(a):
    a[1:] *= 2
    a[0] = a[1] * a[2]
    return a.sum()


def saved(a):
    """What a pullback keeps is overwritten later."""
    y = np.exp(a)
    z = (y * y).sum()
    y[:] = 0
    return z + y.sum()


def masked(a):
    b = np.array(a)
    b[b > 1.5] = 0.5 * a.sum()
    b[[0, 0, 1]] = a[:3] * 2
    return (b**2).sum()


def through_views(a):
    b = a.reshape(2, 2)
    c = b.T
    c[0] = c[1] * c[0]
    a[3] = 1.0
    return (a * np.arange(4.0)).sum() + b[1, 0]


def out_arguments(a):
    out = np.empty_like(a)
    np.multiply(a, a, out=out)
    np.add(out, a, out=out)
    out -= out[::-1]
    return out[0] * out[1] + out[-1]


def by_element(a):
    b = np.zeros(len(a))
    for i in range(len(a)):
        b[i] = a[i] * (b[i - 1] if i else 1.0)
        b[0] += a[i]
    return b[0] * b[-1]


def repeated(a):
    b = np.zeros(2)
    np.add.at(b, [0, 1, 0, 1], a)
    return b[0] * b[1]


def of_overwritten_input(a):
    first = a[0] * 1.0
    a[0] = 3.0
    a += a
    return first * a[1] + a[0]


IN_PLACE = [
    writes,
    saved,
    masked,
    through_views,
    out_arguments,
    by_element,
    repeated,
    of_overwritten_input,
]


@pytest.mark.parametrize("f", IN_PLACE)
def test_writes_in_place(f):
    a, v = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.3, -0.7, 0.2, 1.1])
    plain = a.copy()
    expected_value = f(plain)
    h = 1e-5
    difference = (f(a + h * v) - f(a - h * v)) / (2 * h)
    mine = a.copy()
    y, dy = zg.jvp(f, (mine,), (v,))
    assert y == expected_value
    np.testing.assert_array_equal(mine, plain)
    assert dy == pytest.approx(difference, rel=1e-8)
    assert dy == pytest.approx(zg.gradient(f, a.copy())[0] @ v, rel=1e-13)


def test_generators():
    def squares(xs):
        for x in xs:
            got = yield x * x
            if got:
                yield got * x

    def f(x):
        g = squares([x, 2 * x])
        total = next(g) + g.send(x * x)
        return total + sum(g)

    assert zg.jvp(f, (3.0,), (1.0,)) == (f(3.0), 2 * 3 + 3 * 9 + 8 * 3)


def test_deep_recursion():
    def down(x, n):
        return x if n == 0 else down(x * 1.001, n - 1) + x

    y, dy = zg.jvp(down, (2.0, 800), (1.0, None))
    assert y == down(2.0, 800)
    assert dy == pytest.approx(y / 2.0, rel=1e-12)


def test_threads():
    found = {}

    def work(k):
        def f(x):
            for _ in range(300):
                x = x + 1e-3 * math.sin(x) * k
            return x

        found[k] = zg.jvp(f, (0.5,), (1.0,)), zg.gradient(f, 0.5)[0]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 8
    for (_, dy), g in found.values():
        assert dy == pytest.approx(g, rel=1e-12)


def test_a_second_use_gives_the_same():
    f = lambda a: np.linalg.solve(a @ a.T + np.eye(3), a[0])
    a = np.arange(9.0).reshape(3, 3)
    one, two = [zg.jvp(f, (a,), (np.ones((3, 3)),))[1] for _ in range(2)]
    assert one.tobytes() == two.tobytes()
