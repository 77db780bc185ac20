"""Rules for the methods of arrays that are no functions of `numpy`: operators by name, views."""

import operator

import numpy as np

from ..broadcasting import Numeric, for_subclasses, project, refuse_subclass
from ..registry import UNCHECKED, UNKNOWN, adjoint, lowering, nondifferentiable
from ._indexing import getitem_rule

__all__ = []

# --------------------------------------------------------------- operators by name


def _method(name, operation, swapped, kinds):
    """``a.__add__(b)`` as ``a + b``, for what NumPy itself would carry out."""

    def method(a, b, /, *modulus):
        if modulus or not isinstance(b, Numeric | list | tuple) or a.dtype.kind not in kinds:
            return getattr(a, name)(b, *modulus)
        return operation(b, a) if swapped else operation(a, b)

    method.__name__ = f"{name.strip('_')}_lowering"
    return method


#: operation -> kinds of arrays; quotients and digits of integers have no derivative
_OPERATIONS = {
    **dict.fromkeys(("add", "sub", "mul", "truediv", "pow", "matmul"), "fciub"),
    **dict.fromkeys(("floordiv", "mod", "divmod"), "f"),
}

for _name, _kinds in _OPERATIONS.items():
    for _prefix in ("", "r"):
        _full = f"__{_prefix}{_name}__"
        _operation = divmod if _name == "divmod" else getattr(operator, _name)
        lowering(getattr(np.ndarray, _full))(_method(_full, _operation, _prefix == "r", _kinds))

nondifferentiable(*[
    getattr(np.ndarray, f"__{_name}__") for _name in ("eq", "ne", "lt", "le", "gt", "ge")
])  # fmt: skip

for _name, _ufunc in (("neg", np.negative), ("pos", np.positive), ("abs", np.absolute)):

    @lowering(getattr(np.ndarray, f"__{_name}__"))
    def unary_lowering(a, /, operation=_ufunc):  # the operator would come here again
        return operation(a)


adjoint(np.ndarray.__getitem__)(getitem_rule)


@lowering(np.ndarray.__float__)
def float_lowering(a, /):
    return float(a)


@lowering(np.ndarray.__int__, np.ndarray.__index__)
def int_lowering(a, /):
    return int(a)


@lowering(np.ndarray.__complex__)
def complex_lowering(a, /):
    return complex(a)


# ------------------------------------------------------------------------- views


for_subclasses.add(np.ndarray.view)


@adjoint(np.ndarray.view, np.generic.view)
def view_rule(a, *args, **options):
    y = a.view(*args, **options)
    if type(y) not in UNCHECKED:
        refuse_subclass(type(y))
    if isinstance(a, np.ndarray):  # the numbers in an array of a subclass
        a = np.asarray(a)
    if y.dtype == a.dtype:
        return y, lambda dy: (project(dy, a),)
    if a.dtype.kind == "c" and y.dtype == a.real.dtype:
        return y, lambda dy: (project(dy[..., ::2] + 1j * dy[..., 1::2], a),)
    if y.dtype.kind == "c" and a.dtype == y.real.dtype:

        def pairs_back(dy):
            parts = np.stack([np.real(dy), np.imag(dy)], axis=-1)
            return (project(np.reshape(parts, a.shape), a),)

        return y, pairs_back
    return y, UNKNOWN


def base_array(a, *args, **options):
    """What `__array__` gives: an array of no subclass."""
    return np.ndarray.__array__(a, *args, **options)


for_subclasses.add(base_array)


@adjoint(base_array)
def base_array_rule(a, *args, **options):
    y, plain = base_array(a, *args, **options), np.asarray(a)
    return y, lambda dy: (project(dy, plain),)


@lowering(np.ndarray.__array__)
def array_method_lowering(a, *args, **options):
    if type(a) is np.ndarray and not args and not options:
        return a
    return base_array(a, *args, **options)


@adjoint(np.ndarray.getfield)
def getfield_rule(a, dtype, offset=0):
    y = a.getfield(dtype, offset)
    if y.dtype == a.dtype:
        return y, lambda dy: (project(dy, a),)
    if a.dtype.kind == "c" and y.dtype == a.real.dtype:
        unit = 1 if offset == 0 else 1j
        return y, lambda dy: (project(unit * dy, a),)
    return y, UNKNOWN
