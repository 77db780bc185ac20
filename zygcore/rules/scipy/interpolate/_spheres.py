"""Splines on a sphere that FITPACK fits to scattered data.

They are periodic in the longitude, and smooth at the poles: so coefficients are linear functions of
fewer unknowns, which are fitted.  As in `_scattered_fits`, the fit is done once more here.

References
----------
P. Dierckx, "Algorithms for smoothing data on the sphere with tensor product splines", Computing 32
(1984).
"""

import numpy as np

from .._implicit import held
from ._basis import basis, dense, gram
from ._curves import floats, ones_or, periodic_knots, with_ends
from ._fitpack import library
from ._imitations import lowering_of_active
from ._least_squares import TOLERANCE, if_regular, jumps, squares
from ._scattered_fits import SurfaceFit, is_inside, sums_between, with_derivatives

__all__ = []

DEGREES, TURN = (3, 3), 2 * np.pi


class SphereFit(SurfaceFit):
    """A `SurfaceFit` whose unknowns are those of a spline on a sphere.

    They are the value at the first pole, two slopes there, the coefficients between, two slopes at
    the other pole and the value there.
    """

    def __init__(self, knots, points, z, w):
        super().__init__(knots, DEGREES, points, z, w)
        rows, columns = self.sizes
        self.around = columns - 3
        self.n = 6 + self.around * (rows - 4)
        self.folded = self.coefficients(np.eye(self.n))
        wrapped = self.folded[:, np.arange(columns) % self.around]
        self.all = np.reshape(wrapped, (rows * columns, self.n))
        self.matrix = np.matmul(self.matrix, self.all)

    def coefficients(self, q):
        """Those of the tensor product spline, once around; `q` has the unknowns along its rows."""
        t = self.knots[1]
        at = t[3 : 3 + self.around]
        where, values = basis(t, 3, at)
        circle = np.stack([np.cos(at), np.sin(at)], 1)
        circle = np.linalg.solve(dense((where % self.around, values), self.around), circle)
        first, last = [np.broadcast_to(v, (1, self.around, self.n)) for v in (q[0], q[-1])]
        free = np.reshape(q[3:-3], (-1, self.around, self.n))
        south, north = [np.expand_dims(np.matmul(circle, v), 0) for v in (q[1:3], q[-3:-1])]
        return np.concatenate([first, first + south, free, last + north, last])

    def penalty(self):
        rows = self.sizes[0]
        between = np.diag(np.r_[0.0, np.ones(rows - 2), 0.0])
        where, values = jumps(self.knots[1], 3)
        around = gram((where % self.around, values), self.around)
        total = np.kron(between, around)
        if rows > 4:
            total = total + np.kron(gram(jumps(self.knots[0], 3), rows), np.eye(self.around))
        folded = np.reshape(self.folded, (-1, self.n))
        return np.matmul(np.transpose(folded), np.matmul(total, folded))

    def eliminated(self, order):
        return np.arange(self.n)


def sphere_knots(theta, phi):
    """All knots, of those inside."""
    longitudes = with_ends(phi, (0.0, TURN), 3)
    return with_ends(theta, (0.0, np.pi), 3), periodic_knots(longitudes, 3, np.array([0.0, TURN]))


def constant_around(theta, z, w):
    """The cubic in the latitude with no slope at the poles: knots, coefficients, sum of squares."""
    high = theta * theta * (3 * np.pi / 2 - theta) * 2 / np.pi**3
    rows = np.expand_dims(w, 1) * np.stack([1 - high, high], 1)
    c = np.linalg.lstsq(rows, w * z, rcond=None)[0]
    knots = np.repeat([0.0, np.pi], 4), np.repeat([0.0, TURN], 4)
    return knots, np.repeat(c, 8), squares(w * z - np.matmul(rows, c))


def smooth_sphere(points, z, w, s, most):
    """Knots, coefficients and sum of squares, as FITPACK finds them; `None`: it does not."""
    simple = constant_around(points[0], z, w)
    lowest = simple[2] - s
    if lowest < TOLERANCE * s:
        return simple
    theta, half = np.array([np.pi / 2]), np.array([np.pi / 2])
    while True:
        fit = SphereFit(sphere_knots(theta, doubled(half)), points, z, w)
        c = fit.least_squares()
        excess = squares(fit.residuals(c)) - s
        if excess < -TOLERANCE * s:
            c = fit.smoothing(s, lowest, excess, None)
            break
        more = None
        if excess > TOLERANCE * s and fit.n <= len(w):
            more = next_place(fit, fit.residuals(c), most)
        if more is None:
            break
        d, at = more
        if d == 0:
            theta = np.sort(np.concatenate([theta, np.reshape(at, (1,))]))
        else:
            half = np.sort(np.concatenate([half, np.reshape(at, (1,))]))
    if c is None:
        return None
    return fit.knots, np.matmul(fit.all, c), squares(fit.residuals(c))


def least_squares_sphere(knots, points, z, w):
    fit = SphereFit(knots, points, z, w)
    q = fit.least_squares()
    return fit.knots, np.matmul(fit.all, q), squares(fit.residuals(q))


def doubled(half):
    """Longitudes of knots: what is on one side is on the other."""
    return np.concatenate([half, np.array([np.pi]), half + np.pi])


def next_place(fit, residuals, most):
    """Where FITPACK adds a knot, or two opposite ones: the variable, and the place."""
    sums = []
    for d, x in enumerate(fit.points):
        if most[d] >= len(fit.knots[d]) + 1 + d:
            sums += sums_between(fit.knots[d], 3, x, residuals, d)
    for d, i, total, moment in sorted(sums, key=lambda part: -part[2]):
        if total <= 0:
            return None
        at, t = moment / total, fit.knots[d]
        if d == 1 and at >= np.pi:
            at, i = at - np.pi, i - (len(t) - 7) // 2
        if is_inside(at, *t[3 + i : 5 + i]):
            return d, at
    return None


@lowering_of_active(library.spherfit_smth)
def smooth_lowering(theta, phi, r, w=None, s=0.0, eps=1e-16):
    found = held(library.spherfit_smth, theta, phi, r, w=w, s=s, eps=eps)
    nt, tt, np_, tp, c, residual, kind = found
    points, z = (floats(theta), floats(phi)), floats(r)
    w, computed = ones_or(w, z), None
    if kind not in (2, 3) and kind <= 5:
        computed = if_regular(smooth_sphere, points, z, w, s, (len(tt), len(tp)))
    parts = with_derivatives((tt[:nt], tp[:np_], c, residual), computed, *points, z, w, s)
    tt, tp = np.concatenate([parts[0], tt[nt:]]), np.concatenate([parts[1], tp[np_:]])
    return nt, tt, np_, tp, parts[2], parts[3], kind


@lowering_of_active(library.spherfit_lsq)
def lsq_lowering(theta, phi, r, tt, tp, w=None, eps=1e-16):
    args = theta, phi, r, np.copy(tt), np.copy(tp)
    *found, kind = held(library.spherfit_lsq, *args, w=w, eps=eps)
    points, z = (floats(theta), floats(phi)), floats(r)
    w, computed = ones_or(w, z), None
    if kind <= 0:
        computed = if_regular(least_squares_sphere, sphere_knots(tt[4:-4], tp[4:-4]), points, z, w)
    return *with_derivatives(found, computed, *points, z, w), kind
