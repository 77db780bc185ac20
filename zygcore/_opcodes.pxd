"""The instructions of the machine.

The first group has its operands in the instruction itself and an arm in the
machine's loop; from `SLOW` on, operands are in `extra` and the work is done by
a function elsewhere.
"""

cdef enum Op:
    # -- values: d, a
    MOVE, TAKE, CLEAR, EXC
    # -- arithmetic: d = a op b; aux = operator << KILL_BITS | kill bits
    ADD, SUB, MUL, DIV, BINARY
    NEG, UNARY
    # -- comparisons: d = a op b
    LT, LE, EQ, NE, GT, GE, IS, ISNOT, IN, NOTIN
    # -- jumps to d when the comparison is true / false
    JLT, JLE, JEQ, JNE, JGT, JGE, JIS, JISNOT
    JNLT, JNLE, JNEQ, JNNE, JNGT, JNGE
    JMP, JTRUE, JFALSE          # jump to d; condition in a
    LOOP                        # JMP backwards
    TRUTH, NOT
    FOR_ITER                    # d = next(a), else jump to b
    FOR_LOOP                    # at the end of a loop: d = next(a) and jump to b, if that is easy
    GLOBAL                      # d, imms[a], caches[b]
    GETATTR                     # d = a.imms[b]; cache in extra
    GETITEM                     # d = a[b]
    FREE, CELL_GET, CELL_SET    # d = closure[a]; d = *a (imms[b]); *a = b
    CALL                        # d = a(...), operands at extra[b]
    RETURN
    # -- the rest: operands at extra[a], imms[b]
    SLOW
    SETITEM, DELITEM, SETATTR, DELATTR, METHOD, SUPER_ATTR
    STORE_GLOBAL, DELETE_GLOBAL, NAME, STORE_NAME, DELETE_NAME
    MAKE_CELL, CELL_DEL, CLASS_CELL_GET, DICT_OR_CELL, DICT_OR_GLOBAL, LOCALS_DICT
    CHECK_BOUND
    SLICE, TUPLE, LIST, SET, DICT, STRING, FORMAT
    LIST_APPEND, LIST_EXTEND, SET_ADD, SET_UPDATE, DICT_UPDATE, DICT_MERGE, MAP_ADD, LIST_TO_TUPLE
    UNPACK, UNPACK_EX, ITER, YIELD_FROM_ITER, YIELD, SEND, CALL_EX
    FUNCTION, BUILD_CLASS, IMPORT_NAME, IMPORT_FROM, IMPORT_STAR
    WITH_ENTER, WITH_EXIT, PUSH_EXC, POP_EXC, EXC_MATCH, GROUP_MATCH, GROUP_RERAISE
    MATCH_CLASS, MATCH_MAPPING, MATCH_SEQUENCE, MATCH_KEYS, LEN
    RAISE, RERAISE, INTRINSIC, SETUP_ANNOTATIONS
    ASYNC_ENTER, ASYNC_ITER, ASYNC_NEXT, AWAITABLE, END_ASYNC_FOR, CLEANUP_THROW, ASYNC_GEN_WRAP

cdef enum:
    KILL_A = 1
    KILL_B = 2
    KILL_BITS = 2
    NUMBER = 4             # of GETATTR and GETITEM: only arithmetic uses the result

cdef enum Operator:
    O_ADD, O_SUB, O_MUL, O_DIV, O_FLOORDIV, O_MOD, O_POW, O_MATMUL
    O_LSHIFT, O_RSHIFT, O_AND, O_OR, O_XOR
    O_INPLACE = 16

cdef enum Unary:
    U_NEG, U_POS, U_INVERT
