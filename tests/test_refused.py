"""Errors of ours that a program handles: the gradient raises them all the same."""

import contextlib
import functools

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import UnsupportedError


def refused(x):
    return 3.0 * x


@zg.adjoint(refused)
def refused_rule(x):
    raise UnsupportedError("this version has no derivative of it")


def handled(x):
    try:
        return refused(x)
    except RuntimeError:
        return 0.0 * x


def handled_by_anything(x):
    try:
        return refused(x)
    except Exception:
        return 0.0 * x


def suppressed(x):
    y = x * 0.0
    with contextlib.suppress(NotImplementedError):
        y = refused(x)
    return y


def left_by_return(x):
    try:
        refused(x)
    finally:
        return x * x  # noqa: B012


def in_a_generator(x):
    def items():
        try:
            yield refused(x)
        except Exception:
            yield x

    return sum(items())


def called_back(x):
    def safe(y):
        try:
            return refused(y)
        except Exception:
            return y

    return functools.reduce(lambda s, y: s + safe(y), [x, x], 0.0)


@pytest.mark.parametrize(
    "f", [handled, handled_by_anything, suppressed, left_by_return, in_a_generator, called_back]
)
def test_what_the_program_handles(f):
    f(2.0)
    with pytest.raises(UnsupportedError, match="no derivative of it") as info:
        zg.gradient(f, 2.0)
    assert "handled this error" in info.value.__notes__[0]
    with pytest.raises(UnsupportedError, match="no derivative of it"):
        zg.pullback(f, 2.0)
    with pytest.raises(UnsupportedError, match="no derivative of it"):
        zg.gradient(lambda x: zg.gradient(f, x)[0] * x, 2.0)


def test_state_is_as_before():
    with pytest.raises(UnsupportedError):
        zg.gradient(handled, 2.0)
    assert zg.gradient(lambda x: x * x, 2.0) == (4.0,)


def test_errors_of_inner_gradients_are_exceptions_like_others():
    def f(x):
        try:
            return zg.gradient(refused, x)[0]
        except UnsupportedError:
            return x**3

    assert zg.gradient(f, 2.0) == (12.0,)

    def g(x):
        with contextlib.suppress(UnsupportedError):
            zg.gradient(refused, 2.0)
        return x * x

    assert zg.gradient(g, 3.0) == (6.0,)


def test_the_programs_own_errors_are_its_own():
    def f(x):
        try:
            raise NotImplementedError("not here")
        except NotImplementedError:
            return x * x

    assert zg.gradient(f, 3.0) == (6.0,)


def twice(a):
    return np.broadcast_to(a, (2,))


@zg.adjoint(twice)
def twice_rule(a):
    return twice(a), lambda dy: (dy.sum(),)


def test_values_whose_elements_share_memory():
    for f in (
        lambda a: twice(a).sum(),
        lambda a: twice(a)[:].sum(),
        lambda a: twice(a).T[::-1].sum(),
        lambda a: sum(twice(a)),
    ):
        assert zg.gradient(f, 1.0) == (2.0,)
        assert zg.gradient(lambda x, f=f: zg.gradient(lambda a: f(a * a), x)[0], 1.0) == (4.0,)


def test_values_that_show_elements_of_an_argument_several_times():
    def shown(a):
        return np.broadcast_to(a, (2, 3))

    @zg.adjoint(shown)
    def shown_rule(a):
        return shown(a), lambda dy: (dy.sum(0),)

    def f(a):
        a = a * 1
        y = shown(a)
        a[0] = 7.0
        return y.sum()

    for g in (f, lambda a: zg.gradient(f, a)[0].sum()):
        with pytest.raises(UnsupportedError, match="Return a copy"):
            zg.gradient(g, np.ones(3))
