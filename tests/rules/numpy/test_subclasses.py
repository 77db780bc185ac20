"""Arrays of subclasses: what NumPy makes of them, with gradients; or refused by name."""

import math

import numpy as np
import pytest
from agreement import agree, slopes, weights_of

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError

X = np.array([0.3, 1.2, 2.1])
SQUARE = np.array([[1.0, 0.4], [0.2, 2.0]])


class Plain(np.ndarray):
    pass


class Tagged(np.ndarray):
    """An array with attributes."""

    def __new__(cls, data, tag=None, scale=1.0):
        out = np.asarray(data).view(cls)
        out.tag, out.scale = tag, scale
        return out

    def __array_finalize__(self, obj):
        if obj is not None:
            self.tag = getattr(obj, "tag", None)
            self.scale = getattr(obj, "scale", 1.0)


class Informed(np.ndarray):
    """Ufuncs add up what their operands say, and functions go to those of the base."""

    def __new__(cls, data, info=0.0):
        out = np.asarray(data).view(cls)
        out.info = info
        return out

    def __array_finalize__(self, obj):
        self.info = getattr(obj, "info", 0.0)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if out:
            options["out"] = tuple(
                o.view(np.ndarray) if isinstance(o, Informed) else o for o in out
            )
        plain = [x.view(np.ndarray) if isinstance(x, Informed) else x for x in inputs]
        result = super().__array_ufunc__(ufunc, method, *plain, **options)
        if result is NotImplemented or method == "at":
            return None if method == "at" else result
        if out:
            return out[0]
        info = sum(x.info for x in inputs if isinstance(x, Informed))
        return Informed(result, info) if isinstance(result, np.ndarray) else result

    def __array_function__(self, function, kinds, args, options):
        return super().__array_function__(function, kinds, args, options)


class Wrapping(np.ndarray):
    """Results of ufuncs are twice what they are."""

    def __array_wrap__(self, array, context=None, return_scalar=False):
        array = np.asarray(np.asarray(array) * 2.0)
        return super().__array_wrap__(array, context, return_scalar)


MAKERS = {
    "Plain": lambda x: x.view(Plain),
    "Tagged": lambda x: Tagged(x, "t"),
    "Informed": lambda x: Informed(x, 1.0),
}
CLASSES = {"Plain": Plain, "Tagged": Tagged, "Informed": Informed}


def total(y):
    if isinstance(y, (tuple, list)):
        return float(sum(total(item) for item in y))
    y = np.asarray(y)
    return float(np.sum(np.real(y) * weights_of(y.shape)))


def out_of(x, make):
    out = make(np.zeros(3))
    assert np.multiply(x, make(x), out=out) is out
    return out


def in_place(x, make):
    a = b = make(x * x)
    a += x
    a *= make(x)
    assert a is b
    return a


def filled(x, make):
    a = make(np.zeros(3))
    for i in range(3):
        a[i] = x[i] * x[0]
    a[1:] -= make(x)[:2]
    a[a > 2.0] = 0.5
    return a


def stored(x, make):
    things = [make(x) * 2]
    return things[0] * things[0]


