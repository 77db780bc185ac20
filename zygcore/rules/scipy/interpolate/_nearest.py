"""Nearest points: `NearestNDInterpolator`, and the trees that find neighbours.

Which points are near is constant.
"""

import numpy as np
from scipy.interpolate import NearestNDInterpolator
from scipy.spatial import KDTree

from ...registry import nondifferentiable
from .._implicit import held, opaque, same_value
from ._imitations import lowering_of_active
from ._triangles import interpnd

__all__ = []

DISTANCES = (
    "no derivative is known of distances that scipy.spatial.KDTree returns; compute them from the "
    "indices of the points"
)


@lowering_of_active(KDTree.query)
def query_lowering(tree, x, *args, **options):
    distances, where = held(KDTree.query, tree, x, *args, **options)
    return opaque(distances, DISTANCES, tree, x), where


@lowering_of_active(NearestNDInterpolator)
def nearest_lowering(x, y, rescale=False, tree_options=None):
    made = held(NearestNDInterpolator, x, y, rescale, tree_options)
    made.values = same_value(made.values, np.asarray(y))
    return made


def _nearest(made, args, options):
    """The nearest point of each place; the number of points where there is none."""
    x = interpnd._ndim_coords_from_arrays(args, ndim=made.points.shape[1])
    x = made._scale_x(made._check_call_shape(x))
    return made.tree.query(x, **options)[1]


@lowering_of_active(NearestNDInterpolator.__call__)
def nearest_call(made, *args, **options):
    y = held(NearestNDInterpolator.__call__, made, *args, **options)
    where = _nearest(made, args, options)
    there = where < len(made.values)
    parts = made.values[np.where(there, where, 0)]
    there = np.reshape(there, np.shape(where) + (1,) * (np.ndim(parts) - np.ndim(where)))
    return same_value(y, np.where(there, parts, np.nan))


nondifferentiable(_nearest)
