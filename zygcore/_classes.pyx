"""Classes: making their instances, and class statements."""

from ._capi cimport *
from ._frames cimport push_function
from ._functions cimport call_bound, push_hidden
from ._machine cimport *
from ._native cimport native_call
from ._structs cimport *
from ._values cimport *

import collections
import types

from .protocols import build_class, make_instance, type_method

cdef object object_new = object.__new__, object_init = object.__init__, type_call = type.__call__
cdef tuple CONTAINERS = (list, dict, set, frozenset, tuple, collections.deque)
cdef object make_instance_function = make_instance, build_class_function = build_class


cdef int instantiate(Machine* m, Frame* f, PyObject* cls, Reg* args, int nargs, PyObject* kwnames,
                     int ret, int dst, int level) except -1:
    """Calls a class.  2: no Python code is in the making of its instances."""
    c = <object>cls
    if type(c) is not type and type_method(type(c), "__call__") is not type_call:
        method = type_method(type(c), "__call__")
        if type(method) is types.FunctionType:
            return call_bound(m, f, <PyObject*>method, cls, args, nargs, kwnames, ret, dst, level)
        return 2
    return make_instance_of(m, f, cls, args, nargs, kwnames, ret, dst, level)


cdef int make_instance_of(Machine* m, Frame* f, PyObject* cls, Reg* args, int nargs, PyObject* kwnames,
                          int ret, int dst, int level) except -1:
    """What ``type.__call__`` does: ``__new__`` and ``__init__``."""
    cdef int i, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0), status
    cdef Reg* own
    c = <object>cls
    new = type_method(c, "__new__")
    init_function = type_method(c, "__init__")
    if isinstance(new, staticmethod):
        new = new.__func__
    if type(new) is types.FunctionType:
        return call_bound(m, f, <PyObject*>make_instance_function, cls, args, nargs, kwnames, ret, dst, level)
    if type(init_function) is not types.FunctionType:
        if issubclass(c, BaseException) or init_function is object_init and new is object_new:
            return native_call(m, f, cls, args, nargs, kwnames, dst, -1, False)
        if issubclass(c, CONTAINERS):  # their own `__new__` and `__init__` have rules
            return call_bound(m, f, <PyObject*>make_instance_function, cls, args, nargs, kwnames, ret, dst, level)
        return 2
    if new is not object_new and not issubclass(c, (BaseException, list, dict, set, collections.deque)):
        return 2
    if new is object_new and not zyg_plain_new(cls):
        return 2
    if new is object_new:
        obj = object_new(c)
    else:
        values = []
        for i in range(n):
            if escape(m, args + i) == NULL:
                return -1
            values.append(<object>args[i].v.o)
        obj = new(c, *values[:nargs], **dict(zip(<object>kwnames if kwnames != NULL else (), values[nargs:])))
    own = <Reg*>PyMem_Malloc((n + 1) * sizeof(Reg))
    if own == NULL:
        raise MemoryError
    own[0].tag = OBJ
    own[0].slot = -1
    own[0].v.o = <PyObject*>obj
    Py_INCREF(own[0].v.o)
    for i in range(n):
        own[i + 1] = args[i]
        args[i].tag = NUL
    try:
        status = push_function(m, <PyObject*>init_function, own, nargs + 1, kwnames, R_INIT, dst, level)
        if status == 1:
            m.top.aux = <PyObject*>obj
            Py_INCREF(m.top.aux)
        return status
    finally:
        for i in range(n + 1):
            drop(own + i)
        PyMem_Free(own)


cdef int class_statement(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                         int ret, int dst, int level, int active) except -1:
    """A class statement: natively, unless its body may see active values."""
    if not (active >= 0 or m.heap or m.run_all):
        return native_call(m, f, callee, args, nargs, kwnames, dst, -1, False)
    return push_hidden(m, build_class_function, args, nargs, kwnames, ret, dst, level)
