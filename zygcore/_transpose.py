"""Rules in forward mode: the transpose of their pullbacks.

A pullback is linear.  Its own pullback, taken at any cotangent, is the derivative of the function
itself: with real inner products, ``<dy, f'(x) v> = <back(dy), v>`` for all ``dy``.  So no rule
needs a form of its own for forward mode; those that have one (`tangent`) are `Forward`.
"""

import math
import types

import numpy as np

from . import _pullback
from .attributes import attributes
from .errors import AdjointError, RuleError
from .interop._known import KNOWN
from .rules.broadcasting import PullParts, kind_of, pushed
from .rules.registry import always, describe, each, gauged, linear, nondifferentiable
from .structure import Grad, accumulate
from .wholes import part

__all__ = [
    "Forward",
    "Unknown",
    "all_known",
    "of_tangent",
    "raise_unknown",
    "seed_of",
    "transposed",
    "uses",
    "zero_of",
]


#: types of numbers that are made from floats
PLAIN = (float, np.float16, np.float32, np.float64, np.longdouble)


class Unknown:
    """Stands for the tangent of something whose derivative is not known."""

    def __init__(self, message):
        self.message = message


class Forward:
    """What a rule of forward mode makes of a call: a pullback that knows its transpose."""

    def __init__(self, function, args, options):
        self.function = function
        self.args = args
        self.options = options

    def push(self, tangents):
        given = [*tangents, *[None] * (len(self.args) - len(tangents))]
        zeros = [zero_of(x) if v is None else v for x, v in zip(self.args, given, strict=True)]
        return self.function(self.args, tuple(zeros), **self.options)[1]

    def __call__(self, dy):
        def of_tangents(*tangents):
            return self.function(self.args, tangents, **self.options)[1]

        return _pullback.pullback(of_tangents, *[zero_of(x) for x in self.args])[1](dy)


def of_tangent(function):
    """A rule of forward mode as an adjoint."""

    def from_tangent(*args, **options):
        out = function(args, tuple([zero_of(x) for x in args]), **options)
        if type(out) is not tuple or len(out) != 2:
            raise RuleError(
                f"the rule {describe(function)} of forward mode must return (value, tangent); "
                f"it returned {out!r:.200}"
            )
        return out[0], Forward(function, args, options)

    return from_tangent


class _Zeros:
    """What the numbers of a tangent that is zero are."""

    whole = 0

    def number(self):
        return 0.0

    def array(self, shape):
        return np.zeros(shape)


class _Different:
    """Numbers that are all different, none of them zero.

    Some pullbacks have a quick way for cotangents that are all the same, or zero in places: it is
    right there, but its transpose is not that of the pullback.
    """

    whole = 1
    GOLDEN = (5**0.5 - 1) / 2

    def __init__(self):
        self.drawn = 0

    def number(self):
        self.drawn += 1
        return 0.5 + self.drawn * self.GOLDEN % 1

    def array(self, shape):
        n = math.prod(shape)
        out = 0.5 + np.arange(self.drawn + 1, self.drawn + 1 + n) * self.GOLDEN % 1
        self.drawn += n
        return out.reshape(shape)


def zero_of(x):
    """The tangent zero of an argument, None where there is none."""
    return _like(x, _Zeros())


def seed_of(y):
    """A cotangent that is not zero anywhere, and like no other, of the form of a value."""
    return _like(y, _Different())


def _like(x, numbers):
    if isinstance(x, np.ndarray):
        return _array_like(x, numbers)
    if x is None or isinstance(x, (bool, np.bool_, str, bytes, type, types.FunctionType)):
        return None
    if isinstance(x, (float, np.floating)):
        return type(x)(numbers.number()) if type(x) in PLAIN else _number_like(x, numbers)
    if type(x) is complex or isinstance(x, np.complexfloating):
        return type(x)(complex(numbers.number(), numbers.number()))
    if isinstance(x, np.generic):
        if kind_of(x.dtype) == "f":  # a bfloat16
            return type(x)(numbers.number())
        return type(x)(numbers.whole) if x.dtype.kind in "iu" else None
    if isinstance(x, list):
        return [_like(part, numbers) for part in x]
    if isinstance(x, tuple):
        parts = [_like(part, numbers) for part in x]
        fields = getattr(type(x), "_fields", None)
        return tuple(parts) if fields is None else Grad(**dict(zip(fields, parts, strict=True)))
    if isinstance(x, dict):
        return {key: _like(part, numbers) for key, part in x.items()}
    if type(x) in KNOWN:
        return KNOWN[type(x)](x, lambda zeros: _array_like(zeros, numbers))
    return _number_like(x, numbers)


