"""Operators of arrays by the names of their methods."""

import numpy as np
import pytest

import zygcore as zg
from zygcore.testing import check_adjoint

X = np.array([[0.7, 1.9], [0.4, 2.3]])
Y = np.array([[1.2, 0.8], [1.6, 0.3]])


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow", "matmul"])
@pytest.mark.parametrize("prefix", ["", "r"])
def test_binary(name, prefix):
    method = getattr(np.ndarray, f"__{prefix}{name}__")
    check_adjoint(lambda x, y: method(x, y), X, Y)
    if name != "matmul":
        check_adjoint(lambda x, y: getattr(x, f"__{prefix}{name}__")(y), X, Y[:1].T.copy())
        check_adjoint(lambda x: method(x, 2.5), X)
        check_adjoint(lambda y: method(X, y), 2.5)


def test_remainders():
    check_adjoint(lambda x: x.__mod__(0.3), X)
    check_adjoint(lambda x: x.__rmod__(5.0), X)
    check_adjoint(lambda x: x.__divmod__(0.3)[1], X)
    check_adjoint(lambda x: x.__getitem__(0) ** 2, X)


def test_unary():
    for name in ("neg", "pos", "abs"):
        check_adjoint(lambda x, name=name: getattr(x - 1.0, f"__{name}__")() ** 2, X)
    check_adjoint(lambda x: x[:1, :1].sum(keepdims=True)[0, 0, ...].__float__() ** 2, X)
    check_adjoint(lambda x: x[0, 0, ...].__complex__() ** 2, X)


def test_what_numpy_leaves_to_others():
    class Other:
        __array_ufunc__ = None

    assert zg.gradient(lambda x: np.sum(x) * (x.__add__(Other()) is NotImplemented), X)[
        0
    ].tolist() == [[1, 1], [1, 1]]


def test_comparisons():
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        f = lambda x, name=name: np.sum(x * getattr(x, f"__{name}__")(Y))
        expected = getattr(X, f"__{name}__")(Y) * 1.0
        assert zg.gradient(f, X)[0].tolist() == expected.tolist()
