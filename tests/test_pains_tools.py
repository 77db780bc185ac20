"""Complaints about the tools around gradients: latency, errors, debugging, threads.

The numbers in the headings are those of PAINS.
"""

import math
import struct
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, OutputError, ZygcoreError


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


# ---------------------------------------------------------------------- 23: latency


def seconds(f):
    """Of this process: what else the machine does has no part in it."""
    before = time.process_time()
    f()
    return time.process_time() - before


def function_of_lines(n):
    """A function that was never seen before, with `n` different statements."""
    lines = "".join(f"    y = y * x + {i}.5 if y < {i} else y - x * 0.{i}\n" for i in range(n))
    namespace = {}
    exec(f"def f(x):\n    y = x\n{lines}    return y", namespace)
    return namespace["f"]


def test_first_gradient_of_a_loop():
    def f(x):
        y = x
        for i in range(200):
            y = math.sin(y) + x * i
        return y

    assert seconds(lambda: grad(f)(0.5)) < 0.5


def test_first_gradient_does_not_depend_on_the_trip_count():
    """Only the sweep does: instructions recorded for a body, not translations of it."""

    def fresh():
        namespace = {}
        exec(
            "def f(x, n):\n    while n > 0:\n        x = x * 1.01\n        n -= 1\n    return x",
            namespace,
        )
        return lambda n: seconds(lambda: grad(lambda x: namespace["f"](x, n))(1.0))

    assert min(fresh()(2000) for _ in range(5)) < 20 * min(fresh()(2) for _ in range(5))


def test_first_gradient_of_a_long_function_is_linear_in_its_length():
    def first(n):
        return min(seconds(lambda: grad(function_of_lines(n))(0.5)) for _ in range(3))

    assert first(800) < 20 * first(100)


# ----------------------------------------------------------------------- 24: errors


def packed(x):
    return struct.unpack("d", struct.pack("d", x))[0]


def test_unsupported_call_says_where_and_what_to_do():
    def f(x):
        y = x * 2
        return packed(y) + math.sin(y)

    with pytest.raises(AdjointError) as caught:
        grad(f)(2.0)
    message = str(caught.value)
    assert f"{__file__}:{packed.__code__.co_firstlineno + 1}, in packed" in message
    assert "@zygcore.adjoint(_struct.pack)" in message
    assert "nondifferentiable" in message
    # only what the gradient needs is an error
    assert grad(lambda x: x * x + 0 * (packed(x) > 1))(2.0) == 4.0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: math.sin(x) + undefined,  # noqa: F821
        lambda x: [x][1],
        lambda x: {}[x],
        lambda x: math.sqrt(-x),
        lambda x: x / (x - x),
        lambda x: x.missing,
        lambda x: (lambda: x)(x),
        lambda x: np.ones(2) * x @ np.ones(3),
        lambda x: exec("raise RuntimeError(str(x > 1))", {"x": x}),
    ],
)
def test_errors_of_the_program_are_its_own(f):
    """The exception, its text and the line of the program: as without us."""
    outcomes = []
    for run in (f, grad(f)):
        with pytest.raises(Exception) as caught:
            run(2.0)
        entries = traceback.extract_tb(caught.value.__traceback__)
        places = [(e.name, e.lineno) for e in entries if e.filename == __file__]
        outcomes.append((caught.type, str(caught.value), places[-1]))
        assert not isinstance(caught.value, ZygcoreError)
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("words, f", [("list", lambda x: [x]), ("complex", lambda x: x * 1j)])
def test_results_that_have_no_gradient_say_so(words, f):
    with pytest.raises(OutputError, match=words):
        grad(f)(2.0)


# ----------------------------------------------------------------- 25: debugging


def test_print_shows_plain_values(capsys):
    def f(x):
        print(x, [x], {"x": (x,)}, f"{x!r:>5}", format(x, "5"), repr(x), str(x), sep="|")
        inner = grad(lambda y: (print(y, y * x, [y]), y * x)[1])(x)
        print(inner, np.array([x, x * 2]))
        return x * x

    def plain(x):
        print(x, [x], {"x": (x,)}, f"{x!r:>5}", format(x, "5"), repr(x), str(x), sep="|")
        print(x, x * x, [x])
        print(x, np.array([x, x * 2]))

    for x in (2.0, 2, 1e300, -0.0):
        plain(x)
        wanted = capsys.readouterr().out
        assert grad(f)(x) == 2 * x
        assert capsys.readouterr().out == wanted


def test_printing_objects_and_arrays(capsys):
    @dataclass
    class P:
        a: float
        b: list

    def f(p, v):
        print(p, p.b, v, v[0], vars(p))
        return p.a * p.b[0] * v[0]

    args = P(2.0, [3.0]), np.array([1.0, 2.0])
    f(*args)
    wanted = capsys.readouterr().out
    d, dv = zg.gradient(f, *args)
    assert capsys.readouterr().out == wanted
    assert d == zg.Grad(a=3.0, b=[2.0]) and dv.tolist() == [6.0, 0.0]


# ------------------------------------------------------------------- 26: threads


def test_pool_of_threads():
    """More of this in `test_threads.py`."""

    def f(x):
        y = x
        while y < 1000:
            y = y * y + math.sin(x)
        return y

    xs = [1.5 + i / 10 for i in range(64)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(grad(f), xs)) == [grad(f)(x) for x in xs]
