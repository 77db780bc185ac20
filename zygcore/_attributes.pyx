"""Attributes: reading and writing them, and methods about to be called.

Attributes that Python code computes are calls of that code in the machine; those of input
objects are known by their place; what is stored escapes to the heap.
"""

from ._array_iterators cimport is_array_iterator, iterator_attribute
from ._arrays cimport is_array
from ._assign cimport concerns
from ._capi cimport *
from ._code cimport has_rule
from ._effects cimport check_memory_write
from ._geometry cimport set_geometry
from ._fields cimport field, field_known, find_field, set_field
from ._locations cimport locate, location_of, overwrite, settle
from ._library_arrays cimport library_attribute, refuse_write as refuse_write_of_library
from ._library_memory cimport is_kept_library_array, is_library_array
from ._machine cimport *
from ._methods cimport *
from ._operands cimport *
from ._poison cimport poison, taint
from ._rules cimport CONSUMER, NONDIFFERENTIABLE, apply_rule, find_rule
from ._special cimport is_special
from ._structs cimport *
from ._values cimport *
from ._writes cimport check_shown_write, refuse_write
from ._written cimport refresh_buffer

import types

import numpy as np

from .protocols import getattribute, property_or_fallback
from .rules.numpy import _inplace, _subclasses

cdef PyTypeObject* ARRAY = <PyTypeObject*><PyObject*>np.ndarray
cdef str DICT_ = "__dict__"
cdef str GETATTRIBUTE = "__getattribute__", GETATTR_ = "__getattr__", GET = "__get__", SET_ = "__set__"
cdef str SETATTR_ = "__setattr__", DELATTR_ = "__delattr__"
cdef object with_attribute = _subclasses.with_attribute
# attributes of tensors that say nothing about what is in them
cdef frozenset HARMLESS = frozenset(("grad", "requires_grad", "names"))
cdef dict array_attributes = _inplace.ATTRIBUTES
cdef object property_function = property_or_fallback, getattribute_function = getattribute


cdef int get_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst, bint generic=False) except -1:
    """``base.name``; as `object` does it, if `generic`."""
    cdef PyObject* o = box(base)
    cdef PyObject* v
    cdef int status
    if o == NULL:
        return -1
    refresh(m, f.level, base)
    if m.heap and base.slot < 0:
        refresh_buffer(m, f, base)
    if m.heap and is_array_iterator(o):
        status = iterator_attribute(m, f, base, name, dst)
        if status < 2:
            return status
    if base.slot >= 0 and is_library_array(o):
        return library_attribute(m, f, base, name, dst)
    if watched(m, base):
        if base.slot >= 0:
            status = property_by_rule(m, f, base, name, dst)
            if status < 2:
                return status
        status = python_attribute(m, f, base, name, dst, generic)
        if status == 1:
            m.top.ret = R_ATTRIBUTE
            m.top.aux = o
            Py_INCREF(o)
        if status != 2:
            return status
        if base.slot >= 0:
            return active_attribute(m, f, base, name, dst, generic)
    if Py_TYPE(o) == &PyModule_Type and PyUnicode_READ_CHAR(name, 0) != c"_":
        v = PyDict_GetItemWithError(PyModule_GetDict(o), name)  # the class has names with underscores only
        if v != NULL:
            Py_INCREF(v)
            return deliver(m, f, dst, v)
        if PyErr_Occurred():
            return -1
    v = PyObject_GenericGetAttr(o, name) if generic else PyObject_GetAttr(o, name)
    if Py_TYPE(o) != &PySuper_Type:
        return deliver(m, f, dst, v)
    base_object = (<object>o).__self__  # the register of the super object may be `dst`
    deliver(m, f, dst, v)
    return own_of_array(m, f, base_object, dst)


cdef int own_of_array(Machine* m, Frame* f, object obj, int dst) except -1:
    """An attribute that `super` has found: what C code computes from the numbers in an array is not followed there."""
    cdef Reg own
    cdef Reg* r = f.regs + dst
    if r.tag & 0xFF == OBJ and r.slot < 0 and is_array(<PyObject*>obj) \
            and (is_array(r.v.o) or issubclass(type(<object>r.v.o), (np.inexact, float, complex))):
        own.tag, own.slot, own.v.o = OBJ, -1, <PyObject*>obj
        lookup(m, f.level, &own)
        if own.slot >= 0:
            poison(m, f, r, own.tag >> 8, <PyObject*>Py_TYPE(<PyObject*>obj), &own, 1)
    return 0


cdef int read_attribute(Machine* m, Frame* f, Ins* ins) except -1:
    """GETATTR where the instruction does not remember a place yet."""
    cdef Reg* base = f.regs + ins.a
    cdef Cache* cache = f.c.caches + f.c.extra[ins.b + 1]
    cdef PyObject* name = f.c.imms[f.c.extra[ins.b]]
    cdef int status
    if base.tag == OBJ and not field_known(cache, base.v.o):
        find_field(cache, base.v.o, name, False)
    status = get_attribute(m, f, base, name, ins.d)
    kill_one(f, ins)
    return status


