"""Reads PTX: modules, their variables and functions; a kernel with its calls inlined.

After it registers are numbers, labels are positions, and an operand is one of the classes below.
"""

import functools
import math
import re
from dataclasses import dataclass, field

import numpy as np

from .errors import PtxError

WIDTHS = {"8": 1, "16": 2, "32": 4, "64": 8, "16x2": 4}
RED_ZONE = 64  # bytes between variables that nobody may touch


def size_of(kind):
    """The bytes of a type, "f32" or "b64"."""
    return 1 if kind == "pred" else WIDTHS[kind.lstrip("bfsu")]


@dataclass
class Reg:
    """A register: its number, and the bytes it has (0: a predicate)."""

    index: int
    width: int
    negated: bool = False


@dataclass
class Imm:
    """A number as it is written."""

    text: str


@dataclass
class Special:
    """%tid.x and the like."""

    name: str


@dataclass
class Place:
    """Where a variable is: in "shared", "local", "param" or, at an address, "global"."""

    space: str
    offset: int


@dataclass
class Address:
    """[base + offset]"""

    base: object
    offset: int


@dataclass
class Group:
    """{a, b}: a vector; a|b: two results."""

    items: list


@dataclass
class Instruction:
    """One of a kernel; `target` is a position, or several of them."""

    op: str
    mods: list
    operands: list
    line: int
    where: str
    pred: Reg | None = None
    target: object = None


@dataclass
class Function:
    """The text of a function or kernel: its statements, not yet bound."""

    name: str
    entry: bool
    results: list
    params: list
    max_threads: int | None
    text: str
    line: int  # where the text begins

    @functools.cached_property
    def body(self):
        """Its statements, with their lines."""
        return [(self.line + n, s) for n, s in statements(self.text)]


@dataclass
class Kernel:
    """An entry ready to run."""

    name: str
    code: list
    starts: set
    widths: list
    params: list  # (offset, bytes) of each
    param_bytes: int
    frame: int  # bytes of local memory of a lane
    local: list  # (offset, bytes) of each variable there
    shared: list  # (offset, bytes) of each static variable
    shared_bytes: int
    max_threads: int | None
    segments: dict | None = None  # made when it first runs


@dataclass
class Module:
    """The text of a file, its functions, and its variables as arrays."""

    functions: dict
    variables: dict
    files: dict
    path: str = ""
    dynamic: set = field(default_factory=set)

    def kernels(self):
        return [name for name, f in self.functions.items() if f.entry]

    def kernel(self, name):
        """The entry with this name, or the only one whose name matches the pattern."""
        if name not in self.functions:
            found = [k for k in self.kernels() if re.search(name, k)]
            if len(found) != 1:
                raise PtxError(f"{len(found)} kernels match {name!r}: {found}")
            name = found[0]
        return Binder(self).bind(self.functions[name])


VARIABLE = re.compile(
    r"\.(global|const|shared|local|param)(?:\s+\.(?:align\s+(\d+)|attribute\([^)]*\)|ptr))*"
    r"\s+\.(\w+)\s+([\w$%]+)\s*((?:\[\d*\])*)\s*(?:=\s*(.*))?$",
    re.S,
)


def variable(text):
    """space, alignment, type, name, bytes (None: as many as the launch gives), initial value."""
    text = re.sub(r"\.(visible|extern|weak|common)\s+", "", text.strip())
    text = re.sub(r"\.ptr(\s+\.(global|shared|const|local))?(\s+\.align\s+\d+)?\s+", "", text)
    found = VARIABLE.match(text)
    if not found:
        raise PtxError(f"a variable that is not understood: {text}")
    space, align, kind, name, dims, value = found.groups()
    count = 1
    for d in re.findall(r"\[(\d*)\]", dims):
        count = count * int(d) if d and count is not None else None
    size = None if count is None else count * size_of(kind)
    return space, int(align or size_of(kind)), kind, name, size, value


