"""Executable code: what the emitter wrote, as C arrays, kept with its code object.

`code_for` translates a code object once.  The translation is stored in the code object
itself and dies with it.
"""

cimport cython
from libc.string cimport memset

from ._capi cimport *
from ._emit cimport Emitter
from ._ir cimport IR
from ._opcodes cimport *
from ._structs cimport *

import opcode

from . import _bytecode


@cython.final
cdef class Code:
    """The executable form of a code object, or of one of our own functions.

    It belongs to the code object and goes with it, so it refers to it without a reference;
    what messages and tracebacks need is kept in `shadow`.
    """

    def __cinit__(self):
        memset(&self.c, 0, sizeof(CodeC))

    def __dealloc__(self):
        PyMem_Free(self.c.ins)
        PyMem_Free(self.c.extra)
        PyMem_Free(self.c.consts)
        PyMem_Free(self.c.offsets)
        PyMem_Free(self.c.handler_of)
        PyMem_Free(self.c.handlers)
        PyMem_Free(self.c.caches)
        PyMem_Free(self.c.imms)

    def __init__(self, code):
        cdef IR ir = _bytecode.build(code)
        cdef CodeC* c = &self.c
        cdef Emitter em
        flags = code.co_flags
        c.nparams = code.co_argcount + code.co_kwonlyargcount + bool(flags & 4) + bool(flags & 8)
        em = Emitter(ir)
        self.original = <PyObject*>code
        self.shadow = shadow_of(code)
        self.freevars, self.cellvars, self.varnames = code.co_freevars, code.co_cellvars, code.co_varnames
        self.keep = [em.consts, em.imms]
        c.argcount = code.co_argcount
        c.kwonly = code.co_kwonlyargcount
        c.posonly = code.co_posonlyargcount
        c.flags = flags
        c.generator = ir.is_generator
        fill(self, em)

    @property
    def code(self):
        """The code object this was made of, which may be gone: a running function can be given another."""
        return <object>self.original


cdef int fill(Code self, Emitter em) except -1:
    cdef CodeC* c = &self.c
    cdef int i, n
    handlers = place_handlers(em)
    n = len(em.ins)
    c.ins = <Ins*>PyMem_Calloc(n, sizeof(Ins))
    c.offsets = <int*>PyMem_Calloc(n, sizeof(int))
    c.handler_of = <int*>PyMem_Calloc(n, sizeof(int))
    c.extra = <int*>PyMem_Calloc(len(em.extra) + 1, sizeof(int))
    c.handlers = <Handler*>PyMem_Calloc(len(handlers) + 1, sizeof(Handler))
    c.caches = <Cache*>PyMem_Calloc(em.ncaches + 1, sizeof(Cache))
    c.imms = <PyObject**>PyMem_Calloc(len(em.imms) + 1, sizeof(PyObject*))
    c.nconsts = em.nconsts
    c.nregs = em.nconsts + len(em.regs.taken)
    c.consts = <Reg*>PyMem_Calloc(c.nconsts + 1, sizeof(Reg))
    for i in range(n):
        op, aux, d, a, b = em.ins[i]
        c.ins[i].op, c.ins[i].aux, c.ins[i].d, c.ins[i].a, c.ins[i].b = op, aux, d, a, b
        c.offsets[i] = em.offsets[i]
        c.handler_of[i] = em.handler_of[i]
    for i in range(len(em.extra)):
        c.extra[i] = em.extra[i]
    for i in range(len(handlers)):
        c.handlers[i].target, c.handlers[i].exc = handlers[i]
    for i in range(len(em.imms)):
        c.imms[i] = <PyObject*>em.imms[i]
    for i in range(c.nconsts):
        constant(&c.consts[i], em.consts[i])
    return 0


cdef int constant(Reg* r, value) except -1:
    r.slot = -1
    r.tag = OBJ
    r.v.o = <PyObject*>value
    if type(value) is float:
        r.tag = F64
        r.v.f = value
    elif type(value) is int and -2**63 <= value < 2**63:
        r.tag = I64
        r.v.i = value
    return 0


cdef list place_handlers(Emitter em):
    out = []
    for code, target, exc in em.handlers:
        out.append((len(em.ins), exc))
        em.handler = -1
        for op, d, a in code:
            em.emit(op, 0, d, a, 0, 0)
        em.emit(EXC, 0, exc, 0, 0, 0)
        em.emit(JMP, 0, em.labels[target], 0, 0, 0)
    return out


