"""Rules of `scipy.fft`."""

import matrices as mat
import numpy as np
import pytest
from scipy import fft

import zygcore as zg
from zygcore.testing import check_adjoint

ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
SEVERAL = [a + b for a in ONE for b in ("2", "n")]
REAL = ("rfft", "rfft2", "rfftn", "ihfft", "ihfft2", "ihfftn")
OPTIONS = [
    {}, {"n": 4, "axis": 1, "norm": "ortho"}, {"n": 7, "axis": 2, "norm": "forward"},
    {"n": 3, "axis": 0, "norm": "backward"}, {"n": 6, "axis": -2, "workers": 2},
]  # fmt: skip
OPTIONS_SEVERAL = [
    {}, {"axes": (0, 1)}, {"s": (4, 3), "axes": (1, 2), "norm": "ortho"}, {"s": (3, 4)},
    {"s": (7, 2), "axes": (2, 0), "norm": "forward"}, {"s": (6, -1), "axes": (-2, -1)},
]  # fmt: skip


def inputs(name, *shape):
    yield mat.random(*shape)
    if name not in REAL:
        yield mat.random(*shape, kind=complex)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("options", OPTIONS)
def test_one_axis(name, options):
    for x in inputs(name, 3, 4, 5):
        check_adjoint(getattr(fft, name), x, **options)


def test_an_array_that_may_be_destroyed():
    x = mat.random(4, kind=complex)
    before = x.copy()
    dx = zg.gradient(lambda x: np.sum(np.abs(fft.fft(x, overwrite_x=True)) ** 2), x)[0]
    np.testing.assert_allclose(dx, 8 * before, rtol=1e-13)


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("options", OPTIONS_SEVERAL)
def test_several_axes(name, options):
    for x in inputs(name, 3, 4, 5):
        check_adjoint(getattr(fft, name), x, **options)


TRIGONOMETRIC = [
    {}, {"n": 4, "axis": 1, "norm": "ortho"}, {"n": 7, "axis": 2, "norm": "forward"},
    {"axis": 0, "norm": "backward", "orthogonalize": True}, {"n": 2},
    {"n": 6, "axis": -2, "norm": "ortho", "orthogonalize": False},
]  # fmt: skip


@pytest.mark.parametrize("name", ["dct", "idct", "dst", "idst"])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("options", TRIGONOMETRIC)
def test_cosine_and_sine_transforms(name, kind, options):
    x = mat.random(3, 4, 5)
    check_adjoint(getattr(fft, name), x, type=kind, **options)
    if "orthogonalize" not in options:  # SciPy ignores it for complex numbers
        check_adjoint(getattr(fft, name), mat.random(3, 4, 5, kind=complex), type=kind, **options)
    many = {k: v for k, v in options.items() if k in ("norm", "orthogonalize")}
    check_adjoint(getattr(fft, name + "n"), x, type=kind, s=(3, 2), axes=(0, 2), **many)
    check_adjoint(getattr(fft, name + "n"), x, type=kind, **many)


@pytest.mark.parametrize("name", ["dct", "dst"])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_orthogonal_transforms_keep_lengths(name, kind):
    x = mat.random(6)
    f = getattr(fft, name)
    dx = zg.gradient(lambda x: np.sum(f(x, kind, norm="ortho") ** 2), x)[0]
    np.testing.assert_allclose(dx, 2 * x, rtol=1e-13)


def test_hankel_transforms_and_convolution():
    from scipy.signal import fftconvolve

    x, y = mat.random(8), mat.random(5)
    check_adjoint(fft.fht, x, dln=0.1, mu=0.3)
    check_adjoint(fft.ifht, x, dln=0.1, mu=0.3, offset=0.1, bias=0.2)
    dx, dy = zg.gradient(lambda x, y: np.sum(fftconvolve(x, y) * np.arange(12)), x, y)
    np.testing.assert_allclose(dx, np.correlate(np.arange(12), y, "valid"), rtol=1e-12)
    np.testing.assert_allclose(dy, np.correlate(np.arange(12), x, "valid"), rtol=1e-12)


def test_frequencies_and_lengths_are_constant():
    x = mat.random(5)
    dx = zg.gradient(lambda x: x[0] * fft.next_fast_len(len(x)) + fft.fftfreq(5)[1], x)[0]
    assert dx.tolist() == [5, 0, 0, 0, 0]


@pytest.mark.parametrize("name", ["fftfreq", "rfftfreq"])
def test_frequencies_depend_on_the_distance_of_samples(name):
    f = getattr(fft, name)
    dd = zg.gradient(lambda d: f(5, d)[2], 0.3)[0]
    assert dd == pytest.approx(-f(5, 0.3)[2] / 0.3, rel=1e-14)
