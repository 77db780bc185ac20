"""Objects that NumPy asks how to treat them, and what arrays do that are asked.

Calls with such objects come here (`_special`).  Where a class replaces a function of NumPy's by a
method of its own, NumPy itself is called: it asks them in its order, and the machine runs the
methods.  What has nothing but an ``__array__`` is made an array, arrays of subclasses are seen to
by `_subclasses`.  So a rule never takes an object for the array that is in it.
"""

import math
import types

import numpy as np
from numpy._core import _methods as methods_

from ..._handing import hand_over, leave_to
from ...errors import UnsupportedError
from ...protocols import type_method
from ..broadcasting import OURS, functions_of
from ..operator import UFUNCS
from ..registry import (
    FALLBACKS,
    LOWERING,
    RULES,
    consumer,
    lowering,
    nondifferentiable,
)
from ._asked import in_python, replace_operator, replaces, wrapped
from ._inplace import IN_PLACE, MUTATORS, operate_in_place, with_out
from ._subclasses import PLAIN, has_subclass, lifted, plain, shown

__all__ = [
    "LEFT_ALONE",
    "WITHIN",
    "carried_out",
    "defers",
    "scalar_operands",
    "with_operator",
    "with_protocols",
    "with_unary",
]

_arrays = (np.ndarray, np.generic)

consumer(hand_over, passes=range(100))


# --------------------------------------------------------------------- who is asked


#: method of ufuncs -> the positions of the arguments that are asked, and their names
_asked = {
    "reduce": ((0, 3, 6), ("array", "out", "where")),
    "accumulate": ((0, 3), ("array", "out")),
    "reduceat": ((0, 1, 4), ("array", "indices", "out")),
}


def is_ufunc(function):
    return isinstance(function, np.ufunc) or isinstance(method_owner(function), np.ufunc)


def ufunc_of_results(function):
    """The ufunc that the results are those of; None: they are reductions, or the like."""
    return (
        method_owner(function)
        if function.__name__ == "outer"
        else (function if isinstance(function, np.ufunc) else None)
    )


def method_owner(function):
    return getattr(function, "__self__", None)


def replaced(function, args, options):
    """Does an operand replace the function, or may it?"""
    if is_ufunc(function):
        places, names = _asked.get(function.__name__, (range(len(args)), ("out", "where")))
        asked = [args[i] for i in places if i < len(args)]
        for name in names:
            out = options.get(name)
            asked += out if name == "out" and isinstance(out, tuple) else (out,)
        return any([replaces(x, "__array_ufunc__") for x in asked])
    if not hasattr(function, "_implementation"):
        return False
    inside = isinstance(function._implementation, types.FunctionType) or function in _of_lists
    return replaces_inside((*args, *options.values()), 8 if inside else 1)


#: functions in C that ask the items of the lists they are given
_of_lists = frozenset([np.concatenate, np.lexsort, np.ravel_multi_index])


def replaces_inside(operands, depth):
    if depth == 0:
        return False
    for x in operands:
        if isinstance(x, (list, tuple)) and replaces_inside(x, depth - 1):
            return True
        if replaces(x, "__array_function__"):
            return True
    return False


# ----------------------------------------------------------------------- calls


def with_protocols(function, *args, **options):
    """A call of a function of NumPy's with operands that are neither numbers nor plain arrays."""
    if getattr(function, "__objclass__", None) is np.ufunc:
        function, args = getattr(args[0], function.__name__), args[1:]
    if replaced(function, args, options):
        # Python code that NumPy calls comes to the machine: a method of theirs, or its own
        return hand_over(function, *args, **options)
    if function in FALLBACKS:
        return FALLBACKS[function](*args, **options)
    if getattr(function, "__objclass__", None) is np.ndarray and function.__name__ in BY_UFUNCS:
        return BY_UFUNCS[function.__name__](*args, **options)
    if asks_for_numbers(function, args):
        if function not in _BY_METHODS:
            args = [as_number(x) for x in args]
        return function(*args, **options)
    if not of_numpy(function):
        return function(*args, **options)
    if takes_numbers(function):
        return function(*map(plain, args), **{key: plain(x) for key, x in options.items()})
    return without_replacements(function, args, options)


