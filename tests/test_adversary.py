"""Programs for which other systems return a wrong, missing or NaN gradient.

Each has its gradient in closed form.  The rows that name PAINS are known complaints
about other libraries.
"""

import collections
import functools
import itertools
import math
import operator

import numpy as np
import pytest

import zygcore as zg

CASES = {}


def case(*args, want):
    """Registers a program with its arguments and its gradient."""

    def register(f):
        CASES[f.__name__.strip("_")] = (f, args, want)
        return f

    return register


def derivative(f):
    return lambda x: zg.gradient(f, x)[0]


# ------------------------------------------------------------------- arrays


@case(np.array([1.0, 2.0]), want=(np.array([1.0, 0.0]),))
def sum_over_nothing(x):
    return np.sum(x[x > 10]) + x[0]


@case(np.zeros(0), want=(np.zeros(0),))
def empty_array(x):
    return np.sum(x)


@case(np.ones(2, np.float32), want=(np.array([2, 2], np.float32),))
def float32_stays(x):
    return np.sum(x * x)


@case(np.array([1, 2]), want=(np.array([2.0, 4.0]),))
def integer_array_gets_floats(x):
    return np.sum(x * x * 1.0)


@case(np.float32(3.0), want=(np.float32(6.0),))
def numpy_scalar_stays(x):
    return x * x


@case(np.array(3.0), want=(np.array(6.0),))
def array_without_axes_stays(x):
    return x * x


@case(0.0, want=(1.0,))
def untaken_where_branch(x):
    return np.where(x < 1, x, np.sqrt(x))


@case(np.zeros(3), want=(np.zeros(3),))
def norm_at_zero(x):
    return np.linalg.norm(x)


@case(1.0, want=(0.0,))
def power_of_zero(b):
    return 0.0**b


@case(np.ones(2), want=(np.array([0.5, 0.5]),))
def ties_share(x):
    return np.max(x)


@case(0.5, want=(math.cos(0.5),))
def real_input_real_gradient(x):
    return np.imag(np.exp(1j * x))


@case(np.zeros(3), want=(np.array([2.0, 0.0, 1.0]),))
def repeated_indices(x):
    return x[[0, 0, 2]].sum()


# ------------------------------------------------------------------- levels


@case(np.array([1.0, 2.0]), want=(np.array([6.0, 12.0]),))
def second_derivative_of_an_array(x):
    return zg.gradient(lambda y: np.sum(y**3), x)[0].sum()


@case([2.0, 3.0], want=([6.0, 4.0],))
def second_derivative_of_a_list(xs):
    return zg.gradient(lambda ys: ys[0] * ys[1] ** 2, xs)[0][1]


@case({"a": 2.0, "b": 3.0}, want=({"a": 6.0, "b": 4.0},))
def second_derivative_of_a_dict(d):
    return zg.gradient(lambda e: e["a"] ** 2 * e["b"], d)[0]["a"]


@case([[1.0, 2.0], [3.0, 4.0]], want=([[None, 6.0], [4.0, None]],))
def second_derivative_of_nested_lists(m):
    return zg.gradient(lambda n: n[0][1] ** 2 * n[1][0], m)[0][0][1]


@case(1.5, want=(2.0,))
def structure_made_around_an_outer_value(x):
    return zg.gradient(lambda d: d["a"][0] ** 2, {"a": [x, 1.0]})[0]["a"][0]


@case(2.0, want=(20.0,))
def object_made_around_an_outer_value(x):
    class Box:
        def __init__(self, v):
            self.v, self.w = v, (v, 1.0)

    g = zg.gradient(lambda b: b.v**2 * b.w[0], Box(x))[0]
    return g.v + g.w[0] * x


Pair = collections.namedtuple("Pair", "a b")


@case(Pair(2.0, 3.0), want=(zg.Grad(a=12.0, b=4.0),))
def input_named_tuple(p):
    return p.a**2 * p[1]


@case(2.0, want=(6.0,))
def named_tuple_made_around_an_outer_value(x):
    return zg.gradient(lambda p: p.a**2 * p.b, Pair(x, 3.0))[0].a


@case(3.0, want=(8.0,))
def closure_made_around_an_outer_value(x):
    def scaled(y):
        return x * y

    return zg.gradient(lambda f: f(2.0) ** 2, scaled)[0].x


