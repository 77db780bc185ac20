"""Matrices for tests: no entry, eigenvalue or singular value is near another."""

import numpy as np
import pytest

KINDS = pytest.mark.parametrize("kind", [float, complex])
#: alone, in stacks, and the smallest
SQUARE = pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3), (1, 1)])


def random(*shape, kind=float, seed=0):
    """Entries of sizes between 0.7 and 2, none near another in the same matrix."""
    rng = np.random.default_rng(seed)
    n = int(np.prod(shape))
    x = rng.permutation(np.linspace(0.7, 2.0, n)) * rng.choice([-1, 1], n)
    if kind is complex:
        x = x * np.exp(1j * rng.uniform(0, 6, n))
    return x.reshape(shape)


def unitary(n, kind=float, seed=0, stack=()):
    """Orthogonal or unitary matrices."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((*stack, n, n))
    if kind is complex:
        x = x + 1j * rng.standard_normal((*stack, n, n))
    return np.linalg.qr(x)[0]


def adjoint(x):
    return np.conjugate(np.swapaxes(x, -1, -2))


def with_singular_values(*shape, kind=float, values=(3.0, 2.0, 1.2, 0.7)):
    *stack, m, n = shape
    k = min(m, n)
    u, v = unitary(m, kind, 1, stack)[..., :k], unitary(n, kind, 2, stack)[..., :k]
    return (u * np.array(values[:k])) @ adjoint(v)


def hermitian(*shape, kind=float, values=(1.0, 2.0, 3.5, 5.0)):
    n = shape[-1]
    v = unitary(n, kind, 3, shape[:-2])
    a = (v * np.array(values[:n])) @ adjoint(v)
    return (a + adjoint(a)) / 2


def general(*shape, kind=float):
    """Well conditioned, with eigenvalues far apart; of real matrices, some are complex."""
    n = shape[-1]
    a = 0.2 * random(*shape, kind=kind) + np.diag(np.array([1.0, 1.0, 3.0, -2.0])[:n])
    if n > 1:
        a[..., 0, 1] += 1.5
        a[..., 1, 0] -= 1.5
    return a


def block(x, y):
    """The matrix of squares ``[[x, y], [0, x]]``."""
    return np.block([[x, y], [np.zeros_like(x), x]])
