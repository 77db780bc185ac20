"""cross_entropy and its pullback, against NumPy in double precision and PyTorch."""

import doctest
import functools
import itertools

import numpy as np
import pytest
from row_cases import LAYOUTS, LENGTHS, SPACING, close, double, far_apart, in_other_orders, make

import zygcore as zg
from zygcore import cuda
from zygcore.cuda import loss
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

DTYPES = list(SPACING)
REDUCTIONS = ["none", "mean", "sum"]


def expected(x, labels, weight=None, ignore=-100, smoothing=0.0):
    """Losses and weights of rows, and the derivatives of the losses: by one-hot vectors."""
    x, classes = double(x), x.shape[-1]
    w = np.ones(classes) if weight is None else double(weight)
    counted = labels != ignore
    one_hot = np.eye(classes)[np.where(counted, labels, 0)]
    q = ((1 - smoothing) * one_hot * w + smoothing / classes * w) * counted[..., None]
    with np.errstate(all="ignore"):
        top = x.max(-1, keepdims=True)
        log_p = x - top - np.log(np.exp(x - top).sum(-1, keepdims=True))
        losses = np.where(q != 0, -q * log_p, 0).sum(-1)
    slopes = np.exp(log_p) * q.sum(-1, keepdims=True) - q
    return losses, (one_hot @ w) * counted, slopes


def run(place, x, labels, weight, smoothing, reduction, dy, ignore=-100):
    """Loss and cotangent of x, by the functions that the rule is made of."""
    x, labels, weight, dy = (a if a is None else place.put(a) for a in (x, labels, weight, dy))
    y, stats, denominator = loss.losses(x, labels, weight, ignore, smoothing, reduction)
    dx = loss.losses_back(dy, x, labels, weight, ignore, smoothing, stats, denominator)
    return place.get(y), place.get(dx)


def check(place, x, labels, weight=None, smoothing=0.0, reductions=REDUCTIONS):
    dtype, count = str(x.dtype), max(labels.size, 1)
    size = 1 + np.abs(double(x)).max() * (1 if weight is None else double(weight).max())
    losses, weights, slopes = expected(x, labels, weight, smoothing=smoothing)
    for reduction in reductions:
        rng = np.random.default_rng(0)
        dy = make(rng, labels.shape if reduction == "none" else (), dtype)
        y, dx = run(place, x, labels, weight, smoothing, reduction, dy)
        scale = weights.sum() if reduction == "mean" else 1.0
        right = losses if reduction == "none" else losses.sum() / scale
        close(y, right, dtype, atol=size if reduction == "none" else size * count / scale)
        d = double(dy)[..., None] / scale
        close(dx, d * slopes, dtype, atol=np.abs(d).max() * size)


