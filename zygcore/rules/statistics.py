"""Rules for the standard library's `statistics`.

`mean`, `variance` and the like add up exact fractions, which takes numbers apart into their digits:
they are lowered to helpers that take each number as an argument of its own, where the formula is
known.  The values are those of the originals.  All the other functions are differentiated from
their code.
"""

import _statistics
import math
import statistics

from .broadcasting import project
from .math import all_real
from .registry import adjoint, lowering

__all__ = []


def _each(factors, items):
    return [project(d, x) for d, x in zip(factors, items, strict=True)]


# ------------------------------------------------------------------------ means


def _mean(*items):
    return statistics.mean(items)


@adjoint(_mean)
def mean_rule(*items):
    n = len(items)
    return _mean(*items), lambda dy: tuple([project(dy / n, x) for x in items])


@lowering(statistics.mean)
def mean_lowering(data):
    items = [*data]
    return _mean(*items) if items and all_real(items) else statistics.mean(items)


def _harmonic(n, *items):
    """Of the first n items; the others are their weights."""
    return statistics.harmonic_mean(items[:n], items[n:] or None)


@adjoint(_harmonic)
def harmonic_rule(n, *items):
    y = _harmonic(n, *items)
    xs, weights = items[:n], items[n:]
    ws = weights or (1,) * n

    def harmonic_back(dy):
        total = sum(ws)
        if y == 0:
            return (None, *[project(0.0 * dy, x) for x in items])
        slopes = [dy * y * y * w / (total * x * x) for w, x in zip(ws, xs, strict=True)]
        tilts = [dy * (1 - y / x) * y / total for x in xs]
        return (None, *_each(slopes, xs), *(_each(tilts, weights) if weights else ()))

    return y, harmonic_back


@lowering(statistics.harmonic_mean)
def harmonic_mean_lowering(data, weights=None):
    items = [*data]
    given = [] if weights is None else [*weights]
    if len(items) > 1 and len(given) in (0, len(items)) and all_real(items) and all_real(given):
        return _harmonic(len(items), *items, *given)
    return statistics.harmonic_mean(items, weights if weights is None else given)


# -------------------------------------------------------------------- variances


def _register_spread(function, less, is_root):
    """`variance` and its like: the sum of squares, divided by ``n - less``."""

    def spread_of(center, *items):
        return function(items, center)

    @adjoint(spread_of)
    def spread_rule(center, *items):
        y = spread_of(center, *items)

        def spread_back(dy):
            n = len(items)
            mean = math.fsum(items) / n if center is None else center
            scale = dy * 2 / (n - less)
            if is_root:
                scale = scale / (2 * y) if y else 0.0 * scale
            deviations = [x - mean for x in items]
            d_center = None if center is None else project(-scale * sum(deviations), center)
            return (d_center, *[project(scale * d, x) for d, x in zip(deviations, items)])  # noqa: B905

        return y, spread_back

    def is_known(center, items):
        return len(items) > less and all_real(items) and (center is None or all_real([center]))

    # the center has the name that it has in the original
    if less:

        @lowering(function)
        def sample_lowering(data, xbar=None):
            items = [*data]
            return spread_of(xbar, *items) if is_known(xbar, items) else function(items, xbar)

    else:

        @lowering(function)
        def population_lowering(data, mu=None):
            items = [*data]
            return spread_of(mu, *items) if is_known(mu, items) else function(items, mu)


_register_spread(statistics.variance, 1, False)
_register_spread(statistics.stdev, 1, True)
_register_spread(statistics.pvariance, 0, False)
_register_spread(statistics.pstdev, 0, True)


# the square root of a ratio of integers, which integer arithmetic finds without a derivative
_root = statistics._float_sqrt_of_frac


@adjoint(_root)
def root_of_ratio_rule(n, m):
    y = _root(n, m)

    def root_of_ratio_back(dy):
        dn = dy / (2 * y * m)
        return dn, -dn * n / m

    return y, root_of_ratio_back


# ------------------------------------------------------------ normal distribution


@adjoint(_statistics._normal_dist_inv_cdf)
def inv_cdf_rule(p, mu, sigma):
    x = _statistics._normal_dist_inv_cdf(p, mu, sigma)

    def inv_cdf_back(dy):
        z = (x - mu) / sigma
        slope = sigma * math.sqrt(2 * math.pi) * math.exp(z * z / 2)  # one over the density
        return project(dy * slope, p), project(dy, mu), project(dy * z, sigma)

    return x, inv_cdf_back
