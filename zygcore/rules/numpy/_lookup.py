"""Rules for tables: linear interpolation, and sums of weights in bins.

Where a point lies between the nodes of a table is a constant; what depends on it
smoothly has the derivative of the piece that it is in.
"""

import numpy as np

from ..broadcasting import project
from ..registry import adjoint
from ._indexing import scatter

__all__ = ["interpolation"]


@adjoint(np.bincount)
def bincount_rule(x, /, weights=None, minlength=0):
    y = np.bincount(x, weights, minlength)
    if weights is None:
        return y, None
    where = np.array(x)
    return y, lambda dy: (None, project(dy[where], weights))


def interpolation(function):
    """The rule for the C code behind `np.interp`.

    At a node of the table the slope is that of the piece to the right of it; beyond the table it
    is 0.
    """

    def interp_rule(x, xp, fp, left=None, right=None):
        y = function(x, xp, fp, left, right)

        def interp_back(dy):
            at, nodes, values = np.asarray(x), np.asarray(xp), np.asarray(fp)
            size = nodes.size
            before, after = np.less(at, nodes[0]), np.greater(at, nodes[-1])
            i = np.clip(np.searchsorted(nodes, at, "right") - 1, 0, max(size - 2, 0))
            j = np.minimum(i + 1, size - 1)
            known = np.equal(at, at)  # NaN is nowhere
            inside = np.where(before | after | ~known, 0, dy)
            width = nodes[j] - nodes[i]
            width = np.where(np.equal(width, 0), 1, width)
            t = np.clip(np.where(known, at - nodes[i], 0) / width, 0, 1)  # 0 or 1 beyond the table
            slope = (values[j] - values[i]) / width
            dx = inside * np.conjugate(slope)
            spilled = np.where(known, dy, 0)
            dleft = dright = None
            if left is not None:
                dleft = project(np.sum(np.where(before, dy, 0)), left)
                spilled = np.where(before, 0, spilled)
            if right is not None:
                dright = project(np.sum(np.where(after, dy, 0)), right)
                spilled = np.where(after, 0, spilled)
            dvalues = _at_both(spilled * (1 - t), i, spilled * t, j, size)
            dnodes = _at_both(-dx * (1 - t), i, -dx * t, j, size)
            return project(dx, x), project(dnodes, xp), project(dvalues, fp), dleft, dright

        return y, interp_back

    return interp_rule


def _at_both(a, i, b, j, size):
    values = np.concatenate([np.ravel(a), np.ravel(b)])
    return scatter(values, np.concatenate([np.ravel(i), np.ravel(j)]), (size,))


for _function in (np._core.multiarray.interp, np._core.multiarray.interp_complex):
    adjoint(_function)(interpolation(_function))
