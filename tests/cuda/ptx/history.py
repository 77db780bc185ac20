"""Who touched shared memory since when: what was never written is not read, and two threads that
touch the same place, one of them writing, have a barrier between.

Barriers and `bar.warp.sync` order memory; shuffles and votes do not.  Atomics do not race with each
other.  Nothing that is ordered is reported.
"""

import numpy as np

from .memory import BadAccess
from .parse import size_of

RACES = {
    "read": ("write", "update"), "write": ("write", "update", "read"), "update": ("write", "read"),
}  # fmt: skip
NOBODY, SEVERAL = -1, -(1 << 30)  # -2 - w: several threads of warp w


def granule_of(kernel):
    """The fewest bytes of shared memory that an instruction touches."""
    sizes = [
        size_of(ins.mods[-1]) if "shared" in ins.mods or "shared::cta" in ins.mods else 1
        for ins in kernel.code
        if ins.op in ("ld", "st", "atom", "red") and not {"global", "param", "local"} & {*ins.mods}
    ]
    return min(sizes, default=1)


class Marks:
    """Of each granule, who touched it last in one way, and when."""

    def __init__(self, size):
        self.who, self.when = np.full(size, NOBODY, np.int32), np.zeros(size, np.int32)


class History:
    """Of the shared memory of the blocks of a wave."""

    def __init__(self, wave, granule):
        self.wave, self.granule = wave, granule
        size = wave.shared.raw.size // granule
        self.marks = {way: Marks(size) for way in ("read", "write", "update")}
        self.now, self.barrier = 1, 0
        self.known = None  # up to when a lane knows what each lane of its warp did

    def at_barrier(self):
        """All threads of all blocks have come to one."""
        self.now += 1
        self.barrier = self.now

    def at_warp(self, lanes, masks):
        """Lanes know from each other what they knew before."""
        if self.known is None:
            self.known = np.zeros((self.wave.lanes, 32), np.int32)
        self.now += 1
        for mask in np.unique(masks):
            mine = lanes[masks == mask]
            warps = self.wave.warp_of[mine]
            starts = np.flatnonzero(np.append(True, warps[1:] != warps[:-1]))
            most = np.maximum.reduceat(self.known[mine], starts, axis=0)
            most[:, mask >> np.arange(32, dtype=np.uint32) & 1 != 0] = self.now
            self.known[mine] = np.repeat(most, np.diff(np.append(starts, len(mine))), axis=0)

    def touch(self, way, lanes, index, size):
        """Lanes touch bytes from `index`, a number in the memory of all blocks, on."""
        steps = np.arange(size // self.granule)
        at, lanes = (index // self.granule)[:, None] + steps, lanes[:, None]
        if way != "write":
            unset = (self.marks["write"].who[at] == NOBODY) & (
                self.marks["update"].who[at] == NOBODY
            )
            self.refuse(unset, "read of shared memory that nobody has written")
        for other in RACES[way]:
            self.race(way, other, at, lanes)
        self.mark(way, at, lanes)

    def refuse(self, bad, message):
        if bad.any():
            raise BadAccess(int(np.flatnonzero(bad.any(axis=1))[0]), message)

    def open(self, marks, at, lanes):
        """Where another thread was before, and nothing orders that and this."""
        w, who = self.wave, marks.who[at]
        found = (who != NOBODY) & (who != w.thread[lanes]) & (marks.when[at] >= self.barrier)
        if self.known is None or not found.any():
            return found
        warp = np.where(who >= 0, who // 32, -2 - who)
        same = found & (warp == w.thread[lanes] // 32)
        known = np.broadcast_to(self.known[lanes].max(axis=-1), who.shape)  # of several threads
        known = np.where(who >= 0, self.known[lanes, who % 32], known)
        return found & ~(same & (marks.when[at] < known))

    def race(self, way, other, at, lanes):
        marks = self.marks[other]
        found = self.open(marks, at, lanes)
        if not found.any():
            return
        lane = int(np.flatnonzero(found.any(axis=1))[0])
        number = marks.who[at[lane][found[lane]][0]]
        self.refuse(found, self.said(way, other, number))

    def said(self, way, other, number):
        past = {"read": "read", "write": "written", "update": "updated"}
        who = "several threads"
        if number >= 0:
            place = tuple(int(self.wave.special(f"%tid.{axis}")[number]) for axis in "xyz")
            who = f"thread {place}"
        return f"a race in shared memory: {way}s what was {past[other]} by {who}"

    def mark(self, way, at, lanes):
        w, marks = self.wave, self.marks[way]
        thread = np.broadcast_to(w.thread[lanes], at.shape).astype(np.int32)
        before = self.open(marks, at, lanes)
        old = marks.who[at]
        marks.who[at] = thread
        winner = marks.who[at]
        if way == "write":
            if (winner != thread).any():
                lane = int(np.flatnonzero((winner != thread).any(axis=1))[0])
                other = winner[lane][winner[lane] != thread[lane]][0]
                self.refuse(winner != thread, self.said(way, way, other))
        else:
            self.together(marks, at, thread, [(old, before), (winner, winner != thread)])
        marks.when[at] = self.now

    def together(self, marks, at, thread, found):
        """Several have touched it: of one warp, or then of several."""
        apart = []
        for others, where in found:
            warp = np.where(others >= 0, others // 32, -2 - others)
            same = where & (warp == thread // 32)
            marks.who[at[same]] = -2 - thread[same] // 32
            apart.append(at[where & ~same])
        for places in apart:
            marks.who[places] = SEVERAL
