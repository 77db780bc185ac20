"""Rules for `numpy.fft`.

The transforms are linear, so the pullback is the conjugate transpose, which is the inverse
transform with the normalisation of the other direction.  The transforms of several axes, and the
Hermitian ones, are Python code over the four that have rules here.
"""

import numpy as np

from ..broadcasting import project, unsupported
from ..registry import adjoint, lowering, nondifferentiable

__all__ = ["SWAPPED", "half_weights", "resized"]

#: norm -> the norm of the transpose
SWAPPED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def resized(x, n, axis):
    """`x` cut, or filled up with zeros, to the length `n` along an axis."""
    shape = list(np.shape(x))
    missing = n - shape[axis]
    if missing > 0:
        shape[axis] = missing
        return np.concatenate([x, np.zeros(shape, x.dtype)], axis)
    return x if missing == 0 else x[(slice(None),) * (axis % len(shape)) + (slice(n),)]


def half_weights(n, axis, ndim):
    """How often each frequency of half a spectrum stands in the whole one of length `n`."""
    weights = np.full(n // 2 + 1, 2.0)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return np.reshape(weights, (-1,) + (1,) * (ndim - 1 - axis % ndim))


nondifferentiable(half_weights)


def _register_complex(transform, inverse):
    @adjoint(transform)
    def transform_rule(a, n=None, axis=-1, norm=None, out=None):
        unsupported(f"np.fft.{transform.__name__}", out=out)
        y = transform(a, n, axis, norm)
        length = np.shape(a)[axis]

        def transform_back(dy):
            dx = inverse(dy, axis=axis, norm=SWAPPED[norm])
            return (project(resized(dx, length, axis), a),)

        return y, transform_back


_register_complex(np.fft.fft, np.fft.ifft)
_register_complex(np.fft.ifft, np.fft.fft)


@adjoint(np.fft.rfft)
def rfft_rule(a, n=None, axis=-1, norm=None, out=None):
    unsupported("np.fft.rfft", out=out)
    y = np.fft.rfft(a, n, axis, norm)
    length = np.shape(a)[axis]
    n = length if n is None else n

    def rfft_back(dy):
        half = dy / half_weights(n, axis, y.ndim)
        dx = np.fft.irfft(half, n, axis, SWAPPED[norm])
        return (project(resized(dx, length, axis), a),)

    return y, rfft_back


@adjoint(np.fft.irfft)
def irfft_rule(a, n=None, axis=-1, norm=None, out=None):
    unsupported("np.fft.irfft", out=out)
    y = np.fft.irfft(a, n, axis, norm)
    length = np.shape(a)[axis]
    n = np.shape(y)[axis]

    def irfft_back(dy):
        dx = np.fft.rfft(dy, n, axis, SWAPPED[norm]) * half_weights(n, axis, y.ndim)
        return (project(resized(dx, length, axis), a),)

    return y, irfft_back


@lowering(np.fft.ihfft)
def ihfft_lowering(a, n=None, axis=-1, norm=None, out=None):
    if out is not None:  # of constants: the machine itself sees to outputs that get derivatives
        return np.fft.ihfft(a, n, axis, norm, out)
    return np.conjugate(np.fft.rfft(a, n, axis, SWAPPED.get(norm, norm)))
