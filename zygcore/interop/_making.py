"""Conversions between the arrays of a library, Python's numbers and lists."""

import operator

import numpy as np

from ..rules.registry import UNKNOWN, adjoint, lowering, nondifferentiable
from ._transfers import make_transfers

__all__ = ["make_conversions"]


_OF_NUMPY = (np.ndarray, np.generic)


def make_conversions(library, kind, project):
    """Rules for ``asarray`` and ``array`` of a library, and ``float`` and such of its arrays."""

    to_library = make_transfers(library, kind, project)

    def filled(value, dtype):
        return library.asarray(value, dtype)

    @adjoint(filled)
    def filled_rule(value, dtype):
        return filled(value, dtype), lambda dy: (project(dy, value),)

    def converted(a, dtype):
        return library.array(a, dtype)

    @adjoint(converted)
    def converted_rule(a, dtype):
        return converted(a, dtype), lambda dy: (project(dy, a),)

    def asarray_lowering(a, dtype=None, **options):
        if isinstance(a, kind):
            return a if dtype is None or dtype == a.dtype else a.astype(dtype)
        if isinstance(a, (list, tuple)) and a and not options:
            made = library.stack([asarray_lowering(part) for part in a])
            return made if dtype is None else made.astype(dtype)
        return to_library(a, dtype) if isinstance(a, _OF_NUMPY) else filled(a, dtype)

    def array_lowering(a, dtype=None, copy=True, order="K", subok=False, ndmin=0, **options):
        made = converted(a, dtype) if isinstance(a, kind) else asarray_lowering(a, dtype, **options)
        missing = ndmin - made.ndim
        return made.reshape((1,) * missing + made.shape) if missing > 0 else made

    for name in ("asarray", "asanyarray", "ascontiguousarray", "asfortranarray"):
        maker = getattr(library, name, None)
        if maker is not None:
            lowering(maker)(asarray_lowering)
    lowering(library.array)(array_lowering)

    special_methods(kind)

    @adjoint(kind.view)
    def view_rule(x, dtype=None, *args):
        y = x.view() if dtype is None and not args else x.view(dtype, *args)
        return y, (lambda dy: (project(dy, x),)) if y.dtype == x.dtype else UNKNOWN

    def number_rule(number):
        def rule(x):
            dtype = x.dtype if x.dtype.kind in "fc" else float
            real = number is complex and x.dtype.kind != "c"
            return number(x), lambda dy: (library.full(x.shape, dy.real if real else dy, dtype),)

        rule.__annotations__ = {"x": kind}
        return rule

    for number in (float, complex):
        adjoint(number)(number_rule(number))
    for name in ("item",):
        method = getattr(kind, name, None)
        if method is not None:
            adjoint(method)(number_rule(lambda x: x.item()))


def special_methods(kind):
    """``x.__add__(y)`` and the like are what the operators are."""
    for name in "add sub mul truediv floordiv mod pow matmul".split():
        operation = getattr(operator, name)
        _lower(kind, f"__{name}__", operation)
        _lower(kind, f"__r{name}__", lambda x, y, /, operation=operation: operation(y, x))
    for name in "neg pos abs getitem".split():
        _lower(kind, f"__{name}__", getattr(operator, name))
    for number in (float, complex):
        _lower(kind, f"__{number.__name__}__", number)
    for name in "bool int len lt le gt ge eq ne invert".split():
        method = getattr(kind, f"__{name}__", None)
        if method is not None:
            nondifferentiable(method)


def _lower(kind, name, function):
    method = getattr(kind, name, None)
    if method is not None:
        lowering(method)(lambda *args: function(*args))
