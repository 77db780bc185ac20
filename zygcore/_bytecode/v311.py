"""What the opcodes of CPython 3.11 mean, and what later versions share with it.

`KINDS` names the opcodes that concern control flow, local variables and the order
of the stack; `_decode` and `_core` know these kinds.  `STEPS` gives for any other
opcode the instruction of the IR, as a function of the builder and the argument.
Later versions take both tables and change what changed.
"""

from zygcore._ir import NULL

VERSION = "3.11"
KEEPS_ITERATOR = False
JUMPS_ON_BOOLS = False

BINARY = (
    "+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^",
    "+=", "&=", "//=", "<<=", "@=", "*=", "%=", "|=", "**=", ">>=", "-=", "/=", "^=",
)  # fmt: skip
COMPARE = ("<", "<=", "==", "!=", ">", ">=")
CONVERSION = ("", "s", "r", "a")
WITH_SPEC = 4
# `RESUME` tells what it resumes after; from here on, a delegated `yield`.
RESUMES_DELEGATION = 2

KINDS = {
    "CACHE": "skip",
    "EXTENDED_ARG": "skip",
    "NOP": "skip",
    "RESUME": "skip",
    "PRECALL": "skip",
    "LOAD_CONST": "const",
    "PUSH_NULL": "null",
    "POP_TOP": "pop",
    "COPY": "copy",
    "SWAP": "swap",
    "LOAD_FAST": "load",
    "LOAD_CLOSURE": "closure",
    "STORE_FAST": "store",
    "DELETE_FAST": "delete",
    "LOAD_DEREF": "deref",
    "STORE_DEREF": "deref",
    "DELETE_DEREF": "deref",
    "LOAD_CLASSDEREF": "deref",
    "MAKE_CELL": "make_cell",
    "COPY_FREE_VARS": "free_vars",
    "CALL": "call",
    "JUMP_FORWARD": "jump",
    "JUMP_BACKWARD": "jump",
    "JUMP_BACKWARD_NO_INTERRUPT": "jump",
    "POP_JUMP_FORWARD_IF_TRUE": "if_true",
    "POP_JUMP_BACKWARD_IF_TRUE": "if_true",
    "POP_JUMP_FORWARD_IF_FALSE": "if_false",
    "POP_JUMP_BACKWARD_IF_FALSE": "if_false",
    "POP_JUMP_FORWARD_IF_NONE": "if_none",
    "POP_JUMP_BACKWARD_IF_NONE": "if_none",
    "POP_JUMP_FORWARD_IF_NOT_NONE": "if_not_none",
    "POP_JUMP_BACKWARD_IF_NOT_NONE": "if_not_none",
    "JUMP_IF_TRUE_OR_POP": "true_or_pop",
    "JUMP_IF_FALSE_OR_POP": "false_or_pop",
    "FOR_ITER": "for",
    "SEND": "send",
    "RETURN_VALUE": "return",
    "RAISE_VARARGS": "raise",
    "RERAISE": "reraise",
}


# Makers of steps.


def operation(op, nargs, imm=None):
    """Pop the operands, push the result."""

    def step(b, arg):
        b.push(b.emit(op, b.popn(nargs), imm))

    return step


def effect(op, nargs, imm=None):
    """Pop the operands, push nothing."""

    def step(b, arg):
        b.emit(op, b.popn(nargs), imm, 0)

    return step


def named(op, nargs):
    """An operation whose argument is the index of a name."""

    def step(b, arg):
        b.push(b.emit(op, b.popn(nargs), b.name(arg)))

    return step


def named_effect(op, nargs):
    def step(b, arg):
        b.emit(op, b.popn(nargs), b.name(arg), 0)

    return step


def build(op, width=1):
    """As many operands as the argument says, times `width`."""

    def step(b, arg):
        b.push(b.emit(op, b.popn(arg * width)))

    return step


def inspect(op):
    """Push something about the top of the stack, which stays."""

    def step(b, arg):
        b.push(b.emit(op, [b.peek(1)]))

    return step


def several(op, nargs, count):
    """Push all results of an instruction that has several, in order."""

    def step(b, arg):
        for result in b.emit(op, b.popn(nargs), None, count):
            b.push(result)

    return step


def grow(op, nargs):
    """Put the operands into the container that is `arg` below them."""

    def step(b, arg):
        items = b.popn(nargs)
        b.emit(op, [b.peek(arg), *items], None, 0)

    return step


# Operators.


def binary_op(b, arg):
    b.push(b.emit("binary", b.popn(2), BINARY[arg]))


