"""Rules for making arrays, and for joining and rearranging them.

Making an array of a list of numbers is lowered: the machine walks the list,
where it knows which numbers are active, and calls a helper that takes each of
them as an argument.  Joining arrays works the same way.
"""

import numpy as np

from ...interop._known import FETCHED, KNOWN
from ..broadcasting import (
    Array,
    Scalar,
    another,
    kind_of,
    project,
    unbroadcast,
    unsupported,
)
from ..registry import UNKNOWN, adjoint, fallback, linear, lowering, nondifferentiable
from ._asked import array_of, in_python, leaf, shown_by
from ._indexing import scatter
from ._subclasses import is_subclass, lifted, plain

__all__ = ["array_lowering", "join", "pile", "register_cast"]


def is_text(y):
    """Whether an array holds no numbers but text, dates or records."""
    return kind_of(y.dtype) not in "biufcO"


def loses(x, y):
    """Whether making `y` of `x` rounds to integers or booleans: `y` is then a constant."""
    kind, old = kind_of(y.dtype), kind_of(np.asarray(x).dtype)
    return kind not in "fcO" and (old not in "biu" or (kind == "b" and old != "b"))


# -------------------------------------------------------------- making arrays


def assemble(maker, obj, options, *leaves):
    """``maker(obj, **options)`` where `leaves` are the numbers and arrays in `obj`."""
    return maker(obj, **options)


@adjoint(assemble)
def assemble_rule(maker, obj, options, *leaves):
    y = maker(obj, **options)
    if is_text(y):
        return y, UNKNOWN
    if any(map(loses, leaves, [y] * len(leaves))):
        return y, None

    def assemble_back(dy):
        if len(leaves) == 1:  # leading axes that are there for ndmin or nesting only
            shape = np.shape(leaves[0])
            return (None, None, None, project(np.reshape(dy, shape), leaves[0]))
        dys = np.reshape(dy, (len(leaves), *np.shape(leaves[0])))
        return (None, None, None, *[project(dys[i], x) for i, x in enumerate(leaves)])

    def assemble_push(tangents, width):
        several = (width,) if width else ()
        found = [
            np.zeros((*several, *np.shape(x)), y.dtype) if v is None else v
            for x, v in zip(leaves, tangents[3:], strict=True)
        ]
        stacked = found[0] if len(leaves) == 1 else np.stack(found, len(several))
        dtype = y.dtype if kind_of(y.dtype) in "fc" else float
        return np.reshape(stacked, (*several, *y.shape)).astype(dtype)

    return y, linear(assemble_back, assemble_push)


def _leaves(obj, dtype):
    out = []
    for item in obj:
        if isinstance(item, (list, tuple)):
            out.extend(_leaves(item, dtype))
        else:
            out.append(plain(leaf(item, dtype)))
    return out


def asks(obj):
    """Are there objects in a list that make arrays or numbers of themselves?"""
    if isinstance(obj, (list, tuple)):
        return any([asks(item) for item in obj])
    return not isinstance(obj, (np.ndarray, np.generic, float, int, complex, str))


nondifferentiable(asks)


def nested(obj, leaves):
    """Lists of the form of `obj`, with these leaves."""
    if isinstance(obj, (list, tuple)):
        return [nested(item, leaves) for item in obj]
    return next(leaves)


