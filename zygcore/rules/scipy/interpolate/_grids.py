"""Regular grids: `RegularGridInterpolator` and `interpn`."""

import numpy as np
from scipy.interpolate import _rgi, _rgi_cython

from ...registry import lowering
from ._imitations import imitates

__all__ = []


def _located(xi, *grid):
    indices, distances = _rgi.find_indices(grid, xi)
    return distances, indices


@imitates(_located, rest="the cells of a grid")
def distances_in(xi, *grid):
    """How far in its cell a point is, from 0 to 1, for each variable."""
    parts, indices = [], _located(xi, *grid)[1]
    for d, g in enumerate(grid):
        x, i = xi[d], indices[d]
        parts.append((x - g[i]) / (g[i + 1] - g[i]) if len(g) > 1 else 0.0 * x)
    return np.stack(parts)


@lowering(_rgi.find_indices)
def find_indices_lowering(grid, xi):
    distances, indices = _located(xi, *grid)
    return indices, distances


def _linear_2d(values, indices, distances, *grid):
    out = np.empty(indices.shape[1], dtype=values.dtype)
    return _rgi_cython.evaluate_linear_2d(values, indices, distances, grid, out)


@imitates(_linear_2d)
def linear_2d(values, indices, distances, *grid):
    (i, j), (u, v) = indices, distances
    low = (1 - u) * values[i, j] + u * values[i + 1, j]
    return (1 - v) * low + v * ((1 - u) * values[i, j + 1] + u * values[i + 1, j + 1])


@lowering(_rgi_cython.evaluate_linear_2d)
def linear_2d_lowering(values, indices, norm_distances, grid, out):
    out[...] = _linear_2d(values, indices, norm_distances, *grid)
    return out
