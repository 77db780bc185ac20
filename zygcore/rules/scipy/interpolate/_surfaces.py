"""What FITPACK computes of a spline of two variables: values, derivatives, integrals.

Beyond the outer knots, it is what it is at the nearest place between them.
"""

import numpy as np

from ._basis import basis, derivative, grid_value, inside, integral, point_value
from ._fitpack import library
from ._imitations import imitates

__all__ = ["size_of"]


def size_of(tx, ty, kx, ky):
    """The numbers of coefficients."""
    return len(tx) - kx - 1, len(ty) - ky - 1


def rows_at(t, k, x, nu):
    return basis(t, k, inside(np.reshape(x, (-1,)), t[k], t[len(t) - k - 1]), nu)


def matrix_of(tx, ty, c, kx, ky):
    nx, ny = size_of(tx, ty, kx, ky)
    return np.reshape(c[: nx * ny], (nx, ny))


@imitates(library.parder, rest="nothing")
def parder(tx, ty, c, kx, ky, nux, nuy, x, y):
    c = matrix_of(tx, ty, c, kx, ky)
    return grid_value(rows_at(tx, kx, x, nux), rows_at(ty, ky, y, nuy), c)


@imitates(library.bispev, rest="nothing")
def bispev(tx, ty, c, kx, ky, x, y):
    return parder(tx, ty, c, kx, ky, 0, 0, x, y)


@imitates(library.pardeu, rest="nothing")
def pardeu(tx, ty, c, kx, ky, nux, nuy, x, y):
    c = matrix_of(tx, ty, c, kx, ky)
    return point_value([rows_at(tx, kx, x, nux), rows_at(ty, ky, y, nuy)], c)


@imitates(library.bispeu, rest="nothing")
def bispeu(tx, ty, c, kx, ky, x, y):
    return pardeu(tx, ty, c, kx, ky, 0, 0, x, y)


@imitates(library.pardtc, rest="nothing")
def pardtc(tx, ty, c, kx, ky, nux, nuy):
    d, n = matrix_of(tx, ty, c, kx, ky), len(c)
    for _ in range(nux):
        tx, d, kx = derivative(tx, d, kx)
    d = np.transpose(d)
    for _ in range(nuy):
        ty, d, ky = derivative(ty, d, ky)
    d = np.reshape(np.transpose(d), (-1,))
    return np.concatenate([d, np.zeros(n - len(d))])


@imitates(library.dblint)
def dblint(tx, ty, c, kx, ky, xa, xb, ya, yb):
    return integral(ty, integral(tx, matrix_of(tx, ty, c, kx, ky), kx, xa, xb), ky, ya, yb)
