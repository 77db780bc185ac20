"""A reference evaluator of the IR: slow, and as plain as possible.

It runs an IR exactly as ``docs/internals.md`` describes the instructions, with Python
objects in a dictionary, so that tests can ask whether a translation means what
the bytecode means.  Functions and classes that evaluated code makes are evaluated
as well; asynchronous generators are left to CPython.
"""

import functools
import inspect
import sys
import types

from ir_frame import MISSING, Frame
from ir_ops import OPS, op

from zygcore._bytecode import build


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


def run_module(code, namespace):
    """Evaluate the code of a module in a dictionary."""
    func = types.FunctionType(code, namespace, "<module>")
    complete(start(func, (), {}, namespace))
