"""Items: ``base[key]`` and storing or deleting it."""

from ._array_items cimport read_element, write_element
from ._array_iterators cimport is_array_iterator, iterator_item, set_iterator_item
from ._arrays cimport is_array
from ._assign cimport as_numpy, concerns, write_item
from ._capi cimport *
from ._effects cimport check_memory_write
from ._fields cimport take_item
from ._locations cimport Location, locate, location_of, materialise, overwrite
from ._lookups cimport check_found, is_variable, stored_key
from ._library_arrays cimport refuse_write
from ._library_memory cimport is_kept_library_array, is_library_array
from ._machine cimport *
from ._methods cimport *
from ._opcodes cimport NUMBER
from ._operands cimport deliver
from ._poison cimport poison, taint
from ._rules cimport LOWERING, apply_rule, find_rule, innermost
from ._special cimport is_special
from ._structs cimport *
from ._values cimport *
from ._views cimport view_item
from ._writes cimport check_shown_write
from ._written cimport refresh_buffer

import collections
import operator
import types

import numpy as np

from .protocols import type_method
from .rules.numpy import _subclasses

cdef object ndarray = np.ndarray
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray
cdef object with_item = _subclasses.with_item
cdef object array_setitem = ndarray.__setitem__
cdef object getitem_operator = operator.getitem
cdef object default_missing = collections.defaultdict.__missing__
cdef str GETITEM_ = "__getitem__", SETITEM_ = "__setitem__", DELITEM_ = "__delitem__", MISSING_ = "__missing__"


cdef int get_item(Machine* m, Frame* f, Reg* base, Reg* key, int dst) except -1:
    """``base[key]``"""
    cdef PyObject* o = box(base)
    cdef PyObject* k
    cdef PyObject* v
    cdef Reg args[2]
    cdef int status
    if o == NULL:
        return -1
    k = box(key)
    if k == NULL:
        return -1
    refresh(m, f.level, base)
    if base.slot >= 0 and Py_TYPE(o) == ARRAY:
        status = read_element(m, f, base, key, dst)
        if status == 2:
            status = view_item(m, f, base, key, dst)
        if status < 2:
            return status
    if m.heap and base.slot < 0:
        refresh_buffer(m, f, base)
    if m.heap and is_array_iterator(o):
        status = iterator_item(m, f, base, key, dst)
        if status < 2:
            return status
    args[0], args[1] = base[0], key[0]
    if watched(m, base):
        if has_python_method(o, <PyObject*>GETITEM_) and not as_numpy(f, o) and not is_library_array(o):
            method = <object>_PyType_Lookup(Py_TYPE(o), <PyObject*>GETITEM_)
            rule = find_rule(<PyObject*>method) if is_array(o) else None
            if rule is not None and rule.kind == LOWERING:
                return run_protocol(m, rule.function, args, 2, R_STORE, dst, f.level)
            return call_method(m, f, <PyObject*>method, args, 2, R_STORE, dst)
        if issubclass(type(<object>o), collections.defaultdict) and <object>k not in <object>o:
            rule = find_rule(<PyObject*>default_missing)
            if rule is not None and rule.function is not None and not has_python_method(o, <PyObject*>MISSING_):
                return run_protocol(m, rule.function, args, 2, R_STORE, dst, f.level)
        if has_python_method(o, <PyObject*>MISSING_) and PyDict_Check(o) and <object>k not in <object>o:
            return call_method(m, f, _PyType_Lookup(Py_TYPE(o), <PyObject*>MISSING_), args, 2, R_STORE, dst)
        if PyType_Check(o):
            status = class_item(m, f, base, args, dst)
            if status < 2:
                return status
    if base.slot >= 0 or m.heap and Py_TYPE(o) == ARRAY:
        return active_item(m, f, base, key, args, dst)
    if PyDict_Check(o) and is_variable(m, f.level, key):
        return found_item(m, f, o, key, dst)
    Py_INCREF(k)
    v = PyObject_GetItem(o, k)
    Py_DECREF(k)
    return deliver(m, f, dst, v)


