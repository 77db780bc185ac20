"""Which object is meant, and which place: identity never decides what only the place can tell.

Values that are equal, shared, interned or the very same object belong to the place they were read
from; containers, on the other hand, are one object under every name.  Every gradient is in closed
form.
"""

import copy
import sys
import weakref

import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import CotangentError


def grad(f):
    return lambda *args: zg.gradient(f, *args)[0]


class Box:
    def __init__(self, **fields):
        vars(self).update(fields)


CONSTANT = 1.5
SHARED = [CONSTANT, CONSTANT]

# ------------------------------------------------------------ equal, but not the same


def test_one_float_in_many_places():
    v = 1.5
    xs = [v, [v, (v,)], {"a": v, v: v}, Box(p=v, q=v), v]

    def f(xs, y):
        return (
            xs[0] + 2 * xs[1][0] + 3 * xs[1][1][0] + 5 * xs[2]["a"] + 7 * xs[2][1.5]
            + 11 * xs[3].p + 13 * xs[3].q + 17 * y + v + CONSTANT + 1.5
        )  # fmt: skip

    d, dy = zg.gradient(f, xs, v)
    assert d == [1.0, [2.0, (3.0,)], {"a": 5.0, 1.5: 7.0}, zg.Grad(p=11.0, q=13.0), None]
    assert dy == 17.0


@pytest.mark.parametrize("n", [0, 1, 5, -1, 256, 257, 10**30])
def test_integers_of_any_size(n):
    """Small ones are one object everywhere; counts, indices and keys are not inputs."""

    def f(ns, m):
        table = {n: 2, 5: 3}
        total = 0
        for i in range(3):
            total += ns[i] * (i + 1)
        return total + table[n] * m + n + len(ns) + abs(5) + ns[1] * 0

    assert zg.gradient(f, [n, n, n], n) == ([1, 2, 3], 3 if n == 5 else 2)
    assert zg.gradient(lambda a, b: a * n + n - n, n, n) == (n, None)


def test_constants_of_the_code():
    def f(x, y=1.5):
        z = 1.5
        return x * 1.5 + y * z + [1.5][0] * CONSTANT + (1.5, 2.5)[0] * SHARED[0]

    assert grad(f)(1.5) == 1.5
    assert zg.gradient(f, 1.5, 1.5) == (1.5, 1.5)
    assert f.__defaults__ == (1.5,) and SHARED == [1.5, 1.5]


def test_literals_that_the_compiler_shares():
    namespace = {}
    exec("a = 1.5\ndef f(x): return x * a + 1.5 * b[0]\nb = [1.5, a]", namespace)
    assert namespace["b"][1] is namespace["a"]
    assert grad(namespace["f"])(namespace["a"]) == 1.5
    assert grad(lambda b: b[0] * namespace["a"] + namespace["b"][1])(namespace["b"][:]) == [
        1.5,
        None,
    ]


def test_interned_strings_and_equal_keys():
    name = sys.intern("weight")
    other = "".join(["wei", "ght"])
    assert other is not name and other == name
    d = {name: 2.0, "weigh": 2.0, 1: 2.0, (1, 2): 2.0, None: 2.0}

    def f(d):
        d[other] = d[name] * 3.0
        return (
            d["weight"] * d["weigh"]
            + d[True] * 5
            + d[1.0] * d[1, 2]
            + getattr(Box(**{"weight": d[None]}), other)
        )

    assert grad(f)(copy.copy(d)) == {"weight": 6.0, "weigh": 6.0, 1: 7.0, (1, 2): 2.0, None: 1.0}


def test_singletons_and_labels_carry_nothing():
    def f(x, flag, text, none, kind):
        return x * (2 if flag is True else 3) + len(text) + (none is None) + (kind is float)

    assert zg.gradient(f, 2.0, True, "ab", None, float) == (2.0, None, None, None, None)
    assert zg.gradient(lambda xs: xs[0] * xs[1], [True, 2.0]) == ([None, 1.0],)


def test_values_computed_to_be_equal():
    """Neither a value that comes out equal, nor one that cancels, is taken for another."""

    def f(x, y):
        z = x * 1.0
        w = y + 0.0
        kept = {z: "z"}  # a key of another value
        log = [z, w, x, y]
        assert z == w and kept[z] == "z"
        return log[0] * 2 + log[1] * 3 + log[2] * 5 + log[3] * 7 + (z - w)

    assert zg.gradient(f, 1.5, 1.5) == (8.0, 9.0)


# ---------------------------------------------------------------------- tied arrays


