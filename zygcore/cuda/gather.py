"""Rows of a table by index, their adjoint, and vectors added along the last axis."""

import math

import numpy as np

from ..rules.registry import adjoint, each
from . import _arrays
from ._arrays import invalid
from ._backend import kernels

__all__ = ["bias_add", "column_sum", "scatter_add", "take"]

#: dtype of the arithmetic with numbers of a dtype
ARITHMETIC = {"float64": "float64"}


def take(table, indices, deterministic=False):
    """``table[indices]``: rows along the first axis, as of an embedding.

    Parameters
    ----------
    table : array
        Of float64, float32, float16 or bfloat16, with at least one axis.  Any distance between
        rows will do; a table whose rows are not contiguous is copied.
    indices : array
        Of int64 or int32, of any shape; negative ones count from the end.
    deterministic : bool
        Whether the gradient is summed in a fixed order, see `scatter_add`.

    Returns
    -------
    array
        Of the dtype of the table, of shape ``indices.shape + table.shape[1:]``.  On a GPU, a row
        is filled with nan if its index is out of range: to raise an error, the program would have
        to wait for the GPU.

    Raises
    ------
    CudaError
        If a dtype or shape does not fit; if an index is out of range, where indices are a NumPy
        array.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.take(np.eye(3), np.array([2, 0, -1]))
    array([[0., 0., 1.],
           [1., 0., 0.],
           [0., 0., 1.]])
    """
    _arrays.check("take", table, indices)
    _check_range(indices, table.shape[0] if table.shape else 0, "take")
    return _taken(table, indices, True)


@adjoint(take)
def take_rule(table, indices, deterministic=False):
    _arrays.check("take", table, indices)
    shape = table.shape
    indices = _owned(indices)

    def table_back(dy):
        return scatter_add(dy, indices, shape[0], deterministic)

    return take(table, indices, deterministic), each(table_back, None, None)


def scatter_add(values, indices, rows, deterministic=False):
    """Sums of rows: ``y[k]`` is the sum of all ``values[i]`` with ``indices[i] == k``.

    The adjoint of `take`.

    Parameters
    ----------
    values : array
        Of float64, float32, float16 or bfloat16, of shape ``indices.shape + row shape``; made
        contiguous where it is not.
    indices : array
        Of int64 or int32, of any shape; negative ones count from the end.  On a GPU, values whose
        index is out of range are left out.
    rows : int
        How many rows the result has.
    deterministic : bool
        Whether to sum in a fixed order, the same in every run on every GPU: a stable sort of the
        indices and sums of runs, in place of atomic additions.

    Returns
    -------
    array
        Of the dtype of `values`, of shape ``(rows, *row shape)``.  Sums of 16-bit numbers are of
        float32, rounded once.

    Raises
    ------
    CudaError
        If a dtype or shape does not fit; if an index is out of range, where indices are a NumPy
        array; for deterministic sums, if there are 2**31 - 1 indices or rows, or more.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.scatter_add(np.array([1.0, 2.0, 4.0]), np.array([1, 0, 1]), 3)
    array([2., 5., 0.])
    """
    _arrays.check("scatter_add", values, indices)
    if not rows >= 0:
        raise invalid("scatter_add", f"the number of rows must not be negative: {rows!r}")
    _check_range(indices, rows, "scatter_add")
    lead = len(indices.shape)
    if tuple(values.shape[:lead]) != tuple(indices.shape):
        raise invalid(
            "scatter_add",
            f"values of shape {tuple(values.shape)} are not a row for each of the indices of shape "
            f"{tuple(indices.shape)}",
        )
    call = "scatter_add"
    values, indices = _arrays.contiguous(values, call), _arrays.contiguous(indices, call)
    dtype = _arrays.dtype_name(values)
    computed = ARITHMETIC.get(dtype, "float32")
    row = tuple(values.shape[lead:])
    y = _arrays.empty((rows, *row), dtype, values, call)
    if deterministic:
        n, columns = math.prod(indices.shape), math.prod(row)
        work, partial = kernels(call).scatter_sizes(n)
        work = _arrays.empty((work,), "int32", values, call)
        partial = _arrays.empty((partial * columns,), computed, values, call)
        _arrays.launch("scatter_add_sorted", values, indices, y, work, partial, call=call)
    else:
        sums = y
        if computed != dtype:
            sums = _arrays.empty((rows, *row), computed, values, call)
        _arrays.launch("scatter_add", values, indices, y, sums)
    return y


