"""Arrays of more than 2^32 elements: the last of them are read and written.

Memory is reserved, and little of it is touched; of a launch only those blocks run that have the
last elements.  So indices, offsets and grids are those of large arrays, in little time.
"""

import contextlib
import math

import numpy as np
import pytest
import scipy.special as sp
from kernel_cases import reserved

from zygcore import cuda
from zygcore.cuda import _arrays, _backend
from zygcore.errors import CudaError

END = 2**32
N = END + 1003
LAST = (1 + np.arange(1003) % 7).astype(np.float16)  # the elements from END on
ROWS = END // 3 + 400  # of 3 elements: the last ones lie beyond END


@pytest.fixture(autouse=True)
def on_the_host():
    if cuda.backend() != "host":
        pytest.skip("only the host runs some blocks of a launch")


@contextlib.contextmanager
def only(*choices):
    """The n-th launch runs the blocks that the n-th of the functions of (grid, block) names."""
    left = list(choices)
    module = _backend.kernels()
    module.choose_blocks(lambda name, grid, block: left.pop(0)(grid, block))
    try:
        yield
    finally:
        module.choose_blocks(None)
    assert not left, "fewer launches than were expected"


def every(grid, block):
    return range(math.prod(grid))


def last(grid, block):
    """Two blocks, for the very last may have few elements."""
    return range(math.prod(grid) - 2, math.prod(grid))


def very_last(grid, block):
    return [math.prod(grid) - 1]


