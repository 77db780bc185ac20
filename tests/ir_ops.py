"""What the instructions of the IR mean to the reference evaluator.

Each is a function of the frame, the instruction and its operands' values.  Those that make
something which is evaluated in turn are in `ir_eval`.
"""

import collections.abc
import inspect
import operator
import sys
import types

from ir_frame import BINARY, COMPARE, CONVERT, MISSING, UNARY, UNBOUND

OPS = {}


def op(function):
    OPS[function.__name__.rstrip("_").removeprefix("op_")] = function
    return function


def simple(name, function):
    OPS[name] = lambda f, i, *args: function(*args)


def in_place(method):
    return lambda target, *args: getattr(target, method)(*args) and None


@op
def op_binary(f, i, a, b):
    return BINARY[i.imm](a, b)


@op
def op_unary(f, i, a):
    return UNARY[i.imm](a)


@op
def op_compare(f, i, a, b):
    return COMPARE[i.imm](a, b)


@op
def op_global(f, i):
    return f.look_up(i.imm, (f.globals, f.builtins))


@op
def op_store_global(f, i, value):
    f.globals[i.imm] = value


@op
def op_delete_global(f, i):
    if i.imm not in f.globals:
        raise NameError(f"name '{i.imm}' is not defined")
    del f.globals[i.imm]


@op
def op_name(f, i):
    return f.look_up(i.imm, (f.namespace, f.globals, f.builtins))


@op
def op_store_name(f, i, value):
    f.namespace[i.imm] = value


@op
def op_delete_name(f, i):
    if i.imm not in f.namespace:
        raise NameError(f"name '{i.imm}' is not defined")
    del f.namespace[i.imm]


@op
def op_free(f, i):
    return f.func.__closure__[i.imm]


@op
def op_make_cell(f, i, value):
    return types.CellType() if value is UNBOUND else types.CellType(value)


@op
def op_cell_get(f, i, cell):
    try:
        return cell.cell_contents
    except ValueError:
        pass
    if i.imm in f.code.co_freevars:
        raise NameError(
            f"cannot access free variable '{i.imm}' where it is not associated with a value"
            " in enclosing scope"
        )
    return op_check_bound(f, i, UNBOUND)


@op
def op_cell_set(f, i, cell, value):
    cell.cell_contents = value


@op
def op_cell_del(f, i, cell):
    op_cell_get(f, i, cell)
    del cell.cell_contents


@op
def op_class_cell_get(f, i, cell):
    return f.namespace[i.imm] if i.imm in f.namespace else op_cell_get(f, i, cell)


@op
def op_dict_or_cell_get(f, i, mapping, cell):
    return mapping[i.imm] if i.imm in mapping else op_cell_get(f, i, cell)


@op
def op_dict_or_global(f, i, mapping):
    return f.look_up(i.imm, (mapping, f.globals, f.builtins))


@op
def op_locals_dict(f, i):
    return f.namespace


@op
def op_check_bound(f, i, value):
    if value is UNBOUND:
        raise UnboundLocalError(
            f"cannot access local variable '{i.imm}' where it is not associated with a value"
        )
    return value


@op
def op_undef(f, i):
    return UNBOUND


@op
def op_release(f, i):
    return None


@op
def op_getattr(f, i, obj):
    return getattr(obj, i.imm)


@op
def op_setattr(f, i, obj, value):
    setattr(obj, i.imm, value)


@op
def op_delattr(f, i, obj):
    delattr(obj, i.imm)


@op
def op_load_method(f, i, obj):
    method = getattr(obj, i.imm)
    if type(method) is types.MethodType:
        return method.__func__, method.__self__
    return method, MISSING


@op
def op_super_attr(f, i, super_, cls, self):
    name, method, two_args = i.imm
    value = getattr(super_(cls, self), name)
    return (value, MISSING) if method else value


simple("truth", bool)
simple("getitem", operator.getitem)
simple("setitem", operator.setitem)
simple("delitem", operator.delitem)
simple("slice", slice)
simple("tuple", lambda *items: items)
simple("list", lambda *items: list(items))
simple("set", lambda *items: set(items))
simple("string", lambda *parts: "".join(parts))
simple("list_append", list.append)
simple("list_extend", list.extend)
simple("set_add", set.add)
simple("set_update", set.update)
simple("dict_update", dict.update)
simple("map_add", dict.__setitem__)
simple("list_to_tuple", tuple)
simple("iter", iter)
simple("len", len)
simple("exc_match", lambda exc, kind: isinstance(exc, check_catchable(kind)))
simple("with_exit", lambda leave, exc: leave(type(exc), exc, exc.__traceback__))
simple("async_iter", lambda obj: type(obj).__aiter__(obj))
simple("async_next", lambda obj: type(obj).__anext__(obj))


@op
def op_dict(f, i, *items):
    return dict(zip(items[::2], items[1::2], strict=True))


@op
def op_format(f, i, value, spec=""):
    if i.imm.startswith("!"):
        return CONVERT[i.imm[1:]](value)
    return format(CONVERT[i.imm](value), spec)


@op
def op_dict_merge(f, i, target, items, function):
    for key in items.keys():
        if key in target:
            raise TypeError(f"{function.__qualname__}() got multiple values for {key!r}")
        target[key] = items[key]


@op
def op_unpack(f, i, seq):
    items = list(seq)
    if len(items) != i.imm:
        raise ValueError("wrong number of values to unpack")
    return items if i.imm != 1 else items[0]


@op
def op_unpack_ex(f, i, seq):
    before, after = i.imm
    items = list(seq)
    if len(items) < before + after:
        raise ValueError("not enough values to unpack")
    stop = len(items) - after
    found = [*items[:before], items[before:stop], *items[stop:]]
    return found if before + after else found[0]


