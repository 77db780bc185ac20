"""Scattered points that are triangulated: `LinearNDInterpolator`, `CloughTocher2DInterpolator`.

Which points make a triangle, and which triangle a place is in, is constant. The values and both the
places and the points have derivatives.

References
----------
P. Alfeld, "A trivariate Clough-Tocher scheme for tetrahedral data", Computer Aided Geometric Design
1 (1984); G. Nielson, "A method for interpolating scattered data based upon a minimum norm network",
Mathematics of Computation 40 (1983).
"""

import numpy as np
import scipy.sparse as sp
from scipy.interpolate import CloughTocher2DInterpolator, LinearNDInterpolator
from scipy.sparse.linalg import spsolve
from scipy.spatial import Delaunay

from ...functools import is_active
from ...registry import instance_lowering, nondifferentiable
from .._implicit import held, same_value
from ._basis import summed
from ._imitations import lowering_of_active

try:
    from scipy.interpolate import _interpnd as interpnd
except ImportError:  # before SciPy 1.15
    from scipy.interpolate import interpnd

__all__ = ["interpnd"]


@lowering_of_active(interpnd._ndim_coords_from_arrays)
def coordinates(points, ndim=None):
    """Points, with their coordinates along the last axis."""
    if isinstance(points, tuple) and len(points) == 1:
        points = points[0]
    if isinstance(points, tuple):
        parts = np.broadcast_arrays(*points)
        return np.stack([np.asarray(part, dtype=float) for part in parts], axis=-1)
    points = np.asanyarray(points)
    if points.ndim == 1:
        points = np.reshape(points, (-1, 1 if ndim is None else ndim))
    return points


def barycentric(corners, x):
    """The weights of the corners of simplices, at one place for each."""
    last = corners[:, -1]
    edges = np.swapaxes(corners[:, :-1] - np.expand_dims(last, 1), 1, 2)
    weights = np.linalg.solve(edges, np.expand_dims(x - last, 2))[..., 0]
    return np.concatenate([weights, 1 - np.sum(weights, axis=1, keepdims=True)], axis=1)


def _simplices(triangulation, x):
    """The simplex of each place, and whether there is one."""
    where = triangulation.find_simplex(x)
    return np.maximum(where, 0), np.expand_dims(where >= 0, 1)


# ------------------------------------------------------------------------ Clough-Tocher


def slopes(points, values, neighbours):
    """Gradients at the points, such that the squared curvatures along all edges are least."""
    begin, indices = neighbours
    n, i, j = len(points), np.repeat(np.arange(len(begin) - 1), np.diff(begin)), indices
    edge = points[j] - points[i]
    cubed = np.sum(edge * edge, axis=1) ** 1.5
    squares = np.expand_dims(edge, 2) * np.expand_dims(edge, 1) / np.reshape(cubed, (-1, 1, 1))
    rows, columns = np.arange(2)[:, None], np.arange(2)
    i, j = np.reshape(i, (-1, 1, 1)), np.reshape(j, (-1, 1, 1))
    alone = np.repeat(np.where(np.diff(begin) == 0, 1.0, 0.0), 2)  # points of no triangle
    data = np.concatenate([np.reshape(4 * squares, (-1,)), np.reshape(2 * squares, (-1,)), alone])
    shape = np.shape(squares)
    row = np.broadcast_to(2 * i + rows, shape).ravel()
    inner = np.broadcast_to(2 * i + columns, shape).ravel()
    outer = np.broadcast_to(2 * j + columns, shape).ravel()
    diagonal = np.arange(2 * n)
    where = np.concatenate([row, row, diagonal]), np.concatenate([inner, outer, diagonal])
    matrix = sp.csc_array((data, where), shape=(2 * n, 2 * n))
    rise = 6 * (values[j[:, 0, 0]] - values[i[:, 0, 0]])
    pull = np.expand_dims(rise, 1) * np.expand_dims(edge / np.expand_dims(cubed, 1), 2)
    right = np.reshape(summed(pull, i[:, 0, 0], n), (2 * n, -1))
    return np.moveaxis(np.reshape(spsolve(matrix, right), (n, 2, -1)), 1, 2)


def directions(corners, centres, has_neighbour):
    """Across each edge, where the derivative is to be linear: to the neighbour's centre.

    As the weight of the next but one corner.
    """
    out = []
    for k in range(3):
        c = barycentric(corners, centres[:, k])
        a, b = c[:, (k + 1) % 3], c[:, (k + 2) % 3]
        there = has_neighbour[:, k]
        gap = np.where(there, 2 - 3 * b - 3 * a, 1.0)
        out.append(np.where(there, (2 * b + a - 1) / gap, -0.5))
    return out


