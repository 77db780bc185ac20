"""Which rules `check_adjoint` has checked, to the first order and to the second."""

from contextlib import contextmanager

from zygcore import _check
from zygcore.rules import broadcasting, registry

#: order of the derivative -> the functions of rules, or the targets of elementwise ones
CHECKED = {1: set(), 2: set()}
_order = []


@contextmanager
def order(n):
    _order.append(n)
    try:
        yield
    finally:
        _order.pop()


def note(what):
    if _order:
        CHECKED[_order[-1]].add(what)


def install():
    """Watches every check from now on."""
    select, apply = registry.Rule.select, broadcasting.apply_elementwise

    def noting_select(rule, args):
        found = select(rule, args)
        note(found)
        return found

    def noting_apply(rule, *args, **options):
        note(rule.target)
        return apply(rule, *args, **options)

    pull = broadcasting.PullParts.__call__

    def noting_pull(part, dy):  # arrays at the outermost level need no more of a rule
        if _order:
            for target in targets_of(part.partial):
                note(target)
        return pull(part, dy)

    broadcasting.PullParts.__call__ = noting_pull
    registry.Rule.select = noting_select
    broadcasting.apply_elementwise = noting_apply
    registry.nondifferentiable(note)
    for n, name in ((1, "first_order"), (2, "second_order")):
        method = getattr(_check.Checker, name)

        def watched(self, *args, method=method, n=n):
            with order(n):
                return method(self, *args)

        setattr(_check.Checker, name, watched)


def targets_of(partial):
    """The functions that have this partial derivative."""
    return [rule.target for rule in registry.RULES.values() if partial in rule.partials]


def rules():
    """``(name, function, what is noted of it)`` of each adjoint and elementwise rule of ours."""
    out = []
    for rule in set(registry.RULES.values()):
        name = registry.describe(rule.target)
        if rule.kind == registry.ELEMENTWISE:
            out.append((name, "elementwise", rule.target))
        if rule.kind == registry.ADJOINT:
            functions = [f for _, f in rule.cases] + [f for f in [rule.function] if f is not None]
            out += [(name, f.__name__, f) for f in functions if is_ours(f)]
    return out


def is_ours(function):
    module = function.__module__  # those of PyTorch are one rule, see `test_torch`
    return module.startswith("zygcore.rules.") and module != "zygcore.rules.torch"