def _convert(maker, obj, options):
    if isinstance(obj, (list, tuple)):
        leaves = _leaves(obj, options.get("dtype"))
        if asks(obj):  # once is enough
            obj = nested(obj, iter(leaves))
        return assemble(maker, obj, options, *leaves)
    if is_subclass(obj):
        return lifted(maker, (obj,), options)
    if isinstance(obj, np.ndarray):
        result = _same(maker, obj, options)
        return obj if result is None else assemble(maker, obj, options, obj)
    if isinstance(obj, (float, int, complex, np.generic)):
        return assemble(maker, obj, options, obj)
    if type(obj) in KNOWN:  # arrays of another library
        fetched = FETCHED.get(type(obj))
        if fetched is None:
            return from_object(maker, obj, options)
        return _convert(maker, fetched(obj), options)
    if in_python(obj, "__buffer__"):
        try:
            return _convert(maker, shown_by(obj), options)
        except Exception:
            if not in_python(obj, "__array__"):  # which NumPy asks next
                raise
    if in_python(obj, "__array__"):
        copy = options.get("copy", True if maker is np.array else None)
        return _convert(maker, array_of(obj, options.get("dtype"), copy), options)
    return from_object(maker, obj, options)


def _same(maker, obj, options):
    """None if the call gives back the very array, True if it makes another."""
    if maker is np.array and options.get("copy", True) is True:
        return True
    return None if maker(obj, **options) is obj else True


def from_object(maker, obj, options):
    """An array of what is neither a number nor a sequence."""
    return maker(obj, **options)


@adjoint(from_object)
def from_object_rule(maker, obj, options):
    return from_object(maker, obj, options), UNKNOWN  # what an object makes of itself


@lowering(np.array)
def array_lowering(object, dtype=None, **options):
    if dtype is not None:
        options["dtype"] = dtype
    return _convert(np.array, object, options)


def _asarray_lowering(maker):
    def as_lowering(a, dtype=None, order=None, **options):
        if dtype is not None:
            options["dtype"] = dtype
        if order is not None:
            options["order"] = order
        return _convert(maker, a, options)

    return as_lowering


for _maker in (np.asarray, np.asanyarray, np.asfortranarray):
    lowering(_maker)(_asarray_lowering(_maker))


@lowering(np.ascontiguousarray)
def ascontiguousarray_lowering(a, dtype=None, **options):
    if dtype is not None:
        options["dtype"] = dtype
    return _convert(np.ascontiguousarray, a, options)


@adjoint(np.full)
def full_rule(shape, fill_value, dtype=None, order="C", **options):
    y = np.full(shape, fill_value, dtype, order, **options)
    return y, None if loses(fill_value, y) else lambda dy: (None, project(dy, fill_value))


@adjoint(np.full_like)
def full_like_rule(a, fill_value, *args, **options):
    y = np.full_like(a, fill_value, *args, **options)
    return y, None if loses(fill_value, y) else lambda dy: (None, project(dy, fill_value))


@adjoint(np.arange)
def arange_rule(start, stop=None, step=1, dtype=None, **options):
    if stop is None:
        return np.arange(start, step=step, dtype=dtype, **options), None
    y = np.arange(start, stop, step, dtype, **options)

    def arange_back(dy):
        return project(np.sum(dy), start), None, project(np.sum(dy * np.arange(len(y))), step)

    return y, arange_back


@adjoint(np.copy)
def copy_rule(a, order="K", subok=False):
    return np.copy(a, order, subok), lambda dy: (project(dy, a),)


@adjoint(np.ndarray.copy, np.ndarray.__copy__, np.generic.copy)
def copy_method_rule(a, *order, **options):
    return a.copy(*order, **options), lambda dy: (project(dy, a),)


@adjoint(np.ndarray.__deepcopy__, np.generic.__deepcopy__)
def deepcopy_rule(a, memo, /):
    return a.__deepcopy__(memo), lambda dy: (project(dy, a),)


@adjoint(np.ndarray.astype, np.generic.astype)
def astype_rule(x, dtype, *args, **options):
    y = another(x.astype(dtype, *args, **options), x)
    if is_text(y):
        return y, UNKNOWN
    return y, None if loses(x, y) else lambda dy: (project(dy, x),)


def register_cast(kind):
    """A rule for calling a class of scalars."""

    def cast_rule(x: Scalar | Array | str | bytes | list | tuple = 0.0, /):
        y = kind(x)
        if isinstance(x, (str, bytes)):
            return y, UNKNOWN
        return y, None if loses(x, y) else lambda dy: (project(dy, x),)

    adjoint(kind)(cast_rule)