def test_one_array_in_several_places():
    """Read only: every place has the gradient of its own reads."""
    w = np.array([1.0, 2.0])

    def f(p):
        return np.sum(p["a"] * 2.0) + np.sum(p["b"] ** 2) + p["c"][0][1] * 5.0 + np.sum(w * w)

    d = grad(f)({"a": w, "b": w, "c": (w, w)})
    assert d["a"].tolist() == [2, 2] and d["b"].tolist() == [2, 4]
    assert d["c"][0].tolist() == [0, 5] and d["c"][1] is None
    assert w.tolist() == [1, 2]


def test_arrays_and_their_views():
    w = np.arange(4.0)
    da, db, dc = zg.gradient(
        lambda a, b, c: np.sum(a * 2) + np.sum(b * b) + c.sum() * 0.5, w, w[::2], w.reshape(2, 2)
    )
    assert da.tolist() == [2, 2, 2, 2] and db.tolist() == [0, 4]
    assert dc.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert not any(np.shares_memory(p, q) for p, q in [(da, w), (db, w), (dc, w), (da, dc)])


def test_gradients_of_tied_arrays_are_arrays_of_their_own():
    w = np.ones(3)
    a, b = zg.gradient(lambda a, b: np.sum(a * 2.0) + np.sum(b * 2.0), w, w)
    a += 1.0
    assert b.tolist() == [2, 2, 2] and w.tolist() == [1, 1, 1]


def test_numbers_of_numpy_that_are_one_object():
    v = np.float64(1.5)
    d = grad(lambda xs: xs[0] * 2 + xs[1] * v + xs[2].p)([v, v, Box(p=v)])
    assert d[:2] == [2.0, 1.5] and d[2].p == 1.0
    assert [type(g) for g in (*d[:2], d[2].p)] == [np.float64] * 3


# ------------------------------------------------- the same container by several ways


def test_one_list_as_two_arguments():
    """One object: what is done through one name shows under the other, in both entries."""
    xs = [2.0, 3.0]
    assert zg.gradient(lambda a, b: a[0] * b[1], xs, xs) == ([3.0, 2.0], [3.0, 2.0])

    def writes(a, b):
        a[0] = b[0] * b[1]
        return b[0] * a[0]

    assert zg.gradient(writes, [2.0, 3.0], [4.0, 5.0]) == (None, [40.0, 16.0])
    ys = [2.0, 3.0]
    assert zg.gradient(writes, ys, ys) == ([36.0, 24.0], [36.0, 24.0])
    assert ys == [6.0, 3.0]


def test_one_list_within_another():
    row = [1.0, 2.0]
    rows = [row, row, [1.0, 2.0]]
    d = grad(lambda m: m[0][0] * m[1][1] + m[2][0])(rows)
    assert d == [[2.0, 1.0], [2.0, 1.0], [1.0, None]]
    assert d[0] is not d[1] or d[0] == d[1]
    assert zg.gradient(lambda r, m: r[0] * m[1][0], row, rows)[0] == [2.0, None]


def test_an_object_that_holds_itself():
    box = Box(v=2.0, w=3.0)
    box.me, box.all = box, [box, {"b": box}]
    d = grad(lambda b: b.me.me.v * b.all[1]["b"].all[0].w)(box)
    assert (d.v, d.w) == (3.0, 2.0)
    assert d.me is None and d.all in (None, [None, {"b": None}], [None, None])

    ring = [1.5]
    ring.append(ring)
    assert grad(lambda r: r[1][1][0] ** 2)(ring) == [3.0, None]
    table = {"x": 2.0}
    table["t"] = (table,)
    assert grad(lambda t: t["t"][0]["x"] * t["x"])(table)["x"] == 4.0


def test_cycles_of_two_objects():
    a, b = Box(v=2.0), Box(v=3.0)
    a.other, b.other = b, a
    d = grad(lambda a: a.v * a.other.v * a.other.other.v)(a)
    assert d.v == 12.0 and d.other.v == 4.0
    da, db = zg.gradient(lambda a, b: a.other.v * b.other.v * a.v, a, b)
    assert (da.v, db.v) == (12.0, 4.0)


def test_cycles_made_on_the_way():
    def f(x):
        node = Box(v=x)
        node.next = node
        cycle = [node, x * x]
        cycle.append(cycle)
        return cycle[2][2][0].next.v * cycle[-1][1]

    assert grad(f)(2.0) == 12.0


# ----------------------------------------------------------------------- deep nesting


def nested(n, x, make):
    out = x
    for _ in range(n):
        out = make(out)
    return out


