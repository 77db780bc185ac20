"""Instructions that have no arm in the machine's loop: each is handed to what carries it out.

Return values are those of the loop: 0 done, 1 a frame was pushed that will deliver the result,
2 jump to b, -1 an exception is set.
"""

from ._arith cimport unary
from ._attributes cimport set_attribute, super_attribute
from ._call_sites cimport call_ex
from ._capi cimport *
from ._compare cimport compare, truth
from ._containers cimport slow_containers, unpack, unpack_ex
from ._exceptions cimport cleanup_throw, raise_statement, reraise, slow_exceptions
from ._generators cimport generator_yield
from ._items cimport set_item
from ._iteration cimport get_iterator, send
from ._machine cimport *
from ._names cimport slow_names
from ._opcodes cimport *
from ._operands cimport arg, kill, kill_one, kill_two
from ._statements cimport *
from ._structs cimport *
from ._values cimport *

from .errors import UnsupportedError


cdef int others(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Instructions without an arm of their own.  2: jump to b."""
    cdef Reg* d = f.regs + ins.d
    cdef int r, status
    if op >= LT and op <= NOTIN:
        status = compare(m, f, f.regs + ins.a, f.regs + ins.b, op, R_STORE, ins.d)
        kill_two(f, ins)
        return status
    if op == UNARY:
        status = unary(m, f, ins, ins.aux >> KILL_BITS)
        kill_one(f, ins)
        return status
    if op == TRUTH or op == NOT:
        r = truth(m, f, f.regs + ins.a, R_TRUTH if op == TRUTH else R_NOT, ins.d)
        kill_one(f, ins)
        if r == 2:
            return 1
        put_bool(d, r == (op == TRUTH))
        return 0
    if op == ITER:
        return get_iterator(m, f, ins)
    if op == CALL_EX:
        return call_ex(m, f, ins)
    if op == RAISE:
        return raise_statement(m, f, ins)
    if op == RERAISE:
        return reraise(f, ins)
    if op == CLEANUP_THROW:
        return cleanup_throw(m, f, ins)
    if op == YIELD:
        return generator_yield(m, f, f.regs + (f.c.extra[ins.a + 1] >> 1))
    if op == SEND:
        return send(m, f, ins)
    if op == YIELD_FROM_ITER:
        return get_iterator(m, f, ins)
    if op == WITH_ENTER or op == WITH_EXIT:
        return with_statement(m, f, ins, op)
    return slow(m, f, ins, op)


cdef int slow(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Instructions of the second group that keep to one frame."""
    if op <= DELATTR:
        return store(m, f, ins, op)
    if op == SUPER_ATTR:
        return super_attribute(m, f, ins)
    if op < SLICE or op == SETUP_ANNOTATIONS:
        return slow_names(m, f, ins, op)
    if op <= LIST_TO_TUPLE:
        return slow_containers(m, f, ins, op)
    if op == UNPACK:
        return unpack(m, f, ins)
    if op == UNPACK_EX:
        return unpack_ex(m, f, ins)
    if op == FUNCTION:
        return make_function(f, ins)
    if op == BUILD_CLASS:
        return build_class(f, ins)
    if op <= IMPORT_STAR:
        return imports(m, f, ins, op)
    if op <= GROUP_RERAISE:
        return slow_exceptions(m, f, ins, op)
    if op <= LEN:
        return slow_patterns(m, f, ins, op)
    if op == INTRINSIC:
        return intrinsic(m, f, ins)
    raise UnsupportedError("asynchronous code inside differentiated code is not supported yet")


cdef int store(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Items and attributes that are stored or deleted."""
    cdef int status
    if op == SETITEM:
        status = set_item(m, f, arg(f, ins, 0), arg(f, ins, 1), arg(f, ins, 2))
    elif op == DELITEM:
        status = set_item(m, f, arg(f, ins, 0), arg(f, ins, 1), NULL)
    else:
        status = set_attribute(m, f, arg(f, ins, 0), f.c.imms[ins.b], NULL)
    kill(f, ins)
    return status
