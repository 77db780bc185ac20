"""Rules: what the derivative of a callable is.

`registry` keeps them; each other module is for one library (or one chapter of
NumPy) and registers its rules when it is imported, here or by `libraries`.
Rules are ordinary Python and can be differentiated themselves.  They must never
be wrong: what is not known has no rule.
"""

from .registry import *  # noqa: F403
from .registry import __all__  # noqa: F401

# isort: split
from . import (  # noqa: F401
    broadcasting,
    builtins,
    cmath,
    containers,
    exact,
    functools,
    itertools,
    libraries,
    math,
    numpy,
    operator,
    random,
    weakref,
)