@case(0.1, 0.0, want=(-2 * 9 * 2 * 5 * 0.8**9, -6 * 0.8**10))
def learning_rate_and_start_of_a_descent(rate, w):
    for _ in range(5):
        w = w - rate * zg.gradient(lambda v: (v - 3) ** 2, w)[0]
    return (w - 3) ** 2


@case(1.0, want=(math.cos(1.0),))
def five_levels(x):
    f = math.sin
    for _ in range(4):
        f = derivative(f)
    return f(x)


@case(3.0, want=(12.0,))
def inner_function_sees_outer_variable(x):
    return derivative(lambda y: x * y * y)(x)


@case(2.0, want=(240.0,))
def pullback_inside(x):
    y, back = zg.pullback(lambda z: z**3, x)
    return y * back(1.0)[0]


@case(3.0, want=(54.0,))
def value_and_gradient_inside(x):
    value, (slope,) = zg.withgradient(lambda z: z**2, x)
    return value * slope


@case(3.0, want=(6.0,))
def value_that_escapes_an_inner_level(x):
    kept = []
    zg.gradient(lambda y: (kept.append(y * x), y * y)[1], x)
    return kept[0]


@case(3.0, want=(6.0,))
def generator_that_outlives_an_inner_level(x):
    def powers(y):
        while True:
            y = y * x
            yield y

    values = powers(1.0)
    zg.gradient(lambda z: next(values) * z, 2.0)
    return next(values)


# -------------------------------------------------------------- Python itself


@case(2.0, want=(12.0,))
def exception_carries_a_value(x):
    try:
        raise ValueError(x * x)
    except ValueError as error:
        return error.args[0] * x


@case(3.0, want=(27.0,))
def cached_function(x):
    @functools.lru_cache
    def square(v):
        return v * v

    return square(x) * x


@case([2.0, 3.0, 4.0], want=([12.0, 8.0, 6.0],))
def reduce_by_c_function(xs):
    return functools.reduce(operator.mul, xs)


@case([2.0, 3.0, 4.0], want=([12.0, 8.0, 6.0],))
def accumulate_by_c_function(xs):
    return list(itertools.accumulate(xs, operator.mul))[-1]


@case([3.0, 1.0, 2.0], want=([1.0, -1.0, None],))
def largest_minus_smallest(xs):
    return max(xs) - min(xs)


@case([1.0, 1.0], want=([None, 3.0],))
def equal_items_keep_their_places(xs):
    xs.pop(0)
    return xs[0] * 3


@case([[1.0, 5.0], [2.0, 4.0]], want=([None, [1.0, None]],))
def sorted_by_key(rows):
    return sorted(rows, key=lambda row: row[1])[0][0]


@case(3.0, want=(2.0,))
def metaclass_with_call(x):
    class Meta(type):
        def __call__(cls, *args):
            return super().__call__(*args)

    class A(metaclass=Meta):
        factor = x

        def __init__(self, v):
            self.v = v * self.factor

    return A(2.0).v


@case(3.0, want=(2.0,))
def factory_of_a_defaultdict(x):
    import collections

    return collections.defaultdict(lambda: x * 2)["a"]


@pytest.mark.parametrize("name", CASES)
def test_gradient(name):
    f, args, want = CASES[name]
    import copy

    grads = zg.gradient(f, *copy.deepcopy(args))
    assert len(grads) == len(want)
    for got, expected in zip(grads, want, strict=True):
        if isinstance(expected, (np.ndarray, np.generic)):
            assert got.dtype == expected.dtype
            assert type(got) is type(expected)
            np.testing.assert_allclose(got, expected, rtol=1e-12)
        elif type(expected) is float:
            assert got == pytest.approx(expected, rel=1e-12)
            assert type(got) is float
        else:
            assert got == expected
            assert type(got) is type(expected)


def test_pullback_of_a_structured_value():
    y, back = zg.pullback(lambda x: [x * 2, {"k": x * x}, (x, 3)], 3.0)
    assert y == [6.0, {"k": 9.0}, (3.0, 3)]
    assert back([1.0, {"k": 1.0}, (1.0, None)]) == (9.0,)
    assert back([1.0, None, None]) == (2.0,)
    assert back([None, {"k": 2.0}, None]) == (12.0,)


def test_an_exception_half_way_leaves_nothing_behind():
    def boom(x):
        y = x * x
        raise RuntimeError("half", y)

    for _ in range(3):
        with pytest.raises(RuntimeError, match="half"):
            zg.gradient(boom, 2.0)
    assert zg.gradient(lambda x: x * x, 3.0) == (6.0,)
