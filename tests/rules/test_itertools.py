"""Lowerings of itertools do what the originals do, and gradients go through."""

import itertools
import math
import operator

import numpy as np
import pytest
from checking import differences

import zygcore as zg
from zygcore.rules.registry import CONSUMER, LOWERING, RULES


def lowered(f, *args, **options):
    assert RULES[f].kind == LOWERING
    return RULES[f].function(*args, **options)


def outcome(f, *args, **options):
    """What a call gives: a list of items, or the kind of error."""
    try:
        return [repr(x) for x in itertools.islice(f(*args, **options), 12)]
    except Exception as error:
        return type(error)


def stop(*args):
    raise StopIteration


def fail(*args):
    raise KeyError("callback")


NAN = math.nan
CASES = [
    (itertools.count, [(), (5,), (5, -2), (0.1, 0.1), (1, 0.5), (2**70,), (1j, 2), (True, 1),
                       ("a",), (1, "a"), (1, 2, 3)]),
    (itertools.repeat, [(1,), (1, 3), (1, 0), (1, -2), (1, 2.0), ()]),
    (itertools.accumulate, [([1, 2, 3],), ([],), ([5],), (["a", "b"],), ([1, "a"],), (5,),
                            ([1, 2, 3], operator.mul), ([1, 2, 3], None), ([], operator.mul),
                            ([1, 2], stop), ([1, 2], fail), ([None, None],), ([[1], [2]],)]),
    (itertools.takewhile, [(bool, [1, 2, 0, 3]), (bool, []), (stop, [1]), (fail, [1]), (bool, 5),
                           (bool,), (5, [1])]),
    (itertools.dropwhile, [(bool, [1, 2, 0, 3, 0]), (bool, []), (bool, [1]), (stop, [1]),
                           (fail, [1]), (bool, 5)]),
    (itertools.filterfalse, [(None, [0, 1, "", 2]), (bool, [0, 1]), (stop, [1]), (fail, [1]),
                             (lambda v: v > 1, [0, 1, 2, 3]), (None, 5)]),
    (itertools.compress, [("abcd", [1, 0, True, ""]), ("abc", [1]), ("a", [1, 1]), ([], []),
                          (5, [1]), ([1], 5)]),
    (itertools.starmap, [(pow, [(2, 3), (3, 2)]), (max, [[1, 2], {3, 4}]), (max, [5]),
                         (stop, [()]), (fail, [()]), (max, 5)]),
    (itertools.chain.from_iterable, [([[1, 2], (), "ab"],), ([],), ([5],), (5,), ([[1], 5],)]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "cases"), CASES)
def test_lowerings_are_the_originals(f, cases):
    for args in cases:
        assert outcome(RULES[f].function, *args) == outcome(f, *args), args


def test_keywords():
    for f, args, options in [
        (itertools.accumulate, ([1, 2],), {"initial": 10}),
        (itertools.accumulate, ([],), {"initial": 10}),
        (itertools.accumulate, ([1, 2], operator.mul), {"initial": 10}),
        (itertools.accumulate, (), {"iterable": [1, 2], "func": max}),
        (itertools.count, (), {"start": 3, "step": 2}),
        (itertools.count, (3,), {"step": 0.5}),
        (itertools.repeat, (), {"object": 3, "times": 2}),
        (itertools.compress, (), {"data": [1, 2], "selectors": [0, 1]}),
        (itertools.groupby, (), {"iterable": [], "key": None}),
    ]:
        assert outcome(RULES[f].function, *args, **options) == outcome(f, *args, **options)


