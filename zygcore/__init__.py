"""Automatic differentiation of ordinary Python and NumPy programs."""

import importlib
import typing

from . import (
    errors,
    pullback_rules,  # noqa: F401
    rules,
    testing,
    types,
)
from .api import Pullback, forward, gradient, jacobian, pullback, withgradient
from .buffer import Buffer
from .forward_mode import diaghessian, forwarddiff, hessian, hvp, jvp, pushforward
from .ir_text import code_ir
from .rules.registry import adjoint, tangent
from .structure import Grad
from .utils import dropgrad, hook, isderiving, nestlevel, showgrad

if typing.TYPE_CHECKING:
    from .checkpoints import checkpoint, checkpoint_loop
    from .taylor_mode import jet, taylor

__all__ = [
    "Buffer",
    "Grad",
    "Pullback",
    "adjoint",
    "checkpoint",
    "checkpoint_loop",
    "code_ir",
    "diaghessian",
    "dropgrad",
    "errors",
    "forward",
    "forwarddiff",
    "gradient",
    "hessian",
    "hvp",
    "hook",
    "isderiving",
    "jacobian",
    "jet",
    "jvp",
    "nestlevel",
    "pullback",
    "pushforward",
    "rules",
    "showgrad",
    "tangent",
    "taylor",
    "testing",
    "types",
    "withgradient",
]
__version__ = "0.1.0"

#: what is imported when it is asked for the first time: name -> module
_LATER = {
    "checkpoint": "checkpoints",
    "checkpoint_loop": "checkpoints",
    "jet": "taylor_mode",
    "taylor": "taylor_mode",
}


def __getattr__(name: str) -> typing.Any:
    if name not in _LATER:
        raise AttributeError(f"module 'zygcore' has no attribute {name!r}")
    was, rules.registry.loading = rules.registry.loading, True
    try:
        found = getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
    finally:
        rules.registry.loading = was
    globals()[name] = found
    return found


rules.registry.loading = False
