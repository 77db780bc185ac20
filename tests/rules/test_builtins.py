"""Rules of the builtin functions and of the numbers' methods."""

import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from checking import call_rule

from zygcore.rules import builtins as rules
from zygcore.rules.registry import CONSUMER, LOWERING, NONDIFFERENTIABLE, RULES
from zygcore.testing import check_adjoint


def lowered(f, *args, **options):
    assert RULES[f].kind == LOWERING
    return RULES[f].function(*args, **options)


def test_numbers():
    check_adjoint(abs, -0.7)
    check_adjoint(abs, 0.3 - 0.4j)
    check_adjoint(abs, np.array([[0.3, -0.4]]))
    check_adjoint(pow, 1.3, 2.5)
    check_adjoint(float, 0.7)
    check_adjoint(float, np.float32(0.7))
    check_adjoint(float, np.array(0.7))
    check_adjoint(complex, 0.7)
    check_adjoint(complex, 0.7, -0.3)
    check_adjoint(complex, 0.7 + 1j, 0.2 - 0.3j)
    assert call_rule(float, 3)[1](2.0) == (2.0,)
    assert call_rule(pow, 5, 3, 7) == (6, None)
    assert call_rule(int, 3)[1](5) == (5,)
    assert call_rule(int, 3.7) == (3, None)
    assert call_rule(round, 3.7) == (4, None)
    assert call_rule(round, 3.14159, 2) == (3.14, None)


def test_methods_of_numbers():
    for x, y in [(2.3, 1.4), (2.3, 2)]:
        for name in ("add", "sub", "mul", "truediv", "mod", "pow"):
            check_adjoint(getattr(float, f"__{name}__"), x, y)
            check_adjoint(getattr(float, f"__r{name}__"), x, y)
    for name in ("add", "sub", "mul", "truediv", "pow"):
        check_adjoint(getattr(complex, f"__{name}__"), 1.3 + 1j, 0.7)
        check_adjoint(getattr(complex, f"__r{name}__"), 1.3 + 1j, 0.7)
    for name in ("neg", "pos", "abs", "float"):
        check_adjoint(getattr(float, f"__{name}__"), -0.7)
    for name in ("neg", "pos", "abs"):
        check_adjoint(getattr(complex, f"__{name}__"), 0.3 - 0.7j)
    check_adjoint(complex.conjugate, 0.3 + 0.4j)
    check_adjoint(float.conjugate, 0.3)
    assert call_rule(complex.real, 1 + 2j)[1](3.0) == (3 + 0j,)
    assert call_rule(complex.imag, 1 + 2j)[1](3.0) == (3j,)
    assert call_rule(float.real, 1.5)[1](3.0) == (3.0,)
    assert call_rule(int.__mul__, 2, 3)[1](1) == (3, 2)
    assert call_rule(float.__add__, 2.0, "a")[0] is NotImplemented


class Vector:
    def __init__(self, *xs):
        self.xs = xs

    def __add__(self, other):
        return Vector(*[a + b for a, b in zip(self.xs, other.xs, strict=True)])

    def __repr__(self):
        return repr(self.xs)


SUMS = [
    [], [1, 2, 3], [0.1] * 10, [1e16, 1.0, -1e16], [1, 2.5, True], [1j, 2.0], [2**70, 0.5],
    [np.float64(0.1)] * 3, [0.1, 0.2, np.float64(0.3), 0.4], [0.1, 0.2, np.array([1.0, 2.0]), 3],
    [np.float32(0.1), 0.2],
]  # fmt: skip


@pytest.mark.parametrize("items", SUMS)
def test_sum_is_the_builtin(items):
    for start in ((), (2,), (0.5,)):
        assert repr(lowered(sum, items, *start)) == repr(sum(items, *start))
        assert repr(lowered(sum, iter(items), *start)) == repr(sum(items, *start))


def test_sum_of_other_things():
    assert lowered(sum, [[1], [2]], []) == [1, 2]
    assert repr(lowered(sum, [Vector(3, 4)], Vector(1, 2))) == "(4, 6)"
    for start in ("", b"", bytearray()):
        with pytest.raises(TypeError) as ours:
            lowered(sum, [], start)
        with pytest.raises(TypeError) as theirs:
            sum([], start)
        assert str(ours.value) == str(theirs.value)