def test_they_are_as_lazy():
    seen = []

    def items():
        for i in range(9):
            seen.append(i)
            yield i

    for f, args in [
        (itertools.accumulate, ()), (itertools.groupby, ()), (itertools.chain.from_iterable, ()),
    ]:  # fmt: skip
        for function in (f, RULES[f].function):
            seen.clear()
            function((([i] if args == () and f is not itertools.accumulate else i)
                      for i in items()), *args)  # fmt: skip
            assert seen == []
    for f in (itertools.takewhile, itertools.dropwhile, itertools.filterfalse):
        logs = []
        for function in (f, RULES[f].function):
            seen.clear()
            iterator = function(lambda v: v < 3, items())
            next(iterator)
            logs.append(list(seen))
        assert logs[0] == logs[1]


def test_count_adds_before_it_hands_out():
    class Number(float):
        added = 0

        def __add__(self, other):
            Number.added += 1
            return Number(float(self) + other)

    logs = []
    for f in (itertools.count, RULES[itertools.count].function):
        Number.added = 0
        next(f(Number(1.0)))
        logs.append(Number.added)
    assert logs[0] == logs[1] or logs[0] == 0  # CPython 3.14 adds later


def groups(f, *args, take=99, late=False, **options):
    out = []
    kept = []
    for key, group in f(*args, **options):
        out.append((repr(key), [repr(v) for v in itertools.islice(group, take)]))
        kept.append(group)
    if late:
        out.append([list(group) for group in kept])
    return out


GROUPS = ["", "a", "aab", "aabbbca", [1, 1.0, True, 2], [NAN, NAN, math.nan], [(1, 2), (1, 3)]]


@pytest.mark.parametrize("items", GROUPS)
@pytest.mark.parametrize("key", [None, lambda v: v, lambda v: str(v)[:1], type])
@pytest.mark.parametrize("take", [0, 1, 2, 99])
def test_groupby(items, key, take):
    ours = groups(RULES[itertools.groupby].function, items, key, take=take, late=True)
    assert ours == groups(itertools.groupby, items, key, take=take, late=True)


def test_groups_end_when_the_next_one_begins():
    for f in (itertools.groupby, RULES[itertools.groupby].function):
        it = f("aabb")
        _, first = next(it)
        assert next(first) == "a"
        _, second = next(it)
        assert list(first) == [] and list(second) == ["b", "b"]
        assert list(it) == []
        assert outcome(f, [1], fail) is KeyError
        assert outcome(f, [1], stop) == []
        assert outcome(f, 5) is TypeError


def test_every_tool_has_a_rule():
    for name in dir(itertools):
        if not name.startswith("_"):
            assert RULES[getattr(itertools, name)].kind in (CONSUMER, LOWERING), name


# ------------------------------------------------------------------ gradients

