"""Which classes of arrays of other libraries there are rules for."""

import numpy as np

__all__ = ["FETCHED", "KNOWN", "SNAPSHOTS", "STACKS", "filled", "snapshots", "stacked_arrays"]

#: class of arrays -> ``like(x, make)``, see `_library.declare_arrays`
KNOWN = {}
#: class of arrays -> class of their snapshots, see `_snapshots`
SNAPSHOTS = {}
#: class of arrays -> a function that joins a list of them along a new first axis
STACKS = {}
#: class of arrays -> a function that has a rule and brings one to the host, if NumPy may do that
FETCHED = {}


def filled(x, numbers):
    """An array of NumPy's as one of the library, the device and the dtype of `x`.

    None: arrays like `x` have no derivatives.
    """

    def make(zeros):
        return numbers.astype(float if zeros.dtype.kind in "biu" else zeros.dtype)

    return KNOWN[type(x)](x, make)


def stacked_arrays(arrays):
    """Arrays of a library along a new first axis; None among them is zero."""
    first = next(a for a in arrays if a is not None)
    zero = None
    if any(a is None for a in arrays):
        zero = filled(first, np.zeros(tuple(first.shape)))
    return STACKS[type(first)]([zero if a is None else a for a in arrays])


def snapshots(arrays):
    """What is in arrays now, as far as their library can tell."""
    kinds = [SNAPSHOTS.get(type(a)) for a in arrays]
    return [kind(a) for kind, a in zip(kinds, arrays, strict=True) if kind is not None]
