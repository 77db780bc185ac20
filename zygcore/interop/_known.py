"""Which classes of arrays of other libraries there are rules for."""

__all__ = ["KNOWN", "SNAPSHOTS", "snapshots"]

#: class of arrays -> ``like(x, make)``, see `_library.declare_arrays`
KNOWN = {}
#: class of arrays -> class of their snapshots, see `_snapshots`
SNAPSHOTS = {}


def snapshots(arrays):
    """What is in arrays now, as far as their library can tell."""
    kinds = [SNAPSHOTS.get(type(a)) for a in arrays]
    return [kind(a) for kind, a in zip(kinds, arrays, strict=True) if kind is not None]
