"""Rules for NumPy's ufuncs and other functions that work element by element.

Holomorphic functions are declared by their partial derivatives, for real and
complex arguments alike.  `absolute`, `conjugate`, `real`, `imag` and `angle`
are not holomorphic and have adjoints.  Infinite slopes are computed with
NumPy's warnings off; `guarded_mul` keeps a zero cotangent zero beside them.

Constants here are Python floats, because NumPy scalars would turn float32
into float64; `precise` gives those of long double their digits.
"""

import math

import numpy as np

from ..broadcasting import Numeric, another, precise, project, unsupported
from ..operator import matmul_backs, minus_one, one, power_partials, quotient_x, unit
from ..registry import adjoint, each, elementwise, fallback, lowering, nondifferentiable

__all__ = []

_ln2 = np.log(np.longdouble(2))
_ln10 = np.log(np.longdouble(10))
_radian = np.radians(np.longdouble(1))
_degree = np.degrees(np.longdouble(1))

# -------------------------------------------------------------- arithmetic

elementwise(np.add, one, one)
elementwise(np.subtract, one, minus_one)
elementwise(np.multiply, lambda x, y, z: y, lambda x, y, z: x)
elementwise(np.true_divide, quotient_x, lambda x, y, z: -z / y)
elementwise(np.power, *power_partials)
elementwise(np.float_power, *power_partials)
elementwise(np.negative, minus_one)
elementwise(np.positive, one)
elementwise(np.reciprocal, lambda x, y: -y * y)
elementwise(np.square, lambda x, y: 2 * x)
elementwise(np.remainder, one, lambda x, y, z: -np.floor_divide(x, y))
elementwise(np.fmod, one, lambda x, y, z: -np.trunc(x / y))

# ------------------------------------------------- exponentials, logarithms

elementwise(np.exp, lambda x, y: y)
elementwise(np.exp2, lambda x, y: y * precise(y, _ln2))
elementwise(np.expm1, lambda x, y: y + 1)
elementwise(np.log, lambda x, y: 1 / x)
elementwise(np.log2, lambda x, y: 1 / (x * precise(y, _ln2)))
elementwise(np.log10, lambda x, y: 1 / (x * precise(y, _ln10)))
elementwise(np.log1p, lambda x, y: 1 / (1 + x))
elementwise(np.sqrt, lambda x, y: 0.5 / y)
elementwise(np.cbrt, lambda x, y: 1 / (3 * y * y))


def _share(x, y, z):
    """exp(x - z) for z = logaddexp(x, y): a half for equal arguments, infinite ones, too."""
    same = np.equal(x, y) & np.isinf(x)
    return 1 / (1 + np.exp(np.where(same, 0.0, y * 1.0 - x)))  # integers may wrap around


def _share2(x, y, z):
    same = np.equal(x, y) & np.isinf(x)
    return 1 / (1 + np.exp2(np.where(same, 0.0, y * 1.0 - x)))


elementwise(np.logaddexp, _share, lambda x, y, z: _share(y, x, z))
elementwise(np.logaddexp2, _share2, lambda x, y, z: _share2(y, x, z))

# -------------------------------------------------------------- trigonometry

elementwise(np.sin, lambda x, y: np.cos(x))
elementwise(np.cos, lambda x, y: -np.sin(x))
elementwise(np.tan, lambda x, y: 1 + y * y)
elementwise(np.arcsin, lambda x, y: 1 / _cosine(x, y, np.cos))
elementwise(np.arccos, lambda x, y: -1 / _cosine(x, y, np.sin))
elementwise(np.arctan, lambda x, y: 1 / (1 + x * x))
elementwise(np.sinh, lambda x, y: np.cosh(x))
elementwise(np.cosh, lambda x, y: np.sinh(x))
elementwise(np.tanh, lambda x, y: 1 - y * y)
elementwise(np.arccosh, lambda x, y: 1 / _root(y, np.sinh, x - 1, x + 1))
elementwise(np.arctanh, lambda x, y: 1 / ((1 - x) * (1 + x)))


def _root(y, other, a, b):
    """The root of ``a * b`` that `other` of the value is.

    Two roots: for complex numbers the root of the product is on another branch. On a branch cut
    the sign of a zero says where the value is, which sums need not keep.
    """
    root = np.sqrt(a) * np.sqrt(b)
    if y.dtype.kind == "c":
        there = other(y)
        root = np.where(np.abs(root - there) > np.abs(root + there), -root, root)
    return root


def _cosine(x, y, other):
    return _root(y, other, 1 - x, 1 + x)


def _arcsinh_x(x, y):
    if y.dtype.kind == "c":
        return 1 / _root(y, np.cosh, 1 + 1j * x, 1 - 1j * x)
    return 1 / np.hypot(1, x)


