"""The registry of rules: what the machine does at a call.

A *rule* is kept under the callable it is for (a function, a class, a method
descriptor such as ``np.ndarray.sum``, an attribute descriptor such as
``np.ndarray.T``, a ufunc ...).  The machine asks for a rule when it calls
something with an active argument; it never asks for inactive calls, except
for functions that take no arguments at all.

This module must not import any library that rules are for.
"""

import inspect
import types
import typing
from collections.abc import Callable, Collection
from numbers import Complex, Real
from typing import Any, TypeVar

from ..errors import RuleError

__all__ = [
    "ADJOINT",
    "CONSUMER",
    "ELEMENTWISE",
    "FALLBACKS",
    "INSTANCES",
    "LOWERING",
    "NONDIFFERENTIABLE",
    "RULES",
    "SWITCHES",
    "TANGENTS",
    "UNKNOWN",
    "Rule",
    "adjoint",
    "always",
    "consumer",
    "each",
    "elementwise",
    "fallback",
    "gauged",
    "instance_lowering",
    "linear",
    "lowering",
    "nondifferentiable",
    "shared",
    "tangent",
]

F = TypeVar("F", bound=Callable[..., Any])

#: kinds of rules, as the machine knows them
ADJOINT, ELEMENTWISE, NONDIFFERENTIABLE, CONSUMER, LOWERING = range(1, 6)

#: callable -> Rule; `on_change` tells the machine to forget what it cached
RULES: dict[Any, "Rule"] = {}
on_change: list[Callable[["Rule"], object]] = []

#: (enter, leave): ``state = enter(is_inner)`` before a level's function, ``leave(state)`` after
SWITCHES: list[tuple[Callable[[bool], Any], Callable[[Any], object]]] = []

#: whether what is registered now is zygcore's own; else a user does it, whose rules go first
loading = True

#: operators of these types are built in
NUMBERS: list[type] = [float, int, complex]
OPERATORS: set[Any] = set()

#: what a rule returns as its pullback where the derivative is not known: a gradient through the
#: value is an `AdjointError`
UNKNOWN = "the derivative is not known"

#: types of arguments that are never refused, and what looks at the others; see `broadcasting`
UNCHECKED: set[type] = {float, int, bool, complex, str, list, tuple, dict, type(None)}


def check_argument(arg: Any, rule: "Rule") -> None:
    """Raises if the rules of this package do not know such arguments."""
    for check in checks:
        check(arg, rule)


checks: list[Callable[[Any, "Rule"], object]] = []

#: type -> Python equivalent of calling its instances, see `instance_lowering`
INSTANCES: dict[type, Callable[..., Any]] = {}

#: callable -> Python equivalent for arguments that no case of its rule fits
FALLBACKS: dict[Any, Callable[..., Any]] = {}


class Rule:
    """What is registered for one callable.

    Attributes
    ----------
    target : callable
    kind : int
    function : callable or None
        The rule itself where there is only one and it accepts any types;
        for a lowering, the Python equivalent.
    cases : list of (types, function)
        Rules selected by the types of the arguments, most specific first.
    partials : tuple of callables
        Of an elementwise rule: ``partials[i](*args, y)`` is dy/dargs[i].
    mutates : bool
        Of a consumer: whether it changes its first argument in place.
    passes : frozenset of int
        Of a consumer: positions of the arguments that it passes on as they
        are, without looking inside (the item of ``list.append``).
    lazy : bool
        Of a consumer: whether it goes on reading its arguments after the call.
    users : bool
        Whether it is a user's, who may know better.
    base : Rule or None
        What holds where no case of this one fits: zygcore's own below a user's.
    """

    __slots__ = (
        "base",
        "cases",
        "function",
        "kind",
        "lazy",
        "mutates",
        "partials",
        "passes",
        "target",
        "users",
    )

    def __init__(
        self,
        target: Any,
        kind: int,
        function: Callable[..., Any] | None = None,
        partials: tuple[Callable[..., Any] | None, ...] = (),
        passes: Collection[int] = (),
        mutates: bool = False,
        lazy: bool = False,
    ) -> None:
        self.target = target
        self.kind = kind
        self.function = function
        self.cases: list[tuple[tuple[Any, ...], Callable[..., Any]]] = []
        self.partials = partials
        self.passes = frozenset(passes)
        self.mutates = mutates
        self.lazy = lazy
        self.users = not loading
        self.base: Rule | None = None

    def select(self, args: tuple[Any, ...]) -> Callable[..., Any] | None:
        """The rule for these arguments, or ``None``: no case fits."""
        for arg in args:
            if type(arg) not in UNCHECKED:
                check_argument(arg, self)
        for types_, function in self.cases:
            if len(types_) <= len(args) or not types_:
                if all(map(isinstance, args, types_)):
                    return function
        return self.function

    def covers(self, args: tuple[Any, ...], methods: tuple[str, ...]) -> bool:
        """Is there a case for these operands that knows the Python methods of their classes?

        `methods` are the names to look for, for each operand.  A case for a builtin type does not
        stand for a subclass that defines the operator itself.
        """
        for types_, _ in self.cases:
            if (len(types_) <= len(args) or not types_) and all(map(isinstance, args, types_)):
                return all(map(_knows, types_, args, methods))
        if self.function is None and self.base is not None:
            return self.base.covers(args, methods)
        return self.function is not None

    def takes_numbers(self) -> bool:
        """Can there be a case for numbers and arrays?"""
        fitting = (types_ for types_, _ in self.cases if _fits_numbers(types_))
        return self.kind != ADJOINT or self.function is not None or any(True for _ in fitting)

    def __repr__(self) -> str:
        return f"<rule for {describe(self.target)}>"


