"""Every method of every builtin type, on an object that holds active data.

An *owner* makes an object from a number `x`.  Each attribute of its type is called with each of
the candidate arguments that the plain program accepts, and with those of different effect only.
"""

import array
import collections
import contextvars
import ctypes
import dataclasses
import datetime
import decimal
import fractions
import functools
import io
import itertools
import operator
import queue
import random
import re
import string
import struct
import threading
import types
import weakref

import numpy as np
from poison_measure import measure, slope


class Thing:
    """An object with attributes of its own."""

    def __init__(self, x):
        self.x = x

    def get(self, *args):
        return self.x


class Slotted:
    __slots__ = ("__weakref__", "x")

    def __init__(self, x):
        self.x = x


@dataclasses.dataclass(order=True)
class Data:
    a: float
    b: float = 2.0


Pair = collections.namedtuple("Pair", "a b")


def function(x):
    def inner(y=x):
        return x * y

    return inner


def generator(x):
    y = yield x
    while True:
        y = yield 2.0 if y is None else y * x


def klass(x):
    return type("Klass", (), {"x": x, "get": lambda self: x})


def local(x):
    out = threading.local()
    out.x = x
    return out


def variable(x):
    out = contextvars.ContextVar("v")
    out.set(x)
    return out


def simple_queue(x):
    out = queue.SimpleQueue()
    out.put(x)
    return out


def keyed(x):
    out = collections.defaultdict(lambda: x)
    out["a"] = x
    return out


THINGS = []


def referent(kind):
    """A weak reference to something that stays alive."""

    def make(x):
        THINGS[:] = [Thing(x)]
        return kind(THINGS[0])

    return make


def mapping_with(x):
    return {"a": x, "b": 2.0}


