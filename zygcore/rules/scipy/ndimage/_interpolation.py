"""Images at other places: shifted, zoomed, turned, or at given coordinates.

The result is linear in the image: splines through its elements, with B-splines as weights. The
pullback gives each cotangent to the coefficients around its place and applies the transpose of the
filter that makes the coefficients. What SciPy does beyond the edges is told by ``_places``.
"""

import itertools

import numpy as np
import scipy.ndimage as nd

from ....errors import AdjointError
from ...broadcasting import project
from ...numpy._indexing import scatter
from ...registry import adjoint, each, lowering, nondifferentiable
from ._windows import inside

__all__ = []

_PADDED = {"nearest": "edge", "grid-constant": "constant"}


def _reduced(x, n, mode):
    """Coordinates as they are mapped into the image; NaN where the result is the constant."""
    if mode in ("nearest", "grid-constant"):  # the elements are mapped, one by one
        return x
    if mode == "constant":
        return np.where((x >= 0) & (x <= n - 1), x, np.nan)
    if mode == "wrap":
        return np.where((x >= 0) & (x <= n - 1), x, x % (n - 1) if n > 1 else 0.0)
    if mode == "grid-wrap":
        return x % n
    if mode == "mirror":
        turned = x % (2 * n - 2) if n > 1 else 0.0 * x
        return np.where(turned > n - 1, 2 * n - 2 - turned, turned)
    turned = (x + 0.5) % (2 * n)  # reflect
    return np.where(turned > n, 2 * n - turned, turned) - 0.5


