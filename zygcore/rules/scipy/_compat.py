"""Functions of the array API as SciPy brings them along: those of NumPy by another way."""

import numpy as np
from scipy._lib.array_api_compat.numpy import linalg

from ..registry import lowering

__all__ = []


@lowering(linalg.solve)
def solve_lowering(x1, x2, /):
    """Of one right side, or of a stack of matrices of them."""
    x1, x2 = np.asarray(x1), np.asarray(x2)
    return np.linalg.solve(x1, x2[..., None])[..., 0] if x2.ndim == 1 else np.linalg.solve(x1, x2)
