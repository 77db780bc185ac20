"""Elementwise kernels against float64 NumPy and SciPy, and their derivatives."""

import itertools
import math

import ml_dtypes
import mpmath
import numpy as np
import pytest
from kernel_cases import DTYPES, LAYOUTS, SHAPES, agree, ids, reserved, wide
from scipy import special

import zygcore as zg
from zygcore import cuda
from zygcore.cuda import _arrays, _elementwise
from zygcore.cuda._backend import kernels
from zygcore.errors import CudaError
from zygcore.testing import check_adjoint

INF, NAN = np.inf, np.nan


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


#: name -> (function, in float64, units in the last place in which |x| <= 3 may differ)
UNARY = {
    "tanh": (cuda.tanh, np.tanh, 4),
    "sigmoid": (cuda.sigmoid, special.expit, 6),
    "relu": (cuda.relu, lambda x: np.maximum(x, 0), 0),
    "silu": (cuda.silu, lambda x: x * special.expit(x), 8),
    "softplus": (cuda.softplus, lambda x: np.logaddexp(0, x), 4),
    "exp": (cuda.exp, np.exp, 4),
    "log": (cuda.log, np.log, 4),
    "sin": (cuda.sin, np.sin, 4),
    "cos": (cuda.cos, np.cos, 4),
    # erfc(t) and exp(-t**2) turn an error of t into one 2 t**2 times as large
    "gelu": (cuda.gelu, lambda x: x * special.ndtr(x), 32),
    "gelu_tanh": (lambda x, scale=None: cuda.gelu(x, True, scale), gelu_tanh, 64),
}
BINARY = {
    "add": (cuda.add, np.add),
    "subtract": (cuda.subtract, np.subtract),
    "multiply": (cuda.multiply, np.multiply),
    "divide": (cuda.divide, np.divide),
    "power": (cuda.power, np.power),
}


def pulled(name, x, dy):
    """The gradient by the rule itself: NumPy's arrays of bfloat16 are no floats to NumPy."""
    _, back = _elementwise.call_rule(name, None, x)
    return back(dy)[2]


def numbers(shape, dtype, positive=False, seed=0):
    x = np.random.default_rng(seed).uniform(0.1 if positive else -3, 3, shape)
    return x.astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
@pytest.mark.parametrize("name", UNARY)
def test_values(place, name, dtype):
    f, expected, ulps = UNARY[name]
    for shape, layout in itertools.product(SHAPES, LAYOUTS):
        x = numbers(shape, dtype, name == "log")
        got = place.get(f(place.put(layout(x))))
        # sums and differences that come out near 0: relative to what went in
        agree(got, expected(wide(x)), dtype, ulps, atol=1e-6 if x.itemsize < 8 else 1e-15)


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
@pytest.mark.parametrize("name", BINARY)
def test_pairs_of_layouts(place, name, dtype):
    f, expected = BINARY[name]
    shapes = [(), (0, 2), (33,), (257, 3), (5, 64), (2, 1, 4, 3)]
    for shape, a, b in itertools.product(shapes, LAYOUTS, LAYOUTS):
        x, y = numbers(shape, dtype, True), numbers(shape, dtype, True, 1)
        got = place.get(f(place.put(a(x)), place.put(b(y)), -0.5))
        agree(got, -0.5 * expected(wide(x), wide(y)), dtype, 8, 1e-15 if x.itemsize == 8 else 0)


