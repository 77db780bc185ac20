"""What CPython's C code does with user-defined operators, in Python.

The machine runs these functions when an operand's type defines the operator in
Python, so that the user's methods run in the machine too.  They leave no
trace in tracebacks.  `type_method` looks a method up as the interpreter does: on
the type, not on the instance.
"""

__all__ = ["binary", "compare", "contains", "inplace", "type_method"]

import types

_MISSING = object()
_NUMBERS = (float, int, complex)  # whose operators are for each other only


def type_method(cls, name, default=None):
    """The method `name` of a class, through its bases; unbound."""
    for base in cls.__mro__:
        found = base.__dict__.get(name, _MISSING)
        if found is not _MISSING:
            return found
    return default


def _symbol(operator):
    return {
        "add": "+",
        "sub": "-",
        "mul": "*",
        "truediv": "/",
        "floordiv": "//",
        "mod": "%",
        "pow": "** or pow()",
        "matmul": "@",
        "lshift": "<<",
        "rshift": ">>",
        "and_": "&",
        "or_": "|",
        "xor": "^",
    }[operator.__name__]


def _unsupported(symbol, a, b):
    return TypeError(
        f"unsupported operand type(s) for {symbol}: '{type(a).__name__}' and '{type(b).__name__}'"
    )


def _try_binary(a, b, name, reflected):
    ta = type(a)
    tb = type(b)
    left = type_method(ta, name, _MISSING)
    right = type_method(tb, reflected, _MISSING) if tb is not ta else _MISSING
    if (
        right is not _MISSING
        and issubclass(tb, ta)
        and right is not type_method(ta, reflected, _MISSING)
    ):
        result = right(b, a)
        if result is not NotImplemented:
            return result
        right = _MISSING
    if left is not _MISSING and not (ta in _NUMBERS and not isinstance(b, _NUMBERS)):
        result = left(a, b)
        if result is not NotImplemented:
            return result
    if right is not _MISSING:
        return right(b, a)
    return NotImplemented


def binary(a, b, name, reflected, operator):
    """``a op b`` where one of the types defines the operator in Python."""
    result = _try_binary(a, b, name, reflected)
    if result is NotImplemented:
        raise _unsupported(_symbol(operator), a, b)
    return result


def inplace(a, b, name, reflected, operator, inplace_name):
    """``a op= b``."""
    method = type_method(type(a), inplace_name, _MISSING)
    if method is not _MISSING:
        result = method(a, b)
        if result is not NotImplemented:
            return result
    result = _try_binary(a, b, name, reflected)
    if result is NotImplemented:
        symbol = _symbol(operator).split()[0]
        raise _unsupported(symbol + "=", a, b)
    return result


_ORDER = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


def _compare_with(x, y, name):
    method = type_method(type(x), name, _MISSING)
    if method is _MISSING:
        return NotImplemented
    if name == "__ne__" and method is object.__ne__:
        result = _compare_with(x, y, "__eq__")
        return result if result is NotImplemented else not result
    return method(x, y)


def compare(a, b, name, swapped):
    """``a op b`` for the six rich comparisons."""
    ta = type(a)
    tb = type(b)
    tried = False
    if ta is not tb and issubclass(tb, ta) and type_method(tb, swapped) is not None:
        tried = True
        result = _compare_with(b, a, swapped)
        if result is not NotImplemented:
            return result
    result = _compare_with(a, b, name)
    if result is not NotImplemented:
        return result
    if not tried:
        result = _compare_with(b, a, swapped)
        if result is not NotImplemented:
            return result
    if name == "__eq__":
        return a is b
    if name == "__ne__":
        return a is not b
    raise TypeError(
        f"'{_ORDER[name]}' not supported between instances of '{ta.__name__}' and '{tb.__name__}'"
    )


def contains(container, value):
    """``value in container``."""
    cls = type(container)
    method = type_method(cls, "__contains__", _MISSING)
    if method is None:
        raise TypeError(f"'{cls.__name__}' object is not a container")
    if method is not _MISSING:
        return method(container, value)
    for item in container:
        if item is value or item == value:
            return True
    return False


def make_instance(cls, *args, **kwargs):
    """``cls(*args, **kwargs)`` where ``__new__`` is Python code."""
    instance = cls.__new__(cls, *args, **kwargs)
    if isinstance(instance, cls):
        init = type_method(type(instance), "__init__")
        if init is not object.__init__:
            result = init(instance, *args, **kwargs)
            if result is not None:
                raise TypeError(f"__init__() should return None, not '{type(result).__name__}'")
    return instance


def build_class(function, name, *bases, metaclass=None, **keywords):
    """The class statement: what ``__build_class__`` does, the body run here."""
    resolved = types.resolve_bases(bases)
    if metaclass is not None:
        keywords["metaclass"] = metaclass
    meta, namespace, keywords = types.prepare_class(name, resolved, keywords)
    cell = exec(function.__code__, function.__globals__, namespace, closure=function.__closure__)
    if resolved is not bases and "__orig_bases__" not in namespace:
        namespace["__orig_bases__"] = bases
    cls = meta(name, resolved, namespace, **keywords)
    if type(cell) is types.CellType and issubclass(type(cls), type):
        try:
            content = cell.cell_contents
        except ValueError:
            raise RuntimeError(
                f"__class__ not set defining {name!r} as {cls!r}. "
                "Was __classcell__ propagated to type.__new__?"
            ) from None
        if content is not cls:
            raise TypeError(f"__class__ set to {content!r} defining {name!r} as {cls!r}")
    return cls


def items(iterable):
    """The items of anything, one by one: for C code, which then runs no Python code itself."""
    return (item for item in iterable)  # the iterator is made at once, as C code does


def backwards(sequence):
    """``reversed`` of an object that has only ``__len__`` and ``__getitem__``."""
    return (sequence[i] for i in range(len(sequence) - 1, -1, -1))


def drain(iterable):
    """The items of anything as a list."""
    out = []
    for item in iterable:
        out.append(item)
    return out


def item(base, key):
    """``base[key]``"""
    return base[key]


def by_index(sequence):
    """Iteration over an object that has only ``__getitem__``."""
    getitem = type_method(type(sequence), "__getitem__")
    i = 0
    try:
        while True:
            yield getitem(sequence, i)
            i += 1
    except (IndexError, StopIteration):
        return


def getattribute(obj, name):
    """Attribute access of a class with its own ``__getattribute__``."""
    cls = type(obj)
    try:
        return type_method(cls, "__getattribute__")(obj, name)
    except AttributeError:
        fallback = type_method(cls, "__getattr__")
        if fallback is None:
            raise
    return fallback(obj, name)


def next_or(iterator, default):
    """``next(iterator, default)``"""
    try:
        return type_method(type(iterator), "__next__")(iterator)
    except StopIteration:
        return default


def property_or_fallback(obj, name, getter):
    """A property of a class that also has ``__getattr__``."""
    try:
        return getter(obj)
    except AttributeError:
        pass
    return type_method(type(obj), "__getattr__")(obj, name)


def getattr_default(obj, name, default):
    """``getattr(obj, name, default)``"""
    try:
        return getattr(obj, name)
    except AttributeError:
        return default
