"""Python functions that C code calls back are run by the machine."""

import asyncio
import bisect
import collections
import ctypes
import functools
import gc
import math
import sys
import threading
import typing
import weakref

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.ndimage import _nd_image
from scipy.optimize import _minpack

import zygcore as zg
from zygcore import _hook
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import run_in_machine

state = {}


def stores_in_a_callback(x):
    """C code calls a function that keeps an active value"""

    def integrand(t):
        state["seen"] = x * t
        state["t"] = t
        return 1.0

    ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(integrand)(0.5)
    return state["seen"]


def test_what_a_callback_stores_is_tracked():
    (d,) = zg.gradient(stores_in_a_callback, 3.0)
    assert d == state["t"]


def test_comparison_methods_called_by_c_code():
    class Key:
        def __init__(self, v):
            self.v = v

        def __lt__(self, other):
            state["last"] = state["x"] * 2.0
            return self.v < other.v

    def f(x):
        state["x"] = x
        bisect.insort([Key(1), Key(2), Key(3)], Key(2.5))
        return state["last"] * state["x"]

    assert zg.gradient(f, 3.0) == (12.0,)


def test_hash_and_eq_called_by_a_dict():
    class Name:
        def __init__(self, v):
            self.v = v

        def __hash__(self):
            state["hashed"] = state["x"] * 5.0
            return 1

        def __eq__(self, other):
            state["compared"] = state["x"] * 7.0
            return self.v == other.v

    def f(x):
        state["x"] = x
        table = {Name(1): 1.0, Name(2): 2.0}
        return table[Name(2)] * state["hashed"] + state["compared"]

    assert zg.gradient(f, 3.0) == (17.0,)


def test_result_of_a_callback_that_c_code_computes_with_is_poisoned():
    def f(x):
        options = ((), 1, 1e-8, 200, -10, -10, 0, 100, None)
        return _minpack._hybrd(lambda v: v - x, np.ones(1), *options)[0][0]

    with pytest.raises((AdjointError, UnsupportedError), match="_hybrd"):
        zg.gradient(f, 3.0)


def test_callback_without_active_arguments_leaks_into_c_code():
    """the callback reads a global; nothing that goes into the C function is active"""

    def callback():
        return state["x"] * 2.0

    prototype = ctypes.PYFUNCTYPE(ctypes.py_object)
    call = prototype(callback)

    def f(x):
        state["x"] = x
        return call()

    assert zg.gradient(f, 3.0) == (2.0,)  # passed through: known by identity

    double = ctypes.PYFUNCTYPE(ctypes.c_double)(callback)

    def g(x):
        state["x"] = x
        return double()

    with pytest.raises(AdjointError):
        zg.gradient(g, 3.0)


def test_generator_function_called_by_c_code():
    def f(x):
        state["x"] = x

        def items():
            yield state["x"]
            yield state["x"] ** 2

        return collections.deque(map(lambda make: list(make()), [items]), maxlen=1)[0][1]

    assert zg.gradient(f, 3.0) == (6.0,)


def test_exception_of_a_callback_has_its_line():
    def callback(t):
        raise LookupError("here")

    def f(x):
        state["x"] = x
        return quad(callback, 0.0, x)

    with pytest.raises(LookupError) as info:
        zg.gradient(f, 1.0)
    assert any(entry.name == "callback" for entry in info.traceback)


def test_defaults_keywords_and_stars_of_callbacks():
    calls = []

    def callback(a, b=2.0, *rest, c, d=4.0, **more):
        calls.append((a, b, rest, c, d, more))
        return state["x"] * a * c

    call = ctypes.PYFUNCTYPE(ctypes.py_object)(lambda: callback(2.0, c=3.0, z=1))

    def f(x):
        state["x"] = x
        return call()

    assert zg.gradient(f, 1.0) == (6.0,)
    assert calls == [(2.0, 2.0, (), 3.0, 4.0, {"z": 1})]


def test_callback_with_a_rule():
    @zg.adjoint(bumped := lambda x, scale=1.0: math.floor(x) * scale)
    def _(x, scale=1.0):
        return bumped(x, scale), lambda dy: (dy * 10.0, None)

    class Item:
        def __init__(self, v):
            self.v = v

    def f(x):
        box = [Item(x)]
        return collections.deque(map(lambda item: bumped(item.v), box))[0]

    assert zg.gradient(f, 2.5) == (10.0,)


def test_finalizers_and_weak_references():
    class Noisy:
        def __del__(self):
            state["deleted"] = state["x"] * 3.0

    def f(x):
        state["x"] = x
        thing = Noisy()
        weakref.finalize(thing, lambda: state.__setitem__("finalized", state["x"] * 4.0))
        del thing
        gc.collect()
        return state["deleted"] + state["finalized"]

    assert zg.gradient(f, 1.0) == (7.0,)


def test_recursion_through_c_code_has_its_limit():
    class Deep:
        def __eq__(self, other):
            state["depth"] += 1
            return [Deep()] == [Deep()]

        __hash__ = None

    def f(x):
        state["x"], state["depth"] = x, 0
        try:
            bool(Deep() == Deep())
        except RecursionError:
            pass
        return state["x"] * 2.0

    assert zg.gradient(f, 1.0) == (2.0,)
    assert state["depth"] > 50


