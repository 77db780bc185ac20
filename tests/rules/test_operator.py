"""Rules of the operators, on numbers and on arrays."""

import math
import operator

import numpy as np
import pytest
from checking import call_rule

import zygcore as zg
from zygcore.errors import UnsupportedError
from zygcore.rules.operator import UFUNCS
from zygcore.rules.registry import RULES
from zygcore.testing import check_adjoint

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod]
UNARY = [operator.neg, operator.pos, operator.abs]


@pytest.mark.parametrize("op", BINARY)
@pytest.mark.parametrize(
    "kinds",
    [(float, float), (np.float64, float), (float, np.float32), (np.float32, np.float32)],
)
def test_numbers(op, kinds):
    check_adjoint(op, kinds[0](2.3), kinds[1](1.4))


@pytest.mark.parametrize("op", [o for o in BINARY if o is not operator.mod])
@pytest.mark.parametrize("pair", [(1.3 + 0.4j, 0.7 - 1.1j), (1.3, 0.7 - 1.1j), (1.3 + 0.4j, 0.7)])
def test_complex_numbers(op, pair):
    check_adjoint(op, *pair)
    check_adjoint(op, np.complex128(pair[0]), pair[1])


@pytest.mark.parametrize("op", UNARY)
@pytest.mark.parametrize("x", [0.7, -0.7, 0.3 - 0.4j, np.float32(-0.7), np.complex64(0.3 - 0.4j)])
def test_unary(op, x):
    check_adjoint(op, x)
    check_adjoint(op, np.array([x, 2 * x]))


INTS = [
    (operator.mul, (2, 3), 1, (3, 2)),
    (operator.add, (2, 3), 5, (5, 5)),
    (operator.sub, (2, 3), 5, (5, -5)),
    (operator.pow, (5, 3), 1, (75, 125 * math.log(5))),
    (operator.pow, (2, -1), 1, (-0.25, 0.5 * math.log(2))),
    (operator.pow, (0, 0), 1, (0, 0)),
    (operator.neg, (3,), 2, (-2,)),
    (operator.abs, (-3,), 2, (-2,)),
    (operator.mod, (7, 3), 1, (1, -2)),
    (operator.iadd, (2, 3), 1, (1, 1)),
]


@pytest.mark.parametrize(("op", "args", "dy", "expected"), INTS)
def test_ints_stay_ints(op, args, dy, expected):
    y, back = call_rule(op, *args)
    dxs = back(dy)
    assert y == op(*args) and dxs == expected
    assert [type(d) for d in dxs] == [type(d) for d in expected]


AT_THE_EDGE = [
    (operator.pow, (0.0, 1.0), 1.0, (1.0, 0.0)),
    (operator.pow, (0.0, 0.5), 1.0, (math.inf, 0.0)),
    (operator.pow, (0.0, 0.5), 0.0, (0.0, 0.0)),
    (operator.pow, (-2.0, 2.0), 1.0, (-4.0, 4 * math.log(2))),
    (operator.abs, (0.0,), 1.0, (0.0,)),
    (operator.mul, (math.inf, 0.0), 0.0, (0.0, 0.0)),
    (operator.abs, (0j,), 1.0, (0j,)),
]


@pytest.mark.parametrize(("op", "args", "dy", "expected"), AT_THE_EDGE)
def test_at_the_edge(op, args, dy, expected):
    assert call_rule(op, *args)[1](dy) == expected
    arrays = [np.array([x]) for x in args]
    if args != (-2.0, 2.0) and args[0] != math.inf:  # there NumPy warns
        for d, e in zip(call_rule(op, *arrays)[1](np.array([dy])), expected, strict=True):
            assert d == e


def test_mod_of_arrays():
    x = np.array([[5.3, -2.2], [1.4, 7.7]])
    check_adjoint(operator.mod, x, np.array([1.5, 0.9]))
    check_adjoint(operator.mod, 3.3, x)


