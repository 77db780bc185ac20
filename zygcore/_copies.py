"""Copies of structures that share nothing with the original that could be changed or be active.

No code of the user's runs.  Numbers are made anew, too: the machine knows those by identity
that have a derivative.
"""

import copy
import types
from numbers import Number

import numpy as np

from .kinds import Functions, kind_of

__all__ = ["copied"]

_SAME = (bool, str, bytes, type, types.ModuleType, types.BuiltinFunctionType, types.CodeType, range)


def copied(x):
    """The copy of a structure, which may be deep, cyclic, and have one object in several places."""
    return Copier().of(x)


class Copier:
    """Copies by the ids of what they are copies of.

    What a container is made of is copied before it, if it is fixed (a tuple), and after it, if it
    can be filled: so structures may contain themselves.
    """

    def __init__(self):
        self.made = {}
        self.kept = []  # keeps the ids valid
        self.open = []  # made, not filled yet

    def of(self, x):
        new = self.start(x)
        while self.open:
            old, empty, kind = self.open.pop()
            kind.fill(empty, old, {k: self.start(v) for k, v in kind.parts(old).items()})
        return new

    def start(self, x):
        if id(x) in self.made:
            return self.made[id(x)]
        kind = kind_of(x)
        if kind is None:
            new = leaf(x)
            if isinstance(x, np.ndarray) and x.dtype.hasobject:
                new = self.objects(new)
        elif kind.fixed:
            new = kind.make(x, {k: self.start(v) for k, v in kind.parts(x).items()})
        elif type(kind) is Functions:
            new = kind.copy(x, [self.start(cell) for cell in x.__closure__ or ()])
            self.open.append((x, new, kind))
        elif kind.hashes:  # a set
            new = kind.empty(x)
            kind.fill(new, x, {k: self.start(v) for k, v in kind.parts(x).items()})
        else:
            new = kind.empty(x)
            self.open.append((x, new, kind))
        self.made[id(x)] = new
        self.kept.append(x)
        return new

    def objects(self, array):
        """Takes copies of the items of an array of objects."""
        if array.dtype.fields is None:
            for index in np.ndindex(array.shape):
                array[index] = self.start(array[index])
        return array


def leaf(x):
    """A number or array of its own; anything else as it is."""
    cls = type(x)
    if cls is float:
        return x * 1.0
    if x is None or issubclass(cls, _SAME):
        return x
    if cls is int:
        return 0 - (0 - x)
    if issubclass(cls, np.ndarray):
        return copy.copy(x)
    if issubclass(cls, np.generic):
        return np.array(x)[()]
    if cls is complex:
        return complex(x.real, x.imag)
    if issubclass(cls, Number):
        return copy._reconstruct(x, None, *x.__reduce_ex__(4))
    return x
