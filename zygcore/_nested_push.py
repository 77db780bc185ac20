"""The tangents of an inner level, in Python: the machine runs it under the outer levels.

The inner level has recorded what it did; when the function has returned, its operations are gone
through once more, first one first, with tangents in place of values.
"""

import bisect
import types

import numpy as np

from ._arrays import Geometry
from ._basis import stacked
from ._inner_numbers import push_floats
from ._inputs import parts_of
from ._transpose import Unknown, all_known, raise_unknown, transposed, uses
from .errors import TangentError, nameless, not_known
from .rules.numpy._inplace import window
from .rules.registry import nondifferentiable
from .structure import Grad
from .wholes import entries_for, part, part_back, rebuild

#: see `rules.numpy._inplace`
__items_of_numpy__ = True


class _Tangents:
    """Tangents by node; those of memory that is seen in parts are in one buffer each."""

    def __init__(self, plan):
        self.found = {}
        self.buffers = {}  # root -> buffer
        self.memories = {}  # root -> layout
        self.views = {}
        self.places = {}
        self.bad = {}
        for slot, kind, payload, operands in plan:
            if kind == "view":
                self.views[slot] = (operands[0], payload[1])
                self.memories[operands[0]] = payload[0]
            elif kind == "write" and payload[0] is not None:
                self.memories[operands[0]] = payload[0]
            elif kind == "place":
                self.places[slot] = payload, operands

    def buffer(self, root):
        if root not in self.buffers:
            size, dtype, whole = self.memories[root]
            buffer = np.zeros(size, dtype)
            d = self.found.pop(root, None)
            if d is not None:
                window(buffer, *whole)[...] = d
            self.buffers[root] = buffer
        return self.buffers[root]

    def is_zero(self, root):
        return root not in self.buffers and self.found.get(root) is None

    def get(self, slot):
        if slot < 0:
            return None
        if slot in self.views:
            root, where = self.views[slot]
            return None if self.is_zero(root) else np.array(window(self.buffer(root), *where))
        if slot in self.buffers:
            return np.array(window(self.buffers[slot], *self.memories[slot][2]))
        if slot in self.places:
            (keys, cls), operands = self.places[slot]
            return _together(keys, cls, [self.get(s) for s in operands])
        return self.found.get(slot)

    def check(self, slot):
        """AdjointError if a node depends on something whose derivative is not known."""
        if slot in self.views:
            slot = self.views[slot][0]
        if slot in self.bad:
            raise_unknown(self.bad[slot])
        if slot in self.places:
            for s in self.places[slot][1]:
                self.check(s)


def _together(keys, cls, parts):
    if all(v is None for v in parts):
        return None
    if cls is types.CellType:
        return parts[0]
    names = range(len(parts)) if keys is None else keys
    return rebuild(dict(zip(names, parts, strict=True)), None, cls, keys, len(parts))


def _seed(found, tree, v, what):
    if v is None:
        return
    if tree is None:
        raise TangentError(f"{what} is not differentiable: its tangent must be None")
    if isinstance(tree, int):
        found.found[tree] = v
        return
    _, cls, _, keys, trees = tree
    names = range(len(trees)) if keys is None else keys
    for name, inner, d in zip(names, trees, entries_for(v, keys, len(trees), cls), strict=True):
        _seed(found, inner, d, f"{what}[{name!r}]")


def _undone(plan):
    """Brings back what arrays held before the level wrote into them; node -> what they hold now."""
    written = {}
    for slot, kind, payload, _ in plan:
        if kind != "write" or payload[4] is None:
            continue
        _, _, key, _, array, old = payload
        if type(old) is Geometry:
            written[slot] = Geometry(old.name, getattr(array, old.name))
            setattr(array, old.name, old.value)
        else:
            place = ... if key is None else key
            written[slot] = np.array(array[place])
            array[place] = old
    return written


def _redo(payload, now):
    _, _, key, _, array, _ = payload
    if type(now) is Geometry:
        setattr(array, now.name, now.value)
    else:
        array[... if key is None else key] = now


def _wanted(plan, outputs):
    """First node of a stretch of floats -> those of its nodes that are needed elsewhere."""
    firsts = sorted([slot for slot, kind, _, _ in plan if kind == "floats"])
    used = {s for _, _, _, operands in plan for s in operands} | {slot for slot, _ in outputs}
    wanted = {}
    for slot in used:
        i = bisect.bisect_right(firsts, slot)
        if i:
            wanted.setdefault(firsts[i - 1], []).append(slot)
    return wanted


