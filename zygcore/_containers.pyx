"""Containers and strings: building them, filling them, taking them apart.

What goes into a container escapes to the heap; what comes out is looked up, or known by
its place in an input.
"""

from ._capi cimport *
from ._frames cimport call_python
from ._locations cimport locate, materialise
from ._machine cimport *
from ._methods cimport has_python_method, watched
from ._opcodes cimport *
from ._operands cimport *
from ._poison cimport poison
from ._structs cimport *
from ._values cimport *

import builtins

import numpy as np

from .protocols import drain

cdef object ndarray = np.ndarray
cdef object drain_function = drain, format_function = builtins.format
cdef str ITER_ = "__iter__", NEXT_ = "__next__", GETITEM_ = "__getitem__"


# -- building ------------------------------------------------------------------


cdef int slow_containers(Machine* m, Frame* f, Ins* ins, int op) except -1:
    cdef PyObject* o = NULL
    cdef int i, n = nargs_of(f, ins)
    if op == TUPLE or op == LIST:
        o = build_sequence(m, f, ins, op == LIST)
    elif op == SLICE:
        o = PySlice_New(value(f, ins, 0), value(f, ins, 1), value(f, ins, 2) if n > 2 else Py_None)
    elif op == SET:
        o = PySet_New(NULL)
        for i in range(n):
            if PySet_Add(o, leaving(m, f, ins, i)) < 0:
                Py_DECREF(o)
                return -1
    elif op == DICT:
        o = PyDict_New()
        for i in range(0, n, 2):
            if PyDict_SetItem(o, leaving(m, f, ins, i), leaving(m, f, ins, i + 1)) < 0:
                Py_DECREF(o)
                return -1
    elif op == STRING:
        return build_string(m, f, ins, n)
    elif op == FORMAT:
        return format_value(m, f, ins, n)
    else:
        return extend_container(m, f, ins, op)
    if o == NULL:
        return -1
    put_obj(f.regs + ins.d, o, OBJ, -1)
    kill(f, ins)
    return 0


cdef PyObject* build_sequence(Machine* m, Frame* f, Ins* ins, bint as_list) except? NULL:
    cdef int i, n = nargs_of(f, ins)
    cdef PyObject* out = PyList_New(n) if as_list else PyTuple_New(n)
    cdef PyObject* o
    if out == NULL:
        return NULL
    for i in range(n):
        o = escape(m, arg(f, ins, i))
        if o == NULL:
            Py_DECREF(out)
            return NULL
        Py_INCREF(o)
        if as_list:
            PyList_SET_ITEM(out, i, o)
        else:
            PyTuple_SET_ITEM(out, i, o)
    return out


cdef PyObject* leaving(Machine* m, Frame* f, Ins* ins, int i) except? NULL:
    """The object of operand i (borrowed), which goes to the heap."""
    return escape(m, arg(f, ins, i))


cdef int build_string(Machine* m, Frame* f, Ins* ins, int n) except -1:
    cdef int i, level = -1
    parts = []
    for i in range(n):
        if arg(f, ins, i).slot >= 0:
            level = max(level, arg(f, ins, i).tag >> 8)
        parts.append(<object>value(f, ins, i))
    out = "".join(parts)
    return deliver_text(m, f, ins, out, level)


cdef int format_value(Machine* m, Frame* f, Ins* ins, int n) except -1:
    """One replacement field of an f-string."""
    cdef Reg* v = arg(f, ins, 0)
    cdef int level = v.tag >> 8 if v.slot >= 0 else -1
    cdef PyObject* o = box(v)
    conversion = <object>f.c.imms[ins.b] if ins.b >= 0 else ""
    if o == NULL:
        return -1
    x = <object>o
    if level < 0 and m.heap and contains_active(m, f.level, o) > 0:
        level = f.level
    if conversion == "s":
        x = str(x)
    elif conversion == "r":
        x = repr(x)
    elif conversion == "a":
        x = ascii(x)
    if conversion[:1] == "!":
        text = str(x) if conversion == "!s" else (repr(x) if conversion == "!r" else ascii(x))
    elif n > 1:
        text = format(x, <object>value(f, ins, 1))
    else:
        text = x if type(x) is str else format(x, "")
    return deliver_text(m, f, ins, text, level)


cdef int deliver_text(Machine* m, Frame* f, Ins* ins, object text, int level) except -1:
    """The text becomes the result, poisoned at the level of what went into it (-1: nothing active)."""
    put_new(f.regs + ins.d, <PyObject*>text)
    if level >= 0:
        poison(m, f, f.regs + ins.d, level, <PyObject*>format_function, NULL, 0)
    kill(f, ins)
    return 0


# -- filling -------------------------------------------------------------------


cdef int extend_container(Machine* m, Frame* f, Ins* ins, int op) except -1:
    cdef PyObject* c = value(f, ins, 0)
    cdef Reg own
    if op == LIST_APPEND:
        if PyList_Append(c, leaving(m, f, ins, 1)) < 0:
            return -1
    elif op == SET_ADD:
        if PySet_Add(c, leaving(m, f, ins, 1)) < 0:
            return -1
    elif op == MAP_ADD:
        if PyDict_SetItem(c, leaving(m, f, ins, 1), leaving(m, f, ins, 2)) < 0:
            return -1
    elif op == LIST_TO_TUPLE:
        put_obj(f.regs + ins.d, PyList_AsTuple(c), OBJ, -1)
    else:
        own.tag = NUL
        copy_reg(&own, arg(f, ins, 1))
        try:
            if watched(m, &own):
                spread_out(m, f, &own, op)
            extend_from(f, ins, op, <object>c, <object>box(&own))
        finally:
            drop(&own)
    kill(f, ins)
    return 0


