"""Where to put snapshots: the binomial schedule.

A. Griewank and A. Walther, "Algorithm 799: revolve", ACM Trans. Math. Softw. 26 (2000).  With `c`
snapshots, the first of them at the beginning, ``binomial(c, r)`` steps can be reversed so that
none is advanced over more than `r` times, and no schedule does with less.
"""

from math import comb

__all__ = ["advances", "first_snapshots", "snapshots_for", "split"]


def binomial(c, r):
    """How many steps `c` snapshots are good for if each is repeated at most `r` times."""
    return comb(c + r, c) if r >= 0 else 0


def repetitions(steps, c):
    r = 0
    while binomial(c, r) < steps:
        r += 1
    return r


def advances(steps, c):
    """The steps that have to be advanced over, all in all; each step is recorded once besides."""
    r = repetitions(steps, c)
    return r * steps - binomial(c + 1, r - 1)


def split(steps, c):
    """How far to advance before the next snapshot is taken, if `c` > 1 are there with this one."""
    r = repetitions(steps, c)
    return max(1, binomial(c, r - 2), steps - binomial(c - 1, r))


def snapshots_for(steps, r):
    """The least number of snapshots with which no step is repeated more than `r` times."""
    c = 1
    while binomial(c, r) < steps:
        c += 1
    return c


def first_snapshots(steps, c):
    """The steps before which snapshots are taken in the first run."""
    at, found = 0, [0]
    while c > 1 and steps - at > 1:
        at += split(steps - at, c)
        c -= 1
        found.append(at)
    return found
