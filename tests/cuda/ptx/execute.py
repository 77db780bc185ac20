"""Runs a kernel over a grid.

Many blocks at once make a wave.  Lanes are in groups, a group for each position in the program; the
group that is furthest behind runs next, up to the next label, branch or meeting of lanes, so lanes
that diverged come together again where their ways meet.  `meetings` has what lanes do together,
`accesses` what touches memory.
"""

import functools
from dataclasses import dataclass

import numpy as np

from . import accesses, meetings
from .errors import PtxError
from .history import History, granule_of
from .memory import PARAM_BASE, Banks, Memory
from .operations import operation
from .parse import Group
from .values import ALL, argument, reader, writer

LANES = 1 << 16  # of a wave, about
MAX_SHARED = 227 * 1024
CONTROL = {"bra", "brx", "ret", "exit", "trap"}
NOTHING = {"membar", "fence", "prefetch", "prefetchu", "nanosleep", "applypriority", "discard"}


@dataclass
class Segment:
    """Instructions that run in a row; then, if any, control or a meeting."""

    code: list
    last: object  # the instruction that is control or a meeting
    at: int
    after: int

    @functools.cached_property
    def steps(self):
        """(instruction, procedure) of each; made when the segment runs first."""
        return [(ins, located(step_of, ins)) for ins in self.code]

    @functools.cached_property
    def act(self):
        if self.last is None:
            return None
        return located(control if self.last.op in CONTROL else meetings.meeting, self.last)


def step_of(ins):
    """The procedure (wave, selection) of an instruction that is neither control nor a meeting."""
    if ins.op == "mov":
        step = move(ins)
    elif ins.op in accesses.TABLE:
        step = accesses.TABLE[ins.op](ins)
    elif ins.op in NOTHING:
        step = lambda w, sel: None
    else:
        step = compute(ins)
    return step if ins.pred is None else guarded(step, ins.pred)


def guarded(step, pred):
    """Only for lanes whose predicate is true."""
    read = reader(pred, "pred")

    def run(w, sel):
        p = read(w, sel)
        if p.all():
            step(w, sel)
        elif p.any():
            step(w, np.flatnonzero(p) if sel is ALL else sel[p])

    return run


def compute(ins):
    op = operation(ins.op, ins.mods)
    operands = list(ins.operands)
    results = [operands.pop(0)]
    if isinstance(results[0], Group):
        results = results[0].items
    if "cc" in ins.mods:  # the parser added it at the end
        results.append(operands[-1])
        if len(operands) > len(op.sources):
            operands.pop()
    if len(operands) != len(op.sources):
        if ins.op not in ("setp", "set") or len(operands) + 1 != len(op.sources):
            raise PtxError(f"{len(operands)} operands, {len(op.sources)} are needed")
    reads = [reader(x, kind) for x, kind in zip(operands, op.sources, strict=True)]
    writes = [writer(x, kind) for x, kind in zip(results, op.results, strict=False)]
    f = op.function
    if len(op.results) == 1:
        write = writes[0]

        def run(w, sel):
            write(w, sel, f(*[r(w, sel) for r in reads]))

        return run

    def run_all(w, sel):
        for write, value in zip(writes, f(*[r(w, sel) for r in reads]), strict=False):
            write(w, sel, value)

    return run_all


def move(ins):
    kind = ins.mods[-1]
    to, source = ins.operands
    if kind[0] == "f":
        kind = "b" + kind[1:]
    if isinstance(to, Group) or isinstance(source, Group):
        return repack(kind, to, source)
    read, write = reader(source, kind), writer(to, kind)
    return lambda w, sel: write(w, sel, read(w, sel).copy())


def repack(kind, to, source):
    """mov between one register and the parts of it."""
    n = len((to if isinstance(to, Group) else source).items)
    part = f"b{int(kind[1:]) // n}"
    if isinstance(source, Group):
        reads, write = [reader(x, part) for x in source.items], writer(to, kind)

        def pack(w, sel):
            columns = np.stack(np.broadcast_arrays(*[r(w, sel) for r in reads]), axis=-1)
            write(w, sel, np.ascontiguousarray(columns).view(f"u{int(kind[1:]) // 8}")[..., 0])

        return pack
    read, writes = reader(source, kind), [writer(x, part) for x in to.items]

    def unpack(w, sel):
        whole = np.ascontiguousarray(read(w, sel))
        columns = whole.view(f"u{int(part[1:]) // 8}").reshape(-1, n)
        for i, write in enumerate(writes):
            write(w, sel, np.ascontiguousarray(columns[:, i]))

    return unpack


