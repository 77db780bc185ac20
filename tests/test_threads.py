"""Threads that differentiate at once, each as if it were alone.

Every program runs in several threads that start together and switch as often as the interpreter
can, and what each returns is compared, to the last bit, with what it returns alone.
"""

import collections
import contextvars
import copy
import functools
import gc
import math
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, OutputError, UnsupportedError


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


@pytest.fixture(autouse=True)
def switching():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(*jobs, threads=8):
    """What threads return that start together; thread i runs job i modulo the number of jobs."""
    start, out = threading.Barrier(threads), [None] * threads

    def work(i):
        start.wait()
        try:
            out[i] = jobs[i % len(jobs)]()
        except BaseException as error:
            out[i] = error

    workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return out


def agree(job, *others, threads=8, rounds=10):
    """All threads return what each job returns alone, after they did so together, too."""
    for _ in range(rounds):
        got = together(job, *others, threads=threads)
        alone = [repr(each()) for each in (job, *others)]
        for i, value in enumerate(got):
            if isinstance(value, BaseException):
                raise value
            assert repr(value) == alone[i % len(alone)]


# ---------------------------------------------------------------- one model, many threads


class Model:
    """Everything in it is read in the ways that make the machine know leaves by other means."""

    def __init__(self):
        self.w = [0.5, 1.5, 2.5]
        self.d = {"a": 2.0, "b": [3.0, 4.0]}
        self.t = (1.0, [2.0], 2)
        self.k = 1.5
        self.a = np.array([1.0, 2.0])
        self.q = collections.deque([0.25, 0.75])
        self.f = functools.partial(math.pow, 2.0)

    def by_place(self, x):
        return x * self.w[0] * self.d["a"] + self.k * self.t[1][0] * self.w[-1] + self.a[1] * x

    def in_loops(self, x):
        for a, b in zip(self.w, reversed(self.w), strict=True):
            x = x + a * b
        for i, v in enumerate(self.d["b"]):
            x += v * i * x
        return x * sum(self.w)

    def by_c_code(self, x):
        pairs = sorted(zip(self.w, self.d["b"] + [1.0], strict=True), key=lambda p: -p[0])
        return sum(a * b for a, b in pairs) * x + max(self.w) * min(self.d["b"]) + sum(self.q) * x

    def by_views(self, x):
        total = sum(v for v in self.d.values() if type(v) is float)
        for name, v in self.d.items():
            total += len(name) * (v[0] if type(v) is list else v) * x
        return total + vars(self)["k"] * self.__dict__["w"][1]

    def by_map(self, x):
        return sum(map(lambda v: v * x, self.w)) + functools.reduce(lambda a, b: a * b, self.d["b"])

    def by_numpy(self, x):
        return float(np.sum(np.tanh(self.a * x)) + np.dot(self.a, self.w[:2])) + self.a.sum()

    def everything(self, x):
        parts = (self.by_place, self.in_loops, self.by_c_code, self.by_views, self.by_map)
        return sum(part(x) for part in parts) + self.by_numpy(x) + self.f(x * self.t[2])


WAYS = [name for name in vars(Model) if not name.startswith("_")]


@pytest.mark.parametrize("threads", [2, 8])
@pytest.mark.parametrize("way", WAYS)
def test_one_model(way, threads):
    model = Model()

    def job():
        return [zg.gradient(lambda m, x: getattr(m, way)(x), model, 1.25) for _ in range(3)]

    agree(job, threads=threads)
    assert job() == [zg.gradient(lambda m, x: getattr(m, way)(x), Model(), 1.25)] * 3


def test_one_model_in_different_ways():
    model = Model()
    jobs = [lambda way=way: [zg.gradient(getattr(Model, way), model, 0.75) for _ in range(3)]
            for way in WAYS]  # fmt: skip
    agree(*jobs)


