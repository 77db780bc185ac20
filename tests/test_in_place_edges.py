"""Arrays written in place where it is not obvious whose memory it is, what sees it, or when."""

import copy
import threading

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError

grad = zg.gradient


# -------------------------------------------------------------------- whose memory


def test_another_name_of_an_argument_is_the_argument_once_it_is_written():
    other = np.array([1.0, 2.0, 3.0])

    def f(a):
        a[0] = 2 * a[1]
        return (other * a).sum()

    assert grad(f, other)[0].tolist() == [0.0, 20.0, 6.0]


def test_an_argument_written_under_another_name():
    other = np.array([1.0, 2.0, 3.0])

    def f(a):
        other[0] = 5.0
        return (a * a).sum()

    assert grad(f, other)[0].tolist() == [0.0, 4.0, 6.0]


def test_one_array_passed_twice_is_refused():
    x = np.array([1.0, 2.0, 3.0])

    def f(a, b):
        a[0] = 5.0
        return (a * b).sum()

    with pytest.raises(UnsupportedError, match="passed twice"):
        grad(f, x, x)
    with pytest.raises(UnsupportedError, match="passed twice"):
        grad(lambda p: f(*p), [x, x[1:]])


def test_parts_of_one_memory_as_arguments():
    memory = np.arange(6.0)

    def f(p):
        p[0][0] = p[1][0] * 2
        return (p[0] ** 2).sum() + p[1].sum()

    g = grad(f, [memory[:3], memory[3:]])[0]
    assert [part.tolist() for part in g] == [[0.0, 2.0, 4.0], [25.0, 1.0, 1.0]]


@pytest.mark.parametrize(
    "view", [lambda x: np.repeat(x, 2)[::2], lambda x: x[::-1], lambda x: np.vstack([x, x]).T[:, 1]]
)
def test_arguments_that_are_not_contiguous(view):
    def f(x):
        x[1] = x[0] + x[2]
        x *= x
        return (x * x).sum()

    x = np.arange(5.0)
    expected = grad(f, view(x).copy())[0]
    g = grad(f, view(x.copy()))[0]
    assert g.tolist() == expected.tolist()
    assert g.flags.c_contiguous


def test_a_rule_that_returns_its_argument():
    def same(x):
        return x

    zg.adjoint(same)(lambda x: (x, lambda dy: (-dy,)))

    def f(x):
        y = same(x)
        x[0] = 1.0
        return y.sum()

    with pytest.raises(UnsupportedError, match="shown by another array"):
        grad(f, np.ones(2))
    assert grad(lambda x: same(x).sum(), np.ones(2))[0].tolist() == [-1.0, -1.0]


# ----------------------------------------------------------------------- what sees it


def filled(x, look):
    """`look` is made of an array before something active is written into it."""
    b = np.zeros(4)
    seen = look(b)
    b[0] = x
    b[1:3] = x * x
    return b, seen


@pytest.mark.parametrize(
    "look, use",
    [
        (lambda b: {"b": b}, lambda s: s["b"].sum()),
        (lambda b: [b[:2], b[2:]], lambda s: s[0].sum() + s[1].sum()),
        (lambda b: b.tolist, lambda s: sum(s())),
        (lambda b: np.broadcast_to(b, (1, 4)), lambda s: s.sum()),
        (lambda b: b.reshape(2, 2), lambda s: s.sum()),
        (lambda b: b.real, lambda s: s.sum()),
        (lambda b: np.lib.stride_tricks.sliding_window_view(b, 1), lambda s: s.sum()),
        (lambda b: lambda: b[0] + b[1:3].sum(), lambda s: s()),
    ],
)
def test_what_was_made_before(look, use):
    def f(x):
        b, seen = filled(x, look)
        return use(seen) * 1.0

    assert grad(f, 3.0)[0] == pytest.approx(1 + 2 * 6.0)


