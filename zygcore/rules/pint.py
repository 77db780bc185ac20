"""Quantities of pint: their gradients have units, see `units`.

pint is Python code, which is differentiated as it is; there are no rules.
"""

from pint.facets.plain import GenericPlainRegistry, PlainQuantity, PlainUnit
from pint.util import UnitsContainer

from .._values import add_opaque
from ..errors import UnsupportedError
from ..units import LIBRARIES, Library
from .registry import nondifferentiable

__all__ = []


def unit(x):
    """The unit of differences: of temperatures in degrees, degrees without an offset."""
    found = x._units
    for name in x._get_non_multiplicative_units():
        delta = f"delta_{name}"
        if delta not in x._REGISTRY:
            raise UnsupportedError(
                f"a quantity in {name} has no gradient: convert it to a unit that can be multiplied"
            )
        found = found.rename(name, delta)
    return found


def make(x, magnitude, unit):
    return x.__class__(magnitude, unit)


nondifferentiable(unit)
add_opaque(UnitsContainer, PlainUnit, GenericPlainRegistry)
LIBRARIES.append(Library(PlainQuantity, "_magnitude", unit, make))
