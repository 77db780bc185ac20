"""`zg.checkpoint`: the state that the second run finds, what cannot be run again, threads."""

import array
import datetime
import gc
import io
import itertools
import operator
import queue
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from checkpointing import assert_same, grad, plain

import zygcore as zg
from zygcore import checkpoint
from zygcore.errors import AdjointError, CheckpointError, UnsupportedError

X3 = np.array([1.0, 2.0, 3.0])


# ------------------------------------------------------------------------------ the state


def test_state_after_the_backward_pass_is_that_of_a_plain_call():
    def program(k, seen):
        m = SimpleNamespace(h=1.0, log=[], cache={}, a=np.zeros(2))
        rng, own = np.random.default_rng(5), random.Random(6)

        def f(x):
            m.h = m.h * x * rng.standard_normal() + own.gauss(0, 1)
            m.log.append(m.h)
            m.cache[len(m.log)] = x
            m.a += x
            m.new = "text"
            return m.h

        def run(x):
            y = k(f, x) * k(f, x)
            m.later = len(m.log)
            m.log.append(None)
            return y

        out = zg.gradient(run, 2.0)
        seen += [out, m.h, m.log, m.cache, m.a, m.new, m.later, rng.random(), own.random()]

    with_it, without = [], []
    program(checkpoint, with_it)
    program(plain, without)
    assert_same(with_it, without)
    assert type(with_it[1]) is float


def test_the_second_run_sees_what_the_first_one_saw():
    file, box = io.BytesIO(), [1.0]
    write = io.TextIOWrapper(file, write_through=True).write  # a file gets the text of both runs

    def f(x):
        write(f"{box[0]} ")
        box[0] += 1
        return x * box[0]

    assert grad(lambda x: checkpoint(f, x) * checkpoint(f, x), 3.0) == 2 * 3 * 2 * 3.0
    assert file.getvalue() == b"1.0 2.0 2.0 1.0 "
    assert box == [3.0]


def test_a_generator_that_is_not_used_is_left_alone():
    class Watched(random.Random):
        def setstate(self, state):
            raise AssertionError("it was not used")

    rng = Watched(1)
    assert grad(lambda x: checkpoint(lambda y: y * y if rng else y, x), 3.0) == 6.0


# --------------------------------------------------------------------- what cannot be run again


class Unsteady:
    """Of C code: cannot be put back."""

    def __init__(self):
        self.count = itertools.count()


def test_other_values():
    rng = np.random.default_rng
    with pytest.raises(
        CheckpointError, match=r"noisy \(.*test_checkpoint_state.py:\d+\), under.*a value was"
    ):

        def noisy(x):
            return x * rng().random()

        grad(lambda x: checkpoint(noisy, x), 2.0)
    u = Unsteady()
    with pytest.raises(CheckpointError, match="other parts"):
        grad(lambda x: checkpoint(lambda x: [x] * (next(u.count) + 1), x)[0], 2.0)
    with pytest.raises(CheckpointError, match="a value was"):
        grad(lambda x: checkpoint(lambda x: x if next(u.count) % 2 else x * 2, x), 2.0)
    with pytest.raises(CheckpointError, match="a value was"):
        grad(lambda x: checkpoint(lambda x: x * next(u.count), x).sum(), X3)


def test_other_random_numbers():
    u = Unsteady()
    draws = np.random.default_rng(0)

    def f(x):
        for _ in range(next(u.count) + 1):
            draws.random()
        return x

    with pytest.raises(CheckpointError, match="f .*, under .* other random numbers"):
        grad(lambda x: checkpoint(f, x), 2.0)


def test_other_exceptions():
    u = Unsteady()

    def late(x):
        if next(u.count):
            raise KeyError("the second time")
        return x

    with pytest.raises(
        CheckpointError, match="it returned first, and it raised KeyError"
    ) as caught:
        grad(lambda x: checkpoint(late, x), 2.0)
    assert isinstance(caught.value.__cause__, KeyError)


def test_exceptions_go_through():
    def f(x):
        raise ValueError("user's")

    with pytest.raises(ValueError, match="user's") as caught:
        grad(lambda x: checkpoint(f, x), 2.0)
    assert caught.traceback[-1].name == "f"


def begun(x):
    g = (v * x for v in [1.0, x])
    next(g)
    return checkpoint(lambda a: next(g) * a, x)


def same_again(a):
    while True:
        yield a * a


def unchanged(x):
    g = same_again(x)
    return checkpoint(lambda y: next(g) * y, x)


def delegated(x):
    g = (lambda: (yield from same_again(x)))()
    next(g)
    return checkpoint(lambda y: next(g) * y, x)


REFUSED = [
    (unchanged, 2.0, "generator"),
    (delegated, 2.0, "generator"),
    (lambda x: checkpoint(lambda s: sum(s), {x, 2 * x}), 2.0, "inside of a set"),
    (lambda xs: sum(checkpoint(lambda xs: (v * v for v in xs), xs)), [1.0, 2.0], "list_iterator"),
    (begun, 2.0, "generator"),
    (lambda x: checkpoint(lambda y: sys._getframe().f_back.f_locals["x"] * y, x), 2.0, "f_locals"),
    (lambda x: checkpoint(lambda y: len(gc.get_objects()) * y, x), 2.0, "get_objects"),
]


