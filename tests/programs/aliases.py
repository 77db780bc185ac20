"""The same object by several ways: containers, cells, globals, attributes, methods, generators."""

import collections
import copy
import functools
import heapq
import itertools
import operator
from dataclasses import dataclass, field

from . import log, program


@program(2.0)
def one_list_under_many_names(x):
    a = [x, x * x]
    b, (c, *d) = a, (a, a)
    e = {"a": a, "b": [a, b], "t": (c,)}
    e["b"][0][0] = e["a"][1] * x
    d[0].append(e["t"][0][0] + x)
    a += [b[-1] * c[1]]
    b = b + [1.0]
    b[0] = 100.0
    log([len(v) for v in (a, b, c, d)], e["b"][1] is a)
    return sum(v * (i + 1) for i, v in enumerate(c)) + b[3]


@program([1.5, 2.5])
def one_argument_through_two_closures(xs):
    def writer(i, f):
        def write():
            xs[i] = f(xs[i])
            return xs[i]

        return write

    def reader():
        return xs[0] * 10 + xs[1]

    w0, w1 = writer(0, lambda v: v * xs[1]), writer(1, lambda v: v + xs[0])
    total = reader() + w0()
    total += reader() * w1()
    w0()
    return total + reader()


@program({"w": [1.0, 2.0], "v": [3.0]})
def aliases_made_by_shallow_copies(d):
    e = dict(d)
    f = copy.copy(e)
    g = {**f, "v": d["v"][:]}
    g["w"][0] = g["w"][0] * g["v"][0]
    f["w"] = [v * 2 for v in f["w"]]
    g["v"][0] *= 5.0
    h = copy.deepcopy(g)
    h["w"][1] *= 7.0
    d["v"] += h["w"]
    return (
        sum(d["w"]) + sum(d["v"]) * 2 + sum(f["w"]) * 3 + sum(g["v"]) * 5 + sum(h["w"]) * e["v"][-1]
    )


@program(1.5)
def cell_shared_by_many(x):
    """Nested functions, a generator, a comprehension and a class see one variable."""
    total = x

    def add(v):
        nonlocal total
        total += v
        return total

    def growing():
        nonlocal total
        while total < 20:
            total = total * x
            yield total

    class Adder:
        def __call__(self, v):
            nonlocal total
            total = total - v / 2
            return add(v)

    adder = Adder()
    seen = [adder(v) + total for v in growing() if v != 3.0]
    log(len(seen))
    return total * seen[0] + add(x) * seen[-1]


@program(0.9)
def loop_cells(x):
    functions = []
    for i in range(3):
        y = x + i
        functions.append(lambda z, i=i: y * z + i)  # noqa: B023
        functions.append((lambda w: lambda z: w * z + y)(y))  # noqa: B023
    y = y * x
    del i
    return sum(f(x) * (k + 1) for k, f in enumerate(functions))


registry = {"scale": 2.0, "stack": []}


@program(1.2, effects=["registry"])
def globals_by_all_ways(x):
    """By name, by ``globals()``, from a nested function and after an exception."""

    def outer():
        def inner():
            global registry
            registry = {**registry, "scale": registry["scale"] * x}
            raise LookupError(registry)

        inner()

    old = registry
    try:
        outer()
    except LookupError as error:
        error.args[0]["stack"].append(x * 3)
    globals()["registry"]["scale"] *= old["stack"][0]
    log(old["scale"], old is registry, old["stack"] is registry["stack"])
    return registry["scale"] * registry["stack"].pop() + old["scale"]


class Node:
    count = 0.0

    def __init__(self, value, *children):
        self.value, self.children, self.parent = value, list(children), None
        for child in children:
            child.parent = self

    def grow(self, by):
        self.value = self.value * by
        Node.count = Node.count + self.value
        if self.parent is not None:
            self.parent.grow(by)

    def __iter__(self):
        yield self
        for child in self.children:
            yield from child


