"""Ufuncs that are made of Python functions (`np.frompyfunc`), and `np.vectorize`.

The machine calls the Python function, item by item, in the order in which NumPy does.
"""

import gc

import numpy as np

from ...errors import UnsupportedError
from ..registry import consumer, instance_lowering, lowering, nondifferentiable

__all__ = ["function_behind"]

consumer(np.frompyfunc, passes=[0])

#: what an array of objects that is made of a list holds one by one
_numbers = (int, float, complex, np.number, np.bool_)


def function_behind(ufunc):
    """The Python function that a ufunc was made of; None if it is of C code."""
    return next((x for x in gc.get_referents(ufunc) if callable(x)), None)


def loop_axes(arrays):
    """The axes of an elementwise operation from the outermost loop to the innermost."""
    ndim = max([a.ndim for a in arrays], default=0)
    if ndim < 2:
        return tuple(range(ndim))
    kinds = [None] * len(arrays) + [float]
    flags = ["refs_ok", "zerosize_ok"]
    strides = np.nditer([*arrays, None], flags, op_dtypes=kinds).operands[-1].strides
    return tuple(sorted(range(ndim), key=lambda i: -strides[i]))


def call_each(function, arrays):
    """What a function returns for each tuple of items; how `arranged` puts it."""
    axes = loop_axes(arrays)
    arrays = [np.transpose(a, axes) for a in np.broadcast_arrays(*arrays)]
    columns = [np.ravel(a).tolist() for a in arrays]
    return [function(*items) for items in zip(*columns, strict=True)], (arrays[0].shape, axes)


def arranged(values, place, dtype):
    """An array of values that were computed in the order of `call_each`."""
    shape, axes = place
    if dtype == "O" and not all([isinstance(v, _numbers) for v in values]):
        return filled(values, shape, axes)
    return np.transpose(np.reshape(np.array(values, dtype=dtype), shape), np.argsort(axes))


def filled(values, shape, axes):
    """An array of objects of any kind, which are known by identity."""
    out = np.empty(len(values), object)
    for i, v in enumerate(values):
        out[i] = v
    return out.reshape(shape).transpose(np.argsort(axes))


@instance_lowering(np.ufunc)
def pyfunc_lowering(ufunc, /, *args, **options):
    """A ufunc that was made of a Python function: arrays of objects, or what that returns."""
    if len(args) != ufunc.nin:
        return ufunc(*args, **options)  # the error is NumPy's
    if options:
        raise UnsupportedError(
            f"{ufunc.__name__}(..., {next(iter(options))}=...) cannot be differentiated yet: call "
            "the Python function itself"
        )
    arrays = [np.asarray(x) for x in args]
    function = function_behind(ufunc)
    if not any([a.ndim for a in arrays]):
        return checked(ufunc, function(*[a.item() for a in arrays]))
    values, place = call_each(function, arrays)
    if ufunc.nout == 1:
        return arranged(values, place, "O")
    values = [checked(ufunc, v) for v in values]
    return tuple([arranged([v[i] for v in values], place, "O") for i in range(ufunc.nout)])


def checked(ufunc, value):
    """The outputs of one call."""
    if ufunc.nout != 1 and (not isinstance(value, tuple) or len(value) != ufunc.nout):
        raise ValueError("Unexpected result of a function that was given to np.frompyfunc")
    return value


@lowering(np.vectorize._vectorize_call)
def vectorize_lowering(self, func, args):
    if self.signature is not None:
        return self._vectorize_call_with_signature(func, args)
    if not args:
        return func()
    arrays = [np.asarray(a) for a in args]
    known, kinds = [], self.otypes
    if kinds is None:  # the first call tells the types, and may not be made again
        if any([a.size == 0 for a in arrays]):
            raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
        first = func(*[np.ravel(a)[0] for a in arrays])
        outputs = first if isinstance(first, tuple) else (first,)
        kinds = "".join([np.asarray(v).dtype.char for v in outputs])
        if self.cache:
            known.append(first)

    def call(*items):
        return known.pop() if known else func(*items)

    values, place = call_each(call, arrays)
    if len(kinds) == 1:
        return arranged(values, place, kinds[0])
    return tuple([arranged([v[i] for v in values], place, kind) for i, kind in enumerate(kinds)])


nondifferentiable(function_behind, loop_axes, filled)
