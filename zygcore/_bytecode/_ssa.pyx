"""Clean-up of freshly built SSA form.

The abstract interpreter gives blocks more parameters, more handlers and shorter blocks
than needed, because it decides before it has seen everything.  `finish` puts that
right, in this order: handlers of blocks that cannot raise go, then blocks
that cannot be reached, then parameters that always have one value, then parameters that
nobody reads; blocks with one way in are joined to the block before; and blocks
and values get their final numbers.

A parameter is removed when all its operands are one value or the parameter itself,
until none is left.  For the graphs that Python's statements make this gives
the smallest number of parameters.
"""

from zygcore._ir cimport Block, Const, Edge, Instr, IR

from zygcore._ir import UNDEF as _UNDEF

cdef Const UNBOUND = _UNDEF

# Instructions that raise nothing (but MemoryError).
cdef frozenset SAFE = frozenset((
    "undef", "make_cell", "free", "tuple", "list", "slice", "function", "cell_set",
    "push_exc", "pop_exc", "list_to_tuple", "list_append", "string", "match_mapping",
    "match_sequence", "release",
))


cdef bint raises(Block block, int index):
    """Whether an exception may leave a block.

    Going back counts, too: that is where an interrupt is noticed.
    """
    cdef Instr instr
    cdef Edge edge
    cdef str kind = block.terminator.kind
    if kind == "br":
        edge = block.terminator.edges[0]
        if edge.target <= index:
            return True
    elif kind != "return":
        return True
    for instr in block.instrs:
        if instr.op not in SAFE:
            if instr.op != "compare" or instr.imm[:2] != "is":
                return True
    return False


cdef list edges_of(Block block):
    if block.handler is None:
        return block.terminator.edges
    return [*block.terminator.edges, block.handler]


