"""What lanes do together: barriers of a block; shuffles, votes and matches of a warp.

A lane that comes waits until all lanes that its mask names are there with the same mask; lanes of a
block wait at a barrier until all are at the same one.  If they cannot come, it is an error.
"""

import numpy as np

from .errors import PtxError
from .operations import KINDS
from .parse import Group, Imm
from .values import reader, writer

ONE = np.uint32(1)
FULL = np.uint32(0xFFFFFFFF)


def is_meeting(ins):
    return ins.op in ("bar", "barrier", "shfl", "vote", "match", "redux", "activemask")


def lane_mask(relation, lane):
    bit = ONE << lane.astype(np.uint32)
    below = bit - ONE
    return {"eq": bit, "lt": below, "le": below | bit, "gt": ~(below | bit), "ge": ~below}[relation]


def meeting(ins):
    """What happens there: (wave, segment, lanes)."""
    if ins.op in ("bar", "barrier") and "warp" not in ins.mods:
        act = barrier(ins)
    elif ins.op == "activemask":
        act = active_mask(ins)
    else:
        act = of_warp(ins)
    if ins.pred is None:
        return act
    pred = reader(ins.pred, "pred")

    def under_predicate(w, segment, lanes):
        p = pred(w, w.selection(lanes))
        w.arrive(segment.after, lanes[~p])
        if p.any():
            act(w, segment, lanes[p])

    return under_predicate


# -- barriers ----------------------------------------------------------------------------------


def barrier(ins):
    mods = [m for m in ins.mods if m not in ("cta", "aligned")]
    if mods != ["sync"] or len(ins.operands) != 1 or not isinstance(ins.operands[0], Imm):
        raise PtxError("only barriers of all threads of a block are known")

    def act(w, segment, lanes):
        there = w.at_barrier.get(segment.at)
        w.at_barrier[segment.at] = lanes if there is None else np.concatenate([there, lanes])

    return act


def release(w, table):
    """No lane can run: all lanes of each block must be at one barrier."""
    at = np.full(w.lanes, -1)
    for position, lanes in w.at_barrier.items():
        at[lanes] = position
    by_block = at.reshape(w.blocks, w.threads)
    same = (by_block == by_block[:, :1]).all(axis=1)
    if not same.all():
        bad = by_block[np.flatnonzero(~same)[0]]
        first = int(np.flatnonzero(~same)[0]) * w.threads
        lane = first + int(np.flatnonzero(bad >= 0)[0])
        other = first + int(np.flatnonzero(bad != at[lane])[0])
        elsewhere = f"at {where(table, at[other])}" if at[other] >= 0 else "at its end"
        raise PtxError(
            f"threads of a block wait at different barriers: {w.who(lane)} "
            f"at {where(table, at[lane])}, {w.who(other)} {elsewhere}"
        )
    w.history.at_barrier()
    w.at_barrier = {}
    for position in np.unique(at[at >= 0]):
        w.arrive(table[position].after, np.flatnonzero(at == position))


def where(table, position):
    ins = table[int(position)].last
    return f"PTX line {ins.line}, {ins.where}"


# -- warps -------------------------------------------------------------------------------------


def ballot(w, lanes):
    """For each warp of the wave the lanes that are there, as bits."""
    bits = np.zeros(w.blocks * w.warps, np.uint32)
    np.bitwise_or.at(bits, w.warp_of[lanes], ONE << w.lane_of[lanes].astype(np.uint32))
    return bits


def of_warp(ins):
    """Waits for the lanes of the mask, then acts."""
    build = {
        "shfl": shuffle,
        "vote": vote,
        "match": match,
        "redux": reduce,
        "bar": sync,
        "barrier": sync,
    }
    act = build[ins.op](ins)
    mask = reader(ins.operands[-1], "b32")

    def run(w, segment, lanes):
        waiting = w.waiting.pop(segment.at, None)
        if waiting is not None:
            lanes = np.sort(np.concatenate([waiting, lanes]))
        masks = np.broadcast_to(mask(w, w.selection(lanes)), len(lanes))
        own = ONE << w.lane_of[lanes].astype(np.uint32)
        if ((masks & own) == 0).any():
            bad = lanes[np.flatnonzero((masks & own) == 0)[0]]
            raise PtxError(f"a lane is not in its own mask, {w.who(bad)}")
        # the last warp of a block may have fewer lanes than a mask names
        masks = masks & ballot(w, w.numbers)[w.warp_of[lanes]]
        ended = masks & ~ballot(w, np.flatnonzero(~w.ended))[w.warp_of[lanes]]
        if ended.any():
            bad = lanes[np.flatnonzero(ended)[0]]
            raise PtxError(f"the mask names a lane that has ended, {w.who(bad)}")
        ready = np.zeros(len(lanes), bool)
        for m in np.unique(masks):
            same = masks == m
            ready |= same & ((m & ~ballot(w, lanes[same])[w.warp_of[lanes]]) == 0)
        if not ready.all():
            w.waiting[segment.at] = lanes[~ready]
        if ready.any():
            act(w, w.selection(lanes[ready]), lanes[ready], masks[ready])
            w.arrive(segment.after, lanes[ready])

    return run


