"""Which classes of arrays of other libraries there are rules for."""

__all__ = ["KNOWN"]

#: class of arrays -> ``like(x, make)``, see `_library.declare_arrays`
KNOWN = {}
