# ruff: noqa: F821
"""Exceptions raised, caught, chained and carried, and what runs because of them."""

import math

from . import FD, log, program


class Stop(Exception):
    def __init__(self, value):
        super().__init__("stopped")
        self.value = value


class Worse(Stop):
    pass


@program(2.0, grad=(40.0,))
def caught_with_finally(x):
    try:
        y = x * x
        raise KeyError
    except KeyError:
        y = 3 * y
    finally:
        y = y + x
    return y * x


@program(3.0, grad=(6.0,))
def exception_carries_the_result(x):
    def search(v):
        for k in range(10):
            if k * v > 5:
                raise Stop(v * k)
        return None

    try:
        search(x)
    except Stop as stop:
        return stop.value * x / 2


@program(1.5)
def value_in_exception_args(x):
    try:
        raise ValueError("bad", x * x)
    except ValueError as error:
        message, value = error.args
        return value * x + len(message)


@program(0.5)
def caught_several_calls_up(x):
    def a(v):
        return b(v * 2) + 100

    def b(v):
        return c(v) + 1000

    def c(v):
        log("raising")
        raise Worse(v * v)

    try:
        return a(x)
    except Stop as stop:
        log(type(stop).__name__)
        return stop.value + x


@program(2.0, grad=(4.0,))
def finally_with_return_wins(x):
    def f(v):
        try:
            return v * 100
        finally:
            log("finally")
            return v * v  # noqa: B012

    return f(x)


@program(2.0)
def finally_with_return_swallows(x):
    def f(v):
        try:
            raise KeyError("lost")
        finally:
            return v * 3  # noqa: B012

    return f(x) * x


@program(2.0)
def finally_runs_on_return_break_continue(x):
    def f(v):
        for i in range(5):
            try:
                if i == 1:
                    continue
                if i == 3:
                    break
                v *= 2
            finally:
                log("finally", i)
                v += x
        try:
            return v
        finally:
            v = 0.0
            log("return", v)

    return f(x) * x


@program(4.0)
def else_clause(x):
    total = 0.0
    for k in (2, 0, 1):
        try:
            y = x / k
        except ZeroDivisionError:
            total += x
        else:
            total += y * y
        finally:
            total *= 1.5
    return total


@program([4.0, -1.0, 9.0], grad=([FD, None, FD],))
def loop_with_try_and_continue(xs):
    total = 0.0
    for x in xs:
        try:
            total += math.sqrt(x)
        except ValueError:
            log("skipped")
            continue
        total *= 2
    return total


@program(1.5, 3, grad=(FD, None))
def retry_until_it_works(x, n):
    tries = 0
    while True:
        try:
            tries += 1
            if tries < n:
                raise TimeoutError(tries)
            return x**tries
        except TimeoutError as error:
            log(*error.args)
            x += 0.25 * x


@program(1.5)
def nested_try(x):
    y = x
    try:
        try:
            y *= 2
            raise IndexError
        except KeyError:
            y = 0.0
        finally:
            y += 1
    except LookupError:
        y *= x
        try:
            raise TypeError
        except TypeError:
            y *= x
    return y


@program(1.5)
def re_raise(x):
    trail = []

    def f(v):
        try:
            raise Stop(v * 2)
        except Stop as stop:
            trail.append(stop.value)
            stop.value *= v
            raise

    try:
        f(x)
    except Stop as stop:
        return stop.value + trail[0] * x


@program(1.5, raises=Worse("stopped"))
def raise_from(x):
    try:
        raise KeyError("first")
    except KeyError as error:
        raise Worse(x) from error


@program(1.5, raises=ValueError("second"))
def raise_in_handler_has_context(x):
    try:
        x / 0
    except ZeroDivisionError:
        raise ValueError("second")  # noqa: B904


@program(1.5, raises=ValueError("second"))
def raise_from_none(x):
    try:
        x / 0
    except ZeroDivisionError:
        raise ValueError("second") from None


@program(1.5, raises=KeyError("in finally"))
def raise_in_finally_has_context(x):
    try:
        raise Stop(x)
    finally:
        raise KeyError("in finally")


@program(1.5, raises=Stop("stopped"))
def raised_after_handled_has_no_context(x):
    try:
        x / 0
    except ZeroDivisionError as error:
        log(str(error))
    raise Stop(x)


@program(2.0, raises=ValueError("outer"))
def chain_of_three(x):
    def inner():
        try:
            return [][int(x)]
        except IndexError as error:
            raise KeyError("middle") from error

    try:
        inner()
    except KeyError as error:
        error.__cause__.add_note("noted")
        error.add_note("also noted")
        raise ValueError("outer")  # noqa: B904


@program(2.0, raises=ZeroDivisionError)
def traceback_through_calls(x):
    # fmt: off
    def a(v):
        return (
            b(v)
            + 1
        )
    # fmt: on

    def b(v):
        return [c(w) for w in (v, v * 0)]

    def c(v):
        y = 1 / v
        return y

    return a(x)


