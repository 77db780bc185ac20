"""From code objects to the IR.

`build` is all there is to call.  The opcodes of each CPython version are described
by a module of tables (`v311`, `v312`, `v313`); `_decode`, `_loops`, `_flow`, `_core` and
`_ssa` are the passes, in the order in which they run.
"""

import opcode
import sys

from zygcore._bytecode import _core
from zygcore._bytecode._decode import Table, unsupported

__all__ = ["build"]

VERSIONS = {(3, 11): "v311", (3, 12): "v312", (3, 13): "v313"}


def cache_entries():
    """How many cache units follow each opcode that has any."""
    entries = opcode._inline_cache_entries
    if isinstance(entries, dict):
        return entries
    return {opcode.opname[op]: count for op, count in enumerate(entries) if count}


def load_table():
    """The table of the running CPython, or None where it has none."""
    name = VERSIONS.get(sys.version_info[:2])
    if name is None or sys.implementation.name != "cpython":
        return None
    module = __import__(f"{__name__}.{name}", fromlist=["STEPS"])
    return Table(module, opcode.opmap, cache_entries())


TABLE = load_table()


def build(code):
    """The IR of a code object.

    Parameters
    ----------
    code : types.CodeType
        The code of a function, method, lambda, comprehension, generator or module.

    Returns
    -------
    IR
        Its translation; see ``docs/internals.md`` for the instructions.

    Raises
    ------
    UnsupportedError
        For a CPython version or an opcode that is not known.
    """
    if TABLE is None:
        version = ".".join(map(str, sys.version_info[:3]))
        raise unsupported(code, 0, f"bytecode of {sys.implementation.name}", version)
    return _core.build(code, TABLE)