PROGRAMS = {
    "chain": lambda xs: sum(v * k for k, v in enumerate(itertools.chain(xs, [xs[0] ** 2], xs))),
    "islice": lambda xs: sum(itertools.islice(xs, 1, None, 2)) * xs[0],
    "pairwise": lambda xs: sum(a * b for a, b in itertools.pairwise(xs)),
    "product": lambda xs: sum(a**b for a, b in itertools.product(xs, repeat=2)),
    "combinations": lambda xs: sum(a * b * c for a, b, c in itertools.combinations(xs, 3)),
    "permutations": lambda xs: sum(a / b for a, b in itertools.permutations(xs, 2)),
    "replacement": lambda xs: sum(
        a * b for a, b in itertools.combinations_with_replacement(xs, 2)
    ),
    "zip_longest": lambda xs: sum(
        a * b for a, b in itertools.zip_longest(xs, xs[:2], fillvalue=xs[0] * 2)
    ),
    "cycle": lambda xs: sum(
        v * k for k, v in enumerate(itertools.islice(itertools.cycle(xs), 7))
    ),
    "cycle_of_generator": lambda xs: sum(
        v * k for k, v in enumerate(itertools.islice(itertools.cycle(v * v for v in xs), 7))
    ),
    "repeat": lambda xs: sum(map(operator.mul, xs, itertools.repeat(xs[1]))),
    "repeat_times": lambda xs: math.prod([v for v in itertools.repeat(xs[1], 3)]),
    "tee": lambda xs: sum(a * b for a, b in zip(*itertools.tee(v * v for v in xs), strict=True)),
    "count": lambda xs: sum(itertools.islice(itertools.count(xs[0], xs[1]), 4)),
    "count_step": lambda xs: sum(a * b for a, b in zip(xs, itertools.count(2, xs[0]))),
    "accumulate": lambda xs: sum(v * v for v in itertools.accumulate(xs)),
    "accumulate_func": lambda xs: sum(itertools.accumulate(xs, lambda a, b: a * b + xs[0])),
    "accumulate_initial": lambda xs: sum(
        itertools.accumulate(xs, operator.mul, initial=xs[1] ** 2)
    ),
    "accumulate_max": lambda xs: sum(itertools.accumulate(xs, max)),
    "takewhile": lambda xs: math.prod(itertools.takewhile(lambda v: v < 2.5, xs)),
    "dropwhile": lambda xs: math.prod(itertools.dropwhile(lambda v: v < 2.5, xs)),
    "filterfalse": lambda xs: math.prod(itertools.filterfalse(lambda v: v < 1, xs)),
    "compress": lambda xs: math.prod(itertools.compress(xs, [1, 0, 1, 1])),
    "starmap": lambda xs: sum(itertools.starmap(pow, [(xs[0], 2), [xs[1], xs[2]]])),
    "flatten": lambda xs: math.prod(itertools.chain.from_iterable([xs, xs[:2], (xs[3],)])),
    "flatten_input": lambda xs: sum(
        k * v for k, v in enumerate(itertools.chain.from_iterable(xs[i:] for i in range(4)))
    ),
    "groupby": lambda xs: sum(
        math.prod(group) * (2 if key else 3)
        for key, group in itertools.groupby(xs, key=lambda v: v > 1.0)
    ),
    "groupby_keys": lambda xs: sum(key * key for key, _ in itertools.groupby(xs)),
    "bound_to_a_local": lambda xs: (lambda tool: sum(tool(xs, operator.mul)))(itertools.accumulate),
}  # fmt: skip
XS = [1.5, 0.7, 2.2, 3.1]


def slopes(f, xs):
    return pytest.approx(differences(lambda *v: f(list(v)), xs), rel=1e-7, abs=1e-7)


def check_gradient(f, xs):
    y, (grad,) = zg.withgradient(f, list(xs))
    assert y == f(list(xs))
    assert [g or 0.0 for g in grad] == slopes(f, xs)


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients(name):
    check_gradient(PROGRAMS[name], XS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_of_separate_arguments(name):
    f = PROGRAMS[name]
    y, grads = zg.withgradient(lambda *xs: f(list(xs)), *XS)
    assert y == f(XS)
    assert [g or 0.0 for g in grads] == pytest.approx(
        differences(lambda *v: f(list(v)), XS), rel=1e-7, abs=1e-7
    )


def test_batched():
    if not hasattr(itertools, "batched"):
        pytest.skip("new in Python 3.12")
    check_gradient(lambda xs: sum(math.prod(b) for b in itertools.batched(xs, 3)), XS)


def test_rows_of_an_array():
    x = np.arange(6.0).reshape(3, 2) + 1
    for f in (
        lambda x: sum(np.sum(a * b) for a, b in itertools.pairwise(x)),
        lambda x: sum(np.sum(v) for v in itertools.accumulate(x, lambda a, b: a * b)),
        lambda x: math.prod(v for v in itertools.chain.from_iterable(x)),
        lambda x: sum(itertools.starmap(lambda a, b: a * b, x)),
    ):
        (grad,) = zg.gradient(f, x)
        v = np.cos(x)
        slope = (f(x + 1e-6 * v) - f(x - 1e-6 * v)) / 2e-6
        assert np.sum(grad * v) == pytest.approx(slope, rel=1e-6)


def test_integers_count():
    assert zg.gradient(lambda n: sum(itertools.islice(itertools.count(n, n), 3)), 2) == (6,)
