"""The operators of arrays, called by name: ``a.__add__(b)``.

Classes around an array (those of array_api_strict, say) and subclasses call them.
"""

import operator

import numpy as np

from ..._handing import hand_over
from ..broadcasting import Numeric
from ..exact import Atom
from ..operator import UFUNCS
from ..registry import lowering, nondifferentiable
from ._asked import is_asked, replace_operator
from ._protocols import LEFT_ALONE, carried_out, defers, scalar_operands
from ._subclasses import PLAIN, is_subclass, lifted, plain

__all__ = []


def _method(name, kind=np.ndarray):
    return getattr(kind, f"__{name}__")


def _unary(name, function):
    method = _method(name)
    LEFT_ALONE.add(method)

    @lowering(method)
    def unary_method(x, /):
        if type(x) in PLAIN or not isinstance(function, np.ufunc):
            return function(plain(x))  # the operator would come here again
        if replace_operator(x):
            return hand_over(method, x)
        return carried_out(method, function, (x,), {})


for _name, _function in (
    ("float", float),
    ("int", int),
    ("index", int),
    ("complex", complex),
    ("neg", np.negative),
    ("pos", np.positive),
    ("abs", np.absolute),
):
    _unary(_name, _function)


#: types of operands without methods of their own
_operands = PLAIN | {float, int, complex, bool, np.float64, np.float32, np.int64}


def _binary(method, operation, ufunc, kinds, reflected):
    LEFT_ALONE.add(method)

    @lowering(method)
    def binary_method(x, y, /, *modulus):
        if type(x) in _operands and type(y) in _operands and not modulus and x.dtype.kind in kinds:
            return operation(y, x) if reflected else operation(x, y)
        if isinstance(x, np.generic) and is_atom(y):  # in NumPy, as arrays of objects do it
            x = x.item()
            return operation(y, x) if reflected else operation(x, y)
        if isinstance(x, np.generic) and not is_subclass(y) and not is_asked(y):
            return method(x, y, *modulus)
        if modulus or not isinstance(y, Numeric | list | tuple) and not is_asked(y):
            return method(x, y, *modulus)  # NotImplemented, or what a class makes of it
        if replace_operator(x, y):
            return hand_over(method, x, y)
        if is_subclass(x) or is_subclass(y) or is_asked(y):
            if defers(x, y):
                return NotImplemented
            args = scalar_operands(y, x) if reflected else scalar_operands(x, y)
            return carried_out(of_arrays(method, reflected), ufunc, args, {})
        if x.dtype.kind not in kinds:
            return method(x, y)
        return operation(y, x) if reflected else operation(x, y)


def is_atom(y):
    return isinstance(y, Atom) and not isinstance(y, Numeric)


nondifferentiable(is_atom)


def of_arrays(method, reflected):
    """The operator as a function of both operands, in their order."""

    def operator_of_arrays(x, y):
        return method(y, x) if reflected else method(x, y)

    return operator_of_arrays


#: operation -> kinds of arrays; quotients and digits of integers have no derivative
_kinds = {
    **dict.fromkeys(("add", "sub", "mul", "truediv", "pow", "matmul"), "fciub"),
    **dict.fromkeys(("floordiv", "mod", "divmod"), "f"),
}

_types = (np.ndarray, np.float64, np.float32, np.complex128, np.complex64)

for _name, _allowed in _kinds.items():
    _operation = divmod if _name == "divmod" else getattr(operator, _name)
    _ufunc = np.divmod if _name == "divmod" else UFUNCS[_operation]
    for _kind in _types if _name != "matmul" else (np.ndarray,):
        _binary(_method(_name, _kind), _operation, _ufunc, _allowed, False)
        _binary(_method(f"r{_name}", _kind), _operation, _ufunc, _allowed, True)


@lowering(_method("getitem"))
def getitem_method(x, key, /):
    return x[key] if type(x) is np.ndarray else lifted(np.ndarray.__getitem__, (x, key))


nondifferentiable(*[_method(_name) for _name in ("bool", "lt", "le", "gt", "ge", "eq", "ne")])
