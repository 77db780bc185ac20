"""Calls of anything: finds out what is called, and hands it on.

A call that cannot see an active value runs natively in CPython.  Otherwise, in this order: a rule,
a lowering (a Python equivalent of C code), Python code in a frame of the machine, a callable
declared non-differentiable, and natively with a poisoned result.
"""

from ._array_iterators cimport flat_arguments
from ._builtins cimport *
from ._capi cimport *
from ._classes cimport instantiate, make_instance_of
from ._functions cimport *
from ._locations cimport locate
from ._library_arrays cimport check_numpy_call
from ._library_memory cimport LIBRARY_ARRAYS
from ._machine cimport *
from ._methods cimport has_python_method
from ._nodes cimport Operation, operation_of
from ._native cimport check_native, native_call
from ._reductions cimport reduced, reduces
from ._rules cimport CONSUMER, find_rule, innermost_all
from ._scalars cimport scalar_ufunc
from ._special cimport carried_out, special_among, special_call
from ._structs cimport *
from ._values cimport *
from ._writes cimport mutation, stores_output

import builtins
import functools
import types

import numpy as np

from .protocols import type_method
from .rules import registry
from .rules.numpy import _from_python, _inplace

cdef object dispatcher_type = type(np.sum)
cdef PyTypeObject* DISPATCHER = <PyTypeObject*><PyObject*>dispatcher_type
cdef PyTypeObject* UFUNC = <PyTypeObject*><PyObject*>np.ufunc
cdef PyTypeObject* PARTIAL = <PyTypeObject*><PyObject*>functools.partial
cdef PyTypeObject* METHOD_WRAPPER = <PyTypeObject*><PyObject*>types.MethodWrapperType
cdef object with_out = _inplace.with_out, function_behind = _from_python.function_behind
cdef object type_call = type.__call__, object_setattr = object.__setattr__
cdef str CALL_ = "__call__", NEXT_ = "__next__"
cdef object next_builtin = builtins.next
cdef dict fallbacks_ = registry.FALLBACKS, instances_ = registry.INSTANCES

cdef level_call level_handler = NULL
cdef dict level_functions = {}


cdef int set_level_call(level_call handler, dict functions) except -1:
    global level_handler
    level_handler = handler
    level_functions.update({id(fn): number for fn, number in functions.items()})
    return 0


cdef int dispatch(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                  int ret, int dst, int level, object local_map) except -1:
    """Calls anything.  `args` are consumed or left to be dropped by the caller.

    1: a frame was pushed; 0: the result is in register `dst`.
    """
    cdef PyTypeObject* tp = Py_TYPE(callee)
    cdef int active = innermost_all(args, nargs, kwnames), status
    cdef bint sees
    if active == 0 and (tp == UFUNC or tp == DISPATCHER or tp == &PyMethodDescr_Type):
        operation = operation_of(callee)
        if operation is not None:
            status = (<Operation>operation).call(m, f, NULL, args, nargs, kwnames, dst)
            if status == 2 and nargs == 1 and kwnames == NULL and tp == UFUNC:
                status = scalar_ufunc(m, f, callee, args, dst)
            if status < 2:
                return status
    if tp == METHOD_WRAPPER and (<object>callee).__name__ == CALL_ and not PyType_Check(wrapped(callee)) \
            and is_of_c(wrapped(callee), CALL_):
        return dispatch(m, f, wrapped(callee), args, nargs, kwnames, ret, dst, level, local_map)
    if nargs == 0 and kwnames == NULL and tp == METHOD_WRAPPER and (<object>callee).__name__ == NEXT_ \
            and is_of_c(wrapped(callee), NEXT_):
        return with_self(m, f, <PyObject*>next_builtin, wrapped(callee), callee, args, nargs, kwnames, ret, dst, level)
    if tp == &PyWrapperDescr_Type and nargs and (<object>callee).__name__ == CALL_ \
            and (<object>callee).__objclass__ is not type and is_of_c(box(args), CALL_):
        return dispatch_called(m, f, args, nargs, kwnames, ret, dst, level, local_map)
    if tp == &PyMethod_Type:
        return dispatch_method(m, f, callee, args, nargs, kwnames, ret, dst, level, local_map)
    if tp == &PyFunction_Type:
        return dispatch_function(m, f, callee, args, nargs, kwnames, ret, dst, level, active)
    if PyCFunction_Check(callee) or callee == <PyObject*>&PySuper_Type:
        if is_frame_builtin(callee):
            status = frame_builtin(m, f, callee, args, nargs, kwnames, ret, dst, level, local_map, active)
            if status < 2:
                return status
    if sees_attributes(callee, nargs, kwnames) and (active >= 0 or m.heap or m.run_all):
        return attribute_builtin(m, f, callee, args, nargs, dst)
    if level >= 0 and <size_t>callee in level_functions and level_handler != NULL:
        return level_handler(m, f, level_functions[<size_t>callee], args, nargs, kwnames, dst)
    sees = active >= 0 or m.heap or m.run_all or no_skip
    if not sees:
        return native_call(m, f, callee, args, nargs, kwnames, dst, -1, False)
    return dispatch_object(m, f, callee, args, nargs, kwnames, ret, dst, level, active)


