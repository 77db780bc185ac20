"""Distances to the nearest element outside, with respect to the distances between elements.

Which element is the nearest is constant.
"""

import numpy as np
import scipy.ndimage as nd

from ....errors import UnsupportedError
from ...registry import lowering
from .._implicit import held, same_value

__all__ = []


def distances_of(nearest, sampling):
    """From each element to the nearest one, whose indices are given."""
    steps = nearest - np.indices(np.shape(nearest)[1:])
    scale = np.reshape(np.broadcast_to(sampling, (len(steps),)), (-1,) + (1,) * (steps.ndim - 1))
    squares = np.sum((steps * scale) ** 2, 0)
    there = squares > 0
    return np.where(there, np.sqrt(np.where(there, squares, 1)), 0.0)


def _register(function, euclidean):
    @lowering(function)
    def distances_lowering(input, *args, **options):
        """`euclidean` tells whether the distances depend on the sampling, and the sampling."""
        metric, sampling, *rest = euclidean(*args)
        sampling = options.get("sampling", sampling)
        found = held(function, input, *args, **options)
        if options.get("metric", metric) != "euclidean" or sampling is None:
            return found
        given = {name: options.get(name) for name in ("distances", "indices")}
        if rest or any([x is not None for x in given.values()]):
            raise UnsupportedError(
                f"scipy.ndimage.{function.__name__} with arrays for its results cannot be "
                "differentiated yet"
            )
        if not options.get("return_distances", True):
            return found
        more = {**options, "return_distances": False, "return_indices": True}
        values = distances_of(held(function, input, *args, **more), sampling)
        if options.get("return_indices"):
            return same_value(found[0], values), found[1]
        return same_value(found, values)


_register(nd.distance_transform_edt, lambda sampling=None, *rest: ("euclidean", sampling, *rest))
_register(
    nd.distance_transform_bf,
    lambda metric="euclidean", sampling=None, *rest: (metric, sampling, *rest),
)
