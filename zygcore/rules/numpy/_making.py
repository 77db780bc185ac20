"""Rules for making arrays in other ways than of lists: of iterables, of functions, of grids.

They are lowered: the machine runs a Python equivalent, and knows every number on its way.
"""

import itertools

import numpy as np

from ..._shown import part_of
from ..broadcasting import kind_of, project
from ..registry import adjoint, lowering, nondifferentiable
from ._shape import array_lowering

__all__ = []

# ------------------------------------------------------------------- of iterables


@lowering(np.fromiter)
def fromiter_lowering(iter, dtype, count=-1, **options):
    items = list(iter if count < 0 else itertools.islice(iter, count))
    if len(items) < count:
        return np.fromiter(items, dtype, count, **options)  # the error is its own
    return array_lowering(items, dtype)


# ------------------------------------------------------------------- of memory


def native_array(shape, dtype, buffer, *options):
    return np.ndarray(shape, dtype, buffer, *options)


@lowering(np.ndarray)
def ndarray_lowering(shape, dtype=float, buffer=None, offset=0, strides=None, order=None):
    """An array over the memory of another is a part of it."""
    if isinstance(buffer, np.ndarray) and not buffer.dtype.hasobject:
        return part_of(buffer, native_array(shape, dtype, buffer, offset, strides, order))
    return np.ndarray(shape, dtype, buffer, offset, strides, order)


nondifferentiable(native_array)

# ------------------------------------------------------------------------- grids


def spaced(start, stop, num, endpoint, dtype):
    """``np.linspace`` along the first axis."""
    return np.linspace(start, stop, num, endpoint, dtype=dtype)


@adjoint(spaced)
def spaced_rule(start, stop, num, endpoint, dtype):
    y = np.linspace(start, stop, num, endpoint, dtype=dtype)
    if kind_of(y.dtype) not in "fc":
        return y, None

    def spaced_back(dy):
        steps = num - 1 if endpoint else num
        t = np.reshape(np.arange(num) / max(steps, 1), (num,) + (1,) * (y.ndim - 1))
        return project(np.sum(dy * (1 - t), 0), start), project(np.sum(dy * t, 0), stop)

    return y, spaced_back


def step_of(start, stop, num, endpoint):
    """The step that ``np.linspace`` returns besides."""
    return np.linspace(start, stop, num, endpoint, retstep=True)[1]


@adjoint(step_of)
def step_rule(start, stop, num, endpoint):
    n = num - 1 if endpoint else num
    step = step_of(start, stop, num, endpoint)
    if n < 1:
        return step, None
    return step, lambda dy: (project(-dy / n, start), project(dy / n, stop))


@lowering(np.linspace)
def linspace_lowering(
    start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None
):
    num = int(num)
    if isinstance(start, (list, tuple)):
        start = np.asarray(start)
    if isinstance(stop, (list, tuple)):
        stop = np.asarray(stop)
    y = spaced(start, stop, num, endpoint, dtype)
    if axis:
        y = np.moveaxis(y, 0, axis)
    return (y, step_of(start, stop, num, endpoint)) if retstep else y


#: since this version, sparse grids that are not copied come in a tuple, too
SPARSE_TUPLES = np.lib.NumpyVersion(np.__version__) >= "2.5.0"


@lowering(np.meshgrid)
def meshgrid_lowering(*xi, copy=True, sparse=False, indexing="xy"):
    ndim = len(xi)
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    places = list(range(ndim))
    if indexing == "xy" and ndim > 1:
        places[0], places[1] = 1, 0
    out = []
    for x, place in zip(xi, places, strict=True):
        shape = [1] * ndim
        shape[place] = -1
        out.append(np.reshape(np.asanyarray(x), shape))
    if not sparse:
        out = np.broadcast_arrays(*out, subok=True)
    if copy:
        return tuple([x.copy() for x in out])
    return out if sparse and not SPARSE_TUPLES else tuple(out)


# -------------------------------------------------------------------- iteration


class FlatItems:
    """The iterator that `np.ndenumerate` keeps: the items of an array as it is now."""

    def __init__(self, array):
        self.array = array
        self.places = itertools.product(*map(range, array.shape))
        self.coords = next(self.places, None)

    def __iter__(self):
        return self

    def __next__(self):
        at = self.coords
        if at is None:
            raise StopIteration
        self.coords = next(self.places, None)
        return self.array[at]


@lowering(np.ndenumerate)
def ndenumerate_lowering(arr):
    out = object.__new__(np.ndenumerate)
    out.iter = FlatItems(np.asarray(arr))
    return out


# -------------------------------------------------------------------- subclasses

# what they set up for an array that was just made is no number
nondifferentiable(
    np.matrix.__array_finalize__,
    np.recarray.__array_finalize__,
    np.memmap.__array_finalize__,
)

# ------------------------------------------------------------------- polynomials


@lowering(np.polymul)
def polymul_lowering(a1, a2):
    wrapped = isinstance(a1, np.poly1d) or isinstance(a2, np.poly1d)
    product = np.convolve(np.poly1d(a1).coeffs, np.poly1d(a2).coeffs)
    return np.poly1d(product) if wrapped else product
