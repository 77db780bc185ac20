"""Rules for the transforms in C that `scipy.fft` is built on; its Python code is followed.

`inorm` says by which power of the length SciPy divides, in both directions alike, so that the
transpose of a transform has the same.
"""

import numpy as np
from scipy.fft._pocketfft import pypocketfft as pocket

from ..broadcasting import project
from ..registry import adjoint

__all__ = []


@adjoint(pocket.c2c)
def c2c_rule(a, axes=None, forward=True, inorm=0, out=None, nthreads=1):
    y = pocket.c2c(a, axes, forward, inorm, None, nthreads)

    def c2c_back(dy):
        return (project(pocket.c2c(_complex(dy), axes, not forward, inorm, None, nthreads), a),)

    return y, c2c_back


def _complex(dy):
    return dy if dy.dtype.kind == "c" else dy + 0j


def _last(axes):
    return -1 if axes is None else axes[-1]


@adjoint(pocket.r2c)
def r2c_rule(a, axes=None, forward=True, inorm=0, out=None, nthreads=1):
    y = pocket.r2c(a, axes, forward, inorm, None, nthreads)
    shape, half = np.shape(a), np.shape(y)
    last = _last(axes) % len(shape)

    def r2c_back(dy):
        room = [(0, n - m if i == last else 0) for i, (n, m) in enumerate(zip(shape, half))]  # noqa: B905
        whole = np.pad(_complex(dy), room)
        da = pocket.c2c(whole, axes, not forward, inorm, None, nthreads)
        return (project(np.real(da), a),)

    return y, r2c_back


@adjoint(pocket.c2r)
def c2r_rule(a, axes=None, lastsize=0, forward=True, inorm=0, out=None, nthreads=1):
    y = pocket.c2r(a, axes, lastsize, forward, inorm, None, nthreads)
    last = _last(axes) % np.ndim(a)
    n = np.shape(y)[last]
    counts = np.full(n // 2 + 1, 2)  # elements that stand for two of the whole spectrum
    counts[0] = 1
    if n % 2 == 0:
        counts[-1] = 1
    counts = np.reshape(counts, [-1 if i == last else 1 for i in range(np.ndim(a))])

    def c2r_back(dy):
        da = pocket.r2c(np.real(dy), axes, not forward, inorm, None, nthreads)
        return (project(da * counts, a),)

    return y, c2r_back


def _ends(n, first, last):
    """Ones, but for the ends."""
    weights = np.ones(n)
    weights[0] *= first
    weights[-1] *= last
    return weights


#: of each type: the type of the transpose, and the weights of the ends before and after it
_COSINE = {
    1: (1, (2, 2), (0.5, 0.5)),
    2: (3, (2, 1), (1, 1)),
    3: (2, (1, 1), (0.5, 1)),
    4: (4, (1, 1), (1, 1)),
}
_SINE = {
    1: (1, (1, 1), (1, 1)),
    2: (3, (1, 2), (1, 1)),
    3: (2, (1, 1), (1, 0.5)),
    4: (4, (1, 1), (1, 1)),
}


def _register(transform, types):
    @adjoint(transform)
    def transform_rule(a, type, axes=None, inorm=0, out=None, nthreads=1, orthogonalize=None):
        y = transform(a, type, axes, inorm, None, nthreads, orthogonalize)
        other, before, after = types[type]
        orthogonal = inorm == 1 if orthogonalize is None else orthogonalize
        shape = np.shape(a)
        along = range(len(shape)) if axes is None else axes

        def weighted(d, ends):
            for axis in () if orthogonal else along:
                i = axis % len(shape)
                weights = _ends(shape[i], *ends).astype(d.dtype)
                d = d * np.reshape(weights, [-1 if j == i else 1 for j in range(len(shape))])
            return d

        def transform_back(dy):
            d = transform(weighted(dy, before), other, axes, inorm, None, nthreads, orthogonalize)
            return (project(weighted(d, after), a),)

        return y, transform_back


_register(pocket.dct, _COSINE)
_register(pocket.dst, _SINE)
