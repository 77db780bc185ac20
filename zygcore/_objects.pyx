"""Attributes, items, containers and the other operations on objects.

Each function does what CPython's instruction does, and besides that keeps track
of active values: what is stored escapes to the heap, what is read is looked up.
Return values: 0 done, 1 a frame was pushed that will deliver the result.
"""


from ._arith cimport check_array_write, has_python_method, run_protocol
from ._capi cimport *
from ._code cimport Code
from ._frames cimport call_python, push_function
from ._machine cimport *
from ._opcodes cimport *
from ._rules cimport apply_rule, find_rule, innermost, poison
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import builtins
import collections
import operator
import sys
import types

import numpy as np

from .errors import UnsupportedError
from .protocols import drain, getattribute, property_or_fallback, type_method

cdef object ndarray = np.ndarray
cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>ndarray
cdef object getitem_operator = operator.getitem
cdef object object_getattribute = object.__getattribute__
cdef object default_missing = collections.defaultdict.__missing__
cdef str DICT_ = "__dict__"
cdef object format_function = builtins.format
cdef str GETATTRIBUTE = "__getattribute__", GETATTR_ = "__getattr__", GET = "__get__", SET_ = "__set__"
cdef str SETATTR_ = "__setattr__", DELATTR_ = "__delattr__", ITER_ = "__iter__", LEN_ = "__len__"
cdef str GETITEM_ = "__getitem__", SETITEM_ = "__setitem__", DELITEM_ = "__delitem__"
from ._language import match_class, match_keys
cdef object match_class_function = match_class, match_keys_function = match_keys
cdef str CELL_CONTENTS = "cell_contents"
cdef object property_function = property_or_fallback, drain_function = drain, getattribute_function = getattribute
cdef str NEXT_ = "__next__"
cdef str ENTER = "__enter__", EXIT = "__exit__", MISSING_ = "__missing__"


# -- operands of slow instructions -------------------------------------------


cdef inline int nargs_of(Frame* f, Ins* ins) noexcept:
    return f.c.extra[ins.a]


cdef inline Reg* arg(Frame* f, Ins* ins, int i) noexcept:
    """Register of operand i, or NULL: absent."""
    cdef int packed = f.c.extra[ins.a + 1 + i]
    if packed < 0:
        return NULL
    return f.regs + (packed >> 1)


cdef inline PyObject* value(Frame* f, Ins* ins, int i) noexcept:
    """Object of operand i (borrowed), NULL if absent."""
    cdef Reg* r = arg(f, ins, i)
    return NULL if r == NULL else box(r)


cdef inline int result(Frame* f, Ins* ins, int i) noexcept:
    return f.c.extra[ins.a + 2 + f.c.extra[ins.a] + i]


cdef void kill(Frame* f, Ins* ins) noexcept:
    """Drops the temporaries that the instruction used last."""
    cdef int i, packed, n = f.c.extra[ins.a]
    for i in range(n):
        packed = f.c.extra[ins.a + 1 + i]
        if packed >= 0 and packed & 1:
            drop(f.regs + (packed >> 1))


cdef inline int deliver(Machine* m, Frame* f, int dst, PyObject* o) except -1:
    """A new reference becomes the result, active if it is known."""
    if o == NULL:
        return -1
    load(m, f.level, f.regs + dst, o)
    return 0


cdef int call_method(Machine* m, Frame* f, PyObject* method, Reg* args, int n, int ret, int dst) except -1:
    """Calls a Python method (a function found on a type) with copies of registers."""
    cdef Reg own[4]
    cdef int i, status
    for i in range(n):
        own[i].tag = NUL
        copy_reg(own + i, args + i)
    try:
        status = push_function(m, method, own, n, NULL, ret, dst, f.level)
    finally:
        for i in range(n):
            drop(own + i)
    return status


cdef Reg object_reg(PyObject* o) noexcept:
    """A register with a borrowed object, to be copied."""
    cdef Reg r
    r.tag = OBJ
    r.slot = -1
    r.v.o = o
    return r


cdef inline bint watched(Machine* m, Reg* r) noexcept:
    """Must Python methods of this object run in the machine?"""
    return m.heap or m.run_all or r.slot >= 0


