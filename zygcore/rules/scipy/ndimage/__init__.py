"""Rules for `scipy.ndimage`.

Most filters are Python code over a few loops in C: correlations, uniform, minimum, maximum and
rank filters of one or all axes. Those are lowered to the same filters without an output array,
which have rules here: correlations are linear, so their pullbacks are correlations, too.
"""

from . import _distances, _filters, _fourier, _generic, _interpolation  # noqa: F401
