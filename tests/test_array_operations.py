"""Operations on arrays that are recorded without Python code, against rules and differences."""

import itertools
import operator

import numpy as np
import pytest

import zygcore as zg
from zygcore.rules import RULES
from zygcore.rules.broadcasting import elementwise_pullback
from zygcore.testing import check_adjoint

RNG = np.random.default_rng(0)
A = RNG.uniform(0.5, 1.5, (3, 4))
B = RNG.uniform(0.5, 1.5, (3, 4))

LAYOUTS = {
    "rows": lambda x: x.copy(),
    "columns": lambda x: np.array(x, order="F"),
    "spaced": lambda x: np.repeat(x, 2, -1)[:, ::2],
    "reversed": lambda x: x[::-1],
    "transposed": lambda x: x.T.copy().T,
    "float32": lambda x: x.astype(np.float32),
    "complex": lambda x: x + 0.5j * x,
    "swapped": lambda x: x.astype(x.dtype.newbyteorder()),
}
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
UFUNCS = [
    rule
    for rule in RULES.values()
    if isinstance(rule.target, np.ufunc) and getattr(np, rule.target.__name__, None) is rule.target
]
UNARY = [rule.target for rule in UFUNCS if rule.partials and rule.target.nin == 1]
PAIRS = [rule.target for rule in UFUNCS if len(rule.partials) == 2]


@pytest.mark.parametrize("f", BINARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("left, right", list(itertools.product(LAYOUTS, LAYOUTS)))
def test_layouts_of_operands(f, left, right):
    """Every layout gives what contiguous arrays of the same dtype give in Python."""
    a, b = LAYOUTS[left](A), LAYOUTS[right](B)
    y, back = zg.pullback(f, a, b)
    np.testing.assert_array_equal(y, f(a, b))
    dy = np.asarray(RNG.standard_normal(y.shape), y.dtype)
    reference = elementwise_pullback(RULES[UFUNC_OF[f]], (a, b), y)(dy)
    for got, wanted, x in zip(back(dy), reference, (a, b), strict=True):
        assert got.shape == x.shape and got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=1e-5 if got.dtype.itemsize == 4 else 1e-12)


UFUNC_OF = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.true_divide,
    operator.pow: np.power,
}


