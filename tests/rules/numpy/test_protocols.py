"""Objects that NumPy asks how to treat them, and classes around arrays."""

import operator

import numpy as np
import pytest
from agreement import agree

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError

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


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.sin(Doubled(x))),
        lambda x: np.sum(np.add(x, Doubled(x)) * x),
        lambda x: np.sum(x @ np.diag(Doubled(x))),
        lambda x: np.sum(Doubled(x)),
        lambda x: np.sum(x * Doubled(x)),
        lambda x: np.sum(np.subtract(x[1], Doubled(x)) * x),
        lambda x: np.add.reduce(Doubled(x)),
        lambda x: np.sum(np.multiply.outer(Doubled(x), x)),
        lambda x: np.sum(np.multiply.accumulate(Doubled(x))),
        lambda x: np.mean(Doubled(x)) * np.max(Doubled(x)),
        lambda x: np.dot(Doubled(x), x),
        lambda x: np.sum(np.where(x > 1.5, Doubled(x), x * x)),
        lambda x: np.linalg.norm(Doubled(x)),
        lambda x: np.linalg.det(Doubled(np.diag(x))),
        lambda x: np.sum(np.sort(Doubled(x)) * x),
        lambda x: np.sum(np.clip(Doubled(x), 3.0, 5.0)),
        lambda x: np.sum(np.linspace(Doubled(x), x, 4)),
        lambda x: np.interp(1.7, x, Doubled(x)),
        lambda x: np.sum(x.__mul__(Doubled(x))),
        lambda x: np.sum(np.float64(x[0]).__add__(Doubled(x)) * x),
    ],
)
def test_functions_of_objects_that_make_arrays(f):
    agree(f, X + np.array([0.1, -0.2, 0.05]))


def test_how_an_array_is_asked_for():
    calls = []

    class Asked(Doubled):
        def __array__(self, *args, **options):
            calls.append((args, options))
            return self.data * 2.0

    class Old(Doubled):
        def __array__(self, dtype=None):
            return self.data * 2.0

    f = lambda x: (
        np.sum(np.array(Asked(x)))
        + np.sum(np.asarray(Asked(x), dtype=np.float32))
        + np.sum(np.asarray(Asked(x), copy=True))
        + np.sum(np.array([Asked(x), x], dtype=float))
        + np.sum(np.sin(Asked(x)))
    )
    f(X)
    expected = calls[:]
    calls.clear()
    zg.pullback(f, X)
    assert calls == expected
    with pytest.warns(DeprecationWarning, match="copy"):
        assert list(grad(lambda x: np.sum(np.array(Old(x))))(X)) == [2.0, 2.0, 2.0]
    Old.__array__ = lambda self, dtype=None: 3.0
    for call in (lambda f: f(X), lambda f: grad(f)(X)):
        with pytest.raises(ValueError, match="not producing an array"):
            call(lambda x: np.sum(np.asarray(Old(x))))


# ------------------------------------------------------------------- __array_wrap__


class Wrapping(Doubled):
    """What ufuncs make of it is one, too, times what it stores."""

    def __array_wrap__(self, array, context=None, return_scalar=False):
        name = "none" if context is None else context[0].__name__
        assert type(array) is np.ndarray and return_scalar == (array.ndim == 0)
        return Wrapping(array * self.data * (2.0 if name == "sin" else 1.0))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.sin(Wrapping(x)).data),
        lambda x: np.sum(np.add(x, Wrapping(x)).data),
        lambda x: np.sum((x * Wrapping(x)).data),
        lambda x: np.sum(np.add(x[0], Wrapping(x)).data),
        lambda x: np.sum(x[0] + Wrapping(x)),
        lambda x: np.sum(np.modf(Wrapping(x))[0].data),
        lambda x: np.sum(np.add.reduce(Wrapping(x)).data),
        lambda x: np.sum(np.add.accumulate(Wrapping(x)).data),
        lambda x: np.sum(np.multiply.outer(Wrapping(x), Wrapping(x))),
        lambda x: np.sum(np.sum(Wrapping(x)).data),
        lambda x: np.dot(Wrapping(x), x),
        lambda x: np.sum(np.sort(Wrapping(x))),
    ],
)
def test_results_that_are_wrapped(f):
    agree(f, X + np.array([0.1, -0.2, 0.05]))


def test_wrapped_results_of_linear_algebra_are_refused():
    f = lambda x: np.sum(np.linalg.inv(Wrapping(np.diag(x))).data)
    assert f(X) > 0
    with pytest.raises(UnsupportedError, match="__array_wrap__"):
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


def test_methods_of_numbers_that_call_those_of_arrays():
    class Factor(float):
        def __mul__(self, x):
            return x.__rmul__(self) * 3.0

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
