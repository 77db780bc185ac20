"""Smoothing splines, peaks, roots, and filters that are designed by solving equations."""

import numpy as np
import pytest
import scipy
import scipy.signal as sg

import zygcore as zg
from zygcore.errors import AdjointError
from zygcore.testing import check_adjoint

rng = np.random.default_rng(0)
LINE, IMAGE = rng.standard_normal(40), rng.standard_normal((6, 7))
ONCE = {"second": False, "single": False}
EXACT = {"layouts": False, "single": False}


def linear(f, x, rtol=1e-12):
    """The pullback is the transpose of the matrix."""
    basis = np.eye(x.size).reshape(x.size, *x.shape)
    matrix = np.stack([np.ravel(f(e)) for e in basis], axis=1)
    y, back = zg.pullback(f, x)
    assert np.array_equal(y, f(x))
    dy = np.random.default_rng(1).standard_normal(np.shape(y))
    np.testing.assert_allclose(
        np.ravel(back(dy)[0]), matrix.T @ np.ravel(dy), rtol=rtol, atol=1e-13
    )


def test_symmetric_recursions():
    linear(lambda x: sg.symiirorder1(x, 0.5, 0.3), LINE)
    linear(lambda x: sg.symiirorder1(np.reshape(x, (2, 20)), 0.5, 0.1), LINE)
    linear(lambda x: sg.symiirorder2(x, 0.2, 0.3), LINE)
    linear(lambda x: sg.symiirorder2(np.reshape(x, (2, 20)), 0.1, 0.3), LINE)
    check_adjoint(lambda x, c, z: sg.symiirorder1(x, c, z), LINE, 0.5, 0.3, **EXACT)
    with pytest.raises(AdjointError, match="omega"):
        zg.gradient(lambda r: np.sum(sg.symiirorder2(LINE, r, 0.3)), 0.2)


def test_separable_filters():
    row, column = np.array([0.2, 0.5, 1.0]), np.array([0.3, -1.0, 0.4, 0.7, 0.1])
    linear(lambda x: sg.sepfir2d(x, row, column), IMAGE, 1e-10)
    check_adjoint(sg.sepfir2d, IMAGE, row, column, **EXACT)
    check_adjoint(lambda x: sg.sepfir2d(x, row, column), IMAGE + 1j * IMAGE[::-1], **EXACT)


def test_splines_of_images():
    image = rng.standard_normal((30, 30))
    for f in (sg.cspline2d, sg.qspline2d, sg.spline_filter):
        dy = rng.standard_normal((30, 30))
        _, back = zg.pullback(f, image)
        e = np.zeros((30, 30))
        e[3, 17] = 1.0
        assert back(dy)[0][3, 17] == pytest.approx(np.sum(dy * f(e)), rel=1e-10)


def test_one_section():
    section = sg.butter(2, 0.3, output="sos")[0]
    check_adjoint(lambda b, x: sg.sosfilt(np.concatenate([b, section[3:]]), x), section[:3], LINE,
                  **EXACT)  # fmt: skip


# ---------------------------------------------------------------------- peaks


def test_prominences_and_widths():
    peaks = sg.find_peaks(LINE)[0]
    check_adjoint(lambda x: sg.peak_prominences(x, peaks)[0], LINE, **ONCE)
    check_adjoint(lambda x: sg.peak_prominences(x, peaks, 7)[0], LINE, **ONCE)
    for height in (0.5, 0.9, 0.1):
        f = lambda x, h=height: tuple(np.array(y) for y in sg.peak_widths(x, peaks, h))
        check_adjoint(f, LINE, step=1e-4, rtol=1e-6, **ONCE)
    check_adjoint(lambda x, h: sg.peak_widths(x, peaks, h)[0], LINE, 0.45, step=1e-4, rtol=1e-6,
                  **ONCE)  # fmt: skip


def test_which_peaks_there_are_is_constant():
    f = lambda x: LINE[sg.find_peaks(x, distance=2)[0]].sum() + 0.0 * x[0]
    assert not np.any(zg.gradient(f, LINE)[0])
    peaks, found = sg.find_peaks(LINE, height=0.2, prominence=0.3, width=0.5, threshold=0.01)
    options = {"height": 0.2, "prominence": 0.3, "width": 0.5, "threshold": 0.01}
    for key in ("peak_heights", "prominences", "widths", "left_thresholds"):
        f = lambda x, key=key: sg.find_peaks(x, **options)[1][key]
        check_adjoint(f, LINE, step=1e-4, rtol=1e-6, **ONCE)
    assert len(peaks) == len(found["widths"]) > 2