def test_one_model_as_a_constant():
    """Nothing of it is active, but everything that is computed from it is."""
    model = Model()
    agree(lambda: [grad(model.everything)(x / 10) for x in range(5)])


def test_one_model_at_two_levels():
    model = Model()
    del model.q  # no input of an inner gradient

    def curvature(m, x):
        inner = zg.gradient(lambda n: n.by_place(x) * n.w[1] * n.w[0], m)[0]
        return inner.w[0] * m.w[1] * x + inner.k

    agree(lambda: zg.gradient(curvature, model, 1.5))


def test_containers_taken_apart_at_two_levels():
    """Known by identity at an inner level in one thread: right, or refused, in all."""
    xs = [1.0, 2.0, 3.0]

    def f(ys):
        inner = grad(lambda zs: sum(a * b * c for a, b, c in zip(zs, zs, ys, strict=True)))(ys)
        return sum(g * y for g, y in zip(inner, ys, strict=True))

    alone = grad(f)(xs[:])
    for _ in range(20):
        for got in together(lambda: grad(f)(xs)):
            assert got == alone or isinstance(got, UnsupportedError)


def test_closures_and_defaults():
    scale, table = [1.5, 2.5], {"k": 0.5}

    def f(x, ys=scale, *, more=table):
        def g(v):
            return v * scale[0] + more["k"] * ys[1]

        return g(g(x)) * sum(ys)

    agree(
        lambda: (zg.gradient(f, 2.0), zg.gradient(lambda h: h(2.0), f), zg.gradient(f, 2.0, scale))
    )


def test_leaves_that_are_equal():
    """The same float in every place: only places tell them apart."""
    xs = [0.5] * 6
    ys = {i: 0.5 for i in range(6)}

    def f(xs, ys, z):
        total = 0.0
        for i, (x, y) in enumerate(zip(xs, ys.values(), strict=True)):
            total += i * x * 0.5 + (5 - i) * y * z
        return total + sum(x * w for x, w in zip(reversed(xs), range(6), strict=True))

    agree(lambda: zg.gradient(f, xs, ys, 0.5))
    assert zg.gradient(f, xs, ys, 0.5)[0] == [i * 0.5 + 5 - i for i in range(6)]


@functools.cache
def cached(x, n):
    return x**n + math.sin(x)


def test_cached_functions():
    def f(x):
        return cached(x, 2) * cached(x, 3) + cached(2.0, 3)

    def job(x):
        return lambda: [zg.gradient(f, x) for _ in range(5)]

    agree(*[job(1.0 + i) for i in range(4)])
    # nothing that the cache holds is of any gradient
    assert grad(lambda y: y * cached(1.0, 2))(3.0) == 1.0 + math.sin(1.0)


# ------------------------------------------------------------------------- pullbacks


def test_one_pullback_called_by_all():
    x = np.linspace(0.0, 1.0, 5)
    m = Model()
    y, back = zg.pullback(lambda m, x, s: m.everything(s) * np.sum(np.tanh(x * s)) * s, m, x, 0.7)
    agree(*[lambda c=c: [back(float(c)) for _ in range(5)] for c in range(8)])


def test_one_pullback_whose_arrays_were_overwritten():
    """The old contents are in place while one thread's sweep needs them, and not for longer."""
    x, w = np.linspace(0.0, 1.0, 5), np.ones(5)
    y, back = zg.pullback(lambda x: np.sum(np.tanh(x * w)) * np.sum(w * x * x), x)
    z, other = zg.pullback(lambda v: np.sum(v * x), w)
    wanted = [repr(back(float(c))) for c in range(8)], repr(other(1.0))
    x[:], w[:] = 7.0, -1.0
    late, of_late = zg.pullback(lambda v: np.sum(v * x * x), w)
    jobs = [lambda c=c: repr(back(float(c))) == wanted[0][c] for c in range(6)]
    jobs += [lambda: repr(other(1.0)) == wanted[1], lambda: of_late(1.0)[0].tolist() == [49.0] * 5]
    for _ in range(50):
        assert together(*jobs) == [True] * 8
    assert x.tolist() == [7.0] * 5 and w.tolist() == [-1.0] * 5


