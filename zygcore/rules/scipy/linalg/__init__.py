"""Rules for `scipy.linalg`.

Values come from SciPy's own functions; pullbacks use the formulas of the rules for `numpy.linalg`,
which take stacks of matrices.  `overwrite_a` and its like are not passed on: they only allow SciPy
to destroy the array.
"""

from . import (  # noqa: F401
    _bands,
    _factors,
    _functions,
    _orthogonal,
    _refused,
    _riccati,
    _solving,
    _special,
    _spectral,
)