@pytest.mark.parametrize("op", [op for op in BINARY if op is not operator.mod])
def test_arrays(op):
    rng = np.random.default_rng(0)
    for shape in [(3, 4), (4,), (), (0, 3)]:
        x = np.array(rng.uniform(0.5, 1.5, shape))
        check_adjoint(op, x, np.array(1.7))
        check_adjoint(op, x, 1.7)
        check_adjoint(op, 1.7, x)
        if shape:
            check_adjoint(op, x, rng.uniform(0.6, 1.4, shape[-1]))
            check_adjoint(op, rng.uniform(0.6, 1.4, (2, 1, 1, 1)), x)


def test_float32_stays():
    x = np.float32([1, 2])
    for op in BINARY:
        y, back = call_rule(op, x, 2.0)
        assert y.dtype == np.float32
        dx, d2 = back(y)
        assert dx.dtype == np.float32 and type(d2) is float


def test_integer_arrays_get_float64():
    x = np.array([1, 2, 3])
    for op in BINARY:
        dx, dy = call_rule(op, x, 2)[1](np.ones(3))
        assert dx.dtype == np.float64 and dx.shape == (3,)
    assert call_rule(operator.pow, x, 2)[1](np.ones(3))[0].tolist() == [2, 4, 6]
    assert call_rule(operator.pow, x, 0)[1](np.ones(3))[0].tolist() == [0, 0, 0]


SHAPES = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)), ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)), ((0, 3), (3, 4)), ((2, 0), (0, 4)), ((6, 1, 2, 3), (5, 3, 4)),
]  # fmt: skip


@pytest.mark.parametrize("f", [operator.matmul, np.matmul])
@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_matmul(f, a, b):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(a), rng.standard_normal(b)
    check_adjoint(f, x, y)
    check_adjoint(f, x + 1j * x[::-1], y)
    check_adjoint(f, x, y - 2j * y[::-1])


def test_matmul_parts():
    x, y = np.ones((2, 3)), np.ones((3, 2))
    _, back = call_rule(operator.matmul, x, y)
    dy = np.ones((2, 2))
    assert np.array_equal(back.parts[0](dy), back(dy)[0])
    assert np.array_equal(back.parts[1](dy), back(dy)[1])


@pytest.mark.parametrize("op", BINARY)
def test_arrays_and_lists(op):
    x, row = np.array([[2.5, 3.5], [4.5, 1.2]]), [1.5, 2]
    for args in ((x, row), (row, x), (x, tuple(row)), (x, [row, row])):
        y, back = call_rule(op, *args)
        expected = call_rule(op, *map(np.array, args))[1](np.ones((2, 2)))
        assert np.array_equal(y, op(*args))
        for dx, e, x_ in zip(back(np.ones((2, 2))), expected, args, strict=True):
            assert type(dx) is type(x_) and np.array_equal(dx, e)
    check_adjoint(op, x, [1.6, 2.3])
    check_adjoint(op, [1.6, 2.3], x)


def test_bits_have_no_gradient():
    for op in (operator.and_, operator.or_, operator.xor, operator.lshift, operator.floordiv):
        assert call_rule(op, 6, 3) == (op(6, 3), None)
    assert RULES[operator.or_].select(({}, {})) is None
    assert RULES[operator.add].select(([1.0], [2.0])) is None
    assert RULES[operator.mul].select(([1.0], 2)) is None


def test_subclasses_of_arrays_are_refused():
    m = np.ma.masked_array([1.0, 2.0])
    with pytest.raises(UnsupportedError, match="MaskedArray"):
        call_rule(operator.mul, m, 2.0)


def test_ufuncs_are_the_operators():
    x, y = np.array([2.5, 3.5]), np.array([1.5, 2.0])
    for op, ufunc in UFUNCS.items():
        args = (x,) if ufunc.nin == 1 and op is not operator.matmul else (x, y)
        assert np.array_equal(op(*args), ufunc(*args))


def test_matrix_products_with_lists():
    x = np.array([[0.7, 1.9], [0.4, 2.3]])
    check_adjoint(lambda x: x @ [0.3, 0.5], x)
    check_adjoint(lambda x: (0.3, 0.5) @ x, x)
    check_adjoint(lambda x: x @ [[0.3, 0.5], [1.0, 2.0]], x)
    d = zg.gradient(lambda x, v: np.sum(x @ [v, 2 * v]), x, 0.5)[1]
    assert d == x[:, 0].sum() + 2 * x[:, 1].sum()
