"""Register allocation: what is live where, and which register holds which value.

A local variable has one register of its own, which every value bound to it
uses unless two of them are live at once: then copies at the edges tell them
apart.  So values live as long as in CPython, and loop-carried locals need no
moves.  Temporaries share what registers remain.
"""

from ._ir cimport IR, Block, Edge, Instr, Terminator


cdef class Liveness:
    """What is live where, as sets of values kept in the bits of an integer."""

    def __init__(self, IR ir):
        self.ir = ir
        self.fixpoint()

    cdef object edge_uses(self, Edge edge):
        cdef Block target = self.ir.blocks[edge.target]
        return self.live_in[edge.target] & ~values_in(target.params) | values_in(edge.args)

    cdef object leaving(self, Block block):
        cdef Edge edge
        mask = 0
        for edge in block.terminator.edges:
            mask |= self.edge_uses(edge)
        return mask

    cdef object entering(self, int number, bint note):
        """Live at the start of a block, given what is live at its end."""
        cdef Block block = self.ir.blocks[number]
        cdef Terminator end = block.terminator
        cdef Instr instr
        always = self.edge_uses(block.handler) if block.handler is not None else 0
        live = self.leaving(block) | always
        if note:
            self.live_out[number] = live
            self.clash(end.results, live)
        live = live & ~values_in(end.results) | values_in(end.args)
        for instr in reversed(block.instrs):
            if note:
                self.clash(instr.results, live | values_in(instr.results))
            live = live & ~values_in(instr.results) | values_in(instr.args) | always
            if instr in self.ir.local_maps:
                live |= values_in(self.ir.local_maps[instr].values())
        if note:
            self.clash(block.params, live | values_in(block.params))
        return live

    cdef int clash(self, list values, others) except -1:
        for v in values:
            self.conflicts[v] |= others
        return 0

    cdef int fixpoint(self) except -1:
        cdef int n = len(self.ir.blocks), i
        cdef bint changed = True
        self.live_in = [0] * n
        self.live_out = [0] * n
        self.conflicts = [0] * (self.ir.nvalues + 1)
        while changed:
            changed = False
            for i in range(n - 1, -1, -1):
                live = self.entering(i, False)
                if live != self.live_in[i]:
                    self.live_in[i] = live
                    changed = True
        for i in range(n):
            self.entering(i, True)
        return 0


cdef class Registers:
    """Assignment of values to registers 0 .. count (constants not included)."""

    def __init__(self, IR ir, Liveness live):
        cdef Block block
        cdef int v
        self.ir = ir
        self.conflicts = live.conflicts
        self.of = [-1] * (ir.nvalues + 1)
        self.taken = []
        self.clashes = []
        self.is_home = []
        self.homes = {}
        cdef dict home_register = {}
        for i, v in enumerate(ir.blocks[0].params):
            r = self.new(True)
            self.put(v, r)
            home_register[ir.homes[v] if ir.homes[v] >= 0 else -2 - i] = r
        wishes = self.wishes()
        for block in ir.blocks:
            for p in block.params:
                self.assign(p, home_register, wishes)
            for instr in block.instrs:
                for v in (<Instr>instr).results:
                    self.assign(v, home_register, wishes)
            for v in block.terminator.results:
                self.assign(v, home_register, wishes)

    cdef int new(self, bint home):
        self.taken.append(0)
        self.clashes.append(0)
        self.is_home.append(home)
        return len(self.taken) - 1

    cdef int put(self, int v, int r) except -1:
        self.of[v] = r
        self.taken[r] |= bit(v)
        self.clashes[r] |= self.conflicts[v]
        if self.ir.homes[v] >= 0 and r not in self.homes.setdefault(self.ir.homes[v], []):
            self.homes[self.ir.homes[v]].append(r)
        return 0

    cdef bint fits(self, int v, int r):
        others = self.taken[r] & ~bit(v)
        return not (self.conflicts[v] & others) and not ((self.clashes[r] >> v) & 1)

    cdef dict wishes(self):
        """value -> values it would like to share a register with, from edges"""
        cdef dict out = {}
        cdef Block block, target
        cdef Edge edge
        for block in self.ir.blocks:
            edges = list(block.terminator.edges)
            if block.handler is not None:
                edges.append(block.handler)
            for edge in edges:
                target = self.ir.blocks[edge.target]
                for arg, p in zip(edge.args, target.params):
                    if type(arg) is int:
                        out.setdefault(arg, []).append(p)
                        out.setdefault(p, []).append(arg)
        return out

    cdef int assign(self, int v, dict home_register, dict wishes) except -1:
        cdef int r, home = self.ir.homes[v]
        if self.of[v] >= 0:
            return 0
        if home >= 0:
            if home not in home_register:
                home_register[home] = self.new(True)
            r = home_register[home]
            return self.put(v, r if self.fits(v, r) else self.new(True))
        for other in wishes.get(v, ()):
            r = self.of[other]
            if r >= 0 and not self.is_home[r] and self.fits(v, r):
                return self.put(v, r)
        for r in range(len(self.taken)):
            if not self.is_home[r] and self.fits(v, r):
                return self.put(v, r)
        return self.put(v, self.new(False))
