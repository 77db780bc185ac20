"""Rules for CuPy: those for NumPy, on its arrays."""

import cupy

from ..interop import register

__all__ = []

register(cupy, cupy.ndarray)
