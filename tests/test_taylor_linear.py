"""Taylor mode: functions that are linear, or linear in each argument: exact coefficients."""

import numpy as np
import pytest
import scipy.fft
import scipy.linalg
import scipy.ndimage
import scipy.signal
from taylor_references import A0, V0, along, close

import zygcore as zg

X, V = np.array([0.7, 1.3, 0.45, 2.1]), np.array([0.5, -0.3, 0.8, 0.2])

LINEAR = {
    "fft": np.fft.fft,
    "fft of a part": lambda a: np.fft.fft(a, 3),
    "fft of more": lambda a: np.fft.fft(a, 6, norm="ortho"),
    "fft of complex numbers": lambda a: np.fft.fft(a * 1j),
    "ifft": np.fft.ifft,
    "rfft": np.fft.rfft,
    "irfft": np.fft.irfft,
    "hfft": np.fft.hfft,
    "ihfft": np.fft.ihfft,
    "fft2": lambda a: np.fft.fft2(np.reshape(a, (2, 2))),
    "rfftn": lambda a: np.fft.rfftn(np.reshape(a, (2, 2))),
    "fftshift": np.fft.fftshift,
    "scipy fft": scipy.fft.fft,
    "dct": scipy.fft.dct,
    "dst": lambda a: scipy.fft.dst(a, 3),
    "roll": lambda a: np.roll(a, 1),
    "pad": lambda a: np.pad(a, 2),
    "pad reflected": lambda a: np.pad(a, 2, "reflect"),
    "pad with means": lambda a: np.pad(a, 2, "mean"),
    "convolve": lambda a: np.convolve(a, [1.0, 2.0, 3.0]),
    "correlate": lambda a: np.correlate([1.0, 2.0, 0.5], a, "same"),
    "cumsum": np.cumsum,
    "diff": lambda a: np.diff(a, 2),
    "gradient": np.gradient,
    "trapezoid": np.trapezoid,
    "interp": lambda a: np.interp([0.2, 1.7], np.arange(4.0), a),
    "einsum": lambda a: np.einsum("i,jk->ijk", a, np.ones((2, 3))),
    "kron": lambda a: np.kron(a, [1.0, 2.0]),
    "outer": lambda a: np.outer([1.0, 2.0], a),
    "rot90": lambda a: np.rot90(np.reshape(a, (2, 2))),
    "insert": lambda a: np.insert(a, 1, a[0]),
    "toeplitz": scipy.linalg.toeplitz,
    "filter": lambda a: scipy.signal.lfilter([1.0, 0.5], [1.0, 0.3], a),
    "hilbert": scipy.signal.hilbert,
    "gaussian": lambda a: scipy.ndimage.gaussian_filter1d(a, 1.0),
    "open mesh": lambda a: np.ix_(a, a)[1],
}


def assert_exact(found, expected):
    for c, e in zip(found, expected, strict=True):
        assert np.shape(c) == np.shape(e)
        np.testing.assert_allclose(c, e, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("f", LINEAR.values(), ids=LINEAR)
def test_linear_functions(f):
    squares = [X * X, 2 * X * V, V * V, 0 * X]
    for _ in range(3):  # what is computed again has its memory where something was before
        assert_exact(zg.taylor(lambda a: f(a * a), X, 3, V), [f(c) for c in squares])


BILINEAR = {
    "convolve": np.convolve,
    "correlate": lambda a, b: np.correlate(a, b, "full"),
    "einsum": lambda a, b: np.einsum("i,j->ij", a, b),
    "kron": np.kron,
    "outer": np.outer,
    "dot": np.dot,
    "matmul": lambda a, b: np.reshape(a, (2, 2)) @ b[:2],
    "cross": lambda a, b: np.cross(a[:3], b[:3]),
    "fftconvolve": scipy.signal.fftconvolve,
    "product of spectra": lambda a, b: np.fft.irfft(np.fft.rfft(a, 8) * np.fft.rfft(b, 8), 8),
    "multiply.outer": np.multiply.outer,
}


@pytest.mark.parametrize("f", BILINEAR.values(), ids=BILINEAR)
def test_bilinear_functions(f):
    a, b = [X * X, 2 * X * V, V * V], [X, V]
    expected = [sum(f(a[j], b[k - j]) for j in range(3) if 0 <= k - j < 2) for k in range(4)]
    assert_exact(zg.taylor(lambda x: f(x * x, x), X, 3, V), expected)


def test_named_tuples():
    d, w = np.array([3.0, 2.0, 0.5]), np.array([0.5, -1.0, 0.25])
    found = zg.taylor(np.linalg.svd, np.diag(d), 3, np.diag(w))
    assert_exact([found[0].S, *[c.S for c in found[1:]]], [d, w, 0 * d, 0 * d])
    found = zg.taylor(lambda a: np.linalg.slogdet(a @ a), A0, 4, V0)
    assert all(c.sign is None for c in found[1:]) or all(c.sign == 0 for c in found[1:])
    close([c.logabsdet for c in found], along(lambda a: 2 * np.log(np.linalg.det(a)), A0, V0, 4))
    q, r = zip(*[(c.Q, c.R) for c in zg.taylor(np.linalg.qr, A0, 3, V0)], strict=True)
    products = [sum(q[j] @ r[k - j] for j in range(k + 1)) for k in range(4)]
    assert_exact(products, [A0, V0, 0 * A0, 0 * A0])


def test_arguments_of_which_a_part_is_constant():
    def f(a):
        return scipy.linalg.lu_solve(scipy.linalg.lu_factor(a), a[0] ** 2)

    close(zg.taylor(f, A0, 3, V0), along(lambda a: np.linalg.solve(a, a[0] ** 2), A0, V0, 3), 1e-10)
