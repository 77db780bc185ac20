"""What is kept or seen is overwritten behind the back of whoever keeps or sees it.

Each program is right, or a clear error where that is said; none may be silently wrong.
"""

import ctypes
import functools
import itertools
import operator
import struct

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import ZygcoreError

X = np.array([1.0, 2.0, 3.0])


def slopes(f, x, h=1e-6):
    if np.ndim(x) == 0:
        return (f(x + h) - f(x - h)) / (2 * h)
    steps = h * np.eye(len(x))
    return np.array([(f(x + s) - f(x - s)) / (2 * h) for s in steps])


def check(f, x, expected=None):
    if expected is None:
        expected = slopes(f, x)
    (g,) = zg.gradient(f, x * 1.0)
    np.testing.assert_allclose(g, expected, rtol=1e-6, atol=1e-6)


# ------------------------------------------------------------ by pullbacks of inner levels


def test_an_array_that_an_inner_pullback_keeps():
    def f(x):
        w = x * 1.0
        _, back = zg.pullback(lambda z: (w * z).sum(), 2.0)
        w[:] = 0
        return back(1.0)[0]

    check(f, X, np.ones(3))


def test_a_constant_that_an_inner_pullback_keeps():
    seen = []

    def f(x):
        w = np.array([1.0, 2.0, 3.0])
        _, back = zg.pullback(lambda z: (w * z * z).sum(), x)
        w[0] = 5.0
        first = back(1.0)[0]
        w[0] = 7.0
        second = back(1.0)[0]
        seen.append(w.tolist())
        return first + second + w[0] * x

    check(f, 2.0, 2 * 12.0 + 7.0)
    assert seen == [[7.0, 2.0, 3.0]]


def test_equal_numbers_with_another_derivative():
    def f(x):
        w = np.array([1.0, 2.0, 3.0])
        _, back = zg.pullback(lambda z: (w * z * z).sum(), x)
        w[0] = x - 1.0  # which is 1.0
        return back(1.0)[0] + w.sum()

    check(f, 2.0, 12.0 + 1.0)


def test_an_inner_pullback_after_one_that_failed():
    def f(x):
        def inner(z):
            z[0] = z[1]
            return z.sum() * z[0]

        _, back = zg.pullback(inner, x * 1.0)
        with pytest.raises(ZygcoreError):
            back(np.ones(2))
        return (back(1.0)[0] * np.array([1.0, 2.0, 3.0])).sum() + back(2.0)[0].sum()

    check(f, X)


# ----------------------------------------------------------------------- by users' rules


K = np.array([1.0, 2.0, 3.0])


def scaled(x):
    return x * K


@zg.adjoint(scaled)
def scaled_rule(x):
    return x * K, lambda dy: (dy * K,)


def product(pair):
    return pair[0] * pair[1]


@zg.adjoint(product)
def product_rule(pair):
    return pair[0] * pair[1], lambda dy: ([dy * pair[1], dy * pair[0]],)


def test_a_global_that_a_rule_reads():
    def f(x):
        K[:] = [1.0, 2.0, 3.0]
        y = scaled(x).sum()
        K[:] = 0.0
        return y

    check(f, X, [1.0, 2.0, 3.0])


def test_arrays_in_a_list_that_a_rule_keeps():
    def f(x):
        a, b = x * 1.0, np.array([1.0, 2.0, 3.0])
        y = product([a, b]).sum()
        a[:] = 9.0
        b[:] = 0.0
        return y

    check(f, X, [1.0, 2.0, 3.0])


def test_factors_that_are_kept_in_a_tuple():
    linalg = pytest.importorskip("scipy.linalg")

    def by_lu(x):
        lu = linalg.lu_factor(np.diag(x) + 0.1)
        y = linalg.lu_solve(lu, x).sum()
        lu[0][:] = 0
        lu[1][:] = 0
        return y

    def by_cholesky(x):
        a = np.diag(x) + 0.1
        c = linalg.cho_factor(a @ a.T)
        y = linalg.cho_solve(c, x).sum()
        c[0][:] = 0
        return y

    check(by_lu, X)
    check(by_cholesky, X)


