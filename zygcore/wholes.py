"""Wholes and parts: the cotangent of a container from those of its parts, and the other way.

An *own* cotangent is an object of the user's that a rule returned for an object as a whole.
Nothing is dropped: an entry for which there is no part is an error.
"""

import types
from typing import Any

import numpy as np

from .arithmetic import REGISTERED, arithmetic_of
from .errors import CotangentError
from .structure import Grad, accumulate, own_from_grad, own_grad

__all__ = ["complete", "entries_for", "is_own", "part", "part_back", "rebuild"]


def is_own(dy: Any) -> bool:
    """Whether a cotangent is none of our structures, and so stays whole."""
    return type(dy) not in (Grad, tuple, list, dict) and not isinstance(dy, np.ndarray)


def rebuild(items: dict[Any, Any], whole: Any, cls: type, keys: list[Any] | None, n: int) -> Any:
    """The cotangent of a value from those of its parts, by key, and one of it as a whole.

    The value was a `cls` with parts of these names (None: `n` positions), whatever it is now.
    """
    found = [items.get(key) for key in (range(n) if keys is None else keys)]
    if issubclass(cls, (dict, set, frozenset)):
        out: Any = dict(zip(keys or (), found, strict=True))
    elif keys is not None:
        out = Grad(**dict(zip(keys, found, strict=True)))
    elif issubclass(cls, tuple):
        fields = getattr(cls, "_fields", None)
        out = tuple(found) if fields is None else Grad(**dict(zip(fields, found, strict=True)))
    else:
        out = found
    return complete(out, whole, cls)


def complete(parts: Any, whole: Any, cls: type) -> Any:
    """The cotangent of a `cls` object from that of its parts and one of it as a whole."""
    total = accumulate(parts, whole)
    if REGISTERED and type(total) is Grad:
        known = arithmetic_of(cls)
        if known is not None and known.from_grad is not None:
            return own_from_grad(cls, total)
    return total


def entries_for(dy: Any, keys: list[Any] | None, n: int, cls: type) -> list[Any]:
    """The cotangents of the parts of a container, for the cotangent of the container.

    Parameters
    ----------
    dy : Grad, tuple, list, dict, array or own cotangent
    keys : list or None
        The names or keys of the parts; None for positions.
    n : int
        How many parts there are.
    cls : type
        Of the container.

    Raises
    ------
    CotangentError
        If `dy` has an entry for which there is no part, or has no entries at all.
    """
    if cls is types.CellType:
        return [dy] * n  # the cotangent of a captured variable is that of its content
    if keys is None and type(dy) is Grad:
        keys = getattr(cls, "_fields", None)  # a named tuple
    if keys is None:
        return _by_position(dy, n, cls)
    if isinstance(dy, dict):
        found = dy
    elif type(dy) is Grad:
        found = dy.__dict__
    elif is_own(dy) and not isinstance(dy, (float, int, complex, np.generic, str)):
        found = own_grad(dy).__dict__
    else:
        raise CotangentError(
            f"{dy!r:.80} ({type(dy).__name__}) is no cotangent of a {cls.__name__}: return a Grad "
            f"or dict with entries for {_listed(keys)}"
        )
    for k, v in found.items():
        if v is not None and k not in keys:
            raise CotangentError(
                f"{dy!r:.80} is no cotangent of a {cls.__name__}, which has only "
                f"{_listed(keys)}, not {k!r}"
            )
    return [found.get(k) for k in keys]


def _listed(keys):
    return ", ".join(map(repr, keys)) or "none at all"


def _by_position(dy, n, cls):
    if isinstance(dy, dict) and all([type(k) is int and 0 <= k < n for k in dy]):
        dy = [dy.get(i) for i in range(n)]
    if isinstance(dy, (tuple, list)) or isinstance(dy, np.ndarray) and dy.ndim:
        if len(dy) == n:
            return [dy[i] for i in range(n)]
    raise CotangentError(
        f"{dy!r:.80} ({type(dy).__name__}) is no cotangent of a {cls.__name__} of length {n}: "
        "there must be one entry per item, None for no gradient"
    )


def part(dy: Any, key: Any) -> Any:
    """One entry of the cotangent of a container, under a key or position."""
    if dy is None:
        return None
    if isinstance(dy, dict):
        return dy.get(key)
    if isinstance(key, int):
        try:
            return dy[key]
        except (IndexError, TypeError):
            raise CotangentError(
                f"{dy!r:.80} ({type(dy).__name__}) is no cotangent of a list or tuple with more "
                f"than {key} items: there must be one entry per item, None for no gradient"
            ) from None
    return (dy if type(dy) is Grad else own_grad(dy)).__dict__.get(key)


def part_back(dy):
    """The pullback of reading a container out of another."""
    return (dy,)