def clough_tocher(b, corners, f, df, g):
    """The cubic of a triangle that is split at its centre, as a Bézier polynomial.

    `b` are the weights of the corners, `f` and `df` values and gradients there, `g` the directions
    across the edges.
    """
    b, g = [b[:, i, None] for i in range(3)], [x[:, None] for x in g]
    f = [f[:, i] for i in range(3)]
    near = {}  # next to corner i, on the edge to j
    for i in range(3):
        for j in {0, 1, 2} - {i}:
            edge = np.expand_dims(corners[:, j] - corners[:, i], 1)
            near[i, j] = f[i] + np.sum(df[:, i] * edge, axis=2) / 3
    inner = [(near[i, (i + 1) % 3] + near[i, (i + 2) % 3] + f[i]) / 3 for i in range(3)]
    face = []
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        across = -f[i] + 3 * near[i, j] - 3 * near[j, i] + f[j]
        face.append((g[k] * across - f[i] + 2 * near[i, j] - near[j, i] + inner[j] + inner[i]) / 2)
    second = [(face[(i + 1) % 3] + face[(i + 2) % 3] + inner[i]) / 3 for i in range(3)]
    least = np.minimum(np.minimum(b[0], b[1]), b[2])
    b, centre = [x - least for x in b], 3 * least
    y = centre**3 * (second[0] + second[1] + second[2]) / 3
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        y = y + b[i] ** 3 * f[i] + 3 * b[i] ** 2 * (b[j] * near[i, j] + b[k] * near[i, k])
        y = y + 3 * centre * (b[i] ** 2 * inner[i] + centre * b[i] * second[i])
        y = y + 6 * centre * b[j] * b[k] * face[i]
    return y


# -------------------------------------------------------------------------- the classes


def with_data(interpolator, points, values, rescale):
    """An interpolator that SciPy has made, with points and values that have derivatives."""
    made = interpolator
    points = coordinates(points.points if isinstance(points, Delaunay) else points)
    points = np.asarray(points, dtype=float)
    if rescale:
        made.offset = np.mean(points, axis=0)
        spread = np.max(points, axis=0) - np.min(points, axis=0)
        made.scale = np.where(spread > 0, spread, 1.0)
        points = (points - made.offset) / made.scale
    made.points = same_value(made.points, points)
    kind = complex if made.is_complex else float
    values = np.reshape(np.asarray(values), np.shape(made.values))
    made.values = same_value(made.values, values.astype(kind))
    return made


@lowering_of_active(LinearNDInterpolator)
def linear_lowering(points, values, fill_value=np.nan, rescale=False):
    made = held(LinearNDInterpolator, points, values, fill_value, rescale)
    return with_data(made, points, values, rescale)


@lowering_of_active(CloughTocher2DInterpolator)
def clough_tocher_lowering(points, values, fill_value=np.nan, tol=1e-6, maxiter=400, rescale=False):
    made = held(CloughTocher2DInterpolator, points, values, fill_value, tol, maxiter, rescale)
    made = with_data(made, points, values, rescale)
    found = slopes(made.points, made.values, made.tri.vertex_neighbor_vertices)
    made.grad = same_value(made.grad, found)
    return made


def value_at(made, x, of_simplices):
    """The value at places; `of_simplices` gives it from the weights of corners."""
    x = coordinates(x, ndim=made.points.shape[1])
    shape = np.shape(x)[:-1] + made.values_shape
    x = np.reshape(x, (-1, np.shape(x)[-1])).astype(float)
    if made.scale is not None:
        x = (x - made.offset) / made.scale
    where, inside = _simplices(made.tri, x)
    ndim = np.shape(x)[1]
    some = np.eye(ndim + 1, ndim)  # a simplex that is not flat, for places outside of all
    corners = np.where(np.expand_dims(inside, 2), made.points[made.tri.simplices[where]], some)
    weights = barycentric(corners, np.where(inside, x, 0.0))
    y = np.where(inside, of_simplices(made, where, corners, weights), made.fill_value)
    return np.reshape(y, shape)


def linear_value(made, where, corners, weights):
    return np.einsum("mi,miv->mv", weights, made.values[made.tri.simplices[where]])


def cubic_value(made, where, corners, weights):
    simplices, neighbours = made.tri.simplices, made.tri.neighbors[where]
    centres = np.mean(made.points[simplices[neighbours]], axis=2)
    g = directions(corners, centres, neighbours >= 0)
    vertices = simplices[where]
    return clough_tocher(weights, corners, made.values[vertices], made.grad[vertices], g)


def _register_call(cls, of_simplices):
    @instance_lowering(cls)
    def call_lowering(made, *args, **options):
        call = type(made).__call__
        if not is_active(made.points, made.values, *args):
            return call(made, *args, **options)
        y = held(call, made, *args, **options)
        return same_value(y, value_at(made, args, of_simplices))


_register_call(LinearNDInterpolator, linear_value)
_register_call(CloughTocher2DInterpolator, cubic_value)


nondifferentiable(_simplices)
