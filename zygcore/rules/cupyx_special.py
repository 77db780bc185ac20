"""Rules for `cupyx.scipy.special`: those for `scipy.special`, on the arrays of CuPy."""

import cupy
import cupyx.scipy.special

from ..interop._rules import make_special_rules
from . import cupy as _rules_for_arrays  # noqa: F401

__all__ = []

make_special_rules(cupyx.scipy.special, cupy.ndarray)
