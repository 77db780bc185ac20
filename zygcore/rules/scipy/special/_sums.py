"""`logsumexp`: its code takes out the largest element, whose weight a gradient of it would miss."""

import numpy as np
import scipy.special as sc

from ...broadcasting import guarded_mul, project, refuse, spread
from ...registry import adjoint

__all__ = []


@adjoint(sc.logsumexp)
def logsumexp_rule(a, axis=None, b=None, keepdims=False, return_sign=False):
    out = sc.logsumexp(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign)
    y, sign = out if return_sign else (out, None)
    if return_sign and np.asarray(y + sign).dtype.kind == "c":
        return out, refuse("scipy.special.logsumexp of complex numbers with return_sign=True")

    def logsumexp_back(dy):
        if return_sign:
            dy = dy[0]
        if dy is None:
            return None
        x, weights = np.asarray(a), 1.0 if b is None else np.asarray(b)
        shape = np.broadcast_shapes(np.shape(x), np.shape(weights))
        total, d = spread(y, shape, axis, keepdims), spread(dy, shape, axis, keepdims)
        if return_sign:
            d = d * spread(sign, shape, axis, keepdims)
        parts = _parts(np.broadcast_to(x, shape), total, axis)
        da = project(guarded_mul(d, np.conjugate(weights * parts)), a)
        if b is None:
            return (da,)
        return da, None, project(guarded_mul(d, np.conjugate(parts)), b)

    return out, logsumexp_back


def _parts(x, total, axis):
    """exp(x - total); the largest elements share equally where the sum is infinite."""
    finite = np.isfinite(total)
    if np.all(finite):
        return np.exp(x - total)
    largest = np.equal(np.real(x), np.real(total))
    shares = largest / np.maximum(np.sum(largest, axis=axis, keepdims=True), 1)
    safe = np.where(finite, total, 0.0)
    return np.where(finite, np.exp(np.where(finite, x, 0.0) - safe), shares)
