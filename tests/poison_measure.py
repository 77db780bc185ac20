"""What a callable did with active data, as one real number; and how its gradient compares.

`measure` looks for numbers in anything: inside containers, objects, iterators, buffers, and in
text, which is read back.  So central differences of ``measure(f(x))`` are not zero whenever the
data of `x` came through, in whatever form, and a gradient that is `None` was dropped.
"""

import array
import collections
import contextvars
import decimal
import fractions
import itertools
import math
import re
import struct
import types

import numpy as np

import zygcore as zg
from zygcore.errors import ZygcoreError

NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
INTEGER = re.compile(r"-?\d+")
ADDRESS = re.compile("0x[0-9a-fA-F]+")
DEEPEST = 6


def in_text(text):
    if "0x" in text:  # an address is no datum
        text = ADDRESS.sub("", text)
    found = NUMBER.findall(text) or INTEGER.findall(text)
    return sum([float(t) for t in found if len(t) < 30], 0.0)


def in_bytes(data):
    data = bytes(data)
    if len(data) % 8 == 0 and data:
        total = 0.0
        for (v,) in struct.iter_unpack("d", data):
            if 1e-6 < abs(v) < 1e6:
                total = total + v
        if total:
            return total
    return in_text(data.decode("latin1"))


def attributes(v):
    """Attributes of an object: what it keeps for itself."""
    out = [getattr(v, "__dict__", None)]
    for cls in type(v).__mro__:
        names = cls.__dict__.get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in ("__dict__", "__weakref__"):
                out.append(getattr(v, name, None))
    return out


def weighted(items, depth):
    total = 0.0
    for i, item in enumerate(items):
        total = total + (1 + 0.25 * i) * measure(item, depth + 1)
    return total


def measure(v, depth=0):
    """The sum of the numbers in `v`, each with a weight that its place gives it."""
    if v is None or isinstance(v, (bool, type, types.ModuleType)) or depth > DEEPEST:
        return 0.0
    if isinstance(v, (int, float)):
        return v * 1.0 if abs(v) < 1e12 else 0.0
    if isinstance(v, complex):
        return v.real * 1.25 + v.imag * 0.75
    if isinstance(v, str):
        return in_text(v)
    if isinstance(v, (bytes, bytearray)):
        return in_bytes(v)
    if isinstance(v, (fractions.Fraction, decimal.Decimal)):
        return float(v)
    if isinstance(v, np.generic):
        return measure(v.item(), depth + 1)
    if isinstance(v, np.ndarray):
        return weighted([*v.ravel()[:20]], depth) if v.dtype.kind in "fciuO" else 0.0
    if isinstance(v, dict):
        return weighted([*v.keys(), *v.values()], depth)
    if isinstance(v, (memoryview, array.array)):
        return weighted(v.tolist(), depth)
    if isinstance(v, (set, frozenset)):
        return sum([measure(item, depth + 1) for item in v], 0.0)
    if isinstance(v, BaseException):
        return weighted([v.args, v.__dict__], depth)
    if isinstance(v, slice):
        return weighted([v.start, v.stop, v.step], depth)
    if isinstance(v, range):
        return weighted([v.start, v.stop, v.step], depth)
    if isinstance(v, types.FunctionType):
        return weighted([v.__defaults__, v.__closure__, v.__dict__], depth)
    if isinstance(v, types.CellType):
        return measure(v.cell_contents, depth + 1)
    if isinstance(v, (types.MethodType, types.BuiltinFunctionType, types.MethodWrapperType)):
        return measure(v.__self__, depth + 1)
    if isinstance(v, contextvars.ContextVar):
        return measure(v.get(None), depth + 1)
    if hasattr(type(v), "__iter__") and not isinstance(v, types.MappingProxyType):
        return weighted([*itertools.islice(v, 8)], depth) + weighted(attributes(v), depth)
    if isinstance(v, types.MappingProxyType):
        return weighted([*v.values()], depth)
    if isinstance(v, types.SimpleNamespace | collections.UserDict):
        return weighted(attributes(v), depth)
    if hasattr(type(v), "__float__"):
        return float(v)
    return weighted(attributes(v), depth)


# ------------------------------------------------------------------ comparing


def slope(f, x):
    """The derivative of the plain function by differences; None where it cannot be told."""
    if type(x) is int:
        before, here, after = f(x - 1), f(x), f(x + 1)
        return (after - before) / 2 if same(after - here, here - before) else None
    h = 1e-5 * max(1.0, abs(x))
    near, far = ((f(x + k * h) - f(x - k * h)) / (2 * k * h) for k in (1, 4))
    if not math.isfinite(near) or abs(near - far) > 1e-4 * (1 + abs(near)):
        return None
    return near


def same(a, b):
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-7)


def outcome(f, x):
    """``(kind, detail)`` of the gradient of `f` at `x`.

    ``right``; ``none`` (no gradient, and differences say zero); ``error`` (a zygcore error);
    ``skip`` (the plain program fails, or has no derivative there); else what is wrong: ``wrong``,
    ``dropped``, ``broken`` (the machine raises what CPython does not), ``value``.
    """
    try:
        value = f(x)
        wanted = slope(f, x)
    except Exception as error:
        return "skip", error
    try:
        got, grads = zg.withgradient(f, x)
    except ZygcoreError as error:
        return "error", error
    except Exception as error:
        return "broken", error
    g = grads[0]
    if got == got and not same(got, value):
        return "value", (got, value)
    if wanted is None:
        return "skip", g
    if g is None:
        return ("none", g) if same(wanted, 0) else ("dropped", wanted)
    return ("right", g) if same(g, wanted) else ("wrong", (g, wanted))
