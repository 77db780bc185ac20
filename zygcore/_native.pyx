"""Calls of C code: what it returns is poisoned, what it may have stored into is tainted.

Giving work to other threads is refused.
"""

from ._capi cimport *
from ._effects cimport arguments_at_risk, find_effects, is_opaque_store, within
from ._generators cimport Generator
from ._library_arrays cimport check_library_arrays, check_library_writes, library_arrays_at_risk
from ._library_memory cimport LIBRARY_ARRAYS
from ._machine cimport *
from ._poison cimport poison, taint
from ._structs cimport *
from ._values cimport *
from ._writes cimport arrays_at_risk, check_foreign, is_foreign, written_arrays

import _queue
import _thread
import types

from .errors import UnsupportedError

cdef enum:
    SKIPPED = 1 << 16    # in `Machine.quiet`: user code that sees nothing active, see `_site.nesting`

cdef PyTypeObject* GENERATOR = <PyTypeObject*><PyObject*>Generator
cdef dict thread_starts = {id(getattr(_thread, name)): name for name in ("start_new_thread", "start_joinable_thread")
                           if hasattr(_thread, name)}
cdef dict thread_doors = {**thread_starts, id(_queue.SimpleQueue.put): "put"}


cdef int native_call(Machine* m, Frame* f, PyObject* callee, Reg* args, int nargs, PyObject* kwnames,
                     int dst, int level, bint opaque) except -1:
    """Calls natively.  With `level` >= 0 something active goes in, and the result is poisoned
    unless it is an object that is known."""
    cdef PyObject* stack[16]
    cdef PyObject** values = stack
    cdef PyObject* out
    cdef object libraries = None
    cdef object _held = <object>callee  # the result may go to the register that it came from
    cdef int i, leaked, quiet, n = nargs + (<int>PyTuple_GET_SIZE(kwnames) if kwnames != NULL else 0)
    if n > 15:
        values = <PyObject**>PyMem_Malloc((n + 1) * sizeof(PyObject*))
        if values == NULL:
            raise MemoryError
    try:
        for i in range(n):
            values[i + 1] = escape(m, args + i) if args[i].slot >= 0 else box(args + i)
            if values[i + 1] == NULL:
                return -1
        if LIBRARY_ARRAYS and m.nlevels:
            check_library_writes(m, callee, values + 1, nargs, kwnames)
            if opaque:
                libraries = library_arrays_at_risk(m, callee, values + 1, n, level)
        watched = arrays_at_risk(m, callee, args, n, level) if opaque and (level >= 0 or m.heap) else None
        others = arguments_at_risk(callee, args, n) if opaque and level >= 0 else None
        leaked = m.leaked
        # a function that can see nothing active, or is declared to have no derivative: natively, with all it calls
        quiet = SKIPPED if Py_TYPE(callee) == &PyFunction_Type else 0
        m.quiet += quiet
        out = PyObject_Vectorcall(callee, values + 1, <size_t>nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames)
        m.quiet -= quiet
    finally:
        if values != stack:
            PyMem_Free(values)
    if libraries is not None:
        check_library_arrays(m, callee, libraries, out)
    if out == NULL:
        if watched is not None or others is not None:
            effects_of_failure(m, f, watched, others, callee, args, level)
        return -1
    if out == <PyObject*>GENERATOR and callee == <PyObject*>&PyType_Type:
        out = new_ref(types.GeneratorType)  # ours passes for one
        Py_DECREF(<PyObject*>GENERATOR)
    load(m, f.level, f.regs + dst, out)
    if level < 0 and m.leaked != leaked:
        level = f.level
    if watched is not None:
        written_arrays(m, f, watched, callee, args, level)
    if others is not None:
        find_effects(m, f, others, callee, level)
    if level >= 0 and opaque:
        if f.regs[dst].slot < 0:
            poison(m, f, f.regs + dst, level, callee, args, nargs)
        taint_arguments(m, f, callee, args, n, level)
    return 0


cdef int effects_of_failure(Machine* m, Frame* f, list watched, list others, PyObject* callee, Reg* args,
                            int level) except -1:
    """What a call has done that ended with an exception; the exception stays set."""
    cdef PyObject* tp
    cdef PyObject* value
    cdef PyObject* tb
    PyErr_Fetch(&tp, &value, &tb)
    try:
        if watched is not None:
            written_arrays(m, f, watched, callee, args, level)
        if others is not None:
            find_effects(m, f, others, callee, level)
    except BaseException:
        Py_XDECREF(tp)
        Py_XDECREF(value)
        Py_XDECREF(tb)
        raise
    PyErr_Restore(tp, value, tb)
    return 0


cdef int taint_arguments(Machine* m, Frame* f, PyObject* callee, Reg* args, int n, int level) except -1:
    """Objects of C types that foreign code may have put active values into."""
    cdef int i
    owner = getattr(<object>callee, "__self__", None)
    found = within(owner) if owner is not None else []
    for i in range(n):
        if args[i].tag & 0xFF == OBJ and args[i].slot < 0:
            found += within(<object>args[i].v.o)
    for x in found:
        if is_opaque_store(x):
            taint(m, f, <PyObject*>x, level, callee, args, n)
    return 0


# -- what is refused -----------------------------------------------------------


cdef int check_native(Machine* m, PyObject* key, Reg* args, int n, int active, int level) except -1:
    """C functions whose effects could not be followed."""
    if <size_t>key in thread_doors and (active >= 0 or m.heap and level >= 0 and <size_t>key in thread_starts):
        raise UnsupportedError(
            "another thread is given work inside differentiated code, and may see values that the gradient depends "
            "on: what it computes would not be differentiated. Take gradients inside the threads instead")
    if (active >= 0 or m.heap) and is_foreign(<object>key):
        check_foreign(m, <object>key, args, n, active >= 0)
    return 0
