"""Rules whose values are structures: tuples, dicts and objects inside of each other.

`parts(x)` holds x**2, x**3 and x in containers; its rule gets the cotangent in the same shape.
"""

from dataclasses import dataclass
from typing import NamedTuple

import pytest

import zygcore as zg
from zygcore import Grad


class Box:
    def __init__(self, value):
        self.value = value


class Named(NamedTuple):
    value: object


@dataclass(frozen=True, slots=True)
class Frozen:
    value: object


def parts(x):
    return (x**2, [x**3, "text", (1, 2)]), {"k": Box(x)}, Named([Frozen(x)])


def entry(d, *path):
    for key in path:
        d = None if d is None else d[key]
    return 0.0 if d is None else d


seen = []


@zg.adjoint(parts)
def parts_rule(x):
    def back(d):
        seen.append(d)
        square, cube = entry(d, 0, 0), entry(d, 0, 1, 0)
        boxed, frozen = entry(d, 1, "k", "value"), entry(d, 2, "value", 0, "value")
        return (square * 2 * x + cube * 3 * x * x + boxed + frozen,)

    return parts(x), back


def by_index(x):
    p = parts(x)
    return p[0][0] * p[0][1][0]


def unpacked(x):
    (a, (b, *rest)), d, e = parts(x)
    return a * b


def iterated(x):
    total = 1.0
    for p in parts(x)[:1]:
        for q in p:
            total *= q[0] if isinstance(q, list) else q
    return total


def copied(x):
    return list(parts(x)[0])[0] * [*parts(x)[0][1]][0]


def objects(x):
    _, d, e = parts(x)
    return {**d}["k"].value ** 4 * e.value[0].value


def twice(x):
    p = parts(x)
    return p[0][0] * p[0][0] * p[1]["k"].value


FUNCTIONS = [by_index, unpacked, iterated, copied, objects, twice]  # each is x**5


def derivative(f):
    return lambda x: zg.gradient(f, x)[0]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_derivatives_of_all_orders(f):
    assert f(2.0) == 32.0
    assert derivative(f)(2.0) == 80.0
    assert derivative(derivative(f))(2.0) == 160.0
    assert derivative(derivative(derivative(f)))(2.0) == 240.0


@pytest.mark.parametrize("f", FUNCTIONS)
def test_times_what_is_active_outside(f):
    """The parts of a value are what they are at every level: d/dx of x * f'(x)."""
    assert zg.gradient(lambda x: x * derivative(f)(x), 2.0) == (80.0 + 2 * 160.0,)
    assert zg.gradient(lambda x: derivative(lambda y: x * f(y))(2.0), 3.0) == (80.0,)


def test_the_cotangent_has_the_shape_of_the_value():
    seen.clear()
    derivative(lambda x: parts(x)[0][1][0])(2.0)
    derivative(lambda x: parts(x)[2].value[0].value)(2.0)
    assert seen == [
        ((None, [1.0, None, None]), None, None),
        (None, None, Grad(value=[Grad(value=1.0)])),
    ]
    assert type(seen[1][2]) is Grad


def test_other_parts_have_no_gradient():
    assert derivative(lambda x: parts(x)[0][1][2][0] * 3.0)(2.0) == 0.0
    assert derivative(lambda x: len(parts(x)[0][1]) * x)(2.0) == 3


# ------------------------------------------------------- objects that set themselves up


class Guarded:
    def __init__(self, value):
        object.__setattr__(self, "value", value)

    def __setattr__(self, name, value):
        raise AttributeError("frozen")


class Counting:
    def __init__(self, value):
        self.value = value

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        super().__setattr__("count", getattr(self, "count", 0) + 1)


class Scaled:
    def __init__(self, value):
        object.__setattr__(self, "double", value)

    @property
    def double(self):
        return 2 * self.value

    @double.setter
    def double(self, value):
        self.value = value


def read(box):
    return box.value


zg.adjoint(read)(lambda box: (box.value, lambda d: (Grad(value=d),)))


@pytest.mark.parametrize("cls", [Box, Frozen, Guarded, Counting, Scaled])
def test_objects_go_through_rules_and_inner_levels(cls):
    """However their attributes were set, of objects made in differentiated code."""
    assert derivative(lambda x: read(cls(x * x)))(3.0) == 6.0
    assert derivative(lambda x: derivative(lambda b: b.value**3)(cls(x * x)).value)(3.0) == (
        6 * 9.0 * 6.0
    )
    assert zg.gradient(lambda x: cls(x).value, 3.0) == (1.0,)


def test_setattr_of_object_is_that_of_cpython():
    def f(x):
        g = Guarded(x)
        errors = []
        for wrong in (
            lambda: setattr(g, "value", x),
            lambda: object.__setattr__(g, 1, x),
            lambda: object.__setattr__(g, "value"),
            lambda: object.__setattr__(int, "value", x),
            lambda: object.__setattr__(x, "value", x),
            lambda: object.__setattr__(Frozen(x), "other", x),
        ):
            try:
                wrong()
            except (AttributeError, TypeError) as error:
                errors.append((type(error), str(error)))
        object.__setattr__(g, "value", x * x)
        object.__setattr__(g, "more", x)
        return errors, g.value + g.more

    plain, _ = f(3.0)
    recorded = []

    def g(x):
        errors, value = f(x)
        recorded.append(errors)
        return value

    assert zg.gradient(g, 3.0) == (7.0,)
    assert recorded == [plain]
    assert len(plain) == 6