cdef class Cleaner:
    """The passes; `incoming[b]` are the edges to block ``b``, handlers' included."""

    cdef IR ir
    cdef list blocks
    cdef list starts
    cdef list incoming
    cdef list catches
    cdef list raising
    cdef list replaced
    cdef list owner
    cdef list place

    def __cinit__(self, IR ir, list starts):
        cdef int n = ir.nvalues + 1
        self.ir = ir
        self.blocks = ir.blocks
        self.starts = starts
        self.replaced = [None] * n
        self.owner = [-1] * n
        self.place = [0] * n

    cdef int drop_handlers(self) except -1:
        cdef int b
        cdef Block block
        self.raising = []
        for b in range(len(self.blocks)):
            block = self.blocks[b]
            self.raising.append(raises(block, b))
            if not self.raising[b]:
                block.handler = None

    cdef int find_incoming(self) except -1:
        """Edges between blocks that can be reached; the others become None."""
        cdef int b
        cdef list pending = [0], blocks = self.blocks
        cdef Block block
        cdef Edge edge
        self.incoming = [None] * len(blocks)
        self.catches = [False] * len(blocks)
        self.incoming[0] = []
        while pending:
            b = pending.pop()
            block = blocks[b]
            for edge in edges_of(block):
                if self.incoming[edge.target] is None:
                    self.incoming[edge.target] = []
                    pending.append(edge.target)
                self.incoming[edge.target].append(edge)
            if block.handler is not None:
                self.catches[block.handler.target] = True
        for b in range(len(blocks)):
            if self.incoming[b] is None:
                blocks[b] = None

    cdef object resolve(self, operand):
        """What stands for an operand after the replacements so far."""
        cdef list replaced = self.replaced
        if isinstance(operand, Const):
            return operand
        root = operand
        while not isinstance(root, Const) and replaced[root] is not None:
            root = replaced[root]
        while not isinstance(operand, Const) and replaced[operand] is not None:
            above = replaced[operand]
            replaced[operand] = root
            operand = above
        return root

    cdef object only_value(self, param):
        """The one operand that a parameter can have, or None."""
        cdef Edge edge
        cdef int k = self.place[param]
        found = None
        for edge in self.incoming[self.owner[param]]:
            operand = self.resolve(edge.args[k])
            if isinstance(operand, Const):
                if found is None:
                    found = operand
                elif not (isinstance(found, Const)
                          and (<Const>found).value is (<Const>operand).value):
                    return None
            elif operand != param:
                if found is None:
                    found = operand
                elif isinstance(found, Const) or found != operand:
                    return None
        return UNBOUND if found is None else found

    cdef int drop_single_valued(self) except -1:
        cdef int b, k
        cdef Block block
        cdef Edge edge
        cdef list pending = []
        cdef dict users = {}
        for b in range(len(self.blocks)):
            block = self.blocks[b]
            if block is None or b == 0:
                continue
            # The exception, last in a handler, has no operands.
            for k in range(len(block.params) - <bint>self.catches[b]):
                param = block.params[k]
                self.owner[param] = b
                self.place[param] = k
                pending.append(param)
                for edge in self.incoming[b]:
                    operand = edge.args[k]
                    if not isinstance(operand, Const):
                        users.setdefault(operand, []).append(param)
        pending.reverse()
        while pending:
            param = pending.pop()
            if self.replaced[param] is not None:
                continue
            value = self.only_value(param)
            if value is None:
                continue
            self.replaced[param] = value
            waiting = users.pop(param, None)
            if waiting is not None:
                pending.extend(waiting)
                if not isinstance(value, Const):
                    users.setdefault(value, []).extend(waiting)

    cdef int need(self, operand, list needed, list pending) except -1:
        operand = self.resolve(operand)
        if not isinstance(operand, Const) and not needed[operand]:
            needed[operand] = True
            if self.owner[operand] >= 0:
                pending.append(operand)
        return 0

    cdef int drop_unread(self) except -1:
        """Keep the parameters that instructions read, directly or through others."""
        cdef int b
        cdef list needed = [False] * (self.ir.nvalues + 1), pending = [], kept
        cdef Block block
        cdef Instr instr
        cdef Edge edge
        for block in self.blocks:
            if block is None:
                continue
            for instr in block.instrs:
                for operand in instr.args:
                    self.need(operand, needed, pending)
            for operand in block.terminator.args:
                self.need(operand, needed, pending)
        for scope in self.ir.local_maps.values():
            for operand in scope.values():
                self.need(operand, needed, pending)
        while pending:
            param = pending.pop()
            for edge in self.incoming[self.owner[param]]:
                self.need(edge.args[self.place[param]], needed, pending)
        for b in range(len(self.blocks)):
            block = self.blocks[b]
            if block is None or b == 0 or not block.params:
                continue
            kept = []
            for param in block.params:
                if self.owner[param] < 0:
                    continue
                if needed[param] and self.replaced[param] is None:
                    kept.append(param)
            for edge in self.incoming[b]:
                edge.args = [self.resolve(edge.args[self.place[param]]) for param in kept]
            block.params = kept + block.params[len(block.params) - <bint>self.catches[b]:]

    cdef bint joins(self, int b, Block block, int t, Block then):
        """Whether a block can be continued by its only successor."""
        cdef Edge one = block.handler, two = then.handler
        cdef Instr instr
        if not self.raising[t]:
            return True
        if one is None and two is None:
            return True
        if one is not None and two is not None:
            return one.target == two.target and one.args == two.args
        if two is None or self.raising[b]:
            return False
        # Whatever the handler reads must be known where the block begins.
        for instr in block.instrs:
            if instr.results:
                return False
        return True

    cdef int join_blocks(self) except -1:
        cdef int b, t
        cdef Block block, then
        cdef Edge edge
        for b in range(len(self.blocks)):
            block = self.blocks[b]
            while block is not None and block.terminator.kind == "br":
                edge = block.terminator.edges[0]
                t = edge.target
                then = self.blocks[t]
                if t == 0 or t == b or len(self.incoming[t]) != 1 or self.catches[t]:
                    break
                if not self.joins(b, block, t, then):
                    break
                if self.raising[t] and not self.raising[b]:
                    block.handler = then.handler
                    self.raising[b] = True
                block.instrs.extend(then.instrs)
                block.terminator = then.terminator
                self.blocks[t] = None

    cdef int number(self) except -1:
        """Order blocks as in the bytecode, and values by their blocks."""
        cdef list starts = self.starts, blocks = self.blocks, homes = [-1, -1], order, renamed
        cdef list place = [0] * len(blocks)
        cdef int k, count = 1
        cdef Block block
        cdef Instr instr
        cdef Edge edge
        order = [k for k in range(len(blocks)) if blocks[k] is not None]
        order.sort(key=starts.__getitem__)
        renamed = [0] * (self.ir.nvalues + 1)
        for k in range(len(order)):
            place[order[k]] = k
            block = blocks[order[k]]
            count = self.rename(block.params, renamed, homes, count)
            for instr in block.instrs:
                count = self.rename(instr.results, renamed, homes, count)
            count = self.rename(block.terminator.results, renamed, homes, count)
        self.ir.blocks = [blocks[k] for k in order]
        self.ir.nvalues = count
        self.ir.homes = homes
        for block in self.ir.blocks:
            for instr in block.instrs:
                self.apply(instr.args, renamed)
            self.apply(block.terminator.args, renamed)
            for edge in edges_of(block):
                edge.target = place[edge.target]
                self.apply(edge.args, renamed)
        for instr, scope in list(self.ir.local_maps.items()):
            for name, operand in scope.items():
                operand = self.resolve(operand)
                if not isinstance(operand, Const):
                    if not renamed[operand]:
                        del self.ir.local_maps[instr]
                        break
                    operand = renamed[operand]
                scope[name] = operand

    cdef int rename(self, list values, list renamed, list homes, int count) except -1:
        cdef int i
        for i in range(len(values)):
            count += 1
            renamed[values[i]] = count
            homes.append(self.ir.homes[values[i]])
            values[i] = count
        return count

    cdef int apply(self, list operands, list renamed) except -1:
        cdef int i
        for i in range(len(operands)):
            operand = operands[i]
            if not isinstance(operand, Const):
                operand = self.resolve(operand)
                operands[i] = operand if isinstance(operand, Const) else renamed[operand]


cdef int finish(IR ir, list starts) except -1:
    cdef Cleaner cleaner = Cleaner(ir, starts)
    cleaner.drop_handlers()
    cleaner.find_incoming()
    cleaner.drop_single_valued()
    cleaner.drop_unread()
    cleaner.join_blocks()
    cleaner.number()
    return 0