def test_recursion_through_c_code_ends_before_the_stack_does():
    @functools.lru_cache
    def fib(n):
        return n if n <= 1 else fib(n - 1) + fib(n - 2)

    def in_map(n):
        return list(map(in_map, [n + 1]))

    def f(x):
        state["x"] = x
        for function, n in (fib, 35000), (in_map, 0):
            with pytest.raises(RecursionError):
                function(n)
        return state["x"] * 2.0

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(40000)
    try:
        assert zg.gradient(f, 1.0) == (2.0,)
        run_in_machine(f, 1.0)
    finally:
        sys.setrecursionlimit(limit)


@typing.runtime_checkable
class HasFactor(typing.Protocol):
    factor: float


def test_protocols_with_data_far_from_the_bottom_of_the_stack():
    class Scale:
        def __init__(self, factor):
            self.factor = factor

    def f(x):
        match Scale(x):
            case HasFactor() as scale if isinstance(scale, HasFactor):
                return scale.factor * x
        return x

    def called(depth):
        return called(depth - 1) if depth else zg.gradient(f, 3.0)

    assert called(8) == (6.0,)


def test_other_threads_run_natively():
    """the hook is the interpreter's: a thread that differentiates nothing is left alone"""
    results = []

    def work(go, stop):
        go.wait()
        while not stop.is_set():
            results.append(sum(map(lambda v: v * 2, range(50))))

    def f(xs):
        total = 0.0
        for _ in range(300):
            for x in xs:
                total = total + state["id"](x) * x
        return total

    state["id"] = lambda v: v
    go, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=work, args=(go, stop))
    thread.start()
    go.set()
    try:
        assert zg.gradient(f, [1.0, 2.0]) == ([600.0, 1200.0],)
    finally:
        stop.set()
        thread.join()
    assert set(results) <= {2450}


def test_hook_is_gone_afterwards():
    assert _hook.count() == 0
    zg.gradient(lambda xs: xs[0] * 2.0, [1.0])
    assert _hook.count() == 0
    with pytest.raises(ZeroDivisionError):
        zg.gradient(lambda xs: xs[0] / 0.0, [1.0])
    assert _hook.count() == 0
    y, back = zg.pullback(lambda xs: xs[0] * 2.0, [1.0])
    assert _hook.count() == 0
    assert back(1.0) == ([2.0],)


def test_gradient_inside_a_callback():
    def f(x):
        state["x"] = x
        inner = map(lambda y: zg.gradient(lambda v: v * v * state["x"], y)[0], [3.0])
        return collections.deque(inner)[0]

    assert zg.gradient(f, 2.0) == (6.0,)


def test_properties_reached_by_c_code():
    class Holder:
        @property
        def real(self):
            state["read"] = state["x"] * 9.0
            return 1.0

    import operator

    def f(x):
        state["x"] = x
        return operator.attrgetter("real")(Holder()) * state["read"]

    assert zg.gradient(f, 1.0) == (9.0,)


def test_sys_setprofile_and_recursion_limit_are_untouched():
    before = sys.getrecursionlimit(), sys.getprofile(), sys.gettrace()
    zg.gradient(stores_in_a_callback, 3.0)
    assert before == (sys.getrecursionlimit(), sys.getprofile(), sys.gettrace())


def test_c_code_that_writes_into_arrays():
    rng = np.random.default_rng(0)

    def kept(x):
        w = np.array([1.0, 2.0, 3.0])
        y = np.sum(w * x)
        rng.standard_normal(out=w)
        return y

    assert zg.gradient(kept, np.ones(3))[0].tolist() == [1.0, 2.0, 3.0]

    def active(x):
        y = x + 1.0
        rng.standard_normal(out=y)
        return np.sum(y)

    with pytest.raises(AdjointError, match="standard_normal"):
        zg.gradient(active, np.ones(3))

    def filled(x):
        out = np.zeros((1, 3))
        _nd_image.correlate1d(x[None], np.ones(3), 1, out, 2, 0.0, 0)
        return np.sum(out)

    with pytest.raises((AdjointError, UnsupportedError)):
        zg.gradient(filled, np.ones(3))

    def fresh(x):
        noise = np.zeros(3)
        rng.standard_normal(out=noise)  # nothing depends on it yet
        return np.sum(x * noise) / np.sum(noise)

    np.testing.assert_allclose(np.sum(zg.gradient(fresh, np.ones(3))[0]), 1.0)


def test_generators_and_coroutines_made_natively():
    def endless():
        while True:
            yield state["x"] * 2.0

    outside = endless()

    def f(x):
        state["x"] = x
        return next(outside) * 1.0

    def loop(x):
        state["x"] = x
        for v in outside:
            return v * x

    async def work():
        return state["x"] * 2.0

    def run(x):
        state["x"] = x
        return asyncio.run(work())

    for g in (f, loop, run):
        with pytest.raises(UnsupportedError, match="endless|work"):
            zg.gradient(g, 3.0)
        outside = endless()


def test_a_data_loader_made_outside():
    data = np.arange(12.0).reshape(6, 2)

    def batches():
        for i in range(0, 6, 2):
            yield data[i : i + 2]

    loader = batches()

    def loss(w):
        keep = {"w": w}
        return np.sum(next(loader) @ keep["w"])

    assert zg.gradient(loss, np.ones(2))[0].tolist() == [2.0, 4.0]
    assert zg.gradient(loss, np.ones(2))[0].tolist() == [10.0, 12.0]
