"""Builtins that are not calls like others.

Those that get or set attributes, those that call a special method of their argument, ``max`` and
``min`` of floats, and those that look at the frame of their caller.
"""

from ._attributes cimport get_attribute, set_attribute
from ._capi cimport *
from ._classes cimport class_statement
from ._code cimport Code, code_for
from ._frames cimport push_code, push_function
from ._locations cimport locate
from ._machine cimport *
from ._methods cimport has_python_method
from ._native cimport native_call
from ._structs cimport *
from ._tape cimport is_object
from ._values cimport *

import builtins
import math
import operator
import types

from .errors import UnsupportedError
from .protocols import getattr_default, next_or

cdef str DICT_ = "__dict__"
cdef object getattr_default_function = getattr_default, next_or_function = next_or
cdef object getattr_builtin = builtins.getattr, setattr_builtin = builtins.setattr, delattr_builtin = builtins.delattr
cdef object max_builtin = builtins.max, min_builtin = builtins.min
cdef dict special_builtins = {id(fn): name for fn, name in (
    (builtins.abs, "__abs__"), (builtins.iter, "__iter__"), (builtins.next, "__next__"),
    (builtins.reversed, "__reversed__"), (builtins.float, "__float__"), (builtins.complex, "__complex__"),
    (builtins.int, "__int__"), (builtins.round, "__round__"), (builtins.len, "__len__"),
    (math.floor, "__floor__"), (math.ceil, "__ceil__"), (math.trunc, "__trunc__"), (operator.neg, "__neg__"),
    (operator.pos, "__pos__"), (operator.abs, "__abs__"), (operator.getitem, "__getitem__"))}
cdef dict frame_builtins = {id(getattr(builtins, name)): name
                            for name in ("globals", "locals", "vars", "dir", "eval", "exec", "super",
                                         "__build_class__")}


# -- attributes ----------------------------------------------------------------


cdef bint sees_attributes(PyObject* callee, int nargs, PyObject* kwnames) noexcept:
    """getattr, setattr and delattr of one certain attribute"""
    if kwnames != NULL:
        return False
    return (callee == <PyObject*>getattr_builtin and nargs == 2
            or callee == <PyObject*>getattr_builtin and nargs == 3
            or callee == <PyObject*>setattr_builtin and nargs == 3
            or callee == <PyObject*>delattr_builtin and nargs == 2)


cdef int attribute_builtin(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, int dst) except -1:
    """These builtins do what the instructions do."""
    cdef PyObject* name = box(args + 1)
    if name == NULL:
        return -1
    if callee == <PyObject*>getattr_builtin:
        if nargs == 3:
            return push_function(m, <PyObject*>getattr_default_function, args, nargs, NULL, R_STORE, dst, f.level)
        if not issubclass(type(<object>name), str):
            raise TypeError(f"attribute name must be string, not '{type(<object>name).__name__}'")
        return get_attribute(m, f, args, name, dst)
    Py_INCREF(Py_None)
    put_obj(f.regs + dst, Py_None, OBJ, -1)
    return set_attribute(m, f, args, name, args + 2 if nargs == 3 else NULL)


# -- special methods, extremes -------------------------------------------------


cdef bint has_special(PyObject* callee, Reg* args) except -1:
    """Is this a builtin that calls a special method, and the method Python code?"""
    if args[0].tag & 0xFF != OBJ or not PyType_GetFlags(Py_TYPE(args[0].v.o)) & (1 << 9):
        return False
    name = special_builtins.get(id(<object>callee))
    return name is not None and has_python_method(args[0].v.o, <PyObject*>name)


cdef int call_special(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                      int level) except -1:
    """``abs(x)`` and the like where the type defines the method in Python."""
    cdef str name = special_builtins[id(<object>callee)]
    cdef PyObject* method = _PyType_Lookup(Py_TYPE(args[0].v.o), <PyObject*>name)
    if name == "__next__" and nargs == 2:
        return push_function(m, <PyObject*>next_or_function, args, nargs, kwnames, ret, dst, level)
    return push_function(m, method, args, nargs, kwnames, ret, dst, level)


cdef bint is_extreme(PyObject* callee) noexcept:
    """max or min"""
    return callee == <PyObject*>max_builtin or callee == <PyObject*>min_builtin


cdef bint extreme_of_floats(Machine* m, PyObject* callee, Reg* a, Reg* d) except -1:
    """``max`` or ``min`` of a list or tuple of nothing but floats: one of its items."""
    cdef PyObject* o = a.v.o
    cdef PyObject** items
    cdef bint largest = callee == <PyObject*>max_builtin
    cdef Py_ssize_t i, n, best = 0
    cdef double v, extreme
    cdef Reg found
    cdef object place
    if a.tag & 0xFF != OBJ:
        return False
    if Py_TYPE(o) == &PyList_Type:
        items, n = zyg_list_items(o), PyList_GET_SIZE(o)
    elif Py_TYPE(o) == &PyTuple_Type:
        items, n = zyg_tuple_items(o), PyTuple_GET_SIZE(o)
    else:
        return False
    if n == 0 or Py_TYPE(items[0]) != &PyFloat_Type:
        return False
    extreme = zyg_float(items[0])
    for i in range(1, n):
        if Py_TYPE(items[i]) != &PyFloat_Type:
            return False
        v = zyg_float(items[i])
        if (v > extreme) if largest else (v < extreme):
            extreme = v
            best = i
    found.tag = NUL
    Py_INCREF(items[best])
    load(m, m.top.level, &found, items[best])
    if further_out(&found, a):
        place = best
        locate(m, a, <PyObject*>place, items[best], &found)
    if found.slot >= 0 and found.tag == OBJ and not is_object(m.levels[0], found.slot):
        put_f64(&found, extreme, found.slot)
    move_reg(d, &found)
    return True


