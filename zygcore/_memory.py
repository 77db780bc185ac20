"""Arrays that pullbacks keep and that somebody else can write to.

A pullback keeps the arrays it was given, not copies.  Between the call of `pullback` and the call
of what it returned, the caller may overwrite them; and C code that nobody knows may overwrite
what it is given.  Arrays that only the tape refers to are safe; of the others a copy is made.
"""

import functools
import gc
import sys
import threading
import types

import numpy as np

from .errors import UnsupportedError


class Snapshot:
    """The contents of an array at some time."""

    __slots__ = ("array", "copy")

    def __init__(self, array):
        self.array = np.ndarray.view(array, np.ndarray)  # methods of subclasses may be Python code
        self.copy = self.array.copy(order="K")

    def changed(self):
        """Is a byte of the array different now?"""
        a, b = self.array, self.copy
        if a.dtype.hasobject:
            return any(x is not y for x, y in zip(a.flat, b.flat, strict=True))
        if a.flags.c_contiguous and b.flags.c_contiguous:
            return a.tobytes() != b.tobytes() if a.nbytes < 256 else memory(a) != memory(b)
        equal = a == b
        if a.dtype.kind in "fc":
            equal |= (a != a) & (b != b)
        return not np.all(equal)

    def again(self):
        """What is in the array now."""
        return Snapshot(self.array)

    def put_back(self):
        """Writes the old contents, also through a read-only view of memory that is not."""
        try:
            self.array.flags.writeable = True
        except ValueError:
            raise UnsupportedError(
                "a pullback needs a read-only array that was overwritten since, and cannot bring "
                "back what was there: pass it a copy"
            ) from None
        np.ndarray.__setitem__(self.array, ..., self.copy)


def memory(a):
    return memoryview(a.reshape(-1).view(np.uint8))


class Snapshots:
    """The arrays of one pullback that are not the tape's alone.

    `writes`: its sweep itself brings back what arrays held in between.
    """

    def __init__(self, snapshots, writes):
        self.all = snapshots
        self.writes = writes

    def bring_back(self):
        """Puts the old contents where they were changed; what was there now is returned.

        `undo` must follow: until then no other thread may change what this one reads.
        """
        with _turn:
            while True:
                _turn.wait_for(_turns.open)
                changed = self.writes or any(s.changed() for s in self.all)
                if not changed or _turns.alone():
                    break
                _turn.wait()
            _turns.begin(changed)
            try:
                return self.swap_in() if changed else []
            except BaseException:
                _turns.end()
                _turn.notify_all()
                raise

    def swap_in(self):
        now = []
        try:
            for s in self.all:
                if s.changed():
                    was = s.again()
                    s.put_back()
                    now.append(was)
        except BaseException:
            for s in reversed(now):
                s.put_back()
            raise
        return now

    @staticmethod
    def undo(now):
        for s in reversed(now):
            s.put_back()
        with _turn:
            _turns.end()
            _turn.notify_all()


class Turns:
    """Whose turn it is: pullbacks that find their arrays as they were go side by side; one that has
    to bring old contents back goes alone, for the arrays of others may be the same."""

    def __init__(self):
        self.writer = None  # the thread that has brought contents back
        self.depths = {}  # thread -> how many of its pullbacks are running
        self.since = 0  # how many of the writer's were running before

    def open(self):
        return self.writer in (None, threading.get_ident())

    def alone(self):
        me = threading.get_ident()
        if all(thread == me for thread in self.depths):
            return True
        if me in self.depths:  # others may be waiting for this thread in turn
            raise UnsupportedError(
                "a pullback needs an array that was overwritten since, and pullbacks of other "
                "threads are running: pass copies of the arrays that are overwritten"
            )
        return False

    def begin(self, writes):
        me = threading.get_ident()
        if writes and self.writer is None:
            self.writer, self.since = me, self.depths.get(me, 0)
        self.depths[me] = self.depths.get(me, 0) + 1

    def end(self):
        me = threading.get_ident()
        self.depths[me] -= 1
        if self.writer == me and self.depths[me] == self.since:
            self.writer = None
        if not self.depths[me]:
            del self.depths[me]


_turns = Turns()
_turn = threading.Condition()


