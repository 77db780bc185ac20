"""Forward mode: `jvp`, `pushforward`, `forwarddiff`, rules of forward mode."""

import cmath
import math
import operator
import threading
from collections import namedtuple
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, TangentError

Pair = namedtuple("Pair", "x y")


def pow_(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


def slope(f, x, v=1.0):
    """The tangent alone."""
    return zg.jvp(f, (x,), (v,))[1]


def same(got, expected):
    """Equal, with the same types and dtypes."""
    assert type(got) is type(expected)
    if isinstance(expected, (list, tuple)):
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            same(a, b)
    elif isinstance(expected, dict):
        assert list(got) == list(expected)
        for key in expected:
            same(got[key], expected[key])
    elif isinstance(expected, zg.Grad):
        same(vars(got), vars(expected))
    elif isinstance(expected, np.ndarray):
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)
    else:
        assert got == expected


# ---------------------------------------------------------------------- what is specified


def test_forwarddiff_of_a_power():
    assert zg.gradient(lambda x: zg.forwarddiff(lambda x: pow_(x, 2), x), 5) == (10,)


def test_forwarddiff_drops_what_is_captured():
    f = lambda a, b: zg.forwarddiff(lambda a: a * b, a)
    assert zg.gradient(f, 2, 3) == (3, None)


def test_forwarddiff_with_everything_passed():
    f = lambda a, b: zg.forwarddiff(lambda ab: ab[0] * ab[1], [a, b])
    assert zg.gradient(f, 2, 3) == (3, 2)


def test_forwarddiff_runs_the_function():
    assert zg.forwarddiff(lambda x: x * 2, 3) == 6


def test_jvp_of_sin():
    assert zg.jvp(math.sin, (0.5,), (1.0,)) == (math.sin(0.5), math.cos(0.5))
    assert zg.jvp(np.sin, (0.5,), (2.0,)) == (np.sin(0.5), 2 * np.cos(0.5))


# ------------------------------------------------------------------- the form of tangents


