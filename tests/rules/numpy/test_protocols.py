"""Objects that NumPy asks how to treat them, and classes around arrays."""

import operator

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, CotangentError, UnsupportedError

X = np.array([1.0, 2.0, 3.0])


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


class Doubled:
    """An array of twice what is stored."""

    def __init__(self, data):
        self.data = data

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.data * 2.0, dtype)


class Unit:
    """A quantity that has its own sum."""

    def __init__(self, data):
        self.data = data

    def __array_function__(self, function, kinds, args, options):
        if function is np.prod:
            return NotImplemented
        plain = [x.data if isinstance(x, Unit) else x for x in args]
        return function(*plain, **options) * 5.0


class Smaller(Unit):
    def __array_function__(self, function, kinds, args, options):
        return super().__array_function__(function, kinds, args, options) / 5.0


class Masked:
    """A class with its own ufuncs."""

    def __init__(self, data):
        self.data = data

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [x.data if isinstance(x, Masked) else x for x in inputs]
        return Masked(getattr(ufunc, method)(*plain, **options) * 3.0)


class Number:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        return self.value * 2.0


class Alone:
    """A class that arrays leave alone."""

    __array_ufunc__ = None


# ------------------------------------------------------------------------- __array__


@pytest.mark.parametrize("make", [np.asarray, np.array, np.asanyarray, np.ascontiguousarray])
def test_objects_that_make_arrays_of_themselves(make):
    f = lambda x: np.sum(make(Doubled(x)) ** 2)
    np.testing.assert_allclose(grad(f)(X), 8 * X)
    np.testing.assert_allclose(grad(lambda o: np.sum(make(o) ** 2))(Doubled(X)).data, 8 * X)
    y = grad(lambda x: np.sum(make(Doubled(x), dtype=np.float32)))(X)
    assert y.dtype == float and list(y) == [2.0, 2.0, 2.0]


def test_objects_in_lists():
    f = lambda x: np.sum(np.array([Doubled(x), x * x]) * np.array([[1.0], [10.0]]))
    np.testing.assert_allclose(grad(f)(X), 2 + 20 * X)
    g = lambda k: np.array([Number(k), k, 1.0], dtype=float) @ X
    assert grad(g)(2.0) == 2 * 1.0 + 2.0


def test_constant_objects():
    assert list(grad(lambda x: np.dot(x, Doubled(np.ones(3))))(X)) == [2.0, 2.0, 2.0]


def test_joining_objects():
    weights = np.arange(6.0)
    f = lambda x: np.concatenate([Doubled(x), x]) @ weights
    assert list(grad(f)(X)) == [3.0, 6.0, 9.0]
    f = lambda x: np.sum(np.stack([x, Doubled(x)])[1])
    assert list(grad(f)(X)) == [2.0, 2.0, 2.0]
    with pytest.raises(UnsupportedError, match="__array_function__"):
        grad(lambda x: np.sum(np.concatenate([Unit(x), x])))(X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.sin(Doubled(x))),
        lambda x: np.sum(np.add(x, Doubled(x))),
        lambda x: np.sum(Doubled(x)),
    ],
)
def test_what_is_not_covered_is_an_error(f):
    with pytest.raises(CotangentError, match="Doubled"):
        grad(f)(X)


# ---------------------------------------------------------------- __array_function__


@pytest.mark.parametrize(
    "f, expected",
    [
        (lambda x: np.sum(Unit(x)), [5.0, 5.0, 5.0]),
        (lambda x: np.dot(Unit(x), x), 10 * X),
        (lambda x: np.dot(x, Unit(np.ones(3))), [5.0, 5.0, 5.0]),
        (lambda x: np.sum(np.where(x > 1.0, x, Unit(np.ones(3)))), [0.0, 5.0, 5.0]),
        (lambda x: np.dot(Smaller(x), Unit(x)), 2 * X),
        (lambda x: np.dot(Unit(x), Smaller(x)), 2 * X),
    ],
)
def test_array_function(f, expected):
    assert zg.pullback(f, X)[0] == f(X)
    np.testing.assert_allclose(grad(f)(X), expected)


def test_array_function_that_does_not_implement():
    for call in (lambda f: f(X), lambda f: grad(f)(X)):
        with pytest.raises(TypeError, match="no implementation found"):
            call(lambda x: np.prod(Unit(x)))


# -------------------------------------------------------------------- __array_ufunc__


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.sin(Masked(x)).data),
        lambda x: np.sum(np.add(Masked(x), x).data),
        lambda x: np.sum(np.add(x, Masked(np.ones(3))).data),
        lambda x: np.sum(np.absolute(Masked(x)).data),
        lambda x: np.add.reduce(Masked(x)).data,
    ],
)
def test_array_ufunc_is_an_error(f):
    with pytest.raises(UnsupportedError, match="__array_ufunc__"):
        grad(f)(X)


def test_operators_with_array_ufunc():
    assert list(grad(lambda x: np.sum((x + Masked(x)).data))(X)) == [6.0, 6.0, 6.0]


