"""Rules for `scipy.fft`.

All transforms are linear.  The pullback of a Fourier transform is the inverse transform with the
normalisation of the other direction; that of a cosine or sine transform is the one of the
transposed type: 2 and 3 are each other's transposes but for the weight of one term, 4 (and 1 of
the sine) is its own.  `overwrite_x` is not passed on: it only allows SciPy to destroy the array.
"""

import numpy as np
import scipy.fft as fft

from ..broadcasting import project
from ..numpy._fft import SWAPPED, half_weights, resized
from ..registry import adjoint, nondifferentiable

__all__ = []


def axes_of(shape, s, axes):
    """The axes that are transformed, each once, not negative."""
    ndim = len(shape)
    if axes is None:
        count = ndim if s is None else np.size(s)
        return tuple(range(ndim - count, ndim))
    return tuple([axis % ndim for axis in np.ravel(axes).tolist()])


def resized_all(x, shape, axes):
    for axis in axes:
        x = resized(x, shape[axis], axis)
    return x


nondifferentiable(axes_of)

# ------------------------------------------------------------- complex transforms


def _register_complex(one, many, planes, inverse):
    """The transforms of one axis, of several, and of two; `inverse` is of several."""

    def pulled(x, y, axes, norm, workers):
        shape = np.shape(x)

        def fft_back(dy):
            dx = inverse(dy, axes=axes, norm=SWAPPED[norm], workers=workers)
            return (project(resized_all(dx, shape, axes), x),)

        return y, fft_back

    @adjoint(one)
    def fft_rule(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None):
        y = one(x, n, axis, norm, workers=workers, plan=plan)
        return pulled(x, y, axes_of(np.shape(x), n, axis), norm, workers)

    def several_rule(target, default):
        @adjoint(target)
        def fftn_rule(
            x, s=None, axes=default, norm=None, overwrite_x=False, workers=None, *, plan=None
        ):
            y = target(x, s, axes, norm, workers=workers, plan=plan)
            return pulled(x, y, axes_of(np.shape(x), s, axes), norm, workers)

    several_rule(many, None)
    several_rule(planes, (-2, -1))


_register_complex(fft.fft, fft.fftn, fft.fft2, fft.ifftn)
_register_complex(fft.ifft, fft.ifftn, fft.ifft2, fft.fftn)

# ---------------------------------------------------- from and to real numbers


def from_real(x, y, n, axes, norm, workers, conjugated):
    """The pullback of `rfftn`, or `ihfftn`: its conjugate with the norm swapped."""
    shape = np.shape(x)
    last = axes[-1]

    def from_real_back(dy):
        dy = np.conjugate(dy) if conjugated else dy
        rest = axes[:-1]
        if rest:
            dy = fft.ifftn(dy, axes=rest, norm=SWAPPED[norm], workers=workers)
        half = dy / half_weights(n, last, y.ndim)
        dx = fft.irfft(half, n, last, SWAPPED[norm], workers=workers)
        return (project(resized_all(dx, shape, axes), x),)

    return y, from_real_back


def to_real(x, y, axes, norm, workers, conjugated):
    """The pullback of `irfftn`, or `hfftn`: that of the conjugate with the norm swapped."""
    shape = np.shape(x)
    last = axes[-1]
    n = np.shape(y)[last]

    def to_real_back(dy):
        dx = fft.rfft(dy, n, last, SWAPPED[norm], workers=workers)
        dx = dx * half_weights(n, last, y.ndim)
        rest = axes[:-1]
        if rest:
            dx = fft.fftn(dx, axes=rest, norm=SWAPPED[norm], workers=workers)
        dx = resized_all(dx, shape, axes)
        return (project(np.conjugate(dx) if conjugated else dx, x),)

    return y, to_real_back


