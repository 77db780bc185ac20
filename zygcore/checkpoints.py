"""Checkpointing: less memory for the backward pass, for running a function again.

`_runs` carries out a call that is run again, `_reach` knows what such a call can see and change.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ._runs import Run, run
from .rules.registry import describe, lowering, nondifferentiable

__all__ = ["checkpoint"]


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


nondifferentiable(_checkpointed, _needs_arguments, _prepared)