cdef int write_attribute(Machine* m, Frame* f, Ins* ins) except -1:
    """SETATTR"""
    cdef Reg* base = arg(f, ins, 0)
    cdef Reg* v = arg(f, ins, 1)
    cdef Cache* cache = f.c.caches + ins.d
    cdef PyObject* item
    cdef int status = 0
    if base.tag == OBJ and base.slot < 0:
        if field_known(cache, base.v.o):
            item = escape(m, v)
            if item == NULL:
                return -1
            if set_field(cache, base.v.o, item):
                kill(f, ins)
                return 0
        else:
            find_field(cache, base.v.o, f.c.imms[ins.b], True)
    status = set_attribute(m, f, base, f.c.imms[ins.b], v)
    kill(f, ins)
    return status


cdef int property_by_rule(Machine* m, Frame* f, Reg* base, PyObject* name, int dst) except -1:
    """A property of an active object whose function has a rule.  2: not one of those."""
    cdef PyObject* descr = _PyType_Lookup(Py_TYPE(base.v.o), name)
    cdef PyObject* getter
    cdef Reg own[1]
    if descr == NULL or Py_TYPE(descr) != &PyProperty_Type:
        return 2
    getter = <PyObject*>(<object>descr).fget
    if Py_TYPE(getter) != &PyFunction_Type or not has_rule(zyg_func_code(getter)):
        return 2
    rule = find_rule(getter)
    if rule is None:
        return 2
    if rule.kind == NONDIFFERENTIABLE:
        return deliver(m, f, dst, PyObject_GetAttr(base.v.o, name))
    own[0] = base[0]
    return apply_rule(m, f, rule, getter, own, 1, NULL, base.tag >> 8, dst)


cdef int python_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst, bint generic) except -1:
    """Attributes computed by Python code.  2: not one of those."""
    cdef PyTypeObject* tp = Py_TYPE(base.v.o)
    cdef PyObject* descr
    cdef PyObject* getter
    cdef Reg args[3]
    if not PyType_GetFlags(tp) & (1 << 9) or PyType_Check(base.v.o) or tp == &PyModule_Type:
        return 2
    args[0] = base[0]
    if not generic and has_python_method(base.v.o, <PyObject*>GETATTRIBUTE):
        args[1] = borrowed(name)
        return run_protocol(m, getattribute_function, args, 2, R_STORE, dst, f.level)
    descr = _PyType_Lookup(tp, name)
    if descr != NULL:
        _held = <object>descr  # a key of the instance's dict may compare by code that takes it out of the class
        if Py_TYPE(descr) == &PyProperty_Type:
            getter = <PyObject*>(<object>descr).fget
            if Py_TYPE(getter) == &PyFunction_Type:
                if not generic and has_python_method(base.v.o, <PyObject*>GETATTR_):
                    args[1], args[2] = borrowed(name), borrowed(getter)
                    return run_protocol(m, property_function, args, 3, R_STORE, dst, f.level)
                return call_method(m, f, getter, args, 1, R_STORE, dst)
            return 2
        if has_python_method(descr, <PyObject*>GET):
            if not has_data(descr) and in_instance(base.v.o, name):
                return 2
            getter = _PyType_Lookup(Py_TYPE(descr), <PyObject*>GET)
            args[0], args[1], args[2] = borrowed(descr), base[0], borrowed(<PyObject*>tp)
            return call_method(m, f, getter, args, 3, R_STORE, dst)
        return 2
    if not generic and has_python_method(base.v.o, <PyObject*>GETATTR_) and not in_instance(base.v.o, name):
        args[1] = borrowed(name)
        return call_method(m, f, _PyType_Lookup(tp, <PyObject*>GETATTR_), args, 2, R_STORE, dst)
    return 2


cdef bint has_data(PyObject* descr) noexcept:
    return _PyType_Lookup(Py_TYPE(descr), <PyObject*>SET_) != NULL


cdef bint in_instance(PyObject* o, PyObject* name) except -1:
    d = own_dict(<object>o)
    return type(d) is dict and <object>name in <dict>d


