"""Instructions of a code object in a form that does not depend on the version.

`Decoded` turns ``co_code`` and ``co_exceptiontable`` into arrays: one entry per
instruction with its *kind*, with jump targets as indices, and with the region of
the exception table that covers it.  The kinds are what control flow and local
variables need to know; whatever else an instruction does is a *step*, a function
of the version's `Table` that the abstract interpreter (`_core`) calls.

Nothing here looks at values.  Where control flow goes is asked through `resolve`,
which follows jumps and instructions that do nothing, so later passes never see
a jump to a jump.
"""

from libc.stdlib cimport calloc, free, malloc

from zygcore.errors import UnsupportedError

KINDS = {
    "plain": K_PLAIN,
    "call": K_CALL,
    "skip": K_SKIP,
    "const": K_CONST,
    "null": K_NULL,
    "pop": K_POP,
    "copy": K_COPY,
    "swap": K_SWAP,
    "load": K_LOAD,
    "closure": K_CLOSURE,
    "store": K_STORE,
    "delete": K_DELETE,
    "clear": K_CLEAR,
    "deref": K_DEREF,
    "make_cell": K_MAKE_CELL,
    "free_vars": K_FREE_VARS,
    "load_load": K_LOAD_LOAD,
    "store_load": K_STORE_LOAD,
    "store_store": K_STORE_STORE,
    "jump": K_JUMP,
    "if_true": K_IF_TRUE,
    "if_false": K_IF_FALSE,
    "if_none": K_IF_NONE,
    "if_not_none": K_IF_NOT_NONE,
    "true_or_pop": K_TRUE_OR_POP,
    "false_or_pop": K_FALSE_OR_POP,
    "for": K_FOR,
    "send": K_SEND,
    "return": K_RETURN,
    "return_const": K_RETURN_CONST,
    "raise": K_RAISE,
    "reraise": K_RERAISE,
}

# A chain of jumps longer than this is a cycle (``while True: pass``).
cdef enum:
    CHAIN_LIMIT = 64


def unsupported(code, int offset, str what, str version):
    """The error for what this version of zygcore cannot translate."""
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= offset < end and number is not None:
            line = number
            break
    return UnsupportedError(
        f"{code.co_qualname} ({code.co_filename}:{line}): {what} on Python {version} "
        f"is not supported; leave this code out of what is differentiated"
    )


cdef class Table:
    """What the opcodes of one CPython version mean.

    `kinds` maps the names of opcodes to names of kinds, `steps` to functions of
    the abstract interpreter and the argument; an opcode may be in both.
    Of the module's constants, `KEEPS_ITERATOR` tells that ``FOR_ITER`` and ``SEND`` leave
    popping the iterator to the instruction they jump to, `JUMPS_ON_BOOLS` that truth
    values are taken by the instruction before a jump.
    """

    def __init__(self, module, dict opmap, caches):
        cdef int op
        cdef dict kinds = module.KINDS, steps = module.STEPS
        self.version = module.VERSION
        self.keeps_iterator = module.KEEPS_ITERATOR
        self.jumps_on_bools = module.JUMPS_ON_BOOLS
        self.steps = [None] * 256
        self.names = [f"opcode {op}" for op in range(256)]
        for op in range(256):
            self.kinds[op] = K_UNKNOWN
            self.caches[op] = 0
            self.backward[op] = False
        for name, number in opmap.items():
            if number > 255:
                continue
            op = number
            self.names[op] = name
            self.backward[op] = "BACKWARD" in name
            self.caches[op] = caches.get(name, 0)
            self.steps[op] = steps.get(name)
            if name in kinds:
                self.kinds[op] = KINDS[kinds[name]]
            elif name in steps:
                self.kinds[op] = K_PLAIN


