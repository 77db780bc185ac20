"""Random programs on random structures, which mix attributes, rules and changes in place.

Each program runs twice: with rules that take whole containers (and return own cotangents for some
types), and as plain code.  The gradients of the first, also at an inner level, must be the
finite differences of the second.
"""

import copy
import math
import random
from dataclasses import dataclass
from typing import NamedTuple

import pytest

import zygcore as zg
from zygcore import Grad
from zygcore.types import accumulate, update


class Plain:
    def __init__(self, a, b):
        self.a, self.b = a, b


class Vector(Plain):
    def __add__(self, other):
        return Vector(accumulate(self.a, other.a), accumulate(self.b, other.b))


@dataclass(frozen=True)
class Frozen:
    a: object
    b: object


@dataclass(slots=True)
class Slotted:
    a: object
    b: object


class Named(NamedTuple):
    a: object
    b: object


CLASSES = (Plain, Vector, Frozen, Slotted, Named)
CHANGEABLE = (list, dict, Plain, Slotted)


def build(r, depth):
    kind = r.randrange(9 if depth else 2)
    if kind < 2:
        return r.uniform(0.5, 2)
    if kind == 2:
        return [build(r, depth - 1) for _ in range(r.randrange(1, 3))]
    if kind == 3:
        return tuple([build(r, depth - 1) for _ in range(r.randrange(1, 3))])
    if kind == 4:
        return {key: build(r, depth - 1) for key in "xy"[: r.randrange(1, 3)]}
    return r.choice(CLASSES)(build(r, depth - 1), build(r, depth - 1))


def parts(p):
    """(key, part) of a container, None for a number."""
    if isinstance(p, CLASSES):
        return [("a", p.a), ("b", p.b)]
    if isinstance(p, (list, tuple)):
        return list(enumerate(p))
    return list(p.items()) if isinstance(p, dict) else None


def rebuilt(p, values):
    if isinstance(p, dict):
        return dict(values)
    values = [v for _, v in values]
    return type(p)(*values) if isinstance(p, CLASSES) else type(p)(values)


def part_of(p, key):
    return p[key] if isinstance(p, (list, dict)) or type(p) is tuple else getattr(p, key)


def leaves(p, path=()):
    inside = parts(p)
    if inside is None:
        return [path]
    return [leaf for key, value in inside for leaf in leaves(value, (*path, key))]


def moved(p, path, by):
    if not path:
        return p + by
    return rebuilt(p, [(k, moved(v, path[1:], by) if k == path[0] else v) for k, v in parts(p)])


def at(g, path):
    for key in path:
        if g is None:
            return 0.0
        g = part_of(g, key)
    return 0.0 if g is None else g


# ------------------------------------------------------------------ the two versions


def total(p):
    inside = parts(p)
    return p if inside is None else sum([(i + 1) * total(v) for i, (_, v) in enumerate(inside)])


def cotangent(p, d):
    """Of `total`, in the shape of `p`: own cotangents for vectors and named tuples."""
    inside = parts(p)
    if inside is None:
        return d
    values = [(k, cotangent(v, (i + 1) * d)) for i, (k, v) in enumerate(inside)]
    return (
        Grad(**dict(values))
        if isinstance(p, (Plain, Frozen, Slotted)) and type(p) is not Vector
        else rebuilt(p, values)
    )


def by_rule(p):
    return total(p)


@zg.adjoint(by_rule)
def by_rule_rule(p):
    shape = copy.deepcopy(cotangent(p, 1.0))
    return total(p), lambda d: (multiplied(shape, d),)


def multiplied(shape, d):
    inside = list(shape._asdict().items()) if isinstance(shape, Grad) else parts(shape)
    if inside is None:
        return shape * d
    values = [(k, multiplied(v, d)) for k, v in inside]
    return Grad(**dict(values)) if isinstance(shape, Grad) else rebuilt(shape, values)


def same(p):
    return p


zg.adjoint(same)(lambda p: (p, lambda d: (d,)))


def program(seed, weigh):
    """A function of a structure and a number; `weigh` is `total` or `by_rule`."""
    through = same if weigh is by_rule else lambda p: p

    def run(p, y):
        r = random.Random(seed)
        found, t = [p], 0.5 * y
        for _ in range(r.randrange(2, 9)):
            x, step = r.choice(found), r.randrange(8)
            inside = parts(x)
            if inside is None:
                t = t + math.sin(x) * y
            elif step < 2:
                found.append(r.choice(inside)[1])
            elif step == 2:
                t = t + weigh(x) * t * 0.1
            elif step == 3:
                t = t + total(x) ** 2 * 0.01
            elif step < 6 and isinstance(x, CHANGEABLE):
                key, value = r.choice(inside)[0], t * y if step == 4 else 2.0 * t
                if isinstance(x, (list, dict)):
                    x[key] = value
                else:
                    setattr(x, key, value)
            elif step == 6:
                found.append([x, t])
            elif step == 7:
                found.append(through(x))
        return t + weigh(found[-1]) * 0.3

    return run


def difference(f, h=1e-6):
    return (f(h) - f(-h)) / (2 * h)


@pytest.mark.parametrize("seed", range(150))
def test_gradients(seed):
    p = build(random.Random(seed), 3)
    f, plain, y = program(seed, by_rule), program(seed, total), 1.3
    value, (g, dy) = zg.withgradient(f, copy.deepcopy(p), y)
    assert value == pytest.approx(plain(copy.deepcopy(p), y), rel=1e-12)
    expected = difference(lambda h: plain(copy.deepcopy(p), y + h))
    assert (dy or 0.0) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    for path in leaves(p):
        expected = difference(lambda h, path=path: plain(copy.deepcopy(moved(p, path, h)), y))
        assert at(g, path) == pytest.approx(expected, rel=1e-5, abs=1e-6), path


@pytest.mark.parametrize("seed", range(100))
def test_gradients_at_an_inner_level(seed):
    p = build(random.Random(seed), 3)
    y, path = 1.3, leaves(p)[-1]

    def slopes(f):
        by_y = lambda s: zg.gradient(lambda y: f(copy.deepcopy(p), y * s), y)[0] or 0.0
        by_p = lambda s: at(zg.gradient(lambda p: f(p, y * s), copy.deepcopy(p))[0], path)
        return by_y, by_p

    for f, plain in zip(slopes(program(seed, by_rule)), slopes(program(seed, total)), strict=True):
        assert f(1.1) == pytest.approx(plain(1.1), rel=1e-10, abs=1e-12)
        expected = difference(lambda h, plain=plain: plain(1.1 + h), 1e-5)
        assert (zg.gradient(f, 1.1)[0] or 0.0) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("seed", range(60))
def test_updates(seed):
    """The same as moving one number after the other, and the old structure stays."""
    p = build(random.Random(seed), 4)
    (g,) = zg.gradient(lambda p: total(p) ** 2, p)
    before = copy.deepcopy(p)
    new = update(p, g, 0.1)
    expected = p
    for path in leaves(p):
        expected = moved(expected, path, -(0.1 * at(g, path)))
    assert flat(new) == flat(expected)
    assert flat(p) == flat(before)


def flat(p):
    inside = parts(p)
    return p if inside is None else (type(p), [(k, flat(v)) for k, v in inside])
