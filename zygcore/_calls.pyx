"""Calls: what is called, and how.

In this order: a rule, a lowering (a Python equivalent of C code), Python code in a
frame of the machine, a callable declared non-differentiable, and otherwise natively with a
poisoned result.  A call that cannot see an active value runs natively in CPython.
"""

cimport cython
from libc.math cimport (acos, acosh, asin, asinh, atan, atanh, cos, cosh, exp, expm1, fabs, hypot,
                        isfinite, log, log10, log1p, log2, sin, sinh, sqrt, tan, tanh)

from ._arith cimport check_array_write, has_python_method
from ._capi cimport *
from ._code cimport Code, CodeC, code_for, has_rule, mark_rule, version_address
from ._frames cimport call_python, frame_new, push_code, push_function
from ._machine cimport *
from ._objects cimport get_attribute, set_attribute
from ._rules cimport apply_rule, cast_slot, find_rule, innermost, is_kept, poison
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

import _queue
import _thread
import builtins
import collections
import functools
import math
import operator
import types

import numpy as np

from .errors import UnsupportedError
from ._memory import Snapshot
from .protocols import getattr_default, items, type_method
from .rules import registry

cdef enum RuleKind:
    ADJOINT = 1
    ELEMENTWISE = 2
    NONDIFFERENTIABLE = 3
    CONSUMER = 4
    LOWERING = 5

cdef unsigned int* registry_version = version_address()
cdef bint no_skip = False
cdef object dispatcher_type = type(np.sum)
cdef PyTypeObject* DISPATCHER = <PyTypeObject*><PyObject*>dispatcher_type
cdef PyTypeObject* UFUNC = <PyTypeObject*><PyObject*>np.ufunc
cdef PyTypeObject* PARTIAL = <PyTypeObject*><PyObject*>functools.partial
cdef object ndarray = np.ndarray
cdef str DICT_ = "__dict__"
cdef str INIT = "__init__", NEW = "__new__", CALL_ = "__call__", ITER_ = "__iter__", NEXT_ = "__next__"
cdef str GETITEM_ = "__getitem__"
cdef object items_generator = items, getattr_default_function = getattr_default
cdef object object_new = object.__new__, object_init = object.__init__, type_call = type.__call__
cdef tuple TRANSPARENT = (list, dict, set, frozenset, tuple, collections.deque, str, bytes, int, float, complex,
                          type(None), types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type,
                          np.ndarray, np.generic, np.dtype, np.ufunc, types.MethodType, BaseException, slice, range)

cdef level_call level_handler = NULL
cdef dict level_functions = {}

cdef list MATH = [math.sin, math.cos, math.tan, math.exp, math.log, math.sqrt, math.tanh, math.asin, math.acos,
                  math.atan, math.sinh, math.cosh, math.fabs, math.log1p, math.expm1, math.log2, math.log10,
                  math.asinh, math.acosh, math.atanh]
cdef dict math_numbers = {id(fn): i for i, fn in enumerate(MATH)}
cdef dict frame_builtins = {id(getattr(builtins, name)): name
                            for name in ("globals", "locals", "vars", "dir", "eval", "exec", "super",
                                         "__build_class__")}


cdef int set_level_call(level_call handler, dict functions) except -1:
    global level_handler
    level_handler = handler
    level_functions.update({id(fn): number for fn, number in functions.items()})
    return 0


def _registry_changed(rule):
    """A rule was registered: call sites must look again."""
    global no_skip
    registry_version[0] += 1
    target = rule.target
    if type(target) is types.FunctionType:
        mark_rule(target.__code__)
        if rule.kind == ADJOINT and target.__code__.co_argcount == 0 and not (target.__module__ or "").startswith("zygcore"):
            no_skip = True


for _rule in list(registry.RULES.values()):
    _registry_changed(_rule)
registry.on_change.append(_registry_changed)


# -- the call instruction -----------------------------------------------------


cdef int call(Machine* m, Frame* f, Ins* ins) except -1:
    """CALL: operands at extra[b]: self, count, keyword names, cache, kill, locals, args."""
    cdef int* extra = f.c.extra + ins.b
    cdef Cache* cache = f.c.caches + extra[3]
    cdef Reg* callee = f.regs + ins.a
    cdef Reg stack[16]
    cdef Reg* args = stack
    cdef PyObject* fn
    cdef PyObject* kwnames = NULL
    cdef int i, n = extra[1], at = 0
    fn = box(callee)
    if fn == NULL:
        return -1
    if n > 14:
        args = <Reg*>PyMem_Malloc((n + 2) * sizeof(Reg))
        if args == NULL:
            raise MemoryError
    if extra[0] >= 0 and f.regs[extra[0] >> 1].tag & 0xFF != NUL:
        take(args, f.regs + (extra[0] >> 1), extra[0] & 1)
        at = 1
    for i in range(n):
        take(args + at + i, f.regs + (extra[6 + i] >> 1), extra[6 + i] & 1)
    n += at
    if m.ntainted:
        for i in range(n):
            refresh(m, f.level, args + i)
    if extra[2] >= 0:
        kwnames = f.c.imms[extra[2]]
        n -= <int>PyTuple_GET_SIZE(kwnames)
    Py_INCREF(fn)
    if extra[4]:
        drop(callee)
    try:
        if (cache.kind == K_PLAIN or cache.kind == K_RANGE) and cache.key == fn and cache.version == registry_version[0] \
                and not (m.heap or m.run_all or no_skip or innermost_all(m, args, n, kwnames) >= 0):
            return native_call(m, f, fn, args, n, kwnames, ins.d, -1, False)
        if cache.version != registry_version[0]:
            fill_cache(cache, fn, n, kwnames)
            if cache.kind == K_MATH and cache.key == fn and at + extra[1] == 1:
                i = math_call(m, f.regs + ins.d, cache.number, args)
                if i != 2:
                    return i
        local_map = <object>f.c.imms[extra[5]] if extra[5] >= 0 else None
        return dispatch(m, f, fn, args, n, kwnames, R_STORE, ins.d, f.level, local_map)
    finally:
        if kwnames != NULL:
            n += <int>PyTuple_GET_SIZE(kwnames)
        for i in range(n):
            drop(args + i)
        if args != stack:
            PyMem_Free(args)
        Py_DECREF(fn)