def _spread_floats(found, stretch):
    """Which of the floats come from something whose derivative is not known is not told apart."""
    for s in stretch.operands:
        if s in found.bad:
            found.bad.update(dict.fromkeys(range(*stretch.nodes), found.bad[s]))


def _go_forward(plan, outputs, found):
    written = _undone(plan)
    wanted = _wanted(plan, outputs)
    try:
        for slot, kind, payload, operands in reversed(plan):
            for i, s in enumerate(operands if found.bad else ()):
                if kind != "rule" or uses(payload[0], payload[2], i):
                    _spread(found, slot, kind, s, operands)
            if kind == "floats":
                push_floats(payload, found.found, wanted.get(slot, []))
                _spread_floats(found, payload)
            elif kind == "write":
                if slot in written:
                    _redo(payload, written.pop(slot))
                _write(found, payload, operands)
            else:
                _push(found, slot, kind, payload, operands)
    finally:
        for slot, _, payload, _ in reversed(plan):
            if slot in written:
                _redo(payload, written[slot])


def _spread(found, slot, kind, s, operands):
    """What depends on something whose derivative is not known is not known either."""
    root = found.views[s][0] if s in found.views else s
    if root in found.bad:
        found.bad[operands[0] if kind == "write" else slot] = found.bad[root]


def _push(found, slot, kind, payload, operands):
    if kind == "rule":
        back, function, y, _ = payload
        given = [found.get(s) for s in operands]
        if any([v is not None for v in given]):
            if back is part_back:
                found.found[slot] = given[0]
            else:
                try:
                    push, _ = transposed(back, function, y, [s >= 0 for s in operands])
                    found.found[slot] = push(given, 0)
                except (MemoryError, RecursionError):
                    raise
                except Exception as error:  # only what depends on it must not be asked for
                    found.bad[slot] = error
    elif kind == "leaf":
        v = part(found.get(operands[0]), payload)
        if type(v) is Unknown:
            found.bad[slot] = v.message
        else:
            found.found[slot] = v
    elif kind == "struct":
        keys, cls = payload
        found.found[slot] = _together(keys, cls, [found.get(s) for s in operands])
    elif kind == "same":
        found.found[slot] = found.get(operands[0])
    elif kind == "poison":
        found.bad[slot] = not_known(
            payload, "a place inside a function that is differentiated twice"
        )
    elif kind == "nameless":
        found.bad[slot] = nameless(payload)


def _write(found, payload, operands):
    """Something was written into an array: its tangent is that of what was written."""
    memory, where, key, _, _, _ = payload
    root, value = operands
    if memory is None or value < 0 and found.is_zero(root):
        return
    v = found.get(value)
    region = window(found.buffer(root), *where)
    region[... if key is None else key] = 0 if v is None else v


def _of_value(y, outputs, found):
    table = {}
    for slot, path in outputs:
        found.check(slot)
        v = found.get(slot)
        if path == ():
            return np.array(v) if type(v) is np.ndarray else all_known(v)
        table[path] = v
    return _assembled(y, (), table, {path[:i] for path in table for i in range(len(path))})


def _assembled(x, path, table, inside):
    """The tangents of the parts of a container."""
    if path in table:
        v = table[path]
        return np.array(v) if type(v) is np.ndarray else all_known(v)
    if path not in inside:
        return None
    keys, values = parts_of(x)
    names = range(len(values)) if keys is None else keys
    parts = [_assembled(v, (*path, k), table, inside) for k, v in zip(names, values, strict=True)]
    return _together(keys, type(x), parts)


def pushed_pair(y, plan, outputs, trees, tangents, width):
    """The value and the tangent of an inner level."""
    if width:
        several = [
            _one(y, plan, outputs, trees, [_nth(v, k) for v in tangents]) for k in range(width)
        ]
        return y, stacked(several)
    return y, _one(y, plan, outputs, trees, tangents)


def _one(y, plan, outputs, trees, tangents):
    found = _Tangents(plan)
    for i, (tree, v) in enumerate(zip(trees, tangents, strict=True)):
        _seed(found, tree, v, f"primal {i}")
    _go_forward(plan, outputs, found)
    return _of_value(y, outputs, found)


def _nth(v, k):
    """One of several tangents."""
    if v is None or isinstance(v, np.ndarray):
        return None if v is None else v[k]
    if isinstance(v, (list, tuple)):
        return type(v)([_nth(part, k) for part in v])
    if isinstance(v, dict):
        return {key: _nth(part, k) for key, part in v.items()}
    return Grad(**{key: _nth(part, k) for key, part in vars(v).items()})


nondifferentiable(_wanted, parts_of)
