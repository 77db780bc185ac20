"""Classes, patterns, imports, and ways out of a function."""

# ruff: noqa: B007, UP008, UP050

import contextlib

from .register import Point, case


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
