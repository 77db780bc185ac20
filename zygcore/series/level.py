"""Taylor coefficients of an inner level, in Python: the machine runs it under the outer levels.

The inner level has recorded what it did, and with which arguments; when the function has returned,
its operations are gone through once more, first one first, with series in place of values.
"""

import numpy as np

from .._nested_push import _of_value, _push, _redo, _seed, _spread, _Tangents, _undone, _write
from .._transpose import uses, zero_of
from ..errors import AdjointError
from ..rules.registry import ELEMENTWISE, RULES, describe, nondifferentiable
from ..structure import Grad
from ..wholes import part_back
from .calls import Call
from .general import FirstOrderOnly, by_derivative, by_partials, by_tangents
from .matrices import TABLE

__all__ = ["series_pair"]

#: modules whose rules run whole programs
CHECKPOINTS = {"zygcore._runs", "zygcore._loops"}

#: modules of rules for linear functions
LINEAR = {"zygcore.rules.numpy._fft", "zygcore.rules.scipy.fft"}


def series_pair(y, plan, outputs, trees, series, order):
    """The value of an inner level and the other Taylor coefficients."""
    found = [_Tangents(plan) for _ in range(max(order, 1))]
    for f in found:
        f.bad = found[0].bad
    if order > 1 and any([kind == "poison" and what == "held" for _, kind, what, _ in plan]):
        raise FirstOrderOnly
    plan = needed(plan, outputs)
    for i, (tree, coefficients) in enumerate(zip(trees, series, strict=True)):
        for f, c in zip(found, coefficients or (), strict=False):
            _seed(f, tree, c, f"primal {i}")
    if order:
        with np.errstate(all="ignore"):
            _go_forward(plan, found)
    return y, _completed(y, [_of_value(y, outputs, f) for f in found[:order]])


def needed(plan, outputs):
    """The part of a plan that the value depends on, and all that is written."""
    roots = {slot: operands[0] for slot, kind, _, operands in plan if kind == "view"}
    wanted = set()

    def want(slots):
        wanted.update(slots)
        wanted.update([roots[s] for s in slots if s in roots])

    want([slot for slot, _ in outputs])
    for _, kind, _, operands in plan:
        if kind == "place":
            want(operands)
    kept = []
    for entry in plan:
        slot, kind, _, operands = entry
        if kind == "write":
            if operands[0] in wanted:
                want(operands[1:])
        elif slot in wanted:
            want(operands)
        elif kind != "place" and kind != "view":
            continue
        kept.append(entry)
    return kept


def _go_forward(plan, found):
    written = _undone(plan)
    try:
        for slot, kind, payload, operands in reversed(plan):
            for i, s in enumerate(operands if found[0].bad else ()):
                if kind != "rule" or uses(payload[0], payload[2], i):
                    _spread(found[0], slot, kind, s, operands)
            if kind == "write":
                if slot in written:
                    _redo(payload, written.pop(slot))
                for f in found:
                    _write(f, payload, operands)
            elif kind == "rule" and payload[0] is not part_back:
                _go_through_rule(found, slot, payload, operands)
            else:
                for f in found:
                    _push(f, slot, kind, payload, operands)
    finally:
        for slot, _, payload, _ in reversed(plan):
            if slot in written:
                _redo(payload, written[slot])


def _go_through_rule(found, slot, payload, operands):
    _, function, y, target, given, names, _ = payload
    call = Call(target, function, given, names, y, operands, found)
    if not call.series:
        return
    try:
        coefficients = coefficients_of(call)
    except AdjointError as error:  # only what depends on it must not be asked for
        found[0].bad[slot] = f"Taylor mode needs the derivatives of {describe(target)}: {error}"
        return
    for f, c in zip(found, coefficients, strict=True):
        f.found[slot] = c


def coefficients_of(call):
    """The coefficients of the value of a call."""
    rule = RULES.get(call.target)
    if call.function.__module__ in CHECKPOINTS:
        raise AdjointError(
            "what runs under a checkpoint is not followed; call the function without it"
        )
    if call.is_by_our_rule():
        target = call.target if call.target in TABLE or rule is None else rule.target
        recurrence = TABLE.get(target)
        coefficients = recurrence(call) if recurrence is not None else None
        if coefficients is not None:
            return coefficients
        if call.function.__module__ in LINEAR:
            return by_tangents(call)
    if rule is not None and rule.kind == ELEMENTWISE and call.takes_numbers():
        return by_partials(call)
    return by_derivative(call)


def _completed(y, coefficients):
    """Coefficients with zeros in place of None, where any other is something."""
    if all([c is None for c in coefficients]):
        return coefficients
    first = next(c for c in coefficients if c is not None)
    if isinstance(first, (list, tuple)):
        n = len(first)
        columns = [_column(y, coefficients, i) for i in range(n)]
        return [type(first)([column[k] for column in columns]) for k in range(len(coefficients))]
    if isinstance(first, (dict, Grad)):
        names = list(first if isinstance(first, dict) else vars(first))
        columns = {name: _column(y, coefficients, name) for name in names}
        rows = [
            {name: column[k] for name, column in columns.items()} for k in range(len(coefficients))
        ]
        return rows if isinstance(first, dict) else [Grad(**row) for row in rows]
    return [_zero_like(y, first) if c is None else c for c in coefficients]


def _column(y, coefficients, key):
    entries = [
        None if c is None else c[key] if not isinstance(c, Grad) else vars(c)[key]
        for c in coefficients
    ]
    if isinstance(key, str) and not isinstance(y, dict):  # a field, of a named tuple too
        y = getattr(y, key, None)
    else:
        y = y[key] if isinstance(y, (dict, list, tuple)) else None
    return _completed(y, entries)


def _zero_like(y, first):
    zero = zero_of(y)
    return zero if zero is not None and np.shape(zero) == np.shape(first) else 0 * first


nondifferentiable(needed)
