"""Where derivatives are hard to get right: zeros, ties, branches that are not taken, odd forms.

Expected values are worked out by hand.
"""

import itertools
import math

import mpmath
import numpy as np
import pytest

import zygcore as zg
from zygcore.testing import check_adjoint

inf, nan = math.inf, math.nan


def grad(f, *args):
    return zg.gradient(f, *args)[0]


# ------------------------------------------------------------------------------ zeros


@pytest.mark.parametrize("values", list(itertools.product([0.0, 2.0, -3.0], repeat=3)))
def test_products_of_zeros(values):
    """The derivative of a product is the product of the others, however many are 0."""
    x = np.array(values)
    others = [math.prod(v for j, v in enumerate(values) if j != i) for i in range(3)]
    for f in (np.prod, np.nanprod, np.multiply.reduce, lambda x: x.prod()):
        assert grad(f, x).tolist() == others
    # sum of x0, x0 x1, x0 x1 x2
    a, b, c = values
    assert grad(lambda x: np.sum(np.cumprod(x)), x).tolist() == [1 + b + b * c, a + a * c, a * b]
    assert grad(lambda x: np.sum(np.multiply.accumulate(x)), x)[2] == a * b
    # d2/da db of a b c
    h = grad(lambda x: grad(np.prod, x)[0], x)
    assert h.tolist() == [0, c, b]


def test_kinks_at_zero():
    zero = np.zeros(2)
    for f in (np.abs, np.fabs, np.square, np.sinc, lambda x: np.hypot(x, 0.0), np.linalg.norm):
        assert grad(lambda x, f=f: np.sum(f(x)), zero).tolist() == [0, 0]
    assert grad(lambda z: np.sum(np.abs(z)), np.zeros(1, complex)).tolist() == [0]
    assert zg.gradient(np.arctan2, 0.0, 0.0) == (0, 0)
    assert zg.gradient(np.hypot, 0.0, 0.0) == (0, 0)
    assert grad(np.sqrt, 0.0) == inf and grad(np.cbrt, 0.0) == inf


def test_powers_at_zero():
    x = np.array([0.0, 2.0])
    assert grad(lambda x: np.sum(x**0), x).tolist() == [0, 0]
    assert grad(lambda x: np.sum(x**0.0), x).tolist() == [0, 0]
    assert grad(lambda x: np.sum(x**1), x).tolist() == [1, 1]
    assert grad(lambda x: np.sum(x**2), x).tolist() == [0, 4]
    assert grad(lambda x: np.sum(0.0**x), np.array([1.0, 2.0])).tolist() == [0, 0]
    dx, dy = zg.gradient(lambda x, y: np.sum(x**y), np.zeros(3), np.array([1.0, 2.0, 3.0]))
    assert dx.tolist() == [1, 0, 0] and dy.tolist() == [0, 0, 0]
    # as of Python's numbers: the real part of the derivative of the complex power
    d = grad(lambda y: np.sum(np.array([-2.0]) ** y), np.array([3.0]))
    assert d.tolist() == [-8 * math.log(2)]


# --------------------------------------------------------- branches that are not taken

GUARDED = [
    (lambda x: np.where(x > 0, np.sqrt(x), 0), [0, 0, 0.5]),
    (lambda x: np.where(x > 0, np.log(x), 0), [0, 0, 1]),
    (lambda x: np.where(x > 0, x**0.3, 0), [0, 0, 0.3]),
    (lambda x: np.where(x > 0, x * np.log(x), 0), [0, 0, 1]),
    (lambda x: np.where(x > 0, np.log(np.sqrt(x) / x), 0), [0, 0, -0.5]),
    (lambda x: np.where(x > 0, np.where(x > 0.5, np.log(x), np.sqrt(x)), x), [1, 1, 1]),
    (lambda x: np.where(x != 0, np.sin(x) / x, 1),
     [3 * math.sin(1 / 3) * 3 - 3 * math.cos(1 / 3), 0, math.cos(1) - math.sin(1)]),
    (lambda x: np.where(np.abs(x) < 1, np.arctanh(x), x), [9 / 8, 1, 1]),
    (lambda x: np.where(x < 1, np.arccos(x), 0), [-1 / math.sqrt(1 - 1 / 9), -1, 0]),
    (lambda x: np.select([x > 0, x == 0], [1 / np.sqrt(x), 2 * x], 3 * x), [3, 2, -0.5]),
    (lambda x: np.where(x > 0, np.cbrt(x), 0), [0, 0, 1 / 3]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "expected"), GUARDED)
def test_branches_that_are_not_taken(f, expected):
    with np.errstate(all="ignore"):
        x = np.array([-1 / 3, 0.0, 1.0])
        d = grad(lambda x: np.sum(f(x)), x)
        np.testing.assert_allclose(d, expected, rtol=1e-14)
        for v, e in zip(x, expected, strict=True):
            assert grad(lambda v: f(v) * 1.0, v) == pytest.approx(e, rel=1e-14)


# ------------------------------------------------------------------- sums of exponentials


@pytest.mark.parametrize(("f", "base"), [(np.logaddexp, math.e), (np.logaddexp2, 2.0)])
def test_logaddexp(f, base):
    a = np.array([-inf, -inf, 0.0, 800.0, -800.0, 3.0, inf])
    b = np.array([-inf, 0.0, -inf, 0.0, 0.0, 3.0, 0.0])
    da, db = zg.pullback(f, a, b)[1](np.ones(7))
    assert da[:3].tolist() == [0.5, 0, 1] and da[5:].tolist()[0] == 0.5
    assert da[3] == 1 and db[3:5].tolist()[1] == 1
    np.testing.assert_array_equal(da[:6] + db[:6], 1)
    with mpmath.workdps(40):
        share = 1 / (1 + mpmath.mpf(base) ** mpmath.mpf("1.25"))
    assert zg.gradient(f, 0.5, 1.75)[0] == pytest.approx(float(share), rel=1e-14)


