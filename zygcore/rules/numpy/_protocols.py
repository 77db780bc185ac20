"""Objects that NumPy asks how to treat them, and the methods by which they ask its arrays.

Where ``__array__``, ``__array_function__`` or ``__float__`` is Python code the machine runs it.
What it cannot run is refused: a rule would take the object for the array that is in it.
"""

import operator
import types

import numpy as np

from ...protocols import type_method
from ..registry import (
    ADJOINT,
    FALLBACKS,
    PLAIN,
    RULES,
    lowering,
    nondifferentiable,
    replaces,
)

__all__ = ["in_python", "leaf"]

_arrays = (np.ndarray, np.generic)
PLAIN.update([np.ndarray, np.memmap, np.float64, np.float32, np.complex128, np.int64, np.bool_])


def in_python(x, name):
    """Whether the class of `x` defines a method in Python."""
    return type(type_method(type(x), name)) is types.FunctionType


def leaf(x):
    """An item of a list that an array is made of, as a number or an array."""
    if isinstance(x, (*_arrays, float, int, complex)):
        return x
    if in_python(x, "__array__"):
        return x.__array__()
    return float(x) if in_python(x, "__float__") else x


# -------------------------------------------------------------------- __array_function__


def overriding(function, args, options):
    """The arguments that are asked, subclasses before their bases; or nothing."""
    found = []
    for x in (*args, *options.values()):
        if replaces(x, "__array_function__") and type(x) not in map(type, found):
            before = [i for i, y in enumerate(found) if issubclass(type(x), type(y))]
            found.insert(before[0] if before else len(found), x)
    return found


def overridable(function):
    """What the machine runs where a rule does not take the arguments: see NEP 18."""

    def call_overridden(*args, **options):
        asked = overriding(function, args, options)
        if not asked:
            return function._implementation(*args, **options)
        kinds = tuple(map(type, asked))
        for x in asked:
            result = x.__array_function__(function, kinds, args, options)
            if result is not NotImplemented:
                return result
        raise TypeError(
            f"no implementation found for 'numpy.{function.__name__}' on types that implement "
            f"__array_function__: {list(kinds)}"
        )

    return call_overridden


def make_overridable():
    """The same for all functions that have an adjoint."""
    for target, rule in RULES.items():
        if rule.kind == ADJOINT and hasattr(target, "_implementation"):
            FALLBACKS.setdefault(target, overridable(target))


# ----------------------------------------------------------- methods that are called by name
# Classes around an array (those of array_api_strict, say) call ``array.__add__(other)``.


def _method(name):
    return vars(np.ndarray)[name]


#: types without operators of their own, which would call the method again
_operands = frozenset([float, int, complex, bool, np.ndarray, np.float64, np.float32, np.int64])


def _unary(name, function):
    method = _method(name)

    @lowering(method)
    def unary_method(x, /):
        return function(x) if type(x) is np.ndarray else method(x)


def _binary(name, function):
    method = _method(name)

    @lowering(method)
    def binary_method(x, y, /, *modulus):
        if type(x) is np.ndarray and x.dtype.kind in "fc" and type(y) in _operands and not modulus:
            return function(x, y)
        return method(x, y, *modulus)  # NotImplemented, or what a class makes of it


def _reflected(function):
    return lambda x, y: function(y, x)


for _name, _function in (
    ("__float__", float),
    ("__int__", int),
    ("__complex__", complex),
    ("__neg__", operator.neg),
    ("__pos__", operator.pos),
    ("__abs__", operator.abs),
):
    _unary(_name, _function)

for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    _function = getattr(operator, _name)
    _binary(f"__{_name}__", _function)
    _binary(f"__r{_name}__", _reflected(_function))


@lowering(_method("__getitem__"))
def getitem_method(x, key, /):
    return x[key] if type(x) is np.ndarray else np.ndarray.__getitem__(x, key)


nondifferentiable(
    in_python, overriding, *[_method(f"__{name}__") for name in "bool lt le gt ge eq ne".split()]
)
