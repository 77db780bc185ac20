"""Builtins that are not calls like others.

Those that get or set attributes, those that call a special method of their argument, and those
that look at the frame of their caller.
"""

from ._arrays cimport is_array
from ._attributes cimport get_attribute, set_attribute
from ._capi cimport *
from ._classes cimport class_statement
from ._code cimport Code, code_for
from ._frames cimport push_code, push_function
from ._functions cimport dispatch_function
from ._machine cimport *
from ._methods cimport has_python_method
from ._native cimport native_call
from ._rules cimport innermost_all
from ._structs cimport *
from ._values cimport *

import builtins
import math
import operator
import sys
import types

from .errors import UnsupportedError
from .protocols import backwards, getattr_default, next_or

cdef str DICT_ = "__dict__"
cdef set CELLS_OF_CLASSES = {"__class__", "__classdict__"}
cdef bint HIDES_NAMES = sys.version_info >= (3, 13)  # locals() in a comprehension of a class body: that one's only
cdef object reversed_type = reversed
cdef PyObject* REVERSED = <PyObject*>reversed_type
cdef object getattr_default_function = getattr_default, next_or_function = next_or
cdef object getattr_builtin = builtins.getattr, setattr_builtin = builtins.setattr, delattr_builtin = builtins.delattr
cdef object object_setattr = object.__setattr__
cdef dict special_builtins = {id(fn): name for fn, name in (
    (builtins.abs, "__abs__"), (builtins.iter, "__iter__"), (builtins.next, "__next__"),
    (builtins.reversed, "__reversed__"), (builtins.float, "__float__"), (builtins.complex, "__complex__"),
    (builtins.int, "__int__"), (builtins.round, "__round__"), (builtins.len, "__len__"),
    (math.floor, "__floor__"), (math.ceil, "__ceil__"), (math.trunc, "__trunc__"), (operator.neg, "__neg__"),
    (operator.pos, "__pos__"), (operator.abs, "__abs__"), (operator.getitem, "__getitem__"))}
# what these have to return
cdef dict CHECKED = {"__iter__": object, "__len__": int, "__float__": float, "__int__": int, "__complex__": complex}
cdef str GETATTRIBUTE_ = "__getattribute__", GETITEM_ = "__getitem__", REVERSED_ = "__reversed__"
cdef object backwards_function = backwards
cdef dict frame_builtins = {id(getattr(builtins, name)): name
                            for name in ("globals", "locals", "vars", "dir", "eval", "exec", "super",
                                         "__build_class__")}


# -- attributes ----------------------------------------------------------------


cdef bint sees_attributes(PyObject* callee, int nargs, PyObject* kwnames) noexcept:
    """getattr, setattr and delattr of one certain attribute, and the ``__setattr__`` of `object`"""
    if kwnames != NULL:
        return False
    if Py_TYPE(callee) == &PyWrapperDescr_Type:
        return callee == <PyObject*>object_setattr and nargs == 3 or nargs == 2 and gets_attributes(callee)
    return (callee == <PyObject*>getattr_builtin and nargs == 2
            or callee == <PyObject*>getattr_builtin and nargs == 3
            or callee == <PyObject*>setattr_builtin and nargs == 3
            or callee == <PyObject*>delattr_builtin and nargs == 2)


cdef bint gets_attributes(PyObject* descr) noexcept:
    """Is it the ``__getattribute__`` of `object`, or of a C type that does the same?"""
    return Py_TYPE(descr) == &PyWrapperDescr_Type and (<object>descr).__name__ == GETATTRIBUTE_ \
        and zyg_gets_attributes(<PyObject*>(<object>descr).__objclass__)


cdef int attribute_builtin(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, int dst) except -1:
    """These builtins do what the instructions do."""
    cdef PyObject* name = box(args + 1)
    if name == NULL:
        return -1
    if callee == <PyObject*>getattr_builtin or Py_TYPE(callee) == &PyWrapperDescr_Type and nargs == 2:
        if nargs == 3:
            return push_function(m, <PyObject*>getattr_default_function, args, nargs, NULL, R_STORE, dst, f.level)
        if not issubclass(type(<object>name), str):
            raise TypeError(f"attribute name must be string, not '{type(<object>name).__name__}'")
        return get_attribute(m, f, args, name, dst, callee != <PyObject*>getattr_builtin)
    put_new(f.regs + dst, Py_None)
    if callee == <PyObject*>object_setattr:
        if args.tag & 0xFF == OBJ and PyType_Check(args.v.o):
            raise TypeError("can't apply this __setattr__ to type object")
        return set_attribute(m, f, args, name, args + 2, True)
    return set_attribute(m, f, args, name, args + 2 if nargs == 3 else NULL)


# -- special methods, extremes -------------------------------------------------


cdef bint has_special(PyObject* callee, Reg* args) except -1:
    """Is this a builtin that calls a special method, and the method Python code?"""
    if args[0].tag & 0xFF != OBJ:
        return False
    if not PyType_GetFlags(Py_TYPE(args[0].v.o)) & (1 << 9):
        return callee == REVERSED and counts_backwards(args[0].v.o)
    name = special_builtins.get(<size_t>callee)
    if name is None:
        return False
    return has_python_method(args[0].v.o, <PyObject*>name) or name == "__reversed__" and counts_backwards(args[0].v.o)


