"""One small program for each function of `numpy` that takes numbers.

A program is a function of an array of four positive numbers below 1, all different.  What has no
program here is called with that array itself.
"""

import warnings

import numpy as np

__all__ = ["PROGRAMS", "WITHOUT_NUMBERS"]

A = np.array([[1.3, -0.4], [0.6, 2.2]])
W = np.array([0.3, 1.1, -0.7, 2.1])
B = np.array([0.2, 0.5, 0.4, 0.9])
C = np.array([True, False, True, True])
INTS = np.array([3, 1, 2, 1])


def square(v):
    return np.reshape(v * 1.5, (2, 2))


def cube(v):
    return np.reshape(np.concatenate([v, 2 * v]), (2, 2, 2))


def complex_(v):
    return v + 1j * v[::-1] * 0.7


def missing(v):
    """With a NaN among the numbers."""
    return np.where(np.array([False, True, False, False]), np.nan, v)


def changed(function, array, *args, **options):
    """The array that a function changed."""
    array = array.copy()
    function(array, *args, **options)
    return array


def quiet(function, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **options)


#: ufuncs and other functions of two arrays
for_two = """
add arctan2 atan2 copysign divide equal float_power floor_divide fmax fmin fmod greater
greater_equal heaviside hypot less less_equal logaddexp logaddexp2 logical_and logical_or
logical_xor maximum minimum mod multiply nextafter not_equal pow power remainder subtract
true_divide vecdot allclose array_equal array_equiv isclose isin correlate convolve cross dot
inner kron outer polyadd polymul polysub vdot intersect1d setdiff1d setxor1d union1d divmod cov
corrcoef may_share_memory shares_memory broadcast_arrays
""".split()

#: functions of whole numbers
for_integers = """
bitwise_count bitwise_invert bitwise_not invert
""".split()
for_two_integers = """
bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift
gcd lcm
""".split()

