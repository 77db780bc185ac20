"""`zg.checkpoint_loop`: gradients, state, memory and the number of steps."""

import functools
import itertools
import math
import random
import subprocess
import sys

import numpy as np
import pytest
from checkpointing import assert_same, peak

import zygcore as zg
from zygcore import checkpoint_loop
from zygcore._binomial import advances, first_snapshots, snapshots_for, split
from zygcore.errors import AdjointError, CheckpointError


def plain_loop(step, state, n, *consts):
    for i in range(n):
        state = step(state, i, *consts)
    return state


def both(program, *args):
    """The gradient with checkpoints and without."""
    return [
        zg.gradient(functools.partial(program, k), *args) for k in (checkpoint_loop, plain_loop)
    ]


# ------------------------------------------------------------------------- the schedule


@functools.cache
def fewest(steps, c):
    """The fewest advances, by dynamic programming over all schedules."""
    if steps <= 1:
        return 0
    if c == 1:
        return steps * (steps - 1) // 2
    return min(m + fewest(m, c) + fewest(steps - m, c - 1) for m in range(1, steps))


def taken(steps, c):
    """The advances of the schedule that `split` makes."""
    if steps <= 1:
        return 0
    if c == 1:
        return steps * (steps - 1) // 2
    m = split(steps, c)
    return m + taken(m, c) + taken(steps - m, c - 1)


@pytest.mark.parametrize("c", range(1, 8))
def test_the_schedule_is_optimal(c):
    for steps in range(1, 70):
        assert advances(steps, c) == taken(steps, c) == fewest(steps, c)


def test_snapshots():
    assert first_snapshots(10, 3) == [0, 4, 7]
    assert snapshots_for(10, 2) == 3  # 3 snapshots, 2 repetitions: (3 + 2) choose 2 steps
    assert snapshots_for(11, 2) == 4


# ---------------------------------------------------------------------------- gradients


def step(x, i, a):
    return x + 0.01 * math.sin(a * x + i)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 30, 200])
def test_lengths(n):
    a, b = both(lambda k, x, a: k(step, x, n, a), 0.5, 1.3)
    assert_same(a, b)


@pytest.mark.parametrize("snapshots", [None, 1, 2, 3, 50])
@pytest.mark.parametrize("recorded", [None, 1, 4, 100])
def test_snapshots_and_blocks(snapshots, recorded):
    options = {"snapshots": snapshots, "recorded": recorded}
    loop = functools.partial(checkpoint_loop, **options)
    expected = zg.gradient(lambda x, a: plain_loop(step, x, 30, a), 0.5, 1.3)
    assert_same(zg.gradient(lambda x, a: loop(step, x, 30, a), 0.5, 1.3), expected)
    _, back = zg.pullback(lambda x, a: loop(step, x, 30, a), 0.5, 1.3)
    assert_same(back(1.0), expected)
    assert_same(back(1.0), expected)


def structures(k, x, p):
    """The state in a dict, and a constant and a captured value with gradients."""
    c = p * p

    def step(state, i, p):
        v = state["v"] - 0.1 * p * state["x"][0] * c
        return {"v": v, "x": (state["x"][0] + 0.1 * v, state["x"][1] * x), "n": i}

    out = k(step, {"v": x, "x": (p, 1.0), "n": 0}, 25, p)
    return out["v"] * out["x"][0] + out["x"][1]


class System:
    """Changes its state in place, and has some that is no part of the state of the loop."""

    def __init__(self):
        self.total, self.history = 0.0, []

    def step(self, state, i, k):
        state[0] += 0.1 * state[1]
        state[1] -= 0.1 * k * state[0] * random.random()
        self.total += state[0] ** 2
        if i % 5 == 0:
            self.history.append(state[1])
        return state


def in_place(k, x, v, stiffness):
    random.seed(3)
    system = System()
    state = [x, v]
    out = k(system.step, state, 23, stiffness)
    assert out is state
    return out[0] * system.total + sum(system.history) + state[1] + random.random() * x