def _register_half(one, many, planes, real_input, hermitian):
    def pulled(x, y, s, axes, norm, workers):
        norm = SWAPPED[norm] if hermitian else norm
        axes_ = axes_of(np.shape(x), s, axes)
        if real_input:
            n = np.shape(x)[axes_[-1]] if s is None else int(np.ravel(s)[-1])
            n = np.shape(x)[axes_[-1]] if n == -1 else n
            return from_real(x, y, n, axes_, norm, workers, hermitian)
        return to_real(x, y, axes_, norm, workers, hermitian)

    @adjoint(one)
    def rfft_rule(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None):
        y = one(x, n, axis, norm, workers=workers, plan=plan)
        return pulled(x, y, n, axis, norm, workers)

    def several_rule(target, default):
        @adjoint(target)
        def rfftn_rule(
            x, s=None, axes=default, norm=None, overwrite_x=False, workers=None, *, plan=None
        ):
            y = target(x, s, axes, norm, workers=workers, plan=plan)
            return pulled(x, y, s, axes, norm, workers)

    several_rule(many, None)
    several_rule(planes, (-2, -1))


_register_half(fft.rfft, fft.rfftn, fft.rfft2, True, False)
_register_half(fft.ihfft, fft.ihfftn, fft.ihfft2, True, True)
_register_half(fft.irfft, fft.irfftn, fft.irfft2, False, False)
_register_half(fft.hfft, fft.hfftn, fft.hfft2, False, True)

# -------------------------------------------------------- cosine and sine transforms

TRANSPOSED = {1: 1, 2: 3, 3: 2, 4: 4}


def end_weights(n, kind, cosine):
    """The weights of input terms that make the matrix of a transform symmetric.

    The rows of the types 2 and 3 are those of each other's columns, but for a factor 2 of the
    first cosine, or the last sine, of type 3; type 1 of the cosine counts both ends once.
    """
    weights = np.ones(n)
    if kind == 3:
        weights[0 if cosine else -1] = 0.5
    elif kind == 1 and cosine:
        weights[1:-1] = 2
    return weights


nondifferentiable(end_weights)


def transposed(dy, transform, kind, axis, norm, orthogonal, workers):
    """The transpose of a cosine or sine transform along one axis."""
    options = {"norm": norm, "workers": workers, "orthogonalize": orthogonal}
    if orthogonal:
        return transform(dy, TRANSPOSED[kind], None, axis, **options)
    n, cosine = np.shape(dy)[axis], transform is fft.dct
    column = (-1,) + (1,) * (np.ndim(dy) - 1 - axis)
    before = np.reshape(end_weights(n, TRANSPOSED[kind], cosine), column)
    after = np.reshape(end_weights(n, kind, cosine), column)
    return transform(dy / before, TRANSPOSED[kind], None, axis, **options) * after


def _register_trigonometric(transform, one, many, inverse):
    """`one` is `transform`, or its inverse: that of the transposed type with the norm swapped."""

    def pulled(x, y, kind, s, axes, norm, workers, orthogonalize):
        shape = np.shape(x)
        axes = axes_of(shape, s, axes)
        orthogonal = norm == "ortho" if orthogonalize is None else orthogonalize
        if inverse:
            kind, norm = TRANSPOSED[kind], SWAPPED[norm]

        def trigonometric_back(dy):
            for axis in axes:
                dy = transposed(dy, transform, kind, axis, norm, orthogonal, workers)
            return (project(resized_all(dy, shape, axes), x),)

        return y, trigonometric_back

    @adjoint(one)
    def dct_rule(
        x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None
    ):
        options = {"workers": workers, "orthogonalize": orthogonalize}
        y = one(x, type, n, axis, norm, **options)
        return pulled(x, y, type, n, axis, norm, **options)

    @adjoint(many)
    def dctn_rule(
        x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *,
        orthogonalize=None,
    ):  # fmt: skip
        options = {"workers": workers, "orthogonalize": orthogonalize}
        y = many(x, type, s, axes, norm, **options)
        return pulled(x, y, type, s, axes, norm, **options)


_register_trigonometric(fft.dct, fft.dct, fft.dctn, False)
_register_trigonometric(fft.dct, fft.idct, fft.idctn, True)
_register_trigonometric(fft.dst, fft.dst, fft.dstn, False)
_register_trigonometric(fft.dst, fft.idst, fft.idstn, True)

nondifferentiable(fft.next_fast_len)
if hasattr(fft, "prev_fast_len"):  # SciPy 1.14
    nondifferentiable(fft.prev_fast_len)