cdef bint is_of_c(PyObject* obj, str name) except -1:
    """Does a special method of an object's class lead to C code: has no class of a program replaced it?"""
    return obj != NULL and type(type_method(type(<object>obj), name)) is types.WrapperDescriptorType


cdef PyObject* wrapped(PyObject* method_wrapper) except NULL:
    """The object of ``f.__call__`` (borrowed: it lives as long as the method)."""
    return <PyObject*>(<object>method_wrapper).__self__


cdef int dispatch_called(Machine* m, Frame* f, Reg* args, int nargs, PyObject* kwnames, int ret, int dst, int level,
                         object local_map) except -1:
    """``type(f).__call__(f, ...)`` of a C type: calls f."""
    cdef PyObject* called = box(args)
    if called == NULL:
        return -1
    return dispatch(m, f, called, args + 1, nargs - 1, kwnames, ret, dst, level, local_map)


# -- bound methods, partial functions ------------------------------------------


cdef int dispatch_method(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                         int ret, int dst, int level, object local_map) except -1:
    """A bound method: its function with self in front."""
    return with_self(m, f, zyg_method_function(callee), zyg_method_self(callee), callee, args, nargs, kwnames,
                     ret, dst, level, local_map)


cdef int with_self(Machine* m, Frame* f, PyObject* function, PyObject* obj, PyObject* method, Reg* args, int nargs,
                   PyObject* kwnames, int ret, int dst, int level, object local_map=None) except -1:
    """Calls ``function(obj, *args)``; `method` is what is bound to `obj`, or NULL."""
    cdef int n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    cdef Reg* own = prepended(m, level, obj, args, n)
    cdef object _held = <object>function  # a class may change meanwhile
    try:
        if method != NULL:
            input_part(m, level, method, "__self__", own)
        return dispatch(m, f, function, own, nargs + 1, kwnames, ret, dst, level, local_map)
    finally:
        release(own, n + 1)


cdef int input_part(Machine* m, int level, PyObject* container, object key, Reg* part) except -1:
    """What a call takes from a bound method, or from the arguments of a partial, that is itself an input."""
    cdef Reg r
    if m.heap == 0:
        return 0
    r.tag = OBJ
    r.slot = -1
    r.v.o = container
    lookup(m, level, &r)
    if further_out(part, &r):
        locate(m, &r, <PyObject*>key, part.v.o, part)
    return 0


