"""Iterators of NumPy's: what their items are, as items of the arrays that they read.

The machine runs these functions where an array that is read carries derivatives, or where an item
may be written (`zygcore._array_iterators`).
"""

import numpy as np

from ..._shown import arrays_of, flat_shape, part_of
from ...errors import UnsupportedError
from ..broadcasting import refuse
from ..registry import UNKNOWN, adjoint, consumer, lowering, nondifferentiable

__all__ = [
    "broadcast_next",
    "flat_array",
    "flat_arrays",
    "flat_item",
    "flat_next",
    "nditer_attribute",
    "nditer_item",
    "positions",
    "set_nditer_item",
    "shown_items",
]

# --------------------------------------------------------------------- array.flat

consumer(vars(np.ndarray)["flat"])


def shown(flat):
    """The array that is gone through, stretched if ``flat`` is one of a `broadcast`."""
    base = flat.base
    return base if len(flat) == base.size else np.broadcast_to(base, flat_shape(flat))


def positions(size, key):
    """The places in a flattened array that a key of ``array.flat`` means."""
    if type(key) is int and 0 <= key < size:
        return key
    return np.arange(size).flat[key]


def gathered(base, where):
    """The elements at some places of the flattened array."""
    if not base.ndim:
        return np.reshape(base, (1,))[where]
    return base[np.unravel_index(where, base.shape)]


def flat_item(flat, key):
    base = shown(flat)
    return gathered(base, positions(base.size, key))


def flat_next(flat, index):
    return gathered(shown(flat), index)


def flat_array(flat):
    """What NumPy makes an array of: a view, or a copy that cannot be written."""
    base = shown(flat)
    if base is flat.base and base.flags.c_contiguous:
        return np.reshape(base, (-1,))
    out = np.ravel(base).copy()
    out.setflags(write=False)
    return out


def flat_arrays(items):
    """The same for those in a list or tuple."""
    return [flat_array(x) if type(x) is np.flatiter else x for x in items]


@lowering(np.flatiter.__array__)
def flat_array_lowering(flat, dtype=None, /, *, copy=None):
    out = flat_array(flat)
    return out if dtype is None else out.astype(dtype)


@lowering(np.flatiter.copy)
def flat_copy_lowering(flat):
    return np.ravel(shown(flat)).copy()


@lowering(np.flatiter.__getitem__)
def flat_getitem_lowering(flat, key, /):
    return flat[key]


# --------------------------------------------------------------------- broadcast


def native_broadcast(arrays):
    return np.broadcast(*arrays)


@lowering(np.broadcast)
def broadcast_lowering(*args):
    known = np.ndarray | np.broadcast
    return native_broadcast([x if isinstance(x, known) else np.asarray(x) for x in args])


def broadcast_next(b, index):
    shape = b.shape
    where = np.unravel_index(index, shape)
    return tuple([np.broadcast_to(it.base, shape)[where] for it in b.iters])


# --------------------------------------------------------------------- nditer


def native_nditer(op, *options):
    return np.nditer(op, *options)


def native_nested_iters(op, *options):
    return np.nested_iters(op, *options)


@lowering(np.nditer)
def nditer_lowering(
    op, flags=None, op_flags=None, op_dtypes=None, order="K", casting="safe", op_axes=None,
    itershape=None, buffersize=0,
):  # fmt: skip
    op = operands_of(op, flags, op_flags, op_dtypes, casting)
    it = native_nditer(
        op, flags, op_flags, op_dtypes, order, casting, op_axes, itershape, buffersize
    )
    check_operands([it], op, False)
    return it


@lowering(np.nested_iters)
def nested_iters_lowering(
    op, axes, flags=None, op_flags=None, op_dtypes=None, order="K", casting="safe", buffersize=0
):
    op = operands_of(op, flags, op_flags, op_dtypes, casting)
    its = native_nested_iters(op, axes, flags, op_flags, op_dtypes, order, casting, buffersize)
    check_operands(its, op, False)
    return its


