"""Rules for libraries that a program may not need: registered once it has imported the library.

So importing zygcore does not import them.  The machine asks when a level is opened, and where it
finds no rule for what it calls.
"""

import importlib
import importlib.util
import sys

from . import registry

__all__ = ["arrived", "everything"]

#: module of rules -> the libraries it is for, while none of them is there
_waiting = {
    "fractions": ("fractions", "decimal"),
    "mpmath": ("mpmath",),
    "sympy": ("sympy",),
    "pint": ("pint",),
    "cupy": ("cupy",),
    "cupyx_special": ("cupyx.scipy.special",),
    "torch": ("torch",),
    "ml_dtypes": ("ml_dtypes",),
    "numba": ("numba.cuda.device_init",),  # not its simulator
    "statistics": ("statistics",),
    "scipy._integrate": ("scipy.integrate",),
    "scipy._optimize": ("scipy.optimize",),
    "numpy._fft": ("numpy.fft",),
    "scipy.fft": ("scipy.fft",),
    "scipy.linalg": ("scipy.linalg",),
    "scipy._compat": ("scipy._lib.array_api_compat.numpy.linalg",),
    "scipy.sparse": ("scipy.sparse",),
    "scipy._sparse_moves": ("scipy.sparse",),
    "scipy.sparse_linalg": ("scipy.sparse.linalg",),
    "scipy._sparse_spectral": ("scipy.sparse.linalg",),
    "scipy._sparse_least": ("scipy.sparse.linalg",),
    "numpy._ma": ("numpy.ma",),
    "numpy._random": ("numpy.random",),
    "scipy.special": ("scipy.special",),
    "scipy.stats": ("scipy.stats",),
    "scipy.ndimage": ("scipy.ndimage",),
    "scipy.signal": ("scipy.signal",),
    "scipy.interpolate": ("scipy.interpolate",),
}


def arrived():
    """Registers the rules of libraries that were imported since.

    Returns whether there are any; None: a library is just being imported, so ask again.
    """
    new, settled = False, True
    halfway = {_package(name) for names in _waiting.values() for name in names if _is_halfway(name)}
    for rules, libraries in list(_waiting.items()):
        states = [_is_ready(name) for name in libraries]
        if any(_package(name) in halfway for name in libraries):
            settled = False  # rules for one part of a package may need another part
        elif True in states and _is_too_new(libraries[0]):
            _waiting.pop(rules, None)
        elif True in states:
            _register(rules)
            new = True
    return new if settled else None


def everything():
    """Imports all libraries that are installed and registers their rules: for documentation."""
    for rules, libraries in list(_waiting.items()):
        if importlib.util.find_spec(libraries[0].partition(".")[0]) is not None:
            _register(rules)


def _register(rules):
    was, registry.loading = registry.loading, True
    try:
        importlib.import_module(f"{__package__}.{rules}")
    finally:
        registry.loading = was
    _waiting.pop(rules, None)


#: versions from which on nobody has looked whether the rules hold: what is called there is unknown
_UNTESTED = {"scipy": (1, 18)}


def _is_too_new(name):
    package = _package(name)
    if package not in _UNTESTED:
        return False
    version = sys.modules[package].__version__.split(".")[:2]
    return tuple(map(int, version)) >= _UNTESTED[package]


def _package(name):
    return name.partition(".")[0]


def _is_ready(name):
    return sys.modules.get(name) is not None


def _is_halfway(name):
    """Is a library just being imported?"""
    return getattr(getattr(sys.modules.get(name), "__spec__", None), "_initializing", False)