cdef int dispatch_partial(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                          int ret, int dst, int level) except -1:
    """functools.partial: its function with all arguments."""
    cdef int i, nkw = <int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0, npartial, total
    p = <object>callee
    names = <object>kwnames if kwnames != NULL else ()
    extra = {k: v for k, v in p.keywords.items() if k not in names}
    npartial = len(p.args)
    total = npartial + nargs + len(extra) + nkw
    cdef Reg* own = <Reg*>PyMem_Malloc((total + 1) * sizeof(Reg))
    if own == NULL:
        raise MemoryError
    for i in range(total):
        own[i].tag = NUL
        own[i].slot = -1
    try:
        for i in range(npartial):
            Py_INCREF(<PyObject*>(<object>p.args[i]))
            load(m, level, own + i, <PyObject*>(<object>p.args[i]))
            input_part(m, level, <PyObject*>(<object>p.args), i, own + i)
        for i in range(nargs):
            move_reg(own + npartial + i, args + i)
        for i, (name, v) in enumerate(extra.items()):
            Py_INCREF(<PyObject*>v)
            load(m, level, own + npartial + nargs + i, <PyObject*>v)
            input_part(m, level, <PyObject*>(<object>p.keywords), name, own + npartial + nargs + i)
        for i in range(nkw):
            move_reg(own + npartial + nargs + <int>len(extra) + i, args + nargs + i)
        all_names = tuple(extra) + names
        return dispatch(m, f, <PyObject*>(<object>p.func), own, npartial + nargs,
                        <PyObject*>all_names if all_names else NULL, ret, dst, level, None)
    finally:
        for i in range(total):
            drop(own + i)
        PyMem_Free(own)


# -- classes and callable objects ------------------------------------------------


cdef int dispatch_object(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                         int ret, int dst, int level, int active) except -1:
    """C callables, classes and callable objects, where active values may be seen."""
    cdef PyObject* self_object = NULL
    cdef PyObject* key = rule_key(callee, &self_object)
    cdef int status
    cdef bint sees
    rule = find_rule(key)
    if PyCFunction_Check(callee) and zyg_cfunction_self(callee) != NULL \
            and PyType_Check(zyg_cfunction_self(callee)) and (<object>callee).__name__ == "__prepare__":
        return native_call(m, f, callee, args, nargs, kwnames, dst, -1, False)  # an empty namespace
    if key == <PyObject*>type_call and self_object != NULL:
        status = make_instance_of(m, f, self_object, args, nargs, kwnames, ret, dst, level)
        if status < 2:
            return status
    sees = active >= 0 or m.heap or no_skip
    if m.heap:
        flat_arguments(m, callee, args, nargs, level)
        active = innermost_all(args, nargs, kwnames)
    if LIBRARY_ARRAYS and active >= 0 and (Py_TYPE(callee) == UFUNC or Py_TYPE(callee) == DISPATCHER):
        check_numpy_call(callee, args, nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0))
    if sees and special_among(args, nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)) \
            and carried_out(callee, self_object, rule):
        status = special_call(m, f, callee, args, nargs, kwnames, ret, dst, level)
        if status < 2:
            return status
    if active >= 0 or m.heap:
        equivalent = mutation(m, f, key, self_object, args, nargs)
        if equivalent is None and (rule is not None and rule.kind != CONSUMER or Py_TYPE(callee) == UFUNC
                                   or Py_TYPE(callee) == DISPATCHER) \
                and stores_output(m, f, callee, args, nargs, kwnames):
            if self_object == NULL:
                return output_call(m, f, callee, args, nargs, kwnames, ret, dst, level)
            equivalent = with_out
        if equivalent is not None:
            if self_object != NULL:
                return with_self(m, f, key, self_object, callee, args, nargs, kwnames, ret, dst, level)
            return push_hidden(m, equivalent, args, nargs, kwnames, ret, dst, level)
    if self_object != NULL and (key == <PyObject*>object_setattr or gets_attributes(key)):
        return with_self(m, f, key, self_object, callee, args, nargs, kwnames, ret, dst, level)
    if kwnames == NULL and reduces(callee) and not is_users(rule) and reduced(m, f, callee, args, nargs, dst):
        return 0
    if nargs and sees and has_special(callee, args):
        return call_special(m, f, callee, args, nargs, kwnames, ret, dst, level)
    if rule is not None:
        if self_object != NULL:
            return with_self(m, f, key, self_object, callee, args, nargs, kwnames, ret, dst, level)
        status = by_rule(m, f, rule, key, args, nargs, kwnames, ret, dst, level, active)
        if status < 2:
            return status
        equivalent = fallbacks_.get(<object>key) if sees else None
        if equivalent is not None and f.func != <PyObject*>equivalent:
            return push_hidden(m, equivalent, args, nargs, kwnames, ret, dst, level)
    elif Py_TYPE(callee) == DISPATCHER:
        inner = (<object>callee)._implementation
        return dispatch(m, f, <PyObject*>inner, args, nargs, kwnames, ret, dst, level, None)
    if Py_TYPE(callee) == PARTIAL:
        return dispatch_partial(m, f, callee, args, nargs, kwnames, ret, dst, level)
    equivalent = instances_.get(<object>Py_TYPE(callee)) if sees and not PyType_Check(callee) else None
    if equivalent is not None and Py_TYPE(callee) == UFUNC and function_behind(<object>callee) is None:
        equivalent = None
    if equivalent is not None and f.func != <PyObject*>equivalent:
        return with_self(m, f, <PyObject*>equivalent, callee, NULL, args, nargs, kwnames, ret, dst, level)
    if PyType_Check(callee):
        status = instantiate(m, f, callee, args, nargs, kwnames, ret, dst, level)
        if status < 2:
            return status
    elif has_python_method(callee, <PyObject*>CALL_):
        return with_self(m, f, _PyType_Lookup(Py_TYPE(callee), <PyObject*>CALL_), callee, NULL, args, nargs, kwnames,
                         ret, dst, level)
    if active < 0:
        active = hidden_level(m, args, nargs, kwnames, level)
    if active < 0 and m.heap:
        active = self_level(m, level, self_object if self_object != NULL else callee)
    check_native(m, key, args, nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0), active, level)
    return native_call(m, f, callee, args, nargs, kwnames, dst, active, True)


