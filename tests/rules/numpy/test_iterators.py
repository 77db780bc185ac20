"""``array.flat``, `np.nditer`, `np.nested_iters` and `np.broadcast` of arrays with derivatives."""

import array
import functools
import itertools
import math

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

X = np.array([[0.7, -0.4, 1.1], [0.3, 0.9, -1.3]])
W = np.array([[0.3, -0.2, 0.5], [1.0, 0.7, -0.9]])


def rows(table):
    """Programs as parameters, named by their keys."""
    return pytest.mark.parametrize("program", list(table.values()), ids=list(table))


# ------------------------------------------------------------------------------- flat


def loop(x):
    s = 0.0
    for i, v in enumerate(x.flat):
        s += v * v * (i + 1)
    return s


def written(x):
    y = x * 2
    y.flat[2] = x[0, 0] ** 2
    y.flat[[1, 3]] = x[0, 1]
    y.flat[4:] = x.flat[:2] * 3
    return y * y


def assigned(x):
    y = np.zeros((3, 2))
    y.flat = x.flat[:4]
    half = y * y
    y.flat = x
    return half + y * y


def partly(x):
    it = x.flat
    a, b = next(it), next(it)
    where, place, length, s = it.index, it.coords, len(it), 0.0
    for v in it:
        s += v**3
    return a * b * b + s * where + place[1] + length


def several_at_once(x):
    a, b, *c = x.flat
    return a * b + c[2] ** 2 + max(*x.flat)


def made_before_it_was_written(x):
    out = np.zeros(4)
    it = out.flat
    first = next(it)
    out[2] = x[0, 1] ** 2
    out[0] = x[0, 0]
    return first + sum(v * v for v in it) + it[0]


def captured(x):
    y = x * 2
    it = y.flat

    def inner():
        return it[2] ** 2

    return inner() + [it][0][1]


def of_a_view(x):
    s = 0.0
    for v in (x.T * 1.5)[::-1].flat:
        s = s * 0.5 + v * v
    return s


def one_after_the_other(x):
    y = x * 1.0
    for i in range(y.size):
        y.flat[i] *= y.flat[i - 1]
    return y


def operators(x):
    y = np.ones(6)
    y += x.flat
    y *= x.flat
    return W.ravel() * x.flat + (x.flat * y) ** 2


def overwritten(x):
    y = np.exp(x)
    z = y * y
    y.flat = 0.0
    y.flat[2] = x[0, 0]
    return z + y * y


def begun(x):
    it = x.flat
    next(it)
    return np.fromiter(it, float) ** 2


FLAT = {
    "loop": loop,
    "item": lambda x: x.flat[3] ** 2 * x.flat[-1],
    "slice": lambda x: x.flat[1:5] ** 2 * np.arange(4),
    "places": lambda x: x.flat[[0, 2, 2]] * x.flat[np.array([[1, 5, 3]])],
    "mask": lambda x: x.flat[np.array([True, False, True, True, False, False])] ** 2,
    "all": lambda x: x.flat[...] * x.flat[()],
    "write": written,
    "assign": assigned,
    "array": lambda x: [np.array(x.flat) ** 2, np.asarray(x.flat), x.flat.__array__()],
    "copy": lambda x: x.flat.copy() ** 2,
    "function": lambda x: np.sum(x.flat) * np.dot(x.flat, W.ravel()) + np.sin(x.flat),
    "list of them": lambda x: np.concatenate([x.flat, (x * x).flat]),
    "operators": operators,
    "list": lambda x: sum(v * v for v in list(x.flat)) + sum(x.flat) ** 2,
    "zip": lambda x: [a * b for a, b in zip(x.flat, (x * x).flat, strict=True)],
    "map": lambda x: sum(map(lambda a, b: a * a * b, x.flat, W.flat)),
    "partly": partly,
    "base": lambda x: (x * x).flat.base * W,
    "unpacked": several_at_once,
    "made before": made_before_it_was_written,
    "captured": captured,
    "view": of_a_view,
    "in place": one_after_the_other,
    "no axes": lambda x: np.asarray(x[0, 0] * 1).flat[0] * sum(np.asarray(x[0, 1] ** 2).flat),
    "fromiter": begun,
    "compared": lambda x: np.where(x.flat > 0, W.ravel(), -W.ravel()) * x.ravel(),
    "reduce": lambda x: functools.reduce(lambda a, b: a * 0.5 + b * b, x.flat),
    "accumulate": lambda x: list(itertools.accumulate(x.flat))[3] ** 2,
    "islice": lambda x: sum(itertools.islice(x.flat, 3)) ** 2,
    "sorted": lambda x: sorted(x.flat)[2] ** 2 + min(x.flat) * max(x.flat),
    "fsum": lambda x: math.fsum(x.flat) ** 2 + math.prod(x.flat),
    "by name": lambda x: x.flat.__getitem__(2) ** 2,
    "overwritten": overwritten,
}


