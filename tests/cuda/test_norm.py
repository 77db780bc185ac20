"""layer_norm, rms_norm and their pullbacks, against NumPy in double precision and PyTorch."""

import doctest

import numpy as np
import pytest
from row_cases import LAYOUTS, LENGTHS, SPACING, close, double, far_apart, in_other_orders, make

import zygcore as zg
from zygcore import cuda
from zygcore.cuda import norm
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

DTYPES = list(SPACING)
EPS = 1e-3


def parts(x, eps, centred):
    """z and scale, in double precision."""
    x = double(x)
    d = x - x.mean(-1, keepdims=True) if centred else x
    scale = 1 / np.sqrt((d * d).mean(-1, keepdims=True) + eps)
    return d * scale, scale


def expected(x, weight, bias, eps, centred):
    z, _ = parts(x, eps, centred)
    return z * double(weight) + double(bias)


def expected_back(dy, x, weight, eps, centred):
    """By the Jacobian matrix of z: scale * (identity - 1 / n - z z^T / n)."""
    (z, scale), dy = parts(x, eps, centred), double(dy)
    n = x.shape[-1]
    jacobian = np.eye(n) - z[..., :, None] * z[..., None, :] / n
    if centred:
        jacobian = jacobian - 1 / n
    dx = scale * np.einsum("...ij,...j->...i", jacobian, dy * double(weight))
    rows = tuple(range(x.ndim - 1))
    return dx, (dy * z).sum(rows), dy.sum(rows)


def run(place, x, weight, bias, eps, centred, dy):
    """The value and all cotangents, by the functions that the rules are made of."""
    x, dy, weight, bias = (None if a is None else place.put(a) for a in (x, dy, weight, bias))
    y, stats = norm.normalized(x, weight, bias, eps, centred)
    dx = norm.normalized_back(dy, x, weight, stats, eps, centred)
    dw = norm.normalized_weight(dy, x, stats, eps, centred)
    return [place.get(a) for a in (y, dx, dw, norm.normalized_bias(dy, x, stats))]


def check(place, x, centred, layout=lambda a: a, eps=EPS):
    dtype, n = str(x.dtype), x.shape[-1]
    rng = np.random.default_rng(n)
    weight, bias, dy = (make(rng, s, dtype) for s in ((n,), (n,), x.shape))
    y, dx, dw, db = run(place, x, weight, bias, eps, centred, layout(dy))
    top = 1 + np.abs(double(x)).max() / np.sqrt(eps)  # what the rounding of the mean is relative to
    top = min(top, 1 + np.abs(double(x)).max() * parts(x, eps, centred)[1].max())
    close(y, expected(x, weight, bias, eps, centred), dtype, atol=4 * top)
    right = expected_back(dy, x, weight, eps, centred)
    size = parts(x, eps, centred)[1].max() * top**2 * (1 + np.abs(double(dy * weight)).max())
    close(dx, right[0], dtype, atol=4 * size)
    rows = max(x.size // n, 1)
    close(dw, right[1], dtype, atol=4 * top * rows)
    close(db, right[2], dtype, atol=4 * rows)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("centred", [True, False])
def test_lengths(place, centred, n, dtype):
    check(place, make(np.random.default_rng(n), (3 if n < 2000 else 2, n), dtype), centred)


@pytest.mark.parametrize("count", [1, 4, 31, 33, 130, 300])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_numbers_of_rows(place, count, dtype):
    """With 128 rows and more the sums over rows have several parts."""
    for n in (1, 5, 40):
        check(place, make(np.random.default_rng(n), (count, n), dtype), True)
        check(place, make(np.random.default_rng(n), (count, n), dtype), False)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("centred", [True, False])
def test_layouts(place, centred, layout, dtype):
    for shape in [(5, 37), (2, 3, 300), (2, 1100)]:
        x = LAYOUTS[layout](make(np.random.default_rng(2), shape, dtype))
        check(place, x, centred, LAYOUTS[layout])
        check(place, x, centred)


@pytest.mark.parametrize("dtype", DTYPES)
def test_unaligned_parameters(place, dtype):
    for n in (40, 1200):
        rng = np.random.default_rng(n)
        x, dy = make(rng, (3, n), dtype), make(rng, (3, n), dtype)
        weight, bias = make(rng, (n,), dtype), make(rng, (n,), dtype)
        got = run(place, x, weight, bias, EPS, True, dy)
        change = LAYOUTS["unaligned"]
        for a, b in zip(
            run(place, x, change(weight), change(bias), EPS, True, dy), got, strict=True
        ):
            np.testing.assert_array_equal(a, b)
        for layout in ("gaps", "reversed"):
            change = LAYOUTS[layout]
            again = run(place, x, change(weight), change(bias), EPS, True, dy)
            for a, b in zip(again, got, strict=True):
                np.testing.assert_array_equal(a, b)


def test_parameters_that_are_not_there(place):
    rng = np.random.default_rng(3)
    for n in (6, 1100):
        x, w, b = rng.standard_normal((2, n)), rng.standard_normal(n), rng.standard_normal(n)
        put = place.put
        for centred, f in ((True, cuda.layer_norm), (False, cuda.rms_norm)):
            close(
                place.get(f(put(x), eps=EPS)),
                expected(x, 1.0, 0.0, EPS, centred),
                "float64",
                atol=4,
            )
            close(
                place.get(f(put(x), put(w), eps=EPS)),
                expected(x, w, 0.0, EPS, centred),
                "float64",
                atol=9,
            )
        y = cuda.layer_norm(put(x), bias=put(b))
        close(place.get(y), expected(x, 1.0, b, 1e-5, True), "float64", atol=9)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(3, 10), (2, 3, 200), (3, 1500)])
