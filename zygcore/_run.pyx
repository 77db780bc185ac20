"""The machine's loop: executes `Ins` after `Ins`, on floats and ints unboxed.

An arm that handles its instruction ends in ``continue``; falling out of the chain
means that an exception is set, which is then handed to the innermost handler of the
running frame or unwinds it.  Calls between Python functions push frames and stay in
the loop.
"""

cimport cython
from libc.string cimport memset

from ._arith cimport binary, compare, truth, unary
from ._calls cimport K_FUNCTION, K_MATH, K_RANGE, call, call_ex, dispatch, fast_call, math_call
from ._capi cimport *
from ._code cimport Code, version_address
from ._frames cimport *
from ._generators cimport (Generator, generator_failed, generator_finish, generator_resume, generator_yield,
                           set_loop)
from ._machine cimport *
from ._objects cimport *
from ._opcodes cimport *
from ._rules cimport finish_rule
from ._structs cimport *
from ._tape cimport *
from ._values cimport *

cdef extern from *:
    """
    static __thread struct Machine_ *zyg_machine_of_thread = 0;
    """
    void* zyg_machine_of_thread

cdef Code entry_code = Code.__new__(Code)
entry_code.c.nregs = 2
entry_code.c.hidden = 1
entry_source = compile("None", "<zygcore>", "eval")
entry_code.original = <PyObject*>entry_source
entry_code.shadow = entry_source


set_loop(enter, leave, machine, run)
set_python_caller(call_here)


cdef Machine* current() noexcept:
    """The machine of this thread, NULL if none was made yet."""
    return <Machine*>zyg_machine_of_thread


cdef void set_current(Machine* m) noexcept:
    global zyg_machine_of_thread
    zyg_machine_of_thread = m


cdef Machine* machine() except NULL:
    """The machine of this thread."""
    global zyg_machine_of_thread
    cdef Machine* m = <Machine*>zyg_machine_of_thread
    if m == NULL:
        m = <Machine*>PyMem_RawMalloc(sizeof(Machine))
        if m == NULL:
            raise MemoryError
        memset(m, 0, sizeof(Machine))
        m.ts = PyThreadState_Get()
        zyg_machine_of_thread = m
    m.ts = PyThreadState_Get()
    m.version = version_address()
    return m


cdef Frame* enter(Machine* m, int level) except NULL:
    """A frame to call from: results for C code arrive in its registers."""
    cdef Frame* f = frame_new(m, entry_code, False)
    if f == NULL:
        raise MemoryError
    f.level = level
    f.prev = m.top
    m.top = f
    return f


cdef int leave(Machine* m, Frame* entry) noexcept:
    m.top = entry.prev
    frame_free(m, entry)
    return 0


cdef int call_here(Machine* m, int level, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                   Reg* out) except -1:
    """Calls something in the machine and waits for the result."""
    cdef Frame* entry = enter(m, level)
    cdef int status
    try:
        status = dispatch(m, entry, callee, args, nargs, kwnames, R_STORE, 0, level, None)
        if status == 1:
            run(m, entry)
        move_reg(out, entry.regs)
    finally:
        leave(m, entry)
    return 0


# -- returning ------------------------------------------------------------------


cdef int returned(Machine* m, Frame* f, Reg* value) except -1:
    """The frame `f` is done: takes it off and delivers its value to the one below."""
    cdef Frame* below = f.prev
    cdef int ret = f.ret, dst = f.dst
    cdef Reg v
    cdef PyObject* aux
    v = value[0]
    value.tag = NUL
    value.slot = -1
    if f.gen != NULL:
        return generator_finish(m, f, &v)
    aux = f.aux
    f.aux = NULL
    frame_leave(m, f)
    frame_free(m, f)
    try:
        if ret == R_STORE or ret == R_NEXT:
            move_reg(below.regs + dst, &v)
        elif ret == R_RULE:
            finish_rule(m, below, 0, &v, NULL, 0, <object>aux, dst)
        elif ret == R_INIT:
            if v.tag != OBJ or v.v.o != Py_None:
                raise TypeError(f"__init__() should return None, not '{type(<object>box(&v)).__name__}'")
            Py_INCREF(aux)
            load(m, below.level, below.regs + dst, aux)
        elif ret == R_TRUTH or ret == R_NOT:
            answer(m, below, &v, ret, dst)
        elif ret == R_NONE:
            Py_INCREF(Py_None)
            put_obj(below.regs + dst, Py_None, OBJ, -1)
    finally:
        Py_XDECREF(aux)
        drop(&v)
    return 0


cdef int answer(Machine* m, Frame* below, Reg* v, int ret, int dst) except -1:
    """The truth value of what a __bool__, __contains__ ... returned."""
    cdef PyObject* o = box(v)
    cdef int r
    if o == NULL:
        return -1
    if type(<object>o) is int and (<object>o) < 0:
        raise ValueError("__len__() should return >= 0")
    r = PyObject_IsTrue(o)
    if r < 0:
        return -1
    o = Py_True if (r != 0) == (ret == R_TRUTH) else Py_False
    Py_INCREF(o)
    put_obj(below.regs + dst, o, OBJ, -1)
    return 0


# -- exceptions -----------------------------------------------------------------


cdef int handle(Machine* m, Frame* entry, bint reraised) except -1:
    """Hands the current exception to a handler; -1 if it leaves the machine.

    Frames without one are taken off.
    """
    cdef Frame* f
    cdef Frame* below
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    cdef int number, ret
    while m.top != entry:
        f = m.top
        if not reraised:
            add_traceback(f)
        reraised = False
        number = f.c.handler_of[f.ip - f.c.ins - 1]
        if number >= 0:
            PyErr_Fetch(&tp, &value, &tb)
            PyErr_NormalizeException(&tp, &value, &tb)
            if tb != NULL:
                PyException_SetTraceback(value, tb)
            Py_XDECREF(tp)
            Py_XDECREF(tb)
            Py_XDECREF(f.exc)
            f.exc = value
            f.ip = f.c.ins + f.c.handlers[number].target
            return 0
        below = f.prev
        ret = f.ret
        if f.gen != NULL:
            generator_failed(m, f)
        else:
            frame_leave(m, f)
            frame_free(m, f)
        if ret == R_NEXT and PyErr_ExceptionMatches(PyExc_StopIteration):
            PyErr_Clear()
            below.ip = below.c.ins + (below.ip - 1).b
            return 0
    return -1