cdef int call_ex(Machine* m, Frame* f, Ins* ins) except -1:
    """CALL_EX: ``f(*args, **kwargs)``"""
    cdef int* extra = f.c.extra + ins.a
    cdef PyObject* fn = box(f.regs + (extra[1] >> 1))
    cdef Reg given, keywords
    cdef Reg* args = NULL
    cdef int i, nkw, total = 0
    cdef PyObject* o
    if fn == NULL:
        return -1
    Py_INCREF(fn)
    given.tag = NUL
    keywords.tag = NUL
    copy_reg(&given, f.regs + (extra[2] >> 1))
    if extra[3] >= 0:
        copy_reg(&keywords, f.regs + (extra[3] >> 1))
    try:
        values = positional(m, f, <object>fn, &given)
        names = ()
        if keywords.tag & 0xFF == OBJ:
            materialise(m, f.level, &keywords)
            mapping = <object>keywords.v.o
            for key in mapping:
                if type(key) is not str and not isinstance(key, str):
                    raise TypeError("keywords must be strings")
            names = tuple(mapping)
            values = values + [mapping[key] for key in names]
        total = len(values)
        nkw = len(names)
        args = <Reg*>PyMem_Malloc((total + 1) * sizeof(Reg))
        if args == NULL:
            raise MemoryError
        for i in range(total):
            args[i].tag = NUL
            o = <PyObject*>(<object>values[i])
            Py_INCREF(o)
            load(m, f.level, args + i, o)
        for i in range(3):
            if extra[1 + i] >= 0 and extra[1 + i] & 1:
                drop(f.regs + (extra[1 + i] >> 1))
        return dispatch(m, f, fn, args, total - nkw, <PyObject*>names if nkw else NULL, R_STORE, ins.d, f.level,
                        None)
    finally:
        if args != NULL:
            for i in range(total):
                drop(args + i)
            PyMem_Free(args)
        drop(&given)
        drop(&keywords)
        Py_DECREF(fn)


cdef list positional(Machine* m, Frame* f, object fn, Reg* given):
    """The items of ``*args``, known by identity where they are active."""
    if box(given) == NULL:
        raise SystemError("zygcore: an unbound register was read")
    materialise(m, f.level, given)
    x = <object>given.v.o
    if type(x) is tuple or type(x) is list:
        return list(x)
    if iterates_in_python(given):
        lazily(m, given, f.level)
        return list(<object>given.v.o)
    if not hasattr(type(x), "__iter__") and not hasattr(type(x), "__getitem__"):
        raise TypeError(f"{registry.describe(fn)}() argument after * must be an iterable, not {type(x).__name__}")
    return list(x)


cdef inline void take(Reg* d, Reg* s, bint last) noexcept:
    """An operand of a call: moved if the call uses it last."""
    d[0] = s[0]
    if last:
        s.tag = NUL
        s.slot = -1
    elif d.tag & 0xFF == OBJ:
        Py_INCREF(d.v.o)


cdef inline int innermost_all(Machine* m, Reg* args, int n, PyObject* kwnames) noexcept:
    return innermost(m, args, n + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0))


cdef int fill_cache(Cache* cache, PyObject* fn, int n, PyObject* kwnames) except -1:
    """Notes what kind of thing this site calls."""
    cache.kind = K_OTHER
    cache.version = registry_version[0]
    if Py_TYPE(fn) == &PyFunction_Type:
        if not code_has_rule(fn) and not (<object>zyg_func_code(fn)).co_flags & (0x80 | 0x200):
            cache.kind = K_FUNCTION
            cache.key = zyg_func_code(fn)
            code = code_for(<object>cache.key)
            cache.value = <PyObject*>code  # the version moves on when a code object dies
    elif Py_TYPE(fn) == &PyCFunction_Type and n == 1 and kwnames == NULL:
        number = math_numbers.get(id(<object>fn))
        if number is not None:
            cache.kind = K_MATH
            cache.key = fn
            cache.number = number
    elif PyType_Check(fn) and not id(<object>fn) in frame_builtins:
        cache.kind = K_RANGE if fn == <PyObject*>&PyRange_Type else K_PLAIN
        cache.key = fn
        Py_INCREF(fn)
    else:
        cache.version = 0
    return 0


