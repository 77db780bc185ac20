"""The kinds of errors zygcore raises.

Every message says what happened, where in the user's code, and what to do.
"""

__all__ = [
    "AdjointError",
    "CheckpointError",
    "CotangentError",
    "CudaError",
    "NotSmoothWarning",
    "OutputError",
    "RuleError",
    "TangentError",
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
    """A cotangent does not fit: the output of a pullback, another cotangent of
    the same value, the parts of what it belongs to, or what it is to move."""


class TangentError(ZygcoreError, TypeError):
    """A tangent does not fit what it belongs to: another structure, shape or type, or too few."""


class CheckpointError(ZygcoreError):
    """A function under `checkpoint` did something else when it was run again for the backward
    pass: another value, other random numbers, another exception.  The message names it."""


class CudaError(ZygcoreError, RuntimeError):
    """A call of `zygcore.cuda` failed: wrong arguments, no device, no memory, a failed launch.

    Attributes
    ----------
    name : str
        CUDA's name of the error, ``"cudaErrorInvalidValue"`` for arguments that do not fit.
    call : str
        What was called: a kernel or a function of the CUDA runtime.
    """

    def __init__(self, name, call, message):
        super().__init__(f"{call}: {message} ({name})")
        self.name, self.call = name, call

    def __reduce__(self):
        return CudaError._remade, (self.name, self.call, self.args[0])

    @staticmethod
    def _remade(name, call, text):
        error = CudaError(name, call, "")
        error.args = (text,)
        return error


class NotSmoothWarning(UserWarning):
    """A gradient was taken where the function has a kink: what came out is one
    of the possible subgradients."""


class UnsupportedError(ZygcoreError, NotImplementedError):
    """The code uses something that this version of zygcore cannot run: an
    opcode, or a CPython version.

    A program that is differentiated cannot go on after it: the gradient raises it, even if
    the program has handled it.  One that has left a call of `gradient` inside of the program
    is an exception like others.
    """

    #: it has left the call of `gradient` or `pullback` that it is about
    of_another_call = False


def nameless(kind):
    """The message where a cotangent arrives for an object of this type."""
    return (
        f"the gradient needs the derivative with respect to what is inside of a {kind.__name__}, "
        "an argument of a rule, whose parts have no names: pass the rule what is in it"
    )


def not_known(what, where):
    """The message of an `AdjointError`.

    `what` is the name of a callable, or a pair: what happened, and the remedy.
    """
    if isinstance(what, tuple):
        return f"{what[0]} ({where}).\n{what[1]}"
    return (
        f"the gradient needs the derivative of {what}, which is not known; it was called with "
        f"active values at {where}.\nRegister an adjoint for it:\n\n"
        f"    @zygcore.adjoint({what})\n    def _(*args):\n        y = {what}(*args)\n"
        "        return y, lambda dy: (...)  # one cotangent per argument\n\n"
        "or use zygcore.rules.nondifferentiable if its result carries no gradient."
    )
