"""Generators and coroutines."""

from .register import case


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