cdef int output_call(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                     int level) except -1:
    """A call that stores its results in arrays it is given."""
    cdef int n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    cdef Reg* own = prepended(m, level, callee, args, n)
    try:
        return push_hidden(m, with_out, own, nargs + 1, kwnames, ret, dst, level)
    finally:
        release(own, n + 1)


cdef bint is_users(object rule):
    return rule is not None and rule.users


cdef PyObject* rule_key(PyObject* callee, PyObject** self_object) except? NULL:
    """What rules for a C callable are kept under: methods of builtin types under their descriptor."""
    self_object[0] = NULL
    if PyCFunction_Check(callee) and (zyg_cfunction_self(callee) == NULL
                                      or Py_TYPE(zyg_cfunction_self(callee)) == &PyModule_Type):
        return callee
    if PyCFunction_Check(callee) or Py_TYPE(callee) == <PyTypeObject*><PyObject*>types.MethodWrapperType:
        owner = (<object>callee).__self__
        if owner is None or issubclass(type(owner), types.ModuleType):
            return callee
        if PyType_Check(<PyObject*>owner) and PyCFunction_Check(callee):
            return callee
        if PyCFunction_Check(callee):
            descr = descriptor_of(<object>callee, owner)
        else:
            descr = (<object>callee).__objclass__.__dict__.get((<object>callee).__name__)
        if descr is not None:
            self_object[0] = <PyObject*>owner
            return <PyObject*>descr
    return callee


cdef object descriptor_of(object method, object owner):
    """The descriptor of a bound C method; a subclass may have a Python method of that name."""
    name = method.__name__
    for base in type(owner).__mro__:
        found = base.__dict__.get(name)
        if type(found) is types.MethodDescriptorType:
            return found
    return type_method(type(owner), name)


cdef int self_level(Machine* m, int level, PyObject* o) except -2:
    """The level at which the object of a method is known or holds active values."""
    cdef int slot = -1, at
    at = known(m, level, o, &slot)
    if at >= 0:
        return at
    return level if contains_active(m, level, o) > 0 else -1
