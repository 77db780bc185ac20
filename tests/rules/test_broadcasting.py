"""What rules share: the form of cotangents, and zeros that stay zero."""

import math

import numpy as np
import pytest
from checking import call_rule

from zygcore._check import image
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.rules.broadcasting import (
    guarded_mul,
    project,
    refuse,
    spread,
    unbroadcast,
    unsupported,
)
from zygcore.rules.registry import each
from zygcore.testing import check_adjoint

PROJECT = [
    # cotangent, primal, expected
    (2.0, 1.0, 2.0),
    (np.float64(2), 1.0, 2.0),
    (2 + 3j, 1.0, 2.0),
    (2, 1.0, 2.0),
    (2, 1, 2),
    (2.5, 1, 2.5),
    (np.ones((2, 3)), 1.0, 6.0),
    (np.ones((2, 3)), 1, 6.0),
    (np.float32(2), 1j, 2 + 0j),
    (2.0, np.float32(1), np.float32(2)),
    (2j, np.float32(1), np.float32(0)),
    (np.array(2.0), np.complex64(1), np.complex64(2)),
    (2.0, np.int64(1), np.float64(2)),
    (np.float64(2), np.zeros(()), np.array(2.0)),
    (np.ones((2, 3)), np.zeros((3,), np.float32), np.float32([2, 2, 2])),
    (np.ones((2, 3)), np.zeros((1, 3), int), np.array([[2.0, 2, 2]])),
    (np.array([1 + 2j]), np.zeros(1), np.array([1.0])),
    (np.ones(3), [1.0, 2, np.float32(3)], [1.0, 1.0, np.float32(1)]),
    (np.ones((2, 2)), ((1.0, 2.0), [3.0, 4.0]), ((1.0, 1.0), [1.0, 1.0])),
    (1.0, np.zeros(2), np.array([1.0, 1.0])),
    (None, 1.0, None),
]


@pytest.mark.parametrize(("dx", "x", "expected"), PROJECT)
def test_project(dx, x, expected):
    assert image(project(dx, x)) == image(expected)


def test_project_refuses_subclasses():
    with pytest.raises(UnsupportedError, match="MaskedArray"):
        project(np.ones(2), np.ma.masked_array([1.0, 2.0]))


def test_unbroadcast_and_spread():
    dx = np.arange(24.0).reshape(2, 3, 4)
    assert unbroadcast(dx, (2, 3, 4)) is dx
    assert np.array_equal(unbroadcast(dx, (3, 1)), dx.sum((0, 2))[:, None])
    assert unbroadcast(dx, ()) == dx.sum()
    assert spread(1.0, (2, 3)).tolist() == [[1.0] * 3] * 2
    assert spread(np.array([1.0, 2.0]), (2, 3), -1).tolist() == [[1.0] * 3, [2.0] * 3]
    assert not spread(np.ones(2), (2, 3), 1).flags.writeable


def test_zero_stays_zero():
    for bad in (math.inf, -math.inf, math.nan):
        assert guarded_mul(0.0, bad) == 0 and guarded_mul(0, bad) == 0
        out = guarded_mul(np.array([0.0, 1.0, -0.0]), np.array([bad, 2.0, bad]))
        assert out.tolist() == [0, 2, 0]
        assert guarded_mul(np.float32(0), bad) == 0
        assert guarded_mul(0.0, np.array([bad, 1.0])).tolist() == [0, 0]
        # it is linear in its first argument, also at 0
        assert repr(call_rule(guarded_mul, 0.0, bad)[1](1.0)) == repr((bad, 0.0))
    assert guarded_mul(np.float32([0, 1]), np.float32([np.inf, 2])).dtype == np.float32
    assert math.isnan(guarded_mul(math.nan, 0.0))
    check_adjoint(guarded_mul, 0.3, 0.7)
    check_adjoint(guarded_mul, np.array([0.3, 1.0]), 0.7 + 1j)
    assert type(guarded_mul(2, 3)) is int


def test_refusing():
    with pytest.raises(AdjointError, match="np.nothing"):
        refuse("np.nothing")(1.0)
    unsupported("np.f", out=None, where=True, initial=np._NoValue)
    with pytest.raises(UnsupportedError, match="where"):
        unsupported("np.f", where=np.array([True]))


def test_each():
    back = each(lambda dy: dy * 2, None)
    assert back(3) == (6, None)
    assert back.parts[1] is None