def compare_op(b, arg):
    b.push(b.emit("compare", b.popn(2), COMPARE[arg]))


def is_op(b, arg):
    b.push(b.emit("compare", b.popn(2), "is not" if arg else "is"))


def contains_op(b, arg):
    b.push(b.emit("compare", b.popn(2), "not in" if arg else "in"))


# Variables and attributes.


def load_global(b, arg):
    if arg & 1:
        b.push(NULL)
    b.load_name("global", b.name(arg >> 1))


def load_name(b, arg):
    b.load_name("name", b.name(arg))


def load_deref(b, arg):
    b.push(b.emit("cell_get", [b.local(arg)], b.slot_name(arg)))


def store_deref(b, arg):
    b.emit("cell_set", [b.local(arg), b.pop()], b.slot_name(arg), 0)


def delete_deref(b, arg):
    b.emit("cell_del", [b.local(arg)], b.slot_name(arg), 0)


def load_classderef(b, arg):
    b.push(b.emit("class_cell_get", [b.local(arg)], b.slot_name(arg)))


def store_attr(b, arg):
    value, obj = b.popn(2)
    b.emit("setattr", [obj, value], b.name(arg), 0)


def load_method(b, arg):
    for result in b.emit("load_method", [b.pop()], b.name(arg), 2):
        b.push(result)


def store_subscr(b, arg):
    value, obj, key = b.popn(3)
    b.emit("setitem", [obj, key, value], None, 0)


# Calls and functions.


def kw_names(b, arg):
    b.kwnames = b.constant(arg)


def call(b, arg):
    """The stack holds NULL and the callable, or the callable and its self."""
    args = b.popn(arg + 2)
    if args[0] is NULL:
        args[0], args[1] = args[1], NULL
    b.call(args)


def call_function_ex(b, arg):
    keywords = b.pop() if arg & 1 else NULL
    _, function, args = b.popn(3)
    b.push(b.emit("call_ex", [function, args, keywords]))


def make_function(b, arg):
    code = b.pop()
    closure = b.pop() if arg & 8 else NULL
    annotations = b.pop() if arg & 4 else NULL
    kwdefaults = b.pop() if arg & 2 else NULL
    defaults = b.pop() if arg & 1 else NULL
    b.push(b.emit("function", [code, defaults, kwdefaults, annotations, closure]))


# Displays, unpacking, strings.


def build_const_key_map(b, arg):
    keys = b.pop().value
    items = []
    for key, value in zip(keys, b.popn(arg), strict=True):
        items += (b.wrap(key), value)
    b.push(b.emit("dict", items))


def dict_merge(b, arg):
    """What a call collects for ``**``; errors name the callable, below the tuple."""
    items = b.pop()
    b.emit("dict_merge", [b.peek(arg), items, b.peek(arg + 2)], None, 0)


def unpack_sequence(b, arg):
    results = b.emit("unpack", [b.pop()], arg, arg)
    for result in reversed([results] if arg == 1 else results):
        b.push(result)


def unpack_ex(b, arg):
    before, after = arg & 255, arg >> 8
    results = b.emit("unpack_ex", [b.pop()], (before, after), before + 1 + after)
    for result in reversed(results if before + after else [results]):
        b.push(result)


def format_value(b, arg):
    parts = b.popn(2 if arg & WITH_SPEC else 1)
    b.push(b.emit("format", parts, CONVERSION[arg & 3]))


# Exceptions, `with`, generators.


def push_exc_info(b, arg):
    exc = b.pop()
    b.push(b.emit("push_exc", [exc]))
    b.push(exc)
    b.renew()  # the handler of this very code must restore what was handled before


def check_exc_match(b, arg):
    expected = b.pop()
    b.push(b.emit("exc_match", [b.peek(1), expected]))


def with_except_start(b, arg):
    """The stack holds exit, the position, the exception handled before, this one."""
    b.push(b.emit("with_exit", [b.peek(4), b.peek(1)]))


def load_assertion_error(b, arg):
    b.push(b.wrap(AssertionError))


def yield_value(b, arg):
    """In a delegation the second operand is what is delegated to."""
    args = [b.pop()]
    if b.next_op() == "RESUME" and b.next_arg() & 3 >= RESUMES_DELEGATION:
        args.append(b.peek(1))
    b.push(b.emit("yield", args))


def get_awaitable(b, arg):
    b.push(b.emit("awaitable", [b.pop()], arg))


# Pattern matching, imports.


def match_class(b, arg):
    b.push(b.emit("match_class", b.popn(3), arg))


def match_keys(b, arg):
    b.push(b.emit("match_keys", [b.peek(2), b.peek(1)]))


