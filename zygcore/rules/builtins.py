"""Rules for Python's builtin functions and the methods of its numbers.

What only passes objects on (``list``, ``zip``, ``iter`` ...) is a *consumer*:
the machine knows what comes out by identity.  What calls back into Python
(``map``, ``sorted`` with a key ...) is *lowered*, so that the machine runs the
callback.  What turns numbers into text (``str``, ``repr``, ``format``,
``float.hex``) has no rule on purpose: a number read back from text has lost
its gradient, and that must be loud.
"""

import io
import operator
import sys

import numpy as np

from .._reductions import sum_of_floats
from .broadcasting import Array, Scalar, parts, project
from .operator import ARITHMETIC, RULES_OF, abs_rule, array_abs_rule
from .registry import adjoint, consumer, elementwise, fallback, lowering, nondifferentiable

__all__ = []

adjoint(abs)(abs_rule)
adjoint(abs)(array_abs_rule)
for _rule in RULES_OF[operator.pow]:
    adjoint(pow)(_rule)


@adjoint(pow)
def modular_pow_rule(base: int, exp: int, mod: int):
    return pow(base, exp, mod), None


@fallback(pow)
def pow_function_fallback(base, exp, mod=None):
    return base**exp if mod is None else type(base).__pow__(base, exp, mod)


# ----------------------------------------------------------------- conversions


@adjoint(float)
def float_rule(x: Scalar | Array = 0.0, /):
    return float(x), lambda dy: (project(dy, x),)


_missing = object()


@adjoint(complex)
def complex_rule(real: Scalar | Array = 0.0, imag=_missing):
    def complex_back(dy):
        # complex(a, b) is a + i b, also for complex a and b
        return project(dy, real), None if imag is _missing else project(dy * -1j, imag)

    return complex(real) if imag is _missing else complex(real, imag), complex_back


@adjoint(int, round)
def whole_rule(x: int, *digits):
    if digits and digits[0] is not None and digits[0] < 0:
        return round(x, *digits), None
    return x + 0, lambda dy: (project(dy, x),)


@adjoint(int, operator.index)
def whole_array_rule(x: np.integer | np.bool_ | np.ndarray):
    y = int(x)
    return y, (lambda dy: (project(dy, x),)) if x.dtype.kind in "iub" else None


@adjoint(operator.index, int.__int__, int.__index__, int.__floor__, int.__ceil__, int.__trunc__)
def index_rule(x: int):
    return operator.index(x), lambda dy: (project(dy, x),)


@adjoint(int)
def int_rule(*args, **options):
    return int(*args, **options), None


@adjoint(round)
def round_rule(number, ndigits=None):
    return round(number, ndigits), None


def _quotient(x, y):
    return divmod(x, y)[0]


def _rest(x, y):
    return divmod(x, y)[1]


nondifferentiable(_quotient)
elementwise(_rest, *ARITHMETIC[operator.mod])


def is_plain(x):
    return type(x) is np.ndarray or isinstance(x, np.generic | Scalar | list | tuple)


def has_array(x, y):
    return isinstance(x, np.ndarray | np.generic) or isinstance(y, np.ndarray | np.generic)


nondifferentiable(is_plain, has_array)


@lowering(divmod)
def divmod_lowering(x, y, /):
    if isinstance(x, Scalar) and isinstance(y, Scalar):
        return _quotient(x, y), _rest(x, y)
    if has_array(x, y) and is_plain(x) and is_plain(y):
        return x // y, x % y
    method = getattr(type(x), "__divmod__", None)
    result = NotImplemented if method is None else method(x, y)
    if result is NotImplemented:
        method = getattr(type(y), "__rdivmod__", None)
        result = NotImplemented if method is None else method(y, x)
    if result is NotImplemented:
        raise TypeError(
            "unsupported operand type(s) for divmod(): "
            f"'{type(x).__name__}' and '{type(y).__name__}'"
        )
    return result


# ------------------------------------------------------------------------- sum


def add_numbers(start, *items):
    """``sum(items, start)`` with each item an argument of its own.

    The builtin itself does the adding: since Python 3.12 it compensates.
    """
    return sum(items, start)


@adjoint(add_numbers)
def add_numbers_rule(*items):
    def add_numbers_back(dy):
        return tuple([project(dy, x) for x in items])

    return add_numbers(*items), add_numbers_back


_numbers = frozenset([int, float, bool, complex])


def _leading_numbers(items):
    """How many items in front are Python numbers."""
    for n, item in enumerate(items):
        if type(item) not in _numbers:
            return n
    return len(items)


nondifferentiable(_leading_numbers)


@lowering(sum)
def sum_lowering(iterable, /, start=0):
    if type(iterable) is not list and type(iterable) is not tuple:
        iterable = [item for item in iterable]
    total = sum_of_floats(iterable, start)
    if total is not NotImplemented:
        return total
    items = [start, *iterable]
    if isinstance(start, (str, bytes, bytearray)):
        raise TypeError(f"sum() can't sum {_joinable[type(start)]}")
    n = _leading_numbers(items)
    if n == len(items):
        return add_numbers(*items)
    total = add_numbers(*items[:n]) if n else items[0]
    for i in range(n or 1, len(items)):
        total = total + items[i]
    return total


_joinable = {
    str: "strings [use ''.join(seq) instead]",
    bytes: "bytes [use b''.join(seq) instead]",
    bytearray: "bytearray [use b''.join(seq) instead]",
}

# ------------------------------------------- functions that take functions


# what comes out is one of the objects that went in: the first of the ties


