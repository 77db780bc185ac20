"""Rules for `mpf` and `mpc`: operators, and from and to other numbers."""

import copy
import operator

import mpmath
from mpmath.ctx_mp import MPContext
from mpmath.ctx_mp_python import _mpc, _mpf, mpnumeric

from ..._values import add_opaque
from ..broadcasting import guarded_mul, project
from ..exact import EXACT, UNITS, declare, operators
from ..registry import UNKNOWN, adjoint, nondifferentiable

__all__ = []

Plain = int | float | complex


def power_x(x, y, z):
    if y == 0:
        return 0
    if x == 0 and y.real < 1:
        return mpmath.inf
    return y * x ** (y - 1)


def power_y(x, y, z):
    return z * mpmath.log(x) if x != 0 else 0


def remainder_y(x, y, z):
    return -mpmath.nint((x - z) / y)


declare(mpnumeric)
add_opaque(MPContext)
UNITS.append((_mpf, lambda y: y.context.mpf(1)))
operators(
    _mpf | _mpc,
    Plain,
    {
        **EXACT,
        operator.pow: (power_x, power_y),
        operator.mod: (lambda x, y, z: 1, remainder_y),
    },
)


@adjoint(abs, operator.abs, _mpf.__abs__, _mpc.__abs__)
def abs_mp_rule(x: mpnumeric):
    y = abs(x)

    def abs_back(dy):
        return (guarded_mul(dy, x / y if y != 0 else 0 * x),)

    return y, abs_back


# -- made of other numbers -----------------------------------------------------------------


@adjoint(_mpf.__new__)
def mpf_rule(cls, val=0, **options):
    y = _mpf.__new__(cls, val, **options)
    if not isinstance(val, _mpf | Plain):
        return y, UNKNOWN
    return y, lambda dy: (None, project(dy, val))


@adjoint(_mpc.__new__)
def mpc_rule(cls, real=0, imag=0):
    def mpc_back(dy):
        return None, project(dy, real), project(dy.imag, imag)

    return _mpc.__new__(cls, real, imag), mpc_back


@adjoint(MPContext.convert)
def mp_convert_rule(ctx: MPContext, x, strings=True):
    y = ctx.convert(x, strings)
    if not isinstance(x, mpnumeric | Plain):
        return y, UNKNOWN
    return y, lambda dy: (None, project(dy, x))


@adjoint(MPContext.make_mpf)
def make_mpf_rule(ctx, v):
    return ctx.make_mpf(v), UNKNOWN


@adjoint(MPContext.make_mpc)
def make_mpc_rule(ctx, v):
    return ctx.make_mpc(v), UNKNOWN


@adjoint(copy.copy, copy.deepcopy)
def mp_copy_rule(x: mpnumeric, *memo):
    return x, lambda dy: (dy,)


# -- taken apart ---------------------------------------------------------------------------


@adjoint(float, _mpf.__float__)
def mpf_to_float_rule(x: _mpf):
    return float(x), lambda dy: (type(x).context.mpf(dy),)


@adjoint(complex, _mpf.__complex__, _mpc.__complex__)
def mp_to_complex_rule(x: mpnumeric):
    return complex(x), lambda dy: (project(type(x).context.mpc(dy), x),)


@adjoint(_mpc.real.fget)
def mp_real_rule(z):
    return z.real, lambda dy: (type(z).context.mpc(dy, 0),)


@adjoint(_mpc.imag.fget)
def mp_imag_rule(z):
    return z.imag, lambda dy: (type(z).context.mpc(0, dy),)


@adjoint(_mpc.conjugate)
def mp_conjugate_rule(z):
    return z.conjugate(), lambda dy: (dy.conjugate(),)


@adjoint(_mpf._mpf_)
def mpf_parts_rule(x):
    return x._mpf_, UNKNOWN


@adjoint(_mpc._mpc_)
def mpc_parts_rule(x):
    return x._mpc_, UNKNOWN


nondifferentiable(
    _mpf.__int__, _mpf.__bool__, _mpf.__hash__, _mpf._cmp, _mpf.__eq__, _mpf.__ne__, _mpf.__lt__,
    _mpf.__le__, _mpf.__gt__, _mpf.__ge__, _mpf.__round__, _mpf.ae, _mpc.__bool__, _mpc.__hash__,
    _mpc.__eq__, _mpc.__ne__, _mpc.ae,
)  # fmt: skip
