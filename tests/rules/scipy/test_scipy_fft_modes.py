"""Gradients through `scipy.fft`."""

import numpy as np
import pytest
import scipy.fft as fft

from zygcore.testing import check_adjoint

rng = np.random.default_rng(0)
REAL = rng.standard_normal((3, 6))
COMPLEX = REAL + 1j * rng.standard_normal((3, 6))
NORMS = ["backward", "ortho", "forward"]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(
    "name",
    ["fft", "ifft", "fft2", "ifft2", "fftn", "rfft", "rfft2", "irfft", "irfft2", "hfft", "ihfft"],
)
def test_transforms(name, norm):
    f = getattr(fft, name)
    x = REAL if name in ("rfft", "rfft2", "ihfft") else COMPLEX
    check_adjoint(lambda x: f(x, norm=norm), x)
    if name[-1] == "t":
        for n in (4, 5, 9):
            check_adjoint(lambda x, n=n: f(x, n, axis=0, norm=norm), x)
    if name in ("fft", "fftn"):
        check_adjoint(lambda x: f(x, norm=norm), REAL)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["dct", "dst", "idct", "idst", "dctn"])
def test_cosine_and_sine_transforms(name, kind, norm):
    f = getattr(fft, name)
    for flag in (None, True, False):
        check_adjoint(lambda x, o=flag: f(x, kind, norm=norm, orthogonalize=o), REAL)
