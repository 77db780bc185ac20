"""What is registered for a library besides rules: seeds, copies, sums of cotangents."""

import numpy as np

from .._library_arrays import add_library_arrays
from ..arithmetic import register_cotangent
from ..errors import OutputError
from ..rules.exact import COPIES, UNITS, Atom
from ..rules.registry import adjoint
from ._known import KNOWN
from ._protocols import ATTRIBUTES, CONSTANT, methods_of
from ._rules import make_rules

__all__ = ["declare_arrays", "register_library"]


def register_library(library, kind, name):
    if kind in KNOWN:
        return
    make_rules(name, library, kind)

    def like(x, make):
        found = make(np.broadcast_to(np.zeros((), x.dtype), x.shape))
        return None if found is None else library.asarray(found)

    declare_arrays(
        kind,
        like=like,
        unit=lambda y: _unit(y, library),
        copy=lambda x: x.view(),
        add=_sum,
        attributes={**ATTRIBUTES, **methods_of(kind)},
        constants=CONSTANT,
    )


def declare_arrays(kind, *, like, unit, copy, add, attributes, constants):
    """Make the instances of a class values.

    Parameters
    ----------
    kind : type
    like : callable
        ``like(x, make)``, an array like `x` with the numbers that ``make(zeros)`` has, an array of
        NumPy's of the shape of its argument.
    unit : callable
        The cotangent 1 of a value.
    copy : callable
        An equal array that is another object.
    add : callable
        The sum of two cotangents.
    attributes : dict
        Name -> a function of the array, for attributes that depend on its numbers.
    constants : collection of str
        Attributes that do not.
    """
    KNOWN[kind] = like
    Atom.register(kind)
    add_library_arrays(kind, attributes, constants)
    UNITS.append((kind, unit))
    COPIES.append((kind, copy))
    register_cotangent(kind, add=add)


def _unit(y, library):
    """The cotangent 1 of an array without axes."""
    if y.ndim:
        raise OutputError(
            f"gradient needs a real scalar; the function returned an array of shape {y.shape}. Use "
            "zygcore.pullback with a cotangent of that shape"
        )
    if y.dtype.kind == "c":
        raise OutputError(
            "gradient needs a real result; the function returned a complex array. Return its real "
            "or imaginary part or abs(), or use pullback with a cotangent of your choice"
        )
    return library.ones((), y.dtype if y.dtype.kind == "f" else float)


def _sum(a, b):
    """The sum of two cotangents: by a kernel of ours where it can be."""
    if a.shape == b.shape and a.dtype == b.dtype and a.dtype.kind == "f":
        return _added(a, b)
    return a + b


def _added(a, b):
    from ..cuda._arrays import accumulated

    return accumulated(a, b)


@adjoint(_added)
def added_rule(a, b):
    return _added(a, b), lambda dy: (dy, dy)
