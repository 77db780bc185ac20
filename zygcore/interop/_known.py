"""Which classes of arrays of other libraries there are rules for."""

__all__ = ["FETCHED", "KNOWN"]

#: class of arrays -> ``like(x, make)``, see `_library.declare_arrays`
KNOWN = {}

#: class of arrays -> a function that has a rule and brings one to the host, if NumPy may do that
FETCHED = {}
