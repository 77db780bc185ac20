"""Tools for testing that gradients, and the machine itself, are right."""

from ._pullback import run_in_machine

__all__ = ["run_in_machine"]