cdef int raise_statement(Frame* f, Ins* ins) except -1:
    """RAISE: sets the exception; always -1."""
    cdef int a = f.c.extra[ins.a + 1], b = f.c.extra[ins.a + 2]
    cdef PyObject* o
    if a < 0:
        o = PyErr_GetHandledException()
        if o == NULL:
            raise RuntimeError("No active exception to reraise")
        PyErr_SetObject(<PyObject*>Py_TYPE(o), o)
        restore_traceback(o)
        Py_DECREF(o)
        return -1
    exc = <object>box(f.regs + (a >> 1))
    if isinstance(exc, type) and issubclass(exc, BaseException):
        kind = exc
        exc = exc()
        if not isinstance(exc, BaseException):
            raise TypeError(f"calling {kind} should have returned an instance of BaseException, not {type(exc)}")
    elif not isinstance(exc, BaseException):
        raise TypeError("exceptions must derive from BaseException")
    if b >= 0:
        cause = <object>box(f.regs + (b >> 1))
        if isinstance(cause, type) and issubclass(cause, BaseException):
            cause = cause()
        elif cause is not None and not isinstance(cause, BaseException):
            raise TypeError("exception causes must derive from BaseException")
        exc.__cause__ = cause
    PyErr_SetObject(<PyObject*>Py_TYPE(<PyObject*>exc), <PyObject*>exc)
    restore_traceback(<PyObject*>exc)
    return -1


cdef void restore_traceback(PyObject* exc) noexcept:
    """The error being raised continues the traceback that the exception has."""
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    PyErr_Fetch(&tp, &value, &tb)
    if tb == NULL:
        tb = PyException_GetTraceback(exc)
    PyErr_Restore(tp, value, tb)


cdef int reraise(Frame* f, Ins* ins) except -1:
    cdef PyObject* o = box(f.regs + (f.c.extra[ins.a + 1] >> 1))
    Py_INCREF(o)
    PyErr_Restore(<PyObject*>Py_TYPE(o), o, PyException_GetTraceback(o))
    Py_INCREF(<PyObject*>Py_TYPE(o))
    return -1


cdef int cleanup_throw(Machine* m, Frame* f, Ins* ins) except -1:
    """What a delegate raised when it was thrown into: its value if it returned, else the exception."""
    cdef PyObject* o = box(f.regs + (f.c.extra[ins.a + 3] >> 1))
    if PyErr_GivenExceptionMatches(o, PyExc_StopIteration):
        value = (<object>o).value
        Py_INCREF(<PyObject*>value)
        load(m, f.level, f.regs + ins.d, <PyObject*>value)
        return 0
    Py_INCREF(o)
    Py_INCREF(<PyObject*>Py_TYPE(o))
    PyErr_Restore(<PyObject*>Py_TYPE(o), o, PyException_GetTraceback(o))
    return -1


# -- iteration --------------------------------------------------------------------


@cython.final
cdef class RangeItems:
    """Iterator of a range in machine integers."""
    cdef long long at, step, left

    def __iter__(self):
        return self

    def __next__(self):
        if self.left <= 0:
            raise StopIteration
        value = self.at
        self.at += self.step
        self.left -= 1
        return value


@cython.final
cdef class ListItems:
    """Iterator of a list or tuple that keeps the register it came from."""
    cdef Reg source
    cdef Py_ssize_t at
    cdef bint by_place
    cdef bint plain             # a list or tuple, not an array
    cdef Location location
    cdef int* slots             # of the leaves of `location`
    cdef PyObject* originals
    cdef int count

    def __dealloc__(self):
        drop(&self.source)

    def __iter__(self):
        return self

    def __next__(self):
        # a comprehension that runs natively, because it sees nothing active
        if self.source.tag & 0xFF != OBJ:
            raise StopIteration
        seq = <object>self.source.v.o
        if self.at >= len(seq):
            drop(&self.source)
            raise StopIteration
        self.at += 1
        return seq[self.at - 1]

cdef PyTypeObject* RANGE_ITEMS = <PyTypeObject*><PyObject*>RangeItems
cdef PyTypeObject* LIST_ITEMS = <PyTypeObject*><PyObject*>ListItems
cdef PyTypeObject* GENERATOR = <PyTypeObject*><PyObject*>Generator
from .protocols import by_index as by_index_

cdef object by_index = by_index_
cdef str ITER_ = "__iter__", NEXT_ = "__next__", GETITEM_ = "__getitem__"


cdef int get_iterator(Machine* m, Frame* f, Ins* ins) except -1:
    """ITER: ``iter(a)``"""
    cdef int packed = f.c.extra[ins.a + 1]
    cdef Reg* a = f.regs + (packed >> 1)
    cdef Reg* d = f.regs + ins.d
    cdef PyObject* o = box(a)
    cdef PyObject* it
    cdef RangeItems r
    cdef ListItems items
    cdef PyTypeObject* tp
    if o == NULL:
        return -1
    tp = Py_TYPE(o)
    if tp == GENERATOR:
        if a != d:
            copy_reg(d, a)
            if packed & 1:
                drop(a)
        return 0
    if tp == &PyList_Type or tp == &PyTuple_Type or tp == ARRAY_TYPE and a.slot >= 0:
        items = ListItems.__new__(ListItems)
        items.source.tag = NUL
        copy_reg(&items.source, a)
        items.by_place = a.slot >= 0
        items.plain = tp != ARRAY_TYPE
        items.location = location_of(m, a) if a.slot >= 0 else None
        if items.location is not None and a.tag >> 8 == 0:
            items.slots = items.location.slots
            items.originals = <PyObject*>items.location.originals
            items.count = items.location.n
        if tp == ARRAY_TYPE and (<object>o).ndim == 0:
            raise TypeError("iteration over a 0-d array")
        it = <PyObject*>items
        Py_INCREF(it)
    elif tp == &PyRange_Type:
        r = range_items(o)
        if r is not None:
            it = <PyObject*>r
            Py_INCREF(it)
        else:
            it = PyObject_GetIter(o)
    else:
        return other_iterator(m, f, a, d, packed & 1, ins.d)
    put_obj(d, it, OBJ, -1)
    if packed & 1 and a != d:
        drop(a)
    return 0


