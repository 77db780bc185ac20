"""Instructions that have no arm in the machine's loop: each is handed to what carries it out.

Return values are those of the loop: 0 done, 1 a frame was pushed that will deliver the result.
"""

from ._attributes cimport load_method, set_attribute, super_attribute
from ._containers cimport slow_containers, unpack, unpack_ex
from ._exceptions cimport slow_exceptions
from ._items cimport set_item
from ._machine cimport *
from ._names cimport slow_names
from ._opcodes cimport *
from ._operands cimport arg, kill
from ._statements cimport *
from ._structs cimport *

from .errors import UnsupportedError


cdef int slow(Machine* m, Frame* f, Ins* ins) except -1:
    """Carries out one instruction of the second group."""
    cdef int op = ins.op
    if op == METHOD:
        return load_method(m, f, ins)
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
        return make_function(m, f, ins)
    if op == BUILD_CLASS:
        return build_class(m, f, ins)
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
    elif op == SETATTR:
        status = set_attribute(m, f, arg(f, ins, 0), f.c.imms[ins.b], arg(f, ins, 1))
    else:
        status = set_attribute(m, f, arg(f, ins, 0), f.c.imms[ins.b], NULL)
    kill(f, ins)
    return status
