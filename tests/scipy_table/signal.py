"""Programs for the functions of `scipy.signal`; see `solvers` about the form."""

import numpy as np
import scipy.signal as sg

__all__ = ["PROGRAMS", "WITHOUT"]

A = np.array
SG_V = A([0.3, 1.2, -0.5, 2.1, 0.8, -1.7, 1.1, 0.4, -0.9, 0.2, 1.3, -0.4] * 3)
SG_W = A([1.2, 0.3, 0.7])
M2 = np.arange(20.0).reshape(4, 5) ** 1.3
IMAGE = np.cos(np.arange(900.0)).reshape(30, 30)
K = A([[0.2, 0.5], [1.0, -0.3]])
b, a = sg.butter(3, 0.3)
sos = sg.butter(4, 0.3, output="sos")
x0 = np.linspace(0, 4, 9)


def s(y):
    """A weighted sum of all elements."""
    y = np.real(y)
    return np.sum(y * np.linspace(1, 2, np.size(y)).reshape(np.shape(y)))


def space(x):
    """A system by the matrices of its states."""
    return A([[-x, 1.0], [0.3, -2.0]]), A([[1.0], [x]]), A([[1.0, 0.5]]), A([[0.0]])


PROGRAMS = {
    "convolve": lambda x: s(sg.convolve(SG_V * x, SG_W * x)),
    "convolve same": lambda x: s(sg.convolve(SG_V * x, SG_W, "same")),
    "convolve direct": lambda x: s(sg.convolve(SG_V * x, SG_W, method="direct")),
    "convolve again": lambda x: s(sg.convolve(M2 * x, K)),
    "fftconvolve": lambda x: s(sg.fftconvolve(SG_V * x, SG_W * x)),
    "oaconvolve": lambda x: s(sg.oaconvolve(SG_V * x, SG_W * x)),
    "correlate": lambda x: s(sg.correlate(SG_V * x, SG_W * x)),
    "correlate fft": lambda x: s(sg.correlate(SG_V * x, SG_W * x, method="fft")),
    "convolve2d": lambda x: s(sg.convolve2d(M2 * x, K * x)),
    "convolve2d same symm": lambda x: s(sg.convolve2d(M2 * x, K, "same", "symm")),
    "correlate2d": lambda x: s(sg.correlate2d(M2 * x, K * x, "valid")),
    "lfilter": lambda x: s(sg.lfilter(b * x, a, SG_V * x)),
    "lfilter a": lambda x: s(sg.lfilter(b, a * A([1, x, x, x]), SG_V)),
    "lfilter fir": lambda x: s(sg.lfilter(SG_W * x, [1.0], SG_V * x)),
    "lfilter zi": lambda x: s(sg.lfilter(b, a, SG_V, zi=sg.lfilter_zi(b, a) * x)[0]),
    "sosfilt": lambda x: s(sg.sosfilt(sos, SG_V * x)),
    "sosfilt sos": lambda x: s(sg.sosfilt(sos * A([x, x, x, 1, 1, 1]), SG_V)),
    "filtfilt": lambda x: s(sg.filtfilt(b, a, SG_V * x)),
    "sosfiltfilt": lambda x: s(sg.sosfiltfilt(sos, SG_V * x)),
    "detrend": lambda x: s(sg.detrend(SG_V * x)),
    "detrend const": lambda x: s(sg.detrend(SG_V * x, type="constant")),
    "hilbert": lambda x: s(np.abs(sg.hilbert(SG_V * x))),
    "resample": lambda x: s(sg.resample(SG_V * x, 20)),
    "resample_poly": lambda x: s(sg.resample_poly(SG_V * x, 2, 3)),
    "savgol_filter": lambda x: s(sg.savgol_filter(SG_V * x, 5, 2)),
    "savgol_filter m": lambda x: s(sg.savgol_filter(SG_V * x, 5, 2, mode="mirror")),
    "medfilt": lambda x: s(sg.medfilt(SG_V * x, 3)),
    "medfilt2d": lambda x: s(sg.medfilt2d(M2 * x, 3)),
    "order_filter": lambda x: s(sg.order_filter(M2 * x, np.ones((3, 3)), 2)),
    "wiener": lambda x: s(sg.wiener(SG_V * x, 3)),
    "upfirdn": lambda x: s(sg.upfirdn(SG_W * x, SG_V * x, 2, 3)),
    "decimate": lambda x: s(sg.decimate(SG_V * x, 2)),
    "periodogram": lambda x: s(sg.periodogram(SG_V * x)[1]),
    "welch": lambda x: s(sg.welch(SG_V * x, nperseg=8)[1]),
    "csd": lambda x: s(sg.csd(SG_V * x, SG_V[::-1], nperseg=8)[1]),
    "coherence": lambda x: s(sg.coherence(SG_V + x * SG_V[::-1] ** 2, SG_V[::-1], nperseg=8)[1]),
    "istft": lambda x: s(sg.istft(np.ones((5, 4)) * x, nperseg=8)[1]),
    "lombscargle": lambda x: s(sg.lombscargle(np.arange(36.0), SG_V * x, A([0.5, 1.0]))),
    "butter": lambda x: s(sg.butter(2, 0.2 * x)[0]),
    "bilinear": lambda x: s(sg.bilinear([1.0, x], [1.0, 2.0, x])[0]),
    "freqz": lambda x: s(np.abs(sg.freqz(SG_W * x, [1.0, 0.2 * x], 8)[1])),
    "firwin": lambda x: s(sg.firwin(7, 0.3 * x)),
    "get_window gaussian": lambda x: s(sg.windows.gaussian(7, x)),
    "get_window kaiser": lambda x: s(sg.windows.kaiser(7, x)),
    "get_window": lambda x: s(sg.get_window(("gaussian", x), 7)),
    "chirp": lambda x: s(sg.chirp(np.arange(5.0), x, 4.0, 2.0)),
    "gausspulse": lambda x: s(sg.gausspulse(x0 / 5, fc=x)),
    "sawtooth": lambda x: s(sg.sawtooth(x0 * x)),
    "deconvolve": lambda x: s(sg.deconvolve(SG_V * x, SG_W)[0]),
    "czt": lambda x: s(np.abs(sg.czt(SG_V * x, 5))),
    "zoom_fft": lambda x: s(np.abs(sg.zoom_fft(SG_V * x, 0.5))),
    "envelope": lambda x: s(sg.envelope(SG_V * x)),
    "cspline1d": lambda x: s(sg.cspline1d(SG_V * x)),
    "qspline1d": lambda x: s(sg.qspline1d(SG_V * x)),
    "gauss_spline": lambda x: s(sg.gauss_spline(x0 * x, 3)),
    "residue": lambda x: s(sg.residue([1.0, x], [1.0, 3.0, 2.0])[0]),
    "vectorstrength": lambda x: sg.vectorstrength(SG_V * x, 1.3)[0],
    "minimum_phase": lambda x: s(sg.minimum_phase(sg.firwin(9, 0.3) * x)),
    "hilbert2": lambda x: s(np.abs(sg.hilbert2(M2 * x))),
    "lfiltic": lambda x: s(sg.lfiltic(b, a, [x, 1.0, 2.0])),
    "freqs": lambda x: s(np.abs(sg.freqs([1.0], [1.0, x], x0)[1])),
    "group_delay": lambda x: s(sg.group_delay((SG_W * x, [1.0, 0.3 * x]), x0[1:5] / 2)[1]),
    "ShortTimeFFT": lambda x: s(np.abs(sg.ShortTimeFFT(np.hanning(8), 4, 1.0).stft(SG_V * x))),
    "CZT": lambda x: s(np.abs(sg.CZT(36, 5)(SG_V * x + x * x))),
    "ZoomFFT": lambda x: s(np.abs(sg.ZoomFFT(36, 0.5)(SG_V * x))),
    "bessel": lambda x: s(sg.bessel(2, 0.2 * x)[0]),
    "cheby1": lambda x: s(sg.cheby1(2, 1.0, 0.2 * x)[0]),
    "cheby2": lambda x: s(sg.cheby2(2, 20.0, 0.2 * x)[0]),
    "ellip": lambda x: s(sg.ellip(2, 1.0, 20.0, 0.2 * x)[0]),
    "iirfilter": lambda x: s(sg.iirfilter(2, 0.2 * x, btype="low")[0]),
    "iirdesign": lambda x: s(sg.iirdesign(0.2 * x, 0.5, 1.0, 20.0)[0]),
    "bilinear_zpk": lambda x: s(sg.bilinear_zpk(A([x]), A([0.5, 0.2]), 1.0, 2.0)[0]),
    "cspline1d_eval": lambda x: s(sg.cspline1d_eval(SG_V, A([1.3, x, 4.2]))),
    "qspline1d_eval": lambda x: s(sg.qspline1d_eval(SG_V, A([1.3, x, 4.2]))),
    "czt_points": lambda x: s(sg.czt_points(4, w=np.exp(-0.3j * x))),
    "freqs_zpk": lambda x: s(np.abs(sg.freqs_zpk([x], [-1.0], 2.0, x0)[1])),
    "freqz_zpk": lambda x: s(np.abs(sg.freqz_zpk([x], [0.5], 2.0, 8)[1])),
    "freqz_sos": lambda x: s(np.abs(sg.freqz_sos(sos * A([x, x, x, 1, 1, 1]), 8)[1])),
    "sosfreqz": lambda x: s(np.abs(sg.sosfreqz(sos * A([x, x, x, 1, 1, 1]), 8)[1])),
    "gammatone": lambda x: s(sg.gammatone(440.0 * x, "iir", fs=16000)[0]),
    "kaiser_beta": lambda x: sg.kaiser_beta(30.0 * x),
    "lp2bp": lambda x: s(sg.lp2bp([1.0], [1.0, x], 1.5, 0.5)[1]),
    "lp2bs": lambda x: s(sg.lp2bs([1.0], [1.0, x], 1.5, 0.5)[1]),
    "lp2hp": lambda x: s(sg.lp2hp([1.0], [1.0, x], 1.5)[1]),
    "lp2lp": lambda x: s(sg.lp2lp([1.0], [1.0, x], 1.5)[1]),
    "lp2bp_zpk": lambda x: s(sg.lp2bp_zpk(A([x]), A([-1.0]), 2.0, 1.5, 0.5)[0]),
    "lp2bs_zpk": lambda x: s(sg.lp2bs_zpk(A([x]), A([-1.0]), 2.0, 1.5, 0.5)[0]),
    "lp2hp_zpk": lambda x: s(sg.lp2hp_zpk(A([x]), A([-1.0]), 2.0, 1.5)[0]),
    "lp2lp_zpk": lambda x: s(sg.lp2lp_zpk(A([x]), A([-1.0]), 2.0, 1.5)[0]),
    "sos2tf": lambda x: s(sg.sos2tf(sos * A([x, x, x, 1, 1, 1]))[0]),
    "zpk2sos": lambda x: s(sg.zpk2sos(A([0.3 * x]), A([0.5]), 2.0)),
    "zpk2tf": lambda x: s(sg.zpk2tf([x], [0.5], 2.0 * x)[0]),
    "sepfir2d": lambda x: s(sg.sepfir2d(M2 * x, SG_W, SG_W)),
    "stft": lambda x: s(np.abs(sg.stft(SG_V * x, nperseg=8)[2])),
    "spectrogram": lambda x: s(sg.spectrogram(SG_V * x, nperseg=8)[2]),
    "lsim": lambda x: s(sg.lsim(([1.0], [1.0, x]), SG_V[:9], x0)[1]),
    "step": lambda x: s(sg.step(([1.0], [1.0, x]))[1]),
    "tf2zpk": lambda x: s(sg.tf2zpk([1.0, x], [1.0, 3.0, 2.0])[0]),
    "ss2tf": lambda x: s(
        sg.ss2tf(A([[x, 1.0], [0, 2.0]]), A([[1.0], [1]]), A([[1.0, 0]]), A([[0.0]]))[1]
    ),
    "savgol_coeffs": lambda x: s(sg.savgol_coeffs(5, 2, pos=x)),
    "symiirorder1": lambda x: s(sg.symiirorder1(SG_V * x, 0.5, 0.3)),
    "lfilter_zi": lambda x: s(sg.lfilter_zi(b * x, a)),
    "firwin2": lambda x: s(sg.firwin2(9, [0, 0.5, 1.0], [1.0, x, 0.0])),
    "StateSpace": lambda x: sg.StateSpace(*space(x)).to_tf().den,
    "TransferFunction": lambda x: sg.TransferFunction([1.0], [1.0, x]).to_zpk().poles,
    "ZerosPolesGain": lambda x: sg.ZerosPolesGain([], [-x], 2.0).to_tf().den,
    "lti": lambda x: sg.lti([1.0], [1.0, x]).freqresp([0.5, 1.0])[1],
    "dlti": lambda x: sg.dlti([1.0], [1.0, 0.3 * x]).freqresp([0.5, 1.0])[1],
    "abcd_normalize": lambda x: sg.abcd_normalize(*space(x))[0],
    **{
        name: lambda x, f=getattr(sg, name): f(SG_V * x)
        for name in "argrelmax argrelmin find_peaks".split()
    },
    "argrelextrema": lambda x: sg.argrelextrema(SG_V * x, np.greater),
    "find_peaks properties": lambda x: sg.find_peaks(SG_V * x, height=0.1)[1]["peak_heights"],
    "find_peaks_cwt": lambda x: sg.find_peaks_cwt(SG_V * x, [1, 2]),
    "peak_prominences": lambda x: sg.peak_prominences(SG_V * x, [1, 3])[0],
    "peak_widths": lambda x: sg.peak_widths(SG_V + x * SG_V**2, [1, 3])[0],
    "band_stop_obj": lambda x: sg.band_stop_obj(
        0.11 * x, 0, A([0.1, 0.6]), A([0.2, 0.5]), 1.0, 40.0, "cheby"
    ),
    "bode": lambda x: sg.bode(([1.0], [1.0, x]), [0.5, 1.0]),
    "freqresp": lambda x: sg.freqresp(([1.0], [1.0, x]), [0.5, 1.0]),
    "dbode": lambda x: sg.dbode(([1.0], [1.0, 0.3 * x], 0.1), [0.5, 1.0]),
    "dfreqresp": lambda x: sg.dfreqresp(([1.0], [1.0, 0.3 * x], 0.1), [0.5, 1.0]),
    "dimpulse": lambda x: sg.dimpulse(([1.0], [1.0, 0.3 * x], 0.1), n=5)[1],
    "dstep": lambda x: sg.dstep(([1.0], [1.0, 0.3 * x], 0.1), n=5)[1],
    "dlsim": lambda x: sg.dlsim(([1.0], [1.0, 0.3 * x], 0.1), SG_V[:5] * x)[1],
    **{
        name: lambda x, f=getattr(sg, name): f(0.2 * x, 0.3 * x + 0.1, 3.0, 40.0)[1]
        for name in "buttord cheb1ord cheb2ord ellipord".split()
    },
    "cheb1ap": lambda x: sg.cheb1ap(3, x),
    "cheb2ap": lambda x: sg.cheb2ap(3, 20.0 * x),
    "ellipap": lambda x: sg.ellipap(3, x, 20.0),
    "besselap": lambda x: sg.besselap(3)[1] * x,
    "buttap": lambda x: sg.buttap(3)[1] * x,
    "check_COLA": lambda x: sg.check_COLA(np.ones(4) * x, 4, 2),
    "check_NOLA": lambda x: sg.check_NOLA(np.ones(4) * x, 4, 2),
    "choose_conv_method": lambda x: sg.choose_conv_method(SG_V * x, SG_W) == "fft",
    "closest_STFT_dual_window": lambda x: sg.closest_STFT_dual_window(np.hanning(8) ** x, 3)[0],
    "cont2discrete": lambda x: sg.cont2discrete(space(x), 0.1)[:2],
    "cspline2d": lambda x: sg.cspline2d(IMAGE * x),
    "qspline2d": lambda x: sg.qspline2d(IMAGE * x),
    "findfreqs": lambda x: sg.findfreqs([1.0], [1.0, 8.0 * x], 4),
    "firls": lambda x: sg.firls(5, [0.0, 0.3, 0.5, 1.0], [1.0, x, 0.0, 0.0]),
    "firwin_2d": lambda x: sg.firwin_2d((3, 3), ("hamming", "hamming"), fc=0.4 * x),
    "iircomb": lambda x: sg.iircomb(0.2, 30.0 * x),
    "iirnotch": lambda x: sg.iirnotch(0.2 * x, 30.0 * x),
    "iirpeak": lambda x: sg.iirpeak(0.2 * x, 30.0 * x),
    "impulse": lambda x: sg.impulse(([1.0], [1.0, x]), T=x0)[1],
    "invres": lambda x: sg.invres([x, 2.0], [-1.0, -2.0 * x], []),
    "invresz": lambda x: sg.invresz([x, 2.0], [-0.5, -0.3 * x], []),
    "residuez": lambda x: sg.residuez([1.0, x], [1.0, 3.0 * x, 2.0])[:2],
    "kaiser_atten": lambda x: sg.kaiser_atten(9, 0.2 * x),
    "kaiserord": lambda x: sg.kaiserord(40.0 * x, 0.2)[1],
    "normalize": lambda x: sg.normalize([1.0, x], [x, 2.0]),
    "place_poles": lambda x: sg.place_poles(space(x)[0], space(x)[1], [-1.0 * x, -2.0]).gain_matrix,
    "remez": lambda x: sg.remez(5, [0.0, 0.1, 0.2 * x, 0.5], [1.0, 0.0]),
    "sos2zpk": lambda x: sg.sos2zpk(sos * A([x, 1, 1, 1, 1, 1]))[2],
    "sosfilt_zi": lambda x: sg.sosfilt_zi(sos * A([x, x, x, 1, 1, 1])),
    "spline_filter": lambda x: sg.spline_filter(IMAGE * x),
    "square": lambda x: sg.square(x0 * x),
    "ss2zpk": lambda x: sg.ss2zpk(*space(x))[1],
    "zpk2ss": lambda x: sg.zpk2ss([], [-x, -2.0], 2.0)[0],
    "sweep_poly": lambda x: sg.sweep_poly(x0 / 4, [x, 1.0, 0.3]),
    "sweep_poly object": lambda x: sg.sweep_poly(x0 / 4, np.poly1d([x, 1.0, 0.3])),
    "symiirorder2": lambda x: sg.symiirorder2(SG_V * x, 0.2, 0.3),
    "tf2sos": lambda x: sg.tf2sos([1.0, x, 0.2], [1.0, 0.3, 0.1]),
    "tf2ss": lambda x: sg.tf2ss([1.0, x], [1.0, 3.0, 2.0])[2],
    "unique_roots": lambda x: sg.unique_roots(A([x, 1.0, 2.0 * x])),
}

WITHOUT = set("BadCoefficients correlation_lags max_len_seq unit_impulse".split())