def _knows(kinds, arg, methods):
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    for name in methods:
        owner = next((c for c in type(arg).__mro__ if name in vars(c)), object)
        if type(vars(owner).get(name)) is types.FunctionType and not any(
            kind is object or issubclass(kind, owner) for kind in kinds
        ):
            return False
    return True


def is_complex(x: Any) -> bool:
    """Is it a number that is not real?"""
    return isinstance(x, Complex) and not isinstance(x, Real)


def describe(f: Any) -> str:
    """The name of a callable as a user would write it."""
    name = getattr(f, "__qualname__", None) or getattr(f, "__name__", None) or repr(f)
    module = getattr(f, "__module__", None)
    return name if module in (None, "builtins", "__main__") else f"{module}.{name}"


def key_of(f):
    """The object under which the machine finds a callable."""
    if isinstance(f, types.MethodType):
        return f.__func__
    if isinstance(f, (staticmethod, classmethod)):
        return f.__func__
    return f


def _fits_numbers(types_):
    return all(any(issubclass(number, t) for number in NUMBERS) for t in types_)


def _put(rule):
    known = RULES.get(rule.target)
    if known is not None and known is not rule and known.users and not rule.users:
        known.base = rule  # of a library that was imported since
        rule = known
    RULES[rule.target] = rule
    inner = getattr(rule.target, "_implementation", None)
    if type(inner) is types.BuiltinFunctionType:  # NumPy's own code calls it by that name
        RULES[inner] = rule
    elif inner is not None:  # see `nondifferentiable`
        RULES.pop(inner, None)
    for callback in on_change:
        callback(rule)
    return rule


def _annotated_types(function):
    """The types that select a rule; unannotated parameters accept anything."""
    hints = getattr(function, "__annotations__", None)
    if not hints:
        return ()
    if any(isinstance(hint, str) for hint in hints.values()):
        hints = typing.get_type_hints(function)
    code = getattr(function, "__code__", None)
    if code is not None:  # much faster than a signature, and there are many rules
        names = code.co_varnames[: code.co_argcount]
    else:
        names = inspect.signature(function).parameters
    out = []
    for name in names:
        hint = hints.get(name, object)
        if isinstance(hint, types.UnionType):
            hint = typing.get_args(hint)
        out.append(hint)
    while out and out[-1] is object:
        out.pop()
    return tuple(out)


def _depth(types_):
    """How specific a case is: total depth in the class hierarchies."""
    return sum(
        min(len(t.__mro__) for t in ts) if isinstance(ts, tuple) else len(ts.__mro__)
        for ts in types_
    )


