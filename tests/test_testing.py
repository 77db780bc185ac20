"""`check_adjoint` passes what is right, and finds what is wrong."""

import numpy as np
import pytest

import zygcore as zg
from zygcore.testing import check_adjoint

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "f, args",
    [
        (np.hypot, (np.array([1.0, 2.0]), 0.5)),
        (np.matmul, (RNG.standard_normal((2, 3)), RNG.standard_normal((3, 2)))),
        (np.concatenate, ([RNG.standard_normal(3), RNG.standard_normal(2)],)),
        (np.exp, (RNG.standard_normal(3) + 1j * RNG.standard_normal(3),)),
        (np.abs, (RNG.standard_normal(3) + 1j * RNG.standard_normal(3),)),
        (np.divmod, (np.array([5.5, -3.25]), 2.0)),
        (lambda x: {"a": x[:2] * x[1:], "b": [x.sum()]}, (RNG.standard_normal(3),)),
        (lambda x, y: x * y, (0.5, 2.0)),
        (np.sum, (np.zeros((0, 3)),)),
        (np.cos, (np.array(0.5),)),
        (np.cos, (np.float64(0.5),)),
        (lambda x: np.zeros(3), (RNG.standard_normal(3),)),
    ],
)
def test_right(f, args):
    check_adjoint(f, *args)


def test_in_place_is_right():
    def f(x):
        b = np.zeros(3, x.dtype)
        b[1:] = x
        b[0] = b[1] * b[2]
        return b

    check_adjoint(f, np.array([0.5, -1.5]), second=False)


def target(x):
    return np.sin(x) * 2


@pytest.mark.parametrize(
    "rule, message",
    [
        (lambda x: (target(x), lambda dy: (dy * np.cos(x),)), "first order"),
        (lambda x: (target(x) * 1.0000001, lambda dy: (2 * dy * np.cos(x),)), "value"),
        (lambda x: (target(x), lambda dy: (2.0 * np.sum(dy * np.cos(x)),)), "form|first order"),
        (lambda x: (target(x), lambda dy: ((2 * dy * np.cos(x)).astype(np.float64),)), "form"),
        (lambda x: (target(x), lambda dy: (None,)), "first order"),
        (lambda x: (target(x), lambda dy: (2 * dy * np.float64(np.cos(x)),)), "form"),
    ],
)
def test_wrong(rule, message):
    zg.adjoint(target)(rule)
    try:
        with pytest.raises((AssertionError, zg.errors.ZygcoreError), match=message):
            check_adjoint(target, np.array([0.3, -0.7]), second=False)
    finally:
        zg.rules.RULES.pop(target)


def test_wrong_second_derivative():
    def constant(x):
        return np.asarray(x).tolist()

    zg.rules.nondifferentiable(constant)

    def rule(x):  # the slope is a constant for an outer gradient
        c = 2 * np.cos(np.array(constant(x)))
        return target(x), lambda dy: (dy * c,)

    zg.adjoint(target)(rule)
    try:
        check_adjoint(target, np.array([0.3, -0.7]), second=False, single=False)
        with pytest.raises(AssertionError, match="second order"):
            check_adjoint(target, np.array([0.3, -0.7]), single=False)
    finally:
        zg.rules.RULES.pop(target)
        zg.rules.RULES.pop(constant)
