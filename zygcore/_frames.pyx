"""Frames of the machine: making them, giving them arguments, their traceback entries.

A frame is a header and its registers, on a stack of chunks of its own: calls
between Python functions use no C stack.  Frames of generators are allocated one
by one.  Argument binding follows CPython; where it fails, CPython itself is asked
to call the function, so that the error is its own.
"""

from libc.string cimport memcpy, memset

from ._capi cimport *
from ._code cimport Code, CodeC, code_for
from ._hook cimport more_known, show_line
from ._machine cimport *
from ._structs cimport *
from ._values cimport *

import types

cdef enum:
    CHUNK = 1 << 16
    VARARGS = 4
    VARKEYWORDS = 8

cdef object generator_maker_ = None


cdef int hooks(object generator_maker) except -1:
    global generator_maker_
    generator_maker_ = generator_maker
    return 0


cdef Frame* frame_new(Machine* m, Code code, bint heap) noexcept:
    """A frame with its constants in place and all other registers unbound."""
    cdef CodeC* c = &code.c
    cdef size_t size = sizeof(Frame) + c.nregs * sizeof(Reg)
    cdef Frame* f
    cdef Chunk* chunk
    cdef int i
    cdef Reg* r
    if heap:
        f = <Frame*>PyMem_RawMalloc(size)
    else:
        chunk = m.chunk
        if chunk == NULL or <size_t>(chunk.end - chunk.cur) < size:
            chunk = <Chunk*>PyMem_RawMalloc(sizeof(Chunk) + (CHUNK if size < CHUNK else size))
            if chunk != NULL:
                chunk.cur = <char*>(chunk + 1)
                chunk.end = chunk.cur + (CHUNK if size < CHUNK else size)
                chunk.prev = m.chunk
                m.chunk = chunk
        f = NULL if chunk == NULL else <Frame*>chunk.cur
        if f != NULL:
            chunk.cur += size
    if f == NULL:
        PyErr_SetString(<PyObject*>MemoryError, "zygcore: no memory for a frame")
        return NULL
    memset(f, 0, sizeof(Frame))
    f.regs = <Reg*>(f + 1)
    f.c = c
    f.code_obj = <PyObject*>code
    Py_INCREF(f.code_obj)
    f.heap = heap
    f.ip = c.ins
    f.level = -1
    memcpy(f.regs, c.consts, c.nconsts * sizeof(Reg))
    r = f.regs + c.nconsts
    for i in range(c.nregs - c.nconsts):
        r[i].tag = NUL
        r[i].slot = -1
    return f


cdef void frame_clear(Frame* f) noexcept:
    """Drops what the registers hold."""
    cdef int i
    cdef Reg* r = f.regs
    for i in range(f.c.nconsts):
        if r[i].tag == OBJ and f.c.consts[i].tag != OBJ:
            drop(r + i)  # a number that had to become an object
    for i in range(f.c.nconsts, f.c.nregs):
        if r[i].tag & 0xFF == OBJ:
            drop(r + i)


cdef void frame_free(Machine* m, Frame* f) noexcept:
    cdef Chunk* chunk
    frame_clear(f)
    Py_XDECREF(f.func)
    Py_XDECREF(f.globals)
    Py_XDECREF(f.builtins)
    Py_XDECREF(f.locals)
    Py_XDECREF(f.aux)
    Py_XDECREF(f.exc)
    Py_XDECREF(f.shown)
    Py_DECREF(f.code_obj)
    if f.heap:
        PyMem_RawFree(f)
        return
    chunk = m.chunk
    chunk.cur = <char*>f
    if chunk.cur == <char*>(chunk + 1) and chunk.prev != NULL:
        m.chunk = chunk.prev
        PyMem_RawFree(chunk)


cdef int frame_visit(Frame* f, visitproc visit, void* arg) noexcept:
    """What a suspended frame refers to, for the garbage collector."""
    cdef int i, r = 0
    cdef PyObject* owned[6]
    owned[0], owned[1], owned[2], owned[3], owned[4], owned[5] = \
        f.func, f.globals, f.builtins, f.locals, f.aux, f.exc
    for i in range(6):
        if owned[i] != NULL and r == 0:
            r = visit(owned[i], arg)
    for i in range(f.c.nconsts, f.c.nregs):
        if f.regs[i].tag & 0xFF == OBJ and r == 0:
            r = visit(f.regs[i].v.o, arg)
    return r


