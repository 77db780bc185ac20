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
from ._quick cimport quick_number
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
            and not zyg_code_flags(zyg_func_code(fn)) & (0x80 | 0x200):
        code = code_for(<object>zyg_func_code(fn))
    cache.kind = K_OTHER
    cache.version = m.version[0]
    if code is not None:
        cache.kind = K_FUNCTION
        cache.key = code.original
        cache.value = <PyObject*>code  # the version moves on when a code object dies
    elif Py_TYPE(fn) == &PyFunction_Type:
        pass
    elif n == 1 and kwnames == NULL and math_number(fn) >= 0:
        cache.kind = K_MATH
        cache.key = fn
        cache.number = math_number(fn)
    elif kwnames == NULL and quick_number(fn) >= 0 and not is_users(find_rule(fn)):
        cache.kind = K_QUICK
        cache.key = fn
        cache.number = quick_number(fn)
    elif PyType_Check(fn) and not is_frame_builtin(fn):
        cache.kind = K_RANGE if fn == <PyObject*>&PyRange_Type else (K_PAIRS if is_pairing(fn) else K_PLAIN)
        cache.key = fn  # what holds for one class holds for another one at its address
    else:
        cache.version = 0
    return 0


cdef enum:
    MOST_KEYWORDS = 8


cdef int place_keywords(CodeC* c, PyObject* names, PyObject* fn, PyObject* kwnames, int npos, int* places) noexcept:
    """Where keyword arguments go, and whether there are defaults for the rest.  -1: not that simple."""
    cdef PyObject* defaults = zyg_func_defaults(fn)
    cdef int i, k, nkw = 0, given = 0, first = c.argcount
    if kwnames != NULL:
        nkw = <int>PyTuple_GET_SIZE(kwnames)
    if nkw > MOST_KEYWORDS or npos + nkw > c.argcount:
        return -1
    if defaults != NULL and PyTuple_CheckExact(defaults):
        first -= <int>PyTuple_GET_SIZE(defaults)
    for k in range(nkw):
        i = npos if npos > c.posonly else c.posonly
        while i < c.argcount and PyTuple_GET_ITEM(names, i) != PyTuple_GET_ITEM(kwnames, k):
            i += 1
        if i == c.argcount:
            return -1
        places[k] = i
        given += i < first
    return nkw if npos + given >= first else -1


cdef int fast_call(Machine* m, Frame* f, Ins* ins, Cache* cache, Reg* callee) noexcept:
    """A Python function without ``*args`` and the like.  2: not that simple."""
    cdef PyObject* fn = callee.v.o
    cdef PyObject* defaults
    cdef int* extra = f.c.extra + ins.b
    cdef CodeC* c
    cdef Frame* g
    cdef Reg* r
    cdef int i, n = extra[1], at = 0, packed, nkw = 0, first
    cdef int places[MOST_KEYWORDS]
    cdef bint seen
    if Py_TYPE(fn) != &PyFunction_Type or zyg_func_code(fn) != cache.key:
        return 2
    c = &(<Code>cache.value).c
    if extra[0] >= 0 and f.regs[extra[0] >> 1].tag & 0xFF != NUL:
        at = 1
    if c.argcount != c.nparams or c.generator:
        return 2
    if extra[2] >= 0 or n + at != c.argcount:
        nkw = 0 if extra[2] < 0 else <int>PyTuple_GET_SIZE(f.c.imms[extra[2]])
        nkw = place_keywords(c, <PyObject*>(<Code>cache.value).varnames, fn,
                             f.c.imms[extra[2]] if extra[2] >= 0 else NULL, n + at - nkw, places)
        if nkw < 0:
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
    for i in range(n - nkw):
        packed = extra[6 + i]
        take(r + at + i, f.regs + (packed >> 1), packed & 1)
    for i in range(nkw):
        packed = extra[6 + n - nkw + i]
        take(r + places[i], f.regs + (packed >> 1), packed & 1)
    if n + at != c.argcount:
        defaults = zyg_func_defaults(fn)
        first = c.argcount - <int>PyTuple_GET_SIZE(defaults)
        for i in range(n + at - nkw, c.argcount):
            if r[i].tag & 0xFF == NUL:
                Py_INCREF(PyTuple_GET_ITEM(defaults, i - first))
                load(m, f.level, r + i, PyTuple_GET_ITEM(defaults, i - first))
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
