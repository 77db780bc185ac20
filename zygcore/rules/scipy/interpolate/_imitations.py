"""Rules made from imitations: Python functions that compute what a C function computes.

The value is that of the C function.  Its pullback is that of the imitation, which runs when the
pullback does and is differentiated then, so it should cost what a formula would.
"""

import numpy as np

from ...._pullback import pullback
from ....errors import AdjointError
from ...broadcasting import project
from ...functools import is_active
from ...registry import adjoint, each, lowering

__all__ = ["back_of", "imitates", "lowering_of_active", "parts_of", "unknown"]


def unknown(what):
    """A pullback for what has no derivative that is known."""

    def unknown_back(dy):
        raise AdjointError(
            f"no derivative is known of {what}; use zygcore.dropgrad if it is to be a constant"
        )

    return unknown_back


def back_of(imitation, args, i):
    """The pullback of ``imitation(*args)`` with respect to argument `i`."""

    def imitation_back(dy):
        def of_one(x):
            return imitation(*args[:i], x, *args[i + 1 :])

        return project(pullback(of_one, args[i])[1](dy)[0], args[i])

    return imitation_back


def parts_of(imitation, args, **formulas):
    """The pullback of a call in parts.

    `formulas` are pullbacks of single arguments, under ``x0``, ``x1`` ... by position: those that
    are worth it.  Whole numbers (degrees, orders, flags) are no variables.
    """
    parts = []
    for i, arg in enumerate(args):
        if f"x{i}" in formulas:
            parts.append(formulas[f"x{i}"])
        else:
            parts.append(back_of(imitation, args, i) if _varies(arg) else None)
    return each(*parts)


def _varies(arg):
    if isinstance(arg, (np.ndarray, np.generic)):
        return arg.dtype.kind in "fc"
    return not isinstance(arg, (bool, int, str, type(None)))


def imitates(*targets, rest=None):
    """Register the decorated function as an imitation of each of `targets`.

    With `rest`, the targets return a tuple: the imitation computes its first item, and `rest` says
    what the others are, should a gradient need them.
    """

    def register(imitation):
        for target in targets:
            (_register if rest is None else _register_first)(target, imitation, rest)
        return imitation

    return register


def _register(target, imitation, rest):
    @adjoint(target)
    def imitation_rule(*args):
        return target(*args), parts_of(imitation, args)


def _register_first(target, imitation, rest):
    @adjoint(target)
    def first_rule(*args):
        parts = parts_of(imitation, args).parts

        def first_of(part):
            return None if part is None else lambda dys: _of_first(part, dys, rest)

        return target(*args), each(*[first_of(part) for part in parts])


def _of_first(part, dys, rest):
    if any([dy is not None for dy in dys[1:]]):
        unknown(rest)(dys)
    return None if dys[0] is None else part(dys[0])


def lowering_of_active(*targets):
    """`lowering` for what costs more than its target, so for calls with active arguments only."""

    def register(function):
        for target in targets:
            _register_lowering(target, function)
        return function

    return register


def _register_lowering(target, function):
    @lowering(target)
    def active_lowering(*args, **options):
        if is_active(*args, *options.values()):
            return function(*args, **options)
        return target(*args, **options)
