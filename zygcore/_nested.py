"""The sweep of an inner level, in Python: the machine runs it under the outer levels.

Whatever it computes is recorded there, which is all that nesting needs.
"""

import types

from .errors import AdjointError, RuleError, not_known
from .rules.registry import describe, each
from .structure import Grad, accumulate
from .wholes import complete, entries_for, is_own, part, rebuild


def _at_path(dy, path):
    for key in path:
        dy = part(dy, key)
    return dy


def _poisoned(what):
    raise AdjointError(not_known(what, "inside a function that is differentiated twice"))


def _pulled(back, d, operands):
    """What a pullback makes of a cotangent; of one in parts, only the parts that are needed."""
    if type(back) is not each:
        return back(d)
    wanted = zip(back.parts, operands, strict=False)
    return tuple([part(d) if s >= 0 and part is not None else None for part, s in wanted])


def _sweep(plan, outputs, dy):
    """Cotangents by slot."""
    cotangents = {}
    parts = {}
    for slot, path in outputs:
        cotangents[slot] = accumulate(cotangents.get(slot), _at_path(dy, path))
    for slot, kind, payload, operands in plan:
        d = cotangents.get(slot)
        if kind == "rule":
            back, function, shape = payload
            if slot in parts:
                d = rebuild(parts[slot], d, *shape)
            elif d is not None and shape is not None:
                d = complete(None, d, shape[0])
            if d is None:
                continue
            out = _pulled(back, d, operands)
            if out is None:
                continue
            if len(out) < len(operands) and any(s >= 0 for s in operands[len(out) :]):
                raise RuleError(
                    f"the pullback of {describe(function)} returned {len(out)} cotangents "
                    f"for a call with {len(operands)} arguments"
                )
            for s, o in zip(operands, out, strict=False):
                if s >= 0:
                    cotangents[s] = accumulate(cotangents.get(s), o)
            continue
        if d is None:
            continue
        if kind == "leaf":
            whole = parts.setdefault(operands[0], {})
            whole[payload] = accumulate(whole.get(payload), d)
        elif kind == "struct":
            keys, cls = payload
            _distribute(cotangents, operands, entries_for(d, keys, len(operands), cls))
        elif kind == "place":
            keys, cls = payload
            if cls is types.CellType or not is_own(d):  # an own cotangent stays whole
                del cotangents[slot]
                _distribute(cotangents, operands, entries_for(d, keys, len(operands), cls))
        elif kind == "same":
            cotangents[operands[0]] = accumulate(cotangents.get(operands[0]), d)
        elif kind == "poison":
            _poisoned(payload)
    return cotangents


def _distribute(cotangents, slots, found):
    for s, d in zip(slots, found, strict=True):
        if s >= 0:
            cotangents[s] = accumulate(cotangents.get(s), d)


def _collect(tree, cotangents):
    """The gradient of an input in its shape; None if nothing arrived."""
    if tree is None:
        return None
    if isinstance(tree, int):
        return cotangents.get(tree)
    slot, cls, kind, keys, trees = tree
    found = [_collect(t, cotangents) for t in trees]
    whole = cotangents.get(slot)
    if kind == "cell":
        return found[0] if found else None
    return complete(_shaped(kind, keys, found), whole, cls)


def _shaped(kind, keys, found):
    if all(g is None for g in found):
        return None
    if kind == "list":
        return found
    if kind == "tuple":
        return tuple(found)
    entries = dict(zip(keys, found, strict=True))
    return entries if kind == "dict" else Grad(**entries)


def gradients(y, plan, outputs, trees, seed):
    """The gradient of an inner level."""
    cotangents = _sweep(plan, outputs, seed)
    return tuple([_collect(tree, cotangents) for tree in trees])


def gradient_pair(y, plan, outputs, trees, seed):
    """The value and the gradient of an inner level."""
    return y, gradients(y, plan, outputs, trees, seed)


def pullback_pair(y, plan, outputs, trees):
    """The value and the pullback of an inner level."""

    def back(dy):
        if dy is None:
            return (None,) * len(trees)
        cotangents = _sweep(plan, outputs, dy)
        return tuple([_collect(tree, cotangents) for tree in trees])

    return y, back
