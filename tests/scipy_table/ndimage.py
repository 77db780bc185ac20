"""Programs for the functions of `scipy.ndimage`; see `solvers` about the form."""

import numpy as np
import scipy.ndimage as nd

__all__ = ["PROGRAMS", "WITHOUT"]

A = np.array
SG_W = A([1.2, 0.3, 0.7])
M2 = np.arange(20.0).reshape(4, 5) ** 1.3
K = A([[0.2, 0.5], [1.0, -0.3]])
L = A([[1, 1, 2, 2, 0]] * 4)


def s(y):
    """A weighted sum of all elements."""
    y = np.real(y)
    return np.sum(y * np.linspace(1, 2, np.size(y)).reshape(np.shape(y)))


def running_mean(line, out):
    for i in range(len(out)):
        out[i] = np.mean(line[i : i + 3]) * line[i]


PROGRAMS = {
    "correlate": lambda x: s(nd.correlate(M2 * x, K * x)),
    "convolve": lambda x: s(nd.convolve(M2 * x, K * x)),
    "correlate1d": lambda x: s(nd.correlate1d(M2 * x, SG_W * x)),
    "convolve1d": lambda x: s(nd.convolve1d(M2 * x, SG_W * x)),
    "gaussian_filter": lambda x: s(nd.gaussian_filter(M2 * x, 0.7)),
    "gaussian_filter1d": lambda x: s(nd.gaussian_filter1d(M2, x)),
    "uniform_filter": lambda x: s(nd.uniform_filter(M2 * x, 3)),
    "uniform_filter1d": lambda x: s(nd.uniform_filter1d(M2 * x, 3)),
    "sobel": lambda x: s(nd.sobel(M2 * x)),
    "prewitt": lambda x: s(nd.prewitt(M2 * x)),
    "laplace": lambda x: s(nd.laplace(M2 * x)),
    "gaussian_laplace": lambda x: s(nd.gaussian_laplace(M2 * x, 0.7)),
    "gaussian_gradient_magnitude": lambda x: s(nd.gaussian_gradient_magnitude(M2 * x, 0.7)),
    "generic_laplace": lambda x: s(
        nd.generic_laplace(M2 * x, lambda i, a, o, m, c: nd.correlate1d(i, [1, -2, 1], a, o, m, c))
    ),
    "generic_gradient_magnitude": lambda x: s(nd.generic_gradient_magnitude(M2 * x, nd.sobel)),
    "maximum_filter": lambda x: s(nd.maximum_filter(M2 * x, 3)),
    "minimum_filter": lambda x: s(nd.minimum_filter(M2 * x, 3)),
    "maximum_filter1d": lambda x: s(nd.maximum_filter1d(M2 * x, 3)),
    "minimum_filter1d": lambda x: s(nd.minimum_filter1d(M2 * x, 3)),
    "median_filter": lambda x: s(nd.median_filter(M2 * x, 3)),
    "rank_filter": lambda x: s(nd.rank_filter(M2 * x, 2, 3)),
    "percentile_filter": lambda x: s(nd.percentile_filter(M2 * x, 20, 3)),
    "grey_erosion": lambda x: s(nd.grey_erosion(M2 * x, 3)),
    "grey_dilation": lambda x: s(nd.grey_dilation(M2 * x, 3)),
    "grey_opening": lambda x: s(nd.grey_opening(M2 * x, 3)),
    "grey_closing": lambda x: s(nd.grey_closing(M2 * x, 3)),
    "white_tophat": lambda x: s(nd.white_tophat(M2 * x, 3)),
    "black_tophat": lambda x: s(nd.black_tophat(M2 * x, 3)),
    "morphological_gradient": lambda x: s(nd.morphological_gradient(M2 * x, 3)),
    "morphological_laplace": lambda x: s(nd.morphological_laplace(M2 * x, 3)),
    "sum": lambda x: nd.sum(M2 * x),
    "minimum": lambda x: s(nd.minimum(M2 * x, L, [1, 2])),
    "maximum": lambda x: s(nd.maximum(M2 * x, L, [1, 2])),
    "median": lambda x: s(nd.median(M2 * x, L, [1, 2])),
    "extrema": lambda x: s(nd.extrema(M2 * x)[1]),
    "center_of_mass": lambda x: s(A(nd.center_of_mass(M2**x))),
    "labeled_comprehension": lambda x: s(
        nd.labeled_comprehension(M2 * x, L, [1, 2], np.mean, float, 0)
    ),
    "fourier_gaussian": lambda x: s(nd.fourier_gaussian(M2 * x, 1.0)),
    "fourier_uniform": lambda x: s(nd.fourier_uniform(M2 * x, 2.0)),
    "fourier_ellipsoid": lambda x: s(nd.fourier_ellipsoid(M2 * x, 2.0)),
    "fourier_shift": lambda x: s(nd.fourier_shift(M2 * x, 0.5)),
    "shift": lambda x: s(nd.shift(M2 * x, 0.3)),
    "zoom": lambda x: s(nd.zoom(M2 * x, 1.4)),
    "rotate": lambda x: s(nd.rotate(M2 * x, 20.0)),
    "affine_transform": lambda x: s(nd.affine_transform(M2 * x, [1.1, 0.9])),
    "map_coordinates": lambda x: s(nd.map_coordinates(M2 * x, A([[0.3, 1.2], [2.2, 0.4]]))),
    "geometric_transform": lambda x: s(
        nd.geometric_transform(M2 * x, lambda p: (p[0] * 0.9, p[1]))
    ),
    "spline_filter": lambda x: s(nd.spline_filter(M2 * x)),
    "spline_filter1d": lambda x: s(nd.spline_filter1d(M2 * x)),
    "sum_labels": lambda x: s(nd.sum_labels(M2 * x, L, [1, 2])),
    "mean": lambda x: s(nd.mean(M2 * x, L, [1, 2])),
    "variance": lambda x: s(nd.variance(M2 * x, L, [1, 2])),
    "standard_deviation": lambda x: s(nd.standard_deviation(M2 * x, L, [1, 2])),
    "generic_filter": lambda x: s(nd.generic_filter(M2 * x, np.mean, 3)),
    "vectorized_filter": lambda x: s(nd.vectorized_filter(M2 * x, np.mean, size=3)),
    "generic_filter1d": lambda x: nd.generic_filter1d(M2 * x, running_mean, 3),
    "histogram": lambda x: nd.histogram(M2 * x, 0, 9, 3),
    **{
        name: lambda x, f=getattr(nd, name): f(M2 * x > 7)
        for name in nd.__all__
        if name.startswith("binary_")
    },
    **{
        f"distance_transform_{kind}": lambda x, f=getattr(nd, f"distance_transform_{kind}"): f(
            M2 * x > 7
        )
        for kind in ("bf", "cdt", "edt")
    },
    "distance_transform_edt sampling": lambda x: nd.distance_transform_edt(M2 > 7, sampling=x),
    "distance_transform_bf sampling": lambda x: nd.distance_transform_bf(M2 > 7, sampling=x),
    "label": lambda x: nd.label(M2 * x > 7),
    "find_objects": lambda x: len(nd.find_objects(L * (M2 * x > 1))),
    "maximum_position": lambda x: nd.maximum_position(M2 * x),
    "minimum_position": lambda x: nd.minimum_position(M2 * x),
    "value_indices": lambda x: list(nd.value_indices(L * (M2 * x > 1))),
    "watershed_ift": lambda x: nd.watershed_ift((M2 * x).astype(np.uint8), L),
}

WITHOUT = {"generate_binary_structure", "iterate_structure"}
