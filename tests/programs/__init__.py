"""A corpus of programs that every engine runs.

A decorated function is program and test at once::

    @program(2.0, [1.0, 3.0], grad=(FD, [FD, None]))
    def first(x, xs):
        return x * xs[0]

The decorator registers the function and returns it unchanged.  What a program does is
what CPython does with it: value, exception, traceback, log, mutated arguments and
globals (`run_plain`); an engine must do the same to the last bit (`run_engine`,
`differences`).  What its gradient is comes from finite differences, or is stated and
then *checked* against finite differences (`reference_gradient`, `check_reference`).

Arguments of `program`
    args      example arguments, deep-copied before every run
    grad      omitted: every float is differentiated by finite differences and none may
              be zero.  A tuple: one entry per argument with numbers, `None`, and the
              marks `FD` (a number, from finite differences) and `NIL` (`None` or zero,
              where both are reasonable).  Fields of objects and captured variables are
              written `Fields(x=...)`.  `False`: the program has no gradient to compare.
    raises    the exception, or its type, that the program ends with
    effects   names of globals of the program's module that it changes
    numpy     whether the program needs NumPy
    fd        `False` where finite differences do not apply (a kink, an infinite slope)
    min_version   the oldest Python that has what the program uses

Programs must not depend on the clock, hash order, the environment or another program.
They never see this module except through `log`.
"""

import contextlib
import copy
import functools
import importlib
import io
import os
import pkgutil
import sys
from dataclasses import dataclass
from types import SimpleNamespace as Fields

import numpy as np

from . import _reference, _trees

__all__ = [
    "FD",
    "NIL",
    "Fields",
    "Outcome",
    "Program",
    "check_reference",
    "differences",
    "gradient_errors",
    "load",
    "log",
    "program",
    "reference_gradient",
    "run_engine",
    "run_plain",
]

HERE = os.path.dirname(os.path.abspath(__file__))
REGISTRY = {}
LOG = []


class _Mark:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


FD = _Mark("FD")
NIL = _Mark("NIL")
OMITTED = _Mark("OMITTED")


def log(*items):
    """Note something that a program does; returns the last item."""
    LOG.append(items)
    return items[-1]


@dataclass(frozen=True, eq=False)
class Program:
    function: object
    args: tuple
    grad: object
    raises: object
    effects: tuple
    numpy: bool
    fd: bool

    @property
    def name(self):
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"

    @property
    def differentiable(self):
        return self.raises is None and self.grad is not False

    def arguments(self):
        return copy.deepcopy(self.args)


@dataclass
class Outcome:
    """All that can be seen of a run."""

    value: object = None
    error: object = None
    traceback: tuple = ()
    log: tuple = ()
    output: str = ""
    arguments: tuple = ()
    state: dict = None


def program(
    *args, grad=OMITTED, raises=None, effects=(), numpy=False, fd=True, min_version=(3, 11)
):
    def register(function):
        new = Program(function, args, grad, raises, tuple(effects), numpy, fd)
        if new.name in REGISTRY:
            raise ValueError(f"two programs are called {new.name}")
        if sys.version_info >= min_version:
            REGISTRY[new.name] = new
        return function

    return register


def load():
    """All programs, by ``module.function``."""
    for module in pkgutil.iter_modules([HERE]):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")
    return dict(REGISTRY)


# Running


def run_plain(program):
    """What CPython makes of a program."""
    return run_engine(program, lambda f, *args: f(*args))


def run_engine(program, engine):
    """What ``engine(f, *args)``, which should return ``f(*args)``, makes of it."""
    namespace = program.function.__globals__
    saved = {name: copy.deepcopy(namespace[name]) for name in program.effects}
    args = program.arguments()
    outcome = Outcome(arguments=args)
    output = io.StringIO()
    LOG.clear()
    try:
        with contextlib.redirect_stdout(output):
            outcome.value = engine(program.function, *args)
    except Exception as error:
        outcome.error = describe(error)
        outcome.traceback = tuple(frames(error.__traceback__))
    finally:
        outcome.log = tuple(LOG)
        LOG.clear()
        outcome.output = output.getvalue()
        outcome.state = {name: namespace[name] for name in program.effects}
        namespace.update(saved)
    return outcome


