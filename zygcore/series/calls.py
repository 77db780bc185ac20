"""Calls of rules, with the series of their arguments."""

import numbers

import numpy as np

from ..rules.registry import ELEMENTWISE, RULES, nondifferentiable
from .arithmetic import filled

__all__ = ["Call", "applied", "is_number"]

_NUMBERS = (float, int, complex, np.generic, numbers.Number)
_PLAIN = frozenset([np.ndarray, np.memmap])


class Call:
    """What a node of a level in Taylor mode was made by.

    Attributes
    ----------
    target : callable
    function : callable
        The rule.
    args : tuple
        Positional arguments.
    options : dict
        Keyword arguments.
    series : dict
        Position or keyword -> series of an argument that has one.
    y
        The value.
    d : int
        The order.
    """

    def __init__(self, target, function, given, names, y, operands, found):
        count = len(given) - len(names)
        self.target = target
        self.function = function
        self.args = given[:count]
        self.options = dict(zip(names, given[count:], strict=True))
        self.y = y
        self.d = len(found)
        self.series = {}
        for key, s in places(function, count, names, operands):
            coefficients = [f.get(s) for f in found]
            if any([c is not None for c in coefficients]):
                self.series[key] = [
                    self.args[key] if type(key) is int else self.options[key],
                    *coefficients,
                ]

    def of(self, i):
        """The series of a positional argument, which may be constant; lists become arrays."""
        x = self.args[i]
        s = self.series.get(i)
        if s is None:
            return [np.array(x) if isinstance(x, (list, tuple)) else x, *[None] * self.d]
        if isinstance(x, (list, tuple)):
            return [np.array(x), *[None if c is None else np.array(filled(x, c)) for c in s[1:]]]
        return s

    def is_by_our_rule(self):
        return is_ours(self.target, self.function)

    def of_positions(self):
        """Are all that have series numbers, given by position?"""
        return all([type(key) is int and is_number(self.args[key]) for key in self.series])

    def takes_numbers(self):
        return not self.options and all([is_number(x) for x in self.args])


def places(function, count, names, operands):
    """(position or keyword, node) for the arguments that have nodes."""
    out = [(i, s) for i, s in enumerate(operands[:count]) if s >= 0]
    if names:
        code = getattr(function, "__code__", None)
        parameters = code.co_varnames[: code.co_argcount] if code is not None else ()
        for name in names:
            at = parameters.index(name) if name in parameters else len(operands)
            if at < len(operands) and operands[at] >= 0:
                out.append((name, operands[at]))
    return out


def is_ours(target, function):
    rule = RULES.get(target)
    if rule is not None and rule.users and rule.kind == ELEMENTWISE:
        return False
    return function.__module__.startswith("zygcore.rules.")


def is_number(x):
    """A number, an array of numbers, or a list of such."""
    if isinstance(x, (list, tuple)):
        return all(map(is_number, x))
    return isinstance(x, _NUMBERS) or type(x) in _PLAIN and x.dtype.kind in "fciub"


def applied(call, keys, xs, target=None):
    """The call, or that of another function, with other values in place of some arguments."""
    args, options = list(call.args), dict(call.options)
    for key, x in zip(keys, xs, strict=True):
        if type(key) is int:
            args[key] = x
        else:
            options[key] = x
    if target is not None:
        return target(*args, **options)
    if not callable(call.target):  # an attribute
        return getattr(args[0], call.target.__name__)
    return call.target(*args, **options)


nondifferentiable(places, is_ours, is_number)
