"""Calls, closures, decorators, comprehensions, strings."""

import functools

from .register import case


def collect(*args, **kwargs):
    return args, kwargs


@case()
def calls():
    args, kw = (1, 2), {"k": 3}
    return (
        collect(), collect(1, *args), collect(*args, 5, **kw), collect(a=1, **kw),
        collect(1, b=2), "a-b".split("-", maxsplit=1), [3, 1].index(1),
        collect(*[1], *(2, 3), **{"x": 1}, **{"y": 2}), collect(**kw),
    )  # fmt: skip


@case()
def duplicate_keywords():
    try:
        return collect(**{"a": 1}, **{"a": 2})
    except TypeError as e:
        return "multiple values" in str(e)


@case(3)
def closures(n):
    total = 0

    def add(k, *, scale=n, **rest):
        nonlocal total
        total += k * scale + len(rest)
        return lambda: (total, n, k)

    reads = [add(i) for i in range(n)] + [add(1, scale=2, z=3)]
    n = 10
    return [read() for read in reads], total


@case(1)
def argument_cells(a, *rest, key=2, **more):
    def inner():
        return a, rest, key, more

    a += 1
    return inner()


@case(0, 1)
def free_unbound(flag):
    def inner():
        return value

    if flag:
        value = 1
        del value
    try:
        return inner()
    except NameError as e:
        return str(e)


@case()
def cell_deleted():
    x = 1

    def inner():
        nonlocal x
        del x

    inner()
    try:
        return x
    except UnboundLocalError as e:
        return str(e)


@case(4)
def recursion(n):
    def fact(k):
        return 1 if k < 2 else k * fact(k - 1)

    return fact(n)


@case(2)
def annotated(n):
    def f(x: int, y: float = 2.0, *args: str, z: "q" = 1) -> list:  # noqa: F821
        total: int = x
        return total * y * z

    return f(n), f.__annotations__


@case(5)
def decorated(n):
    def twice(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args) * 2

        return wrapper

    @twice
    @twice
    def f(x):
        return x + 1

    return f(n), f.__name__


@case(3)
def lambdas(n):
    fs = [lambda x, k=k: x + k for k in range(n)]
    return [f(1) for f in fs], (lambda *a, **k: (a, k))(1, b=2)


@case(3)
def shows_locals(n):
    x = n * 2
    if n < 0:
        y = 1
    f = lambda: x
    found = dict(locals())
    found.pop("f")
    del n
    return found, f(), sorted(locals())[0], eval("x + 1"), "y" in dir()


@case([1, 2, 3, 4])
def comprehensions(items):
    x = "outer"
    a = [x * 2 for x in items if x % 2]
    b = {x: y for x in items for y in range(x) if y}
    c = {x % 2 for x in items}
    d = list(x + y for x in items for y in items if x < y)
    e = [[x * y for y in range(x)] for x in items]
    f = [lambda: x for x in items]  # noqa: B023
    g = [last := x for x in items]
    return x, a, b, c, d, e, [k() for k in f], g, last


@case(0, 1)
def comprehension_restores(flag):
    x = 1
    if flag:
        del x
    try:
        y = [x for x in range(3)]
        return y, x
    except UnboundLocalError:
        return y


@case(0, 1)
def comprehension_raises(flag):
    x = "kept"
    try:
        [1 // (x - flag) for x in range(2)]
    except ZeroDivisionError:
        return x
    return "fine", x


@case(3.14159, "text")
def f_strings(v):
    w = 8
    return f"{v}", f"{v!r:>{w + 4}}|", f"a{v!s}b{v!a}c", f"{v=}", f"{{}}{w:03d}", f"{w!r:s}", f""  # noqa: F541


@case([1, 2])
def displays(v):
    d = {"a": 1, **{"b": 2}, "c": v}
    return [*v, 3, *v], (*v,), {*v, 5}, d, {1: 2, "x": v}, [1, 2, 3], {1, 2, 3}, (), {}, [[]]
