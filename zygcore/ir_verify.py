"""Checks that an IR is well-formed; used by tests and while debugging.

`verify` looks at what every later stage takes for granted: values are defined once
and before they are used on every way, edges fit the parameters of their targets, and
instructions have the operands and results their operation asks for.  It does not
look at what the program means.
"""

from zygcore._ir import NULL, UNDEF, Const

__all__ = ["verify"]

ANY = None

# op -> (least number of operands, greatest or ANY, number of results).
SHAPES = {
    "async_enter": (1, 1, 2),
    "async_gen_wrap": (1, 1, 1),
    "async_iter": (1, 1, 1),
    "async_next": (1, 1, 1),
    "awaitable": (1, 1, 1),
    "binary": (2, 2, 1),
    "build_class": (0, 0, 1),
    "call": (2, ANY, 1),
    "call_ex": (3, 3, 1),
    "cell_del": (1, 1, 0),
    "cell_get": (1, 1, 1),
    "cell_set": (2, 2, 0),
    "check_bound": (1, 1, 1),
    "class_cell_get": (1, 1, 1),
    "cleanup_throw": (3, 3, 1),
    "compare": (2, 2, 1),
    "delattr": (1, 1, 0),
    "delete_global": (0, 0, 0),
    "delete_name": (0, 0, 0),
    "delitem": (2, 2, 0),
    "dict": (0, ANY, 1),
    "dict_merge": (3, 3, 0),
    "dict_or_cell_get": (2, 2, 1),
    "dict_or_global": (1, 1, 1),
    "dict_update": (2, 2, 0),
    "end_async_for": (2, 2, 0),
    "exc_group_match": (2, 2, 2),
    "exc_group_reraise": (2, 2, 1),
    "exc_match": (2, 2, 1),
    "format": (1, 2, 1),
    "free": (0, 0, 1),
    "function": (5, 5, 1),
    "getattr": (1, 1, 1),
    "getitem": (2, 2, 1),
    "global": (0, 0, 1),
    "import_from": (1, 1, 1),
    "import_name": (2, 2, 1),
    "import_star": (1, 1, 0),
    "intrinsic": (1, 2, 1),
    "iter": (1, 1, 1),
    "len": (1, 1, 1),
    "list": (0, ANY, 1),
    "list_append": (2, 2, 0),
    "list_extend": (2, 2, 0),
    "list_to_tuple": (1, 1, 1),
    "load_method": (1, 1, 2),
    "locals_dict": (0, 0, 1),
    "make_cell": (1, 1, 1),
    "map_add": (3, 3, 0),
    "match_class": (3, 3, 1),
    "match_keys": (2, 2, 1),
    "match_mapping": (1, 1, 1),
    "match_sequence": (1, 1, 1),
    "name": (0, 0, 1),
    "pop_exc": (1, 1, 0),
    "push_exc": (1, 1, 1),
    "release": (0, 0, 0),
    "set": (0, ANY, 1),
    "set_add": (2, 2, 0),
    "set_update": (2, 2, 0),
    "setattr": (2, 2, 0),
    "setitem": (3, 3, 0),
    "setup_annotations": (0, 0, 0),
    "slice": (2, 3, 1),
    "store_global": (1, 1, 0),
    "store_name": (1, 1, 0),
    "string": (0, ANY, 1),
    "super_attr": (3, 3, ANY),
    "truth": (1, 1, 1),
    "tuple": (0, ANY, 1),
    "unary": (1, 1, 1),
    "undef": (0, 0, 1),
    "unpack": (1, 1, ANY),
    "unpack_ex": (1, 1, ANY),
    "with_enter": (1, 1, 2),
    "with_exit": (2, 2, 1),
    "yield": (1, 2, 1),
    "yield_from_iter": (1, 1, 1),
}

# kind -> (operands, edges, results).
ENDS = {
    "br": (0, 1, 0),
    "cond": (1, 2, 0),
    "for": (1, 2, 1),
    "send": (2, 2, 1),
    "return": (1, 0, 0),
    "raise": (2, 0, 0),
    "reraise": (1, 0, 0),
}

# Where an absent operand is allowed: op -> positions.
MAY_LACK = {"call": (1,), "call_ex": (2,), "function": (1, 2, 3, 4), "raise": (0, 1)}
MAY_BE_UNBOUND = ("check_bound", "make_cell")


