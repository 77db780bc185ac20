"""Names: globals, builtins, cells, and the scopes of class bodies and exec."""

from ._capi cimport *
from ._code cimport Code
from ._locations cimport locate, overwrite
from ._machine cimport *
from ._opcodes cimport *
from ._operands cimport arg, deliver, kill, value
from ._structs cimport *
from ._values cimport *

cdef str CELL_CONTENTS = "cell_contents"


cdef int get_global(Machine* m, Frame* f, Ins* ins) except -1:
    cdef Cache* cache = f.c.caches + ins.b
    cdef PyObject* name = f.c.imms[ins.a]
    cdef PyObject* o
    if not (PyDict_CheckExact(f.globals) and PyDict_CheckExact(f.builtins)):
        return global_or_builtin(m, f, name, ins.d)
    o = PyDict_GetItemWithError(f.globals, name)
    if o == NULL and PyErr_Occurred() == NULL:
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
        if <object>name in (<Code>f.code_obj).freevars:
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


cdef int slow_names(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Instructions that bind, unbind or check names, and make cells."""
    cdef PyObject* name = f.c.imms[ins.b] if ins.b >= 0 else NULL
    cdef PyObject* o
    if op == STORE_GLOBAL:
        (<dict>f.globals)[<object>name] = escaped(m, arg(f, ins, 0))
    elif op == DELETE_GLOBAL:
        if <object>name not in <dict>f.globals:
            undefined(name)
        del (<dict>f.globals)[<object>name]
    elif op == NAME:
        return get_name(m, f, name, ins.d)
    elif op == STORE_NAME:
        (<object>f.locals)[<object>name] = escaped(m, arg(f, ins, 0))
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
    elif op == SETUP_ANNOTATIONS:
        if "__annotations__" not in <object>f.locals:
            (<object>f.locals)["__annotations__"] = {}
    else:
        return slow_scopes(m, f, ins, op, name)
    kill(f, ins)
    return 0


cdef int slow_scopes(Machine* m, Frame* f, Ins* ins, int op, PyObject* name) except -1:
    """Class scopes."""
    cdef Reg* cell
    if op == LOCALS_DICT:
        Py_INCREF(f.locals)
        return deliver(m, f, ins.d, f.locals)
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
