"""The source text of the first argument of a call, for messages.

Two ways: the text between the columns that the code object tells, where there is source (files,
cells of notebooks), and otherwise the expression read back from the IR (the prompt, ``exec``).
The text is only used if it calls what the IR calls: sources change, and columns inside of f-strings
are wrong in Python 3.11.  What neither can tell is `UNKNOWN`; nothing here raises.
"""

import ast
import itertools
import linecache

from ._bytecode import build
from ._choices import UnreadableError, chosen, meeting
from ._ir import NULL, Const

__all__ = ["UNKNOWN", "argument_text"]

UNKNOWN = "?"


def argument_text(code, offset, parameter, space=None):
    """The argument for `parameter`, the first one, of the call at `offset`, in one line.

    `space` is the global namespace of the code, which may have a loader that knows the source.
    """
    try:
        return _from_source(code, offset, parameter, space) or _from_ir(code, offset, parameter)
    except Exception:  # a debugging aid must not break what it looks at
        return UNKNOWN


# ----------------------------------------------------------------- from the source


def _from_source(code, offset, parameter, space):
    text = _call_text(code, offset, space)
    if text is None:
        return None
    try:
        call = ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if type(call) is not ast.Call or not _agrees(call, code, offset):
        return None
    found = call.args[0] if call.args else None
    for keyword in call.keywords:
        if found is None and keyword.arg in (parameter, None):
            found = (
                ast.Name("**" + ast.unparse(keyword.value)) if not keyword.arg else keyword.value
            )
    if found is None:
        return None
    segment = None if type(found) is ast.Name else ast.get_source_segment(f"({text}\n)", found)
    if segment is None or "\n" in segment:
        segment = ast.unparse(found)
    return segment