# -- the caller's frame ---------------------------------------------------------


cdef bint is_frame_builtin(PyObject* callee) except -1:
    return id(<object>callee) in frame_builtins


cdef int frame_builtin(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                       int ret, int dst, int level, object local_map, int active) except -1:
    """globals, locals, vars, dir, eval, exec, super and __build_class__.  2: a call like others."""
    cdef Frame* user = f
    cdef object out
    name = frame_builtins[id(<object>callee)]
    while user.prev != NULL and user.c.hidden:
        user = user.prev
    if name == "__build_class__":
        return class_statement(m, f, callee, args, nargs, kwnames, ret, dst, level, active)
    if name in ("eval", "exec"):
        return evaluate(m, f, name, args, nargs, kwnames, ret, dst, local_map)
    if name == "vars" and nargs == 1 and (active >= 0 or m.heap):
        return get_attribute(m, f, args, <PyObject*>DICT_, dst)
    if nargs or kwnames != NULL:
        if active >= 0 or m.heap:
            return 2
        return native_call(m, f, callee, args, nargs, kwnames, dst, -1, False)
    if name == "globals":
        out = <object>user.globals
    elif name == "super":
        out = zero_argument_super(m, user)
    elif name == "dir":
        out = sorted(locals_of(m, user, local_map))
    else:
        out = locals_of(m, user, local_map)
    Py_INCREF(<PyObject*>out)
    load(m, f.level, f.regs + dst, <PyObject*>out)
    return 0


cdef dict locals_of(Machine* m, Frame* f, object local_map):
    """What ``locals()`` shows in a frame."""
    cdef Reg* r
    cdef PyObject* o
    if f.locals != NULL:
        return <object>f.locals
    out = {}
    for name, number in (local_map or {}).items():
        if number < 0:
            continue
        r = f.regs + <int>number
        if r.tag & 0xFF == NUL:
            continue
        o = escape(m, r)
        if o == NULL:
            raise MemoryError
        if Py_TYPE(o) == &PyCell_Type \
                and name in (<Code>f.code_obj).code.co_cellvars + (<Code>f.code_obj).code.co_freevars:
            o = zyg_cell_get(o)
            if o == NULL:
                continue
        out[name] = <object>o
    closure = <object>f.closure if f.closure != NULL else ()
    for name, cell in zip((<Code>f.code_obj).code.co_freevars, closure):
        if name not in out and zyg_cell_get(<PyObject*>cell) != NULL:
            out[name] = cell.cell_contents
    return out


cdef object zero_argument_super(Machine* m, Frame* f):
    cdef Code code = <Code>f.code_obj
    cdef Reg* first = f.regs + f.c.nconsts
    cdef PyObject* o
    if f.c.argcount == 0:
        raise RuntimeError("super(): no arguments")
    for name, cell in zip(code.code.co_freevars, <object>f.closure if f.closure != NULL else ()):
        if name == "__class__":
            if zyg_cell_get(<PyObject*>cell) == NULL:
                raise RuntimeError("super(): empty __class__ cell")
            if first.tag & 0xFF == NUL:
                raise RuntimeError("super(): arg[0] deleted")
            o = escape(m, first)
            if Py_TYPE(o) == &PyCell_Type:
                o = zyg_cell_get(o)
            return super(cell.cell_contents, <object>o)
    raise RuntimeError("super(): __class__ cell not found")


cdef int evaluate(Machine* m, Frame* f, str name, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                  object local_map) except -1:
    """eval and exec: the code runs in the machine."""
    cdef int i
    values = []
    if nargs and args[0].slot >= 0:
        raise UnsupportedError(
            f"{name}() gets code that is made of numbers the gradient depends on, as text: what it computes from them "
            "would not be differentiated. Pass the numbers as variables")
    for i in range(nargs):
        if box(args + i) == NULL:
            return -1
        values.append(<object>args[i].v.o)
    keywords = {}
    if kwnames != NULL:
        for i, k in enumerate(<object>kwnames):
            keywords[k] = <object>box(args + nargs + i)
    if not values:
        raise TypeError(f"{name}() takes at least 1 positional argument (0 given)")
    source = values[0]
    space = values[1] if len(values) > 1 else keywords.get("globals")
    names = values[2] if len(values) > 2 else keywords.get("locals")
    if space is None:
        space = <object>f.globals
        if names is None:
            names = locals_of(m, f, local_map) if f.locals != NULL or local_map is not None else space
    elif names is None:
        names = space
    if not isinstance(space, dict):
        raise TypeError(f"{name}() globals must be a dict, not {type(space).__name__}")
    space.setdefault("__builtins__", builtins)
    code = source
    if not isinstance(source, types.CodeType):
        if isinstance(source, str) and name == "eval":
            source = source.lstrip(" \t")
        code = compile(source, "<string>", name, 0, True)
    closure = keywords.get("closure")
    ret = R_STORE if name == "eval" or f.c.hidden else R_NONE
    return push_code(m, code_for(code), space, names, closure, ret, dst)
