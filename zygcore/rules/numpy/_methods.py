"""Rules for the methods of arrays that are no functions of `numpy`: views."""

import numpy as np

from ..._handing import hand_over
from ..broadcasting import project
from ..registry import UNKNOWN, adjoint, lowering, nondifferentiable
from ._subclasses import PLAIN, plain, shown

__all__ = []


@lowering(np.ndarray.setflags)
def setflags_lowering(a, write=None, align=None, uic=None):
    """Of the very array: C code gets a view of one that carries derivatives."""
    if align is not None:
        a.flags.aligned = align
    if uic is not None:
        a.flags.writebackifcopy = uic
    if write is not None:
        a.flags.writeable = write


# ------------------------------------------------------------------------- views


def viewed(a, *args, **options):
    """``a.view(...)`` as an array of no subclass."""
    return a.view(*args, **options)


@adjoint(viewed, np.generic.view)
def view_rule(a, *args, **options):
    y = a.view(*args, **options)
    if y.dtype == a.dtype:
        return y, lambda dy: (project(dy, a),)
    if a.dtype.kind == "c" and y.dtype == a.real.dtype:
        return y, lambda dy: (project(dy[..., ::2] + 1j * dy[..., 1::2], a),)
    if y.dtype.kind == "c" and a.dtype == y.real.dtype:

        def pairs_back(dy):
            parts = np.stack([np.real(dy), np.imag(dy)], axis=-1)
            return (project(np.reshape(parts, a.shape), a),)

        return y, pairs_back
    return y, UNKNOWN


def names_subclass(*kinds):
    return any([isinstance(k, type) and issubclass(k, np.ndarray) for k in kinds])


@lowering(np.ndarray.view)
def view_lowering(a, *args, **options):
    if type(a) not in PLAIN or names_subclass(*args, *options.values()):
        return shown(hand_over(np.ndarray.view, a, *args, **options), a)
    return viewed(a, *args, **options)


@lowering(np.ndarray.__new__)
def new_lowering(kind, *args, **options):
    """An array of a class, over the memory of `buffer` if it is given one."""
    buffer = args[2] if len(args) > 2 else options.get("buffer")
    made = hand_over(np.ndarray.__new__, kind, *args, **options)
    return shown(made, buffer) if isinstance(buffer, np.ndarray) else made


@lowering(np.ndarray.__array__)
def array_method_lowering(a, *args, **options):
    if not args and not options:
        return plain(a)
    return converted(plain(a), *args, **options)


def converted(a, *args, **options):
    return np.ndarray.__array__(a, *args, **options)


@adjoint(converted)
def converted_rule(a, *args, **options):
    y = converted(a, *args, **options)
    return y, lambda dy: (project(dy, a),)


@adjoint(np.ndarray.getfield)
def getfield_rule(a, dtype, offset=0):
    y = a.getfield(dtype, offset)
    if y.dtype == a.dtype:
        return y, lambda dy: (project(dy, a),)
    if a.dtype.kind == "c" and y.dtype == a.real.dtype:
        unit = 1 if offset == 0 else 1j
        return y, lambda dy: (project(unit * dy, a),)
    return y, UNKNOWN


nondifferentiable(names_subclass)