def operands_of(op, flags, op_flags, op_dtypes, casting):
    """The operands as arrays; those that are only read, of the type in which they are read."""
    several = isinstance(op, (list, tuple))
    arrays = [
        x if x is None or isinstance(x, np.ndarray) else np.asarray(x)
        for x in (op if several else [op])
    ]
    kinds = kinds_read(arrays, flags, op_flags, op_dtypes, casting)
    return [x if kind is None else x.astype(kind) for x, kind in zip(arrays, kinds, strict=True)]


def kinds_read(arrays, flags, op_flags, op_dtypes, casting):
    """The types to which operands that are only read are cast, None: as they are."""
    flags = flags or ()
    each = op_flags if op_flags else [["readonly"]]
    if isinstance(each[0], str):
        each = [each]
    if len(each) == 1:
        each = list(each) * len(arrays)
    kinds = op_dtypes if isinstance(op_dtypes, (list, tuple)) else [op_dtypes] * len(arrays)
    if op_dtypes is None and "common_dtype" in flags:
        kinds = [np.result_type(*[x for x in arrays if x is not None])] * len(arrays)
    if not len(arrays) == len(kinds) == len(each):
        return [None] * len(arrays)  # the error is NumPy's
    out = []
    for x, kind, how in zip(arrays, kinds, each, strict=True):
        same = x is None or kind is None or np.dtype(kind) == x.dtype
        allowed = "readonly" in how and ("buffered" in flags or "copy" in how)
        wanted = None if same or not allowed else np.dtype(kind)
        out.append(wanted if wanted is not None and np.can_cast(x.dtype, wanted, casting) else None)
    return out


def check_operands(iterators, arrays, active):
    """Refuses copies that an iterator has made of its operands."""
    for it in iterators:
        for array, operand in zip(arrays, it.operands, strict=True):
            copied = array is not None and operand is not array
            if copied and (active or operand.flags.writebackifcopy):
                it.close()
                raise UnsupportedError(COPIED)


COPIED = (
    "a nditer goes through a copy of an array that the gradient depends on (of another type, "
    "without overlap, or in buffers): let it go through array.astype(...) or array.copy(), "
    "without 'buffered'"
)


def shown_items(operands, items):
    """The arrays that an iterator gives, as views of its operands."""
    if type(items) is tuple:
        return tuple([part_of(a, x) for a, x in zip(operands, items, strict=True)])
    return part_of(operands[0], items)


def raw_item(it, key):
    return it[key]


def raw_attribute(it, name):
    return getattr(it, name)


def nditer_item(it, key):
    items = raw_item(it, key)
    operands = it.operands[key]
    return shown_items(operands if type(items) is tuple else (operands,), items)


def nditer_attribute(it, name):
    return shown_items(it.operands, raw_attribute(it, name))


def set_nditer_item(it, key, value):
    if isinstance(key, slice):
        places = range(it.nop)[key]
        if len(places) != len(value):
            return set_natively(it, key, value)  # the error is its own
        for place, item in zip(places, value, strict=True):
            set_nditer_item(it, place, item)
    elif raw_item(it, key).flags.writeable:
        nditer_item(it, key)[...] = value
    else:
        set_natively(it, key, value)


def set_natively(it, key, value):
    it[key] = value


# ------------------------------------------------------------------ what the machine knows


def maker_rule(maker):
    """What is not asked for above, of an iterator over active arrays, is not known."""

    def iterator_rule(arrays, *options):
        made = maker(arrays, *options)
        if maker is not native_broadcast:
            check_operands(made if isinstance(made, tuple) else [made], arrays, True)
        return made, UNKNOWN

    return iterator_rule


for _maker in (native_broadcast, native_nditer, native_nested_iters):
    adjoint(_maker)(maker_rule(_maker))


@adjoint(part_of)
def part_rule(operand, x):
    y = part_of(operand, x)
    if y is x:
        raise UnsupportedError(COPIED)
    return y, refuse("a part of an array")  # it is a view, which needs no pullback


nondifferentiable(
    arrays_of, check_operands, flat_shape, kinds_read, positions, raw_item, raw_attribute,
    set_natively,
    np.flatiter.__len__, np.broadcast.reset,
    *[getattr(np.nditer, name) for name in (
        "__enter__", "__exit__", "__len__", "close", "copy", "debug_print",
        "enable_external_loop", "iternext", "remove_axis", "remove_multi_index", "reset",
    )],
)  # fmt: skip