FORMS = {
    "int": (lambda x: x**3, 5, 1, 75),
    "large int": (lambda x: x * x, 10**20, 1, 2 * 10**20),
    "int of a sum": (lambda x: (x + 1) * (x - 1), 7, 2, 28),
    "float": (lambda x: x * x, 3.0, 0.5, 3.0),
    "an int as the tangent of a float": (lambda x: x * x, 3.0, 1, 6.0),
    "complex": (lambda z: z * z, 1 + 2j, 1j, 2 * (1 + 2j) * 1j),
    "absolute value of complex": (abs, 3 + 4j, 1 + 1j, 1.4),
    "real part": (lambda z: z.real * 2, 1 + 2j, 3 + 5j, 6.0),
    "complex of real": (lambda x: x * 1j, 2.0, 1.0, 1j),
    "float32": (lambda x: x * x, np.float32(3), np.float32(1), np.float32(6)),
    "float64": (lambda x: x * x, np.float64(3), 1.0, np.float64(6)),
    "fraction": (lambda x: x * x / 3, Fraction(1, 2), Fraction(1), Fraction(1, 3)),
    "array": (lambda a: a * a, np.array([1.0, 2.0]), np.array([1.0, 0.5]), np.array([2.0, 2.0])),
    "array of float32": (
        lambda a: a * a,
        np.ones(2, np.float32),
        np.array([1.0, 0.5]),
        np.array([2, 1], np.float32),
    ),
    "array of complex": (
        lambda a: a * 1j,
        np.array([1 + 1j]),
        np.array([2.0]),
        np.array([2j]),
    ),
    "array of integers": (
        lambda a: a * a,
        np.array([1, 2]),
        np.array([1.0, 0.5]),
        np.array([2.0, 2.0]),
    ),
    "array without axes": (lambda a: np.negative(a), np.array(2.0), 3.0, np.float64(-3)),
    "view of an array without axes": (
        lambda a: np.reshape(a, 1),
        np.array(2.0),
        3.0,
        np.array([3.0]),
    ),
    "empty array": (lambda a: a * 2, np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3))),
    "sum of nothing": (lambda a: a.sum(), np.zeros(0), np.zeros(0), np.float64(0)),
    "list": (lambda a: [a[0] * a[1], a[1]], [2.0, 3.0], [1.0, None], [3.0, 0.0]),
    "tuple": (lambda a: (a[0] * a[1], 7, a), (2.0, 3.0), (1.0, 2.0), (7.0, None, (1.0, 2.0))),
    "dict": (
        lambda d: {"y": d["a"] * d["b"], "c": "text"},
        {"a": 2.0, "b": 3.0},
        {"a": 1.0, "b": None},
        {"y": 3.0, "c": None},
    ),
    "nested": (
        lambda a: {"all": [a[0][0] * a[1]["w"]]},
        [(2.0,), {"w": np.array([1.0, 2.0])}],
        [(1.0,), {"w": None}],
        {"all": [np.array([1.0, 2.0])]},
    ),
    "named tuple": (
        lambda p: p.x * p.y,
        Pair(2.0, 3.0),
        zg.Grad(x=1.0, y=None),
        3.0,
    ),
    "a named tuple as the tangent of one": (
        lambda p: p.x * p.y,
        Pair(2.0, 3.0),
        Pair(0.0, 1.0),
        2.0,
    ),
    "value that is a named tuple": (
        lambda x: Pair(x, 2 * x),
        3.0,
        1.0,
        zg.Grad(x=1.0, y=2.0),
    ),
    "object": (
        lambda p: p.a * p.b,
        SimpleNamespace(a=2.0, b=3.0),
        zg.Grad(a=1.0, b=1.0),
        5.0,
    ),
    "value that is an object": (
        lambda x: SimpleNamespace(a=x, b=[x * x], c="name"),
        3.0,
        1.0,
        zg.Grad(a=1.0, b=[6.0], c=None),
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_form(name):
    f, x, v, expected = FORMS[name]
    value, dy = zg.jvp(f, (x,), (v,))
    if not isinstance(value, SimpleNamespace):
        same(value, f(x))
    same(dy, expected)


def test_functions_have_tangents():
    def line(w):
        return lambda x: w * x

    apply = lambda f, x: f(x)
    assert zg.jvp(apply, (line(2.0), 3.0), (zg.Grad(w=1.0), None)) == (6.0, 3.0)
    assert zg.jvp(apply, (line(2.0), 3.0), (zg.Grad(w=1.0), 1.0)) == (6.0, 5.0)


def test_one_array_in_two_places():
    """As in reverse mode: each place is a variable of its own."""
    a, v, w = np.array([1.0, 2.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0])
    for f, primals, pair in [
        (lambda l: (l[0] * l[1]).sum(), ([a, a],), ([v, w],)),
        (lambda p, q: (p * q).sum(), (a, a), (v, w)),
    ]:
        grads = zg.gradient(f, *primals)
        grads = grads[0] if len(primals) == 1 else grads
        tangents = pair[0] if len(pair) == 1 else pair
        expected = sum(g @ t for g, t in zip(grads, tangents, strict=True))
        assert zg.jvp(f, primals, pair) == (5.0, expected)


def test_one_list_in_two_places():
    inner = [2.0]
    f = lambda l: l[0][0] * l[1][0]
    assert zg.gradient(f, [inner, inner]) == ([[4.0], [4.0]],)
    assert zg.jvp(f, ([inner, inner],), ([[1.0], None],)) == (4.0, 4.0)


@pytest.mark.parametrize("value", [None, "text", b"bytes", True, 3, 2.5, (), [], {}])
def test_values_that_do_not_depend_on_anything(value):
    y, dy = zg.jvp(lambda x: value, (1.0,), (1.0,))
    assert y is value and dy is None


@pytest.mark.parametrize("f", [str, repr, lambda x: x > 0, lambda x: f"{x:.2f}".encode()])
def test_text_and_truth_have_no_tangents(f):
    y, dy = zg.jvp(f, (1.5,), (1.0,))
    assert y == f(1.5) and dy is None


def test_no_tangent_is_zero():
    assert zg.jvp(operator.mul, (2.0, 3.0), (None, 1.0)) == (6.0, 2.0)
    assert zg.jvp(lambda x: x * x, (3.0,), (None,)) == (9.0, 0.0)
    assert zg.jvp(lambda a: a * 2, (np.ones(2),), (None,))[1] is None


def test_not_a_number_goes_through():
    assert math.isnan(slope(lambda x: x * 2, 1.0, math.nan))
    assert slope(lambda x: x * 2, 1.0, math.inf) == math.inf


def test_pushforward():
    push = zg.pushforward(operator.mul, 2.0, 3.0)
    assert push(1.0, 0.0) == 3.0
    assert push(0.0, 1.0) == 2.0
    assert push(1.0, 0.0) == 3.0


def test_the_tangent_belongs_to_the_caller():
    a, v = np.ones(3), np.array([1.0, 2.0, 3.0])
    for f in (lambda a: a, lambda a: a[:], lambda a: np.asarray(a), lambda a: [a, a]):
        _, dy = zg.jvp(f, (a,), (v,))
        for part in dy if isinstance(dy, list) else [dy]:
            assert not np.shares_memory(part, v)
            part[:] = 7
        np.testing.assert_array_equal(v, [1, 2, 3])
        assert a.tolist() == [1, 1, 1]


# ---------------------------------------------------------------------------------- errors


BAD_TANGENTS = {
    "another shape": (np.ones(2), np.ones(3), "shape"),
    "a list for an array": (np.ones(2), ["a", "b"], "dtype"),
    "an array for a number": (1.0, np.ones(3), "number"),
    "text for a number": (1.0, "text", "number"),
    "an object for a number": (1.0, object(), "number"),
    "a list for a number": (1.0, [1.0], "number"),
    "complex for real": (1.0, 1j, "complex"),
    "complex for a real array": (np.ones(2), np.ones(2) * 1j, "complex"),
    "complex for a NumPy number": (np.float64(1), 1j, "complex"),
    "text has no tangent": ("text", 1.0, "not differentiable"),
    "a truth value has no tangent": (True, 1.0, "not differentiable"),
    "nothing has no tangent": (None, 1.0, "not differentiable"),
    "an array of truth values": (np.array([True]), np.ones(1), "not differentiable"),
    "too short a list": ([1.0, 2.0], [1.0], "structure"),
    "a number for a list": ([1.0, 2.0], 1.0, "structure"),
    "another key": ({"a": 1.0}, {"b": 1.0}, "structure"),
    "another field": (SimpleNamespace(a=1.0), zg.Grad(b=1.0), "structure"),
    "inside of a list": ([1.0, np.ones(2)], [1.0, np.ones(3)], r"primal 0\[1\]"),
    "inside of a dict": ({"a": {"b": 1.0}}, {"a": {"b": "x"}}, r"primal 0\['a'\]\['b'\]"),
    "inside of an object": (SimpleNamespace(a=1.0), zg.Grad(a="x"), r"primal 0\.a"),
}


@pytest.mark.parametrize("name", BAD_TANGENTS)
def test_tangents_that_do_not_fit(name):
    x, v, message = BAD_TANGENTS[name]
    with pytest.raises(TangentError, match=message):
        zg.jvp(lambda x: x, (x,), (v,))
    with pytest.raises(TangentError, match=message):
        zg.gradient(lambda t: zg.jvp(lambda x: (x, t), (x,), (v,))[0][1], 1.0)


def test_a_tangent_for_each_primal():
    with pytest.raises(TangentError, match="1 tangents were given for 2 primals"):
        zg.jvp(operator.mul, (1.0, 2.0), (1.0,))
    with pytest.raises(TangentError, match="tuple"):
        zg.jvp(math.sin, 0.5, 1.0)
    with pytest.raises(TypeError, match="not callable"):
        zg.jvp(3, (1.0,), (1.0,))


def unknown(x):
    """A derivative that nobody knows."""
    return math.nextafter(x, 2.0)


def test_what_is_not_known_is_an_error_only_where_it_counts():
    table = {}

    def f(x):
        table["noted"] = hash(x) + len(str(x))
        digits = float(str(x))
        return x * x, digits

    assert zg.jvp(lambda x: f(x)[0], (3.0,), (1.0,)) == (9.0, 6.0)
    with pytest.raises(AdjointError, match="str"):
        zg.jvp(f, (3.0,), (1.0,))
    with pytest.raises(AdjointError, match="str"):
        zg.jvp(lambda x: f(x)[1] * 2 + x, (3.0,), (1.0,))


def test_the_error_names_the_line():
    with pytest.raises(AdjointError, match="test_forward.py"):
        zg.jvp(lambda x: float(str(x)), (3.0,), (1.0,))


def test_errors_of_pullbacks_that_are_not_needed():
    """All that was recorded is pushed forward; what fails is asked for, or it is no error."""
    a = DIAGONAL

    def f(a, x):
        values, vectors = np.linalg.eigh(a)
        return x * x, vectors

    assert zg.jvp(lambda a, x: f(a, x)[0], (a, 3.0), (a, 1.0)) == (9.0, 6.0)
    with pytest.raises(AdjointError, match="(?s)phases.*Use reverse mode"):
        zg.jvp(lambda a, x: f(a, x)[1], (a, 3.0), (a, 1.0))


def test_an_exception_leaves_nothing_behind():
    def fails(x):
        y = [x * x]
        raise ValueError(y)

    for _ in range(3):
        with pytest.raises(ValueError):
            zg.jvp(fails, (2.0,), (1.0,))
        assert slope(lambda x: x * x, 3.0) == 6.0


def test_exceptions_half_way():
    def f(x):
        total = 0.0
        for i in range(5):
            try:
                total = total + x * i
                if i == 3:
                    raise KeyError(total)
            except KeyError as error:
                total = total * error.args[0]
        return total

    assert zg.jvp(f, (2.0,), (1.0,)) == (f(2.0), 2 * 36 * 2.0 + 4)


# ------------------------------------------------------------------------------- programs


def test_complex_functions():
    z, v = 0.3 + 0.4j, 1.0 - 0.5j
    assert zg.jvp(cmath.exp, (z,), (v,))[1] == pytest.approx(cmath.exp(z) * v, rel=1e-15)
    assert zg.jvp(np.conj, (z,), (v,))[1] == np.conj(v)
    got = zg.jvp(lambda x: np.imag(np.exp(1j * x)), (0.5,), (1.0,))[1]
    assert got == pytest.approx(math.cos(0.5), rel=1e-15) and not np.iscomplexobj(got)


def writes(a):
    a[1:] *= 2
    a[0] = a[1] * a[2]
    return a.sum()


def saved(a):
    """What a pullback keeps is overwritten later."""
    y = np.exp(a)
    z = (y * y).sum()
    y[:] = 0
    return z + y.sum()


def masked(a):
    b = np.array(a)
    b[b > 1.5] = 0.5 * a.sum()
    b[[0, 0, 1]] = a[:3] * 2
    return (b**2).sum()


def through_views(a):
    b = a.reshape(2, 2)
    c = b.T
    c[0] = c[1] * c[0]
    a[3] = 1.0
    return (a * np.arange(4.0)).sum() + b[1, 0]


def out_arguments(a):
    out = np.empty_like(a)
    np.multiply(a, a, out=out)
    np.add(out, a, out=out)
    out -= out[::-1]
    return out[0] * out[1] + out[-1]


def by_element(a):
    b = np.zeros(len(a))
    for i in range(len(a)):
        b[i] = a[i] * (b[i - 1] if i else 1.0)
        b[0] += a[i]
    return b[0] * b[-1]


def repeated(a):
    b = np.zeros(2)
    np.add.at(b, [0, 1, 0, 1], a)
    return b[0] * b[1]


def of_overwritten_input(a):
    first = a[0] * 1.0
    a[0] = 3.0
    a += a
    return first * a[1] + a[0]


IN_PLACE = [
    writes,
    saved,
    masked,
    through_views,
    out_arguments,
    by_element,
    repeated,
    of_overwritten_input,
]


@pytest.mark.parametrize("f", IN_PLACE)
def test_writes_in_place(f):
    a, v = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.3, -0.7, 0.2, 1.1])
    plain = a.copy()
    expected_value = f(plain)
    h = 1e-5
    difference = (f(a + h * v) - f(a - h * v)) / (2 * h)
    mine = a.copy()
    y, dy = zg.jvp(f, (mine,), (v,))
    assert y == expected_value
    np.testing.assert_array_equal(mine, plain)
    assert dy == pytest.approx(difference, rel=1e-8)
    assert dy == pytest.approx(zg.gradient(f, a.copy())[0] @ v, rel=1e-13)


