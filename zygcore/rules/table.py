"""What happens to gradients at each function of the standard library's numerical modules.

``python -m zygcore.rules.table`` prints the table that is kept in ``docs/stdlib.md``; it is made
from the registry, so that it cannot say what is not so.
"""

import importlib
import inspect
import types

from . import registry
from .libraries import everything

__all__ = ["classify", "public_names", "table"]

MODULES = (
    "functools", "itertools", "operator", "statistics", "fractions", "decimal", "collections",
    "contextlib", "copy", "bisect", "random", "math", "cmath", "colorsys", "heapq",
)  # fmt: skip

MEANINGS = {
    "rule": "a rule gives the derivative",
    "lowered": "the machine runs a Python equivalent of the C code",
    "passes on": "C code that hands on the objects it is given, which keep their gradients",
    "by code": "Python code, which the machine runs and differentiates",
    "no gradient": "declared to carry none: `None` (whole numbers, truth values, draws)",
    "error": "a gradient through it is an `AdjointError`",
    "text": "makes text or takes no numbers: nothing differentiable",
}

everything()

#: classes and functions of C that do nothing with numbers
WITHOUT_NUMBERS = {
    "decimal.getcontext", "decimal.setcontext", "decimal.localcontext", "random.SystemRandom",
    "decimal.Context",
}  # fmt: skip


#: operators whose results are whole numbers
WHOLE = {
    "and_", "iand", "or_", "ior", "xor", "ixor", "invert", "inv", "lshift", "ilshift", "rshift",
    "irshift", "floordiv", "ifloordiv",
}  # fmt: skip


def public_names(module):
    """The names of the functions and classes that a module offers."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if name[0] != "_"]
    for name in sorted(names):
        value = getattr(module, name)
        if isinstance(value, types.ModuleType) or not callable(value):
            continue
        if isinstance(value, type) and issubclass(value, BaseException):
            continue
        yield name, value


def classify(name, value):
    """One of the keys of `MEANINGS`."""
    rule = registry.RULES.get(registry.key_of(value))
    if name.removeprefix("operator.") in WHOLE:
        return "no gradient"
    if rule is not None:
        if rule.kind == registry.NONDIFFERENTIABLE:
            return "no gradient"
        return {registry.LOWERING: "lowered", registry.CONSUMER: "passes on"}.get(rule.kind, "rule")
    if value in registry.FALLBACKS or value in registry.INSTANCES:
        return "lowered"
    if name in WITHOUT_NUMBERS:
        return "text"
    if isinstance(value, types.MethodType):  # of a hidden instance
        value = value.__func__
    code = inspect.unwrap(value) if callable(value) else value
    if isinstance(code, types.FunctionType):
        return "by code"
    if isinstance(value, type) and any(
        isinstance(v, types.FunctionType) for base in value.__mro__ for v in vars(base).values()
    ):
        return "by code"
    if isinstance(value, types.BuiltinMethodType):
        owner = type(value.__self__)
        for base in owner.__mro__:
            if value.__name__ in vars(base):
                found = registry.RULES.get(vars(base)[value.__name__])
                if found is not None:
                    return "no gradient" if found.kind == registry.NONDIFFERENTIABLE else "rule"
    return "error"


def table():
    """The table as Markdown."""
    lines = [
        "# Gradients through the standard library",
        "",
        "Made with Python 3.11 by `python -m zygcore.rules.table > docs/stdlib.md`. A test checks",
        "that it is up to date, and another compares a gradient through each function with",
        "differences.",
        "",
        "| | |",
        "| --- | --- |",
        *[f"| {word} | {meaning} |" for word, meaning in MEANINGS.items()],
    ]
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        groups = {}
        for name, value in public_names(module):
            groups.setdefault(classify(f"{module_name}.{name}", value), []).append(name)
        lines += ["", f"## {module_name}", "", "| | |", "| --- | --- |"]
        for word in MEANINGS:
            if word in groups:
                lines.append(f"| {word} | {', '.join(f'`{name}`' for name in groups[word])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
