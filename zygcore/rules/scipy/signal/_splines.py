"""Rules for the smoothing splines of `scipy.signal`: recursions that start from mirrored signals.

The starts are linear in the signal, and do not depend on it otherwise: their weights are what they
are of the rows of an identity matrix.
"""

import numpy as np
import scipy.signal as sg
from scipy.signal import _spline

from ...broadcasting import project, refuse
from ...registry import adjoint, each, lowering, nondifferentiable
from .._implicit import held, same_value

__all__ = []


def first_order_start(signal, z1, precision=-1.0):
    """``x[0] + sum z1^(k + 1) x[k]`` for each row."""
    found = held(_spline.symiirorder1_ic, signal, z1, precision)
    k = np.arange(np.shape(signal)[1])
    weights = np.equal(k, 0) + z1 ** (k + 1)
    return same_value(found, np.sum(signal * weights, -1, keepdims=True))


def weights_of(start, n, dtype, options):
    return start(np.eye(n, dtype=np.float64 if dtype == np.float64 else np.float32), *options)


nondifferentiable(weights_of)


def _register(start):
    @adjoint(start)
    def second_order_rule(signal, r, omega, precision=-1.0):
        options, n = (r, omega, precision), np.shape(signal)[1]

        def signal_back(dy):
            weights = weights_of(start, n, np.asarray(signal).dtype, options)
            return project(np.matmul(dy, np.transpose(weights)), signal)

        parameter = refuse(f"scipy.signal's {start.__name__} with respect to r and omega")
        return start(signal, *options), each(signal_back, parameter, parameter, None)


if hasattr(_spline, "symiirorder1_ic"):  # SciPy 1.14
    lowering(_spline.symiirorder1_ic)(first_order_start)
    _register(_spline.symiirorder2_ic_fwd)
    _register(_spline.symiirorder2_ic_bwd)


def responses(n, count):
    """What each weight of a filter along an axis of length n does, as a matrix."""
    one = np.ones(1)
    return np.stack([sg.sepfir2d(np.eye(n), one, weight) for weight in np.eye(count)])


nondifferentiable(responses)


@lowering(sg.sepfir2d)
def sepfir2d_lowering(input, hrow, hcol):
    found = held(sg.sepfir2d, input, hrow, hcol)
    image = np.asarray(input)
    down, across = [
        np.tensordot(np.asarray(h), responses(n, len(h)), 1)
        for h, n in zip((hcol, hrow), image.shape, strict=True)
    ]
    return same_value(found, np.matmul(down, np.matmul(image, np.transpose(across))))