BROADCASTS = [
    ((), (5,)), ((5, 1), (1, 7)), ((4, 33), (33,)), ((4, 33), (4, 1)), ((0, 3), (1, 3)),
    ((8,), (0, 8)), ((1025, 3), (3,)), ((3, 1, 5, 1), (2, 1, 64)),
    ((2, 3, 1, 2, 1, 2, 1, 3), (3, 2, 1, 2, 1, 2, 1)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
@pytest.mark.parametrize("shapes", BROADCASTS, ids=str)
def test_broadcasting(place, shapes, dtype):
    for layout, (a, b) in itertools.product(LAYOUTS, (shapes, shapes[::-1])):
        x, y = numbers(a, dtype), numbers(b, dtype, seed=1)
        got = place.get(cuda.multiply(place.put(layout(x)), place.put(layout(y))))
        agree(got, wide(x) * wide(y), dtype)
        agree(place.get(cuda.add(place.put(layout(x)), 2.0)), wide(x) + 2, dtype)


def test_large_arrays_by_columns(place):
    """These are copied first."""
    x, y = numbers((300, 257), np.float32), numbers((257,), np.float32)
    xs = [x.T, np.broadcast_to(y, (300, 257)).T, x.reshape(257, 300).T.reshape(1, 300, 257)]
    for a, b in itertools.product(xs, (y[:, None], x.T[::-1])):
        a, b = (a, b) if a.ndim == 2 else (a, b.T)
        agree(place.get(cuda.multiply(place.put(a), place.put(b))), wide(a) * wide(b), np.float32)
    condition = (x > 0).T
    got = cuda.where(place.put(condition), place.put(x.T), 0.0)
    np.testing.assert_array_equal(place.get(got), np.where(condition, x.T, 0))


def test_repeated_elements(place):
    """Strides of 0, as broadcasting makes them."""
    x = np.broadcast_to(np.float32(3), (33, 17))
    y = np.broadcast_to(np.arange(33, dtype=np.float32)[:, None], (33, 17))
    np.testing.assert_array_equal(place.get(cuda.subtract(place.put(x), place.put(y))), x - y)


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
def test_scale(place, dtype):
    x = numbers((3, 37), dtype)
    for name, (f, expected, ulps) in UNARY.items():
        if name != "log":
            got = place.get(f(place.put(x), scale=-0.25))
            agree(got, -0.25 * expected(wide(x)), dtype, ulps, 1e-6 if x.itemsize < 8 else 1e-15)


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
def test_where(place, dtype):
    x, y = numbers((9, 33), dtype), numbers((33,), dtype, seed=1)
    for condition in (x > 0, np.array([True]), np.arange(9)[:, None] % 2 == 0, (x.T < 1).T):
        got = cuda.where(place.put(condition), place.put(x), place.put(y))
        np.testing.assert_array_equal(place.get(got), np.where(condition, x, y))
        got = cuda.where(place.put(condition), 0.0, place.put(y))
        expected = np.where(condition, np.zeros((), dtype), y)
        np.testing.assert_array_equal(place.get(got), expected)


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
def test_clip(place, dtype):
    x = np.array([-INF, -2, -1, -0.0, 0.5, 1, 3, INF, NAN], dtype)
    for lower, upper in ((-1.0, 1.0), (None, 0.0), (0.5, None), (2.0, 1.0), (NAN, 1.0), (0.0, NAN)):
        got = place.get(cuda.clip(place.put(x), lower, upper))
        expected = np.clip(wide(x), lower, upper)
        np.testing.assert_array_equal(wide(got), expected)
    bounds = np.full(9, -1, dtype), np.linspace(-2, 2, 9).astype(dtype)
    got = place.get(cuda.clip(place.put(x), *map(place.put, bounds)))
    np.testing.assert_array_equal(wide(got), np.clip(wide(x), *map(wide, bounds)))


# ------------------------------------------------------------------------- far out

FAR = [-INF, -1000, -90, -20, -0.0, 0.0, 20, 90, 1000, INF]


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
def test_far_out(place, dtype):
    x = np.array(FAR, dtype)
    size = np.array([0, 0, 0, 0, 0, 0, 20, 90, 1000, INF])
    step = np.array([0, 0, 0, 0, 0.5, 0.5, 1, 1, 1, 1])
    for f, expected in ((cuda.relu, size), (cuda.gelu, size), (UNARY["gelu_tanh"][0], size)):
        got = wide(place.get(f(place.put(x))))
        np.testing.assert_allclose(got, expected, rtol=2**-7, atol=1e-30)
    for f, expected in ((cuda.silu, size), (cuda.sigmoid, step), (cuda.tanh, np.sign(x))):
        got = wide(place.get(f(place.put(x))))
        np.testing.assert_allclose(got, expected, rtol=2**-7, atol=1e-7)
    softplus = wide(place.get(cuda.softplus(place.put(x))))
    np.testing.assert_allclose(softplus, np.logaddexp(0, wide(x)), rtol=2**-7, atol=1e-7)


@pytest.mark.parametrize("dtype", DTYPES, ids=ids)
@pytest.mark.parametrize("name", [n for n in UNARY if n not in ("exp", "log", "sin", "cos")])
def test_slopes_far_out(place, name, dtype):
    """They are finite, and 0 or 1; that of relu at 0 is 0."""
    x = np.array(FAR, dtype)
    left, right = (0, 0) if name in ("tanh", "sigmoid") else (0, 1)
    middle = {"tanh": 1, "sigmoid": 0.25, "relu": 0}.get(name, 0.5)
    expected = [left] * 4 + [middle] * 2 + [right] * 4
    dx = pulled(name, place.put(x), place.put(np.ones_like(x)))
    np.testing.assert_allclose(wide(place.get(dx)), expected, rtol=2**-7, atol=1e-7)


@pytest.mark.parametrize("name", UNARY)
def test_nan_stays_nan(place, name):
    x = place.put(np.array([NAN, 1.0]))
    f = UNARY[name][0]
    assert np.isnan(place.get(f(x))).tolist() == [True, False]
    y, back = zg.pullback(f, x)
    assert np.isnan(place.get(back(place.put(np.ones(2)))[0])).tolist() == [name != "relu", False]


def test_tails_keep_their_digits(place):
    """gelu and its slope on the left, where 1 + erf(x) has lost all of them; softplus, sigmoid."""
    x = np.array([-12.0, -9.0, -6.0, -3.0])
    with mpmath.workdps(40):
        gelu = [float(t * mpmath.ncdf(t)) for t in map(mpmath.mpf, x)]
        slope = [float(mpmath.ncdf(t) + t * mpmath.npdf(t)) for t in map(mpmath.mpf, x)]
        softplus = [float(mpmath.log1p(mpmath.exp(t))) for t in map(mpmath.mpf, x)]
    for dtype, rtol in ((np.float64, 1e-13), (np.float32, 4e-5)):
        at = place.put(x.astype(dtype))
        np.testing.assert_allclose(place.get(cuda.gelu(at)), gelu, rtol=rtol)
        np.testing.assert_allclose(place.get(cuda.softplus(at)), softplus, rtol=rtol)
        y, back = zg.pullback(cuda.gelu, at)
        dx = back(place.put(np.ones(4, dtype)))[0]
        np.testing.assert_allclose(place.get(dx), slope, rtol=rtol)


# -------------------------------------------------------------------- derivatives

A = np.random.default_rng(2).uniform(0.3, 2.0, (3, 4))
B = np.random.default_rng(3).uniform(0.4, 1.8, (4,))


@pytest.mark.parametrize("name", UNARY)
def test_adjoints(name):
    f = UNARY[name][0]
    check_adjoint(f, A if name == "log" else 3 * A - 3)
    check_adjoint(lambda x, s: f(x, scale=s), A, 0.7)
    check_adjoint(f, np.array(0.4))
    check_adjoint(f, np.zeros(0))


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("args", [(A, B), (B, A), (A, 1.5), (1.5, B), (A[:, :1], B)], ids="abcde")
def test_adjoints_of_pairs(name, args):
    f = BINARY[name][0]
    check_adjoint(f, *args)
    check_adjoint(lambda x, y, s: f(x, y, scale=s), *args, -0.3)


def test_adjoints_of_choices():
    check_adjoint(lambda x, y: cuda.where(A > 1, x, y), A, B)
    check_adjoint(lambda x, s: cuda.where(A > 1, x, 0.0, s), A, 2.0)
    check_adjoint(lambda x, l, u: cuda.clip(x, l, u), A, 0.7, B)
    check_adjoint(lambda x, l, u: cuda.clip(x, l, u), A, B, 1.2)
    check_adjoint(lambda x: cuda.clip(x, upper=1.0), A)


@pytest.mark.parametrize("name", [n for n, parts in _elementwise.PARTS.items() if len(parts) > 1])
def test_pullbacks_have_derivatives(name):
    """Of every function of the table by itself: what is of second order here is one more there."""
    if name == "where":
        return check_adjoint(lambda x, y: _elementwise.call("where", 0.5, A > 1, x, y), A, B)
    operands = [
        A + 0.1 * k if k % 2 == 0 else B + 0.1 * k for k in range(len(_elementwise.PARTS[name]))
    ]
    check_adjoint(lambda *x: _elementwise.call(name, None, *x), *operands)
    check_adjoint(lambda *x: _elementwise.call(name, 0.5, *x), *operands)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16], ids=ids)
