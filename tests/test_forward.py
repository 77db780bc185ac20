"""Forward mode: the form of tangents, `jvp` and `pushforward`, errors."""

import math
import operator
from collections import namedtuple
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from forward_slopes import same, slope

import zygcore as zg
from zygcore.errors import AdjointError, TangentError

Pair = namedtuple("Pair", "x y")


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
    a = np.diag([2.0, 1.0]) + 0j  # no component tells which phases LAPACK gives to its eigenvectors

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
