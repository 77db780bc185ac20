"""Containers as `_reach` sees them: what is in which place, and putting it back, in place.

No code of the user's runs, but that `read` and `put` are run by the machine, which knows what is
active.
"""

import collections
import functools
import types

import numpy as np

from .attributes import attributes, stored
from .kinds import kind_of

__all__ = [
    "Attributes",
    "Cell",
    "ClassParts",
    "Function",
    "Items",
    "Names",
    "Sets",
    "at",
    "put",
    "read",
    "with_part",
]

#: attributes of a class that are no state
_NO_STATE = (
    types.FunctionType, type, staticmethod, classmethod, property, functools.cached_property,
    types.MethodDescriptorType, types.WrapperDescriptorType, types.GetSetDescriptorType,
    types.MemberDescriptorType,
)  # fmt: skip


class Items:
    """A list, deque, dict, or array of objects: parts under keys."""

    def __init__(self, x, base):
        self.x, self.base = x, base

    def contents(self):
        if issubclass(self.base, dict):
            return dict(self.base.items(self.x))
        if self.base is np.ndarray:
            return {i: self.x[i] for i in np.ndindex(self.x.shape)}
        return dict(enumerate(self.base.__iter__(self.x)))

    def restore(self, contents):
        x, base = self.x, self.base
        if base is np.ndarray:
            for i, value in contents.items():
                x[i] = value
        elif base is list:
            list.__setitem__(x, slice(None), list(contents.values()))
        else:
            base.clear(x)
            if base is collections.deque:
                base.extend(x, contents.values())
            else:
                for key, value in contents.items():
                    base.__setitem__(x, key, value)


class Sets:
    """A set: its items have no places that they could be put into."""

    def __init__(self, x):
        self.x = x

    def contents(self):
        return {i: item for i, item in enumerate(set.__iter__(self.x))}

    def restore(self, contents):
        set.clear(self.x)
        set.update(self.x, contents.values())


class Attributes:
    """What an object stores."""

    def __init__(self, x):
        self.x = x

    def contents(self):
        return attributes(self.x)

    def restore(self, contents):
        for name in attributes(self.x).keys() - contents.keys():
            object.__delattr__(self.x, name)
        for name, value in contents.items():
            store_attribute(self.x, name, value)


class Cell:
    """A captured variable."""

    def __init__(self, x):
        self.x = x

    def contents(self):
        try:
            return {"cell_contents": self.x.cell_contents}
        except ValueError:  # not bound
            return {}

    def restore(self, contents):
        if contents:
            self.x.cell_contents = contents["cell_contents"]
        else:
            del self.x.cell_contents


class Function:
    """What a function refers to besides its code and its global variables."""

    def __init__(self, x):
        self.x = x

    def contents(self):
        x = self.x
        found = dict(enumerate(x.__closure__ or ()))
        for name in ("__defaults__", "__kwdefaults__", "__dict__"):
            part = getattr(x, name)
            if part:
                found[name] = part
        return found

    def restore(self, contents):
        if self.x.__defaults__ is not contents.get("__defaults__"):
            self.x.__defaults__ = contents.get("__defaults__")


class Names:
    """Global variables by name: those that code names."""

    def __init__(self, x):
        self.x, self.names = x, {}

    def contents(self):
        return {name: self.x[name] for name in self.names if name in self.x}

    def restore(self, contents):
        for name in self.names:
            if name in contents:
                self.x[name] = contents[name]
            else:
                self.x.pop(name, None)


class ClassParts:
    """Attributes of a class that are no methods."""

    def __init__(self, x):
        self.x = x

    def contents(self):
        return {k: v for k, v in vars(self.x).items() if is_class_state(k, v)}

    def restore(self, contents):
        for name in self.contents().keys() - contents.keys():
            type.__delattr__(self.x, name)
        for name, value in contents.items():
            if vars(self.x).get(name) is not value:
                type.__setattr__(self.x, name, value)


def is_class_state(name, value):
    if name[:2] == "__" or name in ("_abc_impl", "_is_protocol"):
        return False
    return not isinstance(value, _NO_STATE)


def read(container, key):
    """A part of a container.  The machine runs this, and `put`: they know what is active."""
    if type(container) is Attributes:
        return stored(container.x, key)
    if type(container) is Function and type(key) is int:
        return container.x.__closure__[key]
    if type(container) is ClassParts:
        return vars(container.x)[key]  # a metaclass may have a property of that name
    if type(container) in (Cell, Function):
        return getattr(container.x, key)
    if type(container) is Items and type(container.x) is not container.base:
        return container.base.__getitem__(container.x, key)
    return container.x[key]


def store_attribute(x, name, value):
    """Past a ``__setattr__`` of the class, and a property that hides a slot."""
    cls = type(x)
    if type(getattr(cls, name, None)) is property:
        slots = [vars(base).get(name) for base in cls.__mro__]
        next(s for s in slots if type(s) is types.MemberDescriptorType).__set__(x, value)
    else:
        object.__setattr__(x, name, value)


def put(container, key, value):
    if type(container) is Attributes:
        store_attribute(container.x, key, value)
    elif type(container) in (Cell, Function):
        setattr(container.x, key, value)
    elif type(container) is ClassParts:
        type.__setattr__(container.x, key, value)
    elif type(container) is Items and type(container.x) is not container.base:
        container.base.__setitem__(container.x, key, value)
    else:
        container.x[key] = value


def at(container, key, path):
    """What is in a place."""
    value = read(container, key)
    for name in path:
        value = kind_of(value).parts(value)[name]
    return value


def with_part(whole, path, value):
    """A tuple (or the like) with another part somewhere inside."""
    if not path:
        return value
    parts = kind_of(whole).parts(whole)
    parts[path[0]] = with_part(parts[path[0]], path[1:], value)
    return kind_of(whole).make(whole, parts)
