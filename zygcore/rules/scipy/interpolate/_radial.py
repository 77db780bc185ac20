"""Radial basis functions: `RBFInterpolator` and `Rbf`."""

import numpy as np
from scipy.interpolate import _rbfinterp_pythran
from scipy.spatial import distance

from ...numpy._indexing import scatter
from ...registry import nondifferentiable
from .._implicit import held, opaque, same_value
from ._imitations import imitates, lowering_of_active

__all__ = []


def squared_distances(x, y):
    """Between all points of `x` and all of `y`."""
    total = 0.0
    for d in range(np.shape(x)[1]):
        gap = np.expand_dims(x[:, d], 1) - y[:, d]
        total = total + gap * gap
    return total


def _from_zero(function):
    """A function of the square q that is 0 at 0, where its slope in q may not be finite."""

    def guarded(q):
        there = q > 0
        return np.where(there, function(np.where(there, q, 1.0)), 0.0)

    return guarded


#: of the squares of distances, so that what is smooth at 0 has derivatives of any order there
KERNELS = {
    "linear": _from_zero(lambda q: -np.sqrt(q)),
    "thin_plate_spline": _from_zero(lambda q: q * np.log(q) / 2),
    "cubic": _from_zero(lambda q: q**1.5),
    "quintic": _from_zero(lambda q: -(q**2.5)),
    "multiquadric": lambda q: -np.sqrt(q + 1),
    "inverse_multiquadric": lambda q: 1 / np.sqrt(q + 1),
    "inverse_quadratic": lambda q: 1 / (q + 1),
    "gaussian": lambda q: np.exp(-q),
}


def monomials(x, powers):
    return np.prod(np.expand_dims(x, 1) ** powers, axis=2)


@imitates(_rbfinterp_pythran._polynomial_matrix)
def polynomial_matrix(x, powers):
    return monomials(x, powers)


@imitates(_rbfinterp_pythran._build_evaluation_coefficients)
def evaluation_coefficients(x, y, kernel, epsilon, powers, shift, scale):
    near = KERNELS[kernel](squared_distances(x * epsilon, y * epsilon))
    return np.concatenate([near, monomials((x - shift) / scale, powers)], axis=1)


@lowering_of_active(_rbfinterp_pythran._build_system)
def system_lowering(y, d, smoothing, kernel, epsilon, powers):
    found = held(_rbfinterp_pythran._build_system, y, d, smoothing, kernel, epsilon, powers)
    low, high = np.min(y, axis=0), np.max(y, axis=0)
    shift, scale = (high + low) / 2, (high - low) / 2
    scale = np.where(scale == 0, 1.0, scale)
    near = KERNELS[kernel](squared_distances(y * epsilon, y * epsilon)) + np.diag(smoothing)
    far = monomials((y - shift) / scale, powers)
    zeros = np.zeros((len(powers), len(powers)))
    left = np.block([[near, far], [np.transpose(far), zeros]])
    right = np.concatenate([d, np.zeros((len(powers), np.shape(d)[1]))])
    parts = zip(found, (left, right, shift, scale), strict=True)
    return tuple([same_value(value, part) for value, part in parts])


# -------------------------------------------------------------------------------- `Rbf`


EUCLIDEAN = ("euclidean", "euclid", "eu", "e", "l2")


def with_derivative(y, x, z, places, metric, options):
    """Distances that SciPy computed, between the points of `x` and of `z`."""
    if metric not in EUCLIDEAN or options:
        why = f"distances with metric={metric!r} and {options} have no derivative that is known"
        return opaque(y, f"{why}: use 'euclidean' without weights", x, z, *options.values())
    return same_value(y, _from_zero(np.sqrt)(squared_distances(x, z))[places])


@lowering_of_active(distance.cdist)
def cdist_lowering(XA, XB, metric="euclidean", *, out=None, **options):
    y = held(distance.cdist, XA, XB, metric, **options)
    y = with_derivative(y, np.asarray(XA), np.asarray(XB), Ellipsis, metric, options)
    if out is None:
        return y
    out[...] = y
    return out


@lowering_of_active(distance.pdist)
def pdist_lowering(X, metric="euclidean", *, out=None, **options):
    y, X = held(distance.pdist, X, metric, **options), np.asarray(X)
    y = with_derivative(y, X, X, _pairs(len(X)), metric, options)
    if out is None:
        return y
    out[...] = y
    return out


def _pairs(n):
    return np.triu_indices(n, 1)


@lowering_of_active(distance.squareform)
def squareform_lowering(X, force="no", checks=True):
    y = held(distance.squareform, X, force, checks)
    X = np.asarray(X)
    if X.ndim == 1:
        i, j = _pairs(len(y))
        n = len(y)
        return same_value(y, scatter(X, (i, j), (n, n)) + scatter(X, (j, i), (n, n)))
    return same_value(y, X[_pairs(len(X))])


nondifferentiable(_pairs)
