"""The intermediate representation: SSA with block arguments.

A function is a list of blocks; a block has parameters, instructions and one
terminator.  A *value* is a positive integer, defined once: as a parameter of
a block, as a result of an instruction, or as a result of a terminator
(`for`, `send`), where it is visible on the outgoing edges.  ``%1`` is the
function itself, so the parameters of a function start at ``%2``.

An operand is a value (an ``int``) or a `Const`.  Two constants are special:
`NULL`, an operand that is absent (a call without ``self``), and `UNDEF`, the
content of a local variable that is not bound.

This module only holds and checks the representation.  It is built by
`zygcore._bytecode`, printed by `zygcore.ir_text`, and lowered for
execution by `zygcore._code`.  The table of instructions is in
``docs/internals.md``.
"""


cdef class Const:
    """An operand that is a constant, compared by identity of its value."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Const({self.value!r})"


class _Sentinel:
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


# `NULL` is a keyword to Cython.
globals()["NULL"] = Const(_Sentinel("null"))
UNDEF = Const(_Sentinel("undef"))


cdef class Edge:
    """A way to a block: the index of the target and one operand per parameter.

    The edge of an exception handler has one operand less than the target has
    parameters: the last parameter receives the exception.
    """

    def __init__(self, int target, list args):
        self.target = target
        self.args = args

    def __repr__(self):
        return f"Edge({self.target}, {self.args})"


cdef class Instr:
    """One operation: `results` = `op`(`args`), `imm` what is known statically.

    `offset` is the bytecode offset (in bytes) that positions are looked up by.
    """

    def __init__(self, str op, list args, imm=None, results=None, int offset=-1):
        self.op = op
        self.args = args
        self.imm = imm
        self.results = [] if results is None else results
        self.offset = offset

    def __repr__(self):
        return f"Instr({self.results} = {self.op} {self.imm!r} {self.args})"


cdef class Terminator:
    """The end of a block.

    ========= ========== ================= =====================================
    kind      args       edges             meaning
    ========= ========== ================= =====================================
    br        --         [to]              go on
    cond      [v]        [true, false]     by the truth value of ``v``
    for       [iterator] [body, exhausted] results [item], for the body edge only
    send      [to, v]    [yielded, done]   results [r]: what was yielded/returned
    return    [v]        --
    raise     [exc, cause] --              each may be `NULL`
    reraise   [exc]      --                without a new traceback entry
    ========= ========== ================= =====================================
    """

    def __init__(self, str kind, list args, list edges, list results=None, int offset=-1):
        self.kind = kind
        self.args = args
        self.edges = edges
        self.results = [] if results is None else results
        self.offset = offset

    def __repr__(self):
        return f"Terminator({self.kind} {self.args} {self.edges})"


cdef class Block:
    """Parameters, instructions, a terminator and, inside a ``try``, a handler.

    Whatever raises in the block (terminator included) goes along the edge
    `handler`; its operands are available at the start of the block.
    """

    def __init__(self):
        self.params = []
        self.instrs = []
        self.terminator = None
        self.handler = None


cdef class IR:
    """One code object in SSA form.

    `blocks[0]` is the entry; its parameters are the code object's arguments in
    the order of ``co_varnames`` (positional, keyword-only, ``*args``,
    ``**kwargs``).  `homes[v]` is the index in ``co_varnames`` of the local variable
    that value ``v`` is bound to first, or -1 for a temporary.  `local_maps` maps an
    `Instr` that asks for the caller's variables (``locals()``) to a dict from
    names to operands.
    """

    def __init__(self, code):
        self.code = code
        self.name = code.co_qualname
        self.blocks = []
        self.nvalues = 1
        self.homes = [-1, -1]
        self.is_generator = False
        self.local_maps = {}
