"""Hypergeometric functions, with respect to the argument: DLMF 15.5.1, 13.3.15, 13.3.22."""

import numpy as np
import scipy.special as sc

from ._common import available, declare

__all__ = []

declare("hyp0f1", "the parameter", lambda v, z, y: sc.hyp0f1(v + 1.0, z) / v)
declare(
    "hyp1f1",
    "a",
    "b",
    lambda a, b, z, y: a / b * sc.hyp1f1(a + 1.0, b + 1.0, z),
)
declare("hyperu", "a", "b", lambda a, b, z, y: -a * sc.hyperu(a + 1.0, b + 1.0, z))
declare(
    "hyp2f1",
    "a",
    "b",
    "c",
    lambda a, b, c, z, y: a * b / c * sc.hyp2f1(a + 1.0, b + 1.0, c + 1.0, z),
)
declare("wright_bessel", "a", "b", lambda a, b, x, y: sc.wright_bessel(a, a + b, x))
declare(
    "log_wright_bessel",
    "a",
    "b",
    lambda a, b, x, y: np.exp(available("log_wright_bessel")(a, a + b, x) - y),
)