cdef int fast_call(Machine* m, Frame* f, Ins* ins, Cache* cache, Reg* callee) noexcept:
    """A Python function with as many positional arguments as parameters.  2: not that simple."""
    cdef PyObject* fn = callee.v.o
    cdef int* extra = f.c.extra + ins.b
    cdef CodeC* c
    cdef Frame* g
    cdef Reg* r
    cdef int i, n = extra[1], at = 0, packed
    cdef bint seen
    if Py_TYPE(fn) != &PyFunction_Type or zyg_func_code(fn) != cache.key or extra[2] >= 0:
        return 2
    c = &(<Code>cache.value).c
    if extra[0] >= 0 and f.regs[extra[0] >> 1].tag & 0xFF != NUL:
        at = 1
    if n + at != c.argcount or n + at != c.nparams or c.generator:
        return 2
    seen = m.heap or m.run_all or no_skip
    if not seen:
        if at and f.regs[extra[0] >> 1].slot >= 0:
            seen = True
        for i in range(n):
            if f.regs[extra[6 + i] >> 1].slot >= 0:
                seen = True
        if not seen:
            return 2
    if not c.hidden and zyg_recursion_remaining(m.ts) <= 0:
        return 2
    g = frame_new(m, <Code>cache.value, False)
    if g == NULL:
        return -1
    r = g.regs + c.nconsts
    if at:
        take(r, f.regs + (extra[0] >> 1), extra[0] & 1)
    for i in range(n):
        packed = extra[6 + i]
        take(r + at + i, f.regs + (packed >> 1), packed & 1)
    g.level = f.level
    g.ret = R_STORE
    g.dst = ins.d
    g.func = fn
    g.globals = zyg_func_globals(fn)
    g.builtins = zyg_func_builtins(fn)
    g.closure = zyg_func_closure(fn)
    Py_INCREF(g.globals)
    Py_INCREF(g.builtins)
    if extra[4]:
        callee.tag = NUL
        callee.slot = -1
    else:
        Py_INCREF(fn)
    if not c.hidden:
        zyg_recursion_enter(m.ts)
    g.prev = m.top
    m.top = g
    return 1


cdef bint code_has_rule(PyObject* fn) except -1:
    return has_rule(zyg_func_code(fn))


# -- functions of math, on floats ---------------------------------------------


cdef int math_call(Machine* m, Reg* d, int number, Reg* a) noexcept:
    """A function of one real number with a finite result.  2: not here."""
    cdef double x, y, p = 0
    cdef int slot = a.slot, kind = a.tag
    if kind == F64:
        x = a.v.f
    elif kind == I64 and -9007199254740992 < a.v.i < 9007199254740992:
        x = <double>a.v.i
    elif kind == OBJ and Py_TYPE(a.v.o) == &PyFloat_Type:
        x = zyg_float(a.v.o)
    else:
        return 2
    if not real_function(number, x, slot >= 0, &y, &p):
        return 2
    if slot >= 0:
        if kind != F64:
            slot = cast_slot(m, a)
            if slot < 0:
                return -1
        slot = push1(m.levels[0], slot, p)
        if slot < 0:
            return -1
    put_f64(d, y, slot)
    return 0


@cython.cdivision(True)
cdef bint real_function(int number, double x, bint derive, double* y, double* d) noexcept:
    """Value and derivative; False where the function is not defined or overflows."""
    cdef double v
    if not isfinite(x):
        return False
    if number == 0:
        v = sin(x)
        if derive:
            d[0] = cos(x)
    elif number == 1:
        v = cos(x)
        if derive:
            d[0] = -sin(x)
    elif number == 2:
        v = tan(x)
        d[0] = 1.0 + v * v
    elif number == 3:
        v = exp(x)
        d[0] = v
    elif number == 4:
        if x <= 0.0:
            return False
        v = log(x)
        d[0] = 1.0 / x
    elif number == 5:
        if x < 0.0:
            return False
        v = sqrt(x)
        d[0] = 0.5 / v
    elif number == 6:
        v = tanh(x)
        d[0] = 1.0 - v * v
    elif number == 7:
        v = asin(x)
        d[0] = 1.0 / sqrt((1.0 - x) * (1.0 + x))
    elif number == 8:
        v = acos(x)
        d[0] = -1.0 / sqrt((1.0 - x) * (1.0 + x))
    elif number == 9:
        v = atan(x)
        d[0] = 1.0 / (1.0 + x * x)
    elif number == 10:
        v = sinh(x)
        d[0] = cosh(x)
    elif number == 11:
        v = cosh(x)
        d[0] = sinh(x)
    elif number == 12:
        v = fabs(x)
        d[0] = 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0)
    elif number == 13:
        if x <= -1.0:
            return False
        v = x if x == 0.0 else log1p(x)
        d[0] = 1.0 / (1.0 + x)
    elif number == 14:
        v = expm1(x)
        d[0] = v + 1.0
    elif number == 15 or number == 16:
        if x <= 0.0:
            return False
        v = log2(x) if number == 15 else log10(x)
        d[0] = 1.0 / (x * (0.6931471805599453 if number == 15 else 2.302585092994046))
    elif number == 17:
        v = asinh(x)
        d[0] = 1.0 / hypot(1.0, x)
    elif number == 18:
        if x < 1.0:
            return False
        v = acosh(x)
        d[0] = 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0))
    elif number == 19:
        if fabs(x) >= 1.0:
            return False
        v = atanh(x)
        d[0] = 1.0 / ((1.0 - x) * (1.0 + x))
    else:
        return False
    y[0] = v
    return isfinite(v)