def adjoint(*targets: Any) -> Callable[[F], F]:
    """Register the decorated function as the adjoint of each of `targets`.

    The rule takes the arguments of the target and returns ``(y, back)``: the
    value of the call, and a function that maps the cotangent of ``y`` to a
    tuple with one cotangent per positional argument, ``None`` where there is
    no gradient.  ``back`` may return ``None`` for no gradient at all.

    Annotated parameters select the rule by type; the most specific rule whose
    annotations fit wins, and a rule without annotations fits everything.  Your rules go before
    those of this package, also if these are more specific.

    Parameters
    ----------
    *targets : callable
        Functions, classes (their constructor), methods, builtins, ufuncs.

    Raises
    ------
    RuleError
        If a target is not callable or cannot be hashed, or is an operator of numbers and arrays
        (`operator.add` ...): these are built in, rules for other types are not.

    Examples
    --------
    >>> import zygcore as zg
    >>> def mul(a, b):
    ...     return a * b
    >>> @zg.adjoint(mul)
    ... def mul_rule(a, b):
    ...     return mul(a, b), lambda dy: (dy * b, dy * a)
    >>> zg.gradient(mul, 2, 3)
    (3, 2)
    """
    if not targets:
        raise RuleError("adjoint() needs the callable that the rule is for: @adjoint(f)")
    keys = []
    for target in targets:
        key = key_of(target)
        try:
            hash(key)
        except TypeError:
            raise RuleError(f"adjoint(): {target!r} cannot be a key, it is not hashable") from None
        if not (callable(key) or hasattr(key, "__get__")):
            raise RuleError(f"adjoint(): {target!r} is not callable")
        keys.append(key)

    def register(function: F) -> F:
        types_ = _annotated_types(function)
        for key in keys:
            if not loading and key in OPERATORS and _fits_numbers(types_):
                raise RuleError(
                    f"adjoint(): {describe(key)} of numbers and arrays is built in; annotate the "
                    "parameters of the rule with the types that it is for"
                )
            rule = _rule_to_extend(key)
            if types_:
                rule.cases = [case for case in rule.cases if case[0] != types_]
                rule.cases.append((types_, function))
                rule.cases.sort(key=lambda case: -_depth(case[0]))
            else:
                rule.function = function
            _put(rule)
        return function

    return register


#: callable -> rule of forward mode
TANGENTS: dict[Any, Callable[..., Any]] = {}


def tangent(*targets: Any) -> Callable[[F], F]:
    """Register the decorated function as the rule of forward mode for each of `targets`.

    The rule takes a tuple of primals, a tuple of tangents and the keyword arguments of the call; it
    returns ``(y, dy)``: the value, and its derivative along the tangents, in which it must be
    linear.  Tangents have the form of the primals; what has none (strings, truth values ...) has
    ``None``.

    Reverse mode uses the transpose of the rule, unless there is an `adjoint` of yours, too.  The
    other way round, an adjoint is enough for forward mode: there its transpose is used.

    Raises
    ------
    RuleError
        If a target is not callable or cannot be hashed.

    Examples
    --------
    >>> import zygcore as zg
    >>> def cube(x):
    ...     return x**3
    >>> @zg.tangent(cube)
    ... def cube_tangent(primals, tangents):
    ...     (x,), (v,) = primals, tangents
    ...     return x**3, 3 * x**2 * v
    >>> zg.jvp(cube, (2.0,), (1.0,)), zg.gradient(cube, 2.0)
    ((8.0, 12.0), (12.0,))
    """
    if not targets:
        raise RuleError("tangent() needs the callable that the rule is for: @tangent(f)")
    from .._transpose import of_tangent

    def register(function: F) -> F:
        derived = of_tangent(function)
        for target in targets:
            known = RULES.get(key_of(target))
            if known is None or known.users == loading or known.kind != ADJOINT:
                adjoint(target)(derived)
            TANGENTS[key_of(target)] = derived
            for callback in on_change:
                callback(RULES[key_of(target)])
        return function

    return register


def _rule_to_extend(key):
    """The rule that another case belongs to: the user's, or zygcore's own."""
    rule = known = RULES.get(key)
    if known is not None and known.users == loading:
        rule = known.base  # None below zygcore's own
    if rule is None or rule.kind != ADJOINT:
        rule = Rule(key, ADJOINT)
        rule.base = known if known is not None and rule.users and not known.users else None
    return rule


class each:
    """A pullback in parts: one function per positional argument.

    A rule returns ``(y, each(f_back, g_back))`` where the cotangents of its
    arguments cost separate work (the two products of a matrix product): the
    machine runs only the parts of active arguments.  It is also an ordinary
    pullback that computes all of them.  ``None`` is a part without gradient.
    """

    __slots__ = ("parts",)

    def __init__(self, *parts: Callable[[Any], Any] | None) -> None:
        self.parts = parts

    def __call__(self, dy: Any) -> tuple[Any, ...]:
        return tuple([None if part is None else part(dy) for part in self.parts])


class shared:
    """A part of `each` that is an entry of what one function returns for several parts.

    The machine calls the function once for all of them.
    """

    __slots__ = ("at", "whole")

    def __init__(self, whole: Callable[[Any], Any], at: int) -> None:
        self.whole = whole
        self.at = at

    def __call__(self, dy: Any) -> Any:
        return self.whole(dy)[self.at]


