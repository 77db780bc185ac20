"""Arguments, values and gradients as trees.

A *path* leads from an argument to one of its numbers: a tuple of steps, each
``("item", key)``, ``("field", name)`` or ``("cell", name)``.  Gradients have the shape of
the argument, with `None` wherever nothing differentiable flows; a whole subtree may be
`None`.  Nothing here knows zygcore: gradients are read by item and attribute only.
"""

import dataclasses
import struct
import types

import numpy as np

NUMBERS = (bool, int, float, complex)


def field_names(value):
    """Names under which an instance keeps its values, slots before ``__dict__``."""
    names = []
    for cls in reversed(type(value).__mro__):
        slots = cls.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else list(slots)
    names += list(getattr(value, "__dict__", ()))
    return [name for name in dict.fromkeys(names) if hasattr(value, name)]


def children(value):
    """The steps and the values one level below `value`."""
    if isinstance(value, dict):
        return [(("item", key), item) for key, item in value.items()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(("field", name), getattr(value, name)) for name in value._fields]
    if isinstance(value, (list, tuple)):
        return [(("item", i), item) for i, item in enumerate(value)]
    if isinstance(value, types.FunctionType):
        cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
        return [(("cell", name), cell.cell_contents) for name, cell in cells]
    if isinstance(value, (type, str, bytes, range, np.ndarray, np.generic, *NUMBERS)):
        return []
    if hasattr(value, "__dict__") or hasattr(type(value), "__slots__"):
        return [(("field", name), getattr(value, name)) for name in field_names(value)]
    return []


def is_leaf(value):
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "bifc"
    return isinstance(value, (*NUMBERS, np.number))


def leaves(value, path=()):
    """All numbers and numeric arrays in `value`, as (path, number)."""
    if is_leaf(value):
        return [(path, value)]
    found = []
    for step, child in children(value):
        found += leaves(child, (*path, step))
    return found


def replaced(value, path, leaf):
    """A copy of `value` with another leaf at `path`; the rest is shared."""
    if not path:
        return leaf
    (kind, key), *rest = path
    child = dict(children(value))[kind, key]
    new = replaced(child, rest, leaf)
    if isinstance(value, dict):
        return type(value)({**value, key: new})
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return value._replace(**{key: new})
    if isinstance(value, (list, tuple)):
        return type(value)([*value[:key], new, *value[key + 1 :]])
    if isinstance(value, types.FunctionType):
        cells = [
            types.CellType(new) if name == key else cell
            for name, cell in zip(value.__code__.co_freevars, value.__closure__, strict=True)
        ]
        return types.FunctionType(
            value.__code__, value.__globals__, value.__name__, value.__defaults__, tuple(cells)
        )
    other = object.__new__(type(value))
    for name in field_names(value):
        object.__setattr__(other, name, getattr(value, name))
    object.__setattr__(other, key, new)
    return other


def at(gradient, path):
    """The entry of a gradient at `path`; `None` below a subtree that is `None`."""
    for kind, key in path:
        if gradient is None:
            return None
        if kind != "item":
            gradient = getattr(gradient, key)
        elif isinstance(gradient, dict):
            gradient = gradient.get(key)
        else:
            gradient = gradient[key]
    return gradient


def shape_errors(gradient, argument, where="gradient"):
    """Complaints about containers of a gradient that do not match the argument."""
    if gradient is None or is_leaf(argument):
        return []
    for kind in (list, dict):
        if isinstance(argument, kind) != isinstance(gradient, kind):
            return [f"{where}: {type(gradient).__name__} for a {type(argument).__name__}"]
    if isinstance(argument, (list, tuple)) and not hasattr(argument, "_fields"):
        if not isinstance(gradient, list if isinstance(argument, list) else tuple):
            return [f"{where}: {type(gradient).__name__} for a {type(argument).__name__}"]
        if len(gradient) != len(argument):
            return [f"{where}: length {len(gradient)}, not {len(argument)}"]
    found = []
    for step, child in children(argument):
        found += shape_errors(at(gradient, (step,)), child, f"{where}{format_path((step,))}")
    return found


def format_path(path):
    return "".join(f"[{key!r}]" if kind == "item" else f".{key}" for kind, key in path)


def same(a, b):
    """Whether two values are the same to the last bit, with the same types throughout.

    Classes, functions and instances made in two runs of one program are different
    objects: they are compared by qualified name and by state.
    """
    if isinstance(a, type) or isinstance(a, types.FunctionType):
        return type(a) is type(b) and a.__qualname__ == b.__qualname__
    if _class(a) != _class(b):
        return False
    if isinstance(a, (float, np.floating)):
        a, b = float(a), float(b)
        return (a != a and b != b) or struct.pack("d", a) == struct.pack("d", b)
    if isinstance(a, (complex, np.complexfloating)):
        return same(float(a.real), float(b.real)) and same(float(a.imag), float(b.imag))
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        return a.tobytes() == b.tobytes() or np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if isinstance(a, (set, frozenset)):
        return a == b
    if isinstance(a, BaseException):
        return same(a.args, b.args)
    below_a, below_b = children(a), children(b)
    if below_a or below_b:
        return [s for s, _ in below_a] == [s for s, _ in below_b] and all(
            same(x, y) for (_, x), (_, y) in zip(below_a, below_b, strict=True)
        )
    if hasattr(a, "__iter__") and hasattr(a, "__len__") and not isinstance(a, (str, bytes)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return type(a).__eq__ is object.__eq__ or bool(a == b)


def _class(value):
    return type(value).__module__, type(value).__qualname__, dataclasses.is_dataclass(value)
