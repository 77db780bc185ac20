"""Rows by index and their adjoints, vectors along the last axis."""

import ml_dtypes  # noqa: F401  makes NumPy know bfloat16
import numpy as np
import pytest

import zygcore as zg
from zygcore import cuda
from zygcore.cuda import _arrays
from zygcore.testing import check_adjoint

DTYPES = ["float64", "float32", "float16", "bfloat16"]
#: half a unit in the last place
ROUNDING = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
#: of what sums are computed in
SUMMING = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-24, "bfloat16": 2.0**-24}
#: so that rows are copied in units of 2, 4, 8 and 16 bytes, and over more than a block
ROWS = [(), (1,), (2,), (3,), (4,), (8,), (31,), (32,), (33,), (5, 7), (1025,), (4, 512)]


def random(shape, dtype, seed=0):
    return np.asarray(np.random.default_rng(seed).normal(size=shape)).astype(dtype)


def wide(x):
    return np.asarray(x).astype(np.float64)


def assert_same(place, got, expected):
    """Bit for bit: rows are copied."""
    assert got.shape == expected.shape and _arrays.dtype_name(got) == str(expected.dtype)
    got = np.ascontiguousarray(place.get(got))
    np.testing.assert_array_equal(got.view("u1"), np.ascontiguousarray(expected).view("u1"))


# -- take -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_take(place, dtype, row):
    table = random((7, *row), dtype)
    for index in ("int64", "int32"):
        indices = np.array([[3, -1, 0], [6, -7, 3]], index)
        got = cuda.take(place.put(table), place.put(indices))
        assert_same(place, got, table[indices])


@pytest.mark.parametrize("n", [0, 1, 255, 257, 1025])
def test_take_many(place, n):
    table = random((50, 3), "float32")
    indices = np.random.default_rng(n).integers(-50, 50, n)
    assert_same(place, cuda.take(place.put(table), place.put(indices)), table[indices])


@pytest.mark.parametrize("dtype", DTYPES)
def test_take_of_any_layout(place, dtype):
    base = random((12, 33), dtype)
    indices = np.array([2, -1, 0, 2])
    layouts = {
        "every other row": base[::2],
        "rows backwards": base[::-1],
        "one row many times": np.broadcast_to(base[0], base.shape),
        "inner slice": base[:, 1:32],  # unaligned rows
        "columns backwards": base[:, ::-1],
        "transposed": base[:, :12].T,
        "one column": base[:, :1],
    }
    for table in layouts.values():
        on_place = place.put(base.copy())
        if place.name == "host":
            on_place = table
        else:
            on_place = place.put(table)
        assert_same(place, cuda.take(on_place, place.put(indices)), table[indices])
    unaligned = place.put(base.ravel())[1 : 1 + 8 * 16].reshape(8, 16)
    expected = base.ravel()[1 : 1 + 8 * 16].reshape(8, 16)[indices]
    assert_same(place, cuda.take(unaligned, place.put(indices)), expected)
    strided = place.put(np.repeat(indices, 3))[::3]
    assert_same(place, cuda.take(place.put(base), strided), base[indices])


def test_take_without_elements(place):
    table, indices = place.put(random((4, 3), "float32")), place.put(np.array([0, 1]))
    assert cuda.take(table, place.put(np.zeros((0, 2), np.int64))).shape == (0, 2, 3)
    assert cuda.take(place.put(np.zeros((4, 0))), indices).shape == (2, 0)
    assert cuda.take(table, place.put(np.array(2))).shape == (3,)
    assert cuda.take(place.put(np.zeros((0, 3))), place.put(np.zeros(0, np.int32))).shape == (0, 3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 3, 4, 16])
def test_rows_out_of_range(place, dtype, columns):
    """What a GPU does, where nobody looks at the indices first: nan, or nothing."""
    table = random((5, columns), dtype)
    indices = np.array([0, 5, -6, -5, 4, 2**31 - 1, -(2**31)])
    inside = np.array([0, -5, 4])
    for index in ("int32", "int64"):
        y = place.put(np.zeros((7, columns), dtype))
        _arrays.launch("take", place.put(table), place.put(indices.astype(index)), y, True)
        got = wide(place.get(y))
        assert np.all(np.isnan(got[[1, 2, 5, 6]]))
        np.testing.assert_array_equal(got[[0, 3, 4]], wide(table[inside]))
        _arrays.launch("take", place.put(table), place.put(indices.astype(index)), y, False)
        assert np.all(wide(place.get(y))[[1, 2, 5, 6]] == 0)
    far = place.put(np.array([2**40, -(2**62), 2**63 - 1, -(2**63)]))
    y = place.put(np.zeros((4, columns), dtype))
    _arrays.launch("take", place.put(table), far, y, True)
    assert np.all(np.isnan(wide(place.get(y))))


