"""Generators: frames that stop and go on, driven from every side."""

import contextlib
import heapq
import itertools
import math
import warnings

from . import FD, log, program


@program(1.5)
def for_over_generator(x):
    def powers(n):
        p = 1.0
        for _ in range(n):
            p *= x
            yield p

    total = 0.0
    for k, p in enumerate(powers(4)):
        total += k * p
    return total


@program(1.5)
def send_values(x):
    def averager():
        total, n, mean = 0.0, 0, None
        while True:
            value = yield mean
            total += value
            n += 1
            mean = total / n

    gen = averager()
    next(gen)
    gen.send(x)
    gen.send(x * x)
    return gen.send(3.0) * x


@program(1.5)
def throw_into_generator(x):
    def worker():
        y = x
        while True:
            try:
                y = yield y
            except ValueError as error:
                y = error.args[0] * 2

    gen = worker()
    a = next(gen)
    b = gen.send(x * 3)
    c = gen.throw(ValueError(x * x))
    return a * b * c


@program(1.5)
def close_runs_finally(x):
    kept = []

    def source():
        try:
            k = 0
            while True:
                k += 1
                yield x * k
        finally:
            log("closing")
            kept.append(x * k)

    gen = source()
    total = next(gen) + next(gen)
    gen.close()
    gen.close()
    return total * kept[0]


@program(1.5)
def break_out_of_generator(x):
    def endless(v):
        while True:
            yield v
            v = v * 1.5

    for v in endless(x):
        if v > 4:
            break
    return v * x


@program(1.5)
def yield_from_with_result(x):
    def inner(n):
        total = 0.0
        for k in range(n):
            total += yield k * x
        return total

    def outer():
        a = yield from inner(2)
        b = yield from inner(1)
        yield a * b

    gen = outer()
    values = [next(gen)]
    for v in (x, x * 2, 3.0):
        values.append(gen.send(v))
    return values[-1] + sum(values[:-1])


@program([1.0, [2.0, [3.0, 4.0]], [5.0]])
def flatten_by_yield_from(tree):
    def flatten(node):
        if isinstance(node, list):
            for child in node:
                yield from flatten(child)
        else:
            yield node

    return sum(v * (i + 1) for i, v in enumerate(flatten(tree)))


@program([0.5, -1.0, 2.0], grad=([1.0, None, 4.0],))
def generator_expression_in_sum(xs):
    return sum(x * x for x in xs if x > 0)


@program([0.5, 1.5, 2.5])
def generator_expressions_everywhere(xs):
    a = max(x * x - 4 * x for x in xs)
    b = sorted(x * y for x in xs for y in xs[1:])
    c = dict((i, x) for i, x in enumerate(xs))
    d = list(zip((x for x in xs), (math.exp(x) for x in xs), strict=True))
    e = any(x > 2 for x in xs) + all(x > 2 for x in xs)
    f = tuple(x + 1 for x in xs)
    return a * b[0] + c[1] * d[2][1] + e * f[0] * d[0][0]


@program([1.0, 2.0], raises=TypeError)
def generator_expression_fails_late(xs):
    gen = (log(x + "a") for x in xs)
    log("made")
    return sum(gen)


@program(1.5)
def infinite_generator_and_islice(x):
    def geometric(r):
        v = 1.0
        while True:
            yield v
            v *= r

    first = list(itertools.islice(geometric(x), 5))
    later = itertools.dropwhile(lambda v: v < 3, geometric(x))
    few = itertools.takewhile(lambda v: v < 4, geometric(x))
    return sum(first) * next(later) + sum(few)


@program(0.5)
def generator_keeps_state(x):
    def integrate(dt):
        y, t = x, 0.0
        while True:
            y += dt * y
            t += dt
            yield t, y

    gen = integrate(0.1)
    for _ in range(3):
        t, y = next(gen)
    x = 100.0
    _, z = next(gen)
    return y * z + t


@program([1.0, 2.0, 3.0, 4.0, 5.0], grad=([FD, None, FD, None, FD],))
def pipeline(xs):
    def read(values):
        for v in values:
            log("read", v)
            yield v

    def keep_odd(values):
        for i, v in enumerate(values):
            if i % 2 == 0:
                yield v

    def square(values):
        return (v * v for v in values)

    total = 0.0
    for v in square(keep_odd(read(xs))):
        log("got")
        total = total * 0.5 + v
    return total


@program(2.0)
def two_generators_in_lockstep(x):
    def count(v, step):
        while True:
            yield v
            v += step

    total = 0.0
    for a, b, _ in zip(count(x, 1.0), count(1.0, x), range(4)):
        total += a * b
    return total


@program(2.0)
def generator_method_as_iterator(x):
    class Tree:
        def __init__(self, value, *children):
            self.value = value
            self.children = children

        def __iter__(self):
            yield self.value
            for child in self.children:
                yield from child

    tree = Tree(x, Tree(x * x), Tree(1.0, Tree(x**3)))
    return sum(v * k for k, v in enumerate(tree, 1))


@program(2.0)
def generator_return_value(x):
    def g():
        yield x
        return x * x

    gen = g()
    a = next(gen)
    try:
        next(gen)
    except StopIteration as stop:
        return a * stop.value