@pytest.mark.parametrize(
    "look, use",
    [
        (iter, next),
        (lambda b: zip(b, b, strict=True), lambda s: next(s)[0]),
        (lambda b: map(float, b), next),
        (memoryview, lambda s: s[0]),
        (lambda b: b.flat, next),
        (lambda b: b.flat, lambda s: s[0]),
        (lambda b: b.view(np.int64), lambda s: float(s[0])),
        (lambda b: enumerate(reversed(b)), lambda s: next(s)[1]),
        (lambda b: (v for v in b), sum),  # begun before anything was active
    ],
)
def test_what_goes_on_reading(look, use):
    """An error, or right where the machine has made the iterator."""

    def f(x):
        b, seen = filled(x, look)
        return use(seen) * 1.0

    slope = (f(3.0 + 1e-6) - f(3.0 - 1e-6)) / 2e-6
    try:
        g = grad(f, 3.0)[0]
    except (AdjointError, UnsupportedError):
        return
    assert g == pytest.approx(slope)


def test_copies_are_apart():
    def f(x):
        b = np.zeros(3)
        b[0] = x
        parts = [b.copy(), copy.copy(b), copy.deepcopy(b), np.array(b), b + 0, b[[0, 1]]]
        b[0] = 100.0
        return sum([p[0] for p in parts])

    assert grad(f, 3.0) == (6.0,)


def test_aliases_of_conversions():
    def f(x):
        b = x * 2
        np.asarray(b)[0] = 0
        np.ascontiguousarray(b)[1] = 0
        return b.sum()

    assert grad(f, np.ones(3))[0].tolist() == [0.0, 0.0, 2.0]


def test_writing_through_a_view_that_shows_elements_twice():
    def f(x):
        b = np.zeros(5)
        v = np.lib.stride_tricks.as_strided(b, (4, 2), (8, 8))
        v[...] = x
        return b.sum()

    with pytest.raises(UnsupportedError, match="several times"):
        grad(f, 3.0)


# ---------------------------------------------------------------------- kinds of arrays


def test_float32_stays():
    def f(x):
        b = np.zeros(3, np.float32)
        b[:] = x
        b *= x
        return b.sum()

    assert grad(f, np.ones(3, np.float32))[0].dtype == np.float32
    assert grad(f, np.ones(3))[0].dtype == np.float64


def test_integers():
    def f(x):
        x[0] = 7
        x *= 2
        return (x * 1.5).sum()

    assert grad(f, np.array([1, 2, 3]))[0].tolist() == [0.0, 3.0, 3.0]

    def rounded(x):
        b = np.zeros(3, int)
        b[0] = x[0]  # the fraction is lost, and so is the derivative
        return (b * x).sum()

    assert grad(rounded, np.array([1.5, 2.0, 3.0]))[0].tolist() == [1.0, 0.0, 0.0]


def test_records():
    table = np.zeros(2, dtype=[("a", float), ("b", int)])

    def f(x):
        table["a"] = x
        table["a"][0] *= x
        return (table["a"] ** 2).sum()

    assert grad(f, 3.0)[0] == 4 * 27 + 6


def test_arrays_of_objects():
    """What is in them is known by identity, as in a list."""

    def f(x):
        b = np.empty((3, 2), object)
        b[0, 0] = x
        b[1] = [0.0, x * x]
        b[2, 0] = [x, {"a": x}]
        return b[0, 0] * b.T[0][2][1]["a"] ** 2 + b.flat[3]

    def stretched(x):
        b = np.empty(3, object)
        b[:] = x * x
        return b[1] * b[2]

    assert grad(f, 3.0)[0] == pytest.approx(3 * 9.0 + 6.0)
    try:
        assert grad(stretched, 3.0)[0] == pytest.approx(4 * 27.0)
    except UnsupportedError as error:
        assert "stored in an array of objects" in str(error)


@pytest.mark.parametrize(
    "use",
    [
        lambda b, x: b.sum(),
        lambda b, x: (b * 2)[0],
        lambda b, x: np.sort(b)[0],
        lambda b, x: b.astype(float)[0],
        lambda b, x: np.array(b, dtype=float)[0],
        lambda b, x: np.dot(b, b),
    ],
)
def test_operations_of_arrays_of_objects_are_not_silent(use):
    def f(x):
        b = np.empty(2, object)
        b[0] = b[1] = x
        return float(use(b, x))

    with pytest.raises((UnsupportedError, AdjointError)):
        grad(f, 3.0)


