"""What the opcodes of CPython 3.12 mean, where they differ from 3.11.

Comprehensions are inlined, ``super()`` and slices have opcodes of their own, and rare
operations became intrinsics.
"""

from zygcore._bytecode import v311
from zygcore._bytecode.v311 import COMPARE, operation

VERSION = "3.12"
KEEPS_ITERATOR = True
JUMPS_ON_BOOLS = False

KINDS = {
    **v311.KINDS,
    "LOAD_FAST_CHECK": "load",
    "LOAD_FAST_AND_CLEAR": "clear",
    "LOAD_FROM_DICT_OR_DEREF": "deref",
    "POP_JUMP_IF_TRUE": "if_true",
    "POP_JUMP_IF_FALSE": "if_false",
    "POP_JUMP_IF_NONE": "if_none",
    "POP_JUMP_IF_NOT_NONE": "if_not_none",
    "RETURN_CONST": "return_const",
}

INTRINSICS_1 = {
    1: "print",
    3: "stopiteration_error",
    7: "typevar",
    8: "paramspec",
    9: "typevartuple",
    10: "subscript_generic",
    11: "typealias",
}
INTRINSICS_2 = {
    2: "typevar_with_bound",
    3: "typevar_with_constraints",
    4: "set_function_type_params",
    5: "set_typeparam_default",  # 3.13
}
# Intrinsics that older versions have opcodes for.
INTRINSIC_STEPS_1 = {
    4: operation("async_gen_wrap", 1),
    5: operation("unary", 1, "+"),
    6: operation("list_to_tuple", 1),
}
PREP_RERAISE_STAR = 1
IMPORT_STAR = 2


def compare_op(b, arg):
    b.push(b.emit("compare", b.popn(2), COMPARE[arg >> 4]))


def load_attr(b, arg):
    if arg & 1:
        v311.load_method(b, arg >> 1)
    else:
        b.push(b.emit("getattr", [b.pop()], b.name(arg >> 1)))


def load_super_attr(b, arg):
    method, two_args = bool(arg & 1), bool(arg & 2)
    imm = (b.name(arg >> 2), method, two_args)
    results = b.emit("super_attr", b.popn(3), imm, 2 if method else 1)
    for result in results if method else [results]:
        b.push(result)


def binary_slice(b, arg):
    obj, start, stop = b.popn(3)
    b.push(b.emit("getitem", [obj, b.emit("slice", [start, stop])]))


def store_slice(b, arg):
    value, obj, start, stop = b.popn(4)
    b.emit("setitem", [obj, b.emit("slice", [start, stop]), value], None, 0)


def end_for(b, arg):
    """Pop the exhausted iterator and the place of its item."""
    b.popn(2)


def end_send(b, arg):
    _, value = b.popn(2)
    b.push(value)


def cleanup_throw(b, arg):
    """The value of a delegate that stopped when it was thrown into."""
    operands = b.popn(3)
    b.push(b.wrap(None))
    b.push(b.emit("cleanup_throw", operands))


def load_from_dict_or_deref(b, arg):
    b.push(b.emit("dict_or_cell_get", [b.pop(), b.local(arg)], b.slot_name(arg)))


def load_from_dict_or_globals(b, arg):
    b.push(b.emit("dict_or_global", [b.pop()], b.name(arg)))


def call_intrinsic_1(b, arg):
    if arg == IMPORT_STAR:
        b.emit("import_star", [b.pop()], None, 0)
        b.push(b.wrap(None))
    elif arg in INTRINSIC_STEPS_1:
        INTRINSIC_STEPS_1[arg](b, arg)
    elif arg in INTRINSICS_1:
        b.push(b.emit("intrinsic", [b.pop()], INTRINSICS_1[arg]))
    else:
        b.refuse(f"CALL_INTRINSIC_1 {arg}")


def call_intrinsic_2(b, arg):
    if arg == PREP_RERAISE_STAR:
        b.push(b.emit("exc_group_reraise", b.popn(2)))
    elif arg in INTRINSICS_2:
        b.push(b.emit("intrinsic", b.popn(2), INTRINSICS_2[arg]))
    else:
        b.refuse(f"CALL_INTRINSIC_2 {arg}")


STEPS = {
    **v311.STEPS,
    "COMPARE_OP": compare_op,
    "LOAD_ATTR": load_attr,
    "LOAD_SUPER_ATTR": load_super_attr,
    "BINARY_SLICE": binary_slice,
    "STORE_SLICE": store_slice,
    "END_FOR": end_for,
    "END_SEND": end_send,
    "CLEANUP_THROW": cleanup_throw,
    "LOAD_LOCALS": operation("locals_dict", 0),
    "LOAD_FROM_DICT_OR_DEREF": load_from_dict_or_deref,
    "LOAD_FROM_DICT_OR_GLOBALS": load_from_dict_or_globals,
    "CALL_INTRINSIC_1": call_intrinsic_1,
    "CALL_INTRINSIC_2": call_intrinsic_2,
}
