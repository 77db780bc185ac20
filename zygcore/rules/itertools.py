"""Rules for `itertools`.

What only passes items on is a *consumer*.  What calls back into Python, looks
at the truth or the equality of items, adds them up (`count`, `accumulate`) or
iterates over the items themselves (`chain.from_iterable`, `starmap`) is
*lowered* to a generator that the machine runs.  As in C, the arguments are
checked and iterated over when the iterator is made, and a `StopIteration` out
of a callback ends the iteration.

A lowered iterator is a generator: its `repr` and its type are a generator's.
"""

import itertools
import operator

from .registry import consumer, lowering

__all__ = []

_missing = object()

consumer(
    itertools.product, itertools.combinations, itertools.combinations_with_replacement,
    itertools.permutations,
)  # fmt: skip
consumer(
    itertools.chain, itertools.islice, itertools.pairwise, itertools.zip_longest, itertools.cycle,
    itertools.tee,
    lazy=True,
)  # fmt: skip

if hasattr(itertools, "batched"):  # Python 3.12
    consumer(itertools.batched, lazy=True)


# ------------------------------------------------- iterators that have no end


def _check_numbers(*values):
    for value in values:
        kind = type(value)
        if not (
            hasattr(kind, "__index__")
            or hasattr(kind, "__int__")
            or hasattr(kind, "__float__")
            or isinstance(value, complex)
        ):
            raise TypeError("a number is required")


@lowering(itertools.count)
def count_lowering(start=0, step=1):
    _check_numbers(start, step)
    if isinstance(start, int) and type(start) is not int and type(step) is int and step == 1:
        start = int.__add__(start, 0)  # C counts in machine words then
    return _count(start, step)


def _count(value, step):
    while True:
        following = value + step  # C adds before it hands out the value
        yield value
        value = following


@lowering(itertools.repeat)
def repeat_lowering(object, times=_missing):
    if times is _missing:
        return _repeat(object)
    return _repeat_times(object, range(operator.index(times)))


def _repeat(value):
    while True:
        yield value


def _repeat_times(value, times):
    for _ in times:
        yield value


# ------------------------------------------------------------ running totals


@lowering(itertools.accumulate)
def accumulate_lowering(iterable, func=None, *, initial=None):
    iterator = iter(iterable)
    if func is None:
        return _running_sum(iterator, initial)
    return _accumulate(iterator, func, initial)


def _running_sum(iterator, total):
    if total is not None:
        yield total
    for item in iterator:
        # the total may be None only as an item of the iterable
        total = item if total is None else total + item
        yield total
        break
    else:
        return
    for item in iterator:
        total = total + item
        yield total


def _accumulate(iterator, func, total):
    try:
        if total is not None:
            yield total
        for item in iterator:
            total = item if total is None else func(total, item)
            yield total
            break
        else:
            return
        for item in iterator:
            total = func(total, item)
            yield total
    except StopIteration:
        return


# ------------------------------------------------------- choosing and calling


@lowering(itertools.takewhile)
def takewhile_lowering(predicate, iterable, /):
    return _takewhile(predicate, iter(iterable))


def _takewhile(predicate, iterator):
    try:
        for item in iterator:
            if not predicate(item):
                return
            yield item
    except StopIteration:
        return


@lowering(itertools.dropwhile)
def dropwhile_lowering(predicate, iterable, /):
    return _dropwhile(predicate, iter(iterable))


def _dropwhile(predicate, iterator):
    try:
        for item in iterator:
            if not predicate(item):
                yield item
                break
        else:
            return
        for item in iterator:
            yield item
    except StopIteration:
        return


@lowering(itertools.filterfalse)
def filterfalse_lowering(function, iterable, /):
    return _filterfalse(bool if function is None else function, iter(iterable))


def _filterfalse(function, iterator):
    try:
        for item in iterator:
            if not function(item):
                yield item
    except StopIteration:
        return


@lowering(itertools.compress)
def compress_lowering(data, selectors):
    return _compress(iter(data), iter(selectors))


def _compress(data, selectors):
    try:
        for item, selector in zip(data, selectors):  # noqa: B905
            if selector:
                yield item
    except StopIteration:
        return


@lowering(itertools.starmap)
def starmap_lowering(function, iterable, /):
    return _starmap(function, iter(iterable))


def _starmap(function, iterator):
    try:
        for args in iterator:
            if type(args) is not tuple:
                args = tuple(args)
            yield function(*args)
    except StopIteration:
        return


@lowering(itertools.chain.from_iterable)
def chain_from_iterable_lowering(iterable, /):
    return _flatten(iter(iterable))


def _flatten(iterator):
    for items in iterator:
        yield from items


# -------------------------------------------------------------------- groups


@lowering(itertools.groupby)
def groupby_lowering(iterable, key=None):
    return _groupby(iter(iterable), key)


def _groupby(iterator, key):
    """Pairs of a key and the group that has it.

    Advancing takes the items from the group before: `turn` tells a group
    whether it is the one whose turn it is.
    """
    value = value_key = wanted = _missing
    turn = 0

    def step():
        nonlocal value, value_key
        item = next(iterator)
        item_key = item if key is None else key(item)
        value, value_key = item, item_key

    def group(number, group_key):
        nonlocal value, value_key
        try:
            while turn == number:
                if value is _missing:
                    step()
                if not (group_key is value_key or group_key == value_key):
                    return
                item, value, value_key = value, _missing, _missing
                yield item
        except StopIteration:
            return

    try:
        while True:
            turn += 1
            # on to the first item whose key is another one
            while (
                value_key is _missing
                or wanted is value_key
                or (wanted is not _missing and wanted == value_key)
            ):
                step()
            wanted = value_key
            yield wanted, group(turn, wanted)
    except StopIteration:
        return