from ._arith cimport has_python_method
import numpy as np
cdef PyTypeObject* ARRAY_TYPE = <PyTypeObject*><PyObject*>np.ndarray


cdef int other_iterator(Machine* m, Frame* f, Reg* a, Reg* d, bint last, int dst) except -1:
    cdef Reg own[1]
    cdef PyObject* it
    if (m.heap or m.run_all or a.slot >= 0) and has_python_method(a.v.o, <PyObject*>ITER_):
        own[0].tag = NUL
        copy_reg(own, a)
        try:
            return push_function(m, _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>ITER_), own, 1, NULL, R_STORE, dst,
                                 f.level)
        finally:
            drop(own)
    own[0].tag = NUL
    copy_reg(own, a)
    if (m.heap or m.run_all or a.slot >= 0) and has_python_method(a.v.o, <PyObject*>GETITEM_) \
            and _PyType_Lookup(Py_TYPE(a.v.o), <PyObject*>ITER_) == NULL:
        try:
            return push_function(m, <PyObject*>by_index, own, 1, NULL, R_STORE, dst, f.level)
        finally:
            drop(own)
    try:
        if a.slot >= 0 and Py_TYPE(a.v.o) != &PyDict_Type:
            materialise(m, f.level, own)
        it = PyObject_GetIter(own[0].v.o)
        if it == NULL:
            return -1
        if it == own[0].v.o:
            put_obj(d, it, own[0].tag, own[0].slot)
        else:
            load(m, f.level, d, it)
            if own[0].slot >= 0 and d.slot < 0:
                d.tag, d.slot = own[0].tag, own[0].slot
    finally:
        drop(own)
    if last and a != d:
        drop(a)
    return 0


cdef int range_loop(Machine* m, Frame* f, Ins* ins, Ins* following) except -1:
    """``for … in range(…)``: the iterator at once, without a range.  2: not that."""
    cdef int* extra = f.c.extra + ins.b
    cdef int n = extra[1], i
    cdef long long v[3]
    cdef Reg* r
    cdef RangeItems out
    if following.op != ITER or extra[2] >= 0 or n < 1 or n > 3 or extra[0] >= 0:
        return 2
    i = f.c.extra[following.a + 1]
    if i >> 1 != ins.d or not (i & 1 or following.d == ins.d):
        return 2
    for i in range(n):
        r = f.regs + (extra[6 + i] >> 1)
        if r.tag & 0xFF != I64:
            return 2
        v[i] = r.v.i
        if v[i] > 1 << 60 or v[i] < -(1 << 60):
            return 2
    if n == 3 and v[2] == 0:
        return 2
    out = RangeItems.__new__(RangeItems)
    out.at = v[0] if n > 1 else 0
    out.step = v[2] if n == 3 else 1
    i = 0 if n == 1 else 1
    if out.step > 0:
        out.left = (v[i] - out.at + out.step - 1) // out.step if v[i] > out.at else 0
    else:
        out.left = (out.at - v[i] - out.step - 1) // (-out.step) if v[i] < out.at else 0
    Py_INCREF(<PyObject*>out)
    put_obj(f.regs + following.d, <PyObject*>out, OBJ, -1)
    if extra[4]:
        drop(f.regs + ins.a)
    return 0


cdef RangeItems range_items(PyObject* r):
    """An iterator in machine integers, None if the range has larger ones."""
    cdef RangeItems out = RangeItems.__new__(RangeItems)
    cdef int overflow = 0, big = 0
    out.at = PyLong_AsLongLongAndOverflow(zyg_range_start(r), &overflow)
    big |= overflow
    out.step = PyLong_AsLongLongAndOverflow(zyg_range_step(r), &overflow)
    big |= overflow
    out.left = PyLong_AsLongLongAndOverflow(zyg_range_length(r), &overflow)
    big |= overflow
    PyLong_AsLongLongAndOverflow(zyg_range_stop(r), &overflow)
    return None if big or overflow else out


cdef int next_item(Machine* m, Frame* f, Ins* ins) except -1:
    """FOR_ITER beyond ranges.  0: item in d; 1: frame pushed; 2: exhausted."""
    cdef Reg* a = f.regs + ins.a
    cdef PyObject* o = a.v.o
    cdef PyTypeObject* tp = Py_TYPE(o)
    cdef PyObject* item
    cdef Reg own[1]
    cdef int status
    if tp == LIST_ITEMS:
        return next_in_list(m, f, <ListItems>o, ins)
    if tp == GENERATOR:
        status = generator_resume(m, f, <Generator>o, NULL, R_NEXT, ins.d)
        return status
    if (m.heap or m.run_all or a.slot >= 0) and has_python_method(o, <PyObject*>NEXT_):
        own[0].tag = NUL
        copy_reg(own, a)
        try:
            return push_function(m, _PyType_Lookup(tp, <PyObject*>NEXT_), own, 1, NULL, R_NEXT, ins.d, f.level)
        finally:
            drop(own)
    item = PyIter_Next(o)
    if item == NULL:
        return -1 if PyErr_Occurred() != NULL else 2
    load(m, f.level, f.regs + ins.d, item)
    if a.slot >= 0 and f.regs[ins.d].slot < 0:
        poisoned_item(m, a, f.regs + ins.d)
    return 0