# -- names --------------------------------------------------------------------


cdef int get_global(Machine* m, Frame* f, Ins* ins) except -1:
    cdef Cache* cache = f.c.caches + ins.b
    cdef PyObject* name = f.c.imms[ins.a]
    cdef PyObject* o
    if PyDict_CheckExact(f.globals) and PyDict_CheckExact(f.builtins):
        o = PyDict_GetItemWithError(f.globals, name)
        if o == NULL:
            if PyErr_Occurred() != NULL:
                return -1
            o = PyDict_GetItemWithError(f.builtins, name)
            if o == NULL:
                if PyErr_Occurred() == NULL:
                    undefined(name)
                return -1
        cache.key = f.globals
        cache.version = zyg_dict_version(f.globals)
        cache.version2 = zyg_dict_version(f.builtins)
        cache.value = o
        # code is never active itself
        cache.kind = Py_TYPE(o) == &PyCFunction_Type or Py_TYPE(o) == &PyModule_Type or PyType_Check(o)
        Py_INCREF(o)
    else:
        o = PyObject_GetItem(f.globals, name)
        if o == NULL:
            if not PyErr_ExceptionMatches(PyExc_KeyError):
                return -1
            PyErr_Clear()
            o = PyObject_GetItem(f.builtins, name)
            if o == NULL:
                if PyErr_ExceptionMatches(PyExc_KeyError):
                    PyErr_Clear()
                    undefined(name)
                return -1
    return deliver(m, f, ins.d, o)


cdef int undefined(PyObject* name) except -1:
    raise NameError(f"name '{<object>name}' is not defined", name=<object>name)


cdef int get_name(Machine* m, Frame* f, PyObject* name, int dst) except -1:
    """Class bodies: the locals mapping, globals, builtins."""
    cdef PyObject* o
    if f.locals != NULL:
        o = PyObject_GetItem(f.locals, name)
        if o != NULL:
            return deliver(m, f, dst, o)
        if not PyErr_ExceptionMatches(PyExc_KeyError):
            return -1
        PyErr_Clear()
    return global_or_builtin(m, f, name, dst)


cdef int global_or_builtin(Machine* m, Frame* f, PyObject* name, int dst) except -1:
    cdef PyObject* o = PyObject_GetItem(f.globals, name)
    if o == NULL:
        if not PyErr_ExceptionMatches(PyExc_KeyError):
            return -1
        PyErr_Clear()
        o = PyObject_GetItem(f.builtins, name)
        if o == NULL:
            if PyErr_ExceptionMatches(PyExc_KeyError):
                PyErr_Clear()
                undefined(name)
            return -1
    return deliver(m, f, dst, o)


cdef int get_cell(Machine* m, Frame* f, Reg* cell, PyObject* name, int dst) except -1:
    cdef PyObject* o = zyg_cell_get(cell.v.o)
    cdef Reg r
    if o == NULL:
        code = (<Code>f.code_obj).code
        if <object>name in code.co_freevars:
            raise NameError(
                f"cannot access free variable '{<object>name}' where it is not associated with a value in "
                "enclosing scope", name=<object>name)
        raise UnboundLocalError(
            f"cannot access local variable '{<object>name}' where it is not associated with a value")
    Py_INCREF(o)
    if m.heap == 0:
        put_obj(f.regs + dst, o, OBJ, -1)
        return 0
    r.tag = OBJ
    r.slot = -1
    r.v.o = cell.v.o
    lookup(m, f.level, &r)
    Py_INCREF(r.v.o)
    load(m, f.level, f.regs + dst, o)
    if further_out(f.regs + dst, &r):
        locate(m, &r, <PyObject*>CELL_CONTENTS, o, f.regs + dst)
    Py_DECREF(r.v.o)
    return 0


cdef int set_cell(Machine* m, Frame* f, Reg* cell, Reg* v) except -1:
    cdef PyObject* o = escape(m, v)
    cdef PyObject* old
    cdef Reg r
    if o == NULL:
        return -1
    if m.heap:
        r = cell[0]
        r.slot = -1
        lookup(m, f.level, &r)
        if r.slot >= 0:
            overwrite(m, &r, <PyObject*>CELL_CONTENTS)
    Py_INCREF(o)
    old = zyg_cell_get(cell.v.o)
    zyg_cell_put(cell.v.o, o)
    Py_XDECREF(old)
    return 0


