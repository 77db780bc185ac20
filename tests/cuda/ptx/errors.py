"""The one class of errors."""


class PtxError(Exception):
    """A program that is wrong, or an instruction that the interpreter does not know."""
