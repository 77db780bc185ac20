"""Structural cotangents: `Grad`, and how cotangents add up and scale.

The cotangent of a list, tuple or dict has the same shape with ``None`` where there is no
gradient; the cotangent of an object or a function is a `Grad`, a record of the attributes (or
captured variables).  Rules may return objects of the user's instead, *own* cotangents; how
they combine with each other and with a `Grad` is here and in `arithmetic`.  `wholes` is about the
parts of a cotangent.

Nothing here writes into a cotangent, and nothing is dropped: what has no place is an error.
"""

import collections.abc
import types
from collections.abc import Iterator
from reprlib import recursive_repr
from typing import Any

import numpy as np

from .arithmetic import arithmetic_of
from .attributes import attributes, replaced
from .errors import CotangentError, RuleError

__all__ = ["Grad", "accumulate", "own_from_grad", "own_grad", "same", "scale"]

_NUMBERS = (float, int, complex)
_NO_COTANGENTS = (
    bool, np.bool_, str, bytes, type, types.FunctionType, types.BuiltinFunctionType,
    types.MethodType, types.ModuleType,
)  # fmt: skip
_WIDTH = 88  # of a line, before a Grad prints one entry per line


class Grad:
    """The gradient with respect to an object: one entry per attribute.

    Behaves like a named tuple: attributes, iteration, indexing, unpacking, ``_fields``,
    ``_asdict``, ``_replace``, equality, patterns (``case Grad(x=dx)`` and ``case dx, dy``).  It
    adds to, subtracts from and negates like a vector, and a number scales it.  An entry ``None``
    is no gradient, and counts as zero.

    ``p - η * g`` and ``p + g`` are a new structure of the type of ``p``, see
    `zygcore.types.update`.

    Parameters
    ----------
    **entries
        The cotangents of the attributes.

    Raises
    ------
    CotangentError
        If entries do not add up, or what is added or subtracted does not fit.

    Examples
    --------
    >>> g = Grad(x=1, y=None)
    >>> g.x, g["x"], g[0], g._fields
    (1, 1, 1, ('x', 'y'))
    >>> g + Grad(x=2, y=3)
    Grad(x=3, y=3)
    >>> g - 2 * g
    Grad(x=-1, y=None)
    >>> x, y = g
    >>> g._replace(y=5)
    Grad(x=1, y=5)
    """

    __array_ufunc__ = None  # arrays and NumPy's numbers leave arithmetic to us

    def __init__(self, /, **entries: Any) -> None:
        self.__dict__.update(entries)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a Grad cannot be changed; _replace() makes a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Grad cannot be changed; make a new one")

    def __getattr__(self, name: str) -> Any:  # where there is no such entry
        raise AttributeError(f"this gradient has no entry {name!r}, only {_listed(self.__dict__)}")

    # -- a named tuple ---------------------------------------------------------

    @property
    def _fields(self) -> tuple[str, ...]:
        """The names of the entries."""
        return tuple(self.__dict__)

    def _asdict(self) -> dict[str, Any]:
        """The entries as a new dict."""
        return dict(self.__dict__)

    def _replace(self, /, **entries: Any) -> "Grad":
        """A new `Grad` with other values for some entries."""
        unknown = [name for name in entries if name not in self.__dict__]
        if unknown:
            raise ValueError(f"got unexpected field names: {unknown!r}")
        return Grad(**{**self.__dict__, **entries})

    __replace__ = _replace  # of copy.replace, 3.13

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.__dict__[key]
        return tuple(self.__dict__.values())[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.__dict__.values())

    def __len__(self) -> int:
        return len(self.__dict__)

    def __bool__(self) -> bool:
        return True  # a gradient, even that of an object without attributes

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Grad):
            a, b = self.__dict__, other.__dict__
            return a.keys() == b.keys() and all([same(a[k], b[k]) for k in a])
        if isinstance(other, tuple):
            return same(tuple(self.__dict__.values()), tuple(other))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @recursive_repr("Grad(...)")
    def __repr__(self) -> str:
        entries = [f"{k}={v!r}" for k, v in self.__dict__.items()]
        if sum(map(len, entries)) + 2 * len(entries) < _WIDTH and "\n" not in "".join(entries):
            return f"Grad({', '.join(entries)})"
        return "Grad(\n" + "".join([_entry_lines(k, v) for k, v in self.__dict__.items()]) + ")"

    # -- a vector ----------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        if other is None or isinstance(other, Grad):
            return accumulate(self, other)
        return _step(other, self, -1)

    def __radd__(self, other: Any) -> Any:
        return self.__add__(other)

    def __sub__(self, other: Any) -> "Grad":
        if other is None or isinstance(other, Grad):
            return accumulate(self, scale(other, -1))
        return NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return scale(self, -1) if other is None else _step(other, self, 1)

    def __mul__(self, factor: Any) -> "Grad":
        return scale(self, factor) if _is_scalar(factor) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> "Grad":
        return _divide(self, divisor) if _is_scalar(divisor) else NotImplemented

    def __neg__(self) -> "Grad":
        return scale(self, -1)

    def __pos__(self) -> "Grad":
        return self