@program(2.0)
def generator_shares_closure(x):
    total = 0.0

    def steps():
        nonlocal total
        for k in range(3):
            total += k * x
            yield total

    values = []
    for v in steps():
        total *= 2
        values.append(v)
    return total + values[-1]


@program([3.0, 1.0, 2.0])
def sieve_of_generators(xs):
    def merge(a, b):
        a, b = iter(a), iter(b)
        u, v = next(a, None), next(b, None)
        while u is not None or v is not None:
            if v is None or (u is not None and u < v):
                yield u
                u = next(a, None)
            else:
                yield v
                v = next(b, None)

    def sort(values):
        if len(values) < 2:
            return values
        half = len(values) // 2
        return list(merge(sort(values[:half]), sort(values[half:])))

    a, b, c = sort(xs)
    log(a, b, c)
    return a + 2 * b + 3 * c


@program([1.0, 4.0], [2.0, 3.0])
def heapq_merge(xs, ys):
    return sum(v * 10.0**i for i, v in enumerate(heapq.merge(xs, ys)))


@program(0.5)
def coroutine_scheduler(x):
    def task(name, v, n):
        for k in range(n):
            log(name, k)
            v = v * x + 1
            yield
        results[name] = v

    results = {}
    ready = [task("a", 1.0, 3), task("b", x, 1), task("c", 2.0, 2)]
    while ready:
        current = ready.pop(0)
        with contextlib.suppress(StopIteration):
            next(current)
            ready.append(current)
    return results["a"] * results["b"] + results["c"]


@program(2.0)
def lazy_evaluation_order(x):
    def numbers():
        for k in range(3):
            log("make", k)
            yield k * x

    doubled = [log("use", v) * 2 for v in numbers()]
    lazy = (log("lazy", v) for v in numbers())
    log("between")
    return doubled[1] + next(lazy) + next(lazy)


@program(2.0)
def generator_as_default_and_argument(x):
    def consume(gen, n):
        return sum(next(gen) for _ in range(n))

    gen = (x * k for k in itertools.count(1))
    return consume(gen, 2) * consume(gen, 1)


@program(2.0, raises=TypeError)
def send_to_a_fresh_generator(x):
    def g():
        yield x

    return g().send(x)


@program(2.0, raises=ValueError("generator already executing"))
def generator_calls_itself(x):
    def g():
        yield next(gen)

    gen = g()
    return next(gen)


@program(2.0, raises=RuntimeError("generator ignored GeneratorExit"))
def generator_refuses_to_close(x):
    def g():
        try:
            yield x
        except GeneratorExit:
            yield x

    gen = g()
    next(gen)
    gen.close()


@program(2.0, raises=KeyError("thrown"))
def throw_passes_through(x):
    def inner():
        try:
            yield x
        finally:
            log("inner closed")

    def outer():
        yield from inner()

    gen = outer()
    next(gen)
    gen.throw(KeyError("thrown"))


@program(1.5)
def delegating_throw(x):
    def inner(v):
        try:
            yield v
        except ZeroDivisionError:
            yield v * v
        return v * 3

    def outer():
        result = yield from inner(x)
        yield result + 1

    gen = outer()
    a = next(gen)
    b = gen.throw(ZeroDivisionError)
    return a + b * next(gen)


@program(2.0)
def star_of_generator(x):
    def g():
        yield x
        yield x * x

    a, b = g()
    *c, d = g()
    return max(*g()) * a + min([*g()]) - d + b * len(c)


@program([1.0, 2.0, 3.0, 4.0])
def windows(xs):
    def sliding(values, n):
        it = iter(values)
        window = list(itertools.islice(it, n))
        yield tuple(window)
        for v in it:
            window = [*window[1:], v]
            yield tuple(window)

    return sum(a * b * (i + 1) for i, (a, b) in enumerate(sliding(xs, 2)))


@program([1.0, 2.0, 3.0])
def tee_and_chain(xs):
    a, b = itertools.tee(x * x for x in xs)
    next(b)
    total = sum(u * v for u, v in zip(a, b))
    for v in itertools.chain.from_iterable([xs, (x + 1 for x in xs[:1])]):
        total += v
    return total + sum(itertools.starmap(pow, [(xs[0], 2), (xs[1], 3)]))


@program(0.3)
def newton_as_generator(x):
    def iterates(y):
        while True:
            yield y
            y -= (y * y - 2 - x) / (2 * y)

    for a, b in itertools.pairwise(iterates(1.0)):
        if abs(a - b) < 1e-14:
            return b


@program(1.5)
def thrown_into_a_delegate_that_returns(x):
    def inner():
        try:
            yield x
        except ValueError:
            return 2 * x

    def outer():
        return (yield from inner())

    g = outer()
    next(g)
    try:
        g.throw(ValueError())
    except StopIteration as stop:
        log(stop.__context__)
        return stop.value * x


@program(1.5)
def thrown_by_class_and_value(x):
    """Three arguments are deprecated from 3.12 on."""

    def g():
        try:
            yield
        except ValueError as error:
            yield error.args[0] * x

    it = g()
    next(it)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y = it.throw(ValueError, ValueError(x), None)
    log([str(warning.message) for warning in caught])
    return y
