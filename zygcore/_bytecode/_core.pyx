"""From bytecode to SSA by abstract interpretation.

`Builder` visits the spans of a `Flow` in reverse postorder.  The stack and the local
variables hold *operands* of the IR, so whatever only moves values leaves nothing
behind.  What an opcode does beyond that is a step of the version's table: a
function of the builder and the argument, written with `pop`, `push` and `emit`.

Where several ways meet, the block gets a parameter for each entry of the stack and
each live local variable that differs -- at the header of a loop, where not all
ways are known yet, for all of them.  `_ssa` then removes what turns out not to be
needed, joins blocks and numbers the values.  A way into a block that has not been
entered is kept with the stack and the locals at its origin, and the operands of its
edge are taken from there once the parameters of the block are known.

An exception may leave a block anywhere, but its handler gets the variables as they
were at the start: so a block ends after an instruction that rebinds a variable that is
live in the handler.
"""

from zygcore._bytecode._decode cimport *
from zygcore._bytecode._flow cimport Flow, Span
from zygcore._bytecode._ssa cimport finish
from zygcore._ir cimport Block, Const, Edge, Instr, IR, Terminator

from zygcore import _ir
from zygcore._bytecode._decode import unsupported
from zygcore._bytecode._flow import SHOWS_ALL
from zygcore._bytecode._loops import merge_loop_tests

from zygcore._ir import UNDEF as _UNDEF

cdef Const ABSENT = getattr(_ir, "NULL")
cdef Const UNBOUND = _UNDEF
cdef Const DEAD = Const(object())      # a variable that nothing reads before it is bound again
cdef Const NONE = Const(None)
# What CPython pushes as the position to blame; `reraise` has no use for it.
cdef Const LASTI = Const(-1)
cdef enum:
    CO_VARARGS = 4
    CO_VARKEYWORDS = 8
    # Any of generator, coroutine, asynchronous generator.
    CO_SUSPENDS = 0x20 | 0x80 | 0x200


cdef bint same(a, b):
    """Whether two operands are the same."""
    if a is b:
        return True
    if isinstance(a, Const):
        return isinstance(b, Const) and (<Const>a).value is (<Const>b).value
    return not isinstance(b, Const) and a == b


cdef class Way:
    """An edge of the graph with the stack and locals at its origin.

    The locals may be shared; who changes them copies them first.
    """

    cdef Edge edge
    cdef list stack
    cdef list locals

    def __cinit__(self, Edge edge, list stack, list locals):
        self.edge = edge
        self.stack = stack
        self.locals = locals


