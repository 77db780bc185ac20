"""What goes on reading a container that changes; operators of containers; what is passed on."""

import collections
import copy
import functools
import itertools
import types

from . import FD, log, program


@program([1.5, 2.5, 0.5], 1.25, grad=([FD, None, FD], FD))
def iterators_see_changes(xs, y):
    first, back = iter(xs), reversed(xs)
    total = next(first) * next(back)
    xs[1] = y
    total += next(first) * 2 + next(back) * 3
    xs.insert(0, y * y)
    total += sum(first) * y + sum(back)
    xs.append(total)
    log(list(first), list(back))
    return total * xs[-1]


@program([1.5, 2.5, 0.5], 1.25, grad=([FD, None, FD], FD))
def lazy_functions_see_changes(xs, y):
    pairs, numbered = zip(xs, xs), enumerate(xs, 1)
    doubled, chained = map(lambda v: v * 2, xs), itertools.chain(xs, [y])
    part, (one, two) = itertools.islice(xs, 1, 3), itertools.tee(xs)
    around, neighbours = itertools.cycle(xs), itertools.pairwise(xs)
    total = next(doubled) + next(chained) + next(one) + next(around)
    xs[1] = y * xs[0]
    xs.append(y)
    total += sum(a * b for a, b in pairs) + sum(i * v for i, v in numbered)
    total += sum(doubled) + sum(chained) * 2 + sum(part) * 3 + next(around) * 4
    total += sum(one) + sum(two) * 5 + sum(a * b for a, b in neighbours)
    return total


@program({"a": 1.5, "b": 2.5}, 1.25)
def views_see_changes(d, y):
    values, items, keys = d.values(), d.items(), d.keys()
    total = sum(values)
    d["a"] = y
    d["c"] = y * y
    log(len(values), len(items), list(keys), 1.25 in values, repr(values), ("b", 2.5) in items)
    log(isinstance(items, type({}.items())), items & {("b", 2.5)}, items == d.items())
    total += sum(values) * 2 + sum(v * len(k) for k, v in items) * 3
    total += next(reversed(values)) * d["b"]
    steps = iter(items)
    total += next(steps)[1]
    d["b"] *= total
    return total * next(steps)[1]


@program({"a": 1.5, "b": 2.5}, 1.25)
def a_dict_that_grows_while_its_items_are_taken(d, y):
    total = 0.0
    for loop in (d.items(), d.values(), d.keys()):
        try:
            for item in loop:
                total += d["a"] * y
                d[str(item)[:1] + "x"] = total
        except RuntimeError as error:
            log(str(error), len(d))
    return sum(d.values())


class Numbers(list):
    pass


class Table(dict):
    pass


@program(
    Numbers([1.5, 2.5, 0.5]),
    Table(a=1.5, b=2.5),
    1.25,
    grad=([FD, None, FD], {"a": FD, "b": FD}, FD),
)
def loops_over_subclasses(xs, d, y):
    for i, v in enumerate(xs):
        if i == 0:
            xs.append(v * y)
    for v in xs:
        if 2.0 < v < 3.0:
            xs.remove(v)
    try:
        for key in d:
            d[key + "x"] = y * d[key]
    except RuntimeError as error:
        log(str(error))
    log(type(xs).__name__, type(d).__name__, len(xs))
    return sum(xs) * sum(d.values()) + sum(xs + [y]) + sum((d | {"a": y}).values()) * xs[0]


@program((1.5, 2.5), 1.25)
def tuples_that_seem_to_change(t, y):
    before = t
    t += (y, t[0])
    t *= 2
    try:
        before[0] = y
    except TypeError as error:
        log(str(error))
    return sum(i * v for i, v in enumerate(t)) * before[1] + sum(before + t[1:2])


@program(collections.OrderedDict(a=1.5, b=2.5), 1.25)
def ordered_dicts(d, y):
    d.move_to_end("a")
    total = sum(i * v for i, v in enumerate(d.values(), 1))
    d |= {"b": y * d["a"]}
    d |= [("c", y)]
    other = d | {"a": 3.0}
    again = {"z": y} | d
    copied = d.copy()
    copied["a"] *= y
    log(list(d), type(other).__name__, type(again).__name__, type(copied).__name__, list(copied))
    log(list(reversed(d)), d.popitem(last=False)[0], list(dict(d)), list(d.items())[0][0])
    return total + sum(other.values()) * 2 + sum(again.values()) * 3 + sum(copied.values()) * d["a"]