def test_pullback_made_in_one_thread_and_called_in_another():
    with ThreadPoolExecutor(1) as pool:
        y, back = pool.submit(zg.pullback, lambda x: [x * x, {"k": x}], 3.0).result()
    assert y == [9.0, {"k": 3.0}]
    assert back([1.0, {"k": 10.0}]) == (16.0,)
    got = together(lambda: back([1.0, None]), lambda: back([None, {"k": 1.0}]))
    assert got == [(6.0,), (1.0,)] * 4


# ----------------------------------------------------------------------- translation

SOURCE = """
def f(x, n=3):
    def g(y):
        try:
            return h(y) + Adder(y).add(y)
        except ValueError:
            return y
    def h(z):
        return sum(z * i for i in range(n))
    class Adder:
        def __init__(self, v):
            self.v = v
        def add(self, w):
            return [self.v + w for _ in (1,)][0]
    total = 0.0
    for i in range(n):
        total += g(x) * i
    return total
"""


@pytest.mark.parametrize("threads", [2, 8])
def test_first_translations_race(threads):
    for _ in range(60):
        namespace = {}
        exec(SOURCE, namespace)
        f = namespace["f"]
        assert together(lambda: grad(f)(1.5), threads=threads) == [15.0] * threads  # noqa: B023


def test_call_sites_that_see_different_functions():
    """One instruction, and in each thread another function behind it, for the first time."""
    for _ in range(60):
        namespace = {}
        exec("def twice(f, x):\n    return f(f(x))\n", namespace)
        for i in range(8):
            exec(f"def f{i}(x):\n    return x * {i} + x\n", namespace)
        jobs = [lambda i=i, n=namespace: grad(lambda x: n["twice"](n[f"f{i}"], x))(2.0)
                for i in range(8)]  # fmt: skip
        assert together(*jobs) == [(i + 1.0) ** 2 for i in range(8)]


def test_rules_registered_meanwhile():
    """Call sites forget what they saw when a rule is registered; gradients stay right."""

    def f(x):
        return sum(math.sin(x * i) for i in range(20))

    wanted = grad(f)(0.5)

    def register():
        for _ in range(20):

            def opaque(v):
                return v

            zg.adjoint(opaque)(lambda v: (v, lambda dy: (dy * 7.0,)))
            assert grad(lambda x: opaque(x) * 2)(1.0) == 14.0
            del zg.rules.registry.RULES[opaque]
        return wanted

    assert together(register, lambda: [grad(f)(0.5) for _ in range(20)][-1]) == [wanted] * 8


# ------------------------------------------------------------------- everything else


def test_threads_that_only_run():
    """Python code of threads that differentiate nothing runs as ever."""
    box = Model()

    def plain():
        return [box.everything(1.0 + i) for i in range(10)]

    def differentiated():
        return zg.gradient(Model.everything, box, 1.5)

    agree(plain, differentiated)


def test_errors_stay_in_their_thread():
    def fails(x):
        try:
            return [x][1] * x
        finally:
            x = x * 2

    def caught(job, kind):
        def run():
            with pytest.raises(kind) as info:
                job()
            return info.value.args

        return run

    def handled(x):
        try:
            raise KeyError(x * x)
        except KeyError as error:
            for _ in range(50):
                x = x + error.args[0] * 0.01
            assert sys.exc_info()[1] is error
        return x

    agree(
        lambda: grad(handled)(2.0),
        caught(lambda: grad(fails)(2.0), IndexError),
        lambda: zg.gradient(Model.everything, Model(), 1.5),
        caught(lambda: grad(lambda x: x > 1)(2.0), OutputError),
        caught(lambda: grad(lambda x: float(repr(x)))(2.0), AdjointError),
        lambda: grad(grad(handled))(2.0),
    )


