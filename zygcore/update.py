"""Structures moved along a gradient: ``p - rate * g`` for whatever a gradient has a shape for.

The structure is gone through without recursion, so that it may be deep and cyclic:

1. A `Plan` notes every container with its gradient, and what contains what.
2. What has a gradient is made anew, and so is all that leads to it.
3. New containers are made empty, fixed ones (tuples ...) from the inside, then all are filled.

An object that stands in several places is one object in the result, too.  The old structure is
never written into; what has no gradient is shared with the new one.
"""

import collections
import types
from typing import Any, TypeVar

import numpy as np

from .errors import CotangentError
from .kinds import Functions, kind_of
from .structure import Grad, own_grad, same, scale

__all__ = ["update"]

T = TypeVar("T")

#: nothing of these types leads anywhere
_ATOMS = {float, int, complex, bool, str, bytes, type(None), np.ndarray}


def update(p: T, g: Any, rate: Any = 1) -> T:
    """``p - rate * g``: a structure moved against a gradient, as a new structure.

    For a `Grad` this is what ``p - rate * g`` does.  The gradient of a list, tuple or dict is
    one, too, and has no operators: there, and for objects with a ``-`` of their own, call this.

    Parameters
    ----------
    p : number, array, list, tuple, dict, set, deque, object, function, bound method or partial
        Nested in any way.  Objects may be named tuples or dataclasses (also frozen), may have
        slots, be callable, and contain each other.
    g : the gradient with respect to `p`, or None
    rate : number
        What the gradient is multiplied by.

    Returns
    -------
    A structure like `p`.  What has a gradient is new: containers of the same type, numbers,
    arrays of the same shape (and, if floating, the same dtype), functions with other captured
    variables.  What has none (``None``) is the object that it was, shared with `p`, unless it
    leads to something new.  No ``__init__`` is called; a ``cached_property`` is forgotten.
    `p` itself is never written into.

    Raises
    ------
    CotangentError
        If `g` does not fit `p`; the message says where.

    Notes
    -----
    An object that stands in several places of `p` is updated once; its gradient must be the same
    in all of them, or None.  Numbers and arrays are values, and each place is a variable of its
    own.  Modules and iterators are not looked into.

    This is ordinary Python, which can itself be differentiated.

    Examples
    --------
    >>> update({"w": [1.0, 2.0], "name": "a"}, {"w": [10.0, None]}, 0.1)
    {'w': [0.0, 2.0], 'name': 'a'}
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Line:
    ...     slope: float
    ...     offset: float
    >>> Line(2.0, 1.0) - 0.5 * Grad(slope=1.0, offset=None)
    Line(slope=1.5, offset=1.0)
    """
    if g is None:
        return p
    if kind_of(p) is None or _is_whole(p, g):
        return _moved(p, g, rate, None)
    return Build(Plan(p, g), rate).of(p)


def _is_whole(x, g):
    """Whether `g` is an own cotangent, for an object as a whole."""
    return type(g) not in (Grad, list, tuple, dict, type(None)) and kind_of(x).takes_own


# -- the plan --------------------------------------------------------------------


class Plan:
    """Every container inside `p`, with its gradient, and those that must be made anew.

    Attributes
    ----------
    found : dict
        id -> container, which also keeps the ids valid.
    grads : dict
        id -> gradient of the container, or None.
    paths : dict
        id -> (path of what it is in, type of that, name), or None: how one gets there.
    new : list
        The ids of those that change.
    """

    def __init__(self, p, g):
        self.found = {}
        self.grads = {}
        self.paths = {}
        self.inside = {}  # id -> ids of the containers that it is a part of
        self.walk(p, g)
        self.new = self.reached()

    def walk(self, p, g):
        todo = [(p, g, None)]
        while todo:
            x, g, path = todo.pop()
            if self.is_known(x, g, path) or g is not None and _is_whole(x, g):
                continue
            for key, value, d in reversed(self.parts(x)):
                if kind_of(value) is not None:
                    self.inside.setdefault(id(value), []).append(id(x))
                    todo.append((value, d, (path, type(x), key)))

    def is_known(self, x, g, path):
        """Whether `x` was there before, with a gradient if `g` is one."""
        i = id(x)
        if i not in self.found or self.grads[i] is None and g is not None:
            self.found[i], self.grads[i], self.paths[i] = x, g, path
            return False
        known = self.grads[i]
        if g is not None and g is not known and not same(g, known):
            raise CotangentError(
                f"{_place(self.paths[i])} and {_place(path)} are one object ({type(x).__name__}), "
                f"but their gradients differ: {known!r:.80} and {g!r:.80}"
            )
        return True

    def parts(self, x):
        """(name, part, its gradient) of a container."""
        kind, g = kind_of(x), self.grads[id(x)]
        if g is None:
            if type(x) in (list, tuple) and set(map(type, x)) <= _ATOMS:
                return []
            return [(key, value, None) for key, value in kind.parts(x).items()]
        parts, grads = kind.parts(x), kind.gradients(x, g)
        if grads is None:
            raise CotangentError(_misfit(x, g, self.paths[id(x)]))
        for key, d in grads.items():
            if d is not None and key not in parts:
                raise CotangentError(
                    f"the gradient has an entry {key!r}, but {_place(self.paths[id(x)])} "
                    f"({type(x).__name__}) has only {', '.join(map(repr, parts)) or 'no parts'}"
                )
        return [(key, value, grads.get(key)) for key, value in parts.items()]

    def reached(self):
        """The containers that have a gradient, and all that lead to them."""
        new = dict.fromkeys([i for i, g in self.grads.items() if g is not None])
        todo = list(new)
        while todo:
            for owner in self.inside.get(todo.pop(), ()):
                if owner not in new:
                    new[owner] = None
                    todo.append(owner)
        return list(new)


