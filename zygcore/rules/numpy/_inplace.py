"""What writes into arrays, as assignments to items, which are all that the machine records.

The functions here are run by the machine in place of NumPy's own where the array carries
derivatives, or is to, or is kept by a pullback.  Errors come from NumPy itself: what would not fit
goes to the function that was called, which refuses it before it writes anything.
"""

import operator
import re

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..._handing import hand_over
from ...errors import UnsupportedError
from ..broadcasting import project, refuse, unbroadcast
from ..operator import UFUNCS
from ..registry import adjoint, describe, each, nondifferentiable
from ._asked import in_python, replace_operator, wrapped
from ._indexing import arranged
from ._subclasses import PLAIN, plain

__all__ = [
    "ATTRIBUTES",
    "DIGITS",
    "MUTATORS",
    "as_array",
    "operate",
    "operate_in_place",
    "put_flat",
    "with_out",
]

#: items of arrays are read and assigned as C code does it, by no method of their class
__items_of_numpy__ = True

#: callable -> Python equivalent; the array is the first argument, or `self`
MUTATORS = {}


def mutator(*targets):
    def register(function):
        for target in targets:
            MUTATORS[target] = function
            implementation = getattr(target, "_implementation", None)
            if implementation is not None:
                MUTATORS[implementation] = function
        return function

    return register


def natively(function, args, options):
    """Calls a function that refuses its arguments."""
    function(*args, **options)
    raise UnsupportedError(
        f"{describe(function)} stores into an array in a way that is not followed, and a gradient "
        "depends on the array: assign to its items (`a[...] = values`), or work on a copy"
    )


#: what NumPy raises once it has stored the value
LATE = FloatingPointError, RuntimeWarning


def fits(value, array, casting, stretch):
    """Can the value be stored in the array, as the result of an operation?"""
    dtype = value.dtype if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value).dtype
    if not np.can_cast(dtype, array.dtype, casting):
        return False
    shape = np.shape(value)
    if shape == array.shape:
        return True
    if not stretch or len(shape) > array.ndim:
        return False
    return all(n in (1, m) for n, m in zip(reversed(shape), reversed(array.shape), strict=False))


def as_array(x):
    """Numbers in a list or tuple that is stored in an array."""
    return np.asarray(x)


def copy_of(array, key):
    """What is in a part of an array now."""
    return np.array(array[key])


# ------------------------------------------------------------------------ operators

_NAMES = "add sub mul truediv floordiv mod pow matmul lshift rshift and_ or_ xor".split()
IN_PLACE = {getattr(operator, n): getattr(operator, "i" + n.rstrip("_")) for n in _NAMES}


def operate(a, b, operation):
    """``a op b``"""
    return operation(a, b)


def operate_in_place(a, b, operation):
    """``a op= b``"""
    error = (
        None  # no helper returns it with the value: what a tuple holds lives as long as the level
    )
    try:
        value = operation(a, b)
    except LATE as late:
        error = late
        with np.errstate(all="ignore"):
            value = operation(a, b)
    if not fits(value, a, "same_kind", operation is not operator.matmul):
        return natively(IN_PLACE[operation], (a, b), {})
    a[...] = value
    if error is not None:
        raise error
    return a


def is_same(x, a):
    """Is it the array itself, or what it is known by where C code passes it on?"""
    return type(x) is type(a) and x.__array_interface__ == a.__array_interface__


def _operator_method(operation):
    def method(a, b, /):
        if type(b) not in PLAIN and replace_operator(b):
            result = hand_over(IN_PLACE[operation], a, b)
            return a if is_same(result, a) else result
        if type(a) not in PLAIN and in_python(a, "__array_wrap__") and operation in UFUNCS:
            return with_out(UFUNCS[operation], plain(a), plain(b), out=(a,))
        return operate_in_place(a, b, operation)

    return method


#: methods that lose the derivative of integers which may be all the digits of a number
DIGITS = set()

for _operation, _in_place in IN_PLACE.items():
    _method = getattr(np.ndarray, "__" + _in_place.__name__.rstrip("_") + "__")
    MUTATORS[_method] = _operator_method(_operation)
    if _operation not in (
        operator.add,
        operator.sub,
        operator.mul,
        operator.truediv,
        operator.pow,
        operator.matmul,
    ):
        DIGITS.add(_method)


@mutator(np.ndarray.__setitem__)
def set_item(a, key, value, /):
    a[key] = value


# --------------------------------------------------------------------------- outputs


def wraps(function, output):
    """Do results of the function that are stored in an array go through code of its class?"""
    return isinstance(function, np.ufunc) and in_python(output, "__array_wrap__")


