"""Rules of reductions, cumulative functions and products of arrays."""

import numpy as np
import pytest
from checking import call_rule, check, variants

from zygcore.errors import AdjointError, UnsupportedError

RNG = np.random.default_rng(0)
AXES = [None, 0, -1, (0, 2), (-1, 1), ()]


def operands(positive=False):
    rng = np.random.default_rng(3)
    yield from variants(rng, (2, 3, 4), positive)
    yield rng.standard_normal((2, 3, 4)) + 1j * rng.standard_normal((2, 3, 4))


@pytest.mark.parametrize("f", [np.sum, np.mean, np.prod, np.var, np.std, np.nansum])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(f, axis, keepdims):
    if f is np.std and axis == ():
        return  # 0 everywhere: there is no derivative to compare with
    for x in operands():
        check(f, x, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("f", [np.max, np.min, np.ptp, np.median, np.amax, np.amin])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_order_statistics(f, axis, keepdims):
    for x in variants(np.random.default_rng(4), (2, 3, 4)):
        check(f, x, axis=axis, keepdims=keepdims)


def test_methods():
    x = RNG.standard_normal((2, 3))
    for name in ("sum", "mean", "prod", "var", "std", "max", "min", "cumsum", "cumprod", "trace"):
        check(getattr(np.ndarray, name), x)
        check(getattr(np.ndarray, name), x.astype(np.float32))
    for name in ("sum", "mean", "prod", "max", "min"):
        check(getattr(np.generic, name), np.float32(0.3))
    check(np.ndarray.var, x, 0, ddof=1)
    check(np.ndarray.sum, x, 0, None, None, True)
    check(np.ndarray.dot, x, x.T.copy())


def test_zero_dimensional_and_empty():
    for f in (np.sum, np.mean, np.prod, np.max, np.var, np.median, np.cumsum, np.cumprod):
        check(f, np.array(0.7))
    for f in (np.sum, np.prod, np.cumsum, np.cumprod):
        check(f, np.zeros((0, 3)))
        check(f, np.zeros((0, 3)), axis=0)
    check(np.max, np.zeros((0, 3)), axis=1)


def test_dtypes():
    x = np.float32([1, 2, 3])
    check(np.sum, x, dtype=np.float64)
    check(np.mean, x, dtype=np.float64)
    for f in (np.sum, np.mean, np.prod, np.max, np.std, np.median, np.cumsum, np.cumprod):
        n = np.array([3, 1, 2])
        dx = call_rule(f, n)[1](np.ones(np.shape(f(n)))[()])[0]
        assert dx.dtype == np.float64 and dx.shape == (3,)
    assert call_rule(np.sum, x, dtype=int)[1] is None  # whole numbers
    with pytest.raises(UnsupportedError, match="out"):
        call_rule(np.sum, x, out=np.array(0.0))


ZEROS = [[0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [2.0, 0.0, 3.0], [0.0, 0.0, 0.0], [0.0]]


@pytest.mark.parametrize("x", ZEROS)
def test_products_of_zeros(x):
    x = np.array(x)
    for f in (np.prod, np.cumprod):
        check(f, x)
        check(f, np.stack([x, 1 + x]), axis=0)
        check(f, np.stack([x, 1 + x]), axis=1)
        check(f, np.stack([x, 1 + x]) * (1 + 1j), axis=1)
    check(np.prod, np.stack([x, 1 + x]))
    check(np.prod, np.stack([x, 1 + x, x])[None], axis=(0, 2))


TIES = [
    (np.max, [1.0, 1.0], [0.5, 0.5]),
    (np.min, [1.0, 1.0, 2.0], [0.5, 0.5, 0]),
    (np.median, [1.0, 1.0, 2.0], [0.5, 0.5, 0]),
    (np.median, [1.0, 2.0, 2.0, 3.0], [0, 0.5, 0.5, 0]),
    (np.median, [1.0, 1.0, 2.0, 3.0], [0.25, 0.25, 0.5, 0]),
    (np.max, [np.nan, 1.0], [1.0, 0]),
    (np.std, [2.0, 2.0], [0, 0]),
]


@pytest.mark.parametrize(("f", "x", "expected"), TIES)
def test_ties_share(f, x, expected):
    assert call_rule(f, np.array(x))[1](1.0)[0].tolist() == expected


def test_cumulative():
    for x in operands():
        for f in (np.cumsum, np.cumprod):
            check(f, x)
            check(f, x, axis=1)
            check(f, x, axis=-1)


def test_ufunc_methods():
    x = RNG.standard_normal((2, 3))
    for f in (np.add, np.multiply, np.maximum, np.minimum):
        check(np.ufunc.reduce, f, x, wrt=[1])
        check(np.ufunc.reduce, f, x, None, wrt=[1])
        check(np.ufunc.reduce, f, x, axis=-1, keepdims=True, wrt=[1])
    for f in (np.add, np.multiply):
        check(np.ufunc.accumulate, f, x, wrt=[1])
        check(np.ufunc.accumulate, f, x, 1, wrt=[1])
    assert call_rule(np.ufunc.reduce, np.logical_or, x)[1] is None
    with pytest.raises(AdjointError, match="copysign"):
        call_rule(np.ufunc.reduce, np.copysign, x)[1](np.ones(3))


def arrays(*shapes, kind=float):
    rng = np.random.default_rng(5)
    for shape in shapes:
        x = rng.standard_normal(shape)
        if kind is complex:
            x = x + 1j * rng.standard_normal(shape)
        yield x.astype(kind)


DOT = [((), (2,)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)),
       ((2, 3, 4), (4,)), ((2, 3, 4), (5, 4, 3)), ((4,), (5, 4, 3)), ((0,), (0,))]  # fmt: skip


@pytest.mark.parametrize("kind", [float, np.float32, complex])
def test_products(kind):
    for shapes in DOT:
        check(np.dot, *arrays(*shapes, kind=kind))
    for shapes in [((3,), (3,)), ((2, 3), (4, 3)), ((2, 4, 3), (5, 3)), ((), (3,)), ((2, 3), (3,))]:
        check(np.inner, *arrays(*shapes, kind=kind))
    for shapes in [((3,), (4,)), ((2, 3), (4,)), ((), (4,)), ((0,), (4,))]:
        check(np.outer, *arrays(*shapes, kind=kind))
    for shapes in [((3,), (3,)), ((2, 3), (3, 2)), ((), ())]:
        check(np.vdot, *arrays(*shapes, kind=kind))
    for shapes, axes in [
        (((2, 3), (3, 4)), 1), (((2, 3, 4), (3, 4, 5)), 2), (((2,), (3,)), 0),
        (((2, 3, 4), (4, 2, 5)), ([0, 2], [1, 0])), (((2, 3, 4), (4, 2, 5)), ([2, 0], [0, 1])),
        (((2, 3, 4), (5, 4)), (-1, 1)), (((2, 3, 4), (3, 2, 4)), ((0, 1, 2), (1, 0, 2))),
    ]:  # fmt: skip
        check(np.tensordot, *arrays(*shapes, kind=kind), axes)


def test_products_of_numbers():
    check(np.dot, 0.3, np.array([1.0, 2.0]))
    check(np.dot, np.array([1.0, 2.0]), 1.5)
    check(np.inner, 0.3, 0.4)
