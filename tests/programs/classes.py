"""Classes: instances that hold values, operators, descriptors, metaclasses."""

import abc
import copy
import dataclasses
import enum
import functools
import math
from dataclasses import dataclass
from typing import NamedTuple

from . import FD, Fields, log, program


@dataclass
class Params:
    w: float
    b: float = 1.0


@dataclass(frozen=True)
class Frozen:
    a: float
    b: float


class Pair(NamedTuple):
    first: float
    second: float


class Slotted:
    __slots__ = ("u", "v")

    def __init__(self, u, v):
        self.u, self.v = u, v


class Node:
    def __init__(self, value, *children):
        self.value = value
        self.children = list(children)


@program(Params(2.0, 3.0), 5.0, grad=(Fields(w=5.0, b=1.0), 2.0))
def dataclass_argument(p, x):
    return p.w * x + p.b


@program(Frozen(1.0, 2.0), grad=(Fields(a=2.0, b=None),))
def field_without_gradient(p):
    return p.a * 2


@program(Params(2.0, 3.0), grad=(Fields(w=12.0, b=None),))
def field_is_overwritten(p):
    p.b = p.w * p.w
    p.w = 1.0
    return p.b * 3


@program(Pair(2.0, 3.0), grad=(Fields(first=3.0, second=2.0),))
def namedtuple_argument(pair):
    a, b = pair
    log(pair._fields)
    return a * pair[1]


@program(Slotted(2.0, 3.0), grad=(Fields(u=9.0, v=12.0),))
def slots_argument(s):
    s.u *= s.v
    return s.u * s.v / 2 + s.u * s.v / 2


@program(Node(1.0, Node(2.0, Node(3.0)), Node(4.0)))
def tree_of_objects(tree):
    def total(node):
        return node.value * (1 + sum(total(child) for child in node.children))

    return total(tree)


@program(
    [Frozen(1.0, 2.0), Frozen(3.0, 4.0)],
    grad=([Fields(a=4.0, b=None), Fields(a=None, b=1.0)],),
)
def objects_in_a_list(ps):
    return ps[0].a * ps[1].b


@program({"p": Params(1.5, 2.0), "rate": 0.3})
def object_in_a_dict(model):
    p = model["p"]
    for _ in range(3):
        p.w -= model["rate"] * (p.w * p.b - 1)
    return p.w


@program(2.0, 3.0)
def class_defined_inside(x, y):
    class Point:
        def __init__(self, x, y):
            self.x = x
            self.y = y

        def dist(self):
            return math.sqrt(self.x**2 + self.y**2)

    return Point(x, y).dist() * Point(y, 1.0).x


@program(2.0)
def class_body_is_code(x):
    class Table:
        squares = [x * k * k for k in range(3)]
        total = 0.0
        for s in squares:
            total += s
        if total > 1:
            extra = total * x
        log(__qualname__)

    return Table.total * Table.extra + Table.squares[1]


@program(1.5)
def class_attributes_are_shared(x):
    class Counter:
        total = 0.0

        def add(self, v):
            type(self).total += v
            self.last = v

    a, b = Counter(), Counter()
    a.add(x)
    b.add(x * x)
    a.total = 7.0
    return b.total * a.last + a.total * Counter.total


@program(1.5)
def dataclasses_of_all_kinds(x):
    @dataclass(order=True)
    class Item:
        price: float
        name: str = "item"
        history: list = dataclasses.field(default_factory=list, compare=False)
        doubled: float = dataclasses.field(init=False, default=0.0)

        def __post_init__(self):
            self.doubled = self.price * 2
            self.history.append(self.price)

    a, b = Item(x), Item(price=x * x, name="b")
    c = dataclasses.replace(a, price=b.doubled)
    log(a < b, a == Item(1.5), sorted([c, b, a])[0].name, [f.name for f in dataclasses.fields(a)])
    values = dataclasses.asdict(c)
    return values["doubled"] * max(a, b).price + a.history[1]


