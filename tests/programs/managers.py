"""The `with` statement, and managers from the library."""

import contextlib

from . import log, program
from .exceptions import Stop


class Suppressing:
    """A context manager that notes what it sees and swallows some exceptions."""

    def __init__(self, name, *swallowed):
        self.name = name
        self.swallowed = swallowed

    def __enter__(self):
        log("enter", self.name)
        return self

    def __exit__(self, kind, error, tb):
        log("exit", self.name, kind and kind.__name__, tb is None)
        return kind is not None and issubclass(kind, self.swallowed)


@program(2.0)
def with_statement(x):
    with Suppressing("a") as a, Suppressing("b", KeyError) as b:
        y = x * len(a.name)
        raise KeyError(b.name)
    return y * x


@program(2.0)
def with_suppresses_only_some(x):
    y = x
    try:
        with Suppressing("outer", ValueError):
            with Suppressing("inner", KeyError):
                y *= x
                raise TypeError
            y = 0.0
    except TypeError:
        y += x
    return y


@program(2.0, raises=RuntimeError("from exit"))
def exit_raises(x):
    class Closing:
        def __enter__(self):
            return x * 2

        def __exit__(self, *details):
            log(details[0].__name__)
            raise RuntimeError("from exit")

    with Closing() as y:
        log(y)
        raise KeyError(y)


@program(2.0, raises=KeyError("from enter"))
def enter_raises(x):
    class Opening(Suppressing):
        def __enter__(self):
            raise KeyError("from enter")

    with Suppressing("first"), Opening("second", KeyError):
        log("never")
    return x


@program(1.5)
def with_return_and_break(x):
    def f(v):
        for k in range(3):
            with Suppressing(k):
                v *= x
                if k == 0:
                    continue
                return v + k
        return None

    return f(x)


@program(1.5)
def contextmanager_generators(x):
    @contextlib.contextmanager
    def scaled(v):
        log("setup")
        try:
            yield v * x
        except ZeroDivisionError as error:
            log(str(error))
        finally:
            log("teardown")

    total = 0.0
    for k in (1, 0):
        with scaled(k + 1.0) as s:
            total += s
            total += x / k
    return total * x


@program(1.5)
def exit_stack_and_suppress(x):
    steps = []
    with contextlib.ExitStack() as stack:
        for k in range(3):
            stack.callback(steps.append, x * k)
            stack.enter_context(Suppressing(k))
        y = x * x
    with contextlib.suppress(KeyError, IndexError):
        y += steps[0]
        y += {}[3]
        y = 0.0
    log(len(steps))
    return y + steps[1]


@program(1.5)
def cleanup_order(x):
    def level(k, v):
        try:
            log("down", k)
            if k == 3:
                raise Stop(v)
            level(k + 1, v * x)
        except Stop as stop:
            log("up", k)
            if k == 0:
                return stop.value
            stop.value += k * x
            raise
        finally:
            log("finally", k)

    try:
        return level(0, x) + level(1, x)
    except Stop as stop:
        return stop.value * 2