cdef class Builder:
    """The state of building one function.

    Steps use the methods and, of the attributes, `stack`, `locals`, `kwnames` and
    `conversion` (what ``CONVERT_VALUE`` leaves to ``FORMAT_SIMPLE``).
    """

    cdef readonly object code
    cdef readonly IR ir
    cdef readonly list stack
    cdef readonly list locals
    cdef public tuple kwnames
    cdef public str conversion
    cdef Decoded d
    cdef Flow flow
    cdef tuple names
    cdef list slot_names
    cdef list constants
    cdef set cells
    cdef int nlocals
    cdef int nfree
    cdef int at
    cdef int span
    cdef Block block
    cdef list starts
    cdef list block_of
    cdef list arrivals
    cdef list shapes
    cdef list depths
    cdef bint shared
    cdef dict shown
    cdef set deleted

    def __init__(self, code, Table table):
        cdef list cellvars = [name for name in code.co_cellvars if name not in code.co_varnames]
        cdef int class_slot = -1
        cdef int nargs = code.co_argcount + code.co_kwonlyargcount
        nargs += bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
        self.code = code
        self.ir = IR(code)
        self.ir.is_generator = bool(code.co_flags & CO_SUSPENDS)
        self.names = code.co_names
        self.slot_names = [*code.co_varnames, *cellvars, *code.co_freevars]
        self.nlocals = len(code.co_varnames)
        self.nfree = len(code.co_freevars)
        self.cells = set(code.co_cellvars)
        self.constants = [Const(value) for value in code.co_consts]
        if "__class__" in code.co_freevars:
            class_slot = len(self.slot_names) - self.nfree + code.co_freevars.index("__class__")
        self.d = Decoded(code, table)
        merge_loop_tests(self.d)
        self.flow = Flow(self.d, len(self.slot_names), self.nfree, nargs, class_slot)
        self.starts = []
        self.block_of = [-1] * self.flow.nspans
        self.arrivals = [None] * self.flow.nspans
        self.shapes = []
        self.depths = [0] * self.flow.nspans
        self.shared = False
        self.shown = {}
        self.deleted = set()
        self.kwnames = ()
        self.conversion = ""
        self.begin_entry(nargs)

    cdef int begin_entry(self, int nargs) except -1:
        cdef int i
        self.stack = []
        self.locals = [UNBOUND] * len(self.slot_names)
        self.arrivals[0] = [Way(Edge(0, []), self.stack, self.locals)]
        for i in range(nargs):
            self.locals[i] = self.new_value(i)

    # What steps are written with.

    cpdef pop(self):
        return self.stack.pop()

    cpdef push(self, operand):
        self.stack.append(operand)

    cpdef peek(self, int depth):
        """The operand `depth` places below the top, counted from 1."""
        return self.stack[-depth]

    cpdef list popn(self, int count):
        """The top `count` operands, the topmost last."""
        cdef int cut = len(self.stack) - count
        cdef list top = self.stack[cut:]
        del self.stack[cut:]
        return top

    cpdef emit(self, str op, list args, imm=None, int nresults=1):
        """Append an instruction.  Its result, or the list of them unless one."""
        cdef list results = []
        cdef int _k
        cdef Instr instr = Instr.__new__(Instr)
        for _k in range(nresults):
            results.append(self.new_value(-1))
        instr.op = op
        instr.args = args
        instr.imm = imm
        instr.results = results
        instr.offset = self.d.ins[self.at].offset
        self.block.instrs.append(instr)
        return results[0] if nresults == 1 else results

    cpdef call(self, list args):
        """Emit a call; `args` as in the IR: callable, self or NULL, the rest."""
        cdef int slot
        cdef dict scope
        names = self.kwnames
        self.kwnames = ()
        self.push(self.emit("call", args, names))
        if not self.shown or isinstance(args[0], Const):
            return
        asked = self.shown.get(args[0])
        if asked is None or asked == "super" and len(args) > 2:
            return
        scope = {}
        for slot in range(len(self.locals)):
            if self.locals[slot] is UNBOUND or self.locals[slot] in self.deleted:
                continue
            if asked != "super" or slot == 0 or slot == self.flow.class_slot:
                scope[self.slot_names[slot]] = self.locals[slot]
        self.ir.local_maps[self.block.instrs[-1]] = scope

    cpdef load_name(self, str op, str name):
        """Emit `global` or `name`; calls of what shows variables are remembered."""
        value = self.emit(op, [], name)
        if name in SHOWS_ALL or name == "super":
            self.shown[value] = name
        self.push(value)

    cpdef wrap(self, value):
        return Const(value)

    cpdef constant(self, int index):
        """The value of a constant of the code object."""
        return (<Const>self.constants[index]).value

    cpdef str name(self, int index):
        return self.names[index]

    cpdef str slot_name(self, int slot):
        return self.slot_names[slot]

    cpdef local(self, int slot):
        return self.locals[slot]

    cpdef str next_op(self):
        """The name of the next opcode."""
        return self.d.table.names[self.d.ins[self.at + 1].op]

    cpdef int next_arg(self):
        return self.d.ins[self.at + 1].arg

    cpdef Instr last_instr(self):
        return self.block.instrs[-1]

    cpdef refuse(self, str what=None):
        """Raise the error for an instruction that is not supported."""
        cdef Ins* ins = &self.d.ins[self.at]
        raise unsupported(self.code, ins.offset, what or self.d.table.names[ins.op],
                          self.d.table.version)

    # Values and blocks.

    cdef object new_value(self, int home):
        self.ir.nvalues += 1
        self.ir.homes.append(home)
        return self.ir.nvalues

    cdef int home_of(self, int slot) except -2:
        if slot < self.nlocals and self.slot_names[slot] not in self.cells:
            return slot
        return -1

    cdef Edge leave(self, int span, list stack):
        """An edge to a span from where we are, with a stack that is the edge's own."""
        cdef Edge edge = Edge(span, [])
        cdef Way way = Way(edge, stack, self.locals)
        if self.block_of[span] >= 0:
            self.connect(way, span)
            return edge
        self.shared = True
        if self.arrivals[span] is None:
            self.arrivals[span] = []
        self.arrivals[span].append(way)
        return edge

    cdef int connect(self, Way way, int span) except -1:
        """Give an edge its target and operands; the span has been entered."""
        cdef int slot
        if len(way.stack) != self.depths[span]:
            self.refuse("a stack of two depths")
        way.edge.target = self.block_of[span]
        for slot in self.shapes[way.edge.target]:
            way.edge.args.append(way.stack[~slot] if slot < 0 else way.locals[slot])
        return 0

    cdef int open_block(self) except -1:
        """Begin a block of the IR in the current state."""
        cdef Span* span = &self.flow.spans[self.span]
        cdef Region* region
        self.block = Block()
        self.ir.blocks.append(self.block)
        self.starts.append(self.at)
        if span.region >= 0:
            region = &self.d.regions[span.region]
            if len(self.stack) < region.depth:
                self.refuse("a stack that does not fit its exception table")
            self.block.handler = self.leave(span.catcher, self.stack[:region.depth])
        return 0

    cdef int close(self, str kind, list args, int first=-1, int second=-1) except -1:
        """End the block.  The stack goes along all edges."""
        cdef list edges = []
        if first >= 0:
            edges.append(self.leave(first, self.stack[:]))
        if second >= 0:
            edges.append(self.leave(second, self.stack[:]))
        self.block.terminator = Terminator(
            kind, args, edges, None, self.d.ins[self.at].offset)
        return 0

    cdef int split(self) except -1:
        """Go on in a new block, because the handler must see a variable rebound."""
        cdef Block before = self.block
        self.at += 1
        self.shapes.append(None)
        self.open_block()
        self.at -= 1
        # The target is a block here, not a span: `connect` leaves it alone.
        before.terminator = Terminator(
            "br", [], [Edge(len(self.ir.blocks) - 1, [])], None, self.d.ins[self.at].offset)
        return 0

    def renew(self):
        """Go on in a new block, if a handler keeps a stack entry that has changed."""
        if self.flow.spans[self.span].catcher >= 0:
            self.split()

    cdef object meet(self, list shape, list ways, int slot, bint header, int home):
        """The operand of a stack entry (``slot < 0``: ``~slot``) or local in a block."""
        cdef Way way = ways[0]
        cdef bint alike = not header
        first = way.stack[~slot] if slot < 0 else way.locals[slot]
        # An absent operand stays absent around a loop: a call has one layout.
        if first is ABSENT:
            return first
        if alike:
            for way in ways:
                if not same(first, way.stack[~slot] if slot < 0 else way.locals[slot]):
                    alike = False
                    break
        if alike:
            return first
        value = self.new_value(home)
        shape.append(slot)
        self.block.params.append(value)
        if first in self.shown:
            self.shown[value] = self.shown[first]
        return value

    cdef int enter(self, int s) except -1:
        """Set up the state at the start of a span and open its block."""
        cdef Flow flow = self.flow
        cdef list ways = self.arrivals[s]
        cdef list shape = [], stack = [], variables
        cdef Way way = ways[0]
        cdef Region* region = NULL
        cdef Block block
        cdef bint header = flow.spans[s].header
        cdef int i, r, nslots = len(self.slot_names)
        self.span = s
        self.at = flow.spans[s].start
        r = self.d.ins[self.at].catches
        if r >= 0:
            region = &self.d.regions[r]
        if len(ways) > 1 or header or region != NULL:
            # Opened only below, when the state is known; parameters come first.
            self.block = block = Block()
            for way in ways:
                if len(way.stack) != len((<Way>ways[0]).stack):
                    self.refuse("a stack of two depths")
            for i in range(len((<Way>ways[0]).stack)):
                stack.append(self.meet(shape, ways, ~i, header, -1))
            variables = [DEAD] * nslots
            for i in range(nslots):
                if flow.is_live(s, i):
                    variables[i] = self.meet(shape, ways, i, header, self.home_of(i))
            if region != NULL:
                if region.lasti:
                    stack.append(LASTI)
                stack.append(self.new_value(-1))
                block.params.append(stack[-1])
            self.stack = stack
            self.locals = variables
            self.shared = False
            params = block.params
        else:
            self.stack = way.stack
            self.locals = way.locals
            self.shared = True
            params = []
        self.block_of[s] = len(self.ir.blocks)
        self.shapes.append(shape)
        self.depths[s] = len(way.stack)
        for way in ways:
            self.connect(way, s)
        self.arrivals[s] = None
        self.open_block()
        self.block.params = params
        return 0

    # Running a span.

    def run(self):
        """Build the whole function."""
        cdef int k, nargs = self.ir.nvalues
        cdef Flow flow = self.flow
        for k in range(flow.nordered):
            self.enter(flow.order[k])
            self.run_span(&flow.spans[flow.order[k]])
        self.ir.blocks[0].params = list(range(2, nargs + 1))
        finish(self.ir, self.starts)
        return self.ir

    cdef int run_span(self, Span* span) except -1:
        cdef Ins* ins
        cdef int i, kind, arg
        cdef Table table = self.d.table
        for i in range(span.start, span.end):
            self.at = i
            ins = &self.d.ins[i]
            kind = ins.kind
            arg = ins.arg
            if kind == K_PLAIN or kind == K_CALL or kind == K_DEREF:
                table.steps[ins.op](self, arg)
            elif kind == K_LOAD:
                self.load(arg)
            elif kind == K_CONST:
                self.stack.append(self.constants[arg])
            elif kind == K_STORE:
                self.bind(arg, self.stack.pop())
            elif kind == K_POP:
                self.stack.pop()
            elif kind == K_NULL:
                self.stack.append(ABSENT)
            elif kind == K_COPY:
                self.stack.append(self.stack[-arg])
            elif kind == K_SWAP:
                self.stack[-arg], self.stack[-1] = self.stack[-1], self.stack[-arg]
            elif kind == K_CLOSURE:
                self.stack.append(self.locals[arg])
            elif kind == K_CLEAR:
                self.stack.append(self.locals[arg])
                self.bind(arg, UNBOUND)
            elif kind == K_DELETE:
                self.delete(arg)
            elif kind == K_MAKE_CELL:
                self.bind(arg, self.emit("make_cell", [self.locals[arg]], self.slot_names[arg]))
            elif kind == K_FREE_VARS:
                self.free_cells()
            elif kind >= K_JUMP:
                self.end_span(span, ins)
                return 0
        self.close("br", [], span.next[0])
        return 0

    cdef int end_span(self, Span* span, Ins* ins) except -1:
        """Close the block with the terminator that an instruction stands for."""
        cdef int kind = ins.kind
        cdef int first = span.next[0], second = span.next[1]
        if kind == K_JUMP:
            self.close("br", [], first)
        elif kind == K_IF_TRUE or kind == K_IF_FALSE:
            self.close("cond", [self.stack.pop()], first, second)
        elif kind == K_IF_NONE or kind == K_IF_NOT_NONE:
            test = self.emit("compare", [self.stack.pop(), NONE], "is")
            # Edges are in the order of `successors`: for `not None`, that is reversed.
            self.close("cond", [test], first, second)
        elif kind == K_TRUE_OR_POP or kind == K_FALSE_OR_POP:
            self.close_or_pop(kind, first, second)
        elif kind == K_FOR:
            self.close_for(first, second)
        elif kind == K_SEND:
            self.close_send(first, second)
        elif kind == K_RETURN:
            self.close("return", [self.stack.pop()])
        elif kind == K_RETURN_CONST:
            self.close("return", [self.constants[ins.arg]])
        elif kind == K_RERAISE:
            self.close("reraise", [self.stack.pop()])
        elif kind == K_RAISE:
            args = self.popn(ins.arg)
            self.close("raise", args + [ABSENT] * (2 - len(args)))
        return 0

    cdef int close_or_pop(self, int kind, int first, int second) except -1:
        cdef list kept = self.stack, popped = self.stack[:-1]
        yes = self.leave(first, kept if kind == K_TRUE_OR_POP else popped)
        no = self.leave(second, popped if kind == K_TRUE_OR_POP else kept)
        self.block.terminator = Terminator(
            "cond", [kept[-1]], [yes, no], None, self.d.ins[self.at].offset)
        return 0

    cdef int close_for(self, int first, int second) except -1:
        item = self.new_value(-1)
        iterator = self.stack[-1]
        cdef list rest
        if self.d.table.keeps_iterator:
            rest = self.stack + [NONE]
        else:
            rest = self.stack[:-1]
        self.block.terminator = Terminator(
            "for", [iterator],
            [self.leave(first, self.stack + [item]), self.leave(second, rest)],
            [item], self.d.ins[self.at].offset)
        return 0

    cdef int close_send(self, int first, int second) except -1:
        cdef list done
        result = self.new_value(-1)
        value = self.stack.pop()
        receiver = self.stack[-1]
        done = self.stack[:] if self.d.table.keeps_iterator else self.stack[:-1]
        done.append(result)
        self.block.terminator = Terminator(
            "send", [receiver, value],
            [self.leave(first, self.stack + [result]), self.leave(second, done)],
            [result], self.d.ins[self.at].offset)
        return 0

    # Local variables.

    cdef int set_local(self, int slot, operand) except -1:
        if self.shared:
            self.locals = self.locals[:]
            self.shared = False
        self.locals[slot] = operand

    cdef int load(self, int slot) except -1:
        value = self.locals[slot]
        if self.flow.reads_unbound(self.at):
            value = self.emit("check_bound", [value], self.slot_names[slot])
            self.ir.homes[value] = self.home_of(slot)
            self.set_local(slot, value)
        self.stack.append(value)
        return 0

    cdef int bind(self, int slot, operand) except -1:
        """Bind a variable; a handler that reads it gets a new block."""
        cdef int catcher = self.flow.spans[self.span].catcher
        cdef bint changes = not same(self.locals[slot], operand)
        old = self.locals[slot]
        self.set_local(slot, operand)
        if not isinstance(operand, Const) and self.ir.homes[operand] < 0:
            self.ir.homes[operand] = self.home_of(slot)
        elif changes and (old is DEAD or not isinstance(old, Const)) and self.home_of(slot) >= 0:
            # What comes is not written where `old` is: `old` must go all the same.  The instruction does
            # not use it, so that it need not be kept for that.
            self.emit("release", [], self.home_of(slot), 0)
        if changes and catcher >= 0 and self.flow.is_live(catcher, slot):
            self.split()
        return 0

    cdef int delete(self, int slot) except -1:
        name = self.slot_names[slot]
        if self.flow.reads_unbound(self.at):
            self.emit("check_bound", [self.locals[slot]], name)
        value = self.emit("undef", [], name)
        self.deleted.add(value)
        self.bind(slot, value)
        return 0

    cdef int free_cells(self) except -1:
        """The closure's cells that the code uses, loaded at its start."""
        cdef int i, slot
        cdef int base = self.flow.first_free
        cdef set used = set()
        for i in range(self.d.n):
            slot = self.d.ins[i].arg
            if K_LOAD <= self.d.ins[i].kind <= K_DEREF and slot >= base:
                used.add(slot)
        for slot in range(base, len(self.slot_names)):
            if (slot in used or self.flow.shows_all
                    or self.flow.shows_self and slot == self.flow.class_slot):
                self.set_local(slot, self.emit("free", [], slot - base))
        return 0


def build(code, Table table):
    """The IR of a code object."""
    return Builder(code, table).run()