cdef int poisoned_item(Machine* m, Reg* source, Reg* d) except -1:
    """What comes out of a poisoned iterator is poisoned."""
    if is_poisoned(m, source) and d.v.o != Py_None:
        d.tag, d.slot = source.tag, source.slot
    return 0


cdef int next_in_list(Machine* m, Frame* f, ListItems items, Ins* ins) except -1:
    cdef PyObject* seq
    cdef PyObject* item
    cdef Reg key
    cdef Py_ssize_t i = items.at
    cdef Reg* d = f.regs + ins.d
    if items.source.tag & 0xFF != OBJ:
        return 2
    seq = items.source.v.o
    if Py_TYPE(seq) == &PyList_Type:
        if i >= PyList_GET_SIZE(seq):
            drop(&items.source)
            return 2
        item = PyList_GET_ITEM(seq, i)
        if i < items.count and items.slots[i] >= 0 and Py_TYPE(item) == &PyFloat_Type \
                and PyList_GET_ITEM(items.originals, i) == item:
            items.at = i + 1
            put_f64(d, zyg_float(item), items.slots[i])
            return 0
    elif Py_TYPE(seq) == &PyTuple_Type:
        if i >= PyTuple_GET_SIZE(seq):
            drop(&items.source)
            return 2
        item = PyTuple_GET_ITEM(seq, i)
    else:
        if i >= <Py_ssize_t>len(<object>seq):
            return 2
        key.tag = I64
        key.slot = -1
        key.v.i = i
        items.at = i + 1
        try:
            return get_item(m, f, &items.source, &key, ins.d)
        finally:
            drop(&key)
    items.at = i + 1
    if items.by_place:
        return item_by_place(m, f, items, i, item, d)
    Py_INCREF(item)
    load(m, f.level, d, item)
    return 0


cdef int item_by_place(Machine* m, Frame* f, ListItems items, Py_ssize_t i, PyObject* item, Reg* d) except -1:
    """An item of an input list: its slot is known by its place."""
    cdef object key
    Py_INCREF(item)
    load(m, f.level, d, item)
    if further_out(d, &items.source):
        key = i
        if not locate(m, &items.source, <PyObject*>key, item, d) and d.slot < 0:
            poisoned_item(m, &items.source, d)
    return 0


cdef int fast_item(Machine* m, Frame* f, Ins* ins, Reg* a, Reg* b) except -1:
    """``list[int]`` and ``tuple[int]``; 2: not that."""
    cdef PyObject* seq = a.v.o
    cdef PyObject* item
    cdef Py_ssize_t i = b.v.i, n
    cdef PyTypeObject* tp = Py_TYPE(seq)
    cdef Location loc
    if tp == &PyList_Type:
        n = PyList_GET_SIZE(seq)
        if i < 0:
            i += n
        if not 0 <= i < n:
            return 2
        item = PyList_GET_ITEM(seq, i)
    elif tp == &PyTuple_Type:
        n = PyTuple_GET_SIZE(seq)
        if i < 0:
            i += n
        if not 0 <= i < n:
            return 2
        item = PyTuple_GET_ITEM(seq, i)
    else:
        return 2
    if a.slot >= 0:
        if a.tag >> 8 or Py_TYPE(item) != &PyFloat_Type:
            return 2
        loc = location_of(m, a)
        if loc is None or i >= loc.n or loc.slots[i] < 0 or PyList_GET_ITEM(<PyObject*>loc.originals, i) != item:
            return 2
        put_f64(f.regs + ins.d, zyg_float(item), loc.slots[i])
        return 0
    Py_INCREF(item)
    load(m, f.level, f.regs + ins.d, item)
    return 0


# -- the loop ---------------------------------------------------------------------


cdef int breathe(Machine* m) except -1:
    """Every few thousand backward jumps: signals, and other threads' turn."""
    cdef PyThreadState* ts
    if PyErr_CheckSignals() < 0:
        return -1
    if Py_MakePendingCalls() < 0:
        return -1
    ts = PyEval_SaveThread()
    PyEval_RestoreThread(ts)
    return 0


cdef int compare_jump(Machine* m, Frame* f, Ins* ins) except -1:
    """A fused comparison and jump on anything: 0 or 1, whether the comparison holds.

    Comparisons in Python code are run to their end here.
    """
    cdef int op = ins.op, status, r
    cdef Frame* entry
    op = LT + (op - JLT) if op < JIS else (IS if op == JIS else (ISNOT if op == JISNOT else LT + (op - JNLT)))
    entry = enter(m, f.level)
    try:
        status = compare_into(m, f, entry, f.regs + ins.a, f.regs + ins.b, op)
        if status == 1:
            run(m, entry)
        r = truth(m, entry, entry.regs, R_TRUTH, 1)
        if r == 2:
            run(m, entry)
            r = truth(m, entry, entry.regs + 1, R_TRUTH, 1)
    finally:
        leave(m, entry)
    if ins.aux & KILL_A:
        drop(f.regs + ins.a)
    if ins.aux & KILL_B:
        drop(f.regs + ins.b)
    return r


cdef int compare_into(Machine* m, Frame* f, Frame* entry, Reg* a, Reg* b, int op) except -1:
    return compare(m, entry, a, b, op, R_STORE, 0)


# The loop itself looks at what these functions return: an exception is its business.
ctypedef int (*step)(Machine*, Frame*, Ins*) noexcept
ctypedef int (*step_number)(Machine*, Frame*, Ins*, int) noexcept
ctypedef int (*step_reg)(Machine*, Frame*, Reg*) noexcept
ctypedef int (*step_two)(Machine*, Frame*, Ins*, Reg*, Reg*) noexcept
ctypedef int (*step_items)(Machine*, Frame*, ListItems, Ins*) noexcept
ctypedef int (*step_two_ip)(Machine*, Frame*, Ins*, Ins*) noexcept
ctypedef int (*step_cell)(Machine*, Frame*, Reg*, PyObject*, int) noexcept
ctypedef int (*rest)(Machine*) noexcept
ctypedef int (*recover)(Machine*, Frame*, bint) noexcept