def _array_like(x, numbers):
    kind = kind_of(x.dtype)
    if kind == "O":
        parts = [_like(part, numbers) for part in x.ravel()]
        return np.array([*parts, None])[:-1].reshape(x.shape)
    if kind not in "fciu":
        return None
    v = numbers.array(x.shape)
    if kind == "c":
        v = v + 1j * numbers.array(x.shape)
    return v.astype(x.dtype) if kind in "fc" else v


def _number_like(x, numbers):
    """The same for numbers of other types, and for objects."""
    try:
        if hasattr(x, "__mul__"):
            return type(x)(numbers.whole)
    except (TypeError, ValueError):
        pass
    parts = {name: _like(part, numbers) for name, part in attributes(x).items()}
    return Grad(**parts) if any(part is not None for part in parts.values()) else None


def transposed(back, function, y, active):
    """The pushforward of a call, and whether it takes several tangents at once.

    It is a function of a list of the tangents of the arguments, None for zero, and of how many
    there are at once (0: one).

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
    if type(back) is gauged:
        back = back.fixed
    if type(back) is linear:
        return back.push, True
    if type(back) is always:  # of what shows or changes cotangents: here there are none
        return (lambda tangents, width: tangents[-1]), True
    if type(back) is Forward:
        return (lambda tangents, width: back.push(tangents)), False
    try:
        if type(back) is each:
            pairs = zip(back.parts, active, strict=False)
            pushes = [_part(p, y) if p is not None and a else None for p, a in pairs]
            several = all(push is None or type(push) is Elementwise for push in pushes)
            return (lambda tangents, width: _total(pushes, tangents, width)), several
        push = _whole(back, seed_of(y))
    except AdjointError as error:
        refused = AdjointError(
            f"forward mode needs the transpose of the pullback of {describe(function)}, which is "
            f"taken at an arbitrary cotangent, and there it has none: {error}. Use reverse mode"
        )
        seed = seed_of(y)
        if not isinstance(seed, (list, tuple, Grad)):
            raise refused from error
        push = _by_parts(_of_active(back, active), seed, refused)
    return (lambda tangents, width: push(tangents)), False


def uses(back, y, i):
    """Does a value depend on argument `i` of the call?  On an index, for example, it does not."""
    if type(back) is Forward or type(back) is always:
        return True
    if type(back) is gauged:
        back = back.fixed
    try:
        if type(back) is each:
            back = back.parts[i] if i < len(back.parts) else None
            return back is not None and (type(back) is PullParts or back(seed_of(y)) is not None)
        dxs = back(seed_of(y))
    except Exception:  # which is then raised by `transposed`
        return True
    return dxs is not None and i < len(dxs) and dxs[i] is not None


def all_known(v):
    """A tangent; AdjointError if a part of it is not known."""
    if isinstance(v, Unknown):
        raise AdjointError(v.message)
    if isinstance(v, (list, tuple)):
        for item in v:
            all_known(item)
    elif isinstance(v, (dict, Grad)):
        for item in (v if isinstance(v, dict) else vars(v)).values():
            all_known(item)
    return v


def raise_unknown(what):
    """Raises why there is no derivative: a message, or an exception that was raised earlier."""
    raise AdjointError(what) if isinstance(what, str) else what


def _of_active(back, active):
    """A pullback in parts, for the arguments that have tangents."""
    if type(back) is not each:
        return back

    def pull(dy):
        pairs = zip(back.parts, active, strict=False)
        return tuple([p(dy) if p is not None and a else None for p, a in pairs])

    return pull


def _total(pushes, tangents, width):
    total = None
    for push, v in zip(pushes, tangents, strict=False):
        if push is not None and v is not None:
            total = accumulate(total, push(v, width))
    return total


def _part(part, y):
    """The transpose of a pullback's part for one argument."""
    if type(part) is PullParts:
        return Elementwise(part, y)
    push = _whole(lambda dy: (part(dy),), seed_of(y))
    return lambda v, width: push([v])


class Elementwise:
    """The transpose for one argument of an elementwise function."""

    def __init__(self, part, y):
        self.part = part
        self.y = y

    def __call__(self, v, width):
        """A tangent of the shape and type of the value."""
        y = self.y
        if width:
            v = np.reshape(v, (width, *(1,) * (np.ndim(y) + 1 - np.ndim(v)), *np.shape(v)[1:]))
        dy = pushed(self.part, v)
        if not width and not isinstance(y, (np.ndarray, np.generic)):
            return dy
        dy = np.broadcast_to(dy, (width, *np.shape(y)) if width else np.shape(y))
        dtype = (
            y.dtype
            if isinstance(y, (np.ndarray, np.generic)) and kind_of(y.dtype) in "fc"
            else None
        )
        dy = dy.astype(dtype or (dy.dtype if kind_of(dy.dtype) in "fc" else float), copy=False)
        return dy if width or isinstance(y, np.ndarray) else dy[()]