# -- attributes ---------------------------------------------------------------


cdef int get_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1:
    """``base.name``"""
    cdef PyObject* o = box(base)
    cdef PyObject* v
    cdef int status
    if o == NULL:
        return -1
    refresh(m, f.level, base)
    if watched(m, base):
        status = python_attribute(m, f, base, name, dst)
        if status != 2:
            return status
        if base.slot >= 0:
            return active_attribute(m, f, base, name, dst)
    v = PyObject_GetAttr(o, name)
    return deliver(m, f, dst, v)


cdef int python_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1:
    """Attributes computed by Python code.  2: not one of those."""
    cdef PyTypeObject* tp = Py_TYPE(base.v.o)
    cdef PyObject* descr
    cdef PyObject* getter
    cdef Reg args[3]
    if not PyType_GetFlags(tp) & (1 << 9) or PyType_Check(base.v.o) or tp == &PyModule_Type:
        return 2
    args[0] = base[0]
    if has_python_method(base.v.o, <PyObject*>GETATTRIBUTE):
        args[1] = object_reg(name)
        return run_protocol(m, getattribute_function, args, 2, R_STORE, dst, f.level)
    descr = _PyType_Lookup(tp, name)
    if descr != NULL:
        if Py_TYPE(descr) == &PyProperty_Type:
            getter = <PyObject*>(<object>descr).fget
            if Py_TYPE(getter) == &PyFunction_Type:
                if has_python_method(base.v.o, <PyObject*>GETATTR_):
                    args[1], args[2] = object_reg(name), object_reg(getter)
                    return run_protocol(m, property_function, args, 3, R_STORE, dst, f.level)
                return call_method(m, f, getter, args, 1, R_STORE, dst)
            return 2
        if has_python_method(descr, <PyObject*>GET):
            if not has_data(descr) and in_instance(base.v.o, name):
                return 2
            getter = _PyType_Lookup(Py_TYPE(descr), <PyObject*>GET)
            args[0], args[1], args[2] = object_reg(descr), base[0], object_reg(<PyObject*>tp)
            return call_method(m, f, getter, args, 3, R_STORE, dst)
        return 2
    if has_python_method(base.v.o, <PyObject*>GETATTR_) and not in_instance(base.v.o, name):
        args[1] = object_reg(name)
        return call_method(m, f, _PyType_Lookup(tp, <PyObject*>GETATTR_), args, 2, R_STORE, dst)
    return 2


cdef bint has_data(PyObject* descr) noexcept:
    return _PyType_Lookup(Py_TYPE(descr), <PyObject*>SET_) != NULL


cdef bint in_instance(PyObject* o, PyObject* name) except -1:
    d = own_dict(<object>o)
    return type(d) is dict and <object>name in <dict>d


cdef int active_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1:
    """An attribute of an active value: a leaf of a structure, or by rule."""
    cdef PyObject* descr
    cdef PyObject* v
    cdef Reg own[1]
    cdef int status, level = base.tag >> 8
    own[0] = base[0]
    descr = _PyType_Lookup(Py_TYPE(base.v.o), name)
    if descr != NULL and Py_TYPE(descr) != &PyMethodDescr_Type and Py_TYPE(descr) != &PyWrapperDescr_Type:
        rule = find_rule(descr)
        if rule is not None:
            if rule.kind == 3:
                return deliver(m, f, dst, PyObject_GetAttr(base.v.o, name))
            status = apply_rule(m, f, rule, descr, own, 1, NULL, level, dst)
            if status < 2:
                return status
    if location_of(m, base) is None:
        if escape(m, base) == NULL:
            return -1
    elif <object>name == DICT_:
        settle(m, f.level, base)  # its attributes are about to be read past us
    own[0] = base[0]
    Py_INCREF(own[0].v.o)
    try:
        v = PyObject_GetAttr(own[0].v.o, name)
        if v == NULL:
            return -1
        load(m, f.level, f.regs + dst, v)
        if not further_out(f.regs + dst, own) or locate(m, own, name, v, f.regs + dst) or f.regs[dst].slot >= 0:
            return 0
        if location_of(m, own) is None and not harmless(v):
            poison(m, f, f.regs + dst, level, descr if descr != NULL else v, own, 1)
    finally:
        Py_DECREF(own[0].v.o)
    return 0