@program(1.3, 0.7)
def tree_with_parents(x, y):
    leaf = Node(x)
    twin = Node(y, leaf)
    root = Node(x * y, twin, Node(1.0), twin)
    Node.count = x
    try:
        leaf.grow(y)
        root.children[0].children[0].value += root.value
        for node in root:
            node.value *= x
        return sum(n.value for n in root) + Node.count * leaf.parent.parent.value
    finally:
        Node.count = 0.0


@dataclass
class Model:
    w: list
    tied: list
    scale: float = 1.5
    cache: dict = field(default_factory=dict)

    def __call__(self, x):
        key = len(self.cache)
        self.cache[key] = sum(a * b * x for a, b in zip(self.w, self.tied))
        return self.cache[key] * self.scale


@program(2.0)
def models_with_tied_lists(x):
    w = [x, x * 2]
    m, n = Model(w, w), Model([1.0, x], w, scale=x)
    first = m(x) + n(x)
    m.w[0], n.tied[1] = n.w[1] * 3, m.tied[0]
    m.cache = n.cache
    second = m(1.0) * n(x)
    log(sorted(m.cache))
    return first + second + sum(n.cache.values())


@program([3.0, 1.0, 2.0])
def containers_exchanged(xs):
    queue = collections.deque(xs, maxlen=3)
    heap = [(x, [x]) for x in xs]
    heapq.heapify(heap)
    lowest, box = heapq.heappop(heap)
    box.append(lowest * queue[0])
    queue.append(box[1])
    queue.rotate()
    a, *rest = queue
    pairs = dict(zip("abc", map(operator.mul, queue, xs)))
    pairs["a"], pairs["b"] = pairs["b"], pairs["a"]
    xs[1:] = [pairs.pop("a"), heap[0][1][0]]
    xs.insert(0, xs.pop())
    return sum(v * (i + 1) for i, v in enumerate([*xs, a, *rest, *pairs.values()]))


@program(1.4)
def bound_methods_keep_their_object(x):
    values = [x]
    push, get = values.append, values.__getitem__
    for f in (push, functools.partial(list.append, values), lambda v: values.insert(0, v)):
        f(get(-1) * x)
    step = operator.methodcaller("pop", 0)
    first = step(values)
    setter = functools.partial(setattr, Node, "count")
    try:
        setter(first * x)
        return Node.count + sum(values) * get(1)
    finally:
        setter(0.0)


@program([1.0, 2.0, 3.0])
def written_while_iterated(xs):
    total = 0.0
    for i, x in enumerate(xs):
        if i + 1 < len(xs):
            xs[i + 1] = xs[i + 1] * x
        if i == 0:
            xs.append(x * 5)
        total += xs[i] * (i + 1)
    it = iter(xs)
    next(it)
    del xs[1]
    for x in it:
        total += x * x
    return total


@program({"a": 2.0, "b": 3.0})
def dict_views_stay_current(d):
    keys, values, items = d.keys(), d.values(), d.items()
    for k in list(keys):
        d[k] = d[k] * 2
        d[k * 2] = d[k] * d["b"]
    total = sum(values)
    d["a"], d["bb"] = d["bb"], d["a"]
    for k, v in items:
        total += v * len(k)
    del d["aa"]
    return total * sum(values)


@program(1.1, 2.2)
def generators_over_a_changing_list(x, y):
    xs = [x, y]
    squares = (v * v for v in xs)
    products = (a * b for a in xs for b in xs if a < b)
    first = next(squares)
    xs.append(first * y)
    xs[1] = xs[1] + x
    a, b = itertools.tee(squares)
    xs.append(next(a))
    return sum(b) + sum(products) + sum(itertools.islice(a, 1))


@program(2.0)
def same_object_as_two_arguments(x):
    def f(a, b, *, c, **more):
        a.append(b[0] * x)
        b[0] = b[-1] + c[0]
        more["d"][0] *= a[1]
        return a[0] * b[1] + c[-1]

    box = [x]
    return f(box, box, c=box, d=box) + box[0]
