"""What is registered for a library besides rules: seeds, copies, sums of cotangents."""

from .._library_arrays import add_library_arrays
from ..arithmetic import register_cotangent
from ..errors import OutputError
from ..rules.exact import COPIES, UNITS, Atom
from ..rules.registry import adjoint
from ._known import KNOWN
from ._rules import make_rules

__all__ = ["register_library"]


def register_library(library, kind, name):
    if kind in KNOWN:
        return
    make_rules(name, library, kind)
    KNOWN[kind] = library.asarray
    Atom.register(kind)
    add_library_arrays(kind)
    UNITS.append((kind, lambda y: _unit(y, library)))
    COPIES.append((kind, lambda x: x.view()))
    register_cotangent(kind, add=_sum)


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