@pytest.mark.parametrize(
    "make", [lambda v: [v], lambda v: (v,), lambda v: {"k": v}, lambda v: Box(k=v)]
)
def test_deep_structures_made_inside(make):
    """Neither the sweep nor letting go recurses."""

    def f(x):
        deep = nested(100_000, x * x, make)
        while type(deep) is not float:
            deep = deep.k if type(deep) is Box else deep["k"] if type(deep) is dict else deep[0]
        return deep * x

    assert grad(f)(2.0) == 12.0


def depth_of(d):
    n = 0
    while isinstance(d, (list, tuple, dict, zg.Grad)):
        d = d["k"] if isinstance(d, (dict, zg.Grad)) else d[0]
        n += 1
    return n, d


@pytest.mark.parametrize(
    "make", [lambda v: [v], lambda v: (v,), lambda v: {"k": v}, lambda v: Box(k=v)]
)
def test_deep_inputs(make):
    deep = nested(100_000, 2.0, make)

    def f(d):
        while type(d) is not float:
            d = d.k if type(d) is Box else d["k"] if type(d) is dict else d[0]
        return d * d

    assert depth_of(grad(f)(deep)) == (100_000, 4.0)


def test_deep_outputs():
    y, back = zg.pullback(lambda x: nested(10_000, x * x, lambda v: [v]), 3.0)
    assert depth_of(y) == (10_000, 9.0)
    assert back(nested(10_000, 1.0, lambda v: [v])) == (6.0,)


def test_wide_structures():
    xs = [0.5] * 100_000
    d = grad(lambda v: v[0] * v[-1] + v[50_000])(xs)
    assert (d[0], d[50_000], d[-1]) == (0.5, 1.0, 0.5)
    assert all(g is None for g in d[1:50_000])


# ------------------------------------------------------------ replaced and put back


def test_replaced_by_an_equal_object():
    def f(xs, box):
        xs[0] = 2.0
        xs[1], xs[2] = xs[2], xs[1]
        box.a = float("2.0")
        box.b, kept = 5.0, box.b
        box.b = kept
        return xs[0] * 3 + xs[1] * 5 + xs[2] * 7 + box.a * 11 + box.b * 13

    assert zg.gradient(f, [2.0] * 3, Box(a=2.0, b=2.0)) == (
        [None, 7.0, 5.0],
        zg.Grad(a=None, b=13.0),
    )


def test_deleted_and_put_back():
    def f(d, xs, box):
        a = d.pop("a")
        d["a"] = 2.0
        del box.v
        box.v = xs.pop()
        xs.append(a)
        return d["a"] * 3 + xs[-1] * box.v

    d = zg.gradient(f, {"a": 2.0}, [1.0, 3.0], Box(v=2.0))
    assert d == ({"a": 3.0}, [None, 2.0], None)


def test_containers_replaced_by_equal_containers():
    def f(model):
        old = model["w"]
        model["w"] = [v for v in old]
        model["w"][0] = model["w"][0] * 2
        model["n"] = {"w": old}
        return model["w"][0] + old[0] * 10 + model["n"]["w"][1] * model["w"][1]

    assert grad(f)({"w": [1.5, 1.5], "n": None}) == {"w": [12.0, 3.0], "n": None}


def test_classes_of_the_same_name():
    first = type("Same", (), {"scale": 2.0})
    second = type("Same", (), {"scale": 2.0})

    def f(x):
        p, q = first(), second()
        p.v = q.v = x
        first.scale = x
        return p.v * p.scale * 3 + q.v * q.scale * 5

    assert grad(f)(2.0) == 12.0 + 10.0


# -------------------------------------------------------- called again, at two levels


def test_second_call_of_a_pullback_of_changed_objects():
    xs, box = [2.0, 3.0], Box(a=[5.0], b=7.0)

    def f(xs, box):
        xs[0] = xs[0] * box.a[0]
        box.a.append(xs[0] * box.b)
        box.b = 1.0
        return xs, box.a[-1]

    (ys, last), back = zg.pullback(f, xs, box)
    assert ys is xs and last == 70.0
    first = back(([1.0, None], 2.0))
    xs[:] = [0.0] * 5
    vars(box).clear()
    assert back(([1.0, None], 2.0)) == first
    assert first == ([5.0 + 70.0, 0.0], zg.Grad(a=[2.0 + 28.0], b=20.0))
    assert back((None, 1.0))[1] == zg.Grad(a=[14.0], b=10.0)
    with pytest.raises(CotangentError):
        back(([1.0], 1.0))
    assert back(([0.0, 1.0], None))[0][1] == 1.0


