"""Rules for `fractions.Fraction` and `decimal.Decimal`: from and to other numbers, and functions.

The operators are in `exact`.  Cotangents are of the same type as the numbers.  What takes a decimal
apart into digits (`as_tuple` ...) has no rule on purpose.
"""

import decimal
import fractions
import math
import numbers
import operator

from .broadcasting import parts
from .exact import COPIES, EXACT, FLOATS, cover, stored_again
from .registry import UNKNOWN, adjoint, nondifferentiable

__all__ = []

Decimal, Fraction = decimal.Decimal, fractions.Fraction
Number = int | float | Fraction | Decimal

cover(Fraction)
cover(Decimal)
COPIES += [(Fraction, stored_again), (Decimal, lambda x: type(x)(x.as_tuple()))]


def to_kind(d, x):
    """A cotangent as a number of the type of `x`."""
    kind = type(x)
    if isinstance(d, float) and not math.isfinite(d):
        return d
    if kind is Decimal and isinstance(d, Fraction):
        return Decimal(d.numerator) / Decimal(d.denominator)
    if kind is Fraction or kind is Decimal:
        return d if type(d) is kind else kind(d)
    return int(d) if kind is int and d == int(d) else float(d)


@adjoint(Fraction)
def fraction_rule(numerator=0, denominator=None, **how):
    y = Fraction(numerator, denominator, **how)
    if denominator is None:
        return y, lambda dy: (float(dy) if isinstance(numerator, float) else dy,)
    return y, lambda dy: ratio_back(dy, numerator, denominator)


def ratio_back(dy, numerator, denominator):
    return dy / denominator, -dy * numerator / (denominator * denominator)


if hasattr(Fraction, "_from_coprime_ints"):  # Python 3.12

    @adjoint(Fraction._from_coprime_ints)
    def coprime_rule(cls, numerator, denominator):
        y = cls._from_coprime_ints(numerator, denominator)
        return y, lambda dy: (None, *ratio_back(dy, numerator, denominator))


if Fraction.__format__ is not object.__format__:  # Python 3.12: rounded in whole numbers

    @adjoint(Fraction.__format__)
    def format_rule(x, spec):
        return x.__format__(spec), UNKNOWN


# as ratios: the denominator is constant nearby
@adjoint(Fraction._numerator)
def numerator_rule(x):
    return x._numerator, lambda dy: (dy * x._denominator,)


@adjoint(Fraction.limit_denominator)
def limit_rule(x, max_denominator=1000000):
    return x.limit_denominator(max_denominator), UNKNOWN  # nearly x, in very small steps


@adjoint(Decimal)
def decimal_rule(value: Number, context=None):
    return Decimal(value, context), lambda dy: (to_kind(dy, value), None)


@adjoint(numbers.Rational.__float__)
def fraction_to_float_rule(x: Fraction):
    return float(x), lambda dy: (to_kind(dy, x),)


@adjoint(float, Decimal.__float__)
def decimal_to_float_rule(x: Decimal):
    return float(x), lambda dy: (to_kind(dy, x),)


def _register_cast(kind):
    @adjoint(kind)
    def scalar_rule(x: Fraction | Decimal):
        return kind(x), lambda dy: (to_kind(float(dy), x),)


for _kind in FLOATS:
    _register_cast(_kind)


@adjoint(abs, operator.abs, Fraction.__abs__, Decimal.__abs__)
def abs_exact_rule(x: Fraction | Decimal):
    return abs(x), lambda dy: (dy if x > 0 else -dy if x < 0 else 0 * dy,)


def _register_operators():
    """The operators of fractions, called as methods."""
    for op, partials in EXACT.items():
        if len(partials) == 2:
            name = op.__name__.strip("_")
            operator_method(f"__{name}__", partials, False)
            operator_method(f"__r{name}__", partials, True)


def operator_method(name, partials, swapped):
    target = getattr(Fraction, name)

    def method_rule(x: Fraction, y: Fraction | int):
        z = target(x, y)
        pull = parts(partials, (y, x) if swapped else (x, y), z)
        if swapped and z is not NotImplemented:
            back, other = pull.parts
            return z, lambda dy: (other(dy), back(dy))
        return z, pull

    adjoint(target)(method_rule)


_register_operators()


def _register(method, *partials):
    def method_rule(*args):
        y = method(*args)
        return y, parts(partials, args, y)

    adjoint(method)(method_rule)


_register(Decimal.exp, lambda x, y: y)
_register(Decimal.ln, lambda x, y: 1 / x)
_register(Decimal.log10, lambda x, y: 1 / (x * Decimal(10).ln()))
_register(Decimal.sqrt, lambda x, y: 1 / (2 * y))
_register(Decimal.fma, lambda a, b, c, y: b, lambda a, b, c, y: a, lambda a, b, c, y: 1)
_register(Decimal.normalize, lambda x, y: 1)
_register(Decimal.copy_negate, lambda x, y: -1)

nondifferentiable(
    Fraction._denominator,
    Fraction.__floor__, Fraction.__ceil__, Fraction.__trunc__, Fraction.__round__,
    Fraction.__bool__, Fraction.__hash__, Fraction.__eq__,
    Fraction.__lt__, Fraction.__le__, Fraction.__gt__, Fraction.__ge__,
    Decimal.__floor__, Decimal.__ceil__, Decimal.__trunc__, Decimal.__round__, Decimal.__int__,
    Decimal.__bool__, Decimal.__hash__, Decimal.is_finite, Decimal.is_infinite, Decimal.is_nan,
    Decimal.is_signed, Decimal.is_zero, Decimal.compare, Decimal.adjusted,
    Decimal.to_integral_value, Decimal.same_quantum, Decimal.number_class,
)  # fmt: skip
