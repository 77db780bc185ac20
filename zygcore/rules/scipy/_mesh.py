"""Quadrature rules that are good for a function and for its derivatives with respect to parameters.

An adaptive integrator stops where the integral is known well enough.  That is too early for the
derivative of the integrand: where ``abs(t - k)`` has a kink, its derivative jumps.  So intervals
are halved here until the integrand is a polynomial to ten digits on each, by its coefficients in
Legendre polynomials (Trefethen, "Approximation Theory and Approximation Practice", 2019, chapter
7), or too small to matter.  At the ends of the whole interval, where the integrand may be infinite,
the double exponential formula is tried (Takahasi and Mori, 1974).
"""

import math

import numpy as np

from ..registry import nondifferentiable

__all__ = ["mesh"]

N = 21  # nodes of an interval
NODES, WEIGHTS = np.polynomial.legendre.leggauss(N)
#: values at the nodes -> coefficients in Legendre polynomials
COEFFICIENTS = (
    np.polynomial.legendre.legvander(NODES, N - 1).T * WEIGHTS * (np.arange(N)[:, None] + 0.5)
)
#: (whether from the left end, distance from it, weight) on the unit interval
GAUSS = [(True, (1 + x) / 2, w / 2) for x, w in zip(NODES.tolist(), WEIGHTS.tolist(), strict=True)]

TOLERANCE = 1e-10
MOST = 400  # intervals


def _double_exponential(step, most):
    """``u = 1 / (1 + exp(-pi sinh s))`` at equal steps of s, as distances from the nearer end."""
    out = []
    for i in range(-round(most / step), round(most / step) + 1):
        s = i * step
        distance = 1 / (1 + math.exp(math.pi * math.sinh(abs(s))))
        weight = step * math.pi * math.cosh(s) * distance * (1 - distance)
        out.append((i <= 0, distance, weight))
    return out


TANH_SINH = _double_exponential(1 / 8, 4.5)
COARSE = _double_exponential(1 / 4, 4.5)


class Interval:
    """A part of the whole interval, and how well a polynomial describes the integrand on it."""

    def __init__(self, f, low, high):
        self.low, self.high = low, high
        width = high - low
        values = np.array([float(f(low + width * u)) for _, u, _ in GAUSS])
        self.size = float(np.max(np.abs(values)))
        self.total = abs(width) * float(np.dot(WEIGHTS, np.abs(values))) / 2
        self.tail = float(np.max(np.abs((COEFFICIENTS @ values)[-3:])))

    def halves(self, f):
        middle = 0.5 * (self.low + self.high)
        return [Interval(f, self.low, middle), Interval(f, middle, self.high)]


def summed(f, rule, low, high):
    width = high - low
    total = 0.0
    for left, u, w in rule:
        t = low + width * u if left else high - width * u
        if t not in (low, high):
            total += width * w * float(f(t))
    return total


def mesh(f, ends):
    """Where and how to evaluate `f`: a list of (low, high, rule), and the integral of ``abs(f)``.

    `ends` are the ends of the interval and points between them where the integrand is not smooth.
    A rule is a list of (whether from the left end, distance from it, weight), for an interval of
    length 1.
    """
    intervals = [Interval(f, low, high) for low, high in zip(ends, ends[1:], strict=False)]
    length = abs(ends[-1] - ends[0])
    if not length:
        return [], 0.0
    mean = sum(i.total for i in intervals) / length
    count = len(intervals)
    done = []
    while intervals:
        part = intervals.pop()
        size, narrow = max(part.size, mean), abs(part.high - part.low) <= TOLERANCE * length
        if part.tail <= TOLERANCE * size or narrow or count >= MOST:
            done.append((part.low, part.high, GAUSS))
            continue
        if part.low == ends[0] or part.high == ends[-1]:
            fine = summed(f, TANH_SINH, part.low, part.high)
            coarse = summed(f, COARSE, part.low, part.high)
            if abs(fine - coarse) <= TOLERANCE * max(abs(fine), mean * length):
                done.append((part.low, part.high, TANH_SINH))
                continue
        halves = part.halves(f)
        if part.tail <= 1e-7 * size and max(h.tail for h in halves) > part.tail / 2:
            done.append((part.low, part.high, GAUSS))  # noise: the integrand has no more digits
            continue
        intervals += halves
        count += 1
    return sorted(done, key=lambda part: part[0], reverse=bool(ends[-1] < ends[0])), mean * length


nondifferentiable(mesh)