@program(2.0, raises=ValueError("from a generator"))
def traceback_through_generator(x):
    def values(n):
        for k in range(n):
            yield x * k
            if k == 2:
                raise ValueError("from a generator")

    # fmt: off
    return sum(
        v * v
        for v in values(5)
    )
    # fmt: on


@program(2.0, raises=AttributeError)
def traceback_through_property(x):
    class A:
        @property
        def p(self):
            return self.q

        def __getattr__(self, name):
            raise AttributeError(name)

    return A().p * x


@program(2.0, raises=TypeError)
def traceback_of_binary_operator(x):
    class A:
        def __mul__(self, other):
            return other + [1]

    log("start")
    return x + A() * x


@program([1.0, 2.0], raises=Stop("stopped"))
def arguments_mutated_before_raise(xs):
    xs.append(xs[0] * 2)
    xs[0] = 0.0
    raise Stop(xs)


@program(2.0)
def exception_in_generator(x):
    def numbers(v):
        try:
            yield v
            yield v * v
            yield 1 / 0
        except ZeroDivisionError:
            yield v * 3
        finally:
            log("closed")

    return sum(numbers(x)) * x


@program(2.0, raises=AssertionError("too small"))
def failing_assert(x):
    assert x > 1, log("never")
    assert x > 3, "too small"
    return x


@program(2.0)
def assert_that_holds(x):
    assert x, "zero"
    try:
        assert x < 0
    except AssertionError as error:
        log(error.args)
    return x * x


@program(2.0)
def custom_exception_hierarchy(x):
    class A(Exception):
        factor = 2.0

    class B(A):
        factor = 3.0

    class C(B, ValueError):
        pass

    total = 0.0
    for kind in (A, B, C, KeyError):
        try:
            raise kind(x)
        except (ValueError, KeyError) as error:
            total += error.args[0] * getattr(error, "factor", 10.0)
        except B:
            total += x * x
        except A as error:
            total += error.factor * x**3
    return total


@program(2.0)
def builtin_errors(x):
    class Thing:
        pass

    def unbound():
        if x < 0:
            y = 1
        return y

    def free():
        return later

    attempts = [
        lambda: {"a": 1}["b"],
        lambda: [1, 2][5],
        lambda: Thing().missing,
        lambda: x.missing,
        lambda: undefined_name,
        unbound,
        free,
        lambda: int("twelve"),
        lambda: "a" + x,
        lambda: [].pop(),
        lambda: next(iter([])),
        lambda: "abc".index("d"),
        lambda: float("1.5x"),
        lambda: math.log(0 * int(x)),
        lambda: x[0],
        lambda: len(x),
        lambda: iter(x),
        lambda: x < "a",
        lambda: -"a",
        lambda: {[]: 1},
        lambda: range(x),
        lambda: [1, 2][x],
        lambda: chr(-1),
    ]
    count = 0
    for attempt in attempts:
        try:
            attempt()
        except Exception as error:
            count += 1
            log(type(error).__name__, *map(str, error.args))
    later = x * count
    return free()


@program(2.0, raises=UnboundLocalError)
def unbound_local(x):
    if x < 0:
        y = x
    return y * 2


@program(2.0, raises=UnboundLocalError)
def deleted_local(x):
    y = x * x
    del y
    return y


@program(2.0, raises=NameError)
def undefined_global(x):
    return x * no_such_name


@program(2.0, raises=UnboundLocalError)
def exception_name_is_deleted(x):
    error = x
    try:
        raise KeyError
    except KeyError as error:  # noqa: F841
        pass
    return error


@program(1.5, raises=TypeError("exceptions must derive from BaseException"))
def raise_a_number(x):
    raise x


@program(1.5)
def raise_class_without_call(x):
    try:
        raise Stop
    except TypeError as error:
        log(len(str(error)) > 0)
        return x * 2


@program(1.5)
def exception_group(x):
    y = x
    try:
        raise ExceptionGroup("many", [ValueError(x * 2), KeyError("k"), ValueError(x * 3)])
    except* ValueError as group:
        for error in group.exceptions:
            y += error.args[0] * x
    except* KeyError as group:
        y *= len(group.exceptions) + 1
    return y


@program(1.5, raises=ExceptionGroup)
def exception_group_left_over(x):
    try:
        raise ExceptionGroup("many", [ValueError(1), TypeError(2)])
    except* ValueError:
        log("handled")
    return x


@program(0.5)
def exception_as_long_jump(x):
    class Found(Exception):
        pass

    best = None
    try:
        for i in range(4):
            for j in range(4):
                for k in range(4):
                    if i * j * k == 6:
                        best = x * i + x**j + k
                        raise Found
    except Found:
        log(i, j, k)
    return best


@program(2.0, raises=StopIteration)
def stop_iteration_from_next(x):
    it = iter([x])
    return next(it) + next(it)


@program(2.0, raises=RuntimeError("generator raised StopIteration"))
def stop_iteration_inside_generator(x):
    def numbers():
        yield x
        yield next(iter([]))

    return sum(numbers())


@program(1.5, raises=KeyError("x"))
def effects_before_the_error(x):
    d = {"n": 0}
    for _ in range(3):
        d["n"] += 1
        log("n", d["n"], x * d["n"])
    return d["x"]