def test_rows_beyond_4_gib(tmp_path):
    """Of a table of more than 2**31 elements, in a file with holes: little of it is ever there."""
    rows = 2**30 + 5
    shape = (rows, 3)
    table = np.memmap(tmp_path / "table", np.float16, "w+", shape=shape)
    some = np.array([0, 1, 2**29 + 1, 2**30 - 1, 2**30 + 4])
    table[some] = np.arange(15).reshape(5, 3) + 1
    expected = np.arange(15, dtype=np.float16).reshape(5, 3) + 1
    plain = np.asarray(table)
    np.testing.assert_array_equal(cuda.take(plain, some), expected)
    np.testing.assert_array_equal(cuda.take(plain, some - rows), expected)
    np.testing.assert_array_equal(cuda.take(plain[::-1], rows - 1 - some), expected)


def test_index_errors(place):
    table = np.ones((5, 2))
    if place.name == "host":
        for bad in (5, -6, 2**40):
            with pytest.raises(
                cuda.CudaError, match=f"take: the index {bad} is out of range"
            ) as info:
                cuda.take(table, np.array([0, bad]))
            assert (info.value.name, info.value.call) == ("cudaErrorInvalidValue", "take")
            with pytest.raises(
                cuda.CudaError, match=f"scatter_add: the index {bad} is out of range"
            ):
                cuda.scatter_add(np.ones((2, 2)), np.array([0, bad]), 5)
        with pytest.raises(
            cuda.CudaError, match="the index 0 is out of range for a table of 0 rows"
        ):
            cuda.take(table[:0], np.array([0]))
    put = place.put
    with pytest.raises(cuda.CudaError, match="take: an array of int64 or int32"):
        cuda.take(put(table), put(np.array([0.0])))
    with pytest.raises(cuda.CudaError, match="take: an array of int64 or int32"):
        cuda.take(put(table), put(np.array([True])))
    with pytest.raises(cuda.CudaError, match="arrays of dtype int16 are not supported"):
        cuda.take(put(table), put(np.array([0], np.int16)))
    with pytest.raises(cuda.CudaError, match="take: an array of float64"):
        cuda.take(put(np.ones((2, 2), np.int64)), put(np.array([0])))
    with pytest.raises(cuda.CudaError, match="at least one axis"):
        cuda.take(put(np.array(1.0)), put(np.zeros(0, np.int64)))
    with pytest.raises(cuda.CudaError, match="take: an array"):
        cuda.take([[1.0]], put(np.array([0])))
    with pytest.raises(cuda.CudaError, match="take: an array"):
        cuda.take(put(table), [0])
    with pytest.raises(cuda.CudaError, match="are not a row for each of the indices"):
        cuda.scatter_add(put(np.ones((3, 2))), put(np.array([0, 1])), 5)
    with pytest.raises(cuda.CudaError, match="the number of rows must not be negative: -1"):
        cuda.scatter_add(put(np.ones((0, 2))), put(np.zeros(0, np.int64)), -1)
    if place.name == "host":
        y = np.zeros((1, 2), np.float32)
        with pytest.raises(cuda.CudaError, match="the same dtype"):
            _arrays.launch("take", table, np.array([0]), y, True)
        with pytest.raises(cuda.CudaError, match="a row for each index"):
            _arrays.launch("take", table, np.array([0, 1]), np.zeros((1, 2)), True)
        with pytest.raises(cuda.CudaError, match="the workspace is too small"):
            zeros = np.zeros((5, 2)), np.zeros(0, np.int32), np.zeros(0)
            _arrays.launch("scatter_add_sorted", table, np.arange(5), *zeros)


# -- scatter_add ----------------------------------------------------------------------------------


def summed(values, indices, rows):
    y = np.zeros((rows, *values.shape[indices.ndim :]))
    np.add.at(y, indices, wide(values))
    return y


