"""softmax, log_softmax, logsumexp and their pullbacks, against double precision, SciPy, PyTorch."""

import doctest

import numpy as np
import pytest
import scipy.special as sc
from row_cases import LAYOUTS, LENGTHS, SPACING, close, double, far_apart, in_other_orders, make

import zygcore as zg
from zygcore import cuda
from zygcore.cuda import rows
from zygcore.testing import check_adjoint

DTYPES = list(SPACING)
FUNCTIONS = [cuda.softmax, cuda.log_softmax, cuda.logsumexp]


def expected(f, x, axis=-1):
    x = double(x)
    top = x.max(axis, keepdims=True)
    e = np.exp(x - top)
    total = e.sum(axis, keepdims=True)
    if f is cuda.softmax:
        return e / total
    if f is cuda.log_softmax:
        return (x - top) - np.log(total)
    return (top + np.log(total)).squeeze(axis)


def expected_back(f, dy, x, axis=-1):
    """By the Jacobian matrices."""
    dy, p = double(dy), expected(cuda.softmax, x, axis)
    if f is cuda.softmax:
        return p * dy - p * (p * dy).sum(axis, keepdims=True)
    if f is cuda.log_softmax:
        return dy - p * dy.sum(axis, keepdims=True)
    return np.expand_dims(dy, axis) * p


def pullback_of(place, f, x, dy, axis=-1):
    if x.dtype.name == "bfloat16" or not x.size:  # pullbacks of whole programs refuse these
        d, y = place.put(dy), f(place.put(x), axis)
        if f is cuda.logsumexp:
            return place.get(rows.logsumexp_back(d, place.put(x), axis, False))
        return place.get(getattr(rows, f.__name__ + "_back")(d, y, axis))
    _, back = zg.pullback(lambda x: f(x, axis), place.put(x))
    return place.get(back(place.put(dy))[0])


def check(place, f, x, axis=-1):
    """Value and pullback; of 16 bits the pullback is that of the rounded result."""
    dtype = str(x.dtype)
    y = place.get(f(place.put(x), axis))
    size = np.abs(double(x)).max()
    close(y, expected(f, x, axis), dtype, atol=size)
    dy = make(np.random.default_rng(1), y.shape, dtype)
    dx = pullback_of(place, f, x, dy, axis)
    if f is cuda.softmax:
        kept, d = double(y), double(dy)
        right = kept * (d - (kept * d).sum(axis, keepdims=True))
    elif f is cuda.log_softmax:
        right = double(dy) - np.exp(double(y)) * double(dy).sum(axis, keepdims=True)
    else:
        right = expected_back(f, dy, x, axis)
    close(dx, right, dtype, atol=np.abs(double(dy)).sum(axis).max() if y.ndim == x.ndim else 1.0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("f", FUNCTIONS)
def test_lengths(place, f, n, dtype):
    check(place, f, make(np.random.default_rng(n), (3 if n < 2000 else 2, n), dtype, 2.0))


@pytest.mark.parametrize("count", [1, 4, 5, 31, 33, 70, 257])
def test_numbers_of_rows(place, count):
    for n in (1, 5, 40):
        for f in FUNCTIONS:
            check(place, f, make(np.random.default_rng(n), (count, n), "float32"))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("f", FUNCTIONS)
def test_layouts(place, f, layout, dtype):
    for shape in [(5, 37), (2, 3, 300), (2, 1100)]:
        x = LAYOUTS[layout](make(np.random.default_rng(2), shape, dtype))
        check(place, f, x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(6, 5, 4), (3, 70, 2), (40, 3, 33), (1, 19, 1), (2, 2, 2)])
@pytest.mark.parametrize("f", FUNCTIONS)
def test_every_axis(place, f, shape, dtype):
    x = make(np.random.default_rng(3), shape, dtype)
    for axis in (0, 1, 2, -1, -2, -3):
        check(place, f, x, axis)
        check(place, f, LAYOUTS["permuted"](x), axis)


