"""Declaring rules again: what is declared last holds, for functions of NumPy's, too."""

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.rules import libraries, registry

X = np.array([3.0, 1.0, 2.0])


@pytest.fixture
def restored():
    """The rules as they were, afterwards."""
    libraries.everything()
    before = dict(registry.RULES)
    yield
    registry.RULES.clear()
    registry.RULES.update(before)
    for callback in registry.on_change:
        callback(registry.Rule(restored, registry.NONDIFFERENTIABLE))


@pytest.mark.parametrize("f", [np.flip, np.sort, np.roll, np.where, np.bincount, np.kron])
def test_no_gradient_after_all(f, restored):
    args = {np.roll: (1,), np.where: (0.0,), np.kron: (np.ones(1),)}.get(f, ())
    first = {np.where: (np.array([True, False, True]),), np.bincount: (np.array([0, 1, 2]),)}
    call = lambda x: np.sum(f(*first.get(f, ()), x, *args) * x)
    doubled = zg.gradient(call, X)[0]
    registry.nondifferentiable(f)
    once = zg.gradient(call, X)[0]
    assert once.tolist() == f(*first.get(f, ()), X, *args).tolist() != doubled.tolist()


@pytest.mark.parametrize("f", [np.argmax, np.nanargmin, np.count_nonzero])
def test_a_gradient_after_all(f, restored):
    @registry.adjoint(f)
    def rule(x, *args):
        return f(x, *args), lambda dy: (np.ones_like(x),)

    assert zg.gradient(lambda x: f(x) * 1.0, X)[0].tolist() == [1, 1, 1]


def test_what_stays_unknown():
    with pytest.raises(AdjointError, match=r"ndarray\.data"):
        zg.gradient(lambda x: x.data[0], X)
