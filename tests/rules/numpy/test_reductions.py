"""Rules of reductions, cumulative functions and products of arrays."""

import warnings

import numpy as np
import pytest
from checking import call_rule

import zygcore as zg
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.testing import check_adjoint

RNG = np.random.default_rng(0)
AXES = [None, 0, -1, (0, 2), (-1, 1), ()]


def operands(positive=False):
    rng = np.random.default_rng(3)
    yield np.abs(rng.standard_normal((2, 3, 4))) if positive else rng.standard_normal((2, 3, 4))
    yield rng.standard_normal((2, 3, 4)) + 1j * rng.standard_normal((2, 3, 4))


@pytest.mark.parametrize("f", [np.sum, np.mean, np.prod, np.var, np.std, np.nansum])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(f, axis, keepdims):
    if f is np.std and axis == ():
        return  # 0 everywhere: there is no derivative to compare with
    for x in operands():
        check_adjoint(f, x, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("f", [np.max, np.min, np.ptp, np.median, np.amax, np.amin])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_order_statistics(f, axis, keepdims):
    x = np.random.default_rng(4).standard_normal((2, 3, 4))
    check_adjoint(f, x, axis=axis, keepdims=keepdims)


def test_methods():
    x = RNG.standard_normal((2, 3))
    for name in ("sum", "mean", "prod", "var", "std", "max", "min", "cumsum", "cumprod", "trace"):
        check_adjoint(getattr(np.ndarray, name), x)
    for name in ("sum", "mean", "prod", "max", "min"):
        check_adjoint(getattr(np.generic, name), np.float32(0.3))
    check_adjoint(np.ndarray.var, x, 0, ddof=1)
    check_adjoint(np.ndarray.sum, x, 0, None, None, True)
    check_adjoint(np.ndarray.dot, x, x.T.copy())


def test_zero_dimensional_and_empty():
    for f in (np.sum, np.mean, np.prod, np.max, np.var, np.median, np.cumsum, np.cumprod):
        check_adjoint(f, np.array(0.7))
    for f in (np.sum, np.prod, np.cumsum, np.cumprod):
        check_adjoint(f, np.zeros((0, 3)))
        check_adjoint(f, np.zeros((0, 3)), axis=0)
    check_adjoint(np.max, np.zeros((0, 3)), axis=1)


def test_dtypes():
    x = np.float32([1, 2, 3])
    check_adjoint(np.sum, x, dtype=np.float64)
    check_adjoint(np.mean, x, dtype=np.float64)
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
        check_adjoint(f, x)
        check_adjoint(f, np.stack([x, 1 + x]), axis=0)
        check_adjoint(f, np.stack([x, 1 + x]), axis=1)
        check_adjoint(f, np.stack([x, 1 + x]) * (1 + 1j), axis=1)
    check_adjoint(np.prod, np.stack([x, 1 + x]))
    check_adjoint(np.prod, np.stack([x, 1 + x, x])[None], axis=(0, 2))


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
            check_adjoint(f, x)
            check_adjoint(f, x, axis=1)
            check_adjoint(f, x, axis=-1)


def test_ufunc_methods():
    x = RNG.standard_normal((2, 3))
    for f in (np.add, np.multiply, np.maximum, np.minimum):
        check_adjoint(np.ufunc.reduce, f, x, wrt=[1])
        check_adjoint(np.ufunc.reduce, f, x, None, wrt=[1])
        check_adjoint(np.ufunc.reduce, f, x, axis=-1, keepdims=True, wrt=[1])
    for f in (np.add, np.multiply):
        check_adjoint(np.ufunc.accumulate, f, x, wrt=[1])
        check_adjoint(np.ufunc.accumulate, f, x, 1, wrt=[1])
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
        check_adjoint(np.dot, *arrays(*shapes, kind=kind))
    for shapes in [((3,), (3,)), ((2, 3), (4, 3)), ((2, 4, 3), (5, 3)), ((), (3,)), ((2, 3), (3,))]:
        check_adjoint(np.inner, *arrays(*shapes, kind=kind))
    for shapes in [((3,), (4,)), ((2, 3), (4,)), ((), (4,)), ((0,), (4,))]:
        check_adjoint(np.outer, *arrays(*shapes, kind=kind))
    for shapes in [((3,), (3,)), ((2, 3), (3, 2)), ((), ())]:
        check_adjoint(np.vdot, *arrays(*shapes, kind=kind))
    for shapes, axes in [
        (((2, 3), (3, 4)), 1), (((2, 3, 4), (3, 4, 5)), 2), (((2,), (3,)), 0),
        (((2, 3, 4), (4, 2, 5)), ([0, 2], [1, 0])), (((2, 3, 4), (4, 2, 5)), ([2, 0], [0, 1])),
        (((2, 3, 4), (5, 4)), (-1, 1)), (((2, 3, 4), (3, 2, 4)), ((0, 1, 2), (1, 0, 2))),
    ]:  # fmt: skip
        check_adjoint(np.tensordot, *arrays(*shapes, kind=kind), axes)


def test_products_of_numbers():
    check_adjoint(np.dot, 0.3, np.array([1.0, 2.0]))
    check_adjoint(np.dot, np.array([1.0, 2.0]), 1.5)
    check_adjoint(np.inner, 0.3, 0.4)


MASK = np.array([[True, False, True], [True, True, False]])
DATA = np.array([[0.7, 1.9, 1.2], [0.4, 2.3, 0.8]])
WHERE = [np.sum, np.prod, np.mean, np.var, np.std, np.nansum]


@pytest.mark.parametrize("f", WHERE)
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_where(f, axis):
    f_ = lambda x: f(x, axis=axis, where=MASK)
    second = not (f is np.std and axis == 0)  # one element: no spread, where it has a kink
    if f is np.std and axis == 0:
        np.testing.assert_array_equal(zg.gradient(lambda x: np.sum(f_(x)), DATA)[0][:, 1:], 0)
    else:
        check_adjoint(f_, DATA, second=second)
    check_adjoint(lambda x: f(x, axis=axis, where=MASK, keepdims=True) ** 2, DATA + 1, second=False)
    check_adjoint(lambda x: f(x, where=[[True], [False]]), DATA)


@pytest.mark.parametrize("f", [np.max, np.min, np.sum, np.prod, np.nansum])
def test_initial(f):
    second = f in (np.sum, np.prod, np.nansum)
    for start in (1.1, -5.0, 5.0):
        for axis in (None, 0, -1):
            options = {"axis": axis, "second": second}
            check_adjoint(lambda x, s, axis=axis: f(x, axis=axis, initial=s), DATA, start,
                          second=second)  # fmt: skip
            check_adjoint(
                lambda x, s, axis=axis: f(x, axis, keepdims=True, initial=s, where=MASK),
                DATA, start, second=second,
            )  # fmt: skip
            check_adjoint(f, DATA, initial=start, **options)
    assert zg.gradient(lambda x, s: np.max(x, initial=s), np.array([2.0, 2.0]), 2.0)[1] == 1 / 3


def test_given_mean():
    for f in (np.var, np.std):
        check_adjoint(lambda x, m, f=f: f(x, mean=m), DATA, np.array([[0.9]]))
        check_adjoint(lambda x, m, f=f: f(x, axis=1, mean=m), DATA, np.array([[0.9], [1.3]]))
        check_adjoint(
            lambda x, f=f: f(x, axis=1, mean=np.mean(x, axis=1, keepdims=True)), DATA, single=False
        )
        check_adjoint(f, DATA, correction=1)
        check_adjoint(f, DATA, axis=0, ddof=0.5)


def test_initial_of_products_of_zeros():
    x = np.array([0.0, 2.0, 3.0])
    dx, ds = zg.gradient(lambda x, s: np.prod(x, initial=s), x, 5.0)
    assert dx.tolist() == [30, 0, 0] and ds == 0
    dx, ds = zg.gradient(lambda x, s: np.prod(x[1:], initial=s), x, 0.0)
    assert dx.tolist() == [0, 0, 0] and ds == 6
    dx = zg.gradient(lambda x: np.prod(x, where=[False, True, True]), x)[0]
    assert dx.tolist() == [0, 3, 2]


def test_nothing_takes_part():
    x = np.array([1.0, 2.0])
    none = [False, False]
    for f in (np.sum, np.prod):
        assert zg.gradient(lambda x, f=f: f(x, where=none), x)[0].tolist() == [0, 0]
    dx, ds = zg.gradient(lambda x, s: np.max(x, where=none, initial=s), x, 0.5)
    assert dx.tolist() == [0, 0] and ds == 1
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for f in (np.mean, np.var):
            zg.gradient(lambda x, f=f: f(x[:0]), x)  # NaN of nothing: no error of ours


QUANTILES = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
    "interpolated_inverted_cdf", "hazen", "weibull", "linear", "median_unbiased",
    "normal_unbiased", "lower", "higher", "midpoint", "nearest",
]  # fmt: skip


