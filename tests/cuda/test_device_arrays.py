"""Arrays of a library like CuPy as values: the same gradients as with NumPy, on the device."""

import functools
import gc
import operator
import os
import subprocess
import sys

import fake
import numpy as np
import pytest
from device_programs import PROGRAMS, A, V

import zygcore as zg
from zygcore.errors import AdjointError, CotangentError, OutputError, UnsupportedError
from zygcore.interop import ElementLoopWarning, register

register(fake, fake.ndarray)


def moved(x, to):
    if isinstance(x, dict):
        return {k: moved(v, to) for k, v in x.items()}
    return to(x) if isinstance(x, (np.ndarray, fake.ndarray)) else x


def assert_same(got, expected):
    if isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key in expected:
            assert_same(got[key], expected[key])
        return
    assert type(got) is fake.ndarray
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(fake.asnumpy(got), expected, rtol=1e-12, atol=1e-14)


every_program = pytest.mark.parametrize("name", PROGRAMS)


@every_program
def test_gradients(name):
    f, x = PROGRAMS[name]
    expected = zg.gradient(lambda x: f(np, x), x)[0]
    y, got = zg.withgradient(lambda x: f(fake, x), moved(x, fake.asarray))
    assert_same(got[0], expected)
    np.testing.assert_allclose(fake.asnumpy(y), f(np, x), rtol=1e-13)


@every_program
def test_forward_mode(name):
    f, x = PROGRAMS[name]
    _, expected = zg.jvp(lambda x: f(np, x), (x,), (x,))
    on_device = moved(x, fake.asarray)
    _, got = zg.jvp(lambda x: f(fake, x), (on_device,), (on_device,))
    np.testing.assert_allclose(fake.asnumpy(got), expected, rtol=1e-11, atol=1e-13)


#: whose second derivative NumPy's rules have, too
SMOOTH = [name for name in PROGRAMS if name not in ("svd", "eigh", "network", "float", "item")]


@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivatives(name):
    f, x = PROGRAMS[name]

    def slope(xp, x):
        (dx,) = zg.gradient(lambda x: f(xp, x), x)
        return xp.sum(dx * dx)

    expected = zg.gradient(lambda x: slope(np, x), x)[0]
    got = zg.gradient(lambda x: slope(fake, x), fake.asarray(x))[0]
    if got is None:  # a zero for arrays of NumPy, in some cases
        assert expected is None or not np.any(expected)
    else:
        assert_same(got, expected)


def test_a_pullback_is_called_twice_with_cotangents_of_the_device():
    x = fake.asarray(A)
    y, back = zg.pullback(lambda x: fake.tanh(x) * x, x)
    dy = fake.asarray(np.arange(12.0).reshape(3, 4))
    first, second = back(dy)[0], back(dy)[0]
    assert type(y) is fake.ndarray and type(first) is fake.ndarray
    np.testing.assert_array_equal(fake.asnumpy(first), fake.asnumpy(second))
    expected = zg.pullback(lambda x: np.tanh(x) * x, A)[1](fake.asnumpy(dy))[0]
    np.testing.assert_allclose(fake.asnumpy(first), expected, rtol=1e-14)


def test_float32_stays():
    x = fake.asarray(V.astype(np.float32))
    (dx,) = zg.gradient(lambda x: fake.sum(fake.exp(x) * 2.0 / 3), x)
    assert dx.dtype == np.float32


def test_what_does_not_depend():
    x, y = fake.asarray(A), fake.asarray(V)
    assert zg.gradient(lambda x, y: y.sum(), x, y)[0] is None
    assert zg.gradient(lambda x: float(x.shape[0]) * 2, x) == (None,)
    assert zg.gradient(lambda x, k: x[0, 0] * k, x, 3)[1] == pytest.approx(A[0, 0])


@pytest.mark.parametrize("f, error, message", [
    (lambda x: x * 2, OutputError, "shape"),
    (lambda x: fake.sum(x * 1j), OutputError, "complex"),
    (lambda x: (x * np.ones(4)).sum(), TypeError, "host and of the device"),
    (lambda x: (np.ones(4) * x).sum(), TypeError, "host and of the device"),
    (lambda x: np.asarray(x).sum(), TypeError, "Implicit conversion"),
])  # fmt: skip
def test_errors(f, error, message):
    with pytest.raises(error, match=message):
        zg.gradient(f, fake.asarray(V))


def assigned(x):
    y = x * 2
    y[0] = x[1]
    return y.sum()


def assigned_to_a_constant(x):
    y = fake.zeros(4)
    y[0] = x[1]
    return y.sum()