def test_generators():
    def squares(xs):
        for x in xs:
            got = yield x * x
            if got:
                yield got * x

    def f(x):
        g = squares([x, 2 * x])
        total = next(g) + g.send(x * x)
        return total + sum(g)

    assert zg.jvp(f, (3.0,), (1.0,)) == (f(3.0), 2 * 3 + 3 * 9 + 8 * 3)


def test_deep_recursion():
    def down(x, n):
        return x if n == 0 else down(x * 1.001, n - 1) + x

    y, dy = zg.jvp(down, (2.0, 800), (1.0, None))
    assert y == down(2.0, 800)
    assert dy == pytest.approx(y / 2.0, rel=1e-12)


def test_threads():
    found = {}

    def work(k):
        def f(x):
            for _ in range(300):
                x = x + 1e-3 * math.sin(x) * k
            return x

        found[k] = zg.jvp(f, (0.5,), (1.0,)), zg.gradient(f, 0.5)[0]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 8
    for (_, dy), g in found.values():
        assert dy == pytest.approx(g, rel=1e-12)


def test_a_second_use_gives_the_same():
    f = lambda a: np.linalg.solve(a @ a.T + np.eye(3), a[0])
    a = np.arange(9.0).reshape(3, 3)
    one, two = [zg.jvp(f, (a,), (np.ones((3, 3)),))[1] for _ in range(2)]
    assert one.tobytes() == two.tobytes()