def test_long_columns(place):
    x = make(np.random.default_rng(4), (2500, 3), "float32")
    for f in FUNCTIONS:
        check(place, f, x, 0)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_strides_of_zero(place, f):
    row, column = np.arange(40.0) / 8, np.arange(6.0)[:, None]
    for x in (np.broadcast_to(row, (6, 40)), np.broadcast_to(column, (6, 40))):
        for axis in (0, 1):
            check(place, f, x, axis)


def test_cotangents_that_are_spread(place):
    """The cotangent of a sum has strides 0."""
    x = make(np.random.default_rng(5), (4, 50), "float64")
    for f in FUNCTIONS:
        dx = zg.gradient(lambda x, f: f(x)[..., :3].sum(), place.put(x), f)[0]
        ones = np.zeros((4, 50) if f is not cuda.logsumexp else (4,))
        ones[..., :3] = 1
        np.testing.assert_allclose(place.get(dx), expected_back(f, ones, x), rtol=1e-13, atol=1e-15)
    (dx,) = zg.gradient(lambda x: cuda.softmax(x).sum(), place.put(x))
    np.testing.assert_allclose(place.get(dx), 0, atol=1e-15)


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_like_pytorch(place, f, dtype):
    torch = pytest.importorskip("torch", reason="it is what is compared with")
    for shape in [(3, 10), (2, 1500)]:
        x = make(np.random.default_rng(6), shape, dtype)
        for axis in (0, 1):
            t = torch.tensor(x, requires_grad=True)
            y = getattr(torch, f.__name__)(t, axis)
            tolerance = {"rtol": 64 * SPACING[dtype], "atol": 64 * SPACING[dtype]}
            np.testing.assert_allclose(place.get(f(place.put(x), axis)), y.detach(), **tolerance)
            dy = make(np.random.default_rng(7), y.shape, dtype)
            (dx,) = torch.autograd.grad(y, t, torch.tensor(dy))
            np.testing.assert_allclose(pullback_of(place, f, x, dy, axis), dx, **tolerance)


# -- special values ---------------------------------------------------------------------------


INF, NAN = np.inf, np.nan
SPECIAL = [
    [-INF, -INF, -INF],
    [INF, 1.0, -INF],
    [INF, INF, 2.0],
    [-INF, 1.0, 2.0],
    [1.0, -INF, -INF],
    [NAN, 1.0, 2.0],
    [-INF, NAN, -INF],
    [INF, NAN, 0.0],
    [3e4, -3e4, 0.0],
    [0.0, -0.0, 0.0],
]


def padded(row, n):
    """The row with so many numbers before it that change nothing."""
    return np.concatenate([np.full(n - len(row), -INF), row])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [3, 40, 1500])
@pytest.mark.parametrize("row", SPECIAL)
def test_special_values_as_of_scipy(place, row, n, dtype):
    x = padded(row, n).astype(make(np.random.default_rng(0), (), dtype).dtype)
    for shape, axis in [((n,), 0), ((n, 2), 0)]:
        a = np.broadcast_to(x.reshape(n, *[1] * (len(shape) - 1)), shape)
        with np.errstate(all="ignore"):
            for f, g in zip(FUNCTIONS, (sc.softmax, sc.log_softmax, sc.logsumexp), strict=True):
                y = place.get(f(place.put(a), axis))
                close(y, g(double(a), axis=axis), dtype, atol=1.0)


@pytest.mark.parametrize("n", [3, 40, 1500])
@pytest.mark.parametrize("row", [r for r in SPECIAL if not np.isnan(r).any()])
def test_gradient_of_logsumexp_as_of_scipy(place, row, n):
    x = padded(row, n)
    if np.isneginf(row).all():
        share = np.full(n, 1 / n)
    elif np.isposinf(row).any():
        share = np.isposinf(x) / np.isposinf(x).sum()
    else:
        share = np.exp(x - max(row)) / np.exp(x - max(row)).sum()
    (dx,) = zg.gradient(cuda.logsumexp, place.put(x))
    np.testing.assert_allclose(place.get(dx), share, rtol=1e-14)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(zg.gradient(sc.logsumexp, x)[0], share, rtol=1e-14)