# ------------------------------------------------------------------ roots and designs


def test_unique_roots():
    p = np.array([1.0, 2.0, 1.0002, 3.0, 1.9999])
    for kind in ("min", "max", "avg"):
        check_adjoint(lambda p, k=kind: sg.unique_roots(p, rtype=k)[0], p, step=1e-5, **ONCE)
    z = p + 1j * np.array([0.3, 0.2, 0.3, 0.1, 0.2])
    check_adjoint(lambda p: sg.unique_roots(p, rtype="avg")[0], z, step=1e-5, **ONCE)
    assert np.array_equal(zg.pullback(sg.unique_roots, p)[0][1], [2, 2, 1])


SYSTEM = (
    np.array([[-1.1, 1.0], [0.3, -2.0]]), np.array([[1.0], [0.4]]), np.array([[1.0, 0.5]]),
    np.array([[0.2]]),
)  # fmt: skip
B, A = np.array([1.0, 0.4]), np.array([1.0, 3.0, 2.5])
DESIGNS = {
    "lfilter_zi": (sg.lfilter_zi, sg.butter(2, 0.3)),
    "sosfilt_zi": (lambda s: sg.sosfilt_zi(np.concatenate([s[:, :3], [[1.0, -0.5, 0.2]]], 1)),
                   (np.array([[0.3, 0.4, 0.2]]),)),
    "tf2zpk": (sg.tf2zpk, (B, A)),
    "tf2sos": (sg.tf2sos, (B, A)),
    "tf2ss": (sg.tf2ss, (B, A)),
    "ss2tf": (sg.ss2tf, SYSTEM),
    "ss2zpk": (sg.ss2zpk, SYSTEM),
    "residue": (lambda b, a: sg.residue(b, a)[:2], (B, A)),
    "residuez": (lambda b, a: sg.residuez(b, a)[:2], (B, A)),
    "invres": (lambda r, p: sg.invres(r, p, [])[:2], (B, np.array([-1.0, -2.0]))),
    "lsim": (lambda a, b, c, d: sg.lsim((a, b, c, d), LINE[:6], 0.3 * np.arange(6.0))[1], SYSTEM),
    "step": (lambda b, a: sg.step((b, a), T=0.3 * np.arange(6.0))[1], (B, A)),
    "impulse": (lambda b, a: sg.impulse((b, a), T=0.3 * np.arange(6.0))[1], (B, A)),
    "cont2discrete": (lambda a, b, c, d: sg.cont2discrete((a, b, c, d), 0.1)[:2], SYSTEM),
    "bilinear": (sg.bilinear, (B, A)),
    "iirnotch": (lambda w, q: sg.iirnotch(w, q), (0.3, 20.0)),
    "iirpeak": (lambda w, q: sg.iirpeak(w, q), (0.3, 20.0)),
    "iircomb": (lambda q: sg.iircomb(0.25, q), (20.0,)),
    "firls": (lambda d: sg.firls(5, [0.0, 0.3, 0.5, 1.0], d), (np.array([1.0, 0.9, 0.1, 0.2]),)),
    "firwin2": (lambda g: sg.firwin2(9, [0.0, 0.5, 1.0], g), (np.array([1.0, 0.7, 0.0]),)),
    "savgol_coeffs": (lambda pos: sg.savgol_coeffs(5, 2, pos=pos), (1.3,)),
    "sweep_poly": (lambda p: sg.sweep_poly(np.linspace(0, 1, 5), p), (np.array([1.0, 0.3, 2.0]),)),
}  # fmt: skip

if tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 16):
    del DESIGNS["firls"]  # which changes the shape of an array in place


@pytest.mark.parametrize("name", DESIGNS)
def test_designs(name):
    f, args = DESIGNS[name]
    check_adjoint(f, *args, layouts=False, rtol=1e-6, atol=1e-9, **ONCE)


@pytest.mark.parametrize("boundary", ["zeros", "even", None])
def test_spectrograms(boundary):
    f = lambda x: np.abs(sg.stft(x, nperseg=8, boundary=boundary)[2])
    check_adjoint(f, LINE, layouts=False, **ONCE)
    for mode in ("psd", "magnitude"):
        f = lambda x, m=mode: sg.spectrogram(x, nperseg=8, mode=m)[2]
        check_adjoint(f, LINE, layouts=False, **ONCE)