# ---------------------------------------------------------------------------------- rules


def test_the_trace_is_no_special_case():
    """The pullback of `eigvals` has a quick way for equal cotangents."""
    rng = np.random.default_rng(0)
    for f in (np.linalg.eigvals, lambda a: np.poly(a), lambda a: np.roots(a[0])):
        a, v, h = rng.standard_normal((4, 4)), rng.standard_normal((4, 4)), 1e-6
        expected = (f(a + h * v) - f(a - h * v)) / (2 * h)
        np.testing.assert_allclose(zg.jvp(f, (a,), (v,))[1], expected, rtol=1e-6, atol=1e-8)


def test_ties_as_in_reverse_mode():
    a, v = np.ones(2), np.array([1.0, 0.0])
    for f in (np.max, np.min, lambda a: np.maximum(a[0], a[1]), lambda a: np.sort(a)[0]):
        assert zg.jvp(f, (a,), (v,))[1] == zg.gradient(f, a)[0] @ v


def test_users_adjoint_in_forward_mode():
    def sin_(x):
        return math.sin(x)

    @zg.adjoint(sin_)
    def _(x):
        return math.sin(x), lambda dy: (dy * math.cos(x),)

    assert zg.jvp(sin_, (0.5,), (2.0,)) == (math.sin(0.5), 2 * math.cos(0.5))
    assert zg.hessian(sin_, 0.5) == pytest.approx(-math.sin(0.5), rel=1e-15)


