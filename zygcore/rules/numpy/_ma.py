"""Rules for `numpy.ma`: registered once a program has imported it.

Masked arrays are Python code over their data and their mask, and are differentiated as such.
"""

import numpy as np

from ..registry import nondifferentiable

__all__ = []

# the mask, and other attributes, of an array that was just made
nondifferentiable(np.ma.MaskedArray.__array_finalize__)