def test_two_levels_over_one_structure():
    """What was read of it before the inner gradient is a constant there; its parts are not."""
    xs = [2.0, 3.0]

    def outer(ys):
        _, y1 = ys
        inner = grad(lambda zs: zs[0] ** 2 * y1 * zs[1])(ys)  # (2 z0 y1 z1, z0**2 y1)
        return inner[0] * ys[0] + inner[1]

    # (2 a b b) a + a a b
    assert grad(outer)(xs) == [4 * 2 * 9.0 + 2 * 2 * 3.0, 4 * 4 * 3.0 + 4.0]


def test_two_levels_that_change_one_structure():
    def outer(box):
        def inner(b):
            b.v = b.v * box.w
            b.list.append(b.v)
            return b.v * b.list[-1] * b.list[0]

        return grad(inner)(box).v * box.v + len(box.list)

    # v1 = v w; inner = v1**2 l; d inner / dv, as b is box at the inner level: 2 v w**2 l
    def plain(v, w, l):
        return 2 * v * w * w * l * (v * w) + 2

    d = grad(outer)(Box(v=2.0, w=3.0, list=[5.0]))
    h = 1e-5
    numeric = [
        (plain(2 + h, 3, 5) - plain(2 - h, 3, 5)) / (2 * h),
        (plain(2, 3 + h, 5) - plain(2, 3 - h, 5)) / (2 * h),
        (plain(2, 3, 5 + h) - plain(2, 3, 5 - h)) / (2 * h),
    ]
    assert [d.v, d.w, d.list[0]] == pytest.approx(numeric, rel=1e-8)


def test_equal_items_that_are_sorted():
    """Sorting is stable, so of equal items the one that came first stays first."""

    def f(xs):
        xs.sort(key=lambda x: -x)
        xs.reverse()
        return xs[0] * 3 + xs[1] * 5 + xs[2] * 7

    assert grad(f)([2.0, 2.0, 1.0]) == [7.0, 5.0, 3.0]


def test_equal_constants_in_the_place_of_an_item():
    """Known by what they are, not by what they equal."""

    def assigned(xs):
        xs[1:] = [5.0, 2.0]
        return sum(v * (i + 1) for i, v in enumerate(xs))

    assert zg.gradient(assigned, [3.0, 1.0, 2.0]) == ([1.0, None, None],)

    def deleted(xs):
        del xs[0]
        return xs[0] * 10.0 + xs[1]

    assert zg.gradient(deleted, [1.0, 1.0 + 0.0 * len("a"), 2.0]) == ([None, 10.0, 1.0],)

    def updated(d):
        d.update(a=3.0)
        return d["a"] * d["b"]

    assert zg.gradient(updated, {"a": 3.0, "b": 4.0}) == ({"a": None, "b": 3.0},)


# ------------------------------------------------------------ arrays known by their identity


def test_an_array_that_escapes_stays_the_very_object():
    """What the program compares by `is`, id() or a weak reference is the array that it made."""
    seen = {}

    def by_id(x):
        y = np.sin(x)
        seen["table"] = {id(y): y}
        return np.sum(seen["table"][id(y)] * 2.0) if seen["table"][id(y)] is y else 0.0 * np.sum(x)

    def by_weak_reference(x):
        y = np.sin(x)
        r = weakref.ref(y)
        return np.sum(y * 2.0) if r() is y else 0.0 * np.sum(x)

    def by_out(x):
        y = np.sin(x)
        z = np.multiply(y, 2.0, out=y)
        return np.sum(z) if z is y else 0.0 * np.sum(x)

    def by_membership(x):
        y = np.sin(x)
        kept = [y]
        return np.sum(kept[0] * 2.0) if any(y is k for k in kept) else 0.0 * np.sum(x)

    x = np.array([0.5, 1.0, 2.0])
    for f in (by_id, by_weak_reference, by_out, by_membership):
        y, g = zg.withgradient(f, x)
        assert y == f(x), f
        np.testing.assert_allclose(g[0], 2.0 * np.cos(x), rtol=1e-15, err_msg=f.__name__)


def test_an_array_of_a_users_rule_is_not_taken_for_a_new_one():
    """A rule may hand out an array that somebody else has: writes to it reach nothing else."""
    kept = np.array([1.0, 2.0])

    def shown(x):
        return kept

    @zg.adjoint(shown)
    def _(x):
        return kept, lambda dy: (dy,)

    def f(x):
        y = shown(x)
        boxes = [y, kept]
        return np.sum(boxes[0] * 3.0) + np.sum(boxes[1])

    np.testing.assert_array_equal(grad(f)(np.array([1.0, 2.0])), [3.0, 3.0])