@pytest.mark.parametrize("method", QUANTILES)
def test_quantiles(method):
    x = np.random.default_rng(0).standard_normal((4, 5))
    plain = {"second": False, "single": False}
    for f, q in ((np.quantile, 0.37), (np.percentile, [37.0, 81.0])):
        check_adjoint(lambda x, f=f, q=q: f(x, q, method=method), x, **plain)
        check_adjoint(lambda x, f=f, q=q: f(x, q, axis=1, keepdims=True, method=method), x, **plain)
        check_adjoint(lambda x, f=f, q=q: f(x, q, axis=(0, 1), method=method), x, **plain)


def test_the_fraction_of_a_quantile():
    x = np.array([1.0, 4.0, 2.0, 9.0])
    check_adjoint(np.quantile, x, 0.4, second=False, single=False)
    check_adjoint(np.nanquantile, x, np.array([0.4, 0.7]), second=False, single=False)
    assert zg.gradient(np.quantile, x, 0.4)[1] == pytest.approx(3 * 2)  # 3 pieces, of length 2


def test_ties_of_quantiles_share():
    x = np.array([1.0, 2.0, 2.0, 2.0, 5.0])
    assert zg.gradient(lambda x: np.quantile(x, 0.5), x)[0].tolist() == [0, 1 / 3, 1 / 3, 1 / 3, 0]
    for f in (np.percentile, np.nanpercentile):
        d = zg.gradient(lambda x, f=f: f(x, 50), x)[0]
        assert d.tolist() == [0, 1 / 3, 1 / 3, 1 / 3, 0]
    for f in (np.median, np.nanmedian):
        assert zg.gradient(f, x)[0].tolist() == [0, 1 / 3, 1 / 3, 1 / 3, 0]
    d = zg.gradient(
        lambda x: np.partition(x, 2)[2], np.array([[3.0, 2.0, 2.0], [1.0, 1.0, 1.0]])[0]
    )
    assert d[0].tolist() == [1, 0, 0]
    d = zg.gradient(
        lambda x: np.partition(x, 1)[:, 1].sum(), np.array([[3.0, 2.0, 2.0], [1, 1, 1]])
    )
    np.testing.assert_allclose(d[0], [[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-15)


NAN = np.array([[0.7, np.nan, 1.2], [0.4, 2.3, np.nan]])


@pytest.mark.parametrize(
    "name",
    "nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian nancumsum nancumprod".split(),
)
def test_missing_numbers(name):
    """As the plain function of the numbers that are there; nothing for what is missing."""
    f = getattr(np, name)
    d = zg.gradient(lambda x: np.sum(f(x)), NAN)[0]
    there = ~np.isnan(NAN)
    assert not d[~there].any()
    plain = getattr(np, name.removeprefix("nan"))
    weights = np.ones(4)
    if name.startswith("nancum"):  # what is missing repeats what came before
        weights = np.array([2.0, 1.0, 1.0, 2.0])
    expected = zg.gradient(lambda x: np.sum(weights * plain(x)) / (1 if weights.max() > 1 else 4),
                           NAN[there])[0]  # fmt: skip
    np.testing.assert_allclose(d[there], expected, rtol=1e-14)
    options = {"second": False, "layouts": False}
    check_adjoint(lambda x: f(np.where(there, x, np.nan), axis=1), np.where(there, NAN, 0.5),
                  **options)  # fmt: skip


def test_axes_of_numbers():
    """NumPy has the axes 0 and -1 where there are none."""
    for f in (np.sum, np.prod, np.max, np.logaddexp.reduce, np.add.reduce):
        for axis in (0, -1):
            check_adjoint(lambda x, f=f, axis=axis: f(x, axis=axis) ** 2, np.array(0.7))
