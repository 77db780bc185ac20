"""Rules for `scipy.signal`: convolutions and linear filters, whose transposes are of the same kind.

The rest of it is Python code over these and over `scipy.fft`.
"""

from . import _convolutions, _peaks, _recursions, _splines  # noqa: F401
