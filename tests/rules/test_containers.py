"""Lowerings of containers do what the originals do, and gradients go through."""

import bisect
import collections
import copy
import heapq
import math
import queue
import struct
import threading
import types
import zlib

import pytest
from checking import differences

import zygcore as zg
from zygcore.errors import UnsupportedError
from zygcore.rules.registry import LOWERING, RULES


def lowered(f, *args, **options):
    assert RULES[f].kind == LOWERING
    return RULES[f].function(*args, **options)


def outcome(f, *args, **options):
    try:
        return repr(f(*args, **options))
    except Exception as error:
        return type(error)


class Keyed:
    def keys(self):
        return ["a", "b"]

    def __getitem__(self, key):
        return key * 2


UPDATES = [
    ((), {}), (([("a", 1), ["b", 2]],), {}), (({"a": 1},), {"b": 2}), (([("a", 1)],), {"a": 2}),
    ((Keyed(),), {}), ((["ab", "cd"],), {}), (([("a",)],), {}), (([5],), {}), ((5,), {}),
    ((1, 2), {}), ((iter([("a", 1)]),), {"self": 3}), ((collections.OrderedDict(a=1),), {}),
]  # fmt: skip


@pytest.mark.parametrize(("args", "options"), UPDATES)
@pytest.mark.parametrize("kind", [dict, collections.OrderedDict])
def test_making_dicts(kind, args, options):
    def updated(update, *args, **options):
        mapping = kind(z=0)
        update(mapping, *args, **options)
        return mapping

    args = copy.deepcopy(args)
    again = copy.deepcopy(args)
    assert outcome(RULES[kind].function, *args, **options) == outcome(kind, *again, **options)
    for method in (kind.update, kind.__init__):
        options.pop("self", None)
        args, again = copy.deepcopy(args), copy.deepcopy(args)
        ours = outcome(updated, RULES[method].function, *args, **options)
        assert ours == outcome(updated, method, *again, **options)


def test_defaultdict():
    for args, options in [
        ((), {}), ((list,), {}), ((list, [("a", [1])]), {"b": []}), ((None,), {"a": 1}), ((5,), {}),
    ]:  # fmt: skip
        ours = outcome(RULES[collections.defaultdict].function, *args, **options)
        assert ours == outcome(collections.defaultdict, *args, **options)
    missing = collections.defaultdict.__missing__
    d = collections.defaultdict(list)
    assert lowered(missing, d, "a") == [] and d == {"a": []}
    d.default_factory = None
    with pytest.raises(KeyError, match="'b'"):
        lowered(missing, d, "b")


@pytest.mark.parametrize(
    "options", [{}, {"key": abs}, {"reverse": True}, {"key": abs, "reverse": True}]
)
def test_list_sort(options):
    ours, theirs = [3, -1, 2, -3, 1], [3, -1, 2, -3, 1]
    assert lowered(list.sort, ours, **options) is None
    theirs.sort(**options)
    assert ours == theirs
    with pytest.raises(TypeError):
        lowered(list.sort, [1, "a"])


def test_list_setitem():
    for key, value in [(1, "x"), (slice(0, 2), "abc"), (slice(None, None, 2), "ab"), (9, 0)]:
        for_us, for_them = [1, 2, 3], [1, 2, 3]
        ours = outcome(RULES[list.__setitem__].function, for_us, key, value)
        assert ours == outcome(list.__setitem__, for_them, key, value)
        assert for_us == for_them


def test_counting():
    count = collections.Counter.update.__globals__["_count_elements"]
    ours, theirs = {"a": 2.5}, {"a": 2.5}
    lowered(count, ours, "abca")
    count(theirs, "abca")
    assert ours == theirs


class Plain:
    def __init__(self, x):
        self.x = x


class Slots:
    __slots__ = ("unset", "x")

    def __init__(self, x):
        self.x = x


class Both(Slots):
    def __init__(self, x):
        self.x = x
        self.y = 2 * x


class Items(list):
    def __init__(self, x):
        super().__init__([x, x])
        self.x = x


class Table(dict):
    def __init__(self, x):
        self["a"] = self.x = x


class WithState(Plain):
    def __getstate__(self):
        return {"x": self.x}


class WithArguments(tuple):
    def __new__(cls, x):
        self = super().__new__(cls, (x,))
        self.x = x
        return self

    def __getnewargs__(self):
        return (self[0],)