# -- everything ----------------------------------------------------------------


cdef int dispatch(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                  int ret, int dst, int level, object local_map) except -1:
    """Calls anything.  `args` are consumed or left to be dropped by the caller.

    1: a frame was pushed; 0: the result is in register `dst`.
    """
    cdef PyTypeObject* tp = Py_TYPE(callee)
    cdef int active = innermost_all(m, args, nargs, kwnames)
    cdef bint sees
    if tp == &PyMethod_Type:
        return dispatch_method(m, f, callee, args, nargs, kwnames, ret, dst, level, local_map)
    if tp == &PyFunction_Type:
        return dispatch_function(m, f, callee, args, nargs, kwnames, ret, dst, level, active)
    if tp == &PyCFunction_Type or callee == <PyObject*>&PySuper_Type:
        if id(<object>callee) in frame_builtins and frame_builtins:
            return frame_builtin(m, f, callee, args, nargs, kwnames, ret, dst, level, local_map, active)
    if sees_attributes(callee, nargs, kwnames) and (active >= 0 or m.heap or m.run_all):
        return attribute_builtin(m, f, callee, args, nargs, dst)
    if level >= 0 and id(<object>callee) in level_functions and level_handler != NULL:
        return level_handler(m, f, level_functions[id(<object>callee)], args, nargs, kwnames, dst)
    sees = active >= 0 or m.heap or m.run_all or no_skip
    if not sees:
        return native_call(m, f, callee, args, nargs, kwnames, dst, -1, False)
    return dispatch_object(m, f, callee, args, nargs, kwnames, ret, dst, level, active)


cdef object getattr_builtin = builtins.getattr, setattr_builtin = builtins.setattr, delattr_builtin = builtins.delattr


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


cdef int dispatch_method(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                         int ret, int dst, int level, object local_map) except -1:
    """A bound method: its function with self in front."""
    cdef int i, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    cdef Reg* own = <Reg*>PyMem_Malloc((n + 2) * sizeof(Reg))
    if own == NULL:
        raise MemoryError
    own[0].tag = NUL
    Py_INCREF(zyg_method_self(callee))
    load(m, level, own, zyg_method_self(callee))
    method_part(m, level, callee, own)
    for i in range(n):
        own[i + 1] = args[i]
        args[i].tag = NUL
        args[i].slot = -1
    try:
        return dispatch(m, f, zyg_method_function(callee), own, nargs + 1, kwnames, ret, dst, level, local_map)
    finally:
        for i in range(n + 1):
            drop(own + i)
        PyMem_Free(own)


cdef int method_part(Machine* m, int level, PyObject* callee, Reg* self_reg) except -1:
    """The object of a bound method that is itself an input."""
    cdef Reg r
    cdef PyObject* o = self_reg.v.o
    if m.heap == 0:
        return 0
    r.tag = OBJ
    r.slot = -1
    r.v.o = callee
    lookup(m, level, &r)
    if further_out(self_reg, &r):
        name = "__self__"
        locate(m, &r, <PyObject*>name, o, self_reg)
    return 0


cdef int dispatch_function(Machine* m, Frame* f, PyObject* fn, Reg* args, int nargs, PyObject* kwnames,
                           int ret, int dst, int level, int active) except -1:
    cdef int status
    cdef object rule = None
    if code_has_rule(fn):
        rule = find_rule(fn)
    if rule is not None:
        status = by_rule(m, f, rule, fn, args, nargs, kwnames, ret, dst, level, active)
        if status < 2:
            return status
        if (<object>fn).__module__.startswith("zygcore."):
            return native_call(m, f, fn, args, nargs, kwnames, dst, -1, False)
    if active < 0 and not m.heap and not m.run_all and not no_skip \
            and not (<object>zyg_func_code(fn)).co_flags & 0x20:
        return native_call(m, f, fn, args, nargs, kwnames, dst, -1, False)
    if (<object>zyg_func_code(fn)).co_flags & (0x80 | 0x200):
        return native_call(m, f, fn, args, nargs, kwnames, dst, active, True)
    return push_function(m, fn, args, nargs, kwnames, ret, dst, level)


