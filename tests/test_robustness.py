"""What would crash the process, or read memory that is gone, if the core did not take care.

Each program is compared with its closed form, or with what CPython does.
"""

import ctypes
import functools
import gc
import heapq
import os
import sys
import threading

import numpy as np
import pytest

import zygcore as zg
from zygcore.rules.registry import nondifferentiable


def native(function):
    """A function that the machine calls without looking into it."""
    nondifferentiable(function)
    return function


# -- generators that outlive the level they were made under --------------------


def powers(x):
    y = x
    while True:
        yield y
        y = y * x


def leave(make, *args):
    """A generator that a differentiated function made and left behind, having taken one item."""
    kept = []

    def f(*args):
        kept.append(make(*args))
        next(kept[0])
        return 1.0

    zg.gradient(f, *args)
    return kept[0]


def test_items_of_a_generator_are_constants_afterwards():
    g = leave(powers, 3.0)
    assert next(g) == 9.0
    assert zg.gradient(lambda z: z * next(g), 2.0) == (27.0,)


def test_items_of_an_input_list_are_constants_afterwards():
    g = leave(lambda xs: (x * x for x in xs), [1.0, 2.0, 3.0, 4.0])
    assert next(g) == 4.0
    assert zg.gradient(lambda z: z * next(g), 2.0) == (9.0,)
    assert list(g) == [16.0]


def test_loops_over_several_lists_go_on_afterwards():
    def products(xs, ys):
        for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
            yield from [x * y * i, x]

    g = leave(products, [2.0, 3.0], [5.0, 7.0])
    assert zg.gradient(lambda z: z * sum(g), 1.0) == (2.0 + 21.0 + 3.0,)


def test_what_is_sent_afterwards_is_differentiated():
    def squares(x):
        total = x
        while True:
            total = total + (yield total) ** 2

    g = leave(squares, 3.0)
    assert zg.gradient(g.send, 5.0) == (10.0,)
    assert zg.gradient(lambda x: g.send(x), 2.0) == (4.0,)


def test_generator_of_an_inner_gradient_goes_on_outside():
    def f(x):
        kept = []

        def inner(y):
            kept.append(powers(x * y))
            next(kept[0])
            return y**3

        (slope,) = zg.gradient(inner, x)
        return slope + next(kept[0])  # 3x² + (x·x)²

    assert zg.gradient(f, 2.0) == (6 * 2.0 + 4 * 8.0,)


def test_generator_over_an_inner_input_goes_on_outside():
    def f(x, xs):
        kept = []

        def inner(y, ys):
            kept.append(y * v for v in ys)
            next(kept[0])
            return y

        zg.gradient(inner, x, xs)
        return sum(kept[0])

    assert zg.gradient(f, 2.0, [3.0, 4.0, 5.0]) == (9.0, [None, 2.0, 2.0])


def test_generator_of_an_inner_gradient_that_failed():
    def f(x):
        kept = []

        def inner(y):
            kept.append(powers(x * y))
            next(kept[0])
            raise KeyError

        with pytest.raises(KeyError):
            zg.gradient(inner, x)
        return next(kept[0])

    assert zg.gradient(f, 2.0) == (4 * 8.0,)


def test_generator_in_another_gradient_is_refused():
    @native
    def elsewhere(g):
        with pytest.raises(zg.errors.UnsupportedError, match="another gradient"):
            zg.gradient(lambda z: z * next(g), 2.0)
        return zg.gradient(lambda z: (g.close(), z * z)[1], 3.0)[0]

    def f(x):
        g = powers(x)
        first = next(g)
        return first * elsewhere(g)

    assert zg.gradient(f, 2.0) == (6.0,)


def test_generator_in_another_thread_is_refused():
    found = []

    def resume(g):
        with pytest.raises(zg.errors.UnsupportedError, match="another thread"):
            next(g)
        found.append(True)

    @native
    def elsewhere(g):
        thread = threading.Thread(target=resume, args=(g,))
        thread.start()
        thread.join()

    def f(x):
        g = powers(x)
        first = next(g)
        elsewhere(g)
        return first

    assert zg.gradient(f, 2.0) == (1.0,)
    assert found == [True]


# -- frames and code --------------------------------------------------------------


def test_code_that_cannot_be_executed_leaves_no_frames():
    y = 1.0
    code = (lambda: y).__code__

    def descend(n, x):
        return descend(n - 1, x) if n else x * x

    def f(x):
        for _ in range(2000):
            with pytest.raises(TypeError):
                exec(code, {})
        return descend(500, x)

    assert zg.gradient(f, 3.0) == (6.0,)
    assert zg.gradient(f, 3.0) == (6.0,)