cdef bint harmless(PyObject* v) except -1:
    """Bound methods and functions: whoever calls them is asked again."""
    return isinstance(<object>v, (types.MethodType, types.FunctionType, types.BuiltinFunctionType,
                                  types.MethodWrapperType, str, type, bool, np.dtype))


cdef int load_method(Machine* m, Frame* f, Ins* ins) except -1:
    """``base.name`` about to be called: (function, self) or (callable, NULL)."""
    cdef Reg* base = arg(f, ins, 0)
    cdef int d0 = result(f, ins, 0), d1 = result(f, ins, 1)
    cdef PyObject* name = f.c.imms[ins.b]
    cdef PyObject* o = box(base)
    cdef PyObject* method = NULL
    cdef Reg own
    if o == NULL:
        return -1
    own.tag = NUL
    refresh(m, f.level, base)
    copy_reg(&own, base)
    kill(f, ins)
    try:
        if Py_TYPE(o) != &PyModule_Type and not (watched(m, &own) and computed(&own, name)):
            if _PyObject_GetMethod(o, name, &method):
                put_obj(f.regs + d0, method, OBJ, -1)
                move_reg(f.regs + d1, &own)
                return 0
            if method == NULL:
                return -1
            load(m, f.level, f.regs + d0, method)
            drop(f.regs + d1)
            if further_out(f.regs + d0, &own):
                locate(m, &own, name, method, f.regs + d0)
            return 0
        drop(f.regs + d1)
        return get_attribute(m, f, &own, name, d0)
    finally:
        drop(&own)


cdef bint computed(Reg* base, PyObject* name) except -1:
    """Is this attribute made by Python code (properties, __getattr__ ...)?"""
    cdef PyTypeObject* tp = Py_TYPE(base.v.o)
    cdef PyObject* descr
    if not PyType_GetFlags(tp) & (1 << 9) or PyType_Check(base.v.o):
        return False
    if has_python_method(base.v.o, <PyObject*>GETATTRIBUTE):
        return True
    descr = _PyType_Lookup(tp, name)
    if descr == NULL:
        return True
    return Py_TYPE(descr) == &PyProperty_Type or has_python_method(descr, <PyObject*>GET)


cdef int set_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, Reg* v) except -1:
    """``base.name = v``; `v` is NULL for ``del``."""
    cdef PyObject* o = box(base)
    cdef PyObject* item = NULL
    cdef PyObject* descr
    cdef PyObject* setter = NULL
    cdef Reg args[3]
    if o == NULL:
        return -1
    if watched(m, base) or v != NULL and v.slot >= 0:
        args[0], args[1] = base[0], object_reg(name)
        if v != NULL:
            args[2] = v[0]
        if has_python_method(o, <PyObject*>(SETATTR_ if v != NULL else DELATTR_)):
            setter = _PyType_Lookup(Py_TYPE(o), <PyObject*>(SETATTR_ if v != NULL else DELATTR_))
            return call_method(m, f, setter, args, 3 if v != NULL else 2, R_DISCARD, -1)
        descr = _PyType_Lookup(Py_TYPE(o), name) if not PyType_Check(o) else NULL
        if descr != NULL:
            if Py_TYPE(descr) == &PyProperty_Type:
                setter = <PyObject*>((<object>descr).fset if v != NULL else (<object>descr).fdel)
                if Py_TYPE(setter) == &PyFunction_Type:
                    args[1] = args[2]
                    return call_method(m, f, setter, args, 2 if v != NULL else 1, R_DISCARD, -1)
            elif v != NULL and has_python_method(descr, <PyObject*>SET_):
                setter = _PyType_Lookup(Py_TYPE(descr), <PyObject*>SET_)
                args[0], args[1] = object_reg(descr), base[0]
                return call_method(m, f, setter, args, 3, R_DISCARD, -1)
        if Py_TYPE(o) == ARRAY:
            check_array_write(m, f, base, v, False)
    if v != NULL:
        item = escape(m, v)
        if item == NULL:
            return -1
    if PyObject_SetAttr(o, name, item) < 0:
        return -1
    if base.slot >= 0:
        overwrite(m, base, name)
    return 0