def located(build, ins):
    """What is built of an instruction; errors say which."""
    try:
        return build(ins)
    except PtxError as error:
        raise PtxError(f"{error}: {place_of(ins)}") from None


def place_of(ins):
    return f"{'.'.join([ins.op, *ins.mods])} at PTX line {ins.line}, {ins.where}"


def segments(kernel):
    """position -> Segment."""
    starts, code = set(kernel.starts) | {0}, kernel.code
    for i, ins in enumerate(code):
        if ins.op in CONTROL:
            starts.add(i + 1)
        elif meetings.is_meeting(ins):
            starts |= {i, i + 1}
    made, order = {}, sorted(s for s in starts if s < len(code))
    for start, end in zip(order, [*order[1:], len(code)], strict=True):
        part, last = code[start:end], None
        if part[-1].op in CONTROL or meetings.is_meeting(part[-1]):
            *part, last = part
        made[start] = Segment(part, last, start, end)
    return made


def control(ins):
    """What a branch or end does: (wave, segment, lanes)."""
    pred = reader(ins.pred, "pred") if ins.pred else None

    def act(w, segment, lanes):
        if pred is not None:
            p = pred(w, w.selection(lanes))
            w.arrive(segment.after, lanes[~p])
            lanes = lanes[p]
        if not len(lanes):
            return
        if ins.op == "trap":
            raise PtxError(f"trap, {w.who(lanes[0])}")
        if ins.op == "bra":
            w.arrive(ins.target, lanes)
        elif ins.op == "brx":
            index = reader(ins.operands[0], "u32")(w, w.selection(lanes))
            for i in np.unique(index):
                w.arrive(ins.target[i], lanes[index == i])
        else:
            w.ended[lanes] = True

    return act


