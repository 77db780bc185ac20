"""Rules for `fractions.Fraction` and `decimal.Decimal`: from and to other numbers, and functions.

The operators are in `exact`.  Cotangents are of the same type as the numbers.  What takes a decimal
apart into digits (`as_tuple` ...) has no rule on purpose.
"""

import decimal
import fractions
import math
import numbers
import operator

from .broadcasting import FORMS, parts
from .exact import COPIES, EXACT, FLOATS, cover, stored_again
from .registry import UNKNOWN, adjoint, each, nondifferentiable

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
    if kind is int:
        return int(d) if math.isfinite(d) and d == int(d) else d
    return float(d)


FORMS[Fraction] = FORMS[Decimal] = to_kind


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
    return x._numerator, lambda dy: (to_kind(dy, x) * x._denominator,)


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


# -- functions of decimals, as methods and as methods of a context ------------------------------


def over(a, b):
    """a / b, infinite where b is zero: the context may raise for that."""
    return a / b if b else Decimal("Infinity").copy_sign(a)


def step(x, y, z):
    """Of a remainder: minus the whole number of times that y was taken away."""
    return -((x - z) / y).to_integral_value()


def larger(sign):
    def of_first(x, y, z):
        return Decimal("0.5") if x == y else 1 if sign * x > sign * y else 0

    def of_second(x, y, z):
        return 1 - of_first(x, y, z)

    return of_first, of_second


def one(*args):
    return 1


FUNCTIONS = {
    "exp": (lambda x, y: y,),
    "ln": (lambda x, y: over(1, x),),
    "log10": (lambda x, y: over(1, x * Decimal(10).ln()),),
    "sqrt": (lambda x, y: over(1, 2 * y),),
    "fma": (lambda a, b, c, y: b, lambda a, b, c, y: a, one),
    "normalize": (one,),
    "copy_negate": (lambda x, y: -1,),
    "copy_abs": (lambda x, y: -1 if x.is_signed() else 1,),
    "copy_sign": (lambda x, s, y: 1 if x.is_signed() == y.is_signed() else -1, None),
    "remainder_near": (one, step),
    "max": larger(1),
    "min": larger(-1),
    "scaleb": (lambda x, n, y: Decimal(10) ** n, None),
    "conjugate": (one,),
    "next_plus": (one,),
    "next_minus": (one,),
    "next_toward": (one, None),
}

#: of a context only
OPERATIONS = {
    "add": EXACT[operator.add],
    "subtract": EXACT[operator.sub],
    "multiply": EXACT[operator.mul],
    "divide": EXACT[operator.truediv],
    "remainder": (one, step),
    "power": EXACT[operator.pow],
    "plus": (one,),
    "minus": (lambda x, y: -1,),
    "abs": (lambda x, y: -1 if x < 0 else 1 if x > 0 else 0,),
    "create_decimal": (one,),
}

#: steps, and questions: their derivative is zero
CONSTANT = (
    "to_integral_value logb compare compare_signal "
    "compare_total compare_total_mag same_quantum number_class is_canonical is_finite is_infinite "
    "is_nan is_normal is_qnan is_signed is_snan is_subnormal is_zero"
).split()

CONSTANT_OF_NUMBERS = (
    "__floor__ __ceil__ __trunc__ __round__ __int__ __bool__ __hash__ adjusted"
).split()


def _register(method, partials, of_context):
    first = int(of_context)

    def method_rule(*args, **options):
        y = method(*args, **options)
        if len(args) - first > len(partials):  # rounding by another context, powers modulo a number
            return y, UNKNOWN
        pull = parts(partials, args[first:], y)
        return y, each(None, *pull.parts) if of_context else pull

    adjoint(method)(method_rule)


for _name, _partials in FUNCTIONS.items():
    if hasattr(Decimal, _name):
        _register(getattr(Decimal, _name), _partials, False)
for _name, _partials in {**FUNCTIONS, **OPERATIONS}.items():
    if hasattr(decimal.Context, _name):
        _register(getattr(decimal.Context, _name), _partials, True)


@adjoint(operator.floordiv)
def floordiv_decimal_rule(x: Decimal, y: Decimal | int):
    return x // y, None


@adjoint(operator.floordiv)
def floordiv_int_decimal_rule(x: int, y: Decimal):
    return x // y, None


@adjoint(Decimal.as_integer_ratio)
def decimal_ratio_rule(x):
    n, d = x.as_integer_ratio()
    return (n, d), lambda dy: (None if dy[0] is None else to_kind(dy[0] * d, x),)


@adjoint(Decimal.real)
def decimal_real_rule(x):
    return x.real, lambda dy: (dy,)


nondifferentiable(
    Fraction._denominator,
    Fraction.__floor__, Fraction.__ceil__, Fraction.__trunc__, Fraction.__round__,
    Fraction.__bool__, Fraction.__hash__, Fraction.__eq__,
    Fraction.__lt__, Fraction.__le__, Fraction.__gt__, Fraction.__ge__,
    Decimal.imag,
    *[getattr(Decimal, name) for name in CONSTANT + CONSTANT_OF_NUMBERS if hasattr(Decimal, name)],
    *[getattr(decimal.Context, name) for name in CONSTANT if hasattr(decimal.Context, name)],
    decimal.Context.divide_int,
)  # fmt: skip