@pytest.mark.parametrize("name", UNARY)
def test_gradients_in_low_precision(place, name, dtype):
    """Against central differences of the function in float64."""
    f, expected, ulps = UNARY[name]
    x = numbers((5, 13), dtype, name == "log")
    dy = numbers((5, 13), dtype, seed=1)
    if name == "relu":
        x[np.abs(wide(x)) < 1e-3] = 1
    got = place.get(pulled(name, place.put(x), place.put(dy)))
    slope = (expected(wide(x) + 1e-5) - expected(wide(x) - 1e-5)) / 2e-5
    keeps_value = _elementwise.PARTS[name][0][1] == "value"
    # a value that is rounded to the dtype is half a unit off, and the slope at most twice as much
    rounding = (
        2 * np.finfo(np.float32).eps if dtype is np.float32 else float(ml_dtypes.finfo(dtype).eps)
    )
    atol = 1e-5 + 3 * rounding * keeps_value * (np.exp(3) if name == "exp" else 1)
    agree(got, wide(dy) * slope, dtype, 64, atol * 3)


def test_zero_cotangents_stay_zero(place):
    zero, x = np.zeros(3), np.array([0.0, INF, NAN])
    for f in (
        cuda.log,
        lambda x: cuda.divide(1.0, x),
        lambda x: cuda.power(x, -2.0),
        cuda.exp,
        cuda.silu,
    ):
        y, back = zg.pullback(f, place.put(x))
        np.testing.assert_array_equal(place.get(back(place.put(zero))[0]), zero)


