"""Automatic differentiation of ordinary Python and NumPy programs."""

from . import errors, rules, testing, types
from .api import Pullback, forward, gradient, jacobian, pullback, withgradient
from .buffer import Buffer
from .checkpoints import checkpoint, checkpoint_loop
from .ir_text import code_ir
from .rules.registry import adjoint
from .structure import Grad
from .utils import dropgrad, hook, isderiving, nestlevel, showgrad

__all__ = [
    "Buffer",
    "Grad",
    "Pullback",
    "adjoint",
    "checkpoint",
    "checkpoint_loop",
    "code_ir",
    "dropgrad",
    "errors",
    "forward",
    "gradient",
    "hook",
    "isderiving",
    "jacobian",
    "nestlevel",
    "pullback",
    "rules",
    "showgrad",
    "testing",
    "types",
    "withgradient",
]
__version__ = "0.1.0"

rules.registry.loading = False
