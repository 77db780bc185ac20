"""From the IR to the instructions of the machine: operands, moves, fused branches.

The instruction that uses a temporary last carries a *kill* bit.
"""

from ._ir cimport IR, Block, Const, Edge, Instr, Terminator
from ._opcodes cimport *
from ._registers cimport Liveness, Registers, bit, values_in

from . import _ir as ir_module

cdef object NULL_ = getattr(ir_module, "NULL"), UNDEF_ = ir_module.UNDEF

cdef dict BINARY_NUMBERS = {
    "+": O_ADD, "-": O_SUB, "*": O_MUL, "/": O_DIV, "//": O_FLOORDIV, "%": O_MOD,
    "**": O_POW, "@": O_MATMUL, "<<": O_LSHIFT, ">>": O_RSHIFT, "&": O_AND, "|": O_OR, "^": O_XOR,
}
cdef dict BINARY_OPS = {O_ADD: ADD, O_SUB: SUB, O_MUL: MUL, O_DIV: DIV}
cdef dict UNARY_OPS = {
    "not": (NOT, 0), "-": (NEG, U_NEG << KILL_BITS), "+": (UNARY, U_POS << KILL_BITS),
    "~": (UNARY, U_INVERT << KILL_BITS),
}
cdef dict COMPARE_OPS = {
    "<": LT, "<=": LE, "==": EQ, "!=": NE, ">": GT, ">=": GE,
    "is": IS, "is not": ISNOT, "in": IN, "not in": NOTIN,
}
cdef dict SLOW_OPS = {
    "setitem": SETITEM, "delitem": DELITEM, "setattr": SETATTR, "delattr": DELATTR,
    "load_method": METHOD, "super_attr": SUPER_ATTR,
    "store_global": STORE_GLOBAL, "delete_global": DELETE_GLOBAL,
    "name": NAME, "store_name": STORE_NAME, "delete_name": DELETE_NAME,
    "make_cell": MAKE_CELL, "cell_del": CELL_DEL, "class_cell_get": CLASS_CELL_GET,
    "dict_or_cell_get": DICT_OR_CELL, "dict_or_global": DICT_OR_GLOBAL, "locals_dict": LOCALS_DICT,
    "check_bound": CHECK_BOUND, "slice": SLICE, "tuple": TUPLE, "list": LIST, "set": SET,
    "dict": DICT, "string": STRING, "format": FORMAT, "list_append": LIST_APPEND,
    "list_extend": LIST_EXTEND, "set_add": SET_ADD, "set_update": SET_UPDATE,
    "dict_update": DICT_UPDATE, "dict_merge": DICT_MERGE, "map_add": MAP_ADD,
    "list_to_tuple": LIST_TO_TUPLE, "unpack": UNPACK, "unpack_ex": UNPACK_EX, "iter": ITER,
    "yield_from_iter": YIELD_FROM_ITER, "yield": YIELD, "call_ex": CALL_EX,
    "function": FUNCTION, "build_class": BUILD_CLASS, "import_name": IMPORT_NAME,
    "import_from": IMPORT_FROM, "import_star": IMPORT_STAR, "with_enter": WITH_ENTER,
    "with_exit": WITH_EXIT, "push_exc": PUSH_EXC, "pop_exc": POP_EXC, "exc_match": EXC_MATCH,
    "exc_group_match": GROUP_MATCH, "exc_group_reraise": GROUP_RERAISE,
    "match_class": MATCH_CLASS, "match_mapping": MATCH_MAPPING,
    "match_sequence": MATCH_SEQUENCE, "match_keys": MATCH_KEYS, "len": LEN,
    "intrinsic": INTRINSIC, "setup_annotations": SETUP_ANNOTATIONS,
    "async_enter": ASYNC_ENTER, "async_iter": ASYNC_ITER, "async_next": ASYNC_NEXT,
    "awaitable": AWAITABLE, "end_async_for": END_ASYNC_FOR, "cleanup_throw": CLEANUP_THROW,
    "async_gen_wrap": ASYNC_GEN_WRAP,
}
cdef set NUMERIC = {"<", "<=", "==", "!=", ">", ">="}
cdef dict JUMPS = {LT: (JLT, JNLT), LE: (JLE, JNLE), EQ: (JEQ, JNEQ), NE: (JNE, JNNE),
                   GT: (JGT, JNGT), GE: (JGE, JNGE), IS: (JIS, JISNOT), ISNOT: (JISNOT, JIS)}