PROGRAMS = {
    "products": lambda x, C: C(x) * C(x) + x * C(x) + 2.0 * C(x),
    "quotients": lambda x, C: (1 - C(x)) / C(x) + C(x) / 2,
    "powers": lambda x, C: C(x) ** 2 + C(x) ** 3.0 + 2.0 ** C(x),
    "remainders": lambda x, C: divmod(C(x), 0.77)[1] + C(x) % 0.77,
    "one operand": lambda x, C: -C(x) + abs(C(x)),
    "matrix product": lambda x, C: [C(x) @ x, x @ C(x), C(x).dot(x), np.dot(C(x), x)],
    "ufuncs": lambda x, C: np.hypot(np.sin(C(x)), x) + np.maximum(C(x), 1.0),
    "two results": lambda x, C: np.modf(C(x) * 1.1),
    "methods of ufuncs": lambda x, C: [
        np.add.reduce(C(x)), np.multiply.accumulate(C(x)), np.multiply.outer(C(x), x),
        np.add.reduceat(C(x), [0, 1]),
    ],
    "reductions": lambda x, C: [C(x).sum(), C(x).max(), C(x).prod(), np.min(C(x)), C(x).ptp()
                                if hasattr(C(x), "ptp") else 0.0],
    "statistics": lambda x, C: (C(x) - C(x).mean()) / C(x).std() + np.median(C(x)),
    "quantile": lambda x, C: np.quantile(C(x), 0.3),
    "cumulative": lambda x, C: C(x).cumsum() * np.cumprod(C(x)),
    "items": lambda x, C: C(x)[1] ** 2 + float(C(x)[2]) * C(x).item(1),
    "slices": lambda x, C: C(x)[1:] * C(x)[:2],
    "choices": lambda x, C: [C(x)[[0, 0, 2]], C(x)[x > 1], C(x).take([1, 1]), np.sort(C(x))],
    "forms": lambda x, C: C(x).reshape(3, 1).T.ravel() * C(x).flatten() * C(x)[None].squeeze(),
    "copies": lambda x, C: C(x).copy() * C(x).astype(float) * C(x).real,
    "joined": lambda x, C: [np.concatenate([C(x), x]), np.stack([C(x), C(x)]), np.tile(C(x), 2)],
    "where": lambda x, C: np.where(C(x) > 1, C(x), x * x),
    "iteration": lambda x, C: sum(v * v for v in C(x)) + sum(C(x).tolist()),
    "unpacked": lambda x, C: (lambda a, b, c: a * b + c)(*C(x)),
    "comparison": lambda x, C: (C(x) > 1) * C(x) * len(C(x)),
    "argmax": lambda x, C: C(x)[C(x).argmax()],
    "clip": lambda x, C: C(x).clip(0.5, 2) + np.clip(C(x), 0.4, 1.5),
    "arrays of it": lambda x, C: np.array(C(x)) * np.asarray(C(x)) * np.asanyarray(C(x)),
    "lists of it": lambda x, C: np.array([C(x), C(x)]),
    "functions": lambda x, C: np.diff(C(x)).sum() + np.trapezoid(C(x)) + np.linalg.norm(C(x)),
    "einsum": lambda x, C: np.einsum("i,j->ij", C(x), x) + np.outer(C(x), x) + np.kron(C(x), x)[0],
    "fft": lambda x, C: np.fft.fft(C(x)),
    "interp": lambda x, C: np.interp(0.95, C(x), x * x),
    "broadcast": lambda x, C: np.broadcast_to(C(x), (2, 3)) * C(x),
    "views": lambda x, C: C(x).view(np.ndarray) * C(x).view(Plain),
    "likes": lambda x, C: np.zeros_like(C(x)) + np.full_like(C(x), x[0]) * x,
    "out": out_of, "in place": in_place, "filled": filled, "stored": stored,
}  # fmt: skip


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name, kind):
    agree(lambda x: total(PROGRAMS[name](x, MAKERS[kind])), X)


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_of_inputs(name, kind):
    """The gradient with respect to such an array is a plain array."""
    same = lambda x: x if isinstance(x, CLASSES[kind]) else x.view(CLASSES[kind])
    f = lambda x: total(PROGRAMS[name](x, same))
    expected = slopes(lambda x: f(x.view(CLASSES[kind])), X)
    d = zg.gradient(f, X.view(CLASSES[kind]))[0]
    assert type(d) is np.ndarray
    np.testing.assert_allclose(d, expected, rtol=1e-6, atol=1e-8)