class WithReduce(Plain):
    def __reduce__(self):
        return WithReduce, (self.x,)


KINDS = [Plain, Slots, Both, Items, Table, WithState, WithArguments, WithReduce]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", [2, 4])
def test_taking_objects_apart(kind, protocol):
    def parts(reduced):
        return [list(p) if hasattr(p, "__next__") else p for p in reduced]

    obj = kind(1.5)
    ours = parts(lowered(object.__reduce_ex__, obj, protocol))
    theirs = parts(object.__reduce_ex__(obj, protocol))
    assert ours[: len(theirs)] == theirs and ours[len(theirs) :] in ([], [None] * 3)


class Packer(struct.Struct):
    def __init__(self, x):
        super().__init__("d")
        self.x = x


def test_what_cannot_be_copied():
    """C code keeps something in these that nobody gets out of them."""
    made = [
        threading.Lock(),
        struct.Struct("d"),
        Packer(1.5),
        zlib.compressobj(),
        queue.SimpleQueue(),
    ]
    for obj in ((v for v in ()), lambda: 0, open, *made):
        assert outcome(RULES[object.__reduce_ex__].function, obj, 4) == outcome(
            object.__reduce_ex__, obj, 4
        )


# ------------------------------------------------------------------ gradients


def sort_with_key(x, y):
    items = [x, -y, x * y]
    items.sort(key=lambda v: v * v)
    return items[0] + 2 * items[1] + 3 * items[2]


def sort_without_key(x, y):
    items = [x, y, x * y]
    items.sort(reverse=True)
    return items[0] + 2 * items[1] + 3 * items[2]


def factory(x, y):
    groups = collections.defaultdict(lambda: x * y)
    groups["a"] += y
    return groups["a"] * groups["b"]


def factory_of_lists(x, y):
    groups = collections.defaultdict(list)
    for v in (x, y, x * y):
        groups[v > 1].append(v)
    return math.prod(map(sum, groups.values()))


def counter(x, y):
    c = collections.Counter(a=x, b=y)
    c.update("ab")
    c.update({"a": x * y})
    c.subtract(b=x)
    return c["a"] * c["b"] + c.total()


def ordered(x, y):
    d = collections.OrderedDict([("a", x), ("b", y)], c=x * y)
    d.move_to_end("a")
    d.update(c=d["c"] ** 2)
    return d.popitem()[1] * d.popitem(last=False)[1] + d["c"]


def chain_map(x, y):
    m = collections.ChainMap({"a": x}, {"a": y, "b": y})
    m["c"] = x * y
    return m["a"] * m["b"] + m["c"]


def methods_of_dicts(x, y):
    d = dict.fromkeys("ab", x)
    d.update([("b", y)])
    d.update({"c": x * y}, d=x)
    d |= [("e", y)]
    d.setdefault("f", x * x)
    return (
        sum(k * v for k, v in enumerate(d.values(), 1)) + d.pop("c") * d.get("a") + d.popitem()[1]
    )


def heap(x, y):
    h = [x, y, x * y]
    heapq.heapify(h)
    heapq.heappush(h, x + y)
    a = heapq.heappop(h)
    b = heapq.heapreplace(h, x * x)
    c = heapq.heappushpop(h, y * y)
    return a + 2 * b + 3 * c + 4 * math.prod(heapq.nsmallest(2, h)) + heapq.nlargest(1, h)[0]


def inserted(x, y):
    items = sorted([x, y])
    bisect.insort(items, x * y)
    bisect.insort(items, -x, key=lambda v: v)
    i = bisect.bisect_left(items, y)
    return sum(k * v for k, v in enumerate(items, 2)) * items[i]


def deques(x, y):
    q = collections.deque([x, y], maxlen=4)
    q.appendleft(x * y)
    q.extend([x, y * y])
    q.rotate(1)
    q[1] = q[1] * x
    q += [y]
    return sum(k * v for k, v in enumerate(q, 1)) * q.popleft() + q[-1]


def slots_of_lists(x, y):
    items = [x, y]
    list.__setitem__(items, slice(1, 1), [x * y, y])
    list.__setitem__(items, 0, y * y)
    list.append(items, x)
    return list.__getitem__(items, 0) * sum(k * v for k, v in enumerate(list.__iter__(items)))


