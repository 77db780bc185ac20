"""Instructions that touch memory: loads, stores, atomics, addresses of one kind as another.

Orderings, scopes and hints for caches change nothing here, where instructions run one at a time.
"""

import numpy as np

from .errors import PtxError
from .memory import PARAM_BASE, WINDOW, BadAccess
from .operations import KINDS
from .parse import Group, Place, Reg
from .values import ALL, WINDOWS, bits_kind, reader, writer

TABLE = {}
SPACES = ("global", "shared", "local", "param", "const")
HINTS = {
    "nc", "ca", "cg", "cs", "lu", "cv", "wb", "wt", "volatile", "relaxed", "acquire", "release",
    "acq_rel", "weak", "gpu", "cta", "sys", "cluster", "noftz",
}  # fmt: skip
VECTORS = {"v2": 2, "v4": 4, "v8": 8}


def access(*names):
    def registered(build):
        for name in names:
            TABLE[name] = build
        return build

    return registered


def described(mods, known=()):
    """space (None: generic), number of elements, type; anything else must be known."""
    space, count = None, 1
    for m in mods[:-1]:
        plain = m.removesuffix("::cta")
        if plain in SPACES:
            space = plain
        elif m in VECTORS:
            count = VECTORS[m]
        elif m not in HINTS and m not in known and not m.startswith(("L1::", "L2::")):
            raise PtxError(f".{m} is not known")
    return space, count, mods[-1]


def addresses(operand):
    """A function (wave, selection) -> addresses, and the space that the operand itself gives."""
    base, offset = operand.base, operand.offset % (1 << 64)
    space = base.space if isinstance(base, Place) else None
    kind = "u64" if not isinstance(base, Reg) or base.width == 8 else "u32"
    read = reader(base, kind)
    if offset == 0:
        return lambda w, sel: read(w, sel).astype(np.uint64), space
    shift = np.uint64(offset)
    return lambda w, sel: read(w, sel).astype(np.uint64) + shift, space


def numbers(w, sel):
    return w.numbers[sel]


def places(w, sel, space, address, size, count, way):
    """[(which of the selected lanes, memory as whole numbers, index of the first element)]

    `way`: "read", "write" or "update".
    """
    n = w.lanes if sel is ALL else len(sel)
    if len(address) != n:
        address = np.repeat(address, n)
    try:
        if space in ("global", "const"):
            return w.memory.locate(address, size, count, way != "read")
        if space in ("shared", "dynamic"):
            view, index = w.shared.locate(address, w.block_of[sel], size, count)
            w.history.touch(way, numbers(w, sel), index * size, size * count)
            return [(ALL, view, index)]
        if space == "local":
            return [(ALL, *w.local.locate(address, numbers(w, sel), size, count))]
        if space == "param":
            own = address - np.uint64(PARAM_BASE)
            return [(ALL, *w.params.locate(own, np.zeros(n, np.int64), size, count))]
    except BadAccess as error:
        raise PtxError(f"{error}, {w.who(numbers(w, sel)[error.lane])}") from None
    found, rest = [], np.ones(n, bool)
    for name, start in WINDOWS.items():
        inside = (address >= start) & (address < start + WINDOW)
        if inside.any():
            rest &= ~inside
            lanes = np.flatnonzero(inside)
            part = numbers(w, sel)[lanes]
            for which, view, index in places(
                w, part, name, address[lanes] - np.uint64(start), size, count, way
            ):
                found.append((lanes[which], view, index))
    lanes = np.flatnonzero(rest)
    if len(lanes) == n:
        return places(w, sel, "global", address, size, count, way)
    if len(lanes):
        part = numbers(w, sel)[lanes]
        for which, view, index in places(w, part, "global", address[lanes], size, count, way):
            found.append((lanes[which], view, index))
    return found


@access("ld", "ldu")
def load(ins):
    space, count, kind = described(ins.mods)
    to, source = ins.operands
    items = to.items if isinstance(to, Group) else [to]
    raw = bits_kind(kind)
    writes = [writer(x, kind if kind[0] == "s" else f"b{8 * raw.itemsize}") for x in items]
    signed = KINDS[kind] if kind[0] == "s" else raw
    if isinstance(source.base, Place) and source.base.space == "param":
        start = source.base.offset + source.offset

        def load_param(w, sel):
            params = w.launch.params[start : start + count * raw.itemsize]
            for write, value in zip(writes, params.view(signed), strict=True):
                write(w, sel, np.array([value]))

        return load_param
    address, own = addresses(source)
    space = own if own and (space in (None, "param")) else space

    def run(w, sel):
        n = w.lanes if sel is ALL else len(sel)
        found = places(w, sel, space, address(w, sel), raw.itemsize, count, "read")
        for k, write in enumerate(writes):
            if len(found) == 1 and found[0][0] == ALL:
                value = found[0][1][found[0][2] + k]
            else:
                value = np.empty(n, raw)
                for lanes, view, index in found:
                    value[lanes] = view[index + k]
            write(w, sel, value.view(signed))

    return run