def with_out(function, *args, **options):
    """A call that stores its results in arrays it is given."""
    given, plain = options.pop("out", None), args
    if isinstance(function, np.ufunc):
        given = args[function.nin :] or given
        plain = args[: function.nin]
    outputs = given if isinstance(given, tuple) else (given,)
    where = options.pop("where", True)
    if where is np._NoValue:  # as NumPy's own code passes it
        where = True
    casting = options.pop("casting", "same_kind")
    error = None
    if where is not True:
        if isinstance(function, np.ufunc) and function.signature is None:
            shape = outputs[0].shape
            where = np.broadcast_to(where, shape)
            plain = [np.broadcast_to(x, shape)[where] for x in plain]
        else:
            options["where"] = where
            where = True
    run, first = (stored_anew, (function, outputs)) if takes_lengths(function) else (function, ())
    try:
        values = run(*first, *plain, **options)
    except LATE as late:
        error = late
        with np.errstate(all="ignore"):
            values = run(*first, *plain, **options)
    values = values if isinstance(values, tuple) else (values,)
    results = []
    for output, value in zip(outputs, values, strict=False):
        if output is None:
            results.append(value)
            continue
        if where is not True:
            output[where] = value
        elif fits(value, output, casting, isinstance(function, np.ufunc)):
            output[...] = value
        else:
            options["out"] = given
            return natively(function, plain, options)
        if type(output) not in PLAIN and wraps(function, output):
            context = (function, (*plain, *outputs), len(results))
            output = wrapped(output, output, context, False)
        results.append(output)
    if error is not None:
        raise error
    return results[0] if len(results) == 1 else tuple(results)


def takes_lengths(function):
    """Does a ufunc take lengths of its results from the arrays that it is given for them?

    Those of `np.fft` do: ``(n),()->(m)``.
    """
    if not isinstance(function, np.ufunc) or function.signature is None:
        return False
    given, _, made = function.signature.partition("->")
    return not set(re.findall(r"\w+", made)) <= set(re.findall(r"\w+", given))


def stored_anew(function, outputs, *args, **options):
    """What such a ufunc would store, in new arrays."""
    new = tuple([None if output is None else np.empty_like(output) for output in outputs])
    return function(*args, out=new, **options)


@adjoint(stored_anew)
def stored_anew_rule(function, outputs, *args, **options):
    values = stored_anew(function, outputs, *args, **options)
    return values, refuse(describe(function))


nondifferentiable(takes_lengths)


# --------------------------------------------------------------------------- methods


@mutator(np.ndarray.fill)
def fill(a, value, /):
    a[...] = value


@mutator(np.ndarray.byteswap)
def byteswap(a, inplace=False):
    if inplace:
        return natively(np.ndarray.byteswap, (a,), {"inplace": True})
    return swapped(a)


def swapped(a):
    """The same bytes in another order, which are other numbers."""
    return np.ndarray.byteswap(a)


@adjoint(swapped)
def swapped_rule(a):
    return swapped(a), refuse("the bytes of numbers in another order (byteswap)")


@mutator(np.ndarray.setfield)
def setfield(a, val, dtype, offset=0):
    part = a.getfield(dtype, offset)
    if part.dtype.hasobject or not part.flags.writeable:
        return natively(np.ndarray.setfield, (a, val, dtype, offset), {})
    part[...] = val


@mutator(np.copyto)
def copyto(dst, src, casting="same_kind", where=True):
    if not np.can_cast(_cast_source(src), dst.dtype, casting):
        return natively(np.copyto, (dst, src, casting), {})
    if where is True:
        dst[...] = src
    else:
        where = np.broadcast_to(where, dst.shape)
        dst[where] = np.broadcast_to(src, dst.shape)[where]


def _cast_source(src):
    return src.dtype if isinstance(src, (np.ndarray, np.generic)) else np.min_scalar_type(src)


@mutator(np.ndarray.put)
def put_method(a, indices, values, mode="raise"):
    where = np.array(indices).ravel()
    values = np.ravel(np.asarray(values))
    if where.dtype.kind not in "iu" or where.size and not a.size:
        return natively(np.put, (a, indices, values, mode), {})
    wrong = _first_outside(where, a.size) if mode == "raise" else where.size
    if values.size:
        put_at(a, _inside(where[:wrong], a.size, mode), values)
    if wrong < where.size:  # what comes before it is written
        natively(np.put, (a, where[wrong:], values, mode), {})


@mutator(np.put)
def put(a, ind, v, mode="raise"):
    return put_method(a, ind, v, mode)


def _first_outside(where, size):
    outside = np.flatnonzero((where < -size) | (where >= size))
    return outside[0] if outside.size else where.size


def _inside(where, size, mode):
    return np.clip(where, 0, size - 1) if mode == "clip" else where % size if size else where


def put_at(a, where, values):
    """Stores values, repeated as often as needed, at positions in the flattened array."""
    if not where.size:
        return
    values = values[np.arange(where.size) % values.size]
    if a.ndim:
        a[np.unravel_index(where, a.shape)] = values
    else:
        a[...] = values[-1]


@mutator(np.place)
def place(arr, mask, vals):
    where = np.reshape(np.asarray(mask, dtype=bool), arr.shape)
    count = np.count_nonzero(where)
    if not count:
        return None
    vals = np.ravel(np.asarray(vals))
    if not vals.size:
        return natively(np.place, (arr, mask, vals), {})
    arr[where] = vals[np.arange(count) % vals.size]


