"""Frames: making them, giving them arguments, and their traceback entries."""

from ._capi cimport PyObject, visitproc
from ._code cimport Code, CodeC
from ._machine cimport Frame, Machine
from ._structs cimport Reg


cdef Frame* frame_new(Machine* m, Code code, bint heap) noexcept
cdef void frame_clear(Frame* f) noexcept
cdef void frame_free(Machine* m, Frame* f) noexcept
cdef int frame_visit(Frame* f, visitproc visit, void* arg) noexcept
cdef int frame_enter(Machine* m, Frame* f) noexcept
cdef void frame_leave(Machine* m, Frame* f) noexcept
cdef int bind(Machine* m, Frame* f, PyObject* func, Reg* args, int nargs, PyObject* kwnames) except -1
cdef int push_function(Machine* m, PyObject* func, Reg* args, int nargs, PyObject* kwnames,
                       int ret, int dst, int level) except -1
cdef int push_code(Machine* m, Code code, object globals, object locals, object closure, int ret, int dst) except -1
ctypedef int (*python_caller)(Machine*, int, PyObject*, Reg*, int, PyObject*, Reg*) except -1
cdef int set_python_caller(python_caller caller) except -1
cdef int call_python(Machine* m, int level, PyObject* function, Reg* args, int nargs, Reg* out) except -1
cdef int set_function(Frame* f, PyObject* func) noexcept
cdef PyObject* start_generator(Machine* m, Frame* f) except NULL
cdef void strip_traceback() noexcept
cdef void show_running_line(Frame* f) noexcept
cdef void add_traceback(Frame* f) noexcept
cdef int hooks(object generator_maker) except -1
