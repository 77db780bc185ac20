"""What the opcodes of CPython 3.13 mean, where they differ from 3.12.

The callable now lies below NULL or self, truth values are taken by ``TO_BOOL``, and
functions get their attributes one by one.
"""

from zygcore._bytecode import v312
from zygcore._bytecode.v311 import COMPARE, CONVERSION
from zygcore._ir import NULL

VERSION = "3.13"
KEEPS_ITERATOR = True
JUMPS_ON_BOOLS = True

KINDS = {
    **v312.KINDS,
    "LOAD_FAST_LOAD_FAST": "load_load",
    "STORE_FAST_LOAD_FAST": "store_load",
    "STORE_FAST_STORE_FAST": "store_store",
    "CALL_KW": "call",
}

TAKES_TRUTH = frozenset(("POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE", "UNARY_NOT"))
COMPARE_TO_BOOL = 16
# The bit of SET_FUNCTION_ATTRIBUTE to the operand of `function`.
FUNCTION_OPERAND = {1: 1, 2: 2, 4: 3, 8: 4}


def to_bool(b, arg):
    if b.next_op() not in TAKES_TRUTH:
        b.push(b.emit("truth", [b.pop()]))


def compare_op(b, arg):
    b.push(b.emit("compare", b.popn(2), COMPARE[arg >> 5]))
    if arg & COMPARE_TO_BOOL:
        to_bool(b, arg)


def load_global(b, arg):
    b.load_name("global", b.name(arg >> 1))
    if arg & 1:
        b.push(NULL)


def call(b, arg):
    b.call(b.popn(arg + 2))


def call_kw(b, arg):
    b.kwnames = b.pop().value
    b.call(b.popn(arg + 2))


def call_function_ex(b, arg):
    keywords = b.pop() if arg & 1 else NULL
    function, _, args = b.popn(3)
    b.push(b.emit("call_ex", [function, args, keywords]))


def dict_merge(b, arg):
    """As in 3.12, but NULL lies between the callable and the tuple."""
    items = b.pop()
    b.emit("dict_merge", [b.peek(arg), items, b.peek(arg + 3)], None, 0)


def make_function(b, arg):
    b.push(b.emit("function", [b.pop(), NULL, NULL, NULL, NULL]))


def set_function_attribute(b, arg):
    """Fold into the `function` that comes directly before."""
    attribute, function = b.popn(2)
    instr = b.last_instr()
    if instr.op != "function" or instr.results[0] != function or arg not in FUNCTION_OPERAND:
        b.refuse()
    instr.args[FUNCTION_OPERAND[arg]] = attribute
    b.push(function)


def convert_value(b, arg):
    """``!r`` and the like; without a format specification part of `format`."""
    if b.next_op() == "FORMAT_SIMPLE":
        b.conversion = CONVERSION[arg]
    else:
        b.push(b.emit("format", [b.pop()], "!" + CONVERSION[arg]))


def format_simple(b, arg):
    b.push(b.emit("format", [b.pop()], b.conversion))
    b.conversion = ""


def format_with_spec(b, arg):
    b.push(b.emit("format", b.popn(2), ""))


def end_for(b, arg):
    b.pop()


STEPS = {
    **v312.STEPS,
    "TO_BOOL": to_bool,
    "COMPARE_OP": compare_op,
    "LOAD_GLOBAL": load_global,
    "CALL": call,
    "CALL_KW": call_kw,
    "CALL_FUNCTION_EX": call_function_ex,
    "DICT_MERGE": dict_merge,
    "MAKE_FUNCTION": make_function,
    "SET_FUNCTION_ATTRIBUTE": set_function_attribute,
    "CONVERT_VALUE": convert_value,
    "FORMAT_SIMPLE": format_simple,
    "FORMAT_WITH_SPEC": format_with_spec,
    "END_FOR": end_for,
}