def _square_sum(y, x):
    """For a denominator: where there is no direction, the derivative of the angle counts as 0."""
    square = x * x + y * y
    return np.where(np.equal(square, 0), 1, square)


def _hypot_x(x, y, z):
    return x / np.where(np.equal(z, 0), 1, z)


elementwise(np.arcsinh, _arcsinh_x)
elementwise(
    np.arctan2, lambda y, x, z: x / _square_sum(y, x), lambda y, x, z: -y / _square_sum(y, x)
)
elementwise(np.hypot, _hypot_x, lambda x, y, z: _hypot_x(y, x, z))

for _f in (np.deg2rad, np.radians):
    elementwise(_f, lambda x, y: precise(y, _radian))
for _f in (np.rad2deg, np.degrees):
    elementwise(_f, lambda x, y: precise(y, _degree))


def _sinc_x(x, y):
    zero = np.equal(x, 0)
    safe = np.where(zero, 1, x)
    square = (math.pi * x) ** 2
    # the series says what the derivatives of the slope at 0 are
    series = -(math.pi**2) * x * (1 / 3 - square * (1 / 30 - square / 840))
    return np.where(zero, series, (np.cos(math.pi * safe) - y) / safe)


elementwise(np.sinc, _sinc_x)


# ------------------------------------------------------------- the max family


def _chosen(x, y, z):
    """1 where x is the result, a half where y is too (ties share equally).

    A NaN counts as chosen where the result is NaN.
    """
    x_chosen = np.equal(x, z) | ((x != x) & (z != z))
    y_chosen = np.equal(y, z) | ((y != y) & (z != z))
    return np.where(x_chosen, np.where(y_chosen, 0.5, 1.0), 0.0)


for _f in (np.maximum, np.minimum, np.fmax, np.fmin):
    elementwise(_f, _chosen, lambda x, y, z: _chosen(y, x, z))

elementwise(np.fabs, lambda x, y: np.sign(x))
elementwise(
    np.copysign,
    lambda x, s, y: np.where(np.signbit(x) == np.signbit(s), 1.0, -1.0),
    None,
)
elementwise(np.ldexp, lambda x, i, y: np.ldexp(1.0, i), None)


@adjoint(np.clip)
def clip_rule(a, a_min=None, a_max=None, out=None, *, min=None, max=None, **options):
    unsupported("np.clip", out=out, **options)
    lower = a_min if a_min is not np._NoValue and a_min is not None else min
    upper = a_max if a_max is not np._NoValue and a_max is not None else max
    y = np.clip(a, lower, upper)

    def clip_back(dy):
        # a value on a bound is inside; where the bounds cross, the upper one wins
        above = below = False
        if upper is not None:
            above = np.greater(a if lower is None else np.maximum(a, lower), upper)
        if lower is not None:
            below = np.less(a, lower) & ~np.asarray(above, dtype=bool)
        da = project(np.where(np.logical_or(below, above), 0, dy), a)
        dlower = None if lower is None else project(np.where(below, dy, 0), lower)
        dupper = None if upper is None else project(np.where(above, dy, 0), upper)
        if min is None and max is None:
            return da, dlower, dupper
        return da, None, None, None, dlower, dupper

    return y, clip_back


@adjoint(np.ndarray.clip)
def clip_method_rule(a, min=None, max=None, out=None, **options):
    return clip_rule(a, min, max, out, **options)


@lowering(np._core.umath.clip)
def clip_ufunc_lowering(a, min, max, /, **options):
    unsupported("clip", **options)
    return np.clip(a, min, max)


# --------------------------------------------------------------- complex parts


@adjoint(np.absolute)
def absolute_rule(x: Numeric | list | tuple, **options):
    unsupported("np.absolute", **options)
    y = np.absolute(x)
    return y, lambda dy: (project(dy * unit(np.asarray(x), y), x),)


@fallback(np.absolute)
def absolute_fallback(x, /, **options):
    """Of an object that is no array, its own method: sparse matrices have one."""
    if hasattr(type(x), "__array__") or options:
        return np.absolute(np.asarray(x), **options)
    return abs(x)


@adjoint(np.sign)
def sign_rule(x, **options):
    unsupported("np.sign", **options)
    y = np.sign(x)

    def sign_back(dy):
        """z / abs(z) only turns; at 0 it stays."""
        size = np.absolute(x)
        turn = np.imag(np.conjugate(y) * dy) / np.where(np.equal(size, 0), 1, size)
        return (project(1j * y * turn, x),)

    return y, sign_back if y.dtype.kind == "c" else None


@adjoint(np.conjugate)
def conjugate_rule(x, **options):
    unsupported("np.conjugate", **options)
    return np.conjugate(x), lambda dy: (project(np.conjugate(dy), x),)


