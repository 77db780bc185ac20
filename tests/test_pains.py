"""What users of other libraries suffer from: each complaint with its own program and its own value.

The numbers in the headings are those of PAINS.  Harder programs of the same kinds are in the
corpus (`programs/jumps.py`, `programs/unwinding.py`, `programs/aliases.py`); latency, errors,
debugging and threads are in `test_pains_tools.py`, classes and libraries in `test_pains_types.py`.
"""

import gc
import math
import tracemalloc

import numpy as np
import pytest

import zygcore as zg


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


def same_as_plain(f, *args):
    """The value next to the gradient is what the function returns without us."""
    plain = f(*args)
    value, grads = zg.withgradient(f, *args)
    assert value == plain and type(value) is type(plain)
    return grads


# ------------------------------------------------------------- 6, 7: control flow


def test_while_on_an_active_value():
    def f(x):
        while x < 100:
            x *= x
        return x

    assert grad(f)(3.0) == 8 * 3**7
    assert grad(f)(3) == 8 * 3**7 and type(grad(f)(3)) is int
    # no trips, and as many as it takes
    assert grad(f)(100.5) == 1.0
    assert grad(f)(1.25) == pytest.approx(32 * 1.25**31, rel=1e-13)


def test_filtered_enumeration():
    def f(x):
        return sum(v * v for i, v in enumerate(x) if i % 2 == 0)

    d = grad(f)(np.array([1.0, 2, 3]))
    assert d.tolist() == [2, 0, 6] and d.dtype == float
    assert grad(f)([1.0, 2.0, 3.0]) == [2.0, None, 6.0]
    assert grad(f)((1.0, 2.0, 3.0)) == (2.0, None, 6.0)
    assert grad(f)({1.0: "a", 2.0: "b"}) is None  # keys are labels


@pytest.mark.parametrize(
    "x, slope", [(3.0, 12.0), (0.5, -1.0), (-2.0, 2.0), (0.0, -1.0), (math.nan, -1.0)]
)
def test_branches_joined_by_or_and_and(x, slope):
    """Which branch ran is all that matters: comparisons with nan included."""

    def f(x):
        if x > 1 or (x and x < -1):
            y = x * abs(x) if x > 0 and not x < 0 else 2 * x
        else:
            return -x
        return y * 2 if x > 1 else y

    assert same_as_plain(f, 1.5) == (6.0,)
    assert grad(f)(x) == slope


# ------------------------------------------------------------------ 8: exceptions


def test_caught_path_with_finally():
    def f(x):
        try:
            y = x * x
            raise KeyError
        except KeyError:
            y = 3 * y
        finally:
            y = y + x
        return y

    assert grad(f)(2) == 13 and grad(f)(2.0) == 13.0
    assert grad(grad(f))(2.0) == 6.0


# -------------------------------------------------------------- 9: containers


def test_dict_and_list_that_share_a_value():
    def f(x):
        d = {"a": x}
        l = [d["a"]]
        d["a"] = l[0] * x
        return d["a"] * l.pop()

    assert grad(f)(2.0) == 12.0 and grad(f)(2) == 12
    assert grad(grad(f))(2.0) == 12.0
    assert grad(grad(grad(f)))(2.0) == 6.0


# ------------------------------------------------------------------ 10, 11: state


def test_captured_variable_that_is_reassigned():
    def f(x):
        def h(y):
            nonlocal x
            x = x * y
            return x

        h(2.0)
        return grad(h)(1.0)

    assert grad(f)(3.0) == 2


factor = 2.0


def test_global_that_is_reassigned():
    def f(x):
        global factor
        factor = factor * x
        return factor * x

    def restored(x):
        global factor
        before = factor
        try:
            return f(x) * f(x)
        finally:
            factor = before

    # (2 x x) (2 x x x)
    assert grad(restored)(1.5) == pytest.approx(20 * 1.5**4, rel=1e-14)
    assert grad(grad(restored))(1.5) == pytest.approx(80 * 1.5**3, rel=1e-14)
    assert factor == 2.0


kept = []


