"""Rules in forward mode: the transpose of their pullbacks.

A pullback is linear.  Its own pullback, taken at any cotangent, is the derivative of the function
itself: with real inner products, ``<dy, f'(x) v> = <back(dy), v>`` for all ``dy``.  So no rule needs a
form of its own for forward mode; those that have one (`tangent`) are `Forward`.
"""

import types

import numpy as np

from . import _pullback
from .attributes import attributes
from .errors import AdjointError
from .rules.broadcasting import PullParts, pushed
from .rules.registry import each
from .structure import Grad, accumulate

__all__ = ["Forward", "Unknown", "seed_of", "transposed"]


class Unknown:
    """Stands for the tangent of something whose derivative is not known."""

    def __init__(self, message):
        self.message = message


class Forward:
    """What a rule of forward mode makes of a call: a pullback that knows its transpose."""

    def __init__(self, function, args):
        self.function = function
        self.args = args

    def push(self, tangents):
        zeros = [zero_of(x) if v is None else v for x, v in zip(self.args, tangents)]
        zeros += [zero_of(x) for x in self.args[len(zeros) :]]
        return self.function(self.args, tuple(zeros))[1]

    def __call__(self, dy):
        def of_tangents(*tangents):
            return self.function(self.args, tangents)[1]

        return _pullback.pullback(of_tangents, *[zero_of(x) for x in self.args])[1](dy)


def zero_of(x):
    """The tangent zero of an argument, None where there is none."""
    return _like(x, 0)


def seed_of(y):
    """A cotangent that is not zero anywhere, of the form of a value."""
    return _like(y, 1)


def _like(x, c):
    if type(x) is float:
        return float(c)
    if isinstance(x, np.ndarray):
        if x.dtype.kind == "O":
            return np.array([_like(part, c) for part in x.ravel()] + [None])[:-1].reshape(x.shape)
        if x.dtype.kind not in "fciu":
            return None
        return np.full(x.shape, c, x.dtype if x.dtype.kind in "fc" else float)
    if x is None or isinstance(x, (bool, np.bool_, str, bytes, type, types.FunctionType)):
        return None
    if isinstance(x, np.generic):
        return type(x)(c) if x.dtype.kind in "fciu" else None
    if isinstance(x, list):
        return [_like(part, c) for part in x]
    if isinstance(x, tuple):
        parts = [_like(part, c) for part in x]
        fields = getattr(type(x), "_fields", None)
        return tuple(parts) if fields is None else Grad(**dict(zip(fields, parts, strict=True)))
    if isinstance(x, dict):
        return {key: _like(part, c) for key, part in x.items()}
    try:
        return type(x)(c) if hasattr(x, "__mul__") else _object_like(x, c)
    except (TypeError, ValueError):
        return _object_like(x, c)


def _object_like(x, c):
    parts = {name: _like(part, c) for name, part in attributes(x).items()}
    return Grad(**parts) if any(part is not None for part in parts.values()) else None


def transposed(back, function, y, active):
    """The pushforward of a call: takes a list of the tangents of its arguments, None for zero.

    Parameters
    ----------
    back : callable
        The pullback.
    function : callable
        The rule, for messages.
    y
        The value.
    active : list of bool
        Which arguments have tangents.
    """
    if type(back) is Forward:
        return back.push
    if type(back) is each:
        pairs = zip(back.parts, active, strict=False)
        pushes = [_part(p, y) if p is not None and a else None for p, a in pairs]
        return lambda tangents: _total(pushes, tangents)
    seed = seed_of(y)
    try:
        return _whole(back, seed)
    except AdjointError as error:
        if not isinstance(y, (list, tuple)) or hasattr(type(y), "_fields"):
            raise
        return _by_parts(back, seed, type(y), error)


def _total(pushes, tangents):
    total = None
    for push, v in zip(pushes, tangents, strict=False):
        if push is not None and v is not None:
            total = accumulate(total, push(v))
    return total


def _part(part, y):
    """The transpose of a pullback's part for one argument."""
    if type(part) is PullParts:
        return lambda v: _shaped(pushed(part, v), y)
    dx, back = _pullback.pullback(part, seed_of(y))
    return (lambda v: None) if dx is None else lambda v: back(v)[0]


def _shaped(dy, y):
    """A tangent of the shape and type of the value."""
    if not isinstance(y, (np.ndarray, np.generic)):
        return dy
    dy = np.broadcast_to(dy, np.shape(y)).astype(y.dtype if y.dtype.kind in "fc" else float)
    return dy if isinstance(y, np.ndarray) else dy[()]


def _whole(back, seed):
    dxs, transpose = _pullback.pullback(back, seed)
    if dxs is None:
        return lambda tangents: None

    def push(tangents):
        rest = [None] * (len(dxs) - len(tangents))
        given = [None if dx is None else v for dx, v in zip(dxs, tangents + rest, strict=False)]
        return transpose(type(dxs)(given))[0]

    return push


def _by_parts(back, seed, cls, error):
    """One part of the value after the other: for some of them there is no pullback."""
    pushes = []
    for i in range(len(seed)):
        only = cls(part if i == j else None for j, part in enumerate(seed))
        try:
            pushes.append(_whole(back, only) if seed[i] is not None else None)
        except AdjointError as of_part:
            pushes.append(Unknown(str(of_part)))
    if all(type(push) is Unknown for push in pushes):
        raise error

    def push(tangents):
        out = []
        for i, one in enumerate(pushes):
            if one is None or type(one) is Unknown:
                out.append(one)
            else:
                found = one(tangents)
                out.append(None if found is None else found[i])
        return cls(out)

    return push