MATRICES = {
    "product": lambda m, C: C(m).T @ C(m),
    "inv": lambda m, C: np.linalg.inv(C(m)),
    "solve": lambda m, C: np.linalg.solve(C(m), m),
    "det": lambda m, C: np.linalg.det(C(m)),
    "svd": lambda m, C: np.linalg.svd(C(m))[1],
    "eigh": lambda m, C: np.linalg.eigh(C(m)).eigenvalues,
    "qr": lambda m, C: np.linalg.qr(C(m)),
    "axes": lambda m, C: C(m).sum(axis=0) * C(m).max(axis=1, keepdims=True) * C(m).mean(1),
    "rows": lambda m, C: sum(row * row[0] for row in C(m)),
    "diagonal": lambda m, C: C(m).trace() * np.diag(C(m)) * C(m).diagonal(),
    "swapped": lambda m, C: C(m).swapaxes(0, 1) * C(m).transpose() * np.moveaxis(C(m), 0, 1),
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("name", MATRICES)
def test_matrices(name, kind):
    agree(lambda m: total(MATRICES[name](m, MAKERS[kind])), SQUARE)


def test_attributes():
    agree(lambda x: total((Tagged(x, scale=x[0] * x[1]) * 2)[1:].scale * x), X)
    agree(lambda x: total((Tagged(x, scale=3.0) * 2)[1:].scale * x), X)
    agree(lambda x: (Informed(x, x[0] * x[1]) + Informed(x, x[2])).info * 1.0, X)

    def f(x):
        y = Tagged(x * x, "tag")[:2] + 1.0
        assert type(y) is Tagged and y.tag == "tag"
        y.scale = x[2] * 3
        return total(np.sin(y).scale * y)

    agree(f, X)


def test_python_code_that_runs_for_a_new_array():
    seen = []

    class Watched(np.ndarray):
        def __array_finalize__(self, obj):
            seen.append(type(obj).__name__)
            self.factor = getattr(obj, "factor", 1.0) * 2.0

    def f(x):
        w = x.view(Watched)
        w.factor = x[0]
        return total(w[1:] * w[1:].factor)

    agree(f, X)
    assert {"ndarray", "Watched"} <= set(seen)


@pytest.mark.parametrize(
    "f",
    [
        lambda w, x: np.sin(w),
        lambda w, x: w * x + 1.0,
        lambda w, x: w.sum() * x,
        lambda w, x: np.mean(w) * x,
        lambda w, x: np.multiply.outer(w, x),
        lambda w, x: w.std(),
        lambda w, x: np.multiply.accumulate(w),
        lambda w, x: np.modf(w),
        lambda w, x: np.dot(w, x) * np.sort(w),
    ],
)
def test_results_that_are_wrapped(f):
    agree(lambda x: total(f(x.view(Wrapping), x)), X)


def test_methods_that_call_those_of_arrays():
    class Louder(np.ndarray):
        def __rmul__(self, other):
            return super().__rmul__(other) * 2.0

        def __neg__(self):
            return super().__neg__()

        def __getitem__(self, key):
            return super().__getitem__(key)

        def sum(self, *args, **options):
            return super().sum(*args, **options) * 3.0

    for f in (
        lambda x: total(2.0 * x.view(Louder)),
        lambda x: total(-x.view(Louder)),
        lambda x: float(x.view(Louder)[1] * x.view(Louder)[:2].sum()),
        lambda x: float(np.sum(x.view(Louder))),
        lambda x: total(x.view(Louder).__add__(x).__rsub__(2.0).__truediv__(x)),
    ):
        agree(f, X)


def test_an_array_that_is_two_variables():
    f = lambda a, b: (lambda both: np.sum(np.asarray(both[0] * both[1] ** 2)))([a, b])
    t = X.view(Plain)
    da, db = zg.gradient(f, t, t)
    np.testing.assert_allclose(da, X**2)
    np.testing.assert_allclose(db, 2 * X**2)

    class Locked(np.ndarray):
        def __array_finalize__(self, obj):
            if getattr(obj, "locked", False):
                raise RuntimeError("no views")

    t = X.view(Locked)
    t.locked = True
    g = lambda x: (lambda kept: float(np.sum(np.asarray(kept[0]) ** 2)))([x])
    np.testing.assert_allclose(zg.gradient(g, t)[0], 2 * X)
    with pytest.raises(UnsupportedError, match="subclass Locked stands for two variables"):
        zg.gradient(lambda a, b: g(a) + 2.0 * g(b), t, t)


def test_methods_of_other_kinds():
    class Other(np.ndarray):
        def tolist(self):
            return [7.0]

    agree(lambda x: x.view(Other).tolist()[0] * x[0], X)
    f = lambda x: total(np.random.default_rng(0).normal(x.view(Plain), 2.0))
    agree(f, X)


# ------------------------------------------------------------------------- np.matrix


def powered(m):
    a = np.asmatrix(m * m)
    a **= 2
    a *= m
    return a


def item_set(m):
    a = np.asmatrix(m * m)
    a[0, 1] = m[1, 1] ** 2
    a[1] = m[0] * 3
    return a


C = np.asmatrix
MATRIX = {
    "products": lambda m: C(m) * C(m) + C(m) * m + m * C(m) + 3 * C(m) * 2.0 + C(m) @ m,
    "sums": lambda m: 1 - C(m) + m / C(m) - (-C(m)) + abs(C(m)),
    "powers": lambda m: C(m) ** 3 + C(m) ** -1 + C(m) ** 0,
    "attributes": lambda m: C(m).I + C(m).H * 2 + C(m).T * m + C(m).A,
    "complex": lambda m: (C(m) * (1 + 2j)).H.imag,
    "flat": lambda m: C(m).A1 * 2,
    "in place": powered,
    "sum": lambda m: [C(m).sum(), C(m).sum(axis=0), np.sum(C(m), 1), C(m).prod(1)],
    "statistics": lambda m: [C(m).mean(1), C(m).std(), C(m).var(0)],
    "extrema": lambda m: [C(m).max(), C(m).min(0), C(m).ptp()],
    "ufuncs": lambda m: np.exp(C(m)) + np.multiply(C(m), m),
    "items": lambda m: C(m)[0, 1] ** 2 + C(m)[0] * C(m)[:, 1],
    "slices": lambda m: [C(m)[0:1] + C(m)[:, 1].T, C(m)[[1, 1]], C(m)[m > 0.3]],
    "rows": lambda m: [row * row.T for row in C(m)],
    "items set": item_set,
    "inverse": lambda m: [np.linalg.inv(C(m)), np.linalg.solve(C(m), m), np.linalg.det(C(m))],
    "decompositions": lambda m: [np.linalg.svd(C(m))[1], np.linalg.qr(C(m)), np.linalg.norm(C(m))],
    "matrix_power": lambda m: np.linalg.matrix_power(C(m), 3) * C(m).trace()[0, 0],
    "forms": lambda m: [C(m).ravel(), C(m).flatten(), C(m).reshape(1, 4), C(m)[0].squeeze()],
    "bmat": lambda m: np.bmat([[C(m), m], [m, C(m)]]) ** 2,
    "matrix": lambda m: np.matrix(m) * m + np.matrix(m, copy=False),
    "matrix of lists": lambda m: np.matrix([[m[0, 0], 1.0], [m[1, 0] * m[0, 1], m[1, 1]]]) ** 2,
    "asmatrix of lists": lambda m: np.asmatrix([list(m[0]), list(m[1])]),
    "joined": lambda m: [np.concatenate([C(m), m]), np.vstack([C(m), m]), np.kron(C(m), m)],
    "dot": lambda m: np.dot(C(m), m) + np.einsum("ij,jk", C(m), m),
    "where": lambda m: np.where(m > 0.5, C(m), m * m),
    "lists": lambda m: sum(v * v for row in C(m).tolist() for v in row),
    "copies": lambda m: C(m).copy() * C(m).astype(float) * m.view(np.matrix),
    "least squares": lambda m: (C(m).T * C(m)).I * C(m).T * np.matrix([[1.0], [2.0]]),
    "argmax": lambda m: C(m).A1[C(m).argmax()] * C(m).cumsum(0),
}  # fmt: skip


#: programs that take rows for arrays of one axis
OF_ROWS = {"asmatrix of lists"}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", MATRIX)
def test_matrix(name):
    agree(lambda m: total(MATRIX[name](m)), SQUARE)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", [name for name in MATRIX if name not in OF_ROWS])
def test_gradients_of_matrices(name):
    f = lambda m: total(MATRIX[name](m))
    expected = slopes(lambda m: f(np.asmatrix(m)), SQUARE)
    d = zg.gradient(f, np.asmatrix(SQUARE.copy()))[0]
    assert type(d) is np.ndarray
    np.testing.assert_allclose(d, expected, rtol=1e-6, atol=1e-7)


# --------------------------------------------------- records, files, text


def test_records():
    def of_arrays(x):
        r = np.rec.fromarrays([x, x * x], names="u,v")
        return float(np.sum(r.u * r.v))

    agree(of_arrays, X, second=False)
    with pytest.raises(UnsupportedError, match="fields of records"):
        zg.gradient(lambda x: np.sum(zg.gradient(of_arrays, x)[0]), X)
    r = np.rec.array([(1.0, 2.0), (3.0, 4.0)], dtype=[("a", float), ("b", float)])
    for f in (lambda r: np.sum(r.a * r.b), lambda r: r[0].a * r[1]["b"]):
        with pytest.raises(UnsupportedError, match="the fields a, b"):
            zg.gradient(f, r)

    def set_later(x):
        r = np.zeros(3, dtype=[("u", float), ("v", float)]).view(np.recarray)
        r.u = x
        return float(np.sum(r.u))

    agree(set_later, X, second=False)


def test_memory_maps(tmp_path):
    x = np.memmap(tmp_path / "x", np.float64, "w+", shape=3)
    x[:] = [1.0, 2.0, 3.0]
    assert zg.gradient(lambda x: np.sum(x * x), x)[0].tolist() == [2, 4, 6]
    assert zg.gradient(lambda x: np.sum(x[1:] * x[0]), x)[0].tolist() == [5, 1, 1]
    assert zg.gradient(lambda x: np.sum(np.sort(x)[:2] ** 2), x)[0].tolist() == [2, 4, 0]
    y = np.memmap(tmp_path / "y", np.float64, "w+", shape=3)

    def write(v, y=y):
        y[:] = v * v
        return np.sum(y)

    with pytest.raises(UnsupportedError, match="mmap"):
        zg.gradient(write, X)
    del x, y


def test_arrays_of_text():
    names = np.char.array(["a", "b"])
    assert zg.gradient(lambda x: x * len((names + "c")[0]), 2.0) == (2.0,)
    for f in (
        lambda x: float(np.char.array([str(x)])[0]),
        lambda x: float((names + str(x))[0][1:]) * 1.0,
    ):
        assert f(2.0) == 2.0
        with pytest.raises(AdjointError):
            zg.gradient(f, 2.0)


# ------------------------------------------------------------------------- rules


def test_rules_for_them_are_for_them():
    def doubled(x):
        return x * 2

    @zg.adjoint(doubled)
    def doubled_rule(x):
        return doubled(x), lambda dy: (2 * np.asarray(dy),)

    d = zg.gradient(lambda x: np.asarray(doubled(x)).sum(), SQUARE.view(Tagged))[0]
    assert np.asarray(d).tolist() == [[2, 2], [2, 2]]


def test_a_class_attribute_that_has_a_rule_is_not_called():
    class Model:
        kind = int
        make = np.float32
        function = math.sin

        def __init__(self, x):
            self.x = x

    def f(m):
        assert m.kind is int and m.make is np.float32 and m.function is math.sin
        return m.x * 2

    assert zg.gradient(f, Model(3.0))[0].x == 2.0


class Careful(np.ndarray):
    """Calls the methods of its base."""

    def __getitem__(self, key):
        return super().__getitem__(key)

    def total(self):
        return super().sum() * super().mean()

    def turned(self):
        return super().T


def test_methods_of_the_base():
    for f in (
        lambda x: np.sum(x.view(Careful)[1:] ** 2),
        lambda x: x.view(Careful)[0] * x.view(Careful)[-1],
        lambda x: x.view(Careful).total(),
    ):
        agree(f, X)
    assert zg.gradient(lambda x: np.sum(x[1:]), X.view(Careful))[0].tolist() == [0, 1, 1]
    with pytest.raises(AdjointError):
        zg.gradient(lambda x: np.sum(np.asarray(x.view(Careful).turned()) * 2), X)


class Doubling(np.ndarray):
    """What is assigned to its items is doubled; C code of NumPy's does not ask it."""

    def __setitem__(self, key, value):
        super().__setitem__(key, np.asarray(value) * 2)

    def __getitem__(self, key):
        return np.negative(np.ndarray.__getitem__(np.asarray(self), key))


def doubling(x):
    return np.array(x).view(Doubling)


def plain(a):
    return np.asarray(a)


def in_steps(x):
    a = doubling(x)
    a[0] = x[1]
    a += x
    a *= a
    return np.sum(plain(a) * x[2])


def outputs(x):
    a = doubling(x)
    np.multiply(plain(a), x, out=a)
    np.add.at(a, [0, 0, 2], x)
    np.copyto(a, plain(a) * x, where=[True, False, True])
    a.put([1], x[2])
    return np.sum(plain(a) ** 2)


def filled(x):
    a, b = doubling(x), doubling(x)
    a.fill(x[0] * x[1])
    b.sort()
    return np.sum(plain(a) * plain(b))


def kept(x):
    a = doubling(x)
    y = np.sum(np.exp(plain(a)))
    a[1] = x[0] * x[1]
    a /= 3.0
    return y * np.sum(plain(a))


@pytest.mark.parametrize("f", [in_steps, outputs, filled, kept])
def test_c_code_asks_no_items_of_a_class(f):
    agree(f, X)


def test_what_is_brought_back_is_not_assigned_by_the_class():
    a = doubling(X)
    _, back = zg.pullback(lambda a: np.sum(plain(a) ** 2), a)
    plain(a)[:] = 7.0
    for _ in range(2):
        assert plain(back(1.0)[0]).tolist() == (2 * X).tolist()
        assert plain(a).tolist() == [7.0] * 3


def test_regions_that_a_class_shows_otherwise():
    """NumPy writes them into what `__getitem__` gives, here a copy."""

    def f(x):
        a = doubling(x)
        a[:] = x * x
        return np.sum(plain(a))

    with pytest.raises(UnsupportedError, match="something else than a view"):
        zg.gradient(f, X)

    def g(x):
        a = np.array(x).view(Careful)
        a[1:] = x[:2] * x[0]
        return np.sum(plain(a) ** 2)

    agree(g, X)
