"""Structural cotangents: `Grad`, and how cotangents add up.

The cotangent of a list, tuple or dict has the same shape with ``None`` where there is no
gradient; the cotangent of an object or a function is a `Grad`, a record of the
attributes (or captured variables).
"""

import numpy as np

__all__ = ["Grad", "accumulate"]


class Grad:
    """The gradient with respect to an object: one entry per attribute.

    Behaves like a named tuple: attributes, iteration, ``_fields``, ``_asdict``,
    equality; adds to another `Grad` and scales by a number.

    Examples
    --------
    >>> Grad(x=1, y=None)
    Grad(x=1, y=None)
    >>> Grad(x=1, y=None) + Grad(x=2, y=3)
    Grad(x=3, y=3)
    >>> 2 * Grad(x=1, y=None)
    Grad(x=2, y=None)
    """

    __slots__ = ("_entries",)

    def __init__(self, /, **entries):
        object.__setattr__(self, "_entries", entries)

    @property
    def _fields(self):
        return tuple(self._entries)

    def _asdict(self):
        """The entries as a new dict."""
        return dict(self._entries)

    def __getattr__(self, name):
        try:
            return object.__getattribute__(self, "_entries")[name]
        except KeyError:
            raise AttributeError(f"this gradient has no entry {name!r}") from None

    def __setattr__(self, name, value):
        raise AttributeError("a Grad cannot be changed; make a new one")

    def __getitem__(self, key):
        return self._entries[key] if isinstance(key, str) else tuple(self._entries.values())[key]

    def __iter__(self):
        return iter(self._entries.values())

    def __len__(self):
        return len(self._entries)

    def __repr__(self):
        inside = ", ".join(f"{k}={v!r}" for k, v in self._entries.items())
        return f"Grad({inside})"

    def __eq__(self, other):
        if isinstance(other, Grad):
            if self._entries.keys() != other._entries.keys():
                return False
            return all(_same(v, other._entries[k]) for k, v in self._entries.items())
        if isinstance(other, tuple):
            return len(self) == len(other) and all(map(_same, self, other))
        return NotImplemented

    __hash__ = None

    def __reduce__(self):
        return _make_grad, (dict(self._entries),)

    def __add__(self, other):
        if other is None:
            return self
        if not isinstance(other, Grad):
            return NotImplemented
        entries = dict(self._entries)
        for k, v in other._entries.items():
            entries[k] = accumulate(entries.get(k), v)
        return Grad(**entries)

    __radd__ = __add__

    def __mul__(self, factor):
        return Grad(**{k: scale(v, factor) for k, v in self._entries.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor):
        return self * (1 / divisor)

    def __neg__(self):
        return self * -1


def _make_grad(entries):
    return Grad(**entries)


def _same(a, b):
    equal = a == b
    return bool(equal.all()) if isinstance(equal, np.ndarray) else bool(equal)


def scale(x, factor):
    """A structural cotangent times a number."""
    if x is None:
        return None
    if type(x) in (list, tuple):
        return type(x)(scale(v, factor) for v in x)
    if type(x) is dict:
        return {k: scale(v, factor) for k, v in x.items()}
    return factor * x


def accumulate(a, b):
    """The sum of two cotangents of one value; ``None`` is zero.

    Parameters
    ----------
    a, b : number, array, Grad, tuple, list, dict, user type with ``+``, or None

    Returns
    -------
    A new object: neither argument is written into.
    """
    if a is None:
        return b
    if b is None:
        return a
    if type(a) is tuple and isinstance(b, (tuple, list)):
        return tuple(map(accumulate, a, b))
    if type(a) is list and isinstance(b, (tuple, list)):
        return list(map(accumulate, a, b))
    if type(a) is dict and type(b) is dict:
        return {k: accumulate(a.get(k), b.get(k)) for k in {**a, **b}}
    total = a + b
    if isinstance(a, np.ndarray) and not isinstance(total, np.ndarray):
        return np.asarray(total)  # NumPy makes scalars of 0-d arrays
    return total


def rebuild(dy, container):
    """The cotangent of a structured value in the shape of the value."""
    if type(dy).__name__ != "Parts":
        return dy
    items, whole = dy.items, dy.whole
    if isinstance(container, tuple):
        out = tuple(items.get(i) for i in range(len(container)))
    elif isinstance(container, list):
        out = [items.get(i) for i in range(len(container))]
    elif isinstance(container, dict):
        out = {k: items.get(k) for k in container}
    else:
        names = getattr(container, "__dict__", None)
        names = list(names) if names is not None else list(items)
        out = Grad(**{k: items.get(k) for k in {**dict.fromkeys(names), **items}})
    return accumulate(out, whole)