@mutator(np.putmask)
def putmask(a, mask, values):
    where = np.reshape(np.asarray(mask, dtype=bool), a.shape)
    values = np.ravel(np.asarray(values))
    if values.size:
        a[where] = values[np.flatnonzero(where) % values.size]


@mutator(np.ndarray.sort)
def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    a[...] = np.sort(plain(a), axis, kind, order, stable=stable)


@mutator(np.ndarray.partition)
def partition(a, kth, axis=-1, kind="introselect", order=None):
    x = plain(a)
    a[...] = arranged(x, partition_order(x, kth, axis, kind, order), axis)


def partition_order(a, kth, axis, kind, order):
    """The order in which `partition` puts the elements."""
    after = a.copy()
    after.partition(kth, axis, kind, order)
    ranks = np.argsort(np.argsort(after, axis, kind="stable"), axis, kind="stable")
    return np.take_along_axis(np.argsort(a, axis, kind="stable"), ranks, axis)


def set_real(a, value, /):
    np.real(a)[...] = value


def set_imag(a, value, /):
    np.imag(a)[...] = value


def set_flat(a, value, /):
    put_flat(a, slice(None), value)


ATTRIBUTES = {"real": set_real, "imag": set_imag, "flat": set_flat}


@mutator(np.flatiter.__setitem__)
def set_flat_item(flat, key, value, /):
    flat[key] = value


def put_flat(a, key, value, /):
    """``a.flat[key] = value``: values are repeated as often as needed."""
    where = np.ravel(np.arange(a.size).flat[key])
    value = np.ravel(np.asarray(value))
    if value.size:
        put_at(a, where, value)
    elif where.size:
        return natively(operator.setitem, (a.flat, key, value), {})


# ------------------------------------------------------------------------ ufunc.at


@mutator(np.ufunc.at)
def ufunc_at(ufunc, a, indices, *operands):
    """Unbuffered: an element that is named several times is changed several times."""
    positions = np.arange(a.size).reshape(a.shape)[indices]
    shape = np.shape(positions)
    operands = [np.broadcast_to(b, shape) for b in operands]
    if ufunc is np.add or ufunc is np.subtract:
        a[...] = sums_at(ufunc, a, indices, operands[0])
        return
    positions = np.ravel(positions)
    operands = [np.ravel(b) for b in operands]
    for turn in turns(positions):
        where = np.unravel_index(positions[turn], a.shape)
        a[where] = ufunc(a[where], *[b[turn] for b in operands])


def turns(positions):
    """Which positions to take in which turn, so that none is taken twice in one."""
    left = np.arange(positions.size)
    while left.size:
        _, first = np.unique(positions[left], return_index=True)
        yield left[np.sort(first)]
        left = np.delete(left, first)


def sums_at(ufunc, a, indices, b):
    out = a.copy()
    ufunc.at(out, indices, b)
    return out


@adjoint(sums_at)
def sums_at_rule(ufunc, a, indices, b):
    def b_back(dy):
        db = dy[indices]
        return project(db if ufunc is np.add else -db, b)

    return sums_at(ufunc, a, indices, b), each(None, lambda dy: dy, None, b_back)


nondifferentiable(
    wraps, is_same, natively, fits, partition_order, _first_outside, _inside, _cast_source
)


# ------------------------------------------------- shadows of memory at inner levels


def window(buffer, offset, shape, strides, dtype, overlaps):
    """What an array shows of a memory whose shadow is the flat `buffer`; in elements of `dtype`."""
    flat = buffer if buffer.dtype == dtype else buffer.view(dtype)  # parts of complex numbers
    return as_strided(flat[offset:], shape, [n * flat.itemsize for n in strides])


@adjoint(window)
def window_rule(buffer, *where):
    # it is a view, which needs no pullback
    return window(buffer, *where), refuse("a window of a shadow")


def add_to_window(buffer, where, d):
    """Adds a cotangent to what a window shows."""
    shape, overlaps = where[1], where[-1]
    if overlaps:
        count = buffer.size * buffer.itemsize // where[3].itemsize
        flat = window(buffer, 0, (count,), (1,), where[3], False)
        np.add.at(flat, window(np.arange(count), *where[:3], np.dtype(int), True), d)
    else:
        region = window(buffer, *where)
        region += unbroadcast(d, shape) if np.shape(d) != shape else d


def formed(dv, kind, shape, dtype):
    """The cotangent `dv` of what was broadcast from a value of that form."""
    if dtype is None:
        dv = np.sum(dv).item()
        return dv.real if kind is not complex and isinstance(dv, complex) else dv
    dv = unbroadcast(dv, shape)
    if dv.dtype.kind == "c" and dtype.kind != "c":
        dv = np.real(dv)
    if dv.dtype != dtype:
        dv = dv.astype(dtype)
    return dv[()] if kind is np.generic else dv
