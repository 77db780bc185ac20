"""Functions of NumPy that are differentiated from their own code, or by an equivalent of it.

`WRITING` are those whose code writes into arrays.
"""

import numpy as np
import pytest

import zygcore as zg
from zygcore.testing import check_adjoint

RNG = np.random.default_rng(1)

PLANAR = np.lib.NumpyVersion(np.__version__) >= "2.5.0"


def apart(*shape):
    """Numbers that are not near each other: what depends on their order does not change nearby."""
    n = int(np.prod(shape))
    return RNG.permutation(np.linspace(0.3, 2.0, n)).reshape(shape)


X, Y, T, Q = apart(3, 4), apart(3, 4), apart(2, 3, 4), apart(3, 3)
V, W = apart(5), apart(5) + 0.05
C = np.array([[1, 0, 1, 1], [0, 1, 0, 1], [1, 1, 0, 0]], bool)
N = np.where(C, X, np.nan)


def gaps(x):
    return np.where(C, x, np.nan)


PLAIN = {
    "append": (np.append, X, V), "append along": (lambda x, y: np.append(x, y, 0), X, Y),
    "apply_over_axes": (lambda x: np.apply_over_axes(np.prod, x, [0, -1]), T),
    "array_split": (lambda x: np.array_split(x, 3, 1), X),
    "average": (lambda x, w: np.average(x, weights=w), X, Y),
    "average along": (lambda x, w: np.average(x, 1, w, returned=True), X, V[:4]),
    "block": (lambda x, y: np.block([[x, y], [y * 2, x]]), X, Y),
    "stacks": (lambda x, y: [np.column_stack([x, y]), np.dstack([x, y]), np.hstack([x, y]),
                             np.vstack([x, y])], X, Y),
    "corrcoef": (np.corrcoef, X), "corrcoef of two": (np.corrcoef, V, W),
    "corrcoef complex": (np.corrcoef, X + 1j * Y),
    "cov": (np.cov, X), "cov of one": (np.cov, V), "cov complex": (np.cov, X + 1j * Y),
    "cov of two": (lambda x, y: np.cov(x, y, rowvar=False, bias=True), X, Y),
    "cov weighted": (lambda x, w: np.cov(x, aweights=w, fweights=[1, 2, 1, 3]), X, V[:4]),
    "cov aweights": (lambda x, w: np.cov(x, aweights=w, ddof=0), X, V[:4]),
    "cross": (np.cross, Q, X[:, :3]),
    "cross along": (lambda a, b: np.cross(a, b, axis=0), Q, Q[::-1].copy()),
    "cross axes": (lambda a, b: np.cross(a, b, axisa=0, axisb=1, axisc=0), Q, X[:, :3]),
    "cross broadcast": (np.cross, T[..., :3], V[:3]),
    "cross complex": (np.cross, Q + 0.5j, X[:, :3] * 1j),
    "cumulative": (lambda x: [np.cumulative_sum(x, axis=1), np.cumulative_prod(x, axis=0)], X),
    "delete": (lambda x: np.delete(x, [0, 2], 1), X),
    "diagflat": (lambda x: [np.diagflat(x, 1), np.diagflat(x[:2] * x[2], -1)], V),
    "diff": (lambda x: np.diff(x, 2, 0), X),
    "diff between": (lambda x, p: np.diff(x, prepend=p, append=p), X, Y[:, :1]),
    "extract": (lambda x: np.extract(C, x), X),
    "flips": (lambda x: [np.fliplr(x), np.flipud(x), np.flip(x), np.rot90(x)], X),
    "turns": (lambda x: [np.rot90(x, 2), np.rot90(x, -1)], X),
    "i0": (np.i0, X), "kaiser": (lambda b: np.kaiser(6, b), 2.0), "kron": (np.kron, X, Q),
    "logspace": (lambda a, b: np.logspace(a, b, 5, base=2.5), 0.3, 1.2),
    "nan_to_num": (lambda x: np.nan_to_num(gaps(x), nan=0.5), X),
    "nan_to_num of number": (lambda x, v: np.nan_to_num(x, nan=v) + np.nan_to_num(np.nan, nan=v),
                             np.float64(0.7), 0.3),
    "nan_to_num infinite": (lambda x, a, b: np.nan_to_num(
        np.array([np.inf, 1.0, -np.inf, np.nan]) * x, nan=x, posinf=a, neginf=b), 0.7, 2.0, 3.0),
    "nancumprod": (lambda x: np.nancumprod(gaps(x), axis=1), X),
    "nancumsum": (lambda x: np.nancumsum(gaps(x), axis=0), X),
    "nanmax": (lambda x: [np.nanmax(gaps(x), 0), np.nanmin(gaps(x), 1)], X),
    "nanmean": (lambda x: np.nanmean(gaps(x), axis=0), X),
    "nanmedian": (lambda x: np.nanmedian(gaps(x), axis=0, keepdims=True), X),
    "nanprod": (lambda x: np.nanprod(gaps(x), 1), X),
    "nanstd": (lambda x: np.nanstd(gaps(x), axis=1, ddof=0.5), X),
    "nansum": (lambda x: np.nansum(gaps(x), 1, keepdims=True), X),
    "nanvar": (lambda x: np.nanvar(gaps(x)), X),
    "piecewise": (lambda x: np.piecewise(x, [x < 1, x >= 1.5],
                                         [lambda t: t**2, lambda t: 1 / t, 0.5]), X),
    "piecewise of more": (lambda x, a: np.piecewise(x, [x < 1], [lambda t, a: a * t, 2.0], a),
                                 X, 0.7),
    "poly": (np.poly, V), "polyadd": (np.polyadd, V, X[0]), "polysub": (np.polysub, V, X[0]),
    "polyder": (lambda p: np.polyder(p, 2), V), "polyint": (lambda p: np.polyint(p, 2, p[:2]), V),
    "polyval": (np.polyval, V, X),
    "real_if_close": (lambda x: np.real_if_close(x + 0j), X),
    "resize": (lambda x: np.resize(x, (5, 4)), X), "rollaxis": (lambda x: np.rollaxis(x, 2), T),
    "roll": (lambda x: [np.roll(x, (1, 2), (0, 1)), np.roll(x, 5)], X),
    "select": (lambda x, y: np.select([x < 0.7, C], [x * y, y], default=x), X, Y),
    "select numbers": (lambda x, y: np.select([x < 0.7, C[0]], [y, 2.5]), X, 0.3),
    "split": (lambda x: np.split(x, [1, 3], 1), X),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.argsort(x, 0), 0), X),
    "tile": (lambda x: np.tile(x, (2, 1, 2)), X),
    "trapezoid": (lambda y, x: np.trapezoid(y, x, axis=1), X, np.cumsum(Y, 1)),
    "trapezoid dx": (lambda y, d: np.trapezoid(y, dx=d, axis=0), X, 0.3),
    "trim_zeros": (lambda x: np.trim_zeros(np.concatenate([[0.0], x, [0.0]])), V),
    "atleast": (lambda x, y: [np.atleast_1d(y), np.atleast_3d(x), np.atleast_2d(y)], V, 2.0),
    "broadcast_arrays": (np.broadcast_arrays, X, V[:4]),
    "convolve": (np.convolve, V, X[0]), "correlate": (np.correlate, V, X[0], "full"),
    "triangles": (lambda x: [np.tril(x, 1), np.triu(x, -1)], X),
    "indices": (lambda x: [x[np.mask_indices(3, np.triu)], x[np.tril_indices_from(x)]], Q),
    "fromfunction": (lambda a: np.fromfunction(lambda i, j: i * a + j * a**2, (3, 3)), 0.7),
    "require": (lambda x: [np.require(x, requirements=["F"]), np.asfortranarray(x)], X),
    "searched": (lambda x: x * np.searchsorted([0.5, 1.0], x) + x * np.digitize(x, [0.5, 1.0]), X),
    "unstack": (lambda x: np.moveaxis(x, 1, 0)[1] if not hasattr(np, "unstack")
                else np.unstack(x, axis=1), X),
}  # fmt: skip

