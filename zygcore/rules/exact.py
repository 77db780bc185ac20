"""Arithmetic of number types that are written in Python: Fraction, Decimal ...

Their arithmetic is exact, and so are these gradients.  Nothing is registered until a
number of such a type is an input of a gradient, so that importing zygcore does not import
their modules.
"""

import numbers
import operator
import sys

from .broadcasting import parts
from .operator import ARITHMETIC
from .registry import UNKNOWN, adjoint, nondifferentiable

__all__ = ["EXACT", "cover", "cover_class"]

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


@adjoint(float.as_integer_ratio)
def float_ratio_rule(x):
    n, d = x.as_integer_ratio()
    return (n, d), lambda dy: (None if dy[0] is None else float(dy[0] * d),)


@adjoint(int.as_integer_ratio)
def int_ratio_rule(x):
    return x.as_integer_ratio(), lambda dy: (dy[0],)


def cover_class(kind):
    """Rules for what makes and takes apart `fractions.Fraction`, once a program uses it.

    Returns whether there is anything new.
    """
    if kind.__module__ != "fractions" or kind.__name__ != "Fraction" or "new" in _made:
        return False
    _made.add("new")
    cover(kind)

    @adjoint(kind)
    def fraction_rule(numerator=0, denominator=None, **how):
        y = kind(numerator, denominator, **how)
        if denominator is None:
            return y, lambda dy: (float(dy) if isinstance(numerator, float) else dy,)
        return y, lambda dy: ratio_back(dy, numerator, denominator)

    if hasattr(kind, "_from_coprime_ints"):  # Python 3.12

        @adjoint(kind._from_coprime_ints)
        def coprime_rule(cls, numerator, denominator):
            y = cls._from_coprime_ints(numerator, denominator)
            return y, lambda dy: (None, *ratio_back(dy, numerator, denominator))

    if kind.__format__ is not object.__format__:  # Python 3.12: rounded in whole numbers

        @adjoint(kind.__format__)
        def format_rule(x, spec):
            return x.__format__(spec), UNKNOWN

    @adjoint(kind._numerator)
    def numerator_rule(x):
        return x._numerator, lambda dy: (dy * x._denominator,)

    nondifferentiable(kind._denominator)
    if "statistics" in sys.modules:
        _cover_statistics(sys.modules["statistics"])
    return True


def ratio_back(dy, numerator, denominator):
    return dy / denominator, -dy * numerator / (denominator * denominator)


_made = set()


def _cover_statistics(statistics):
    """Square roots of ratios are found there by integer arithmetic that has no derivative."""
    root = getattr(statistics, "_float_sqrt_of_frac", None)
    if root is None:
        return

    @adjoint(root)
    def root_of_ratio_rule(n, m):
        y = root(n, m)

        def back(dy):
            dn = dy / (2 * y * m)
            return dn, -dn * n / m

        return y, back
