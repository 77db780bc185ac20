"""C functions of the standard library, each tried with active arguments of many kinds.

Every public C function and class of a module is called with all candidate arguments that it
accepts.  What needs arguments of its own is in `poison_programs`.
"""

import _random
import array
import binascii
import bisect
import builtins
import cmath
import collections
import contextvars
import copy
import datetime
import decimal
import functools
import gc
import hashlib
import heapq
import itertools
import json
import marshal
import math
import operator
import pickle
import queue
import re
import struct
import sys
import time
import types
import zlib

from poison_cases import ARGUMENTS, Thing
from poison_measure import measure, slope

#: modules whose public C functions and classes are all tried
MODULES = (
    _random, array, binascii, bisect, builtins, cmath, collections, contextvars, copy, datetime,
    decimal, functools, gc, hashlib, heapq, itertools, json, marshal, math, operator, pickle,
    queue, re, struct, sys, time, types, zlib,
)  # fmt: skip

MORE = {
    "x and y": lambda x, o: (x, x * x),
    "x, 2.0": lambda x, o: (x, 2.0),
    "[x], [2]": lambda x, o: ([x], [2.0]),
    "[x, 1], x": lambda x, o: ([0.5, x, 4.0], x),
    "function, [x]": lambda x, o: (lambda *args: sum(args) * x, [x, 2.0]),
    "function, [x], [2]": lambda x, o: (lambda a, b: a * b, [x, 2.0], [2.0, x]),
    "name, x": lambda x, o: ("__add__", x),
    "x, spec": lambda x, o: (x, ".12f"),
    "d, x": lambda x, o: ("d", x),
    "d, [x]": lambda x, o: ("d", [x]),
    "object, name": lambda x, o: (Thing(x), "x"),
    "object, name, x": lambda x, o: (Thing(2.0), "x", x),
    "[], 0, x": lambda x, o: ([2.0, 1.0], 0, x),
    "{}, a, x": lambda x, o: ({}, "a", x),
    "(x, x), 1": lambda x, o: ((x, x * x), 1),
    "b of x": lambda x, o: (str(x).encode(),),
    "b of x, 0": lambda x, o: (str(x).encode(), 0),
    "three": lambda x, o: (x, 2.0, 3.0),
    "complex": lambda x, o: (complex(x, 0.5),),
    "x under 1": lambda x, o: (x / 4,),
    "pairs": lambda x, o: ([(x, 2.0), (2.0, x)],),
    "function, pairs": lambda x, o: (operator.mul, [(x, 2.0), (2.0, x)]),
    "type of three": lambda x, o: ("Name", (), {"a": x}),
}

#: what ends, stops or changes the process, asks for input, or would fill the screen
LEFT_OUT = {
    "builtins": "breakpoint copyright credits exit exec eval help input license open quit print "
    "__import__ __build_class__ globals locals vars dir super compile id hash",
    "gc": "disable enable freeze set_debug set_threshold unfreeze get_objects get_referents "
    "get_referrers collect callbacks get_count get_stats",
    "sys": "getallocatedblocks activate_stack_trampoline addaudithook audit breakpointhook "
    "call_tracing displayhook "
    "deactivate_stack_trampoline excepthook exit get_asyncgen_hooks getrefcount getsizeof intern "
    "set_asyncgen_hooks set_coroutine_origin_tracking_depth set_int_max_str_digits setdlopenflags "
    "setprofile setrecursionlimit setswitchinterval settrace unraisablehook setprofileall",
    "time": "sleep pthread_getcpuclockid tzset time time_ns monotonic monotonic_ns "
    "perf_counter perf_counter_ns "
    "process_time process_time_ns thread_time thread_time_ns clock_gettime clock_gettime_ns",
    "types": "coroutine CodeType FrameType",
}


def public(module):
    """The public C functions and classes of a module, by their full names."""
    left_out = LEFT_OUT.get(module.__name__, "").split()
    for name in sorted(vars(module)):
        f = vars(module)[name]
        if name[0] == "_" or name in left_out or not callable(f):
            continue
        if isinstance(f, type):
            if issubclass(f, BaseException) or f.__flags__ & (1 << 9) and "__dict__" in vars(f):
                continue
        elif isinstance(f, types.FunctionType):
            continue
        yield f"{module.__name__}.{name}", f


def calling(f, arguments):
    def program(x):
        args = arguments(x, [x])
        return measure(f(*args)) + 0.25 * measure(args)

    return program


def programs(f):
    """Calls of `f` that work and differ in their effects."""
    seen = set()
    for label, arguments in {**ARGUMENTS, **MORE}.items():
        program = calling(f, arguments)
        try:
            value = program(1.7)
            effect = round(value, 6), round(slope(program, 1.7) or 0.0, 3)
        except Exception:
            continue
        if effect not in seen:
            seen.add(effect)
            yield label, program