cdef int found_item(Machine* m, Frame* f, PyObject* mapping, Reg* key, int dst) except -1:
    """An item of a dict under a key that a gradient depends on."""
    cdef Reg own, found
    own.tag = NUL
    found.tag = NUL
    copy_reg(&own, key)
    mapping = new_ref(<object>mapping)
    try:
        stored = stored_key(<object>mapping, &own)
        deliver_to(m, f, &found, PyObject_GetItem(mapping, box(&own)))
        check_found(m, f, stored, &own, &found)
        move_reg(f.regs + dst, &found)
    finally:
        drop(&own)
        drop(&found)
        Py_DECREF(mapping)
    return 0


cdef int deliver_to(Machine* m, Frame* f, Reg* d, PyObject* o) except -1:
    if o == NULL:
        return -1
    load(m, f.level, d, o)
    return 0


cdef int class_item(Machine* m, Frame* f, Reg* base, Reg* args, int dst) except -1:
    """``cls[key]`` through a ``__class_getitem__`` in Python; 2: there is none."""
    cdef PyObject* function
    method = type_method(<object>base.v.o, "__class_getitem__")
    if not isinstance(method, classmethod) or type(method.__func__) is not types.FunctionType:
        return 2
    function = <PyObject*>(<object>method.__func__)
    return call_method(m, f, function, args, 2, R_STORE, dst)


cdef int active_item(Machine* m, Frame* f, Reg* base, Reg* key, Reg* args, int dst) except -1:
    """An item of an active value: a leaf of a structure, or by rule."""
    cdef PyObject* v
    cdef int status, level = innermost(args, 2)
    cdef Reg own[2]
    if base.slot < 0:
        return deliver(m, f, dst, PyObject_GetItem(args[0].v.o, args[1].v.o))
    if location_of(m, base) is not None:
        if Py_TYPE(key.v.o) == &PySlice_Type:
            own[0].tag = NUL
            copy_reg(own, base)
            try:
                materialise(m, f.level, own)
                v = PyObject_GetItem(own[0].v.o, key.v.o)
            finally:
                drop(own)
            return deliver(m, f, dst, v)
        v = PyObject_GetItem(base.v.o, key.v.o)
        if v == NULL:
            return -1
        own[0], own[1] = base[0], key[0]
        Py_INCREF(own[0].v.o)
        Py_INCREF(own[1].v.o)
        load(m, f.level, f.regs + dst, v)
        if further_out(f.regs + dst, own):
            locate(m, own, own[1].v.o, v, f.regs + dst)
        Py_DECREF(own[0].v.o)
        Py_DECREF(own[1].v.o)
        return 0
    if is_array(base.v.o) and (is_special(base.v.o) or is_special(key.v.o)) and f.func != <PyObject*>with_item:
        return run_protocol(m, with_item, args, 2, R_STORE, dst, f.level)
    rule = find_rule(<PyObject*>getitem_operator)
    if rule is not None:
        status = apply_rule(m, f, rule, <PyObject*>getitem_operator, args, 2, NULL, base.tag >> 8, dst)
        if status < 2:
            return status
    own[0], own[1] = args[0], args[1]
    Py_INCREF(own[0].v.o)
    Py_INCREF(own[1].v.o)
    v = PyObject_GetItem(own[0].v.o, own[1].v.o)
    try:
        deliver(m, f, dst, v)
        if f.regs[dst].slot < 0:
            poison(m, f, f.regs + dst, level, <PyObject*>getitem_operator, own, 2)
    finally:
        Py_DECREF(own[0].v.o)
        Py_DECREF(own[1].v.o)
    return 0


