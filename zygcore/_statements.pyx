"""Statements that have instructions of their own: with, def, import, match."""

from ._calls cimport dispatch
from ._capi cimport *
from ._machine cimport *
from ._methods cimport run_protocol, watched
from ._opcodes cimport *
from ._operands cimport *
from ._structs cimport *
from ._values cimport *

import sys
import types

from . import _language

cdef extern from *:
    """
    #define zyg_type_name(cls) (((PyTypeObject *)(cls))->tp_name)
    """
    const char* zyg_type_name(PyObject*) noexcept

cdef str ENTER = "__enter__", EXIT = "__exit__"
cdef object match_class_function = _language.match_class, match_keys_function = _language.match_keys


# -- with ----------------------------------------------------------------------


cdef int with_statement(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """WITH_ENTER and WITH_EXIT: the special methods of a context manager."""
    cdef int* extra = f.c.extra + ins.a
    cdef Reg* manager = f.regs + (extra[1] >> 1)
    cdef Reg own[4]
    cdef PyObject* o = box(manager)
    cdef int i, status
    if o == NULL:
        return -1
    if op == WITH_EXIT:
        _held = <object>o  # the result goes to its register
        exc = <object>box(f.regs + (extra[2] >> 1))
        values = (type(exc), exc, exc.__traceback__)
        for i in range(3):
            own[i].tag = OBJ
            own[i].slot = -1
            own[i].v.o = <PyObject*>(<object>values[i])
            Py_INCREF(own[i].v.o)
        lookup(m, f.level, own + 1)
        try:
            return dispatch(m, f, o, own, 3, NULL, R_STORE, ins.d, f.level, None)
        finally:
            for i in range(3):
                drop(own + i)
    obj = <object>o
    cls = type(obj)
    enter_method = special_method(cls, obj, ENTER)
    if enter_method is None:
        raise TypeError(f"'{full_name(cls)}' object does not support the context manager protocol")
    exit_method = special_method(cls, obj, EXIT)
    if exit_method is None:
        raise TypeError(f"'{full_name(cls)}' object does not support the context manager protocol "
                        "(missed __exit__ method)")
    Py_INCREF(<PyObject*>exit_method)
    load(m, f.level, f.regs + extra[3], <PyObject*>exit_method)
    status = dispatch(m, f, <PyObject*>enter_method, own, 0, NULL, R_STORE, extra[4], f.level, None)
    return status


cdef str full_name(object cls):
    """The name of a type in CPython's messages: with its module for types made in C."""
    return zyg_type_name(<PyObject*>cls).decode()


cdef object special_method(object cls, object obj, str name):
    """A bound special method, looked up on the type."""
    for base in cls.__mro__:
        if name in base.__dict__:
            found = base.__dict__[name]
            getter = getattr(type(found), "__get__", None)
            return found if getter is None else getter(found, obj, cls)
    return None


# -- functions, classes, imports ------------------------------------------------


cdef int make_function(Frame* f, Ins* ins) except -1:
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
    put_new(f.regs + ins.d, <PyObject*>function)
    kill(f, ins)
    return 0


cdef int build_class(Frame* f, Ins* ins) except -1:
    found = (<object>f.builtins)["__build_class__"]
    put_new(f.regs + ins.d, <PyObject*>found)
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


# -- patterns ------------------------------------------------------------------


cdef int slow_patterns(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Pattern matching: in Python, in `_language`."""
    cdef int i
    if op == LEN:
        put_obj(f.regs + ins.d, PyLong_FromSsize_t(len(<object>value(f, ins, 0))), OBJ, -1)
        return 0
    if (op == MATCH_CLASS or op == MATCH_KEYS) and watched(m, arg(f, ins, 0)):
        return match_in_machine(m, f, ins, op)
    args = [<object>value(f, ins, i) for i in range(nargs_of(f, ins))]
    if op == MATCH_CLASS:
        out = _language.match_class(*args, ins.b)
    elif op == MATCH_MAPPING:
        out = bool(type(args[0]).__flags__ & (1 << 6))
    elif op == MATCH_SEQUENCE:
        out = bool(type(args[0]).__flags__ & (1 << 5))
    else:
        out = _language.match_keys(*args)
    Py_INCREF(<PyObject*>out)
    load(m, f.level, f.regs + ins.d, <PyObject*>out)
    kill(f, ins)
    return 0


cdef int match_in_machine(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """A pattern that takes parts out of an object: properties and methods run in the machine."""
    cdef Reg own[4]
    cdef int i, n = nargs_of(f, ins)
    for i in range(n):
        if box(arg(f, ins, i)) == NULL:  # what is captured is the subject itself
            return -1
        own[i] = arg(f, ins, i)[0]
    if op == MATCH_KEYS:
        return run_protocol(m, match_keys_function, own, n, R_STORE, ins.d, f.level)
    own[n].tag = I64
    own[n].slot = -1
    own[n].v.i = ins.b
    return run_protocol(m, match_class_function, own, n + 1, R_STORE, ins.d, f.level)


cdef int intrinsic(Machine* m, Frame* f, Ins* ins) except -1:
    """What CPython has only as an intrinsic: in Python, in `_language`."""
    cdef int i
    cdef Reg own[1]
    if <object>f.c.imms[ins.b] == "print":
        hook = getattr(sys, "displayhook", None)
        if hook is None:
            raise RuntimeError("lost sys.displayhook")
        own[0].tag = NUL
        copy_reg(own, arg(f, ins, 0))
        kill(f, ins)
        try:
            return dispatch(m, f, <PyObject*>hook, own, 1, NULL, R_STORE, ins.d, f.level, None)
        finally:
            drop(own)
    args = [<object>value(f, ins, i) for i in range(nargs_of(f, ins))]
    out = _language.intrinsic(<object>f.c.imms[ins.b], args, <object>f.globals)
    Py_INCREF(<PyObject*>out)
    load(m, f.level, f.regs + ins.d, <PyObject*>out)
    kill(f, ins)
    return 0
