"""One small program for each function of `numpy.linalg` and `numpy.fft`."""

import numpy as np

from .functions import A, W, complex_, cube, square

__all__ = ["FFT", "FFT_WITHOUT", "LINALG", "LINALG_WITHOUT"]

linalg, fft = np.linalg, np.fft


def symmetric(v):
    return square(v) + square(v).T


def positive(v):
    return square(v) @ square(v).T + np.eye(2)


LINALG = {
    "cholesky": lambda v: linalg.cholesky(positive(v)),
    "cond": lambda v: linalg.cond(square(v)),
    "cross": lambda v: linalg.cross(v[:3], v[1:]),
    "det": lambda v: linalg.det(square(v)),
    "diagonal": lambda v: linalg.diagonal(square(v)),
    "eig": lambda v: linalg.eig(square(v)),
    "eigh": lambda v: [linalg.eigh(symmetric(v))[0], linalg.eigh(symmetric(v))[1] ** 2],
    "eigvals": lambda v: linalg.eigvals(square(v)),
    "eigvalsh": lambda v: linalg.eigvalsh(symmetric(v)),
    "inv": lambda v: linalg.inv(square(v)),
    "lstsq": lambda v: linalg.lstsq(np.vstack([square(v), A]), W * v[0])[:2],
    "matmul": lambda v: linalg.matmul(square(v), A),
    "matrix_norm": lambda v: linalg.matrix_norm(square(v)),
    "matrix_power": lambda v: [linalg.matrix_power(square(v), n) for n in (3, -2)],
    "matrix_rank": lambda v: linalg.matrix_rank(square(v)),
    "matrix_transpose": lambda v: linalg.matrix_transpose(cube(v)),
    "multi_dot": lambda v: linalg.multi_dot([v[:2], square(v), A, v[2:]]),
    "norm": lambda v: [linalg.norm(square(v), kind) for kind in (None, 2, "nuc", 1)],
    "outer": lambda v: linalg.outer(v, W),
    "pinv": lambda v: linalg.pinv(np.vstack([square(v), A])),
    "qr": lambda v: linalg.qr(square(v)),
    "slogdet": lambda v: linalg.slogdet(square(v)),
    "solve": lambda v: linalg.solve(square(v), v[1:3]),
    "svd": lambda v: [x * x for x in linalg.svd(square(v))],
    "svdvals": lambda v: linalg.svdvals(square(v)),
    "tensordot": lambda v: linalg.tensordot(square(v), A, axes=1),
    "tensorinv": lambda v: linalg.tensorinv(np.reshape(square(v), (2, 1, 2)), 1),
    "tensorsolve": lambda v: linalg.tensorsolve(square(v), W[:2]),
    "trace": lambda v: linalg.trace(square(v)),
    "vecdot": lambda v: linalg.vecdot(v, W),
    "vector_norm": lambda v: [linalg.vector_norm(v, ord=k) for k in (2, 1, 3, np.inf)],
}

LINALG_WITHOUT = {"LinAlgError"}

of_two_axes = lambda name: lambda v: getattr(fft, name)(square(v))
FFT = {
    **{name: lambda v, name=name: getattr(fft, name)(v) for name in fft.__all__},
    **{name: of_two_axes(name) for name in fft.__all__ if name[-1] in "2n"},
    "hfft": lambda v: fft.hfft(complex_(v)),
    "irfft": lambda v: fft.irfft(complex_(v)),
    "ifft": lambda v: fft.ifft(complex_(v)),
    "fftfreq": lambda v: fft.fftfreq(5, v[0]),
    "rfftfreq": lambda v: fft.rfftfreq(5, v[0]),
}

FFT_WITHOUT = set()