# ---------------------------------------------------------- errors after the value is stored


@pytest.mark.parametrize("raised", [FloatingPointError, RuntimeWarning])
def test_operators_and_outputs_that_raise_when_they_are_done(raised):
    def f(x):
        a, b, out = x * 1.0, np.array([1.0, 0.0, 2.0]), np.zeros(3)
        how = "raise" if raised is FloatingPointError else "warn"
        with pytest.raises(raised), np.errstate(all=how):
            np.divide(a, b, out=out)
        with pytest.raises(raised), np.errstate(all=how):
            a /= b
        return (a[[0, 2]] ** 2).sum() + (out[[0, 2]] ** 2).sum()

    check(f, X, [4.0, 0.0, 3.0])


# --------------------------------------------------------------------- what sees the memory


LOOKS = {
    "partial": (lambda y: functools.partial(np.dot, y), lambda s: s(np.array([0.0, 1.0, 0.0]))),
    "method": (lambda y: y.sum, lambda s: s()),
    "item": (lambda y: y.__getitem__, lambda s: s(1)),
    "from buffer": (np.frombuffer, lambda s: s[1] * s[2]),
    "in an array of objects": (
        lambda y: functools.reduce(lambda o, i: o.__setitem__(i, y) or o, [0], np.empty(1, object)),
        lambda s: s[0].sum(),
    ),
    "broadcast": (lambda y: np.broadcast_arrays(y, np.zeros((2, 3)))[0], lambda s: (s * s).sum()),
    "masked": (lambda y: np.ma.array(y, copy=False), lambda s: float(s.sum())),
    "default": (lambda y: lambda a=y: a.sum(), lambda s: s()),
    "memoryview": (lambda y: [memoryview(y)], lambda s: s[0][1]),
    "unpacked": (memoryview, lambda s: struct.unpack("3d", s)[1]),
    "list": (lambda y: y.data, lambda s: sum(s.tolist())),
    "iterator": (lambda y: [iter(y)], lambda s: next(s[0])),
    "flat": (lambda y: [y.flat], lambda s: s[0][1] + next(s[0])),
    "zip": (lambda y: {"z": zip(y, y, strict=True)}, lambda s: sum(a * b for a, b in s["z"])),
    "map": (lambda y: [map(float, y)], lambda s: list(s[0])[1]),
    "chain": (lambda y: [itertools.chain(y, y)], lambda s: sum(s[0])),
    "slice": (lambda y: (itertools.islice(y, 1, 3),), lambda s: sum(s[0])),
    "accumulate": (lambda y: [itertools.accumulate(y)], lambda s: sum(s[0])),
    "ctypes": (np.ctypeslib.as_ctypes, lambda s: s[0] * s[1]),
    "ctypes iterated": (np.ctypeslib.as_ctypes, lambda s: sum(s)),
    "ctypes number": (
        lambda y: ctypes.c_double.from_buffer(y),
        lambda s: s.value * 2,
    ),
    "pointer": (lambda y: y.ctypes.data_as(ctypes.POINTER(ctypes.c_double)), lambda s: s[1]),
    "getter": (lambda y: (operator.itemgetter(1), y), lambda s: s[0](s[1])),
}


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("active", [False, True])
def test_what_was_made_before(name, active):
    """An error, or right."""
    look, use = LOOKS[name]

    def f(x):
        y = x * 0.0 if active else np.zeros(3)
        seen = look(y)
        y[:] = x
        y[1] = x[0] * x[2]
        return use(seen) * 1.0

    expected = slopes(f, X)
    try:
        (g,) = zg.gradient(f, X.copy())
    except ZygcoreError:
        return
    np.testing.assert_allclose(g, expected, rtol=1e-6, atol=1e-6)


