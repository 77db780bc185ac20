"""Where control goes next, made as hard as possible: every path here depends on an input."""

import itertools

from . import FD, NIL, log, program


@program(1.3)
def loop_left_in_five_ways(x):
    def leave(how):
        y = x
        for i in itertools.count():
            try:
                if how == "return" and y > 3:
                    return y * x
                if how == "break" and y > 3:
                    break
                if how == "raise" and y > 3:
                    raise ValueError(y)
                if how == "stop":
                    next(iter(()))
                if i < 2:
                    continue
            except StopIteration:
                y += x
                how = "break"
            except ValueError as error:
                return error.args[0] * i
            finally:
                y = y * x + i
        else:
            y = -1.0
        return y

    return sum(leave(how) * k for k, how in enumerate(["return", "break", "raise", "stop"], 1))


@program([3.0, 1.0, 2.0, 5.0, 4.0], grad=([FD, FD, FD, FD, NIL],))
def while_else_over_pops(xs):
    rest = xs[:]
    total = 1.0
    while rest and (last := rest.pop(0)) < 4.5:
        if last < 1.5:
            total += last * total
            continue
        for y in rest:
            if y > last:
                total *= y + last
                break
        else:
            total -= last
    else:
        total *= 100.0
    return total * last


@program(0.7)
def mutual_generators(x):
    """Each asks the other for the next value, and either may end first."""

    def even(depth):
        if depth:
            for v in odd(depth - 1):
                got = yield v * x
                if got is not None:
                    yield got * v
        else:
            yield x

    def odd(depth):
        if depth:
            it = even(depth - 1)
            v = next(it)
            try:
                yield it.send(v + 1.0)
            except StopIteration:
                yield v
            yield from it
        else:
            yield x * x
            yield x + 1.0

    return sum(v * (i + 1) for i, v in enumerate(even(4))) + sum(even(3))


@program([1.0, -2.0, 3.5, -4.0, 5.0])
def filtered_and_nested_comprehensions(xs):
    ys = [y for i, x in enumerate(xs) if x > 0 if i % 2 == 0 for y in (x, x * x) if y != 9.0]
    by_sign = {s: [v * s for v in xs if (v > 0) == (s > 0)] for s in (1, -1)}
    pairs = [(a, b) for a in by_sign[1] for b in (c for c in by_sign[-1] if c > a / 2)]
    return sum(ys) + sum(a * b for a, b in pairs) + sum(x for x in xs if not x > 0)


@program(2.0, [0.5, 0.25], grad=(FD, [None, FD]))
def conditions_with_effects(x, ws):
    trace = []

    def seen(v):
        trace.append(v > 1.0)
        return v

    a = seen(x) and seen(ws[0]) and seen(ws[1] * x)
    b = seen(0.0) or seen(a * x) or seen(1.0)
    c = seen(x) if not seen(0.0) else seen(-x)
    d = 0.1 < seen(ws[0]) < seen(x) < 3.0 and seen(ws[1])
    log(trace)
    return a + b * 2 + c * 3 + d * 4


@program(1.1)
def one_line_many_times(x):
    """The same instruction sees floats, ints, lists' items and values without a derivative."""

    def step(v, w):
        return v * w + v if v < w else w

    values = [step(x, 2), step(2, x), step(True, x), step(x, x), step(1, 2), step(x * 3, 2.5)]
    log([type(v).__name__ for v in values])
    return sum(v * x**i for i, v in enumerate(values))


@program(1.5, 2.7, True, grad=(FD, FD, None))
def swapped_branches(x, y, flag):
    """Names that mean another variable in each branch."""
    if flag:
        x, y = y, x
    for i in range(3):
        if i % 2:
            x, y = y, x * y
        elif x > y:
            x, z = x - y, x
        else:
            z, y = y, y / x
        flag = not flag
    del flag
    return x * y + z


@program(1.2)
def goto_by_exceptions(x):
    class Jump(Exception):
        pass

    state, y = "a", x
    for _ in range(20):
        try:
            match state:
                case "a" if y < 2:
                    y = y * 1.5 * x
                    raise Jump("b")
                case "a":
                    raise Jump("c", y)
                case "b":
                    y -= 0.25 * x
                    raise Jump("a")
                case str() as last:
                    log(last)
                    break
        except Jump as jump:
            state, *carried = jump.args
            for v in carried:
                y += v * x
    return y


@program([0.3, 0.6, 0.9], 2.0)
def break_out_of_everything(xs, limit):
    total = 0.0
    with_seen = []

    class Noted:
        def __enter__(self):
            return with_seen

        def __exit__(self, *info):
            with_seen.append(total)

    for a in xs:
        with Noted():
            for b in xs:
                with Noted() as seen:
                    total += a * b * limit
                    if total > limit / 2:
                        break
                    if len(seen) > 2:
                        return total + sum(seen)
            else:
                continue
            break
    return total * sum(with_seen)


@program(2.1)
def lambda_chooses_lambda(x):
    table = {
        True: lambda f, n: f[n > 4](f, n - x / 2) * x if n > 0 else x,
        False: lambda f, n: f[n < 2](f, n - x / 5) + n if n > 0 else x * x,
    }
    return table[True](table, 6.0) + table[False](table, x)


@program(3, grad=(2379,), fd=False)
def ints_as_counts_and_as_values(n):
    """By hand: t' = t + n t' + 2 n, five times from 0; then -3 and -3 n**2."""
    total = 1
    while total < 1000:
        total = total * n + n**2
    for _ in range(n):
        total -= n
    return total - n * n * n


@program(1.7)
def recursion_with_early_returns(x):
    def walk(v, depth, path):
        if depth > 6:
            return v
        if v > 4:
            return walk(v / x, depth + 1, [*path, v]) if len(path) % 2 else v * path[-1]
        for i in range(3):
            if (w := v + i * 0.5) > 2:
                return walk(w * x, depth + 1, [*path, w])
        return walk(v * 2, depth + 1, path)

    return walk(x, 0, [x]) + walk(0.1 * x, 0, [x * x])


@program((1.0, 2.0), (3.0, 4.0), grad=((FD, FD), (FD, FD)))
def zips_that_end_early(a, b):
    longer = itertools.chain(b, itertools.repeat(a[0], 2))
    total = sum(x * y * z for x, y, z in zip(a, longer, itertools.count(1)))
    it = iter(a)
    for x, y in zip(it, it):
        total += x * y
    lists = list(itertools.zip_longest(a, range(3), fillvalue=b[1]))
    left = next(longer, None)
    log(len(lists), left)
    return total + lists[-1][0] * left
