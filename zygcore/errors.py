"""The kinds of errors zygcore raises.

Every message says what happened, where in the user's code, and what to do.
"""

__all__ = [
    "AdjointError",
    "CotangentError",
    "OutputError",
    "RuleError",
    "UnsupportedError",
    "ZygcoreError",
]


class ZygcoreError(Exception):
    """Base of all errors of zygcore."""


class AdjointError(ZygcoreError):
    """A gradient reached something whose derivative is not known.

    The message names the callable, the line of its call, and how to register
    an adjoint for it.
    """


class RuleError(ZygcoreError):
    """A registered rule broke its contract, for instance by returning the
    wrong number of cotangents."""


class OutputError(ZygcoreError, TypeError):
    """The function returned something that has no gradient: `gradient` needs
    a real scalar."""


class CotangentError(ZygcoreError, TypeError):
    """A pullback was called with a cotangent that does not fit its output."""


class UnsupportedError(ZygcoreError, NotImplementedError):
    """The code uses something that this version of zygcore cannot run: an
    opcode, or a CPython version."""
