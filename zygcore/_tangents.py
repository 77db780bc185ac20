"""Do tangents fit their primals?  Errors that say where they do not."""

from collections.abc import Mapping

import numpy as np

from ._inputs import parts_of
from .errors import CotangentError, TangentError
from .interop._known import KNOWN
from .rules.broadcasting import kind_of
from .wholes import entries_for

__all__ = ["check_tangents", "entries", "fitted", "inside", "refuse"]


def fitted(x, v, what, width):
    """A tangent as it is kept for a number or array; with `width`, so many along a first axis."""
    if isinstance(x, (np.ndarray, np.generic)):
        return _array_fitted(x, np.asarray(v), what, width)
    if type(x) in KNOWN:
        return _library_array_fitted(x, v, what)
    if width:
        return np.asarray(v).tolist() if type(x) is int else np.asarray(v)
    array = isinstance(v, np.ndarray)
    if array and v.ndim or not array and not hasattr(v, "__mul__") or _is_sequence(v):
        kind = type(v).__name__
        raise TangentError(
            f"{what} is a number, {x!r:.60}, and its tangent {v!r:.60} ({kind}): give a number"
        )
    if isinstance(x, (float, int)) and isinstance(v, (complex, np.complexfloating)):
        raise TangentError(f"{what} is real and its tangent {v!r} complex: take the real part")
    return v.item() if isinstance(v, (np.ndarray, np.generic)) else v


def _array_fitted(x, v, what, width):
    if v.shape != ((width, *x.shape) if width else x.shape):
        raise TangentError(f"{what} has shape {x.shape} and its tangent {v.shape}: they must agree")
    if kind_of(v.dtype) not in "fciub" and x.dtype.kind != "O":
        raise TangentError(f"{what} has dtype {x.dtype} and its tangent {v.dtype}: give numbers")
    if v.dtype.kind == "c" and x.dtype.kind != "c":
        raise TangentError(f"{what} is real and its tangent complex: take the real part")
    v = np.array(v, x.dtype if kind_of(x.dtype) in "fcO" else float)
    return v if isinstance(x, np.ndarray) or width else v[()]


def _library_array_fitted(x, v, what):
    shape = getattr(v, "shape", None)
    if shape is None or tuple(shape) != tuple(x.shape):
        given = f"a {type(v).__name__}" if shape is None else f"of shape {tuple(shape)}"
        raise TangentError(
            f"{what} is a {type(x).__name__} of shape {tuple(x.shape)} and its tangent {given}: "
            "give an array of the same library and shape"
        )
    return v


def _is_sequence(v):
    return isinstance(v, (list, tuple, str, bytes))


def entries(x, v, keys, n, cls, what):
    """The tangents of the parts of a container."""
    try:
        return entries_for(v, keys, n, cls)
    except CotangentError:
        raise TangentError(
            f"{v!r:.80} ({type(v).__name__}) is no tangent of {what}, a {type(x).__name__}: give "
            "it the structure of its gradient, with None for zero"
        ) from None


def inside(x, key, what):
    """What a part of a container is called."""
    named = type(key) is str and key.isidentifier() and not isinstance(x, Mapping)
    return f"{what}.{key}" if named else f"{what}[{key!r}]"


def refuse(x, what):
    raise TangentError(
        f"{what}, {x!r:.60} ({type(x).__name__}), is not differentiable: its tangent must be None"
    )


def check_tangents(primals, tangents):
    """For inner levels, where nothing else is checked."""
    if len(tangents) == len(primals):
        for i, (x, v) in enumerate(zip(primals, tangents, strict=True)):
            _check(x, v, f"primal {i}")


def _check(x, v, what):
    if v is None:
        return
    if isinstance(x, np.ndarray) and x.dtype.kind not in "fciuO":
        refuse(x, what)
    if isinstance(x, (bool, np.bool_, str, bytes, type, type(None))):
        refuse(x, what)
    if isinstance(x, (np.ndarray, np.generic, float, int, complex)):
        fitted(x, v, what, 0)
        return
    keys, values = parts_of(x)
    if not values:
        return
    parts = entries(x, v, keys, len(values), type(x), what)
    names = range(len(values)) if keys is None else keys
    for key, part, d in zip(names, values, parts, strict=True):
        _check(part, d, inside(x, key, what))
