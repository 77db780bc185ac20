"""Precision that is not that of a float: long double keeps its digits, float32 and float16 stay.

mpmath knows the derivatives to thirty digits.
"""

import mpmath
import numpy as np
import pytest
from mpmath import mp

import zygcore as zg

L = np.longdouble
EPS = float(np.finfo(L).eps)
X = L("0.3")
A = np.array([L("0.3"), L("0.7"), L("1.1")])


@pytest.fixture(autouse=True)
def thirty_digits():
    with mp.workdps(30):
        yield


def exact(v):
    high = float(v)
    return mp.mpf(high) + mp.mpf(float(v - L(high)))


def close(found, known):
    assert abs(exact(found) - known) <= 50 * EPS * max(abs(known), mp.mpf("0.01"))


OF_ONE = {
    "operators": (lambda x: x * x / 3 + 3 / x - 2 * x + 1, lambda x: x * x / 3 + 3 / x - 2 * x),
    "powers": (lambda x: x**3 * 2**x * 2.5**x, lambda x: x**3 * 2**x * mp.mpf(2.5) ** x),
    "power": (lambda x: x**0.7, lambda x: x ** mp.mpf(0.7)),
    "remainder": (lambda x: x * x % L("0.07"), lambda x: x * x),
    "exp": (lambda x: np.exp(x) / 7 + np.exp2(x), lambda x: mp.exp(x) / 7 + 2**x),
    "log": (lambda x: np.log(x) * np.log2(x) * np.log10(x),
            lambda x: mp.log(x) * mp.log(x, 2) * mp.log10(x)),
    "log1p": (lambda x: np.log1p(x) * np.expm1(x), lambda x: mp.log1p(x) * mp.expm1(x)),
    "roots": (lambda x: np.sqrt(x) * np.cbrt(x), lambda x: mp.sqrt(x) * mp.cbrt(x)),
    "sin": (lambda x: np.sin(x) * np.tan(x), lambda x: mp.sin(x) * mp.tan(x)),
    "arcsin": (lambda x: np.arcsin(x) * np.arctan(x), lambda x: mp.asin(x) * mp.atan(x)),
    "sinh": (lambda x: np.sinh(x) * np.tanh(x), lambda x: mp.sinh(x) * mp.tanh(x)),
    "arctanh": (lambda x: np.arctanh(x) * np.arcsinh(x), lambda x: mp.atanh(x) * mp.asinh(x)),
    "degrees": (lambda x: np.degrees(x) * np.sin(x), lambda x: mp.degrees(x) * mp.sin(x)),
    "radians": (lambda x: np.radians(x) * x, lambda x: mp.radians(x) * x),
    "hypot": (lambda x: np.hypot(x, 2) * np.arctan2(x, 2),
              lambda x: mp.hypot(x, 2) * mp.atan2(x, 2)),
    "logaddexp": (lambda x: np.logaddexp(x, 2), lambda x: mp.log(mp.exp(x) + mp.exp(2))),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_ONE)
def test_scalars_and_arrays(name):
    f, known = OF_ONE[name]
    slope, curvature = mpmath.diff(known, exact(X)), mpmath.diff(known, exact(X), 2)
    (g,) = zg.gradient(f, X)
    assert type(g) is L
    close(g, slope)
    (g,) = zg.gradient(lambda a: f(a).sum(), np.array([X, X]))
    assert g.dtype == L
    close(g[1], slope)
    (h,) = zg.gradient(lambda x: zg.gradient(f, x)[0], X)
    close(h, curvature)


def variance(a, ddof=0):
    mean = sum(a) / len(a)
    return sum((x - mean) ** 2 for x in a) / (len(a) - ddof)


def written(a):
    b = np.zeros(3, L)
    b[0] = a[0] / 3
    b[1:] = a[1:] * a[0]
    return b.sum()