def largest(*args, **options):
    return max(*args, **options)


def smallest(*args, **options):
    return min(*args, **options)


def larger(*args):
    return max(*args)


def smaller(*args):
    return min(*args)


consumer(largest, smallest)
consumer(larger, smaller, passes=range(256))


@lowering(max)
def max_lowering(*args, key=None, default=_missing):
    options = {} if default is _missing else {"default": default}
    if not args or len(args) == 1 and key is None:
        return largest(*args, **options)
    best = best_key = _missing
    for item in args if len(args) > 1 else args[0]:
        item_key = item if key is None else key(item)
        if best is _missing or item_key > best_key:
            best, best_key = item, item_key
    if best is _missing or (options and len(args) > 1):
        return largest(*args[1:], [], **options)  # the default, or the builtin's error
    return best


@lowering(min)
def min_lowering(*args, key=None, default=_missing):
    options = {} if default is _missing else {"default": default}
    if not args or len(args) == 1 and key is None:
        return smallest(*args, **options)
    best = best_key = _missing
    for item in args if len(args) > 1 else args[0]:
        item_key = item if key is None else key(item)
        if best is _missing or item_key < best_key:
            best, best_key = item, item_key
    if best is _missing or (options and len(args) > 1):
        return smallest(*args[1:], [], **options)
    return best


def in_order(items, reverse):
    return sorted(items, reverse=reverse)


def order_of(keys, reverse):
    """The stable order of `keys`, as indices."""
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


consumer(in_order)
nondifferentiable(order_of)


@lowering(sorted)
def sorted_lowering(iterable, /, *, key=None, reverse=False):
    if key is None:
        return in_order(iterable, reverse)
    items = [*iterable]
    return [items[i] for i in order_of([key(item) for item in items], reverse)]


@lowering(map)
def map_lowering(function, /, *iterables):
    if not iterables:
        raise TypeError("map() must have at least two arguments.")
    return _map(function, [iter(i) for i in iterables])


def _map(function, iterators):
    try:  # a StopIteration from the function ends a map, too
        if len(iterators) == 1:
            for item in iterators[0]:
                yield function(item)
        else:
            for items in zip(*iterators):  # noqa: B905
                yield function(*items)
    except StopIteration:
        return


@lowering(filter)
def filter_lowering(function, iterable, /):
    return _filter(bool if function is None else function, iter(iterable))


def _filter(function, iterator):
    try:
        for item in iterator:
            if function(item):
                yield item
    except StopIteration:
        return


def _print(*values, **options):
    print(*values, **options)


nondifferentiable(_print)


@lowering(print)
def print_lowering(*values, sep=" ", end="\n", file=None, flush=False):
    stream = sys.stdout if file is None else file
    if stream is None or isinstance(stream, io.TextIOWrapper) or not hasattr(stream, "write"):
        return _print(*values, sep=sep, end=end, file=file, flush=flush)  # nobody reads it back
    for i, value in enumerate(values):
        if i:
            stream.write(" " if sep is None else sep)
        stream.write(str(value))
    stream.write("\n" if end is None else end)
    if flush:
        stream.flush()


consumer(list, tuple, set, frozenset)
consumer(slice, passes=range(3))
consumer(zip, enumerate, reversed, iter, lazy=True)
consumer(next, passes=[1])

# --------------------------------------------------------- numbers' methods


def _register_slot(kind, name, partials, swapped):
    target = getattr(kind, name)

    def slot_rule(x, y):
        z = target(x, y)
        if z is NotImplemented:
            return z, None
        if swapped:
            pull = parts(partials, (y, x), z).parts
            return z, lambda dy: (pull[1](dy), pull[0](dy))
        return z, parts(partials, (x, y), z)

    adjoint(target)(slot_rule)


def _register_unary_slot(kind, name, partials):
    target = getattr(kind, name)

    def slot_rule(x):
        y = target(x)
        return y, parts(partials, (x,), y)

    adjoint(target)(slot_rule)


for _op, _partials in ARITHMETIC.items():
    _name = _op.__name__.strip("_")
    for _kind in (int, float, complex):
        if len(_partials) == 1:
            _register_unary_slot(_kind, f"__{_name}__", _partials)
        elif hasattr(_kind, f"__{_name}__"):
            _register_slot(_kind, f"__{_name}__", _partials, False)
            _register_slot(_kind, f"__r{_name}__", _partials, True)


@adjoint(float.__abs__, int.__abs__, complex.__abs__)
def number_abs_rule(x):
    return abs_rule(x)


@adjoint(float.conjugate, int.conjugate, complex.conjugate)
def conjugate_rule(x):
    return x.conjugate(), lambda dy: (project(dy.conjugate(), x),)


@adjoint(float.real, int.real, complex.real)
def real_rule(x):
    return x.real, lambda dy: (project(dy, x),)


@adjoint(complex.imag)
def imag_rule(x):
    return x.imag, lambda dy: (project(dy * 1j, x),)


@adjoint(float.__float__, int.__float__)
def to_float_rule(x):
    return float(x), lambda dy: (project(dy, x),)


# --------------------------------------------------------- no gradient at all

nondifferentiable(
    bool, len, isinstance, issubclass, type, id, hash, callable, range, hasattr,
    any, all, float.is_integer, float.imag, int.imag, float.__round__, float.__floor__,
    float.__ceil__, float.__trunc__, float.__int__, float.__bool__, int.__bool__,
    float.__hash__, int.__hash__, int.bit_length, int.__floordiv__, float.__floordiv__,
)  # fmt: skip
