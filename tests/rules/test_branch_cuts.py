"""Derivatives on branch cuts: the side that the sign of a zero says."""

import cmath

import mpmath
import numpy as np
import pytest

import zygcore as zg

#: name in NumPy, in cmath -> what the derivative of `acosh(|x|)` along the cut is multiplied by
FUNCTIONS = {
    ("arcsin", "asin"): lambda y: 1j * np.sign(y.imag),
    ("arccos", "acos"): lambda y: 1j * np.sign(y.imag),
    ("arccosh", "acosh"): lambda y: 1,
    ("arcsinh", "asinh"): lambda y: np.sign(y.real),
}


CASES = [
    (names, x)
    for names in FUNCTIONS
    for x in ((-1.3, -20.0) if names[1] == "acosh" else (1.3, -1.3, 20.0, -20.0))
]


@pytest.mark.parametrize(("names", "x"), CASES)
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_inverse_functions_on_their_cuts(names, x, zero):
    z, direction = (complex(zero, x), 1j) if names[0] == "arcsinh" else (complex(x, zero), 1.0)
    of_array = getattr(np, names[0])
    of_number = getattr(cmath, names[1])
    factor = FUNCTIONS[names](of_number(z))
    steps = mpmath.taylor(lambda t: mpmath.acosh(abs(t)), mpmath.mpf(x), 3)[1:]
    expected = [factor * float(c) for c in steps]
    for f, given, v in (
        (of_number, z, complex(direction)),
        (of_array, np.array([z]), np.array([complex(direction)])),
        (of_array, np.complex128(z), np.complex128(direction)),
    ):
        found = zg.taylor(f, given, 3, v)[1:]
        np.testing.assert_allclose(np.ravel(found), expected, rtol=1e-12, atol=1e-14)
        slope = zg.jvp(f, (given,), (v,))[1]
        np.testing.assert_allclose(np.ravel(slope), expected[:1], rtol=1e-12)
        # the gradient of Re f is the conjugate of f', and that of Im f i times it
        steep = expected[0] / direction
        (real,) = zg.gradient(lambda z, f=f: np.sum(np.real(f(z))), given)
        (imag,) = zg.gradient(lambda z, f=f: np.sum(np.imag(f(z))), given)
        np.testing.assert_allclose(np.ravel(real), [np.conj(steep)], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(np.ravel(imag), [np.conj(steep) * 1j], rtol=1e-12, atol=1e-14)
        again = zg.jvp(lambda z, f=f, v=v: zg.jvp(f, (z,), (v,))[1], (given,), (v,))[1]
        np.testing.assert_allclose(np.ravel(again), [2 * expected[1]], rtol=1e-11)
