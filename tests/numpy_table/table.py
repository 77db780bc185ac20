"""The table of NumPy's functions, made of verdicts on small programs.

A chapter is a name space, programs for the names in it, and names that take no numbers.  To add
a library, add a line to `CHAPTERS`.
"""

import re
import types
from importlib import import_module
from inspect import unwrap

import numpy as np

from zygcore.rules.libraries import everything
from zygcore.rules.numpy._inplace import MUTATORS

from . import draws, functions, methods, polynomials
from .measure import judge, rule_of

__all__ = ["CHAPTERS", "Chapter", "entries", "table"]

everything()

MEANINGS = {
    "rule": "a rule gives the derivative, or a Python equivalent that is differentiated",
    "code": "Python code of NumPy's, which is differentiated as it is",
    "machine": "an operation that is built in: items, iteration, attributes",
    "constant": "non-differentiable: whole numbers, truth values, texts; there is no gradient",
    "error": "a random draw without a pathwise derivative: a gradient through it is an error",
    "not yet": "a gradient through it is an error",
}

#: text in an error of ours -> why there is no gradient yet
REASONS = {
    r"the gradient needs the derivative of (\S+?),? which": r"\1 is C code without a rule",
    r"the gradient needs the derivative of (.+?), which": r"it makes C code without a rule: \1",
    r"arrays of the subclass (\w+)": r"it makes arrays of the subclass \1",
    r"an array is changed in place": "it changes more of an array than its items",
    r"an array is written in place": "it writes into memory that is shown in two ways",
}


class Chapter:
    """One part of the table."""

    def __init__(self, title, owner, names, programs, without=(), default=None):
        self.title, self.owner = title, owner
        self.names = [name for name in sorted(names) if name not in without]
        self.programs, self.default = programs, default

    def program(self, name):
        found = self.programs.get(name)
        return found if found is not None or self.default is None else self.default(name)

    def value(self, name):
        """What the name stands for, as rules are kept: of a class, the descriptor."""
        if isinstance(self.owner, type):
            for base in self.owner.__mro__:
                if name in vars(base) and not isinstance(vars(base)[name], np.ndarray):
                    return vars(base)[name]
        value = getattr(self.owner, name, None)
        return None if isinstance(value, np.ndarray) else value


def public(owner):
    """The callables in a module."""
    names = getattr(owner, "__all__", None) or [name for name in vars(owner) if name[0] != "_"]
    values = [(name, getattr(owner, name)) for name in names]
    return [
        name
        for name, v in values
        if callable(v) and not isinstance(v, types.ModuleType) and name[0] != "_"
    ]


def module(title, programs, without=()):
    """The chapter of a module whose functions all have programs."""
    owner = import_module(title)
    return Chapter(title, owner, public(owner), programs, without)


def called(name):
    return lambda v: getattr(np, name)(v)


def member(name):
    """A method called without arguments, or an attribute."""

    def program(v):
        found = getattr(v, name)
        return found() if callable(found) else found

    return program


def of_polynomials(name):
    prefix = polynomials.BASES[name][0]
    without = {prefix + word for word in polynomials.WITHOUT_NUMBERS}
    return module(f"numpy.polynomial.{name}", polynomials.functions(name), without)


def plain(cls):
    return [name for name in dir(cls) if name[0] != "_"]


_series = np.polynomial.Chebyshev

CHAPTERS = [
    Chapter("numpy", np, public(np), functions.PROGRAMS, functions.WITHOUT_NUMBERS, called),
    Chapter("ndarray", np.ndarray, methods.names_of(np.ndarray), methods.ARRAY,
            methods.ARRAY_WITHOUT, member),
    Chapter("ufunc", np.ufunc, [*plain(np.ufunc), "__call__"], methods.UFUNC,
            methods.UFUNC_WITHOUT),
    module("numpy.lib.stride_tricks", methods.STRIDES),
    Chapter("numpy.random.Generator", np.random.Generator, plain(np.random.Generator),
            draws.GENERATOR, draws.WITHOUT_NUMBERS),
    Chapter("numpy.random.RandomState", np.random.RandomState, plain(np.random.RandomState),
            draws.LEGACY, draws.WITHOUT_NUMBERS),
    *map(of_polynomials, polynomials.BASES),
    Chapter("Polynomial, Chebyshev ...", _series, polynomials.members(_series), polynomials.CLASS,
            polynomials.CLASS_WITHOUT),
]  # fmt: skip


def entries(chapter):
    """``(name, word, reason)`` for each name of a chapter."""
    for name in chapter.names:
        verdict = judge(chapter.program(name))
        yield name, *classified(chapter.value(name), verdict)


def classified(value, verdict):
    """A key of `MEANINGS`, and the reason where a gradient is an error."""
    if verdict.kind == "none":
        return "constant", ""
    if verdict.kind == "error":
        if "a draw of" in verdict.detail:
            return "error", ""
        return "not yet", reason(verdict.detail)
    assert verdict.kind == "right", verdict
    if rule_of(value) is not None or value in MUTATORS:
        return "rule", ""
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    inner = unwrap(value) if callable(value) else value
    if isinstance(inner, (types.FunctionType, property)) or is_python_class(value):
        return "code", ""
    return "machine", ""


def is_python_class(value):
    return isinstance(value, type) and any(
        isinstance(v, types.FunctionType) for base in value.__mro__ for v in vars(base).values()
    )


def reason(detail):
    for text, why in REASONS.items():
        found = re.search(text, detail)
        if found:
            return found.expand(why)
    return detail.split("\n")[0].split(";")[0]


def table():
    """The table as Markdown."""
    found = {chapter.title: list(entries(chapter)) for chapter in CHAPTERS}
    lines = [
        "# Gradients through NumPy",
        "",
        f"Made with NumPy {np.__version__} by `python -m numpy_table > ../docs/numpy.md` in",
        "`tests`. Each entry was found out by a small program, whose gradient was compared with",
        "differences in every direction; a test does so again, and checks that this page is up to",
        "date. Types, settings, texts, files and dates are left out.",
        "",
        "| | |",
        "| --- | --- |",
        *[f"| {word} | {meaning} |" for word, meaning in MEANINGS.items()],
        "",
        f"| | {' | '.join(MEANINGS)} | share not yet |",
        "| --- |" + " ---: |" * (len(MEANINGS) + 1),
    ]
    for title, rows in found.items():
        counts = [sum(word == w for _, w, _ in rows) for word in MEANINGS]
        share = f"{counts[-1] / len(rows):.1%}"
        lines.append(f"| {title} | {' | '.join(map(str, counts))} | {share} |")
    for title, rows in found.items():
        lines += ["", f"## {title}", "", "| | |", "| --- | --- |"]
        for word in MEANINGS:
            names = [
                f"`{name}`" + (f" ({why})" if why else "") for name, w, why in rows if w == word
            ]
            if names:
                lines.append(f"| {word} | {', '.join(names)} |")
    return "\n".join(lines) + "\n"
