"""Gradients through `scipy.ndimage`: by differences, and as transposes of matrices."""

import numpy as np
import pytest
import scipy.ndimage as nd

import zygcore as zg
from zygcore.errors import AdjointError, ZygcoreError
from zygcore.testing import check_adjoint

MODES = ["reflect", "constant", "nearest", "mirror", "wrap"]
rng = np.random.default_rng(0)
LINE = rng.standard_normal(7)
IMAGE = rng.standard_normal((5, 4))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 11])
def test_correlations_along_an_axis(mode, size):
    weights = rng.standard_normal(size)
    for origin in {0, -(size // 2), (size - 1) // 2}:
        for f in (nd.correlate1d, nd.convolve1d):

            def filtered(x, w, c, f=f, origin=origin):
                return f(x, w, mode=mode, cval=c, origin=origin)

            check_adjoint(filtered, LINE, weights, 0.7)

        def uniform(x, c, origin=origin):
            return nd.uniform_filter1d(x, size, 0, mode=mode, cval=c, origin=origin)

        check_adjoint(uniform, IMAGE, 0.7)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (1, 5), (7, 2)])
def test_correlations_in_two_dimensions(mode, shape):
    weights = rng.standard_normal(shape)
    for f in (nd.correlate, nd.convolve):
        check_adjoint(lambda x, w, c, f=f: f(x, w, mode=mode, cval=c), IMAGE, weights, 0.7)
        origin = (0, -1)
        if shape[1] > 2:
            check_adjoint(lambda x, w, f=f, o=origin: f(x, w, mode=mode, origin=o), IMAGE, weights)


LINEAR = {
    "gaussian_filter1d": lambda x, **o: nd.gaussian_filter1d(x, 1.2, 0, **o),
    "gaussian_filter1d derivative": lambda x, **o: nd.gaussian_filter1d(x, 1.2, 1, 2, **o),
    "gaussian_filter": lambda x, **o: nd.gaussian_filter(x, [0.7, 1.1], **o),
    "uniform_filter": lambda x, **o: nd.uniform_filter(x, 3, **o),
    "sobel": lambda x, **o: nd.sobel(x, 0, **o),
    "prewitt": lambda x, **o: nd.prewitt(x, 1, **o),
    "laplace": lambda x, **o: nd.laplace(x, **o),
    "gaussian_laplace": lambda x, **o: nd.gaussian_laplace(x, 0.8, **o),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", LINEAR)
def test_linear_filters_are_transposed(name, mode):
    f = LINEAR[name]
    matrix = np.stack(
        [f(e.reshape(IMAGE.shape), mode=mode).ravel() for e in np.eye(IMAGE.size)], axis=1
    )
    dy = rng.standard_normal(IMAGE.shape)
    y, back = zg.pullback(lambda x: f(x, mode=mode), IMAGE)
    assert np.array_equal(y, f(IMAGE, mode=mode))
    assert back(dy)[0] == pytest.approx((matrix.T @ dy.ravel()).reshape(IMAGE.shape))


def test_with_respect_to_sigma():
    check_adjoint(lambda x, s: nd.gaussian_filter1d(x, s), LINE, 1.3)
    check_adjoint(lambda x, s: nd.gaussian_filter(x, s), IMAGE, 0.9)
    check_adjoint(lambda x: nd.gaussian_gradient_magnitude(x, 0.9), IMAGE)


@pytest.mark.parametrize("mode", MODES)
def test_extrema(mode):
    check_adjoint(lambda x: nd.maximum_filter1d(x, 3, 0, mode=mode), IMAGE)
    check_adjoint(lambda x: nd.minimum_filter1d(x, 4, 1, mode=mode, origin=1), IMAGE)
    for f in (nd.maximum_filter, nd.minimum_filter):
        check_adjoint(lambda x, f=f: f(x, (2, 3), mode=mode), IMAGE)
    for f in (nd.median_filter, lambda x, **o: nd.rank_filter(x, 2, **o)):
        check_adjoint(lambda x, f=f: f(x, size=3, mode=mode, cval=0.4), IMAGE)
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)
    check_adjoint(lambda x: nd.median_filter(x, footprint=cross, mode=mode), IMAGE)
    check_adjoint(lambda x: nd.percentile_filter(x, 30, footprint=cross, mode=mode), IMAGE)


def test_ties_share():
    x = np.array([1.0, 1.0, 0.0])
    dx = zg.gradient(lambda x: nd.maximum_filter1d(x, 3)[1], x)[0]
    assert dx.tolist() == [0.5, 0.5, 0.0]
    # beyond the edge the first element stands once more
    assert zg.gradient(lambda x: nd.maximum_filter1d(x, 3)[0], x)[0].tolist() == pytest.approx(
        [2 / 3, 1 / 3, 0.0]
    )


