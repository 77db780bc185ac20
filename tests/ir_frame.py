"""An activation of the reference evaluator of the IR, and what operators mean."""

import builtins
import operator
import types

from zygcore._ir import NULL, UNDEF, Const

MISSING = object()
UNBOUND = object()

BINARY = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "@": operator.matmul,
    "/": operator.truediv, "//": operator.floordiv, "%": operator.mod, "**": operator.pow,
    "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "+=": operator.iadd, "-=": operator.isub, "*=": operator.imul,
    "@=": operator.imatmul, "/=": operator.itruediv, "//=": operator.ifloordiv,
    "%=": operator.imod, "**=": operator.ipow, "<<=": operator.ilshift,
    ">>=": operator.irshift, "&=": operator.iand, "|=": operator.ior, "^=": operator.ixor,
}  # fmt: skip
UNARY = {"-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_}
COMPARE = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    ">": operator.gt, ">=": operator.ge, "is": operator.is_, "is not": operator.is_not,
    "in": lambda a, b: operator.contains(b, a),
    "not in": lambda a, b: not operator.contains(b, a),
}  # fmt: skip
CONVERT = {"": lambda x: x, "s": str, "r": repr, "a": ascii}


class Frame:
    """One activation: values by number, and where names are looked up."""

    def __init__(self, ir, func, namespace):
        self.ir = ir
        self.func = func
        self.code = ir.code
        self.globals = func.__globals__
        self.builtins = vars(builtins)
        self.namespace = namespace
        self.values = {}
        self.handled = None

    def get(self, operand):
        if operand is NULL:
            return MISSING
        if operand is UNDEF:
            return UNBOUND
        if isinstance(operand, Const):
            return operand.value
        return self.values[operand]

    def gets(self, operands):
        return [self.get(x) for x in operands]

    def follow(self, edge, *more):
        """Enter the block an edge leads to; all operands are read first."""
        params = self.ir.blocks[edge.target].params
        values = [*self.gets(edge.args), *more]
        assert len(params) == len(values)
        self.values.update(zip(params, values, strict=True))
        return edge.target

    def look_up(self, name, mappings):
        for mapping in mappings:
            try:
                return mapping[name]
            except KeyError:
                pass
        raise NameError(f"name '{name}' is not defined")

    def variables(self, instr):
        """What ``locals()`` returns."""
        if self.namespace is not None:
            return self.namespace
        found = {}
        for name, operand in self.ir.local_maps[instr].items():
            value = self.get(operand)
            if isinstance(value, types.CellType):
                try:
                    value = value.cell_contents
                except ValueError:
                    continue
            if value is not UNBOUND:
                found[name] = value
        return found
