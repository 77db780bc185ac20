"""Text of the IR: numbered blocks with arguments, as in the papers on Zygote.

`format_ir` is for whoever has an IR, `code_ir` for users.  Values are ``%n``, blocks
are numbered from 1, and `%1` is the function itself.  Nothing here changes the IR.
"""

import types
from collections.abc import Callable

from zygcore._ir import NULL, UNDEF, Const

__all__ = ["code_ir", "format_ir"]


def operand(x):
    """An operand: ``%n``, a constant, or how functions and code are called."""
    if not isinstance(x, Const):
        return f"%{x}"
    if x is NULL or x is UNDEF:
        return repr(x.value)
    if isinstance(x.value, types.CodeType):
        return f"<code {x.value.co_qualname}>"
    if isinstance(x.value, type):
        return x.value.__name__
    return repr(x.value)


def commas(items):
    return ", ".join(map(operand, items))


def call(function, receiver, args, names=()):
    """A call with its keywords, which are the last operands."""
    texts = [] if receiver is NULL else [operand(receiver)]
    cut = len(args) - len(names)
    texts += map(operand, args[:cut])
    texts += [f"{name}={operand(x)}" for name, x in zip(names, args[cut:], strict=True)]
    return f"{operand(function)}({', '.join(texts)})"


def call_ex(function, args, keywords):
    texts = [f"*{operand(args)}"]
    if keywords is not NULL:
        texts.append(f"**{operand(keywords)}")
    return f"{operand(function)}({', '.join(texts)})"


def pairs(items):
    texts = (f"{operand(k)}: {operand(v)}" for k, v in zip(items[::2], items[1::2], strict=True))
    return "{" + ", ".join(texts) + "}"


def tuple_text(items):
    return f"({commas(items)},)" if len(items) == 1 else f"({commas(items)})"


def function(args):
    """``function <code f>`` and what it has of defaults and so on."""
    labels = ("defaults", "kwdefaults", "annotations", "closure")
    texts = [operand(args[0])]
    texts += [f"{n}={operand(x)}" for n, x in zip(labels, args[1:], strict=True) if x is not NULL]
    return f"function({', '.join(texts)})"


# How the more frequent instructions are written; the others look like calls.
FORMS = {
    "binary": lambda a, imm: f"{operand(a[0])} {imm.rstrip('=')} {operand(a[1])}",
    "unary": lambda a, imm: f"{imm}{' ' * (imm == 'not')}{operand(a[0])}",
    "compare": lambda a, imm: f"{operand(a[0])} {imm} {operand(a[1])}",
    "global": lambda a, imm: f"global {imm}",
    "name": lambda a, imm: f"name {imm}",
    "free": lambda a, imm: f"free {imm}",
    "store_global": lambda a, imm: f"global {imm} = {operand(a[0])}",
    "store_name": lambda a, imm: f"name {imm} = {operand(a[0])}",
    "getattr": lambda a, imm: f"{operand(a[0])}.{imm}",
    "setattr": lambda a, imm: f"{operand(a[0])}.{imm} = {operand(a[1])}",
    "delattr": lambda a, imm: f"del {operand(a[0])}.{imm}",
    "load_method": lambda a, imm: f"method {operand(a[0])}.{imm}",
    "getitem": lambda a, imm: f"{operand(a[0])}[{operand(a[1])}]",
    "setitem": lambda a, imm: f"{operand(a[0])}[{operand(a[1])}] = {operand(a[2])}",
    "delitem": lambda a, imm: f"del {operand(a[0])}[{operand(a[1])}]",
    "tuple": lambda a, imm: tuple_text(a),
    "list": lambda a, imm: f"[{commas(a)}]",
    "set": lambda a, imm: f"{{{commas(a)}}}" if a else "set()",
    "dict": lambda a, imm: pairs(a),
    "call": lambda a, imm: call(a[0], a[1], a[2:], imm),
    "call_ex": lambda a, imm: call_ex(*a),
    "function": lambda a, imm: function(a),
}


def instr_text(instr):
    form = FORMS.get(instr.op)
    if form is not None:
        text = form(instr.args, instr.imm)
    else:
        imm = [] if instr.imm is None else [repr(instr.imm)]
        text = f"{instr.op}({', '.join([*map(operand, instr.args), *imm])})"
    return f"{commas(instr.results)} = {text}" if instr.results else text


def edge_text(edge):
    target = str(edge.target + 1)
    return f"{target} ({commas(edge.args)})" if edge.args else target


def terminator_lines(end):
    """The lines of a terminator: one for each way out."""
    edges = [edge_text(edge) for edge in end.edges]
    args = [operand(x) for x in end.args if x is not NULL]
    if end.kind == "br":
        return [f"br {edges[0]}"]
    if end.kind == "cond":
        return [f"br {edges[1]} unless {args[0]}", f"br {edges[0]}"]
    if end.kind == "for":
        return [f"{commas(end.results)} = next({args[0]})", f"br {edges[1]} if exhausted",
                f"br {edges[0]}"]  # fmt: skip
    if end.kind == "send":
        return [f"{commas(end.results)} = send({', '.join(args)})", f"br {edges[1]} if done",
                f"br {edges[0]}"]  # fmt: skip
    if end.kind == "raise" and len(args) == 2:
        return [f"raise {args[0]} from {args[1]}"]
    return [" ".join([end.kind, *args])]


def format_ir(ir):
    """The text of an IR.

    Parameters
    ----------
    ir : IR
        What `zygcore._bytecode.build` returns.

    Returns
    -------
    str
        One paragraph per block, without a final newline.
    """
    lines = []
    for number, block in enumerate(ir.blocks, 1):
        params = f" ({commas(block.params)})" if block.params else ""
        lines.append(f"{number}:{params}")
        if block.handler is not None:
            lines.append(f"  br {edge_text(block.handler)} on error")
        lines += ["  " + instr_text(instr) for instr in block.instrs]
        lines += ["  " + line for line in terminator_lines(block.terminator)]
    return "\n".join(lines)


def code_of(f):
    """The code object of a function, a method, or something that wraps one."""
    while not isinstance(f, types.CodeType):
        for name in ("__func__", "__wrapped__", "__code__"):
            if hasattr(f, name):
                f = getattr(f, name)
                break
        else:
            raise TypeError(f"code_ir needs a Python function, not {f!r}")
    return f


def code_ir(f: Callable[..., object] | types.CodeType) -> None:
    """Print the intermediate representation of a function.

    Parameters
    ----------
    f : function, method or code object
        What to show.  Of a decorated function, that is what it wraps.

    Raises
    ------
    TypeError
        If `f` has no Python code.

    Examples
    --------
    >>> code_ir(lambda x: 2 * x)
    1: (%2)
      %3 = 2 * %2
      return %3
    """
    from zygcore._bytecode import build

    print(format_ir(build(code_of(f))))