cdef class Decoded:
    """The instructions and the exception table of one code object."""

    def __cinit__(self):
        self.ins = NULL
        self.regions = NULL

    def __init__(self, code, Table table):
        self.code = code
        self.table = table
        self.decode()

    def __dealloc__(self):
        free(self.ins)
        free(self.regions)

    cdef int decode(self) except -1:
        cdef bytes text = self.code.co_code
        cdef const unsigned char* raw = text
        cdef int units = len(text) // 2
        cdef int i = 0, start, op, arg, kind, high, low
        cdef Table table = self.table
        cdef Ins* ins
        # Superinstructions become two entries, hence twice the room.
        self.ins = <Ins*>calloc(2 * units + 1, sizeof(Ins))
        cdef int* index = <int*>malloc((units + 1) * sizeof(int))
        if self.ins == NULL or index == NULL:
            free(index)
            raise MemoryError()
        try:
            self.n = 0
            while i < units:
                start = i
                arg = 0
                while table.kinds[raw[2 * i]] == K_SKIP and table.names[raw[2 * i]] == "EXTENDED_ARG":
                    arg = (arg | raw[2 * i + 1]) << 8
                    i += 1
                op = raw[2 * i]
                arg |= raw[2 * i + 1]
                kind = table.kinds[op]
                ins = &self.ins[self.n]
                for low in range(start, i + 1 + table.caches[op]):
                    if low < units:
                        index[low] = self.n
                ins.kind = kind
                ins.op = op
                ins.arg = arg
                ins.offset = 2 * i
                ins.target = -1
                ins.region = -1
                ins.catches = -1
                ins.redirect = -1
                i += 1 + table.caches[op]
                self.n += 1
                if kind == K_UNKNOWN:
                    raise unsupported(self.code, ins.offset, table.names[op], table.version)
                if kind == K_JUMP or branches(kind):
                    ins.target = i - arg if table.backward[op] else i + arg
                elif K_LOAD_LOAD <= kind <= K_STORE_STORE:
                    high = arg >> 4
                    low = arg & 15
                    self.ins[self.n] = ins[0]
                    self.n += 1
                    ins.arg = high
                    ins.kind = K_LOAD if kind == K_LOAD_LOAD else K_STORE
                    ins[1].arg = low
                    ins[1].kind = K_STORE if kind == K_STORE_STORE else K_LOAD
            index[units] = self.n
            for i in range(self.n):
                if self.ins[i].target >= 0:
                    self.ins[i].target = index[self.ins[i].target]
            self.decode_regions(index)
        finally:
            free(index)
        return 0

    cdef int decode_regions(self, int* index) except -1:
        cdef bytes text = self.code.co_exceptiontable
        cdef const unsigned char* raw = text
        cdef int length = len(text)
        cdef int at = 0, field, value, byte, first, last, i, r
        cdef int fields[4]
        self.nregions = 0
        if length == 0:
            return 0
        self.regions = <Region*>malloc((length // 4 + 1) * sizeof(Region))
        if self.regions == NULL:
            raise MemoryError()
        while at < length:
            for field in range(4):
                byte = raw[at]
                at += 1
                value = byte & 63
                while byte & 64:
                    byte = raw[at]
                    at += 1
                    value = (value << 6) | (byte & 63)
                fields[field] = value
            first = index[fields[0]]
            last = index[fields[0] + fields[1]]
            r = self.add_region(index[fields[2]], fields[3] >> 1, fields[3] & 1)
            for i in range(first, last):
                self.ins[i].region = r
        # The IR takes truth values at the branch, which CPython need not cover then.
        for i in range(1, self.n if self.table.jumps_on_bools else 0):
            if self.ins[i].kind == K_IF_TRUE or self.ins[i].kind == K_IF_FALSE:
                self.ins[i].region = self.ins[i - 1].region
        self.ease_regions()
        return 0

    cdef int add_region(self, int target, int depth, int lasti) except -1:
        """The number of a region; entries with the same handler share one."""
        cdef int r = self.ins[target].catches
        cdef Region* region
        if r < 0:
            r = self.ins[target].catches = self.nregions
            region = &self.regions[r]
            region.target = target
            region.depth = depth
            region.lasti = lasti
            self.nregions += 1
        region = &self.regions[r]
        if region.depth != depth or region.lasti != lasti:
            raise unsupported(self.code, self.ins[target].offset,
                              "a handler with two depths of the stack", self.table.version)
        return r

    cdef void ease_regions(self) noexcept:
        """Count what cannot raise to the region of what follows.

        A store at the end of a ``try`` then lies outside of it, which saves a
        block, as blocks end after stores that a handler would see.  Not so where
        the next region is a deeper one: the stack may not be that deep yet.
        """
        cdef int i, kind, own, ahead
        for i in range(self.n - 2, -1, -1):
            kind = self.ins[i].kind
            own = self.ins[i].region
            ahead = self.ins[i + 1].region
            if not (K_SKIP <= kind <= K_SWAP or kind == K_CLOSURE or kind == K_STORE
                    or kind == K_CLEAR or kind == K_MAKE_CELL):
                continue
            if (ahead < 0 or kind == K_SKIP
                    or own >= 0 and self.regions[ahead].depth <= self.regions[own].depth):
                self.ins[i].region = ahead

    cdef int resolve(self, int i) noexcept:
        """The instruction that really runs when control gets to `i`."""
        cdef int _steps
        cdef Ins* ins
        for _steps in range(CHAIN_LIMIT):
            ins = &self.ins[i]
            if ins.redirect >= 0:
                i = ins.redirect
            elif ins.kind == K_SKIP:
                i += 1
            elif ins.kind == K_JUMP:
                i = ins.target
            else:
                break
        return i

    cdef void successors(self, int i, int* first, int* second) noexcept:
        """Where a block ending with instruction `i` goes; -1 for nowhere.

        For branches in the order of the edges of a terminator: true or body or
        yielded first, then false or exhausted or done.
        """
        cdef int kind = self.ins[i].kind
        cdef int ahead = self.resolve(i + 1) if i + 1 < self.n else -1
        first[0] = -1
        second[0] = -1
        if kind < K_JUMP:
            first[0] = ahead
        elif kind == K_JUMP:
            first[0] = self.resolve(self.ins[i].target)
        elif branches(kind):
            if kind == K_IF_TRUE or kind == K_IF_NONE or kind == K_TRUE_OR_POP:
                first[0] = self.resolve(self.ins[i].target)
                second[0] = ahead
            else:
                first[0] = ahead
                second[0] = self.resolve(self.ins[i].target)