# -- items --------------------------------------------------------------------


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
    args[0], args[1] = base[0], key[0]
    if watched(m, base):
        if has_python_method(o, <PyObject*>GETITEM_):
            return call_method(m, f, _PyType_Lookup(Py_TYPE(o), <PyObject*>GETITEM_), args, 2, R_STORE, dst)
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
    Py_INCREF(k)
    v = PyObject_GetItem(o, k)
    Py_DECREF(k)
    return deliver(m, f, dst, v)


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
    cdef int status, level = innermost(m, args, 2)
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
    if o == NULL:
        return -1
    k = box(key)
    if k == NULL:
        return -1
    if Py_TYPE(o) == ARRAY:
        check_array_write(m, f, base, v, False)
    elif watched(m, base) or v != NULL and v.slot >= 0:
        if has_python_method(o, <PyObject*>name):
            args[0], args[1] = base[0], key[0]
            if v != NULL:
                args[2] = v[0]
            return call_method(m, f, _PyType_Lookup(Py_TYPE(o), <PyObject*>name), args,
                               3 if v != NULL else 2, R_DISCARD, -1)
        if not (Py_TYPE(o) == &PyList_Type or Py_TYPE(o) == &PyDict_Type):
            if issubclass(type(<object>o), ndarray):
                check_array_write(m, f, base, v, False)
            elif not issubclass(type(<object>o), (list, dict, collections.deque)) and v != NULL and v.slot >= 0:
                taint(m, f, base, v)
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
            return 0
    if v != NULL:
        item = escape(m, v)
        if item == NULL or PyObject_SetItem(o, k, item) < 0:
            return -1
    elif PyObject_DelItem(o, k) < 0:
        return -1
    if base.slot >= 0 and Py_TYPE(k) != &PySlice_Type and v != NULL:
        overwrite(m, base, k)
    return 0


cdef int taint(Machine* m, Frame* f, Reg* base, Reg* v) except -1:
    """C code that copies a value into an object of its own: what comes out is not known."""
    cdef Reg r
    r = base[0]
    r.slot = -1
    r.tag = OBJ
    poison(m, f, &r, v.tag >> 8, <PyObject*>Py_TYPE(base.v.o), v, 1)
    m.ntainted += 1
    base.slot = r.slot
    base.tag = r.tag
    return 0


# -- the rest -----------------------------------------------------------------


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


cdef object escaped(Machine* m, Frame* f, Ins* ins, int i):
    cdef PyObject* o = escape(m, arg(f, ins, i))
    if o == NULL:
        raise_set()
    return <object>o


cdef int raise_set() except -1:
    """The error that a C function set."""
    return -1


cdef int slow(Machine* m, Frame* f, Ins* ins) except -1:
    """Carries out one instruction of the second group."""
    cdef int op = ins.op, status
    if op < SLICE:
        status = slow_names(m, f, ins, op)
    elif op <= LIST_TO_TUPLE:
        status = slow_containers(m, f, ins, op)
    elif op <= IMPORT_STAR:
        status = slow_calls(m, f, ins, op)
    else:
        status = slow_control(m, f, ins, op)
    return status


