"""Objects that carry state through a program: cells of networks, caches, iterators, managers."""

import contextlib
import functools
import math
import weakref

from . import log, program


class Cell:
    """A recurrent cell that keeps its hidden value."""

    def __init__(self, w):
        self.w = w
        self.h = 0.0

    def __call__(self, v):
        self.h = math.tanh(self.w * self.h + v)
        return self.h


@program(0.7)
def recurrent_cell(w):
    cell = Cell(w)
    return sum(cell(v) for v in (0.1, 0.2, 0.3)) + cell.h


@program(1.1)
def memoising_dict(x):
    cache = {}

    def fib(n):
        if n < 2:
            return x
        if n not in cache:
            cache[n] = fib(n - 1) + fib(n - 2) * x
        return cache[n]

    value = fib(12)
    log(len(cache))
    return value


@program(1.1)
def functools_cache(x):
    @functools.cache
    def fib(n):
        return x if n < 2 else fib(n - 1) + fib(n - 2) * x

    value = fib(12)
    log(fib.cache_info().currsize)
    return value


@functools.lru_cache
def squared(x):
    return x * x


@program(1.3)
def cache_that_outlives_the_call(x):
    return squared(x) * squared(x) + squared(2.0) * x


class Doubling:
    def __init__(self, x):
        self.x = x
        self.i = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.i >= 3:
            raise StopIteration
        self.i += 1
        self.x = self.x * self.i
        return self.x


@program(1.3)
def iterator_class(x):
    return sum(Doubling(x)) + max(Doubling(x)) + list(Doubling(x))[1] * next(Doubling(x))


class Pushed:
    stack = []

    def __init__(self, x):
        self.x = x

    def __enter__(self):
        Pushed.stack.append(self.x)
        return self.x * 2

    def __exit__(self, kind, error, traceback):
        Pushed.stack.pop()
        return kind is ValueError


@program(1.3)
def manager_with_a_stack(x):
    total = 0.0
    with Pushed(x) as a, Pushed(x * x) as b:
        total = sum(Pushed.stack) * a * b
        raise ValueError
    log(len(Pushed.stack))
    return total + x


@program(1.3)
def generator_manager(x):
    done = []

    @contextlib.contextmanager
    def scaled(v):
        try:
            yield v * 2
        finally:
            done.append(v)

    with scaled(x) as s:
        r = s * x
    with contextlib.suppress(KeyError), scaled(x * x) as s:
        r += s
        raise KeyError
    return r * sum(done)


@program(1.3)
def exit_stack(x):
    order = []
    with contextlib.ExitStack() as stack:
        a = stack.enter_context(contextlib.nullcontext(x * x))
        stack.callback(order.append, a)
        stack.callback(lambda: order.append(x))
    return order[0] * 2 + order[1] * a


@program(1.3)
def cached_property(x):
    class Shape:
        def __init__(self, r):
            self.r = r

        @functools.cached_property
        def area(self):
            log("computed")
            return self.r * self.r

    s = Shape(x)
    return s.area * s.area + s.__dict__["area"]


@program(1.3)
def weak_references(x):
    class Thing:
        def __init__(self, v):
            self.v = v

    thing = Thing(x)
    alive = weakref.ref(thing)
    table = weakref.WeakValueDictionary(k=thing)
    value = alive().v * table["k"].v
    del thing
    log(alive() is None, len(table))
    return value


@program(1.3)
def undo_log(x):
    """State that is taken back when an operation fails half-way."""
    accounts, undo = {"a": x, "b": x * x}, []

    def change(name, v):
        undo.append((name, accounts[name]))
        accounts[name] = accounts[name] + v

    try:
        change("a", -x / 2)
        change("b", x)
        change("c", 1.0)
    except KeyError as error:
        log(error.args)
        while undo:
            name, v = undo.pop()
            accounts[name] = v
    change("b", accounts["a"])
    return accounts["a"] * accounts["b"]