def added_in_place(x):
    y = x * 2
    y += x
    return y.sum()


def added_to_a_constant(x):
    y = fake.zeros(4)
    y += x
    return y.sum()


@pytest.mark.parametrize(
    "f", [assigned, assigned_to_a_constant, added_in_place, added_to_a_constant]
)
def test_writing_is_refused(f):
    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(f, fake.asarray(V))


def helper(k):
    k[0] = 9.0


def added(k):
    k += 1.0


def within(k):
    list(map(helper, [k]))


@pytest.mark.parametrize("write", [helper, added, within])
def test_a_constant_that_is_overwritten(write):
    """The tape keeps it: what is there later is not what the derivative needs."""

    def f(x):
        k = fake.ones(4)
        y = (x * k).sum()
        write(k)
        return y

    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(f, fake.asarray(V))
    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(lambda x: zg.gradient(f, x)[0].sum(), fake.asarray(V))


def test_what_is_overwritten_before_a_pullback_is_called():
    """Constants, arguments and values: it sees what was there, and leaves what is there now."""
    k, x = fake.ones(4), fake.asarray(V.copy())
    y, back = zg.pullback(lambda x: fake.exp(x) * k, x)
    expected = np.exp(V)
    k[0], x[1], y[2] = 9.0, 9.0, 9.0
    now = [fake.asnumpy(a).copy() for a in (k, x, y)]
    for _ in range(2):
        np.testing.assert_allclose(fake.asnumpy(back(fake.ones(4))[0]), expected, rtol=1e-14)
    for a, b in zip((k, x, y), now, strict=True):
        np.testing.assert_array_equal(fake.asnumpy(a), b)


def test_views_of_what_is_overwritten_before_a_pullback_is_called():
    x = fake.asarray(V.copy())
    seen = {}

    def f(x):
        seen["y"] = fake.exp(x)
        return seen["y"][:2] * x[2:]

    _, back = zg.pullback(f, x)
    x[1:][...] = np.nan
    seen["y"][:1][...] = np.nan
    expected = np.concatenate([np.exp(V[:2]) * V[2:], np.exp(V[:2])])
    np.testing.assert_allclose(fake.asnumpy(back(fake.ones(2))[0]), expected, rtol=1e-14)


def test_parts_of_a_value_that_are_overwritten_before_a_pullback_is_called():
    """What is in a list is another object over the memory that the pullback needs."""
    y, back = zg.pullback(lambda x: {"a": [fake.exp(x), x * 2.0]}, fake.asarray(V.copy()))
    y["a"][0][...] = 0.0
    (dx,) = back({"a": [fake.ones(4), fake.ones(4)]})
    np.testing.assert_allclose(fake.asnumpy(dx), np.exp(V) + 2.0, rtol=1e-14)


def test_arrays_that_only_a_pullback_has_are_not_copied():
    from zygcore.interop import _snapshots

    copies = []
    copy = _snapshots.LibrarySnapshot.__init__
    with pytest.MonkeyPatch.context() as patch:
        noted = lambda self, array: (copies.append(array.shape), copy(self, array))[1]
        patch.setattr(_snapshots.LibrarySnapshot, "__init__", noted)
        zg.pullback(lambda x: fake.sum(fake.exp(fake.exp(x) * 2.0) * fake.exp(x)), fake.asarray(V))
    assert sorted(copies) == [(), (4,)]  # the argument and the value


@pytest.mark.parametrize("write", [helper, added, within])
def test_what_an_inner_pullback_keeps_is_not_overwritten(write):
    def f(x):
        k = fake.ones(4)
        _, back = zg.pullback(lambda z: fake.sum(z * k), fake.asarray(V))
        write(k)
        return (back(fake.ones(()))[0] * x).sum()

    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(f, fake.asarray(V))


def test_what_a_rule_of_a_user_keeps_is_not_overwritten():
    def tripled(x):
        return x * 3.0

    k = fake.asarray(np.full(4, 3.0))
    zg.adjoint(tripled)(lambda x: (tripled(x), lambda dy: (dy * k,)))

    def f(x):
        y = tripled(x).sum()
        k[0] = 9.0
        return y

    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(f, fake.asarray(V))


@pytest.mark.parametrize("shown", [lambda x, out: (x, out), lambda x, out: ((x, 3), [out])])
@pytest.mark.parametrize("kept", [False, True])
def test_kernels_that_nobody_knows(shown, kept):
    """What they write is followed no further; what a pullback keeps stays."""

    def f(x):
        out = fake.ones(4)
        y = fake.sum(x * out) if kept else 0.0
        fake.kernel(*shown(fake.ones(4) if kept else x, out))
        return y + out.sum()

    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(f, fake.asarray(V))