def without_replacements(function, args, options):
    """What NumPy does where no operand replaces the function."""
    if has_outputs(function, args, options):
        n = function.nin if isinstance(function, np.ufunc) else len(args)
        args = [*map(plain, args[:n]), *args[n:]]
        return with_out(getattr(function, "_implementation", function), *args, **options)
    if is_ufunc(function):
        args = args[: function.nin] if isinstance(function, np.ufunc) else args
        return carried_out(function, ufunc_of_results(function), args, options)
    implementation = getattr(function, "_implementation", None)
    if isinstance(implementation, types.FunctionType) and asks_methods(function, args):
        return implementation(*args, **options)
    given = args
    args = [as_operand(x) for x in args]
    options = {key: as_operand(x) for key, x in options.items()}
    if not has_subclass((*args, *options.values())):
        y = function(*args, **options)
        check_form(function, y, made_by(function, given))
        return y
    return lifted(function, args, options, implementation)


#: methods of arrays that are ufuncs put together in Python, which the machine runs
BY_UFUNCS = {
    **{
        name: getattr(methods_, f"_{name}") for name in "sum prod any all mean var std clip".split()
    },
    "max": methods_._amax,
    "min": methods_._amin,
}


def made_by(function, args):
    """What a function gives that has results go through the ``__array_wrap__`` of its operands."""
    wraps = any([hasattr(type(x), "__array_wrap__") and not isinstance(x, _arrays) for x in args])
    return function(*args) if wraps and function.__name__ in np.linalg.__all__ else None


def check_form(function, y, made):
    if made is not None and type(made) is not type(y):
        raise UnsupportedError(
            f"np.linalg.{function.__name__} of an object with __array_wrap__ cannot be "
            "differentiated: call it with np.asarray(x)"
        )


#: what asks an object for a number by methods of its own, not for an array
_BY_METHODS = frozenset([float, complex, int, abs, round, math.floor, math.ceil, math.trunc])


def asks_for_numbers(function, args):
    """Does C code ask its operands, which are no arrays, for a number each?"""
    owner = getattr(function, "__module__", None)
    return (owner == "math" or function in (np.float64, *_BY_METHODS)) and not any(
        [isinstance(x, (*_arrays, list, tuple)) for x in args]
    )


def as_number(x):
    return float(x) if in_python(x, "__float__") else x


def of_numpy(function):
    """Is it a function of arrays with a rule, whose result depends on nothing else?"""
    if is_ufunc(function) or hasattr(function, "_implementation"):
        return True
    rule = RULES.get(function)
    if rule is None or function in LEFT_ALONE:
        return False
    if rule.kind == LOWERING:
        owner = getattr(function, "__objclass__", function)
        return (getattr(owner, "__module__", None) or "").partition(".")[0] == "numpy"
    return is_ours(rule)


def takes_numbers(function):
    """Does it write into its operands, or draw numbers, whatever their classes are?"""
    if function in MUTATORS or is_ufunc(function) and function.__name__ == "at":
        return True
    owner = function if getattr(function, "__module__", None) else type(method_owner(function))
    return owner.__module__.startswith("numpy.random")


def is_ours(rule):
    functions = functions_of(rule) or [f for f in rule.partials if f is not None]
    return all([f.__module__.startswith(OURS) for f in functions])


def asks_methods(function, args):
    """Does the code of the function ask the operands for a method, or is it all there is?"""
    rule = RULES.get(function)
    if rule is None:
        return True
    if rule.kind == LOWERING and any([callable(x) for x in args]):
        return True
    return function._implementation.__globals__["__name__"].endswith("fromnumeric")


def as_operand(x):
    """An object that makes an array of itself, as that array; also in lists and tuples."""
    if isinstance(x, (*_arrays, float, int, complex, str)):
        return x
    if type(x) in (list, tuple) and makes_arrays(x):
        return type(x)([as_operand(item) for item in x])
    return np.asarray(x) if in_python(x, "__array__") else x


def makes_arrays(x):
    if type(x) in (list, tuple):
        return any([makes_arrays(item) for item in x])
    return in_python(x, "__array__") and not isinstance(x, _arrays)


# --------------------------------------------------------------- results of ufuncs


def carried_out(function, ufunc, args, options):
    """``function(*args)`` of arrays of subclasses, and of objects that make arrays of themselves.

    It is a ufunc or does what one does. If an operand has an ``__array_wrap__`` in Python, the
    results go through it.
    """
    arrays = [as_operand(x) for x in args]
    wrapper = wrapping(arrays if getattr(function, "__name__", "") == "outer" else args)
    if not in_python(wrapper, "__array_wrap__"):
        if has_subclass(arrays):
            return lifted(function, arrays, options)
        return function(*arrays, **options)
    values = function(*[plain(x) for x in arrays], **options)
    several = isinstance(values, tuple)
    results = []
    for i, value in enumerate(values if several else (values,)):
        array = np.asarray(value)
        context = None if ufunc is None else (ufunc, tuple(args), i)
        results.append(wrapped(wrapper, array, context, array.ndim == 0))
    return tuple(results) if several else results[0]