def test_arrays_of_objects_that_are_arguments_are_refused():
    def f(b, x):
        b[0] = x
        return b[0] * 2

    with pytest.raises(UnsupportedError, match="objects"):
        grad(f, np.array([1.0, 2.0], dtype=object), 3.0)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_masked_arrays_and_matrices():
    def masked(x):
        m = np.ma.array(np.zeros(3), mask=[0, 1, 0])
        m[0] = x
        return m.sum()

    assert grad(masked, 3.0) == (1.0,)

    def matrix(x):
        m = np.matrix(np.zeros((2, 2)))
        m[0, 0] = x
        return np.asarray(m)[0, 0] ** 2

    assert grad(matrix, 3.0) == (6.0,)


def test_read_only_arrays():
    def f(x):
        x.flags.writeable = False
        try:
            x[0] = 1.0
        except ValueError:
            return (x * x).sum()

    x = np.arange(3.0)
    assert grad(f, x)[0].tolist() == [0.0, 2.0, 4.0]


def test_shuffled():
    def f(x):
        b = x * 2
        np.random.default_rng(0).shuffle(b)
        return (b * np.arange(3.0)).sum()

    order = np.arange(3)
    np.random.default_rng(0).shuffle(order)
    assert grad(f, np.arange(3.0))[0][order].tolist() == [0.0, 2.0, 4.0]


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b.resize((2, 2)),
        lambda b: b.byteswap(inplace=True),
    ],
)
def test_other_ways_to_change_an_array_are_refused(change):
    def f(x):
        b = x * 2
        change(b)
        return b.sum()

    with pytest.raises((UnsupportedError, ValueError)):
        grad(f, np.arange(3.0))


# ------------------------------------------------------------------------------ when


def test_an_exception_in_a_pullback_leaves_arrays_as_they_were():
    def stubborn(x):
        return x.sum()

    def rule(x):
        def back(dy):
            raise KeyError("no")

        return x.sum(), back

    zg.adjoint(stubborn)(rule)
    w = np.ones(2)

    def f(x):
        z = (w * x).sum() * stubborn(x)
        w[:] = 9.0
        w[0] = 4.0
        return z

    with pytest.raises(KeyError):
        grad(f, np.ones(2))
    assert w.tolist() == [4.0, 9.0]


def test_the_caller_writes_between_value_and_pullback():
    w = np.array([1.0, 2.0])

    def f(x):
        y = (w * x).sum()
        w[:] = 5.0
        return y * (w * x).sum()

    _, back = zg.pullback(f, np.array([1.0, 1.0]))
    first = back(1.0)[0].tolist()
    w[:] = -7.0
    assert back(1.0)[0].tolist() == first == [10 * 1.0 + 3 * 5.0, 10 * 2.0 + 3 * 5.0]
    assert w.tolist() == [-7.0, -7.0]


def test_many_threads():
    w = np.random.default_rng(0).random(50)

    def loss(x):
        b = np.zeros(50)
        for i in range(50):
            b[i] = w[i] * x[i] ** 2
        b *= b
        return b.sum()

    points = [np.random.default_rng(i).random(50) for i in range(8)]
    found = {}

    def work(i):
        for _ in range(10):
            found[i] = grad(loss, points[i].copy())[0]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, x in enumerate(points):
        np.testing.assert_allclose(found[i], 4 * w**2 * x**3)


def test_one_pullback_in_many_threads():
    shared = np.arange(4.0)

    def loss(x):
        shared[:] = x
        y = (shared**2).sum()
        shared[:] = 0.0
        return y

    _, back = zg.pullback(loss, np.ones(4))
    found = []

    def work():
        for _ in range(30):
            found.append(back(1.0)[0].tolist())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[2.0] * 4] * 120
    assert shared.tolist() == [0.0] * 4


# ---------------------------------------------------------------------------- nesting