cdef int by_rule(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs, PyObject* kwnames,
                 int ret, int dst, int level, int active) except -1:
    """A call for which a rule is registered.  2: the rule does not apply."""
    cdef int kind = rule.kind, status, n
    if kind == LOWERING:
        if f.func == <PyObject*>(<object>rule.function):
            return 2  # the lowering itself calls what it stands for
        status = push_function(m, <PyObject*>(<object>rule.function), args, nargs, kwnames, ret, dst, level)
        if status == 1:
            m.top.c.hidden = 1
        return status
    if kind == NONDIFFERENTIABLE:
        return native_call(m, f, target, args, nargs, kwnames, dst, -1, False)
    if kind == CONSUMER:
        n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
        return consume_all(m, f, rule, target, args, nargs, n, kwnames, dst, level)
    if active < 0 and m.heap:
        active = hidden_level(m, args, nargs, kwnames, level)
    if active < 0 and (nargs or level < 0):
        return 2
    return apply_rule(m, f, rule, target, args, nargs, kwnames, active, dst)


cdef int consume_all(Machine* m, Frame* f, object rule, PyObject* target, Reg* args, int nargs, int n,
                     PyObject* kwnames, int dst, int level) except -1:
    """C code that passes on the items of its arguments, or its arguments themselves."""
    cdef int i = 0
    passes = rule.passes
    if nargs and rule.mutates:
        settle(m, level, args)
        i = 1
    for i in range(i, n):
        if i < nargs and i in passes:
            if escape(m, args + i) == NULL:
                return -1
        else:
            consume(m, f, args + i, level)
    return consumer_call(m, f, target, args, nargs, n, kwnames, dst, level)


cdef int consumer_call(Machine* m, Frame* f, PyObject* target, Reg* args, int nargs, int n, PyObject* kwnames,
                       int dst, int level) except -1:
    """C code that passes items on; what it takes from something poisoned is poisoned."""
    cdef int i, at = -1
    for i in range(n):
        if is_poisoned(m, args + i):
            at = i
    native_call(m, f, target, args, nargs, kwnames, dst, -1, False)
    if at >= 0 and f.regs[dst].slot < 0:
        poison(m, f, f.regs + dst, args[at].tag >> 8, target, args, n)
    return 0


cdef int consume(Machine* m, Frame* f, Reg* r, int level) except -1:
    """An argument whose items C code passes on: they must be known by identity."""
    if r.tag & 0xFF == OBJ and r.slot >= 0:
        if materialise(m, level, r):
            return 0
    if r.tag & 0xFF == OBJ and iterates_in_python(r):
        return lazily(m, r, level)
    if escape(m, r) == NULL:
        return -1
    return 0


cdef bint iterates_in_python(Reg* r) noexcept:
    """Would C code that takes the items run Python code, or make numbers of its own?"""
    cdef PyObject* o = r.v.o
    if r.slot >= 0 and issubclass(type(<object>o), ndarray):
        return (<object>o).ndim > 0
    return has_python_method(o, <PyObject*>ITER_) or has_python_method(o, <PyObject*>NEXT_) \
        or has_python_method(o, <PyObject*>GETITEM_) and _PyType_Lookup(Py_TYPE(o), <PyObject*>ITER_) == NULL


cdef int lazily(Machine* m, Reg* r, int level) except -1:
    """Replaces an iterable by a generator of the machine that yields its items."""
    cdef Reg own[1]
    cdef Reg out
    out.tag = NUL
    own[0].tag = NUL
    copy_reg(own, r)
    try:
        call_python(m, level, <PyObject*>(<object>items_generator), own, 1, &out)
        move_reg(r, &out)
    finally:
        drop(own)
    return 0


cdef int hidden_level(Machine* m, Reg* args, int nargs, PyObject* kwnames, int level) except -2:
    """The visible level at which a container among the arguments holds active values, or -1."""
    cdef int i, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and args[i].slot < 0 and contains_active(m, level, args[i].v.o) > 0:
            return level
    return -1


cdef PyObject* rule_key(PyObject* callee, PyObject** self_object) except? NULL:
    """What rules for a C callable are kept under: methods of builtin types under their descriptor."""
    self_object[0] = NULL
    if Py_TYPE(callee) == &PyCFunction_Type and (zyg_cfunction_self(callee) == NULL
                                                or Py_TYPE(zyg_cfunction_self(callee)) == &PyModule_Type):
        return callee
    if Py_TYPE(callee) == &PyCFunction_Type or Py_TYPE(callee) == <PyTypeObject*><PyObject*>types.MethodWrapperType:
        owner = (<object>callee).__self__
        if owner is None or isinstance(owner, types.ModuleType):
            return callee
        if isinstance(owner, type) and Py_TYPE(callee) == &PyCFunction_Type:
            return callee
        if Py_TYPE(callee) == &PyCFunction_Type:
            descr = type_method(type(owner), (<object>callee).__name__)
        else:
            descr = (<object>callee).__objclass__.__dict__.get((<object>callee).__name__)
        if descr is not None:
            self_object[0] = <PyObject*>owner
            return <PyObject*>descr
    return callee


cdef dict fallbacks_ = registry.FALLBACKS, instances_ = registry.INSTANCES


cdef int push_hidden(Machine* m, object function, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                     int level) except -1:
    """Runs a Python equivalent of C code: it leaves no trace in tracebacks."""
    cdef int status = push_function(m, <PyObject*>function, args, nargs, kwnames, ret, dst, level)
    if status == 1:
        m.top.c.hidden = 1
    return status


