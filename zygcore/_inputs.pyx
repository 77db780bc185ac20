"""What an input is made of: leaves, containers with named parts, and what is sealed."""

from ._arrays cimport is_array, note_input
from ._capi cimport *
from ._generators cimport Generator
from ._library_memory cimport has_derivatives, is_library_array, keep_library_array
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import collections
import functools
import gc
import types

import numpy as np

from .attributes import slot_names
from .errors import UnsupportedError
from .rules.broadcasting import kind_of
from .rules.exact import Atom, cover

cdef set PLAIN = {list, tuple, dict}
cdef tuple CONTAINERS = (list, tuple, dict, set, collections.deque)
# what shows the items of another container, and numbers that may be inside
cdef tuple VIEWS = (type({}.values()), type({}.items()))
cdef tuple ARRAY_ITERATORS = (np.flatiter, np.nditer, np.broadcast)
cdef tuple FLOATING = (float, complex, np.ndarray, np.floating, np.complexfloating)


cdef int leaf_slot(Tape* t, object value) except -2:
    """A slot for a leaf of the inputs, or -1: not differentiable."""
    cdef int slot
    tp = type(value)
    if tp is float:
        return checked(push1(t, -1, 0.0))
    if tp is tuple and not value:
        return -1  # there is one empty tuple, for all uses
    if tp is list or tp is tuple or tp is dict:
        return UNSEEN
    if tp is int or is_leaf(tp):
        if tp is not int and not differentiable_dtype(value):
            return -1
        slot = checked(tape_side(t, S_INPUT, 1, 0, NULL, NULL if tp is int else <PyObject*>value, NULL, 0))
        if tp is not int and is_array(<PyObject*>value):
            note_input(t, <PyObject*>value, slot)
        return slot
    if tp is bool or is_opaque(tp) and tp is not types.BuiltinMethodType:
        return -1
    if is_library_array(<PyObject*>value):
        if not has_derivatives(value):
            return -1
        keep_library_array(t, <PyObject*>value, True)
    if is_number(value):
        cover(tp)
        return checked(tape_side(t, S_INPUT, 1, 0, NULL, NULL, NULL, 0))
    return UNSEEN if has_parts(value) else -1


cdef bint has_parts(object value):
    """Can there be something differentiable inside?"""
    cdef object tp = type(value)
    if tp is types.BuiltinMethodType or tp is types.MethodWrapperType:
        return value.__self__ is not None and not isinstance(value.__self__, (types.ModuleType, type))
    if issubclass(tp, CONTAINERS) or own_dict(value) is not None or slot_names(tp):
        return True
    return any([is_container(x) or isinstance(x, FLOATING) for x in children(value)])


cdef int input_slot(Tape* t, object value) except -2:
    """The slot of an argument, UNSEEN if it is a container with places to be given.

    A float gets a side record, which can say what it is at outer levels.
    """
    cdef int slot
    if type(value) is types.ModuleType:
        return UNSEEN
    if type(value) is Generator:
        raise UnsupportedError(
            "an argument of a gradient is a generator that differentiated code has made: pass a list of its items, or "
            "let the function capture it")
    if type(value) is float:
        return checked(tape_side(t, S_INPUT, 1, 0, NULL, NULL, NULL, 0))
    slot = leaf_slot(t, value)
    if slot < 0 and type(value) not in PLAIN and is_container(value) and is_sealed(value):
        return sealed_slot(t, value)
    return slot


cdef int sealed_slot(Tape* t, object value) except -2:
    """A poison node for an argument with numbers in it that cannot be told apart."""
    name = type(value).__name__
    what = (
        f"the gradient needs the derivative with respect to what is inside of an input of type {name}, whose parts "
        "have no names",
        "Pass a list, a dict or an array instead; if it is not to be differentiated, let the function capture it.")
    cdef int slot = checked(tape_side(t, S_POISON, 1, 0, NULL, <PyObject*>what, NULL, 0))
    t.npoison += 1
    if map_put(t, <PyObject*>value, slot) < 0:
        raise MemoryError
    return slot


