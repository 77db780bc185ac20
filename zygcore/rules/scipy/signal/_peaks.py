"""Rules for peaks and roots: which they are is constant, what they measure is differentiated."""

import numpy as np
import scipy.signal as sg
from scipy.signal import _peak_finding_utils as utils

from ...registry import lowering, nondifferentiable
from .._implicit import held, same_value

__all__ = []

nondifferentiable(utils._local_maxima_1d, utils._select_by_peak_distance)


@lowering(utils._peak_prominences)
def prominences_lowering(x, peaks, wlen):
    """Heights above the higher base."""
    found, left, right = held(utils._peak_prominences, x, peaks, wlen)
    return same_value(found, x[peaks] - np.maximum(x[left], x[right])), left, right


def crossings(x, peaks, heights, ends, step):
    """Where the signal, going away from each peak, is not above the height any more."""
    out = np.array(peaks)
    for i, (end, height) in enumerate(zip(ends, heights, strict=True)):
        while out[i] != end and x[out[i]] > height:
            out[i] += step
    return out


nondifferentiable(crossings)


def positions(x, at, heights, step):
    """Between the sample there and the one before, by linear interpolation."""
    below = np.less(x[at], heights)
    before = np.where(below, at - step, at)
    rise = np.where(below, x[before] - x[at], 1.0)
    return at - step * np.where(below, (heights - x[at]) / rise, 0.0)


@lowering(utils._peak_widths)
def widths_lowering(x, peaks, rel_height, prominences, left_bases, right_bases):
    found = held(utils._peak_widths, x, peaks, rel_height, prominences, left_bases, right_bases)
    heights = x[peaks] - prominences * rel_height
    left = positions(x, crossings(x, peaks, found[1], left_bases, -1), heights, -1)
    right = positions(x, crossings(x, peaks, found[1], right_bases, 1), heights, 1)
    values = (right - left, heights, left, right)
    return tuple([same_value(f, v) for f, v in zip(found, values, strict=True)])


# ------------------------------------------------------------------------ roots

REDUCE = {
    **dict.fromkeys(("max", "maximum"), np.max),
    **dict.fromkeys(("min", "minimum"), np.min),
    **dict.fromkeys(("avg", "mean"), np.mean),
}


def groups(p, tol):
    """Roots that are near the first of them that is in no other group."""
    out, used = [], np.zeros(len(p), bool)
    for i in range(len(p)):
        if not used[i]:
            out.append(np.flatnonzero((np.abs(p - p[i]) <= tol) & ~used))
            used[out[-1]] = True
    return out


nondifferentiable(groups)


@lowering(sg.unique_roots)
def unique_roots_lowering(p, tol=1e-3, rtype="min"):
    found, counts = held(sg.unique_roots, p, tol, rtype)
    p = np.asarray(p)
    if not len(p):
        return found, counts
    roots = np.stack([REDUCE[rtype](p[group]) for group in groups(p, tol)])
    return same_value(found, roots), counts