BRACKETS = re.compile(r"[{[(]")


def split(text):
    """At the commas outside of brackets."""
    if not BRACKETS.search(text):
        return [part for part in map(str.strip, text.split(",")) if part]
    parts, depth, last = [], 0, 0
    for i, c in enumerate(text):
        if c in "{[(":
            depth += 1
        elif c in "}])":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[last:i].strip())
            last = i + 1
    tail = text[last:].strip()
    return parts + [tail] if tail else parts


STATEMENT = re.compile(
    r"\s*(?:(?P<loc>\.loc\s[^\n]*)|(?P<brace>[{}])|(?P<label>[\w$]+:)(?!:)|(?P<text>[^;]*);)",
    re.S,
)


def statements(text):
    """(line, statement) of a body; a label ends with a colon, scopes are "{" and "}"."""
    line, position = 1, 0
    for found in STATEMENT.finditer(text):
        kind = found.lastgroup
        if text[position : found.start()].strip():
            break
        line += text.count("\n", position, found.start(kind))
        yield line, found.group(kind).strip()
        position = found.end()
        line += text.count("\n", found.start(kind), position)
    if text[position:].strip():
        raise PtxError(f"not understood: {text[position : position + 80].strip()!r}")


def parse(text, path=""):
    """A `Module` of the text that nvcc wrote."""
    text = re.sub(r"//[^\n]*", "", text)
    files = {n: name for n, name in re.findall(r'\.file\s+(\d+)\s+"([^"]*)"', text)}
    blank = lambda m: "\n" * m.group().count("\n")
    text = re.sub(r"\.section\s+\S+\s*\{[^}]*\}", blank, text)
    text = re.sub(r"\.(file|version|target|address_size)[^\n]*", "", text)
    module = Module({}, {}, files, str(path))
    position = 0
    while True:
        found = re.compile(r"\s*(\.(?:visible|extern|weak|common)\s+)*\.(\w+)").match(
            text, position
        )
        if not found:
            break
        start, kind = found.start(2) - 1, found.group(2)
        if kind in ("entry", "func"):
            position = function(module, text, start)
            continue
        end = text.index(";", start)
        declare(module, text[start:end])
        position = end + 1
    if text[position:].strip():
        raise PtxError(f"not understood: {text[position : position + 80].strip()!r}")
    return module


def declare(module, text):
    """A variable of the module, which becomes an array (or is in shared memory)."""
    space, align, kind, name, size, value = variable(text)
    if space == "shared":
        module.variables[name] = ("shared", align, size)
        if size is None:
            module.dynamic.add(name)
        return
    room = np.zeros(size + align, np.uint8)
    start = -room.ctypes.data % align
    data = room[start : start + size]
    if value is not None:
        numbers = [int(x, 0) for x in split(value.strip().strip("{}"))]
        step = size_of(kind)
        raw = b"".join((x % (1 << 8 * step)).to_bytes(step, "little") for x in numbers)
        data[: len(raw)] = np.frombuffer(raw, np.uint8)
    module.variables[name] = (space, align, data)


def function(module, text, start):
    """Reads .entry or .func; where it ends."""
    head_end = re.compile(r"[{;]").search(text, start)
    head = text[start : head_end.start()]
    found = re.match(
        r"\.(entry|func)\s*(?:\((?P<results>[^()]*)\)\s*)?(?P<name>[\w$]+)\s*(?:\((?P<params>[^()]*)\))?",
        head,
    )
    if not found:
        raise PtxError(f"a function that is not understood: {head.strip()[:100]}")
    if head_end.group() == ";":  # a declaration
        return head_end.end()
    depth, end = 1, head_end.end()
    for brace in re.compile(r"[{}]").finditer(text, head_end.end()):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            end = brace.start()
            break
    listed = lambda key: [variable(p) for p in split(found.group(key) or "")]
    limit = re.search(r"\.maxntid\s+([\d, ]+)", head)
    made = Function(
        found["name"],
        found.group(1) == "entry",
        listed("results"),
        listed("params"),
        math.prod(int(n) for n in limit[1].split(",")) if limit else None,
        text[head_end.end() : end],
        text.count("\n", 0, head_end.end()),
    )
    module.functions[made.name] = made
    return end + 1


