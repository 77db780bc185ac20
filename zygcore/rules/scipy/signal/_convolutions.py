"""Convolutions: bilinear functions, each the transpose of a correlation."""

import numpy as np
import scipy.signal as sg

from ....errors import UnsupportedError
from ...broadcasting import project
from ...numpy._indexing import scatter
from ...registry import adjoint, each, lowering

__all__ = []


def _cut(full, first, second, mode):
    """Where the result of a mode begins in the full convolution, along one axis."""
    if mode == "full":
        return 0
    if mode == "same above":  # of correlate2d
        return second // 2
    size = first if mode == "same" else max(first, second) - min(first, second) + 1
    return (full - size) // 2


def _embedded(dy, first, second, mode, axes):
    """The cotangent in the room of the full convolution."""
    room = []
    for i, n in enumerate(np.shape(dy)):
        full = first[i] + second[i] - 1 if i in axes else max(first[i], second[i])
        # an axis that broadcasting stretches is cut, too: "same" means of the first array's shape
        start = _cut(full, first[i], second[i], mode) if i in axes else (full - n) // 2
        room.append((start, full - n - start))
    return np.pad(dy, room)


def _opposite(f, whole, kernel, axes):
    """The transpose of convolving something with a kernel, given the full cotangent."""
    flipped = np.conjugate(np.flip(kernel, axes))
    return f(whole, flipped, axes)


def _valid(dy, kernel, axes):
    """The valid part of a convolution; the kernel is not larger."""
    if len(axes) == np.ndim(dy):
        return sg.convolve(dy, kernel, "valid")
    return sg.fftconvolve(dy, kernel, "valid", axes=axes)


def _bilinear_backs(x, w, mode, axes):
    first, second = np.shape(x), np.shape(w)

    def unstretched(d, like):
        """Sums over the axes that broadcasting stretched."""
        return project(d, like)

    def x_back(dy):
        whole = _embedded(dy, first, second, mode, axes)
        return unstretched(_opposite(_valid, whole, np.asarray(w), axes), x)

    def w_back(dy):
        whole = _embedded(dy, first, second, mode, axes)
        return unstretched(_opposite(_valid, whole, np.asarray(x), axes), w)

    return x_back, w_back


def _register(f):
    @adjoint(f)
    def convolve_rule(in1, in2, mode="full", *method, **options):
        y = f(in1, in2, mode, *method, **options)
        if np.ndim(in1) == 0 or np.size(in1) == 0 or np.size(in2) == 0:
            return y, each(
                lambda dy: project(dy * np.conjugate(in2), in1),
                lambda dy: project(dy * np.conjugate(in1), in2),
            )
        axes = options.get("axes")
        axes = tuple(range(np.ndim(in1))) if axes is None else np.atleast_1d(axes) % np.ndim(in1)
        return y, each(*_bilinear_backs(in1, in2, mode, tuple(axes)))


for _f in (sg.convolve, sg.fftconvolve, sg.oaconvolve):
    _register(_f)


@adjoint(sg.correlate)
def correlate_rule(in1, in2, mode="full", method="auto"):
    y = sg.correlate(in1, in2, mode, method)
    axes = tuple(range(np.ndim(in1)))
    x, kernel = np.asarray(in1), np.conjugate(np.flip(np.asarray(in2)))
    x_back, kernel_back = _bilinear_backs(x, kernel, mode, axes)

    def in1_back(dy):
        return project(x_back(dy), in1)

    def in2_back(dy):
        return project(np.conjugate(np.flip(kernel_back(dy))), in2)

    return y, each(in1_back, in2_back)


# ------------------------------------------------------- two dimensions, with edges


def _sources(n, m, boundary):
    """The elements that stand at the positions ``-(m - 1) ... n + m - 2``."""
    where = np.arange(n + 2 * (m - 1)) - (m - 1)
    if boundary == "wrap":
        return where % n
    turned = where % (2 * n)
    return np.where(turned < n, turned, 2 * n - 1 - turned)


def _extended(x, sources):
    return np.take(np.take(x, sources[0], 0), sources[1], 1)