def describe(error, seen=()):
    """An exception with everything it is chained to, comparable between runs."""
    if error is None or error in seen:
        return None
    seen = (*seen, error)
    return {
        "type": (type(error).__module__, type(error).__qualname__),
        "args": error.args,
        "cause": describe(error.__cause__, seen),
        "context": describe(error.__context__, seen),
        "suppress_context": error.__suppress_context__,
        "notes": getattr(error, "__notes__", None),
        "group": [describe(e, seen) for e in getattr(error, "exceptions", ())],
    }


def frames(tb):
    """Function names and lines of the frames that run a program's own code."""
    while tb is not None:
        path = tb.tb_frame.f_code.co_filename
        if os.path.dirname(os.path.abspath(path)) == HERE and not path.endswith("__init__.py"):
            yield tb.tb_frame.f_code.co_name, tb.tb_lineno
        tb = tb.tb_next


def differences(expected, actual, value=True):
    """What differs between two outcomes, as lines of text."""
    fields = ["error", "traceback", "log", "output", "arguments", "state"]
    found = []
    for name in ["value", *fields] if value else fields:
        a, b = getattr(expected, name), getattr(actual, name)
        if not _trees.same(a, b):
            found.append(f"{name}: expected {a!r}, got {b!r}")
    return found


# Gradients


def evaluate(program, args):
    """The value for other arguments, leaving no trace."""
    changed = Program(
        program.function, args, program.grad, None, program.effects, program.numpy, program.fd
    )
    failure = []

    def engine(f, *args):
        try:
            return f(*args)
        except Exception as error:
            failure.append(error)
            raise

    outcome = run_engine(changed, engine)
    if failure:
        raise failure[0]
    value = outcome.value
    return value.item() if isinstance(value, (np.ndarray, np.generic)) else value


@functools.cache
def finite_differences(program):
    """Slope and error estimate for every leaf, by path."""
    table = {}
    for path, leaf in _trees.leaves(program.arguments()):
        if isinstance(leaf, bool):
            continue

        def moved(v, path=path):
            return evaluate(program, _trees.replaced(program.arguments(), path, v))

        table[path] = _reference.leaf_slope(moved, leaf)
    return table


def stated(program, path):
    if program.grad is OMITTED:
        return FD
    return _trees.at(program.grad, path)


def reference_gradient(program):
    """What the gradient must be: a dict from path to `None`, a number, an array or `NIL`,
    and one from path to the relative tolerance."""
    table, tolerance = {}, {}
    for path, leaf in _trees.leaves(program.arguments()):
        if isinstance(leaf, (bool, np.bool_)):
            table[path] = None
            continue
        entry = stated(program, path)
        if entry is FD:
            slope, error = finite_differences(program)[path]
            table[path] = float(slope) if isinstance(slope, int) else slope
            tolerance[path] = 1e-7 if error <= 1e-8 * np.max(np.abs(slope)) else 1e-6
        else:
            table[path] = entry
            tolerance[path] = 1e-12
    return table, tolerance


def check_reference(program):
    """Complaints about a program itself: non-determinism, stated values that finite
    differences deny, gradients that finite differences cannot tell."""
    plain, again = run_plain(program), run_plain(program)
    found = differences(plain, again)
    if program.raises is None:
        if plain.error is not None:
            return [*found, f"raised {plain.error} at {plain.traceback}"]
    elif isinstance(program.raises, type):
        wanted = (program.raises.__module__, program.raises.__qualname__)
        if plain.error is None or plain.error["type"] != wanted:
            found.append(f"should raise {wanted}: {plain}")
    elif plain.error is None or not _trees.same(
        (plain.error["type"], plain.error["args"]),
        ((type(program.raises).__module__, type(program.raises).__qualname__), program.raises.args),
    ):
        found.append(f"should raise {program.raises!r}: {plain.error}")
    if program.differentiable:
        found += _check_gradient(program, plain.value)
    return found


