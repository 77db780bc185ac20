"""Checkpointing: less memory for the backward pass, for running a function again.

`_runs` carries out a call that is run again, `_reach` knows what such a call can see and change.
"""

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any, TypeVar

from ._loops import Loop, plain_loop
from ._runs import Run, run
from .rules.registry import describe, lowering, nondifferentiable

__all__ = ["checkpoint", "checkpoint_loop"]

S = TypeVar("S")


def checkpoint(f: Callable[..., Any], /, *xs: Any, **kwargs: Any) -> Any:
    """``f(*xs, **kwargs)``, of which nothing is kept for the backward pass: that runs `f` again."""
    if not xs and not kwargs and _needs_arguments(f):
        return _checkpointed(f)
    return f(*xs, **kwargs)


@lowering(checkpoint)
def checkpoint_lowering(f, /, *xs, **kwargs):
    if not xs and not kwargs and _needs_arguments(f):
        return _checkpointed(f)
    return run(_prepared([f, list(xs), kwargs]))


def _prepared(box):
    return Run(_name(box[0]), box)


def _name(f):
    code = getattr(f, "__code__", None)
    place = "" if code is None else f" ({code.co_filename}:{code.co_firstlineno})"
    return describe(f) + place


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
    return any(
        p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters
    )


def checkpoint_loop(
    step: Callable[..., S],
    state: S,
    n: int,
    /,
    *consts: Any,
    snapshots: int | None = None,
    recorded: int | None = None,
) -> S:
    """The state after `n` steps ``state = step(state, i, *consts)``, differentiated in less memory.

    Parameters
    ----------
    step : callable
        Takes the state, the number of the step, and the constants; returns the next state.  It may
        change the state in place and return it, and have other state of its own (an object,
        captured variables, random numbers).
    state : structure
        Numbers, arrays, containers, objects, nested in any way.
    n : int
        The number of steps.
    *consts : structures
        Passed to each step.  They have gradients, as have the variables that `step` captures.
    snapshots : int, optional
        How many states are kept at a time, the first one included.  By default as many as it takes
        for no step to be run more than three times again: about the cube root of six times the
        number of blocks.
    recorded : int, optional
        How many steps are recorded at a time, a *block*; by default the cube root of `n`.  Give 1
        if a single step takes much memory.

    Returns
    -------
    The last state.

    Raises
    ------
    CheckpointError
        In the backward pass, if a step does not do the same again.
    AdjointError
        If a step raised an exception, and the gradient needs what the loop had changed before.

    Notes
    -----
    With `c` snapshots, ``binomial(c + r, r)`` blocks are run again at most `r` times each, which is
    optimal: Griewank and Walther, "Algorithm 799: revolve", ACM TOMS 26 (2000).  So memory for
    ``log(n)`` states is enough if about ``log(n)`` repetitions are.  Arrays in the state take twice
    their size in each snapshot.

    Derivatives of derivatives are right, but the outer one keeps the whole loop.

    Examples
    --------
    >>> import zygcore as zg
    >>> def decay(x, i, rate):
    ...     return x - 0.001 * rate * x
    >>> loss = lambda x, rate: zg.checkpoint_loop(decay, x, 1000, rate)
    >>> [round(d, 6) for d in zg.gradient(loss, 1.0, 2.0)]
    [0.135065, -0.135335]
    """
    _check_counts(n, snapshots, recorded)
    return plain_loop(step, state, n, *consts)


@lowering(checkpoint_loop)
def checkpoint_loop_lowering(step, state, n, /, *consts, snapshots=None, recorded=None):
    _check_counts(n, snapshots, recorded)
    arguments = [step, state, n, *consts]
    return run(_prepared_loop([plain_loop, arguments, {}], snapshots, recorded))


def _prepared_loop(box, snapshots, recorded):
    return Loop(_name(box[1][0]), box, snapshots, recorded)


def _check_counts(n, snapshots, recorded):
    for name, value, least in (("n", n, 0), ("snapshots", snapshots, 1), ("recorded", recorded, 1)):
        if value is None and name != "n":
            continue
        if isinstance(value, bool) or operator.index(value) < least:
            raise ValueError(f"checkpoint_loop: {name} must be an integer of at least {least}")


nondifferentiable(_check_counts, _checkpointed, _needs_arguments, _prepared, _prepared_loop)
