"""Arrays of subclasses: what NumPy makes of them, with the derivatives of the plain arrays in them.

A class may be anything around its numbers, but NumPy's own code only decides which class a result
has.  So a call is made twice: with the arrays as they are, for the form of the result, and with
plain arrays over the same memory, by their rules.  Where both do not have the same numbers, the
call is refused.
"""

import numpy as np

from ..._handing import hand_over
from ..broadcasting import for_subclasses, project, refuse, refuse_subclass
from ..registry import adjoint, lowering, nondifferentiable

__all__ = [
    "PLAIN",
    "dressed",
    "is_subclass",
    "lifted",
    "plain",
    "shown",
    "with_attribute",
    "with_item",
]

#: classes of plain arrays
PLAIN = frozenset([np.ndarray, np.memmap])


def is_subclass(x):
    return isinstance(x, np.ndarray) and type(x) not in PLAIN


def base_array(a):
    """The numbers in an array of a subclass, as an array of none."""
    return np.ndarray.view(a, np.ndarray)


@adjoint(base_array)
def base_array_rule(a):
    y = np.ndarray.view(a, np.ndarray)
    return y, lambda dy: (project(dy, y),)


def shown(y, *arrays):
    """`y`, which shows the numbers of one of the arrays, or memory of theirs."""
    return y


@adjoint(shown)
def shown_rule(y, *arrays):
    y = shown(y, *arrays)
    (x,) = arrays if len(arrays) == 1 else (None,)

    def shown_back(dy):
        if x is None or np.shape(x) != np.shape(dy):
            refuse("an array that shows memory of another as something else")(dy)
        return None, project(dy, x)

    return y, shown_back


for_subclasses.update([base_array, shown])


def plain(x):
    """The same operand of no subclass; also in lists and tuples."""
    if type(x) is np.ndarray:
        return x
    if isinstance(x, np.ndarray):
        return base_array(x)
    if type(x) in (list, tuple) and has_subclass(x):
        return type(x)([plain(item) for item in x])
    return x


def has_subclass(x):
    if type(x) in (list, tuple):
        return any([has_subclass(item) for item in x])
    return is_subclass(x)


def arrays_in(operands):
    """The arrays among the operands of a call, and in lists and tuples of them."""
    out = []
    for x in operands:
        if isinstance(x, np.ndarray):
            out.append(x)
        elif type(x) in (list, tuple):
            out.extend(arrays_in(x))
    return out


def sample(function, args, options):
    """What NumPy makes of a call, natively."""
    return function(*args, **options)


def shared(y, arrays):
    """The arrays whose memory `y` shows, if it is an array."""
    if not isinstance(y, np.ndarray) or y.base is None:
        return []
    return [x for x in arrays if np.may_share_memory(x, y)]


def same_numbers(x, y):
    """Did both calls compute the same?"""
    x, y = np.asarray(x), np.asarray(y)
    equal = x.dtype == y.dtype and x.size == y.size
    return equal and np.array_equal(x.ravel(), y.ravel(), equal_nan=x.dtype.kind in "fc")


def like(made, operands):
    """The operand whose class the result has."""
    for x in operands:
        if type(x) is type(made):
            return x
    refuse_subclass(type(made))


def values_of(made):
    return made if type(made) is tuple or type(made) is list else tuple(made)


def lifted(function, args, options=None, native=None):
    """A call with arrays of subclasses, none of which has methods that NumPy asks."""
    options = {} if options is None else options
    operands = arrays_in((*args, *options.values()))
    made = sample(function if native is None else native, args, options)
    for x in operands:
        if x is made:
            return x
    over = shared(made, operands)
    if over:
        return shown(hand_over(function if native is None else native, *args, **options), *over)
    y = function(*[plain(x) for x in args], **{key: plain(x) for key, x in options.items()})
    return dressed(made, y, operands)


def dressed(made, y, operands):
    """`y`, the result of plain arrays, as NumPy makes it of the operands."""
    if isinstance(made, (tuple, list)):
        items = [dressed(a, b, operands) for a, b in zip(made, y, strict=True)]
        return type(made)(*items) if hasattr(made, "_fields") else type(made)(items)
    if made is NotImplemented:
        return made
    if not isinstance(made, (np.ndarray, np.generic, float, complex, int)):
        return y  # an iterator, perhaps
    if not same_numbers(made, y):
        refuse_subclass(next((type(x) for x in operands if is_subclass(x)), type(made)))
    if not isinstance(made, np.ndarray):
        return y if np.ndim(y) == 0 and not isinstance(y, np.ndarray) else np.reshape(y, ())[()]
    y = np.reshape(np.asarray(y), made.shape)
    if type(made) is np.ndarray:
        return y
    return dress(like(made, operands), y)


def dress(x, y):
    """A plain array as one of the class of `x`, which its ``__array_finalize__`` is told."""
    return shown(hand_over(np.ndarray.__array_wrap__, x, y), y)


def with_attribute(x, name):
    """An attribute of an array of a subclass that C code computes: ``x.T``, ``x.real`` ..."""
    return lifted(getattr, (x, name), native=attribute_of_array)


def attribute_of_array(x, name):
    return vars(np.ndarray)[name].__get__(x)


def with_item(x, key):
    """``x[key]``"""
    return lifted(take_item, (x, key), native=sample_item)


def take_item(x, key):
    return x[key]


sample_item = np.ndarray.__getitem__


@lowering(np.matrix.__getitem__)
def matrix_item(self, index):
    """Its own code gives the result another shape in place."""
    self._getitem = True
    try:
        out = np.ndarray.__getitem__(self, index)
    finally:
        self._getitem = False
    if not isinstance(out, np.ndarray):
        return out
    if out.ndim == 0:
        return out[()]
    if out.ndim == 1:
        n = len(index) if hasattr(index, "__len__") else 0
        out = np.reshape(out, (-1, 1) if n > 1 and np.isscalar(index[1]) else (1, -1))
    return out


nondifferentiable(has_subclass, is_subclass, like, same_numbers, sample, shared, values_of)
