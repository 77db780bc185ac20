"""What code can reach and change: containers, arrays and random number generators.

`Reach` walks from a list of roots through containers, objects, closures, defaults, classes and the
global variables that functions name.  It notes where *variables* are: numbers and arrays, which may
have a derivative.  `Reach.save` takes the state of all that, `restore` puts it back, in place.

No code of the user's runs here.  What C code holds in iterators and the like is looked into, but
cannot be put back.
"""

import collections
import functools
import gc
import io
import operator
import re
import sys
import threading
import types
import weakref
from numbers import Number

import numpy as np

from ._generators import Generator
from ._places import Attributes, Cell, ClassParts, Function, Items, Names, Sets
from ._state import State, copied, draws_of, name_of, shared, shared_draws, state_of
from .errors import UnsupportedError
from .kinds import kind_of

__all__ = ["Reach", "Variable", "is_variable"]

_ATOMS = (
    bool, str, bytes, np.dtype, types.BuiltinFunctionType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType, range,
    slice, types.CodeType, types.FrameType, types.TracebackType, property, np.ufunc,
    types.GenericAlias, types.EllipsisType, types.NotImplementedType, type(None),
)  # fmt: skip
_HOLDS_NOTHING = (
    type(threading.Lock()), type(threading.RLock()), re.Pattern, io.FileIO,
    io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom,
)  # fmt: skip
_FIXED = types.MethodType, functools.partial, types.MappingProxyType
_MAY_BE_INTERNAL = frozenset((list, tuple, dict, set, frozenset, collections.deque))
_PLAIN = (
    list, dict, set, frozenset, tuple, collections.deque, BaseException, types.SimpleNamespace,
    types.FunctionType, types.CellType, types.MethodType, functools.partial, Number,
)  # fmt: skip
_METHODS = types.BuiltinFunctionType, types.MethodWrapperType
_LIBRARIES = frozenset(sys.stdlib_module_names) - {"__main__"} | {"numpy", "scipy", "zygcore"}
_SUSPENDED = types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType
_COMPUTED = frozenset(("getattr", "attrgetter", "vars", "__dict__"))  # names of attributes may be
_DYNAMIC = frozenset(("globals", "eval", "exec", "vars", "__dict__", "__globals__"))
_COMPUTING = operator.attrgetter, operator.methodcaller
_MODULES = frozenset(("import_module", "__import__", "resolve_name", "locate", "getmodule"))
_FINDING = _COMPUTED | _DYNAMIC | _MODULES | {"modules", "__subclasses__"}
_ANYTHING = frozenset(("f_locals", "get_objects", "get_referrers"))


def is_variable(x):
    """A number or an array of numbers."""
    if type(x) is float:
        return True
    if isinstance(x, np.ndarray):
        return not x.dtype.hasobject
    return isinstance(x, (Number, np.generic)) and not isinstance(x, (bool, np.bool_))


def can_be_written(array):
    """Whether somebody may write into an array, or into the one that it is a view of."""
    base = array if array.base is None else array.base
    return array.flags.writeable or not isinstance(base, np.ndarray) or base.flags.writeable


def has_digits(text):
    digits = b"0123456789" if isinstance(text, bytes) else "0123456789"
    return any(digit in text for digit in (digits[i : i + 1] for i in range(10)))


def is_of_library(name):
    return isinstance(name, str) and name.partition(".")[0] in _LIBRARIES


def modules_of_programs():
    """Those that nobody has installed."""
    for name, module in list(sys.modules.items()):
        if type(module) is types.ModuleType and not is_of_library(name):
            if not is_installed(getattr(module, "__file__", None) or ""):
                yield module


def is_installed(file):
    return "site-packages" in file or "dist-packages" in file


class Variable:
    """A number or array, and where it is: (container, key, path into a tuple or the like)."""

    __slots__ = ("places", "value")

    def __init__(self, value):
        self.value = value
        self.places = []


