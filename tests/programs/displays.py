# ruff: noqa: B023
"""Displays, unpacking, assignment to several targets, and comprehensions."""

from . import FD, log, program


@program(2.0, 3.0)
def displays(x, y):
    t = (x, y, (x, [y]))
    ls = [t, {"k": x * y}, {1, 2}]
    return ls[0][2][1][0] * ls[1]["k"] + t[0] + len(ls[2])


@program(2.0, 3.0)
def unpacked_displays(x, y):
    a = [x, y]
    t = (*a, *(y, x), 1)
    d = {**{"x": x, "y": y}, "y": y * y, **dict(z=x)}
    s = {*a, *t}
    return t[0] * t[2] + [*t, *a][-1] * d["y"] + d["z"] * len(s)


@program([1.0, 2.0, 3.0, 4.0, 5.0])
def star_unpacking(xs):
    a, *middle, b = xs
    *front, last = middle
    (c, d), *rest = [(a, b), last, *front]
    return a * middle[1] + b * last + c * rest[0] * front[0] + d * len(rest)


@program(([1.0, 2.0], (3.0, [4.0, 5.0])), grad=(([5.0, None], (5.0, [None, 4.0])),))
def nested_unpacking(tree):
    [a, _], (b, [_, c]) = tree
    return a * c + b * c


@program([1.0, 2.0], raises=ValueError("not enough values to unpack (expected 3, got 2)"))
def unpack_too_few(xs):
    a, b, c = xs
    return a + b + c


@program([1.0, 2.0, 3.0], raises=ValueError)
def unpack_too_many(xs):
    a, b = log(xs)
    return a + b


@program(2.0, raises=TypeError("cannot unpack non-iterable float object"))
def unpack_a_float(x):
    a, b = x
    return a


@program(2.0, 5.0, 3.0)
def swaps_and_rotations(x, y, z):
    x, y = y, x
    x, y, z = z, x, y
    xs = [x, y, z]
    i = 0
    i, xs[i] = 2, z
    return xs[0] + 2 * xs[1] * xs[i]


@program(1.5)
def chained_assignment(x):
    a = b = [x]
    a[0] += 1
    c = d = b[0] * x
    c += 1
    return c * d


@program([0.5, 1.5, 2.5], grad=([3.0, 3.0, 3.0],))
def list_comprehension(xs):
    return sum([3 * x for x in xs])


@program([0.5, -1.5, 2.5], grad=([4.0, None, 20.0],))
def comprehension_with_conditions(xs):
    return sum([4 * x if x < 1 else 4 * x * x for x in xs if x > 0 if x != 1])


@program([[1.0, 2.0], [3.0, 4.0]])
def nested_comprehensions(rows):
    t = [[row[i] for row in rows] for i in range(2)]
    flat = [x * (i + 1) for i, row in enumerate(t) for x in row]
    return sum(flat) * t[0][1] + sum(x * y for x in t[0] for y in t[1] if x < y)


@program({"a": 1.0, "b": 2.0, "c": 3.0}, grad=({"a": FD, "b": None, "c": FD},))
def dict_comprehension(d):
    squares = {k: v * v for k, v in d.items() if k != "b"}
    back = {v: k for k, v in squares.items()}
    return sum(squares.values()) * len(back) + squares["a"] * squares["c"]


@program(1.6, 2.7)
def set_comprehension(x, y):
    seen = {round(v) for v in (x, y, x + y)}
    return x * len(seen) + y * max(seen)


@program(1.5)
def comprehension_captures(x):
    fs = [lambda y, k=k: y * k * x for k in range(3)]
    late = [lambda: k * x for k in range(3)]
    return fs[1](2.0) + fs[2](x) + late[0]()