def sync(ins):
    return lambda w, sel, lanes, masks: w.history.at_warp(lanes, masks)


def results(ins, kind):
    """Writers of the result and of the predicate beside it."""
    to = ins.operands[0]
    if isinstance(to, Group):
        return writer(to.items[0], kind), writer(to.items[1], "pred")
    return writer(to, kind), lambda w, sel, value: None


def spread(w, lanes, value, fill):
    """A value of each lane as a table (warp, lane)."""
    table = np.full((w.blocks * w.warps, 32), fill, value.dtype)
    table[w.warp_of[lanes], w.lane_of[lanes]] = value
    return table


def shuffle(ins):
    mode = ins.mods[1]
    if ins.mods[0] != "sync" or mode not in ("up", "down", "bfly", "idx"):
        raise PtxError(f"shfl.{'.'.join(ins.mods)} is not known")
    write, write_pred = results(ins, "b32")
    value, by, c = (reader(x, "b32") for x in ins.operands[1:4])

    def act(w, sel, lanes, masks):
        lane = w.lane_of[lanes].astype(np.int64)
        limits = np.broadcast_to(c(w, sel), len(lanes)).astype(np.int64)
        n = np.broadcast_to(by(w, sel), len(lanes)).astype(np.int64) & 31
        segment, clamp = limits >> 8 & 31, limits & 31
        lowest = lane & segment
        last = lowest | (clamp & ~segment)
        source = {
            "up": lane - n, "down": lane + n, "bfly": lane ^ n, "idx": lowest | (n & ~segment)
        }[mode]  # fmt: skip
        valid = source >= last if mode == "up" else source <= last
        source = np.where(valid, source, lane)
        # a lane that does not take part has no value: NaN
        table = spread(w, lanes, np.broadcast_to(value(w, sel), len(lanes)), FULL)
        write(w, sel, table[w.warp_of[lanes], source])
        write_pred(w, sel, valid)

    return act


def as_bits(w, lanes, p):
    """The lanes of each warp for which p holds, for each of the lanes."""
    return ballot(w, lanes[p])[w.warp_of[lanes]]


def among(w, lanes, masks, p):
    """Only those of the lanes that share a mask."""
    return as_bits(w, lanes, p) & masks


def vote(ins):
    mode = ins.mods[1]
    if ins.mods[0] != "sync" or mode not in ("ballot", "all", "any", "uni"):
        raise PtxError(f"vote.{'.'.join(ins.mods)} is not known")
    write = writer(ins.operands[0], "b32" if mode == "ballot" else "pred")
    read = reader(ins.operands[1], "pred")

    def act(w, sel, lanes, masks):
        yes = among(w, lanes, masks, np.broadcast_to(read(w, sel), len(lanes)))
        write(w, sel, {
            "ballot": lambda: yes,
            "all": lambda: yes == masks,
            "any": lambda: yes != 0,
            "uni": lambda: (yes == masks) | (yes == 0),
        }[mode]())  # fmt: skip

    return act


def match(ins):
    mode, kind = ins.mods[0], ins.mods[-1]
    write, write_pred = results(ins, "b32")
    read = reader(ins.operands[1], kind)

    def act(w, sel, lanes, masks):
        value = np.broadcast_to(read(w, sel), len(lanes))
        table = spread(w, lanes, value, 0)[w.warp_of[lanes]]
        equal = (table == value[:, None]).astype(np.uint32) << np.arange(32, dtype=np.uint32)
        found = np.bitwise_or.reduce(equal, axis=1) & masks
        if mode == "all":
            write_pred(w, sel, found == masks)
            found = np.where(found == masks, masks, np.uint32(0))
        write(w, sel, found)

    return act


REDUCE = {
    "add": np.add, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
    "min": np.minimum, "max": np.maximum,
}  # fmt: skip


def reduce(ins):
    name, kind = ins.mods[1], ins.mods[-1]
    if name not in REDUCE or kind not in ("u32", "s32", "b32"):
        raise PtxError(f"redux.{'.'.join(ins.mods)} is not known")
    write, read = writer(ins.operands[0], kind), reader(ins.operands[1], kind)
    f = REDUCE[name]

    def act(w, sel, lanes, masks):
        value = np.broadcast_to(read(w, sel), len(lanes))
        result = np.empty(len(lanes), KINDS[kind])
        for key in np.unique(np.stack([w.warp_of[lanes], masks.astype(np.int64)]), axis=1).T:
            mine = (w.warp_of[lanes] == key[0]) & (masks == key[1])
            result[mine] = f.reduce(value[mine], dtype=KINDS[kind])
        write(w, sel, result)

    return act


def active_mask(ins):
    write = writer(ins.operands[0], "b32")

    def act(w, segment, lanes):
        write(w, w.selection(lanes), ballot(w, lanes)[w.warp_of[lanes]])
        w.arrive(segment.after, lanes)

    return act