cdef int spread_out(Machine* m, Frame* f, Reg* r, int op) except -1:
    """Something with active items that is about to be taken apart: items known by identity."""
    cdef Reg own[1]
    cdef Reg out
    if box(r) == NULL:
        return -1
    if materialise(m, f.level, r):
        return 0
    if op == DICT_UPDATE or op == DICT_MERGE:
        return 0
    if is_poisoned(m, r) or r.slot >= 0 and issubclass(type(<object>r.v.o), ndarray) \
            or has_python_method(r.v.o, <PyObject*>ITER_) or has_python_method(r.v.o, <PyObject*>NEXT_) \
            or has_python_method(r.v.o, <PyObject*>GETITEM_) \
            and _PyType_Lookup(Py_TYPE(r.v.o), <PyObject*>ITER_) == NULL:
        own[0].tag = NUL
        out.tag = NUL
        copy_reg(own, r)
        try:
            call_python(m, f.level, <PyObject*>(<object>drain_function), own, 1, &out)
            move_reg(r, &out)
        finally:
            drop(own)
    return 0


cdef int extend_from(Frame* f, Ins* ins, int op, object c, object other) except -1:
    if op == LIST_EXTEND:
        if not hasattr(other, "__iter__") and not hasattr(type(other), "__getitem__"):
            raise TypeError(f"Value after * must be an iterable, not {type(other).__name__}")
        (<list>c).extend(other)
    elif op == SET_UPDATE:
        (<set>c).update(other)
    elif op == DICT_UPDATE:
        if not hasattr(other, "keys"):
            raise TypeError(f"'{type(other).__name__}' object is not a mapping")
        (<dict>c).update(other)
    elif op == DICT_MERGE:
        merge(f, ins, <dict>c, other)
    return 0


cdef str called(object function):
    """How CPython names a callable in the errors of a call."""
    name = getattr(function, "__qualname__", None)
    if name is None:
        return str(function)
    module = getattr(function, "__module__", None)
    return f"{name}()" if module in (None, "builtins") else f"{module}.{name}()"


cdef int merge(Frame* f, Ins* ins, dict c, object other) except -1:
    """``**kwargs`` in a call."""
    cdef PyObject* o = value(f, ins, 2)
    function = <object>o if o != NULL else None
    if not hasattr(other, "keys"):
        raise TypeError(f"{called(function)} argument after ** must be a mapping, not {type(other).__name__}")
    for key in other.keys():
        if key in c:
            raise TypeError(f"{called(function)} got multiple values for keyword argument '{key}'")
        c[key] = other[key]
    return 0


# -- taking apart --------------------------------------------------------------


cdef int unpack(Machine* m, Frame* f, Ins* ins) except -1:
    cdef Reg own
    cdef int i, n = ins.b
    cdef PyObject* o
    cdef PyObject* v
    own.tag = NUL
    copy_reg(&own, arg(f, ins, 0))
    kill(f, ins)
    try:
        o = box(&own)
        if own.slot < 0 and (Py_TYPE(o) == &PyTuple_Type and PyTuple_GET_SIZE(o) == n
                             or Py_TYPE(o) == &PyList_Type and PyList_GET_SIZE(o) == n):
            for i in range(n):
                v = PyTuple_GET_ITEM(o, i) if Py_TYPE(o) == &PyTuple_Type else PyList_GET_ITEM(o, i)
                Py_INCREF(v)
                load(m, f.level, f.regs + result(f, ins, i), v)
            return 0
        items = items_of(m, f, &own, n, n)
        for i in range(n):
            v = <PyObject*>(<object>items[i])
            Py_INCREF(v)
            load(m, f.level, f.regs + result(f, ins, i), v)
            if further_out(f.regs + result(f, ins, i), &own):
                item_slot(m, &own, i, v, f.regs + result(f, ins, i))
    finally:
        drop(&own)
    return 0


cdef int item_slot(Machine* m, Reg* base, int i, PyObject* v, Reg* out) except -1:
    """Slot of item i of an active container."""
    cdef object index = i
    if not locate(m, base, <PyObject*>index, v, out) and is_poisoned(m, base):
        out.tag, out.slot = base.tag, base.slot
    return 0


cdef list items_of(Machine* m, Frame* f, Reg* r, int least, int most):
    """The items of an iterable that is unpacked; CPython's errors for a wrong number."""
    cdef list out = []
    cdef object x
    spread_out(m, f, r, LIST_EXTEND)
    x = <object>r.v.o
    if not hasattr(type(x), "__iter__") and not hasattr(type(x), "__getitem__"):
        raise TypeError(f"cannot unpack non-iterable {type(x).__name__} object")
    for item in x:
        if most >= 0 and len(out) == most:
            raise ValueError(f"too many values to unpack (expected {most})")
        out.append(item)
    if len(out) < least:
        if most >= 0:
            raise ValueError(f"not enough values to unpack (expected {least}, got {len(out)})")
        raise ValueError(f"not enough values to unpack (expected at least {least}, got {len(out)})")
    return out


cdef int unpack_ex(Machine* m, Frame* f, Ins* ins) except -1:
    cdef Reg own
    cdef int i
    cdef PyObject* v
    before, after = <object>f.c.imms[ins.b]
    own.tag = NUL
    copy_reg(&own, arg(f, ins, 0))
    kill(f, ins)
    try:
        if box(&own) == NULL:
            return -1
        items = items_of(m, f, &own, before + after, -1)
        parts = items[:before] + [items[before:len(items) - after]] + items[len(items) - after:]
        for i in range(before + 1 + after):
            v = <PyObject*>(<object>parts[i])
            Py_INCREF(v)
            load(m, f.level, f.regs + result(f, ins, i), v)
    finally:
        drop(&own)
    return 0
