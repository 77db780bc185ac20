"""Structures of all kinds, for the tests of updates."""

import collections
import types
from dataclasses import dataclass, field
from typing import NamedTuple


class Plain:
    def __init__(self, a, b):
        self.a, self.b = a, b


class Slotted:
    __slots__ = ("__private", "a", "b", "unset")

    def __init__(self, a, b):
        self.a, self.b = a, b
        self.__private = 1.0

    @property
    def private(self):
        return self.__private


class Both(Slotted):
    """Slots of the base and a dict of its own."""

    def __init__(self, a, b):
        super().__init__(a, b)
        self.c = a


@dataclass
class Data:
    a: object
    b: object
    c: object = field(default=7.0, kw_only=True)


@dataclass(frozen=True)
class Frozen:
    a: object
    b: object


@dataclass(frozen=True, slots=True)
class FrozenSlots(Frozen):
    a: object
    b: object


class Named(NamedTuple):
    a: object
    b: object


Pair = collections.namedtuple("Pair", "a b")


class Guarded(Plain):
    """Neither its __init__ nor its __setattr__ may run."""

    allowed = True

    def __init__(self, a, b):
        assert Guarded.allowed
        super().__init__(a, b)

    def __new__(cls, a, b):
        return super().__new__(cls)

    def __setattr__(self, name, value):
        assert Guarded.allowed
        super().__setattr__(name, value)

    def __getattr__(self, name):
        return 1 / 0

    def __eq__(self, other):
        return 1 / 0

    __hash__ = None


class Unequal(Plain):
    """Truth and equality are strange."""

    def __bool__(self):
        raise ValueError

    def __len__(self):
        return 0


CLASSES = [
    Plain,
    Slotted,
    Both,
    Data,
    Frozen,
    FrozenSlots,
    Named,
    Pair,
    types.SimpleNamespace,
    Guarded,
    Unequal,
]


def make(cls, a, b):
    return cls(a=a, b=b)


def dense(W, b, σ=lambda x: x):
    return lambda x: σ(W @ x + b)
