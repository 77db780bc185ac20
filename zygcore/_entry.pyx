"""The machine of a thread, and frames that C code calls from."""

from libc.string cimport memset

from ._capi cimport *
from ._code cimport Code, version_address
from ._frames cimport frame_free, frame_new
from ._machine cimport *

cdef extern from *:
    """
    static __thread struct Machine_ *zyg_machine_of_thread = 0;

    #ifdef _WIN32
    static void zyg_when_thread_ends(void (*end)(void *), void *m) { (void)end; (void)m; }
    #else
    #include <pthread.h>
    static void zyg_when_thread_ends(void (*end)(void *), void *m)
    {
        static pthread_key_t key;
        static int made = 0;
        if (made || (made = !pthread_key_create(&key, end)))
            pthread_setspecific(key, m);
    }
    #endif
    """
    void* zyg_machine_of_thread
    void zyg_when_thread_ends(void (*end)(void*) noexcept nogil, void* m) noexcept

cdef extern from "_stack.h":
    bint zyg_stack_is_full() noexcept

entry_code = Code.__new__(Code)
entry_code.c.nregs = 2
entry_code.c.hidden = 1
entry_source = compile("None", "<zygcore>", "eval")
entry_code.original = <PyObject*>entry_source
entry_code.shadow = entry_source
entry_code.freevars = entry_code.cellvars = entry_code.varnames = ()


cdef Machine* current() noexcept:
    """The machine of this thread, NULL if none was made yet."""
    return <Machine*>zyg_machine_of_thread


cdef void set_current(Machine* m) noexcept:
    global zyg_machine_of_thread
    zyg_machine_of_thread = m


cdef void thread_ends(void* of_thread) noexcept nogil:
    """Frees the machine of a thread, unless the thread is killed while it runs."""
    cdef Machine* m = <Machine*>of_thread
    cdef Chunk* chunk
    if m.top != NULL:
        return
    while m.chunk != NULL:
        chunk = m.chunk
        m.chunk = chunk.prev
        PyMem_RawFree(chunk)
    PyMem_RawFree(m)


cdef Machine* machine() except NULL:
    """The machine of this thread."""
    global zyg_machine_of_thread
    cdef Machine* m = <Machine*>zyg_machine_of_thread
    if m == NULL:
        m = <Machine*>PyMem_RawMalloc(sizeof(Machine))
        if m == NULL:
            raise MemoryError
        memset(m, 0, sizeof(Machine))
        zyg_machine_of_thread = m
        zyg_when_thread_ends(thread_ends, m)
    m.ts = PyThreadState_Get()
    m.version = version_address()
    return m


cdef Frame* enter(Machine* m, int level) except NULL:
    """A frame to call from: results for C code arrive in its registers."""
    cdef Frame* f
    if zyg_stack_is_full():
        raise RecursionError("maximum recursion depth exceeded: the C stack is full")
    f = frame_new(m, entry_code, False)
    if f == NULL:
        raise MemoryError
    f.level = level
    f.dst = m.levels[0].n if m.nlevels else 0  # what C code knows of the tape, see `_collect`
    f.prev = m.top
    m.top = f
    return f


cdef int leave(Machine* m, Frame* entry) noexcept:
    m.top = entry.prev
    frame_free(m, entry)
    return 0


cdef int breathe() except -1:
    """Every few thousand backward jumps and calls: signals, and other threads' turn."""
    cdef PyThreadState* ts
    cdef PyObject* kind
    if PyErr_CheckSignals() < 0:
        return -1
    if Py_MakePendingCalls() < 0:
        return -1
    ts = PyEval_SaveThread()
    PyEval_RestoreThread(ts)
    kind = zyg_asynchronous(ts)
    if kind != NULL:
        PyErr_SetNone(kind)
        Py_DECREF(kind)
        return -1
    return 0