def test_sum_of_random_floats():
    rng = random.Random(0)
    for _ in range(200):
        items = [rng.uniform(-1, 1) * 10 ** rng.uniform(-8, 8) for _ in range(9)]
        assert lowered(sum, items) == sum(items)


def test_sum_has_a_gradient():
    check_adjoint(rules.add_numbers, 0, 0.5, 1.5, np.float32(2), 1 + 1j, wrt=[1, 2, 3, 4])
    assert call_rule(rules.add_numbers, 0, 2, 3)[1](7) == (7, 7, 7)


EXTREMES = [
    ((3, 1, 2), {}), (([3.0, 1.0],), {}), (([],), {"default": 5}), ((-3, 2), {"key": abs}),
    (([-3, 2, 3],), {"key": abs}), (([],), {"key": abs, "default": None}),
    (((1.0, 1),), {}), ((1, 1.0, True), {"key": lambda v: v}), (([math.nan, 1.0],), {}),
    (([1.0, math.nan, 0.0],), {"key": lambda v: v}),
]  # fmt: skip


@pytest.mark.parametrize(("args", "options"), EXTREMES)
@pytest.mark.parametrize("f", [min, max])
def test_extremes_pass_on_the_same_object(f, args, options):
    ours, theirs = lowered(f, *args, **options), f(*args, **options)
    assert ours is theirs or repr(ours) == repr(theirs)
    assert type(ours) is type(theirs)


@pytest.mark.parametrize("f", [min, max])
@pytest.mark.parametrize(
    ("args", "options"),
    [
        (([],), {}),
        (([],), {"key": abs}),
        ((1, 2), {"default": 3}),
        ((3,), {}),
        ((1, 2), {"default": 3, "key": abs}),
    ],  # fmt: skip
)
def test_extremes_raise_the_same(f, args, options):
    with pytest.raises((TypeError, ValueError)) as theirs:
        f(*args, **options)
    with pytest.raises(type(theirs.value)) as ours:
        lowered(f, *args, **options)
    assert str(ours.value).replace("_lowering", "") == str(theirs.value)


def test_sorted():
    items = [3, -1, 2, -3, 1]
    for options in ({}, {"key": abs}, {"reverse": True}, {"key": abs, "reverse": True}):
        assert lowered(sorted, items, **options) == sorted(items, **options)


def test_map_and_filter():
    assert list(lowered(map, operator_add, [1, 2], (3, 4, 5))) == [4, 6]
    assert list(lowered(map, abs, iter([-1, 2]))) == [1, 2]
    assert list(lowered(filter, None, [0, 1, 2])) == [1, 2]
    assert list(lowered(filter, lambda v: v > 1, [0, 1, 2])) == [2]
    with pytest.raises(TypeError):
        lowered(map, abs, 5)
    with pytest.raises(TypeError):
        lowered(map, abs)
    seen = []
    iterator = lowered(map, seen.append, itertools.count())
    assert seen == []
    next(iterator)
    assert seen == [0]

    def stop(x):
        raise StopIteration

    assert list(lowered(map, stop, [1])) == list(map(stop, [1])) == []


def operator_add(a, b):
    return a + b


@pytest.mark.parametrize("pair", [(7, 3), (-7.5, 2), (7.5, -2.0), (7.3, math.inf), (-1.0, 3.0)])
def test_divmod(pair):
    assert repr(lowered(divmod, *pair)) == repr(divmod(*pair))


def test_divmod_of_other_types():
    x = Fraction(7, 3)
    assert lowered(divmod, x, 2) == divmod(x, 2)
    assert lowered(divmod, 2, x) == divmod(2, x)
    with pytest.raises(TypeError, match="divmod"):
        lowered(divmod, "a", 2)
    check_adjoint(rules._rest, 7.3, 2.1)


def test_kinds():
    for f in (len, isinstance, any, all, range, hash, float.is_integer):
        assert RULES[f].kind == NONDIFFERENTIABLE
    for f in (list, zip, iter, next, list.append, dict.get):
        assert RULES[f].kind == CONSUMER
    for f in (str, repr, format, ascii, float.hex, float.__repr__):
        assert f not in RULES, "text loses gradients, and that must be loud"
