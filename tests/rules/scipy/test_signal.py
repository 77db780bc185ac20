"""Gradients through `scipy.signal`."""

import numpy as np
import pytest
import scipy.signal as sg

import zygcore as zg
from zygcore.errors import UnsupportedError
from zygcore.testing import check_adjoint

rng = np.random.default_rng(0)
LINE, SHORT = rng.standard_normal(9), rng.standard_normal(4)
IMAGE, KERNEL = rng.standard_normal((5, 6)), rng.standard_normal((2, 3))
MODES = ["full", "same", "valid"]
ONE_PASS = {"second": False, "single": False}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["convolve", "fftconvolve", "oaconvolve", "correlate"])
def test_convolutions(name, mode):
    f = getattr(sg, name)
    for x, w in ((LINE, SHORT), (SHORT, LINE), (LINE, LINE), (IMAGE, KERNEL), (KERNEL, IMAGE)):
        check_adjoint(lambda x, w: f(x, w, mode), x, w, single=False)
    z = SHORT + 1j * SHORT[::-1]
    check_adjoint(lambda x, w: f(x, w, mode), z, LINE - 0.5j, **ONE_PASS)
    check_adjoint(lambda x, w: f(x, w, mode), LINE, z, **ONE_PASS)
    if "fft" in name or name[0] == "o":
        check_adjoint(lambda x, w: f(x, w, mode, axes=-1), IMAGE, IMAGE[:, :3], **ONE_PASS)
        check_adjoint(lambda x, w: f(x, w, mode, axes=1), IMAGE, KERNEL[:1], **ONE_PASS)
        check_adjoint(lambda x, w: f(x, w, mode, axes=[0]), IMAGE[:, :1], IMAGE[:2], **ONE_PASS)
        check_adjoint(lambda x, w: f(x, w, mode, axes=[0]), IMAGE, IMAGE[:2, :1], **ONE_PASS)
    else:
        check_adjoint(lambda x, w: f(x, w, mode, method="direct"), IMAGE, KERNEL, **ONE_PASS)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
def test_convolutions_with_edges(name, boundary, mode):
    f = getattr(sg, name)
    check_adjoint(lambda x, w: f(x, w, mode, boundary), IMAGE, KERNEL, single=False)
    check_adjoint(lambda x, w: f(x, w, mode, boundary), IMAGE + 1j, KERNEL * 1j, **ONE_PASS)
    with pytest.raises(UnsupportedError, match="fillvalue"):
        zg.gradient(lambda x: np.sum(f(x, KERNEL, fillvalue=1.0)), IMAGE)


B, A = np.array([0.4, 0.3, -0.2]), np.array([1.3, -0.5, 0.2, 0.1])


@pytest.mark.parametrize("axis", [-1, 0])
def test_lfilter(axis):
    def f(b, a, x):
        return sg.lfilter(b, a, x, axis)

    def with_states(b, a, x, zi):
        return sg.lfilter(b, a, x, axis, zi)

    shape = (5, 3) if axis else (3, 6)
    check_adjoint(f, B, A, IMAGE, single=False)
    check_adjoint(f, B, A[:1], IMAGE, single=False)
    check_adjoint(f, B[:1], A, IMAGE, single=False)
    check_adjoint(f, B + 0.1j, A - 0.2j, IMAGE + 1j, **ONE_PASS)
    check_adjoint(with_states, B, A, IMAGE, rng.standard_normal(shape), single=False)
    check_adjoint(f, B, A, IMAGE[:2, :2], single=False)  # shorter than the filter


def test_sosfilt():
    sos = sg.butter(4, 0.3, output="sos")
    sos[1] *= 1.5
    zi = rng.standard_normal((2, 5, 2))
    sos[1, 3:] /= sos[1, 3]
    scaled = np.concatenate([sos[:, :3], sos[:, 3:]], axis=1)
    check_adjoint(
        lambda b, x: sg.sosfilt(np.concatenate([b, scaled[:, 3:]], 1), x),
        scaled[:, :3].copy(),
        IMAGE,
        single=False,
    )
    check_adjoint(lambda x, zi: sg.sosfilt(sos, x, zi=zi), IMAGE, zi, single=False)
    check_adjoint(
        lambda p, x: sg.sosfilt(np.stack([np.concatenate([s[:4], s[4:] * p]) for s in scaled]), x),
        0.9,
        LINE,
        single=False,
    )


LINEAR = {
    "filtfilt": lambda x: sg.filtfilt(*sg.butter(2, 0.3), x, padlen=5),
    "sosfiltfilt": lambda x: sg.sosfiltfilt(sg.butter(2, 0.3, output="sos"), x, padlen=5),
    "detrend": lambda x: sg.detrend(x, bp=4),
    "detrend constant": lambda x: sg.detrend(x, type="constant"),
    "hilbert": lambda x: sg.hilbert(x),
    "resample": lambda x: sg.resample(x, 14),
    "resample_poly": lambda x: sg.resample_poly(x, 3, 2),
    "savgol_filter": lambda x: sg.savgol_filter(x, 5, 2),
    "savgol_filter, even": lambda x: sg.savgol_filter(x, 4, 2),
    "savgol_filter derivative": lambda x: sg.savgol_filter(x, 5, 3, 1, 0.3),
    "savgol_filter mirror": lambda x: sg.savgol_filter(x, 5, 2, mode="mirror"),
    "upfirdn": lambda x: sg.upfirdn(SHORT, x, 3, 2),
    "decimate": lambda x: sg.decimate(x, 2, 3, "iir", zero_phase=False),
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear_filters_are_transposed(name):
    f = LINEAR[name]
    x = rng.standard_normal(12)
    matrix = np.stack([f(e) for e in np.eye(12)], axis=1)
    y, back = zg.pullback(f, x)
    assert np.array_equal(y, f(x))
    dy = rng.standard_normal(len(y))
    assert back(dy)[0] == pytest.approx(np.real(matrix.conj().T @ dy), abs=1e-12)


def test_axes():
    for axis in (0, -1):
        check_adjoint(lambda x, a=axis: sg.savgol_filter(x, 3, 1, axis=a), IMAGE, single=False)
        check_adjoint(lambda x, a=axis: sg.detrend(x, a), IMAGE, single=False)
        check_adjoint(lambda h, x, a=axis: sg.upfirdn(h, x, 2, 3, a), SHORT, IMAGE, single=False)
        check_adjoint(lambda x, a=axis: sg.medfilt(x, 3), IMAGE, single=False)
    check_adjoint(lambda x: sg.medfilt2d(x, 3), IMAGE, single=False)


SPECTRA = {
    "periodogram": lambda x: sg.periodogram(x)[1],
    "welch": lambda x: sg.welch(x, nperseg=8)[1],
    "csd": lambda x: sg.csd(x, x[::-1] ** 2, nperseg=8)[1],
    "envelope by hilbert": lambda x: np.abs(sg.hilbert(x)),
    "freqz": lambda x: sg.freqz(x[:4], x[4:7] + 3, 8)[1],
}


@pytest.mark.parametrize("name", SPECTRA)
def test_spectra(name):
    check_adjoint(SPECTRA[name], rng.standard_normal(16), **ONE_PASS)
