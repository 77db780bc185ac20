"""Filters by functions of the user, statistics of labels, distances."""

import numpy as np
import pytest
import scipy.ndimage as nd

import zygcore as zg
from zygcore.errors import UnsupportedError
from zygcore.testing import check_adjoint

rng = np.random.default_rng(0)
IMAGE, CUBE = rng.standard_normal((4, 5)), rng.standard_normal((3, 4, 2))
FOOTPRINT = np.array([[0, 1, 1], [1, 0, 1]], bool)
MODES = ["reflect", "constant", "nearest", "mirror", "wrap", "grid-wrap", "grid-constant"]
OPTIONS = {"layouts": False, "single": False}


def product(window, factor=1.0, power=2):
    return factor * np.sum(window**power) + window[0] * window[-1]


@pytest.mark.parametrize("mode", MODES)
def test_generic_filter(mode):
    f = lambda x, c: nd.generic_filter(x, product, (2, 3), mode=mode, cval=c)
    check_adjoint(f, IMAGE, 0.7, **OPTIONS)
    assert np.array_equal(zg.pullback(f, IMAGE, 0.7)[0], f(IMAGE, 0.7))


def test_generic_filter_with_options():
    check_adjoint(lambda x: nd.generic_filter(x, product, footprint=FOOTPRINT, origin=(0, -1)),
                  IMAGE, **OPTIONS)  # fmt: skip
    g = lambda x, k: nd.generic_filter(
        x, product, 3, extra_arguments=(k,), extra_keywords={"power": 3}
    )
    check_adjoint(g, IMAGE, 0.3, **OPTIONS)
    check_adjoint(lambda x: nd.generic_filter(x, np.median, (1, 3, 1)), CUBE, second=False,
                  **OPTIONS)  # fmt: skip
    scale = 0.7
    check_adjoint(lambda k: nd.generic_filter(IMAGE, lambda w: k * w.mean(), 3), scale, **OPTIONS)
    same = zg.gradient(lambda x: np.sum(nd.generic_filter(x, np.mean, 3) ** 2), IMAGE)[0]
    known = zg.gradient(lambda x: np.sum(nd.uniform_filter(x, 3) ** 2), IMAGE)[0]
    np.testing.assert_allclose(same, known, rtol=1e-12)
    x = IMAGE.astype(np.float32)
    dx = zg.gradient(lambda x: np.sum(nd.generic_filter(x, np.mean, 3)), x)[0]
    assert dx.dtype == np.float32


def running(line, out, factor=1.0):
    for i in range(len(out)):
        out[i] = factor * line[i] * line[i + 2]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_generic_filter1d(mode, axis):
    f = lambda x, c: nd.generic_filter1d(x, running, 3, axis, mode=mode, cval=c)
    check_adjoint(f, IMAGE, 0.7, **OPTIONS)
    assert np.array_equal(zg.pullback(f, IMAGE, 0.7)[0], f(IMAGE, 0.7))
    g = lambda x, k: nd.generic_filter1d(x, running, 4, axis, origin=1, extra_arguments=(k,))
    check_adjoint(g, CUBE, 0.3, **OPTIONS)


@pytest.mark.skipif(not hasattr(nd, "vectorized_filter"), reason="new in SciPy 1.16")
@pytest.mark.parametrize("mode", ["reflect", "constant", "nearest", "mirror", "wrap"])
def test_vectorized_filter(mode):
    f = lambda x: nd.vectorized_filter(x, np.mean, size=(2, 3), mode=mode)
    check_adjoint(f, IMAGE, **OPTIONS)


LABELS = np.array([[1, 1, 2, 2, 0]] * 4)


@pytest.mark.parametrize("name", ["sum_labels", "mean", "variance", "standard_deviation", "median",
                                  "minimum", "maximum"])  # fmt: skip
@pytest.mark.parametrize("index", [None, 2, [2, 1], [0]])
def test_statistics_of_labels(name, index):
    check_adjoint(getattr(nd, name), IMAGE, LABELS, index, second=False, **OPTIONS)


@pytest.mark.parametrize("f", [nd.distance_transform_edt, nd.distance_transform_bf])
def test_distances_with_respect_to_the_distance_of_samples(f):
    mask = IMAGE > -1.0
    check_adjoint(lambda a, b: f(mask, sampling=[a, b]), 0.7, 1.3)
    check_adjoint(lambda a: f(mask, sampling=a, return_indices=True)[0], 0.7)
    assert np.any(f(mask) == 0)
    index = zg.pullback(lambda a: f(mask, sampling=a, return_distances=False, return_indices=True),
                        0.7)[0]  # fmt: skip
    assert index.dtype.kind == "i"
    with pytest.raises(UnsupportedError, match="results"):
        zg.gradient(lambda a: f(mask, sampling=a, distances=np.zeros((4, 5))), 0.7)
    chess = zg.gradient(
        lambda a: nd.distance_transform_bf(mask, "chessboard", sampling=a).sum() + a, 0.7
    )
    assert chess == (1.0,)