WRITING = {
    "apply_along_axis": (lambda x: np.apply_along_axis(lambda r: np.cumsum(r) * r[0], 1, x), X),
    "delete slice": (lambda x: np.delete(x, slice(0, 3, 2)), X),
    "ediff1d": (lambda x: np.ediff1d(x, to_end=x[:1, 0], to_begin=[1.0, 2.0]), X),
    "fill_diagonal": (lambda x: (np.fill_diagonal(z := x * 1.0, x[0]), z)[1], Q),
    "gradient": (np.gradient, X),
    "gradient spaced": (lambda x, d: np.gradient(x, d, axis=1, edge_order=2), X, 0.3),
    "gradient at": (lambda x, d: np.gradient(x, np.cumsum(d), axis=1, edge_order=2), X, V[:4]),
    "geomspace": (lambda a, b: np.geomspace(a, b, 5), 0.3, 1.2),
    "insert": (lambda x, v: np.insert(x, [1, 3], v, axis=1), X, Y[:, :2].copy()),
    "insert one": (lambda x, v: np.insert(x, 2, v), X, 3.0),
    "nanpercentile": (lambda x: np.nanpercentile(gaps(x), [30, 60], axis=1), X),
    "percentile": (lambda x: np.percentile(x, [30, 60], axis=1), X),
    "quantile": (np.quantile, X, 0.3),
    "polydiv": (np.polydiv, V, X[0, :3].copy()),
    "put_along_axis": (lambda x, v: (
        np.put_along_axis(z := x * 1.0, np.array([[1], [0], [3]]), v, 1), z)[1],
        X, Y[:, :1].copy()),
    "sort_complex": (np.sort_complex, V),
    "unique": (lambda x: np.unique(np.concatenate([x, x])), V),
    "sets": (lambda x, y: [np.union1d(x, y), np.setdiff1d(x, y), np.setxor1d(x, y)], V, W),
    "unwrap": (lambda x: [np.unwrap(x * 6, axis=1), np.unwrap(x * 6, period=2.5)], X),
    "vander": (lambda x: np.vander(x, 4, True), V),
    "pad constants": (lambda x, c: np.pad(x, 1, constant_values=c), X, 0.7),
    "pad mean": (lambda x: np.pad(x, 1, "mean"), X),
    "pad max": (lambda x: np.pad(x, 1, "maximum"), X),
    "pad ramp": (lambda x: np.pad(x, 2, "linear_ramp", end_values=0.3), X),
    "pad median": (lambda x: np.pad(x, 1, "median"), X),
    "pad odd": (lambda x: np.pad(x, 1, "reflect", reflect_type="odd"), X),
}  # fmt: skip