cdef int dispatch_object(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                         int ret, int dst, int level, int active) except -1:
    """C callables, classes and callable objects, where active values may be seen."""
    cdef PyObject* self_object = NULL
    cdef PyObject* key = rule_key(callee, &self_object)
    cdef int status
    rule = find_rule(key)
    if Py_TYPE(callee) == &PyCFunction_Type and zyg_cfunction_self(callee) != NULL \
            and PyType_Check(zyg_cfunction_self(callee)) and (<object>callee).__name__ == "__prepare__":
        return native_call(m, f, callee, args, nargs, kwnames, dst, -1, False)  # an empty namespace
    if key == <PyObject*>type_call and self_object != NULL:
        status = make_instance_of(m, f, self_object, args, nargs, kwnames, ret, dst, level)
        if status < 2:
            return status
    if nargs == 1 and kwnames == NULL and (callee == <PyObject*>max_builtin or callee == <PyObject*>min_builtin):
        if extreme_of_floats(m, args, callee == <PyObject*>max_builtin, f.regs + dst):
            return 0
    if nargs and has_special(callee, args):
        name = special_builtins[id(<object>callee)]
        return call_special(m, f, name, args, nargs, kwnames, ret, dst, level)
    if rule is not None:
        if self_object != NULL:
            return with_self(m, f, key, self_object, args, nargs, kwnames, ret, dst, level)
        status = by_rule(m, f, rule, key, args, nargs, kwnames, ret, dst, level, active)
        if status < 2:
            return status
        equivalent = fallbacks_.get(<object>key)
        if equivalent is not None and f.func != <PyObject*>equivalent:
            return push_hidden(m, equivalent, args, nargs, kwnames, ret, dst, level)
    elif Py_TYPE(callee) == DISPATCHER:
        inner = (<object>callee)._implementation
        return dispatch(m, f, <PyObject*>inner, args, nargs, kwnames, ret, dst, level, None)
    if Py_TYPE(callee) == PARTIAL:
        return dispatch_partial(m, f, callee, args, nargs, kwnames, ret, dst, level)
    equivalent = instances_.get(<object>Py_TYPE(callee)) if not PyType_Check(callee) else None
    if equivalent is not None and f.func != <PyObject*>equivalent:
        return with_self(m, f, <PyObject*>equivalent, callee, args, nargs, kwnames, ret, dst, level)
    if PyType_Check(callee):
        status = instantiate(m, f, callee, args, nargs, kwnames, ret, dst, level)
        if status < 2:
            return status
    elif has_python_method(callee, <PyObject*>CALL_):
        return with_self(m, f, _PyType_Lookup(Py_TYPE(callee), <PyObject*>CALL_), callee, args, nargs, kwnames,
                         ret, dst, level)
    if active < 0:
        active = hidden_level(m, args, nargs, kwnames, level)
    if active < 0 and m.heap:
        active = self_level(m, level, self_object if self_object != NULL else callee)
    if id(<object>key) in thread_doors and (active >= 0 or m.heap and level >= 0 and id(<object>key) in thread_starts):
        raise UnsupportedError(
            "another thread is given work inside differentiated code, and may see values that the gradient depends "
            "on: what it computes would not be differentiated. Take gradients inside the threads instead")
    if id(<object>key) in array_mutators:
        refuse_array_write(m, f, key, self_object, args, nargs + (0 if kwnames == NULL else <int>PyTuple_GET_SIZE(kwnames)),
                           active)
    return native_call(m, f, callee, args, nargs, kwnames, dst, active, True)


cdef object max_builtin = builtins.max, min_builtin = builtins.min


cdef bint extreme_of_floats(Machine* m, Reg* a, bint largest, Reg* d) except -1:
    """``max`` or ``min`` of a list or tuple of nothing but floats: one of its items."""
    cdef PyObject* o = a.v.o
    cdef PyObject** items
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


cdef dict special_builtins = {id(fn): name for fn, name in (
    (builtins.abs, "__abs__"), (builtins.iter, "__iter__"), (builtins.next, "__next__"),
    (builtins.reversed, "__reversed__"), (builtins.float, "__float__"), (builtins.complex, "__complex__"),
    (builtins.int, "__int__"), (builtins.round, "__round__"), (builtins.len, "__len__"),
    (math.floor, "__floor__"), (math.ceil, "__ceil__"), (math.trunc, "__trunc__"), (operator.neg, "__neg__"),
    (operator.pos, "__pos__"), (operator.abs, "__abs__"), (operator.getitem, "__getitem__"))}


cdef bint has_special(PyObject* callee, Reg* args) except -1:
    """Is this a builtin that calls a special method, and the method Python code?"""
    if args[0].tag & 0xFF != OBJ or not PyType_GetFlags(Py_TYPE(args[0].v.o)) & (1 << 9):
        return False
    name = special_builtins.get(id(<object>callee))
    return name is not None and has_python_method(args[0].v.o, <PyObject*>name)


cdef int call_special(Machine* m, Frame* f, str name, Reg* args, int nargs, PyObject* kwnames, int ret, int dst,
                      int level) except -1:
    """``abs(x)`` and the like where the type defines the method in Python."""
    cdef PyObject* method = _PyType_Lookup(Py_TYPE(args[0].v.o), <PyObject*>name)
    if name == "__next__" and nargs == 2 or name == "__iter__" and nargs == 2:
        from .protocols import next_or
        if name == "__next__":
            return push_function(m, <PyObject*>(<object>next_or), args, nargs, kwnames, ret, dst, level)
    return push_function(m, method, args, nargs, kwnames, ret, dst, level)