def test_recursion_limits_are_each_threads_own():
    def deep(x, n):
        return x if n == 0 else deep(x * 1.0, n - 1)

    def endless(x):
        return endless(x) + 1

    def too_deep():
        with pytest.raises(RecursionError):
            grad(endless)(1.0)

    agree(lambda: grad(lambda x: deep(x, 300))(2.0), too_deep, rounds=3)


scale = contextvars.ContextVar("scale", default=1.0)


def test_context_variables():
    def f(x):
        token = scale.set(scale.get() * x)
        try:
            return sum(scale.get() * x for _ in range(20))
        finally:
            scale.reset(token)

    def job(value):
        def run():
            context = contextvars.copy_context()
            context.run(scale.set, value)
            return context.run(grad(f), 3.0)

        return run

    agree(*[job(float(i)) for i in range(8)])
    assert scale.get() == 1.0


def test_thread_local_state():
    local = threading.local()

    def f(x):
        local.values = [x]
        for i in range(20):
            local.values.append(local.values[-1] * x**0.5 + i)
        return local.values[-1]

    agree(*[lambda i=i: grad(f)(1.0 + i) for i in range(8)])


def test_generators_of_one_thread_do_not_meet_those_of_another():
    def f(x):
        def values(v):
            while True:
                v = v * x
                got = yield v
                v = v if got is None else got

        it, other = values(1.0), values(x)
        return sum(next(it) * other.send(None) for _ in range(5)) + it.send(x)

    agree(*[lambda i=i: grad(f)(1.0 + i / 10) for i in range(8)])


def test_gradient_as_a_function_of_pools():
    def f(x):
        y = x
        for i in range(50):
            y = math.sin(y) + x * i
        return y

    xs = [i / 10 for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(grad(f), xs)) == [grad(f)(x) for x in xs]
        assert list(pool.map(grad(grad(f)), xs)) == [grad(grad(f))(x) for x in xs]


def test_locks_in_differentiated_code():
    lock, total = threading.Lock(), []

    def f(x):
        with lock:
            total.append(x)
            y = total.pop() * x
        return y

    agree(lambda: [grad(f)(i + 1.0) for i in range(10)])
    assert total == []


def test_finished_threads_leave_nothing_behind():
    """In a process of its own: memory after 300 threads is what it was after 100."""
    program = """
import resource, threading, zygcore as zg
def work():
    zg.gradient(lambda m: sum(a * b for a, b in zip(m["w"], m["w"])), {"w": [1.0] * 100})
def run(n):
    for _ in range(n):
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
first = run(100)
print(run(2000) - first)
"""
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(out.stdout) < 4000


def test_nobody_keeps_the_objects_of_finished_gradients():
    xs = [1.5, 2.5]

    def job():
        return zg.gradient(lambda v: sum(a * b for a, b in zip(v, reversed(v), strict=True)), xs)

    together(job)
    gc.collect()
    counts = [sys.getrefcount(x) for x in xs]
    together(job)
    assert [sys.getrefcount(x) for x in xs] == counts


def test_copies_of_one_model():
    model = Model()
    del model.a

    def f(m):
        n, k = copy.deepcopy(m), copy.copy(m)
        n.w[0] = k.k * 2
        return n.in_loops(2.0) + k.in_loops(1.0) + m.by_views(3.0)

    agree(lambda: zg.gradient(f, model))


def test_threads_inside_differentiated_code_are_refused():
    def by_thread(x):
        out = []
        worker = threading.Thread(target=lambda: out.append(x * x))
        worker.start()
        worker.join()
        return out[0]

    def by_pool(x):
        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(lambda v: v * x, [1.0, 2.0]))

    for f in (by_thread, by_pool):
        with pytest.raises(UnsupportedError, match="thread"):
            zg.gradient(f, 3.0)