@program(1.5)
def operators_of_collections(x):
    d = collections.defaultdict(float, a=x)
    d |= {"b": x * x}
    q = collections.deque([x, 2.0]) + collections.deque([x * x])
    q *= 2
    s = {x} | frozenset([x * 2])
    s ^= {x * 3}
    keys = {"a": x}.keys() | {"b"}
    joined = Numbers([x]) + [x * 2]
    log(type(d | {}).__name__, type(q).__name__, sorted(keys), type(joined).__name__)
    return sum((d | {"c": x}).values()) * sum(q) + sum(s) * sum(joined) + max(s - {x})


class Pair:
    """Something that can be iterated over."""

    def __init__(self, v):
        self.v = v

    def __iter__(self):
        yield self.v
        yield self.v * self.v

    def __eq__(self, other):
        return isinstance(other, Pair) and self.v == other.v

    __hash__ = None

    def __lt__(self, other):
        return self.v < other.v

    def __gt__(self, other):
        return self.v > other.v


@program(1.5)
def iterables_are_passed_on_whole(x):
    space = types.SimpleNamespace(p=Pair(x), q=Pair(x * 2))
    call = functools.partial(lambda a, k: a.v * k.v, space.p, k=space.q)
    found = [Pair(x), Pair(x * 3)]
    found.remove(Pair(x))
    queue = collections.deque(found)
    queue.append(Pair(x))
    queue.remove(Pair(x * 3))
    longest = [b.v for a, b in itertools.zip_longest([1, 2], [], fillvalue=space.q)]
    both = slice(space.p, space.q)
    log(len(found), len(queue))
    total = call() + found[0].v + queue[0].v + sum(longest) + both.start.v * both.stop.v
    return total + max(space.p, space.q).v * min(space.p, space.q).v + sum(space.q)


@program([1.5, 2.5], 1.25, grad=([None, FD], FD))
def what_keywords_hold_stays_the_same_object(xs, y):
    space = types.SimpleNamespace(xs=xs)
    keep = functools.partial(lambda a, values: values.append(a), values=xs)
    space.xs[0] = y
    keep(y * y)
    log(space.xs is xs, len(xs))
    return sum(i * v for i, v in enumerate(xs, 1)) + sum(enumerate(iterable=xs), (0,))[-1]


class Held:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __getattr__(self, name):
        if name != "missing":
            raise AttributeError(name)
        return 0.5

    @property
    def product(self):
        return self.a * self.b


@program(Held(1.5, 2.5), 1.25)
def attributes_as_object_gets_them(p, y):
    total = object.__getattribute__(p, "a") * p.__getattribute__("b") + p.missing
    object.__setattr__(p, "b", y)
    total += object.__getattribute__(p, "product") * super(Held, p).__getattribute__("a")
    try:
        object.__getattribute__(p, "missing")
    except AttributeError as error:
        log(str(error))
    return total * object.__getattribute__(p, "__dict__")["a"]


@program(1.5, 2.5, 1.25)
def copies_of_namespaces(a, b, y):
    n = types.SimpleNamespace(a=a, b=[b])
    shallow, deep = copy.copy(n), copy.deepcopy(n)
    shallow.a = y
    shallow.b.append(y * y)
    deep.b[0] *= n.a
    log(n.b is shallow.b, len(deep.b))
    return n.a * sum(n.b) + shallow.a * deep.a + sum(deep.b)


class Ordered(dict):
    """Its own order, on top of that of the dict."""

    def __init__(self, *args):
        dict.__init__(self, *args)
        self.order = sorted(dict.__iter__(self))

    def __iter__(self):
        return iter(self.order)

    def items(self):
        return [(key, self[key]) for key in self]


class Backward(list):
    def __iter__(self):
        return list.__reversed__(self)

    def __getitem__(self, i):
        return list.__getitem__(self, -1 - i)


@program(1.5)
def methods_of_the_base_past_those_of_the_class(x):
    d = Ordered({"b": x, "a": x * 2.0})
    xs = Backward([x, x**2, 3.0])
    log(list(d), list(dict.__iter__(d)), list(dict.items(d)))
    total = sum(v * (i + 1) for i, (_, v) in enumerate(d.items()))
    total += sum(v * i for i, v in enumerate(list.__iter__(xs))) + sum(dict.values(d))
    for i, v in enumerate(xs):
        total += i * v + xs[i]
    return total + list.copy(xs)[1] + list.__add__(xs, [x])[3]


@program([2.0, 3.0])
def methods_of_the_base_of_an_input(ys):
    xs = Backward(ys)
    return sum(v * (i + 1) for i, v in enumerate(list.__iter__(xs))) * xs[0]