cdef dict thread_starts = {id(getattr(_thread, name)): name for name in ("start_new_thread", "start_joinable_thread")
                           if hasattr(_thread, name)}
cdef dict thread_doors = {**thread_starts, id(_queue.SimpleQueue.put): "put"}
cdef dict array_mutators = {id(fn): fn for fn in (
    [getattr(np.ndarray, name) for name in (
        "fill", "put", "sort", "partition", "setfield", "resize", "__setitem__", "__iadd__", "__isub__", "__imul__",
        "__itruediv__", "__ifloordiv__", "__imod__", "__ipow__", "__imatmul__")]
    + [np.ufunc.at] + [getattr(fn, "_implementation", fn) for fn in (np.copyto, np.put, np.place, np.putmask)])}


cdef int refuse_array_write(Machine* m, Frame* f, PyObject* key, PyObject* self_object, Reg* args, int n, int active) except -1:
    """C functions that write into an array."""
    cdef Reg target
    if active >= 0:
        check_array_write(m, f, args, args, True)
    target.tag = OBJ
    target.slot = -1
    target.v.o = self_object
    if self_object == NULL:
        if n == 0 or args[0].tag & 0xFF != OBJ:
            return 0
        target.v.o = args[0].v.o
    return check_array_write(m, f, &target, NULL, False)


cdef int self_level(Machine* m, int level, PyObject* o) except -2:
    """The level at which the object of a method is known or holds active values."""
    cdef int slot = -1, at
    at = known(m, level, o, &slot)
    if at >= 0:
        return at
    return level if contains_active(m, level, o) > 0 else -1


cdef int with_self(Machine* m, Frame* f, PyObject* function, PyObject* obj, Reg* args, int nargs, PyObject* kwnames,
                   int ret, int dst, int level) except -1:
    """Calls ``function(obj, *args)``."""
    method = types.MethodType(<object>function, <object>obj)
    return dispatch_method(m, f, <PyObject*>method, args, nargs, kwnames, ret, dst, level, None)


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
        for i in range(nargs):
            move_reg(own + npartial + i, args + i)
        for i, v in enumerate(extra.values()):
            Py_INCREF(<PyObject*>v)
            load(m, level, own + npartial + nargs + i, <PyObject*>v)
        for i in range(nkw):
            move_reg(own + npartial + nargs + <int>len(extra) + i, args + nargs + i)
        all_names = tuple(extra) + names
        return dispatch(m, f, <PyObject*>(<object>p.func), own, npartial + nargs,
                        <PyObject*>all_names if all_names else NULL, ret, dst, level, None)
    finally:
        for i in range(total):
            drop(own + i)
        PyMem_Free(own)


cdef int instantiate(Machine* m, Frame* f, PyObject* cls, Reg* args, int nargs, PyObject* kwnames,
                     int ret, int dst, int level) except -1:
    """Calls a class.  2: no Python code is in the making of its instances."""
    c = <object>cls
    if type(c) is not type and type_method(type(c), "__call__") is not type_call:
        method = type_method(type(c), "__call__")
        if type(method) is types.FunctionType:
            return with_self(m, f, <PyObject*>method, cls, args, nargs, kwnames, ret, dst, level)
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
        from .protocols import make_instance
        with_cls = types.MethodType(make_instance, c)
        return dispatch_method(m, f, <PyObject*>with_cls, args, nargs, kwnames, ret, dst, level, None)
    if type(init_function) is not types.FunctionType:
        if issubclass(c, BaseException) or init_function is object_init and new is object_new:
            return native_call(m, f, cls, args, nargs, kwnames, dst, -1, False)
        return 2
    if new is not object_new and not issubclass(c, (BaseException, list, dict, set, collections.deque)):
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


cdef int native_call(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                     int dst, int level, bint opaque) except -1:
    """Calls natively.  With `level` >= 0 something active goes in, and the result is poisoned
    unless it is an object that is known."""
    cdef PyObject* stack[16]
    cdef PyObject** values = stack
    cdef PyObject* out
    cdef int i, leaked, quiet, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    if n > 15:
        values = <PyObject**>PyMem_Malloc((n + 1) * sizeof(PyObject*))
        if values == NULL:
            raise MemoryError
    try:
        if m.heap and Py_TYPE(callee) == UFUNC and nargs > (<object>callee).nin:
            for i in range((<object>callee).nin, nargs):
                if args[i].tag & 0xFF == OBJ and issubclass(type(<object>args[i].v.o), ndarray):
                    check_array_write(m, f, args + i, NULL, False)
        if kwnames != NULL and m.heap:
            for i in range(nargs, n):
                if <object>PyTuple_GET_ITEM(kwnames, i - nargs) == "out" and args[i].tag & 0xFF == OBJ \
                        and issubclass(type(<object>args[i].v.o), ndarray):
                    check_array_write(m, f, args + i, NULL, False)
        for i in range(n):
            values[i + 1] = escape(m, args + i) if args[i].slot >= 0 else box(args + i)
            if values[i + 1] == NULL:
                return -1
        watched = arrays_at_risk(m, callee, args, n, level) if opaque and (level >= 0 or m.heap) else None
        leaked = m.leaked
        quiet = Py_TYPE(callee) == &PyFunction_Type  # declared to have no derivative: natively, with all it calls
        m.quiet += quiet
        out = PyObject_Vectorcall(callee, values + 1, <size_t>nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames)
        m.quiet -= quiet
    finally:
        if values != stack:
            PyMem_Free(values)
    if out == NULL:
        return -1
    load(m, f.level, f.regs + dst, out)
    if level < 0 and m.leaked != leaked:
        level = f.level
    if watched is not None:
        written_arrays(m, f, watched, callee, args, n, level)
    if level >= 0 and opaque:
        if f.regs[dst].slot < 0:
            poison(m, f, f.regs + dst, level, callee, args, nargs)
        taint_arguments(m, f, callee, args, n, level)
    return 0


