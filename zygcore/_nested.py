"""The sweep of an inner level, in Python: the machine runs it under the outer levels.

Whatever it computes is recorded there, which is all that nesting needs.
"""

from .errors import AdjointError, RuleError, not_known
from .rules.registry import describe
from .structure import Grad, accumulate


def _part(dy, key):
    if dy is None:
        return None
    if isinstance(dy, dict):
        return dy.get(key)
    if isinstance(key, str) and not isinstance(dy, (list, tuple)):
        return getattr(dy, key, None)
    return dy[key]


def _at_path(dy, path):
    for key in path:
        dy = _part(dy, key)
    return dy


def _whole(parts, container):
    """The cotangent of a structured value from those of its parts."""
    if isinstance(container, tuple):
        return tuple([parts.get(i) for i in range(len(container))])
    if isinstance(container, list):
        return [parts.get(i) for i in range(len(container))]
    if isinstance(container, dict):
        return {k: parts.get(k) for k in container}
    names = dict.fromkeys(getattr(container, "__dict__", None) or parts)
    return Grad(**{k: parts.get(k) for k in names})


def _poisoned(what):
    raise AdjointError(not_known(what, "inside a function that is differentiated twice"))


def _sweep(plan, outputs, dy):
    """Cotangents by slot."""
    cotangents = {}
    parts = {}
    for slot, path in outputs:
        cotangents[slot] = accumulate(cotangents.get(slot), _at_path(dy, path))
    for slot, kind, payload, operands in plan:
        d = cotangents.get(slot)
        if kind == "rule":
            back, function, container = payload
            if slot in parts:
                d = accumulate(_whole(parts[slot], container), d)
            if d is None:
                continue
            out = back(d)
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
            keys = payload if payload is not None else range(len(operands))
            for key, s in zip(keys, operands, strict=True):
                if s >= 0:
                    cotangents[s] = accumulate(cotangents.get(s), _part(d, key))
        elif kind == "same":
            cotangents[operands[0]] = accumulate(cotangents.get(operands[0]), d)
        elif kind == "poison":
            _poisoned(payload)
    return cotangents


def _collect(tree, cotangents):
    """The gradient of an input in its shape; None if nothing arrived."""
    if tree is None:
        return None
    if isinstance(tree, int):
        return cotangents.get(tree)
    kind, keys, trees = tree
    found = [_collect(t, cotangents) for t in trees]
    if all(g is None for g in found):
        return None
    if kind == "list":
        return found
    if kind == "tuple":
        return tuple(found)
    if kind == "dict":
        return dict(zip(keys, found, strict=True))
    return Grad(**dict(zip(keys, found, strict=True)))


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
