"""Rules for `functools`.

`partial` is a consumer, and the machine unpacks it when it is called;
`total_ordering`, `singledispatch`, `cached_property` and `wraps` are Python
code.  `lru_cache` is C code that remembers results, see `lru_cache_call`.
"""

import functools
import weakref

from .registry import adjoint, consumer, instance_lowering, lowering, nondifferentiable

__all__ = ["is_active"]

_missing = object()

# a key made by cmp_to_key holds an object, and comparing it gives a bool
consumer(functools.partial, functools._lru_cache_wrapper, passes=range(16))
consumer(functools.cmp_to_key, passes=range(1))


@lowering(functools.reduce)
def reduce_lowering(function, iterable, initial=_missing, /):
    try:
        iterator = iter(iterable)
    except TypeError:
        raise TypeError("reduce() arg 2 must support iteration") from None
    total = next(iterator, _missing) if initial is _missing else initial
    if total is _missing:
        raise TypeError("reduce() of empty iterable with no initial value")
    for item in iterator:
        total = function(total, item)
    return total


# ----------------------------------------------------------------- lru_cache


def is_active(*values):
    """Whether a gradient may flow through one of `values`.

    Outside of the machine nothing is active; in it, a call with an active
    argument goes to the rule below, and only such a call does.
    """
    return False


@adjoint(is_active)
def is_active_rule(*values):
    return True, None


class Remembered:
    """What a function with an `lru_cache` returned while the machine ran it."""

    __slots__ = ("__weakref__", "hits", "maxsize", "misses", "results", "typed", "varying")

    def __init__(self, wrapper):
        parameters = getattr(wrapper, "cache_parameters", None)
        self.maxsize = functools._lru_cache_wrapper.cache_info(wrapper).maxsize
        self.typed = parameters is not None and parameters()["typed"]
        self.clear()

    def clear(self):
        self.results = {}  # the least recently used first
        self.varying = {}  # of calls with active numbers: the key of the call, and its result
        self.hits = self.misses = 0


_remembered = weakref.WeakKeyDictionary()


def remembered(wrapper):
    found = _remembered.get(wrapper)
    if found is None:
        found = _remembered[wrapper] = Remembered(wrapper)
    return found


def key_of_call(args, keywords, typed):
    return functools._make_key(args, keywords, typed)


def same_variables(stored, key):
    """Whether equal keys are made of the same variables of one gradient."""
    from .._reentry import same_variables as same  # the core is built upon the rules

    if not isinstance(key, list):  # a single integer or text
        return same([stored], [key])
    return same(stored, key)


nondifferentiable(remembered, key_of_call, same_variables)


@instance_lowering(functools._lru_cache_wrapper)
def lru_cache_call(wrapper, /, *args, **keywords):
    """A call of a function with an `lru_cache`.

    Results are remembered beside the cache in C, because on a miss the machine
    must run the function.  Equal numbers are not the same variable, so a call
    with active numbers finds only what the same gradient remembered of the same
    variables: another result would have the gradient of another call.  Objects
    that are equal only to themselves are what they were, with whatever they hold.
    """
    memory = remembered(wrapper)
    function = wrapper.__wrapped__
    key = key_of_call(args, keywords, memory.typed)
    for value in (*args, *keywords.values()):
        if type(value).__hash__ is not object.__hash__ and is_active(value):
            return call_with_variables(memory, function, key, args, keywords)
    results = memory.results
    if key in results:
        memory.hits += 1
        result = results[key]
        if memory.maxsize is not None:
            del results[key]
            results[key] = result
        return result
    memory.misses += 1
    result = function(*args, **keywords)
    if memory.maxsize is None:
        results[key] = result
    elif memory.maxsize > 0 and key not in results:
        if len(results) >= memory.maxsize:
            del results[next(iter(results))]
        results[key] = result
    return result


def call_with_variables(memory, function, key, args, keywords):
    varying = memory.varying
    found = varying.get(key)
    if found is not None and same_variables(found[0], key):
        memory.hits += 1
        return found[1]
    memory.misses += 1
    result = function(*args, **keywords)
    if found is not None:
        varying.pop(key, None)
    elif memory.maxsize is not None and len(varying) >= memory.maxsize:
        varying.clear()
    if memory.maxsize != 0:
        varying[key] = key, result
    return result


@lowering(functools._lru_cache_wrapper.cache_info)
def cache_info_lowering(self, /):
    return native_cache_info(self)


def native_cache_info(wrapper):
    info = functools._lru_cache_wrapper.cache_info(wrapper)
    memory = remembered(wrapper)
    size = info.currsize + len(memory.results)
    return info._replace(
        hits=info.hits + memory.hits,
        misses=info.misses + memory.misses,
        currsize=size if info.maxsize is None else min(size, info.maxsize),
    )


@lowering(functools._lru_cache_wrapper.cache_clear)
def cache_clear_lowering(self, /):
    native_cache_clear(self)


def native_cache_clear(wrapper):
    functools._lru_cache_wrapper.cache_clear(wrapper)
    remembered(wrapper).clear()


nondifferentiable(native_cache_info, native_cache_clear)
