"""Second derivatives: `hessian`, `hvp`, `diaghessian`."""

import math
from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import pytest
import sympy
from scipy import optimize

import zygcore as zg
from zygcore.errors import OutputError

rng = np.random.default_rng(0)


def quadratic(n):
    a = rng.standard_normal((n, n))
    return lambda x: x @ a @ x, a + a.T


# ---------------------------------------------------------------------- what is specified


def test_hessian_of_a_product():
    got = zg.hessian(lambda ab: ab[0] * ab[1], [2, 3])
    assert got == [[0, 1], [1, 0]]
    assert all(type(entry) is int for row in got for entry in row)


# -------------------------------------------------------------------------- known Hessians


@pytest.mark.parametrize("n", [1, 2, 5])
def test_quadratic_forms(n):
    f, expected = quadratic(n)
    np.testing.assert_allclose(zg.hessian(f, rng.standard_normal(n)), expected, rtol=1e-13)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_rosenbrock(n):
    x, v = rng.standard_normal(n), rng.standard_normal(n)
    expected = optimize.rosen_hess(x)
    np.testing.assert_allclose(zg.hessian(optimize.rosen, x), expected, rtol=1e-12, atol=1e-11)
    product = optimize.rosen_hess_prod(x, v)
    np.testing.assert_allclose(zg.hvp(optimize.rosen, x, v), product, rtol=1e-11)
    diagonal = zg.diaghessian(optimize.rosen, x)[0]
    np.testing.assert_allclose(diagonal, np.diagonal(expected), rtol=1e-12)