class Wave:
    """Some blocks of a grid, on their way."""

    def __init__(self, launch, blocks):
        kernel = launch.kernel
        self.launch, self.memory = launch, launch.memory
        self.threads = int(np.prod(launch.block))
        self.blocks, self.first_block = len(blocks), blocks[0]
        self.lanes = self.threads * self.blocks
        self.regs = [
            np.full(self.lanes, True) if w == 0 else np.full(self.lanes, -1, f"i{w}").view(f"u{w}")
            for w in kernel.widths
        ]
        self.numbers = np.arange(self.lanes)
        self.block_of, self.thread = np.divmod(self.numbers, self.threads)
        self.warps = -(-self.threads // 32)
        self.warp_of, self.lane_of = (
            self.block_of * self.warps + self.thread // 32,
            self.thread % 32,
        )
        self.shared = Banks("shared", self.blocks, launch.shared_end, launch.shared_extents)
        self.history = History(self, launch.granule)
        self.params = Banks("parameter", 1, kernel.param_bytes, kernel.params)
        self.params.raw[0, : kernel.param_bytes] = launch.params
        self.local = Banks("local", self.lanes, kernel.frame, kernel.local)
        self.ended = np.zeros(self.lanes, bool)
        self.groups, self.waiting, self.at_barrier = {}, {}, {}
        self.specials = {}

    # -- what operands ask for ------------------------------------------------------------------

    def special(self, name):
        if name not in self.specials:
            self.specials[name] = np.broadcast_to(self.make_special(name), self.lanes)
        return self.specials[name]

    def make_special(self, name):
        axis = "xyz".find(name[-1])
        block, grid = self.launch.block, self.launch.grid
        base = name[:-2]
        if axis >= 0 and base in ("%tid", "%ctaid"):
            number, sizes = (self.thread, block) if base == "%tid" else (self.block_number(), grid)
            return (number // int(np.prod(sizes[:axis])) % sizes[axis]).astype(np.uint32)
        if axis >= 0 and base in ("%ntid", "%nctaid"):
            return np.uint32((block if base == "%ntid" else grid)[axis])
        if name == "%laneid":
            return self.lane_of.astype(np.uint32)
        if name == "%warpid":
            return (self.thread // 32).astype(np.uint32)
        if name == "WARP_SZ":
            return np.uint32(32)
        if name.startswith("%lanemask_"):
            return meetings.lane_mask(name.removeprefix("%lanemask_"), self.lane_of)
        raise PtxError(f"{name} is not known")

    def block_number(self):
        return self.first_block + self.block_of

    def offset(self, place):
        if place.space == "dynamic":
            return self.launch.dynamic + place.offset
        return PARAM_BASE * (place.space == "param") + place.offset

    def who(self, lane):
        parts = [
            tuple(int(self.special(f"{name}.{axis}")[lane]) for axis in "xyz")
            for name in ("%ctaid", "%tid")
        ]
        return "block {}, thread {}".format(*parts)

    # -- scheduling -----------------------------------------------------------------------------

    def selection(self, lanes):
        return ALL if len(lanes) == self.lanes else lanes

    def arrive(self, position, lanes):
        if not len(lanes):
            return
        there = self.groups.get(position)
        self.groups[position] = lanes if there is None else np.sort(np.concatenate([there, lanes]))

    def run(self):
        self.arrive(0, self.numbers)
        table, end = self.launch.segments, len(self.launch.kernel.code)
        while True:
            while self.groups:
                at = min(self.groups)
                lanes = self.groups.pop(at)
                if at == end:
                    raise PtxError("the end of the program without ret")
                self.run_segment(table[at], lanes)
            if self.waiting:
                at, lanes = next(iter(self.waiting.items()))
                ins = table[at].last
                raise PtxError(
                    f"a lane waits for others of its warp that do not come: {place_of(ins)}, "
                    f"{self.who(lanes[0])}"
                )
            if not self.at_barrier:
                return
            meetings.release(self, table)

    def run_segment(self, segment, lanes):
        ins = segment.last
        try:
            sel = self.selection(lanes)
            for ins, step in segment.steps:  # noqa: B007
                step(self, sel)
            if segment.act is None:
                self.arrive(segment.after, lanes)
            else:
                ins = segment.last
                segment.act(self, segment, lanes)
        except PtxError as error:
            if "PTX line" in str(error):
                raise
            raise PtxError(f"{error}: {place_of(ins)}") from error


class Launch:
    """A kernel with its grid and arguments."""

    def __init__(self, kernel, grid, block, args, memory, shared=0):
        self.kernel, self.memory = kernel, memory
        self.grid, self.block = ((*map(int, d), 1, 1)[:3] for d in (grid, block))
        self.params = np.zeros(kernel.param_bytes, np.uint8)
        if len(args) != len(kernel.params):
            raise PtxError(f"{kernel.name} has {len(kernel.params)} parameters, not {len(args)}")
        for (offset, size), value in zip(kernel.params, args, strict=True):
            raw = argument(value)
            if len(raw) != size:
                raise PtxError(
                    f"{kernel.name}: an argument of {len(raw)} bytes where {size} are needed"
                )
            self.params[offset : offset + size] = np.frombuffer(raw, np.uint8)
        self.dynamic = -(-kernel.shared_bytes // 1024) * 1024
        self.shared_extents = [*kernel.shared, (self.dynamic, shared)]
        self.shared_end = self.dynamic + shared
        self.check(shared)
        if kernel.segments is None:
            kernel.segments = segments(kernel)
        self.segments = kernel.segments
        self.granule = granule_of(kernel)

    def check(self, shared):
        """The limits of a launch."""
        limit = self.kernel.max_threads or 1024
        threads = int(np.prod(self.block))
        fits = 0 < threads <= limit and self.block[2] <= 64
        fits &= 0 < self.grid[0] <= 0x7FFFFFFF and all(0 < n <= 65535 for n in self.grid[1:])
        if not fits:
            raise PtxError(
                f"{self.kernel.name}: a grid {self.grid} of blocks {self.block} cannot be"
            )
        if shared + sum(size for _, size in self.kernel.shared) > MAX_SHARED:
            raise PtxError(f"{self.kernel.name}: too much shared memory")

    def run(self):
        count, threads = int(np.prod(self.grid)), int(np.prod(self.block))
        step = max(1, LANES // threads)
        with np.errstate(all="ignore"):
            for first in range(0, count, step):
                Wave(self, range(first, min(first + step, count))).run()


def launch(module, name, grid, block, args, memory=None, shared=0):
    """Runs a kernel; arrays among the arguments are registered as memory that it may touch."""
    memory = memory or Memory()
    for value in args:
        if isinstance(value, np.ndarray):
            memory.add(value)
    for space, _, data in module.variables.values():
        if space != "shared":
            memory.add(data, writable=space == "global")
    Launch(module.kernel(name), grid, block, args, memory, shared).run()
