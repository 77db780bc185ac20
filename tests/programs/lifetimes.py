# ruff: noqa: F841
"""How long objects live: what a variable, an argument or a generator keeps, and what it lets go."""

import gc
import sys
import weakref

from . import log, program


class Noting:
    """Notes its end."""

    def __init__(self, name, value=None):
        self.name = name
        self.value = value

    def __del__(self):
        log("end of", self.name)

    def double(self):
        log("double")
        return 2 * self.value


@program(1.5)
def variable_that_nobody_reads(x):
    kept = Noting("kept")
    log("before")
    return x * x


@program(1.5)
def deleted_variable(x):
    kept = Noting("kept", x)
    y = kept.double()
    log("before")
    del kept
    log("after")
    return y


@program(1.5)
def rebound_variable(x):
    kept = Noting("first", x)
    y = kept.double()
    log("before")
    kept = None
    log("between")
    kept = Noting("second", x)
    log("before")
    kept = 0
    log("after")
    return y * x


@program(1.5)
def rebound_in_a_loop(x):
    total = 0.0
    for i in range(3):
        item = Noting(i, x)
        total += item.double()
        item = None
        log("next")
    return total


@program(1.5)
def temporaries(x):
    y = Noting("one", x).double()
    log("after one")
    Noting("two")
    log("after two")
    [Noting("three"), Noting("four")]
    log("after four")
    return y


@program(1.5)
def argument_that_is_deleted(x):
    def take(item):
        y = item.double()
        del item
        log("in take")
        return y

    y = take(Noting("item", x))
    log("after")
    return y


@program(grad=False)
def reference_counts():
    item = object()
    counts = [sys.getrefcount(item)]
    held = [item]
    counts.append(sys.getrefcount(item))
    del held
    counts.append(sys.getrefcount(item))
    return counts


@program(grad=False)
def proxies():
    item = Noting("item", 2)
    proxy = weakref.proxy(item)
    y = proxy.double()
    item = None
    try:
        proxy.double()
    except ReferenceError as error:
        return y, str(error)


@program(grad=False)
def generator_in_a_cycle():
    """The collector sees what the frame of a suspended generator refers to."""

    def values(cell):
        kept = Noting("kept")
        try:
            yield 1
            yield cell
        finally:
            log("closed")

    cell = []
    it = values(cell)
    cell.append(it)
    log(next(it))
    reference = weakref.ref(it)
    del it, cell
    log(reference() is None)
    gc.collect()
    return reference() is None


@program(grad=False)
def generator_that_never_began():
    def values(item):
        yield item

    item = Noting("item")
    it = values(item)
    cell = [it]
    item = it = None
    log("before")
    del cell
    log("after")


@program(grad=False)
def error_in_a_finalizer():
    class Broken:
        def __del__(self):
            raise ValueError("in __del__")

    seen = []
    saved = sys.unraisablehook
    sys.unraisablehook = lambda info: seen.append((info.exc_type.__name__, str(info.exc_value)))
    try:
        item = Broken()
        del item
    finally:
        sys.unraisablehook = saved
    return seen


@program(grad=False)
def error_when_a_generator_is_dropped():
    def values():
        try:
            yield 1
        finally:
            raise ValueError("in finally")

    seen = []
    saved = sys.unraisablehook
    sys.unraisablehook = lambda info: seen.append((info.exc_type.__name__, str(info.exc_value)))
    try:
        it = values()
        next(it)
        del it
    finally:
        sys.unraisablehook = saved
    return seen


@program(1.5)
def rebound_where_a_handler_needs_the_old_one(x):
    """While a handler may read it, a variable has two registers."""
    y = x
    item = Noting("first", x)
    try:
        y += item.double()
        item = Noting("second", y)
        log("rebound")
        y += item.double()
        item = 0
        log("released")
    except ValueError:
        log(item.name)
    log("after")
    for i in range(3):
        try:
            item = Noting(i, y)
            if i == 1:
                raise ValueError
            y += item.double()
        except ValueError:
            log("caught with", item.name)
        log("next")
    del item
    log("deleted")
    return y


class Adding(Noting):
    def __iadd__(self, v):
        if v > 3:
            raise ValueError
        self.value += v
        return self


@program(2.0)
def updated_in_place_where_it_may_fail(x):
    a = Adding("a", x)
    for v in (x, 5.0, 1.0):
        try:
            a += v
            a.value *= x
        except ValueError:
            log("refused")
    c = a.value
    del a
    log("gone")
    return c


@program([1.0, 2.0, 3.0])
def loop_variables_that_handlers_read(xs):
    total = 0.0
    item = Noting("before", xs[0])
    try:
        for item in [Noting(i, x) for i, x in enumerate(xs)]:
            log("in the loop")
            try:
                if item.value > 1.5:
                    item = Noting("other", item.value)
                total += item.double()
            finally:
                log("finally", item.name)
    except ValueError:
        log(item.name)
    log("after the loop")
    item = None
    log("after the variable")
    return total


@program(1.5)
def while_with_a_variable_that_nobody_reads_after(x):
    n = 0
    item = None
    while n < 3:
        try:
            item, old = Noting(n, x), item
            x += item.double()
        except ValueError:
            log(item, old)
        n += 1
    log("after")
    return x
