"""Helpers that anybody could have written with an adjoint: hooks, reflection, dropped gradients.

They behave as ordinary functions where nothing is differentiated.
"""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from . import _copies
from ._site import call_site, nesting
from .rules.registry import adjoint, always, nondifferentiable

__all__ = ["dropgrad", "hook", "isderiving", "nestlevel", "showgrad"]

T = TypeVar("T")


def showgrad(x: T) -> T:
    """`x`; the backward pass prints the cotangent that arrives for it.

    The line shows the argument as it is written: ``∂(a) = 3``.  Where Python knows no source text
    (at the prompt, in ``exec``) it is read back from the bytecode; ``?`` is for what cannot be.

    What is shown is the cotangent of this *use* of the variable, not the whole gradient; ``None``
    if the value is not used.  A call prints one line each time that the sweep of the level that
    differentiates it passes, so what was computed last is shown first.  Nothing is printed outside
    of differentiated code.

    Examples
    --------
    >>> import zygcore as zg
    >>> zg.gradient(lambda a, b: zg.showgrad(a) * b, 2, 3)
    ∂(a) = 3
    (3, 2)
    """
    return x


@adjoint(showgrad)
def showgrad_rule(x):
    site = _site_of_call()

    def showgrad_back(dx):
        _show(site, dx)
        return (dx,)

    return x, always(showgrad_back)


def _site_of_call():
    """(code, offset, global namespace) of the call of a function of this module, or None."""
    site = call_site(globals())
    ours = site is not None and site[2].get("__name__", "").startswith("zygcore.rules.")
    return None if ours else site  # what stands for C code, like that of `map`


def _show(site, dx):
    from ._expressions import UNKNOWN, argument_text  # at first use only

    text = UNKNOWN if site is None else argument_text(*site[:2], "x", site[2])
    line = f"∂({text}) = {dx!r}"
    try:
        print(line)
    except UnicodeEncodeError:
        encoding = getattr(sys.stdout, "encoding", None) or "ascii"
        plain = line.replace("∂", "d", 1).encode(encoding, "backslashreplace")
        print(plain.decode(encoding))


def hook(f: Callable[[Any], Any], x: T) -> T:
    """`x`; its cotangent is ``f`` of the one that arrives.

    Parameters
    ----------
    f : callable
        Takes a cotangent and returns what goes on: another one of the same form, or None for no
        gradient.  It is called if the result depends on the value, also with a cotangent that is
        zero.
    x : number, array, list, tuple, dict, object, function
        The cotangent of a structure is one in the same shape, with a `Grad` for an object.

    Notes
    -----
    Forward mode has no cotangents; there a hook does nothing.

    Examples
    --------
    >>> import operator, zygcore as zg
    >>> zg.gradient(lambda a, b: zg.hook(operator.neg, a) * b, 2, 3)
    (-3, 2)
    >>> clip = lambda dx: min(max(dx, -1.0), 1.0)
    >>> zg.gradient(lambda x: zg.hook(clip, x) ** 2, 5.0)
    (1.0,)
    """
    return x


@adjoint(hook)
def hook_rule(f, x):
    def hook_back(dx):
        return None if dx is None else (None, f(dx))

    return x, always(hook_back)


def dropgrad(x: T) -> T:
    """A copy of `x` without gradient: a constant for all levels of differentiation.

    Numbers are themselves.  Arrays and containers (lists, tuples, dicts, sets, objects, functions
    with what they captured, nested in any way) are copied, whether anything is differentiated or
    not: what is written into `x` later does not show in the copy, nor the other way round.

    Raises
    ------
    CotangentError
        If something in the structure cannot be made anew.

    Examples
    --------
    >>> import zygcore as zg
    >>> zg.gradient(lambda a, b: zg.dropgrad(a) * b, 2, 3)
    (None, 2)
    """
    return _copies.copied(x)


@adjoint(dropgrad)
def dropgrad_rule(x):
    return dropgrad(x), None


def isderiving() -> bool:
    """Whether the code that calls this is being differentiated.

    Also where nothing in it is: in a function that gets constants only, called by one that is
    differentiated.  Not in rules, in pullbacks, and in what was declared non-differentiable.

    Examples
    --------
    >>> import zygcore as zg
    >>> isderiving()
    False
    >>> zg.gradient(lambda x: x if isderiving() else 2 * x, 1.0)
    (1.0,)
    """
    return nesting() > 0


def nestlevel() -> int:
    """How many levels of differentiation are going on around the code that calls this.

    Examples
    --------
    >>> import zygcore as zg
    >>> def f(x):
    ...     print(nestlevel(), "levels of nesting")
    ...     return x
    >>> grad = lambda f, x: zg.gradient(f, x)[0]
    >>> f(1), grad(f, 1), grad(lambda x: x * grad(f, x), 1)
    0 levels of nesting
    1 levels of nesting
    2 levels of nesting
    (1, 1, 1)
    """
    return nesting()


nondifferentiable(_show, _site_of_call, _copies.copied)