def test_function_gets_other_code_while_it_runs():
    space = {}
    exec(
        "def f(x):\n"
        "    y = x * x\n"
        "    def inner(): return z\n"
        "    f.__code__ = (lambda x: x).__code__\n"
        "    junk = [bytes(400) for _ in range(100)]\n"
        "    names = sorted(locals())\n"
        "    try:\n"
        "        return z\n"
        "    except NameError:\n"
        "        return y * len(names)\n"
        "    z = 1\n",
        space,
    )
    assert zg.gradient(space["f"], 3.0) == (6.0 * 4,)


def test_inputs_of_an_inner_gradient_that_are_refused():
    fields = np.zeros(2, dtype=[("a", float), ("b", float)])

    def f(x):
        with pytest.raises(zg.errors.UnsupportedError):
            zg.gradient(lambda *args: x, x, fields, x, x)
        return x * x

    for _ in range(20):
        del [object() for _ in range(200)][:]  # memory that is used again is not empty
        assert zg.gradient(f, 3.0) == (6.0,)


def test_protocols_leave_the_recursion_limit_alone():
    class Number:
        def __init__(self, v):
            self.v = v

        def __mul__(self, other):
            return Number(self.v * other.v)

        def __imatmul__(self, other):
            return Number(self.v + other.v)

        def __gt__(self, other):
            return self.v > other.v

        def __contains__(self, v):
            return self.v == v

    def depth(n=0):
        try:
            return depth(n + 1)
        except RecursionError:
            return n

    def f(x):
        a = Number(x) * Number(x)
        a @= a
        return a.v if a > Number(0.0) and 1 not in a else x

    before = depth()
    assert zg.gradient(f, 3.0) == (12.0,)
    assert depth() == before


# -- depth -------------------------------------------------------------------------


def nested(kind, x, n=50_000):
    for _ in range(n):
        x = kind(x)
    return x


DEEP = [lambda v: [v], lambda v: (v,), lambda v: {"a": v}, lambda v: lambda: v]


@pytest.mark.parametrize("kind", DEEP, ids=["list", "tuple", "dict", "closure"])
def test_deep_values(kind):
    y, back = zg.pullback(lambda x: nested(kind, [x * 2]), 1.0)
    assert type(y) is type(kind(0))
    assert back(None) == (None,)


# -- attributes ----------------------------------------------------------------------


def test_descriptor_that_disappears_while_it_is_found():
    class Scale:
        def __init__(self, by):
            self.by = by

        def __get__(self, owner, kind=None):
            return self.by * owner.v

    class Holder:
        pass

    class Key:
        def __hash__(self):
            return hash("scaled")

        def __eq__(self, other):
            if "scaled" in vars(Holder):
                del Holder.scaled
            return False

    def f(x):
        Holder.scaled = Scale(x * 3)
        holder = Holder()
        holder.v = x
        vars(holder)[Key()] = 0
        return holder.scaled

    for _ in range(10):
        assert zg.withgradient(f, 2.0) == (f(2.0), (12.0,))


# -- the hook into CPython's evaluation of frames --------------------------------------


class Items:
    """Compared by C code."""

    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        self.seen = other.seen = self.v * other.v
        return False


def compared(x):
    """3x² x, by way of a function that only C code calls."""
    heap = [Items(x)]
    heapq.heappush(heap, Items(3.0 * x))
    return heap[0].seen * x


interpreter = ctypes.pythonapi.PyInterpreterState_Get
interpreter.restype = ctypes.c_void_p
get_hook = ctypes.pythonapi._PyInterpreterState_GetEvalFrameFunc
get_hook.restype = ctypes.c_void_p
get_hook.argtypes = [ctypes.c_void_p]
set_hook = ctypes.pythonapi._PyInterpreterState_SetEvalFrameFunc
set_hook.restype = None
set_hook.argtypes = [ctypes.c_void_p, ctypes.c_void_p]


def test_other_tool_puts_our_hook_back():
    seen = []

    @native
    def look():
        seen.append(get_hook(interpreter()))

    def f(x):
        kept = [x * x]
        look()
        return kept[0] * compared(x)

    before = get_hook(interpreter())
    want = (5 * 3 * 2.0**4,)
    assert zg.gradient(f, 2.0) == want
    assert get_hook(interpreter()) == before != seen[0]
    try:
        set_hook(interpreter(), seen[0])
        assert sum(map(lambda v: v + 1, [1, 2])) == 5
        assert zg.gradient(f, 2.0) == want
        assert zg.gradient(f, 2.0) == want
    finally:
        set_hook(interpreter(), before)


def test_gradient_inside_a_pullback():
    def identity(x):
        return x

    zg.adjoint(identity)(lambda x: (x, lambda dy: (dy * zg.gradient(compared, 2.0)[0],)))
    assert zg.gradient(lambda x: 5.0 * identity(x), 1.0) == (5.0 * 9 * 4.0,)