def test_a_method_of_a_temporary_ends_a_with_statement():
    """The method is let go of while it is being called."""

    def f(x):
        y = x * 1.0
        with np.nditer(y, op_flags=["readwrite"]) as it:
            for entry in it:
                entry[...] = 2 * entry
        return (y * y).sum()

    np.testing.assert_allclose(zg.gradient(f, X)[0], 8 * X)


# -------------------------------------------------------------------- what the caller gets


def own(x):
    return (x * K).sum()


@zg.adjoint(own)
def own_rule(x):
    return (x * K).sum(), lambda dy: (K,)


def test_gradients_are_arrays_of_the_callers_own():
    a, b = zg.gradient(lambda a, b: (a + b).sum(), X, X.copy())
    assert not np.shares_memory(a, b)
    a *= 2.0
    assert b.tolist() == [1.0, 1.0, 1.0]
    assert not np.shares_memory(zg.gradient(own, X)[0], K)
    dy = np.ones(3)
    assert not np.shares_memory(zg.pullback(lambda x: x + 0.0, X)[1](dy)[0], dy)
    (g,) = zg.gradient(lambda x: x.reshape(3, 1)[::-1].sum(), X)
    g += 1.0

    def nested(x):
        g, h = zg.gradient(lambda a, b: (a + b).sum(), x, x * 1.0)
        g *= x
        return h.sum() + g.sum()

    check(nested, X, np.ones(3))


def test_integers_that_are_stored_stay_integers():
    def f(n):
        b = np.zeros(3)
        b[0] = 1.0
        b[1] = n
        b[2] = n
        return (b * b).sum()

    (g,) = zg.gradient(f, 3)
    assert g == 12 and type(g) is float


REDUCTIONS = ["prod", "max", "cumprod", "median", "var", "std", "linalg.norm", "sum", "sort"]


@pytest.mark.parametrize("name", REDUCTIONS)
def test_lists_that_rules_were_given(name):
    f = operator.attrgetter(name)(np)

    def overwritten(p):
        xs = [p[0], p[0] * p[1], p[1]]
        y = np.sum(f(xs))
        xs[0], xs[1], xs[2] = 100.0, 3.0, 0.1
        return y

    def plain(p):
        return np.sum(f([p[0], p[0] * p[1], p[1]]))

    at = [2.0, 3.0]
    assert zg.gradient(overwritten, at) == zg.gradient(plain, at)
    assert zg.hessian(overwritten, at) == zg.hessian(plain, at)
    for y, expected in zip(
        zg.taylor(overwritten, at, 2, at), zg.taylor(plain, at, 2, at), strict=True
    ):
        assert y == pytest.approx(expected, rel=1e-14)


# -------------------------------------------------------- read-only arrays


def read_only_view(a):
    view = a[:]
    view.flags.writeable = False
    return view


def read_only_again(a):
    a.flags.writeable = False
    return a


@pytest.mark.parametrize("form", [read_only_view, read_only_again, np.broadcast_to])
def test_read_only_arrays_whose_memory_is_overwritten(form):
    """By whoever may write to it, between the call and the pullback's."""
    base = X.copy()
    k = form(base, 3) if form is np.broadcast_to else form(base)
    _, back = zg.pullback(lambda x: (x * k).sum(), X)
    base.flags.writeable = True
    base[:] = 5.0
    for _ in range(2):
        np.testing.assert_array_equal(back(1.0)[0], X)
    np.testing.assert_array_equal(k, 5.0)


def test_memory_that_cannot_be_brought_back():
    memory = bytearray(X.tobytes())
    k = np.frombuffer(bytes(memory))  # read-only for NumPy
    _, back = zg.pullback(lambda x: (x * k).sum(), X)
    ctypes.memset(k.ctypes.data, 0, 8)
    for _ in range(2):
        with pytest.raises(ZygcoreError, match="pass it a copy"):
            back(1.0)