cdef int active_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, int dst, bint generic) except -1:
    """An attribute of an active value: a leaf of a structure, or by rule."""
    cdef PyObject* descr
    cdef PyObject* v
    cdef Reg own[1]
    cdef Reg args[2]
    cdef int status, level = base.tag >> 8
    own[0] = base[0]
    descr = _PyType_Lookup(Py_TYPE(base.v.o), name)
    _held = None if descr == NULL else <object>descr
    if descr != NULL and not is_method(descr):
        rule = find_rule(descr)
        while rule is not None:
            if rule.kind == NONDIFFERENTIABLE:
                v = PyObject_GenericGetAttr(base.v.o, name) if generic else PyObject_GetAttr(base.v.o, name)
                return deliver(m, f, dst, v)
            if is_array(base.v.o) and is_special(base.v.o) and f.func != <PyObject*>with_attribute:
                args[0], args[1] = base[0], borrowed(name)
                return run_protocol(m, with_attribute, args, 2, R_STORE, dst, f.level)
            if rule.kind == CONSUMER:  # an iterator over it, which only those see through that know it
                if escape(m, base) == NULL:
                    return -1
                own[0] = base[0]
                Py_INCREF(own[0].v.o)
                try:
                    deliver(m, f, dst, PyObject_GetAttr(own[0].v.o, name))
                    poison(m, f, f.regs + dst, level, descr, own, 1)
                finally:
                    Py_DECREF(own[0].v.o)
                return 0
            status = apply_rule(m, f, rule, descr, own, 1, NULL, level, dst)
            if status < 2:
                return status
            rule = rule.base
    if location_of(m, base) is None:
        if escape(m, base) == NULL:
            return -1
    elif <object>name == DICT_:
        settle(m, f.level, base)  # its attributes are about to be read past us
    own[0] = base[0]
    Py_INCREF(own[0].v.o)
    try:
        v = PyObject_GenericGetAttr(own[0].v.o, name) if generic else PyObject_GetAttr(own[0].v.o, name)
        if v == NULL:
            return -1
        load(m, f.level, f.regs + dst, v)
        if not further_out(f.regs + dst, own) or locate(m, own, name, v, f.regs + dst) or f.regs[dst].slot >= 0:
            return 0
        if issubclass(type(<object>own[0].v.o), tuple) and of_array(descr) and locate_part(m, own, v, f.regs + dst):
            return 0
        if is_array(own[0].v.o) and not of_array(descr) or v == descr:
            return 0  # an attribute of its class, or of its own
        if location_of(m, own) is None and not (harmless(v) and not (PyUnicode_CheckExact(v) and is_poisoned(m, own))):
            poison(m, f, f.regs + dst, level, descr if descr != NULL else v, own, 1)
    finally:
        Py_DECREF(own[0].v.o)
    return 0


cdef bint locate_part(Machine* m, Reg* own, PyObject* v, Reg* d) except -1:
    """An item of a tuple of a class of C's that it has given by a name of its own."""
    cdef Py_ssize_t i
    cdef object index
    for i in range(PyTuple_GET_SIZE(own.v.o)):
        if PyTuple_GET_ITEM(own.v.o, i) == v:
            index = i
            return locate(m, own, <PyObject*>index, v, d)
    return False


cdef bint of_array(PyObject* descr) noexcept:
    """Is it an attribute that C code computes from an array?"""
    return descr != NULL and (Py_TYPE(descr) == &PyGetSetDescr_Type or Py_TYPE(descr) == &PyMemberDescr_Type)


cdef bint is_method(PyObject* descr) noexcept:
    """Does the descriptor bind a callable?  Its rule is for the call then."""
    cdef PyTypeObject* tp = Py_TYPE(descr)
    return tp == &PyMethodDescr_Type or tp == &PyWrapperDescr_Type or tp == &PyFunction_Type \
        or tp == &PyClassMethod_Type or tp == &PyStaticMethod_Type or PyCFunction_Check(descr) or PyType_Check(descr)


cdef bint harmless(PyObject* v) except -1:
    """Bound methods and functions: whoever calls them is asked again."""
    return issubclass(type(<object>v), (types.MethodType, types.FunctionType, types.BuiltinFunctionType,
                                        types.MethodWrapperType, str, type, bool, np.dtype))


cdef int load_method(Machine* m, Frame* f, Ins* ins) except -1:
    """``base.name`` about to be called: (function, self) or (callable, NULL)."""
    cdef Reg* base = arg(f, ins, 0)
    cdef int d0 = result(f, ins, 0), d1 = result(f, ins, 1)
    cdef PyObject* name = f.c.imms[ins.b]
    cdef PyObject* o = box(base)
    cdef PyObject* method = NULL
    cdef Cache* cache = f.c.caches + ins.d
    cdef Reg own
    if o == NULL:
        return -1
    if Py_TYPE(o) == &PyModule_Type and base.slot < 0:
        if not field_known(cache, o):
            find_field(cache, o, name, False)
        method = field(cache, o)
        if method != NULL:
            Py_INCREF(method)
            kill(f, ins)
            load(m, f.level, f.regs + d0, method)
            drop(f.regs + d1)
            return 0
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