cdef bint counts_backwards(PyObject* o) noexcept:
    """Would ``reversed`` call a ``__getitem__`` in Python, or take the items of an array?"""
    if is_array(o):
        return zyg_array_ndim(o) > 0 and _PyType_Lookup(Py_TYPE(o), <PyObject*>REVERSED_) == NULL
    return has_python_method(o, <PyObject*>GETITEM_) and _PyType_Lookup(Py_TYPE(o), <PyObject*>REVERSED_) == NULL


cdef int call_special(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                      int level) except -1:
    """``abs(x)`` and the like where the type defines the method in Python."""
    cdef str name = special_builtins[<size_t>callee]
    cdef PyObject* method = _PyType_Lookup(Py_TYPE(args[0].v.o), <PyObject*>name)
    cdef int status
    if name == "__next__" and nargs == 2:
        return push_function(m, <PyObject*>next_or_function, args, nargs, kwnames, ret, dst, level)
    if method == NULL:
        return push_function(m, <PyObject*>backwards_function, args, nargs, kwnames, ret, dst, level)
    checked = (name, type(<object>args[0].v.o).__name__) if name in CHECKED else None
    status = dispatch_function(m, f, method, args, nargs, kwnames, ret, dst, level,
                               innermost_all(args, nargs, kwnames))
    if status == 1 and checked is not None and ret == R_STORE and m.top.func == method:
        m.top.ret = R_CHECKED
        m.top.aux = new_ref(checked)
    return status


cdef int check_special(tuple method, Reg* v) except -1:
    """What a special method returned: C code takes nothing but its kind of object."""
    cdef PyObject* o = box(v)
    cdef Py_ssize_t n
    name, owner = method
    if o == NULL:
        return -1
    tp = type(<object>o)
    if name == "__len__":
        n = PyNumber_AsSsize_t(o, PyExc_OverflowError)
        if n < 0:
            if PyErr_Occurred() != NULL:
                return -1
            raise ValueError("__len__() should return >= 0")
        if tp is not int:
            put_i64(v, n, -1)
    elif name == "__iter__":
        if not PyIter_Check(o):
            raise TypeError(f"iter() returned non-iterator of type '{tp.__name__}'")
    elif not issubclass(tp, CHECKED[name]):
        kind = CHECKED[name].__name__
        prefix = f"{owner}." if name == "__float__" else ""
        raise TypeError(f"{prefix}{name} returned non-{kind} (type {tp.__name__})")
    return 0


# -- the caller's frame ---------------------------------------------------------


cdef bint is_frame_builtin(PyObject* callee) except -1:
    return <size_t>callee in frame_builtins


cdef int frame_builtin(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                       int ret, int dst, int level, object local_map, int active) except -1:
    """globals, locals, vars, dir, eval, exec, super and __build_class__.  2: a call like others."""
    cdef Frame* user = f
    cdef object out
    name = frame_builtins[<size_t>callee]
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
        out = zero_argument_super(m, user, local_map)
    elif name == "dir":
        out = sorted(locals_of(m, user, local_map).keys())
    else:
        out = locals_of(m, user, local_map)
    Py_INCREF(<PyObject*>out)
    load(m, f.level, f.regs + dst, <PyObject*>out)
    return 0


cdef object locals_of(Machine* m, Frame* f, object local_map):
    """What ``locals()`` shows in a frame."""
    cdef object space
    cdef dict names
    if f.locals == NULL:
        return variables_of(m, f, local_map)
    space = <object>f.locals
    if not local_map:
        return space
    # From 3.12 on, comprehensions of class bodies and modules have variables in the same frame.
    names = variables_of(m, f, local_map)
    hidden = names.keys() - CELLS_OF_CLASSES - set((<Code>f.code_obj).code.co_freevars)
    if not hidden:
        return space
    return names if HIDES_NAMES else {**space, **{name: names[name] for name in hidden}}


cdef dict variables_of(Machine* m, Frame* f, object local_map):
    """The variables that a frame has in registers and cells, as far as they are bound."""
    cdef Reg* r
    cdef PyObject* o
    cdef dict out = {}
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
                and name in (<Code>f.code_obj).cellvars + (<Code>f.code_obj).freevars:
            o = zyg_cell_get(o)
            if o == NULL:
                continue
        out[name] = <object>o
    closure = <object>f.closure if f.closure != NULL else ()
    for name, cell in zip((<Code>f.code_obj).freevars, closure):
        if name not in out and zyg_cell_get(<PyObject*>cell) != NULL:
            out[name] = cell.cell_contents
    return out


cdef object zero_argument_super(Machine* m, Frame* f, object local_map):
    """``super()``: of the class that `__class__` says, and the first argument, which may be in a cell."""
    cdef Code code = <Code>f.code_obj
    cdef Reg* first = f.regs + f.c.nconsts
    cdef PyObject* o
    cdef int number
    if f.c.argcount == 0:
        raise RuntimeError("super(): no arguments")
    for name, cell in zip(code.freevars, <object>f.closure if f.closure != NULL else ()):
        if name == "__class__":
            if zyg_cell_get(<PyObject*>cell) == NULL:
                raise RuntimeError("super(): empty __class__ cell")
            argument = code.varnames[0]
            if local_map is not None:
                number = local_map.get(argument, -1)
                first = f.regs + number if number >= 0 else NULL
            if first == NULL or first.tag & 0xFF == NUL:
                raise RuntimeError("super(): arg[0] deleted")
            o = escape(m, first)
            if o != NULL and local_map is not None and argument in code.cellvars:
                o = zyg_cell_get(o)
            if o == NULL:
                raise RuntimeError("super(): arg[0] deleted")
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