collections.abc.Sequence.register(Grad)  # for patterns; no method of Sequence may hide an entry


def _entry_lines(name, value):
    """A line or lines of a repr for one entry."""
    lead = f"    {name}="
    under = " " * (4 if isinstance(value, Grad) else len(lead))
    return lead + repr(value).replace("\n", "\n" + under) + ",\n"


def _listed(names):
    return ", ".join(map(repr, names)) or "none at all"


def _step(p, g, rate):
    """p - rate * g for a structure p; 0 is where sum() begins."""
    if type(p) is int and p == 0:
        return scale(g, -rate)
    from .update import update

    return update(p, g, rate)


def _is_scalar(factor):
    if isinstance(factor, np.ndarray):
        return factor.ndim == 0
    return not isinstance(factor, (Grad, tuple, list, dict, str, bytes, type(None)))


def same(a: Any, b: Any) -> bool:
    """Whether two cotangents are equal, arrays element by element."""
    if a is None or b is None:
        return a is b
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.shape(a) == np.shape(b) and bool(np.all(np.equal(a, b)))
    for kind in (tuple, list):
        if isinstance(a, kind) and isinstance(b, kind):
            return len(a) == len(b) and all([same(x, y) for x, y in zip(a, b, strict=True)])
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all([same(a[k], b[k]) for k in a])
    return bool(a == b)


# -- sums ----------------------------------------------------------------------


def accumulate(a: Any, b: Any) -> Any:
    """The sum of two cotangents of one value; ``None`` is zero.

    Two cotangents of one type add up to one of that type.  A `Grad` and an own cotangent (an
    object of the user's) add up to a `Grad` of its attributes, whichever comes first, unless
    `zygcore.types.register_cotangent` says otherwise.

    Parameters
    ----------
    a, b : number, array, Grad, tuple, list, dict, own cotangent, or None

    Returns
    -------
    A new object (or one of the arguments, where the other is ``None``); nothing is written into.

    Raises
    ------
    CotangentError
        If they do not fit together.

    Examples
    --------
    >>> accumulate([1.0, None], [1.0, 2.0])
    [2.0, 2.0]
    >>> accumulate({"a": 1}, {"b": 2})
    {'a': 1, 'b': 2}
    """
    if a is None:
        return b
    if b is None:
        return a
    ta = type(a)
    tb = type(b)
    if ta is np.ndarray or ta in _NUMBERS and tb in _NUMBERS:
        return _sum(a, b)
    if ta is Grad or tb is Grad:
        return _sum_with_grad(a, b)
    if isinstance(b, ta) and arithmetic_of(ta) or isinstance(a, tb) and arithmetic_of(tb):
        return _sum_of_registered(a, b)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return _sum_of_sequences(a, b)
    if isinstance(a, dict) and isinstance(b, dict) and not _defines(ta, "__add__"):
        return {k: accumulate(a.get(k), b.get(k)) for k in {**a, **b}}
    return _sum(a, b)


def _defines(cls, name):
    """Whether a class defines a method, other than joining or repeating as containers do."""
    method = getattr(cls, name, None)
    return method is not None and not any(
        [method is getattr(base, name, None) for base in (tuple, list, dict)]
    )