def test_adjoint_of_several_values():
    def both(x, y):
        return x * y, {"sum": x + y, "note": "text"}

    @zg.adjoint(both)
    def _(x, y):
        def back(dz):
            product, rest = dz
            dx = dy = 0.0
            if product is not None:
                dx, dy = product * y, product * x
            if rest is not None and rest["sum"] is not None:
                dx, dy = dx + rest["sum"], dy + rest["sum"]
            return dx, dy

        return (x * y, {"sum": x + y, "note": "text"}), back

    y, dy = zg.jvp(both, (2.0, 3.0), (1.0, 10.0))
    assert y == (6.0, {"sum": 5.0, "note": "text"})
    assert dy == (23.0, {"sum": 11.0, "note": None})


def test_an_adjoint_that_fails_shows_the_line():
    def broken(x):
        return x * 2

    @zg.adjoint(broken)
    def _(x):
        return x * 2, lambda dy: 0 // 0

    with pytest.raises(ZeroDivisionError) as info:
        zg.jvp(lambda x: broken(x) + 1, (1.0,), (1.0,))
    text = "".join(getattr(info.value, "__notes__", []))
    frames = [entry.path for entry in info.traceback]
    assert "test_forward" in text or any("test_forward" in str(p) for p in frames)
    assert zg.jvp(lambda x: (broken(x), x)[1], (1.0,), (1.0,)) == (1.0, 1.0)


