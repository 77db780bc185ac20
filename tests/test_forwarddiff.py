"""Forward mode inside of reverse mode: `forwarddiff`."""

import numpy as np
import pytest
from forward_slopes import pow_

import zygcore as zg


def test_forwarddiff_of_a_power():
    assert zg.gradient(lambda x: zg.forwarddiff(lambda x: pow_(x, 2), x), 5) == (10,)


def test_forwarddiff_drops_what_is_captured():
    f = lambda a, b: zg.forwarddiff(lambda a: a * b, a)
    assert zg.gradient(f, 2, 3) == (3, None)


def test_forwarddiff_with_everything_passed():
    f = lambda a, b: zg.forwarddiff(lambda ab: ab[0] * ab[1], [a, b])
    assert zg.gradient(f, 2, 3) == (3, 2)


def test_forwarddiff_runs_the_function():
    assert zg.forwarddiff(lambda x: x * 2, 3) == 6


def test_forwarddiff_of_structures():
    def f(p):
        return p["a"] * np.sum(p["w"][0] ** 2) + p["n"] * p["w"][1]

    p = {"a": 2.0, "w": [np.array([1.0, 3.0]), 5.0], "n": 4, "name": "text"}
    got = zg.gradient(lambda p: zg.forwarddiff(f, p), p)[0]
    expected = zg.gradient(f, p)[0]
    assert got["a"] == expected["a"] and got["n"] == expected["n"] and got["name"] is None
    np.testing.assert_array_equal(got["w"][0], expected["w"][0])
    assert got["w"][1] == expected["w"][1]


def test_forwarddiff_of_arrays():
    rng = np.random.default_rng(0)
    w, a = rng.standard_normal((3, 4)), rng.standard_normal((2, 3))
    f = lambda a: np.tanh(a @ w)
    c = rng.standard_normal((2, 4))
    got = zg.gradient(lambda a: np.sum(c * zg.forwarddiff(f, a)), a)[0]
    np.testing.assert_allclose(got, zg.gradient(lambda a: np.sum(c * f(a)), a)[0], rtol=1e-13)


def test_forwarddiff_of_several_values():
    def f(x):
        return {"square": x * x, "parts": [x * 3, np.array([x, 2 * x])]}

    def total(x):
        out = zg.forwarddiff(f, x)
        return out["square"] * 2 + out["parts"][0] + out["parts"][1][1]

    assert zg.gradient(total, 4.0) == (16.0 + 3 + 2,)


def test_forwarddiff_nested():
    f = lambda x: zg.forwarddiff(lambda x: x**3, x)
    D = lambda f: lambda x: zg.gradient(f, x)[0]
    F = lambda f: lambda x: zg.jvp(f, (x,), (1.0,))[1]
    assert D(f)(2.0) == 12.0
    assert F(f)(2.0) == 12.0
    for first in (D, F):
        for second in (D, F):
            assert first(second(f))(2.0) == 12.0


def test_forwarddiff_refuses_complex():
    with pytest.raises(zg.errors.OutputError, match="complex"):
        zg.gradient(lambda z: abs(zg.forwarddiff(lambda z: z * z, z)), 1 + 1j)


def test_forwarddiff_without_numbers():
    assert zg.gradient(lambda x: x * zg.forwarddiff(len, "text"), 2.0) == (4.0,)
