"""Functions without a recurrence of their own: the series of their derivative, one order lower.

If y' = g(x, x') where g is the derivative along a direction, which comes from the rule, then the
series of g up to order d - 1 is that of y' and gives y up to order d.
"""

from ..rules.broadcasting import _partial
from ..rules.registry import RULES
from .arithmetic import begun, plus, scaled, slopes, step
from .calls import applied

__all__ = ["FirstOrderOnly", "by_derivative", "by_nesting", "by_partials", "by_tangents"]


class FirstOrderOnly(Exception):
    """Something was a constant of the level that is none: what a solver found, see `_implicit`.

    What is made of it has the right first derivative, and outer levels have all.
    """


def by_derivative(call):
    """From the derivative in forward mode."""
    from .._forward import pushed  # which is made of levels, as this is
    from .._taylor import in_series

    keys = list(call.series)

    def slope(*given):
        n = len(given) // 2
        return pushed(lambda *xs: applied(call, keys, xs), given[:n], given[n:], 0)[1]

    return _of_slope(slope, list(call.series.values()), call.d, in_series)


def _of_slope(slope, series, d, find):
    """Coefficients from those of the derivative, a function of the arguments and their slopes."""
    xs = tuple([s[0] for s in series])
    vs = tuple([begun(s[0], s[1:]) for s in series])
    moved = tuple([s[1:-1] for s in series])
    rates = tuple([[scaled(c, k + 2, True) for k, c in enumerate(s[2:])] for s in series])
    first, rest = find(slope, (*xs, *vs), (*moved, *rates), d - 1)
    return [first, *[scaled(c, k + 2, False) for k, c in enumerate(rest)]]


def by_nesting(f, primals, series, d):
    """The same for a whole function: d nested levels of first order, at a cost of 2**d."""
    from .._taylor import in_series

    if d == 1:
        return in_series(f, primals, series, 1)
    keys = [i for i, s in enumerate(series) if s is not None]

    def slope(*given):
        n = len(given) // 2
        xs, vs = list(primals), [None] * len(primals)
        for i, x, v in zip(keys, given[:n], given[n:], strict=True):
            xs[i], vs[i] = x, [v]
        return in_series(f, tuple(xs), tuple(vs), 1)[1][0]

    y = in_series(f, primals, (None,) * len(primals), 0)[0]
    return y, _of_slope(slope, [[primals[i], *series[i]] for i in keys], d, by_nesting)


def by_partials(call):
    """The same for an elementwise function, from its partial derivatives."""
    from .._taylor import in_series

    partials = RULES[call.target].partials
    keys = [i for i in call.series if i < len(partials) and partials[i] is not None]
    if not keys:
        return [None] * call.d

    def slope(*xs):
        args = list(call.args)
        for i, x in zip(keys, xs, strict=True):
            args[i] = x
        y = call.target(*args)
        return tuple([_partial(partials[i], args, y) for i in keys])

    moved = tuple([call.of(i)[1:-1] for i in keys])
    first, rest = in_series(slope, tuple([call.of(i)[0] for i in keys]), moved, call.d - 1)
    total = [None] * (call.d + 1)
    for n, i in enumerate(keys):
        p = [first[n], *[None if c is None else c[n] for c in rest]]
        dx = slopes(call.of(i))
        for k in range(1, call.d + 1):
            total[k] = plus(total[k], step(dx, p, k))
    return total[1:]


def by_tangents(call):
    """The same for a function that is linear near its arguments: a tangent each."""
    from .._forward import pushed

    keys = list(call.series)
    series = list(call.series.values())
    xs = tuple([s[0] for s in series])
    out = []
    for k in range(1, call.d + 1):
        vs = tuple([s[k] for s in series])
        still = all([v is None for v in vs])
        out.append(None if still else pushed(lambda *xs: applied(call, keys, xs), xs, vs, 0)[1])
    return out
