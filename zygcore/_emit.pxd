"""From the IR to the instructions of the machine."""

from ._ir cimport IR, Block, Edge, Instr
from ._registers cimport Liveness, Registers


cdef class Emitter:
    cdef IR ir
    cdef Liveness live
    cdef Registers regs
    cdef list ins, extra, imms, offsets, handler_of, handlers, labels, fixups, stubs
    cdef dict const_index, imm_index
    cdef list consts
    cdef int ncaches, handler, nconsts, number
    cdef list sends
    cdef dict last_use, live_at
    cdef dict rebound          # variable that this block binds anew -> its register then, -1: another's
    cdef set numbers

    cdef int collect_consts(self) except -1
    cdef set only_in_arithmetic(self)
    cdef list args_outside(self)
    cdef int note_consts(self, args) except -1
    cdef int reg(self, arg) except -2
    cdef int imm(self, value) except -1
    cdef int cache(self, int n=*)
    cdef int emit(self, int op, int aux, int d, int a, int b, int offset) except -1
    cdef int block(self, int number) except -1
    cdef bint fusable(self, Block block)
    cdef int find_last_uses(self, int number) except -1
    cdef bint kills(self, int at, arg, list results)
    cdef int operand(self, int at, arg, list results) except -2
    cdef int kill_bits(self, int at, list args, list results)
    cdef int simple(self, Instr x, int at, int op, int aux) except -1
    cdef int instr(self, Instr x, int at) except -1
    cdef int operator(self, Instr x, int at) except -1
    cdef int call(self, Instr x, int at, int d) except -1
    cdef int number_bit(self, Instr x)
    cdef bint has_other_registers(self, list values)
    cdef int rebind(self, list values) except -1
    cdef list stale(self, int home, int kept, live)
    cdef int let_go(self, int home, int kept, int at, int offset) except -1
    cdef bint is_number(self, str op)
    cdef int map_number(self, Instr x) except -2
    cdef int slow(self, int op, list args, list results, imm, int at, int offset) except -1
    cdef bint is_passed(self, int v, int at)
    cdef int delegation(self, Instr x) except -1
    cdef list moves(self, list args, list params)
    cdef int scratch(self)
    cdef list edge_code(self, Edge edge, dropped)
    cdef int jump(self, int op, int aux, int a, int b, Edge edge, dropped, int offset) except -1
    cdef int finish_stubs(self) except -1
    cdef int go(self, int target, int offset) except -1
    cdef int handler_number(self, Edge edge) except -2
    cdef int terminator(self, int number, Block block, bint fuse) except -1
    cdef int conditional(self, Block block, bint fuse, dropped) except -1
    cdef int fall(self, Edge edge, dropped, int offset) except -1
    cdef int next_item_here(self, int number, Block header) except -1
