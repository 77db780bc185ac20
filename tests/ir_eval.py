"""A reference evaluator of the IR: slow, and as plain as possible.

It runs an IR exactly as ``docs/internals.md`` describes the instructions, with Python
objects in a dictionary, so that tests can ask whether a translation means what
the bytecode means.  Functions and classes that evaluated code makes are evaluated
as well; asynchronous generators are left to CPython.
"""

import builtins
import collections.abc
import functools
import inspect
import operator
import sys
import types

from zygcore._bytecode import build
from zygcore._ir import NULL, UNDEF, Const

MISSING = object()
UNBOUND = object()
SEEN_OPS = set()

BINARY = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "@": operator.matmul,
    "/": operator.truediv, "//": operator.floordiv, "%": operator.mod, "**": operator.pow,
    "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "+=": operator.iadd, "-=": operator.isub, "*=": operator.imul,
    "@=": operator.imatmul, "/=": operator.itruediv, "//=": operator.ifloordiv,
    "%=": operator.imod, "**=": operator.ipow, "<<=": operator.ilshift,
    ">>=": operator.irshift, "&=": operator.iand, "|=": operator.ior, "^=": operator.ixor,
}  # fmt: skip
UNARY = {"-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_}
COMPARE = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    ">": operator.gt, ">=": operator.ge, "is": operator.is_, "is not": operator.is_not,
    "in": lambda a, b: operator.contains(b, a),
    "not in": lambda a, b: not operator.contains(b, a),
}  # fmt: skip
CONVERT = {"": lambda x: x, "s": str, "r": repr, "a": ascii}


class Frame:
    """One activation: values by number, and where names are looked up."""

    def __init__(self, ir, func, namespace):
        self.ir = ir
        self.func = func
        self.code = ir.code
        self.globals = func.__globals__
        self.builtins = vars(builtins)
        self.namespace = namespace
        self.values = {}
        self.handled = None

    def get(self, operand):
        if operand is NULL:
            return MISSING
        if operand is UNDEF:
            return UNBOUND
        if isinstance(operand, Const):
            return operand.value
        return self.values[operand]

    def gets(self, operands):
        return [self.get(x) for x in operands]

    def follow(self, edge, *more):
        """Enter the block an edge leads to; all operands are read first."""
        params = self.ir.blocks[edge.target].params
        values = [*self.gets(edge.args), *more]
        assert len(params) == len(values)
        self.values.update(zip(params, values, strict=True))
        return edge.target

    def look_up(self, name, mappings):
        for mapping in mappings:
            try:
                return mapping[name]
            except KeyError:
                pass
        raise NameError(f"name '{name}' is not defined")

    def variables(self, instr):
        """What ``locals()`` returns."""
        if self.namespace is not None:
            return self.namespace
        found = {}
        for name, operand in self.ir.local_maps[instr].items():
            value = self.get(operand)
            if isinstance(value, types.CellType):
                try:
                    value = value.cell_contents
                except ValueError:
                    continue
            if value is not UNBOUND:
                found[name] = value
        return found


# Instructions: a function of the frame, the instruction and its operands' values.

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
def op_function(f, i, code, defaults, kwdefaults, annotations, closure):
    defaults, kwdefaults, closure = (
        None if x is MISSING else x for x in (defaults, kwdefaults, closure)
    )
    plain = types.FunctionType(code, f.globals, code.co_name, defaults, closure)
    plain.__kwdefaults__ = kwdefaults
    if annotations is not MISSING:
        if isinstance(annotations, tuple):
            annotations = dict(zip(annotations[::2], annotations[1::2], strict=True))
        plain.__annotations__ = annotations
    plain.__qualname__ = code.co_qualname
    return evaluated(plain)


@op
def op_build_class(f, i):
    return build_class


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


# Running.


def send(receiver, value):
    """Advance a delegate: (done, what it yielded or returned)."""
    try:
        if value is None and hasattr(receiver, "__next__"):
            return False, next(receiver)
        return False, receiver.send(value)
    except StopIteration as stop:
        return True, stop.value


def delegate_throw(receiver, exc):
    """Throw into a delegate, as a generator that is thrown into does first."""
    if isinstance(exc, GeneratorExit):
        if hasattr(receiver, "close"):
            receiver.close()
        raise exc
    if not hasattr(receiver, "throw"):
        raise exc
    return receiver.throw(exc)


def set_results(f, instr, found):
    if len(instr.results) == 1:
        f.values[instr.results[0]] = found
    else:
        f.values.update(zip(instr.results, found or (), strict=True))