cdef enum:
    MOST_HIDDEN = 1 << 20


cdef int frame_enter(Machine* m, Frame* f) noexcept:
    """Makes a frame the running one; RecursionError where CPython would raise it."""
    if not f.c.hidden:
        if zyg_recursion_remaining(m.ts) <= 0:
            PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded")
            return -1
        zyg_recursion_enter(m.ts)
    else:
        if m.nhidden > MOST_HIDDEN:
            PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded in what stands for C code")
            return -1
        m.nhidden += 1
    f.prev = m.top
    m.top = f
    return 0


cdef void frame_leave(Machine* m, Frame* f) noexcept:
    m.top = f.prev
    f.prev = NULL
    if not f.c.hidden:
        zyg_recursion_leave(m.ts)
    else:
        m.nhidden -= 1


cdef int set_function(Frame* f, PyObject* func) noexcept:
    f.func = func
    Py_INCREF(func)
    f.globals = zyg_func_globals(func)
    f.builtins = zyg_func_builtins(func)
    Py_INCREF(f.globals)
    Py_INCREF(f.builtins)
    f.closure = zyg_func_closure(func)
    return 0


cdef int push_function(Machine* m, PyObject* func, Reg* args, int nargs, PyObject* kwnames,
                       int ret, int dst, int level) except -1:
    """Calls a Python function in the machine.

    The arguments are moved out of `args`.  1: its frame is on top now;
    0: the result (a new generator) is in register `dst` of the frame below.
    """
    cdef Code code = code_for(<object>zyg_func_code(func))
    cdef CodeC* c = &code.c
    cdef Frame* f
    cdef Reg* r
    cdef PyObject* gen
    cdef int i
    f = frame_new(m, code, c.generator)
    if f == NULL:
        return -1
    f.level = level
    f.ret = ret
    f.dst = dst
    set_function(f, func)
    if kwnames == NULL and nargs == c.argcount and nargs == c.nparams:
        r = f.regs + c.nconsts
        for i in range(nargs):
            r[i] = args[i]
            args[i].tag = NUL
    else:
        try:
            bind(m, f, func, args, nargs, kwnames)
        except BaseException:
            for i in range(nargs + (PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)):
                drop(args + i)
            frame_free(m, f)
            raise
    if c.generator:
        gen = start_generator(m, f)
        if dst >= 0 and m.top != NULL:
            put_obj(m.top.regs + dst, gen, OBJ, -1)
        else:
            args[0].tag = OBJ
            args[0].slot = -1
            args[0].v.o = gen
        return 0
    if frame_enter(m, f) < 0:
        frame_free(m, f)
        return -1
    return 1


cdef python_caller caller_ = NULL


cdef int set_python_caller(python_caller caller) except -1:
    global caller_
    caller_ = caller
    return 0


cdef int call_python(Machine* m, int level, PyObject* function, Reg* args, int nargs, Reg* out) except -1:
    """Calls something in the machine and waits for the result."""
    return caller_(m, level, function, args, nargs, NULL, out)


cdef bint holds_active(Frame* f) noexcept:
    cdef int i
    for i in range(f.c.nconsts, f.c.nregs):
        if f.regs[i].slot >= 0:
            return True
    return False


cdef PyObject* start_generator(Machine* m, Frame* f) except NULL:
    """The generator of a new frame (a new reference)."""
    gen = generator_maker_(<size_t>f, <size_t>(m.levels[f.level] if 0 <= f.level < m.nlevels else NULL))
    if holds_active(f):
        more_known(&m.heap)  # C code that resumes the generator makes active values
    return new_ref(gen)


cdef int push_code(Machine* m, Code code, object globals, object locals, object closure, int ret, int dst) except -1:
    """Runs a code object that is no function's (class bodies, exec)."""
    cdef Frame* f
    func = types.FunctionType(code.code, globals, None, None, closure)
    f = frame_new(m, code, False)
    if f == NULL:
        return -1
    f.level = m.top.level if m.top != NULL else m.nlevels - 1
    f.ret = ret
    f.dst = dst
    set_function(f, <PyObject*>func)
    if locals is not None:
        f.locals = <PyObject*>locals
        Py_INCREF(f.locals)
    if frame_enter(m, f) < 0:
        frame_free(m, f)
        return -1
    return 1


