"""Checkpointing: less memory for the backward pass, for running a function again.

`_runs` carries out a call that is run again, `_reach` knows what such a call can see and change.
"""

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any

from ._loops import Loop, plain_loop
from ._runs import Run, run
from .rules.registry import describe, lowering, nondifferentiable

__all__ = ["checkpoint", "checkpoint_loop"]


def checkpoint(f: Callable[..., Any], /, *xs: Any, **kwargs: Any) -> Any:
    """``f(*xs, **kwargs)``, of which nothing is kept for the backward pass: that runs `f` again.
    """
    if not xs and not kwargs and _needs_arguments(f):
        return _checkpointed(f)
    return f(*xs, **kwargs)


@lowering(checkpoint)
def checkpoint_lowering(f, /, *xs, **kwargs):
    if not xs and not kwargs and _needs_arguments(f):
        return _checkpointed(f)
    return run(_prepared([f, list(xs), kwargs]))


def _prepared(box):
    return Run(describe(box[0]), box)


def _checkpointed(f):
    @functools.wraps(f)
    def checkpointed(*xs, **kwargs):
        return checkpoint(f, *xs, **kwargs)

    return checkpointed


def _needs_arguments(f):
    """Is there a parameter without a default?"""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def checkpoint_loop(
    step: Callable[..., Any],
    state: Any,
    n: int,
    /,
    *consts: Any,
    snapshots: int | None = None,
    recorded: int | None = None,
) -> Any:
    """The state after `n` steps, ``state = step(state, i, *consts)``."""
    _check_counts(n, snapshots, recorded)
    return plain_loop(step, state, n, *consts)


@lowering(checkpoint_loop)
def checkpoint_loop_lowering(step, state, n, /, *consts, snapshots=None, recorded=None):
    _check_counts(n, snapshots, recorded)
    arguments = [step, state, n, *consts]
    return run(_prepared_loop([plain_loop, arguments, {}], snapshots, recorded))


def _prepared_loop(box, snapshots, recorded):
    return Loop(describe(box[1][0]), box, snapshots, recorded)


def _check_counts(n, snapshots, recorded):
    for name, value, least in (("n", n, 0), ("snapshots", snapshots, 1), ("recorded", recorded, 1)):
        if value is None and name != "n":
            continue
        if isinstance(value, bool) or operator.index(value) < least:
            raise ValueError(f"checkpoint_loop: {name} must be an integer of at least {least}")


nondifferentiable(_check_counts, _checkpointed, _needs_arguments, _prepared, _prepared_loop)
