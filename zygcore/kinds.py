"""Kinds of containers: what is inside of one, and how to make another with other parts.

The parts have the names under which a gradient has entries for them.  A *fixed* container is
made from its parts; the others are made empty and filled, so that they can contain each other.
No code of the user's runs.
"""

import abc
import collections
import functools
import types
from typing import Any

import numpy as np

from .attributes import attributes, blank, fill, slot_names
from .errors import CotangentError
from .rules.exact import Atom
from .structure import Grad

__all__ = ["Kind", "kind_of"]

_LEAVES = (
    np.ndarray, np.generic, np.dtype, np.ufunc, Atom, str, bytes, bytearray, type,
    types.ModuleType, types.BuiltinFunctionType, types.CodeType, property, range,
)  # fmt: skip


_NO_OWNERS = (types.ModuleType, type)


class Kind(abc.ABC):
    """What all kinds have in common.

    Attributes
    ----------
    fixed : bool
        Whether a container is made from its parts, see `Fixed`; if not, it is filled.
    takes_own : bool
        Whether a rule may return an object of the user's as the cotangent of the whole.
    hashes : bool
        Whether parts must be complete before it can be filled.
    """

    fixed = False
    takes_own = True
    hashes = False

    @abc.abstractmethod
    def parts(self, x: Any) -> dict[Any, Any]:
        """Name -> part."""

    def gradients(self, x: Any, g: Any) -> dict[Any, Any] | None:
        """Name -> gradient of a part, or None if `g` is not of this kind."""
        return g.__dict__ if type(g) is Grad else None


class Open(Kind):
    """Kinds of containers that are made empty."""

    @abc.abstractmethod
    def empty(self, x: Any) -> Any:
        """A new container, to be filled."""

    @abc.abstractmethod
    def fill(self, new: Any, x: Any, parts: dict[Any, Any]) -> None:
        """Gives a new container its parts."""


class Fixed(Kind):
    fixed = True

    @abc.abstractmethod
    def make(self, x: Any, parts: dict[Any, Any]) -> Any:
        """A container with these parts."""


class Sequences(Kind):
    def gradients(self, x, g):
        return dict(enumerate(g)) if isinstance(g, (list, tuple)) and len(g) == len(x) else None


class Lists(Sequences, Open):
    def parts(self, x):
        return dict(enumerate(list.__iter__(x)))

    def empty(self, x):
        return [] if type(x) is list else list.__new__(type(x))

    def fill(self, new, x, parts):
        list.extend(new, list(parts.values()))
        if type(x) is not list:
            fill(new, attributes(x))


class Deques(Lists):
    def parts(self, x):
        if type(x) is collections.deque:
            return dict(enumerate(list(x)))  # at once: other threads may change it
        return dict(enumerate(collections.deque.__iter__(x)))

    def empty(self, x):
        new = type(x).__new__(type(x))
        collections.deque.__init__(new, (), x.maxlen)
        return new

    def fill(self, new, x, parts):
        collections.deque.extend(new, list(parts.values()))
        if type(x) is not collections.deque:
            fill(new, attributes(x))


class Sets(Open):
    """A set: the gradient of an item is under the item."""

    hashes = True

    def parts(self, x):
        return {item: item for item in set.__iter__(x)}

    def gradients(self, x, g):
        return g if isinstance(g, dict) else None

    def empty(self, x):
        return set.__new__(type(x))

    def fill(self, new, x, parts):
        set.update(new, list(parts.values()))
        if type(x) is not set:
            fill(new, attributes(x))


class FrozenSets(Fixed):
    def parts(self, x):
        return {item: item for item in frozenset.__iter__(x)}

    def gradients(self, x, g):
        return g if isinstance(g, dict) else None

    def make(self, x, parts):
        new = frozenset.__new__(type(x), list(parts.values()))
        if type(x) is not frozenset:
            fill(new, attributes(x))
        return new


class Tuples(Sequences, Fixed):
    def parts(self, x):
        return dict(enumerate(tuple.__iter__(x)))

    def gradients(self, x, g):
        fields = getattr(type(x), "_fields", None)
        if type(g) is Grad and fields is not None:
            position = {name: i for i, name in enumerate(fields)}
            return {position.get(name, name): d for name, d in g.__dict__.items()}
        return super().gradients(x, g)

    def make(self, x, parts):
        cls = type(x)
        if cls is tuple:
            return tuple(list(parts.values()))
        try:
            new = tuple.__new__(cls, list(parts.values()))
        except TypeError:
            raise CotangentError(
                f"a {cls.__name__} cannot be made with other items; make a tuple of it first"
            ) from None
        fill(new, attributes(x))
        return new


class Dicts(Open):
    def parts(self, x):
        own = collections.OrderedDict if isinstance(x, collections.OrderedDict) else dict
        return dict(own.items(x))

    def gradients(self, x, g):
        return g if isinstance(g, dict) else None

    def empty(self, x):
        cls = type(x)
        if cls is dict:
            return {}
        try:
            new = dict.__new__(cls)
        except TypeError:  # made in C: OrderedDict, defaultdict ...
            new = cls.__new__(cls)
        if isinstance(x, collections.defaultdict):
            new.default_factory = x.default_factory
        return new

    def fill(self, new, x, parts):
        ordered = isinstance(x, collections.OrderedDict)
        put = collections.OrderedDict.__setitem__ if ordered else dict.__setitem__
        for key, value in parts.items():
            put(new, key, value)
        if type(x) is dict:
            return
        if getattr(x, "__dict__", None) is x:  # its items are its attributes
            new.__dict__ = new
        else:
            fill(new, attributes(x))