def wrapping(args):
    """The operand whose ``__array_wrap__`` results go through; None: they are as they are."""
    chosen = None
    for x in args:
        if isinstance(x, np.generic) or type(x) in PLAIN or not hasattr(type(x), "__array_wrap__"):
            continue
        if chosen is None or priority_of(x) > priority_of(chosen):
            chosen = x
    return chosen


# ------------------------------------------------------------------------- operators


def defers(x, y):
    """Does the operator of an array leave it to the other operand?"""
    if type(x) is type(y) or isinstance(y, (np.generic, float, int, complex, list, tuple)):
        return False
    method = type_method(type(y), "__array_ufunc__", in_python)
    if method is not in_python:
        return method is None
    return not issubclass(type(y), type(x)) and priority_of(x) < priority_of(y)


def priority_of(x):
    return getattr(x, "__array_priority__", -1000000.0)


def with_operator(a, b, operation):
    """``a op b`` that no operand defines in Python, of others than numbers and plain arrays."""
    if replace_operator(a, b) and (isinstance(a, _arrays) or isinstance(b, _arrays)):
        return hand_over(operation, a, b)
    if operation in _of_in_place and isinstance(a, np.ndarray):
        operation = _of_in_place[operation]
        if in_python(a, "__array_wrap__") and operation in UFUNCS:
            return with_out(UFUNCS[operation], plain(a), plain(b), out=(a,))
        return operate_in_place(a, b, operation)
    if operation not in UFUNCS or not takes(a, b):
        return leave_to(operation, a, b)
    return carried_out(operation, UFUNCS[operation], scalar_operands(a, b), {})


def scalar_operands(a, b):
    """Operators of NumPy's scalars make arrays of other objects and forget what they were."""
    if isinstance(a, np.generic) or isinstance(b, np.generic):
        return as_operand(a), as_operand(b)
    return a, b


def takes(a, b):
    """Does an array among the operands carry out the operator?"""
    if isinstance(a, _arrays):
        return not defers(a, b)
    return isinstance(b, _arrays)


_of_in_place = {in_place: operation for operation, in_place in IN_PLACE.items()}


def with_unary(a, operation):
    """``op a`` for an array of a subclass."""
    if replace_operator(a) and isinstance(a, _arrays):
        return hand_over(operation, a)
    if operation not in UFUNCS or not isinstance(a, _arrays):
        return leave_to(operation, a)
    return carried_out(operation, UFUNCS[operation], (a,), {})


# ------------------------------------------------ what arrays themselves do when they are asked


@lowering(np.ndarray.__array_ufunc__)
def array_ufunc_method(x, ufunc, method, /, *inputs, **options):
    out = options.get("out", ())
    if any([replaces(y, "__array_ufunc__") for y in (*inputs, *out)]):
        return NotImplemented
    if type(out) is tuple and len(out) == 1 and method != "__call__":
        options["out"] = out[0]
    return getattr(ufunc, method)(*inputs, **options)


@lowering(np.ndarray.__array_function__)
def array_function_method(x, function, kinds, args, options, /):
    if not all([issubclass(kind, np.ndarray) for kind in kinds]):
        return NotImplemented
    return without_replacements(function, args, options)


@lowering(np.ndarray.__array_wrap__)
def array_wrap_method(x, array, context=None, return_scalar=False, /):
    made = hand_over(np.ndarray.__array_wrap__, x, array, context, return_scalar)
    return shown(made, array) if isinstance(made, np.ndarray) else array[()]


#: what keeps or makes arrays of subclasses in a way of its own, besides operators
LEFT_ALONE = {
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray,
    np.ndarray.view, np.ndarray.__array__, np.ndarray.__array_wrap__, np.ndarray.__array_ufunc__,
    np.ndarray.__array_function__, np.ndarray.__getitem__, np.ndarray.__array_finalize__,
}  # fmt: skip


def has_outputs(function, args, options):
    """Are the results stored in arrays that are given?"""
    if isinstance(function, np.ufunc) and any([x is not None for x in args[function.nin :]]):
        return True
    out = options.get("out")
    return any([isinstance(x, np.ndarray) for x in (out if type(out) is tuple else (out,))])


#: functions of this module whose calls are not to come here again
WITHIN = with_protocols, without_replacements, carried_out, lifted, with_operator, with_unary

nondifferentiable(
    check_form, made_by, replaced, replaces_inside, takes, takes_numbers, is_ours, is_ufunc,
    ufunc_of_results, method_owner, of_numpy, asks_methods, makes_arrays, defers, priority_of,
    has_outputs,
)  # fmt: skip
