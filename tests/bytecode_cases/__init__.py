"""Functions that exercise the translation of bytecode, with arguments to try.

Each is run by CPython and by the evaluator of the IR; both must return or raise the
same.  A function may take `log`, a list of effects, which is compared too.
"""

from . import flow, functions, exceptions, generators, classes  # noqa: F401, I001
from .register import CASES  # noqa: F401
