"""Rules for making arrays: grids, iterables, functions of numbers, other containers."""

import numpy as np
import pytest

import zygcore as zg
from zygcore.testing import check_adjoint

A = np.array([0.7, 1.9, 1.2])
B = np.array([0.4, 2.3])


def test_linspace():
    check_adjoint(np.linspace, 0.3, 1.7, 5)
    check_adjoint(np.linspace, 0.3, 1.7, 5, endpoint=False)
    check_adjoint(np.linspace, A, 1.7, 5)
    check_adjoint(np.linspace, A, B[:1], 5, axis=1)
    check_adjoint(np.linspace, A, np.float64(3), 4, axis=-1)
    check_adjoint(np.linspace, 0.3, 1.7, 1)
    check_adjoint(np.linspace, 0.3, 1.7, 0)
    check_adjoint(np.linspace, 0.3, 1.7, 5, retstep=True)
    check_adjoint(np.linspace, A, 1.7, 5, endpoint=False, retstep=True)
    assert zg.gradient(lambda x: np.linspace(0, x, 5, dtype=int).sum() * x, 9.0)[0] == 21
    check_adjoint(np.logspace, 0.3, 1.7, 4)
    check_adjoint(np.geomspace, 0.3, 1.7, 4)


@pytest.mark.parametrize("indexing", ["xy", "ij"])
def test_meshgrid(indexing):
    for options in ({}, {"sparse": True}, {"copy": False}, {"sparse": True, "copy": False}):
        check_adjoint(np.meshgrid, A, B, indexing=indexing, **options)
        check_adjoint(np.meshgrid, A, indexing=indexing, **options)
        check_adjoint(np.meshgrid, A, B, A[:2], indexing=indexing, **options)
    check_adjoint(np.meshgrid, A, 0.5, indexing=indexing)
    assert type(np.meshgrid(A, B)) is type(zg.pullback(np.meshgrid, A, B)[0])
    with pytest.raises(ValueError, match="xy"):
        zg.gradient(lambda x: np.meshgrid(x, indexing="yx")[0].sum(), A)


def test_iterables():
    check_adjoint(lambda x: np.fromiter((v * v for v in x), float), A, single=False)
    check_adjoint(lambda x: np.fromiter((v * v for v in x), float, 2), A, single=False)
    with pytest.raises(ValueError, match="too short"):
        zg.gradient(lambda x: np.fromiter(iter(x), float, 9).sum(), A)
    check_adjoint(lambda x: [v * i for i, (_, v) in enumerate(np.ndenumerate(x))], A)

    def places(x):
        x = np.reshape(np.concatenate([x, x * x]), (2, 3))
        return [v * (3 * i + j) for (i, j), v in np.ndenumerate(x)]

    check_adjoint(places, A, single=False)


def test_vectorize():
    pick = lambda a, b: a * b if a < b else a + 2 * b
    check_adjoint(np.vectorize(pick), A, 1.0, single=False)
    check_adjoint(np.vectorize(pick), A, np.array([[1.0], [2.0]]), single=False)
    check_adjoint(np.vectorize(pick, otypes=[float]), A, 1.0, single=False)
    check_adjoint(np.vectorize(lambda a: (a * a, 1 / a)), A, single=False)
    check_adjoint(np.vectorize(pick, excluded=["b"]), A, b=1.0, single=False)
    check_adjoint(
        np.vectorize(lambda a, b: a @ b, signature="(n),(n)->()"),
        np.stack([A, A**2]), A, single=False,
    )  # fmt: skip
    check_adjoint(lambda x: np.vectorize(lambda v: [v * v], otypes=[object])(x)[0][0], A)


def test_vectorized_functions_are_called_as_often_as_without_us():
    for options in ({}, {"cache": True}, {"otypes": [float]}):
        calls = []

        def counted(a, calls=calls):
            calls.append(type(a))
            return a * a

        f = np.vectorize(counted, **options)
        f(A)
        plain, calls[:] = list(calls), []
        assert zg.gradient(lambda x, f=f: np.sum(f(x)), A)[0].tolist() == (2 * A).tolist()
        assert calls == plain


def test_objects_with_an_array_of_their_own():
    class Own:
        def __init__(self, x):
            self.x = x

        def __array__(self, dtype=None, copy=None):
            return self.x * 2.0

    check_adjoint(lambda x: np.asarray(Own(x)) ** 2, A, single=False)
    check_adjoint(lambda x: np.array(Own(x), dtype=complex) * 1j, A, single=False)


def test_polynomials():
    plain = {"single": False}
    check_adjoint(np.polymul, A, B)
    check_adjoint(lambda a, b: (np.poly1d(a) * np.poly1d(b))(0.7), A, B, **plain)
    check_adjoint(lambda a: np.poly1d(a).deriv()(a), A, **plain)
    check_adjoint(lambda a: np.poly1d(a).integ(2, [0.3, a[0]])(0.5), A, **plain)
    quotient = lambda a, b: [np.asarray(p) for p in np.poly1d(a) / np.poly1d(b)]
    check_adjoint(quotient, A, B, **plain)
    check_adjoint(lambda a: (np.poly1d(a) ** 2 + 3.0)(0.5), A, **plain)


def test_casts():
    for kind in (np.float16, np.float32, np.float64, np.complex64, np.complex128, np.longdouble):
        d = zg.gradient(lambda x, kind=kind: np.real(kind(x)) * 2, 0.5)[0]
        assert type(d) is float and d == 2
    for kind in (np.int8, np.int64, np.uint32, np.bool_):
        assert zg.gradient(lambda x, kind=kind: kind(x) * 2.0 + 0 * x, 1.5)[0] == 0
        d = zg.gradient(lambda x, kind=kind: np.sum(kind(x) * 2.0), np.array([1.5]))[0]
        assert d is None
    for kind in (np.int8, np.int64, np.uint32):
        assert zg.gradient(lambda n, kind=kind: kind(n) * n, 3) == (6,)


def test_a_type_that_a_class_keeps():
    class Layer:
        kind = np.float32

        def __init__(self, w):
            self.w = w

    d = zg.gradient(lambda m: m.w * 2 if m.kind is np.float32 else m.w, Layer(1.5))[0]
    assert d.w == 2
    d = zg.gradient(lambda m: float(m.kind(m.w)) * 2, Layer(1.5))[0]
    assert d.w == 2


def test_matvec():
    m = np.stack([np.outer(A, A + 1), np.outer(A - 1, A) + 2])
    for f, x, y in ((np.matvec, m, A), (np.vecmat, A, m), (np.matvec, m[0], np.stack([A, A * A]))):
        check_adjoint(f, x, y)
        check_adjoint(f, x * (1 + 0.5j), y * (0.3 - 1j))


if not hasattr(np, "matvec"):
    test_matvec = pytest.mark.skip(reason="new in NumPy 2.2")(test_matvec)
