"""The neighbourhoods that filters look at: which elements they are, also beyond the edges."""

import itertools

import numpy as np

from ...numpy._indexing import scatter
from ...registry import nondifferentiable

__all__ = ["Windows", "inside"]

CONSTANT = ("constant", "grid-constant")


def inside(where, n, mode):
    """The elements that stand for positions beyond the edges; -1 for a constant."""
    if mode == "nearest":
        return np.clip(where, 0, n - 1)
    if mode in ("wrap", "grid-wrap"):
        return where % n
    if mode in ("reflect", "grid-mirror"):
        turned = where % (2 * n)
        return np.where(turned < n, turned, 2 * n - 1 - turned)
    if mode == "mirror":
        turned = where % max(2 * n - 2, 1)
        return np.where(turned < n, turned, 2 * n - 2 - turned)
    return np.where((where >= 0) & (where < n), where, -1)


class Windows:
    """All windows of one size over an array.

    The element k of the window at i is at ``i + k - size // 2 - origin`` along each axis.
    """

    def __init__(self, shape, sizes, origins, mode):
        self.shape, self.sizes, self.mode = tuple(shape), tuple(sizes), mode
        self.before = [size // 2 + origin for size, origin in zip(sizes, origins, strict=True)]
        self.sources = [
            inside(np.arange(n + size - 1) - before, n, mode)
            for n, size, before in zip(shape, sizes, self.before, strict=True)
        ]

    def _axes(self):
        return [axis for axis, size in enumerate(self.sizes) if size > 1 and self.shape[axis]]

    def padded(self, x, cval):
        """The array with what is beyond its edges."""
        for axis in self._axes():
            source = self.sources[axis]
            x = np.take(x, np.maximum(source, 0), axis)
            if self.mode in CONSTANT:
                shape = [-1 if i == axis else 1 for i in range(len(self.shape))]
                x = np.where(np.reshape(source < 0, shape), cval, x)
        return x

    def folded(self, z):
        """The transpose of `padded`, and the sum of what belongs to the constant."""
        beyond = 0.0
        for axis in reversed(self._axes()):
            n, before, source = self.shape[axis], self.before[axis], self.sources[axis]
            outside = np.delete(np.arange(len(source)), np.arange(before, before + n))
            lead = (slice(None),) * axis
            core, rest = z[(*lead, slice(before, before + n))], np.take(z, outside, axis)
            if self.mode in CONSTANT:
                beyond = beyond + np.sum(rest)
            else:
                core = core + scatter(rest, (*lead, source[outside]), np.shape(core))
            z = core
        return z, beyond

    def offsets(self):
        return itertools.product(*map(range, self.sizes))

    def view(self, padded, offset):
        """One element of each window."""
        cut = zip(offset, self.shape, strict=True)
        return padded[tuple([slice(k, k + n) for k, n in cut])]

    def placed(self, dy, offset):
        """The transpose of `view`."""
        room = zip(offset, self.sizes, strict=True)
        return np.pad(dy, [(k, size - 1 - k) for k, size in room])


nondifferentiable(inside)