def make_cube():
    def cube(x, scale=1.0):
        return scale * x**3

    calls = []

    @zg.tangent(cube)
    def _(primals, tangents, scale=1.0):
        (x,), (v,) = primals, tangents
        calls.append(scale)
        return scale * x**3, scale * 3 * x * x * v

    return cube, calls


def test_tangent_rule():
    cube, calls = make_cube()
    assert zg.jvp(cube, (2.0,), (1.5,)) == (8.0, 18.0)
    assert calls
    assert zg.gradient(cube, 2.0) == (12.0,)
    assert zg.pullback(cube, 2.0)[1](2.0) == (24.0,)


def test_tangent_rule_with_options():
    cube, calls = make_cube()
    f = lambda x: cube(x, scale=5.0)
    assert zg.jvp(f, (2.0,), (1.0,)) == (40.0, 60.0)
    assert zg.gradient(f, 2.0) == (60.0,)
    assert set(calls) == {5.0}


def test_tangent_rule_nested():
    cube, _ = make_cube()
    D = lambda f: lambda x: zg.gradient(f, x)[0]
    F = lambda f: lambda x: zg.jvp(f, (x,), (1.0,))[1]
    for first in (D, F):
        for second in (D, F):
            assert first(second(cube))(2.0) == 12.0
            for third in (D, F):
                assert third(first(second(cube)))(2.0) == 6.0


def test_tangent_rule_of_arrays():
    def outer(a, b):
        return np.outer(a, b)

    @zg.tangent(outer)
    def _(primals, tangents):
        (a, b), (da, db) = primals, tangents
        return np.outer(a, b), np.outer(da, b) + np.outer(a, db)

    rng = np.random.default_rng(0)
    a, b, w = rng.standard_normal(2), rng.standard_normal(3), rng.standard_normal((2, 3))
    zg.testing.check_adjoint(outer, a, b, single=False)
    da, db = zg.gradient(lambda a, b: np.sum(w * outer(a, b)), a, b)
    np.testing.assert_allclose(da, w @ b, rtol=1e-14)
    np.testing.assert_allclose(db, a @ w, rtol=1e-14)


def test_tangent_and_adjoint_together():
    used = []

    def twice(x):
        return 2 * x

    @zg.tangent(twice)
    def _(primals, tangents):
        used.append("tangent")
        return 2 * primals[0], 2 * tangents[0]

    @zg.adjoint(twice)
    def _(x):
        used.append("adjoint")
        return 2 * x, lambda dy: (2 * dy,)

    assert zg.gradient(twice, 1.0) == (2.0,) and set(used) == {"adjoint"}
    used.clear()
    assert zg.jvp(twice, (1.0,), (1.0,)) == (2.0, 2.0) and set(used) == {"tangent"}


def test_tangent_rule_must_return_a_pair():
    def f(x):
        return x

    @zg.tangent(f)
    def _(primals, tangents):
        return primals[0]

    with pytest.raises(zg.errors.RuleError, match="tangent"):
        zg.jvp(f, (1.0,), (1.0,))


# ------------------------------------------------------------------------------ forwarddiff


def test_forwarddiff_of_structures():
    def f(p):
        return p["a"] * np.sum(p["w"][0] ** 2) + p["n"] * p["w"][1]

    p = {"a": 2.0, "w": [np.array([1.0, 3.0]), 5.0], "n": 4, "name": "text"}
    got = zg.gradient(lambda p: zg.forwarddiff(f, p), p)[0]
    expected = zg.gradient(f, p)[0]
    assert got["a"] == expected["a"] and got["n"] == expected["n"] and got["name"] is None
    np.testing.assert_array_equal(got["w"][0], expected["w"][0])
    assert got["w"][1] == expected["w"][1]


