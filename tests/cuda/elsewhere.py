"""Programs for NumPy's arrays, made programs for the arrays of another library.

A function is made once more with other globals, closures and defaults: functions of NumPy become
those of the library, arrays become its arrays.
"""

import functools
import sys
import types
from pathlib import Path

import numpy as np

__all__ = ["Elsewhere", "Lacking"]

TESTS = str(Path(__file__).parent.parent)
MODULES = {"": np, "linalg": np.linalg, "fft": np.fft}


class Lacking(Exception):
    """The library has no such function."""


def paths():
    """Function of NumPy or method of its arrays -> where it is in a library."""
    out = {}
    for module, owner in MODULES.items():
        for name in dir(owner):
            f = getattr(owner, name)
            if name[0] != "_" and callable(f) and not isinstance(f, type):
                out.setdefault(f, (module, name))
    for name in dir(np.ndarray):
        f = getattr(np.ndarray, name)
        if callable(f) and not isinstance(f, type) and getattr(f, "__objclass__", 0) is np.ndarray:
            out[f] = ("ndarray", name)
    return out


PATHS = paths()


class Elsewhere:
    """``moved(x)`` is `x`, a value or a program, for the arrays of a library."""

    def __init__(self, library, kind, put):
        self.library, self.kind, self.put = library, kind, put
        self.rules = f"zygcore.interop._{library.__name__}"
        self.made = {}
        self.modules = {}
        for name in reversed(MODULES):  # the one that has the others in it comes last
            self.modules[MODULES[name]] = self.module(name)

    def module(self, name):
        """The library as programs see it under the name `np`: types and constants are NumPy's."""
        made = types.ModuleType(f"elsewhere.{name}")
        for part in dir(MODULES[name]):
            if part[:2] != "__":
                found = getattr(MODULES[name], part)
                try:
                    setattr(made, part, self.moved(found))
                except Lacking:
                    setattr(made, part, lacking(part))
        return made

    def moved(self, x):
        if isinstance(x, np.ndarray):
            if x.dtype.kind not in "biufc" or x.dtype.char in "gG" or type(x) is not np.ndarray:
                raise Lacking(f"arrays of {type(x).__name__}, {x.dtype}")
            return self.put(x)
        if type(x) in (list, tuple):
            return type(x)([self.moved(item) for item in x])
        if type(x) is dict:
            return {key: self.moved(item) for key, item in x.items()}
        if isinstance(x, types.ModuleType):
            return self.modules.get(x, x)
        if x is np.ndarray:
            return self.kind
        if isinstance(x, functools.partial):
            options = {name: self.moved(v) for name, v in x.keywords.items()}
            return functools.partial(self.moved(x.func), *map(self.moved, x.args), **options)
        if isinstance(x, types.FunctionType) and x.__code__.co_filename.startswith(TESTS):
            return self.function(x)
        if isinstance(x, np.inexact):
            return self.put(np.asarray(x))
        if callable(x) and (getattr(x, "__module__", "") or "").startswith("zygcore.rules."):
            module = self.rules + x.__module__.removeprefix("zygcore.rules")
            return getattr(sys.modules[module], x.__name__)
        if callable(x) and not isinstance(x, type):
            return self.of_library(x)
        return x

    def of_library(self, f):
        try:
            module, name = PATHS.get(f) or (None, None)
        except TypeError:
            return f
        if getattr(f, "__objclass__", None) is np.generic:
            raise Lacking(f.__name__)
        if name is None:
            return f
        owner = self.kind if module == "ndarray" else self.library
        for part in [module] if module in ("linalg", "fft") else []:
            owner = getattr(owner, part)
        try:
            return getattr(owner, name)
        except AttributeError:
            raise Lacking(name) from None

    def function(self, f):
        if f not in self.made:
            cells = tuple([types.CellType() for _ in f.__closure__ or ()])
            found = {name: f.__globals__[name] for name in ("__builtins__", "__name__")}
            made = types.FunctionType(f.__code__, found, f.__name__, None, cells or None)
            self.made[f] = made
            for name in names_in(f.__code__):
                if name in f.__globals__:
                    made.__globals__[name] = self.moved(f.__globals__[name])
            for cell, old in zip(cells, f.__closure__ or (), strict=True):
                cell.cell_contents = self.moved(old.cell_contents)
            made.__defaults__ = f.__defaults__ and self.moved(f.__defaults__)
            made.__kwdefaults__ = f.__kwdefaults__ and self.moved(f.__kwdefaults__)
        return self.made[f]


def lacking(name):
    def raising(*args, **options):
        raise Lacking(name)

    return raising


def names_in(code):
    out = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            out |= names_in(constant)
    return out