def test_a_constant_is_filled_before_it_is_used():
    def f(x):
        k = fake.zeros(4)
        k[1] = 2.0
        return (x * k).sum()

    (dx,) = zg.gradient(f, fake.asarray(V))
    np.testing.assert_array_equal(fake.asnumpy(dx), [0, 2, 0, 0])


@pytest.mark.parametrize("f", [
    lambda xp, x: (lambda m: m())(x.sum),
    lambda xp, x: (lambda m, args: m(*args))((x * x).sum, ()),
    lambda xp, x: (x * 2).dot(x),
    lambda xp, x: sum([m() for m in (x.mean, x.max)]),
    lambda xp, x: operator.methodcaller("sum")(x * x),
    lambda xp, x: operator.attrgetter("sum")(x * x)(),
])  # fmt: skip
def test_methods_that_are_called_later(f):
    """The array that a bound method is of is active, also where it is called."""
    assert_same(
        zg.gradient(lambda x: f(fake, x), fake.asarray(V))[0],
        zg.gradient(lambda x: f(np, x), V)[0],
    )


def test_jacobians_and_hessians():
    f = lambda xp, x, m: xp.tanh(m @ x) * x[:3]
    got = zg.jacobian(lambda x, m: f(fake, x, m), fake.asarray(V), fake.asarray(A))
    for one, expected in zip(got, zg.jacobian(lambda x, m: f(np, x, m), V, A), strict=True):
        assert_same(one, expected)
    g = lambda xp, x, m: xp.sum(xp.exp(m @ x) * x[0])
    got = zg.hessian(lambda x, m: g(fake, x, m), fake.asarray(V), fake.asarray(A))
    expected = zg.hessian(lambda x, m: g(np, x, m), V, A)
    for row, expected_row in zip(got, expected, strict=True):
        for one, known in zip(row, expected_row, strict=True):
            assert_same(one, known)
    h = lambda xp, x: xp.sum(xp.exp(x) * x[0])
    on_device = lambda x: h(fake, x)
    assert_same(
        zg.diaghessian(on_device, fake.asarray(V))[0], zg.diaghessian(lambda x: h(np, x), V)[0]
    )
    (dx,) = zg.gradient(lambda x: zg.forwarddiff(on_device, x), fake.asarray(V))
    assert_same(dx, zg.gradient(lambda x: h(np, x), V)[0])
    mixed = zg.hessian(lambda d: on_device(d["x"]) * d["k"], {"x": fake.asarray(V), "k": 2.0})
    assert_same(mixed["k"]["x"], zg.gradient(lambda x: h(np, x), V)[0])
    with pytest.raises(OutputError, match="complex"):
        zg.jacobian(lambda x: x * 1j, fake.asarray(V))


WRITERS = {
    "fill": lambda k, v: k.fill(v),
    "copyto": lambda k, v: fake.copyto(k, v),
    "__setitem__": lambda k, v: k.__setitem__(0, v),
    "put": lambda k, v: k.put([0, 1], [v, v]),
}


@pytest.mark.parametrize("name", WRITERS)
def test_functions_that_write(name):
    """Constants into a constant, as long as no pullback needs what was there; nothing else."""
    write = WRITERS[name]

    def before(x):
        k = fake.zeros(4)
        write(k, 2.0)
        return (x * k).sum()

    def after(x):
        k = fake.zeros(4)
        y = (x * k).sum()
        write(k, 2.0)
        return y

    def active(x):
        k = fake.zeros(4)
        write(k, x[0])
        return k.sum()

    k = np.zeros(4)
    {"fill": k.fill, "copyto": lambda v: np.copyto(k, v)}.get(name, lambda v: k.put([0], v))(2.0)
    if name == "put":
        k[1] = 2.0
    np.testing.assert_array_equal(fake.asnumpy(zg.gradient(before, fake.asarray(V))[0]), k)
    for f in (after, active):
        with pytest.raises(UnsupportedError, match="make a new array"):
            zg.gradient(f, fake.asarray(V))


def alias_written(x):
    k = fake.ones(4)
    view = k[1:]
    y = (x * k).sum()
    view[0] = 9.0
    return y


def index_written(x):
    i = fake.asarray(np.array([0, 2]))
    y = x[i]
    i[0] = 1
    return (y * y).sum()


@pytest.mark.parametrize("f", [alias_written, index_written])
def test_what_is_overwritten_by_another_name(f):
    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(f, fake.asarray(V))