# -- what tracebacks and messages show ------------------------------------------------

cdef bytes NOP = bytes([opcode.opmap["NOP"], 0])
cdef int DROPPED_FLAGS = 0x1 | 0x2 | 0x4 | 0x8 | 0x20 | 0x80 | 0x100 | 0x200


cdef object shadow_of(object code):
    """A code object with the same names, lines and columns, whose variables are all unbound.

    It is never executed.
    """
    return code.replace(
        co_code=NOP * (len(code.co_code) // 2), co_freevars=(), co_cellvars=(),
        co_consts=(), co_names=(), co_argcount=0, co_posonlyargcount=0, co_kwonlyargcount=0,
        co_flags=code.co_flags & ~DROPPED_FLAGS)


# -- translations and their code objects ------------------------------------------------

cdef unsigned int registry_version = 1
cdef int NATIVE = 0


cdef unsigned int* version_address() noexcept:
    """Counts what call sites must notice: new rules, code objects that are gone."""
    return &registry_version


cdef void code_gone(void* extra) noexcept:
    """A code object is deallocated: its translation goes too, and no call site may take a
    new code object at the same address for it."""
    global registry_version
    if extra != NULL and extra != &NATIVE:
        registry_version += 1
        Py_DECREF(<PyObject*>extra)


cdef Py_ssize_t EXTRA = zyg_extra_index(code_gone)
if EXTRA < 0:
    raise ImportError("zygcore: the interpreter has no room left for data of code objects")


cdef Code code_for(object code):
    """The code for a code object, translated at most once."""
    cdef void* extra = NULL
    cdef Code out
    if zyg_get_extra(<PyObject*>code, EXTRA, &extra) < 0:
        raise TypeError(f"{type(code).__name__} is no code object")
    if extra != NULL and extra != &NATIVE:
        return <Code><object><PyObject*>extra
    out = Code(code)
    # Python code did that: another thread may have been faster, and run what it made
    zyg_get_extra(<PyObject*>code, EXTRA, &extra)
    if extra != NULL and extra != &NATIVE:
        return <Code><object><PyObject*>extra
    Py_INCREF(<PyObject*>out)
    if zyg_set_extra(<PyObject*>code, EXTRA, <PyObject*>out) < 0:
        Py_DECREF(<PyObject*>out)
        raise MemoryError
    return out


cdef bint is_native(PyObject* code) noexcept:
    """Was this code marked as one that always runs natively?"""
    cdef void* extra = NULL
    zyg_get_extra(code, EXTRA, &extra)
    return extra == &NATIVE


cdef void mark_native(PyObject* code) noexcept:
    cdef void* extra = NULL
    zyg_get_extra(code, EXTRA, &extra)
    if extra == NULL:
        zyg_set_extra(code, EXTRA, &NATIVE)


# code objects of functions that have rules, in the order of their addresses
cdef list rule_codes = []
cdef PyObject** rule_addresses = NULL


cdef int mark_rule(object code) except -1:
    """Some function with this code object has a rule."""
    cdef Py_ssize_t i, n = len(rule_codes)
    cdef PyObject** more
    global rule_addresses
    if has_rule(<PyObject*>code):
        return 0
    more = <PyObject**>PyMem_RawRealloc(rule_addresses, <size_t>(n + 1) * sizeof(PyObject*))
    if more == NULL:
        raise MemoryError("zygcore: no memory for a rule")
    rule_addresses = more
    rule_codes.append(code)
    i = n
    while i > 0 and <size_t>more[i - 1] > <size_t><PyObject*>code:
        more[i] = more[i - 1]
        i -= 1
    more[i] = <PyObject*>code
    return 0


cdef bint has_rule(PyObject* code) noexcept:
    cdef Py_ssize_t low = 0, high = PyList_GET_SIZE(<PyObject*>rule_codes), i
    while low < high:
        i = (low + high) >> 1
        if <size_t>rule_addresses[i] < <size_t>code:
            low = i + 1
        else:
            high = i
    return low < PyList_GET_SIZE(<PyObject*>rule_codes) and rule_addresses[low] == code
