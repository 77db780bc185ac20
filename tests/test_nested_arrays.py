"""Arrays that are known at two levels: arguments of an inner and of the outer gradient."""

import itertools

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError

X = np.array([1.0, 2.0, 3.0])


def total(pairs):
    t = 0.0
    for a, b in pairs:
        t = t + a**2 * b
    return t


def enumerated(z, x):
    t = 0.0
    for i, a in enumerate(z):
        t = t + a**2 * x[i]
    return t


def indexed(z, x):
    t = 0.0
    for i in range(len(z)):
        t = t + z[i] ** 2 * x[i]
    return t


def iterated(z, x):
    t = 0.0
    for a in z:
        t = t + a**2
    return t * x[0]


def whole_pairs(z, x):
    return sum([p[0] ** 2 * p[1] for p in zip(z, x, strict=True)])


def after_a_write(z, x):
    y = z * 1
    pairs = zip(y, x, strict=True)
    y[1] = x[2] * y[0]
    return total(pairs)


PROGRAMS = {
    "zip": lambda z, x: total(zip(z, x, strict=True)),
    "zip the other way round": lambda z, x: total(zip(x, z, strict=True)),
    "zip with a copy": lambda z, x: total(zip(z, x * 1, strict=True)),
    "zip of a copy": lambda z, x: total(zip(z * 1, x, strict=True)),
    "zip of the argument alone": lambda z, x: total(zip(z, z, strict=True)) * x[1],
    "map": lambda z, x: sum(map(lambda a, b: a**2 * b, z, x)),
    "enumerate": enumerated,
    "index": indexed,
    "iterator": iterated,
    "tuples": whole_pairs,
    "written in between": after_a_write,
    "list": lambda z, x: ([z, x][0] ** 2 * [z, x][1]).sum(),
    "array": lambda z, x: np.sum(np.array([z, x])[0] ** 2 * np.array([z, x])[1]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_argument_at_two_levels(name):
    f = PROGRAMS[name]

    def inner(x):
        return np.sum(zg.gradient(lambda z: f(z, x), x)[0] * np.array([1.0, -2.0, 0.5]))

    h, steps = 1e-5, np.eye(3)
    differences = [(inner(X + h * e) - inner(X - h * e)) / (2 * h) for e in steps]
    np.testing.assert_allclose(zg.gradient(inner, X)[0], differences, rtol=1e-7, atol=1e-8)


def native(a):
    return a * 2, np.array([0, 2, 3])


@zg.adjoint(native)
def native_rule(a):
    return native(a), lambda dys: (None if dys[0] is None else dys[0] * 2,)


def test_slices_of_whole_numbers_that_a_rule_returned():
    def f(a):
        d, places = native(a)
        return (d[: int(places[-1])] ** 2).sum() + places[slice(int(places[1]))].sum()

    inner = lambda a: (zg.gradient(f, a)[0] ** 2).sum()
    np.testing.assert_allclose(zg.gradient(inner, X)[0], 128 * X)
    np.testing.assert_allclose(zg.gradient(f, X)[0], 8 * X)


def looks_at(items):
    return 2.0


@zg.adjoint(looks_at)
def looks_at_rule(items):
    return 2.0, lambda dy: (None,)


def uses(items):
    return 2.0


@zg.adjoint(uses)
def uses_rule(items):
    return 2.0, lambda dy: (dy,)


@pytest.mark.parametrize("make", [lambda x: itertools.chain([x], [2.0]), lambda x: iter([x])])
def test_arguments_whose_parts_have_no_names(make):
    """An error where a rule has a cotangent for them, and only there."""
    for f in (lambda x: looks_at(make(x)) * x, lambda x: uses(make(x)) * x):
        for g in (f, lambda x, f=f: zg.gradient(f, x)[0] * x):
            if "looks_at" in f.__code__.co_names:
                assert zg.gradient(g, 3.0) == (2.0,)
            else:
                with pytest.raises(AdjointError, match="whose parts have no names"):
                    zg.gradient(g, 3.0)


def test_the_empty_tuple_is_a_constant():
    """There is one of it: calls without arguments, keys of 0-d arrays ... are not the argument."""

    def f(x, key):
        _, back = zg.pullback(lambda x, key: x[key] * x, x, key)
        return np.sum(np.real(back(np.ones(3))[0])) + np.sum(np.array(x[0])[()])

    assert [d if d is None else d.tolist() for d in zg.gradient(f, X, ())] == [[3, 2, 2], None]
    assert zg.gradient(lambda x, t: x * t[1] * (t[0] == ()), 2.0, ((), 3.0)) == (3.0, (None, 2.0))
    assert zg.gradient(lambda x, t: x if t == () else 0.0, 2.0, ()) == (1.0, None)
