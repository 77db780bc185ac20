"""Filters of spectra: each multiplies the spectrum by one of its own."""

import numpy as np
import scipy.ndimage as nd

from ....errors import UnsupportedError
from ...broadcasting import project
from ...registry import adjoint, each

__all__ = []


def _register(function):
    @adjoint(function)
    def spectrum_rule(input, parameter, n=-1, axis=-1, output=None):
        if output is not None:
            raise UnsupportedError(
                "filters of spectra of scipy.ndimage with an output cannot be differentiated yet"
            )
        shape = np.shape(input)

        def input_back(dy):
            factors = function(np.ones(shape), parameter, n, axis)
            return project(dy * np.conjugate(factors), input)

        def parameter_back(dy):
            raise UnsupportedError(
                f"scipy.ndimage.{function.__name__} cannot be differentiated yet with respect to "
                "its parameter"
            )

        return function(input, parameter, n, axis), each(input_back, parameter_back)


for _f in (nd.fourier_gaussian, nd.fourier_uniform, nd.fourier_ellipsoid, nd.fourier_shift):
    _register(_f)