def test_like_pytorch(place, shape, dtype):
    torch = pytest.importorskip("torch", reason="it is what is compared with")
    rng, n = np.random.default_rng(4), shape[-1]
    x, dy = make(rng, shape, dtype), make(rng, shape, dtype)
    weight, bias = make(rng, (n,), dtype), make(rng, (n,), dtype)
    tolerance = {"rtol": 256 * SPACING[dtype], "atol": 256 * SPACING[dtype]}
    for f, args in ((cuda.layer_norm, (x, weight, bias)), (cuda.rms_norm, (x, weight))):
        ts = [torch.tensor(a, requires_grad=True) for a in args]
        if f is cuda.layer_norm:
            y = torch.nn.functional.layer_norm(ts[0], (n,), *ts[1:], eps=1e-5)
        else:
            y = torch.nn.functional.rms_norm(ts[0], (n,), *ts[1:], eps=1e-5)
        got, back = zg.pullback(f, *map(place.put, args))
        np.testing.assert_allclose(place.get(got), y.detach(), **tolerance)
        for a, b in zip(
            back(place.put(dy)), torch.autograd.grad(y, ts, torch.tensor(dy)), strict=True
        ):
            np.testing.assert_allclose(place.get(a), b, **tolerance)


# -- numbers that are hard --------------------------------------------------------------------


@pytest.mark.parametrize("n", [40, 1024, 1200, 3000])
def test_a_large_mean(place, n):
    """The variance does not drown in the square of the mean, as E[x^2] - E[x]^2 would."""
    x = (np.random.default_rng(5).standard_normal((2, n)) + 4096).astype(np.float32)
    y = place.get(cuda.layer_norm(place.put(x)))
    right = expected(x, 1.0, 0.0, 1e-5, True)
    assert np.abs(y - right).max() < 4 * SPACING["float32"] * 4096  # of the mean's rounding
    assert abs(np.std(double(y)) - 1) < 1e-5


def test_rows_that_are_constant(place):
    x = np.full((2, 2000), 3.0, np.float32)
    for a in (x, x[:, :50]):
        np.testing.assert_array_equal(place.get(cuda.layer_norm(place.put(a))), 0)
    y = place.get(cuda.rms_norm(place.put(np.zeros((2, 50)))))
    np.testing.assert_array_equal(y, 0)


