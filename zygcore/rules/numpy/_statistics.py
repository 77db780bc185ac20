"""Rules for covariances, and for the cross product of vectors.

NumPy's code writes into its intermediate results; without that they can be
differentiated more than once.
"""

import warnings

import numpy as np

from ..broadcasting import project, unbroadcast
from ..registry import adjoint, each, lowering, nondifferentiable

__all__ = []


def _observations(m, turn, dtype):
    x = np.array(m, ndmin=2, dtype=dtype)
    return x.T if turn else x


def _common(arrays):
    return np.result_type(*arrays, np.float64)


def _weights(fweights, aweights):
    if fweights is None:
        return aweights
    return fweights if aweights is None else fweights * aweights


nondifferentiable(_common)


@lowering(np.cov)
def cov_lowering(
    m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None
):
    options = {"fweights": fweights, "aweights": aweights, "dtype": dtype}
    m = np.asarray(m)
    others = [m] if y is None else [m, np.asarray(y)]
    weights = [np.asarray(w, dtype=float) for w in (fweights, aweights) if w is not None]
    x = _observations(m, not rowvar and m.ndim != 1, dtype or _common(others))
    if (
        any([o.ndim > 2 for o in others])
        or any([w.ndim > 1 or w.shape[0] != x.shape[1] or np.any(w < 0) for w in weights])
        or (fweights is not None and np.any(weights[0] != np.around(weights[0])))
        or (ddof is not None and ddof != int(ddof))
        or x.shape[0] == 0
    ):
        return np.cov(m, y, rowvar, bias, ddof, **options)  # the error is its own
    if y is not None:
        other = others[1]
        turn = not rowvar and other.ndim == 2 and other.shape[0] != 1
        x = np.concatenate((x, _observations(other, turn, x.dtype)), axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    w = _weights(
        None if fweights is None else weights[0], None if aweights is None else weights[-1]
    )
    mean, total = np.average(x, axis=1, weights=w, returned=True)
    total = total[0]
    if w is None:
        freedom = x.shape[1] - ddof
    elif ddof == 0:
        freedom = total
    elif aweights is None:
        freedom = total - ddof
    else:
        freedom = total - ddof * sum(w * weights[-1]) / total
    if freedom <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
        freedom = 0.0
    x = x - mean[:, None]
    turned = x.T if w is None else (x * w).T
    return (np.dot(x, turned.conj()) * np.true_divide(1, freedom)).squeeze()


@lowering(np.corrcoef)
def corrcoef_lowering(x, y=None, rowvar=True, *, dtype=None, **options):
    c = np.cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    scale = np.sqrt(np.real(np.diag(c)))
    c = c / scale[:, None]
    c = c / scale[None, :]
    if np.iscomplexobj(c):
        return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
    return np.clip(c, -1, 1)


def _vectors(x, axis):
    """Vectors of two or three numbers as vectors of three, along the last axis."""
    x = np.moveaxis(x, axis, -1)
    if np.shape(x)[-1] == 3:
        return x
    return np.concatenate([x, np.zeros((*np.shape(x)[:-1], 1), x.dtype)], axis=-1)


@adjoint(np.cross)
def cross_rule(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The mixed product does not change where its factors are rotated."""
    y = np.cross(a, b, axisa, axisb, axisc, axis)
    if axis is not None:
        axisa = axisb = axisc = axis

    def rotated(dy, other, other_axis, x, x_axis, sign):
        n = np.shape(x)[x_axis]
        if n == 2 and np.shape(other)[other_axis] == 2:  # the last number of the product
            dy = np.expand_dims(dy, -1) * np.array([0, 0, 1], np.asarray(dy).dtype)
        else:
            dy = np.moveaxis(dy, axisc, -1)
        dx = sign * np.cross(np.conjugate(_vectors(other, other_axis)), dy)
        shape = np.shape(np.moveaxis(x, x_axis, -1))
        return project(np.moveaxis(unbroadcast(dx[..., :n], shape), -1, x_axis), x)

    return y, each(
        lambda dy: rotated(dy, np.asarray(b), axisb, np.asarray(a), axisa, 1.0),
        lambda dy: rotated(dy, np.asarray(a), axisa, np.asarray(b), axisb, -1.0),
    )