def _place(path):
    """A part as a user would write it."""
    text = ""
    while path is not None:
        path, owner, key = path
        if issubclass(owner, (list, tuple, dict, set, frozenset, collections.deque)):
            text = f"[{key!r}]{text}"
        elif type(key) is tuple:  # of a partial
            text = f".{key[0]}[{key[1]!r}]{text}"
        elif owner is not types.CellType:
            text = f".{key}{text}"
    return "p" + text


def _misfit(x, g, path):
    size = f" of length {len(x)}" if isinstance(x, (list, tuple)) else ""
    text = f"{_place(path)} ({type(x).__name__}{size}) has no gradient like {g!r:.80}"
    if kind_of(x) is None:
        return text + ": give one of the type and shape of its own, or None for no gradient"
    return text + (
        ": the gradient of a list or tuple has the same length, that of a dict is a dict, that of "
        "a named tuple, an object or a function is a Grad; None is no gradient"
    )


# -- building --------------------------------------------------------------------


class Build:
    """The new containers of a plan, by the ids of the old ones."""

    def __init__(self, plan, rate):
        self.plan, self.rate = plan, rate
        self.made = {}
        self.waiting = waiting = {}
        for i in plan.new:
            x, g = plan.found[i], plan.grads[i]
            if g is not None and _is_whole(x, g):
                self.made[i] = _moved(x, g, rate, plan.paths[i])
            elif kind_of(x).fixed or type(kind_of(x)) is Functions:
                waiting[i] = None
            else:
                self.made[i] = kind_of(x).empty(x)
        empty = [i for i in plan.new if i in self.made]
        functions = [i for i in waiting if not kind_of(plan.found[i]).fixed]
        for i in functions:
            self.made[i] = self.function(plan.found[i])
        for i in waiting:
            self.make_from_parts(i)
        for i in sorted(empty + functions, key=lambda i: kind_of(plan.found[i]).hashes):
            x, g = plan.found[i], plan.grads[i]
            if g is None or not _is_whole(x, g):
                kind_of(x).fill(self.made[i], x, self.parts(i))

    def of(self, x):
        """The new container for an old one; what does not change is itself."""
        return self.made.get(id(x), x)

    def function(self, f):
        """A function with the new cells."""
        return kind_of(f).copy(f, [self.of(cell) for cell in f.__closure__ or ()])

    def make_from_parts(self, start):
        """A fixed container, after those that it contains: none contains itself."""
        todo = [start]
        while todo:
            i = todo[-1]
            inner = [
                id(value)
                for _, value, _ in self.plan.parts(self.plan.found[i])
                if id(value) in self.waiting and id(value) not in self.made
            ]
            if i not in self.made and inner:
                todo += inner
                continue
            todo.pop()
            if i not in self.made:
                x = self.plan.found[i]
                self.made[i] = kind_of(x).make(x, self.parts(i))

    def parts(self, i):
        """Name -> part of the new container."""
        x, path = self.plan.found[i], self.plan.paths[i]
        out = {}
        for key, value, d in self.plan.parts(x):
            if id(value) in self.made:
                out[key] = self.made[id(value)]
            elif d is None:
                out[key] = value
            else:
                out[key] = _moved(value, d, self.rate, (path, type(x), key))
        return out


# -- leaves -----------------------------------------------------------------------


def _moved(p, g, rate, path):
    """p - rate * g for a number, an array, or an object with an own cotangent."""
    if type(g) in (Grad, list, tuple, dict):
        raise CotangentError(_misfit(p, g, path))
    if isinstance(p, np.ndarray):
        return _moved_array(p, g, rate, path)
    if kind_of(p) is not None and not hasattr(type(p), "__sub__"):
        return update(p, own_grad(g), rate)  # attribute by attribute
    new = _less(p, g, rate, path)
    if isinstance(new, np.generic):
        if type(p) in (float, int, complex):
            return new.item()
        if isinstance(p, np.inexact) and new.dtype.kind == p.dtype.kind:
            return type(p)(new)
    return new


def _moved_array(p, g, rate, path):
    if np.shape(g) != p.shape:
        raise CotangentError(
            f"{_place(path)} is an array of shape {p.shape}; its gradient has shape {np.shape(g)}"
        )
    new = np.asanyarray(_less(p, g, rate, path))
    if new.dtype != p.dtype and new.dtype.kind == p.dtype.kind and p.dtype.kind in "fc":
        return new.astype(p.dtype)
    return new


def _less(p, g, rate, path):
    try:
        if type(rate) is int and rate in (1, -1):
            return p - g if rate == 1 else p + g
        return p - scale(g, rate)
    except TypeError as error:
        if isinstance(error, CotangentError):
            raise
        raise CotangentError(
            f"{_place(path)} ({type(p).__name__}) cannot be moved along {g!r:.80} "
            f"({type(g).__name__}): {error}"
        ) from error