cdef int run(Machine* m, Frame* entry) except -1:
    """Runs until `entry` is on top again; -1 with an exception set if one leaves it."""
    cdef Frame* f = m.top
    cdef Reg* regs = f.regs
    cdef Ins* ip = f.ip
    cdef Ins* ins
    cdef Ins* code = f.c.ins
    cdef Reg* ra
    cdef Reg* rb
    cdef Reg* rd
    cdef Tape* t = m.levels[0]
    cdef int op, status, slot
    cdef double x, y
    cdef long long k
    cdef PyObject* o
    cdef Cache* cache
    cdef bint reraised = False, ok
    if m.nlevels == 0:
        t = NULL
    if f.handling:
        f.handling = 0
        if PyErr_Occurred() != NULL:
            if (<recover>handle)(m, entry, False) < 0:
                return -1
            f = m.top
            regs = f.regs
            ip = f.ip
            code = f.c.ins
    while True:
        ins = ip
        ip += 1
        op = ins.op
        status = 0
        if op == ADD:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                x = ra.v.f + rb.v.f
                slot = -1
                if (ra.slot & rb.slot) >= 0 or ra.slot >= 0 or rb.slot >= 0:
                    slot = push2(t, ra.slot, rb.slot, 1.0, 1.0)
                    ok = slot >= 0
                else:
                    ok = True
                if ok:
                    put_f64(regs + ins.d, x, slot)
                    continue
            elif ra.tag == I64 and rb.tag == I64 and (ra.slot & rb.slot) == -1 and not zyg_add(ra.v.i, rb.v.i, &k):
                put_i64(regs + ins.d, k, -1)
                continue
            else:
                f.ip = ip
                status = (<step_number>binary)(m, f, ins, ins.aux >> KILL_BITS)
                if status == 0:
                    continue
                if status == 1:
                    f = m.top
                    regs = f.regs
                    ip = f.ip
                    code = f.c.ins
                    continue
        elif op == SUB:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                x = ra.v.f - rb.v.f
                slot = -1
                ok = True
                if ra.slot >= 0 or rb.slot >= 0:
                    slot = push2(t, ra.slot, rb.slot, 1.0, -1.0)
                    ok = slot >= 0
                if ok:
                    put_f64(regs + ins.d, x, slot)
                    continue
            elif ra.tag == I64 and rb.tag == I64 and (ra.slot & rb.slot) == -1 and not zyg_sub(ra.v.i, rb.v.i, &k):
                put_i64(regs + ins.d, k, -1)
                continue
            else:
                f.ip = ip
                status = (<step_number>binary)(m, f, ins, ins.aux >> KILL_BITS)
                if status == 0:
                    continue
                if status == 1:
                    f = m.top
                    regs = f.regs
                    ip = f.ip
                    code = f.c.ins
                    continue
        elif op == MUL:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                x = ra.v.f
                y = rb.v.f
                slot = -1
                ok = True
                if ra.slot >= 0 or rb.slot >= 0:
                    slot = push2(t, ra.slot, rb.slot, y, x)
                    ok = slot >= 0
                if ok:
                    put_f64(regs + ins.d, x * y, slot)
                    continue
            elif ra.tag == I64 and rb.tag == I64 and (ra.slot & rb.slot) == -1 and not zyg_mul(ra.v.i, rb.v.i, &k):
                put_i64(regs + ins.d, k, -1)
                continue
            else:
                f.ip = ip
                status = (<step_number>binary)(m, f, ins, ins.aux >> KILL_BITS)
                if status == 0:
                    continue
                if status == 1:
                    f = m.top
                    regs = f.regs
                    ip = f.ip
                    code = f.c.ins
                    continue
        elif op == DIV:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0 and rb.v.f != 0.0:
                y = rb.v.f
                x = ra.v.f / y
                slot = -1
                ok = True
                if ra.slot >= 0 or rb.slot >= 0:
                    slot = push2(t, ra.slot, rb.slot, 1.0 / y, -x / y)
                    ok = slot >= 0
                if ok:
                    put_f64(regs + ins.d, x, slot)
                    continue
            else:
                f.ip = ip
                status = (<step_number>binary)(m, f, ins, ins.aux >> KILL_BITS)
                if status == 0:
                    continue
                if status == 1:
                    f = m.top
                    regs = f.regs
                    ip = f.ip
                    code = f.c.ins
                    continue
        elif op == BINARY:
            f.ip = ip
            status = (<step_number>binary)(m, f, ins, ins.aux >> KILL_BITS)
            if status == 0:
                continue
            if status == 1:
                f = m.top
                regs = f.regs
                ip = f.ip
                code = f.c.ins
                continue
        elif op == MOVE:
            copy_reg(regs + ins.d, regs + ins.a)
            continue
        elif op == TAKE:
            move_reg(regs + ins.d, regs + ins.a)
            continue
        elif op == CLEAR:
            drop(regs + ins.d)
            continue
        elif op == JLT or op == JNLT:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                ok = ra.v.f < rb.v.f
            elif ra.tag == I64 and rb.tag == I64:
                ok = ra.v.i < rb.v.i
            else:
                f.ip = ip
                status = (<step>compare_jump)(m, f, ins)
                ok = status == 1
            if status >= 0:
                if ok != (op == JLT):
                    continue
                ip = code + ins.d
                if ip > ins:
                    continue
                m.ticks += 1
                if m.ticks & 0x3FFF:
                    continue
                f.ip = ip
                status = (<rest>breathe)(m)
                if status >= 0:
                    continue
        elif op == JLE or op == JNLE:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                ok = ra.v.f <= rb.v.f
            elif ra.tag == I64 and rb.tag == I64:
                ok = ra.v.i <= rb.v.i
            else:
                f.ip = ip
                status = (<step>compare_jump)(m, f, ins)
                ok = status == 1
            if status >= 0:
                if ok != (op == JLE):
                    continue
                ip = code + ins.d
                if ip > ins:
                    continue
                m.ticks += 1
                if m.ticks & 0x3FFF:
                    continue
                f.ip = ip
                status = (<rest>breathe)(m)
                if status >= 0:
                    continue
        elif op == JEQ or op == JNEQ:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                ok = ra.v.f == rb.v.f
            elif ra.tag == I64 and rb.tag == I64:
                ok = ra.v.i == rb.v.i
            else:
                f.ip = ip
                status = (<step>compare_jump)(m, f, ins)
                ok = status == 1
            if status >= 0:
                if ok != (op == JEQ):
                    continue
                ip = code + ins.d
                if ip > ins:
                    continue
                m.ticks += 1
                if m.ticks & 0x3FFF:
                    continue
                f.ip = ip
                status = (<rest>breathe)(m)
                if status >= 0:
                    continue
        elif op == JNE or op == JNNE:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                ok = ra.v.f != rb.v.f
            elif ra.tag == I64 and rb.tag == I64:
                ok = ra.v.i != rb.v.i
            else:
                f.ip = ip
                status = (<step>compare_jump)(m, f, ins)
                ok = status == 1
            if status >= 0:
                if ok != (op == JNE):
                    continue
                ip = code + ins.d
                if ip > ins:
                    continue
                m.ticks += 1
                if m.ticks & 0x3FFF:
                    continue
                f.ip = ip
                status = (<rest>breathe)(m)
                if status >= 0:
                    continue
        elif op == JGT or op == JNGT:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                ok = ra.v.f > rb.v.f
            elif ra.tag == I64 and rb.tag == I64:
                ok = ra.v.i > rb.v.i
            else:
                f.ip = ip
                status = (<step>compare_jump)(m, f, ins)
                ok = status == 1
            if status >= 0:
                if ok != (op == JGT):
                    continue
                ip = code + ins.d
                if ip > ins:
                    continue
                m.ticks += 1
                if m.ticks & 0x3FFF:
                    continue
                f.ip = ip
                status = (<rest>breathe)(m)
                if status >= 0:
                    continue
        elif op == JGE or op == JNGE:
            ra = regs + ins.a
            rb = regs + ins.b
            if (ra.tag | rb.tag) == 0:
                ok = ra.v.f >= rb.v.f
            elif ra.tag == I64 and rb.tag == I64:
                ok = ra.v.i >= rb.v.i
            else:
                f.ip = ip
                status = (<step>compare_jump)(m, f, ins)
                ok = status == 1
            if status >= 0:
                if ok != (op == JGE):
                    continue
                ip = code + ins.d
                if ip > ins:
                    continue
                m.ticks += 1
                if m.ticks & 0x3FFF:
                    continue
                f.ip = ip
                status = (<rest>breathe)(m)
                if status >= 0:
                    continue
        elif op == JIS or op == JISNOT:
            f.ip = ip
            status = (<step>compare_jump)(m, f, ins)
            if status >= 0:
                if status == 1:
                    ip = code + ins.d
                continue
        elif op == JMP:
            ip = code + ins.d
            continue
        elif op == LOOP:
            ip = code + ins.d
            m.ticks += 1
            if m.ticks & 0x3FFF:
                continue
            f.ip = ins + 1
            if (<rest>breathe)(m) >= 0:
                continue
        elif op == JTRUE or op == JFALSE:
            ra = regs + ins.a
            if ra.tag == OBJ and (ra.v.o == Py_True or ra.v.o == Py_False):
                status = ra.v.o == Py_True
            else:
                f.ip = ip
                status = (<step_reg>jump_truth)(m, f, ra)
            if status >= 0:
                if status == (op == JTRUE):
                    ip = code + ins.d
                continue
        elif op == FOR_ITER:
            ra = regs + ins.a
            o = ra.v.o
            if Py_TYPE(o) == RANGE_ITEMS:
                if (<RangeItems>o).left > 0:
                    k = (<RangeItems>o).at
                    (<RangeItems>o).at = k + (<RangeItems>o).step
                    (<RangeItems>o).left -= 1
                    put_i64(regs + ins.d, k, -1)
                else:
                    ip = code + ins.b
                continue
            f.ip = ip
            if Py_TYPE(o) == LIST_ITEMS:
                status = (<step_items>next_in_list)(m, f, <ListItems>o, ins)
            else:
                status = (<step>next_item)(m, f, ins)
            if status == 0:
                continue
            if status == 2:
                ip = code + ins.b
                continue
            if status == 1:
                f = m.top
                regs = f.regs
                ip = f.ip
                code = f.c.ins
                if f.handling:
                    f.handling = 0
                continue
        elif op == FOR_LOOP:
            o = regs[ins.a].v.o
            m.ticks += 1
            if m.ticks & 0x3FFF == 0:
                f.ip = ip
                if (<rest>breathe)(m) >= 0:
                    continue
            elif Py_TYPE(o) == RANGE_ITEMS:
                if (<RangeItems>o).left > 0:
                    k = (<RangeItems>o).at
                    (<RangeItems>o).at = k + (<RangeItems>o).step
                    (<RangeItems>o).left -= 1
                    put_i64(regs + ins.d, k, -1)
                    ip = code + ins.b
                continue
            elif Py_TYPE(o) == LIST_ITEMS and (<ListItems>o).plain:
                f.ip = ip
                status = (<step_items>next_in_list)(m, f, <ListItems>o, ins)
                if status == 0:
                    ip = code + ins.b
                if status >= 0:
                    continue
            else:
                continue
        elif op == GLOBAL:
            cache = f.c.caches + ins.b
            if cache.key == f.globals and cache.version == zyg_dict_version(f.globals) \
                    and cache.version2 == zyg_dict_version(f.builtins):
                Py_INCREF(cache.value)
                put_obj(regs + ins.d, cache.value, OBJ, -1)
                if m.heap and cache.kind == 0:
                    lookup(m, f.level, regs + ins.d)
                continue
            f.ip = ip
            if (<step>get_global)(m, f, ins) >= 0:
                continue
        elif op == GETATTR:
            f.ip = ip
            status = (<step>attribute_kill)(m, f, ins)
            if status == 0:
                continue
            if status == 1:
                f = m.top
                regs = f.regs
                ip = f.ip
                code = f.c.ins
                continue
        elif op == GETITEM:
            ra = regs + ins.a
            rb = regs + ins.b
            f.ip = ip
            status = 2
            if ra.tag & 0xFF == OBJ and rb.tag == I64:
                status = (<step_two>fast_item)(m, f, ins, ra, rb)
            if status == 2:
                status = (<step>item_kill)(m, f, ins)
            if status == 0:
                continue
            if status == 1:
                f = m.top
                regs = f.regs
                ip = f.ip
                code = f.c.ins
                continue
        elif op == FREE:
            o = PyTuple_GET_ITEM(f.closure, ins.a)
            Py_INCREF(o)
            put_obj(regs + ins.d, o, OBJ, -1)
            continue
        elif op == CELL_GET:
            f.ip = ip
            if (<step_cell>get_cell)(m, f, regs + ins.a, f.c.imms[ins.b], ins.d) >= 0:
                continue
        elif op == CELL_SET:
            f.ip = ip
            if (<step>store_cell)(m, f, ins) >= 0:
                continue
        elif op == CALL:
            f.ip = ip
            cache = f.c.caches + f.c.extra[ins.b + 3]
            rd = regs + ins.a
            status = 2
            if rd.tag == OBJ and cache.version == m.version[0]:
                if cache.kind == K_MATH:
                    if rd.v.o == cache.key:
                        status = math_call(m, regs + ins.d, cache.number, regs + (f.c.extra[ins.b + 6] >> 1))
                elif cache.kind == K_FUNCTION:
                    status = fast_call(m, f, ins, cache, rd)
                elif cache.kind == K_RANGE and rd.v.o == cache.key:
                    status = (<step_two_ip>range_loop)(m, f, ins, ip)
                    if status == 0:
                        ip += 1
                        continue
            if status == 2:
                status = (<step>call)(m, f, ins)
            if status == 0:
                continue
            if status == 1:
                f = m.top
                regs = f.regs
                ip = f.ip
                code = f.c.ins
                continue
        elif op == RETURN:
            f.ip = ip
            status = (<step>do_return)(m, f, ins)
            if status >= 0:
                if m.top == entry:
                    return 0
                f = m.top
                regs = f.regs
                ip = f.ip
                code = f.c.ins
                continue
            if m.top == entry:
                return -1
        elif op == NEG:
            ra = regs + ins.a
            if ra.tag == F64:
                slot = -1
                ok = True
                if ra.slot >= 0:
                    slot = push1(t, ra.slot, -1.0)
                    ok = slot >= 0
                if ok:
                    put_f64(regs + ins.d, -ra.v.f, slot)
                    continue
            else:
                f.ip = ip
                status = (<step_number>unary)(m, f, ins, U_NEG)
                if status == 0:
                    continue
                if status == 1:
                    f = m.top
                    regs = f.regs
                    ip = f.ip
                    code = f.c.ins
                    continue
        elif op == EXC:
            put_obj(regs + ins.d, f.exc, OBJ, -1)
            f.exc = NULL
            if m.heap:
                lookup(m, f.level, regs + ins.d)
            continue
        else:
            f.ip = ip
            status = (<step_number>others)(m, f, ins, op)
            if status == 0:
                continue
            if status == 1:
                if m.top == entry:
                    return 0
                f = m.top
                regs = f.regs
                ip = f.ip
                code = f.c.ins
                continue
            if status == 2:
                ip = code + ins.b
                continue
            reraised = op == RERAISE or op == CLEANUP_THROW
        # an exception is set
        if m.top == f:
            f.ip = ins + 1
        if (<recover>handle)(m, entry, reraised) < 0:
            return -1
        reraised = False
        f = m.top
        regs = f.regs
        ip = f.ip
        code = f.c.ins