cdef int slow_names(Machine* m, Frame* f, Ins* ins, int op) except -1:
    cdef PyObject* name = f.c.imms[ins.b] if ins.b >= 0 else NULL
    cdef PyObject* o
    cdef int status = 0
    if op == METHOD:
        return load_method(m, f, ins)
    if op == SETITEM:
        status = set_item(m, f, arg(f, ins, 0), arg(f, ins, 1), arg(f, ins, 2))
    elif op == DELITEM:
        status = set_item(m, f, arg(f, ins, 0), arg(f, ins, 1), NULL)
    elif op == SETATTR:
        status = set_attribute(m, f, arg(f, ins, 0), name, arg(f, ins, 1))
    elif op == DELATTR:
        status = set_attribute(m, f, arg(f, ins, 0), name, NULL)
    elif op == STORE_GLOBAL:
        (<dict>f.globals)[<object>name] = escaped(m, f, ins, 0)
    elif op == DELETE_GLOBAL:
        if <object>name not in <dict>f.globals:
            undefined(name)
        del (<dict>f.globals)[<object>name]
    elif op == NAME:
        return get_name(m, f, name, ins.d)
    elif op == STORE_NAME:
        (<object>f.locals)[<object>name] = escaped(m, f, ins, 0)
    elif op == DELETE_NAME:
        try:
            del (<object>f.locals)[<object>name]
        except KeyError:
            undefined(name)
    elif op == MAKE_CELL:
        o = NULL
        if arg(f, ins, 0) != NULL and arg(f, ins, 0).tag & 0xFF != NUL:
            o = escape(m, arg(f, ins, 0))
            if o == NULL:
                return -1
        o = PyCell_New(o)
        if o == NULL:
            return -1
        put_obj(f.regs + ins.d, o, OBJ, -1)
        return 0
    elif op == CELL_DEL:
        o = zyg_cell_get(value(f, ins, 0))
        if o == NULL:
            get_cell(m, f, arg(f, ins, 0), name, 0)
        zyg_cell_put(value(f, ins, 0), NULL)
        Py_DECREF(o)
    elif op == CHECK_BOUND:
        if arg(f, ins, 0) == NULL or arg(f, ins, 0).tag & 0xFF == NUL:
            raise UnboundLocalError(
                f"cannot access local variable '{<object>name}' where it is not associated with a value")
        if arg(f, ins, 0) != f.regs + ins.d:
            copy_reg(f.regs + ins.d, arg(f, ins, 0))
    else:
        return slow_scopes(m, f, ins, op, name)
    kill(f, ins)
    return status


cdef int slow_scopes(Machine* m, Frame* f, Ins* ins, int op, PyObject* name) except -1:
    """Class scopes and super()."""
    cdef Reg* cell
    if op == LOCALS_DICT:
        Py_INCREF(f.locals)
        return deliver(m, f, ins.d, f.locals)
    if op == SUPER_ATTR:
        return super_attribute(m, f, ins)
    if op == CLASS_CELL_GET:
        mapping = <object>f.locals if f.locals != NULL else {}
        cell = arg(f, ins, 0)
    else:
        mapping = <object>value(f, ins, 0)
        cell = arg(f, ins, 1)
    try:
        found = mapping[<object>name]
    except KeyError:
        if op == DICT_OR_GLOBAL:
            return global_or_builtin(m, f, name, ins.d)
        return get_cell(m, f, cell, name, ins.d)
    Py_INCREF(<PyObject*>found)
    return deliver(m, f, ins.d, <PyObject*>found)


cdef int super_attribute(Machine* m, Frame* f, Ins* ins) except -1:
    name, method, two_args = <object>f.c.imms[ins.b]
    sup, cls = <object>value(f, ins, 0), <object>value(f, ins, 1)
    cdef Reg* self_reg = arg(f, ins, 2)
    cdef Reg proxy
    if box(self_reg) == NULL:
        return -1
    obj = <object>self_reg.v.o
    proxy.tag = NUL
    Py_INCREF(<PyObject*>obj)
    found = getattr(sup(cls, obj), name)
    kill(f, ins)
    Py_DECREF(<PyObject*>obj)
    Py_INCREF(<PyObject*>found)
    load(m, f.level, f.regs + result(f, ins, 0), <PyObject*>found)
    if method:
        drop(f.regs + result(f, ins, 1))
    return 0


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


cdef int build_string(Machine* m, Frame* f, Ins* ins, int n) except -1:
    cdef int i, level = -1
    parts = []
    for i in range(n):
        if arg(f, ins, i).slot >= 0:
            level = max(level, arg(f, ins, i).tag >> 8)
        parts.append(<object>value(f, ins, i))
    out = "".join(parts)
    Py_INCREF(<PyObject*>out)
    put_obj(f.regs + ins.d, <PyObject*>out, OBJ, -1)
    if level >= 0:
        poison(m, f, f.regs + ins.d, level, <PyObject*>format_function, NULL, 0)
    kill(f, ins)
    return 0


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
    Py_INCREF(<PyObject*>text)
    put_obj(f.regs + ins.d, <PyObject*>text, OBJ, -1)
    if level >= 0:
        poison(m, f, f.regs + ins.d, level, <PyObject*>format_function, NULL, 0)
    kill(f, ins)
    return 0


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
    if r.slot >= 0 and issubclass(type(<object>r.v.o), ndarray) or has_python_method(r.v.o, <PyObject*>ITER_) \
            or has_python_method(r.v.o, <PyObject*>NEXT_) \
            or has_python_method(r.v.o, <PyObject*>GETITEM_) and _PyType_Lookup(Py_TYPE(r.v.o), <PyObject*>ITER_) == NULL:
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


