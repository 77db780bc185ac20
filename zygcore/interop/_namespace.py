"""A namespace like NumPy's, as the rules for NumPy see it.

The name `np` in a rule is one of these when the rule is made for another library: ``np.sum`` is
that library's function where an argument is an array of its own, and NumPy's function for what is
on the host (shapes, indices, numbers).
"""

import functools
import inspect
import types

import numpy as np

from ..errors import AdjointError
from ..rules.registry import nondifferentiable

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
    "array", "asanyarray", "ascontiguousarray", "indices",
))  # fmt: skip


@functools.cache
def _public(*modules):
    """The functions that a library may have, too."""
    found = [f for m in modules for f in vars(m).values()]
    return frozenset(f for f in found if callable(f) and not isinstance(f, type))


class Missing:
    """A function that a library does not have: a derivative that needs it is an error."""

    def __init__(self, name):
        self.name = self.__name__ = name

    def __call__(self, *args, **options):
        raise AdjointError(
            f"the derivative needs {self.name}, which the library does not have: register one with "
            "zygcore.adjoint, or use zygcore.dropgrad if the value should be a constant"
        )


class Namespace:
    """`library` (with its class of arrays, `kind`), with the names of NumPy."""

    def __init__(self, library, kind, host=np):
        self._library, self._kind, self._host = library, kind, host
        of_numpy = host.__name__.partition(".")[0] == "numpy"
        self._public = _public(np, np.linalg, np.fft) if of_numpy else _public(host)
        self.ndarray = kind

    def __getattr__(self, name):
        host = getattr(self._host, name)
        own = getattr(self._library, name, None)
        if callable(host) and host not in self._public:  # a helper inside of NumPy
            own = None
        if isinstance(host, types.ModuleType):
            found = Namespace(own if own is not None else types.ModuleType(name), self._kind, host)
        elif isinstance(host, type) or not callable(host) or name in _HOST:
            found = host
        elif own is None:
            found = Missing(name) if host in self._public else host
        else:
            found = Both(name, own, host, self._kind, self._library)
        setattr(self, name, found)
        return found

    def method(self, name):
        """``np.ndarray.name`` as a target of rules."""
        return getattr(self._kind, name, None) or Missing(name)


class Both:
    """A function of the library, and NumPy's for what is on the host.

    Rules may pass all arguments that NumPy's function has.  Those that are at NumPy's defaults are
    left to the library, whose function may not have them.
    """

    def __init__(self, name, own, host, kind, library):
        self.__name__ = self.__qualname__ = name
        self.target, self.host, self.kind, self.library = own, host, kind, library
        self.always = name in _MAKES
        self.defaults = None

    def __call__(self, *args, **options):
        if not (self.always or holds(self.kind, args)):
            return self.host(*args, **options)
        n, names = given(self, args, options)
        if "initial" in names and self.__name__ in _FROM and not takes(self.target, "initial"):
            return self.from_initial(args[:n], {name: options[name] for name in names})
        return self.target(*args[:n], **{name: options[name] for name in names})

    def from_initial(self, args, options):
        """A maximum or minimum together with a number, which there also is of nothing."""
        initial = options.pop("initial")
        if args[0].size:
            return getattr(self.library, _FROM[self.__name__])(
                self.target(*args, **options), initial
            )
        return self.library.sum(*args, **options) + initial

    def __getattr__(self, name):
        if name[:2] == "__":
            raise AttributeError(name)
        if name == "_implementation":  # without NumPy's dispatch
            from ._code import Code

            return Code(self.library, self.kind).function(inspect.unwrap(self.host))
        if name == "accumulate" and self.__name__ in _RUNNING:
            return getattr(self.library, _RUNNING[self.__name__])
        found = getattr(self.target, name, None)  # `at`, `reduce` and the like of ufuncs
        return Missing(f"{self.__name__}.{name}") if found is None else found


#: ufunc -> what runs over an axis with it
_RUNNING = {"add": "cumsum", "multiply": "cumprod"}
#: reduction -> the function of two operands
_FROM = {"max": "maximum", "min": "minimum"}


def given(function, args, options):
    """How many positional arguments are to be passed on, and which of the others."""
    if not options and len(args) == 1:
        return 1, ()
    if function.defaults is None:
        function.defaults = defaults_of(function.host, function.target)
    positions, by_name = function.defaults
    n = len(args)
    if n <= len(positions):
        while n and is_default(args[n - 1], positions[n - 1]):
            n -= 1
    return n, [name for name, x in options.items() if not is_default(x, by_name.get(name, _NONE))]


_NONE = object()
#: of what says nothing: there are no subclasses of arrays of other libraries
_ANY = object()


def is_default(x, default):
    return (
        x is default
        or default is _ANY
        or (type(x) is type(default) and type(x) in _SIMPLE and x == default)
    )


_SIMPLE = frozenset((bool, int, float, str, tuple))


def defaults_of(host, target):
    """The defaults of positional parameters in order, and of all by name.

    Only of those that the function of the library need not be given.
    """
    parameters, own = parameters_of(host), parameters_of(target)
    needed = {p.name for p in own if p.default is p.empty}
    positional = [p for p in own if p.kind is not p.KEYWORD_ONLY]
    needed |= {p.name for p, q in zip(parameters, positional, strict=False) if q.name in needed}
    defaults = {
        p.name: _NONE if p.default is p.empty or p.name in needed else p.default for p in parameters
    }
    if "subok" in defaults:
        defaults["subok"] = _ANY
    positions = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
    return [defaults[name] for name in positions], defaults


@functools.cache
def parameters_of(function):
    """Those that can be known."""
    try:
        return tuple(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ()


def takes(function, name):
    """Does a function have a parameter, as far as can be known?"""
    found = parameters_of(function)
    return not found or name in [p.name for p in found]


nondifferentiable(given, takes)


def holds(kind, args):
    """Is one of the arguments, or an item of one, such an array?"""
    for x in args:
        if isinstance(x, kind):
            return True
        if isinstance(x, (list, tuple)) and holds(kind, x):
            return True
    return False