@pytest.mark.parametrize("n", [3, 1500])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite(place, n, bad):
    """Spoils its row and no other; with a cotangent of zero it spoils nothing."""
    x = np.random.default_rng(6).standard_normal((3, n))
    x[1, n // 2] = bad
    w, b = np.linspace(1, 2, n), np.linspace(0, 1, n)
    dy = np.random.default_rng(7).standard_normal((3, n))
    for centred in (True, False):
        y, dx, dw, _ = run(place, x, w, b, EPS, centred, dy)
        right = expected(x[::2], w, b, EPS, centred)
        np.testing.assert_allclose(y[::2], right, rtol=1e-12, atol=1e-12)
        assert np.isnan(y[1]).any() and np.isfinite(dx[::2]).all() and np.isnan(dx[1]).any()
        assert np.isnan(dw).any()
        masked = dy.copy()
        masked[1] = 0
        _, dx, dw, db = run(place, x, w, b, EPS, centred, masked)
        right = expected_back(dy[::2], x[::2], w, EPS, centred)
        assert (dx[1] == 0).all()
        for got, part in zip((dx[::2], dw, db), right, strict=True):
            np.testing.assert_allclose(got, part, rtol=1e-11, atol=1e-11)


# -- shapes, indices, errors ------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_empty(place, dtype):
    for shape in [(0, 5), (3, 0), (2, 0, 4), (0,)]:
        x, p = (
            make(np.random.default_rng(0), shape, dtype),
            make(np.random.default_rng(0), shape[-1:], dtype),
        )
        y, dx, dw, db = run(place, x, p, p, EPS, True, x)
        assert y.shape == dx.shape == shape
        assert dw.shape == db.shape == shape[-1:]
        assert (double(dw) == 0).all() and (double(db) == 0).all()


def test_indices_beyond_31_bits(place):
    if place.name != "host":
        pytest.skip("it would take gigabytes of the GPU: there memory is never lent untouched")
    x = make(np.random.default_rng(8), (2, 5), "float16")
    far = far_apart(x, 2**31 + 3)
    right = run(place, x, None, None, EPS, True, x)
    for a, b in zip(run(place, far, None, None, EPS, True, far), right, strict=True):
        np.testing.assert_array_equal(a, b)
    x = x[:, :2]
    column = far_apart(np.ascontiguousarray(x.T), 2**31 + 3).T
    right = run(place, x, None, None, EPS, True, x)
    for a, b in zip(run(place, column, None, None, EPS, True, column), right, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_wrong(place):
    x, w = place.put(np.ones((2, 3))), place.put(np.ones(3))
    for f in (cuda.layer_norm, cuda.rms_norm):
        with pytest.raises(cuda.CudaError, match="normalize: .*length of the last axis"):
            f(x, place.put(np.ones(2)))
        with pytest.raises(cuda.CudaError, match="length of the last axis"):
            f(x, place.put(np.ones((1, 3))))
        with pytest.raises(cuda.CudaError, match="dtype of the array"):
            f(x, place.put(np.ones(3, "f")))
        with pytest.raises(cuda.CudaError, match="at least one axis"):
            f(place.put(np.array(1.0)))
        with pytest.raises(cuda.CudaError, match="float64, float32.*cudaErrorInvalidValue"):
            f(place.put(np.ones((2, 3), int)))
    with pytest.raises(cuda.CudaError, match="length of the last axis"):
        cuda.layer_norm(x, w, place.put(np.ones(4)))
    stats = norm.normalized(x, None, None, EPS, True)[1]
    with pytest.raises(cuda.CudaError, match="normalize_back: .*shape"):
        norm.normalized_back(place.put(np.ones((2, 4))), x, w, stats, EPS, True)
    with pytest.raises(cuda.CudaError, match="normalize_back: stats"):
        norm.normalized_back(x, x, w, place.put(np.ones((2, 3))), EPS, True)
    with pytest.raises(cuda.CudaError, match="stats has the wrong dtype"):
        norm.normalized_back(x, x, w, place.put(np.ones((2, 2), "f")), EPS, True)
    with pytest.raises(cuda.CudaError, match="workspace is too small"):
        norm.launch("normalize_columns", x, x, stats, w, None, place.put(np.ones(5)))


@pytest.mark.parametrize("f", [cuda.layer_norm, cuda.rms_norm])
def test_the_gradient_of_eps_is_an_error(place, f):
    x = place.put(np.ones((2, 3)))
    with pytest.raises(AdjointError, match="with respect to eps"):
        zg.gradient(lambda eps: f(x, eps=eps).sum(), 1e-3)
    with pytest.raises(AdjointError, match="with respect to eps"):
        zg.gradient(lambda eps: zg.gradient(lambda x: f(x, eps=eps)[0, 0], x)[0].sum(), 1e-3)


# -- derivatives ------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 2), (2, 1)])
def test_adjoint(shape):
    rng = np.random.default_rng(9)
    x, w, b = (
        rng.standard_normal(shape),
        rng.standard_normal(shape[-1]),
        rng.standard_normal(shape[-1]),
    )
    for args in ((x,), (x, w), (x, w, b)):
        check_adjoint(cuda.layer_norm, *args, eps=0.1)
    check_adjoint(lambda x, b: cuda.layer_norm(x, bias=b), x, b)
    for args in ((x,), (x, w)):
        check_adjoint(cuda.rms_norm, *args, eps=0.1)


def test_adjoint_of_the_gradient():
    """Derivatives up to the third."""
    rng = np.random.default_rng(10)
    x, w, b = rng.standard_normal((2, 3)), rng.standard_normal(3), rng.standard_normal(3)
    for f, args in ((cuda.layer_norm, (x, w, b)), (cuda.rms_norm, (x, w))):
        for i in range(len(args)):

            def slope(*args, f=f, i=i):
                return zg.gradient(lambda *args: np.exp(f(*args)).sum(), *args)[i]

            check_adjoint(slope, *args)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_second_derivatives_keep_the_dtype(place, dtype):
    x = make(np.random.default_rng(11), (2, 5), dtype)
    for f in (cuda.layer_norm, cuda.rms_norm):

        def slope(x, f=f):
            return zg.gradient(lambda x: (f(x) * f(x) * f(x)).sum(), x)[0].sum()

        (dx,) = zg.gradient(slope, place.put(x))
        assert str(dx.dtype) == dtype


def test_the_order_of_threads_changes_nothing():
    runs = in_other_orders("""
import hashlib
import numpy as np
from zygcore.cuda import norm
from zygcore.errors import AdjointError
digest = hashlib.sha256()
rng = np.random.default_rng(0)
for shape in [(5, 3), (3, 100), (2, 1000), (2, 3000), (150, 9)]:
    x, dy = rng.standard_normal((2, *shape)).astype("f")
    for centred in (True, False):
        y, stats = norm.normalized(x, x[0], x[0], 1e-5, centred)
        dx = norm.normalized_back(dy, x, x[0], stats, 1e-5, centred)
        dw = norm.normalized_weight(dy, x, stats, 1e-5, centred)
        for a in (y, dx, dw, norm.normalized_bias(dy, x, stats)):
            digest.update(a.tobytes())
print(digest.hexdigest())
""")
    assert len(runs[0]) > 60 and len(set(runs)) == 1


def test_examples():
    assert doctest.testmod(norm).failed == 0