def test_whole_numbers():
    with pytest.raises(AdjointError, match="output=float"):
        zg.gradient(lambda x: np.sum(nd.correlate1d(x, [1, 2, 1])), np.array([1, 2, 3]))
    dx = zg.gradient(
        lambda x: np.sum(nd.correlate1d(x, [1, 2, 1], output=float)), np.array([1, 2, 3])
    )[0]
    assert dx.tolist() == [4.0, 4.0, 4.0]


def test_complex_images():
    check_adjoint(lambda z: nd.gaussian_filter1d(z, 1.0), LINE + 1j * LINE[::-1])


def test_what_is_not_known_is_an_error():
    with pytest.raises(ZygcoreError):
        zg.gradient(lambda x: np.sum(nd.grey_erosion(x, footprint=np.eye(3))), IMAGE)


ALL_MODES = [*MODES, "grid-wrap", "grid-constant", "grid-mirror"]
COORDINATES = np.array([[0.3, 2.2, -0.7, 4.3, 1.0], [1.2, 0.4, 3.6, -1.3, 2.0]])
PLACES = {
    "shift": lambda x, **o: nd.shift(x, [0.3, -1.4], **o),
    "zoom": lambda x, **o: nd.zoom(x, [1.4, 0.8], **o),
    "zoom of a grid": lambda x, **o: nd.zoom(x, 1.5, grid_mode=True, **o),
    "rotate": lambda x, **o: nd.rotate(x, 20.0, **o),
    "affine_transform": lambda x, **o: nd.affine_transform(
        x, [[0.9, 0.2], [-0.1, 1.1]], 0.317, **o
    ),
    "affine_transform by axes": lambda x, **o: nd.affine_transform(x, [0.9, 1.2], 0.3, **o),
    "map_coordinates": lambda x, **o: nd.map_coordinates(x, COORDINATES, **o),
    "geometric_transform": lambda x, **o: nd.geometric_transform(
        x, lambda p: (0.9 * p[0] + 0.1, p[1] - 0.4), **o
    ),
}


@pytest.mark.filterwarnings("ignore:It is recommended", "ignore:The behavior of affine")
@pytest.mark.parametrize("mode", ALL_MODES)
@pytest.mark.parametrize("name", PLACES)
def test_images_at_other_places_are_transposed(name, mode):
    f = PLACES[name]
    for order in range(6):
        for prefilter in (True, False):
            options = {"order": order, "mode": mode, "prefilter": prefilter}
            rows = [f(unit.reshape(IMAGE.shape), **options) for unit in np.eye(IMAGE.size)]
            matrix = np.stack([row.ravel() for row in rows], 1)
            y, back = zg.pullback(lambda x, o=options: f(x, **o), IMAGE)
            assert np.array_equal(y, f(IMAGE, **options))
            dy = rng.standard_normal(y.shape)
            known = (matrix.T @ dy.ravel()).reshape(IMAGE.shape)
            assert back(dy)[0] == pytest.approx(known, abs=1e-10), options


def test_spline_coefficients():
    check_adjoint(lambda x: nd.spline_filter1d(x, 3, 0), IMAGE, single=False)
    check_adjoint(lambda x: nd.spline_filter(x, 2), IMAGE, single=False)
    check_adjoint(lambda x: nd.shift(x, 0.3), IMAGE, single=False)
    check_adjoint(lambda x: nd.shift(x, 0.3, cval=2.0), IMAGE + 0.5j, single=False)
    for f in (lambda s: nd.shift(IMAGE, s), lambda c: nd.shift(IMAGE, 0.3, cval=c)):
        with pytest.raises(AdjointError, match="no derivative is known"):
            zg.gradient(lambda x, f=f: np.sum(f(x)), 0.3)


def test_filters_of_spectra():
    for f in (nd.fourier_gaussian, nd.fourier_uniform, nd.fourier_ellipsoid, nd.fourier_shift):
        check_adjoint(lambda x, f=f: f(x, 1.3), IMAGE + 0.5j, layouts=False, single=False)
        check_adjoint(lambda x, f=f: f(x, 1.3), IMAGE, layouts=False, single=False)


def test_an_array_for_the_result():
    def f(x):
        out = np.zeros(IMAGE.shape)
        assert nd.gaussian_filter(x, 0.8, output=out) is out
        shifted = np.zeros(IMAGE.shape, np.float32)
        nd.shift(out, 0.4, output=shifted)
        nd.maximum_filter(shifted, 2, output=out)
        return out

    dx = zg.gradient(lambda x: np.sum(f(x)), IMAGE)[0]
    plain = lambda x: nd.maximum_filter(nd.shift(nd.gaussian_filter(x, 0.8), 0.4), 2)
    assert dx == pytest.approx(zg.gradient(lambda x: np.sum(plain(x)), IMAGE)[0], rel=1e-6)