@pytest.mark.parametrize("n", [3, 1500])
def test_gradient_where_the_result_is_nan(place, n):
    x = padded([NAN, 1.0, 2.0], n)
    for f in FUNCTIONS:
        dx = zg.gradient(lambda x, f: (f(x) * 2.0).sum(), place.put(x), f)[0]
        assert np.isnan(place.get(dx)).any()
    assert np.isnan(place.get(zg.gradient(cuda.logsumexp, place.put(x))[0])).all()


@pytest.mark.parametrize("n", [3, 1500])
@pytest.mark.parametrize("bad", [[NAN, 1.0, 2.0], [-INF, -INF, -INF], [INF, 0.0, 1.0]])
def test_a_zero_cotangent_stays_zero(place, bad, n):
    """A row that is masked out does not spoil anything."""
    good = np.linspace(0, 1, n)
    x = np.stack([padded(bad, n), good])
    for axis, a in ((1, x), (0, x.T)):
        for f in FUNCTIONS:
            shape = np.shape(expected(f, np.zeros_like(a), axis))
            dy = np.zeros(shape)
            one = np.ones(n) if f is not cuda.logsumexp else 1.0
            index = (1,) if axis == 1 or f is cuda.logsumexp else (slice(None), 1)
            dy[index] = one
            dx = pullback_of(place, f, a, dy, axis)
            dx = dx if axis == 1 else dx.T
            assert (dx[0] == 0).all()
            right = expected_back(f, one, good)
            np.testing.assert_allclose(dx[1], right, rtol=1e-13, atol=1e-14)


