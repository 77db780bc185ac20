"""Structures of numbers and arrays as vectors: their unit tangents, and derivatives by part.

Several tangents at once are one structure whose leaves have an axis more, the first.
"""

import numbers
import types

import numpy as np

from ._inputs import parts_of
from .errors import OutputError
from .interop._known import STACKS, filled, stacked_arrays
from .rules.broadcasting import kind_of
from .rules.exact import Atom
from .rules.libraries import arrived
from .rules.registry import nondifferentiable
from .structure import Grad
from .wholes import rebuild

__all__ = ["Leaf", "arranged", "at", "leaves", "stacked", "unit_tangent", "unit_tangents"]

_SCALARS = (float, int, np.floating, np.integer)


class Leaf:
    """A number or an array in a structure: where it is, and which part of the vector it is.

    Attributes
    ----------
    path : tuple
        Keys and positions that lead to it.
    shape : tuple of int
        ``()`` for a number.
    exact : bool
        Whether it is a Python integer.
    first, last : int
        Its elements in the vector.
    source : object
        The array itself if it is one of another library, else None.
    """

    __slots__ = ("dtype", "exact", "first", "last", "path", "shape", "source")

    def __init__(self, path, x, first):
        self.path = path
        self.source = x if type(x) in STACKS else None
        self.shape = np.shape(x) if self.source is None else tuple(x.shape)
        self.exact = type(x) is int
        numpys = self.source is None and hasattr(x, "dtype")
        self.dtype = x.dtype if numpys and kind_of(x.dtype) == "f" else np.dtype(float)
        self.first = first
        self.last = first + int(np.prod(self.shape, dtype=int))

    def __len__(self):
        return self.last - self.first


def leaves(x, what, path=(), first=0):
    """The leaves of a structure, in order."""
    if not path:
        arrived()  # the rules for a library say which numbers are its own
    if isinstance(x, complex) or isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind == "c":
        raise OutputError(f"{what} needs real arguments; {x!r:.60} is complex")
    if isinstance(x, np.ndarray) and kind_of(x.dtype) in "fiu":
        return [Leaf(path, x, first)]
    if isinstance(x, (bool, np.bool_, str, bytes, type(None), np.ndarray)):
        return []
    if isinstance(x, _SCALARS) or isinstance(x, numbers.Real):
        return [Leaf(path, x, first)]
    if type(x) in STACKS:
        if "complex" in str(x.dtype):
            raise OutputError(f"{what} needs real arguments; there is an array of dtype {x.dtype}")
        return [] if filled(x, np.zeros(tuple(x.shape))) is None else [Leaf(path, x, first)]
    if isinstance(x, Atom):
        raise OutputError(
            f"{what} takes real numbers and arrays of them, not a {type(x).__name__}; for other "
            "types of numbers nest `gradient`"
        )
    keys, values = parts_of(x)
    if type(x) is types.CellType:  # which has the gradient of what is in it
        return leaves(values[0], what, path, first) if values else []
    found = []
    for key, value in zip(range(len(values)) if keys is None else keys, values, strict=True):
        inner = leaves(value, what, (*path, key), first)
        found += inner
        first = inner[-1].last if inner else first
    return found


def unit_tangents(x, found, start, stop):
    """The unit tangents `start` to `stop` of a structure with these leaves, at once."""
    table = {leaf.path: _unit(leaf, start, stop) for leaf in found}
    return _assembled(x, (), table)


def unit_tangent(x, found, i):
    """The `i`-th of them alone: arrays of other libraries take one at a time."""
    return _assembled(x, (), {leaf.path: _one(leaf, i) for leaf in found})


def _one(leaf, i):
    unit = _unit(leaf, i, i + 1)[0]
    if leaf.source is not None:
        return filled(leaf.source, unit)
    return unit if leaf.shape else unit.item()


def _unit(leaf, start, stop):
    out = np.zeros((stop - start, len(leaf)), leaf.dtype)
    lo, hi = max(start, leaf.first), min(stop, leaf.last)
    if lo < hi:
        out[np.arange(lo, hi) - start, np.arange(lo, hi) - leaf.first] = 1
    if leaf.exact:
        return out[:, 0].astype(int)
    return out.reshape((stop - start, *leaf.shape))


def _assembled(x, path, table):
    if path in table:
        return table[path]
    if isinstance(x, (bool, np.bool_, str, bytes, type(None), np.ndarray, np.generic)):
        return None
    keys, values = parts_of(x)
    if type(x) is types.CellType:
        return _assembled(values[0], path, table) if values else None
    names = range(len(values)) if keys is None else keys
    parts = {k: _assembled(v, (*path, k), table) for k, v in zip(names, values, strict=True)}
    if all(part is None for part in parts.values()):
        return None
    return rebuild(parts, None, type(x), keys, len(values))


def at(structure, path):
    """What a structure of the form of a gradient has at a path."""
    for key in path:
        if isinstance(structure, Grad):
            fields = vars(structure)
            structure = fields[key] if key in fields else list(fields.values())[key]
        elif structure is not None:
            structure = structure[key]
    return structure


def arranged(x, table, path=()):
    """A structure of the form of the gradient of `x`, with what the table has for each leaf."""
    return _assembled(x, path, table)


def stacked(several):
    """Several tangents of one thing as one structure."""
    first = next((v for v in several if v is not None), None)
    if first is None:
        return None
    if type(first) is int:
        return [0 if v is None else v for v in several]
    if type(first) in STACKS:
        return stacked_arrays(several)
    if isinstance(first, (np.ndarray, np.generic, float, complex)):
        return np.stack([np.zeros(np.shape(first)) if v is None else v for v in several])
    if isinstance(first, (list, tuple)):
        found = [[None] * len(first) if v is None else v for v in several]
        return type(first)([stacked(list(column)) for column in zip(*found, strict=True)])
    if isinstance(first, dict):
        return {k: stacked([None if v is None else v[k] for v in several]) for k in first}
    if isinstance(first, Grad):
        rows = [None if v is None else vars(v) for v in several]
        return Grad(**{k: stacked([row and row[k] for row in rows]) for k in vars(first)})
    return several


nondifferentiable(leaves, unit_tangent, unit_tangents)
