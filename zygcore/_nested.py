"""The sweep of an inner level, in Python: the machine runs it under the outer levels.

Whatever it computes is recorded there, which is all that nesting needs.  That goes for arrays, too:
the shadow of a memory is an array here, written in place, and old contents of the user's arrays are
brought back by assigning to them.
"""

import types

import numpy as np

from ._arrays import Geometry
from ._cotangents import check
from ._inner_numbers import sweep_floats
from ._written import writes_to
from .errors import AdjointError, RuleError, nameless, not_known
from .rules.numpy._indexing import lost_elements
from .rules.numpy._inplace import add_to_window, formed, window
from .rules.registry import always, describe, each, nondifferentiable, shared
from .structure import Grad, accumulate
from .units import LIBRARIES, cotangent_for, finish, unit_of_value
from .wholes import complete, entries_for, is_own, part, rebuild

#: see `rules.numpy._inplace`
__items_of_numpy__ = True


def _at_path(dy, path):
    for key in path:
        dy = part(dy, key)
    return dy


def _poisoned(what):
    raise AdjointError(not_known(what, "a place inside a function that is differentiated twice"))


class _Cotangents:
    """Cotangents by slot; those of memory that is seen in parts are in one buffer each."""

    def __init__(self, plan):
        self.found = {}
        self.buffers = {}  # root -> (buffer, layout of the memory)
        self.views = {
            slot: (roots[0], *layouts) for slot, kind, layouts, roots in plan if kind == "view"
        }

    def add(self, slot, d):
        if d is None:
            return
        if slot in self.views:
            root, memory, where = self.views[slot]
            add_to_window(self.buffer(root, memory), where, d)
        elif slot in self.buffers:
            buffer, memory = self.buffers[slot]
            add_to_window(buffer, memory[2], d)
        else:
            self.found[slot] = accumulate(self.found.get(slot), d)

    def buffer(self, root, memory):
        if root not in self.buffers:
            size, dtype, whole = memory
            buffer = np.zeros(size, dtype)
            d = self.found.pop(root, None)
            if d is not None:
                add_to_window(buffer, whole, d)
            self.buffers[root] = buffer, memory
        return self.buffers[root][0]

    def get(self, slot):
        if slot in self.buffers:
            buffer, memory = self.buffers[slot]
            return np.array(window(buffer, *memory[2]))
        return self.found.get(slot)


def _pulled(back, d, operands):
    """What a pullback makes of a cotangent; of one in parts, only the parts that are needed."""
    if type(back) is not each:
        return back(d)
    out, wholes = [], {}
    for one, s in zip(back.parts, operands, strict=False):
        if s < 0 or one is None:
            out.append(None)
        elif type(one) is shared:
            if id(one.whole) not in wholes:
                wholes[id(one.whole)] = one.whole(d)
            out.append(wholes[id(one.whole)][one.at])
        else:
            out.append(one(d))
    return tuple(out)


def _sweep(plan, outputs, dy):
    """The cotangents by slot."""
    cotangents = _Cotangents(plan)
    overwritten = []
    for slot, path in outputs:
        cotangents.add(slot, _at_path(dy, path))
    try:
        _go_back(plan, cotangents, overwritten)
    finally:
        for array, key, content in reversed(overwritten):
            if type(key) is Geometry:
                setattr(array, key.name, key.value)
            else:
                array[key] = content
    return cotangents


def _go_back(plan, cotangents, overwritten):
    parts = {}
    for slot, kind, payload, operands in plan:
        if kind == "write":
            _write_back(cotangents, payload, operands, overwritten)
            continue
        if kind == "view":
            continue
        if kind == "floats":
            _floats_back(cotangents.found, payload, operands)
            continue
        d = cotangents.get(slot)
        if kind == "rule":
            back, function, shape = payload
            if slot in parts:
                d = rebuild(parts[slot], d, *shape)
            elif d is not None and shape is not None:
                d = complete(None, d, shape[0])
            if d is None and type(back) is not always:
                continue
            out = _pulled(back, d, operands)
            if out is None:
                continue
            ours = (function.__module__ or "").startswith("zygcore.")  # leave out trailing ones
            if not ours and any(s >= 0 for s in operands[len(out) :]):
                raise RuleError(
                    f"the pullback of {describe(function)} returned {len(out)} cotangents "
                    f"for a call with {len(operands)} arguments"
                )
            for s, o in zip(operands, out, strict=False):
                if s >= 0:
                    cotangents.add(s, o)
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
                del cotangents.found[slot]
                _distribute(cotangents, operands, entries_for(d, keys, len(operands), cls))
        elif kind == "same":
            cotangents.add(operands[0], d)
        elif kind == "poison":
            _poisoned(payload)
        elif kind == "nameless":
            raise AdjointError(nameless(payload))


