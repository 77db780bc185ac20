"""One small program for each function of `scipy.fft`; see `solvers` about the form."""

import numpy as np
import scipy.fft as fft

__all__ = ["FFT", "FFT_WITHOUT"]

V = np.array([0.3, 1.2, -0.5, 2.1, 0.8, -1.7])
M = np.array([[2.0, 0.3, 0.1], [0.5, 1.5, 0.2], [-0.7, 0.2, 1.0]])
Z = V + 0.3j * V[::-1]
TURN = np.exp(0.3j)


def named(names, program):
    there = [name for name in names.split() if hasattr(fft, name)]
    return {name: lambda x, f=getattr(fft, name): program(f, x) for name in there}


FFT = {
    **named("fft ifft hfft irfft", lambda f, x: f(Z**x)),
    **named("rfft ihfft dct dst idct idst", lambda f, x: f(V * x)),
    **named("fft2 fftn ifft2 ifftn irfft2 irfftn hfft2 hfftn", lambda f, x: f(M * x * TURN)),
    **named("rfft2 rfftn ihfft2 ihfftn dctn dstn idctn idstn", lambda f, x: f(M * x)),
    **named("fftshift ifftshift", lambda f, x: f(V * x)),
    **named("fftfreq rfftfreq", lambda f, x: f(5, x)),
    **named("fht ifht", lambda f, x: f(V * x, 0.1, 0.5)),
    "fht offset": lambda x: fft.fht(V, 0.1 * x, 0.5 * x, offset=0.1 * x),
    "fhtoffset": lambda x: fft.fhtoffset(0.1 * x, 0.5),
    **named("next_fast_len prev_fast_len", lambda f, x: f(int(10.5 * x))),
}

FFT_WITHOUT = set(
    "get_workers set_workers register_backend set_backend set_global_backend skip_backend".split()
)
