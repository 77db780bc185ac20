"""Arithmetic that users register for cotangents of their own types.

A rule may return an object of the user's as a cotangent.  Where its type has no ``+``, or its
``+`` means something else, `register_cotangent` says how such cotangents add up, scale, and
become a `Grad` or come from one.  `structure` asks here first.

This module must not know what a cotangent looks like: that is for `structure`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from .errors import RuleError

__all__ = ["REGISTERED", "Arithmetic", "arithmetic_of", "register_cotangent"]

C = TypeVar("C", bound=type)

#: type -> Arithmetic
REGISTERED: dict[type, "Arithmetic"] = {}


class Arithmetic:
    """What is registered for one type of cotangents; ``None`` is the default way.

    Attributes
    ----------
    add, scale, to_grad, from_grad : callable or None
        As given to `register_cotangent`.
    """

    __slots__ = ("add", "from_grad", "scale", "to_grad")

    def __init__(self, add=None, scale=None, to_grad=None, from_grad=None):
        self.add = add
        self.scale = scale
        self.to_grad = to_grad
        self.from_grad = from_grad


def register_cotangent(
    cls: C,
    /,
    *,
    add: Callable[[Any, Any], Any] | None = None,
    scale: Callable[[Any, Any], Any] | None = None,
    to_grad: Callable[[Any], Any] | None = None,
    from_grad: Callable[[Any], Any] | None = None,
) -> C:
    """Say how cotangents of type `cls` are calculated with.

    Parameters
    ----------
    cls : type
        A class of yours whose instances rules return as cotangents; its subclasses are included.
    add : callable, optional
        ``add(a, b)``, the sum of two cotangents, a new one.  The default is ``a + b`` if the
        class defines ``+``, and otherwise the sum attribute by attribute.
    scale : callable, optional
        ``scale(a, k)``, a cotangent times a number, a new one.  The default is ``k * a`` if the
        class defines ``*``, and otherwise the product attribute by attribute.
    to_grad : callable, optional
        ``to_grad(a)``, the cotangent as a `Grad`, for sums with cotangents that are one.  The
        default takes the attributes: every number in them is a cotangent.
    from_grad : callable, optional
        ``from_grad(g)``, a cotangent of this type that stands for a `Grad`, whose entries may be
        ``None``.  With it, every cotangent of an object of type `cls` comes out as a `cls`.
        There is no default: without it, a `Grad` and a `cls` add up to a `Grad`.

    Returns
    -------
    type
        `cls`, so that the function can be used as a decorator of the class.

    Raises
    ------
    RuleError
        If `cls` is not a class of a user, or something given cannot be called.

    Notes
    -----
    The functions are ordinary Python, and are differentiated in nested gradients.  They must not
    change their arguments.

    Examples
    --------
    >>> import zygcore as zg
    >>> class Shift:
    ...     def __init__(self, by):
    ...         self.by = by
    >>> def move(s, x):
    ...     return x + s.by
    >>> @zg.adjoint(move)
    ... def move_rule(s, x):
    ...     return move(s, x), lambda dy: (Shift(dy), dy)
    >>> register_cotangent(Shift, add=lambda a, b: Shift(a.by + b.by)) is Shift
    True
    >>> zg.gradient(lambda s: move(s, 1.0) * move(s, 2.0), Shift(3.0))[0].by
    9.0
    """
    if not isinstance(cls, type) or cls.__module__ in ("builtins", "numpy", "zygcore.structure"):
        raise RuleError(
            f"register_cotangent() needs a class of yours; cotangents of {cls!r} are known already"
        )
    given = {"add": add, "scale": scale, "to_grad": to_grad, "from_grad": from_grad}
    for name, function in given.items():
        if function is not None and not callable(function):
            raise RuleError(f"register_cotangent(): {name}={function!r} cannot be called")
    REGISTERED[cls] = Arithmetic(**given)
    return cls


def arithmetic_of(cls: type) -> Arithmetic | None:
    """What is registered for a class or the first of its bases, or ``None``."""
    if not REGISTERED:
        return None
    for base in cls.__mro__:
        found = REGISTERED.get(base)
        if found is not None:
            return found
    return None
