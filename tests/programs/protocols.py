"""Classes that answer to operators, truth, length, iteration, items and attributes."""

import functools
import math

from . import log, program


class Vec:
    """A vector with every operator that makes sense."""

    def __init__(self, *xs):
        self.xs = list(xs)

    def __add__(self, other):
        if not isinstance(other, Vec):
            return NotImplemented
        return Vec(*(a + b for a, b in zip(self.xs, other.xs, strict=True)))

    def __radd__(self, other):
        return Vec(*(other + a for a in self.xs))

    def __mul__(self, k):
        return Vec(*(a * k for a in self.xs))

    __rmul__ = __mul__

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.xs, other.xs, strict=True))

    def __neg__(self):
        return Vec(*(-a for a in self.xs))

    def __sub__(self, other):
        return self + -other

    def __iadd__(self, other):
        log("iadd")
        for i, b in enumerate(other.xs):
            self.xs[i] += b
        return self

    def __getitem__(self, i):
        return self.xs[i]

    def __setitem__(self, i, x):
        self.xs[i] = x

    def __len__(self):
        return len(self.xs)

    def __contains__(self, x):
        return any(a == x for a in self.xs)

    def __abs__(self):
        return math.sqrt(self @ self)

    def __float__(self):
        return float(sum(self.xs))


@program([1.0, 2.0], 3.0)
def vector_operators(xs, k):
    u = Vec(*xs)
    v = u * k + k * u - Vec(k, 1.0)
    w = v
    w += u
    w[0] = w[1] * v[0]
    return v @ u + abs(u) + len(v) + sum([u[0], 1.0 + w[1]]) + (k in u) + (1.0 + u)[1]


@program(2.0, raises=TypeError)
def operator_not_implemented(x):
    return (Vec(x) + x)[0]


@program(3.0)
def reflected_operators(x):
    class Interval:
        def __init__(self, lo, hi):
            self.lo, self.hi = lo, hi

        def __radd__(self, v):
            return Interval(v + self.lo, v + self.hi)

        def __rsub__(self, v):
            return Interval(v - self.hi, v - self.lo)

        def __rtruediv__(self, v):
            return Interval(v / self.hi, v / self.lo)

        def __rpow__(self, v):
            return v**self.lo + v**self.hi

    i = Interval(x, 2 * x)
    return (1 + i).hi * (x - i).lo + (x * x / i).hi + 2.0 ** Interval(1.0, x)


@program(2.0)
def comparisons_by_methods(x):
    @functools.total_ordering
    class Money:
        def __init__(self, amount):
            self.amount = amount

        def __eq__(self, other):
            return self.amount == other.amount

        def __lt__(self, other):
            log("lt")
            return self.amount < other.amount

        def __hash__(self):
            return 1

    a, b, c = Money(x), Money(x * x), Money(1.0)
    low, middle, high = sorted([a, b, c])
    best = max([a, c, b])
    return low.amount + middle.amount * high.amount * (a >= c) + best.amount * len({a, Money(x)})


@program(2.0)
def truth_and_length(x):
    class Bag:
        def __init__(self, *xs):
            self.xs = xs

        def __len__(self):
            log("len")
            return len(self.xs)

    class Never:
        def __bool__(self):
            log("bool")
            return False

    total = x if Bag(x) else 0.0
    total += x * x if not Bag() else 0.0
    return total * 2 if not Never() else (Never() or x)


@program(2.0)
def iterator_class(x):
    class Countdown:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            return x**self.n

    return sum(Countdown(3)) * max(Countdown(2)) + [*Countdown(4)][0]


@program(2.0)
def iteration_by_getitem(x):
    class Sequence:
        def __getitem__(self, i):
            log(i)
            if i > 3:
                raise IndexError
            return x * i

    s = Sequence()
    return sum(s) + sum(v * v for v in s) + (2 * x in s)


@program(2.0)
def getitem_with_slices_and_tuples(x):
    class Grid:
        def __getitem__(self, key):
            log(key)
            return x * len(key) if isinstance(key, tuple) else x * x

        def __class_getitem__(cls, item):
            return x * 3

    g = Grid()
    return g[1, 2:3, ...] + g[::2] + Grid[int] * g[0,]


@program(2.0)
def property_with_setter(x):
    class Temperature:
        def __init__(self, celsius):
            self._celsius = celsius

        @property
        def fahrenheit(self):
            return self._celsius * 1.8 + 32

        @fahrenheit.setter
        def fahrenheit(self, value):
            log("set")
            self._celsius = (value - 32) / 1.8

        @fahrenheit.deleter
        def fahrenheit(self):
            self._celsius = 0.0

    t = Temperature(x)
    t.fahrenheit *= x
    y = t._celsius
    del t.fahrenheit
    return y * x + t.fahrenheit


@program(2.0)
def dynamic_attributes(x):
    class Proxy:
        def __init__(self, **values):
            self.__dict__["values"] = values

        def __getattr__(self, name):
            log("get", name)
            try:
                return self.values[name]
            except KeyError:
                raise AttributeError(name) from None

        def __setattr__(self, name, value):
            log("set", name)
            self.values[name] = value * 2

    p = Proxy(a=x)
    p.b = p.a * x
    return p.b + getattr(p, "c", x)


@program(2.0)
def getattribute_override(x):
    class Doubling:
        def __init__(self, v):
            self.v = v

        def __getattribute__(self, name):
            value = object.__getattribute__(self, name)
            return value * 2 if isinstance(value, float) else value

    d = Doubling(x)
    d.v += 1.0
    return d.v * x


@program(2.0)
def descriptors(x):
    class Scaled:
        def __init__(self, k):
            self.k = k

        def __set_name__(self, owner, name):
            self.name = "_" + name

        def __get__(self, obj, owner=None):
            return self if obj is None else getattr(obj, self.name) * self.k

        def __set__(self, obj, value):
            setattr(obj, self.name, value + 1)

    class Box:
        a = Scaled(x)
        b = Scaled(3.0)

    box = Box()
    box.a, box.b = x, x * x
    return box.a * box.b + Box.a.k


@program(2.0)
def cached_property(x):
    class Model:
        def __init__(self, w):
            self.w = w

        @functools.cached_property
        def cube(self):
            log("computed")
            return self.w**3

    m = Model(x)
    y = m.cube
    m.w = 100.0
    return y + m.cube


@program(1.2, 0.8)
def forward_mode_by_overloading(x, y):
    class Dual:
        def __init__(self, v, d=0.0):
            self.v, self.d = v, d

        def __add__(self, other):
            other = other if isinstance(other, Dual) else Dual(other)
            return Dual(self.v + other.v, self.d + other.d)

        __radd__ = __add__

        def __mul__(self, other):
            other = other if isinstance(other, Dual) else Dual(other)
            return Dual(self.v * other.v, self.v * other.d + self.d * other.v)

        __rmul__ = __mul__

    z = Dual(x, 1.0)
    w = 3 * z * z * z + z * y + 1
    return w.d * y + w.v