OF_ARRAYS = {
    "mean": (lambda a: np.mean(a) ** 2, lambda a: (sum(a) / 3) ** 2),
    "var": (lambda a: np.var(a) + np.var(a, ddof=1), lambda a: variance(a) + variance(a, 1)),
    "std": (np.std, lambda a: mp.sqrt(variance(a))),
    "prod": (lambda a: np.prod(a) / 3, lambda a: a[0] * a[1] * a[2] / 3),
    "norm": (np.linalg.norm, lambda a: mp.sqrt(sum(x * x for x in a))),
    "dot": (lambda a: a @ a[::-1] / 3, lambda a: (2 * a[0] * a[2] + a[1] ** 2) / 3),
    "cumprod": (lambda a: np.cumprod(a / 3).sum(),
                lambda a: a[0] / 3 + a[0] * a[1] / 9 + a[0] * a[1] * a[2] / 27),
    "items": (lambda a: a[0] * a[1] / 7 - a[2] / 3, lambda a: a[0] * a[1] / 7 - a[2] / 3),
    "loop": (lambda a: sum(v * v / 3 for v in a), lambda a: sum(v * v / 3 for v in a)),
    "written": (written, lambda a: a[0] / 3 + (a[1] + a[2]) * a[0]),
    "where": (lambda a: np.where(a > 0.5, a / 3, a * a / 7).sum(),
              lambda a: a[0] ** 2 / 7 + a[1] / 3 + a[2] / 3),
    "einsum": (lambda a: np.einsum("i,j->", a, a) / 3, lambda a: sum(a) ** 2 / 3),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_functions_of_arrays(name):
    f, known = OF_ARRAYS[name]
    (g,) = zg.gradient(f, A)
    assert g.dtype == L
    a = [exact(v) for v in A]
    for i in range(3):
        slope = mpmath.diff(lambda t, i=i: known([*a[:i], t, *a[i + 1 :]]), a[i])
        assert abs(exact(g[i]) - slope) <= 50 * EPS * max(abs(slope), 1)


def test_complex_long_doubles():
    z = np.clongdouble(1 + 2j) / 3
    (g,) = zg.gradient(lambda z: abs(z) ** 2 / 3, z)
    assert type(g) is np.clongdouble
    close(g.real, 2 * exact(z.real) / 3)
    close(g.imag, 2 * exact(z.imag) / 3)
    (g,) = zg.gradient(lambda z: (z * z / 7).real.sum(), np.array([z, 1j], np.clongdouble))
    assert g.dtype == np.clongdouble
    close(g[0].imag, -2 * exact(z.imag) / 7)


def test_casts_take_the_form_of_the_argument():
    assert zg.gradient(lambda x: np.longdouble(x) / 3, 0.1) == (1 / 3,)
    (g,) = zg.gradient(lambda x: float(x) * 2, X)
    assert type(g) is L and g == 2


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.complex64])
def test_low_precision_stays(kind):
    x = kind(0.5)
    eps = float(np.finfo(kind).eps)
    programs = {
        "operators": (lambda x: abs(x * x / 3 + 1 / x + 2.0 * x + 1), 1 / 3 - 4 + 2),
        "functions": (lambda x: np.exp(x * 3.0).real, 3 * np.exp(1.5)),
        "power": (lambda x: abs(x**3), 0.75),
    }
    for f, slope in programs.values():
        value, (g,) = zg.withgradient(f, x)
        assert type(g) is kind and type(value) in (kind, np.float32)
        assert abs(complex(g) - slope) <= 8 * eps * abs(slope)
        (g,) = zg.gradient(lambda a, f=f: f(a[0]) + f(a)[1], np.array([x, x]))
        assert g.dtype == kind
        assert np.all(np.abs(g.astype(complex) - slope) <= 8 * eps * abs(slope))
    (h,) = zg.gradient(lambda x: zg.gradient(lambda x: abs(x * x * x), x)[0].real, x)
    assert type(h) is kind and abs(complex(h) - 3) <= 8 * eps
