"""Rules of functools, and of the callable objects of operator."""

import functools
import operator
import random

import pytest
from checking import differences

import zygcore as zg
from zygcore.rules import functools as rules
from zygcore.rules.registry import FALLBACKS, INSTANCES, LOWERING, RULES


def outcome(f, *args, **options):
    try:
        return repr(f(*args, **options))
    except Exception as error:
        return type(error), str(error)


def stop(*args):
    raise StopIteration


REDUCTIONS = [
    (operator.add, [1, 2, 3]), (operator.add, [1, 2], 10), (operator.add, []), (max, [], 5),
    (operator.add, [1]), (operator.add, 5), (None, [1]), (None, [1, 2]), (stop, [1, 2]),
    (operator.add, ["a"], None), (operator.sub, (v for v in (9, 2, 3))),
]  # fmt: skip


@pytest.mark.parametrize("args", REDUCTIONS)
def test_reduce(args):
    assert RULES[functools.reduce].kind == LOWERING
    args = [[*a] if hasattr(a, "send") else a for a in args]
    assert outcome(RULES[functools.reduce].function, *args) == outcome(functools.reduce, *args)


class Thing:
    def __init__(self, x):
        self.x = x
        self.inner = self

    def times(self, y, *, plus=0):
        return self.x * y + plus

    def __repr__(self):
        return "Thing"


class Key:
    def __getitem__(self, key):
        return key