def test_three_levels():
    def f(x):
        b = np.zeros(3)
        for i in range(3):
            b[i] = x ** (i + 2)
        b *= x
        return b.sum()

    def first(x):
        return grad(f, x)[0]

    def second(x):
        return grad(first, x)[0]

    assert first(1.5) == pytest.approx(3 * 1.5**2 + 4 * 1.5**3 + 5 * 1.5**4)
    assert second(1.5) == pytest.approx(6 * 1.5 + 12 * 1.5**2 + 20 * 1.5**3)
    assert grad(second, 1.5)[0] == pytest.approx(6 + 24 * 1.5 + 60 * 1.5**2)


def test_an_outer_array_is_written_by_an_inner_function():
    def f(x):
        b = np.zeros(2)

        def inner(z):
            b[0] = z * x
            b[1] += z
            return (b**2).sum()

        return grad(inner, x)[0] + b.sum()

    assert grad(f, 1.5)[0] == pytest.approx(6 * 1.5**2 + 2 + 2 * 1.5 + 1)


def test_an_outer_array_is_active_outside_only_later():
    def f(x):
        def inner(z):
            b = np.zeros(2)
            b[0] = z  # a constant further out
            b[1] = x
            return (b * b).sum() * b[1]

        return grad(inner, 2.0)[0]

    assert grad(f, 1.5)[0] == pytest.approx(2 * 2.0)


def test_parameters_updated_in_place():
    def after(rate):
        w = {"a": np.array([1.0, 2.0]), "b": np.array([0.5])}
        for _ in range(3):
            (g,) = grad(lambda w: (w["a"] ** 2).sum() * w["b"].sum(), w)
            for key in w:
                w[key] -= rate * g[key]
        return (w["a"] ** 2).sum() + w["b"].sum()

    slope = (after(0.1 + 1e-6) - after(0.1 - 1e-6)) / 2e-6
    assert grad(after, 0.1)[0] == pytest.approx(slope, rel=1e-7)


def test_a_pullback_called_twice_inside_of_a_gradient():
    def f(x):
        def inner(z):
            z[0] = 3.0
            return (z * z).sum()

        _, back = zg.pullback(inner, x * 1.0)
        return (back(1.0)[0] * back(2.0)[0]).sum()

    assert grad(f, np.array([1.0, 2.0, 3.0]))[0].tolist() == [0.0, 32.0, 48.0]


# ------------------------------------------------------------------------- memory, time


def test_a_write_keeps_no_more_than_what_it_overwrites():
    import tracemalloc

    def heat(u):
        for _ in range(1000):
            u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        return (u * u).sum()

    u = np.random.default_rng(0).random(2000)
    zg.gradient(heat, u[:10].copy())
    tracemalloc.start()
    zg.gradient(heat, u)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.25 * 1000 * u.nbytes


def test_elements_cost_the_same_however_long_the_array():
    """Entries and bytes on the tape, not seconds."""

    def f(x):
        b = np.zeros(len(x))
        for i in range(1, len(x)):
            b[i] = b[i - 1] * x[i]
        return b.sum()

    sizes = [zg.pullback(f, np.ones(n))[1].nbytes for n in (1000, 4000)]
    assert sizes[1] < 4.1 * sizes[0]


def test_flags_are_those_of_the_very_array():
    """An array that carries derivatives, made read-only, is."""

    def locked(x):
        y = x.copy()
        y.setflags(write=False)
        try:
            y[0] = 5.0
        except ValueError:
            y = y * 2
        return (y * x).sum()

    def unlocked(x):
        y = x * x
        y.setflags(0)
        y.setflags(write=1)
        y[0] = x[1]
        return y.sum() * y.flags.writeable

    x = np.array([1.3, -0.7, 0.4])
    for f, expected in ((locked, 4 * x), (unlocked, [0.0, -0.4, 0.8])):
        value, (d,) = zg.withgradient(f, x)
        assert value == f(x)
        np.testing.assert_allclose(d, expected, rtol=1e-12)
        np.testing.assert_allclose(
            zg.gradient(lambda x, f=f: np.sum(zg.gradient(f, x)[0] * x), x)[0],
            8 * x if f is locked else [0.0, 1 - 2.8, 1.6],
            rtol=1e-12,
        )