cdef int set_item(Machine* m, Frame* f, Reg* base, Reg* key, Reg* v) except -1:
    """``base[key] = v``; `v` is NULL for ``del``."""
    cdef PyObject* o = box(base)
    cdef PyObject* k
    cdef PyObject* item = NULL
    cdef Reg args[3]
    cdef str name = SETITEM_ if v != NULL else DELITEM_
    cdef bint hides = False
    cdef int status
    if o == NULL:
        return -1
    k = box(key)
    if k == NULL:
        return -1
    refresh(m, f.level, base)
    if is_library_array(o) and is_kept_library_array(m, o):
        refuse_write(o, "x[i] = y")
    if is_array(o) and (not has_python_method(o, <PyObject*>name) or as_numpy(f, o)):
        if v != NULL and write_element(m, f, base, key, v) == 0:
            return 0
        if v != NULL and concerns(m, f, base, v):
            return write_item(m, f, base, key, v)
        if v != NULL and Py_TYPE(o) != ARRAY and as_numpy(f, o):
            item = escape(m, v)
            if item == NULL:
                return -1
            array_setitem(<object>o, <object>k, <object>item)
            return 0
    elif v != NULL and is_array_iterator(o):
        status = set_iterator_item(m, f, base, key, v)
        if status < 2:
            return status
    elif watched(m, base) or v != NULL and v.slot >= 0:
        if is_library_array(o) and (base.slot >= 0 or v != NULL and v.slot >= 0):
            refuse_write(o, "x[i] = y")
        if has_python_method(o, <PyObject*>name):
            args[0], args[1] = base[0], key[0]
            if v != NULL:
                args[2] = v[0]
            return call_method(m, f, _PyType_Lookup(Py_TYPE(o), <PyObject*>name), args,
                               3 if v != NULL else 2, R_DISCARD, -1)
        if not (Py_TYPE(o) == &PyList_Type or Py_TYPE(o) == &PyDict_Type):
            if not issubclass(type(<object>o), (list, dict, collections.deque)):
                check_shown_write(m, <object>o)
                if v != NULL and v.slot >= 0:
                    check_memory_write(o)
                    hides = True
        if key.slot >= 0:
            k = escape(m, key)
        if Py_TYPE(k) == &PySlice_Type and v != NULL:
            args[0].tag = NUL
            copy_reg(args, v)
            try:
                materialise(m, f.level, args)
                if PyObject_SetItem(o, k, box(args)) < 0:
                    return -1
            finally:
                drop(args)
            return hidden_inside(m, f, base, v) if hides else 0
    if v != NULL:
        item = escape(m, v)
        if item == NULL or PyObject_SetItem(o, k, item) < 0:
            return -1
    elif PyObject_DelItem(o, k) < 0:
        return -1
    if hides:
        hidden_inside(m, f, base, v)
    if base.slot >= 0 and Py_TYPE(k) != &PySlice_Type and v != NULL:
        overwrite(m, base, k)
    return 0


cdef int hidden_inside(Machine* m, Frame* f, Reg* base, Reg* v) except -1:
    """An object of a C type got an active value, which it may keep in another form."""
    taint(m, f, base.v.o, v.tag >> 8, <PyObject*>Py_TYPE(base.v.o), v, 1)
    lookup(m, f.level, base)
    return 0


cdef int fast_item(Machine* m, Frame* f, Ins* ins, Reg* a, Reg* b) except -1:
    """``list[int]`` and ``tuple[int]``; 2: not that."""
    cdef PyObject* seq = a.v.o
    cdef PyObject* item
    cdef Py_ssize_t i = b.v.i, n
    cdef PyTypeObject* tp = Py_TYPE(seq)
    cdef Location loc
    if tp != &PyList_Type and tp != &PyTuple_Type:
        return 2
    n = Py_SIZE(seq)
    if i < 0:
        i += n
    if not 0 <= i < n:
        return 2
    item = PyList_GET_ITEM(seq, i) if tp == &PyList_Type else PyTuple_GET_ITEM(seq, i)
    if a.slot >= 0:
        if a.tag >> 8 or Py_TYPE(item) != &PyFloat_Type:
            return 2
        loc = location_of(m, a)
        if loc is None or i >= loc.n or loc.slots[i] < 0 or PyList_GET_ITEM(<PyObject*>loc.originals, i) != item:
            return 2
        put_f64(f.regs + ins.d, zyg_float(item), loc.slots[i])
        return 0
    take_item(m, f, f.regs + ins.d, item, ins.aux & NUMBER)
    return 0