cdef int jump_truth(Machine* m, Frame* f, Reg* a) except -1:
    cdef Frame* entry
    cdef int r
    r = truth(m, f, a, R_TRUTH, -1) if a.tag < OBJ or not (m.heap or m.run_all or a.slot >= 0) else 3
    if r != 3:
        return r
    entry = enter(m, f.level)
    try:
        r = truth(m, entry, a, R_TRUTH, 0)
        if r == 2:
            run(m, entry)
            r = entry.regs[0].v.o == Py_True
    finally:
        leave(m, entry)
    return r


cdef int do_return(Machine* m, Frame* f, Ins* ins) except -1:
    cdef Reg v
    v.tag = NUL
    if ins.a < f.c.nconsts:
        v = f.regs[ins.a]
        if v.tag & 0xFF == OBJ:
            Py_INCREF(v.v.o)
    else:
        v = f.regs[ins.a]
        f.regs[ins.a].tag = NUL
        f.regs[ins.a].slot = -1
    return returned(m, f, &v)


cdef int attribute_kill(Machine* m, Frame* f, Ins* ins) except -1:
    cdef int status = get_attribute(m, f, f.regs + ins.a, f.c.imms[f.c.extra[ins.b]], ins.d)
    if ins.aux & KILL_A:
        drop(f.regs + ins.a)
    return status