def import_from(b, arg):
    b.push(b.emit("import_from", [b.peek(1)], b.name(arg)))


def print_expr(b, arg):
    """The value of an expression statement of code compiled with ``"single"``."""
    b.emit("intrinsic", [b.pop()], "print")


STEPS = {
    "UNARY_POSITIVE": operation("unary", 1, "+"),
    "UNARY_NEGATIVE": operation("unary", 1, "-"),
    "UNARY_INVERT": operation("unary", 1, "~"),
    "UNARY_NOT": operation("unary", 1, "not"),
    "BINARY_OP": binary_op,
    "COMPARE_OP": compare_op,
    "IS_OP": is_op,
    "CONTAINS_OP": contains_op,
    "BINARY_SUBSCR": operation("getitem", 2),
    "STORE_SUBSCR": store_subscr,
    "DELETE_SUBSCR": effect("delitem", 2),
    "BUILD_SLICE": build("slice"),
    "LOAD_GLOBAL": load_global,
    "STORE_GLOBAL": named_effect("store_global", 1),
    "DELETE_GLOBAL": named_effect("delete_global", 0),
    "LOAD_NAME": load_name,
    "STORE_NAME": named_effect("store_name", 1),
    "DELETE_NAME": named_effect("delete_name", 0),
    "LOAD_DEREF": load_deref,
    "STORE_DEREF": store_deref,
    "DELETE_DEREF": delete_deref,
    "LOAD_CLASSDEREF": load_classderef,
    "LOAD_ATTR": named("getattr", 1),
    "STORE_ATTR": store_attr,
    "DELETE_ATTR": named_effect("delattr", 1),
    "LOAD_METHOD": load_method,
    "KW_NAMES": kw_names,
    "CALL": call,
    "CALL_FUNCTION_EX": call_function_ex,
    "MAKE_FUNCTION": make_function,
    "LOAD_BUILD_CLASS": operation("build_class", 0),
    "BUILD_TUPLE": build("tuple"),
    "BUILD_LIST": build("list"),
    "BUILD_SET": build("set"),
    "BUILD_MAP": build("dict", 2),
    "BUILD_CONST_KEY_MAP": build_const_key_map,
    "BUILD_STRING": build("string"),
    "LIST_APPEND": grow("list_append", 1),
    "LIST_EXTEND": grow("list_extend", 1),
    "SET_ADD": grow("set_add", 1),
    "SET_UPDATE": grow("set_update", 1),
    "MAP_ADD": grow("map_add", 2),
    "DICT_UPDATE": grow("dict_update", 1),
    "DICT_MERGE": dict_merge,
    "LIST_TO_TUPLE": operation("list_to_tuple", 1),
    "UNPACK_SEQUENCE": unpack_sequence,
    "UNPACK_EX": unpack_ex,
    "FORMAT_VALUE": format_value,
    "GET_ITER": operation("iter", 1),
    "GET_YIELD_FROM_ITER": operation("yield_from_iter", 1),
    "YIELD_VALUE": yield_value,
    "RETURN_GENERATOR": lambda b, arg: b.push(b.wrap(None)),
    "GET_AWAITABLE": get_awaitable,
    "GET_AITER": operation("async_iter", 1),
    "GET_ANEXT": inspect("async_next"),
    "END_ASYNC_FOR": effect("end_async_for", 2),
    "BEFORE_ASYNC_WITH": several("async_enter", 1, 2),
    "ASYNC_GEN_WRAP": operation("async_gen_wrap", 1),
    "BEFORE_WITH": several("with_enter", 1, 2),
    "WITH_EXCEPT_START": with_except_start,
    "PUSH_EXC_INFO": push_exc_info,
    "POP_EXCEPT": effect("pop_exc", 1),
    "CHECK_EXC_MATCH": check_exc_match,
    "CHECK_EG_MATCH": several("exc_group_match", 2, 2),
    "PREP_RERAISE_STAR": operation("exc_group_reraise", 2),
    "LOAD_ASSERTION_ERROR": load_assertion_error,
    "MATCH_CLASS": match_class,
    "MATCH_MAPPING": inspect("match_mapping"),
    "MATCH_SEQUENCE": inspect("match_sequence"),
    "MATCH_KEYS": match_keys,
    "GET_LEN": inspect("len"),
    "IMPORT_NAME": named("import_name", 2),
    "IMPORT_FROM": import_from,
    "IMPORT_STAR": effect("import_star", 1),
    "SETUP_ANNOTATIONS": effect("setup_annotations", 0),
    "PRINT_EXPR": print_expr,
}