def test_values_in_globals_and_objects_are_plain():
    class Box:
        pass

    box, table, cell = Box(), {}, None

    def f(x):
        nonlocal cell
        kept.append(x)
        kept.append([x * 2])
        box.v, table["x"], cell = x, (x, x + 1), x * x
        return x * x

    try:
        assert grad(f)(3.0) == 6.0
        assert type(kept[0]) is float
        assert kept == [3.0, [6.0]] and type(kept[1][0]) is float
        assert [type(v) for v in (box.v, *table["x"], cell)] == [float] * 4
        # they are constants of the next gradient
        assert grad(lambda y: y * kept[0] * box.v * table["x"][1] * cell)(1.0) == 324.0
        assert grad(lambda y: kept[0])(3.0) is None
    finally:
        kept.clear()


def test_values_that_escape_an_exception_are_plain():
    def f(x):
        raise ValueError(x * x, [x])

    with pytest.raises(ValueError) as caught:
        grad(f)(3.0)
    assert caught.value.args == (9.0, [3.0])
    assert [type(v) for v in (caught.value.args[0], caught.value.args[1][0])] == [float, float]


# ------------------------------------------------- 12, 14: integers, casts, kinds


def test_integers():
    d = grad(lambda x: x * x)(2)
    assert d == 4.0 and type(d) is int
    d = grad(lambda x: np.sum(x * x))(np.array([1, 2, 3]))
    assert d.tolist() == [2.0, 4.0, 6.0] and d.dtype == np.float64
    assert grad(lambda x: x * 2.5)(2) == 2.5
    assert grad(lambda x: x**10)(2**40) == 10 * 2**360
    d = grad(lambda x: np.linalg.norm(x))(np.array([0, 0]))
    assert d.tolist() == [0.0, 0.0] and d.dtype == np.float64


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
def test_small_integers_get_floats(kind):
    d = grad(lambda x: np.sum(x * 300.0))(np.array([1, 2], dtype=kind))
    assert d.tolist() == [300.0, 300.0] and d.dtype == np.float64


def test_casts_are_the_identity():
    d = grad(lambda x: float(np.sum(x * x)))(2.0)
    assert d == 4.0 and type(d) is float
    assert grad(lambda x: float(float(x)) * float(x))(2.0) == 4.0
    assert grad(lambda x: np.sum(np.asarray(x) ** 2).item())(2.0) == 4.0
    assert grad(lambda n: float(n) * n)(3) == 6
    assert grad(lambda x: float(np.float32(x)) * 3)(2.0) == 3.0


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_precision_of_the_input_stays(kind):
    d = grad(lambda x: np.sum(x * x))(np.array([1, 2], kind))
    assert d.dtype == kind and d.tolist() == [2, 4]
    d = grad(lambda x: x * x)(kind(3))
    assert type(d) is kind and d == 6
    d = grad(lambda x: (x * x).sum())(np.array(3, kind))
    assert type(d) is np.ndarray and d.dtype == kind and d.shape == ()
    # also where doubles come in between
    d = grad(lambda x: np.sum(x.astype(float) * np.ones(2)))(np.ones(2, kind))
    assert d.dtype == kind and d.tolist() == [1, 1]


# --------------------------------------------------------- 19, 22: levels, chains


def test_two_levels_on_one_variable():
    assert grad(lambda x: grad(lambda y: y * (x - y))(x))(1.0) == -1
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x)(2.0) or 7.0)(3.0) is None


def test_a_tower_of_levels():
    """d/dx of x**6, once in each of six levels, all of whose variables are the same number."""
    f = lambda x: x**6
    for k in range(6):
        assert grad(f)(1.0) == math.perm(6, k + 1)
        f = grad(f)


def test_deep_chain_completes_and_frees():
    def f(x):
        for _ in range(10**5):
            x = x + 1e-6 * x
        return x

    assert grad(f)(1.0) == pytest.approx((1 + 1e-6) ** (10**5), rel=1e-10)
    tracemalloc.start()
    try:
        grad(f)(1.0)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(3):
            grad(f)(1.0)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()
