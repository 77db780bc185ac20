"""Functions, bound methods and partials, moved along a gradient."""

import functools
import operator
import types

import numpy as np
import pytest
from update_cases import (
    Plain,
)

import zygcore as zg
from zygcore import Grad
from zygcore.errors import CotangentError
from zygcore.types import update


def test_deep_learning_in_five_lines():
    identity = lambda x: x
    η = 0.1
    rng = np.random.default_rng(1)
    randn = lambda *shape: rng.standard_normal(shape)
    x = randn(10)

    dense = lambda W, b, σ=identity: lambda x: σ(W @ x + b)
    chain = lambda *fs: functools.reduce(lambda f, g: lambda x: g(f(x)), fs)
    mlp = chain(dense(randn(5, 10), randn(5), np.tanh), dense(randn(2, 5), randn(2)))
    (m̃,) = zg.gradient(lambda m: np.sum(m(x)), mlp)
    old, before = mlp, mlp(x)
    mlp -= η * m̃  # a new function with updated captured arrays

    assert type(mlp) is types.FunctionType and mlp is not old
    assert old(x).tolist() == before.tolist()
    first, second = [f.cell_contents for f in old.__closure__]
    W1, b1, σ1 = [c.cell_contents for c in first.__closure__]
    W2, b2, _ = [c.cell_contents for c in second.__closure__]
    assert first.__code__.co_freevars == ("W", "b", "σ")
    # sum(W2 @ tanh(W1 @ x + b1) + b2) by hand
    h = np.tanh(W1 @ x + b1)
    dW2, db2 = np.outer(np.ones(2), h), np.ones(2)
    db1 = (W2.T @ np.ones(2)) * (1 - h**2)
    dW1 = np.outer(db1, x)
    new = (W2 - η * dW2) @ np.tanh((W1 - η * dW1) @ x + b1 - η * db1) + b2 - η * db2
    np.testing.assert_allclose(mlp(x), new, rtol=1e-13)
    assert mlp.__closure__[0].cell_contents.__closure__[2].cell_contents is np.tanh


def test_functions_are_copied_whole():
    empty = []

    def outer(w):
        def f(x, *rest, y=empty, **more) -> "annotated":  # noqa: F821
            """A docstring."""
            return w * x

        f.tag = "tagged"
        return f

    f = outer(2.0)
    g = f - Grad(w=0.5)
    assert (g(2.0), f(2.0)) == (3.0, 4.0)
    for name in (
        "__name__", "__qualname__", "__module__", "__doc__", "__annotations__", "__defaults__",
        "__kwdefaults__", "__code__", "__globals__", "__dict__",
    ):  # fmt: skip
        assert getattr(g, name) == getattr(f, name), name
    g.tag = "other"
    assert f.tag == "tagged"


def test_recursive_functions_call_themselves():
    def power(w):
        def f(n):
            return 1.0 if n == 0 else w * f(n - 1)

        return f

    f = power(3.0)
    (g,) = zg.gradient(lambda f: f(3), f)
    assert g == Grad(f=None, w=27.0)
    h = f - g / 27
    assert (h(3), f(3)) == (8.0, 27.0)
    assert (h - Grad(w=1.0))(3) == 1.0


def test_closures_that_share_a_variable_still_do():
    def counter(n, w):
        def add():
            nonlocal n
            n += w

        return add, lambda: n

    p = counter(1.0, 2.0)
    q = update(p, (Grad(n=0.5, w=1.0), Grad(n=0.5)))
    q[0]()
    assert (q[1](), p[1]()) == (1.5, 1.0)


def test_wrapped_and_decorated_functions():
    def scaled(w):
        def decorate(f):
            @functools.wraps(f)
            def wrapper(x):
                return w * f(x)

            return wrapper

        return decorate

    @scaled(2.0)
    def f(x, a=None):
        return x

    def linear(v):
        @scaled(2.0)
        def f(x):
            return v * x

        return f

    assert (f - Grad(w=1.0))(5.0) == 5.0
    g = linear(3.0)
    h = g - Grad(f=Grad(v=1.0))
    assert (h(1.0), g(1.0)) == (4.0, 6.0)
    assert h.__wrapped__(1.0) == 2.0 and g.__wrapped__(1.0) == 3.0