def test_what_cannot_be_put_back_is_refused():
    for f, at, message in REFUSED:
        with pytest.raises(UnsupportedError, match=message):
            zg.gradient(f, at)


def stream_written(x):
    stream = io.StringIO()
    checkpoint(lambda y: stream.write(f"{y}"), x)
    return float(stream.getvalue()) * x


def stream_read(x):
    stream = io.StringIO()
    stream.write(f"{x}")
    return checkpoint(lambda y: float(stream.getvalue()) * y, x)


def memory_written(x):
    b = np.zeros(2)
    view = memoryview(b)
    checkpoint(lambda y: operator.setitem(view, 0, y), x)
    return b[0] * x


@pytest.mark.parametrize(
    "program",
    [
        lambda x: float(checkpoint(lambda y: f"{y}", x)) * x,
        lambda x: float(checkpoint(lambda y: [(f"{y}", 1)], x)[0][0]) * x,
        lambda x: checkpoint(lambda y: array.array("d", [y]), x)[0] * x,
        lambda x: next(checkpoint(lambda y: iter([y]), x)) * x,
        lambda x: (lambda c: checkpoint(lambda y: next(c) * y, x))(itertools.cycle([x, x])),
        lambda x: (lambda i: checkpoint(lambda y: list(i), 1.0)[0] * x)(iter([x])),
        stream_written,
        stream_read,
        memory_written,
    ],
)
def test_what_c_code_holds_is_never_a_silent_constant(program):
    with pytest.raises((UnsupportedError, AdjointError)):
        grad(program, 2.0)


def test_objects_of_c_code_that_do_not_matter():
    stream, start, log = io.StringIO(), datetime.datetime(2000, 1, 1), []
    data = array.array("d", [2.0, 3.0])

    def f(x):
        stream.write(f"{x}")
        log.append((start.year, f"step 1 of {x}"))
        return x * data[1] * start.year

    run = lambda k: grad(lambda x: k(f, x) * k(f, x) * data[0] * (start.day + 1), 2.0)
    assert run(checkpoint) == run(plain) == 2 * 2 * (3 * 2000) ** 2 * 2 * 2


def test_what_belongs_to_c_code_is_not_written_into():
    q = queue.SimpleQueue()
    for v in range(5):
        q.put(v)

    def f(x):
        q.get()
        q.put(None)
        return x * x

    assert grad(lambda x: checkpoint(f, x), 3.0) == 6.0
    assert [q.get() for _ in range(5)] == [2, 3, 4, None, None]


def test_the_state_is_put_back_if_the_second_run_fails():
    u = Unsteady()
    box = [1.0]

    def f(x):
        box[0] *= 2
        if next(u.count):
            raise KeyError
        return x * box[0]

    with pytest.raises(CheckpointError):
        grad(lambda x: checkpoint(f, x), 2.0)
    assert box == [2.0]


# --------------------------------------------------------------------------------- threads


def test_threads():
    w = [2.0]

    class Hidden:
        h = 0.0

        def __call__(self, x):
            self.h = self.h + x * w[0]
            return self.h

    g = lambda x: grad(lambda x: checkpoint(lambda a: a * Hidden()(a), x) * x, x)
    xs = [float(i) for i in range(1, 100)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(g, xs)) == [6 * x * x for x in xs]


def test_draws_of_another_thread_are_not_taken_back():
    asked, answered = queue.SimpleQueue(), queue.SimpleQueue()
    values = []

    def other():
        asked.get(timeout=10)
        values.append(random.random())
        answered.put(None)
        answered.put(None)

    def f(x):
        asked.put(None)
        answered.get(timeout=10)
        return x * x

    random.seed(8)
    expected = [random.random(), random.random()]
    random.seed(8)
    thread = threading.Thread(target=other)
    thread.start()
    assert grad(lambda x: checkpoint(f, x), 3.0) == 6.0
    thread.join()
    assert [*values, random.random()] == expected


MODULES = """
import importlib, sys, types
import zygcore as zg

name = "_".join(["settings", "of", "a", "test"])
settings = sys.modules[name] = types.ModuleType(name)
exec("rate = None\\ndef squared(): return rate * rate", vars(settings))

def slope(read):
    def program(x):
        settings.rate = 2 * x
        return zg.checkpoint(read) * x
    return zg.gradient(program, 3.0)[0]

print(slope(lambda: sys.modules[name].rate), slope(lambda: importlib.import_module(name).squared()))
"""


def test_modules_under_computed_names():
    """In a process of its own: all modules of a program are looked through."""
    run = subprocess.run([sys.executable, "-c", MODULES], capture_output=True, text=True)
    assert run.stdout.split() == ["12.0", "108.0"], run.stderr