cdef int slow_calls(Machine* m, Frame* f, Ins* ins, int op) except -1:
    if op == UNPACK:
        return unpack(m, f, ins)
    if op == UNPACK_EX:
        return unpack_ex(m, f, ins)
    if op == FUNCTION:
        return make_function(m, f, ins)
    if op == BUILD_CLASS:
        return build_class(m, f, ins)
    return imports(m, f, ins, op)


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
                item_slot(m, f, &own, i, v, f.regs + result(f, ins, i))
    finally:
        drop(&own)
    return 0


cdef int item_slot(Machine* m, Frame* f, Reg* base, int i, PyObject* v, Reg* out) except -1:
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
        if is_poisoned(m, &own):
            raise UnsupportedError("a starred assignment from a value whose derivative is not known")
        parts = items[:before] + [items[before:len(items) - after]] + items[len(items) - after:]
        for i in range(before + 1 + after):
            v = <PyObject*>(<object>parts[i])
            Py_INCREF(v)
            load(m, f.level, f.regs + result(f, ins, i), v)
    finally:
        drop(&own)
    return 0


cdef int make_function(Machine* m, Frame* f, Ins* ins) except -1:
    cdef PyObject* defaults = value(f, ins, 1)
    cdef PyObject* kwdefaults = value(f, ins, 2)
    cdef PyObject* annotations = value(f, ins, 3)
    cdef PyObject* closure = value(f, ins, 4)
    code = <object>value(f, ins, 0)
    function = types.FunctionType(code, <object>f.globals, None,
                                  <object>defaults if defaults != NULL else None,
                                  <object>closure if closure != NULL else None)
    function.__qualname__ = code.co_qualname
    if kwdefaults != NULL:
        function.__kwdefaults__ = <object>kwdefaults
    if annotations != NULL:
        a = <object>annotations
        function.__annotations__ = dict(zip(a[::2], a[1::2])) if type(a) is tuple else a
    if f.locals != NULL or "__name__" in <object>f.globals:
        function.__module__ = (<object>f.globals).get("__name__")
    Py_INCREF(<PyObject*>function)
    put_obj(f.regs + ins.d, <PyObject*>function, OBJ, -1)
    kill(f, ins)
    return 0


cdef int build_class(Machine* m, Frame* f, Ins* ins) except -1:
    found = (<object>f.builtins)["__build_class__"]
    Py_INCREF(<PyObject*>found)
    put_obj(f.regs + ins.d, <PyObject*>found, OBJ, -1)
    return 0


cdef int imports(Machine* m, Frame* f, Ins* ins, int op) except -1:
    name = <object>f.c.imms[ins.b] if ins.b >= 0 else None
    if op == IMPORT_NAME:
        importer = (<object>f.builtins)["__import__"]
        fromlist = <object>value(f, ins, 1)
        out = importer(name, <object>f.globals, <object>f.locals if f.locals != NULL else None, fromlist,
                       <object>value(f, ins, 0))
    elif op == IMPORT_FROM:
        out = from_module(<object>value(f, ins, 0), name)
    else:
        import_star(<object>value(f, ins, 0), <object>f.locals if f.locals != NULL else <object>f.globals)
        kill(f, ins)
        return 0
    Py_INCREF(<PyObject*>out)
    load(m, f.level, f.regs + ins.d, <PyObject*>out)
    kill(f, ins)
    return 0


cdef object from_module(object module, object name):
    """``from module import name``"""
    missing = module
    out = getattr(module, name, missing)
    if out is missing:
        try:
            return getattr(module, name)
        except AttributeError:
            pass
        package = getattr(module, "__name__", None)
        out = sys.modules.get(f"{package}.{name}")
        if out is None:
            where = getattr(module, "__file__", None)
            raise ImportError(
                f"cannot import name {name!r} from {package!r} ({where or 'unknown location'})",
                name=package, path=where)
    return out