class linear:
    """The pullback of a linear function, together with the function: what it makes of tangents.

    Forward mode needs no transpose of the pullback then.  ``push(tangents, width)`` takes one
    tangent per positional argument, None for zero; those of arrays have one axis more, the first,
    of length `width`, unless that is 0.
    """

    __slots__ = ("pull", "push")

    def __init__(self, pull: Callable[[Any], Any], push: Callable[[list[Any], int], Any]) -> None:
        self.pull = pull
        self.push = push

    def __call__(self, dy: Any) -> Any:
        return self.pull(dy)


class gauged:
    """The pullback of a function with open choices, together with that of the choice it makes.

    ``pull`` refuses cotangents that depend on what is left open: the phases of complex vectors, the
    basis of a complement.  Forward mode has no cotangents to look at; it transposes ``fixed``,
    which takes all of them, for the value as the algorithm makes it.
    """

    __slots__ = ("fixed", "pull")

    def __init__(self, pull: Callable[[Any], Any], fixed: Callable[[Any], Any]) -> None:
        self.pull = pull
        self.fixed = fixed

    def __call__(self, dy: Any) -> Any:
        return self.pull(dy)


class always:
    """A pullback that every sweep calls: with ``None`` if no cotangent came to the value.

    Others are not called then, nor where the cotangent of a number is zero, for their answer would
    be zero.  This is for those that do something else than to multiply.
    """

    __slots__ = ("back",)

    def __init__(self, back: Callable[[Any], Any]) -> None:
        self.back = back

    def __call__(self, dy: Any) -> Any:
        return self.back(dy)


def elementwise(target: Any, *partials: Callable[..., Any] | None) -> Rule:
    """Declare an elementwise function by its partial derivatives.

    ``partials[i](*args, y)`` is the derivative with respect to argument i,
    given all arguments and the value ``y``; ``None`` declares that there is no
    gradient with respect to that argument.  Broadcasting, zero cotangents
    (which stay zero) and complex conjugation are taken care of.
    """
    return _put(Rule(key_of(target), ELEMENTWISE, partials=partials))


def nondifferentiable(*targets: Any) -> None:
    """Declare that results carry no gradient: ``len``, ``np.argmax`` ..."""
    for target in targets:
        key = key_of(target)
        inner = getattr(key, "_implementation", None)
        known = RULES.get(key)
        if known is not None and known.users and loading:
            continue
        if isinstance(inner, types.FunctionType):  # runs natively, with all that it calls
            RULES.pop(key, None)
            key = inner
        _put(Rule(key, NONDIFFERENTIABLE))


def consumer(
    *targets: Any, passes: Collection[int] = (), mutates: bool = False, lazy: bool = False
) -> None:
    """Declare C code that only passes on the items of its arguments.

    What comes out is known by identity (``zip``, ``sorted``, ``list`` ...), so
    it needs no rule, and its result is not opaque.

    Parameters
    ----------
    *targets : callable
    passes : collection of int
        Positions of the arguments that are passed on as they are and must
        keep their identity: 1 for the item of ``list.append(xs, item)``.
    mutates : bool
        Whether the first argument is changed in place.
    lazy : bool
        Whether it goes on reading its arguments after the call: iterators, views.
    """
    for target in targets:
        _put(Rule(key_of(target), CONSUMER, passes=passes, mutates=mutates, lazy=lazy))


def lowering(*targets: Any) -> Callable[[F], F]:
    """Register a Python equivalent that the machine runs in place of C code."""

    def register(function: F) -> F:
        for target in targets:
            _put(Rule(key_of(target), LOWERING, function=function))
        return function

    return register


def instance_lowering(*types_: type) -> Callable[[F], F]:
    """Register what calling an *instance* of a C type does, in Python.

    The function gets the instance and the arguments of the call.  It must not
    call the instance itself.
    """

    def register(function: F) -> F:
        for type_ in types_:
            INSTANCES[type_] = function
        return function

    return register


def fallback(*targets: Any) -> Callable[[F], F]:
    """Register the Python equivalent of C code whose rule is for some types only.

    ``operator.add`` has adjoints for numbers and arrays.  For everything else
    the machine runs the fallback, ``a + b``, and so the methods of the user.
    """

    def register(function: F) -> F:
        for target in targets:
            FALLBACKS[target] = function
        return function

    return register