def _weights(x, order):
    """The first element that counts, and the B-splines there: the recurrence of de Boor and Cox."""
    x = x if order % 2 else x + 0.5
    first = np.floor(x)
    u, values = x - first, [np.ones_like(x)]
    for degree in range(1, order + 1):
        carried, parts = 0.0, []
        for r, value in enumerate(values):
            parts.append(carried + (r + 1 - u) * value / degree)
            carried = (u + degree - 1 - r) * value / degree
        values = [*parts, carried]
    return (first - order // 2).astype(int), np.stack(values)


def _places(coordinates, shape, order, mode):
    """For each axis, which elements go into a result and with which weights; and where any do."""
    beyond = "mirror" if mode in ("constant", "wrap") else mode
    known, places = True, []
    for x, n in zip(coordinates, shape, strict=True):
        x = _reduced(np.asarray(x, dtype=float), n, mode)
        known = known & np.isfinite(x)
        first, weights = _weights(np.where(np.isfinite(x), x, 0.0), order)
        steps = np.arange(order + 1).reshape((-1,) + (1,) * first.ndim)
        where = inside(first + steps, n, beyond)
        places.append((np.maximum(where, 0), np.where(where < 0, 0.0, weights)))
    return known, places


def _coefficient_filters(shape, order, mode):
    """The filters that make coefficients of splines, as a matrix for each axis."""
    return [nd.spline_filter1d(np.eye(n), order, 0, mode=mode) for n in shape]


def _along(matrix, d, axis):
    return np.moveaxis(np.tensordot(matrix, d, ((1,), (axis,))), 0, axis)


class _Transpose:
    """The transpose of interpolating an image of a shape at coordinates."""

    def __init__(self, shape, coordinates, order, mode, prefilter):
        self.shape, self.order, self.mode = shape, order, mode
        self.filters = prefilter and order > 1
        pad = 12 if self.filters and mode in _PADDED else 0
        self.pad, self.padded = pad, tuple([n + 2 * pad for n in shape])
        self.coordinates = [np.asarray(x, dtype=float) + pad for x in coordinates]

    def __call__(self, dy):
        known, places = _places(self.coordinates, self.padded, self.order, self.mode)
        d, out = np.where(known, dy, 0), 0.0
        for taps in itertools.product(range(self.order + 1), repeat=len(places)):
            weight = 1.0
            for k, (_, weights) in zip(taps, places, strict=True):
                weight = weight * weights[k]
            key = tuple([where[k] for k, (where, _) in zip(taps, places, strict=True)])
            out = out + scatter(d * weight, key, self.padded)
        if self.filters:
            matrices = _coefficient_filters(self.padded, self.order, self.mode)
            for axis, matrix in enumerate(matrices):
                out = _along(np.transpose(matrix), out, axis)
        return self._unpadded(out)

    def _unpadded(self, out):
        for axis, n in enumerate(self.shape if self.pad else ()):
            lead = (slice(None),) * axis
            if self.mode == "grid-constant":
                out = out[(*lead, slice(self.pad, self.pad + n))]
                continue
            source = np.pad(np.arange(n), self.pad, "edge")
            out = scatter(out, (*lead, source), (*out.shape[:axis], n, *out.shape[axis + 1 :]))
        return out


def _unknown(what):
    def unknown_back(dy):
        raise AdjointError(
            f"no derivative is known of scipy.ndimage's interpolation with respect to {what}; use "
            "zygcore.dropgrad if it is to be a constant"
        )

    return unknown_back


def _grid(shape):
    return np.meshgrid(*[np.arange(n, dtype=float) for n in shape], indexing="ij", sparse=False)


# ----------------------------------------------- where each function takes its results


def _of_shift(shape, out_shape, shift, options):
    steps = np.broadcast_to(shift, len(shape))
    return [x - s for x, s in zip(_grid(out_shape), steps, strict=True)]


def _of_zoom(shape, out_shape, zoom, options):
    def axis(x, n, m):
        if options.get("grid_mode"):
            return (x + 0.5) * (n / m) - 0.5
        return x * ((n - 1) / (m - 1) if m > 1 else 1.0)

    return [axis(*each) for each in zip(_grid(out_shape), shape, out_shape, strict=True)]


def _of_matrix(shape, out_shape, matrix, options):
    matrix, offset = np.asarray(matrix, dtype=float), options.get("offset", 0.0)
    ndim = len(shape)
    if matrix.ndim == 2 and matrix.shape[1] == ndim + 1:
        matrix, offset = matrix[:ndim, :ndim], matrix[:ndim, ndim]
    offset = np.broadcast_to(offset, ndim)
    grid = _grid(out_shape)
    if matrix.ndim == 1:
        return [(x + o / m) * m for x, o, m in zip(grid, offset, matrix, strict=True)]
    # added up in SciPy's order, for it tells on which side of an element a place is
    rows = zip(matrix, offset, strict=True)
    return [sum([m * x for m, x in zip(row, grid, strict=True)], o) for row, o in rows]


def _of_coordinates(shape, out_shape, coordinates, options):
    return list(np.asarray(coordinates, dtype=float))


def _of_mapping(shape, out_shape, mapping, options):
    args, keywords = options.get("extra_arguments", ()), options.get("extra_keywords") or {}
    points = [mapping(at, *args, **keywords) for at in itertools.product(*map(range, out_shape))]
    return list(np.moveaxis(np.reshape(np.array(points, dtype=float), (*out_shape, -1)), -1, 0))


_OPTIONS = {
    nd.shift: ("output", "order", "mode", "cval", "prefilter"),
    nd.zoom: ("output", "order", "mode", "cval", "prefilter"),
    nd.affine_transform: (
        "offset", "output_shape", "output", "order", "mode", "cval", "prefilter",
    ),
    nd.map_coordinates: ("output", "order", "mode", "cval", "prefilter"),
    nd.geometric_transform: (
        "output_shape", "output", "order", "mode", "cval", "prefilter", "extra_arguments",
        "extra_keywords",
    ),
}  # fmt: skip


def _register(function, places, what):
    names = _OPTIONS[function]

    def interpolated(input, where, cval, options):
        return function(input, where, cval=cval, **options)

    @adjoint(interpolated)
    def interpolated_rule(input, where, cval, options):
        y = interpolated(input, where, cval, options)
        order, mode = options.get("order", 3), options.get("mode", "constant")
        shape = np.shape(input)

        def input_back(dy):
            at = places(shape, np.shape(dy), where, options)
            transpose = _Transpose(shape, at, order, mode, options.get("prefilter", True))
            return project(transpose(dy), input)

        return y, each(input_back, _unknown(what), _unknown("cval"), _unknown("its options"))

    @lowering(function)
    def interpolated_lowering(input, where, *args, **options):
        given = {**dict(zip(names, args, strict=False)), **options}
        output, cval = given.pop("output", None), given.pop("cval", 0.0)
        if not isinstance(output, np.ndarray):
            if output is not None:
                given["output"] = output
            return interpolated(np.asarray(input), where, cval, given)
        given["output"] = output.dtype
        if "output_shape" in names and given.get("output_shape") is None:
            given["output_shape"] = output.shape
        output[...] = interpolated(np.asarray(input), where, cval, given)
        return output


_register(nd.shift, _of_shift, "the shift")
_register(nd.zoom, _of_zoom, "the zoom")
_register(nd.affine_transform, _of_matrix, "the matrix")
_register(nd.map_coordinates, _of_coordinates, "the coordinates")
_register(nd.geometric_transform, _of_mapping, "the mapping")


# ------------------------------------------------------------- spline coefficients


def _coefficients1d(input, order, axis, dtype, mode):
    return nd.spline_filter1d(input, order, axis, dtype, mode)


@adjoint(_coefficients1d)
def coefficients1d_rule(input, order, axis, dtype, mode):
    def coefficients1d_back(dy):
        if order < 2:
            return (project(dy, input),)
        matrix = nd.spline_filter1d(np.eye(np.shape(input)[axis]), order, 0, mode=mode)
        return (project(_along(np.transpose(matrix), dy, axis % np.ndim(input)), input),)

    return _coefficients1d(input, order, axis, dtype, mode), coefficients1d_back


@lowering(nd.spline_filter1d)
def spline_filter1d_lowering(input, order=3, axis=-1, output=np.float64, mode="mirror"):
    input = np.asarray(input)
    if not isinstance(output, np.ndarray):
        return _coefficients1d(input, order, axis, output, mode)
    output[...] = _coefficients1d(input, order, axis, output.dtype, mode)
    return output


nondifferentiable(_places, _coefficient_filters, _grid)