FLOATS = {
    "float": lambda x: x,
    "complex": lambda x: complex(x, 0.5),
    "bool": lambda x: bool(x),
    "str": lambda x: str(x),
    "bytes": lambda x: str(x).encode(),
    "bytearray": lambda x: bytearray(str(x).encode()),
    "packed": lambda x: struct.pack("2d", x, 2.0),
    "memoryview": lambda x: memoryview(array.array("d", [x, 2.0])),
    "list": lambda x: [x, 2.0],
    "tuple": lambda x: (x, 2.0),
    "dict": mapping_with,
    "dict of keys": lambda x: {x: 1.0, 2.0: 3.0},
    "set": lambda x: {x, 2.0},
    "frozenset": lambda x: frozenset([x, 2.0]),
    "slice": lambda x: slice(x, 2.0),
    "list iterator": lambda x: iter([x, 2.0]),
    "reversed list": lambda x: reversed([x, 2.0]),
    "tuple iterator": lambda x: iter((x, 2.0)),
    "set iterator": lambda x: iter({x}),
    "dict iterator": lambda x: iter({x: 1.0}),
    "values iterator": lambda x: iter(mapping_with(x).values()),
    "reversed values": lambda x: reversed(mapping_with(x).values()),
    "keys": lambda x: {x: 1.0}.keys(),
    "values": lambda x: mapping_with(x).values(),
    "items": lambda x: mapping_with(x).items(),
    "enumerate": lambda x: enumerate([x, 2.0]),
    "zip": lambda x: zip([x, 2.0], [3.0, x], strict=True),
    "map": lambda x: map(lambda v: v * x, [x, 2.0]),
    "filter": lambda x: filter(None, [x, 2.0]),
    "callable iterator": lambda x: iter(lambda: x, 3.0),
    "function": function,
    "method": lambda x: Thing(x).get,
    "builtin method": lambda x: [x, 2.0].index,
    "method wrapper": lambda x: x.__add__,
    "property": lambda x: property(function(x)),
    "classmethod": lambda x: classmethod(function(x)),
    "staticmethod": lambda x: staticmethod(function(x)),
    "type": klass,
    "object": Thing,
    "slots": Slotted,
    "dataclass": Data,
    "exception": lambda x: ValueError(x, 2.0),
    "KeyError": lambda x: KeyError(x),
    "StopIteration": lambda x: StopIteration(x),
    "OSError": lambda x: OSError(x, 2.0),
    "ExceptionGroup": lambda x: ExceptionGroup("g", [ValueError(x)]),
    "generator": generator,
    "SimpleNamespace": lambda x: types.SimpleNamespace(a=x),
    "mappingproxy": lambda x: types.MappingProxyType(mapping_with(x)),
    "cell": lambda x: types.CellType(x),
    "array": lambda x: array.array("d", [x, 2.0]),
    "deque": lambda x: collections.deque([x, 2.0]),
    "deque iterator": lambda x: iter(collections.deque([x, 2.0])),
    "OrderedDict": lambda x: collections.OrderedDict(mapping_with(x)),
    "defaultdict": keyed,
    "Counter": lambda x: collections.Counter(mapping_with(x)),
    "ChainMap": lambda x: collections.ChainMap(mapping_with(x), {"c": x}),
    "namedtuple": lambda x: Pair(x, 2.0),
    "UserDict": lambda x: collections.UserDict(mapping_with(x)),
    "UserList": lambda x: collections.UserList([x, 2.0]),
    "UserString": lambda x: collections.UserString(str(x)),
    "Fraction of float": lambda x: fractions.Fraction(x),
    "Decimal of float": lambda x: decimal.Decimal(x),
    "np.float64": lambda x: np.float64(x),
    "np.float64 of an array": lambda x: np.sin(np.array([x, 2.0]))[0],
    "np.complex128": lambda x: np.complex128(complex(x, 0.5)),
    "ndarray": lambda x: np.array([x, 2.0]),
    "ndarray sliced": lambda x: (np.array([1.0, 3.0, 2.0, 4.0]) * x)[::2],
    "ndarray 0-d": lambda x: np.array(x),
    "ndarray 2-d": lambda x: np.array([[x, 2.0], [1.0, 0.5]]),
    "ndarray of objects": lambda x: np.array([x, None, 2.0], dtype=object)[[0, 2]],
    "ndarray structured": lambda x: np.array([(x, 2.0)], dtype=[("a", float), ("b", float)]),
    "flatiter": lambda x: np.array([x, 2.0]).flat,
    "nditer": lambda x: np.nditer(np.array([x, 2.0])),
    "partial": lambda x: functools.partial(operator.mul, x),
    "cached": lambda x: functools.cache(function(x)),
    "cmp_to_key": lambda x: functools.cmp_to_key(lambda a, b: (a > b) - (a < b))(x),
    "methodcaller": lambda x: operator.methodcaller("__add__", x),
    "count": lambda x: itertools.count(x, 2.0),
    "cycle": lambda x: itertools.cycle([x, 2.0]),
    "repeat": lambda x: itertools.repeat(x, 3),
    "accumulate": lambda x: itertools.accumulate([x, 2.0]),
    "chain": lambda x: itertools.chain([x], [2.0]),
    "islice": lambda x: itertools.islice([x, 2.0, x], 2),
    "tee": lambda x: itertools.tee([x, 2.0])[1],
    "product": lambda x: itertools.product([x, 2.0], [1.0]),
    "permutations": lambda x: itertools.permutations([x, 2.0]),
    "groupby": lambda x: itertools.groupby([x, x, 2.0]),
    "starmap": lambda x: itertools.starmap(operator.mul, [(x, 2.0)]),
    "weakref": referent(weakref.ref),
    "proxy": referent(weakref.proxy),
    "WeakValueDictionary": referent(lambda thing: weakref.WeakValueDictionary({"a": thing})),
    "Match": lambda x: re.match(r"(\d+)\.(?P<rest>\d+)", str(x)),
    "Pattern": lambda x: re.compile(str(x)),
    "StringIO": lambda x: io.StringIO(str(x)),
    "BytesIO": lambda x: io.BytesIO(str(x).encode()),
    "Random": lambda x: random.Random(x),
    "timedelta": lambda x: datetime.timedelta(days=x),
    "datetime": lambda x: datetime.datetime.fromtimestamp(x * 1e6, datetime.UTC),
    "Template": lambda x: string.Template(str(x)),
    "c_double": lambda x: ctypes.c_double(x),
    "ctypes array": lambda x: (ctypes.c_double * 2)(x, 2.0),
    "local": local,
    "ContextVar": variable,
    "SimpleQueue": simple_queue,
}

INTEGERS = {
    "int": lambda x: x,
    "range": lambda x: range(x, x + 3),
    "range iterator": lambda x: iter(range(x, x + 3)),
    "bytes of int": lambda x: x.to_bytes(2, "big"),
    "Fraction": lambda x: fractions.Fraction(x, 3),
    "Decimal": lambda x: decimal.Decimal(x),
    "np.int64": lambda x: np.int64(x),
    "ndarray of ints": lambda x: np.array([x, 2]),
    "Counter of ints": lambda x: collections.Counter(a=x, b=2),
    "array of ints": lambda x: array.array("l", [x, 2]),
    "date": lambda x: datetime.date(2020, 1, x),
    "deque of ints": lambda x: collections.deque([x], x),
}