cdef list arrays_at_risk(Machine* m, PyObject* callee, Reg* args, int n, int level):
    """Copies of the arrays that foreign code might write into: all that is known of them may change."""
    cdef int i
    cdef list out = []
    owner = getattr(<object>callee, "__self__", None) if Py_TYPE(callee) == &PyCFunction_Type else None
    if type(owner) is ndarray and (level >= 0 or is_kept(m, <PyObject*>owner)):
        out.append((-1, Snapshot(owner)))
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and issubclass(type(<object>args[i].v.o), ndarray) \
                and (level >= 0 or is_kept(m, args[i].v.o)) and (<object>args[i].v.o).flags.writeable:
            out.append((i, Snapshot(<object>args[i].v.o)))
    return out or None


cdef int written_arrays(Machine* m, Frame* f, list watched, PyObject* callee, Reg* args, int n, int level) except -1:
    """An array that C code wrote into: refused if something depends on what was there."""
    cdef Reg r
    cdef int i
    for i, snapshot in watched:
        if not snapshot.changed():
            continue
        r.tag, r.slot, r.v.o = OBJ, -1, <PyObject*>(<object>snapshot.array)
        lookup(m, f.level, &r)
        if r.slot >= 0 or i >= 0 and args[i].slot >= 0 or is_kept(m, r.v.o):
            raise UnsupportedError(
                f"{registry.describe(<object>callee)} wrote into an array that the gradient depends on or that an "
                "earlier operation keeps for its pullback: pass it a copy")
        if level >= 0:
            r.tag, r.slot = OBJ, -1
            poison(m, f, &r, level, callee, args, n)
    return 0


cdef int taint_arguments(Machine* m, Frame* f, PyObject* callee, Reg* args, int n, int level) except -1:
    """Objects of C types that foreign code may have put active values into."""
    cdef int i
    cdef Reg r
    for i in range(-1, n):
        if i < 0:
            owner = getattr(<object>callee, "__self__", None)
            if owner is None:
                continue
            r.v.o = <PyObject*>owner
        else:
            if args[i].tag & 0xFF != OBJ or args[i].slot >= 0:
                continue
            r.v.o = args[i].v.o
        if issubclass(type(<object>r.v.o), TRANSPARENT) or PyType_GetFlags(Py_TYPE(r.v.o)) & (1 << 9) \
                and (own_dict(<object>r.v.o) is not None):
            continue
        if hasattr(type(<object>r.v.o), "__hash__") and type(<object>r.v.o).__hash__ is not None \
                and type(<object>r.v.o).__module__ in ("builtins", "re", "datetime", "decimal", "fractions"):
            continue
        r.tag = OBJ
        r.slot = -1
        poison(m, f, &r, level, callee, args, n)
        m.ntainted += 1
    return 0


# -- builtins that look at the caller's frame ----------------------------------


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
        if Py_TYPE(o) == &PyCell_Type and name in (<Code>f.code_obj).code.co_cellvars + (<Code>f.code_obj).code.co_freevars:
            o = zyg_cell_get(o)
            if o == NULL:
                continue
        out[name] = <object>o
    closure = <object>f.closure if f.closure != NULL else ()
    for name, cell in zip((<Code>f.code_obj).code.co_freevars, closure):
        if name not in out and zyg_cell_get(<PyObject*>cell) != NULL:
            out[name] = cell.cell_contents
    return out


cdef int frame_builtin(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                       int ret, int dst, int level, object local_map, int active) except -1:
    """globals, locals, vars, dir, eval, exec, super and __build_class__."""
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
            return dispatch_object(m, f, callee, args, nargs, kwnames, ret, dst, level, active)
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


cdef int class_statement(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                         int ret, int dst, int level, int active) except -1:
    """A class statement: natively, unless its body may see active values."""
    from .protocols import build_class
    if not (active >= 0 or m.heap or m.run_all):
        return native_call(m, f, callee, args, nargs, kwnames, dst, -1, False)
    status = push_function(m, <PyObject*>build_class, args, nargs, kwnames, ret, dst, level)
    if status == 1:
        m.top.c.hidden = 1
    return status
