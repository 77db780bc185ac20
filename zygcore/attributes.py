"""The attributes that an object stores, and new objects with others.

No code of the class runs: neither ``__init__`` nor ``__setattr__`` nor properties.

The attributes are what the gradient of the object has entries for: the instance dictionary, then
the slots of the class and its bases, private ones under their mangled names.  Properties store
nothing.
"""

import copy
import types
from typing import Any

from .errors import CotangentError
from .rules.registry import lowering

_HEAP_TYPE = 1 << 9  # the flag of classes that are made by a class statement
_MEMBER = types.MemberDescriptorType

__all__ = ["attributes", "blank", "fill", "replaced", "slot_names"]


def slot_names(cls: type) -> list[str]:
    """The names of the slots that instances of a class have, as the attributes are called.

    What exceptions keep in C counts as such: their arguments, the value of a `StopIteration`.
    """
    found = []
    for base in cls.__mro__:
        if base is BaseException:
            found.append("args")
        elif not base.__flags__ & _HEAP_TYPE and issubclass(base, BaseException):
            found += [k for k, v in base.__dict__.items() if type(v) is _MEMBER and k[0] != "_"]
            continue
        names = base.__dict__.get("__slots__", ())
        owner = base.__name__.lstrip("_")
        for name in (names,) if isinstance(names, str) else names:
            if name in ("__dict__", "__weakref__"):
                continue
            if owner and name.startswith("__") and not name.endswith("__"):
                name = f"_{owner}{name}"
            found.append(name)
    return found


def attributes(x: Any) -> dict[str, Any]:
    """Name -> value of what `x` stores, a new dict; unset slots are left out."""
    try:
        found = dict(stored(x, "__dict__"))
    except AttributeError:
        found = {}
    for name in slot_names(type(x)):
        try:
            found[name] = stored(x, name)
        except AttributeError:
            pass
    return found


def stored(x, name):
    """An attribute past a ``__getattribute__`` of the class."""
    return object.__getattribute__(x, name)


@lowering(stored)
def stored_lowering(x, name):
    return getattr(x, name)  # the machine knows what this reads


def blank(x: Any) -> Any:
    """A new object of the type of `x`, without attributes where that is possible.

    No code of the class runs, unless it is made from a class of the C library: such an object is
    a copy.
    """
    cls = type(x)
    if issubclass(cls, types.SimpleNamespace):
        return types.SimpleNamespace.__new__(cls)
    if issubclass(cls, BaseException):
        return BaseException.__new__(cls)
    try:
        return object.__new__(cls)
    except TypeError:
        pass
    try:
        new, reason = copy.copy(x), None
    except Exception as error:
        new, reason = x, error
    if type(new) is not cls or new is x:
        raise CotangentError(
            f"an object of type {cls.__name__} cannot be made anew: copy.copy() does not copy it "
            f"({reason or 'it returns another object'}). Define {cls.__name__}.__copy__, or update "
            "its parts yourself"
        ) from reason
    return new


def fill(new: Any, values: dict[str, Any]) -> None:
    """Gives a `blank` object its attributes, past ``__setattr__`` and properties."""
    slots = set(slot_names(type(new)))
    for name, value in values.items():
        if name in slots:
            object.__setattr__(new, name, value)
        else:
            new.__dict__[name] = value


def replaced(x: Any, values: dict[str, Any]) -> Any:
    """An object like `x` where the attributes (or fields) in `values` that are not None differ."""
    values = {k: v for k, v in values.items() if v is not None}
    if isinstance(x, tuple):
        return tuple.__new__(type(x), [values.get(k, v) for k, v in zip(x._fields, x, strict=True)])
    new = blank(x)
    fill(new, {**attributes(x), **values})
    return new
