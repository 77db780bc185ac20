"""The machine while an outermost level is open, and the inputs of the level."""

from libc.string cimport memset

from ._capi cimport *
from ._entry cimport machine, set_current
from ._hook cimport fewer_known
from ._inputs cimport UNSEEN, input_slot
from ._locations cimport container_slot
from ._machine cimport *
from ._rules cimport new_libraries
from ._stand_ins cimport closed, opened
from ._structs cimport *
from ._survivors cimport release_generators
from ._tape cimport *
from ._values cimport *

cdef list spare_tapes = []


cdef class Context:
    """The machine while a level is open: a fresh one if the thread's is in use."""

    cdef int open(self) except -1:
        cdef Machine* m = machine()
        self.saved = NULL
        self.handled = zyg_handled(m.ts)
        Py_XINCREF(self.handled)
        if m.top != NULL or m.nlevels or m.quiet:
            self.saved = m
            m = <Machine*>PyMem_RawMalloc(sizeof(Machine))
            if m == NULL:
                raise MemoryError
            memset(m, 0, sizeof(Machine))
            m.ts = PyThreadState_Get()
            m.prev = self.saved
            m.version = self.saved.version
            m.run_all = self.saved.run_all
            set_current(m)
        self.m = m
        opened(m)
        return 0

    cdef Tape* level(self) except NULL:
        cdef Tape* t
        new_libraries()
        self.box = <TapeBox>spare_tapes.pop() if spare_tapes else TapeBox.__new__(TapeBox)
        t = &self.box.t
        t.level = 0
        t.serial = new_serial()
        t.parent = -1
        t.heap = &self.m.heap
        self.m.levels[0] = t
        self.m.nlevels = 1
        return t

    cdef int close(self) noexcept:
        cdef Machine* m = self.m
        cdef Chunk* chunk
        if m == NULL:
            return 0
        PyErr_SetHandledException(self.handled)
        Py_XDECREF(self.handled)
        self.handled = NULL
        if self.box is not None:
            release_generators(m, &self.box.t)
        m.nlevels = 0
        closed(m)
        fewer_known(&m.heap, m.heap)
        m.ntainted = 0
        Py_XDECREF(m.counts)
        m.counts = NULL
        if self.box is not None:
            self.box.t.heap = NULL
        if self.saved != NULL:
            set_current(self.saved)
            while m.chunk != NULL:
                chunk = m.chunk
                m.chunk = chunk.prev
                PyMem_RawFree(chunk)
            PyMem_RawFree(m)
        self.m = NULL
        return 0

    cdef int recycle(self) except -1:
        tape_clear(&self.box.t)
        if not spare_tapes or len(spare_tapes) < 4 and self.box.t.cap <= 65536:
            spare_tapes.append(self.box)
        self.box = None
        return 0


cdef int input_register(Machine* m, Tape* t, object value, Reg* r) except -1:
    """An argument as an input of a level."""
    cdef int slot, overflow = 0
    cdef long long k
    r.tag = OBJ
    r.slot = -1
    r.v.o = <PyObject*>value
    if type(value) is float:
        slot = push1(t, -1, 0.0)
        if slot < 0:
            r.tag = NUL
            return -1
        r.tag = F64
        r.v.f = <double>value
        r.slot = slot
        return 0
    Py_INCREF(r.v.o)
    slot = input_slot(t, value)
    if slot == UNSEEN:
        slot = container_slot(m, t, value)
    r.slot = slot
    if slot >= 0 and type(value) is int:
        k = PyLong_AsLongLongAndOverflow(r.v.o, &overflow)
        if not overflow:
            Py_DECREF(r.v.o)
            r.tag = I64
            r.v.i = k
    return 0
