"""What the machine remembers of places: loops over several sequences, attributes, sums.

Each loop and call is run twice within a program, because instructions remember what they
saw the first time.
"""

import math

from . import FD, log, program


@program([1.0, 2.0, 3.0], [4.0, 5.0])
def uneven_zip(xs, ys):
    total = 0.0
    for _ in range(2):
        x = y = None
        for x, y in zip(xs, ys):
            total += x * y
        log(x, y)  # the variables keep the last pair
    return total + xs[2]


@program([1.0, 2.0, 3.0])
def enumerate_with_start(xs):
    total = 0.0
    for start in (0, 5):
        for i, x in enumerate(xs, start):
            total += i * x
        log(i)
    return total


@program([1.0, 2.0, 3.0])
def pairs_as_tuples(xs):
    kept = []
    for _ in range(2):
        for pair in zip(xs, range(3)):
            kept.append(pair)
        for a, *rest in enumerate(xs):
            kept.append((a, rest[0]))
    log([type(p) for p in kept], len(kept))
    return sum(x * (i + 1) for x, i in kept[:3]) + kept[-1][1]


@program([1.0, 2.0, 3.0])
def nested_targets(xs):
    total = 0.0
    for _ in range(2):
        for i, (x, y) in enumerate(zip(xs, xs[1:])):
            total += (i + 1) * x * y
    return total


@program([1.0, 2.0, 3.0])
def growing_while_enumerated(xs):
    total = 0.0
    for _ in range(2):
        seen = list(xs)
        for i, x in enumerate(seen):
            if i < 2:
                seen.append(x * 2)
            total += x
        log(len(seen))
    return total


@program([1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0])
def leaving_a_zip(xs, ys, zs):
    total = 0.0
    for turn in range(2):
        for x, y, z in zip(xs, ys, zs):
            if turn and y > 4.5:
                break
            total += x * y * z
        else:
            total += z
    return total


@program((1.0, 2.0), raises=ValueError)
def strict_zip(xs):
    total = 0.0
    for n in (2, 3):
        for x, i in zip(xs, range(n), strict=True):
            total += x * i
    return total


@program([1.0, 2.0], raises=TypeError)
def zip_of_a_number(xs):
    for a in (xs, 3):
        for x, y in zip(xs, a):
            log(x, y)


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


class Loose:
    """Attributes in another order, one of them on the class."""

    y = 3.0

    def __init__(self, x):
        self.other = x
        self.x = x * 2.0


@program(2.0, 3.0)
def one_read_many_classes(x, y):
    total = 0.0
    for p in [Point(x, y), Slotted(y, x), Loose(x), Point(y, x), Loose(y), Slotted(x, x)] * 2:
        total += p.x * p.y
    return total


@program(2.0)
def stores_over_stores(x):
    p, q = Point(x, x * x), Slotted(x, 1.0)
    kept = []
    for i in range(4):
        p.x = p.x * x
        kept.append(p.x)  # held elsewhere: the next store must not change it
        q.x += p.y
        q.y = float(i)  # inactive over active and back
        p.y = q.y if i % 2 else q.x
        log(p.x == kept[-1], q.y)
    return sum(kept) + p.x + q.x + p.y * x


@program(2.0)
def attribute_that_becomes_a_property(x):
    class Changing:
        def __init__(self, v):
            self.v = v

    total = 0.0
    c = Changing(x)
    for i in range(4):
        total += c.v * (i + 1)
        if i == 1:
            Changing.v = property(lambda self: self.__dict__["v"] * 10.0)
        if i == 2:
            del Changing.v
    return total


@program(2.0)
def attribute_deleted_and_made_again(x):
    p = Point(x, x)
    total = 0.0
    for i in range(4):
        try:
            total += p.x
        except AttributeError as error:
            log(str(error))
        if i == 0:
            del p.x
        elif i == 1:
            p.x = x * 5.0
    return total


@program(2.0)
def attributes_through_their_dict(x):
    p = Point(x, x)
    total = 0.0
    for i in range(4):
        total += p.x * (i + 1)
        if i == 1:
            vars(p)["x"] = x * x
        p.y = total
    log(list(vars(p)))
    return total + p.y


@program(2.0)
def values_keep_their_identity(x):
    p = Point(x, x)
    same = []
    for _ in range(2):
        p.x = x * 3.0
        a = p.x
        p.y = a
        same.append(p.x is p.y)
        p.x = x * 4.0
        same.append(p.x is p.y)
    log(same)
    return p.x * p.y + a


@program(0.5)
def module_attributes(x):
    total = 0.0
    saved = math.tau
    try:
        for i in range(4):
            total += math.sin(x) * math.tau
            if i == 1:
                math.tau = 1.0
    finally:
        math.tau = saved
    return total


@program([0.1, 0.2, 0.3], 4.0)
def sums(xs, x):
    whole = sum(xs) + sum(xs, x) + sum((x, x * x, 2.5)) + sum([])
    mixed = sum([1, x, True, 2.5]) + sum([1, 2]) * x
    log(sum(range(4)), sum([[1], [2]], []))
    made = [v * x for v in xs]
    made[1] = 7.0
    return whole + mixed + sum(made) + sum(v for v in made) * x


@program([0.1] * 10, grad=([FD] * 10,))
def sum_rounds_like_the_builtin(xs):
    return sum(xs) * sum(x for x in xs)