class Verifier:
    """One run over one IR; `where` is kept for the message."""

    def __init__(self, ir):
        self.ir = ir
        self.where = "entry"

    def fail(self, text):
        raise ValueError(f"IR of {self.ir.name}, {self.where}: {text}")

    def check(self, condition, text):
        if not condition:
            self.fail(text)

    def verify(self):
        ir = self.ir
        self.check(ir.blocks, "no blocks")
        self.check(len(ir.homes) == ir.nvalues + 1, "homes do not fit the number of values")
        self.check(ir.blocks[0].params == list(range(2, 2 + len(ir.blocks[0].params))),
                   "parameters of the entry are not numbered from 2")  # fmt: skip
        self.verify_numbers()
        for index, block in enumerate(ir.blocks):
            self.where = f"block {index + 1}"
            self.verify_block(block)
        self.verify_edges()
        self.verify_uses()

    def verify_numbers(self):
        """Values are defined once, in order, without gaps."""
        expected = 2
        for index, block in enumerate(self.ir.blocks):
            self.where = f"block {index + 1}"
            self.check(block.terminator is not None, "no terminator")
            results = [value for instr in block.instrs for value in instr.results]
            for value in [*block.params, *results, *block.terminator.results]:
                self.check(value == expected, f"%{value} is defined where %{expected} should be")
                expected += 1
        self.check(expected == self.ir.nvalues + 1, "wrong number of values")

    def verify_block(self, block):
        for instr in block.instrs:
            self.check(instr.op in SHAPES, f"unknown instruction {instr.op}")
            least, most, results = SHAPES[instr.op]
            count = len(instr.args)
            self.check(count >= least and (most is ANY or count <= most),
                       f"{instr.op} with {count} operands")  # fmt: skip
            self.check(results is ANY or len(instr.results) == results,
                       f"{instr.op} with {len(instr.results)} results")  # fmt: skip
            self.verify_operands(instr.op, instr.args)
            self.verify_imm(instr)
        end = block.terminator
        self.check(end.kind in ENDS, f"unknown terminator {end.kind}")
        shape = (len(end.args), len(end.edges), len(end.results))
        self.check(shape == ENDS[end.kind], f"{end.kind} of shape {shape}")
        self.verify_operands(end.kind, end.args)

    def verify_operands(self, op, args):
        for position, x in enumerate(args):
            self.check(type(x) in (int, Const), f"{op} of {x!r}, which is no operand")
            if x is NULL:
                self.check(position in MAY_LACK.get(op, ()), f"{op} lacks operand {position}")
            if x is UNDEF:
                self.check(op in MAY_BE_UNBOUND, f"{op} of an unbound operand")

    def verify_imm(self, instr):
        """What depends on the static part of an instruction."""
        if instr.op == "call":
            self.check(len(instr.imm) <= len(instr.args) - 2, "call with too many names")
        elif instr.op == "dict":
            self.check(len(instr.args) % 2 == 0, "dict with an odd number of operands")
        elif instr.op == "unpack":
            self.check(len(instr.results) == instr.imm, "unpack with the wrong number of results")
        elif instr.op == "unpack_ex":
            self.check(len(instr.results) == sum(instr.imm) + 1,
                       "unpack_ex with the wrong number of results")  # fmt: skip
        elif instr.op == "super_attr":
            self.check(len(instr.results) == 1 + instr.imm[1], "super_attr with wrong results")

    def verify_edges(self):
        blocks = self.ir.blocks
        catches = {block.handler.target for block in blocks if block.handler is not None}
        for index, block in enumerate(blocks):
            self.where = f"block {index + 1}"
            for edge in block.terminator.edges:
                self.check(0 < edge.target < len(blocks), f"edge to block {edge.target + 1}")
                self.check(edge.target not in catches, "ordinary edge to a handler")
                self.check(len(edge.args) == len(blocks[edge.target].params),
                           f"edge to block {edge.target + 1} of {len(edge.args)}")  # fmt: skip
            edge = block.handler
            if edge is not None:
                self.check(0 < edge.target < len(blocks), f"edge to block {edge.target + 1}")
                self.check(len(edge.args) + 1 == len(blocks[edge.target].params),
                           f"edge to handler {edge.target + 1} of {len(edge.args)}")  # fmt: skip

    def verify_uses(self):
        """On every way to a use the value is defined.

        The sets are bits of integers.  Along an ordinary edge go the values known at
        the end of a block, along an exceptional edge those known at its start.
        """
        blocks = self.ir.blocks
        known = [None] * len(blocks)
        known[0] = 0
        pending = [0]
        while pending:
            index = pending.pop()
            block = blocks[index]
            early = known[index] | bits(block.params)
            late = early
            for instr in block.instrs:
                late |= bits(instr.results)
            ways = [(edge.target, late) for edge in block.terminator.edges]
            if block.terminator.results:
                ways[0] = (ways[0][0], late | bits(block.terminator.results))
                if block.terminator.kind == "send":
                    ways[1] = (ways[1][0], late | bits(block.terminator.results))
            if block.handler is not None:
                ways.append((block.handler.target, early))
            for target, values in ways:
                met = values if known[target] is None else known[target] & values
                if met != known[target]:
                    known[target] = met
                    pending.append(target)
        for index, block in enumerate(blocks):
            self.where = f"block {index + 1}"
            self.check(known[index] is not None, "cannot be reached")
            self.verify_uses_in(block, known[index] | bits(block.params))

    def verify_uses_in(self, block, known):
        if block.handler is not None:
            self.uses(block.handler.args, known, "the handler's edge")
        for instr in block.instrs:
            self.uses(instr.args, known, instr.op)
            scope = self.ir.local_maps.get(instr)
            if scope is not None:
                self.uses(scope.values(), known, "local variables")
            known |= bits(instr.results)
        end = block.terminator
        self.uses(end.args, known, end.kind)
        for position, edge in enumerate(end.edges):
            seen = known
            if position == 0 or end.kind == "send":
                seen |= bits(end.results)
            self.uses(edge.args, seen, f"the edge to block {edge.target + 1}")

    def uses(self, operands, known, what):
        for x in operands:
            if not isinstance(x, Const):
                self.check(known >> x & 1, f"{what} uses %{x}, which may not be defined")


def bits(values):
    return sum(1 << value for value in values)


def verify(ir):
    """Raise ValueError, with a clear text, unless an IR is well-formed.

    Parameters
    ----------
    ir : IR
        What to check.
    """
    Verifier(ir).verify()


def redundant_params(ir):
    """The parameters (block, position) that always have one value; for tests."""
    found = []
    incoming = [[] for _ in ir.blocks]
    for block in ir.blocks:
        for edge in [*block.terminator.edges, block.handler]:
            if edge is not None:
                incoming[edge.target].append(edge)
    for index, block in enumerate(ir.blocks):
        for position, param in enumerate(block.params):
            values = set()
            for edge in incoming[index]:
                if position < len(edge.args):
                    x = edge.args[position]
                    values.add(id(x.value) if isinstance(x, Const) else x)
                else:
                    values |= {-1, -2}
            if index and len(values - {param}) < 2:
                found.append((index, position))
    return found
