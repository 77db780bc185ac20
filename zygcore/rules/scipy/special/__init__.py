"""Rules for `scipy.special`, one module per chapter.

Formulas without a source are those of the NIST Digital Library of Mathematical Functions (DLMF).
Where the textbook form of a derivative loses digits or is 0/0 at a point where the function is
smooth, another form is used: second derivatives are derived from these formulas, too.

Orders and parameters whose derivative is not known raise an `AdjointError` when a gradient needs
them; arguments that have to be whole numbers carry none.
"""

from . import _bessel, _elementary, _elliptic, _errors, _gamma, _hypergeometric  # noqa: F401

# isort: split
from . import (  # noqa: F401
    _distributions,
    _nodes,
    _noncentral,
    _polynomials,
    _python,
    _sequences,
    _several,
    _sums,
)
