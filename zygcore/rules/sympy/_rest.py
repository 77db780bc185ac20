"""What SymPy does to expressions apart from arithmetic."""

import copy
from types import FunctionType

import sympy
from sympy import Basic, Expr

from ..registry import RULES, UNKNOWN, adjoint, nondifferentiable
from ._operators import classes

__all__ = []

#: the same function of the symbols in another form
SAME = (
    "simplify expand factor collect cancel together apart trigsimp powsimp powdenest radsimp "
    "ratsimp logcombine combsimp gammasimp sqrtdenest expand_log expand_mul expand_multinomial "
    "expand_trig expand_func expand_power_base expand_power_exp expand_complex separatevars "
    "hyperexpand N doit evalf n normal"
).split()

#: code over expressions that is differentiated as it is
COMPOSED = "sqrt root cbrt real_root sympify".split()


def same(target):
    @adjoint(target)
    def expr_same_rule(e, *args, **options):
        y = target(e, *args, **options)
        if not isinstance(e, Expr) or not isinstance(y, Expr) or options.get("subs"):
            return y, UNKNOWN
        return y, lambda dy: (dy,)


def refuse(target):
    @adjoint(target)
    def expr_refused_rule(*args, **options):
        return target(*args, **options), UNKNOWN


def functions_in(namespace):
    """The functions that have no rule yet, by name."""
    for name, value in list(namespace.items()):
        function = getattr(value, "__func__", value)
        if type(function) is FunctionType and function not in RULES:
            yield name, function


#: what takes expressions apart without a name for users
TAKEN_APART = (
    "__new__ _new __str__ __repr__ __format__ __reduce_ex__ __getnewargs__ __getnewargs_ex__ "
    "__getstate__"
).split()


def is_private(name):
    return name.startswith("_") and name not in TAKEN_APART


@adjoint(copy.copy, copy.deepcopy)
def expr_copy_rule(x: Expr, *memo):
    return x, lambda dy: (dy,)


for _cls in classes(Basic):
    for _name, _function in functions_in(vars(_cls)):
        if _name in SAME:
            same(_function)
        elif not is_private(_name):
            refuse(_function)
    for _value in vars(_cls).values():
        if isinstance(_value, property) and type(_value.fget) is FunctionType:
            nondifferentiable(_value.fget)

refuse(Basic.args.fget)


@adjoint(Basic._args)
def expr_args_rule(x):
    return x._args, UNKNOWN


for _name, _function in functions_in(vars(sympy)):
    if _name in SAME:
        same(_function)
    elif _name not in COMPOSED:
        refuse(_function)

for _cls in classes(sympy.MatrixBase):
    for _name, _function in functions_in(vars(_cls)):
        if not _name.startswith("_eval"):
            refuse(_function)
