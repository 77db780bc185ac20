"""What applies a function to expressions: ``sin(x)``, ``Max(x, y)``, ``Add(x, y)`` ...

All of these are classes, and SymPy knows their partial derivatives.
"""

import operator

import sympy
from sympy import Expr, S

from ..broadcasting import guarded_mul, project
from ..registry import UNKNOWN, adjoint, each
from ._operators import Plain, classes

__all__ = ["new_of"]


def new_of(cls):
    """The function ``cls.__new__``."""
    return cls.__new__


def derived(cls, orders, *args):
    """The derivative of ``cls(*args)`` with respect to the arguments with the numbers `orders`."""
    values = [sympy.sympify(x) for x in args]
    names = {i: sympy.Dummy(f"a{i}", real=values[i].is_real) for i in orders}
    y = cls(*[names.get(i, x) for i, x in enumerate(values)])
    for i in orders:
        y = y.diff(names[i])
    return y.subs([(name, values[i]) for i, name in names.items()])


@adjoint(derived)
def expr_derived_rule(cls, orders, *args):
    y = derived(cls, orders, *args)
    return y, each(None, None, *[slope(cls, orders, args, i) for i in range(len(args))])


def slope(cls, orders, args, i):
    def slope_back(dy):
        return project(guarded_mul(dy, derived(cls, (*orders, i), *args)), args[i])

    return slope_back


def applied(target):
    """A rule for the ``__new__`` of a class of functions."""

    @adjoint(target)
    def expr_applied_rule(cls, *args, **options):
        y = target(cls, *args, **options)
        known = isinstance(y, Expr) and all([isinstance(x, Expr | Plain) for x in args])
        if not known or not options.keys() <= {"evaluate"}:
            return y, UNKNOWN
        return y, each(None, *[slope(cls, (), args, i) for i in range(len(args))])


for _new in {
    new_of(cls)
    for cls in (
        sympy.Function, sympy.sin, sympy.Function("f"), sympy.Add, sympy.Mul, sympy.Pow, sympy.Max,
        sympy.Min, sympy.Heaviside, sympy.Abs, sympy.betainc_regularized,
    )
}:  # fmt: skip
    applied(_new)


_methods = {vars(cls).get("__abs__") for cls in (Expr, *classes(sympy.Number))} - {None}


@adjoint(abs, operator.abs, *_methods)
def abs_expr_rule(x: Expr):
    return abs(x), each(slope(sympy.Abs, (), (x,), 0))


@adjoint(new_of(sympy.Piecewise))
def expr_piecewise_rule(cls, *pairs, **options):
    y = cls(*pairs, **options)

    def chosen(i):
        return sympy.Piecewise(
            *[(S.One if i == j else S.Zero, c) for j, (_, c) in enumerate(pairs)]
        )

    def piece_back(i):
        return lambda dy: (project(guarded_mul(dy, chosen(i)), pairs[i][0]), None)

    return y, each(None, *[piece_back(i) for i in range(len(pairs))])
