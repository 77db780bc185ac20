"""Operators of expressions, and expressions of numbers and back."""

import operator

import sympy
from sympy import Expr, S
from sympy.core.sympify import _sympify

from ..broadcasting import project
from ..exact import EXACT, UNITS, declare, operators
from ..registry import UNKNOWN, adjoint, nondifferentiable

__all__ = ["Plain", "classes"]

Plain = int | float | complex


def classes(base):
    """A class and all that derive from it."""
    found, todo = {base: None}, [base]
    while todo:
        new = [cls for cls in todo.pop().__subclasses__() if cls not in found]
        found.update(dict.fromkeys(new))
        todo += new
    return list(found)


def power_x(x, y, z):
    return y * x ** (y - 1) if y != 0 else 0


def power_y(x, y, z):
    return z * sympy.log(x) if x != 0 else 0


#: scalars: some classes define operators themselves, which mean the same
_scalar = Expr
for _cls in (sympy.Add, sympy.Mul, *classes(sympy.Number)):
    _scalar = _scalar | _cls

declare(Expr)
UNITS.append((Expr, lambda y: S.One))
operators(
    _scalar,
    Plain,
    {
        **EXACT,
        operator.truediv: (lambda x, y, z: S.One / y, lambda x, y, z: -z / y),
        operator.mod: (lambda x, y, z: 1, lambda x, y, z: -sympy.floor(x / y)),
        operator.pow: (power_x, power_y),
    },
)


# -- made of numbers, made into numbers -----------------------------------------------------


@adjoint(sympy.sympify, _sympify)
def expr_sympify_rule(a, *args, **options):
    y = sympy.sympify(a, *args, **options)
    if not isinstance(a, Expr | Plain):
        return y, UNKNOWN
    return y, lambda dy: (project(dy, a),)


@adjoint(sympy.Integer.__new__, sympy.Float.__new__)
def expr_number_rule(cls, num, *args, **options):
    y = cls(num, *args, **options)
    if not isinstance(num, Expr | Plain):
        return y, UNKNOWN
    return y, lambda dy: (None, project(dy, num))


@adjoint(sympy.Rational.__new__)
def expr_rational_rule(cls, p, q=None, gcd=None):
    if not isinstance(p, Expr | Plain) or not isinstance(q, Expr | Plain | None):
        return sympy.Rational(p, q, gcd), UNKNOWN
    if q is None:
        return sympy.Rational(p), lambda dy: (None, project(dy, p))

    def rational_back(dy):
        d = S.One / q
        return None, project(dy * d, p), project(-dy * p * d * d, q)

    return sympy.Rational(p, q, gcd), rational_back


@adjoint(float, Expr.__float__, sympy.Number.__float__, sympy.Float.__float__)
def expr_to_float_rule(x: Expr):
    return float(x), lambda dy: (sympy.Float(dy),)


@adjoint(complex, Expr.__complex__)
def expr_to_complex_rule(x: Expr):
    return complex(x), lambda dy: (sympy.sympify(dy),)


_constant = (
    "__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __bool__ __int__ __index__ __trunc__ "
    "__floor__ __ceil__ __round__"
).split()

for _cls in classes(sympy.Basic):
    for _name in _constant:
        _method = vars(_cls).get(_name)
        if callable(_method) and hasattr(_method, "__code__"):
            nondifferentiable(_method)