def leave_block(f, end):
    """Run a terminator: (next block, None) or (None, returned value)."""
    args = f.gets(end.args)
    if end.kind == "br":
        return f.follow(end.edges[0]), None
    if end.kind == "cond":
        return f.follow(end.edges[0] if args[0] else end.edges[1]), None
    if end.kind == "for":
        try:
            f.values[end.results[0]] = next(args[0])
        except StopIteration:
            return f.follow(end.edges[1]), None
        return f.follow(end.edges[0]), None
    if end.kind == "send":
        done, f.values[end.results[0]] = send(*args)
        return f.follow(end.edges[done]), None
    if end.kind == "return":
        return None, args[0]
    raise_from(f, end.kind, args)


def raise_from(f, kind, args):
    if kind == "reraise":
        raise args[0]
    exc, cause = args
    if exc is MISSING:
        if f.handled is None:
            raise RuntimeError("No active exception to reraise")
        raise f.handled
    if cause is MISSING:
        raise exc
    raise exc from cause


def stopped_delegate(f, at, exc):
    """3.11: the block after a delegation that ended when it was thrown into."""
    if sys.version_info >= (3, 12) or not isinstance(exc, StopIteration):
        return None
    block = f.ir.blocks[at]
    if not any(i.op == "yield" and len(i.args) == 2 for i in block.instrs):
        return None
    for other in f.ir.blocks:
        end = other.terminator
        if end.kind == "send" and end.edges[0].target == at:
            f.values[end.results[0]] = exc.value
            return f.follow(end.edges[1])


def run(f):
    """A generator that runs a frame; it returns (True, value) or (False, exception).

    It is one generator, because a generator that is closed closes those it
    delegates to by itself, and must not let StopIteration out.
    """
    at = 0
    while at is not None:
        block = f.ir.blocks[at]
        try:
            for instr in block.instrs:
                SEEN_OPS.add(instr.op)
                args = f.gets(instr.args)
                if instr.op != "yield":
                    set_results(f, instr, OPS[instr.op](f, instr, *args))
                    continue
                value, *receiver = args
                while True:
                    try:
                        f.values[instr.results[0]] = yield value
                        break
                    except BaseException as exc:
                        if not receiver:
                            raise
                        value = delegate_throw(receiver[0], exc)
            at, value = leave_block(f, block.terminator)
        except BaseException as exc:
            error = exc
        else:
            continue
        if f.handled is not None and error is not f.handled and error.__context__ is None:
            error.__context__ = f.handled
        after = stopped_delegate(f, at, error)
        if after is not None:
            at = after
        elif block.handler is None:
            return False, error
        else:
            at = f.follow(block.handler, error)
    return True, value


@functools.cache
def ir_of(code):
    return build(code)


def bind_args(func, args, kwargs):
    code = func.__code__
    plain = code.co_argcount == len(args) and not code.co_kwonlyargcount and not kwargs
    if plain and not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return list(args)
    bound = inspect.signature(func).bind(*args, **kwargs)
    bound.apply_defaults()
    names = code.co_varnames[: len(bound.arguments)]
    return [bound.arguments[name] for name in names]


def start(func, args, kwargs, namespace=None):
    ir = ir_of(func.__code__)
    f = Frame(ir, func, namespace)
    f.values.update(zip(ir.blocks[0].params, bind_args(func, args, kwargs), strict=True))
    return f


def finish(f):
    ok, value = yield from run(f)
    if ok:
        return value
    try:
        raise value
    finally:
        del value


def evaluate(func, /, *args, **kwargs):
    """Call a Python function by evaluating its IR."""
    flags = func.__code__.co_flags
    if flags & inspect.CO_ASYNC_GENERATOR:
        return func(*args, **kwargs)
    f = start(func, args, kwargs)
    if flags & inspect.CO_GENERATOR:
        return finish(f)
    if flags & inspect.CO_COROUTINE:
        return types.coroutine(finish)(f)
    return complete(f)


def complete(f):
    try:
        next(run(f))
    except StopIteration as stop:
        ok, value = stop.value
    if ok:
        return value
    raise value


def evaluated(func):
    """A function that evaluates another one when it is called."""
    if func.__code__.co_flags & inspect.CO_ASYNC_GENERATOR:
        return func

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        return evaluate(func, *args, **kwargs)

    wrapper.plain = func
    return wrapper


def build_class(body, name, *bases, metaclass=None, **kwds):
    """``__build_class__`` with the body evaluated."""
    if metaclass is not None:
        kwds["metaclass"] = metaclass
    resolved = types.resolve_bases(bases)
    meta, namespace, kwds = types.prepare_class(name, resolved, kwds)
    if resolved is not bases:
        namespace["__orig_bases__"] = bases
    complete(start(body.plain, (), {}, namespace))
    return meta(name, resolved, namespace, **kwds)


def run_module(code, namespace):
    """Evaluate the code of a module in a dictionary."""
    func = types.FunctionType(code, namespace, "<module>")
    complete(start(func, (), {}, namespace))
