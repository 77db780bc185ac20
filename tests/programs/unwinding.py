"""Exceptions half way: what was done before one is raised still counts, and nothing else does."""

import contextlib
import functools
import itertools

from . import log, program


class Stop(Exception):
    pass


@program(2.0)
def update_half_done(x):
    """The first target of an assignment is stored before the second fails."""

    class Guarded:
        def __setattr__(self, name, value):
            if value > 5:
                raise Stop(value)
            super().__setattr__(name, value)

    g, kept = Guarded(), []
    for v in (x, x * x, x**3):
        with contextlib.suppress(Stop):
            g.a = g.b = v
            kept.append(g.a)
            kept[0], g.b = v * x, v * x * x
    try:
        kept[0], kept[99] = x**4, x
    except IndexError:
        kept[0] *= g.a
    return sum(kept) + g.a * g.b


@program([1.0, 2.0, 3.0])
def list_half_built(xs):
    def values():
        for x in xs:
            if x > 2.5:
                raise Stop(x)
            yield x * x

    out = [10.0]
    for build in (
        out.extend,
        lambda it: out.__iadd__(it),
        lambda it: out.__setitem__(slice(0), it),
    ):
        try:
            build(values())
        except Stop as error:
            out.append(error.args[0])
    log(len(out))
    return sum(v * (i + 1) for i, v in enumerate(out))


@program([1.0, 2.0, 3.0])
def dict_half_updated(xs):
    def pairs():
        for i, x in enumerate(xs):
            if i == 2:
                raise Stop(x * 10)
            yield i, x * x

    d = {0: xs[2]}
    try:
        d.update(pairs())
    except Stop as error:
        d["error"] = error.args[0]
    try:
        d.update([(5, xs[0]), (6,)])
    except ValueError:
        d[7] = xs[1]
    log(sorted(map(str, d)))
    return sum(v * (i + 1) for i, v in enumerate(d.values()))


@program([3.0, 1.0, 2.0])
def sort_that_fails(xs):
    """The list is as CPython leaves it: reordered in part."""
    calls = itertools.count()

    def key(v):
        if next(calls) == 5:
            raise Stop(v)
        return v

    ys = [x * x for x in xs]
    total = 0.0
    for _ in range(2):
        try:
            ys.sort(key=key)
            total += ys[0] * 10
        except Stop as error:
            total += error.args[0] * 100
    return total + ys[0] * ys[1] + ys[2]


@program(1.5)
def finally_after_finally(x):
    log_of = []

    def inner(v):
        try:
            try:
                log_of.append(v)
                return v / (v - v)
            finally:
                log_of.append(v * x)
                v = v * 10
        except ZeroDivisionError:
            try:
                return log_of[1] * v
            finally:
                v = 0.0
                log_of[0] *= x
        finally:
            log_of.append(v)

    result = inner(x) + inner(x * x)
    return result + sum(log_of)


@program(1.3)
def finally_replaces_everything(x):
    def f(v, how):
        for _ in range(3):
            try:
                v = v * x
                if how == 0:
                    return v
                if how == 1:
                    raise Stop(v)
                if how == 2:
                    break
                continue
            finally:
                if how == 0:
                    v = v + 1  # the value is taken already
                elif how == 1:
                    return v * 2
                else:
                    v = v + x
        return v

    return sum(f(x, how) * (how + 1) for how in range(4))


@program(2.0)
def exceptions_that_carry_active_values(x):
    class Carrier(Exception):
        def __init__(self, v, **more):
            super().__init__(v)
            self.v = v
            self.more = more

        def __str__(self):
            return f"{self.v:.1f}"

    def deep(n, v):
        try:
            if n == 0:
                raise Carrier(v, twice=[v * 2])
            deep(n - 1, v * x)
        except Carrier as error:
            error.v = error.v + n * x
            error.add_note(str(error))
            if n == 2:
                raise Carrier(error.v * error.more["twice"][0], old=error) from error
            raise

    try:
        deep(3, 1.0 * x)
    except Carrier as error:
        log(str(error), error.__notes__, error.__cause__ is error.more["old"])
        cause = error.__cause__
        return error.v + cause.v * cause.args[0] + error.args[0]


@program(0.8)
def generator_thrown_at(x):
    def accumulate():
        total = x
        while True:
            try:
                total += yield total
            except Stop as stop:
                total *= stop.args[0]
            except GeneratorExit:
                closed.append(total)
                raise
            finally:
                steps.append(total)

    closed, steps = [], []
    it = accumulate()
    out = [next(it), it.send(x * 2), it.throw(Stop(x * 3)), it.send(1.0), it.throw(Stop(2.0))]
    it.close()
    return sum(v * (i + 1) for i, v in enumerate(out)) + closed[0] * sum(steps)