@access("st")
def store(ins):
    space, count, kind = described(ins.mods)
    to, source = ins.operands
    items = source.items if isinstance(source, Group) else [source]
    raw = bits_kind(kind)
    reads = [reader(x, kind) for x in items]
    address, own = addresses(to)
    space = own if own and (space in (None, "param")) else space
    if space == "param":
        raise PtxError("a store into the parameters of a kernel")

    def run(w, sel):
        n = w.lanes if sel is ALL else len(sel)
        found = places(w, sel, space, address(w, sel), raw.itemsize, count, "write")
        for k, read in enumerate(reads):
            value = np.broadcast_to(read(w, sel), n).view(raw)
            for lanes, view, index in found:
                view[index + k] = value[lanes]

    return run


UPDATES = {
    "add": lambda old, b: old + b,
    "exch": lambda old, b: b,
    "cas": None,
    "min": lambda old, b: np.minimum(old, b),
    "max": lambda old, b: np.maximum(old, b),
    "and": lambda old, b: old & b,
    "or": lambda old, b: old | b,
    "xor": lambda old, b: old ^ b,
    "inc": lambda old, b: np.where(old >= b, b.dtype.type(0), old + b.dtype.type(1)),
    "dec": lambda old, b: np.where((old == 0) | (old > b), b, old - b.dtype.type(1)),
}


@access("atom", "red")
def atomic(ins):
    name = next((m for m in ins.mods if m in UPDATES), None)
    space, count, kind = described(ins.mods, UPDATES)
    if name is None or count > 1 or kind not in KINDS or kind.endswith("x2") or kind == "bf16":
        raise PtxError(f"{'.'.join([ins.op, *ins.mods])} is not known")
    update, raw, dtype = UPDATES[name], bits_kind(kind), KINDS[kind]
    operands = list(ins.operands)
    result = operands.pop(0) if ins.op == "atom" else None
    write = writer(result, kind)
    address, own = addresses(operands[0])
    space = own if own and space is None else space
    reads = [reader(x, kind) for x in operands[1:]]

    def run(w, sel):
        n = w.lanes if sel is ALL else len(sel)
        found = places(w, sel, space, address(w, sel), raw.itemsize, 1, "update")
        given = [np.broadcast_to(r(w, sel), n) for r in reads]
        old = np.empty(n, dtype)
        for lanes, view, index in found:
            which = np.arange(n)[lanes]
            typed = view.view(dtype)
            if update is None:
                old[which] = compare_and_swap(typed, index, *(g[which] for g in given))
                continue
            order = rank(index)
            for turn in range(int(order.max()) + 1):
                now = order == turn
                old[which[now]] = before = typed[index[now]]
                typed[index[now]] = update(before, given[0][which[now]])
        write(w, sel, old)

    return run


def compare_and_swap(memory, index, expected, given):
    """In an order in which lanes that cannot succeed any more are not each looked at alone."""
    old, pending = np.empty_like(given), np.arange(len(index))
    while len(pending):
        able = pending[memory[index[pending]] == expected[pending]]
        first = able[rank(index[able]) == 0]  # of each place one lane succeeds
        old[first] = memory[index[first]]
        memory[index[first]] = given[first]
        pending = np.setdiff1d(pending, first)
        lost = memory[index[pending]] != expected[pending]
        old[pending[lost]] = memory[index[pending[lost]]]
        pending = pending[~lost]
    return old


def rank(index):
    """How many lanes before each one have the same index: lanes that collide take turns."""
    order = np.argsort(index, kind="stable")
    ordered = index[order]
    first = np.ones(len(index), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    start = np.maximum.accumulate(np.where(first, np.arange(len(index)), 0))
    result = np.empty(len(index), np.int64)
    result[order] = np.arange(len(index)) - start
    return result


@access("cvta")
def convert_address(ins):
    space, kind = ins.mods[-2], ins.mods[-1]
    if space not in ("global", "shared", "local", "const", "param"):
        raise PtxError(f"cvta of {space} is not known")
    start = KINDS[kind].type(WINDOWS.get(space, 0))
    read, write = reader(ins.operands[1], kind), writer(ins.operands[0], kind)
    if "to" in ins.mods:
        return lambda w, sel: write(w, sel, read(w, sel) - start)
    return lambda w, sel: write(w, sel, read(w, sel) + start)


@access("isspacep")
def is_space(ins):
    space = ins.mods[-1]
    read, write = reader(ins.operands[1], "u64"), writer(ins.operands[0], "pred")

    def run(w, sel):
        address = read(w, sel)
        inside = {
            name: (address >= start) & (address < start + WINDOW) for name, start in WINDOWS.items()
        }
        if space == "global":
            write(w, sel, ~(inside["shared"] | inside["local"]))
        else:
            write(w, sel, inside[space])

    return run
