"""Rules for NumPy, one module per chapter of its reference.

Functions of NumPy that are written in Python (`np.cov`, `np.kron`, `np.split`
...) mostly need no rule: the machine differentiates their code.  `numpy.random`
and `numpy.ma` are imported by few programs; `libraries` registers their rules.
"""

from . import (  # noqa: F401
    _cases,
    _factors,
    _from_python,
    _indexing,
    _iterators,
    _linalg,
    _lookup,
    _making,
    _methods,
    _missing,
    _norms,
    _operators,
    _products,
    _protocols,
    _reductions,
    _shape,
    _spectral,
    _statistics,
    _subclasses,
    _ufunc_methods,
    _ufuncs,
    _windows,
)