def test_large_numbers(place):
    """What all of a row have in common changes nothing."""
    x = np.float32([[0.0, 1.0, 2.0]])
    for n in (3, 1500):
        a = np.tile(x, (1, n // 3))
        for f in (cuda.softmax, cuda.log_softmax):
            y = place.get(f(place.put(a)))
            np.testing.assert_array_equal(place.get(f(place.put(a + np.float32(2.0**14)))), y)
    y = place.get(cuda.logsumexp(place.put(np.float32([3e38, 3e38]))))
    assert y == np.float32(3e38)


# -- shapes, indices, errors ------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_empty(place, dtype):
    for shape, axis in [((0, 5), 1), ((0, 5), 0), ((3, 0), 1), ((2, 0, 4), 2), ((0,), 0)]:
        x = place.put(make(np.random.default_rng(0), shape, dtype))
        for f in (cuda.softmax, cuda.log_softmax):
            y = f(x, axis)
            assert (
                y.shape == shape
                and pullback_of(place, f, place.get(x), place.get(y), axis).shape == shape
            )
        y = cuda.logsumexp(x, axis)
        rest = shape[:axis] + shape[axis + 1 :]
        assert y.shape == rest and (double(place.get(y)) == -INF).all()
        assert pullback_of(place, cuda.logsumexp, place.get(x), place.get(y), axis).shape == shape
        assert (
            cuda.logsumexp(x, axis, keepdims=True).shape == shape[:axis] + (1,) + shape[axis + 1 :]
        )


def test_indices_beyond_31_bits(place):
    """Rows, and elements of a row, that lie more than 2^31 elements apart."""
    if place.name != "host":
        pytest.skip("it would take gigabytes of the GPU: there memory is never lent untouched")
    x = make(np.random.default_rng(8), (2, 5), "float16")
    far = far_apart(x, 2**31 + 3)
    for f in FUNCTIONS:
        for axis in (0, 1):
            np.testing.assert_array_equal(f(far, axis), f(x, axis))
            dy = f(x, axis)
            np.testing.assert_array_equal(
                pullback_of(place, f, far, dy, axis), pullback_of(place, f, x, dy, axis)
            )


def test_many_axes(place):
    x = make(np.random.default_rng(9), (2, 3, 1, 2, 2, 3, 2, 2), "float64")
    a = x.transpose(3, 1, 0, 7, 5, 2, 4, 6)
    for axis in range(8):
        check(place, cuda.softmax, a, axis)


def test_what_is_wrong(place):
    x = place.put(np.ones((2, 3)))
    for f in FUNCTIONS:
        with pytest.raises(cuda.CudaError, match="no axis 2.*cudaErrorInvalidValue"):
            f(x, 2)
        with pytest.raises(cuda.CudaError, match="has no axis"):
            f(place.put(np.array(1.0)))
        with pytest.raises(cuda.CudaError, match=f"{f.__name__}: .*float64, float32"):
            f(place.put(np.ones((2, 3), int)))
        with pytest.raises(cuda.CudaError, match="not supported"):
            f(place.put(np.ones((2, 3), complex)))
    with pytest.raises(cuda.CudaError, match="softmax_back: .*dtype"):
        rows.softmax_back(place.put(np.ones((2, 3), "f")), x, 1)
    with pytest.raises(cuda.CudaError, match="shape"):
        rows.softmax_back(place.put(np.ones((2, 4))), x, 1)
    with pytest.raises(cuda.CudaError, match="shape"):
        rows.log_softmax_back(place.put(np.ones((3, 3))), x, 1)
    with pytest.raises(cuda.CudaError, match="axes"):
        rows.softmax_back(x, place.put(np.ones(2)), 0)
    with pytest.raises(cuda.CudaError, match="axes"):
        rows.logsumexp_back(x, x, 1, False)
    with pytest.raises(cuda.CudaError, match="shape"):
        rows.logsumexp_back(place.put(np.ones(3)), x, 1, False)


# -- derivatives ------------------------------------------------------------------------------


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_adjoint(f, axis):
    x = np.random.default_rng(10).standard_normal((3, 4))
    check_adjoint(f, x, axis)
    check_adjoint(f, x[0], 0)
    check_adjoint(f, x[:1, :1], axis)


def test_adjoint_with_keepdims():
    x = np.random.default_rng(11).standard_normal((3, 2, 4))
    for axis in range(3):
        check_adjoint(cuda.logsumexp, x, axis, True)
        check_adjoint(lambda x, axis: x - cuda.logsumexp(x, axis, keepdims=True), x, axis)


@pytest.mark.parametrize("f", FUNCTIONS)
def test_adjoint_of_the_gradient(f):
    """Derivatives up to the third."""
    x = np.random.default_rng(12).standard_normal((2, 3))

    def slope(x):
        return zg.gradient(lambda x: (f(x) ** 2).sum(), x)[0]

    check_adjoint(slope, x)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("f", FUNCTIONS)
def test_second_derivatives_keep_the_dtype(place, f, dtype):
    x = make(np.random.default_rng(13), (2, 5), dtype)

    def slope(x):
        return zg.gradient(lambda x: (f(x) * f(x)).sum(), x)[0].sum()

    (dx,) = zg.gradient(slope, place.put(x))
    assert str(dx.dtype) == dtype


def test_the_order_of_threads_changes_nothing():
    runs = in_other_orders("""
import hashlib
import numpy as np
import zygcore as zg
from zygcore import cuda
digest = hashlib.sha256()
rng = np.random.default_rng(0)
cases = [((5, 3), 1), ((3, 100), 1), ((2, 1000), 1), ((2, 3000), 1), ((70, 9), 0), ((2, 40, 7), 1)]
for shape, axis in cases:
    x = rng.standard_normal(shape).astype("f")
    for f in (cuda.softmax, cuda.log_softmax, cuda.logsumexp):
        y, back = zg.pullback(lambda x: f(x, axis), x)
        digest.update(y.tobytes() + back(y)[0].tobytes())
print(digest.hexdigest())
""")
    assert len(runs[0]) > 60 and len(set(runs)) == 1


def test_examples():
    assert doctest.testmod(rows).failed == 0