def _whole(back, seed):
    try:
        return _by_pullback(back, seed)
    except AdjointError:  # of first order only
        return _by_units(back, seed)


def _by_units(back, seed):
    """From the pullback of every element of the value by itself."""
    rows = [(path, index, back(unit)) for path, index, unit in _units(seed, ())]

    def push(tangents):
        return _filled(seed, (), {(p, i): _dot(row, tangents) for p, i, row in rows})

    return push


def _units(seed, path):
    """(path, index, cotangent) for every element of a value."""
    if isinstance(seed, np.ndarray):
        for index in np.ndindex(seed.shape):
            unit = np.zeros_like(seed)
            unit[index] = 1
            yield path, index, unit
            if seed.dtype.kind == "c":
                yield path, (*index, 1j), unit * 1j
    elif seed is not None and not isinstance(seed, (list, tuple, dict, Grad)):
        yield path, (), type(seed)(1)
        if isinstance(seed, (complex, np.complexfloating)):
            yield path, (1j,), type(seed)(1j)
    elif seed is not None:
        for name, inner in _named(seed):
            for inside, index, unit in _units(inner, (*path, name)):
                others = {k: unit if k == name else None for k, _ in _named(seed)}
                yield inside, index, _made(seed, others)


def _named(seed):
    if isinstance(seed, Grad):
        return list(vars(seed).items())
    return list(seed.items()) if isinstance(seed, dict) else list(enumerate(seed))


def _made(seed, parts):
    if isinstance(seed, Grad):
        return Grad(**parts)
    return dict(parts) if isinstance(seed, dict) else type(seed)(parts.values())


def _filled(seed, path, table):
    """The tangent of a value from those of its elements."""
    if isinstance(seed, np.ndarray):
        out = np.zeros_like(seed)
        for index in np.ndindex(seed.shape):
            out[index] = table[path, index]
            if seed.dtype.kind == "c":
                out[index] += 1j * table[path, (*index, 1j)]
        return out
    if seed is not None and isinstance(seed, (list, tuple, dict, Grad)):
        return _made(seed, {k: _filled(v, (*path, k), table) for k, v in _named(seed)})
    if seed is None:
        return None
    if isinstance(seed, (complex, np.complexfloating)):
        return type(seed)(table[path, ()] + 1j * table[path, (1j,)])
    return type(seed)(table[path, ()])


def _dot(dxs, tangents):
    """The real inner product of cotangents and tangents."""
    if isinstance(dxs, dict) or isinstance(dxs, Grad):
        pairs = [(v, part(tangents, name)) for name, v in _named(dxs)]
    else:
        pairs = zip(dxs or (), tangents, strict=False)
    total = 0
    for dx, v in pairs:
        if dx is None or v is None:
            continue
        if isinstance(dx, (list, tuple, dict, Grad)):
            total = total + _dot(dx, v)
        else:
            total = total + np.sum(np.real(np.conj(dx) * v))
    return total


def _by_pullback(back, seed):
    dxs, transpose = _pullback.pullback(back, seed)
    if dxs is None:
        return lambda tangents: None

    def push(tangents):
        rest = [None] * (len(dxs) - len(tangents))
        given = [None if dx is None else v for dx, v in zip(dxs, tangents + rest, strict=False)]
        return transpose(type(dxs)(given))[0]

    return push


def _by_parts(back, seed, refused):
    """One part of the value after the other: for some of them there is no pullback."""
    fields = vars(seed) if isinstance(seed, Grad) else None
    names = list(fields) if fields is not None else range(len(seed))
    values = list(fields.values()) if fields is not None else seed

    def together(parts):
        if fields is not None:
            return Grad(**dict(zip(names, parts, strict=True)))
        return type(seed)(parts)

    pushes = []
    for i, one in enumerate(values):
        only = together([one if i == j else None for j in range(len(values))])
        try:
            pushes.append(_whole(back, only) if one is not None else None)
        except AdjointError:
            pushes.append(Unknown(str(refused)))
    if all(type(push) is Unknown for push in pushes):
        raise refused

    def push(tangents):
        out = []
        for name, one in zip(names, pushes, strict=True):
            if one is not None and type(one) is not Unknown:
                one = one(tangents)
                one = None if one is None else part(one, name)
            out.append(one)
        return together(out)

    return push


nondifferentiable(seed_of, zero_of)
