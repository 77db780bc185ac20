"""What is registered for a library besides rules: seeds, copies, sums of cotangents."""

import contextlib

import numpy as np

from .._library_memory import add_library_arrays
from ..arithmetic import register_cotangent
from ..errors import OutputError
from ..rules.broadcasting import FORMS, kind_of
from ..rules.exact import COPIES, UNITS, Atom
from ..rules.registry import adjoint
from ._known import KNOWN, SNAPSHOTS, STACKS, filled
from ._protocols import ATTRIBUTES, CONSTANT
from ._rules import make_rules
from ._snapshots import LibrarySnapshot

__all__ = ["addresses_of", "declare_arrays", "register_library"]


def register_library(library, kind, name):
    if kind in KNOWN:
        return
    make_rules(name, library, kind)

    def like(x, make):
        found = make(np.broadcast_to(np.zeros((), x.dtype), x.shape))
        if found is None:
            return None
        with _device_of(x):
            return library.asarray(found)

    declare_arrays(
        kind,
        like=like,
        unit=lambda y: _unit(y, library),
        copy=lambda x: x.view(),
        add=_sum,
        attributes=ATTRIBUTES,
        constants=CONSTANT,
        addresses=addresses_of,
        snapshot=LibrarySnapshot,
        stack=library.stack,
    )


def addresses_of(x):
    """Where the memory of an array is that is no view; (0, 0) if its library cannot tell."""
    data = getattr(x, "data", None)
    start = getattr(data, "ptr", None)  # CuPy's interface asks the driver for the stream
    if start is None:
        start = (getattr(x, "__cuda_array_interface__", None) or {"data": (0, False)})["data"][0]
    return (start, start + x.size * x.dtype.itemsize) if start else (0, 0)


def declare_arrays(
    kind,
    *,
    like,
    unit,
    copy,
    add,
    attributes,
    constants,
    addresses=None,
    snapshot=None,
    stack=None,
    derivatives=None,
):
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
    addresses : callable, optional
        The addresses of the first byte of an array and after its last one, ``(0, 0)`` if nobody
        knows.  Without this, memory that is shared with other objects is not watched.
    snapshot : class, optional
        Of what an array holds, see `_snapshots`.  Without this, what is written into an array
        after a call of `zygcore.pullback` is not noticed.
    stack : callable, optional
        Joins a list of arrays along a new first axis, for `jacobian` and `hessian`.
    derivatives : callable, optional
        Whether an array may have derivatives, by its dtype; without this, all may.
    """
    KNOWN[kind] = like
    FORMS[kind] = lambda number, x: filled(x, np.full(tuple(x.shape), number))
    if stack is not None:
        STACKS[kind] = stack
    if snapshot is not None:
        SNAPSHOTS[kind] = snapshot
    Atom.register(kind)
    add_library_arrays(kind, attributes, constants, addresses, derivatives)
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
    with _device_of(y):
        return library.ones((), y.dtype if kind_of(y.dtype) == "f" else float)


def _device_of(x):
    """Makes the device of an array the current one, if there are such."""
    device = getattr(x, "device", None)
    return device if hasattr(device, "__enter__") else contextlib.nullcontext()


def _sum(a, b):
    """The sum of two cotangents: by a kernel of ours where it can be."""
    if a.shape == b.shape and a.dtype == b.dtype and kind_of(a.dtype) == "f":
        return _added(a, b)
    return a + b


def _added(a, b):
    from ..cuda._arrays import accumulated

    return accumulated(a, b)


@adjoint(_added)
def added_rule(a, b):
    return _added(a, b), lambda dy: (dy, dy)