def bound(values, indices, rows, dtype):
    """Of the error: of each addition in the type of the sum, and of the result."""
    total, most = summed(np.abs(wide(values)), indices, rows), np.bincount(indices.ravel() % rows)
    return total * (most.max(initial=1) * SUMMING[dtype] + ROUNDING[dtype]) * 1.01 + 1e-7 * (
        dtype == "float16"
    )


def check_scatter(place, values, indices, rows, deterministic):
    dtype = str(values.dtype)
    got = cuda.scatter_add(place.put(values), place.put(indices), rows, deterministic)
    assert got.shape == (rows, *values.shape[indices.ndim :])
    assert _arrays.dtype_name(got) == dtype
    error = np.abs(wide(place.get(got)) - summed(values, indices, rows))
    assert np.all(error <= bound(values, indices, rows, dtype))
    return got


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_scatter(place, dtype, row, deterministic):
    for index in ("int64", "int32"):
        indices = np.array([[3, -1, 0], [6, -7, 3]], index)
        check_scatter(place, random((2, 3, *row), dtype), indices, 9, deterministic)


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 1023, 1025, 2047, 2048, 2049, 5000])
def test_scatter_many(place, n, dtype, deterministic):
    """Few rows and many, so that runs are within a chunk, over two, and over many."""
    rng = np.random.default_rng(n)
    for rows in (1, 2, 16, 300, 70000):
        values = random((n, 3), dtype, n)
        check_scatter(place, values, rng.integers(-rows, rows, n), rows, deterministic)


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_runs_of_all_kinds(place, dtype, deterministic):
    """Runs that end with a chunk, begin with one, fill some, in 64 chunks of 16."""
    lengths = [16, 16, 32, 8, 40, 15, 1, 1, 15, 17, 47, 160, 1, 1, 1, 300, 353]
    assert sum(lengths) == 1024
    indices = np.repeat(np.arange(len(lengths)) * 3, lengths)
    values = random((1024, 8), dtype)
    check_scatter(place, values, indices, 60, deterministic)
    shuffled = np.random.default_rng(0).permutation(1024)
    check_scatter(place, values, indices[shuffled], 60, deterministic)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 8, 9])