def test_small_differences():
    assert grad(lambda x: np.log1p(np.expm1(x)), 1e-20) == 1
    assert grad(lambda x: np.tanh(x), 400.0) == 0
    assert grad(lambda x: np.arctan(x), 1e200) == 0


# ------------------------------------------------------------------------------- ties


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_ties_share_and_the_shares_sum_to_one(n):
    for values in itertools.product([1.0, 2.0, 3.0], repeat=n):
        x = np.array(values)
        for f in (np.max, np.min, np.median, np.nanmax, np.nanmin, np.nanmedian,
                  lambda x: np.percentile(x, 30), lambda x: np.quantile(x, 0.75),
                  lambda x: np.sort(x)[len(x) // 2], np.maximum.reduce,
                  lambda x: np.partition(x, len(x) // 2)[len(x) // 2]):  # fmt: skip
            d = grad(f, x)
            assert d.sum() == pytest.approx(1, rel=1e-14)
            for v in set(values):  # equal numbers get equal shares
                assert np.ptp(d[x == v]) <= 1e-15
    assert zg.gradient(np.maximum, 1.0, 1.0) == (0.5, 0.5)
    assert zg.gradient(lambda x: np.ptp(x), np.array([1.0, 3.0, 3.0]))[0].tolist() == [-1, 0.5, 0.5]


# ------------------------------------------------------------------ kinds and forms of arrays

PROGRAMS = [
    lambda x: np.sum(np.sin(x) * x), lambda x: np.mean(x) * np.std(x + x**2),
    lambda x: np.sum(np.sqrt(x) / 3), lambda x: np.max(x) * np.prod(x), lambda x: np.median(x) ** 2,
    lambda x: np.sum(np.cumsum(x) ** 2), lambda x: np.sum(np.sort(x, axis=None)[:2] * 2),
    lambda x: np.sum(np.hypot(x, 1) ** 1.5), lambda x: np.sum(np.clip(x, 1, 2) * 0.5),
    lambda x: np.quantile(x, 0.5) / 2, lambda x: np.sum(np.where(x > 1, x, 2 * x)),
    lambda x: np.nansum(x) * np.nanmax(x), lambda x: np.sum(np.interp(x, [0, 3], [1, 4])),
    lambda x: np.sum(np.logaddexp(x, 0)), lambda x: np.sum(np.logaddexp.reduce(x)),
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS)
def test_kinds(f):
    """The gradient of integers is that of the same floats; low precision stays low."""
    x = np.array([[1, 3, 2], [2, 5, 7]])
    expected = grad(f, x.astype(float))
    for kind in (np.int64, np.int8, np.uint8):
        d = grad(f, x.astype(kind))
        assert d.dtype == np.float64
        small = np.result_type(kind, np.float16) == np.float16  # NumPy computes roots in half
        np.testing.assert_allclose(d, expected, rtol=2e-2 if small else 1e-13)
    d = grad(f, x.astype(np.float32))
    assert d.dtype == np.float32
    np.testing.assert_allclose(d, expected, rtol=1e-4)
    if f is not PROGRAMS[12]:  # which NumPy has in double precision only
        assert grad(f, x.astype(np.longdouble)).dtype == np.longdouble


@pytest.mark.parametrize("f", PROGRAMS)
def test_scalars_and_empty_axes(f):
    for kind in (np.float32, np.float64):
        d = grad(lambda x: f(np.reshape(x, 1)), kind(1.5))
        assert type(d) is kind
        d = grad(f, np.array(1.5, kind))
        assert type(d) is np.ndarray and d.shape == () and d.dtype == kind


def test_a_program_in_single_precision_stays_there():
    seen = []

    def f(x):
        y = np.sin(x) * x**2 / 3 + np.sqrt(x) - 1
        z = np.sum(y * y) + y.mean() + y.std() + np.max(y) + np.median(y)
        seen.extend([y.dtype, z.dtype])
        return z * np.float32(0.5)

    value, (d,) = zg.withgradient(f, np.array([1.0, 2.5], np.float32))
    assert seen == [np.float32] * 2 and value.dtype == np.float32 and d.dtype == np.float32
    g = lambda x: np.tanh(x) * x + np.hypot(x, 1)
    assert type(grad(g, np.float32(0.5))) is np.float32
    assert type(grad(lambda x: grad(g, x), np.float32(0.5))) is np.float32


@pytest.mark.parametrize("f", PROGRAMS)
def test_nothing_at_all(f):
    if f in PROGRAMS[:1] + PROGRAMS[2:3] + PROGRAMS[5:6] + PROGRAMS[7:9]:
        for shape in ((0,), (0, 3), (2, 0)):
            d = grad(lambda x: f(x) + 0.0 * np.sum(x), np.zeros(shape))
            assert d.shape == shape


def test_heaviside():
    dx, dh = zg.gradient(
        lambda x, h: np.sum(np.heaviside(x, h) * np.arange(1, 4)),
        np.array([-1.0, 0, 2]),
        np.full(3, 0.5),
    )
    assert dx is None or not dx.any()
    assert dh.tolist() == [0, 2, 0]
    check_adjoint(lambda h: np.heaviside(np.array([0.0, -1.0]), h), 0.7)


def test_sinc_and_its_derivatives_at_zero():
    def derivative(f):
        return lambda x: zg.gradient(f, x)[0]

    f = np.sinc
    found = []
    for _ in range(4):
        f = derivative(f)
        found.append(f(np.float64(0.0)))
    np.testing.assert_allclose(found, [0, -(math.pi**2) / 3, 0, math.pi**4 / 5], rtol=1e-12)
