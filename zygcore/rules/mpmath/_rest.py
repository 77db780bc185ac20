"""Functions of mpmath's that have no derivative yet: a gradient that needs one is an error.

Their code would take numbers apart, or raise the precision for differences that nearly cancel,
which a pullback does not know of.
"""

from types import FunctionType

import mpmath
from mpmath.ctx_mp import MPContext
from mpmath.ctx_mp_python import mpnumeric

from ..broadcasting import refuse
from ..registry import RULES, UNKNOWN, adjoint
from ._functions import function_of

__all__ = []

#: code over numbers and functions with rules: differentiated as it is
COMPOSED = set(
    """
    sec csc cot sech csch coth asec acsc acot asech acsch acoth degrees radians fmod power polyval
    fabs absmin absmax re im conj conjugate polar rect fprod linspace arange chop
    quad quadgl quadts matrix diag eye zeros ones hilbert extend swap_row unitvector
    LU_decomp L_solve U_solve lu lu_solve lu_solve_mat det inverse cholesky cholesky_solve
    qr qr_solve residual norm mnorm powm
    workdps workprec extradps extraprec autoprec maxcalls memoize default clone
    mpmathify nstr nprint rand init_builtins bernoulli
    """.split()
)


def without_derivative(name, target, bound):
    if bound:

        @adjoint(target)
        def mp_unknown_rule(ctx: MPContext, *args, **options):
            return judged(name, target(ctx, *args, **options))

    else:

        @adjoint(target)
        def mp_unknown_rule(*args, **options):
            return judged(name, target(*args, **options))


def judged(name, y):
    return y, refuse(f"mpmath.{name}") if isinstance(y, mpnumeric) else UNKNOWN


for _name in dir(mpmath.mp):
    _value = getattr(mpmath.mp, _name)
    if _name.startswith("_") or _name in COMPOSED or isinstance(_value, type):
        continue
    _target, _has_context = function_of(_name)
    if type(_target) is FunctionType and _target not in RULES:
        without_derivative(_name, _target, _has_context)
