"""Rules for `scipy.stats`, whose distributions and statistics are Python code.

The machine differentiates that code; what it calls in C or finds numerically has rules here.
"""

from . import _densities, _methods, _statistics  # noqa: F401