# -- arguments --------------------------------------------------------------


cdef int bind(Machine* m, Frame* f, PyObject* func, Reg* args, int nargs, PyObject* kwnames) except -1:
    """Distributes arguments to the parameter registers, as CPython does."""
    cdef CodeC* c = f.c
    cdef Reg* r = f.regs + c.nconsts
    cdef int i, npos = c.argcount, nkw = <int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0
    cdef int total = npos + c.kwonly, varargs = -1, varkeywords = -1
    cdef bint ok = True
    if c.flags & VARARGS:
        varargs = total
    if c.flags & VARKEYWORDS:
        varkeywords = total + (1 if varargs >= 0 else 0)
    if nargs > npos and varargs < 0:
        return refuse(func, args, nargs, kwnames)
    if nkw:
        ok = keywords_fit(f, nargs, kwnames, varkeywords >= 0)
    if ok:
        ok = nothing_missing(f, func, nargs, kwnames)
    if not ok:
        return refuse(func, args, nargs, kwnames)
    for i in range(min(nargs, npos)):
        move_reg(r + i, args + i)
    if varargs >= 0:
        extra_positional(m, r + varargs, args + npos, nargs - npos)
    if varkeywords >= 0:
        put_obj(r + varkeywords, PyDict_New(), OBJ, -1)
    names = (<Code>f.code_obj).varnames
    for i in range(nkw):
        name = <object>PyTuple_GET_ITEM(kwnames, i)
        j = parameter(names, name, c)
        if j >= 0:
            move_reg(r + <int>j, args + nargs + i)
        else:
            value = escape(m, args + nargs + i)
            if value == NULL:
                return -1
            (<dict><object>r[varkeywords].v.o)[name] = <object>value
            drop(args + nargs + i)
    fill_defaults(m, f, func)
    return 0


cdef int parameter(tuple names, object name, CodeC* c) except -2:
    """The number of the parameter that a keyword means, -1: none."""
    cdef int i
    for i in range(c.posonly, c.argcount + c.kwonly):
        if names[i] is name:
            return i
    for i in range(c.posonly, c.argcount + c.kwonly):
        if names[i] == name:
            return i
    return -1


cdef bint keywords_fit(Frame* f, int nargs, PyObject* kwnames, bint any_name) except -1:
    cdef CodeC* c = f.c
    names = (<Code>f.code_obj).varnames
    seen = set()
    for name in <object>kwnames:
        j = parameter(names, name, c)
        if j < 0:
            if not any_name or type(name) is not str:
                return False
        elif j < nargs and j < c.argcount:
            return False
        if name in seen:
            return False
        seen.add(name)
    return True


cdef bint nothing_missing(Frame* f, PyObject* func, int nargs, PyObject* kwnames) except -1:
    cdef CodeC* c = f.c
    cdef int i, ndefaults
    cdef PyObject* defaults = zyg_func_defaults(func)
    cdef PyObject* kwdefaults = zyg_func_kwdefaults(func)
    ndefaults = <int>PyTuple_GET_SIZE(defaults) if defaults != NULL and PyTuple_CheckExact(defaults) else 0
    names = (<Code>f.code_obj).varnames
    given = <object>kwnames if kwnames != NULL else ()
    for i in range(nargs, c.argcount - ndefaults):
        if i < c.posonly or names[i] not in given:
            return False
    for i in range(c.argcount, c.argcount + c.kwonly):
        if names[i] not in given and (kwdefaults == NULL or names[i] not in <object>kwdefaults):
            return False
    return True


cdef int extra_positional(Machine* m, Reg* out, Reg* args, int n) except -1:
    cdef int i
    cdef PyObject* o
    cdef PyObject* t = PyTuple_New(n if n > 0 else 0)
    if t == NULL:
        return -1
    for i in range(n):
        o = escape(m, args + i)
        if o == NULL:
            Py_DECREF(t)
            return -1
        Py_INCREF(o)
        PyTuple_SET_ITEM(t, i, o)
        drop(args + i)
    put_obj(out, t, OBJ, -1)
    return 0