def import_star(module, namespace):
    names = getattr(module, "__all__", None)
    if names is None:
        names = [n for n in vars(module) if not n.startswith("_")]
    for n in names:
        namespace[n] = getattr(module, n)


cdef int slow_control(Machine* m, Frame* f, Ins* ins, int op) except -1:
    cdef PyObject* o
    cdef PyObject* v
    cdef int r
    if op == PUSH_EXC:
        o = PyErr_GetHandledException()
        v = value(f, ins, 0)
        if o == NULL:
            o = Py_None
            Py_INCREF(o)
        PyErr_SetHandledException(v)
        put_obj(f.regs + ins.d, o, OBJ, -1)
    elif op == POP_EXC:
        o = value(f, ins, 0)
        PyErr_SetHandledException(NULL if o == Py_None else o)
    elif op == EXC_MATCH:
        r = exception_matches(<object>value(f, ins, 0), <object>value(f, ins, 1))
        o = Py_True if r else Py_False
        Py_INCREF(o)
        put_obj(f.regs + ins.d, o, OBJ, -1)
    elif op == LEN:
        o = value(f, ins, 0)
        out = len(<object>o)
        put_obj(f.regs + ins.d, PyLong_FromSsize_t(out), OBJ, -1)
        return 0
    elif op == SETUP_ANNOTATIONS:
        if "__annotations__" not in <object>f.locals:
            (<object>f.locals)["__annotations__"] = {}
    else:
        return slow_patterns(m, f, ins, op)
    kill(f, ins)
    return 0


cdef bint exception_matches(object exc, object kinds) except -1:
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError("catching classes that do not inherit from BaseException is not allowed")
    return PyErr_GivenExceptionMatches(<PyObject*>exc, <PyObject*>kinds)


cdef int slow_patterns(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Pattern matching, exception groups, intrinsics: in Python, in `_language`."""
    from . import _language
    cdef int i
    cdef PyObject* v
    if (op == MATCH_CLASS or op == MATCH_KEYS) and watched(m, arg(f, ins, 0)):
        return match_in_machine(m, f, ins, op)
    args = [<object>value(f, ins, i) for i in range(nargs_of(f, ins))]
    if op == MATCH_CLASS:
        out = _language.match_class(*args, ins.b)
    elif op == MATCH_MAPPING:
        out = bool(type(args[0]).__flags__ & (1 << 6))
    elif op == MATCH_SEQUENCE:
        out = bool(type(args[0]).__flags__ & (1 << 5))
    elif op == MATCH_KEYS:
        out = _language.match_keys(*args)
    elif op == GROUP_MATCH:
        parts = _language.group_match(*args)
        if parts[1] is not None:
            match = parts[1]
            PyErr_SetHandledException(<PyObject*>match)
        for i in range(2):
            v = <PyObject*>(<object>parts[i])
            Py_INCREF(v)
            load(m, f.level, f.regs + result(f, ins, i), v)
        return 0
    elif op == GROUP_RERAISE:
        out = _language.group_reraise(*args)
    elif op == INTRINSIC:
        out = _language.intrinsic(<object>f.c.imms[ins.b], args, <object>f.globals)
    else:
        raise UnsupportedError("asynchronous code inside differentiated code is not supported yet")
    Py_INCREF(<PyObject*>out)
    load(m, f.level, f.regs + ins.d, <PyObject*>out)
    kill(f, ins)
    return 0


cdef int match_in_machine(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """A pattern that takes parts out of an object: properties and methods run in the machine."""
    cdef Reg own[4]
    cdef int i, n = nargs_of(f, ins)
    for i in range(n):
        own[i] = arg(f, ins, i)[0]
    if op == MATCH_KEYS:
        return run_protocol(m, match_keys_function, own, n, R_STORE, ins.d, f.level)
    own[n].tag = I64
    own[n].slot = -1
    own[n].v.i = ins.b
    return run_protocol(m, match_class_function, own, n + 1, R_STORE, ins.d, f.level)