def test_defaults_that_lead_to_what_changes():
    def make(w):
        box = [w]
        return (lambda x: box[0] * x), (lambda x, box=box, *, b=box: box[0] * b[0] * x)

    p = make(3.0)
    q = update(p, (Grad(box=[1.0]), None))
    assert (q[0](1.0), q[1](1.0), p[1](1.0)) == (2.0, 4.0, 9.0)


def test_unbound_variables():
    def make(w):
        def f():
            return w if w > 0 else later

        if w < 0:
            later = 1
        return f

    f = make(2.0)
    assert (f - Grad(w=0.5))() == 1.5
    with pytest.raises(CotangentError, match="cell_contents"):
        f - Grad(later=1.0)


def test_bound_methods():
    class Model(Plain):
        def loss(self, x):
            return self.a * x + self.b

        def __call__(self, x):
            return self.loss(x)

        @classmethod
        def make(cls):
            return cls

    m = Model(2.0, 3.0)
    (g,) = zg.gradient(lambda f: f(5.0), m.loss)
    assert g == Grad(__func__=None, __self__=Grad(a=5.0, b=1.0))
    f = m.loss - 0.1 * g
    assert type(f) is types.MethodType and type(f.__self__) is Model
    assert (f(5.0), m.loss(5.0)) == (pytest.approx(1.5 * 5 + 2.9), 13.0)
    (g,) = zg.gradient(lambda f: f(5.0), m)
    assert (m - 0.1 * g)(5.0) == pytest.approx(1.5 * 5 + 2.9)
    with pytest.raises(CotangentError):
        Model.make - Grad(__self__=1.0)


def test_methods_of_closures():
    make = lambda w: types.MethodType(lambda self, x: w * self.a * x, Plain(2.0, 0.0))
    f = make(3.0)
    (g,) = zg.gradient(lambda f: f(5.0), f)
    assert g == Grad(__func__=Grad(w=10.0), __self__=Grad(a=15.0, b=None))
    assert (f - 0.1 * g)(1.0) == pytest.approx(2.0 * 0.5)


def test_partials():
    f = functools.partial(pow, 3.0)
    (g,) = zg.gradient(lambda f: f(2), f)
    assert g == Grad(func=None, args=(6.0,), keywords=None)
    assert (f - 0.5 * g)(2) == 0.0 and f(2) == 9.0
    f = functools.partial(lambda a, b, c: a * b + c, 2.0, c=4.0)
    (g,) = zg.gradient(lambda f: f(3.0), f)
    assert g == Grad(func=None, args=(3.0,), keywords={"c": 1.0})
    assert (f - 0.1 * g)(3.0) == pytest.approx(1.7 * 3 + 3.9)
    assert zg.gradient(lambda f: f(3.0, c=1.0), f) == (Grad(func=None, args=(3.0,), keywords=None),)
    assert zg.gradient(lambda f: f.args[0] * f.keywords["c"], f) == (
        Grad(func=None, args=(4.0,), keywords={"c": 2.0}),
    )
    f = functools.partial((lambda w: lambda x: w * x)(3.0))
    f.note = [1.0]
    (g,) = zg.gradient(lambda f: f(2.0) * f.note[0], f)
    assert g == Grad(func=Grad(w=2.0), args=None, keywords=None, note=[6.0])
    h = f - 0.5 * g
    assert (h(2.0), h.note, f(2.0), f.note) == (4.0, [-2.0], 6.0, [1.0])
    # at inner levels
    slope = lambda w: zg.gradient(lambda f: f(2.0) ** 2, functools.partial(operator.mul, w))[
        0
    ].args[0]
    assert slope(3.0) == 24.0 and zg.gradient(slope, 3.0) == (8.0,)