@adjoint(np.ndarray.conjugate, np.ndarray.conj, np.generic.conjugate, np.generic.conj)
def conjugate_method_rule(x, out=None):
    unsupported("np.conjugate", out=out)
    return another(x.conjugate(), x), lambda dy: (project(np.conjugate(dy), x),)


@adjoint(np.real, np.ndarray.real, np.generic.real)
def real_rule(x):
    return another(np.real(x), x), lambda dy: (project(dy, x),)


@adjoint(np.imag, np.ndarray.imag, np.generic.imag)
def imag_rule(x):
    # of a real argument it is 0 and passes nothing: project takes the real part
    return np.imag(x), lambda dy: (project(dy * 1j, x),)


@adjoint(np.angle)
def angle_rule(z, deg=False):
    y = np.angle(z, deg)

    def angle_back(dy):
        square = np.real(z) * np.real(z) + np.imag(z) * np.imag(z)
        turned = 1j * z / np.where(np.equal(square, 0), 1, square)
        return (project(dy * turned * (180 / math.pi if deg else 1), z),)

    return y, angle_back


# ---------------------------------------------------------------------- where


@adjoint(np.where)
def where_rule(condition, *choices):
    if not choices:
        return np.where(condition), None
    x, y = choices

    def where_x_back(dy):
        return project(np.where(condition, dy, 0), x)

    def where_y_back(dy):
        return project(np.where(condition, 0, dy), y)

    return np.where(condition, x, y), each(None, where_x_back, where_y_back)


# ------------------------------------------------------------- matrix product


@adjoint(np.matmul)
def matmul_rule(x1, x2, **options):
    unsupported("np.matmul", **options)
    x, y = np.asarray(x1), np.asarray(x2)
    backs = matmul_backs(x, y)
    return np.matmul(x1, x2), backs


def matvec_rule(x1, x2, **options):
    unsupported("np.matvec", **options)
    column = np.expand_dims(np.asarray(x2), -1)
    backs = matmul_backs(np.asarray(x1), column)

    def matvec_back(dy):
        dx1, dcolumn = backs(np.expand_dims(dy, -1))
        return project(dx1, x1), project(dcolumn[..., 0], x2)

    return np.matvec(x1, x2), matvec_back


def vecmat_rule(x1, x2, **options):
    unsupported("np.vecmat", **options)
    row = np.expand_dims(np.conjugate(x1), -2)
    backs = matmul_backs(row, np.asarray(x2))

    def vecmat_back(dy):
        drow, dx2 = backs(np.expand_dims(dy, -2))
        return project(np.conjugate(drow[..., 0, :]), x1), project(dx2, x2)

    return np.vecmat(x1, x2), vecmat_back


if hasattr(np, "matvec"):  # NumPy 2.2
    adjoint(np.matvec)(matvec_rule)
    adjoint(np.vecmat)(vecmat_rule)

# -------------------------------------------------------------- several results


@lowering(np.modf)
def modf_lowering(x, **options):
    unsupported("np.modf", **options)
    whole = _whole(x)
    return _fraction(x), whole


def _whole(x):
    return np.modf(x)[1]


def _fraction(x):
    return np.modf(x)[0]


def _mantissa(x):
    return np.frexp(x)[0]


def _exponent(x):
    return np.frexp(x)[1]


elementwise(_fraction, one)
elementwise(_mantissa, lambda x, y: np.ldexp(1.0, -_exponent(x)))


@lowering(np.frexp)
def frexp_lowering(x, **options):
    unsupported("np.frexp", **options)
    return _mantissa(x), _exponent(x)


@lowering(np.divmod)
def divmod_lowering(x1, x2, **options):
    unsupported("np.divmod", **options)
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@adjoint(np.around, np.round, np.ndarray.round, np.generic.round)
def round_rule(a, decimals=0, out=None):
    unsupported("np.round", out=out)
    y = np.round(a, decimals)
    if np.asarray(a).dtype.kind in "iu" and decimals >= 0:  # integers stay what they are
        return y, lambda dy: (project(dy, a),)
    return y, None


# what it is at 0 is an argument of its own
elementwise(np.heaviside, None, lambda x, h, y: np.where(np.equal(x, 0), 1.0, 0.0))
elementwise(np.nextafter, lambda x, y, z: 1, None)  # a constant away

# --------------------------------------------------------- no gradient at all

nondifferentiable(
    _whole, _exponent,
    np.floor, np.ceil, np.rint, np.trunc, np.fix, np.floor_divide, np.spacing,
    np.signbit, np.isnan, np.isinf, np.isfinite, np.isreal, np.iscomplex,
    np.iscomplexobj, np.isrealobj, np.isclose, np.allclose, np.array_equal, np.array_equiv,
    np.isposinf, np.isneginf, np.isscalar,
    np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.bitwise_and,
    np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift, np.gcd, np.lcm,
    np.isin,
)  # fmt: skip
