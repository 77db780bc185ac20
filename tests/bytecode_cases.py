"""Functions that exercise the translation of bytecode, with arguments to try.

Each is run by CPython and by the evaluator of the IR; both must return or raise the
same.  A function may take `log`, a list of effects, which is compared too.
"""

# ruff: noqa: B007, B018, F841, UP008, UP050

import contextlib
import functools

CASES = []


def case(*argument_lists):
    """Register a function with argument tuples (anything else is one argument)."""

    def register(function):
        for args in argument_lists or ((),):
            CASES.append((function, args if isinstance(args, tuple) else (args,)))
        return function

    return register


SCALE = 3


class Manager:
    """A context manager that logs, swallows or fails as asked."""

    def __init__(self, log, name, swallow=False, fail=""):
        self.log, self.name, self.swallow, self.fail = log, name, swallow, fail

    def __enter__(self):
        self.log.append(f"enter {self.name}")
        if self.fail == "enter":
            raise OSError(self.name)
        return self.name

    def __exit__(self, kind, value, trace):
        self.log.append(f"exit {self.name} {kind and kind.__name__}")
        if self.fail == "exit":
            raise KeyError(self.name)
        return self.swallow


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


# Loops and branches.


@case((5, 3), (2, 0), (2.5, 2))
def power(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


@case((0, 5), (3, 9), (9, 2), (7, 7))
def chained(a, b):
    out = []
    while 0 <= a < b <= 9 or a == 7:
        a += 1
        if a == 4:
            continue
        if a == 8:
            break
        out.append(a)
    else:
        out.append("else")
    return out, 1 < a < 5, a < b > 2


@case(0, 1, 5, 12)
def while_walrus(n):
    seen = []
    while (half := n // 2) and not (n % 5 == 0 and n > 5):
        seen.append(half)
        n = half
    return seen, half, n


@case(0, 3, 10)
def for_else(n):
    total = 0
    for i in range(n):
        if i % 2:
            continue
        if i > 6:
            break
        total += i
    else:
        total = -total
    for j in range(2):
        for k in range(3):
            for m in range(2):
                if m > k:
                    break
                total += j * k + m
            else:
                continue
            total += 100
    return total


@case(0, 1, 4)
def while_true(n):
    while True:
        if n > 3:
            break
        while n < 2:
            n += 1
            if n == 1:
                continue
        n += 1
    else:
        n = -1
    return n


@case((1, 2, 3), (0, 2, 0), ("", [], None), (None, 0, 5))
def and_or(a, b, c):
    x = a and b or c
    y = not (a or b) and c
    z = (a if b else c) + 1 if c and a else [a, b] if b else c
    return x, y, z, not a, not not b, a is None, b is not None, (a or b) is c


@case((1, 2), (0, 0))
def conditional_on_stack(a, b):
    return [1, a if b else -1, (b or 5) * 2, max(a, b if a else 7, key=lambda v: -v)]


@case(0, 1, 2, 3, 4)
def many_branches(n):
    if n == 0:
        r = "zero"
    elif n == 1:
        r = "one"
    elif n in (2, 3):
        r = "few"
        if n not in (2,):
            r += "!"
    else:
        r = None
    if r is None:
        return "none"
    if r is not None and n:
        return r
    return r, n


@case([[1, 2], [], [3]])
def nested_while(rows):
    out, i = [], 0
    while i < len(rows):
        j = 0
        while j < len(rows[i]):
            k = rows[i][j]
            while k > 0 and (k % 2 or k > 1):
                out.append((i, j, k))
                k -= 1
            j += 1
        i += 1
    return out


# Local variables.


@case(0, 1)
def maybe_unbound(flag):
    if flag:
        x = 1
    return x


@case(0, 1, 2)
def deleted(n):
    x = 5
    if n:
        del x
    if n > 1:
        del x
    return x


@case(0, 1)
def deleted_in_try(flag):
    x = y = 1
    try:
        if flag:
            del x
        y = 2
        y += x
        raise ValueError(y)
    except ValueError as e:
        return str(e), y
    except UnboundLocalError:
        return "unbound", y


@case((1, 2), ("a", "b"))
def swaps(a, b):
    a, b = b, a
    (c, d), [e, *f] = (a, b), [1, 2, 3]
    g = h = a
    *i, j = "xyz"
    x, y, z = c, d, e
    z, y, x = x, y, z
    return a, b, c, d, e, f, g, h, i, j, x, y, z


@case((1, 2), ([], 1))
def unpack_fails(a, b):
    try:
        p, q = a
    except TypeError as e:
        return type(e)
    except ValueError:
        return "value"
    return p, q


@case(5)
def in_place_ops(x):
    x += 1
    x -= 2
    x *= 7
    x //= 2
    x **= 2
    x %= 1000
    x <<= 3
    x >>= 1
    x |= 5
    x &= 0xFFF
    x ^= 3
    x /= 2
    return x, -x, +x, ~int(x), 3 @ Mat() if x < 0 else 0


class Mat:
    def __rmatmul__(self, other):
        return other


@case()
def subscripts():
    a = list(range(10))
    a[2:4] = [7]
    b = a[1:], a[:3], a[::2], a[-1], a[1:-1:3]
    del a[0], a[1:3]
    d = {"k": 1}
    d["m"] = d["k"] + 1
    d["k"] += 5
    del d["m"]
    return a, b, d


@case()
def attributes():
    p = Point(1, 2)
    p.x += 5
    p.z = p.x
    del p.y
    return vars(p), hasattr(p, "y")


@case()
def global_names():
    global COUNTER
    COUNTER = SCALE
    COUNTER += 1
    found = COUNTER, len("abc")
    del COUNTER
    try:
        COUNTER
    except NameError as e:
        return found, str(e)


# Calls and functions.


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


# Comprehensions and strings.


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


# Exceptions.


@case(0, 1, 2, 3, 4)
def handlers(n):
    log = []
    try:
        log.append("try")
        if n == 1:
            raise ValueError("one")
        if n == 2:
            {}["two"]
        if n == 3:
            1 // 0
        if n == 4:
            return log
        log.append("end")
    except ValueError as e:
        log.append(repr(e))
    except (KeyError, IndexError) as e:
        log.append(("lookup", e.args))
        raise RuntimeError("again") from e
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


@case(0, 1, 2)
def rebinding(n):
    x = 0
    y = [0]
    try:
        x = 1
        y = y + [x // n]
        x = 2
        y = y + [x // (n - 1)]
        x = 3
    except ZeroDivisionError:
        return "caught", x, y
    return x, y


@case(0, 1, 2, 3)
def try_in_loop(n):
    out = []
    for i in range(6):
        try:
            if i == n:
                continue
            if i == n + 2:
                break
            out.append(10 // (i - 1))
        except ZeroDivisionError as e:
            out.append(type(e).__name__)
            continue
        finally:
            out.append(-i)
    else:
        out.append("else")
    return out, i


@case(0, 1, 2)
def finally_returns(n):
    for _ in range(3):
        try:
            if n == 0:
                return "try"
            if n == 1:
                raise KeyError(n)
        finally:
            if n < 2:
                return "finally"  # noqa: B012
    return "end"


@case(0, 1)
def finally_while(n):
    out = []
    try:
        out.append(1 // n)
    finally:
        k = 3
        while k > 0:
            k -= 1
            out.append(k)
    return out


@case(0, 1, 2)
def nested_try(n):
    log = []
    try:
        try:
            try:
                1 // n
                [][n]
            except ZeroDivisionError:
                log.append("zero")
                raise
            finally:
                log.append("inner")
        except ArithmeticError as e:
            log.append(e.__class__.__name__)
            try:
                raise TypeError("t") from e
            except TypeError as t:
                log.append(t.__cause__ is e)
        log.append("after")
    except IndexError as e:
        log.append(e.__context__)
    return log


@case()
def contexts():
    try:
        try:
            raise ValueError(1)
        except ValueError:
            raise KeyError(2)  # noqa: B904
    except KeyError as e:
        return repr(e.__context__), e.__cause__, e.__suppress_context__


@case()
def bare_raise():
    raise


@case(0, 1)
def except_name_gone(n):
    e = 5
    try:
        1 // n
    except ZeroDivisionError as e:
        pass
    return e


@case()
def bad_catch():
    try:
        try:
            raise ValueError
        except 5:  # noqa: B030
            pass
    except TypeError as e:
        return str(e)


@case(0, 1)
def asserts(n):
    assert n, f"no {n}"
    assert n == 1
    return n


@case(0, 1, 2, 3)
def groups(n):
    log = []
    try:
        if n == 0:
            raise ExceptionGroup("g", [ValueError(1), TypeError(2), ValueError(3)])
        if n == 1:
            raise ValueError("naked")
        if n == 2:
            raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as e:
        log.append(("v", len(e.exceptions)))
    except* TypeError as e:
        log.append(("t", [x.args for x in e.exceptions]))
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


@case(0, 1)
def while_in_try(n):
    k, out = 3, []
    try:
        while k - n:
            k -= 1
            out.append(6 // k)
    except ZeroDivisionError:
        return "zero", k, out
    return k, out


@case(0, 3)
def try_in_while(n):
    tries = 0
    while tries < n:
        try:
            tries += 1
            if tries == 2:
                raise KeyError(tries)
        except KeyError:
            continue
        finally:
            tries += 0.5
    return tries


# `with`.


@case(0, 1, 2, 3, 4, 5)
def managers(n):
    log = []
    try:
        with Manager(log, "a", n == 1) as a, Manager(log, "b", n == 2, "exit" * (n == 4)) as b:
            log.append((a, b))
            if n in (1, 2, 3, 4):
                raise ValueError(n)
            if n == 5:
                return log
        log.append("after")
    except (ValueError, KeyError) as e:
        log.append((repr(e), repr(e.__context__)))
    return log


@case(0, 1, 2)
def with_in_loop(n):
    log = []
    for i in range(3):
        with Manager(log, i, True):
            if i == n:
                continue
            if i == n + 1:
                break
            raise ValueError
    with contextlib.suppress(ZeroDivisionError):
        log.append(1 // n)
    return log


@case()
def with_fails():
    log = []
    try:
        with Manager(log, "a"), Manager(log, "b", fail="enter"):
            log.append("unreached")
    except OSError as e:
        log.append(str(e))
    try:
        with 5:
            pass
    except (AttributeError, TypeError):
        log.append("no manager")
    return log


# Generators.


@case(0, 4)
def generators(n):
    def count(k):
        try:
            while k:
                got = yield k
                k -= got or 1
        finally:
            log.append("closed")
        return "done"

    def outer(k):
        result = yield from count(k)
        log.append(result)
        yield from [7, 8]
        return 5

    log = []
    a = list(outer(n))
    g = outer(5)
    b = [next(g), g.send(2), g.send(None)]
    g.close()
    return a, b, log


@case()
def generator_throw():
    def inner():
        try:
            yield 1
        except KeyError as e:
            got = yield ("caught", e.args)
            return got

    def outer():
        try:
            r = yield from inner()
            yield ("returned", r)
        except ValueError:
            yield "outer"

    g, h = outer(), outer()
    out = [next(g), g.throw(KeyError(1)), g.send("s")]
    out += [next(h), h.throw(ValueError())]

    def stops():
        try:
            yield 1
        except KeyError:
            return "value"

    def around():
        yield (yield from stops())

    k = around()
    return [*out, next(k), k.throw(KeyError())]


@case()
def generator_stops():
    def bad():
        yield 1
        raise StopIteration(2)

    g = bad()
    next(g)
    try:
        next(g)
    except RuntimeError as e:
        return str(e), type(e.__cause__).__name__


@case([3, 1, 2])
def generator_pipeline(items):
    squares = (x * x for x in items)
    return sorted(squares), sum(x for x in items if x > 1), any(x > 2 for x in items)


@case()
def coroutines():
    class Ready:
        def __await__(self):
            got = yield "asked"
            return got * 2

    class Async:
        async def __aenter__(self):
            return 1

        async def __aexit__(self, *args):
            log.append(args[0])
            return True

    class Count:
        n = 0

        def __aiter__(self):
            return self

        async def __anext__(self):
            self.n += 1
            if self.n > 3:
                raise StopAsyncIteration
            return self.n

    async def work(k):
        total = await Ready()
        async with Async() as one:
            total += one
            raise ValueError
        async for i in Count():
            if i == 2:
                continue
            total += i
        return total + k, [i async for i in Count()]

    log = []
    c = work(100)
    out = [c.send(None)]
    try:
        c.send(5)
    except StopIteration as e:
        out.append(e.value)
    return out, log


# Classes, matching, imports.


@case(2)
def classes(n):
    class Base:
        kind = "base"

        def __init__(self, x):
            self.x = x

        def get(self):
            return self.x, __class__.__name__

        @property
        def double(self):
            return self.x * 2

    class Derived(Base, metaclass=type):
        size: int = n
        items = [n * k for k in range(3)]
        n = n + 1
        if n > 1:
            extra = "yes"
        for i in range(2):
            pass
        del i

        def __init__(self, x):
            super().__init__(x + 1)

        def get(self):
            return super().get(), super(Derived, self).get(), type(self).n

        @classmethod
        def make(cls, *args, **kw):
            return cls(*args, **kw)

    d = Derived.make(x=5)
    return d.get(), d.double, Derived.items, Derived.extra, Derived.__annotations__, d.kind


@case(
    1, -1, "s", [1, 2], [1, 2, 3], {"k": 5, "m": 1}, {"k": 6}, Point(0, 3), Point(1, 2), None,
    (7,), 2.5, [], {},
)  # fmt: skip
def matching(v):
    match v:
        case 1 | -1:
            return "unit"
        case None:
            return "none"
        case str() as s:
            return s
        case [a, b]:
            return a + b
        case [a, *rest] if rest:
            return rest
        case {"k": 5, **others}:
            return others
        case {"k": k}:
            return k
        case Point(0, y=y):
            return "axis", y
        case Point(x, y):
            return x, y
        case (x,):
            return x
        case float(x):
            return x
        case []:
            return "empty"
    return "no match"


@case()
def imports():
    import math
    import os.path as p
    from collections import OrderedDict as Od
    from collections import abc

    try:
        from math import nothing_there
    except ImportError:
        nothing_there = None
    return math.pi, p.basename("a/b"), Od.__name__, abc.__name__, nothing_there


@case(1, 3)
def many_exits(n):
    for i in range(5):
        with contextlib.nullcontext(i) as k:
            try:
                if k == n:
                    return "found", k
            finally:
                n += 0
    return "none"


@case(300)
def long_jumps(n):
    out = 0
    while n > 0:
        n -= 1
        if n % 3 == 0:
            out += n * 2 + n * 3 + n * 4 + n * 5 + n * 6 + n * 7 + n * 8 + n * 9 + n * 10
            out -= n * 2 + n * 3 + n * 4 + n * 5 + n * 6 + n * 7 + n * 8 + n * 9 + n * 10
            out += n * 2 + n * 3 + n * 4 + n * 5 + n * 6 + n * 7 + n * 8 + n * 9 + n * 10
            out -= n * 2 + n * 3 + n * 4 + n * 5 + n * 6 + n * 7 + n * 8 + n * 9 + n * 10
            out += n * 2 + n * 3 + n * 4 + n * 5 + n * 6 + n * 7 + n * 8 + n * 9 + n * 10
            out -= n * 2 + n * 3 + n * 4 + n * 5 + n * 6 + n * 7 + n * 8 + n * 9 + n * 10
            continue
        out += 1
    return out
