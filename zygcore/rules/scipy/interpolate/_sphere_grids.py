"""Splines on a sphere through values on a grid: `RectSphereBivariateSpline` with ``s=0``.

Without other information, FITPACK first estimates values and slopes at the poles, by a spline with
half of the knots that is fitted to the values by least squares (Dierckx, "Algorithms for smoothing
data on the sphere with tensor product splines", Computing 32, 1984).
"""

import numpy as np

from .._implicit import held, opaque, same_value
from ._basis import basis, dense
from ._curves import floats, periodic_knots, with_ends
from ._fitpack import library
from ._imitations import lowering_of_active
from ._least_squares import NOT_REPRODUCED, agreed, if_regular

__all__ = []

SMOOTHED = (
    "no derivative is known of a smoothing spline on a sphere with respect to values on a grid; "
    "use s=0, or SmoothSphereBivariateSpline"
)


class Pole:
    """What is known at a pole: rows of B-splines there are made of few numbers.

    `sign` is 1 at the first pole and -1 at the last one, where rows are counted from the end.
    """

    def __init__(self, sign, continuous, has_value, flat, value):
        self.sign, self.continuous = sign, continuous
        self.unknown = [not has_value]
        self.numbers = [value if has_value else 0.0]
        if continuous:
            self.unknown += [not flat] * 2
            self.numbers += [0.0, 0.0]

    @property
    def rows(self):
        """The rows that the pole fixes."""
        first = 0 if self.sign > 0 else -1
        return [first, first + self.sign] if self.continuous else [first]

    def parts(self, t, v):
        """For each of the numbers, what it adds to the rows: values at the longitudes `v`."""
        flat, nothing = np.ones(np.shape(v)), np.zeros(np.shape(v))
        if not self.continuous:
            return [[flat]]
        step = (t[4] - t[3]) / 3 if self.sign > 0 else -(t[-4] - t[-5]) / 3
        return [[flat, flat], [nothing, step * np.cos(v)], [nothing, step * np.sin(v)]]


def matrix_at(t, u):
    return dense(basis(t, 3, u), len(t) - 4)


def split(matrix, poles):
    """The columns that are free, and those that each of the poles fixes."""
    before, after = len(poles[0].rows), len(poles[1].rows)
    free = matrix[:, before : np.shape(matrix)[1] - after]
    return free, [np.stack([matrix[:, row] for row in pole.rows], 1) for pole in poles]


def numbers_at_poles(poles, t, u, v, z):
    """What is not known at the poles, by least squares, with the knots `t`."""
    free, fixed = split(matrix_at(t, u), poles)
    columns, left = [], z
    for pole, matrix in zip(poles, fixed, strict=True):
        for unknown, number, part in zip(pole.unknown, pole.numbers, pole.parts(t, v), strict=True):
            effect = np.matmul(matrix, np.stack(part))
            if unknown:
                columns.append(effect)
            else:
                left = left - number * effect
    everything = np.stack([left, *columns])
    projected = everything - np.matmul(free, np.matmul(np.linalg.pinv(free), everything))
    flat = np.reshape(projected, (len(everything), -1))
    found = list(np.linalg.lstsq(np.transpose(flat[1:]), flat[0], rcond=None)[0])
    for pole in poles:
        pole.numbers = [
            found.pop(0) if unknown else number
            for unknown, number in zip(pole.unknown, pole.numbers, strict=True)
        ]


def through_points(poles, t, u, v, z):
    """The coefficients, once around, of the spline through the values."""
    free, fixed = split(matrix_at(t, u), poles)
    rows = []
    for pole, matrix in zip(poles, fixed, strict=True):
        parts = zip(pole.numbers, pole.parts(t, v), strict=True)
        rows.append(sum([number * np.stack(part) for number, part in parts]))
        z = z - np.matmul(matrix, rows[-1])
    return np.concatenate([rows[0], np.linalg.solve(free, z), rows[1][::-1]])


def around(t, v, values):
    """Coefficients in the periodic variable, for values at all longitudes."""
    where, weights = basis(t, 3, v)
    folded = np.linalg.solve(dense((where % len(v), weights), len(v)), np.transpose(values))
    return np.transpose(folded)[:, np.arange(len(v) + 3) % len(v)]


def grid_coefficients(poles, u_knots, v_knots, u, v, z):
    if any(poles[0].unknown + poles[1].unknown):
        numbers_at_poles(poles, with_ends(u[2 : len(u) - 2 : 2], (0.0, np.pi), 3), u, v, z)
    return np.reshape(around(v_knots, v, through_points(poles, u_knots, u, v, z)), (-1,))


@lowering_of_active(library.regrid_smth_spher)
def grid_lowering(iopt, ider, u, v, r, r0=None, r1=None, s=0.0):
    nu, tu, nv, tv, c, residual, kind = held(
        library.regrid_smth_spher, iopt, ider, u, v, r, r0, r1, s
    )
    u, v, z = floats(u), floats(v), np.reshape(floats(r), (len(u), len(v)))
    if s > 0 or kind > 0:
        sources = u, v, z, r0, r1, s
        tu, tv, c, residual = [opaque(part, SMOOTHED, *sources) for part in (tu, tv, c, residual)]
        return nu, tu, nv, tv, c, residual, kind
    first, last = (
        Pole(sign, bool(iopt[i]), ider[2 * i - 2] >= 0, ider[2 * i - 1] != 0, value)
        for sign, i, value in ((1, 1, r0), (-1, 2, r1))
    )
    inner = u[0 if first.continuous else 1 : len(u) if last.continuous else len(u) - 1]
    u_knots = with_ends(inner, (0.0, np.pi), 3)
    turn = np.stack([v[0], v[0] + 2 * np.pi])
    v_knots = periodic_knots(with_ends(v[1:], turn, 3), 3, turn)
    computed = if_regular(grid_coefficients, (first, last), u_knots, v_knots, u, v, z)
    tu = np.concatenate([same_value(tu[:nu], u_knots), tu[nu:]])
    tv = np.concatenate([same_value(tv[:nv], v_knots), tv[nv:]])
    if computed is None:
        return nu, tu, nv, tv, opaque(c, NOT_REPRODUCED, u, v, z), residual, kind
    n = len(computed)
    c = np.concatenate([agreed(c[:n], computed, u, v, z), c[n:]])
    return nu, tu, nv, tv, c, residual, kind
