"""Rules of `numpy.fft`."""

import matrices as mat
import numpy as np
import pytest

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
OPTIONS = [
    {}, {"n": 4, "axis": 1, "norm": "ortho"}, {"n": 7, "axis": 2, "norm": "forward"},
    {"n": 3, "axis": 0, "norm": "backward"}, {"n": 6, "axis": -2}, {"n": 1}, {"n": 2},
]  # fmt: skip


def inputs(name, *shape):
    yield mat.random(*shape)
    if name not in ("rfft", "ihfft") and not name.startswith("rfft"):
        yield mat.random(*shape, kind=complex)


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("options", OPTIONS)
def test_one_axis(name, options):
    for x in inputs(name, 3, 4, 5):
        check_adjoint(getattr(np.fft, name), x, **options)
        check_adjoint(getattr(np.fft, name), x[0, 0])


SEVERAL = [
    {"axes": (0, 1)}, {"s": (4, 3), "axes": (1, 2), "norm": "ortho"},
    {"s": (7, 2), "axes": (2, 0), "norm": "forward"}, {"s": (6, 2), "axes": (-2, -1)},
]  # fmt: skip


@pytest.mark.parametrize("name", ["fft2", "ifft2", "fftn", "ifftn", "rfft2", "irfft2", "rfftn",
                                  "irfftn"])  # fmt: skip
@pytest.mark.parametrize("options", SEVERAL)
def test_several_axes(name, options):
    for x in inputs(name, 3, 4, 5):
        check_adjoint(getattr(np.fft, name), x, **options)
        check_adjoint(getattr(np.fft, name), x)


def test_shifts():
    x = mat.random(3, 4, kind=complex)
    check_adjoint(np.fft.fftshift, x)
    check_adjoint(np.fft.ifftshift, x, axes=0)


@pytest.mark.parametrize("f, double", [(np.fft.fft, 1.0), (np.fft.rfft, 2.0)])
def test_parseval(f, double):
    x = mat.random(7)
    weights = np.full(f(x).shape, double)
    weights[0] = 1
    dx = zg.gradient(lambda x: np.sum(weights * np.abs(f(x)) ** 2), x)[0]
    np.testing.assert_allclose(dx, 2 * 7 * x, rtol=1e-13)


def test_kinds():
    assert zg.gradient(lambda x: np.abs(np.fft.fft(x)[0]), np.array([1, 2, 3]))[0].tolist() == [
        1,
        1,
        1,
    ]
    assert zg.gradient(lambda x: np.fft.fft([x, 2.0])[0].real, 1.0) == (1.0,)
    f = np.fft.fftfreq(4)
    dx = zg.gradient(lambda x: np.real(np.sum(np.fft.fft(x) * f)), mat.random(4))[0]
    np.testing.assert_allclose(dx, np.real(np.fft.fft(f)), atol=1e-14)


@pytest.mark.parametrize("n", [4, 5])
def test_frequencies_depend_on_the_distance_of_samples(n):
    """They are inversely proportional to it."""
    for f in (np.fft.fftfreq, np.fft.rfftfreq):
        y, back = zg.pullback(lambda d, f=f: f(n, d), 0.3)
        assert np.array_equal(y, f(n, 0.3))
        dy = np.cos(np.arange(len(y)))
        assert back(dy)[0] == pytest.approx(-np.sum(dy * y) / 0.3, rel=1e-14)


def test_out():
    def f(x):
        y = np.empty(3, complex)
        np.fft.fft(x, out=y)
        return y.real.sum()

    assert zg.gradient(f, np.ones(3))[0].tolist() == [3, 0, 0]


def test_transforms_again_and_again_inside_of_a_level():
    """Their results are written into arrays whose memory an earlier one may have had."""
    x, v = np.arange(1.0, 5.0), np.array([1.0, -0.5, 0.25, 2.0])

    def inner(c):
        total = 0.0
        for _ in range(30):
            total = total + np.sum(np.real(zg.jvp(np.fft.fft, (x,), (c * v,))[1]))
        return total

    assert zg.gradient(inner, 2.0)[0] == pytest.approx(30 * 4 * v[0], rel=1e-14)


def test_functions_that_take_the_length_of_their_result_from_the_output():
    from numpy.fft import _pocketfft_umath as umath

    def f(x):
        y = np.empty(3, complex)
        umath.fft(x, 1, out=y)
        return y

    y, back = zg.pullback(f, np.ones(3))
    np.testing.assert_array_equal(y, [3, 0, 0])
    with pytest.raises(AdjointError, match="no derivative is known for .*fft"):
        back(np.ones(3, complex))
