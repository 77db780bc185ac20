"""Rules for NumPy, one module per chapter of its reference.

Functions of NumPy that are written in Python (`np.cov`, `np.kron`, `np.split`
...) mostly need no rule: the machine differentiates their code.  The draws of
`numpy.random` have none either: without active parameters they are constants
anyway, and with them a gradient that reaches the draw must be an error.
"""

from . import (  # noqa: F401
    _factors,
    _indexing,
    _linalg,
    _norms,
    _products,
    _protocols,
    _reductions,
    _shape,
    _spectral,
    _ufuncs,
)

_protocols.make_overridable()