def test_powers_of_zero(place):
    """Those of the rules for NumPy: `x ** 0` and `0 ** y` have the gradient 0."""
    x, y = np.array([0.0, 0.0, 2.0, -2.0]), np.array([0.0, 2.0, 0.0, 3.0])
    _, back = zg.pullback(cuda.power, place.put(x), place.put(y))
    dx, dy = back(place.put(np.ones(4)))
    np.testing.assert_array_equal(place.get(dx), [0, 0, 0, 12])
    np.testing.assert_allclose(place.get(dy), [0, 0, np.log(2), -8 * np.log(2)])


def test_bounds_of_clip_are_inside(place):
    x, ones = np.array([-1.0, 0.0, 0.5, 1.0, 2.0]), np.ones(5)

    def gradients(lower, upper):
        _, back = zg.pullback(lambda x, l, u: cuda.clip(x, l, u), place.put(x), lower, upper)
        dx, dl, du = back(place.put(ones))
        return place.get(dx).tolist(), dl, du

    assert gradients(0.0, 1.0) == ([0, 1, 1, 1, 0], 1.0, 1.0)
    assert gradients(1.0, 0.0) == ([0, 0, 0, 0, 0], 0.0, 5.0)
    _, back = zg.pullback(lambda x, l, u: np.clip(x, l, u), x, 1.0, 0.0)
    assert [np.asarray(d).tolist() for d in back(ones)] == [[0, 0, 0, 0, 0], 0.0, 5.0]


def test_what_pullbacks_keep():
    """The value only, where the slope is a function of the value."""
    x, dy = numbers((4, 4), np.float64), np.ones((4, 4))
    y, back = zg.pullback(cuda.tanh, x)
    x[...] = 7
    np.testing.assert_allclose(back(dy)[0], 1 - y * y)


# --------------------------------------------------------------------- arguments


