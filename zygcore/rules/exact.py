"""Arithmetic of number types that are written in Python: Fraction, Decimal ...

Their arithmetic is exact, and so are these gradients.  What else there is about the types of the
standard library is in `fractions`.
"""

import numbers
import operator

import numpy as np

from .broadcasting import parts
from .operator import ARITHMETIC
from .registry import adjoint

__all__ = ["EXACT", "FLOATS", "cover"]

#: NumPy's real floating-point scalars
FLOATS = (np.float16, np.float32, np.float64, np.longdouble)

_covered = set()

# 1 / y would be a float for an int y
_quotient = (lambda x, y, z: (0 * z + 1) / y, lambda x, y, z: -z / y)

#: operator -> partial derivatives, exact for exact numbers
EXACT = {**ARITHMETIC, operator.truediv: _quotient}


def cover(kind):
    """Rules for the operators on numbers of this type, also mixed with ints.

    Only for types of the numeric tower (or `decimal.Decimal`), whose operators are
    known to mean arithmetic.
    """
    if kind in _covered or not issubclass(kind, numbers.Number):
        return
    _covered.add(kind)
    for op, partials in EXACT.items():
        if len(partials) == 1:
            _register(op, partials, (kind,))
        else:
            _register(op, partials, (kind, kind | int))
            _register(op, partials, (int, kind))


def _register(op, partials, kinds):
    if len(kinds) == 1:

        def rule(x):
            y = op(x)
            return y, parts(partials, (x,), y)

    else:

        def rule(x, y):
            z = op(x, y)
            return z, parts(partials, (x, y), z)

    rule.__annotations__ = dict(zip(("x", "y"), kinds, strict=False))
    rule.__name__ = f"exact_{op.__name__}_rule"
    adjoint(op)(rule)


# -- numbers as ratios --------------------------------------------------------------------
#
# x = n / d exactly, and d is constant nearby: dn/dx = d, and nothing comes from d.


@adjoint(float.as_integer_ratio, *(kind.as_integer_ratio for kind in FLOATS))
def float_ratio_rule(x):
    n, d = x.as_integer_ratio()
    return (n, d), lambda dy: (None if dy[0] is None else type(x)(float(dy[0] * d)),)


@adjoint(int.as_integer_ratio)
def int_ratio_rule(x):
    return x.as_integer_ratio(), lambda dy: (dy[0],)
