"""Rare instructions of CPython, in Python: pattern matching, exception groups, intrinsics."""

import sys
import types

_MISSING = object()
_SELF_TYPES = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


def match_class(subject, cls, names, count):
    """The attributes a class pattern captures, or ``None``: no match."""
    if not isinstance(cls, type):
        raise TypeError("called match pattern must be a class")
    if not isinstance(subject, cls):
        return None
    out = []
    seen = set()
    if count:
        args = getattr(cls, "__match_args__", _MISSING)
        if args is _MISSING:
            itself = any(issubclass(cls, t) for t in _SELF_TYPES)
            args = ()
        else:
            itself = False
            if type(args) is not tuple:
                raise TypeError(
                    f"{cls.__name__}.__match_args__ must be a tuple (got {type(args).__name__})"
                )
        allowed = 1 if itself else len(args)
        if allowed < count:
            plural = "" if allowed == 1 else "s"
            raise TypeError(
                f"{cls.__name__}() accepts {allowed} positional sub-pattern{plural} ({count} given)"
            )
        if itself:
            out.append(subject)
        else:
            for name in args[:count]:
                if type(name) is not str:
                    raise TypeError(
                        f"__match_args__ elements must be strings (got {type(name).__name__})"
                    )
                if not _take(subject, cls, name, seen, out):
                    return None
    for name in names:
        if not _take(subject, cls, name, seen, out):
            return None
    return tuple(out)


def _take(subject, cls, name, seen, out):
    if name in seen:
        raise TypeError(f"{cls.__name__}() got multiple sub-patterns for attribute {name!r}")
    seen.add(name)
    try:
        out.append(getattr(subject, name))
    except AttributeError:
        return False
    return True


def match_keys(subject, keys):
    """The values of a mapping under all of `keys`, or ``None``."""
    seen = set()
    out = []
    for key in keys:
        if key in seen:
            raise ValueError(f"mapping pattern checks duplicate key ({key!r})")
        seen.add(key)
        value = subject.get(key, _MISSING)
        if value is _MISSING:
            return None
        out.append(value)
    return tuple(out)


def group_match(exc, kinds):
    """``except*``: (rest, matching part)."""
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError(
                "catching classes that do not inherit from BaseException is not allowed"
            )
        if issubclass(kind, BaseExceptionGroup):
            raise TypeError(
                "catching ExceptionGroup with except* is not allowed. Use except instead."
            )
    if exc is None:
        return None, None
    if isinstance(exc, kinds):
        if isinstance(exc, BaseExceptionGroup):
            return None, exc
        group = BaseExceptionGroup("", [exc])
        group.__traceback__ = exc.__traceback__
        return None, group
    if isinstance(exc, BaseExceptionGroup):
        match, rest = exc.split(kinds)
        return (exc, None) if match is None else (rest, match)
    return exc, None


def group_reraise(original, raised):
    """What an ``except*`` statement raises in the end, or ``None``."""
    if not raised:
        return None
    if not isinstance(original, BaseExceptionGroup):
        return raised[0]
    raised = [e for e in raised if e is not None]
    if not raised:
        return None
    again = [e for e in raised if _same_origin(e, original)]
    fresh = [e for e in raised if not _same_origin(e, original)]
    if not again and not fresh:
        return None
    if again:
        leaves = set()
        for e in again:
            leaves.update(_leaf_ids(e))
        kept = original.subgroup(lambda e: id(e) in leaves)
        if not fresh:
            return kept
        fresh.append(kept)
    if len(fresh) == 1 and not again:
        group = fresh[0]
        return BaseExceptionGroup("", [group])
    return BaseExceptionGroup("", fresh)


def _same_origin(e, original):
    return (
        isinstance(e, BaseExceptionGroup)
        and e.__traceback__ is original.__traceback__
        and e.__notes__ is original.__notes__
        if hasattr(e, "__notes__") and hasattr(original, "__notes__")
        else isinstance(e, BaseExceptionGroup)
        and e.__traceback__ is original.__traceback__
        and e.__cause__ is original.__cause__
        and e.__context__ is original.__context__
    )


def _leaf_ids(e):
    if isinstance(e, BaseExceptionGroup):
        for sub in e.exceptions:
            yield from _leaf_ids(sub)
    else:
        yield id(e)


def stopiteration_error(exc, is_async=False):
    """A StopIteration that leaves a generator becomes a RuntimeError."""
    kind = "async generator" if is_async else "generator"
    if isinstance(exc, StopIteration):
        error = RuntimeError(f"{kind} raised StopIteration")
    elif is_async and isinstance(exc, StopAsyncIteration):
        error = RuntimeError("async generator raised StopAsyncIteration")
    else:
        return exc
    error.__cause__ = exc
    error.__context__ = exc
    return error


def intrinsic(name, args, namespace):
    """Intrinsics of 3.12 and newer."""
    if name == "stopiteration_error":
        return stopiteration_error(*args)
    if name == "prep_reraise_star":
        return group_reraise(*args)
    if name == "list_to_tuple":
        return tuple(args[0])
    if name == "unary_positive":
        return +args[0]
    if name == "typevar":
        return _typing("TypeVar", args[0], infer_variance=True)
    if name == "paramspec":
        return _typing("ParamSpec", args[0], infer_variance=True)
    if name == "typevartuple":
        return _typing("TypeVarTuple", args[0])
    if name == "subscript_generic":
        return sys.modules["typing"].Generic[args[0]]
    if name == "set_function_type_params":
        args[0].__type_params__ = args[1]
        return args[0]
    if name == "async_gen_wrap":
        return args[0]
    from .errors import UnsupportedError

    raise UnsupportedError(
        f"the intrinsic {name!r} of Python {sys.version_info[0]}.{sys.version_info[1]} "
        "is not supported in differentiated code"
    )


def _typing(kind, *args, **kwargs):
    import typing

    return getattr(typing, kind)(*args, **kwargs)


FunctionType = types.FunctionType