def test_memory_of_an_object_is_an_error():
    class Shown:
        def __init__(self, data):
            self.data = data

        @property
        def __array_interface__(self):
            return self.data.__array_interface__

    with pytest.raises((AdjointError, UnsupportedError)):
        grad(lambda x: np.sum(np.asarray(Shown(x))))(X)
    assert grad(lambda x: np.sum(np.from_dlpack(x) * x))(X).tolist() == (2 * X).tolist()


# ------------------------------------------------------------------ methods by name


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"])
def test_operators_called_by_name(name):
    by_operator = getattr(operator, name)
    for x, y in ((X, X + 0.5), (X, 2.5)):
        by_name = lambda x, y: np.sum(getattr(x, f"__{name}__")(y))
        assert zg.pullback(by_name, x, y)[0] == by_name(x, y)
        expected = zg.gradient(lambda x, y: np.sum(by_operator(x, y)), x, y)
        for a, b in zip(zg.gradient(by_name, x, y), expected, strict=True):
            np.testing.assert_array_equal(a, b)
        reflected = lambda x, y: np.sum(getattr(x, f"__r{name}__")(y))
        expected = zg.gradient(lambda x, y: np.sum(by_operator(y, x)), x, y)
        for a, b in zip(zg.gradient(reflected, x, y), expected, strict=True):
            np.testing.assert_array_equal(a, b)


def test_methods_of_subclasses_that_call_those_of_arrays():
    class Louder(np.ndarray):
        def __rmul__(self, other):
            return super().__rmul__(other) * 2.0

        def __neg__(self):
            return super().__neg__()

        def __getitem__(self, key):
            return super().__getitem__(key)

    class Factor(float):
        def __mul__(self, x):
            return x.__rmul__(self) * 3.0

    for f in (
        lambda x: np.sum(2.0 * x.view(Louder)),
        lambda x: np.sum(-x.view(Louder)),
        lambda x: x.view(Louder)[1],
    ):
        with pytest.raises((AdjointError, UnsupportedError)):
            grad(f)(X)
    f = lambda x: np.sum(Factor(2.0) * x)
    assert f(X) == 36.0
    try:
        assert list(grad(f)(X)) == [6.0, 6.0, 6.0]
    except AdjointError:
        pass  # of what C code does with an instance of a class


def test_other_methods_called_by_name():
    assert list(grad(lambda x: np.sum(x.__neg__().__abs__().__pos__()))(X)) == [1.0, 1.0, 1.0]
    assert list(grad(lambda x: x.__getitem__(slice(1, 2)).reshape(()).__float__())(X)) == [
        0.0,
        1.0,
        0.0,
    ]
    assert list(grad(lambda x: x.__matmul__(x))(X)) == [2.0, 4.0, 6.0]
    for key in (bytearray(2), range(0, 3, 2), [0, 0], True):
        f = lambda x, key=key: np.sum(x.__getitem__(key))
        np.testing.assert_array_equal(
            grad(f)(X), np.bincount(np.ravel(np.arange(3)[key]), minlength=3)
        )
    assert list(grad(lambda x: x[:1].reshape(()).__complex__().real)(X)) == [1.0, 0.0, 0.0]
    assert grad(lambda x: x.__lt__(2.0).__getitem__(0).__bool__() * 1.0)(X) is None
    f = lambda x: x[0] if x.__mul__(Alone()) is NotImplemented else 0.0
    assert list(grad(f)(X)) == [1.0, 0.0, 0.0]


# ------------------------------------------------------------------ the array API standard


def softmax(x, xp):
    z = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return z / xp.sum(z, axis=-1, keepdims=True)


def program(x, namespace):
    """Written against the standard, for the arrays of any library."""
    xp = namespace(x)
    y = xp.concat([x, xp.permute_dims(x, (1, 0))])
    y = xp.astype(xp.reshape(y, (-1, 2)), xp.float64)
    w = xp.where(y > 1.5, softmax(y, xp), xp.tanh(y))
    z = xp.matmul(w, x) * xp.pow(y, 2.0) + xp.expand_dims(xp.vecdot(y, y), axis=1)
    return float(xp.sum(z * xp.abs(y[:, :1])) - xp.mean(xp.stack([x, 2.0 * x])))


M = np.array([[1.0, 2.0], [3.0, -0.5]])


def slopes(f, x, h=1e-4):
    out = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = h
        out[i] = (f(x - 2 * e) - 8 * f(x - e) + 8 * f(x + e) - f(x + 2 * e)) / (12 * h)
    return out


def test_array_api_compat():
    namespace = pytest.importorskip("array_api_compat").array_namespace
    f = lambda x: program(x, namespace)
    np.testing.assert_allclose(grad(f)(M), slopes(f, M), rtol=1e-8)


def test_array_api_strict():
    """An array of array_api_strict is an object around an array: its gradient is a Grad."""
    strict = pytest.importorskip("array_api_strict")
    f = lambda x: program(x, lambda x: x.__array_namespace__())
    g = lambda x: f(strict.asarray(x))
    expected = slopes(g, M)
    np.testing.assert_allclose(grad(g)(M), expected, rtol=1e-8)  # made inside
    d = grad(f)(strict.asarray(M))
    assert type(d) is zg.Grad
    np.testing.assert_allclose(d._array, expected, rtol=1e-8)
    assert d._dtype is None