def test_tracing_sees_no_exceptions_of_ours():
    events = []

    def tracer(frame, event, arg):
        events.append((frame.f_code.co_name, event))
        return tracer

    def f(x):
        return compared(x) + functools.reduce(lambda a, b: a * b, [x, x])

    old = sys.gettrace()
    sys.settrace(tracer)
    try:
        got = zg.gradient(f, 2.0)
    finally:
        sys.settrace(old)
    assert got == (9 * 4.0 + 4.0,)
    assert [e for e in events if e[1] == "exception"] == []


# -- floats that are replaced in place ----------------------------------------------------


class Cell:
    pass


def stays(x):
    cell = Cell()
    cell.v = x * 1.0
    y = x * 2.0
    cell.v = y
    listed = [y]
    return y * (3 if cell.v is y and listed[0] is cell.v else 5)


def remembers(x):
    class Square:
        calls = 0
        last = None

        def __call__(self, v):
            if v is not self.last:
                self.calls += 1
                self.last, self.value = v, v * v
            return self.value

    square = Square()
    y = x * 1.0
    return (square(y) + square(y)) * square.calls


def counts(x):
    cell = Cell()
    cell.v = x * 1.0
    t = 0.0
    for _ in range(3):
        t = t + 0.5
        cell.v = t
    return x * (2 if cell.v is t else 7)


@pytest.mark.parametrize("f, slope", [(stays, 6.0), (remembers, 8.0), (counts, 2.0)])
def test_numbers_keep_their_identity(f, slope):
    assert zg.withgradient(f, 2.0) == (f(2.0), (slope,))


# -- numbers of classes with operators of their own --------------------------------------------


class Skewed(float):
    def __add__(self, other):
        return float(self) * 2 + float(other) * 5

    def __radd__(self, other):
        return float(self) * 3 + float(other) * 7

    def __imul__(self, other):
        return float(self) * 4 + float(other) * 6

    def __neg__(self):
        return float(self) * 11


class Plain(float):
    """Has the operators of float."""


def times(x, y):
    x *= y
    return x


@pytest.mark.parametrize(
    "f, args, slopes",
    [
        (lambda x: x + 1.0, [Skewed(3.0)], [2.0]),
        (lambda x: 1.0 + x, [Skewed(3.0)], [3.0]),
        (lambda x: -x, [Skewed(3.0)], [11.0]),
        (lambda x, y: x + y, [Skewed(3.0), 2.0], [2.0, 5.0]),
        (lambda x, y: x + y, [2.0, Skewed(3.0)], [7.0, 3.0]),
        (lambda y: sum([y, Skewed(1.0)]), [2.0], [7.0]),
        (lambda y: times(Skewed(1.0), y), [2.0], [6.0]),
        (lambda x, y: x * y - x, [Skewed(3.0), 2.0], [1.0, 3.0]),
        (lambda x, y: x * y + -x, [Plain(3.0), 2.0], [1.0, 3.0]),
    ],
)
def test_operators_of_subclasses(f, args, slopes):
    assert zg.withgradient(f, *args) == (f(*args), tuple(slopes))


# -- objects that end at any time -----------------------------------------------------------


def test_finalisers_that_take_gradients():
    class Ends:
        def __init__(self, v):
            self.v = v

        def __del__(self):
            found.append(zg.gradient(compared, 2.0))

    def f(x):
        total = x
        for i in range(10):
            ends = Ends(x * i)
            total = total + ends.v * x
        return total

    found = []
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        assert zg.gradient(f, 3.0) == (1 + 2 * 3.0 * 45,)
    finally:
        gc.set_threshold(*threshold)
    assert found == [(36.0,)] * 10


# -- threads and memory ---------------------------------------------------------------------


def test_exception_from_another_thread_stops_a_loop():
    def f(x):
        running.set()
        y = 1.0
        for _ in range(10**10):  # calls nothing that CPython runs
            y = y * 1.0
        finished.append(y)
        return x * y

    def work():
        with pytest.raises(TimeoutError):
            zg.gradient(f, 1.0)

    running, finished = threading.Event(), []
    thread = threading.Thread(target=work)
    thread.start()
    running.wait()
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(TimeoutError)
    )
    thread.join()
    assert finished == []


def test_classes_that_were_called_are_let_go():
    def f(x):
        space = {}
        exec("class Made: pass\ndef square(x): return x * x", space)
        made = space["Made"]
        made()
        return space["square"](x)

    for _ in range(20):
        assert zg.gradient(f, 2.0) == (4.0,)
    gc.collect()
    assert sum(type(o) is type and o.__name__ == "Made" for o in gc.get_objects()) <= 1


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads /proc")
@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer keeps freed memory"
)
def test_threads_that_ended_leave_no_memory():
    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1])

    def run(n):
        for _ in range(n):
            thread = threading.Thread(target=zg.gradient, args=(lambda x: x * x, 2.0))
            thread.start()
            thread.join()

    run(100)
    before = resident()
    run(400)
    assert resident() - before < 200  # pages; it was more than one for each thread