def of_element(each):
    """Where a grid-stride loop along x has END, with `each` elements a thread."""
    return lambda grid, block: [END // (each * block[0]) % grid[0]]


def of_row(axis):
    """Where the last of the rows is that blocks have along their y, and the grid along an axis."""
    return lambda grid, block: [(ROWS - 1) // block[1] % grid[axis] * (1, grid[0])[axis]]


def last_rows(*arrays, rows=ROWS, count=64):
    """Views of the last rows; they lie beyond END."""
    assert all((rows - count) * math.prod(x.shape[1:]) >= END for x in arrays if x.ndim > 1)
    return [x[rows - count : rows] for x in arrays]


def some(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float16)


def close(got, expected):
    """A rounding to float16, and some of float32."""
    assert np.any(expected != 0)
    np.testing.assert_allclose(got.astype(np.float64), expected, rtol=2**-10, atol=2**-14)


# -- elementwise, copies ---------------------------------------------------------------------------


def test_elementwise():
    x, y = reserved(N), reserved(N)
    x[END:] = LAST
    with only(of_element(8)):
        _arrays.launch("elementwise", "scaled", y, 2.0, x)
    np.testing.assert_array_equal(y[END:], 2 * LAST)


def test_elementwise_backwards():
    x, y = reserved(N), reserved(N)
    x[:1003] = LAST
    with only(of_element(8)):
        _arrays.launch("elementwise", "scaled", y, 2.0, x[::-1])
    np.testing.assert_array_equal(y[END:], 2 * LAST[::-1])


def test_elementwise_rows():
    x, y = reserved((ROWS, 3)), reserved((ROWS, 3))
    ends, results = last_rows(x, y)
    ends[...] = some(ends.shape)
    b = np.array([1, 2, 3], np.float16)
    with only(of_row(1)):
        _arrays.launch("elementwise", "add", y, 1.0, x, b)
    np.testing.assert_array_equal(results, ends + b)


def test_copy_rows():
    x, y = reserved(N), reserved(N)
    x[:1003] = LAST
    with only(of_element(8)):
        _arrays.launch("permute", x[::-1], [0], y)
    np.testing.assert_array_equal(y[END:], LAST[::-1])


def test_copy_tiles():
    x, y = reserved((65537, 65539)), reserved((65539, 65537))
    x[-1, -3:] = LAST[:3]
    with only(last):
        _arrays.launch("permute", x, [1, 0], y)
    np.testing.assert_array_equal(y[-3:, -1], LAST[:3])


# -- sums ------------------------------------------------------------------------------------------


def summed(x, y, *choices):
    needed = _backend.kernels().sum_workspace(_arrays.view(x, "sum_to"), _arrays.view(y, "sum_to"))
    with only(*choices):
        _arrays.launch("sum_to", x, y, reserved(max(needed, 1), np.float32)[:needed])


def test_sum_of_all():
    x, y = reserved(N), np.zeros((), np.float16)
    x[END:] = 1
    summed(x, y, very_last, every)
    assert y == 1003


def test_sums_along_rows():
    x, y = reserved((N, 2)), reserved((N, 1))
    x[END:] = LAST[:, None]
    summed(x, y, lambda grid, block: [n // 256 % grid[0] for n in range(END, N, 256)])
    np.testing.assert_array_equal(y[END:, 0], 2 * LAST)


def test_sums_down_columns():
    x, y = reserved((ROWS, 3)), np.zeros(3, np.float16)
    x[-300:] = [1, 2, 3]
    summed(x, y, very_last, every)
    assert y.tolist() == [300, 600, 900]


def test_sums_of_long_columns():
    x, y = reserved((2, N)), reserved(N)
    x[:, END:] = LAST
    summed(x, y, last)
    np.testing.assert_array_equal(y[END:], 2 * LAST)


def test_column_sum():
    x, y = reserved((ROWS, 3)), np.zeros(3, np.float16)
    x[-300:] = [1, 2, 3]
    size = _backend.kernels().column_sum_size(ROWS, 3)
    with only(very_last, every):
        _arrays.launch("column_sum", x, y, np.zeros(3 * size, np.float32))
    assert y.tolist() == [300, 600, 900]


def test_bias_add():
    x, y = reserved((ROWS, 3)), reserved((ROWS, 3))
    ends, results = last_rows(x, y, count=32)
    ends[...] = some(ends.shape)
    b = np.array([1, 2, 3], np.float16)
    with only(of_row(0)):
        _arrays.launch("bias_add", x, b, y)
    np.testing.assert_array_equal(results, ends + b)


# -- along rows ------------------------------------------------------------------------------------


def pairs(columns):
    """More than 2^32 rows of two numbers, one below the other or side by side; the last of them."""
    x = reserved((2, N)).T if columns else reserved((N, 2))
    return x, x[N - 40 :]


def launched(name, columns, x, *others):
    """Along the axis of the pairs."""
    given = [a.T if columns and np.ndim(a) == 2 else a for a in (x, *others)]
    with only(last):
        _arrays.launch(name, *given[:-1], 0 if columns else 1, given[-1])


@pytest.mark.parametrize("columns", [False, True])
def test_softmax(columns):
    (x, xs), (y, ys) = pairs(columns), pairs(columns)
    xs[...] = some(xs.shape)
    launched("softmax", columns, x, y)
    close(ys, sp.softmax(xs.astype(np.float64), axis=1))


@pytest.mark.parametrize("columns", [False, True])
def test_logsumexp(columns):
    (x, xs), y = pairs(columns), reserved(N)
    xs[...] = some(xs.shape)
    launched("logsumexp", columns, x, y)
    close(y[N - 40 :], sp.logsumexp(xs.astype(np.float64), axis=1))


@pytest.mark.parametrize("columns", [False, True])
def test_logsumexp_back(columns):
    (x, xs), (dx, dxs), dy = pairs(columns), pairs(columns), reserved(N)
    xs[...], dy[N - 40 :] = some(xs.shape), some(40, 1)
    launched("logsumexp_back", columns, dy, x, dx)
    weights = sp.softmax(xs.astype(np.float64), axis=1)
    close(dxs, dy[N - 40 :, None].astype(np.float64) * weights)


@pytest.mark.parametrize("columns", [False, True])
def test_softmax_back(columns):
    (dy, dys), (y, ys), (dx, dxs) = pairs(columns), pairs(columns), pairs(columns)
    dys[...], ys[...] = some(dys.shape), sp.softmax(some(ys.shape, 1), axis=1)
    launched("softmax_back", columns, dy, y, dx)
    d, p = dys.astype(np.float64), ys.astype(np.float64)
    close(dxs, p * (d - (d * p).sum(1, keepdims=True)))


def centred(x, eps):
    x = x.astype(np.float64)
    d = x - x.mean(1, keepdims=True)
    scale = 1 / np.sqrt((d * d).mean(1, keepdims=True) + eps)
    return d * scale, scale


def test_norm():
    (x, xs), (y, ys), stats = pairs(False), pairs(False), reserved((2, N), np.float32)
    xs[...] = some(xs.shape)
    weight, bias = np.array([2, 3], np.float16), np.array([1, -1], np.float16)
    with only(last):
        _arrays.launch("normalize", x, weight, bias, 0.5, True, y, stats)
    z, scale = centred(xs, 0.5)
    close(ys, z * weight + bias)
    np.testing.assert_allclose(stats[1, N - 40 :], scale[:, 0], rtol=1e-6)


def test_norm_pullbacks():
    (dy, dys), (x, xs), (dx, dxs) = pairs(False), pairs(False), pairs(False)
    stats = reserved((2, N), np.float32)
    dys[...], xs[...] = some(dys.shape), some(xs.shape, 1)
    z, scale = centred(xs, 0.5)
    stats[:, N - 40 :] = xs.astype(np.float64).mean(1), scale[:, 0]
    with only(last):
        _arrays.launch("normalize_back", dy, x, None, stats, True, dx)
    g = dys.astype(np.float64)
    mean = lambda a: a.mean(1, keepdims=True)
    close(dxs, scale * (g - mean(g) - z * mean(g * z)))
    size = _backend.kernels().normalize_columns_workspace(N, 2)
    dweight, dbias = np.zeros(2, np.float16), np.zeros(2, np.float16)
    with only(very_last, every):
        work = np.zeros(size, np.float32)
        _arrays.launch("normalize_columns", dy, x, stats, dweight, dbias, work)
    close(dweight, (g * z).sum(0))
    close(dbias, g.sum(0))


def losses(x, labels):
    return -sp.log_softmax(x.astype(np.float64), axis=1)[np.arange(len(x)), labels]


def test_loss():
    (x, xs), (dx, dxs), labels = pairs(False), pairs(False), reserved(N, np.int32)
    loss, stats = reserved(N), reserved((3, N), np.float32)
    xs[...], labels[N - 40 :] = some(xs.shape), np.arange(40) % 2
    with only(last):
        _arrays.launch(
            "cross_entropy", x, labels, None, -100, 0.0, 0, loss, stats, None, None
        )  # fmt: skip
    close(loss[N - 40 :], losses(xs, labels[N - 40 :]))
    dy = reserved(N)
    dy[N - 40 :] = some(40, 1)
    with only(last):
        _arrays.launch("cross_entropy_back", dy, x, labels, None, -100, 0.0, stats, None, dx)
    slopes = sp.softmax(xs.astype(np.float64), axis=1) - np.eye(2)[labels[N - 40 :]]
    close(dxs, dy[N - 40 :, None].astype(np.float64) * slopes)


def test_sum_of_losses():
    """Rows that did not run have losses of zero; of those that ran the last 128 are summed."""
    (x, xs), labels = pairs(False), reserved(N, np.int32)
    xs[...] = some(xs.shape)
    loss, stats = np.zeros((), np.float16), reserved((3, N), np.float32)
    work = reserved(_backend.kernels().cross_entropy_workspace(N), np.float32)

    def parts(grid, block):
        return sorted({n // block[0] % grid[0] for n in range(N - 128, N)})

    with only(last, parts, every):
        denominator = np.zeros(1, np.float32)
        _arrays.launch(
            "cross_entropy", x, labels, None, -100, 0.0, 2, loss, stats, denominator, work
        )  # fmt: skip
    ran = np.count_nonzero(stats[1, END:])  # the logarithm of a sum of two is not 0
    assert ran >= 40
    close(loss, losses(x[N - ran :], labels[N - ran :]).sum())


# -- rows by index, random numbers, updates --------------------------------------------------------


def test_take():
    table, indices, y = some((5, 3)), reserved(ROWS, np.int32), reserved((ROWS, 3))
    ends, results = last_rows(indices, y, count=32)
    ends[...] = np.arange(32) % 5
    with only(of_row(0)):
        _arrays.launch("take", table, indices, y, True)
    np.testing.assert_array_equal(results, table[ends])


def test_scatter_add():
    values, indices, y = reserved((ROWS, 3)), reserved(ROWS, np.int32), np.zeros((5, 3), np.float16)
    ends, chosen = last_rows(values, indices, count=32)
    ends[...], chosen[...] = some(ends.shape), np.arange(32) % 5
    with only(of_row(0), every):
        _arrays.launch("scatter_add", values, indices, y, np.zeros((5, 3), np.float32))
    expected = np.zeros((5, 3))
    np.add.at(expected, chosen, ends.astype(np.float64))
    close(y, expected)


def test_scatter_add_in_order():
    """Of at most 2^31 rows, each of them long; those of row 1 are in one chunk, the last."""
    n, columns = 2**17, 2**15 + 3
    values, indices, y = reserved((n, columns)), np.zeros(n, np.int32), np.zeros((2, columns))
    y = y.astype(np.float16)
    indices[-9:] = 1
    values[-9:] = some((9, columns))
    work, partial = _backend.kernels().scatter_sizes(n)
    work, partial = reserved(work, np.int32), reserved(partial * columns, np.float32)

    def chunk(grid, block):
        return [k * grid[0] + grid[0] - 1 for k in range(grid[1])]

    sort = [every] * 4  # keys, and a pass over one digit
    with only(*sort, chunk, chunk):
        _arrays.launch("scatter_add_sorted", values, indices, y, work, partial)
    close(y[1], values[-9:].astype(np.float64).sum(0))


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_random_numbers(kind):
    """Those from END on are those that begin END / 4 blocks later."""
    y, expected = reserved(N), np.zeros(1003, np.float16)
    with only(of_element(4)):
        _arrays.launch("random_fill", y, kind, 7, 1, 5)
    _arrays.launch("random_fill", expected, kind, 7, 1, 5 + END // 4)
    np.testing.assert_array_equal(y[END:], expected)
    assert len(np.unique(expected)) > 100


def test_random_bits():
    y, expected = reserved(N, np.int64), np.zeros(1003, np.int64)
    with only(lambda grid, block: [n // 512 % grid[0] for n in range(END, N, 512)]):
        _arrays.launch("random_fill", y, "bits", 7, 1, 5)
    _arrays.launch("random_fill", expected, "bits", 7, 1, 5 + END // 2)
    np.testing.assert_array_equal(y[END:], expected)


def test_dropout():
    x, y, expected = reserved(N), reserved(N), np.zeros(1003, np.float16)
    x[END:] = LAST
    with only(of_element(8)):
        _arrays.launch("dropout", x, y, 0.5, 7, 1, 5)
    _arrays.launch("dropout", LAST, expected, 0.5, 7, 1, 5 + END // 4)
    np.testing.assert_array_equal(y[END:], expected)
    assert 300 < np.count_nonzero(expected) < 700


def updated(name, arrays, *options):
    views = [[_arrays.view(x, name)] if x is not None else [] for x in arrays]
    with only(last):
        getattr(_backend.kernels(), name)(*views, *options)


def test_accumulate():
    x, y = reserved(N), reserved(N)
    x[END:], y[END:] = LAST, 1
    updated("accumulate", [x, y], 2.0)
    np.testing.assert_array_equal(y[END:], 1 + 2 * LAST)


def test_sgd():
    p, g, m = reserved(N), reserved(N), reserved(N, np.float32)
    p[END:], g[END:], m[END:] = 8, LAST, 2
    updated("sgd", [p, g, None, m], 0.5, 0.5, 0.0, False)
    np.testing.assert_array_equal(m[END:], 1 + LAST)
    np.testing.assert_array_equal(p[END:], 8 - 0.5 * (1 + LAST))


def test_adam():
    p, g, m, v = reserved(N), reserved(N), reserved(N, np.float32), reserved(N, np.float32)
    p[END:], g[END:] = 8, LAST
    updated("adam", [p, g, None, m, v], 0.5, 0.75, 0.75, 0.0, 0.0, False, 1, None, None)
    np.testing.assert_array_equal(m[END:], 0.25 * LAST)
    np.testing.assert_array_equal(p[END:], np.full(1003, 7.5))


# -- the seam itself -------------------------------------------------------------------------------


def test_blocks_that_are_not_chosen_do_not_run():
    x, y = np.ones(10 * 2048, np.float16), np.zeros(10 * 2048, np.float16)
    asked = []

    def chosen(grid, block):
        asked.append((grid, block))
        return [7, 2]

    with only(chosen):
        _arrays.launch("elementwise", "scaled", y, 2.0, x)
    assert asked == [((10, 1, 1), (256, 1, 1))]
    assert y.reshape(10, 2048).sum(1).tolist() == [0, 0, 4096, 0, 0, 0, 0, 4096, 0, 0]
    with only(lambda grid, block: []):
        _arrays.launch("elementwise", "scaled", y, 3.0, x)
    assert y.sum(dtype=np.float64) == 2 * 4096
    _arrays.launch("elementwise", "scaled", y, 3.0, x)
    assert (y == 3).all()


def test_a_block_that_there_is_not():
    x, y = np.ones(5), np.zeros(5)
    with pytest.raises(CudaError, match="no such block"), only(lambda grid, block: [1]):
        _arrays.launch("elementwise", "scaled", y, 2.0, x)
    assert y.tolist() == [0] * 5