@rows(FLAT)
def test_flat(program):
    check_adjoint(program, X)


def test_flat_is_numpys_own():
    def f(x):
        y = x * 2
        it = y.flat
        assert type(it) is np.flatiter and it.base is y
        return y.sum()

    zg.gradient(f, X)


@pytest.mark.parametrize("key", [7, -8, "a", None, (0, 1), slice("a")])
def test_keys_that_flat_does_not_take(key):
    def caught(call):
        try:
            return call()
        except (IndexError, TypeError) as error:
            return type(error), str(error)

    plain = caught(lambda: X.flat[key])
    assert plain == caught(lambda: zg.gradient(lambda x: x.flat[key], X))
    y = X * 1.0
    plain = caught(lambda: y.flat.__setitem__(key, 1.0))

    def f(x):
        y = x * 1.0
        y.flat[key] = x[0, 0]
        return y.sum()

    assert plain == caught(lambda: zg.gradient(f, X))


# ----------------------------------------------------------------------------- nditer


def by_index(x):
    it = np.nditer(x, flags=["multi_index"])
    s = 0.0
    while not it.finished:
        i, j = it.multi_index
        s += it[0] ** 2 * (i + 2 * j + 1)
        it.iternext()
    return s[()]


def in_fortrans_order(x):
    it = np.nditer(x, flags=["c_index", "multi_index"], order="F")
    return [float(v * v) * it.index * (it.iterindex + 1) for v in it]


def changed(x):
    y = x * 1.0
    with np.nditer(y, op_flags=["readwrite"]) as it:
        for v in it:
            v[...] = v * v * 2 + v
    return y * W


def allocated(x):
    it = np.nditer([x, None])
    with it:
        for a, b in it:
            b[...] = a * a * a
        return it.operands[1] * W


def in_chunks(x):
    it = np.nditer(
        [x, W, None],
        flags=["external_loop"],
        op_flags=[["readonly"], ["readonly"], ["writeonly", "allocate"]],
    )
    with it:
        for a, b, c in it:
            np.multiply(a, b, out=c)
        return it.operands[2] ** 2


def given(x):
    out = np.zeros((2, 3))
    for a, b in np.nditer([x, out], op_flags=[["readonly"], ["readwrite"]]):
        b[...] = b + np.sin(a)
    return out * out * W


def summed(x):
    out = np.zeros(3)
    it = np.nditer(
        [x, out],
        flags=["reduce_ok"],
        op_flags=[["readonly"], ["readwrite"]],
        op_axes=[None, [-1, 0]],
    )
    with it:
        for a, b in it:
            b[...] = b + a * a
    return out * out * W[0]


def by_item(x):
    y = x * 1.0
    it = np.nditer(y, op_flags=["readwrite"])
    with it:
        while not it.finished:
            it[0] = it[0] ** 2 * 3
            it.iternext()
    return y * W


def by_value(x):
    it = np.nditer(x)
    first = it.value * 1
    it.iternext()
    return float(first * it.value**2) + float((it.itviews[0] ** 2).sum())


def copied(x):
    it = np.nditer(x * x)
    next(it)
    again = it.copy()
    return float(next(again)) + float(again[0])


def sliced(x):
    it = np.nditer([x, x * x])
    a, b = it[0:2]
    return float(a * b) + float(it[-1])


def passed_on(x):
    def squared(it):
        return float(next(it)) ** 2

    it = np.nditer(x * 2)
    return squared(it) * squared(it)


def nested(x):
    outer, inner = np.nested_iters([x, W], [[1], [0]], flags=["multi_index"])
    s = 0.0
    for _ in outer:
        for a, b in inner:
            s += float(a * a * b) * (outer.multi_index[0] + 1) * (inner.multi_index[0] + 2)
    return s


