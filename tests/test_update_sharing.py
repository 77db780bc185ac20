"""Updates share, keep one object one, write into nothing, and can be differentiated."""

import copy
import functools
import operator
import pickle
import types

import numpy as np
import pytest
from update_cases import (
    CLASSES,
    Both,
    Data,
    Frozen,
    Guarded,
    Named,
    Plain,
    Unequal,
    dense,
)

import zygcore as zg
from zygcore import Grad
from zygcore.errors import CotangentError
from zygcore.structure import same
from zygcore.types import update

# ------------------------------------------------------------ sharing, cycles, aliases


def test_what_has_no_gradient_is_shared():
    shared = [np.ones(2), {"deep": Plain(1.0, [2.0])}]
    p = {"w": 1.0, "rest": shared, "f": lambda: shared}
    q = update(p, {"w": 1.0, "rest": None, "f": None})
    assert q["rest"] is shared and q["f"] is p["f"]
    p = Plain(shared, 1.0)
    assert (p - Grad(a=None, b=1.0)).a is shared


def test_objects_in_several_places_stay_one_object():
    box = [2.0]
    p = {"a": box, "b": [box, Plain(box, 0)]}
    (g,) = zg.gradient(lambda p: p["a"][0] * p["b"][0][0] * p["b"][1].a[0], p)
    assert g == {"a": [12.0], "b": [[12.0], Grad(a=[12.0], b=None)]}
    q = update(p, g, 0.1)
    assert q["a"] == pytest.approx([0.8])
    assert q["a"] is q["b"][0] is q["b"][1].a and box == [2.0]
    q = update(p, {"a": [5.0], "b": [None, None]})
    assert q["a"] == [-3.0] and q["b"][0] is q["b"][1].a is q["a"]


def test_arrays_in_several_places_are_values():
    W = np.ones(2)
    (g,) = zg.gradient(lambda p: np.sum(p[0] * 3 + p[1] * 4), [W, W])
    q = update([W, W], g)
    assert (q[0].tolist(), q[1].tolist(), W.tolist()) == ([-2, -2], [-3, -3], [1, 1])


def test_one_object_with_two_gradients_is_refused():
    box = [2.0]
    with pytest.raises(CotangentError, match=r"p\['a'\] and p\['b'\]\.a are one object \(list\)"):
        update({"a": box, "b": Plain(box, 0)}, {"a": [1.0], "b": Grad(a=[2.0])})
    assert update([box, box], [[1.0], [1.0]]) == [[1.0], [1.0]]


def test_cycles():
    a, b = Plain(2.0, None), Plain(3.0, None)
    a.b, b.b = b, [a, {"self": b}]
    (g,) = zg.gradient(lambda p: p.a * p.b.a * p.b.b[0].a, a)
    assert g == Grad(a=12.0, b=Grad(a=4.0, b=None))
    q = a - 0.5 * g
    assert (q.a, q.b.a) == (-4.0, 1.0)
    assert q.b.b[0] is q and q.b.b[1]["self"] is q.b
    assert a.b is b and b.b[0] is a and (a.a, b.a) == (2.0, 3.0)


def test_cycles_through_what_cannot_be_filled():
    box = [1.0]
    box += [(box, functools.partial(max, box), types.MethodType(max, box), [(box,)])]
    q = update(box, [0.5, None])
    assert q[0] == 0.5 and q[1][0] is q
    assert q[1][1].args[0] is q and q[1][2].__self__ is q and q[1][3][0][0] is q
    assert box[1][0] is box


def test_a_part_without_gradient_that_points_back():
    child = Plain(None, "child")
    p = Plain(1.0, [child])
    child.a = p
    q = p - Grad(a=0.5, b=None)
    assert q.b[0].a is q and q.b[0] is not child
    assert q.b[0].b == "child" and child.a is p


def test_an_inner_cycle_at_an_inner_level():
    a = Plain(2.0, None)
    a.b = [a]
    f = lambda p: p.a * p.b[0].a
    g = lambda s: zg.gradient(lambda p: s * f(p), a)[0].a
    assert g(1.0) == 4.0
    assert zg.gradient(g, 1.0) == (4.0,)


def test_deep_structures():
    p = g = None
    for _ in range(20_000):
        p, g = Plain(1.0, p), Grad(a=1.0, b=g)
    q = update(p, g, 0.5)
    total = 0.0
    while q is not None:
        total, q = total + q.a, q.b
    assert total == 10_000.0

    def norm(p):
        total = 0.0
        while p is not None:
            total, p = total + p.a * p.a, p.b
        return total

    p = None
    for _ in range(20_000):
        p = Plain(1.0, p)
    (g,) = zg.gradient(norm, p)
    n = 0
    while g is not None:
        assert g.a == 2.0
        n, g = n + 1, g.b
    assert n == 20_000


def test_large_lists_without_gradient_cost_little():
    import time

    data = [float(i) for i in range(300_000)]
    p, g = {"w": 1.0, "data": [data, data]}, {"w": 1.0}
    start = time.perf_counter()
    update(p, g)
    assert time.perf_counter() - start < 1.0