@program(1.5)
def namedtuple_made_inside(x):
    p = Pair(x, x * x)
    q = p._replace(first=p.second)
    return q.first * p.first + sum(q) + q._asdict()["second"]


@program(1.5)
def slots_made_inside(x):
    s = Slotted(x, 2.0)
    s.u, s.v = s.v * s.u, s.u
    try:
        s.w = 1.0
    except AttributeError:
        s.v += x
    return s.u * s.v


@program(2.0)
def inheritance_and_super(x):
    class Shape:
        def __init__(self, scale):
            self.scale = scale

        def area(self):
            return self.scale

        def describe(self):
            log(type(self).__name__)
            return self.area() * 2

    class Square(Shape):
        def __init__(self, side):
            super().__init__(side * 0.5)
            self.side = side

        def area(self):
            return super().area() * self.side**2

    class Cube(Square):
        def area(self):
            return super().area() * self.side

    return Square(x).describe() + Cube(x).describe() + Shape.area(Cube(x))


@program(1.5)
def cooperative_multiple_inheritance(x):
    class Base:
        def f(self, v):
            log("Base")
            return v

    class A(Base):
        def f(self, v):
            log("A")
            return super().f(v * 2) + 1

    class B(Base):
        def f(self, v):
            log("B")
            return super().f(v * v) + v

    class C(A, B):
        def f(self, v):
            log("C")
            return super().f(v) * x

    return C().f(x)


@program(2.0)
def metaclass(x):
    class Registry(type):
        members = []

        def __new__(mcls, name, bases, namespace, scale=1.0):
            namespace["factor"] = namespace.get("factor", 1.0) * scale
            cls = super().__new__(mcls, name, bases, namespace)
            mcls.members.append(cls)
            return cls

        def __init__(cls, name, bases, namespace, **kwargs):
            super().__init__(name, bases, namespace)

        def __call__(cls, *args):
            log("making", cls.__name__)
            return super().__call__(*args)

    class A(metaclass=Registry, scale=x):
        factor = 3.0

        def __init__(self, v):
            self.v = v * self.factor

    class B(A, scale=x * x):
        pass

    return sum(cls(x).v for cls in Registry.members)


@program(2.0)
def init_subclass_and_type(x):
    class Plugin:
        found = {}

        def __init_subclass__(cls, /, weight, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.weight = weight
            Plugin.found[cls.__name__] = cls

    class Sin(Plugin, weight=x):
        def run(self, v):
            return math.sin(v) * self.weight

    class Square(Plugin, weight=2.0):
        def run(self, v):
            return v * v * self.weight

    Made = type("Made", (Square,), {"weight": x * 3}, weight=x * 5)
    Made.weight *= 2
    return sum(cls().run(x) for cls in Plugin.found.values())


@program(2.0)
def new_and_singletons(x):
    class Single:
        instance = None

        def __new__(cls, v):
            if cls.instance is None:
                cls.instance = super().__new__(cls)
            return cls.instance

        def __init__(self, v):
            self.values = [*getattr(self, "values", ()), v]

    Single(x)
    return sum(v * w for v, w in zip(Single(x * x).values, (3.0, x), strict=True))


@program(2.0, raises=TypeError)
def abstract_class(x):
    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self): ...

        def double(self):
            return self.area() * 2

    class Square(Shape):
        def area(self):
            return x * x

    log(Square().double())
    return Shape()


@program(0.5)
def enum_dispatch(x):
    class Op(enum.Enum):
        SIN = "sin"
        SQUARE = "square"

        def __call__(self, v):
            return math.sin(v) if self is Op.SIN else v * v

    y = x
    for op in Op:
        y = op(y) + x
    return y * Op("sin")(x) + Op["SQUARE"](y)