class Functions(Kind):
    """A function: the cells of its captured variables.  It is made with its cells, then filled.

    Its defaults and attributes have no gradient, but they may lead to what has one.
    """

    takes_own = False
    #: names of the parts without a gradient
    beside = ("__defaults__", "__kwdefaults__", "__dict__")

    def parts(self, x):
        found = dict(zip(x.__code__.co_freevars, x.__closure__ or (), strict=True))
        return {**found, **{name: getattr(x, name) for name in self.beside}}

    def copy(self, x: Any, cells: list[Any]) -> Any:
        """A function with other cells."""
        closure = tuple(cells) or None
        new = types.FunctionType(x.__code__, x.__globals__, x.__name__, None, closure)
        for name in ("__qualname__", "__module__", "__doc__", "__annotations__", "__type_params__"):
            if hasattr(x, name):
                setattr(new, name, getattr(x, name))
        return new

    def fill(self, new, x, parts):
        new.__defaults__ = parts["__defaults__"]
        new.__kwdefaults__ = parts["__kwdefaults__"]
        new.__dict__.update(parts["__dict__"])


class Cells(Open):
    """A captured variable; its gradient is that of its content."""

    takes_own = False

    def parts(self, x):
        try:
            return {"cell_contents": x.cell_contents}
        except ValueError:  # not bound yet
            return {}

    def gradients(self, x, g):
        return {"cell_contents": g}

    def empty(self, x):
        return types.CellType()

    def fill(self, new, x, parts):
        if parts:
            new.cell_contents = parts["cell_contents"]


class Methods(Fixed):
    takes_own = False

    def parts(self, x):
        return {"__func__": x.__func__, "__self__": x.__self__}

    def make(self, x, parts):
        return types.MethodType(parts["__func__"], parts["__self__"])


class BuiltinMethods(Methods):
    """A method of a type made in C; what belongs to a module or a class is a leaf."""

    def parts(self, x):
        return {"__self__": x.__self__}

    def make(self, x, parts):
        return getattr(parts["__self__"], x.__name__)


class Proxies(Fixed):
    def parts(self, x):
        return dict(x)

    def gradients(self, x, g):
        return g if isinstance(g, dict) else None

    def make(self, x, parts):
        return types.MappingProxyType(parts)


class Partials(Fixed):
    """A partial: its keyword arguments are parts of it, named ``("keywords", name)``."""

    takes_own = False

    def parts(self, x):
        named = {("keywords", name): value for name, value in x.keywords.items()}
        return {"func": x.func, "args": x.args, **named, **attributes(x)}

    def gradients(self, x, g):
        if type(g) is not Grad or not isinstance(g.__dict__.get("keywords") or {}, dict):
            return None
        found = dict(g.__dict__)
        named = found.pop("keywords", None) or {}
        return {**found, **{("keywords", name): d for name, d in named.items()}}

    def make(self, x, parts):
        rest = dict(parts)
        func, args = rest.pop("func"), rest.pop("args")
        keywords = {name: rest.pop(("keywords", name)) for name in x.keywords}
        new = functools.partial.__new__(type(x), func, *args, **keywords)
        fill(new, rest)
        return new


class Objects(Open):
    """Anything with attributes."""

    def parts(self, x):
        return attributes(x)

    def empty(self, x):
        return blank(x)

    def fill(self, new, x, parts):
        old = attributes(x)
        stale = _cached_names(type(x))
        fill(new, {k: v for k, v in parts.items() if k not in stale or v is not old[k]})


def _cached_names(cls):
    """The names of the cached properties of a class: their values were computed from others."""
    return {
        name
        for base in cls.__mro__
        for name, value in base.__dict__.items()
        if isinstance(value, functools.cached_property)
    }


_LISTS, _TUPLES, _DICTS, _OBJECTS = Lists(), Tuples(), Dicts(), Objects()
_EXACT: dict[type, Kind] = {
    list: _LISTS,
    tuple: _TUPLES,
    dict: _DICTS,
    set: Sets(),
    frozenset: FrozenSets(),
    collections.deque: Deques(),
    types.FunctionType: Functions(),
    types.CellType: Cells(),
    types.MethodType: Methods(),
    functools.partial: Partials(),
    types.MappingProxyType: Proxies(),
}
_BUILTIN_METHODS = BuiltinMethods()


def kind_of(x: Any) -> Kind | None:
    """The kind of a container, or None for a leaf: a number, an array, text, a class ...

    Modules and iterators count as leaves.
    """
    cls = type(x)
    if cls in _EXACT:
        return _EXACT[cls]
    if cls is types.BuiltinMethodType or cls is types.MethodWrapperType:
        owner = x.__self__
        return None if owner is None or isinstance(owner, _NO_OWNERS) else _BUILTIN_METHODS
    if issubclass(cls, _LEAVES) or x is None:
        return None
    for base in (list, tuple, dict, set, frozenset, collections.deque, functools.partial):
        if issubclass(cls, base):
            return _EXACT[base]
    return _OBJECTS if cls.__dictoffset__ or slot_names(cls) else None