cdef class Emitter:
    """Writes the instructions of one function."""

    def __init__(self, IR ir):
        self.ir = ir
        self.live = Liveness(ir)
        self.regs = Registers(ir, self.live)
        self.ins, self.extra, self.imms, self.offsets = [], [], [], []
        self.handler_of, self.handlers, self.stubs = [], [], []
        self.labels = [-1] * len(ir.blocks)
        self.fixups = []
        self.const_index, self.imm_index, self.consts = {}, {}, []
        self.ncaches = 0
        self.handler = -1
        self.sends = []
        self.numbers = self.only_in_arithmetic()
        self.collect_consts()
        self.nconsts = len(self.consts)
        for number in range(len(ir.blocks)):
            self.block(number)
        self.finish_stubs()
        for at, label in self.sends:
            self.extra[at] = self.labels[label] if label >= 0 else -1
        for at, label in self.fixups:
            op, aux, d, a, b = self.ins[at]
            target = self.labels[label]
            self.ins[at] = (op, aux, d, a, target) if op in (FOR_ITER, FOR_LOOP, SEND) else (op, aux, target, a, b)

    cdef set only_in_arithmetic(self):
        """Values that nothing but operators and comparisons use: their identity cannot be seen."""
        cdef Block block
        cdef Instr instr
        cdef set used = set(), other = set()
        for block in self.ir.blocks:
            for instr in block.instrs:
                if instr.op == "binary" or instr.op == "unary" or instr.op == "compare" and instr.imm in NUMERIC:
                    used.update(instr.args)
                else:
                    other.update(instr.args)
        for args in self.args_outside():
            other.update(args)
        return used - other

    cdef list args_outside(self):
        """The operands of what is not an instruction: ends of blocks, edges, and the maps of variables."""
        cdef Block block
        cdef Edge edge
        cdef list out = []
        for block in self.ir.blocks:
            out.append(block.terminator.args)
            for edge in block.terminator.edges:
                out.append(edge.args)
            if block.handler is not None:
                out.append(block.handler.args)
        for m in self.ir.local_maps.values():
            out.append(m.values())
        return out

    # -- operands ---------------------------------------------------------

    cdef int collect_consts(self) except -1:
        cdef Block block
        cdef Instr instr
        for block in self.ir.blocks:
            for instr in block.instrs:
                self.note_consts(instr.args)
        for args in self.args_outside():
            self.note_consts(args)
        return 0

    cdef int note_consts(self, args) except -1:
        for arg in args:
            if type(arg) is not int and arg is not NULL_ and arg is not UNDEF_:
                value = (<Const>arg).value
                if id(value) not in self.const_index:
                    self.const_index[id(value)] = len(self.consts)
                    self.consts.append(value)
        return 0

    cdef int reg(self, arg) except -2:
        """The register of an operand; -1 for an absent one."""
        if type(arg) is int:
            return self.regs.of[arg] + self.nconsts
        if arg is NULL_ or arg is UNDEF_:
            return -1
        return self.const_index[id((<Const>arg).value)]

    cdef int imm(self, value) except -1:
        key = (type(value), id(value))
        if key not in self.imm_index:
            self.imm_index[key] = len(self.imms)
            self.imms.append(value)
        return self.imm_index[key]

    cdef int cache(self, int n=1):
        self.ncaches += n
        return self.ncaches - n

    cdef int emit(self, int op, int aux, int d, int a, int b, int offset) except -1:
        self.ins.append((op, aux, d, a, b))
        self.offsets.append(offset)
        self.handler_of.append(self.handler)
        return 0

    # -- blocks -----------------------------------------------------------

    cdef int block(self, int number) except -1:
        cdef Block block = self.ir.blocks[number]
        cdef Instr instr
        cdef int i
        self.number = number
        self.labels[number] = len(self.ins)
        self.handler = self.handler_number(block.handler)
        self.rebound = {}
        self.find_last_uses(number)
        fuse = self.fusable(block)
        for i, instr in enumerate(block.instrs):
            if fuse and i == len(block.instrs) - 1:
                break
            self.instr(instr, i)
        self.terminator(number, block, fuse)
        return 0

    cdef bint fusable(self, Block block):
        """The last instruction is a comparison that only the branch uses."""
        cdef Instr last
        if block.terminator.kind != "cond" or not block.instrs:
            return False
        last = block.instrs[-1]
        if last.op != "compare" or COMPARE_OPS[last.imm] not in JUMPS:
            return False
        v = last.results[0]
        if block.terminator.args[0] != v or type(block.terminator.args[0]) is not int:
            return False
        return not (self.live.leaving(block) >> v) & 1

    cdef int find_last_uses(self, int number) except -1:
        """(instruction, value) pairs where a temporary dies; what is live where a variable lets go."""
        cdef Block block = self.ir.blocks[number]
        cdef Instr instr
        cdef int i
        self.last_use = {}
        self.live_at = {}
        live = self.live.live_out[number] & ~values_in(block.terminator.results)
        n = len(block.instrs)
        for arg in block.terminator.args:
            if type(arg) is int:
                if not (live >> arg) & 1:
                    self.last_use[(n, arg)] = True
                live |= bit(arg)
        for i in range(n - 1, -1, -1):
            instr = block.instrs[i]
            if instr.op == "release" or self.has_other_registers(instr.results):
                self.live_at[i] = live
            for r in instr.results:
                if not (live >> r) & 1:
                    self.last_use[(i, -r)] = True
                live &= ~bit(r)
            for arg in instr.args:
                if type(arg) is int:
                    if not (live >> arg) & 1:
                        self.last_use[(i, arg)] = True
                    live |= bit(arg)
            if instr in self.ir.local_maps:
                live |= values_in(self.ir.local_maps[instr].values())
        return 0

    cdef bint kills(self, int at, arg, list results):
        """The operand is a temporary that dies here (and is not overwritten)."""
        if type(arg) is not int or (at, arg) not in self.last_use:
            return False
        r = self.regs.of[arg]
        if self.regs.is_home[r]:
            return False
        for v in results:
            if self.regs.of[v] == r:
                return False
        return True

    cdef int operand(self, int at, arg, list results) except -2:
        """Register and kill bit, as they stand in `extra`."""
        cdef int r = self.reg(arg)
        if r < 0:
            return -1
        return r << 1 | self.kills(at, arg, results)

    cdef int kill_bits(self, int at, list args, list results):
        cdef int bits = 0
        if self.kills(at, args[0], results):
            bits |= KILL_A
        if len(args) > 1 and self.kills(at, args[1], results) and args[0] != args[1]:
            bits |= KILL_B
        return bits

    # -- instructions -----------------------------------------------------

    cdef int simple(self, Instr x, int at, int op, int aux) except -1:
        """An instruction with its operands in itself."""
        return self.emit(op, aux | self.kill_bits(at, x.args, x.results), self.reg(x.results[0]) if x.results else -1,
                         self.reg(x.args[0]), self.reg(x.args[1]) if len(x.args) > 1 else 0, x.offset)

    cdef int instr(self, Instr x, int at) except -1:
        cdef int d = self.reg(x.results[0]) if x.results else -1
        cdef str op = x.op
        if op == "binary":
            self.operator(x, at)
        elif op == "compare":
            self.simple(x, at, COMPARE_OPS[x.imm], 0)
        elif op == "unary":
            number, aux = UNARY_OPS[x.imm]
            self.simple(x, at, number, aux)
        elif op == "truth":
            self.simple(x, at, TRUTH, 0)
        elif op == "global":
            self.emit(GLOBAL, 0, d, self.imm(x.imm), self.cache(), x.offset)
        elif op == "getattr":
            self.extra += [self.imm(x.imm), self.cache()]
            self.emit(GETATTR, self.kill_bits(at, x.args, x.results) | self.number_bit(x), d, self.reg(x.args[0]),
                      len(self.extra) - 2, x.offset)
        elif op == "getitem":
            self.simple(x, at, GETITEM, self.number_bit(x))
        elif op == "free":
            self.emit(FREE, 0, d, x.imm, 0, x.offset)
        elif op == "cell_get":
            self.emit(CELL_GET, 0, d, self.reg(x.args[0]), self.imm(x.imm), x.offset)
        elif op == "cell_set":
            self.simple(x, at, CELL_SET, 0)
        elif op == "undef":
            self.emit(CLEAR, 0, d, 0, 0, x.offset)
        elif op == "release":
            self.let_go(x.imm, -1, at, x.offset)
        elif op == "call":
            self.call(x, at, d)
        else:
            self.slow(SLOW_OPS[op], x.args[:1] if op == "yield" else x.args, x.results, x.imm, at, x.offset)
            if op == "yield":
                self.delegation(x)
            elif op == "setattr" or op == "load_method":
                number, aux, _d, a, b = self.ins[-1]
                self.ins[-1] = (number, aux, self.cache(), a, b)
        for v in x.results:
            if (at, -v) in self.last_use and not self.is_number(op) and not self.regs.is_home[self.regs.of[v]]:
                self.emit(CLEAR, 0, self.reg(v), 0, 0, x.offset)
        if at in self.live_at:
            for v in x.results:
                if self.ir.homes[v] >= 0:
                    self.let_go(self.ir.homes[v], self.regs.of[v], at, x.offset)
        return 0

    cdef bint has_other_registers(self, list values):
        """Is one of the values bound to a variable that is not always in the same register?"""
        for v in values:
            if self.ir.homes[v] >= 0 and len(self.regs.homes[self.ir.homes[v]]) > 1:
                return True
        return False

    cdef int rebind(self, list values) except -1:
        """Notes the variables that are bound to values which may be in other registers than before."""
        for v in values:
            if self.has_other_registers([v]):
                self.rebound[self.ir.homes[v]] = self.regs.of[v]
        return 0

    cdef list stale(self, int home, int kept, live):
        """Registers of a variable that is in `kept` now, and that nothing else needs."""
        return [r for r in self.regs.homes.get(home, ()) if r != kept and not self.regs.taken[r] & live]

    cdef int let_go(self, int home, int kept, int at, int offset) except -1:
        """A variable is bound to what is in another register: what was in its own goes, now or, if a
        handler still needs it, where the block ends."""
        for r in self.stale(home, kept, self.live_at[at]):
            self.emit(CLEAR, 0, r + self.nconsts, 0, 0, offset)
        self.rebound[home] = kept
        return 0

    cdef int operator(self, Instr x, int at) except -1:
        cdef str sign = x.imm
        cdef bint inplace = len(sign) > 1 and sign.endswith("=")
        cdef int number = BINARY_NUMBERS[sign[:-1] if inplace else sign]
        return self.simple(x, at, BINARY_OPS.get(number, BINARY), (number | (O_INPLACE if inplace else 0)) << KILL_BITS)

    cdef int call(self, Instr x, int at, int d) except -1:
        """Operands are taken out of their registers before the call, so the result's may be one of them."""
        cdef int extra = len(self.extra)
        self.extra += [self.operand(at, x.args[1], []), len(x.args) - 2, self.imm(x.imm) if x.imm else -1,
                       self.cache(), self.kills(at, x.args[0], []), self.map_number(x)]
        for arg in x.args[2:]:
            self.extra.append(self.operand(at, arg, []))
        return self.emit(CALL, 0, d, self.reg(x.args[0]), extra, x.offset)

    cdef int number_bit(self, Instr x):
        """Whether the result may be loaded as a number."""
        return NUMBER if x.results[0] in self.numbers else 0

    cdef bint is_number(self, str op):
        return op in ("compare", "truth", "undef")

    cdef int map_number(self, Instr x) except -2:
        if x not in self.ir.local_maps:
            return -1
        return self.imm({name: self.reg(arg) for name, arg in self.ir.local_maps[x].items()})

    cdef int slow(self, int op, list args, list results, imm, int at, int offset) except -1:
        cdef int extra = len(self.extra)
        self.extra.append(len(args))
        for i, arg in enumerate(args):
            packed = self.operand(at, arg, results)
            if packed >= 0 and packed & 1 and arg in args[:i]:
                packed &= ~1
            self.extra.append(packed)
        self.extra.append(len(results))
        for v in results:
            self.extra.append(self.reg(v))
        number = imm if type(imm) is int and op in (UNPACK, MATCH_CLASS) else (self.imm(imm) if imm is not None else -1)
        d = self.reg(results[0]) if results else -1
        return self.emit(op, op == ITER and self.is_passed(results[0], at), d, extra, number, offset)

    cdef bint is_passed(self, int v, int at):
        """Is an iterator an argument of a call (of a comprehension, a generator expression)?"""
        cdef Instr x
        for x in (<Block>self.ir.blocks[self.number]).instrs[at + 1:]:
            if x.op == "call" and v in x.args:
                return True
        return False

    cdef int delegation(self, Instr x) except -1:
        """Behind the operands of a ``yield``: whom a ``yield from`` delegates to, and its `send`."""
        cdef Block block = self.ir.blocks[self.number]
        label = -1
        if len(x.args) > 1:
            label = (<Edge>block.terminator.edges[0]).target
        self.extra.append(self.reg(x.args[1]) if len(x.args) > 1 else -1)
        self.sends.append((len(self.extra), label))
        self.extra.append(-1)
        return 0

    # -- edges ------------------------------------------------------------

    cdef list moves(self, list args, list params):
        """Parallel copies as a sequence of (op, d, a)."""
        cdef list out = [], pending = []
        for arg, p in zip(args, params):
            d, a = self.reg(p), self.reg(arg)
            if d != a:
                pending.append((d, a))
        while pending:
            sources = [a for _, a in pending]
            for move in pending:
                if move[0] not in sources:
                    break
            else:
                # a cycle: free one register through the scratch register
                d, a = pending[0]
                scratch = self.scratch()
                out.append((MOVE, scratch, a))
                pending = [(x, scratch if y == a else y) for x, y in pending]
                continue
            pending.remove(move)
            d, a = move
            out.append((CLEAR, d, 0) if a < 0 else (MOVE, d, a))
        return out

    cdef int scratch(self):
        return self.regs.new(False) + self.nconsts

    cdef list edge_code(self, Edge edge, dropped):
        """Moves of an edge, and temporaries that die on it."""
        cdef Block target = self.ir.blocks[edge.target]
        cdef list out = self.moves(edge.args, target.params)
        cdef dict rebound = dict(self.rebound)
        live = self.live.live_in[edge.target]
        params = set()
        for p, arg in zip(target.params, edge.args):
            params.add(self.regs.of[p])
            live |= bit(p)
            if self.reg(arg) != self.reg(p):
                rebound[self.ir.homes[p]] = self.regs.of[p]
        for home, kept in rebound.items():
            out += [(CLEAR, r + self.nconsts, 0) for r in self.stale(home, kept, live)]
        dead = dropped & ~self.live.live_in[edge.target]
        v = 0
        while dead:
            low = dead & -dead
            v = low.bit_length() - 1
            dead ^= low
            r = self.regs.of[v]
            if r < 0 or self.regs.is_home[r] or r in params:
                continue
            if self.regs.taken[r] & self.live.live_in[edge.target]:
                continue
            out.append((CLEAR, r + self.nconsts, 0))
        return out

    cdef int jump(self, int op, int aux, int a, int b, Edge edge, dropped, int offset) except -1:
        """A jump along an edge, through a stub if the edge has code."""
        code = self.edge_code(edge, dropped)
        if not code:
            self.fixups.append((len(self.ins), edge.target))
        else:
            self.stubs.append((len(self.ins), code, edge.target, self.handler, offset))
        return self.emit(op, aux, -1, a, b, offset)

    cdef int finish_stubs(self) except -1:
        for at, code, target, handler, offset in self.stubs:
            op, aux, d, a, b = self.ins[at]
            here = len(self.ins)
            self.ins[at] = (op, aux, d, a, here) if op in (FOR_ITER, SEND) else (op, aux, here, a, b)
            self.handler = handler
            for o, d, a in code:
                self.emit(o, 0, d, a, 0, offset)
            self.go(target, offset)
        return 0

    cdef int go(self, int target, int offset) except -1:
        self.fixups.append((len(self.ins), target))
        return self.emit(JMP if self.labels[target] < 0 else LOOP, 0, -1, 0, 0, offset)

    cdef int handler_number(self, Edge edge) except -2:
        cdef Block target
        if edge is None:
            return -1
        target = self.ir.blocks[edge.target]
        code = self.moves(edge.args, target.params[:-1])
        self.handlers.append((code, edge.target, self.reg(target.params[-1])))
        return len(self.handlers) - 1

    cdef int terminator(self, int number, Block block, bint fuse) except -1:
        cdef Terminator end = block.terminator
        cdef str kind = end.kind
        cdef int n = len(block.instrs), a
        dropped = self.live.live_out[number] | values_in(end.args) | values_in(end.results)
        if kind == "br":
            self.fall(end.edges[0], dropped, end.offset)
        elif kind == "cond":
            self.conditional(block, fuse, dropped)
        elif kind == "for":
            a = self.reg(end.args[0])
            at = len(self.ins)
            self.jump(FOR_ITER, 0, a, -1, end.edges[1], dropped & ~bit(end.results[0]), end.offset)
            op, aux, d, a, b = self.ins[at]
            self.ins[at] = (op, aux, self.reg(end.results[0]), a, b)
            self.rebind(end.results)
            self.fall(end.edges[0], dropped, end.offset)
        elif kind == "send":
            extra = len(self.extra)
            self.extra += [2, self.operand(n, end.args[0], end.results), self.operand(n, end.args[1], end.results),
                           1, self.reg(end.results[0])]
            self.extra[extra + 1] &= ~1
            at = len(self.ins)
            self.jump(SEND, 0, extra, -1, end.edges[1], dropped & ~bit(end.results[0]), end.offset)
            op, aux, d, a, b = self.ins[at]
            self.ins[at] = (op, aux, self.reg(end.results[0]), a, b)
            self.fall(end.edges[0], dropped, end.offset)
        elif kind == "return":
            self.emit(RETURN, 0, -1, self.reg(end.args[0]), 0, end.offset)
        elif kind == "raise":
            self.slow(RAISE, end.args, [], None, n, end.offset)
        elif kind == "reraise":
            self.slow(RERAISE, end.args, [], None, n, end.offset)
            if self.ir.code.co_code[end.offset + 1]:  # goes back to where the exception came from
                op, _, d, a, b = self.ins[-1]
                self.ins[-1] = (op, 1, d, a, b)
        else:
            raise AssertionError(kind)
        return 0

    cdef int conditional(self, Block block, bint fuse, dropped) except -1:
        cdef Terminator end = block.terminator
        cdef Edge yes = end.edges[0], no = end.edges[1]
        cdef Instr last
        cdef int jump_yes, jump_no, a, b = 0, bits = 0, n = len(block.instrs)
        if fuse:
            last = block.instrs[-1]
            jump_yes, jump_no = JUMPS[COMPARE_OPS[last.imm]]
            a, b = self.reg(last.args[0]), self.reg(last.args[1])
            bits = self.kill_bits(n - 1, last.args, [])
            offset = last.offset
            dropped &= ~bit(last.results[0])
        else:
            jump_yes, jump_no = JTRUE, JFALSE
            a = self.reg(end.args[0])
            offset = end.offset
        if self.labels[yes.target] >= 0 or no.target == self.number + 1:
            self.jump(jump_yes, bits, a, b, yes, dropped, offset)
            self.fall(no, dropped, end.offset)
        else:
            self.jump(jump_no, bits, a, b, no, dropped, offset)
            self.fall(yes, dropped, end.offset)
        return 0

    cdef int fall(self, Edge edge, dropped, int offset) except -1:
        """Go on along an edge; a loop's short header is repeated at its end."""
        cdef Block target = self.ir.blocks[edge.target]
        for op, d, a in self.edge_code(edge, dropped):
            self.emit(op, 0, d, a, 0, offset)
        if edge.target == self.number + 1:
            return 0
        if self.labels[edge.target] >= 0 and len(target.instrs) == 1 and self.fusable(target):
            if target.handler is None and self.handler == -1:
                saved = self.last_use, self.live_at, self.rebound
                self.rebound = {}
                self.find_last_uses(edge.target)
                outgoing = self.live.live_out[edge.target]
                self.conditional(target, True, outgoing)
                self.last_use, self.live_at, self.rebound = saved
                return 0
        if self.labels[edge.target] >= 0:
            self.next_item_here(edge.target, target)
        return self.go(edge.target, offset)

    cdef int next_item_here(self, int number, Block header) except -1:
        """Takes the next item at the end of a `for` already; what is not easy is left to its header."""
        cdef Terminator end = header.terminator
        cdef Edge body
        if end.kind != "for" or header.instrs:
            return 0
        body = end.edges[0]
        dropped = self.live.live_out[number]
        saved, self.rebound = self.rebound, {}
        self.rebind(end.results)
        code = self.edge_code(body, dropped)
        self.rebound = saved
        if self.labels[body.target] < 0 or code:
            return 0
        self.fixups.append((len(self.ins), body.target))
        return self.emit(FOR_LOOP, 0, self.reg(end.results[0]), self.reg(end.args[0]), 0, end.offset)