def _folded(d, sources, shape):
    """The transpose of `_extended`."""
    d = scatter(d, (slice(None), sources[1]), (d.shape[0], shape[1]))
    return scatter(d, (sources[0],), shape)


def _register_2d(f, flip):
    @adjoint(f)
    def convolve2d_rule(in1, in2, mode="full", boundary="fill", fillvalue=0):
        y = f(in1, in2, mode, boundary, fillvalue)
        x, w = np.asarray(in1), flip(np.asarray(in2))
        mode = "same above" if mode == "same" and f is sg.correlate2d else mode
        if fillvalue != 0:
            raise UnsupportedError(
                "scipy.signal.convolve2d and correlate2d with a fillvalue cannot be differentiated "
                "yet: extend the array with np.pad"
            )
        if boundary in ("fill", "pad"):
            x_back, w_back = _bilinear_backs(x, w, mode, (0, 1))
        else:
            x_back, w_back = _edge_backs(x, w, mode, boundary)

        def in1_back(dy):
            return project(x_back(dy), in1)

        def in2_back(dy):
            return project(flip(w_back(dy)), in2)

        return y, each(in1_back, in2_back)


def _edge_backs(x, w, mode, boundary):
    first, second = np.shape(x), np.shape(w)
    if mode == "valid" and any(n < m for n, m in zip(first, second, strict=True)):
        raise UnsupportedError(
            "scipy.signal.convolve2d with a larger second array cannot be differentiated at its "
            "edges yet: exchange the arrays"
        )
    sources = [_sources(n, m, boundary) for n, m in zip(first, second, strict=True)]

    def x_back(dy):
        whole = _embedded(dy, first, second, mode, (0, 1))
        spread = sg.convolve2d(whole, np.conjugate(np.flip(w)))
        return _folded(spread, sources, first)

    def w_back(dy):
        whole = _embedded(dy, first, second, mode, (0, 1))
        return np.flip(_opposite(_valid, _extended(x, sources), whole, (0, 1)))

    def w_back_conjugate(dy):
        return np.conjugate(w_back(dy)) if np.asarray(dy).dtype.kind == "c" else w_back(dy)

    return x_back, w_back_conjugate


_register_2d(sg.convolve2d, lambda w: w)
_register_2d(sg.correlate2d, lambda w: np.conjugate(np.flip(w)))


# ----------------------------------------------------------------- changes of rate


@adjoint(sg.upfirdn)
def upfirdn_rule(h, x, up=1, down=1, axis=-1, mode="constant", cval=0):
    y = sg.upfirdn(h, x, up, down, axis, mode, cval)
    if mode not in ("constant", None) or cval != 0:
        raise UnsupportedError(
            f"scipy.signal.upfirdn(..., mode={mode!r}, cval={cval!r}) cannot be differentiated yet"
        )
    taps, signal = np.asarray(h), np.moveaxis(np.asarray(x), axis, -1)
    shape, n = np.shape(signal), np.shape(signal)[-1]
    spaced = (n - 1) * up + 1  # of the signal with zeros in between
    full = spaced + len(taps) - 1

    def placed(dy):
        """The cotangent of the convolution before it is thinned out."""
        dy = np.moveaxis(dy, axis, -1)[..., : -(-full // down)]
        out = scatter(dy, (Ellipsis, slice(None, None, down)), (*shape[:-1], full))
        return out

    def h_back(dy):
        wide = scatter(signal, (Ellipsis, slice(None, None, up)), (*shape[:-1], spaced))
        d = placed(dy)
        sums = [np.sum(d[..., k : k + spaced] * np.conjugate(wide)) for k in range(len(taps))]
        return project(np.stack(sums), h)

    def x_back(dy):
        kernel = np.reshape(np.conjugate(np.flip(taps)), (1,) * (len(shape) - 1) + (-1,))
        d = _valid(placed(dy), kernel, tuple(range(len(shape))))
        return project(np.moveaxis(d[..., ::up], -1, axis), x)

    return y, each(h_back, x_back)


@lowering(sg.medfilt2d)
def medfilt2d_lowering(input, kernel_size=3):
    """The same as `medfilt`, which is Python code."""
    return sg.medfilt(np.asarray(input), kernel_size)