@op
def op_yield_from_iter(f, i, obj):
    return obj if inspect.isgenerator(obj) or inspect.iscoroutine(obj) else iter(obj)


@op
def op_call(f, i, function, receiver, *args):
    args = list(args) if receiver is MISSING else [receiver, *args]
    names = i.imm
    cut = len(args) - len(names)
    if function in (locals, dir, vars) and not args:
        scope = f.variables(i)
        return sorted(scope) if function is dir else scope
    if function in (eval, exec) and len(args) == 1:
        return function(args[0], f.globals, f.variables(i))
    if function is super and not args:
        scope = f.ir.local_maps[i]
        first = f.get(scope[f.code.co_varnames[0]])
        first = first.cell_contents if isinstance(first, types.CellType) else first
        return super(f.get(scope["__class__"]).cell_contents, first)
    return function(*args[:cut], **dict(zip(names, args[cut:], strict=True)))


@op
def op_call_ex(f, i, function, args, keywords):
    return function(*args, **({} if keywords is MISSING else keywords))


@op
def op_import_name(f, i, level, fromlist):
    return __import__(i.imm, f.globals, f.namespace, fromlist, level)


@op
def op_import_from(f, i, module):
    try:
        return getattr(module, i.imm)
    except AttributeError:
        pass
    try:
        return sys.modules[f"{module.__name__}.{i.imm}"]
    except KeyError:
        raise ImportError(f"cannot import name {i.imm!r}") from None


@op
def op_import_star(f, i, module):
    names = getattr(module, "__all__", None)
    if names is None:
        names = [name for name in vars(module) if not name.startswith("_")]
    f.namespace.update({name: getattr(module, name) for name in names})


@op
def op_with_enter(f, i, manager):
    leave = type(manager).__exit__.__get__(manager)
    return leave, type(manager).__enter__(manager)


@op
def op_push_exc(f, i, exc):
    before, f.handled = f.handled, exc
    return before


@op
def op_pop_exc(f, i, previous):
    f.handled = previous


def check_catchable(kind):
    for one in kind if isinstance(kind, tuple) else (kind,):
        if not (isinstance(one, type) and issubclass(one, BaseException)):
            raise TypeError(
                "catching classes that do not inherit from BaseException is not allowed"
            )
    return kind


@op
def op_exc_group_match(f, i, exc, kind):
    check_catchable(kind)
    if exc is None:
        return None, None
    if isinstance(exc, kind):
        match = exc if isinstance(exc, BaseExceptionGroup) else ExceptionGroup("", [exc])
        rest = None
    elif isinstance(exc, BaseExceptionGroup):
        match, rest = exc.split(kind)
    else:
        match, rest = None, exc
    if match is not None:
        f.handled = match
    return rest, match


@op
def op_exc_group_reraise(f, i, orig, excs):
    excs = [exc for exc in excs if exc is not None]
    if not excs:
        return None
    if not isinstance(orig, BaseExceptionGroup):
        return excs[0]
    return excs[0] if len(excs) == 1 else BaseExceptionGroup("", excs)


@op
def op_match_class(f, i, subject, cls, names):
    if not isinstance(subject, cls):
        return None
    found = []
    if i.imm:
        match_args = getattr(cls, "__match_args__", MISSING)
        if match_args is MISSING and cls in (bool, bytearray, bytes, dict, float, frozenset,
                                             int, list, set, str, tuple):  # fmt: skip
            found.append(subject)
        else:
            names = (*(() if match_args is MISSING else match_args)[: i.imm], *names)
            if len(names) < i.imm:
                raise TypeError(f"{cls.__name__}() accepts fewer positional sub-patterns")
    try:
        return (*found, *(getattr(subject, name) for name in names))
    except AttributeError:
        return None


@op
def op_match_mapping(f, i, subject):
    return isinstance(subject, collections.abc.Mapping)


@op
def op_match_sequence(f, i, subject):
    return isinstance(subject, collections.abc.Sequence) and not isinstance(
        subject, (str, bytes, bytearray)
    )


@op
def op_match_keys(f, i, subject, keys):
    found = tuple(subject.get(key, MISSING) for key in keys)
    return None if MISSING in found else found


@op
def op_awaitable(f, i, obj):
    if inspect.iscoroutine(obj) or inspect.isgenerator(obj):
        return obj
    return type(obj).__await__(obj)


@op
def op_async_enter(f, i, manager):
    leave = type(manager).__aexit__.__get__(manager)
    return leave, type(manager).__aenter__(manager)


@op
def op_end_async_for(f, i, iterator, exc):
    if not isinstance(exc, StopAsyncIteration):
        raise exc


@op
def op_cleanup_throw(f, i, receiver, last, exc):
    if isinstance(exc, StopIteration):
        return exc.value
    raise exc


@op
def op_setup_annotations(f, i):
    f.namespace.setdefault("__annotations__", {})


@op
def op_intrinsic(f, i, *args):
    if i.imm == "stopiteration_error":
        (exc,) = args
        if isinstance(exc, StopIteration):
            error = RuntimeError("generator raised StopIteration")
            error.__cause__ = error.__context__ = exc
            return error
        return exc
    import typing

    if i.imm == "typevar":
        return typing.TypeVar(args[0], infer_variance=True)
    if i.imm == "typevar_with_bound":
        return typing.TypeVar(args[0], bound=args[1](), infer_variance=True)
    if i.imm == "set_function_type_params":
        args[0].__type_params__ = args[1]
        return args[0]
    if i.imm == "subscript_generic":
        return typing.Generic[args[0]]
    if i.imm == "typealias":
        return typing.TypeAliasType(args[0][0], args[0][2](), type_params=args[0][1] or ())
    raise NotImplementedError(i.imm)