def _sum(a, b):
    try:
        total = a + b
    except TypeError as error:
        if isinstance(error, CotangentError):
            raise
        raise CotangentError(f"{_no_sum(a, b)} ({error})") from error
    if isinstance(a, np.ndarray) and not isinstance(total, np.ndarray):
        return np.asarray(total)  # NumPy makes scalars of 0-d arrays
    return total


def _no_sum(a, b):
    ta, tb = type(a).__name__, type(b).__name__
    if ta != tb:
        return (
            f"two cotangents of one value, a {ta} and a {tb}, do not add up: let all the rules "
            f"involved return the same type (they returned {_brief(a)} and {_brief(b)})"
        )
    return (
        f"two cotangents of type {ta} cannot be added: define {ta}.__add__, or say how with "
        f"zygcore.types.register_cotangent({ta}, add=lambda a, b: ...); without `add` they add "
        "up attribute by attribute"
    )


def _brief(x):
    text = repr(x)
    return text if len(text) <= 60 else text[:57] + "..."


def _sum_of_registered(a, b):
    """Two own cotangents of one registered type (or of a subclass of the other's)."""
    cls = type(a) if isinstance(b, type(a)) else type(b)
    known = arithmetic_of(cls)
    if known.add is not None:
        return known.add(a, b)
    if _defines(cls, "__add__"):
        return _sum(a, b)
    return replaced(a, accumulate(own_grad(a), own_grad(b)).__dict__)


def _sum_of_sequences(a, b):
    if len(a) != len(b):
        raise CotangentError(
            f"two cotangents of one {type(a).__name__} have lengths {len(a)} and {len(b)}; rules "
            "must return one entry per item, None for no gradient"
        )
    cls = type(b) if isinstance(b, type(a)) else type(a)
    if _defines(cls, "__add__"):
        return _sum(a, b)
    total = [accumulate(x, y) for x, y in zip(a, b, strict=True)]
    if issubclass(cls, tuple):
        return tuple(total) if cls is tuple else tuple.__new__(cls, total)
    return total


def _sum_with_grad(a, b):
    """At least one of them is a Grad."""
    if type(a) is Grad and type(b) is Grad:
        mine, others = a.__dict__, b.__dict__
        return Grad(**{k: accumulate(mine.get(k), others.get(k)) for k in {**mine, **others}})
    g, own = (a, b) if type(a) is Grad else (b, a)
    known = arithmetic_of(type(own))
    if known is not None and known.from_grad is not None:
        return accumulate(own, own_from_grad(type(own), g))
    other = _as_grad_like(g, own)
    return accumulate(g, other) if g is a else accumulate(other, g)


def _as_grad_like(g, own):
    """An own cotangent, dict or tuple as a Grad with the entries of `g`."""
    if type(own) in (tuple, list):
        found = dict(zip(g.__dict__, own, strict=False)) if len(own) == len(g) else None
    elif type(own) is dict:
        found = own
    elif isinstance(own, (*_NUMBERS, np.ndarray, np.generic)):
        found = None
    else:
        found = own_grad(own).__dict__
    if found is None or any([k not in g.__dict__ and v is not None for k, v in found.items()]):
        raise CotangentError(
            f"two cotangents of one value do not fit together: a Grad of {_listed(g.__dict__)} and "
            f"{_brief(own)} ({type(own).__name__}). Return the same from all rules involved, or "
            f"say what it is as a Grad with zygcore.types.register_cotangent("
            f"{type(own).__name__}, to_grad=lambda a: Grad(...))"
        )
    return Grad(**{k: found.get(k) for k in g.__dict__})


# -- own cotangents ----------------------------------------------------------


