"""Gradients with units: what is done for quantities before and after a level.

A quantity is an object with a magnitude and units.  The machine differentiates the code of its
class as it is, which gives the derivatives of magnitudes with respect to magnitudes, for the units
that values and arguments have.  The derivative of y with respect to x then has the unit of y over
that of x: `prepare` notes the units of the arguments before the program runs, which may change
them, and `finish` makes quantities of the gradients.

Which classes are quantities is registered by rules for a library; with none of them nothing is
done.
"""

import numpy as np

from .errors import CotangentError, OutputError
from .kinds import kind_of
from .structure import Grad

__all__ = [
    "LIBRARIES",
    "Library",
    "cotangent_for",
    "finish",
    "library_of",
    "prepare",
    "unit_of_value",
]

#: a `Library` for each library of quantities that was imported
LIBRARIES = []

_PLAIN = (float, int, str, np.ndarray)


class Library:
    """What a library's quantities are like.

    Attributes
    ----------
    cls : type
        Their class.
    magnitude : str
        The name of the attribute that is differentiated.
    unit : callable
        ``unit(x)``, the unit of differences of quantities like x, which has ``*``, ``/``.
    make : callable
        ``make(x, magnitude, unit)``, a quantity of the library that x belongs to.
    """

    def __init__(self, cls, magnitude, unit, make):
        self.cls = cls
        self.magnitude = magnitude
        self.unit = unit
        self.make = make


class Unit:
    """The unit of a quantity, and how quantities like it are made."""

    def __init__(self, library, example, unit):
        self.library = library
        self.example = example
        self.unit = unit

    def over(self, other):
        """The unit of a derivative."""
        return Unit(self.library, self.example, self.unit / other.unit)

    def of(self, magnitude):
        return self.library.make(self.example, magnitude, self.unit)


def library_of(x):
    """The library whose quantity `x` is, or None."""
    for library in LIBRARIES:
        if isinstance(x, library.cls):
            return library
    return None


def unit_of_value(x):
    """The `Unit` of a quantity; None for anything else."""
    library = library_of(x)
    return None if library is None else Unit(library, x, library.unit(x))


# -- before ------------------------------------------------------------------------------------


def prepare(args):
    """The units of arguments, by position and then by the names of parts; None: there are none."""
    if not _has_quantities(args):
        return None
    found = {i: form for i, x in enumerate(args) if (form := _form(x, set())) is not None}
    return found or None


def _has_quantities(args):
    """Without recursion: arguments may be deep."""
    todo, seen, kept = list(args), set(), []
    while todo:
        x = todo.pop()
        if type(x) in _PLAIN or id(x) in seen:
            continue
        if library_of(x) is not None:
            return True
        kind = kind_of(x)
        if kind is not None:
            seen.add(id(x))
            kept.append(x)  # so that its id stays its own
            todo += kind.parts(x).values()
    return False


def _form(x, seen):
    if type(x) in _PLAIN or id(x) in seen:
        return None
    unit = unit_of_value(x)
    if unit is not None:
        return unit
    kind = kind_of(x)
    if kind is None:
        return None
    seen.add(id(x))
    parts = {
        name: form for name, v in kind.parts(x).items() if (form := _form(v, seen)) is not None
    }
    seen.discard(id(x))
    return parts or None


# -- the cotangent of a value ---------------------------------------------------------------------


def cotangent_for(unit, dy):
    """(cotangent, unit) for a value with this unit: a number, or a quantity, for its magnitude."""
    if unit is None or dy is None or type(dy) is Grad:
        return dy, unit
    given = unit_of_value(dy)
    if given is None:
        return Grad(**{unit.library.magnitude: dy}), unit
    if given.library is not unit.library:
        raise CotangentError("the cotangent is a quantity of another library than the value")
    magnitude = getattr(dy, unit.library.magnitude)
    return Grad(**{unit.library.magnitude: magnitude}), Unit(
        unit.library, unit.example, unit.unit * given.unit
    )


def seed_for_magnitude(y, seed):
    """The cotangent 1 for a quantity; `seed` finds that of its magnitude."""
    library = library_of(y)
    try:
        return Grad(**{library.magnitude: seed(getattr(y, library.magnitude))})
    except OutputError as error:
        raise OutputError(f"of a quantity, the magnitude counts: {error}") from None


# -- after -------------------------------------------------------------------------------------


def finish(prepared, unit, gradients):
    """Gradients of arguments with their units; `unit` is that of the value, or None."""
    if prepared is None and unit is None:
        return gradients
    forms = prepared or {}
    return tuple([_finished(forms.get(i), unit, g) for i, g in enumerate(gradients)])


def _finished(form, unit, g):
    if g is None or form is None and unit is None:
        return g
    if isinstance(form, Unit):
        magnitude = getattr(g, form.library.magnitude, None)
        if magnitude is None:
            return None
        return (_one(form) if unit is None else unit).over(form).of(magnitude)
    entries = form or {}
    if type(g) is Grad:
        return Grad(**{k: _finished(entries.get(k), unit, v) for k, v in g._asdict().items()})
    if type(g) is dict:
        return {k: _finished(entries.get(k), unit, v) for k, v in g.items()}
    if type(g) is list or type(g) is tuple:
        return type(g)([_finished(entries.get(i), unit, v) for i, v in enumerate(g)])
    return g if unit is None else unit.of(g)


def _one(form):
    """No unit."""
    return Unit(form.library, form.example, form.unit / form.unit)