if not hasattr(np, "cumulative_sum"):  # NumPy 2.1
    del PLAIN["cumulative"]


@pytest.mark.parametrize("name", [*PLAIN, *WRITING])
def test_gradient(name):
    f, *args = {**PLAIN, **WRITING}[name]
    check_adjoint(f, *args, rtol=1e-6)


def test_orders_of_memory():
    """Their value depends on the layout, and the pullback follows it."""
    spaced = np.moveaxis(T, 0, 1)[:, ::-1]
    for x in (X, np.asfortranarray(X), X[:, ::2], X.T[::-1], T.transpose(1, 2, 0), spaced):
        contiguous = x.flags.c_contiguous or x.flags.f_contiguous
        for order in "CFAK" if contiguous else "CFK":  # a copy of other arrays has another order A
            check_adjoint(lambda x, order=order: np.ravel(x, order) ** 2, x, layouts=False)
            check_adjoint(lambda x, order=order: x.flatten(order) ** 2, x, layouts=False)
            if order != "K":
                check_adjoint(lambda x, order=order: np.reshape(x, -1, order=order) ** 2, x,
                              layouts=False)  # fmt: skip


def test_products_beyond_the_range():
    """Where the product is no number to divide by, its other factors are."""
    for x in ([1e-200, 1e-200, 3.0], [1e200, 1e-300, 1e-200], [1e200, 0.5, 1e-300]):
        x = np.array(x)
        with np.errstate(all="ignore"):
            expected = [np.prod(np.delete(x, i)) for i in range(3)]
            np.testing.assert_allclose(zg.gradient(np.prod, x)[0], expected, rtol=1e-14)
            d = zg.gradient(lambda x: np.cumprod(x)[2], x)[0]
            np.testing.assert_allclose(d, expected, rtol=1e-14)


@pytest.mark.skipif(PLANAR, reason="NumPy 2.5 refuses them")
def test_two_dimensional_vectors():
    f = lambda a, b: np.cross(a, b)
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        with pytest.warns(DeprecationWarning, match="2-dimensional"):
            f(V[:2], W[:3])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *args, **options: None)
        check_adjoint(f, V[:2], W[:3])
        check_adjoint(f, Q[:, :2], W[:3])
        check_adjoint(f, V[:3], W[:2])
        check_adjoint(f, V[:2], W[:2])
        check_adjoint(f, Q[:, :2], Q[:, 1:])
