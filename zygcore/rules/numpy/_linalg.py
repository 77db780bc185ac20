"""Rules for `numpy.linalg`: norms, solving, determinants, Cholesky.

Matrices may be stacks of matrices.  `matrix_power` and `multi_dot` are Python
code over products and need no rule; decompositions other than Cholesky have
none yet.
"""

import numpy as np

from ..broadcasting import project, refuse, spread, unbroadcast, unsupported
from ..registry import adjoint, each, lowering, nondifferentiable

__all__ = []


def _H(x):
    return np.swapaxes(np.conjugate(x), -1, -2)


# ----------------------------------------------------------------------- norms


@adjoint(np.linalg.norm)
def norm_rule(x, ord=None, axis=None, keepdims=False):
    y = np.linalg.norm(x, ord, axis, keepdims)
    shape = np.shape(x)
    if axis is None and ord is not None and len(shape) > 2:
        return y, refuse("np.linalg.norm of this shape")
    n = len(shape) if axis is None else len(axis) if isinstance(axis, tuple) else 1
    euclidean = ord is None or (n == 1 and ord == 2) or (n == 2 and ord in ("fro", "f"))
    if not euclidean and (n != 1 or ord not in (1, np.inf)):
        return y, refuse(f"np.linalg.norm with ord={ord!r}")

    def norm_back(dy):
        z = np.asarray(x)
        size = spread(y, shape, axis, keepdims)
        dx = spread(dy, shape, axis, keepdims)
        if euclidean:  # the subgradient 0 at 0
            zero = np.equal(size, 0)
            return (project(np.where(zero, 0, dx / np.where(zero, 1, size)) * z, x),)
        absolute = np.abs(z)
        unit = z / np.where(np.equal(absolute, 0), 1, absolute)
        if ord == 1:
            return (project(dx * unit, x),)
        chosen = np.equal(absolute, size)
        ties = np.sum(chosen, axis=axis, keepdims=True)
        return (project(np.where(chosen, dx / ties, 0) * unit, x),)

    return y, norm_back


# --------------------------------------------------------------------- solving


@adjoint(np.linalg.inv)
def inv_rule(a):
    y = np.linalg.inv(a)

    def inv_back(dy):
        yh = _H(y)
        return (project(-np.matmul(yh, np.matmul(dy, yh)), a),)

    return y, inv_back


@adjoint(np.linalg.solve)
def solve_rule(a, b):
    y = np.linalg.solve(a, b)
    vector = np.ndim(b) == 1  # NumPy 2: only a 1-d b is a vector

    def db_of(dy):
        return np.linalg.solve(_H(np.asarray(a)), dy)

    def solve_a_back(dy):
        if vector:
            # y has the batch axes of a: as columns
            db = db_of_columns(dy)
            da = -np.matmul(db, _H(np.expand_dims(y, -1)))
        else:
            da = -np.matmul(db_of(dy), _H(y))
        return project(unbroadcast(da, np.shape(a)), a)

    def db_of_columns(dy):
        return np.linalg.solve(_H(np.asarray(a)), np.expand_dims(dy, -1))

    def solve_b_back(dy):
        db = db_of_columns(dy)[..., 0] if vector else db_of(dy)
        return project(unbroadcast(db, np.shape(b)), b)

    return y, each(solve_a_back, solve_b_back)


@adjoint(np.linalg.det)
def det_rule(a):
    y = np.linalg.det(a)

    def det_back(dy):
        if np.any(np.equal(y, 0)):
            return refuse("np.linalg.det of a singular matrix")(dy)
        scale = np.expand_dims(dy * np.conjugate(y), (-1, -2))
        return (project(scale * _H(np.linalg.inv(a)), a),)

    return y, det_back


def native_slogdet(a):
    return np.linalg.slogdet(a)


def log_det(a, value):
    """`value`, which is the logarithm of abs(det(a))."""
    return value


nondifferentiable(native_slogdet)


@adjoint(log_det)
def log_det_rule(a, value):
    def log_det_back(dy):
        return project(np.expand_dims(dy, (-1, -2)) * _H(np.linalg.inv(a)), a), None

    return value, log_det_back


@lowering(np.linalg.slogdet)
def slogdet_lowering(a):
    if np.asarray(a).dtype.kind == "c":  # there the sign has a derivative, too
        unsupported("np.linalg.slogdet", **{"<complex matrix>": a})
    result = native_slogdet(a)
    return type(result)(result.sign, log_det(a, result.logabsdet))


@adjoint(np.linalg.cholesky)
def cholesky_rule(a, /, *, upper=False):
    unsupported("np.linalg.cholesky", upper=upper or None)
    y = np.linalg.cholesky(a)
    if y.dtype.kind == "c":
        return y, refuse("np.linalg.cholesky of complex matrices")

    def cholesky_back(dy):
        # Murray, "Differentiation of the Cholesky decomposition" (2016), eq. 10
        n = y.shape[-1]
        half = np.tril(np.ones((n, n)), -1) + 0.5 * np.eye(n)
        inverse = np.linalg.inv(y)
        middle = np.matmul(_H(y), dy) * half
        s = np.matmul(_H(inverse), np.matmul(middle, inverse))
        # only the lower triangle of a is read, so only that has a gradient
        return (project((s + _H(s)) * half, a),)

    return y, cholesky_back
