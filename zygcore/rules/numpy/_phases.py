"""What a decomposition leaves open: the phases of complex vectors, the basis of a complement.

Reverse mode refuses cotangents that depend on them (`phases_matter`, `with_extra_columns`).
Forward mode differentiates what LAPACK makes of them (the second pullback of a `gauged`), which is
a smooth function, too:

* `zhetrd`, `zgebrd` and `zhbtrd` reduce a matrix to a real one by reflectors that leave the first
  coordinate (of the upper triangle, the last) alone, so that component of each vector is real;
* complements are made by reflectors (`_reflectors`).

Whether it is so is seen from the vectors that were found.  Where it is not (other ways of LAPACK, a
component that vanishes), forward mode refuses what reverse mode does.  The rules' own use of
vectors does not depend on phases: there they may be any (`with_any_phases`).
"""

import numpy as np

from ...errors import AdjointError
from ..registry import nondifferentiable
from ._matrices import H, epsilon, skew

__all__ = [
    "diagonals",
    "phase_cotangent",
    "phases_matter",
    "unit",
    "with_any_phases",
    "with_extra_columns",
    "with_real_component",
]


def diagonals(x):
    return np.diagonal(x, 0, -2, -1)


# ------------------------------------------------------------------------- phases


def phases_matter(diagonals, *cotangents):
    """Whether cotangents (None: there is none) would turn complex vectors by a phase."""
    if np.asarray(diagonals).dtype.kind != "c":
        return False
    sizes = [np.max(np.abs(d), initial=0) for d in cotangents if d is not None]
    limit = np.sqrt(epsilon(diagonals)) * max(sizes)
    return bool(np.any(np.abs(np.imag(diagonals)) > limit))


def are_real(g, size, rounding):
    """Whether numbers up to `size` are real, and none of them vanishes."""
    eps = epsilon(g)
    straight = np.abs(np.imag(g)) <= 64 * g.shape[-1] * eps * size * rounding
    return bool(np.all(straight & (np.abs(g) > np.sqrt(eps) * size)))


def phase_cotangent(v, dv, g, size=1.0, rounding=1.0):
    """The cotangent of `g`, a linear function of each column of `v` that LAPACK makes real.

    The vectors are those with arbitrary phases times ``exp(-1j * angle(g))``.  None: they are real,
    or `g` is not.  `dv` may be a list of cotangents, of several parts of the vectors `v`.
    """
    if np.asarray(g).dtype.kind != "c" or not np.size(g) or not are_real(g, size, rounding):
        return None
    return -1j * turn(v, dv) / np.conjugate(g)


def turn(v, dv):
    """How much cotangents turn each vector by a phase; lists are several parts of the vectors."""
    pairs = zip(v, dv, strict=True) if isinstance(v, list) else [(v, dv)]
    return np.imag(sum([np.sum(np.conjugate(x) * d, -2, keepdims=True) for x, d in pairs]))


def with_any_phases(v, dv):
    """The cotangent of vectors with arbitrary phases, what depends on them left out."""
    if dv is None or np.asarray(v).dtype.kind != "c":
        return dv
    size = np.sum(np.real(v) ** 2 + np.imag(v) ** 2, -2, keepdims=True)
    return dv - 1j * v * (turn(v, dv) / size)


def unit(v, i):
    """The unit vector `i`, as a column, for the vectors that are the columns of `v`."""
    return np.eye(np.shape(v)[-2], 1, -i, dtype=v.dtype)


def with_real_component(v, dv, i):
    """The cotangent of vectors with arbitrary phases, from that of those with a real component."""
    if dv is None:
        return None
    dg = phase_cotangent(v, dv, v[..., i : i + 1, :])
    return dv if dg is None else dv + np.matmul(unit(v, i), dg)


nondifferentiable(phases_matter, are_real, unit)

# -------------------------------------------------------------------- complements


def with_extra_columns(q, dq, count, what):
    """The cotangent of the first columns of a unitary matrix, the others taken into account.

    These are any basis of the complement, so a function has a derivative only if it does not
    depend on which.
    """
    if dq is None or np.shape(q)[-1] == count:
        return dq
    first, extra, dextra = q[..., :count], q[..., count:], dq[..., count:]
    turn = skew(np.matmul(H(extra), dextra))
    if free_turn(turn, dextra):
        raise AdjointError(
            f"the function depends on which basis of a complement was found ({what}), so that it "
            "has no derivative; the reduced decomposition has no such vectors"
        )
    return dq[..., :count] - np.matmul(extra, np.matmul(H(dextra), first))


def free_turn(turn, size):
    limit = np.sqrt(epsilon(turn)) * np.max(np.abs(size), initial=0)
    return bool(np.any(np.abs(turn) > limit))


nondifferentiable(free_turn)