def changed_list(x):
    xs = [x * 1.0, fake.ones(4)]
    y = fake.concatenate(xs)
    xs[0] = fake.ones(7)
    xs.reverse()
    return (y * y).sum()


def changed_index(x):
    i = [0, 1, 2, 3]
    y = x[i]
    i[0] = 1
    return (y * y).sum()


@pytest.mark.parametrize("f", [changed_list, changed_index])
def test_lists_that_change_later(f):
    (dx,) = zg.gradient(f, fake.asarray(V))
    np.testing.assert_allclose(fake.asnumpy(dx), 2 * V, rtol=1e-14)
    (twice,) = zg.gradient(lambda x: (zg.gradient(f, x)[0] ** 2).sum(), fake.asarray(V))
    np.testing.assert_allclose(fake.asnumpy(twice), 8 * V, rtol=1e-14)


def test_einsum_into_an_array():
    def f(x):
        out = fake.zeros(3)
        fake.einsum("ij->i", x, out=out)
        return out.sum()

    with pytest.raises((AdjointError, UnsupportedError), match="out"):
        zg.gradient(f, fake.asarray(A))


def test_nothing_leaks():
    def rounds(n):
        for _ in range(n):
            y, back = zg.pullback(lambda x: fake.sum(fake.exp(x) * x), fake.asarray(V))
            back(fake.ones(()))
            zg.gradient(lambda x: fake.sum(fake.exp(x) * x), fake.asarray(V))
            zg.hessian(lambda x: fake.sum(x * x), fake.asarray(V[:2]))
        gc.collect()
        return sum(type(x) is fake.ndarray for x in gc.get_objects())

    rounds(2)
    before = sys.getallocatedblocks(), rounds(1)
    after = sys.getallocatedblocks(), rounds(20)
    assert after[1] <= before[1] and after[0] - before[0] < 200


def test_what_has_no_rule_is_an_error():
    with pytest.raises(AdjointError):
        zg.gradient(lambda x: x._array.sum(), fake.asarray(V))


TRANSFERS = {
    "to the host": (lambda x: np.sin(fake.asnumpy(x)), fake.asarray),
    "method": (lambda x: np.sin(x.get()), fake.asarray),
    "to the device": (lambda x: fake.sin(fake.asarray(x)), np.array),
    "copied": (lambda x: fake.sin(fake.array(x)), np.array),
    "there and back": (lambda x: np.sin(fake.asnumpy(fake.asarray(x) * 1.0)), np.array),
    "back and there": (lambda x: fake.sin(fake.asarray(fake.asnumpy(x) * 1.0)), fake.asarray),
}


@pytest.mark.parametrize("name", TRANSFERS)
def test_transfers(name):
    """A cotangent is where its primal is."""
    f, put = TRANSFERS[name]
    x, dy, numbers = put(V), np.cos(np.arange(4.0)), lambda x: np.asarray(moved_back(x))
    y, back = zg.pullback(f, x)
    there = fake.asarray if isinstance(y, fake.ndarray) else np.array
    np.testing.assert_array_equal(numbers(y), np.sin(V))
    (dx,) = back(there(dy))
    assert type(dx) is type(x)
    np.testing.assert_allclose(numbers(dx), np.cos(V) * dy, rtol=1e-15)
    _, tangent = zg.jvp(f, (x,), (put(dy),))
    assert type(tangent) is type(y)
    np.testing.assert_allclose(numbers(tangent), np.cos(V) * dy, rtol=1e-15)
    slope, twice = zg.pullback(lambda x: zg.pullback(f, x)[1](there(dy))[0], x)
    (ddx,) = twice(put(np.ones(4)))
    assert type(slope) is type(ddx) is type(x)
    np.testing.assert_allclose(numbers(ddx), -np.sin(V) * dy, rtol=1e-15)


def moved_back(x):
    return fake.asnumpy(x) if isinstance(x, fake.ndarray) else x


def test_transfers_keep_the_precision():
    x = V.astype(np.float32)
    (dx,) = zg.gradient(lambda x: fake.sum(fake.asarray(x, float) ** 2), x)
    assert type(dx) is np.ndarray and dx.dtype == np.float32
    (dx,) = zg.gradient(lambda x: np.sum(x.get() ** 2), fake.asarray(x))
    assert type(dx) is fake.ndarray and dx.dtype == np.float32
    assert zg.gradient(lambda x: fake.asarray(x, int).sum() * 1.0 + 0 * x[0], V)[0].any() == 0


