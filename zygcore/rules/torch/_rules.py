"""The rule for a function of PyTorch's."""

import torch

from ...errors import UnsupportedError
from ..registry import UNKNOWN, each
from ._calls import Call, applied_rule

__all__ = ["rule_of"]


def rule_of(function):
    """The rule for a function, a method or an operator of PyTorch's."""

    def torch_rule(*args, **options):
        if options.get("out") is not None:
            raise UnsupportedError(f"{function.__name__}(..., out=...) writes into a tensor")
        call = Call(function, tuple(options))
        values = (*args, *options.values())
        if not torch.is_grad_enabled():  # in `torch.no_grad()`
            return call(*values), None
        y, back = applied_rule(call, *values)
        if back is None or back is UNKNOWN:
            return y, back
        if isinstance(back, each):
            return y, each(*back.parts[1:])
        return y, lambda dy: back(dy)[1:]

    torch_rule.__name__ = f"{function.__name__}_rule"
    torch_rule.takes_keywords = True
    return torch_rule