cdef int fill_defaults(Machine* m, Frame* f, PyObject* func) except -1:
    cdef CodeC* c = f.c
    cdef Reg* r = f.regs + c.nconsts
    cdef PyObject* defaults = zyg_func_defaults(func)
    cdef PyObject* kwdefaults = zyg_func_kwdefaults(func)
    cdef int i, first
    cdef PyObject* o
    if defaults != NULL and PyTuple_CheckExact(defaults):
        first = c.argcount - <int>PyTuple_GET_SIZE(defaults)
        for i in range(max(first, 0), c.argcount):
            if r[i].tag == NUL:
                o = PyTuple_GET_ITEM(defaults, i - first)
                Py_INCREF(o)
                load(m, f.level, r + i, o)
    if kwdefaults != NULL:
        names = (<Code>f.code_obj).varnames
        for i in range(c.argcount, c.argcount + c.kwonly):
            if r[i].tag == NUL:
                value = (<dict>kwdefaults)[names[i]]
                Py_INCREF(<PyObject*>value)
                load(m, f.level, r + i, <PyObject*>value)
    return 0


cdef int refuse(PyObject* func, Reg* args, int nargs, PyObject* kwnames) except -1:
    """The call does not fit the function: CPython words the error."""
    cdef int i, nkw = <int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0
    values = []
    for i in range(nargs + nkw):
        if box(args + i) == NULL:
            return -1
        values.append(<object>args[i].v.o)
    (<object>func)(*values[:nargs], **dict(zip(<object>kwnames if kwnames != NULL else (), values[nargs:])))
    raise SystemError("zygcore: the call was refused, and CPython accepts it")


# -- tracebacks -------------------------------------------------------------

cdef PyObject* without_ours(PyObject* tb) noexcept:
    """Takes off the entries of compiled modules of ours (a reference for a reference)."""
    cdef PyObject* rest
    try:
        while tb != NULL and (<object>tb).tb_frame.f_code.co_filename.endswith(".pyx"):
            inner = (<object>tb).tb_next
            rest = NULL if inner is None else <PyObject*>inner
            Py_XINCREF(rest)
            Py_DECREF(tb)
            tb = rest
    except BaseException:
        pass
    return tb


cdef void strip_traceback() noexcept:
    """The traceback of the current error without entries of ours."""
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    PyErr_Fetch(&tp, &value, &tb)
    PyErr_Restore(tp, value, without_ours(tb))


cdef void show_running_line(Frame* f) noexcept:
    """The frame object of traceback entries follows an exception that is raised again elsewhere."""
    if f.shown != NULL:
        show_line(f.shown, zyg_line(<PyObject*>(<Code>f.code_obj).shadow, f.c.offsets[pc_of(f)]))


cdef void add_traceback(Frame* f) noexcept:
    """Adds the running line of a frame to the traceback of the current error."""
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    cdef int offset, line
    if f.c.hidden:
        return
    PyErr_Fetch(&tp, &value, &tb)
    tb = without_ours(tb)
    offset = f.c.offsets[pc_of(f)] if not f.handling else 0
    try:
        shadow = (<Code>f.code_obj).shadow
        line = zyg_line(<PyObject*>shadow, offset)
        if f.shown == NULL:
            f.shown = zyg_frame(<PyObject*>shadow, f.globals, NULL)
        if f.shown != NULL:
            show_line(f.shown, line)
            entry = types.TracebackType(<object>tb if tb != NULL else None, <object>f.shown, offset, line)
            Py_XDECREF(tb)
            tb = <PyObject*>entry
            Py_INCREF(tb)
    except BaseException:
        pass
    PyErr_Restore(tp, value, tb)


def shadow_frame(code):
    """A frame object for a traceback entry of a code object."""
    shadow = (<Code>code).shadow
    space = globals()
    cdef PyObject* frame = zyg_frame(<PyObject*>shadow, <PyObject*>space, NULL)
    if frame == NULL:
        return None
    out = <object>frame
    Py_DECREF(frame)
    return out
