"""Forward mode forgets: memory does not grow with the steps, and what is alive is kept."""

import json
import math
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import zygcore as zg

MEASURE = """
import json, resource, sys
import numpy as np, zygcore as zg

{program}

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

run({few})
before = peak()
value, tangent, expected = run({many})
print(json.dumps([(peak() - before) / 1024, float(value), float(tangent), float(expected)]))
"""


def measured(program, few, many):
    """How many MiB more a long run takes than a short one, and what it returns."""
    code = MEASURE.format(program=textwrap.dedent(program), few=few, many=many)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


PROGRAMS = {
    "numbers": (
        """
        def f(x, n):
            y = x
            for _ in range(n):
                y = y + 1e-6 * y
            return y

        def run(n):
            return *zg.jvp(f, (1.5, n), (1.0, None)), (1 + 1e-6) ** n
        """,
        1000,
        10**6,
    ),
    "arrays": (
        """
        def f(x, n):
            y = x
            for _ in range(n):
                y = y + 1e-4 * np.sin(y) * 0 + 1e-4 * y
            return np.sum(y)

        def run(n):
            x = np.ones(2000)
            return *zg.jvp(f, (x, n), (x, None)), 2000 * (1 + 1e-4) ** n
        """,
        100,
        10**4,
    ),
    "arrays in place": (
        """
        def f(x, n):
            y = x.copy()
            for _ in range(n):
                y *= 1 + 1e-4
                y[::2] += 0 * x[::2]
            return y[0] + y[-1]

        def run(n):
            x = np.ones(2000)
            return *zg.jvp(f, (x, n), (x, None)), 2 * (1 + 1e-4) ** n
        """,
        100,
        10**4,
    ),
    "rules": (
        """
        def f(x, n):
            y = x
            for _ in range(n):
                y = y / np.linalg.norm(y) * (1 + 1e-4 * x[0])
            return np.sum(y)

        def run(n):
            x = np.ones(2000)
            _, d = zg.jvp(f, (x, 3), (x, None))
            return *zg.jvp(f, (x, n), (x, None)), d
        """,
        50,
        2000,
    ),
    "calls and objects": (
        """
        class Box:
            def __init__(self, v):
                self.v = v

            def step(self):
                return Box(self.v + 1e-5 * self.v)

        def f(x, n):
            box = Box(x)
            for _ in range(n):
                box = box.step()
            return box.v

        def run(n):
            return *zg.jvp(f, (1.0, n), (1.0, None)), (1 + 1e-5) ** n
        """,
        1000,
        10**5,
    ),
    "lists and generators": (
        """
        def values(x, n):
            y = [x, 2 * x]
            for _ in range(n):
                y[0], y[1] = y[1] * 0.5, y[0] * 2.00001
                yield y[0]

        def f(x, n):
            last = 0.0
            for v in values(x, n):
                last = last * 0 + v
            return last

        def run(n):
            return *zg.jvp(f, (1.0, n), (1.0, None)), 1.000005 ** (n // 2)
        """,
        1000,
        10**5,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_memory_is_constant(name):
    more, value, tangent, expected = measured(*PROGRAMS[name])
    assert tangent == pytest.approx(expected, rel=1e-9)
    assert more < 8, f"{more} MiB more"


# ------------------------------------------------------------------------ what must be kept


def check(f, *args):
    """Forward against reverse mode, along two directions."""
    grads = zg.gradient(f, *args)
    rng = np.random.default_rng(0)
    for _ in range(2):
        vs = [rng.standard_normal(np.shape(x)) for x in args]
        vs = [v if isinstance(x, np.ndarray) else float(v) for x, v in zip(args, vs, strict=True)]
        expected = sum(np.sum(g * v) for g, v in zip(grads, vs, strict=True) if g is not None)
        y, dy = zg.jvp(f, args, vs)
        assert y == f(*args)
        assert dy == pytest.approx(expected, rel=1e-9)


def busy(x, n=3000):
    """Enough steps to have the tape collected."""
    for _ in range(n):
        x = x * 1.0001 + 1e-9
    return x


def many_generators(x):
    def powers(y, k):
        while True:
            y = y * (1 + 1e-3 * k)
            yield y

    alive = [powers(x * (k + 1), k) for k in range(50)]
    total = 0.0
    for step in range(60):
        for k, g in enumerate(alive):
            total = total + next(g) * (k + step)
        if step % 10 == 0:
            alive = alive[::-1]
    return total + busy(next(alive[0]))


def lists_that_live_long(x):
    kept = [x * k for k in range(200)]
    y = busy(x)
    for k in range(len(kept)):
        kept[k] = kept[k] * y
        y = y + 1e-3 * kept[k - 1]
    z = busy(y)
    return sum(kept) + z + kept[3] * kept[-1]


def dicts(x):
    table = {k: x + k for k in range(100)}
    for k in range(4000):
        table[k % 100] = table[(k + 7) % 100] * 0.999 + 1e-3 * x
        if k % 500 == 0:
            table = {key: table[key] for key in reversed(list(table))}
    return sum(table.values())


def closures(x):
    chain = lambda y: y
    for k in range(30):
        chain = (lambda inner, w: lambda y: inner(y) * w + 1e-2)(chain, x * (1 + k / 100))
    y = busy(x)
    total = chain(y * 0.01)
    return total + busy(total)


def digits(x):
    """Integers that are all the digits of a number."""
    total = 0.0
    for k in range(3000):
        n, d = (x + k).as_integer_ratio()
        total = total + n / d * 1e-3
    return total


def rows(a):
    """Iterators hold arrays that no register holds."""
    total = 0.0
    for _ in range(30):
        for row in a:
            for v in row:
                total = total * 0.99 + v * v
            total = total + row[0] * row[-1]
    return total


def pairs_of_rows(a):
    total = 0.0
    for _ in range(30):
        for (i, row), column in zip(enumerate(a), a.T, strict=False):
            for u, v in zip(row, column, strict=False):
                total = total * 0.99 + u * v * (i + 1)
    return total


def split(a):
    total = 0.0
    for part in np.split(a * 2, 3):
        for row in part:
            total = total + busy(row[0], 300) * row[1]
    it = iter(np.split(a * 3, 3))
    first = next(it)
    total = busy(total)
    return total + first[0, 0] * next(it)[0, 1]


def iterators_that_are_kept(a):
    its = [iter(row * 2) for row in a]
    total = 0.0
    for _ in range(a.shape[1]):
        for it in its:
            total = total * 1.1 + next(it)
        total = busy(total, 1500)
    return total


def views(a):
    parts = [a[i] for i in range(len(a))] + [a.T[j] for j in range(a.shape[1])]
    total = 0.0
    for k in range(100):
        part = parts[k % len(parts)]
        total = total + np.sum(part * part) * 0.1
        part[k % len(part)] = total * 1e-3
        b = a.reshape(-1)
        total = total + b[k % b.size]
    return total


def masks(a):
    b = a.copy()
    for k in range(200):
        b[b > 1.0] *= 0.9
        b[[0, 0, 1]] = b[[1, 1, 0]] + 1e-2 * a[0]
        b = np.where(b > 0, b, -b)
        if k % 50 == 0:
            b = b[::-1].copy()
    return np.sum(b)


def recursion(x):
    def down(y, n):
        if n == 0:
            return busy(y)
        z = y * 1.01
        return down(z, n - 1) + z * y

    return down(x * 0.1, 150)


def exceptions(x):
    total = x
    for k in range(3000):
        try:
            total = total * 1.0001
            if k % 3 == 0:
                raise ValueError(total * 1e-4)
        except ValueError as error:
            total = total + error.args[0]
    return total


def callbacks(x):
    values = sorted([x * k % 1.7 for k in range(500)], key=lambda v: busy(v, 10))
    return sum(v * k for k, v in enumerate(values)) + max(values, key=lambda v: -busy(v, 300))


def objects(x):
    class Node:
        def __init__(self, v, rest):
            self.v, self.rest = v, rest

    head = None
    for k in range(500):
        head = Node(x * k + (head.v * 0.5 if head else 0.0), head)
    y = busy(x)
    total = 0.0
    while head is not None:
        total = total + head.v * y
        head = head.rest
    return total


OF_NUMBERS = [
    many_generators,
    lists_that_live_long,
    dicts,
    closures,
    digits,
    recursion,
    exceptions,
    callbacks,
    objects,
]
OF_ARRAYS = [views, masks]
OF_ITERATORS = [rows, pairs_of_rows, split, iterators_that_are_kept]


@pytest.mark.parametrize("f", OF_NUMBERS)
def test_numbers_that_are_kept(f):
    check(f, 0.7)


@pytest.mark.parametrize("f", [*OF_ARRAYS, *OF_ITERATORS])
def test_arrays_that_are_kept(f):
    a = np.random.default_rng(1).uniform(0.2, 1.8, (6, 6))
    assert math.isfinite(f(a.copy()))
    grad = zg.gradient(f, a.copy())[0]
    v = np.random.default_rng(2).standard_normal(a.shape)
    y, dy = zg.jvp(f, (a.copy(),), (v,))
    assert y == f(a.copy())
    assert dy == pytest.approx(np.sum(grad * v), rel=1e-9)


def test_several_tangents_at_once():
    """The same programs with several tangents: `hessian` and `jacobian` push these."""
    from zygcore._forward import pushed

    a = np.random.default_rng(1).uniform(0.2, 1.8, (6, 6))
    v = np.random.default_rng(2).standard_normal((3, 6, 6))
    for f in OF_ARRAYS:
        y, dy = pushed(f, (a.copy(),), (v,), 3)
        one = [zg.jvp(f, (a.copy(),), (w,))[1] for w in v]
        np.testing.assert_allclose(dy, one, rtol=1e-12)
    for f in (many_generators, lists_that_live_long, closures, exceptions, objects):
        y, dy = pushed(f, (0.7,), (np.array([1.0, -2.0]),), 2)
        one = zg.jvp(f, (0.7,), (1.0,))[1]
        np.testing.assert_allclose(dy, [one, -2 * one], rtol=1e-12)