SPLIT = {
    "unpacked shape": lambda xp, x: x.reshape(*(2, 2)).sum(axis=0)[0] ** 2,
    "in a variable": lambda xp, x: (lambda total: total() * total())(x.sum),
    "by name": lambda xp, x: getattr(x, "su" + "m")() ** 2,
    "special": lambda xp, x: xp.sum(x.__mul__(x) + x.__rsub__(1.0) + x.__neg__()),
    "mapped": lambda xp, x: sum(map(x.__getitem__, [0, 2])) ** 2,
    "partial": lambda xp, x: functools.partial(x.sum, axis=0)() ** 2,
}


@pytest.mark.parametrize("name", SPLIT)
def test_bound_methods(name):
    """A method that is not called at once is of the array all the same."""
    f = SPLIT[name]
    expected = zg.gradient(lambda x: f(np, x), V)[0]
    assert_same(zg.gradient(lambda x: f(fake, x), fake.asarray(V))[0], expected)


@pytest.mark.parametrize("name", ["unique", "percentile", "histogram", "delete"])
def test_functions_without_a_rule(name):
    """They are not looked into: their values are right, a gradient is an error."""
    options = {"percentile": [30], "delete": [[0]]}.get(name, [])
    f = getattr(fake, name)
    with pytest.raises(AdjointError, match=f"derivative of fake.{name}, "):
        zg.gradient(lambda x: fake.sum(first(f(x, *options))), fake.asarray(V))


def first(y):
    return y[1] if isinstance(y, tuple) else y


def test_draws():
    """They are constants; parameters have no gradient yet."""
    noise = lambda x: fake.sum(x * fake.random.normal(size=4))
    (dx,) = zg.gradient(noise, fake.asarray(V))
    assert type(dx) is fake.ndarray and np.all(dx._array != 0)
    for f in (
        lambda x: fake.random.normal(x, 1.0),
        lambda x: fake.random.gamma(x * x),
        lambda x: fake.random.permutation(x),
    ):
        with pytest.raises(AdjointError, match="derivative of fake.random"):
            zg.gradient(lambda x, f=f: fake.sum(f(x)), fake.asarray(V))


CHANGING = {
    "copyto": lambda y, x: fake.copyto(y, x),
    "place": lambda y, x: fake.place(y, x > 0, x),
    "put": lambda y, x: fake.put(y, [0], x[:1]),
    "fill": lambda y, x: y.fill(x[0]),
    "sort": lambda y, x: y.sort(),
    "setitem": lambda y, x: y.__setitem__(0, x[0]),
}


@pytest.mark.parametrize("name", CHANGING)
def test_functions_that_write_are_refused(name):
    def f(x):
        y = x * 1.0
        CHANGING[name](y, x)
        return fake.sum(y)

    with pytest.raises(UnsupportedError, match="make a new array"):
        zg.gradient(f, fake.asarray(V))


def test_a_cotangent_of_the_host():
    back = zg.pullback(lambda x: fake.tanh(x), fake.asarray(V))[1]
    with pytest.raises((TypeError, CotangentError)):
        back(np.ones(4))


def test_loops_over_elements_warn_once():
    def f(x):
        return sum(v * v for v in x)

    from zygcore.interop import _protocols

    _protocols._warned.clear()
    with pytest.warns(ElementLoopWarning, match="functions of whole arrays") as caught:
        (dx,) = zg.gradient(f, fake.asarray(V))
        zg.gradient(f, fake.asarray(V))
    assert len(caught) == 1
    np.testing.assert_allclose(fake.asnumpy(dx), 2 * V)


def test_sums_of_cotangents_are_made_by_kernels():
    from zygcore.cuda import _backend

    before = _backend.kernels().counters()["launches"]
    (dx,) = zg.gradient(lambda x: fake.sum(x * x), fake.asarray(V))
    np.testing.assert_allclose(fake.asnumpy(dx), 2 * V)
    assert _backend.kernels().counters()["launches"] == before + 1


def test_rules_for_other_arrays_stay():
    """In a process of its own: no rule of a function of NumPy's is touched."""
    code = """
import numpy as np, zygcore as zg
from zygcore.rules.registry import RULES
import fake
look = lambda: {k: (r.kind, r.function, [c[1] for c in r.cases]) for k, r in RULES.items()}
before = look()
import zygcore.interop
zygcore.interop.register(fake, fake.ndarray)
for key, rule in before.items():
    kind, function, cases = look()[key]
    assert (kind, function) == rule[:2], key
    for case in cases:
        assert case in rule[2] or fake.ndarray in case.__annotations__.values(), (key, case)
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)


def test_registering_twice_and_wrongly():
    register(fake, fake.ndarray)
    with pytest.raises(TypeError, match="class"):
        register(fake, fake.asarray)