@adjoint(scatter_add)
def scatter_rule(values, indices, rows, deterministic=False):
    indices = _owned(indices)

    def values_back(dy):
        return _taken(dy, indices, False, deterministic)

    return scatter_add(values, indices, rows, deterministic), each(values_back, None, None, None)


def _taken(table, indices, nan, deterministic=False):
    """Rows of a table; nan or zeros for those that there are not."""
    if not table.shape:
        raise invalid("take", "a table must have at least one axis")
    if not _has_rows(table):
        table = _arrays.contiguous(table, "take")
    indices = _arrays.contiguous(indices, "take")
    shape = (*indices.shape, *table.shape[1:])
    y = _arrays.empty(shape, _arrays.dtype_name(table), table, "take")
    _arrays.launch("take", table, indices, y, nan)
    return y


@adjoint(_taken)
def taken_rule(table, indices, nan, deterministic=False):
    rows = table.shape[0]

    def table_back(dy):
        return scatter_add(dy, indices, rows, deterministic)

    return _taken(table, indices, nan, deterministic), each(table_back, None, None, None)


def _has_rows(table):
    """Are the rows along the first axis contiguous?"""
    _, _, shape, strides, _ = _arrays.view(table, "take")
    step = 1
    for n, stride in zip(reversed(shape[1:]), reversed(strides[1:]), strict=True):
        if n != 1 and stride != step:
            return False
        step *= n
    return True


def _check_range(indices, rows, call):
    """Raises for an index out of range where that is known without waiting for a GPU."""
    if isinstance(indices, np.ndarray) and indices.size and indices.dtype.kind == "i":
        low, high = int(indices.min()), int(indices.max())
        if low < -rows or high >= rows:
            wrong = low if low < -rows else high
            raise invalid(call, f"the index {wrong} is out of range for a table of {rows} rows")


def _owned(indices):
    """The indices as they are now, for a pullback: the program may write them later."""
    copy = getattr(indices, "clone", None) or getattr(indices, "copy", None)
    return indices if copy is None else copy()


def bias_add(x, b):
    """``x + b``, a vector along the last axis.

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16, with at least one axis; made contiguous where it
        is not.
    b : array
        Of the dtype of `x`, with one axis, as long as the last one of `x`.

    Returns
    -------
    array
        Of the shape and dtype of `x`.

    Raises
    ------
    CudaError
        If shapes or dtypes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.bias_add(np.zeros((2, 3)), np.array([1.0, 2.0, 3.0]))
    array([[1., 2., 3.],
           [1., 2., 3.]])
    """
    _arrays.check("bias_add", x, b)
    x, b = _arrays.contiguous(x, "bias_add"), _arrays.contiguous(b, "bias_add")
    y = _arrays.empty(x.shape, _arrays.dtype_name(x), x, "bias_add")
    _arrays.launch("bias_add", x, b, y)
    return y


@adjoint(bias_add)
def bias_add_rule(x, b):
    return bias_add(x, b), each(lambda dy: dy, column_sum)


def column_sum(x):
    """The sum over all axes but the last, in an order that depends on the shape alone.

    The adjoint of `bias_add` with respect to the vector.

    Parameters
    ----------
    x : array
        Of float64, float32, float16 or bfloat16, with at least one axis; made contiguous where it
        is not.

    Returns
    -------
    array
        Of the dtype of `x`, with one axis.  Sums of 16-bit numbers are of float32, rounded once.

    Raises
    ------
    CudaError
        If `x` has no axis, or is of another dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from zygcore import cuda
    >>> cuda.column_sum(np.ones((4, 5, 2)))
    array([20., 20.])
    """
    _arrays.check("column_sum", x)
    if not x.shape:
        raise invalid("column_sum", "an array with at least one axis is needed")
    call = "column_sum"
    x = _arrays.contiguous(x, call)
    dtype, columns = _arrays.dtype_name(x), x.shape[-1]
    y = _arrays.empty((columns,), dtype, x, call)
    count = kernels(call).column_sum_size(math.prod(x.shape[:-1]), columns)
    partial = _arrays.empty((count * columns,), ARITHMETIC.get(dtype, "float32"), x, call)
    _arrays.launch(call, x, y, partial)
    return y


@adjoint(column_sum)
def column_sum_rule(x):
    _arrays.check("column_sum", x)
    shape = x.shape

    def column_sum_back(dy):
        return (_repeated(dy, shape),)

    return column_sum(x), column_sum_back


def _repeated(b, shape):
    """The vector `b` along the last axis of an array."""
    rows = _arrays.empty(shape[:-1], "int32", b, "column_sum")
    _arrays.launch("clear", rows)
    return _taken(b.reshape((1, *b.shape)), rows, False, True)