def own_grad(own: Any) -> Grad:
    """An own cotangent as a `Grad`: as registered, or its attributes.

    Attributes that cannot carry a gradient (text, truth values, functions ...) become ``None``.
    """
    known = arithmetic_of(type(own))
    if known is not None and known.to_grad is not None:
        g = known.to_grad(own)
        if type(g) is not Grad:
            raise RuleError(
                f"to_grad of {type(own).__name__} returned {_brief(g)}; it must return a Grad"
            )
        return g
    if isinstance(own, tuple) and hasattr(own, "_fields"):
        stored = dict(zip(own._fields, own, strict=True))
    else:
        stored = attributes(own)
    if not stored:
        raise CotangentError(
            f"{_brief(own)} ({type(own).__name__}) is no cotangent: it has no attributes to take "
            f"for entries. Say what it is with zygcore.types.register_cotangent("
            f"{type(own).__name__}, to_grad=lambda a: Grad(...))"
        )
    return Grad(**{k: _cotangent_in(v) for k, v in stored.items()})


def _cotangent_in(v):
    """What an attribute of an own cotangent says: None if it cannot be a cotangent."""
    if isinstance(v, _NO_COTANGENTS):
        return None
    if isinstance(v, np.ndarray) and v.dtype.kind not in "fciuO":
        return None
    if type(v) in (tuple, list):
        return type(v)([_cotangent_in(x) for x in v])
    if type(v) is dict:
        return {k: _cotangent_in(x) for k, x in v.items()}
    return v


def own_from_grad(cls: type, g: Grad) -> Any:
    """A Grad as an own cotangent of the registered type `cls`."""
    own = arithmetic_of(cls).from_grad(g)
    if type(own) is Grad:
        raise RuleError(
            f"from_grad of {cls.__name__} returned a Grad; it must return a {cls.__name__}"
        )
    return own


# -- multiples -----------------------------------------------------------------


def scale(x: Any, factor: Any) -> Any:
    """A cotangent of any structure times a number, a new one.

    Arrays in single precision stay so, whatever the type of `factor`.

    Raises
    ------
    CotangentError
        If an own cotangent in it has no ``*``.

    Examples
    --------
    >>> scale([1.0, {"a": 2.0}, None], 10)
    [10.0, {'a': 20.0}, None]
    """
    if x is None:
        return None
    cls = type(x)
    factor = _weak(factor)
    if cls in _NUMBERS:
        return factor * x
    if cls is np.ndarray:
        return np.asarray(factor * x)
    if cls is Grad:
        return Grad(**{k: scale(v, factor) for k, v in x.__dict__.items()})
    known = arithmetic_of(cls)
    if known is not None and known.scale is not None:
        return known.scale(x, factor)
    if isinstance(x, (tuple, list)) and not _defines(cls, "__mul__"):
        total = [scale(v, factor) for v in x]
        if isinstance(x, tuple):
            return tuple(total) if cls is tuple else tuple.__new__(cls, total)
        return total
    if isinstance(x, dict) and not _defines(cls, "__mul__"):
        return {k: scale(v, factor) for k, v in x.items()}
    return _product(x, factor, known)


def _weak(number):
    """A number of NumPy's as one of Python's, which does not widen the dtype of others."""
    return number.item() if isinstance(number, (np.generic, np.ndarray)) else number


def _product(x, factor, known):
    """factor * x for a number of some type, or an own cotangent."""
    try:
        return factor * x
    except TypeError as error:
        if hasattr(type(x), "__mul__"):
            return x * factor
        if known is not None:  # attribute by attribute
            return replaced(x, scale(own_grad(x), factor).__dict__)
        name = type(x).__name__
        raise CotangentError(
            f"a cotangent of type {name} cannot be multiplied by a number: define {name}.__rmul__, "
            f"or say how with zygcore.types.register_cotangent({name}, scale=lambda a, k: ...); "
            "without `scale` it is multiplied attribute by attribute"
        ) from error


def _divide(x, divisor):
    """A cotangent over a number, part by part: its inverse would round."""
    if x is None:
        return None
    cls = type(x)
    divisor = _weak(divisor)
    if cls is Grad:
        return Grad(**{k: _divide(v, divisor) for k, v in x.__dict__.items()})
    if cls in (tuple, list):
        return cls([_divide(v, divisor) for v in x])
    if cls is dict:
        return {k: _divide(v, divisor) for k, v in x.items()}
    if cls is np.ndarray:
        return np.asarray(x / divisor)
    if arithmetic_of(cls) is None and hasattr(cls, "__truediv__"):
        return x / divisor
    return scale(x, 1 / divisor)