cdef int item_kill(Machine* m, Frame* f, Ins* ins) except -1:
    cdef int status = get_item(m, f, f.regs + ins.a, f.regs + ins.b, ins.d)
    if ins.aux & KILL_A:
        drop(f.regs + ins.a)
    if ins.aux & KILL_B:
        drop(f.regs + ins.b)
    return status


cdef int store_cell(Machine* m, Frame* f, Ins* ins) except -1:
    cdef int status = set_cell(m, f, f.regs + ins.a, f.regs + ins.b)
    if ins.aux & KILL_B:
        drop(f.regs + ins.b)
    return status


cdef int others(Machine* m, Frame* f, Ins* ins, int op) except -1:
    """Instructions without an arm of their own.  2: jump to b."""
    cdef Reg* d = f.regs + ins.d
    cdef int r, status
    cdef PyObject* o
    if op >= LT and op <= NOTIN:
        status = compare(m, f, f.regs + ins.a, f.regs + ins.b, op, R_STORE, ins.d)
        kill_two(f, ins)
        return status
    if op == UNARY:
        status = unary(m, f, ins, ins.aux >> KILL_BITS)
        kill_one(f, ins)
        return status
    if op == TRUTH or op == NOT:
        r = truth(m, f, f.regs + ins.a, R_TRUTH if op == TRUTH else R_NOT, ins.d)
        if r == 2:
            kill_one(f, ins)
            return 1
        kill_one(f, ins)
        o = Py_True if r == (op == TRUTH) else Py_False
        Py_INCREF(o)
        put_obj(d, o, OBJ, -1)
        return 0
    if op == ITER:
        return get_iterator(m, f, ins)
    if op == CALL_EX:
        return call_ex(m, f, ins)
    if op == RAISE:
        return raise_statement(f, ins)
    if op == RERAISE:
        return reraise(f, ins)
    if op == CLEANUP_THROW:
        return cleanup_throw(m, f, ins)
    if op == YIELD:
        return generator_yield(m, f, f.regs + (f.c.extra[ins.a + 1] >> 1))
    if op == SEND:
        return send(m, f, ins)
    if op == YIELD_FROM_ITER:
        return get_iterator(m, f, ins)
    if op == WITH_ENTER or op == WITH_EXIT:
        return with_statement(m, f, ins, op)
    return slow(m, f, ins)


