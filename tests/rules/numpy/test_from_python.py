"""`np.frompyfunc` and `np.vectorize`: functions of Python, called for each item."""

import math

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

X = np.array([[0.7, -0.4, 1.1], [0.3, 0.9, -1.3]])
W = np.array([[0.3, -0.2, 0.5], [1.0, 0.7, -0.9]])

square = np.frompyfunc(lambda a: a * a, 1, 1)
two = np.frompyfunc(lambda a, b: (a * b, a + b * b), 2, 2)
sine = np.frompyfunc(math.sin, 1, 1)
listed = np.frompyfunc(lambda a: [a * a, 3.0], 1, 1)


@np.vectorize
def power(a, b=2.0):
    return a**b


PROGRAMS = {
    "astype": lambda x: square(x).astype(float) * W,
    "items": lambda x: square(x)[1, 2] * 2 + square(x[0, 0]),
    "two outputs": lambda x: [two(x, W)[0].astype(float) ** 2, two(x.T, x[0, 0])[1][0, 1]],
    "captures": lambda x: np.frompyfunc(lambda a: a * x[0, 1], 1, 1)(x).sum(),
    "C function": lambda x: float(sine(x)[0, 1]) + sine(x[0, 0]),
    "objects": lambda x: listed(x)[0, 1][0] + listed(x)[1, 1][1],
    "whole numbers": lambda x: np.frompyfunc(pow, 2, 1)(x, [1, 2, 3]).astype(float),
    "broadcast": lambda x: two(x[:, :1], x[0])[0].astype(float),
    "otypes": lambda x: np.vectorize(lambda a: a * a, otypes=[float])(x),
    "otypes: objects": lambda x: np.vectorize(lambda a: a * a, otypes=[object])(x)[1, 1],
    "signature": lambda x: np.vectorize(np.dot, signature="(n),(n)->()")(x, x[0]),
    "signature of matrices": lambda x: np.vectorize(
        lambda a: np.outer(a, a), signature="(n)->(n,n)")(x),
    "signature with two outputs": lambda x: list(np.vectorize(
        lambda a, b: (a * b, np.ones(2) * a), signature="(),()->(),(k)")(x[0], x[1])),
    "excluded by place": lambda x: np.vectorize(
        lambda a, p: p[0] * a + p[1], excluded=[1], otypes="d")(x, [x[0, 0], 3.0]),
    "excluded by name": lambda x: np.vectorize(
        lambda a, p: p.sum() * a, excluded={"p"})(x, p=x),
    "decorator": lambda x: power(x + 2) + power(x + 2, W),
    "cache": lambda x: list(np.vectorize(lambda a: (a * a, a), cache=True)(x)),
    "nothing": lambda x: np.vectorize(lambda a: a * a, otypes=[float])(x[:0]).sum() + x[0, 0],
}  # fmt: skip


@pytest.mark.parametrize("program", list(PROGRAMS.values()), ids=list(PROGRAMS))
def test_gradient(program):
    check_adjoint(program, X)


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_calls_are_made_in_the_order_of_numpy(axes):
    """A function with a state gives the same values, and arrays have the same layout."""
    x = np.arange(24.0).reshape(2, 3, 4).transpose(axes)[:, ::-1]
    for make in (lambda f: np.frompyfunc(f, 1, 1), lambda f: np.vectorize(f, otypes=[float])):

        def f(x, seen, make=make):
            out = make(lambda v: seen.append(float(v)) or v)(x)
            seen.append(out.strides)
            return out[0, 0, 0] + 0.0

        plain, ours = [], []
        f(x, plain)
        zg.gradient(lambda x, f=f, ours=ours: f(x, ours), x)
        assert ours == plain


def test_what_a_pyfunc_does_not_take():
    with pytest.raises(TypeError, match="takes from 2 to 4 positional"):
        zg.gradient(lambda x: two(x)[0].sum(), X)
    with pytest.raises(UnsupportedError, match="where="):
        zg.gradient(lambda x: square(x, where=x > 0)[0, 0], X)
    with pytest.raises(AdjointError, match="reduce"):
        zg.gradient(lambda x: np.frompyfunc(lambda a, b: a * b, 2, 1).reduce(x[0]), X)


def test_an_array_of_objects_with_containers_goes_to_numpy():
    with pytest.raises(UnsupportedError, match="an array of objects in which"):
        zg.gradient(lambda x: np.sum(listed(x))[0], X)