# ------------------------------------------------------------------ nothing is written


def model():
    shared = np.ones(3)
    box = Both(shared, [Named(1.0, shared)])
    f = dense(np.eye(3), shared, functools.partial(operator.mul, 2.0))
    return {"f": f, "box": box, "again": [box, shared], "m": types.MethodType(f, shared)}


def image(x, seen):
    """Everything in a structure, down to the bytes and identities."""
    if id(x) in seen:
        return id(x)
    seen[id(x)] = x
    if isinstance(x, np.ndarray):
        return id(x), x.tobytes(), x.shape, x.flags.writeable
    if isinstance(x, types.FunctionType):
        return id(x), [(id(c), image(c.cell_contents, seen)) for c in x.__closure__ or ()]
    if isinstance(x, types.MethodType):
        return image(x.__func__, seen), image(x.__self__, seen)
    if isinstance(x, functools.partial):
        return id(x), image(x.func, seen), image(x.args, seen), image(x.keywords, seen)
    if isinstance(x, dict):
        return id(x), [(k, image(v, seen)) for k, v in x.items()]
    if isinstance(x, (list, tuple)):
        return id(x), [image(v, seen) for v in x]
    if hasattr(x, "a"):
        return id(x), [(k, image(getattr(x, k), seen)) for k in "abc" if hasattr(x, k)]
    return id(x), repr(x)


def test_nothing_is_written_into():
    p = model()

    def loss(p):
        y = p["f"](p["again"][1]) * p["box"].b[0].a
        return np.sum(y * p["box"].a + p["m"]() * p["again"][0].c)

    (g,) = zg.gradient(loss, p)
    before, before_g = image(p, {}), copy.deepcopy(g)
    plain = loss(p)
    q = update(p, g, 0.01)
    assert image(p, {}) == before and loss(p) == plain
    assert same(g, before_g)
    assert loss(q) < plain
    assert q["box"] is q["again"][0] and q["m"].__func__ is q["f"]
    for x, y in [(p["box"].a, q["box"].a), (p["again"][1], q["again"][1])]:
        assert not np.shares_memory(x, y)


def test_results_can_be_pickled():
    q = Frozen(1.0, [Data(2.0, 3.0)]) - Grad(a=1.0, b=[Grad(a=1.0, b=None)])
    assert pickle.loads(pickle.dumps(q)) == q == Frozen(0.0, [Data(1.0, 3.0)])


# --------------------------------------------------------- an update is differentiable


def slope(f, x, h=1e-5):
    return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)


def step(make, loss):
    """The loss after one step of descent, by its rate and by a weight."""

    def after(rate, w):
        p = make(w)
        (g,) = zg.gradient(loss, p)
        return loss(update(p, g, rate))

    return after


@pytest.mark.parametrize(
    "make, loss",
    [
        (lambda w: [w, 2.0], lambda p: p[0] ** 2 * p[1]),
        (lambda w: {"a": (w,), "b": 2.0}, lambda p: p["a"][0] ** 3 * p["b"]),
        *[
            (lambda w, cls=cls: cls(a=w, b=2.0), lambda p: p.a**2 * p.b)
            for cls in CLASSES
            if cls not in (Guarded, Unequal)
        ],
        (lambda w: lambda x: w * x + 1.0, lambda f: f(2.0) ** 2),
        (lambda w: dense(np.array([[w, 1.0]]), w, np.tanh), lambda f: np.sum(f(np.ones(2)))),
        (lambda w: functools.partial(lambda a, b: a * b**2, w, b=w), lambda f: f() ** 2),
        (lambda w: types.MethodType(lambda s, x: s.a * x, Plain(w, 0)), lambda f: f(2.0) ** 2),
        (
            lambda w: [Plain([w], {"k": w}), np.array([w, 1.0])],
            lambda p: p[0].a[0] ** 2 * np.sum(p[1] ** 2),
        ),
    ],
)
def test_an_update_can_be_differentiated(make, loss):
    after = step(make, loss)
    rate, w = 0.02, 1.3
    d_rate, d_w = zg.gradient(after, rate, w)
    assert d_rate == pytest.approx(slope(lambda r: after(r, w), rate), rel=1e-8, abs=1e-10)
    assert d_w == pytest.approx(slope(lambda v: after(rate, v), w), rel=1e-8)


def test_operators_can_be_differentiated():
    loss = lambda p: p.a**2 * p.b

    def after(rate, p):
        (g,) = zg.gradient(loss, p)
        p -= rate * g
        return loss(p)

    rate = 0.02
    d_rate, d_p = zg.gradient(after, rate, Frozen(1.3, 0.7))
    assert d_rate == pytest.approx(slope(lambda r: after(r, Frozen(1.3, 0.7)), rate), rel=1e-8)
    assert d_p.a == pytest.approx(slope(lambda a: after(rate, Frozen(a, 0.7)), 1.3), rel=1e-8)
    assert d_p.b == pytest.approx(slope(lambda b: after(rate, Frozen(1.3, b)), 0.7), rel=1e-8)
