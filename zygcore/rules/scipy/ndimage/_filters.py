"""Filters over windows: correlations, and the minimum, maximum and rank filters."""

import numpy as np
import scipy.ndimage as nd
from scipy.ndimage import _filters

from ....errors import UnsupportedError
from ...broadcasting import project, refuse
from ...registry import adjoint, each, lowering, nondifferentiable
from ._windows import Windows

__all__ = []


def _dtype(output, input):
    """What `output` says of the type of the result: it may be an array to write into."""
    if output is None:
        return None
    return output.dtype if isinstance(output, np.ndarray) else output


def _written(value, output):
    if isinstance(output, np.ndarray):
        output[...] = value
        return output
    return value


def _is_complex(*arrays):
    return any(np.asarray(x).dtype.kind == "c" for x in arrays)


def _sizes_along(axis, size, ndim):
    """Of a window along one axis."""
    return [size if i == axis % ndim else 1 for i in range(ndim)]


def _of_whole_numbers(y):
    return y.dtype.kind in "biu"


def _rounded(name):
    return refuse(f"{name} with a result of whole numbers, which is cut off; use output=float")


# -------------------------------------------------------------------- correlations


class _Linear:
    """The parts of the pullback of a correlation for its input, weights and constant."""

    def __init__(self, input, weights, sizes, origins, mode, cval):
        self.input, self.weights, self.mode, self.cval = input, weights, mode, cval
        self.windows = Windows(np.shape(input), sizes, origins, mode)

    def _spread(self, dy):
        """Onto the padded array: the correlation with the weights in reverse."""
        windows = self.windows
        weights = np.flip(np.reshape(np.asarray(self.weights), windows.sizes))
        room = np.pad(dy, [(size - 1, size - 1) for size in windows.sizes])
        whole = _correlate(room, weights, 0, "constant", 0.0, None)
        cut = zip(windows.shape, windows.sizes, strict=True)
        return windows.folded(whole[tuple([slice(k // 2, k // 2 + n + k - 1) for n, k in cut])])

    def input_back(self, dy):
        return project(self._spread(dy)[0], self.input)

    def cval_back(self, dy):
        return project(self._spread(dy)[1], self.cval)

    def weights_back(self, dy):
        windows = self.windows
        padded = windows.padded(np.asarray(self.input), self.cval)
        sums = [np.sum(windows.view(padded, k) * dy) for k in windows.offsets()]
        return project(np.reshape(np.stack(sums), np.shape(self.weights)), self.weights)


def _correlate(input, weights, origin, mode, cval, dtype):
    return nd.correlate(input, weights, dtype, mode, cval, origin)


def _correlate1d(input, weights, axis, mode, cval, origin, dtype):
    return nd.correlate1d(input, weights, axis, dtype, mode, cval, origin)


def _uniform1d(input, size, axis, mode, cval, origin, dtype):
    return nd.uniform_filter1d(input, size, axis, dtype, mode, cval, origin)


def _whole(ndim, weights, origin):
    """Weights, sizes and origins of the windows of a correlation along all axes."""
    return weights, np.shape(weights), [origin] * ndim if np.ndim(origin) == 0 else origin


def _along(ndim, weights, axis, origin):
    """The same along one axis."""
    return (
        weights,
        _sizes_along(axis, len(weights), ndim),
        _origins_along(axis, origin, ndim),
    )


def _register_linear(function, name, window):
    @adjoint(function)
    def linear_rule(input, weights, place, mode, cval, *rest):
        y = function(input, weights, place, mode, cval, *rest)
        if _of_whole_numbers(y):
            return y, _rounded(f"scipy.ndimage.{name}")
        linear = _Linear(input, *window(np.ndim(input), weights, place, *rest[:-1]), mode, cval)
        weights_back = None if isinstance(weights, int) else linear.weights_back
        return y, each(linear.input_back, weights_back, None, None, linear.cval_back)


_register_linear(_correlate, "correlate", _whole)
_register_linear(_correlate1d, "correlate1d", _along)
_register_linear(
    _uniform1d, "uniform_filter1d", lambda ndim, n, *rest: _along(ndim, np.full(n, 1 / n), *rest)
)


def _origins_along(axis, origin, ndim):
    return [origin if i == axis % ndim else 0 for i in range(ndim)]


@lowering(nd.correlate1d)
def correlate1d_lowering(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    if _is_complex(input, weights):
        return nd.correlate1d(input, weights, axis, output, mode, cval, origin)
    input, weights = np.asarray(input), np.asarray(weights)
    value = _correlate1d(input, weights, axis, mode, cval, origin, _dtype(output, input))
    return _written(value, output)


@lowering(nd.uniform_filter1d)
def uniform1d_lowering(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    if _is_complex(input):
        return nd.uniform_filter1d(input, size, axis, output, mode, cval, origin)
    input = np.asarray(input)
    value = _uniform1d(input, size, axis, mode, cval, origin, _dtype(output, input))
    return _written(value, output)


@lowering(_filters._correlate_or_convolve)
def correlate_lowering(input, weights, output, mode, cval, origin, convolution, axes=None):
    input, weights = np.asarray(input), np.asarray(weights)
    whole = axes is None or weights.ndim == input.ndim
    if _is_complex(input, weights) or not whole or 0 in weights.shape:
        raise UnsupportedError(
            "scipy.ndimage.correlate and convolve of complex numbers or of some axes only cannot "
            "be differentiated yet"
        )
    origins = [origin] * input.ndim if np.ndim(origin) == 0 else [*origin]
    if convolution:
        weights = np.flip(weights)
        origins = [-o - (1 - size % 2) for o, size in zip(origins, weights.shape, strict=True)]
    value = _correlate(input, weights, origins, mode, cval, _dtype(output, input))
    return _written(value, output)


# ------------------------------------------------------- minimum, maximum and rank


def _chosen_backs(input, y, windows, cval, footprint=None, structure=None):
    """The pullback of a filter whose value is one of the elements of its window; ties share."""

    def chosen_back(dy):
        padded = windows.padded(np.asarray(input), cval)
        places = [k for k in windows.offsets() if footprint is None or footprint[k]]
        raised = [0.0 if structure is None else structure[k] for k in places]
        chosen = [
            np.equal(windows.view(padded, k) + up, y) for k, up in zip(places, raised, strict=True)
        ]
        share = dy / np.maximum(sum([c.astype(float) for c in chosen]), 1)
        whole = sum(
            [windows.placed(np.where(c, share, 0), k) for c, k in zip(chosen, places, strict=True)]
        )
        core, beyond = windows.folded(whole)
        return project(core, input), project(beyond, cval)

    return chosen_back


def _register_extremum(target):
    def extremum(input, size, axis, mode, cval, origin, dtype):
        return target(input, size, axis, dtype, mode, cval, origin)

    @adjoint(extremum)
    def extremum_rule(input, size, axis, mode, cval, origin, dtype):
        y = extremum(input, size, axis, mode, cval, origin, dtype)
        sizes = _sizes_along(axis, size, np.ndim(input))
        windows = Windows(
            np.shape(input), sizes, _origins_along(axis, origin, np.ndim(input)), mode
        )
        back = _chosen_backs(input, y, windows, cval)

        def extremum_back(dy):
            d_input, d_cval = back(dy)
            return d_input, None, None, None, d_cval, None, None

        return y, extremum_back

    @lowering(target)
    def extremum_lowering(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
        input = np.asarray(input)
        value = extremum(input, size, axis, mode, cval, origin, _dtype(output, input))
        return _written(value, output)


_register_extremum(nd.minimum_filter1d)
_register_extremum(nd.maximum_filter1d)


def _rank(input, rank, footprint, mode, cval, origins, dtype, operation):
    return _filters._rank_filter(
        input, rank, None, footprint, dtype, mode, cval, origins, operation
    )


@adjoint(_rank)
def rank_rule(input, rank, footprint, mode, cval, origins, dtype, operation):
    y = _rank(input, rank, footprint, mode, cval, origins, dtype, operation)
    windows = Windows(np.shape(input), footprint.shape, origins, mode)
    back = _chosen_backs(input, y, windows, cval, footprint)

    def rank_back(dy):
        d_input, d_cval = back(dy)
        return d_input, None, None, None, d_cval, None, None, None

    return y, rank_back


@lowering(_filters._rank_filter)
def rank_lowering(
    input, rank, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0,
    operation="rank", axes=None,
):  # fmt: skip
    input = np.asarray(input)
    if axes is not None and len(np.atleast_1d(axes)) != input.ndim or not isinstance(mode, str):
        raise UnsupportedError(
            "rank filters of scipy.ndimage cannot be differentiated yet with some axes only, or "
            "with a mode for each axis"
        )
    if footprint is None:
        sizes = [size] * input.ndim if np.ndim(size) == 0 else [*size]
        footprint = np.ones(sizes, dtype=bool)
    origins = [origin] * input.ndim if np.ndim(origin) == 0 else [*origin]
    footprint = np.asarray(footprint, dtype=bool)
    dtype = _dtype(output, input)
    value = _rank(input, rank, footprint, mode, cval, origins, dtype, operation)
    return _written(value, output)


nondifferentiable(_dtype, _is_complex, _sizes_along, _origins_along, _of_whole_numbers)
