"""What the rules for matrices share: transposes, triangles, and equal eigenvalues.

Where eigenvalues (or singular values) are equal, their vectors are any basis of a space.  A
function that only looks at that space, or at the values alone, may still be smooth.  What can be
told from its cotangents is:

* only the values are used: their cotangents must be equal among equal values.  Otherwise the
  function has a kink there; the gradient shares equally, and a `NotSmoothWarning` says so;
* only the vectors are used: the function must not change when the basis is turned within the space;
* both are used: how the value and the vectors have to work together is not told by cotangents
  (``V f(L) V^H`` needs the slope of f), so that is an error, never a number.  If the cotangents of
  the equal ones are all zero (the largest of many eigenvalues, when the others vanish), the
  function is taken not to use them, with a warning, because ``f(L)`` may just be zero there.

Equal means up to the rounding errors of the decomposition.
"""

import warnings

import numpy as np

from ...errors import AdjointError, NotSmoothWarning
from ..registry import nondifferentiable

__all__ = [
    "H",
    "close_pairs",
    "fields",
    "inverse_gaps",
    "settled_values",
    "skew",
    "to_triangle",
    "warn_of_zeros",
]


def H(x):
    """The conjugate transpose of each matrix."""
    x = np.asarray(x)
    return np.swapaxes(np.conjugate(x) if x.dtype.kind == "c" else x, -1, -2)


def skew(x):
    """The anti-Hermitian part."""
    return (x - H(x)) / 2


def real(x):
    x = np.asarray(x)
    return np.real(x) if x.dtype.kind == "c" else x


def to_triangle(dx, lower=True, conjugate=True):
    """The cotangent of one triangle, from that of the Hermitian matrix it stands for."""
    n = np.shape(dx)[-1]
    other = H(dx) if conjugate else np.swapaxes(dx, -1, -2)
    strict = np.tril(np.ones((n, n)), -1) if lower else np.triu(np.ones((n, n)), 1)
    diagonal = real(dx) if conjugate else dx
    return (dx + other) * strict + diagonal * np.eye(n)


def fields(dy, count):
    """The cotangents of the `count` parts of a result, None where there is none."""
    return (None,) * count if dy is None else tuple([dy[i] for i in range(count)])


def epsilon(x):
    return np.finfo(np.asarray(x).dtype).eps


# ------------------------------------------------------------------- equal values


def close_pairs(values):
    """Which pairs of different indices have the same value, up to rounding errors."""
    n = values.shape[-1]
    gaps = np.abs(values[..., :, None] - values[..., None, :])
    top = np.max(np.abs(values), axis=-1, initial=0)[..., None, None]
    return (gaps <= 16 * n * epsilon(values) * top) & ~np.eye(n, dtype=bool)


def inverse_gaps(values, close):
    """1 / (values[j] - values[i]), and 0 for close pairs and on the diagonal."""
    skip = close | np.eye(np.shape(values)[-1], dtype=bool)
    gaps = np.expand_dims(values, -2) - np.expand_dims(values, -1)
    return np.where(skip, 0, 1 / np.where(skip, 1, gaps))


def has(x):
    """Entry by entry: is there a cotangent?"""
    return np.not_equal(x, 0)


def kink(close, dl):
    """Whether cotangents differ among equal values."""
    gaps = np.abs(dl[..., :, None] - dl[..., None, :])
    top = np.max(np.abs(dl), axis=-1, initial=0)[..., None, None]
    return bool(np.any(close & (gaps > np.sqrt(epsilon(dl)) * top)))


def shares(close):
    """The matrix that averages over equal values."""
    group = close | np.eye(close.shape[-1], dtype=bool)
    return group / np.sum(group, axis=-1, keepdims=True)


def touched(close, dl, *dvs):
    """Whether any cotangent is for equal values or their vectors."""
    used = np.zeros(close.shape[:-1], bool)
    if dl is not None:
        used = used | has(dl)
    for dv in dvs:
        if dv is not None:
            used = used | np.any(has(dv)[..., : close.shape[-1]], axis=-2)
    return bool(np.any(close & used[..., None]))


def turns(close, coupling, size):
    """Whether a cotangent would turn the basis of equal values."""
    limit = np.sqrt(epsilon(size)) * max(float(np.max(size, initial=0)), 0.0)
    return bool(np.any(close & (np.abs(coupling) > limit)))


def warn_of_kink(what):
    warnings.warn(
        f"{what} are equal, and the function treats them differently, so that it is not "
        "differentiable there: the gradient shares equally among them",
        NotSmoothWarning,
        stacklevel=2,
    )


def warn_of_zeros(what):
    warnings.warn(
        f"{what} are equal, and the gradient takes it that the function does not use them and "
        "their vectors, because their cotangents are zero",
        NotSmoothWarning,
        stacklevel=2,
    )


def refuse_turns(what):
    raise AdjointError(
        f"{what} are equal, and the function depends on which of the possible vectors were "
        "found, so that it has no derivative there"
    )


def refuse_both(what):
    raise AdjointError(
        f"{what} are equal, and the function uses them together with their vectors: the derivative "
        "cannot be told from a decomposition there. Use a function of the matrix itself instead "
        "(scipy.linalg.expm, sqrtm, logm, polar; numpy.linalg.inv, pinv, matrix_power, norm), or "
        "zygcore.dropgrad for the vectors"
    )


def refuse_phases(what):
    raise AdjointError(
        f"the function depends on the phases of the {what}, which are arbitrary, so that it has "
        "no derivative: normalise the phases first"
    )


def settled_values(what, close, dl, coupling, *dvs):
    """The cotangent of values that may be equal, once it is certain that there is a derivative.

    `coupling` is the anti-Hermitian matrix that turns the vectors among each other (None: no
    vectors are used), `dvs` are the cotangents of vectors.
    """
    if not close.any():
        return dl
    dvs = [dv for dv in dvs if dv is not None]
    if not dvs:
        if dl is not None and kink(close, dl):
            warn_of_kink(what)
            dl = np.matmul(shares(close), np.expand_dims(dl, -1))[..., 0]
        return dl
    if touched(close, dl, *dvs):
        size = np.abs(dvs[0])
        for dv in dvs[1:]:
            size = np.maximum(np.max(size, initial=0), np.abs(dv))
        if turns(close, coupling, size):
            refuse_turns(what)
        if dl is not None:
            refuse_both(what)
    elif dl is not None:
        warn_of_zeros(what)
    return dl


nondifferentiable(
    epsilon, close_pairs, kink, shares, touched, turns, warn_of_kink, warn_of_zeros, refuse_turns,
    refuse_both, refuse_phases,
)  # fmt: skip