def arrays_in_place(k, x, A):
    w = np.zeros(3)

    def step(s, i):
        w[:] = A @ s
        s += 0.1 * np.tanh(w)
        return s

    s = x * 1.0
    k(step, s, 17)
    return (s * s).sum() + w[0]


def late(k, x, y):
    """What has a derivative becomes more in the middle."""
    found = {}

    def step(s, i):
        if i == 5:
            found["kept"] = s * y
        if i == 9:
            s = s + found["kept"]
        return s * 1.1

    return k(step, x, 20) * found["kept"]


def growing(k, x):
    return sum(k(lambda s, i: [*s, s[-1] * x], [x], 12))


def integers(k, x):
    return k(lambda s, i: s * 3, x, 5)


def aliased(k, x):
    a = x * 1.0
    return (k(lambda s, i: (s[1], s[0] * 1.1), (a, a), 7)[0] * a).sum()


def second_order(k, x):
    return zg.gradient(lambda y: k(step, y, 20, x), x)[0]


def with_checkpoint_inside(k, x):
    return k(lambda s, i: zg.checkpoint(lambda s: s * s * 0.9 * x, s), x, 5)


def loop_inside_of_a_loop(k, x):
    return k(lambda s, i: k(lambda t, j: t * 1.01 + x * s, s, 4), x, 6)