@pytest.mark.parametrize("f", UNARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", [float, np.float32])
def test_functions_of_one_array(f, dtype):
    x = RNG.uniform(0.1, 0.9, (2, 5)).astype(dtype)
    if f in (np.arccosh,):
        x = x + dtype(1)
    y, back = zg.pullback(f, x)
    dy = RNG.standard_normal(y.shape).astype(y.dtype)
    dy[0, 0] = 0
    wanted = elementwise_pullback(RULES[f], (x,), f(x))(dy)[0]
    got = back(dy)[0]
    assert got.dtype == dtype
    np.testing.assert_allclose(got, wanted, rtol=2e-6 if dtype is np.float32 else 1e-13)


@pytest.mark.parametrize("f", PAIRS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (4,)), ((3, 4), ())])
def test_functions_of_two_arrays(f, shapes):
    if f is np.ldexp:
        return
    a, b = (RNG.uniform(0.5, 1.5, s) if s else 0.75 for s in shapes)
    for x, y in ((a, b), (b, a)):
        z, back = zg.pullback(f, x, y)
        dz = RNG.standard_normal(z.shape)
        wanted = elementwise_pullback(RULES[f], (x, y), f(x, y))(dz)
        for got, w in zip(back(dz), wanted, strict=True):
            if w is not None:
                assert type(got) is type(w) and np.shape(got) == np.shape(w)
                np.testing.assert_allclose(got, w, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("c", [0.0, 1.0, 2, 3.0, -1.0, 0.5, 2.5, np.float64(2.0), 7])
def test_constant_powers(c):
    check_adjoint(lambda x: x**c, A, single=not isinstance(c, np.float64))


@pytest.mark.parametrize("c", [2, 0.5, -3.0, np.float64(1.5), True, 0])
@pytest.mark.parametrize("f", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_numbers_among_the_operands(f, c):
    check_adjoint(lambda x: f(c, x), A, single=not isinstance(c, np.float64))
    if c or f is not operator.truediv:
        check_adjoint(lambda x: f(x, c), A, single=not isinstance(c, np.float64))


@pytest.mark.parametrize("c", [0.7, np.float64(0.7)])
@pytest.mark.parametrize("f", BINARY, ids=lambda f: f.__name__)
def test_active_numbers(f, c):
    check_adjoint(f, A, c)
    check_adjoint(f, c, A)


def test_zero_cotangents_stay_zero_where_slopes_are_infinite():
    x = np.array([0.0, 1.0, 4.0])
    for f in (
        np.sqrt,
        np.log,
        lambda x: 1 / x,
        lambda x: x / x,
        lambda x: x**0.5,
        lambda x: x**-1.0,
    ):
        with np.errstate(all="ignore"):
            _, back = zg.pullback(f, x)
            assert back(np.array([0.0, 1.0, 1.0]))[0][0] == 0.0
            assert np.all(np.isfinite(back(np.array([0.0, 1.0, 1.0]))[0]))
            assert not np.any(back(np.zeros(3))[0])


@pytest.mark.parametrize("f", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_ties_share(f):
    _, back = zg.pullback(f, np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))
    a, b = back(np.ones(3))
    assert (a + b).tolist() == [1.0, 1.0, 1.0]
    assert a[0] == 0.5


def test_not_a_number_is_passed_on():
    x = np.array([1.0, np.nan, 3.0])
    assert np.isnan(zg.gradient(lambda x: np.sum(x * x), x)[0]).tolist() == [False, True, False]
    assert zg.gradient(np.max, x)[0].tolist() == [0.0, 1.0, 0.0]


REDUCTIONS = [np.sum, np.mean, np.max, np.min]


@pytest.mark.parametrize("f", REDUCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1), ()])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_reductions(f, axis, layout):
    x = LAYOUTS[layout](A)
    if layout == "complex" and f in (np.max, np.min):
        return  # complex numbers have no order
    check_adjoint(
        f,
        x,
        axis=axis,
        single=layout not in ("float32", "swapped"),
        rtol=1e-4 if layout == "float32" else 1e-7,
    )
    check_adjoint(
        lambda x: f(x, axis),
        x,
        single=False,
        second=False,
        rtol=1e-4 if layout == "float32" else 1e-7,
    )


def test_reductions_that_add_to_what_is_there():
    check_adjoint(lambda x: np.sum(x * x) + np.sum(x) + np.mean(x) + np.max(x) * np.min(x), A)
    check_adjoint(lambda x: (x.sum(0) * x.sum(1)[:, None]).sum() + (x * 2).mean(axis=1).sum(), A)


@pytest.mark.parametrize("f", REDUCTIONS[:2])
def test_reductions_of_nothing(f):
    x = np.zeros((0, 3))
    np.testing.assert_array_equal(zg.gradient(lambda x: np.sum(f(x + 1.0, axis=1)), x)[0], x)
    assert zg.gradient(lambda x: np.sum(x), x)[0].shape == (0, 3)


@pytest.mark.parametrize(
    "shapes", [((3, 4), (4, 2)), ((3, 4), (4,)), ((3,), (3, 2)), ((3,), (3,)), ((0, 2), (2, 3))]
)
@pytest.mark.parametrize("f", [operator.matmul, np.dot, np.matmul, np.ndarray.dot])
def test_products(f, shapes):
    a, b = (RNG.standard_normal(s) for s in shapes)
    check_adjoint(f, a, b)
    check_adjoint(lambda x: f(x, b), a)
    check_adjoint(lambda x: f(a, x), b)