cdef int set_attribute(Machine* m, Frame* f, Reg* base, PyObject* name, Reg* v, bint generic=False) except -1:
    """``base.name = v``; `v` is NULL for ``del``.  As `object` does it, if `generic`."""
    cdef PyObject* o = box(base)
    cdef PyObject* item = NULL
    cdef PyObject* descr = Py_None
    cdef PyObject* setter = NULL
    cdef Reg args[3]
    cdef bint copies
    if o == NULL:
        return -1
    if watched(m, base) or v != NULL and v.slot >= 0:
        args[0], args[1] = base[0], borrowed(name)
        if v != NULL:
            args[2] = v[0]
        if not generic and has_python_method(o, <PyObject*>(SETATTR_ if v != NULL else DELATTR_)):
            setter = _PyType_Lookup(Py_TYPE(o), <PyObject*>(SETATTR_ if v != NULL else DELATTR_))
            return call_method(m, f, setter, args, 3 if v != NULL else 2, R_DISCARD, -1)
        descr = _PyType_Lookup(Py_TYPE(o), name) if not PyType_Check(o) else Py_None
        if descr == NULL:
            descr = Py_None
        else:
            _held = <object>descr
            if Py_TYPE(descr) == &PyProperty_Type:
                setter = <PyObject*>((<object>descr).fset if v != NULL else (<object>descr).fdel)
                if Py_TYPE(setter) == &PyFunction_Type:
                    args[1] = args[2]
                    return call_method(m, f, setter, args, 2 if v != NULL else 1, R_DISCARD, -1)
            elif v != NULL and has_python_method(descr, <PyObject*>SET_):
                setter = _PyType_Lookup(Py_TYPE(descr), <PyObject*>SET_)
                args[0], args[1] = borrowed(descr), base[0]
                return call_method(m, f, setter, args, 3, R_DISCARD, -1)
        if is_library_array(o) and descr != Py_None and hasattr(type(<object>descr), "__set__") \
                and <object>name not in HARMLESS:
            if base.slot >= 0 or v != NULL and v.slot >= 0 or is_kept_library_array(m, o):
                refuse_write_of_library(o, f"x.{<object>name} = y")
        if Py_TYPE(o) == ARRAY:
            if concerns(m, f, base, v):
                setter_ = array_attributes.get(<object>name) if v != NULL else None
                if v != NULL and <object>name in ("shape", "dtype"):
                    return set_geometry(m, f, base, <object>name, <object>escape(m, v))
                if setter_ is None:
                    refuse_write()
                args[0], args[1] = base[0], v[0]
                return run_protocol(m, setter_, args, 2, R_DISCARD, -1, f.level)
        elif not is_array(o) or Py_TYPE(descr) == &PyGetSetDescr_Type:
            check_shown_write(m, <object>o)
            if v != NULL and v.slot >= 0:
                check_memory_write(o)
    if v != NULL:
        item = escape(m, v)
        if item == NULL:
            return -1
    copies = Py_TYPE(descr) == &PyGetSetDescr_Type  # it may be gone afterwards
    if (PyObject_GenericSetAttr(o, name, item) if generic else PyObject_SetAttr(o, name, item)) < 0:
        return -1
    if v != NULL and v.slot >= 0 and copies:
        taint_copied(m, f, base, name, v)
    if base.slot >= 0:
        overwrite(m, base, name)
    return 0


cdef int taint_copied(Machine* m, Frame* f, Reg* base, PyObject* name, Reg* v) except -1:
    """An attribute of a C type that does not keep the object it is given."""
    cdef PyObject* kept = PyObject_GetAttr(base.v.o, name)
    if kept == NULL:
        PyErr_Clear()
        return 0
    Py_DECREF(kept)
    if kept == v.v.o or issubclass(type(<object>base.v.o), BaseException):
        return 0
    return taint(m, f, base.v.o, v.tag >> 8, <PyObject*>Py_TYPE(base.v.o), v, 1)


cdef int super_attribute(Machine* m, Frame* f, Ins* ins) except -1:
    name, method, two_args = <object>f.c.imms[ins.b]
    sup, cls = <object>value(f, ins, 0), <object>value(f, ins, 1)
    cdef Reg* self_reg = arg(f, ins, 2)
    if escape(m, self_reg) == NULL:
        return -1
    obj = <object>self_reg.v.o
    Py_INCREF(<PyObject*>obj)
    # what else is called `super` finds the class and the object itself, if it wants any
    found = getattr(sup(cls, obj) if two_args or sup is super else sup(), name)
    kill(f, ins)
    Py_INCREF(<PyObject*>found)
    load(m, f.level, f.regs + result(f, ins, 0), <PyObject*>found)
    own_of_array(m, f, obj, result(f, ins, 0))
    Py_DECREF(<PyObject*>obj)
    if method:
        drop(f.regs + result(f, ins, 1))
    return 0
