"""Automatic differentiation of ordinary Python and NumPy programs."""

from . import errors, rules, testing, types
from .api import Pullback, forward, gradient, jacobian, pullback, withgradient
from .buffer import Buffer
from .checkpoints import checkpoint, checkpoint_loop
from .forward_mode import diaghessian, forwarddiff, hessian, hvp, jvp, pushforward
from .ir_text import code_ir
from .rules.registry import adjoint, tangent
from .structure import Grad
from .taylor_mode import jet, taylor
from .utils import dropgrad, hook, isderiving, nestlevel, showgrad

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

rules.registry.loading = False
