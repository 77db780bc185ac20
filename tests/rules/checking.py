"""Helpers of the tests of rules: a rule called by itself, and differences of numbers.

`zygcore.testing.check_adjoint` checks the derivative; a rule is called by itself for what a
comparison with differences does not show: integers, ties, edges of the domain.
"""

from zygcore.rules import registry
from zygcore.rules.broadcasting import apply_elementwise


def call_rule(target, *args, **options):
    """``(y, back)`` of the rule for `target`, whichever its kind."""
    rule = registry.RULES[registry.key_of(target)]
    if rule.kind == registry.ELEMENTWISE:
        return apply_elementwise(rule, *args, **options)
    assert rule.kind == registry.ADJOINT, f"{rule!r} is of another kind"
    function = rule.select(args)
    assert function is not None, f"{rule!r} has no case for {args}"
    return function(*args, **options)


def differences(f, xs, h=1e-6):
    """Central differences of a function of several numbers."""
    out = []
    for i in range(len(xs)):
        up, down = list(xs), list(xs)
        up[i] += h
        down[i] -= h
        out.append((f(*up) - f(*down)) / (2 * h))
    return out
