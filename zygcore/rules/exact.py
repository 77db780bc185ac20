"""Arithmetic of number types that are not built in: Fraction, Decimal, mpmath's, SymPy's ...

Their operators have rules, so their code is not looked into: gradients are as exact as the numbers
are.  What else there is about the types of a library is in a module of rules for it.
"""

import abc
import numbers
import operator
import typing
from types import FunctionType, MemberDescriptorType

import numpy as np

from . import registry
from .broadcasting import parts
from .operator import ARITHMETIC
from .registry import adjoint, is_complex

__all__ = [
    "COPIES",
    "EXACT",
    "FLOATS",
    "UNITS",
    "Atom",
    "another_atom",
    "cover",
    "declare",
    "is_complex",
    "operators",
    "stored_again",
    "unit_of",
]


class Atom(abc.ABC):  # noqa: B024
    """Numbers, and what else the machine takes as one: expressions.

    A type is registered as with other abstract base classes (`Atom.register`), and its operators
    by `operators`.  What an atom is made of is not looked into.
    """


Atom.register(numbers.Number)

#: (type, function): the cotangent 1 for a value, where ``type(y)(1)`` is not it
UNITS = []

#: (type, function): an equal number that is another object
COPIES = []


#: NumPy's real floating-point scalars
FLOATS = (np.float16, np.float32, np.float64, np.longdouble)

_covered = set()
_declared = []

# 1 / y would be a float for an int y
_quotient = (lambda x, y, z: (0 * z + 1) / y, lambda x, y, z: -z / y)

#: operator -> partial derivatives, exact for exact numbers
EXACT = {**ARITHMETIC, operator.truediv: _quotient}


def cover(kind):
    """Rules for the operators on numbers of this type, also mixed with ints.

    Only for types of the numeric tower (or `decimal.Decimal`), whose operators are
    known to mean arithmetic.
    """
    if (
        kind in _covered
        or not issubclass(kind, numbers.Number)
        or issubclass(kind, tuple(_declared))
    ):
        return
    _covered.add(kind)
    was, registry.loading = registry.loading, True  # these are no rules of a user's
    try:
        operators(kind, int)
    finally:
        registry.loading = was


def operators(kind, others, partials=EXACT):
    """Rules for the operators on a type, or a union of types, also mixed with others."""
    for op, derivatives in partials.items():
        if len(derivatives) == 1:
            _register(op, derivatives, (kind,))
            _register_methods(op, derivatives, kind)
        else:
            _register(op, derivatives, (kind, kind | others))
            _register(op, derivatives, (others, kind))


def _register_methods(op, partials, kind):
    """Builtins call the Python methods of a class, where it has some."""
    for cls in typing.get_args(kind) or (kind,):
        method = vars(cls).get(f"__{op.__name__.strip('_')}__")
        if type(method) is FunctionType:
            _register(method, partials, (kind,))


def declare(*kinds):
    """Say that the operators of types have rules: they and their subclasses are atoms."""
    for kind in kinds:
        Atom.register(kind)
        _declared.append(kind)
        COPIES.append((kind, stored_again))


def another_atom(x):
    """An equal number that is another object: libraries keep some of theirs, and use them again."""
    for kind, copy in COPIES:
        if isinstance(x, kind):
            return copy(x)
    return x


def stored_again(x):
    """A copy of an object by what its slots and its dict store."""
    new = object.__new__(type(x))
    for cls in type(x).__mro__:
        for member in vars(cls).values():
            if type(member) is MemberDescriptorType:
                try:
                    member.__set__(new, member.__get__(x))
                except AttributeError:  # not set
                    pass
    new_dict = getattr(new, "__dict__", None)
    if new_dict is not None:
        new_dict.update(x.__dict__)
    return new


def unit_of(y):
    """The cotangent 1 of a number."""
    for kind, one in UNITS:
        if isinstance(y, kind):
            return one(y)
    return type(y)(1)


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
    rule.__name__ = f"exact_{op.__name__.strip('_')}_rule"
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