def test_products_of_what_is_not_laid_out_simply():
    check_adjoint(lambda a, b: a.T @ b[::-1] + a[::-1].T @ b, A, B)
    check_adjoint(lambda a: a @ a.T, A)
    check_adjoint(lambda a: (a + 1j) @ a.T, A)


NUMBERS = [
    lambda x, y: x * y + x / y - x**2 + y**x,
    lambda x, y: -x + 2 * y - 3.0,
    lambda x, y: np.sin(x) * np.exp(y) + np.log(x) / np.sqrt(y) + np.tanh(x * y),
    lambda x, y: np.abs(-x) ** 1.5 + np.hypot(x, y) + np.arctan2(x, y),
    lambda x, y: x // y + x % y + divmod(x, y)[1] * x,
    lambda x, y: max(x, y) * min(x, y) if x > 0 else y,
    lambda x, y: float(x) * y + int(x) * y + round(x, 2),
    lambda x, y: sum([x, y, x]) * 2,
    lambda x, y: x**0 + x**1 + 2.0**x + y**-1 + x**0.5,
]


@pytest.mark.parametrize("f", NUMBERS)
@pytest.mark.parametrize("kinds", list(itertools.product((float, np.float64), repeat=2)))
def test_numpy_numbers(f, kinds):
    check_adjoint(f, kinds[0](1.25), kinds[1](0.75))


@pytest.mark.parametrize("f", NUMBERS)
def test_elements_of_arrays(f):
    check_adjoint(lambda a: f(a[1], a[-1]) * a[0], np.array([0.5, 1.25, 0.75]))
    check_adjoint(lambda a: f(a[1, 0], a[-1, 1]) * a[0, 0], np.array([[0.5, 1.0], [1.25, 0.75]]))


def test_elements_and_wholes_of_one_array():
    def f(x):
        total = np.sum(x * x)
        for i in range(len(x)):
            total += x[i] * x[-1 - i] * x.sum() + x[i:].sum() * x[i]
        return total + x[::2] @ x[::2]

    check_adjoint(f, np.array([0.5, 1.25, 0.75, -1.0]))


def test_views():
    def f(x):
        y = x * 1.0
        parts = [
            y.T[1], y[1:, ::2].ravel(), y.reshape(4, 3)[:, 0], y.reshape(-1)[2:5],
            y[None, 1, ...].squeeze(), y.swapaxes(0, 1)[2], np.moveaxis(y, 0, 1)[1, :],
            np.flip(y)[0], y.transpose(1, 0)[3], y[..., 0], np.expand_dims(y, 1)[2, 0],
            np.atleast_2d(y[0])[0], y[::-1, ::-1][0], np.diagonal(y), y.real[1],
            np.broadcast_to(y[0], (2, 4))[1], np.asarray(y)[1], np.ravel(y, order="F")[:4],
        ]  # fmt: skip
        return sum([(p * p).sum() * (i + 1) for i, p in enumerate(parts)])

    check_adjoint(f, A)


def test_a_rule_of_the_user_goes_before():
    before = RULES[np.arctan]

    def tripled(x):
        return np.arctan(x), lambda dy: (3 * dy,)

    zg.adjoint(np.arctan)(tripled)
    try:
        assert zg.gradient(lambda x: np.sum(np.arctan(x)), np.zeros(2))[0].tolist() == [3.0, 3.0]
        assert zg.gradient(lambda x: np.arctan(x[0]), np.zeros(2))[0].tolist() == [3.0, 0.0]
    finally:
        RULES[np.arctan] = before


def test_a_cotangent_of_another_shape_is_an_error():
    def double(x):
        return 2 * x

    zg.adjoint(double)(lambda x: (2 * x, lambda dy: (np.zeros(5),)))
    with pytest.raises(zg.errors.ZygcoreError, match="shape"):
        zg.gradient(lambda x: np.sum(double(np.exp(x))), np.zeros(3))