@program(0.8)
def exceptions_through_delegation(x):
    def inner(v):
        for i in range(3):
            try:
                v += yield v * x
            except Stop as stop:
                if i == 1:
                    return v * stop.args[0]
                v = stop.args[0] * v
        return v

    def outer():
        a = yield from inner(x)
        b = 0.0
        try:
            b = yield from inner(a)
        except KeyError as error:
            b = error.args[0] * a
        return a * b

    it = outer()
    values = [next(it), it.throw(Stop(x + 1.0)), it.throw(Stop(x * 2)), it.send(x)]
    try:
        it.throw(KeyError(x * x))
    except StopIteration as stop:
        values.append(stop.value)
    return sum(v * (i + 1) for i, v in enumerate(values))


@program(1.4)
def managers_that_rewrite(x):
    class Scaled:
        def __init__(self, by):
            self.by = by

        def __enter__(self):
            return self.by * x

        def __exit__(self, kind, error, tb):
            if kind is Stop:
                error.args = (error.args[0] * self.by,)
                if self.by > 2:
                    kept.append(error.args[0])
                    return True
            return False

    kept = []
    for by in (x, 3.0):
        with contextlib.suppress(Stop), Scaled(by) as a, Scaled(a) as b, Scaled(x):
            kept.append(b)
            raise Stop(a * b)
    log(len(kept))
    return sum(v * (i + 1) for i, v in enumerate(kept))


@program(1.4)
def exit_stack_with_errors(x):
    total = [x]

    def add(v):
        total[0] = total[0] * x + v

    def fail(v):
        add(v)
        raise Stop(v)

    try:
        with contextlib.ExitStack() as stack:
            stack.callback(add, x * 2)
            stack.callback(fail, x * 3)
            stack.push(lambda *info: info[0] is KeyError and (add(info[1].args[0]), True)[1])
            stack.callback(add, 1.0)
            raise KeyError(x * 5)
    except Stop as error:
        log(type(error.__context__).__name__)
        total[0] *= error.args[0]
    return total[0]


@program(1.1)
def retries_with_backoff(x):
    def retry(times):
        def decorate(f):
            @functools.wraps(f)
            def wrapper(*args, **kwargs):
                delay = x
                for attempt in range(times):
                    try:
                        return f(*args, attempt=attempt, **kwargs) + delay
                    except (Stop, ZeroDivisionError) as error:
                        delay = delay * 2 + (error.args[0] if type(error) is Stop else 0.0)
                raise RuntimeError(delay)

            return wrapper

        return decorate

    @retry(4)
    def flaky(v, attempt, scale=1.0):
        if attempt == 0:
            raise Stop(v)
        if attempt == 1:
            return v / (attempt - 1)
        return v * attempt * scale

    @retry(1)
    def hopeless(v, attempt):
        raise Stop(v * v)

    try:
        return hopeless(x)
    except RuntimeError as error:
        return flaky(x, scale=x) * error.args[0]


@program(2.0, 3.0)
def groups_of_active_errors(x, y):
    total = 0.0
    try:
        raise ExceptionGroup(
            "all", [ValueError(x), ExceptionGroup("inner", [KeyError(y), ValueError(x * y)])]
        )
    except* ValueError as group:

        def values(g):
            for e in g.exceptions:
                if isinstance(e, ExceptionGroup):
                    yield from values(e)
                else:
                    yield e.args[0]

        total += sum(v * (i + 1) for i, v in enumerate(values(group)))
    except* KeyError as group:
        total *= group.exceptions[0].exceptions[0].args[0]
    return total


@program(2.1)
def methods_that_fail_half_way(x):
    class Account:
        def __init__(self, balance):
            self.balance = balance
            self.log = []

        def __iadd__(self, amount):
            self.log.append(amount)
            if amount > 3:
                raise Stop(self.balance)
            self.balance += amount
            return self

        def __lt__(self, other):
            self.log.append(other.balance)
            if len(self.log) > 4:
                raise Stop(self.log[-1])
            return self.balance < other.balance

        def __del__(self):
            gone.append(self.balance)

    gone = []
    a, b = Account(x), Account(x * x)
    for amount in (x, x**3, 1.0):
        try:
            a += amount
            a.balance *= x if a < b else 0.5
        except Stop as stop:
            b.balance += stop.args[0]
    result = a.balance * b.balance + sum(a.log)
    del a
    return result + gone[0]


@program(3.0)
def stop_iteration_in_all_places(x):
    class Source:
        def __init__(self):
            self.left = 3

        def __iter__(self):
            return self

        def __next__(self):
            self.left -= 1
            if self.left < 0:
                raise StopIteration(x * x)
            return x * self.left

    def relay():
        got = yield from Source()
        yield got

    first = list(relay())
    second = [next(it, x) for it in (iter(()), iter([x * 2]))]
    it = Source()
    for a, b in zip(it, it):
        first.append(a * b)
    third = list(map(lambda a, b: a * b, Source(), itertools.repeat(x)))
    return sum(v * (i + 1) for i, v in enumerate(first + second + third))