cdef bint is_sealed(object value):
    """An iterator, a view or a buffer of C's that leads to a floating-point number."""
    cdef object tp = type(value), x, part
    cdef list todo = [value]
    cdef set seen = {id(value)}
    if issubclass(tp, ARRAY_ITERATORS):
        return True
    if tp is types.GeneratorType or issubclass(tp, VIEWS) or PyIter_Check(<PyObject*>value) \
            and c_class(tp) is not None:
        while todo and len(seen) < 100000:
            x = todo.pop()
            if isinstance(x, FLOATING):
                return True
            for part in children(x):
                if id(part) not in seen and (is_container(part) or isinstance(part, FLOATING)):
                    seen.add(id(part))
                    todo.append(part)
        return bool(todo)
    if c_class(tp) is not None and PyObject_CheckBuffer(<PyObject*>value):  # Python classes have parts
        try:
            with memoryview(value) as buffer:
                return buffer.format[-1:] in ("e", "f", "d", "g")
        except (BufferError, TypeError, ValueError):  # nobody can look
            return True
    return False


cdef int checked(int slot) except -2:
    if slot < 0:
        raise MemoryError("zygcore: no memory for the tape")
    return slot


cdef bint is_number(object value):
    return issubclass(type(value), Atom)


cdef bint differentiable_dtype(object value):
    dtype = getattr(value, "dtype", None)
    if dtype is not None and dtype.names:
        raise UnsupportedError(
            f"an input is a structured array with the fields {', '.join(dtype.names)}: this version has no gradient "
            "for it; pass the fields as separate arrays")
    if dtype is not None and dtype.kind == "W":
        raise UnsupportedError(
            f"an input is an array of dtype {dtype}: this version has no gradient for it; make it complex64")
    return dtype is None or kind_of(dtype) in "fciuO"


cdef tuple layout(object x):
    """(kind, keys, values) of a container; keys are positions for sequences."""
    cdef object tp = type(x)
    if tp is list:
        return L_LIST, None, (<list>x)[:]
    if issubclass(tp, list):
        return L_LIST, None, list(list.__iter__(x))
    if issubclass(tp, tuple):
        return L_TUPLE, None, list(tuple.__iter__(x))
    if issubclass(tp, collections.OrderedDict):  # which has an order of its own
        return L_DICT, list(collections.OrderedDict.keys(x)), list(collections.OrderedDict.values(x))
    if issubclass(tp, dict):
        return L_DICT, list(dict.keys(x)), list(dict.values(x))
    if issubclass(tp, collections.deque):
        return L_DEQUE, None, list(x)
    if issubclass(tp, set):
        return L_SET, list(x), list(x)
    if issubclass(tp, frozenset):
        return L_FROZENSET, list(x), list(x)
    if tp is types.ModuleType:
        names = [k for k, v in vars(x).items() if not k.startswith("__") and is_variable(v)]
        return L_MODULE, names, [vars(x)[k] for k in names]
    if tp is types.FunctionType:
        cells = x.__closure__ or ()
        return L_FUNCTION, list(x.__code__.co_freevars), list(cells)
    if tp is types.CellType:
        try:
            return L_CELL, ["cell_contents"], [x.cell_contents]
        except ValueError:
            return L_CELL, [], []
    if tp is types.MethodType:
        return L_METHOD, ["__func__", "__self__"], [x.__func__, x.__self__]
    if tp is types.BuiltinMethodType or tp is types.MethodWrapperType:
        return L_METHOD, ["__self__"], [x.__self__]
    if tp is types.MappingProxyType:
        if not issubclass(type(gc.get_referents(x)[0]), dict):
            raise UnsupportedError("an input is a mapping proxy of something that is no dict: pass the mapping itself")
        return L_PROXY, list(x.keys()), list(x.values())
    if issubclass(tp, functools.partial):
        d = own_dict(x)
        return L_PARTIAL, ["func", "args", "keywords", *d], [x.func, x.args, x.keywords, *d.values()]
    keys, values = [], []
    d = own_dict(x)
    if type(d) is dict:
        keys += list(d.keys())
        values += list(d.values())
    for name, value in slots_of(x):
        keys.append(name)
        values.append(value)
    return L_OBJECT, keys, values


cdef bint is_variable(object value):
    """Does a name of a module stand for something with derivatives?  Other names are the module's code."""
    tp = type(value)
    if tp is types.FunctionType:
        return value.__closure__ is not None
    return tp is not bool and (is_container(value) or is_leaf(tp) or is_number(value))


def parts_of(x):
    """(keys or None, values) of what is inside of a container."""
    _, keys, values = layout(x)
    return keys, values
