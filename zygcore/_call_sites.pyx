"""The call instructions: taking the operands, and what a call site remembers of its callee."""

from ._calls cimport dispatch, is_users
from ._capi cimport *
from ._code cimport Code, CodeC, code_for
from ._containers cimport called
from ._builtins cimport is_frame_builtin
from ._elementary cimport math_call, math_number
from ._entry cimport breathe
from ._frames cimport frame_new
from ._functions cimport code_has_rule, is_iterable, iterates_in_python, lazily, no_skip
from ._locations cimport materialise
from ._machine cimport *
from ._native cimport native_call
from ._pairs cimport is_pairing
from ._reductions cimport is_max, reduces
from ._rules cimport find_rule, innermost_all
from ._structs cimport *
from ._values cimport *


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
    m.ticks += 1
    if not m.ticks & 0x3FFF:
        breathe()
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
        if K_PLAIN <= cache.kind < K_OTHER and cache.key == fn and PyType_Check(fn) and cache.version == m.version[0] \
                and not (m.heap or m.run_all or no_skip or innermost_all(args, n, kwnames) >= 0):
            return native_call(m, f, fn, args, n, kwnames, ins.d, -1, False)
        if cache.version != m.version[0]:
            fill_cache(m, cache, fn, n, kwnames)
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


cdef int fill_cache(Machine* m, Cache* cache, PyObject* fn, int n, PyObject* kwnames) except -1:
    """Notes what kind of thing this site calls.

    Other threads are at this site, too: once the first field is written, no Python code may run.
    """
    cdef Code code = None
    if Py_TYPE(fn) == &PyFunction_Type and not code_has_rule(fn) \
            and not (<object>zyg_func_code(fn)).co_flags & (0x80 | 0x200):
        code = code_for(<object>zyg_func_code(fn))
    cache.kind = K_OTHER
    cache.version = m.version[0]
    if code is not None:
        cache.kind = K_FUNCTION
        cache.key = code.original
        cache.value = <PyObject*>code  # the version moves on when a code object dies
    elif Py_TYPE(fn) == &PyFunction_Type:
        pass
    elif PyCFunction_Check(fn) and n == 1 and kwnames == NULL:
        number = math_number(fn)
        if number >= 0:
            cache.kind = K_MATH
            cache.key = fn
            cache.number = number
    elif PyCFunction_Check(fn) and n > 1 and kwnames == NULL and reduces(fn) and not is_users(find_rule(fn)):
        cache.kind = K_EXTREME
        cache.key = fn
        cache.number = is_max(fn)
    elif PyType_Check(fn) and not is_frame_builtin(fn):
        cache.kind = K_RANGE if fn == <PyObject*>&PyRange_Type else (K_PAIRS if is_pairing(fn) else K_PLAIN)
        cache.key = fn  # what holds for one class holds for another one at its address
    else:
        cache.version = 0
    return 0


cdef int extreme_call(Frame* f, Ins* ins, bint largest) noexcept:
    """``max(a, b, ...)`` of numbers is one of them.  2: not that simple."""
    cdef int* extra = f.c.extra + ins.b
    cdef Reg* best = NULL
    cdef Reg* r
    cdef double v, extreme = 0
    cdef int i
    if extra[0] >= 0 and f.regs[extra[0] >> 1].tag & 0xFF != NUL:
        return 2
    for i in range(extra[1]):
        r = f.regs + (extra[6 + i] >> 1)
        if r.tag == F64:
            v = r.v.f
        elif r.tag == I64 and -ZYG_EXACT < r.v.i < ZYG_EXACT:
            v = <double>r.v.i
        else:
            return 2
        if best == NULL or (v > extreme if largest else v < extreme):
            best, extreme = r, v
    if best.tag == F64:
        put_f64(f.regs + ins.d, best.v.f, best.slot)
    else:
        put_i64(f.regs + ins.d, best.v.i, best.slot)
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
    m.ticks += 1
    if m.ticks & 0x3FFF == 0x3FFF:
        return 2  # time to look for signals
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
    else:
        m.nhidden += 1
    g.prev = m.top
    m.top = g
    return 1


cdef inline void take(Reg* d, Reg* s, bint last) noexcept:
    """An operand of a call: moved if the call uses it last."""
    d[0] = s[0]
    if last:
        s.tag = NUL
        s.slot = -1
    elif d.tag & 0xFF == OBJ:
        Py_INCREF(d.v.o)


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
    if iterates_in_python(given) or is_poisoned(m, given) and is_iterable(given.v.o):
        lazily(m, given, f.level)
        return list(<object>given.v.o)
    if not hasattr(type(x), "__iter__") and not hasattr(type(x), "__getitem__"):
        raise TypeError(f"{called(fn)} argument after * must be an iterable, not {type(x).__name__}")
    return list(x)