#: candidates for the arguments: functions of `x` and of a second object like the owner
ARGUMENTS = {
    "": lambda x, o: (),
    "2.0": lambda x, o: (2.0,),
    "2": lambda x, o: (2,),
    "0": lambda x, o: (0,),
    "x": lambda x, o: (x,),
    "text": lambda x, o: ("a",),
    "bytes": lambda x, o: (b"1",),
    "x name": lambda x, o: ("x",),
    "like": lambda x, o: (o,),
    "[x]": lambda x, o: ([x],),
    "[x, 2]": lambda x, o: ([x, 2.0],),
    "{a: x}": lambda x, o: ({"a": x},),
    "text of x": lambda x, o: (str(x),),
    "slice": lambda x, o: (slice(0, 1),),
    "0, x": lambda x, o: (0, x),
    "x, 0": lambda x, o: (x, 0),
    "x, x": lambda x, o: (x, x),
    "a, x": lambda x, o: ("a", x),
    "x name, x": lambda x, o: ("x", x),
    "x, 1, 2": lambda x, o: (x, 1, 2),
    "slice, [x]": lambda x, o: (slice(0, 1), [x]),
    "2, big": lambda x, o: (2, "big"),
    "None": lambda x, o: (None,),
    "function": lambda x, o: (lambda *args: x,),
    "error": lambda x, o: (ValueError(x),),
    "format": lambda x, o: ("{}",),
    "spec": lambda x, o: (".12f",),
    "0, 1": lambda x, o: (0, 1),
    "exit": lambda x, o: (None, None, None),
    "buffer": lambda x, o: (bytearray(8),),
    "type": lambda x, o: (type(o),),
}

#: what ends a process or waits, writes files, or is only bookkeeping of the interpreter
LEFT_OUT = {
    "__class__", "__init_subclass__", "__subclasshook__", "__dir__", "__sizeof__", "__doc__",
    "__new__", "__class_getitem__", "__del__", "tofile", "dump", "fromfile", "__globals__",
    "__builtins__", "__code__", "__setstate__", "data", "ctypes", "debug_print",
    "__array_interface__", "__array_struct__", "__subclasses__", "mro", "__bases__", "__base__",
    "__hash__",
}  # fmt: skip
ALSO = {"dict": ["get"], "OrderedDict": ["get"], "ContextVar": ["get"], "mappingproxy": ["get"]}

#: what has an address in its text or bytes, or is a generator in the machine (see rules/itertools)
PARTICULAR = {
    "__repr__": "method wrapper, builtin method, type, generator, count, repeat, weakref, "
    "WeakValueDictionary, function, method, property, classmethod, staticmethod, object, cell, "
    "cached, local, ContextVar, slots, proxy",
    "__str__": "proxy, WeakValueDictionary",
    "__reduce__": "map, filter, count, repeat, accumulate, groupby, starmap",
    "__reduce_ex__": "map, filter, count, repeat, accumulate, groupby, starmap",
    "__length_hint__": "repeat",
    "__module__": "count, repeat, accumulate, groupby, starmap",
    "tobytes": "ndarray of objects",
    "__getstate__": "type, local",
    "send": "generator",
    "throw": "generator",
}
PARTICULAR = {name: owners.split(", ") for name, owners in PARTICULAR.items()}

#: those of `object` are tried on every owner: they say what it holds
GENERAL = {"__reduce__", "__reduce_ex__", "__getattribute__", "__setattr__", "__getstate__"}


def names(owner, kind):
    inherited = set(dir(object)) - GENERAL
    for name in dir(kind):
        private = name[0] == "_" and not name.startswith("__")
        if private and owner != "namedtuple" or owner in PARTICULAR.get(name, ()):
            continue
        if name in LEFT_OUT and name not in ALSO.get(owner, ()):
            continue
        if name in inherited and getattr(kind, name) is getattr(object, name):
            continue
        yield name


def call(make, name, arguments, bound=True):
    """The program: what comes back, and what became of the object and the arguments."""

    def program(x):
        o = make(x)
        args = arguments(x, make(x))
        if bound:
            f = getattr(o, name)
            result = f(*args) if callable(f) else f
        else:
            result = getattr(type(o), name)(o, *args)
        return measure(result) + 0.5 * measure(o) + 0.25 * measure(args)

    return program


def bare(make, name, arguments):
    """The same with nothing on the heap: only what comes back."""

    def program(x):
        o = make(x)
        f = getattr(o, name)
        return measure(f(*arguments(x, o)) if callable(f) else f)

    return program


def programs(owner, make, x, name):
    """The programs of one attribute that work and differ in their effects."""
    seen = set()
    for label, arguments in ARGUMENTS.items():
        program = bare(make, name, arguments)
        try:
            effect = round(program(x), 6), round(slope(program, x) or 0.0, 3)
        except Exception:
            continue
        if effect in seen:
            continue
        seen.add(effect)
        yield f"{label}", program
        yield f"{label}, kept", call(make, name, arguments)
        if label and callable(getattr(type(make(x)), name)):
            yield f"{label}, unbound", call(make, name, arguments, bound=False)


OWNERS = {name: (make, 1.7) for name, make in FLOATS.items()}
OWNERS |= {name: (make, 5) for name, make in INTEGERS.items()}