def visible(weak, roots, direct, in_map):
    """The arrays among those referred to by `weak` that something besides the tape refers to.

    `roots` are the objects of the tape, `direct` says how many more references the tape has to an
    array (by its id), `in_map(a)` is 1 if its map holds another reference.
    What cannot be told counts as visible.
    """
    counts = references(roots)
    for key, n in direct.items():
        counts[key] = counts.get(key, 0) + n
    arrays = alive(weak)
    others = [
        sys.getrefcount(arrays[i]) - 2 - counts.get(id(arrays[i]), 0) - in_map(arrays[i])
        for i in range(len(arrays))
    ]  # without the list's and the argument's
    views = {}
    for a in arrays:
        if isinstance(a.base, np.ndarray):
            views[id(a.base)] = views.get(id(a.base), 0) + 1
    out = []
    for i in range(len(arrays)):
        base = arrays[i].base
        if others[i] > views.get(id(arrays[i]), 0):
            out.append(arrays[i])
        elif base is not None:
            explained = counts.get(id(base), 0) + views.get(id(base), 0)
            if isinstance(base, np.ndarray):
                hidden = sys.getrefcount(base) - 2 - in_map(base) <= explained
            else:
                hidden = False
            if not hidden:
                out.append(arrays[i])
    return out


def alive(weak):
    found = {}
    for ref in weak:
        a = ref()
        if a is not None:
            found[id(a)] = a
    a = None
    return list(found.values())


def visible_of_libraries(owners, known, addresses, roots):
    """The same for arrays of other libraries that have memory of their own: theirs, or a view's.

    `known` are those among the arrays that the tape knows, `addresses` has for each class of arrays
    a function that tells where the memory of one is, or None.
    """
    found = {}
    counts = references(roots, tuple(addresses), found)
    for several in (owners, known):
        for a in several:
            found[id(a)] = a
            counts[id(a)] = counts.get(id(a), 0) + 1
    for key in [id(a) for a in known]:
        counts[key] += 1  # that of the tape's map
    a = None
    shows = {}  # whose memory an array is a view of
    for key in found:
        base = getattr(found[key], "base", None)
        if type(base) in addresses:
            shows[key] = id(base)
            counts[id(base)] = counts.get(id(base), 0) + 1
    base = None
    # without those of `found` and of the argument
    seen = [key for key in found if sys.getrefcount(found[key]) - 2 > counts[key]]
    ranges = [place_of(found[key], addresses) for key in seen]
    out = set(seen)
    for key in seen:
        while key in shows:
            key = shows[key]
            out.add(key)
    return [a for a in owners if id(a) in out or overlaps(place_of(a, addresses), ranges)]


def place_of(a, addresses):
    tell = addresses[type(a)]
    return (0, 0) if tell is None else tell(a)


def overlaps(place, ranges):
    lo, hi = place
    return any(lo < end and start < hi for start, end in ranges)


def references(roots, kinds=np.ndarray, found=None):
    """How often each array is referred to from within closures, tuples and the like."""
    counts = {}
    seen = set()
    todo = list(roots)
    while todo:
        x = todo.pop()
        if isinstance(x, kinds):
            counts[id(x)] = counts.get(id(x), 0) + 1
            if found is not None:
                found[id(x)] = x
            continue
        if id(x) in seen:
            continue
        kind = type(x)
        if kind is types.FunctionType:
            parts = [x.__closure__, x.__defaults__]
        elif kind is types.CellType:
            try:
                parts = [x.cell_contents]
            except ValueError:
                continue
        elif kind in (tuple, list):
            parts = x
        elif kind is dict:
            parts = x.values()
        elif kind is functools.partial:
            parts = [x.func, x.args, x.keywords]
        elif kind.__module__.startswith("zygcore."):
            parts = gc.get_referents(x)
        else:
            continue
        seen.add(id(x))
        todo.extend(parts)
    return counts


def refer_to(roots, owner):
    """Is an array, or a view of it, among what these objects refer to?

    What cannot be looked through in a reasonable time may refer to it.
    """
    todo, seen = list(roots), set()
    while todo:
        x = todo.pop()
        if isinstance(x, np.ndarray):
            while isinstance(x.base, np.ndarray):
                x = x.base
            if x is owner:
                return True
        if id(x) in seen or isinstance(x, _NO_PARTS):
            continue
        seen.add(id(x))
        if len(seen) > 1_000_000:
            return True
        if isinstance(x, types.FunctionType):
            todo += [x.__closure__, x.__defaults__, x.__kwdefaults__, x.__dict__]
        else:
            todo += gc.get_referents(x)
    return False


_NO_PARTS = types.ModuleType, type, types.CodeType, types.FrameType, str, int, float