def _floats_back(found, stretch, operands):
    """Plain arithmetic of floats."""
    sweep_floats(stretch, found)
    for slot in operands:
        if type(found.get(slot)) is tuple:  # a cotangent of another type was there before
            found[slot] = accumulate(*found[slot])


def _write_back(cotangents, payload, operands, overwritten):
    """Something was written into an array: its cotangent is what the shadow has there."""
    memory, where, key, form, array, old = payload
    root, value = operands
    if type(old) is Geometry:
        overwritten.append((array, Geometry(old.name, getattr(array, old.name)), None))
        setattr(array, old.name, old.value)
    elif array is not None:
        place = ... if key is None else key
        overwritten.append((array, place, np.array(array[place])))
        array[place] = old
    if memory is None or root not in cotangents.buffers and cotangents.get(root) is None:
        return
    region = window(cotangents.buffer(root, memory), *where)
    place = ... if key is None else key
    dv = np.array(region[place]) if value >= 0 else None
    region[place] = 0  # before it is added to: the value may be a view of the same memory
    if value >= 0:
        lost = None if key is None else lost_elements(region.shape, key, dv.shape)
        if lost is not None:
            dv[lost] = 0
        cotangents.add(value, formed(dv, *form))


def _distribute(cotangents, slots, found):
    for s, d in zip(slots, found, strict=True):
        if s >= 0:
            cotangents.add(s, d)


def _collect(tree, cotangents):
    """The gradient of an input in its shape; None if nothing arrived."""
    if tree is None:
        return None
    if isinstance(tree, int):
        d = cotangents.get(tree)
        return np.array(d) if type(d) is np.ndarray else d  # the caller may write into it
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


def gradients(y, plan, outputs, trees, seed, units):
    """The gradient of an inner level."""
    cotangents = _sweep(plan, outputs, seed)
    found = tuple([_collect(tree, cotangents) for tree in trees])
    return finish(units, unit_of_value(y), found) if LIBRARIES else found


def gradient_pair(y, plan, outputs, trees, seed, units):
    """The value and the gradient of an inner level."""
    return y, gradients(y, plan, outputs, trees, seed, units)


def pullback_pair(y, plan, outputs, trees, arrays, shape, units):
    """The value and the pullback of an inner level, which keeps `arrays`."""
    kept = [(a, np.array(a), writes_to(a)) for a in arrays]
    forms = [(a, a.dtype, a.shape) for a in arrays]
    unit_of_y = unit_of_value(y) if LIBRARIES else None

    def back(dy):
        if dy is None:
            return (None,) * len(trees)
        unit = unit_of_y
        if unit is not None:
            dy, unit = cotangent_for(unit, dy)
        check(shape, dy)
        now = []
        changed = _with_another_form(forms)
        forms_now = [(a, a.dtype, a.shape) for a, _, _ in changed]
        try:
            for form in changed:
                _set_form(*form)
            for a, content, writes in kept:
                if _is_overwritten(a, content, writes):
                    now.append((a, np.array(a)))
                    a[...] = content
            cotangents = _sweep(plan, outputs, dy)
        finally:
            for a, content in reversed(now):
                a[...] = content
            for form in forms_now:
                _set_form(*form)
        return finish(units, unit, tuple([_collect(tree, cotangents) for tree in trees]))

    return y, back


def _with_another_form(forms):
    """The arrays that got another dtype or shape in place since."""
    return [form for form in forms if (form[0].dtype, form[0].shape) != form[1:]]


def _set_form(a, dtype, shape):
    if a.dtype != dtype:
        a.dtype = dtype
    if a.shape != shape:
        a.shape = shape


def _is_overwritten(array, content, writes):
    """Was an array written since?  Equal numbers may have another derivative, hence the count."""
    return writes_to(array) != writes or array.tobytes() != content.tobytes()


nondifferentiable(_is_overwritten, _with_another_form, check, writes_to)
