"""`jacobian` in both modes: the same answer, whichever is taken."""

import numpy as np
import pytest

import zygcore as zg
from zygcore import api

rng = np.random.default_rng(0)
W = rng.standard_normal((6, 2))
WIDE = rng.standard_normal((2, 6))


def both(monkeypatch, f, *args):
    """By the mode that is chosen, and by reverse mode."""
    used = []
    by_columns = api._by_columns

    def noted(*given):
        used.append(by_columns(*given))
        return used[-1]

    monkeypatch.setattr(api, "_by_columns", noted)
    chosen = zg.jacobian(f, *args)
    monkeypatch.setattr(api, "_by_columns", lambda *given: None)
    return chosen, zg.jacobian(f, *args), bool(used) and used[-1] is not None


CASES = {
    "tall": (lambda x: np.tanh(W @ x), [np.array([0.3, -0.7])], True),
    "wide": (lambda x: np.tanh(WIDE @ x), [rng.standard_normal(6)], False),
    "square": (lambda x: x * x[::-1], [np.array([1.0, 2.0])], False),
    "number": (lambda x: np.array([x, x * x, 3.0]), [2.0], True),
    "integer": (lambda n: np.array([n * 1.5, n * n, 3]), [2], True),
    "tuple of numbers": (lambda x, y: (x * y, x, 3.0), [2.0, 5.0], True),
    "nested": (lambda x: [[x[0], x[1], 1.0], [x[0] * x[1], 0.0, x[1]]], [[2.0, 3.0]], True),
    "matrix": (lambda a: np.stack([a, a @ a, a.T]), [rng.standard_normal((2, 2))], True),
    "several": (
        lambda a, b, c: np.outer(np.exp(a), a) * b + c * 0,
        [np.array([1.0, 2.0, 0.5]), 3.0, 2.0],
        True,
    ),
    "single precision": (lambda x: np.stack([x, x * x]), [np.array([1, 2], np.float32)], True),
    "integer array": (lambda x: np.stack([x * 0.5, x * x]), [np.array([1, 2])], True),
    "not a variable": (lambda x, y: np.array([x, x * x, 1.0]), [2.0, 5.0], True),
    "nothing": (lambda x: np.ones(3), [2.0], True),
    "no values": (lambda x: x[:0], [np.ones(2)], False),
    "truth values": (lambda x: np.array([x[0], x[0] * 2, 1.0]), [[2.0, True]], False),
}


@pytest.mark.parametrize("name", CASES)
def test_both_modes(name, monkeypatch):
    f, args, forward = CASES[name]
    chosen, reverse, was_forward = both(monkeypatch, f, *args)
    assert was_forward == forward
    assert type(chosen) is tuple and len(chosen) == len(args)
    for a, b, x in zip(chosen, reverse, args, strict=True):
        if b is None:
            assert a is None
            continue
        assert type(a) is np.ndarray and a.dtype == b.dtype
        assert a.shape == np.shape(f(*args)) + np.shape(x)
        np.testing.assert_allclose(a, b, rtol=1e-6 if name.startswith("single") else 1e-13)


def test_against_differences():
    x, h = np.array([0.3, -0.7]), 1e-6
    f = CASES["tall"][0]
    columns = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(2)]
    np.testing.assert_allclose(zg.jacobian(f, x)[0], np.stack(columns, -1), rtol=1e-8, atol=1e-10)


def test_the_function_runs_twice_in_forward_mode():
    calls = []

    def f(x):
        calls.append(0)
        return np.stack([x, x * x])

    zg.jacobian(f, np.ones(2))
    assert len(calls) == 2


def test_functions_that_differ_each_time(monkeypatch):
    """What was computed at first counts."""
    state = [1.0]

    def f(x):
        state[0] += 1
        return np.array([x, x * state[0], 1.0])

    (chosen,) = zg.jacobian(f, 3.0)
    np.testing.assert_array_equal(chosen, [1.0, 2.0, 0.0])


def test_arguments_that_are_written():
    def f(x):
        x *= 2
        return np.concatenate([x, x * x])

    (got,) = zg.jacobian(f, np.array([1.0, 3.0]))
    np.testing.assert_array_equal(got, [[2, 0], [0, 2], [8, 0], [0, 24]])


def test_what_forward_mode_refuses():
    f = lambda t: (lambda v: v @ v.conj().T)(np.linalg.eigh(np.eye(2) * [1, 2] + t * 1j * A)[1])
    A = np.array([[0.0, -1.0], [1.0, 0.0]])
    got = zg.jacobian(lambda t: np.real(f(t)), 0.3)
    assert got[0].shape == (2, 2)
    np.testing.assert_allclose(got[0], 0, atol=1e-12)


def test_inside_of_a_gradient():
    f = lambda x: np.sum(zg.jacobian(lambda y: np.stack([y**2, y**3, y]), x)[0] ** 2)
    x = np.array([1.0, 2.0])
    # the entries are 2y, 3y², 1: of the sum of squares the gradient is 8y + 36y³
    np.testing.assert_allclose(zg.gradient(f, x)[0], 8 * x + 36 * x**3, rtol=1e-13)
    got = zg.jvp(f, (x,), (np.array([1.0, 0.0]),))[1]
    assert got == pytest.approx(44.0, rel=1e-13)