for _kind in set(np.sctypeDict.values()):
    if issubclass(_kind, (np.number, np.bool_)) and not issubclass(_kind, np.timedelta64):
        register_cast(_kind)

# ------------------------------------------------------------- arrays to Python


@adjoint(np.ndarray.item, np.generic.item)
def item_rule(x, *args):
    y = x.item(*args)
    shape = x.shape
    key = args
    if len(args) == 1 and isinstance(args[0], tuple):
        (key,) = args
    elif len(args) == 1 and len(shape) != 1:
        key = np.unravel_index(args[0] % x.size, shape)

    def item_back(dy):
        if not key:
            return (project(np.reshape(dy, shape), x),)
        return (project(scatter(dy, key, shape), x),)

    return y, item_back


@lowering(np.ndarray.tolist, np.generic.tolist)
def tolist_lowering(x):
    if not isinstance(x, (np.ndarray, np.generic)):  # an item of an array of objects
        return x
    return x.item() if x.ndim == 0 else [tolist_lowering(x[i]) for i in range(len(x))]


# ----------------------------------------------------------------- new shapes


def _layout(x, order):
    """Which of C and F the orders A and K mean for `x`."""
    if order in "CF":
        return order
    flags = np.asarray(x).flags
    if flags.c_contiguous or (order == "A" and not flags.f_contiguous):
        return "C"
    return "F" if flags.f_contiguous else "K"


def _places(x):
    """Where each element of an array in the order of its memory is in the order C."""
    places = np.empty_like(x, dtype=np.intp)
    places[...] = np.arange(places.size).reshape(places.shape)
    return np.ravel(places, "K")


def in_tuple(shape):
    """A shape or axes that are an array, as other libraries take them."""
    return tuple(shape.tolist()) if hasattr(shape, "tolist") and np.ndim(shape) else shape


def unraveled(a, order):
    """The pullback of an array as one axis, in an order."""
    order, old = _layout(a, order), np.shape(a)
    places = _places(a) if order == "K" else None

    def unraveled_back(dy):
        if places is None:
            return (project(np.reshape(dy, old, order=order), a),)
        return (project(np.reshape(scatter(dy, places, places.shape), old), a),)

    return unraveled_back


nondifferentiable(in_tuple, loses, _layout, _places, _same)


@adjoint(np.reshape)
def reshape_rule(a, shape=None, order="C", **options):
    shape = in_tuple(shape)
    order_, old = _layout(a, order), np.shape(a)
    y = np.reshape(a, shape, order=order, **options)
    return y, lambda dy: (project(np.reshape(dy, old, order=order_), a),)


@adjoint(np.ndarray.reshape, np.generic.reshape)
def reshape_method_rule(a, *shape, order="C", **options):
    shape = tuple(map(in_tuple, shape))
    order_, old = _layout(a, order), np.shape(a)
    y = a.reshape(*shape, order=order, **options)
    return y, lambda dy: (project(np.reshape(dy, old, order=order_), a),)


@adjoint(np.ravel, np.ndarray.ravel, np.generic.ravel)
def ravel_rule(a, order="C"):
    return np.ravel(a, order), unraveled(a, order)


@adjoint(np.ndarray.flatten, np.generic.flatten)
def flatten_rule(a, order="C"):
    return a.flatten(order), unraveled(a, order)


@adjoint(np.squeeze, np.ndarray.squeeze, np.generic.squeeze)
def squeeze_rule(a, axis=None):
    old = np.shape(a)
    y = another(np.squeeze(a, axis), a)
    return y, lambda dy: (project(np.reshape(dy, old), a),)


@adjoint(np.expand_dims)
def expand_dims_rule(a, axis):
    old = np.shape(a)
    return np.expand_dims(a, axis), lambda dy: (project(np.reshape(dy, old), a),)