CALLS = [
    (operator.itemgetter(1), ([3, 4],)), (operator.itemgetter(1, 0), ([3, 4],)),
    (operator.itemgetter("a"), ({"a": 2},)), (operator.itemgetter(slice(1, 3)), ("abcd",)),
    (operator.itemgetter((1, 2)), (Key(),)), (operator.itemgetter(5), ([3],)),
    (operator.itemgetter(1), ()), (operator.itemgetter(1), (1, 2)),
    (operator.attrgetter("x"), (Thing(3),)), (operator.attrgetter("inner.inner.x"), (Thing(3),)),
    (operator.attrgetter("x", "inner.x"), (Thing(3),)), (operator.attrgetter("y"), (Thing(3),)),
    (operator.attrgetter("x"), ()), (operator.attrgetter("real"), (2.5,)),
    (operator.methodcaller("times", 4), (Thing(3),)),
    (operator.methodcaller("times", 4, plus=2), (Thing(3),)),
    (operator.methodcaller("times", y=4), (Thing(3),)),
    (operator.methodcaller("nothing"), (Thing(3),)), (operator.methodcaller("upper"), ("a",)),
    (operator.methodcaller("times"), ()), (operator.methodcaller("times"), (1, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("instance", "args"), CALLS)
def test_calling_instances(instance, args):
    assert outcome(INSTANCES[type(instance)], instance, *args) == outcome(instance, *args)


def test_instances_take_no_keywords():
    for instance in (operator.itemgetter(0), operator.attrgetter("x")):
        with pytest.raises(TypeError, match="takes no keyword arguments"):
            INSTANCES[type(instance)](instance, obj=[1])


class Vector:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"Vector({self.x})"


def _method(name):
    def method(self, *others):
        return Vector((name, self.x, *others))

    return method


for _name in (
    "add sub mul matmul truediv floordiv mod pow and or xor lshift rshift neg pos invert abs "
    "iadd isub imul itruediv ifloordiv imod ipow iand ior ixor ilshift irshift getitem"
).split():
    setattr(Vector, f"__{_name}__", _method(_name))


def test_fallbacks():
    for f, equivalent in FALLBACKS.items():
        if hasattr(f, "_implementation"):  # a function of NumPy, for __array_function__
            continue
        for arity in (1, 2):
            args = (Vector(1), 2)[:arity]
            expected = outcome(f, *args)
            if expected[0] is not TypeError:
                assert outcome(equivalent, *args) == expected
        assert outcome(equivalent, None, None)[0] is TypeError
        assert outcome(equivalent)[0] is TypeError


# ---------------------------------------------------------------- lru_cache


@pytest.mark.parametrize("maxsize", [None, 0, 1, 3, 128])
@pytest.mark.parametrize("typed", [False, True])
def test_lru_cache_remembers_as_the_original(maxsize, typed):
    logs = []
    for native in (True, False):
        ran = []

        @functools.lru_cache(maxsize=maxsize, typed=typed)
        def f(*args, ran=ran, **options):
            if args == (None,):
                raise ValueError("not remembered")
            ran.append((args, options))
            return len(ran)

        log = []
        rng = random.Random(1)
        for _ in range(200):
            args = tuple(rng.choice([1, 1.0, True, "a", None, 2]) for _ in range(rng.randrange(3)))
            options = rng.choice([{}, {}, {"k": 1}, {"k": 1.0, "j": 2}])
            call = f if native else functools.partial(rules.lru_cache_call, f)
            log.append(outcome(call, *args, **options))
            log.append(f.cache_info() if native else rules.native_cache_info(f))
        if native:
            f.cache_clear()
        else:
            rules.native_cache_clear(f)
        log.append(f.cache_info() if native else rules.native_cache_info(f))
        logs.append((log, ran))
    assert logs[0] == logs[1]


def test_lru_cache_of_a_method():
    class Counter:
        def __init__(self):
            self.calls = 0

        @functools.lru_cache  # noqa: B019
        def next(self, k):
            self.calls += 1
            return self.calls + k

    a, b = Counter(), Counter()
    call = Counter.__dict__["next"]
    assert [rules.lru_cache_call(call, c, 1) for c in (a, a, b)] == [2, 2, 2]
    assert a.calls == 1


# ---------------------------------------------------------------- gradients


@functools.lru_cache
def square(x):
    return x * x


def memoized_closure(x, y):
    @functools.cache
    def f(n):
        return x if n == 0 else y if n == 1 else f(n - 1) * 0.5 + f(n - 2) * x

    return f(9) * f(8)


def memoized_method(x, y):
    class Powers:
        def __init__(self, base):
            self.base = base

        @functools.cache  # noqa: B019
        def power(self, n):
            return 1.0 if n == 0 else self.base * self.power(n - 1)

    p, q = Powers(x), Powers(y)
    return p.power(5) * q.power(3) + p.power(4)


def equal_but_not_the_same(x, y):
    return square(x) * 2 + square(y) * 3 + square(2.0)


def cached_property(x, y):
    class Lazy:
        @functools.cached_property
        def value(self):
            return x * y

    lazy = Lazy()
    return lazy.value * lazy.value


def singledispatch(x, y):
    @functools.singledispatch
    def f(v):
        return v * x

    @f.register
    def _(v: list):
        return sum(map(f, v)) * y

    return f([x, [y, 2.0]])


def by_cmp(x, y):
    items = sorted([x, y, x * y], key=functools.cmp_to_key(lambda a, b: b - a))
    return items[0] * 3 + items[1] * 2 + items[2]


PROGRAMS = {
    "reduce": lambda x, y: functools.reduce(lambda a, b: a * b + x, [x, y, 2.0, x * y]),
    "reduce_initial": lambda x, y: functools.reduce(operator.mul, [x, y], y * y),
    "reduce_operator": lambda x, y: functools.reduce(operator.truediv, (x, y, x)),
    "chain": lambda x, y: functools.reduce(
        lambda f, g: lambda v: g(f(v)), [lambda v: v * x, lambda v: v + y, lambda v: v * v]
    )(y),
    "partial": lambda x, y: functools.partial(pow, x)(y),
    "partial_keywords": lambda x, y: functools.partial(lambda a, b=1.0: a * b, b=x)(y),
    "partial_of_partial": lambda x, y: functools.partial(
        functools.partial(lambda a, b, c: a * b + c, x), c=y
    )(b=y),
    "partial_in_map": lambda x, y: sum(map(functools.partial(operator.mul, x), [x, y])),
    "itemgetter": lambda x, y: operator.itemgetter(1)([x, y]) ** 2,
    "itemgetters": lambda x, y: operator.sub(*operator.itemgetter(1, 0)([x * x, y])),
    "sort_by_item": lambda x, y: sorted([(x, y), (y, x)], key=operator.itemgetter(0))[0][1] ** 2,
    "map_itemgetter": lambda x, y: sum(map(operator.itemgetter(0), [(x * y, 1), (x, 2)])),
    "attrgetter": lambda x, y: operator.attrgetter("inner.x")(Thing(x * y)),
    "attrgetters": lambda x, y: operator.mul(*operator.attrgetter("x", "inner.x")(Thing(x))) * y,
    "methodcaller": lambda x, y: operator.methodcaller("times", y)(Thing(x)),
    "methodcaller_keywords": lambda x, y: operator.methodcaller("times", y, plus=x * y)(Thing(x)),
    "methodcaller_passive": lambda x, y: operator.methodcaller("__mul__", x)(3.0) * y,
    "memoized_closure": memoized_closure,
    "memoized_method": memoized_method,
    "equal_but_not_the_same": equal_but_not_the_same,
    "cached_property": cached_property,
    "singledispatch": singledispatch,
    "cmp_to_key": by_cmp,
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("at", [(1.5, 0.7), (2.0, 2.0), (0.7, 1.5)])
def test_gradients(name, at):
    f = PROGRAMS[name]
    if at[0] == at[1] and name in ("sort_by_item", "cmp_to_key"):
        return  # a tie
    y, grads = zg.withgradient(f, *at)
    assert y == f(*at)
    if name == "equal_but_not_the_same":
        expected = [4 * at[0], 6 * at[1]]  # CPython takes equal arguments for the same one
    else:
        expected = differences(f, at)
    assert [g or 0.0 for g in grads] == pytest.approx(expected, rel=1e-7, abs=1e-7)


INPUTS = {
    "itemgetter": (lambda p: operator.itemgetter(1)(p) ** 2, [1.5, 0.7]),
    "itemgetters": (lambda p: operator.sub(*operator.itemgetter(1, 0)(p)), (1.5, 0.7)),
    "getitem": (lambda p: operator.getitem(p, 0) * p[1], [1.5, 0.7]),
    "methodcaller": (lambda p: operator.methodcaller("pop")(p) ** 2, [1.5, 0.7]),
    "reduce": (lambda p: functools.reduce(operator.mul, p), [1.5, 0.7]),
    "setitem": (lambda p: (operator.setitem(p, 0, p[1]), p[0] * p[1])[1], [1.5, 0.7]),
    "delitem": (lambda p: (operator.delitem(p, 0), p[0] ** 2)[1], [1.5, 0.7]),
    "concat": (lambda p: functools.reduce(operator.mul, operator.concat(p, p)), [1.5, 0.7]),
    "call": (lambda p: operator.call(operator.mul, *p), [1.5, 0.7]),
    "add": (lambda p: functools.reduce(operator.mul, operator.add(p, p)), [1.5, 0.7]),
}


@pytest.mark.parametrize("name", INPUTS)
def test_gradients_of_structures(name):
    f, p = INPUTS[name]
    y, (grad,) = zg.withgradient(f, type(p)(p))
    assert y == f(type(p)(p))
    expected = differences(lambda *xs: f(type(p)(xs)), p)
    assert [g or 0.0 for g in grad] == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_operators_run_the_methods_of_users():
    class Log:
        def __init__(self, x):
            self.x = x

        def __add__(self, other):
            return Log(self.x * other.x)

        def __iadd__(self, other):
            self.x = self.x * other.x
            return self

        def __getitem__(self, k):
            return self.x * k

        def __contains__(self, v):
            self.x = self.x * 2
            return True

    assert zg.gradient(lambda x: operator.add(Log(x), Log(3.0)).x, 2.0) == (3.0,)
    assert zg.gradient(lambda x: operator.iadd(Log(x), Log(x)).x, 2.0) == (4.0,)
    assert zg.gradient(lambda x: operator.getitem(Log(x), 5), 2.0) == (5.0,)
    assert zg.gradient(lambda x: functools.reduce(operator.add, [Log(x)] * 3).x, 2.0) == (12.0,)

    def contains(x):
        log = Log(x)
        return log.x * 3 if operator.contains(log, 1) else 0.0

    assert zg.gradient(contains, 2.0) == (6.0,)