class Reach:
    """Everything that is found from the list `roots`, which is itself a container.

    Attributes
    ----------
    containers : dict
        id -> container
    ways : list of (container, key, path)
        How one gets to the containers, outer ones first.
    variables : list of Variable
    arrays : dict
        id -> array
    draws : list of Draws
    hidden : list of (value, type of what holds it)
        Variables that C code holds where they cannot be replaced.
    opaque : list
        Objects made in C that may hold something.
    texts : list of (text, way)
        Texts with digits: they may be the digits of a number.
    ways_around : set of str
        Names in the code by which it may find objects that nothing refers to.
    """

    def __init__(self, roots):
        self.containers, self.arrays, self.ways = {}, {}, []
        self.variables, self.draws, self.hidden = [], [], []
        self.opaque, self.texts = [], []
        self.parents = {}  # id of a container -> its way
        self.inside = {}  # id -> list or the like that C code holds
        self.looked = set()  # namespaces and names
        self.functions = []  # global variables and names in the code of each
        self.classes = []
        self.names_are_enough = True  # nothing is found by names that are computed
        self.computed = frozenset()  # how objects made in C do that
        self.known = {}  # id -> object: what was looked at, and what keeps ids valid
        self.shared = {}  # id of an array -> its Variable
        self.todo = collections.deque()
        self.ways_around = set()
        self.enter(roots, None)
        self.walk_on()
        if self.computed or any(names & _FINDING for _, names in self.functions):
            self.names_are_enough = False
            for space, names in list(self.functions):
                self.globals(space, names)
            for cls in list(self.classes):
                self.subclasses(cls)
            self.walk_on()

    def walk_on(self):
        while self.todo:  # containers, and (value, way)
            item = self.todo.popleft()
            if type(item) is tuple:
                self.value(*item)
            else:
                self.walk(item)

    def walk(self, container):
        for key, value in container.contents().items():
            if type(container) is not Sets:
                self.value(value, (container, key, ()))
            else:
                self.part(value, set)

    def part(self, x, holder):
        """Something that C code holds, or a set.

        Lists and the like may be its own, which nobody else writes into: they are only looked into.
        """
        todo = [x]
        while todo:
            x = todo.pop()
            if is_variable(x):
                self.hidden.append((x, holder))
                if isinstance(x, np.ndarray) and can_be_written(x):
                    self.arrays[id(x)] = x
            elif type(x) in _MAY_BE_INTERNAL:
                if id(x) not in self.inside:
                    self.inside[id(x)] = x
                    todo += gc.get_referents(x)
            else:
                self.value(x, (None, holder, ()))

    def value(self, x, way):
        """Something in a place; `way` is None if it has none that could be written."""
        if type(x) is not float:
            if type(x) in _METHODS and kind_of(x) is not None:
                self.fixed(x, way)
                return
            if isinstance(x, _ATOMS):
                if way and way[0] is not None and isinstance(x, str | bytes) and has_digits(x):
                    self.texts.append((x, way))
                return
        if is_variable(x):
            self.variable(x, way)
            return
        if isinstance(x, tuple) or type(x) in _FIXED:
            self.fixed(x, way)
        elif id(x) not in self.known:
            self.known[id(x)] = x
            self.enter(x, way)

    def variable(self, x, way):
        array = isinstance(x, np.ndarray)
        found = self.shared.get(id(x)) if array else None
        if found is None:
            found = Variable(x)
            self.variables.append(found)
            if array:
                self.shared[id(x)] = found
                if can_be_written(x):
                    self.arrays[id(x)] = x
        found.places.append(way)

    def fixed(self, x, way):
        container, key, path = way
        if id(x) in self.known and way[0] is None:
            return
        self.known[id(x)] = x
        for name, part in kind_of(x).parts(x).items():
            self.value(part, (container, key, (*path, name)))

    def add(self, container, x, way):
        self.containers[id(x)] = container
        self.known[id(x)] = x
        if way is not None and way[0] is not None:
            self.ways.append(way)
            self.parents[id(container)] = way
        self.todo.append(container)

    def enter(self, x, way):
        """A container that was not seen before."""
        draws = draws_of(x)
        if draws is not None:
            self.draws.append(draws)
            return
        if isinstance(x, types.FunctionType):
            self.function(x, way)
        elif isinstance(x, types.CellType):
            self.add(Cell(x), x, way)
        elif isinstance(x, type):
            self.class_(x)
        elif isinstance(x, types.ModuleType):
            pass  # by the names that functions use of it
        elif isinstance(x, np.ndarray):
            self.add(Items(x, np.ndarray), x, way)
        else:
            self.object(x, way)

    def object(self, x, way):
        if isinstance(x, weakref.ref):
            x = x()
            if x is not None:
                self.value(x, (None, weakref.ref, ()))
            return
        kind = kind_of(x)
        if kind is not None and holds_more(type(x)) and not isinstance(x, _HOLDS_NOTHING):
            self.opaque.append(x)
        if kind is None or kind.fixed:
            self.closed(x)
            return
        for base in (collections.OrderedDict, dict, list, collections.deque):
            if isinstance(x, base):
                self.add(Items(x, base), x, way)
                break
        else:
            if isinstance(x, set):
                self.add(Sets(x), x, None)
        if (
            type(x) not in (dict, list, set, collections.deque)
            and getattr(x, "__dict__", None) is not x
        ):
            own = Attributes(x)
            if id(x) in self.containers:
                self.todo.append(own)
                self.containers[id(own)] = own
            else:
                self.add(own, x, way)
            self.value(type(x), None)

    def closed(self, x):
        """What C code holds; none of it has a place."""
        if isinstance(x, _HOLDS_NOTHING):
            return
        if isinstance(x, _COMPUTING):
            self.computed = frozenset(("getattr",))
        self.opaque.append(x)
        for part in self.suspended(x) if isinstance(x, _SUSPENDED) else gc.get_referents(x):
            if part is not type(x):
                self.part(part, type(x))

    def suspended(self, generator):
        """What a generator, or the like, holds besides its global variables."""
        attributes = "gi_frame", "cr_frame", "ag_frame"
        frame = next(getattr(generator, name) for name in attributes if hasattr(generator, name))
        parts = gc.get_referents(generator)
        if type(generator) is Generator and frame is not None:
            raise UnsupportedError(
                "a generator that was made inside of differentiated code can be reached from a "
                "function under zygcore.checkpoint: it cannot be run again"
            )
        if frame is None:
            return parts
        if not is_of_library(frame.f_globals.get("__name__")):
            self.functions.append((frame.f_globals, names_of(frame.f_code)))
            self.globals(*self.functions[-1])
        return [x for x in parts if x is not frame.f_globals and x is not frame.f_builtins]

    # -- functions, classes and modules

    def function(self, f, way):
        self.add(Function(f), f, way)
        if is_of_library(f.__module__):
            return
        names = names_of(f.__code__)
        self.functions.append((f.__globals__, names))
        self.globals(f.__globals__, names)
        if self.names_are_enough and not is_installed(f.__code__.co_filename):
            self.ways_around |= names & _ANYTHING

    def globals(self, space, names):
        """Global variables of a function, and what it names of modules."""
        if not self.names_are_enough:
            names = names | self.computed
            if names & _MODULES or "sys" in names and "modules" in names:
                for module in modules_of_programs():
                    self.module(module, _COMPUTED)
            if names & _DYNAMIC:
                names = names | {n for n in space if n[:2] != "__"}
        self.names(space, names, names)
        for name in names - space.keys():
            module = sys.modules.get(name)  # imported by the function itself
            if type(module) is types.ModuleType:
                self.module(module, names)

    def names(self, space, names, attributes):
        """Global variables by name; `attributes` are names that modules may have."""
        if (id(space), names) in self.looked:
            return
        self.looked.add((id(space), names))
        container = self.containers.get(id(space))
        if container is None:
            container = Names(space)
            self.containers[id(space)] = container
            self.known[id(space)] = space
        elif type(container) is not Names:
            return
        for name in sorted(names & space.keys()):
            value = space[name]
            if isinstance(value, types.ModuleType):
                self.module(value, attributes)
            elif name not in container.names:
                self.todo.append((value, (container, name, ())))
            container.names[name] = None

    def module(self, module, names):
        if is_of_library(module.__name__):
            return
        installed = is_installed(getattr(module, "__file__", None) or "")
        if names & _COMPUTED and not self.names_are_enough and not installed:
            names = frozenset(n for n in vars(module) if n[:2] != "__")
        self.names(vars(module), names, names)

    def class_(self, cls):
        for base in cls.__mro__:
            if is_of_library(base.__module__) or not base.__flags__ & 1 << 9:
                continue
            self.known[id(base)] = base
            if id(base) in self.containers:
                continue
            self.classes.append(base)
            parts = ClassParts(base)
            self.containers[id(base)] = parts
            self.todo.append(parts)
            for value in list(vars(base).values()):
                self.todo += [(f, (None, "class", ())) for f in functions_of(value)]
            if not self.names_are_enough:
                self.subclasses(base)

    def subclasses(self, cls):
        if any("__subclasses__" in names for _, names in self.functions):
            for subclass in type.__subclasses__(cls):
                self.class_(subclass)

    # -- the state

    def save(self, earlier=None):
        """The present state; what is as it was in an `earlier` one is shared with it."""
        then, arrays, draws = ({}, {}, {}) if earlier is None else earlier.tables()
        return State(
            [(c, shared(c.contents(), then.get(name_of(c)))) for c in self.containers.values()],
            {i: (a, copied(a, arrays.get(i, (None, None))[1])) for i, a in self.arrays.items()},
            [(d, state_of(d, draws.get(id(d.x)))) for d in self.draws + shared_draws()],
        )

    def state(self, like):
        """The present state of what an earlier one has."""
        return State(
            [(c, c.contents()) for c, _ in like.contents],
            {i: (a, a.copy()) for i, (a, _) in like.arrays.items()},
            [(d, d.get()) for d, _ in like.draws],
        )

    def forget(self, numbers):
        """Lets go of everything but some of the variables."""
        variables = {i: self.variables[i] for i in numbers}
        self.__dict__.clear()
        self.variables = variables

    def signature(self):
        """What must be the same when the same code has run again."""
        shapes = [np.shape(v.value) for v in self.variables]
        kinds = [(type(c).__name__, type(c.x).__name__) for c in self.containers.values()]
        return kinds, shapes


@functools.lru_cache(maxsize=4096)
def holds_more(cls):
    """Does C code keep something in instances besides items and attributes?"""
    return any(
        type(vars(base).get("__new__")) is types.BuiltinFunctionType
        and not issubclass(base, _PLAIN)
        for base in cls.__mro__
        if base not in (object, type)
    )


def functions_of(value):
    """The Python functions behind an attribute of a class."""
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    elif isinstance(value, functools.cached_property):
        value = value.func
    elif isinstance(value, property):
        return [f for f in (value.fget, value.fset, value.fdel) if f is not None]
    return [value] if isinstance(value, types.FunctionType) else []


@functools.lru_cache(maxsize=4096)
def names_of(code):
    """The global names and attributes that code may use, with the code inside of it."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= names_of(constant)
        elif isinstance(constant, str) and constant.isidentifier():
            found.add(constant)  # of `getattr`, `globals()`
    return frozenset(found)