def copies(x, y):
    total = 0.0
    for kind in KINDS:
        obj = kind(x * y)
        total += copy.copy(obj).x * 2 + copy.deepcopy([obj, y])[0].x * y
    return total


def subclasses(x, y):
    class Log(dict):
        def __setitem__(self, key, value):
            super().__setitem__(key, value * 2)

    class Stack(list):
        def push(self, v):
            super().append(v)
            return self

    log = Log(a=x)
    log["b"] = y
    log.update(c=x * y)
    return log["a"] * log["b"] + log["c"] + sum(Stack([x]).push(y))


def named(x, y):
    Pair = collections.namedtuple("Pair", "a b")
    p = Pair(x, b=y)
    return p._replace(a=p.a * p.b).a * Pair._make([x, y]).b + sum(p._asdict().values())


def sets(x, y):
    s = {x, y} | {x * y}
    s.add(x + y)
    s.update([x - y])
    return sum(v * v for v in sorted(s))


PROGRAMS = [
    sort_with_key, sort_without_key, factory, factory_of_lists, counter, ordered, chain_map,
    methods_of_dicts, heap, inserted, deques, slots_of_lists, copies, subclasses, named, sets,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS)
@pytest.mark.parametrize("at", [(1.5, 0.7), (0.6, 2.5)])
def test_gradients(f, at):
    y, grads = zg.withgradient(f, *at)
    assert y == f(*at)
    assert [g or 0.0 for g in grads] == pytest.approx(differences(f, at), rel=1e-7, abs=1e-7)


INPUTS = {
    "dict": lambda ps: dict(ps)["a"] * dict([ps[1]])["b"],
    "update": lambda ps: (lambda d: (d.update(ps), d["a"] ** 2 * d["b"])[1])({}),
    "ordered": lambda ps: collections.OrderedDict(ps)["a"] ** 2,
    "defaultdict": lambda ps: collections.defaultdict(list, ps)["a"] ** 2,
    "counter": lambda ps: collections.Counter(dict(ps)).most_common(1)[0][1] ** 2,
    "identity": lambda ps: (lambda q: q[0] is ps and q[0][0][1] ** 2)(collections.deque([ps])),
    "deepcopy": lambda ps: copy.deepcopy(ps)[0][1] * copy.copy(ps)[1][1],
    "heap": lambda ps: (heapq.heapify(ps), heapq.heappop(ps)[1] ** 2)[1],
    "sort": lambda ps: (ps.sort(key=lambda p: -p[1]), ps[0][1] ** 2 * ps[1][1])[1],
    "slice": lambda ps: (list.__setitem__(ps, slice(0, 1), ps[1:]), ps[0][1] ** 2)[1],
}


@pytest.mark.parametrize("name", INPUTS)
def test_gradients_of_structures(name):
    f = INPUTS[name]

    def of_numbers(a, b):
        return f([("a", a), ("b", b)])

    y, (grad,) = zg.withgradient(f, [("a", 1.5), ("b", 0.7)])
    assert y == of_numbers(1.5, 0.7)
    ours = [0.0 if g is None else g[1] or 0.0 for g in grad]
    assert ours == pytest.approx(differences(of_numbers, (1.5, 0.7)), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("kind", [Table, Items])
def test_inputs_with_items_and_attributes_are_refused(kind):
    with pytest.raises(UnsupportedError, match="attributes"):
        zg.gradient(lambda p: copy.copy(p).x, kind(1.5))


@pytest.mark.parametrize("kind", [Plain, Slots])
def test_copies_of_inputs(kind):
    f = lambda p: copy.copy(p).x ** 2 * copy.deepcopy(p).x
    y, (grad,) = zg.withgradient(f, kind(1.5))
    assert y == 1.5**3
    assert grad.x == pytest.approx(3 * 1.5**2)


def test_simple_namespaces_pass_on_what_they_get():
    make = lambda x: types.SimpleNamespace(a=x, b=[x], **{"c": x * x})
    assert zg.gradient(lambda x: make(x).a * make(x).b[0] * make(x).c, 2.0) == (32.0,)
    (g,) = zg.gradient(lambda x: zg.gradient(lambda n: n.a * n.c, make(x))[0].a, 2.0)
    assert g == 4.0