EXPRESSIONS = {
    "sin(x*y) + x**3*z": lambda m, x, y, z: m.sin(x * y) + x**3 * z,
    "exp(x/y)*log(z)": lambda m, x, y, z: m.exp(x / y) * m.log(z),
    "sqrt(x**2 + y**2 + z**2)": lambda m, x, y, z: m.sqrt(x**2 + y**2 + z**2),
    "x**y": lambda m, x, y, z: x**y + z**0.5,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_against_sympy(name):
    f = EXPRESSIONS[name]
    point = (0.7, 1.3, 2.1)
    symbols = sympy.symbols("x y z", positive=True)
    exact = sympy.hessian(f(sympy, *symbols), symbols)
    exact = np.array(exact.subs(dict(zip(symbols, point, strict=True))).evalf(), float)
    of_list = zg.hessian(lambda p: f(math, *p), list(point))
    np.testing.assert_allclose(of_list, exact, rtol=1e-12, atol=1e-13)
    of_array = zg.hessian(lambda p: f(np, *p), np.array(point))
    np.testing.assert_allclose(of_array, exact, rtol=1e-12, atol=1e-13)
    of_three = zg.hessian(lambda *p: f(math, *p), *point)
    np.testing.assert_allclose(of_three, exact, rtol=1e-12, atol=1e-13)
    diagonal = zg.diaghessian(lambda *p: f(math, *p), *point)
    np.testing.assert_allclose(diagonal, np.diagonal(exact), rtol=1e-12, atol=1e-13)
    v = [0.3, -1.0, 0.5]
    product = zg.hvp(lambda p: f(math, *p), list(point), v)
    np.testing.assert_allclose(product, exact @ v, rtol=1e-12)


def test_log_determinant():
    """d² log det X = -tr(X⁻¹ dX X⁻¹ dX)."""
    x = np.eye(3) * 3 + rng.standard_normal((3, 3)) * 0.3
    got = zg.hessian(lambda x: np.linalg.slogdet(x)[1], x)
    inverse = np.linalg.inv(x)
    np.testing.assert_allclose(got, -np.einsum("jk,li->ijkl", inverse, inverse), rtol=1e-11)


def test_neural_network():
    w1, w2 = rng.standard_normal((3, 2)), rng.standard_normal(3)
    x = rng.standard_normal(2)

    def loss(w):
        return np.sum(w2 @ np.tanh(w @ x))

    h = np.tanh(w1 @ x)
    second = w2 * -2 * h * (1 - h * h)
    expected = np.einsum("i,ij,k,l->ikjl", second, np.eye(3), x, x)
    np.testing.assert_allclose(zg.hessian(loss, w1), expected, rtol=1e-12, atol=1e-14)


# ------------------------------------------------------------------------------------ forms


def test_numbers():
    got = zg.hessian(lambda x: x**4, 3.0)
    assert got == 108.0 and type(got) is float
    got = zg.hessian(lambda x: x**4, 3)
    assert got == 108 and type(got) is int
    assert zg.hessian(lambda x: 3 * x, 2.0) == 0.0
    assert zg.hvp(lambda x: x**3, 2.0, 1.5) == 18.0
    assert zg.diaghessian(lambda x: x**3, 2.0) == (12.0,)


def test_what_does_not_depend():
    np.testing.assert_array_equal(zg.hessian(lambda x: 3.0, np.ones(2)), np.zeros((2, 2)))
    np.testing.assert_array_equal(zg.hessian(lambda x: x.sum(), np.ones(2)), np.zeros((2, 2)))
    assert zg.hessian(lambda x: 3.0, [1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]


def test_several_arguments():
    a, b = np.array([1.0, 2.0]), 3.0
    got = zg.hessian(lambda a, b: np.sum(a * a) * b * b, a, b)
    assert type(got) is tuple and [type(row) for row in got] == [tuple, tuple]
    np.testing.assert_array_equal(got[0][0], 18 * np.eye(2))
    np.testing.assert_array_equal(got[0][1], 4 * a * b)
    np.testing.assert_array_equal(got[1][0], 4 * a * b)
    assert got[1][1] == 10.0


def test_shapes():
    got = zg.hessian(lambda a: np.sum(a**3), np.ones((2, 3)))
    assert got.shape == (2, 3, 2, 3)
    np.testing.assert_array_equal(got.reshape(6, 6), 6 * np.eye(6))
    assert zg.hessian(lambda a: np.sum(a**3), np.zeros((0, 2))).shape == (0, 2, 0, 2)
    got = zg.hessian(lambda a: a**3, np.array(2.0))
    assert np.shape(got) == () and got == 12.0


def test_integer_arrays():
    got = zg.hessian(lambda a: np.sum(a * a * a), np.array([1, 2]))
    np.testing.assert_array_equal(got, [[6.0, 0], [0, 12.0]])
    assert got.dtype == float


def test_structures():
    p = {"a": 2.0, "b": [3.0, 5.0]}
    got = zg.hessian(lambda p: p["a"] ** 2 * p["b"][0] * p["b"][1], p)
    assert got == {
        "a": {"a": 30.0, "b": [20.0, 12.0]},
        "b": [{"a": 20.0, "b": [0.0, 4.0]}, {"a": 12.0, "b": [4.0, 0.0]}],
    }
    v = {"a": 1.0, "b": [0.0, 1.0]}
    got = zg.hvp(lambda p: p["a"] ** 2 * p["b"][0] * p["b"][1], p, v)
    assert got == {"a": 42.0, "b": [24.0, 12.0]}
    got = zg.diaghessian(lambda p: p["a"] ** 2 * p["b"][0] * p["b"][1], p)
    assert got == ({"a": 30.0, "b": [0.0, 0.0]},)


def test_objects():
    p = SimpleNamespace(x=2.0, name="point")
    got = zg.hessian(lambda p: p.x**3, p)
    assert got == zg.Grad(x=zg.Grad(x=12.0, name=None), name=None)
    pair = namedtuple("Pair", "x y")(2.0, 3.0)
    got = zg.hessian(lambda p: p.x**2 * p.y, pair)
    assert got == zg.Grad(x=zg.Grad(x=6.0, y=4.0), y=zg.Grad(x=4.0, y=0.0))


def test_products_of_several_arguments():
    f = lambda x, y: np.sum(x**2) * y
    got = zg.hvp(f, (np.array([1.0, 2.0]), 3.0), (np.array([1.0, 0.0]), 1.0))
    assert type(got) is tuple
    np.testing.assert_array_equal(got[0], [6.0 + 2.0, 4.0])
    assert got[1] == 2.0


def test_single_precision():
    x = np.array([1, 2], np.float32)
    got = zg.hvp(lambda x: np.sum(x**3), x, np.ones(2, np.float32))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, [6, 12])


def test_symmetry_and_products():
    """Of a program with loops, writes and a solver."""

    def f(x):
        a = np.outer(x, x) + np.diag(x**2 + 1)
        y = np.zeros_like(x)
        for i in range(len(x)):
            y[i] = np.sin(x[i]) * (y[i - 1] + 1)
        return np.sum(np.linalg.solve(a, y) * x)

    x, v = rng.standard_normal(4), rng.standard_normal(4)
    h = zg.hessian(f, x)
    np.testing.assert_allclose(h, h.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(zg.hvp(f, x, v), h @ v, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(zg.diaghessian(f, x)[0], np.diagonal(h), rtol=1e-12)
    step = 1e-5
    difference = (zg.gradient(f, x + step * v)[0] - zg.gradient(f, x - step * v)[0]) / (2 * step)
    np.testing.assert_allclose(h @ v, difference, rtol=1e-7, atol=1e-8)


def test_in_chunks(monkeypatch):
    """Many variables: not all unit tangents at once."""
    from zygcore import forward_mode

    f, expected = quadratic(7)
    x = rng.standard_normal(7)
    whole = zg.hessian(f, x), zg.hessian(lambda x: (x[0] * x[1]) ** 2, [2, 3, 4])
    monkeypatch.setattr(forward_mode, "CHUNK", 14)
    np.testing.assert_allclose(zg.hessian(f, x), expected, rtol=1e-13)
    np.testing.assert_array_equal(zg.hessian(f, x), whole[0])
    monkeypatch.setattr(forward_mode, "CHUNK", 3)
    assert zg.hessian(lambda x: (x[0] * x[1]) ** 2, [2, 3, 4]) == whole[1]
    p = {"a": np.ones(2), "b": [2.0]}
    got = zg.hessian(lambda p: np.sum(p["a"]) ** 2 * p["b"][0], p)
    np.testing.assert_array_equal(got["a"]["a"], np.full((2, 2), 4.0))
    np.testing.assert_array_equal(got["b"][0]["a"], [4.0, 4.0])


# ----------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("second", [zg.hessian, zg.diaghessian])
def test_the_value_must_be_a_real_scalar(second):
    for f in (lambda x: x * 2, lambda x: [x.sum()], lambda x: x.sum() * 1j, lambda x: None):
        with pytest.raises(OutputError):
            second(f, np.ones(2))
        with pytest.raises(OutputError):
            zg.hvp(f, np.ones(2), np.ones(2))
    with pytest.raises(OutputError):
        second(lambda x: x * 2, np.zeros(0))


@pytest.mark.parametrize("second", [zg.hessian, zg.diaghessian])
@pytest.mark.parametrize("x", [1 + 1j, np.ones(2) * 1j, [1.0, 1j], {"z": np.complex64(1)}])
def test_arguments_must_be_real(second, x):
    with pytest.raises(OutputError, match="complex"):
        second(lambda x: 1.0, x)


def test_directions_must_fit():
    with pytest.raises(zg.errors.TangentError):
        zg.hvp(lambda x: np.sum(x**2), np.ones(2), np.ones(3))
    with pytest.raises(zg.errors.TangentError):
        zg.hvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))


def test_integers_with_slopes_that_are_not_whole():
    found = zg.hessian(lambda ab: ab[0] * 0.5 * ab[1] ** 0.5, [2, 4])
    assert found == [[0.0, 0.125], [0.125, -0.03125]]
    assert {type(d) for row in found for d in row} == {float}
    assert zg.diaghessian(lambda n: n**3, 2) == (12,)
    assert type(zg.diaghessian(lambda n: n**3, 2)[0]) is int