def test_forwarddiff_of_arrays():
    rng = np.random.default_rng(0)
    w, a = rng.standard_normal((3, 4)), rng.standard_normal((2, 3))
    f = lambda a: np.tanh(a @ w)
    c = rng.standard_normal((2, 4))
    got = zg.gradient(lambda a: np.sum(c * zg.forwarddiff(f, a)), a)[0]
    np.testing.assert_allclose(got, zg.gradient(lambda a: np.sum(c * f(a)), a)[0], rtol=1e-13)


def test_forwarddiff_of_several_values():
    def f(x):
        return {"square": x * x, "parts": [x * 3, np.array([x, 2 * x])]}

    def total(x):
        out = zg.forwarddiff(f, x)
        return out["square"] * 2 + out["parts"][0] + out["parts"][1][1]

    assert zg.gradient(total, 4.0) == (16.0 + 3 + 2,)


def test_forwarddiff_nested():
    f = lambda x: zg.forwarddiff(lambda x: x**3, x)
    D = lambda f: lambda x: zg.gradient(f, x)[0]
    F = lambda f: lambda x: zg.jvp(f, (x,), (1.0,))[1]
    assert D(f)(2.0) == 12.0
    assert F(f)(2.0) == 12.0
    for first in (D, F):
        for second in (D, F):
            assert first(second(f))(2.0) == 12.0


def test_forwarddiff_refuses_complex():
    with pytest.raises(zg.errors.OutputError, match="complex"):
        zg.gradient(lambda z: abs(zg.forwarddiff(lambda z: z * z, z)), 1 + 1j)


def test_forwarddiff_without_numbers():
    assert zg.gradient(lambda x: x * zg.forwarddiff(len, "text"), 2.0) == (4.0,)


# ---------------------------------------------------------- values that are known in part


#: no component tells which phases LAPACK gives to its eigenvectors
DIAGONAL = np.diag([2.0, 1.0]) + 0j


@pytest.mark.parametrize("f", [np.linalg.eigh, lambda a: [np.linalg.eigh(a)]])
def test_a_part_that_is_not_known(f):
    """The phases of eigenvectors are not known; eigenvalues have derivatives."""
    from zygcore._forward import pushed

    a = DIAGONAL
    with pytest.raises(AdjointError, match="phases"):
        zg.jvp(f, (a,), (a,))
    with pytest.raises(AdjointError, match="phases"):
        pushed(f, (a,), (np.stack([a, a]),), 2)
    with pytest.raises(AdjointError, match="phases"):
        zg.gradient(lambda t: (zg.jvp(f, (a * t,), (a,)), t)[1], 1.0)


def test_a_part_that_is_known():
    from zygcore._forward import pushed

    a, expected = DIAGONAL, np.linalg.eigvalsh(DIAGONAL)  # of degree one
    values = lambda a: np.linalg.eigh(a)[0]
    np.testing.assert_allclose(zg.jvp(values, (a,), (a,))[1], expected, rtol=1e-14)
    _, several = pushed(values, (a,), (np.stack([a, 2 * a]),), 2)
    np.testing.assert_allclose(several, [expected, 2 * expected], rtol=1e-14)
    f = lambda t: np.sum(zg.jvp(values, (a * t * t,), (a,))[0])
    assert zg.gradient(f, 1.0)[0] == pytest.approx(2 * expected.sum(), rel=1e-14)


def test_values_that_are_lists_of_rules():
    a, v = np.arange(4.0), np.array([1.0, 2.0, 3.0, 4.0])
    _, dy = zg.jvp(lambda a: np.split(a, 2), (a,), (v,))
    same(dy, [np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    assert zg.jvp(lambda x: divmod(x, 2.0), (5.0,), (1.0,))[1] in ((0.0, 1.0), (None, 1.0))


def test_hooks_have_no_cotangents_in_forward_mode(capsys):
    seen = []

    def f(x):
        return zg.hook(seen.append, x) * zg.showgrad(x) ** 2

    assert zg.jvp(f, (2.0,), (1.0,)) == (8.0, 12.0)
    assert not seen and not capsys.readouterr().out


def test_hessians_of_other_numbers_are_refused():
    import sympy

    with pytest.raises(zg.errors.OutputError, match="nest `gradient`"):
        zg.hessian(lambda x: x**3, sympy.Symbol("x"))