@program([0.1, 0.4, -0.3], 0.5, 0.8)
def rnn_cell(xs, w, u):
    class Cell:
        def __init__(self):
            self.h = 0.0

        def step(self, x):
            self.h = math.tanh(w * x + u * self.h)

    cell = Cell()
    for x in xs:
        cell.step(x)
    return cell.h


@program(0.5)
def sgd_with_momentum(x):
    class Optimizer:
        def __init__(self, rate):
            self.rate, self.velocity, self.steps = rate, {}, 0

        def step(self, params, grads):
            self.steps += 1
            for name, g in grads.items():
                v = self.velocity.setdefault(name, 0.0)
                self.velocity[name] = 0.9 * v + g
                params[name] -= self.rate * self.velocity[name]

    params, optimizer = {"a": x, "b": 1.0}, Optimizer(0.1 * x)
    for _ in range(4):
        optimizer.step(params, {"a": params["a"] * 2, "b": params["a"] * params["b"]})
    return params["a"] + params["b"] * optimizer.steps


@program(1.5)
def linked_list(x):
    class Cons:
        def __init__(self, head, tail=None):
            self.head, self.tail = head, tail

    cell = None
    for k in range(4):
        cell = Cons(x**k, cell)
    previous = None
    while cell is not None:
        cell.tail, previous, cell = previous, cell, cell.tail
    total, k = 0.0, 1
    while previous:
        total += previous.head * k
        previous, k = previous.tail, k + 1
    return total


@program(1.5)
def object_graph_with_cycles(x):
    class Person:
        def __init__(self, age):
            self.age = age
            self.friends = []

        def befriend(self, other):
            self.friends.append(other)
            other.friends.append(self)

    a, b = Person(x), Person(x * x)
    a.befriend(b)
    a.friends[0].friends[0].age += b.age
    return a.age * b.friends[0].friends[0].age


@program(2.0)
def subclass_of_builtins(x):
    class Stack(list):
        def push(self, v):
            self.append(v)
            return self

    class Defaults(dict):
        def __missing__(self, key):
            log("missing", key)
            self[key] = x * len(key)
            return self[key]

    s = Stack([x]).push(x * x).push(3.0)
    d = Defaults(a=x)
    return s[1] * sum(s) + d["abc"] * d["a"] + d["abc"]


@program(2.0)
def copies_of_objects(x):
    p = Params(x, [x * 3])
    shallow, deep = copy.copy(p), copy.deepcopy(p)
    p.b[0] *= 2
    shallow.w = p.w * x
    return shallow.w * shallow.b[0] + deep.b[0] * deep.w


@program(2.0)
def methods_added_later(x):
    class A:
        pass

    A.f = lambda self, v: v * x
    a = A()
    a.g = lambda v: v + x
    A.h = functools.partialmethod(A.f, 3.0)
    return a.f(a.g(x)) + a.h()


@program(2.0)
def name_mangling(x):
    class A:
        def __init__(self):
            self.__secret = x

    class B(A):
        def __init__(self):
            super().__init__()
            self.__secret = x * x

        def total(self):
            return self.__secret * self._A__secret

    return B().total()


@program(3.0, raises=AttributeError)
def attribute_of_none(x):
    class Node:
        next = None

    return x * Node().next.value


@program(Params(2.0), grad=(Fields(w=12.0, b=None),))
def subclass_made_from_argument(p):
    class Cubic(Params):
        def __call__(self):
            return self.w**3

    return Cubic(p.w)()


@program(Frozen(2.0, 3.0), raises=dataclasses.FrozenInstanceError)
def frozen_cannot_be_assigned(p):
    p.a = p.b
    return p.a


@program(
    Node(1.0, Node(2.0)),
    grad=(Fields(value=2.0, children=[Fields(value=FD, children=None)]),),
)
def object_mutated_then_read(node):
    child = node.children[0]
    node.children.append(Node(child.value * 3))
    child.value = node.value * 2
    return node.children[1].value + child.value