def example(n, shape=(3,), dtype="float64", seed=0):
    """Numbers, labels of which the second does not count, and class weights."""
    rng = np.random.default_rng(seed)
    x, labels = make(rng, (*shape, n), dtype, 2.0), rng.integers(0, n, shape)
    labels.reshape(-1)[1:2] = -100
    return x, labels, np.abs(make(rng, (n,), dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", LENGTHS)
def test_lengths(place, n, dtype):
    x, labels, weight = example(n, (3,), dtype)
    check(place, x, labels)
    check(place, x, labels, weight, 0.25, ["none", "mean"])


@pytest.mark.parametrize("shape", [(), (1,), (2,), (33,), (300,), (2, 3), (1300,)])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_numbers_of_rows(place, shape, dtype):
    for n in (2, 5):
        check(place, *example(n, shape, dtype))
        check(place, *example(n, shape, dtype), 0.1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(place, layout, dtype):
    for n, shape in ((37, (5,)), (300, (2, 3)), (1100, (2,))):
        x, labels, weight = example(n, shape, dtype)
        change = LAYOUTS[layout]
        check(place, change(x), change(labels), change(weight), 0.25)
        check(place, change(x), change(labels.astype(np.int32)))


def test_strides_of_zero(place):
    x, labels, weight = example(7, (4,))
    check(place, np.broadcast_to(x[0], (4, 7)), np.broadcast_to(labels[:1], (4,)), weight, 0.5)
    check(place, np.broadcast_to(x[:, :1], (4, 7)), labels, np.broadcast_to(weight[:1], (7,)), 0.5)
    (dx,) = zg.gradient(
        lambda x: cuda.cross_entropy(x, labels, reduction="none")[:3].sum(), place.put(x)
    )
    right = expected(x, labels)[2]
    right[3] = 0
    np.testing.assert_allclose(place.get(dx), right, rtol=1e-13, atol=1e-14)


CASES = list(itertools.product(REDUCTIONS, [0.0, 0.1, 1.0], [False, True]))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction, smoothing, weighted", CASES)
def test_like_pytorch(place, reduction, smoothing, weighted, dtype):
    torch = pytest.importorskip("torch", reason="it is what is compared with")
    tolerance = {"rtol": 256 * SPACING[dtype], "atol": 256 * SPACING[dtype]}
    for n in (6, 1500):
        x, labels, weight = example(n, (5,), dtype)
        options = {"label_smoothing": smoothing, "reduction": reduction}
        t = torch.tensor(x, requires_grad=True)
        w = torch.tensor(weight) if weighted else None
        y = torch.nn.functional.cross_entropy(t, torch.tensor(labels), w, **options)
        dy = make(np.random.default_rng(1), y.shape, dtype)
        (right,) = torch.autograd.grad(y, t, torch.tensor(dy))
        w = place.put(weight) if weighted else None
        f = functools.partial(cuda.cross_entropy, labels=place.put(labels), weight=w, **options)
        got, back = zg.pullback(lambda x, f=f: f(x), place.put(x))
        np.testing.assert_allclose(place.get(got), y.detach(), **tolerance)
        np.testing.assert_allclose(place.get(back(place.put(dy))[0]), right, **tolerance)


# -- labels and numbers that are special ------------------------------------------------------


@pytest.mark.parametrize("n", [4, 1500])
@pytest.mark.parametrize("label", [-1, "n", 2**40, -(2**40)])
def test_labels_of_no_class_make_their_row_nan(place, n, label):
    x, labels, weight = example(n, (3,))
    labels[2] = n if label == "n" else label
    losses, _, slopes = expected(x[:2], labels[:2], weight, smoothing=0.1)
    y, dx = run(place, x, labels, weight, 0.1, "none", np.ones(3))
    np.testing.assert_allclose(y[:2], losses, rtol=1e-13)
    np.testing.assert_allclose(dx[:2], slopes, rtol=1e-11, atol=1e-15)
    assert np.isnan(y[2]) and np.isnan(dx[2]).all()
    y, dx = run(place, x, labels, weight, 0.1, "none", np.array([1.0, 1.0, 0.0]))
    assert (dx[2] == 0).all()
    for reduction in ("mean", "sum"):
        y, dx = run(place, x, labels, weight, 0.1, reduction, np.array(1.0))
        assert np.isnan(y) and np.isnan(dx[2]).all()


@pytest.mark.parametrize("ignore", [-100, 2, 7])
def test_rows_that_do_not_count(place, ignore):
    """Whether the label is that of a class or not; what is in the row does not matter."""
    x, labels, weight = example(5, (4,))
    labels[:] = [0, ignore, 1, ignore]
    x[1] = np.nan
    x[3] = np.inf
    y, dx = run(place, x, labels, weight, 0.1, "none", np.ones(4), ignore)
    losses, weights, slopes = expected(x[::2], labels[::2], weight, ignore, 0.1)
    np.testing.assert_allclose(y, [losses[0], 0, losses[1], 0], rtol=1e-13)
    np.testing.assert_allclose(dx[::2], slopes, rtol=1e-12, atol=1e-15)
    assert (dx[1::2] == 0).all()
    y, dx = run(place, x, labels, weight, 0.1, "mean", np.array(1.0), ignore)
    np.testing.assert_allclose(y, losses.sum() / weights.sum(), rtol=1e-13)
    assert (dx[1::2] == 0).all()


def test_nothing_to_count(place):
    x = np.ones((2, 3))
    for count in (0, 2):
        labels = np.full(count, -100)
        y, dx = run(place, x[:count], labels, None, 0.0, "mean", np.array(1.0))
        assert np.isnan(y) and (dx == 0).all() and dx.shape == (count, 3)
        y, dx = run(place, x[:count], labels, None, 0.0, "sum", np.array(1.0))
        assert y == 0 and (dx == 0).all()
        y, dx = run(place, x[:count], labels, None, 0.0, "none", np.ones(count))
        assert y.shape == (count,) and (y == 0).all()


def test_no_classes(place):
    x, labels = np.ones((2, 0)), np.array([0, -100])
    y, dx = run(place, x, labels, None, 0.1, "none", np.ones(2))
    assert np.isnan(y[0]) and y[1] == 0 and dx.shape == (2, 0)


@pytest.mark.parametrize("n", [4, 1500])
def test_classes_that_are_masked_out(place, n):
    """With -inf, or a number that is about as good."""
    x, _, _ = example(n, (3,))
    labels = np.array([0, 1, 0])
    x[:, 2:] = -np.inf
    y, dx = run(place, x, labels, None, 0.0, "none", np.ones(3))
    losses, _, slopes = expected(x, labels)
    np.testing.assert_allclose(y, losses, rtol=1e-14)
    np.testing.assert_allclose(dx, slopes, rtol=1e-13, atol=1e-15)
    y, dx = run(place, x, np.array([0, 2, 1]), None, 0.0, "none", np.ones(3))
    assert y[1] == np.inf and np.isfinite(y[[0, 2]]).all() and dx[1, 2] == -1
    x[:, 2:] = -1e30
    y, dx = run(place, x, labels, None, 0.0, "none", np.ones(3))
    np.testing.assert_allclose(y, losses, rtol=1e-14)
    np.testing.assert_allclose(dx, slopes, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("smoothing", [0.0, 0.5])
@pytest.mark.parametrize("n", [4, 1024, 1500])
def test_what_is_common_to_a_row_changes_nothing(place, n, smoothing):
    rng = np.random.default_rng(0)
    x = rng.integers(-8, 8, (2, n)).astype(np.float32)
    labels, dy = np.array([1, 3]), np.ones(2, np.float32)
    right = run(place, x, labels, None, smoothing, "none", dy)
    got = run(place, x + np.float32(2.0**20), labels, None, smoothing, "none", dy)
    for a, b in zip(got, right, strict=True):
        np.testing.assert_allclose(a, b, rtol=16 * SPACING["float32"], atol=SPACING["float32"])


def test_small_losses_are_not_rounded_away(place):
    """Of a model that is sure: 1 - p is e^-30."""
    x = np.array([[30.0, 0.0], [0.0, 30.0]])
    y = place.get(cuda.cross_entropy(place.put(x), place.put(np.array([0, 1])), reduction="sum"))
    assert 0 <= y < 4 * np.exp(-30)
    dx = run(place, x, np.array([0, 1]), None, 0.0, "sum", np.array(1.0))[1]
    np.testing.assert_allclose(dx[0, 1], np.exp(-30), rtol=1e-12)


def test_infinite_and_nan(place):
    x = np.array([[np.nan, 0, 1], [np.inf, 0, 1], [-np.inf] * 3, [0, 1, 2]])
    labels = np.array([1, 0, 1, 2])
    y, dx = run(place, x, labels, None, 0.0, "none", np.ones(4))
    assert np.isnan(y[:3]).all() and np.isfinite(y[3])
    assert np.isnan(dx[:3]).any(-1).all() and np.isfinite(dx[3]).all()
    dx = run(place, x, labels, None, 0.0, "none", np.array([0.0, 0.0, 0.0, 1.0]))[1]
    assert (dx[:3] == 0).all()


# -- indices and errors -----------------------------------------------------------------------


def test_indices_beyond_31_bits(place):
    if place.name != "host":
        pytest.skip("it would take gigabytes of the GPU: there memory is never lent untouched")
    x, labels, weight = example(5, (2,), "float16")
    labels[:] = [4, 1]
    far = far_apart(x, 2**31 + 3)
    columns = far_apart(np.ascontiguousarray(x[:, :2].T), 2**31 + 3).T
    for a, b, l, w in ((far, x, labels, weight), (columns, x[:, :2], labels % 2, weight[:2])):
        right = run(place, b, l, w, 0.1, "none", np.ones(2, "float16"))
        got = run(place, a, l, w, 0.1, "none", np.ones(2, "float16"))
        np.testing.assert_array_equal(got[0], right[0])
        np.testing.assert_array_equal(got[1], right[1])


def test_what_is_wrong(place):
    put = place.put
    x, labels = put(np.ones((2, 3))), put(np.array([0, 1]))

    def wrong(message, *args, **options):
        with pytest.raises(cuda.CudaError, match=message + ".*cudaErrorInvalidValue"):
            cuda.cross_entropy(*args, **options)

    wrong("no reduction 'average'", x, labels, reduction="average")
    wrong("labels must be int64 or int32", x, put(np.array([0.0, 1.0])))
    wrong("one axis less", x, put(np.array([[0, 1]])))
    wrong("same shape", x, put(np.array([0, 1, 2])))
    wrong("class weights must have the dtype", x, labels, put(np.ones(3, "f")))
    wrong("one for each class", x, labels, put(np.ones(2)))
    wrong("smoothing must lie", x, labels, label_smoothing=1.5)
    wrong("smoothing must lie", x, labels, label_smoothing=float("nan"))
    wrong("float64, float32", put(np.ones((2, 3), int)), labels)
    stats, one = put(np.ones((3, 2))), put(np.ones(1))

    def wrong_back(message, *args):
        with pytest.raises(cuda.CudaError, match="cross_entropy_back: .*" + message):
            loss.losses_back(*args)

    wrong_back("dtype", put(np.ones(2, "f")), x, labels, None, 0, 0.0, stats, None)
    wrong_back("shape", put(np.ones((2, 2))), x, labels, None, 0, 0.0, stats, None)
    wrong_back("stats", put(np.ones(2)), x, labels, None, 0, 0.0, one, None)
    wrong_back("denominator", None, x, labels, None, 0, 0.0, stats, put(np.ones(1, "f")))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_what_is_constant(place, reduction):
    x, labels, weight = map(place.put, example(4, (3,)))

    def by_smoothing(s):
        return cuda.cross_entropy(x, labels, label_smoothing=s, reduction=reduction).sum()

    def by_weight(w):
        return cuda.cross_entropy(x, labels, w, reduction=reduction).sum()

    def by_weight_of_gradient(w):
        return zg.gradient(lambda x: cuda.cross_entropy(x, labels, w), x)[0][0, 0]

    for f, at in ((by_smoothing, 0.1), (by_weight, weight), (by_weight_of_gradient, weight)):
        with pytest.raises(AdjointError, match="cross_entropy with respect to"):
            zg.gradient(f, at)


# -- derivatives ------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction, smoothing, weighted", CASES)
def test_adjoint(reduction, smoothing, weighted):
    for n, shape in ((4, (3,)), (3, (2, 2)), (3, ()), (1, (2,))):
        x, labels, weight = example(n, shape)

        def f(x, labels=labels, weight=weight):
            w = weight.astype(x.dtype) if weighted else None
            return cuda.cross_entropy(x, labels, w, label_smoothing=smoothing, reduction=reduction)

        check_adjoint(f, x)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_adjoint_of_the_gradient(reduction):
    """Derivatives up to the third."""
    x, labels, weight = example(3, (2,))

    def slope(x):
        w = weight.astype(x.dtype)
        return zg.gradient(
            lambda x: np.exp(cuda.cross_entropy(x, labels, w, -1, 0.1, reduction)).sum(), x
        )[0]

    labels[:] = [2, 0]
    check_adjoint(slope, x)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_second_derivatives_keep_the_dtype(place, reduction, dtype):
    x, labels, _ = example(5, (2,), dtype)
    labels = place.put(labels)

    def slope(x):
        def squares(x):
            y = cuda.cross_entropy(x, labels, reduction=reduction)
            return (y * y).sum()

        return zg.gradient(squares, x)[0].sum()

    (dx,) = zg.gradient(slope, place.put(x))
    assert str(dx.dtype) == dtype


def test_the_order_of_threads_changes_nothing():
    runs = in_other_orders("""
import hashlib
import numpy as np
from zygcore.cuda import loss
digest = hashlib.sha256()
rng = np.random.default_rng(0)
for n, rows in [(3, 1200), (100, 5), (1000, 2), (3000, 2)]:
    x, labels = rng.standard_normal((rows, n)).astype("f"), rng.integers(0, n, rows)
    for reduction in ("none", "mean", "sum"):
        y, stats, by = loss.losses(x, labels, x[0], -1, 0.1, reduction)
        dx = loss.losses_back(y, x, labels, x[0], -1, 0.1, stats, by)
        digest.update(y.tobytes() + dx.tobytes())
print(digest.hexdigest())
""")
    assert len(runs[0]) > 60 and len(set(runs)) == 1


def test_examples():
    assert doctest.testmod(loss).failed == 0
