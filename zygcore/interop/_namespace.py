"""A namespace like NumPy's, as the rules for NumPy see it.

The name `np` in a rule is one of these when the rule is made for another library: ``np.sum`` is
that library's function where an argument is an array of its own, and NumPy's function for what is
on the host (shapes, indices, numbers).
"""

import types

import numpy as np

__all__ = ["Missing", "Namespace"]

#: names that are the same for all libraries, or for what is on the host only
_HOST = frozenset((
    "dtype", "errstate", "finfo", "iinfo", "result_type", "promote_types", "can_cast", "shape",
    "ndim", "size", "ndindex", "isscalar", "issubdtype", "sctypeDict", "ufunc", "broadcast_shapes",
    "memmap", "matrix", "recarray", "flatiter", "nditer", "broadcast", "VisibleDeprecationWarning",
))  # fmt: skip
#: what makes arrays out of nothing makes them on the device
_MAKES = frozenset((
    "zeros", "ones", "empty", "full", "eye", "identity", "tri", "arange", "linspace", "asarray",
    "array", "ascontiguousarray",
))  # fmt: skip


class Missing:
    """Stands for a function that a library does not have: nobody can call it."""

    def __init__(self, name):
        self.name = self.__name__ = name

    def __call__(self, *args, **options):
        raise NotImplementedError(f"the library has no {self.name}")


class Namespace:
    """`library` (with its class of arrays, `kind`), with the names of NumPy."""

    def __init__(self, library, kind, host=np):
        self._library, self._kind, self._host = library, kind, host
        self.ndarray = kind

    def __getattr__(self, name):
        host = getattr(self._host, name)
        own = getattr(self._library, name, None)
        if isinstance(host, types.ModuleType):
            found = Namespace(own if own is not None else types.ModuleType(name), self._kind, host)
        elif isinstance(host, type) or not callable(host) or name in _HOST:
            found = host
        elif own is None:
            found = Missing(name)
        else:
            found = Both(name, own, host, self._kind)
        setattr(self, name, found)
        return found

    def method(self, name):
        """``np.ndarray.name`` as a target of rules."""
        return getattr(self._kind, name, None) or Missing(name)


class Both:
    """A function of the library, and NumPy's for what is on the host."""

    def __init__(self, name, own, host, kind):
        self.__name__ = self.__qualname__ = name
        self.target, self.host, self.kind = own, host, kind
        self.always = name in _MAKES

    def __call__(self, *args, **options):
        if self.always or holds(self.kind, args):
            return self.target(*args, **options)
        return self.host(*args, **options)

    def __getattr__(self, name):
        if name[:2] == "__":
            raise AttributeError(name)
        found = getattr(self.target, name, None)  # `at`, `reduce` and the like of ufuncs
        return Missing(f"{self.__name__}.{name}") if found is None else found


def holds(kind, args):
    """Is one of the arguments, or an item of one, such an array?"""
    for x in args:
        if isinstance(x, kind):
            return True
        if isinstance(x, (list, tuple)) and holds(kind, x):
            return True
    return False