PROGRAMS = {
    "structures": (structures, 0.5, 1.3),
    "in place": (in_place, 1.0, 2.0, 3.0),
    "arrays in place": (arrays_in_place, np.ones(3), np.arange(9.0).reshape(3, 3) / 10),
    "late": (late, 2.0, 3.0),
    "growing": (growing, 1.1),
    "integers": (integers, 2),
    "aliased": (aliased, np.arange(3.0)),
    "second order": (second_order, 0.7),
    "checkpoint inside": (with_checkpoint_inside, 0.9),
    "loop inside": (loop_inside_of_a_loop, 0.3),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("options", [{}, {"snapshots": 2, "recorded": 1}], ids=["", "few"])
def test_programs(name, options):
    program, *args = PROGRAMS[name]
    loop = functools.partial(checkpoint_loop, **options)
    for f in (zg.withgradient, lambda f, *args: f(*args)):
        assert_same(
            f(functools.partial(program, loop), *zg.dropgrad(args)),
            f(functools.partial(program, plain_loop), *zg.dropgrad(args)),
        )


def test_state_afterwards():
    def program(k, seen):
        system = System()
        rng = np.random.default_rng(1)

        def step(s, i):
            return system.step(s, i, 1.0 + 0.1 * rng.random())

        random.seed(1)
        seen.append(zg.gradient(lambda x: k(step, [x, x], 30)[1], 1.0))
        seen += [system.total, system.history, random.random(), rng.random()]

    with_it, without = [], []
    program(checkpoint_loop, with_it)
    program(plain_loop, without)
    assert_same(with_it, without)


# ------------------------------------------------------------------------------- errors


def test_steps_that_differ():
    entropy = np.random.default_rng

    def noisy(x, i):
        return x * (1 + entropy().random())

    with pytest.raises(CheckpointError, match="noisy.*test_checkpoint_loop.py"):
        zg.gradient(lambda x: checkpoint_loop(noisy, x, 40), 1.0)


def test_errors_go_through():
    def step(x, i):
        return x / (3 - i)

    with pytest.raises(ZeroDivisionError):
        zg.gradient(lambda x: checkpoint_loop(step, x, 9), 1.0)


def test_state_of_a_failed_step_is_not_a_silent_constant():
    box = []

    def step(x, i):
        box.append(x * x)
        return x / (3 - i)

    def f(x):
        try:
            checkpoint_loop(step, x, 9)
        except ZeroDivisionError:
            return box[-1] * x

    with pytest.raises(AdjointError, match="raised an exception"):
        zg.gradient(f, 1.0)


@pytest.mark.parametrize("options", [{"snapshots": 0}, {"recorded": 0}, {"snapshots": True}])
def test_options(options):
    with pytest.raises(ValueError, match="checkpoint_loop: "):
        checkpoint_loop(step, 1.0, 3, 2.0, **options)
    with pytest.raises(ValueError, match="checkpoint_loop: "):
        zg.gradient(lambda x: checkpoint_loop(step, x, 3, 2.0, **options), 1.0)


def test_numbers_of_steps():
    with pytest.raises(ValueError, match="n must be"):
        checkpoint_loop(step, 1.0, -1, 2.0)
    with pytest.raises(TypeError):
        checkpoint_loop(step, 1.0, 2.0, 2.0)


# ---------------------------------------------------------------- what it costs: measured


class Counter:
    """Counts where no second run is put back: in an object of C."""

    def __init__(self):
        self.numbers = itertools.count()

    def read(self):
        return int(repr(self.numbers)[6:-1])


@pytest.mark.parametrize("n, c", [(1, 1), (2, 5), (10, 3), (64, 1), (100, 3), (100, 7), (300, 10)])
def test_number_of_steps_is_the_binomial_bound(n, c):
    steps = Counter()

    def step(x, i):
        next(steps.numbers)
        return x * 1.001

    y, back = zg.pullback(lambda x: checkpoint_loop(step, x, n, snapshots=c, recorded=1), 2.0)
    assert steps.read() == n
    assert back(1.0) == (pytest.approx(1.001**n),)
    # the first run has done what comes before the snapshots, and the last block's advance is spared
    done = first_snapshots(n, c)[-1]
    assert steps.read() == n + n + advances(n, c) - done


def test_a_hundred_thousand_steps():
    steps = Counter()

    def step(x, i):
        next(steps.numbers)
        return x + 1e-5 * math.sin(x)

    g = lambda k, n: zg.gradient(lambda x: k(step, x, n), 1.0)
    n = 100_000
    (with_it,), (without,) = g(checkpoint_loop, n), g(plain_loop, n)
    assert with_it == pytest.approx(without, rel=1e-12)
    # dy/dx of the flow of y' = sin(y) over the time 1, to the order of the method
    y = 2 * math.atan(math.tan(0.5) * math.e)
    assert with_it == pytest.approx(math.sin(y) / math.sin(1.0), rel=1e-4)
    before = steps.read()
    g(checkpoint_loop, n)
    assert steps.read() - before <= 5 * n  # once forward, three times again, once recorded


MEMORY = """
import math, re, zygcore as zg

def step(x, i):
    return x + 1e-5 * math.sin(x)

def plain_loop(step, x, n):
    for i in range(n):
        x = step(x, i)
    return x

used = []
for k, n in [(zg.checkpoint_loop, 1000), (zg.checkpoint_loop, 100_000), (plain_loop, 100_000)]:
    zg.gradient(lambda x: k(step, x, n), 1.0)
    used.append(int(re.search("VmHWM: *\\t? *(\\d+)", open("/proc/self/status").read())[1]))
print(used[1] - used[0], used[2] - used[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_memory_of_a_hundred_thousand_steps():
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    with_it, without = map(int, run.stdout.split())
    assert with_it < 1500 and without > 8000


def test_memory_for_arrays():
    def step(x, i):
        for _ in range(5):
            x = np.sin(x * 1.1)
        return x

    x = np.linspace(0, 1, 4000)
    g = lambda k: zg.gradient(lambda x: k(step, x, 150).sum(), x)[0]
    few = functools.partial(checkpoint_loop, snapshots=8, recorded=1)
    np.testing.assert_array_equal(g(few), g(plain_loop))
    assert peak(g, few) < 50 * x.nbytes  # 8 snapshots and the 15 arrays of a step
    assert peak(g, plain_loop) > 1000 * x.nbytes
