"""Which classes of arrays of other libraries there are rules for."""

__all__ = ["KNOWN"]

#: class of arrays -> a function that makes one of an array of NumPy's
KNOWN = {}
