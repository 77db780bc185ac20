"""Filters by a Python function of the user, which SciPy calls from C: here window by window."""

import numpy as np
from scipy import LowLevelCallable
from scipy.ndimage import _nd_image, _ni_support

from ...registry import lowering, nondifferentiable
from ._windows import Windows

__all__ = []

MODES = ("nearest", "wrap", "reflect", "mirror", "constant", "grid-wrap", "grid-constant")


def mode_of(code):
    """The name of a way to go on beyond the edges."""
    return next(mode for mode in MODES if _ni_support._extend_mode_to_code(mode) == code)


nondifferentiable(mode_of)


@lowering(_nd_image.generic_filter)
def generic_filter_lowering(input, function, footprint, output, mode, cval, origins, args, named):
    if isinstance(function, LowLevelCallable):
        return _nd_image.generic_filter(
            input, function, footprint, output, mode, cval, origins, args, named
        )
    windows = Windows(np.shape(input), footprint.shape, origins, mode_of(mode))
    padded = windows.padded(input.astype(float), cval)
    values = [windows.view(padded, k) for k in windows.offsets() if footprint[k]]
    values = np.reshape(np.stack(values, -1), (input.size, len(values)))
    results = [np.reshape(function(np.copy(line), *args, **named), ()) for line in values]
    output[...] = np.reshape(np.stack(results), input.shape)


@lowering(_nd_image.generic_filter1d)
def generic_filter1d_lowering(input, function, size, axis, output, mode, cval, origin, args, named):
    if isinstance(function, LowLevelCallable):
        return _nd_image.generic_filter1d(
            input, function, size, axis, output, mode, cval, origin, args, named
        )
    sizes = [size if i == axis else 1 for i in range(input.ndim)]
    origins = [origin if i == axis else 0 for i in range(input.ndim)]
    windows = Windows(np.shape(input), sizes, origins, mode_of(mode))
    lines = np.moveaxis(windows.padded(input.astype(float), cval), axis, -1)
    shape, n = lines.shape[:-1], input.shape[axis]
    results = []
    for line in np.reshape(lines, (-1, lines.shape[-1])):
        out = np.zeros(n)
        function(np.copy(line), out, *args, **named)
        results.append(out)
    output[...] = np.moveaxis(np.reshape(np.stack(results), (*shape, n)), -1, axis)