def _check_gradient(program, value):
    if isinstance(value, (bool, complex)) or not isinstance(
        value, (int, float, np.ndarray, np.generic)
    ):
        return [f"a program with a gradient returns a real scalar, not {value!r}"]
    if program.grad is not OMITTED and len(program.grad) != len(program.args):
        return ["grad: one entry per argument"]
    found = []
    if program.grad is not OMITTED:
        found += _trees.shape_errors(program.grad, program.args, "grad")
    if not program.fd:
        return found
    for path, (slope, error) in finite_differences(program).items():
        entry, where = stated(program, path), _trees.format_path(path)
        leaf = _trees.at(program.args, path) if _gettable(path) else None
        size = abs(slope) if isinstance(slope, int) else np.max(np.abs(slope), initial=0.0)
        if entry is None or entry is NIL:
            # The steps of an int change trip counts and keys: nothing to learn.
            counts = isinstance(leaf, int) or getattr(leaf, "dtype", np.dtype(float)).kind in "iu"
            if not counts and not size <= max(1e-9, error):
                found.append(f"{where}: stated {entry}, finite differences give {slope}")
            continue
        if entry is FD:
            if isinstance(leaf, int) and program.grad is OMITTED:
                found.append(f"{where}: state the gradient of an int ({slope!r})")
            if not error <= 1e-6 * size:
                found.append(f"{where}: {slope} ± {error} is zero or too uncertain: state it")
            continue
        if isinstance(slope, int) and isinstance(entry, int):
            if slope != entry:
                found.append(f"{where}: stated {entry!r}, rational differences {slope!r}")
            continue
        tolerance = max(1e-7 * float(np.max(np.abs(entry))), 4 * error, 1e-11)
        uncertain = not error <= 1e-5 * max(float(np.max(np.abs(entry))), 1e-3)
        if uncertain or not np.all(np.abs(np.subtract(slope, entry)) <= tolerance):
            found.append(f"{where}: stated {entry!r}, finite differences {slope!r} ± {error}")
    return found


def _gettable(path):
    return all(kind != "cell" for kind, _ in path)


def gradient_errors(program, gradient):
    """What is wrong with a gradient that an engine computed, as lines of text."""
    args = program.arguments()
    if not isinstance(gradient, tuple) or len(gradient) != len(args):
        return [f"not one entry per argument: {gradient!r}"]
    found = _trees.shape_errors(gradient, args)
    if found:
        return found
    table, tolerance = reference_gradient(program)
    for path, leaf in _trees.leaves(args):
        entry, actual, where = table[path], _trees.at(gradient, path), _trees.format_path(path)
        if entry is None or entry is NIL:
            nothing = actual is None or (entry is NIL and not np.any(actual))
            if not nothing:
                found.append(f"{where}: expected {entry}, got {actual!r}")
        elif actual is None:
            found.append(f"{where}: expected {entry!r}, got None")
        else:
            found += _number_errors(where, leaf, entry, actual, tolerance[path])
    return found


def _number_errors(where, leaf, entry, actual, rtol):
    if isinstance(leaf, np.ndarray):
        wanted = np.complex128 if leaf.dtype.kind == "c" else np.float64
        wanted = leaf.dtype if leaf.dtype.kind == "f" else np.dtype(wanted)
        if not isinstance(actual, np.ndarray) or (actual.shape, actual.dtype) != (
            leaf.shape,
            wanted,
        ):
            return [f"{where}: {wanted}{leaf.shape} expected, got {actual!r}"]
        scale = float(np.max(np.abs(entry), initial=0.0))
        if not np.allclose(actual, entry, rtol=rtol, atol=rtol * scale):
            return [f"{where}: expected {entry!r}, got {actual!r}"]
        return []
    if type(actual) is not type(entry):
        return [f"{where}: expected {entry!r}, got {actual!r} of type {type(actual).__name__}"]
    if isinstance(entry, int):
        close = actual == entry
    elif entry != entry or entry in (float("inf"), -float("inf")):
        close = _trees.same(actual, entry)
    else:
        close = abs(actual - entry) <= rtol * abs(entry)
    return [] if close else [f"{where}: expected {entry!r}, got {actual!r}"]