def test_deterministic_sums_are_in_the_order_of_the_positions(place, dtype, columns):
    """Numbers that show the order of summing, summed here in the order that is promised."""
    n, chunk = 100, 16
    rng = np.random.default_rng(columns)
    values = (rng.normal(size=(n, columns)) * 10.0 ** rng.integers(-3, 4, (n, 1))).astype(dtype)
    indices = rng.integers(0, 4, n)
    computed = np.float64 if dtype == "float64" else np.float32
    order = np.argsort(indices, kind="stable")
    expected = np.zeros((4, columns), computed)
    parts = {}  # (row, chunk) -> partial sum, in order
    for at, i in enumerate(order):
        key = indices[i], at // chunk
        parts[key] = parts.get(key, np.zeros(columns, computed)) + values[i].astype(computed)
    first = {}
    for (row, _), part in parts.items():
        first[row] = first[row] + part if row in first else part
    for row, total in first.items():
        expected[row] = total
    got = cuda.scatter_add(place.put(values), place.put(indices), 4, deterministic=True)
    assert_same(place, got, expected.astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("deterministic", [False, True])
def test_out_of_range_is_left_out(place, dtype, deterministic):
    values, indices = random((6, 4), dtype), np.array([0, 5, -6, -5, 4, 2**40])
    y = place.put(np.ones((5, 4), dtype))
    computed = "float64" if dtype == "float64" else "float32"
    if deterministic:
        work, partial = place.put(np.zeros(200, np.int32)), place.put(np.zeros(64, computed))
        args = work, partial
        _arrays.launch("scatter_add_sorted", place.put(values), place.put(indices), y, *args)
    else:
        sums = place.put(np.ones((5, 4), computed))
        _arrays.launch("scatter_add", place.put(values), place.put(indices), y, sums)
    expected = np.zeros((5, 4))
    expected[0], expected[4] = wide(values[0]) + wide(values[3]), wide(values[4])
    np.testing.assert_allclose(wide(place.get(y)), expected, rtol=2 * ROUNDING[dtype], atol=1e-6)


@pytest.mark.parametrize("deterministic", [False, True])
def test_sums_of_16_bits_are_float32(place, deterministic):
    """4096 ones: in bfloat16 the sum would stay at 256."""
    values, indices = np.ones((4096, 1), "bfloat16"), np.zeros(4096, np.int64)
    got = cuda.scatter_add(place.put(values), place.put(indices), 1, deterministic)
    assert float(place.get(got)[0, 0]) == 4096


@pytest.mark.parametrize("deterministic", [False, True])
def test_special_values_stay_in_their_row(place, deterministic):
    values = np.array([np.inf, 1.0, -np.inf, 2.0, np.nan, 3.0])
    indices = np.array([0, 1, 0, 1, 2, 3])
    got = cuda.scatter_add(place.put(values), place.put(indices), 5, deterministic)
    np.testing.assert_array_equal(place.get(got), [np.nan, 3.0, np.nan, 3.0, 0.0])


@pytest.mark.parametrize("deterministic", [False, True])
def test_scatter_of_any_layout(place, deterministic):
    base, indices = random((6, 8), "float32"), np.array([0, 2, 0, 1, 2, 0])
    for values in (base[::-1], base[:, ::-1], base[:, 1::2], np.broadcast_to(base[0], base.shape)):
        check_scatter(place, values, indices, 3, deterministic)
    unaligned = place.put(base.ravel())[1:25].reshape(6, 4)
    got = cuda.scatter_add(unaligned, place.put(indices), 3, deterministic)
    expected = summed(base.ravel()[1:25].reshape(6, 4), indices, 3)
    np.testing.assert_allclose(place.get(got), expected, rtol=1e-6)
    assert cuda.scatter_add(place.put(base), place.put(indices), 3, deterministic).shape == (3, 8)
    empty = cuda.scatter_add(place.put(base[:, :0]), place.put(indices), 3, deterministic)
    assert empty.shape == (3, 0)


def test_too_many_rows_to_sort(place):
    with pytest.raises(cuda.CudaError, match="fewer than 2\\^31 - 1 indices and rows"):
        one = place.put(np.zeros(1))
        y = np.lib.stride_tricks.as_strided(np.zeros(1), (2**31, 0), (0, 8))
        work = place.put(np.zeros(100, np.int32)), place.put(np.zeros(2))
        _arrays.launch(
            "scatter_add_sorted", one[:, None][:, :0], place.put(np.array([0])), y, *work
        )


# -- gradients ------------------------------------------------------------------------------------


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize(
    "indices",
    [[0, 3, -1, 0], [2, 2, 2], [[0, 1], [-4, 1]], []],
    ids=["few", "equal", "2-d", "none"],
)
def test_adjoint_of_take(indices, deterministic):
    indices = np.array(indices, np.int64)

    def f(table):
        return cuda.take(table, indices, deterministic)

    if indices.size:
        check_adjoint(f, random((4, 3), "float64"))
    check_adjoint(f, random((4,), "float64"))


@pytest.mark.parametrize("deterministic", [False, True])
def test_adjoint_of_scatter(deterministic):
    indices = np.array([[1, 0, 1], [-1, 1, 2]])

    def f(values):
        return cuda.scatter_add(values, indices, 5, deterministic)

    check_adjoint(f, random((2, 3, 4), "float64"))
    check_adjoint(f, random((2, 3), "float64"))


def test_gradient_of_an_embedding(place):
    """Squares of rows, against what NumPy says."""
    table, indices = random((6, 4), "float32"), np.array([1, 5, 1, 0])
    for deterministic in (False, True):

        def loss(t, deterministic=deterministic):
            return (cuda.take(t, place.put(indices), deterministic) ** 2).sum()

        (dt,) = zg.gradient(loss, place.put(table))
        expected = summed(2 * wide(table)[indices], indices, 6)
        np.testing.assert_allclose(place.get(dt), expected, rtol=1e-6)


def test_indices_written_later(place):
    table, indices = place.put(random((4, 2), "float64")), place.put(np.array([0, 1]))

    def f(t):
        y = cuda.take(t, indices)
        indices[:] = 3
        return y.sum()

    (dt,) = zg.gradient(f, table)
    np.testing.assert_array_equal(place.get(dt), [[1, 1], [1, 1], [0, 0], [0, 0]])


# -- vectors along the last axis ------------------------------------------------------------------

SHAPES = [
    (1,),
    (7,),
    (0,),
    (0, 5),
    (5, 0),
    (1, 1),
    (3, 31),
    (33, 32),
    (2, 5, 33),
    (1025, 1),
    (1023, 3),
    (2100, 8),
    (5, 1025),
    (300, 64),
    (2, 4096),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_bias_add(place, dtype, shape):
    x, b = random(shape, dtype), random(shape[-1:], dtype, 1)
    got = cuda.bias_add(place.put(x), place.put(b))
    assert got.shape == shape and _arrays.dtype_name(got) == dtype
    expected = wide(x) + wide(b)
    np.testing.assert_allclose(wide(place.get(got)), expected, rtol=ROUNDING[dtype], atol=3e-8)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_column_sum(place, dtype, shape):
    x = random(shape, dtype)
    got = cuda.column_sum(place.put(x))
    assert got.shape == shape[-1:] and _arrays.dtype_name(got) == dtype
    axes = tuple(range(len(shape) - 1))
    error = np.abs(wide(place.get(got)) - wide(x).sum(axis=axes))
    # in pairs and chunks; far fewer roundings than there are rows, but that is what is certain
    depth = 80
    limit = np.abs(wide(x)).sum(axis=axes) * (depth * SUMMING[dtype] + ROUNDING[dtype])
    assert np.all(error <= limit + 1e-7 * (dtype == "float16"))


@pytest.mark.parametrize("dtype", DTYPES)
def test_layouts_along_the_last_axis(place, dtype):
    base = random((40, 17), dtype)
    b = random((16,), dtype, 1)
    unaligned = place.put(base.ravel())[1:641].reshape(40, 16)
    plain = base.ravel()[1:641].reshape(40, 16)
    tolerance = {"rtol": ROUNDING[dtype], "atol": 3e-8}
    np.testing.assert_allclose(
        wide(place.get(cuda.bias_add(unaligned, place.put(b)))), wide(plain) + wide(b), **tolerance
    )
    # the order of the sum is that of the aligned array
    assert_same(
        place,
        cuda.column_sum(unaligned),
        np.ascontiguousarray(place.get(cuda.column_sum(place.put(plain.copy())))),
    )
    for x in (base[:, :16], base[::-1, 1:], base[:16].T[1:], np.broadcast_to(b, (5, 16))):
        x = x[:, :16]
        some = b[: x.shape[1]]
        got = cuda.bias_add(place.put(x), place.put(some[::-1]))
        np.testing.assert_allclose(wide(place.get(got)), wide(x) + wide(some[::-1]), **tolerance)


def test_special_values_along_the_last_axis(place):
    x = np.array([[np.inf, 1.0, 2.0], [-np.inf, np.nan, 3.0]])
    np.testing.assert_array_equal(place.get(cuda.column_sum(place.put(x))), [np.nan, np.nan, 5.0])
    b = np.array([1.0, 1.0, -np.inf])
    got = place.get(cuda.bias_add(place.put(x), place.put(b)))
    np.testing.assert_array_equal(got, x + b)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0,)])
def test_adjoint_of_bias_add(shape):
    check_adjoint(cuda.bias_add, random(shape, "float64"), random(shape[-1:], "float64", 1))
    check_adjoint(cuda.column_sum, random(shape, "float64"))


def test_refused_along_the_last_axis(place):
    put = place.put
    for x, b in [((2, 3), (2,)), ((2, 3), (1, 3)), ((), ()), ((3,), ())]:
        with pytest.raises(
            cuda.CudaError, match="bias_add: b must have one axis, as long as the last"
        ):
            cuda.bias_add(put(np.ones(x)), put(np.ones(b)))
    with pytest.raises(cuda.CudaError, match="bias_add: x, b and y must have the same dtype"):
        cuda.bias_add(put(np.ones((2, 3))), put(np.ones(3, np.float32)))
    with pytest.raises(cuda.CudaError, match="column_sum: an array with at least one axis"):
        cuda.column_sum(put(np.array(1.0)))
    with pytest.raises(cuda.CudaError, match="column_sum: an array of float64"):
        cuda.column_sum(put(np.ones((2, 3), np.int32)))
    with pytest.raises(cuda.CudaError, match="bias_add: an array"):
        cuda.bias_add([1.0], put(np.ones(1)))