NDITER = {
    "read": lambda x: [v[()] * v for v in np.nditer(x)],
    "two": lambda x: [a * a * b for a, b in np.nditer([x, W])],
    "broadcast": lambda x: [(a * b**2)[()] for a, b in np.nditer([x, x[0]])],
    "multi_index": by_index,
    "order": in_fortrans_order,
    "external_loop": lambda x: [
        (c * c).sum() * len(c) for c in np.nditer(x, flags=["external_loop"])
    ],
    "buffered": lambda x: [
        (c * c).sum() for c in np.nditer(x.copy("C"), flags=["buffered", "external_loop"])
    ],
    "another type": lambda x: [
        (a * (1 + 2j)).imag[()] for a in np.nditer(x, flags=["buffered"], op_dtypes=["c16"])
    ],
    "common_dtype": lambda x: [
        float(a * a * b)
        for a, b in np.nditer([x, np.arange(3)], flags=["buffered", "common_dtype"])
    ],
    "numbers": lambda x: [float(a * b) for a, b in np.nditer([x[0], [x[0, 0], x[0, 1] ** 2, 2.0]])],
    "readwrite": changed,
    "allocated": allocated,
    "out=": in_chunks,
    "given": given,
    "reduction": summed,
    "items": by_item,
    "value": by_value,
    "operands": lambda x: np.multiply(*np.nditer([x * x, W]).operands),
    "list": lambda x: [float(v) ** 2 for v in list(np.nditer(x))],
    "zip": lambda x: [float(v) * w for v, w in zip(np.nditer(x), range(6), strict=True)],
    "copy": copied,
    "slices": sliced,
    "passed on": passed_on,
    "nested": nested,
    "no axes": lambda x: float(next(np.nditer(x[0, 0]))) ** 2,
    "nothing": lambda x: sum(map(float, np.nditer(x[:0], flags=["zerosize_ok"]))) + x[0, 0],
    "ndindex": lambda x: sum(x[i] ** 3 for i in np.ndindex(2, 3)),
    "ndenumerate": lambda x: sum(v * v * (i + j) for (i, j), v in np.ndenumerate(x)),
}


@rows(NDITER)
def test_nditer(program):
    """The order depends on the layout."""
    check_adjoint(program, X, layouts=False)
    check_adjoint(program, np.asfortranarray(X), layouts=False)


def test_arrays_of_nditer_that_are_written_while_nothing_else_is_active():
    def f(x):
        out = np.zeros(3)
        for v in np.nditer(out, op_flags=["writeonly"]):
            v[...] = x * x
            v[...] = v * x
        return (out * out).sum()

    assert zg.gradient(f, 1.5)[0] == pytest.approx(18 * 1.5**5)


def cast_and_back(x):
    y = x.astype(np.float32)
    with np.nditer(
        y, flags=["buffered"], op_flags=["readwrite"], op_dtypes=["f8"], casting="same_kind"
    ) as it:
        for v in it:
            v[...] = v * 2
    return y.sum()


def without_overlap(x):
    y = x * 1.0
    with np.nditer(
        [y[0], y[0][::-1]], flags=["copy_if_overlap"], op_flags=[["readwrite"], ["readonly"]]
    ) as it:
        for a, b in it:
            a[...] = a * b
    return y.sum()


@pytest.mark.parametrize("program", [cast_and_back, without_overlap])
def test_copies_that_a_nditer_goes_through_are_refused(program):
    with pytest.raises(UnsupportedError, match="a nditer goes through a copy"):
        zg.gradient(program, X)


def summed_up(function, items):
    out = function(items)
    return sum(function.__self__ if out is None else [out])


def test_what_is_not_known_of_an_iterator_is_an_error():
    """C code that takes the items itself."""
    for opaque in (array.array("d").extend, np.random.default_rng(0).choice):
        with pytest.raises((AdjointError, UnsupportedError)):
            zg.gradient(lambda x, f=opaque: summed_up(f, x.flat), X)


# -------------------------------------------------------------------------- broadcast


def gone_through_twice(x):
    b = np.broadcast(x[:, :1], x[0])
    s = 0.0
    for u, v in b:
        s += u * v * b.index
    b.reset()
    out = np.empty(b.shape)
    out.flat = [u * u * v for u, v in b]
    return out * W + s


BROADCAST = {
    "two": lambda x: [a * b**2 for a, b in np.broadcast(x, x[0])],
    "twice": gone_through_twice,
    "iters": lambda x: sum(v * v for v in np.broadcast(x[:, :1], x[0]).iters[0]),
    "base": lambda x: np.broadcast(x[:, :1], x[0]).iters[1].base ** 2,
    "list": lambda x: sum(a * b for a, b in np.broadcast(x[0], [1.0, 2.0, 3.0])),
    "next": lambda x: next(np.broadcast(x, x))[0] ** 2,
    "form": lambda x: x * np.broadcast(x, x[0]).size + np.broadcast(x, 2.0).ndim,
}


@rows(BROADCAST)
def test_broadcast(program):
    check_adjoint(program, X)
