"""Special matrices of `scipy.linalg` as what they are: numbers at places.

SciPy makes them with strides; the others are Python code over functions that have rules.
"""

import numpy as np
import scipy.linalg as la

from ...registry import lowering, nondifferentiable

__all__ = []


def are_vectors(*arrays):
    """Not so are stacks, or what older versions of SciPy flatten, which their own code sees to."""
    return all([x is None or np.ndim(x) <= 1 for x in arrays])


@lowering(la.toeplitz)
def toeplitz_lowering(c, r=None):
    if not are_vectors(c, r):
        return la.toeplitz(c, r)
    c = np.atleast_1d(c)
    r = np.conjugate(c) if r is None else np.atleast_1d(r)
    values = np.concatenate([c[::-1], r[1:]])
    n = len(c)
    return values[np.arange(n - 1, -1, -1)[:, None] + np.arange(len(r))]


@lowering(la.hankel)
def hankel_lowering(c, r=None):
    if not are_vectors(c, r):
        return la.hankel(c, r)
    c = np.atleast_1d(c)
    r = np.zeros_like(c) if r is None else np.atleast_1d(r)
    values = np.concatenate([c, r[1:]])
    return values[np.arange(len(c))[:, None] + np.arange(len(r))]


@lowering(la.circulant)
def circulant_lowering(c):
    c = np.asarray(c)
    n = c.shape[-1] if c.ndim else 1
    c = np.reshape(c, (*c.shape[:-1], n))
    return c[..., (np.arange(n)[:, None] - np.arange(n)) % max(n, 1)]


@lowering(la.block_diag)
def block_diag_lowering(*arrs):
    blocks = [np.asarray(x) for x in arrs]
    blocks = [np.reshape(x, (1,) * (2 - x.ndim) + x.shape) for x in blocks]
    if not blocks or any([x.ndim > 2 for x in blocks]):
        return la.block_diag(*arrs)
    dtype, width = np.result_type(*blocks), sum([x.shape[1] for x in blocks])
    rows, start = [], 0
    for x in blocks:
        n, m = x.shape
        left, right = np.zeros((n, start), dtype), np.zeros((n, width - start - m), dtype)
        rows.append(np.concatenate([left, x, right], 1))
        start += m
    return np.concatenate(rows, 0)


nondifferentiable(la.bandwidth)