cdef inline void kill_one(Frame* f, Ins* ins) noexcept:
    if ins.aux & KILL_A and ins.a != ins.d:
        drop(f.regs + ins.a)


cdef inline void kill_two(Frame* f, Ins* ins) noexcept:
    kill_one(f, ins)
    if ins.aux & KILL_B and ins.b != ins.d:
        drop(f.regs + ins.b)


cdef int send(Machine* m, Frame* f, Ins* ins) except -1:
    """SEND: resumes what is delegated to.  2: it is done, its value in d."""
    cdef Reg* to = f.regs + (f.c.extra[ins.a + 1] >> 1)
    cdef Reg* v = f.regs + (f.c.extra[ins.a + 2] >> 1)
    cdef PyObject* o = box(to)
    cdef PyObject* item
    if o == NULL or box(v) == NULL:
        return -1
    if Py_TYPE(o) == GENERATOR:
        return generator_resume(m, f, <Generator>o, v, R_SEND, ins.d)
    if Py_TYPE(o) == LIST_ITEMS or Py_TYPE(o) == RANGE_ITEMS:
        return send_items(m, f, ins, to)
    if v.v.o == Py_None:
        item = PyIter_Next(o) if PyIter_Check(o) else NULL
        if item == NULL and PyErr_Occurred() == NULL:
            Py_INCREF(Py_None)
            put_obj(f.regs + ins.d, Py_None, OBJ, -1)
            return 2
    else:
        item = PyObject_CallOneArg_send(o, v.v.o)
    if item == NULL:
        if not PyErr_ExceptionMatches(PyExc_StopIteration):
            return -1
        try:
            stop_value(m, f, ins.d)
        except BaseException:
            return -1
        return 2
    load(m, f.level, f.regs + ins.d, item)
    return 0


cdef PyObject* PyObject_CallOneArg_send(PyObject* o, PyObject* v) noexcept:
    try:
        out = (<object>o).send(<object>v)
    except BaseException as e:
        PyErr_SetObject(<PyObject*>Py_TYPE(<PyObject*>e), <PyObject*>e)
        return NULL
    Py_INCREF(<PyObject*>out)
    return <PyObject*>out


cdef int stop_value(Machine* m, Frame* f, int dst) except -1:
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    PyErr_Fetch(&tp, &value, &tb)
    PyErr_NormalizeException(&tp, &value, &tb)
    out = (<object>value).value
    Py_INCREF(<PyObject*>out)
    load(m, f.level, f.regs + dst, <PyObject*>out)
    Py_XDECREF(tp)
    Py_XDECREF(value)
    Py_XDECREF(tb)
    return 0


cdef int send_items(Machine* m, Frame* f, Ins* ins, Reg* to) except -1:
    """``yield from`` a list, tuple or range."""
    cdef Ins fake
    cdef int status
    fake = ins[0]
    fake.a = <int>(to - f.regs)
    if Py_TYPE(to.v.o) == RANGE_ITEMS:
        if (<RangeItems>to.v.o).left > 0:
            put_i64(f.regs + ins.d, (<RangeItems>to.v.o).at, -1)
            (<RangeItems>to.v.o).at += (<RangeItems>to.v.o).step
            (<RangeItems>to.v.o).left -= 1
            return 0
        status = 2
    else:
        status = next_item(m, f, &fake)
    if status == 2:
        Py_INCREF(Py_None)
        put_obj(f.regs + ins.d, Py_None, OBJ, -1)
    return status


cdef str ENTER = "__enter__", EXIT = "__exit__"


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


cdef object full_name(object cls):
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


cdef object special_method(object cls, object obj, str name):
    """A bound special method, looked up on the type."""
    for base in cls.__mro__:
        if name in base.__dict__:
            found = base.__dict__[name]
            getter = getattr(type(found), "__get__", None)
            return found if getter is None else getter(found, obj, cls)
    return None