@adjoint(np.broadcast_to)
def broadcast_to_rule(array: np.ndarray, shape, subok=False):
    old = np.shape(array)
    y = np.broadcast_to(array, shape, subok)
    return y, lambda dy: (project(unbroadcast(dy, old), array),)


@fallback(np.broadcast_to)
def broadcast_to_fallback(array, shape, subok=False):
    """Of an array that is known: elements share its memory, to which views of the result go."""
    return np.broadcast_to(np.asarray(array), shape, subok)


@lowering(np.broadcast_arrays)
def broadcast_arrays_lowering(*args, subok=False):
    shape = np.broadcast_shapes(*[np.shape(x) for x in args])
    return tuple([np.asarray(x) if np.shape(x) == shape else np.broadcast_to(x, shape)
                  for x in args])  # fmt: skip


# ------------------------------------------------------------- order of axes


@adjoint(np.transpose)
def transpose_rule(a, axes=None):
    axes = in_tuple(axes)
    inverse = None if axes is None else _inverse(axes, np.ndim(a))
    return np.transpose(a, axes), lambda dy: (project(np.transpose(dy, inverse), a),)


@adjoint(np.ndarray.transpose, np.generic.transpose)
def transpose_method_rule(a, *axes):
    if not axes:
        return transpose_rule(a)
    if len(axes) == 1 and (axes[0] is None or np.ndim(axes[0])):
        (axes,) = axes
    return transpose_rule(a, axes)


def _inverse(axes, ndim):
    return tuple(np.argsort([axis % ndim for axis in axes]).tolist())


nondifferentiable(_inverse)


@adjoint(np.ndarray.T, np.generic.T)
def T_rule(a):
    return a.T, lambda dy: (project(np.transpose(dy), a),)


@adjoint(np.ndarray.mT, np.matrix_transpose, np.linalg.matrix_transpose)
def mT_rule(x, /):
    return np.swapaxes(x, -1, -2), lambda dy: (project(np.swapaxes(dy, -1, -2), x),)


@adjoint(np.swapaxes, np.ndarray.swapaxes)
def swapaxes_rule(a, axis1, axis2):
    y = np.swapaxes(a, axis1, axis2)
    return y, lambda dy: (project(np.swapaxes(dy, axis1, axis2), a),)


@adjoint(np.moveaxis)
def moveaxis_rule(a, source, destination):
    y = np.moveaxis(a, source, destination)
    return y, lambda dy: (project(np.moveaxis(dy, destination, source), a),)


@adjoint(np.flip)
def flip_rule(m, axis=None):
    return np.flip(m, axis), lambda dy: (project(np.flip(dy, axis), m),)


@adjoint(np.roll)
def roll_rule(a, shift, axis=None):
    back_shift = tuple([-s for s in shift]) if isinstance(shift, (tuple, list)) else -shift
    return np.roll(a, shift, axis), lambda dy: (project(np.roll(dy, back_shift, axis), a),)


@adjoint(np.tril)
def tril_rule(m, k=0):
    return np.tril(m, k), lambda dy: (project(np.tril(dy, k), m),)


@adjoint(np.triu)
def triu_rule(m, k=0):
    return np.triu(m, k), lambda dy: (project(np.triu(dy, k), m),)


@adjoint(np.tile)
def tile_rule(A, reps):
    shape = np.shape(A)
    reps_ = (reps,) if isinstance(reps, (int, np.integer)) else tuple(reps)
    ndim = max(len(reps_), len(shape))
    reps_ = (1,) * (ndim - len(reps_)) + reps_
    old = (1,) * (ndim - len(shape)) + shape
    pairs = [n for pair in zip(reps_, old, strict=True) for n in pair]

    def tile_back(dy):
        dx = np.sum(np.reshape(dy, pairs), axis=tuple(range(0, 2 * ndim, 2)))
        return (project(np.reshape(dx, shape), A),)

    return np.tile(A, reps), tile_back