def test_arguments_that_do_not_fit():
    x = np.ones(3)
    for f, args, message in (
        (cuda.tanh, (np.arange(3),), "float64, float32, float16 or bfloat16"),
        (cuda.tanh, (1.0,), "one of the operands must be an array"),
        (cuda.tanh, ("x",), "not str"),
        (cuda.add, (x, 1j), "not complex"),
        (cuda.add, (x, np.complex128(1j)), "complex numbers are not supported"),
        (cuda.add, (x, x * 1j), "complex128 are not supported"),
        (cuda.tanh, (np.ones((1,) * 9),), "more than 8 axes"),
        (cuda.add, (x, np.ones(2)), "do not broadcast"),
        (cuda.add, (x, np.ones(3, np.float32)), "one dtype"),
        (cuda.where, (x, x, x), "array of bool"),
        (cuda.where, (True, x, x), "array of bool"),
    ):
        with pytest.raises(CudaError, match=message) as error:
            f(*args)
        assert error.value.name == "cudaErrorInvalidValue"


def test_launchers_check_what_they_get():
    x, y = np.ones((2, 3)), np.ones((3, 2))
    for args, message in (
        (("tanh", y.T, 1.0, x), "the result must be contiguous"),
        (("tanh", y, 1.0, x), "does not broadcast"),
        (("tanh", x[0], 1.0, x), "does not broadcast"),
        (("tanh", x, 1.0, x, x), "has 1 operands"),
        (("nothing", x, 1.0, x), "there is no function nothing"),
    ):
        with pytest.raises(CudaError, match=message):
            _arrays.launch("elementwise", *args)


def test_every_function_of_the_kernels_has_a_pullback():
    """No name of the tables in C++ is missing in `PARTS`."""
    import re
    from pathlib import Path

    text = (Path(cuda.__file__).parent / "src" / "functions.cuh").read_text()
    names = re.findall(r'^ZYG_FUNCTION\(\w+, "(\w+)", (\d)\)', text, re.M)
    assert len(names) > 30
    assert {name: len(parts) for name, parts in _elementwise.PARTS.items()} == {
        **{name: int(arity) for name, arity in names}, "where": 3,
    }  # fmt: skip


# ------------------------------------------------------------------- large offsets


def test_positions_of_rows():
    """Of more rows than could be gone through, and far apart: the division by multiplication."""
    rng = np.random.default_rng(0)
    offset = kernels().row_offset
    for shape in (
        (7,),
        (1, 3),
        (3, 2**40),
        (2**31 + 11, 5, 2**20 - 1),
        (2, 3, 5, 7, 11, 13, 17, 19),
    ):
        count = math.prod(shape)
        strides = [int(s) for s in rng.integers(-(2**20), 2**20, len(shape))]
        some = [0, 1, count - 1, count // 2, *map(int, rng.integers(0, count, 200))]
        for row in some:
            at = np.unravel_index(row, shape)
            expected = sum(int(i) * s for i, s in zip(at, strides, strict=True))
            assert offset(min(row, count - 1), shape, strides) == expected


def test_quotients():
    """At multiples of the divisor and beside them, up to 2**63."""
    small = [1, 2, 3, 5, 7, 641]
    for d in (*small, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1, 2**62 - 1, 2**62, 2**63 - 1):
        for k in (1, 2, 3, 2**20 + 1, 2**31, (2**63 - 1) // d):
            for n in (k * d - 1, k * d, k * d + 1):
                if 0 <= n < 2**63:
                    assert kernels().row_offset(n, (1, d), (1, 0)) == n // d
                    assert kernels().row_offset(n, (1, d), (0, 1)) == n % d


def test_offsets_beyond_32_bits():
    """Rows and elements more than 2**31 elements apart; the memory between is untouched."""
    step = 2**31 + 16
    memory = reserved(2 * step + 3)
    x = np.lib.stride_tricks.as_strided(memory, (3, 2), (2 * step, 4))
    for i, j in np.ndindex(3, 2):
        memory[i * step + 2 * j] = 10 * i + j
    expected = np.array([[0, 1], [10, 11], [20, 21]], np.float16)
    np.testing.assert_array_equal(cuda.relu(x), expected)
    np.testing.assert_array_equal(cuda.add(x.T, 0.0), expected.T)
    np.testing.assert_array_equal(cuda.permute(x, (1, 0)), expected.T)
    np.testing.assert_array_equal(cuda.unbroadcast(x, (2,)), expected.sum(0))
