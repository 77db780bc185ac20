"""What NumPy would ask an operand for: looked up as it does, on the class."""

import inspect
import types

import numpy as np

from ...protocols import type_method
from ..registry import lowering, nondifferentiable

__all__ = [
    "array_of",
    "in_python",
    "is_asked",
    "leaf",
    "replace_operator",
    "replaces",
    "shown_by",
    "wrapped",
]

_plain = frozenset([
    np.ndarray, np.memmap, float, int, complex, bool, str, list, tuple, type(None),
])  # fmt: skip


def in_python(x, name):
    """Whether the class of `x` defines a method in Python."""
    return type(type_method(type(x), name)) is types.FunctionType


def leaf(x, dtype=None):
    """An item of a list that an array is made of, as a number or an array."""
    if isinstance(x, (np.ndarray, np.generic, float, int, complex)):
        return x
    if in_python(x, "__array__"):
        return array_of(x, dtype)
    if dtype is not None and np.dtype(dtype).kind != "O" and in_python(x, "__float__"):
        return float(x)
    return x  # in an array of objects


def array_of(x, dtype=None, copy=None):
    """What the ``__array__`` of an object gives, asked for as NumPy does."""
    args = () if dtype is None else (np.dtype(dtype),)
    if copy is None:
        y = x.__array__(*args)
    elif takes_copy(x):
        y = x.__array__(*args, copy=copy)
    else:
        warn_of_copy()
        y = x.__array__(*args)
    if not isinstance(y, np.ndarray):
        raise ValueError("object __array__ method not producing an array")
    return y


FULL_RO = 0x011C  # what NumPy asks a buffer for
_asked = []


def shown_by(x):
    """What the ``__buffer__`` of an object shows: an array where it passes on that of one."""
    _asked.append(x)
    try:
        return x.__buffer__(FULL_RO)
    finally:
        _asked.pop()


if hasattr(np.ndarray, "__buffer__"):  # Python 3.12

    @lowering(np.ndarray.__buffer__)
    def buffer_lowering(a, flags, /):
        return a.view() if _asked else np.ndarray.__buffer__(a, flags)


def takes_copy(x):
    code = type_method(type(x), "__array__").__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return "copy" in names or code.co_flags & inspect.CO_VARKEYWORDS != 0


def warn_of_copy():
    """NumPy's own warning that a class does not know the argument `copy`."""
    np.array(TakesNoCopy())


class TakesNoCopy:
    def __array__(self, dtype=None):
        return np.zeros(0)


def wrapped(x, array, context, return_scalar):
    """What the ``__array_wrap__`` of an object makes of a result, called as NumPy does."""
    n = wrap_arguments(x)
    if n == 3:
        return x.__array_wrap__(array, context, return_scalar)
    warn_of_wrap()
    return x.__array_wrap__(array, context) if n == 2 else x.__array_wrap__(array)


def wrap_arguments(x):
    """How many arguments the method takes, as far as NumPy would pass any: old ones take fewer."""
    code = type_method(type(x), "__array_wrap__").__code__
    if code.co_flags & inspect.CO_VARARGS:
        return 3
    return max(1, min(3, code.co_argcount - 1))


def warn_of_wrap():
    """NumPy's own warning that a class does not know the argument `return_scalar`."""
    np.negative(OldWrap())


class OldWrap(TakesNoCopy):
    def __array_wrap__(self, array):
        return array


def replaces(x, name):
    """Whether an operand has a method of its own by which it replaces functions of NumPy's."""
    kind = type(x)
    if kind in _plain:
        return False
    method = type_method(kind, name, _default[name])
    return method is not _default[name]


_default = {name: getattr(np.ndarray, name) for name in ("__array_ufunc__", "__array_function__")}


def is_asked(y):
    return in_python(y, "__array__") or replaces(y, "__array_ufunc__")


def replace_operator(*operands):
    return any([replaces(x, "__array_ufunc__") for x in operands])


nondifferentiable(
    in_python,
    is_asked,
    replace_operator,
    replaces,
    takes_copy,
    warn_of_copy,
    warn_of_wrap,
    wrap_arguments,
)