GUARDED = re.compile(r"@(!?)(%?[\w$]+)\s+(.*)", re.S)


class Scope:
    """Names of one call of a function; blocks inside have their own registers."""

    def __init__(self, parent=None):
        self.parent = parent
        self.names = {}

    def find(self, name):
        scope = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None


class Binder:
    """Makes a `Kernel` of an entry: numbers registers, places variables, inlines calls."""

    def __init__(self, module):
        self.module = module
        self.code, self.widths, self.labels, self.tables = [], [], {}, {}
        self.frame, self.local = 0, []
        self.shared, self.shared_bytes = [], RED_ZONE
        self.shared_at = {}
        self.calls = []
        self.serial = 0
        self.where, self.line, self.inlined = "", 0, {}

    def bind(self, entry):
        scope, offset, params = Scope(), 0, []
        for _, align, _, name, size, _ in entry.params:
            offset = -(-offset // align) * align
            scope.names[name] = Place("param", offset)
            params.append((offset, size))
            offset += size
        self.cc = Reg(self.register(0), 0)
        self.body(entry, scope)
        for ins in self.code:
            if ins.op == "bra":
                ins.target = self.labels[ins.target]
            elif ins.op == "brx":
                ins.target = [self.labels[t] for t in self.tables[ins.target]]
        return Kernel(
            entry.name, self.code, set(self.labels.values()), self.widths, params, offset,
            self.frame, self.local, self.shared, self.shared_bytes, entry.max_threads,
        )  # fmt: skip

    def register(self, width):
        self.widths.append(width)
        return len(self.widths) - 1

    def error(self, message):
        return PtxError(f"{self.module.path}:{self.line} ({self.where}): {message}")

    def body(self, f, scope):
        if f.name in self.calls:
            raise self.error(f"{f.name} calls itself: not supported")
        self.calls.append(f.name)
        self.serial += 1
        prefix = f"{self.serial}:"
        for self.line, text in f.body:
            if text == "{":
                scope = Scope(scope)
            elif text == "}":
                scope = scope.parent
            elif text.endswith(":"):
                self.labels[prefix + text[:-1]] = len(self.code)
            elif text.startswith((".loc ", ".loc\t")):
                self.where = self.location(text)
            elif text.startswith(".branchtargets"):
                self.branch_targets(text, prefix)
            elif text.startswith("."):
                self.directive(text, scope)
            else:
                self.instruction(text, scope, prefix)
        self.labels[prefix + "end"] = len(self.code)
        self.calls.pop()

    def location(self, text):
        """The file and line of .loc, and where that was inlined."""
        found = re.findall(r"(\d+)\s+(\d+)\s+(\d+)", text)
        if len(found) > 1:
            self.inlined[found[0]] = found[1]
        chain = [found[0]]
        while chain[-1] in self.inlined and len(chain) < 9:
            chain.append(self.inlined[chain[-1]])
        shown = [f"{self.module.files.get(number, number)}:{line}" for number, line, _ in chain]
        return " inlined at ".join(shown)

    def branch_targets(self, text, prefix):
        name, at = self.labels.popitem()  # the label before it names the table
        if at != len(self.code):
            raise self.error("a table of branches without a name")
        self.tables[name] = [prefix + t for t in split(text.removeprefix(".branchtargets"))]

    def directive(self, text, scope):
        if text.startswith(".pragma"):
            return
        if text.startswith(".reg"):
            _, kind, names = text.split(None, 2)
            width = 0 if kind == ".pred" else size_of(kind[1:])
            for name in split(names):
                ranged = re.match(r"(%?[\w$]+)<(\d+)>", name)
                if not ranged:
                    scope.names[name] = Reg(self.register(width), width)
                    continue
                for i in range(int(ranged.group(2))):
                    scope.names[f"{ranged.group(1)}{i}"] = Reg(self.register(width), width)
            return
        space, align, _, name, size, _ = variable(text)
        if space in ("local", "param"):
            self.frame = -(-self.frame // 16) * 16
            scope.names[name] = Place("local", self.frame)
            self.local.append((self.frame, size))
            self.frame += size + (RED_ZONE if space == "local" else 0)
        elif space == "shared":
            scope.names[name] = self.place_shared(name, align, size)
        else:
            raise self.error(f"not understood: {text}")

    def place_shared(self, name, align, size):
        if name not in self.shared_at:
            start = -(-self.shared_bytes // max(align, 16)) * max(align, 16)
            self.shared_at[name] = start
            self.shared.append((start, size))
            self.shared_bytes = start + size + RED_ZONE
        return Place("shared", self.shared_at[name])

    def instruction(self, text, scope, prefix):
        pred = None
        if text.startswith("@"):
            found = GUARDED.match(text)
            reg = scope.find(found.group(2))
            pred = Reg(reg.index, 0, bool(found.group(1)))
            text = found.group(3)
        name, rest = (*text.split(None, 1), "")[:2]
        op, *mods = name.split(".")
        if op == "call":
            if pred:
                raise self.error("a call under a predicate: not supported")
            self.call(split(rest), scope)
            return
        ins = Instruction(op, mods, [], self.line, self.where, pred)
        if op == "bra":
            ins.target = prefix + rest.strip()
        elif op == "brx":
            index, table = split(rest)
            ins.operands = [self.operand(index, scope)]
            ins.target = prefix + table
        elif op == "ret" and len(self.calls) > 1:
            ins.op, ins.target = "bra", prefix + "end"
        else:
            ins.operands = [self.operand(x, scope) for x in split(rest)]
        if "cc" in mods or op in ("addc", "subc", "madc"):
            ins.operands.append(self.cc)
        self.code.append(ins)

    def call(self, parts, scope):
        results = []
        if parts[0].startswith("("):
            results = split(parts.pop(0)[1:-1])
        name = parts[0]
        given = split(parts[1][1:-1]) if len(parts) > 1 else []
        f = self.module.functions.get(name)
        if f is None:
            raise self.error(f"a call of {name}, which is not in this module")
        inner = Scope()
        pairs = [*zip(f.results, results, strict=True), *zip(f.params, given, strict=True)]
        for formal, actual in pairs:
            inner.names[formal[3]] = scope.find(actual)
        where, line = self.where, self.line
        self.body(f, inner)
        self.where, self.line = where, line

    def operand(self, text, scope):
        found = scope.find(text)
        if found is not None:
            return found
        if text.startswith("{"):
            return Group([self.operand(x, scope) for x in split(text[1:-1])])
        if text.startswith("["):
            inside = text[1:-1].strip()
            base, plus, offset = inside.partition("+")
            return Address(self.operand(base.strip(), scope), int(offset) if plus else 0)
        if "|" in text:
            return Group([self.operand(x.strip(), scope) for x in text.split("|")])
        if text.startswith("!"):
            reg = scope.find(text[1:])
            return Reg(reg.index, reg.width, True)
        if text == "_":
            return None
        if text[0] in "-0123456789":
            return Imm(text)
        if text.startswith("%") or text == "WARP_SZ":
            return Special(text)
        base, plus, offset = text.partition("+")
        place = self.symbol(base)
        return Place(place.space, place.offset + int(offset)) if plus else place

    def symbol(self, name):
        found = self.module.variables.get(name)
        if found is None:
            raise self.error(f"{name} is not known")
        space, align, data = found
        if name in self.module.dynamic:
            return Place("dynamic", 0)
        if space == "shared":
            return self.place_shared(name, align, data)
        return Place("global", data.ctypes.data)
