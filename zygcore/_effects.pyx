"""What C code nobody knows does to its arguments, and memory that is seen through several objects.

Numbers that such code stores in a list or dict it was given are replaced by copies that are known
to be poisoned.  Memory behind memoryviews, ctypes objects and the like can be read through other
objects, which nobody could name: writing something active there is refused.
"""

from ._capi cimport *
from ._locations cimport poisoned_copy
from ._machine cimport *
from ._poison cimport poison
from ._structs cimport *
from ._values cimport *

import array
import collections
import functools
import gc
import types

import numpy as np

from .errors import UnsupportedError
from .rules.registry import describe

cdef tuple OWNERS = (bytearray, array.array)
cdef tuple TRANSPARENT = (list, dict, set, frozenset, tuple, collections.deque, str, bytes, int, float, complex,
                          type(None), types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type,
                          np.ndarray, np.generic, np.dtype, np.ufunc, types.MethodType, BaseException, slice, range,
                          functools.partial, functools._lru_cache_wrapper)
# modules where objects that can be hashed do not change
cdef tuple CONSTANT = ("builtins", "re", "datetime", "decimal")


cdef int check_memory_write(PyObject* o) except -1:
    """Something active is about to be stored in an object of a C type, which copies it."""
    x = <object>o
    if c_class(type(x)) is None:  # a class that has a `__buffer__` in Python stores objects as they are
        return 0
    if not PyObject_CheckBuffer(o) or issubclass(type(x), OWNERS) and not is_exported(x):
        return 0
    raise UnsupportedError(refusal(f"a number is stored in a {type(x).__name__}"))


cdef str refusal(str what):
    return (f"{what}, and the gradient depends on it: others may read the memory, and what they read would not be "
            "differentiated. Keep such numbers in lists or arrays, and fill the buffer with what does not depend on "
            "the inputs (zygcore.dropgrad)")


cdef bint is_exported(object x) except -1:
    """Is the memory of a bytearray or array also seen through another object?

    Only whoever changes its size is told.
    """
    if len(x) == 0:
        return False
    try:
        x.append(x[0])
    except BufferError:
        return True
    x.pop()
    return False


cdef bint is_opaque_store(object x) except -1:
    """Is this an object of a C type that may keep numbers as copies of its own?"""
    if issubclass(type(x), TRANSPARENT):
        return False
    tp = c_class(type(x))
    return tp is not None and not (tp.__hash__ is not None and tp.__module__ in CONSTANT)


cdef list within(object x):
    """An object of a C type, and what such code would write to through it: the file of a writer."""
    cdef list out = [x], todo = [x]
    seen = {id(x)}
    while todo and len(out) < 50:
        y = todo.pop()
        if issubclass(type(y), types.BuiltinFunctionType):
            parts = [y.__self__]
        elif type(y).__name__ == "CArgObject":  # ctypes.byref, which tells the collector nothing before 3.12
            parts = [y._obj]
        elif is_opaque_store(y):
            parts = gc.get_referents(y)
        else:
            continue
        for part in parts:
            if id(part) not in seen and not issubclass(type(part), (type, types.ModuleType)):
                seen.add(id(part))
                out.append(part)
                todo.append(part)
    return out


cdef list arguments_at_risk(PyObject* callee, Reg* args, int n):
    """What foreign code might write into, with what is in it now."""
    cdef int i
    cdef list out = []
    owner = getattr(<object>callee, "__self__", None) if PyCFunction_Check(callee) else None
    for x in within(owner):
        note(out, x)
    for i in range(n):
        if args[i].tag & 0xFF == OBJ:
            for x in within(<object>args[i].v.o):
                note(out, x)
    return out or None


cdef int note(list out, object x) except -1:
    if issubclass(type(x), list):
        out.append((x, list(list.__iter__(x))))
    elif issubclass(type(x), dict):
        out.append((x, dict(dict.items(x))))
    elif not issubclass(type(x), (np.ndarray, np.generic, bytes)) and PyObject_CheckBuffer(<PyObject*>x) \
            and not (issubclass(type(x), OWNERS) and not is_exported(x)):
        content = contents(x)
        if content is not None:
            out.append((x, content))
    return 0


cdef object contents(object x):
    """The bytes of a buffer that can be written, or None."""
    try:
        with memoryview(x) as view:
            return None if view.readonly else view.tobytes()
    except (BufferError, ValueError, TypeError, NotImplementedError):  # TypeError: CuPy's, of memory on the GPU
        return None


cdef int find_effects(Machine* m, Frame* f, list watched, PyObject* callee, int level) except -1:
    """Poisons what an opaque call with active arguments stored; refuses writes into memory that is shared."""
    cdef Reg source
    source.tag, source.slot = NUL, -1
    for x, before in watched:
        if issubclass(type(x), list):
            for i in range(len(x)):
                item = list.__getitem__(x, i)
                if i >= len(before) or before[i] is not item:
                    list.__setitem__(x, i, marked(m, f, &source, callee, level, item))
        elif issubclass(type(x), dict):
            for key, item in list(dict.items(x)):
                if key not in before or before[key] is not item:
                    dict.__setitem__(x, key, marked(m, f, &source, callee, level, item))
        elif contents(x) != before:
            raise UnsupportedError(refusal(f"{describe(<object>callee)} wrote into a {type(x).__name__}"))
    drop(&source)
    return 0


cdef object marked(Machine* m, Frame* f, Reg* source, PyObject* callee, int level, object item):
    """A copy of an item that is known to be poisoned, unless it is known already."""
    if source.tag == NUL:
        put_f64(source, 0.0, -1)
        box(source)
        poison(m, f, source, level, callee, NULL, 0)
    return poisoned_copy(m, source, item)