def _call_text(code, offset, space):
    """The text of the call, or None where there is no source."""
    where = next(itertools.islice(code.co_positions(), offset // 2, None), (None,) * 4)
    if None in where:
        return None
    line, end_line, start, end = where
    lines = linecache.getlines(code.co_filename, space)[line - 1 : end_line]
    if len(lines) != end_line - line + 1:
        return None
    raw = [text.encode() for text in lines]  # columns count bytes
    raw[-1] = raw[-1][:end]
    raw[0] = raw[0][start:]
    return b"".join(raw).decode()


def _agrees(call, code, offset):
    """Does the text call what the code calls?"""
    try:
        return _Reader(code).callee(offset) == ast.unparse(call.func)
    except Exception:  # of what cannot be read, the source is all that there is
        return True


# --------------------------------------------------------------------- from the IR


def _from_ir(code, offset, parameter):
    reader = _Reader(code)
    copies = _copies(code, offset, reader.calls)
    texts = {reader.argument(at, parameter) for at in copies}
    return texts.pop() if len(texts) == 1 else reader.chosen_argument(copies, parameter)


def _copies(code, offset, calls):
    """The offsets of a call: compilers repeat code behind the branches of a condition."""
    positions = list(code.co_positions())
    here = positions[offset // 2]
    if None in here:
        return [offset]
    return [at for at in calls if positions[at // 2] == here]


class _Reader:
    """Reads expressions back from the IR of a code object."""

    def __init__(self, code):
        self.ir = build(code)
        self.made = {}  # value -> the instruction that makes it
        self.blocks = {}  # value -> the block in which that is
        self.calls = {}  # offset -> call
        self.added = {}  # a list, set or dictionary -> what displays with stars put into it then
        for block in self.ir.blocks:
            for instr in block.instrs:
                for value in instr.results:
                    self.made[value], self.blocks[value] = instr, block
                if instr.op in ("call", "call_ex"):
                    self.calls[instr.offset] = instr
                elif instr.op in _ADDING:
                    put = _Added(_ADDING[instr.op], instr.args[1], block)
                    self.added.setdefault(instr.args[0], []).append(put)

    def callee(self, offset):
        return self.text(self.calls[offset].args[0], 20)

    def chosen_argument(self, copies, parameter):
        """The argument of a call that stands behind each branch of a condition."""
        calls = {id(self.calls[at]): at for at in copies}
        values = {}
        for i, block in enumerate(self.ir.blocks):
            for instr in block.instrs:
                if id(instr) in calls:
                    values[i] = self.argument_value(calls[id(instr)], parameter)
        ir, value = meeting(self.ir, values)
        return chosen(ir, value, 0, self.text)

    def argument_value(self, offset, parameter):
        """Of a call without stars."""
        call = self.calls[offset]
        values = call.args[2:] if call.args[1] is NULL or self.is_method(call) else call.args[1:]
        names = (None,) * (len(values) - len(call.imm)) + call.imm
        return values[0] if names[0] is None else values[names.index(parameter)]

    def argument(self, offset, parameter):
        call = self.calls[offset]
        if call.op == "call_ex":
            made = self.made.get(call.args[1])
            if made is not None and made.op == "list_to_tuple":
                made = self.made[made.args[0]]
                return self.text([*made.args, *self.put_into(made.results[0])][0])
            if made is not None and made.op == "tuple":
                return self.text(made.args[0])
            return "*" + self.text(call.args[1], 20)
        return self.text(self.argument_value(offset, parameter))

    def is_method(self, call):
        made = self.made.get(call.args[0])
        return made is not None and made.op == "load_method"

    def text(self, value, strength=0):
        """An expression; in brackets if what it stands in binds more strongly."""
        if isinstance(value, Const):
            text = repr(value.value)
            return f"({text})" if text.startswith("-") and strength > _SIGN else text
        if isinstance(value, _Added):
            return value.stars + self.text(value.value)
        home = self.ir.homes[value]
        if home >= 0:
            return self.ir.code.co_varnames[home]
        made = self.made.get(value)
        if made is None:
            return chosen(self.ir, value, strength, self.text)
        if made.op not in _FORMS:
            raise UnreadableError
        binds, form = _FORMS[made.op]
        if made.op == "binary":
            binds = _BINDS[made.imm.rstrip("=")]
        elif made.op == "unary" and made.imm == "not":
            binds = _NOT
        text = form(self, [*made.args, *self.put_into(value)], made.imm, binds)
        return f"({text})" if binds < strength else text

    def put_into(self, value):
        """What is put into a value where it is made; in another block a comprehension does it."""
        added = self.added.get(value, ())
        if any(put.block is not self.blocks[value] for put in added):
            raise UnreadableError
        return added

    def list(self, values):
        return ", ".join([self.text(v) for v in values])


class _Added:
    """A value that is put into a list, set or dictionary: alone, or with its stars all it has."""

    def __init__(self, stars, value, block):
        self.stars, self.value, self.block = stars, value, block


def _call_form(reader, args, names, binds):
    values = args[2:] if args[1] is NULL or reader.is_method(_Made(args)) else args[1:]
    cut = len(values) - len(names)
    texts = [reader.text(v) for v in values[:cut]]
    texts += [f"{n}={reader.text(v)}" for n, v in zip(names, values[cut:], strict=True)]
    return f"{reader.text(args[0], binds)}({', '.join(texts)})"


class _Made:
    def __init__(self, args):
        self.args = args


def _slice_form(reader, args, imm, binds):
    return ":".join(
        ["" if isinstance(v, Const) and v.value is None else reader.text(v) for v in args]
    )


def _binary_form(reader, args, imm, binds):
    left, right = (binds, binds + 1) if imm != "**" else (binds + 1, binds)
    return f"{reader.text(args[0], left)} {imm.rstrip('=')} {reader.text(args[1], right)}"


def _tuple_form(reader, args, imm, binds):
    return f"({reader.list(args)},)" if len(args) == 1 else f"({reader.list(args)})"


def _unpacked_form(reader, args, imm, binds):
    """A tuple that is made of a list."""
    (value,) = args
    return _tuple_form(reader, [*reader.made[value].args, *reader.put_into(value)], imm, binds)


def _dict_form(reader, args, imm, binds):
    given = [v for v in args if not isinstance(v, _Added)]
    pairs = zip(given[::2], given[1::2], strict=True)
    texts = [f"{reader.text(k)}: {reader.text(v)}" for k, v in pairs]
    return "{" + ", ".join(texts + [reader.text(v) for v in args[len(given) :]]) + "}"


def _name_form(reader, args, imm, binds):
    return imm


_NOT, _SIGN = 5, 13
_BINDS = {
    "|": 7, "^": 8, "&": 9, "<<": 10, ">>": 10, "+": 11, "-": 11, "*": 12, "@": 12, "/": 12,
    "//": 12, "%": 12, "**": 14,
}  # fmt: skip

#: op -> the stars of what it puts into its first argument
_ADDING = {
    "list_append": "", "list_extend": "*", "set_add": "", "set_update": "*",
    "dict_update": "**", "map_add": "",
}  # fmt: skip

#: op -> (how strongly it binds, as in the reference of the language; its text)
_FORMS = {
    "global": (20, _name_form),
    "name": (20, _name_form),
    "cell_get": (20, _name_form),
    "class_cell_get": (20, _name_form),
    "dict_or_global": (20, _name_form),
    "check_bound": (20, lambda r, a, imm, b: r.text(a[0], b)),
    "getattr": (20, lambda r, a, imm, b: f"{r.text(a[0], b)}.{imm}"),
    "load_method": (20, lambda r, a, imm, b: f"{r.text(a[0], b)}.{imm}"),
    "getitem": (20, lambda r, a, imm, b: f"{r.text(a[0], b)}[{r.text(a[1])}]"),
    "call": (20, _call_form),
    "slice": (20, _slice_form),
    "tuple": (20, _tuple_form),
    "list": (20, lambda r, a, imm, b: f"[{r.list(a)}]"),
    "list_to_tuple": (20, _unpacked_form),
    "set": (20, lambda r, a, imm, b: f"{{{r.list(a)}}}"),
    "dict": (20, _dict_form),
    "binary": (12, _binary_form),
    "unary": (_SIGN, lambda r, a, imm, b: f"{imm}{' ' * (imm == 'not')}{r.text(a[0], b)}"),
    "compare": (6, lambda r, a, imm, b: f"{r.text(a[0], 7)} {imm} {r.text(a[1], 7)}"),
}
