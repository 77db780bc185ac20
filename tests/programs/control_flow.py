# ruff: noqa: B007
"""Branches, loops and the values of conditions."""

import math

from . import FD, log, program


@program(0.5)
def one_branch(x):
    if x > 1:
        return x * x
    return 3 * x


@program(2.0)
def elif_chain(x):
    if x < 0:
        y = -x
    elif x < 1:
        y = x * x
    elif x < 3:
        y = x**3
    else:
        y = 0.0
    return y + x


@program(3.0, grad=(8 * 3.0**7,))
def while_until_large(x):
    while x < 100:
        x *= x
    return x


@program(3, grad=(17496,))
def while_until_large_int(x):
    while x < 100:
        x *= x
    return x


@program(5, 3, grad=(75, None))
def pow_by_loop(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


@program(5, 0, grad=(None, None))
def loop_of_no_trips(x, n):
    r = 1
    for _ in range(n):
        r *= x
    while n > 0:
        r += x
    return r


@program(1.1, 10, grad=(FD, None))
def for_over_range(x, n):
    y = 0.0
    for i in range(n):
        y = y * x + i
    return y


@program(0.9)
def range_with_step(x):
    y = 1.0
    for i in range(10, 0, -3):
        y = y * x + i * x
    for i in range(2, 2):
        y = y * 1000
    return y


@program(1.7)
def for_with_break_and_else(x):
    total = 0.0
    for i in range(10):
        total += x / (i + 1)
        if total > 3:
            log("break", i)
            break
    else:
        total = -total
    for i in range(3):
        total *= x
    else:
        total += i * x
    return total


@program(1.7)
def while_with_else(x):
    n = 0
    while n < 3:
        n += 1
        x = x * x / 2
    else:
        x = x + n
    while True:
        if n < 0:
            break
        n -= 1
        if n % 2:
            continue
        x *= 1.5
    else:
        x = 0
    return x


@program([0.5, -2.0, 3.0, -1.0], grad=([1.0, None, 6.0, None],))
def continue_in_loop(xs):
    total = 0.0
    for x in xs:
        if x < 0:
            continue
        total += x * x if x > 1 else x
    return total


@program(1.2, grad=(FD,))
def nested_loops_with_breaks(x):
    total = 0.0
    for i in range(5):
        for j in range(5):
            if j > i:
                break
            if (i + j) % 3 == 0:
                continue
            total += x**i * j
        if total > 20:
            break
    return total


@program([1.0, 2.0, 3.0, 4.0], 5.0, grad=([1.0, 1.0, 1.0, None], None))
def early_return_from_loop(xs, limit):
    total = 0.0
    for x in xs:
        total += x
        if total > limit:
            return total
    return 0.0


@program([[1.0, 2.0], [3.0, -4.0], [5.0, 6.0]], grad=([[None, None], [3.0, 3.0], [None, None]],))
def early_return_from_nested_loops(rows):
    for i, row in enumerate(rows):
        for x in row:
            if x < 0:
                return (sum(row)) * (i + 2)
    return None


@program(0.5, 1.75, grad=(1.75, 0.5))
def chained_comparison(x, y):
    if 0 < x < 1 < y <= 2:
        return x * y
    return x + y


@program(0.5)
def chained_comparison_evaluates_once(x):
    def middle():
        log("middle")
        return x * 2

    if 0 < middle() <= 1 < 0:
        return x
    return x * (1 if 2 < middle() < log("never", 3) else 5)


@program(0.0, 3.0, grad=(None, 2.0), fd=False)
def or_gives_a_value(a, b):
    return (a or b) * 2


@program(2.0, 3.0, grad=(1.0, 1.0))
def and_gives_a_value(a, b):
    return (a and b) + (a or b)


@program([], 2.0, grad=([], 4.0))
def or_with_containers(xs, x):
    ys = xs or [x, x]
    return ys[0] * ys[1]


@program(1.5)
def short_circuit_effects(x):
    def note(name, value):
        log(name)
        return value

    a = note("a", x) and note("b", 0.0) and note("never", x)
    b = note("c", 0) or note("d", x) or note("never", x)
    return a + b * x + (not x)


@program(-1.5, grad=(2.0,))
def ternary(x):
    return (x if x > 0 else 2 * x) if x != 0 else 0.0


@program(0.8)
def ternaries_in_arguments(x):
    return max(x if x > 1 else 1 - x, 0.1) + math.sin(x if not x > 1 else 0)


@program(1.3)
def walrus(x):
    if (y := x * x) > 1:
        z = (w := y + x) * w
    while (x := x * 1.5) < 4:
        z += x
    return z + y


@program(1.3)
def walrus_in_comprehension(x):
    last = 0.0
    ys = [last := last + x * i for i in range(4) if (k := i % 3) != 1]
    return sum(ys) * last + k


@program(2, 0.5, grad=(FD, FD))
def variable_changes_type(n, x):
    y = n
    for i in range(6):
        if i == 2:
            y = y * x
        elif i == 4:
            y = [y, y * x]
        elif i == 5:
            y = y[0] * y[1]
        else:
            y = y * n
    return y


@program(3, grad=(27.0,))
def int_becomes_float_in_loop(n):
    y = n
    for i in range(3):
        y = y * n if i < 2 else y * 1.0
    return y


@program(3, grad=(2,))
def loop_variable_survives(n):
    for i in range(4):
        pass
    y = n * i
    for i in [n]:
        pass
    return y - i


@program(1.5, 4, grad=(FD, None))
def swap_in_loop(x, n):
    a, b = x, x * x
    for _ in range(n):
        a, b = b, a + b * 0.5
    return a - b * 3


@program(0.3)
def collatz_like(x):
    n, steps = 7, 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        x = math.sin(x) + 0.01 * n
        steps += 1
    return x * steps


@program(0.2)
def state_machine(x):
    state, y = "start", x
    while state != "stop":
        log(state)
        if state == "start":
            state, y = "grow", y + 1
        elif state == "grow":
            y *= 1 + x
            state = "shrink" if y > 2 else "grow"
        elif state == "shrink":
            y, state = y / 3, "stop"
    return y


@program(1.5, None, grad=(3.0, None))
def is_none(x, y):
    if y is None:
        y = x
    if x is not None and y is not None:
        return x * y
    return x


@program([1.0, 2.0, 3.0], grad=([1.0, 1.0, None],))
def while_over_growing_index(xs):
    i, total = 0, 0.0
    while i < len(xs) and xs[i] < 2.5:
        total += xs[i]
        i += 1
    return total


@program(0.63)
def many_returns(x):
    def grade(v):
        if v < 0.2:
            return v
        if v < 0.4:
            return v * v
        for k in range(5):
            if v < 0.5 + k / 10:
                return v**k * k
        return None

    return grade(x) + grade(x / 2) + grade(x / 4) + grade(0.95 * x)


@program(2.0)
def pass_and_ellipsis(x):
    if x > 1:
        pass
    else:
        ...
    for _ in (1, 2):
        pass
    return x / 2


@program(1.0, grad=(math.exp(1),))
def series_until_converged(x):
    total, term, n = 0.0, 1.0, 0
    while abs(term) > 1e-18:
        total += term
        n += 1
        term *= x / n
    return total


@program(0.5)
def deeply_nested_blocks(x):
    y = x
    for a in range(2):
        if a or x < 1:
            while y < 3:
                for b in range(2):
                    if b:
                        y = y * 2 if y < 1 else y + x
                    else:
                        y += 0.1
                if y > 2:
                    break
            else:
                y *= x
    return y


@program([3.0, 1.0, 2.0], grad=([3.0, 1.0, 2.0],))
def bubble_sort(xs):
    xs = list(xs)
    for i in range(len(xs)):
        for j in range(len(xs) - 1 - i):
            if xs[j] > xs[j + 1]:
                xs[j], xs[j + 1] = xs[j + 1], xs[j]
    log(xs)
    return xs[0] + 2 * xs[1] + 3 * xs[2]


@program(2.5, grad=(1.0,))
def condition_uses_truth_of_numbers(x):
    n, y = 5, 0.0
    while n:
        n -= 1
        if not n % 2:
            y += x
        if y and n == 2:
            y -= x * 2
    return y
