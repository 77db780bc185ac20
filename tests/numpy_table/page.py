"""Pages that tell what happens to gradients at each function of a library.

A chapter is a name space, programs for the names in it, and names that take no numbers.  What is
found out by the programs is sorted by words.
"""

import re
import types
from functools import cache
from importlib import import_module
from inspect import unwrap

import numpy as np

from zygcore.rules.numpy._inplace import MUTATORS

from .measure import judge, rule_of

__all__ = ["Chapter", "check", "entries", "every_name", "lines", "module", "public"]

MEANINGS = {
    "rule": "a rule gives the derivative, or a Python equivalent that is differentiated",
    "code": "Python code of the library, which is differentiated as it is",
    "machine": "an operation that is built in: items, iteration, attributes",
    "in part": "right, but for what is told: there, a gradient is an error",
    "constant": "non-differentiable: whole numbers, truth values, texts; there is no gradient",
    "error": "a random draw without a pathwise derivative: a gradient through it is an error",
    "not yet": "a gradient through it is an error",
    "apart": "takes no numbers that could vary: types, settings, texts, files, sizes",
}

#: text in an error of ours -> why there is no gradient yet
REASONS = {
    r"the gradient needs the derivative of (\S+?),? which": r"\1 is C code without a rule",
    r"the gradient needs the derivative of (.+?), which": r"it makes C code without a rule: \1",
    r"arrays of the subclass (\w+)": r"it makes arrays of the subclass \1",
    r"an array is changed in place": "it changes more of an array than its items",
    r"an array is written in place": "it writes into memory that is shown in two ways",
    r"an array of objects is written": "it writes into arrays of objects",
    r"no derivative is known for ([^;\n]+)": r"no derivative is known for \1",
    r"scipy.sparse's C function (\w+)": r"\1 is C code without a rule",
}


class Chapter:
    """One part of a page.

    A key of `programs` is a name, and words that tell what else of it is tried.  `judge` gives the
    verdict on a program; `default` makes one for a name that has none.
    """

    def __init__(self, title, owner, names, programs, without=(), default=None, judge=judge):
        self.title, self.owner, self.judge = title, owner, judge
        self.names = [name for name in sorted(names) if name not in without]
        self.apart = [name for name in sorted(names) if name in without]
        self.programs, self.default = {}, default
        for key, program in programs.items():
            self.programs.setdefault(key.split()[0], {})[key.partition(" ")[2]] = program

    def of(self, name):
        """What is tried -> its program, for a name."""
        found = self.programs.get(name)
        if found is None and self.default is not None:
            return {"": self.default(name)}
        return found or {}

    def value(self, name):
        """What the name stands for, as rules are kept: of a class, the descriptor."""
        if isinstance(self.owner, type):
            for base in self.owner.__mro__:
                if name in vars(base) and not isinstance(vars(base)[name], np.ndarray):
                    return vars(base)[name]
        value = getattr(self.owner, name, None)
        return None if isinstance(value, np.ndarray) else value

    @cache  # noqa: B019 (there are few chapters, and none goes away)
    def verdicts(self, name):
        """What is tried -> the verdict on it."""
        return {what: self.judge(program) for what, program in self.of(name).items()}


def public(owner):
    """The callables in a module."""
    names = getattr(owner, "__all__", None) or [name for name in vars(owner) if name[0] != "_"]
    values = [(name, getattr(owner, name)) for name in set(names)]
    return [
        name
        for name, v in values
        if callable(v) and not isinstance(v, types.ModuleType) and name[0] != "_"
    ]


def module(title, programs, without=(), **options):
    """The chapter of a module whose functions all have programs."""
    owner = import_module(title)
    return Chapter(title, owner, public(owner), programs, without, **options)


def entries(chapter):
    """``(name, word, note)`` for each name of a chapter."""
    for name in chapter.names:
        yield name, *classified(chapter.value(name), chapter.verdicts(name))
    for name in chapter.apart:
        yield name, "apart", ""


def every_name(chapters):
    """``(chapter, name)`` for all, and what a test of each is called."""
    cases = [(chapter, name) for chapter in chapters for name in chapter.names]
    return cases, [f"{chapter.title}.{name}" for chapter, name in cases]


def check(chapter, name):
    """Right, or an error of ours, or none where nothing varies: never wrong, never missing."""
    verdicts = chapter.verdicts(name)
    assert verdicts, "no program: add one, or the name to those without numbers"
    for what, verdict in verdicts.items():
        assert verdict.kind in ("right", "none", "error"), (what, verdict)


def classified(value, verdicts):
    """A key of `MEANINGS`, and the reason where a gradient is an error."""
    wrong = [v for v in verdicts.values() if v.kind not in ("right", "none", "error")]
    assert verdicts and not wrong, wrong
    errors = {what: v for what, v in verdicts.items() if v.kind == "error"}
    if len(errors) == len(verdicts):
        detail = next(iter(errors.values())).detail
        return ("error", "") if "a draw of" in detail else ("not yet", reason(detail))
    if errors:
        return "in part", "not: " + ", ".join(errors)
    if all(v.kind == "none" for v in verdicts.values()):
        return "constant", ""
    if rule_of(value) is not None or value in MUTATORS:
        return "rule", ""
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    inner = unwrap(value) if callable(value) else value
    if isinstance(inner, (types.FunctionType, property)) or is_python_class(value):
        return "code", ""
    return "machine", ""


def is_python_class(value):
    kind = value if isinstance(value, type) else type(value)
    return any(
        isinstance(v, types.FunctionType) for base in kind.__mro__ for v in vars(base).values()
    )


def reason(detail):
    detail = re.sub(r"<(\S+) object at 0x[0-9a-f]+>", r"\1", detail)
    for text, why in REASONS.items():
        found = re.search(text, detail)
        if found:
            return found.expand(why)
    return detail.split("\n")[0].split(";")[0]


def share(rows):
    """Of the names that numbers go through, how many are not yet differentiated."""
    counted = [word for _, word, _ in rows if word != "apart"]
    return counted.count("not yet") / len(counted)


def lines(chapters):
    """The page of some chapters as lines of Markdown, without its head."""
    found = {chapter.title: list(entries(chapter)) for chapter in chapters}
    used = {word for rows in found.values() for _, word, _ in rows}
    words = [word for word in MEANINGS if word in used]
    out = ["| | |", "| --- | --- |", *[f"| {word} | {MEANINGS[word]} |" for word in words], ""]
    out.append(f"| | {' | '.join(words)} | share not yet |")
    out.append("| --- |" + " ---: |" * (len(words) + 1))
    for title, rows in found.items():
        counts = [sum(word == w for _, w, _ in rows) for word in words]
        out.append(f"| {title} | {' | '.join(map(str, counts))} | {share(rows):.1%} |")
    for title, rows in found.items():
        out += ["", f"## {title}", "", "| | |", "| --- | --- |"]
        for word in words:
            names = [f"`{name}`" + (f" ({note})" if note else "") for name, w, note in rows
                     if w == word]  # fmt: skip
            if names:
                out.append(f"| {word} | {', '.join(names)} |")
    return out