# --------------------------------------------------------------------- padding


@lowering(np.pad)
def pad_lowering(array, pad_width, mode="constant", **options):
    if mode in MODES and not options and not isinstance(pad_width, dict):
        return padded(array, pad_width, mode)
    # the other modes are computed from what is inside, by NumPy's own code
    return np.pad._implementation(array, pad_width, mode, **options)


#: modes of `np.pad` that repeat elements, or zeros
MODES = ("constant", "empty", "edge", "reflect", "symmetric", "wrap")


def padded(array, pad_width, mode):
    return np.pad(array, pad_width, mode)


@adjoint(padded)
def padded_rule(array, pad_width, mode):
    y = padded(array, pad_width, mode)
    shape = np.shape(array)
    if mode in ("constant", "empty"):
        inside = np.pad(np.ones(shape, bool), pad_width)

        def constant_pad_back(dy):
            return (project(np.reshape(dy[inside], shape), array),)

        return y, constant_pad_back
    size = np.size(array)
    source = np.pad(np.reshape(np.arange(size), shape), pad_width, mode)

    def pad_back(dy):
        dx = scatter(np.ravel(dy), np.ravel(source), (size,))
        return (project(np.reshape(dx, shape), array),)

    return y, pad_back


# --------------------------------------------------------------------- joining


def join(axis, options, *arrays):
    """``np.concatenate`` with each array an argument of its own."""
    return np.concatenate(arrays, axis, **options)


@adjoint(join)
def join_rule(axis, options, *arrays):
    y = np.concatenate(arrays, axis, **options)

    def join_back(dy):
        out = []
        end = 0
        for x in arrays:
            shape = np.shape(x)
            if axis is None:
                start, end = end, end + np.size(x)
                out.append(project(np.reshape(dy[start:end], shape), x))
            else:
                start, end = end, end + shape[axis]
                key = (slice(None),) * (axis % len(shape)) + (slice(start, end),)
                out.append(project(dy[key], x))
        return (None, None, *out)

    return y, join_back


def _as_arrays(items):
    return [np.asarray(x) if isinstance(x, (list, tuple)) else leaf(x) for x in items]


@lowering(np.concatenate)
def concatenate_lowering(arrays, /, axis=0, out=None, **options):
    unsupported("np.concatenate", out=out)
    return join(axis, options, *_as_arrays(arrays))


def pile(axis, options, *arrays):
    """``np.stack`` with each array an argument of its own."""
    return np.stack(arrays, axis, **options)


@adjoint(pile)
def pile_rule(axis, options, *arrays):
    y = np.stack(arrays, axis, **options)

    def pile_back(dy):
        before = (slice(None),) * (axis % y.ndim)
        return (None, None, *[project(dy[(*before, i)], x) for i, x in enumerate(arrays)])

    return y, pile_back


@lowering(np.stack)
def stack_lowering(arrays, axis=0, out=None, **options):
    unsupported("np.stack", out=out)
    return pile(axis, options, *_as_arrays(arrays))


# --------------------------------------------------------- no gradient at all

nondifferentiable(
    np.zeros_like, np.ones_like, np.empty_like, np.zeros, np.ones, np.empty, np.eye, np.identity,
    np.broadcast_shapes, np.result_type, np.can_cast, np.promote_types, np.min_scalar_type,
    np.dtype, np.may_share_memory, np.shares_memory, np.iterable,
    np.ndarray.shape, np.ndarray.ndim, np.ndarray.size, np.ndarray.dtype, np.ndarray.strides,
    np.ndarray.flags, np.ndarray.itemsize, np.ndarray.nbytes, np.ndarray.__len__,
    np.generic.shape, np.generic.ndim, np.generic.size, np.generic.dtype, np.generic.strides,
    np.generic.flags, np.generic.itemsize, np.generic.nbytes,
)  # fmt: skip