PROGRAMS = {
    **{name: lambda v, name=name: getattr(np, name)(v, B) for name in for_two},
    **{name: lambda v, name=name: getattr(np, name)((10 * v).astype(int)) for name in for_integers},
    **{
        name: lambda v, name=name: getattr(np, name)((10 * v).astype(int), INTS)
        for name in for_two_integers
    },
    "acosh": lambda v: np.acosh(1 + v),
    "arccosh": lambda v: np.arccosh(1 + v),
    "angle": lambda v: np.angle(complex_(v)),
    "append": lambda v: np.append(v, v[:2] * v[2]),
    "apply_along_axis": lambda v: np.apply_along_axis(lambda r: r * r.sum(), 1, square(v)),
    "apply_over_axes": lambda v: np.apply_over_axes(np.prod, cube(v), [0, 2]),
    "arange": lambda v: np.arange(v[0], 4.0, v[1]),
    "argpartition": lambda v: np.argpartition(v, 1),
    "array": lambda v: np.array([v[0], v[1] * v[2]]),
    "array_split": lambda v: np.array_split(v, 3),
    "asarray": lambda v: np.asarray([v[0], v[1] * v[2]]),
    "asanyarray": lambda v: np.asanyarray([v[0], v[1] * v[2]]),
    "asfortranarray": lambda v: np.asfortranarray(square(v)),
    "asmatrix": lambda v: np.asarray(quiet(np.asmatrix, square(v))),
    "astype": lambda v: np.astype(v, np.complex128),
    "average": lambda v: np.average(v, weights=v**2),
    "base_repr": lambda v: np.base_repr(int(10 * v[0])),
    "bincount": lambda v: np.bincount(INTS, v, 5),
    "binary_repr": lambda v: np.binary_repr(int(10 * v[0])),
    "block": lambda v: np.block([[square(v), A], [A, 2 * square(v)]]),
    "bmat": lambda v: np.asarray(quiet(np.bmat, [[square(v), A]])),
    "broadcast": lambda v: [x * y for x, y in np.broadcast(v, W)],
    "broadcast_shapes": lambda v: np.broadcast_shapes(v.shape, (2, 1)),
    "broadcast_to": lambda v: np.broadcast_to(v, (3, 4)),
    "can_cast": lambda v: np.can_cast(v.dtype, int),
    "choose": lambda v: np.choose([0, 1, 1, 0], [v, W * v]),
    "clip": lambda v: np.clip(v, v[3] * 1.5, 0.8),
    "fix": lambda v: quiet(np.fix, v),
    "column_stack": lambda v: np.column_stack([v, W * v]),
    "common_type": lambda v: str(np.common_type(v)),
    "compress": lambda v: np.compress(C, v),
    "concat": lambda v: np.concat([v, W * v]),
    "concatenate": lambda v: np.concatenate([v, W * v]),
    "copyto": lambda v: changed(np.copyto, W, v, where=C),
    "copy": lambda v: np.copy(v),
    "cross": lambda v: np.cross(v[:3], v[1:]),
    "datetime_as_string": None,
    "delete": lambda v: np.delete(v, [1, 2]),
    "diag_indices": lambda v: np.diag_indices(2),
    "diag_indices_from": lambda v: np.diag_indices_from(square(v)),
    "diagonal": lambda v: np.diagonal(square(v)),
    "digitize": lambda v: np.digitize(v, [0.3, 0.6]),
    "dsplit": lambda v: np.dsplit(cube(v), 2),
    "dstack": lambda v: np.dstack([v, W * v]),
    "ediff1d": lambda v: np.ediff1d(v, v[0] * 2, v[:2]),
    "einsum": lambda v: np.einsum("ij,jk->ik", square(v), A),
    "einsum_path": lambda v: np.einsum_path("ij,jk->ik", square(v), A)[1][:0],
    "expand_dims": lambda v: np.expand_dims(v, 0),
    "extract": lambda v: np.extract(C, v),
    "eye": lambda v: np.eye(len(v)),
    "fill_diagonal": lambda v: changed(np.fill_diagonal, A, v[:2]),
    "flatiter": lambda v: [x for x in square(v).flat],
    "fliplr": lambda v: np.fliplr(square(v)),
    "from_dlpack": lambda v: np.from_dlpack(v),
    "frombuffer": lambda v: np.frombuffer(v),
    "fromfunction": lambda v: np.fromfunction(lambda i, j: i * v[0] + j * v[1], (2, 3)),
    "fromiter": lambda v: np.fromiter((x * x for x in v), float),
    "frompyfunc": lambda v: np.frompyfunc(lambda a, b: a * b, 2, 1)(v, W),
    "full": lambda v: np.full((2, 4), v),
    "full_like": lambda v: np.full_like(W, v[0]),
    "geomspace": lambda v: np.geomspace(v[0], 2.0, 4),
    "gradient": lambda v: np.gradient(v * v, np.cumsum(v)),
    "histogram": lambda v: np.histogram(B, [0.0, 0.3, 0.6, 1.0], weights=v),
    "histogram2d": lambda v: np.histogram2d(B, W, [2, 2], weights=v),
    "histogram_bin_edges": lambda v: np.histogram_bin_edges(v, 3),
    "histogramdd": lambda v: np.histogramdd([B, W], [2, 2], weights=v),
    "hsplit": lambda v: np.hsplit(square(v), 2),
    "hstack": lambda v: np.hstack([square(v), A * v[0]]),
    "identity": lambda v: np.identity(len(v)),
    "imag": lambda v: np.imag(complex_(v)),
    "in1d": lambda v: quiet(np.in1d, v, B),
    "indices": lambda v: np.indices(v.shape),
    "insert": lambda v: np.insert(v, [1, 3], v[:2] * 3),
    "interp": lambda v: np.interp(v, np.linspace(0, 1, 4), v**2),
    "is_busday": None,
    "ix_": lambda v: np.ix_([0, 1], [1, 0]),
    "kaiser": lambda v: np.kaiser(5, v[0] * 3),
    "ldexp": lambda v: np.ldexp(v, INTS),
    "lexsort": lambda v: np.lexsort((v, INTS)),
    "linspace": lambda v: np.linspace(v[0], v[1], 5),
    "logspace": lambda v: np.logspace(v[0], v[1], 4),
    "mask_indices": lambda v: np.mask_indices(2, np.triu),
    "matmul": lambda v: np.matmul(square(v), A),
    "matrix": lambda v: np.asarray(quiet(np.matrix, square(v))),
    "matrix_transpose": lambda v: np.matrix_transpose(square(v)),
    "matvec": lambda v: np.matvec(square(v), v[:2]),
    "memmap": None,
    "meshgrid": lambda v: np.meshgrid(v[:2], v[1:]),
    "min_scalar_type": lambda v: str(np.min_scalar_type(v)),
    "moveaxis": lambda v: np.moveaxis(cube(v), 0, 2),
    "nan_to_num": lambda v: np.nan_to_num(missing(v), nan=0.25),
    "nanargmax": lambda v: np.nanargmax(missing(v)),
    "nanargmin": lambda v: np.nanargmin(missing(v)),
    "nancumprod": lambda v: np.nancumprod(missing(v)),
    "nancumsum": lambda v: np.nancumsum(missing(v)),
    "nanmax": lambda v: np.nanmax(missing(v)),
    "nanmean": lambda v: np.nanmean(missing(v)),
    "nanmedian": lambda v: np.nanmedian(missing(v)),
    "nanmin": lambda v: np.nanmin(missing(v)),
    "nanpercentile": lambda v: np.nanpercentile(missing(v), 40),
    "nanprod": lambda v: np.nanprod(missing(v)),
    "nanquantile": lambda v: np.nanquantile(missing(v), v[0]),
    "nanstd": lambda v: np.nanstd(missing(v)),
    "nansum": lambda v: np.nansum(missing(v)),
    "nanvar": lambda v: np.nanvar(missing(v)),
    "ndarray": lambda v: np.ndarray((2, 2), float, v),
    "ndenumerate": lambda v: [x * sum(i) for i, x in np.ndenumerate(square(v))],
    "ndindex": lambda v: [v[i] * sum(i) for i in np.ndindex(v.shape)],
    "nditer": lambda v: [x * y for x, y in np.nditer([v, W])],
    "nested_iters": lambda v: [
        [y[()] * 1.0 for y in inner]
        for inners in [np.nested_iters([square(v)], [[0], [1]])]
        for _ in inners[0]
        for inner in [inners[1]]
    ],
    "packbits": lambda v: np.packbits(v > 0.5),
    "pad": lambda v: np.pad(v, 2, "reflect"),
    "partition": lambda v: np.partition(v, 1),
    "percentile": lambda v: np.percentile(v, [20, 70]),
    "permute_dims": lambda v: np.permute_dims(square(v), (1, 0)),
    "piecewise": lambda v: np.piecewise(v, [v < 0.5, v >= 0.5], [lambda x: x * x, 3.0]),
    "place": lambda v: changed(np.place, W, C, v),
    "poly": lambda v: np.poly(v),
    "poly1d": lambda v: np.poly1d(v)(v[0]) + (np.poly1d(v) * np.poly1d([1.0, 2.0])).deriv()(0.5),
    "polydiv": lambda v: np.polydiv(np.polymul(v, W) + 1, v[:2]),
    "polyfit": lambda v: np.polyfit(W, v, 2),
    "polyval": lambda v: np.polyval(v, W * v[0]),
    "promote_types": lambda v: str(np.promote_types(v.dtype, int)),
    "put": lambda v: changed(np.put, W, [0, 2], v[:2]),
    "put_along_axis": lambda v: changed(np.put_along_axis, A, np.array([[1], [0]]), v[:2, None], 1),
    "putmask": lambda v: changed(np.putmask, W, C, v),
    "quantile": lambda v: np.quantile(v, v[0]),
    "ravel_multi_index": lambda v: np.ravel_multi_index(([1], [1]), (2, 2)),
    "real": lambda v: np.real(complex_(v)),
    "real_if_close": lambda v: np.real_if_close(v + 0j),
    "recarray": lambda v: np.recarray((4,), [("a", float)], v).a,
    "repeat": lambda v: np.repeat(v, INTS),
    "require": lambda v: np.require(square(v), requirements=["F", "W"]),
    "reshape": lambda v: np.reshape(v, (2, 2)),
    "resize": lambda v: np.resize(v, (3, 3)),
    "roll": lambda v: np.roll(v, 1),
    "rollaxis": lambda v: np.rollaxis(cube(v), 2),
    "roots": lambda v: np.roots(v),
    "rot90": lambda v: np.rot90(square(v)),
    "round": lambda v: np.round(v, 1),
    "row_stack": lambda v: quiet(np.row_stack, [v, W * v]),
    "searchsorted": lambda v: np.searchsorted([0.3, 0.6], v),
    "select": lambda v: np.select([v < 0.3, v < 0.6], [v * v, 2 * v], v[0]),
    "sinc": lambda v: np.sinc(v),
    "spacing": lambda v: np.spacing(v + 2.2),
    "split": lambda v: np.split(v, 2),
    "squeeze": lambda v: np.squeeze(v[None]),
    "stack": lambda v: np.stack([v, W * v]),
    "swapaxes": lambda v: np.swapaxes(square(v), 0, 1),
    "take": lambda v: np.take(v, [0, 2, 2]),
    "take_along_axis": lambda v: np.take_along_axis(square(v), np.array([[1], [0]]), 1),
    "tensordot": lambda v: np.tensordot(square(v), A, 1),
    "tile": lambda v: np.tile(v, 2),
    "trapezoid": lambda v: np.trapezoid(v, np.cumsum(v)),
    "trapz": lambda v: quiet(np.trapz, v, np.cumsum(v)),
    "trace": lambda v: np.trace(square(v)),
    "tri": lambda v: np.tri(len(v)),
    "tril": lambda v: np.tril(square(v)),
    "tril_indices": lambda v: np.tril_indices(2),
    "tril_indices_from": lambda v: np.tril_indices_from(square(v)),
    "trim_zeros": lambda v: np.trim_zeros(np.concatenate([[0.0], v, [0.0]])),
    "triu": lambda v: np.triu(square(v)),
    "triu_indices": lambda v: np.triu_indices(2),
    "triu_indices_from": lambda v: np.triu_indices_from(square(v)),
    "unique": lambda v: np.unique(np.concatenate([v, v])),
    "unpackbits": lambda v: np.unpackbits((100 * v).astype(np.uint8)),
    "unravel_index": lambda v: np.unravel_index(3, (2, 2)),
    "unstack": lambda v: np.unstack(square(v)),
    "unwrap": lambda v: np.unwrap(9 * v),
    "vander": lambda v: np.vander(v, 3),
    "vecmat": lambda v: np.vecmat(v[:2], square(v)),
    "vectorize": lambda v: np.vectorize(lambda a, b: a * b if a < b else a)(v, B),
    "vsplit": lambda v: np.vsplit(square(v), 2),
    "vstack": lambda v: np.vstack([v, W * v]),
    "where": lambda v: np.where(v < 0.5, v * v, 3 * v),
    **{name: lambda v, name=name: getattr(np, name)(len(v)) for name in
       ("bartlett", "blackman", "hamming", "hanning", "empty", "ones", "zeros")},
    "empty": lambda v: np.empty(0),
    "empty_like": lambda v: np.empty_like(v[:0]),
    "array2string": lambda v: np.array2string(v > 0.5),
    "array_repr": lambda v: np.array_repr(v > 0.5),
    "array_str": lambda v: np.array_str(v > 0.5),
}  # fmt: skip

PROGRAMS = {name: f for name, f in PROGRAMS.items() if f is not None}

#: takes no numbers that could vary: types, text, files, settings, dates
WITHOUT_NUMBERS = set(
    """
    array2string array_repr array_str busday_count busday_offset
    busdaycalendar bytes_ character complexfloating datetime64 datetime_as_string datetime_data
    dtype errstate finfo flexible floating format_float_positional format_float_scientific fromfile
    fromregex fromstring generic genfromtxt get_include get_printoptions getbufsize geterr
    geterrcall iinfo inexact info integer is_busday isdtype isnat issubdtype load loadtxt memmap
    mintypecode number object_ printoptions record recarray save savetxt savez savez_compressed
    result_type set_printoptions setbufsize seterr seterrcall show_config show_runtime
    signedinteger str_ test timedelta64 typename ufunc unsignedinteger void
    """.split()
)
